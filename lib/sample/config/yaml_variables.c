/* Variables that hold lists and mappings; and what a value says once they are expanded. */
#include "base/err.h"
#include "base/hash.h"
#include "sample/config/yaml_scalar.h"

struct expander {
    const struct tki_yaml *y;
    struct tki_yaml quiet; /* for what may be no variable or no YAML, and stays a text then */
    struct tk_err ignored;
    struct tki_warnings warnings;
};

static int expand(struct expander *x, struct tki_yaml_node *node, unsigned depth);

/* Returns true if the scalar is one variable and nothing else. */
static bool is_variable(const struct tki_yaml_node *node)
{
    tk_str s = node->text;
    const char *close = tki_str_find(s, '}');
    return !node->alloy && tki_str_starts(s, TKI_STR("${")) && close == s.p + s.n - 1;
}

/* The scalar becomes what its variable holds, where that is YAML with a list or a mapping in it; else it stays.  Where
 * text is wanted the variable's text counts. */
static int expand_scalar(struct expander *x, struct tki_yaml_node *node, unsigned depth)
{
    struct tki_yaml_node *root = NULL;
    tk_str text;
    int rc = tki_yaml_variable(&x->quiet, node, &text);
    if (rc == 0)
        rc = tki_yaml_parse(&x->quiet, node->pos.file, text, &root);
    if (rc == TK_ENOMEM)
        return tki_err_memory(x->y->err);
    if (rc < 0 || !root || root->kind == TKI_YAML_SCALAR)
        return 0;
    struct tki_pos pos = node->pos;
    *node = *root;
    node->pos = pos;
    node->text = text;
    return expand(x, node, depth + 1);
}

static int expand(struct expander *x, struct tki_yaml_node *node, unsigned depth)
{
    int rc = 0;
    if (depth > TKI_YAML_DEPTH_MAX)
        return tki_yaml_fail(x->y, node, TK_ELIMIT, "more than %d lists and mappings inside each other",
                             TKI_YAML_DEPTH_MAX);
    if (node->kind == TKI_YAML_SCALAR)
        return is_variable(node) ? expand_scalar(x, node, depth) : 0;
    for (uint32_t i = 0; i < node->n && rc == 0; i++)
        rc = node->item[i] ? expand(x, node->item[i], depth + 1) : 0;
    return rc;
}

int tki_yaml_expand(const struct tki_yaml *y, struct tki_yaml_node *root)
{
    struct expander x = {.y = y};
    x.quiet = (struct tki_yaml){.arena = y->arena, .warnings = &x.warnings, .err = &x.ignored};
    int rc = root ? expand(&x, root, 0) : 0;
    tki_warnings_free(&x.warnings);
    return rc;
}

static uint64_t hash(const struct tki_yaml *quiet, const struct tki_yaml_node *node)
{
    tk_str text;
    if (!node)
        return 0;
    uint64_t h = tki_hash_combine(node->kind, node->n);
    if (node->kind == TKI_YAML_SCALAR)
        return tki_yaml_variable(quiet, node, &text) < 0 ? tki_hash(node->text.p, node->text.n)
                                                         : tki_hash_combine(h, tki_hash(text.p, text.n));
    for (uint32_t i = 0; i < node->n; i++) {
        if (node->kind == TKI_YAML_MAP)
            h = tki_hash_combine(h, hash(quiet, node->key[i]));
        h = tki_hash_combine(h, hash(quiet, node->item[i]));
    }
    return h;
}

uint64_t tki_yaml_hash(const struct tki_yaml *y, const struct tki_yaml_node *node)
{
    struct tk_err ignored = {0};
    struct tki_warnings warnings = {0};
    const struct tki_yaml quiet = {.arena = y->arena, .warnings = &warnings, .err = &ignored};
    uint64_t h = hash(&quiet, node);
    tki_warnings_free(&warnings);
    return h;
}
