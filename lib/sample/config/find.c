#include "sample/config/find.h"

#include <stdio.h>

#include "base/err.h"
#include "base/num.h"
#include "sample/config/alloy.h"
#include "sample/config/collector.h"

enum { TEXTS_MAX = 3 /* texts inside texts */ };

bool tki_config_samples(const struct tki_yaml_node *config)
{
    const struct tki_yaml_node *processors = tki_yaml_get(config, "processors");
    for (uint32_t i = 0; tki_yaml_is_map(processors) && i < processors->n; i++)
        if (tki_collector_samples(processors->key[i]->text))
            return true;
    return false;
}

static bool has(tk_str text, const char *what)
{
    size_t n = strlen(what);
    for (size_t i = 0; i + n <= text.n; i++)
        if (memcmp(text.p + i, what, n) == 0)
            return true;
    return false;
}

static void keep(struct tki_search *s, struct tki_yaml_node *config)
{
    if (s->n == TKI_FOUND_MAX)
        return;
    struct tki_found *f = &s->found[s->n++];
    memcpy(f->where, s->where, sizeof f->where);
    f->config = config;
    f->samples = tki_config_samples(config);
}

/* Appends to where the search is; returns what to cut it back to. */
static size_t enter(struct tki_search *s, tk_str name)
{
    size_t before = strlen(s->where);
    snprintf(s->where + before, sizeof s->where - before, "%s%.*s", before && name.n && name.p[0] != '[' ? "." : "",
             (int)(name.n < 80 ? name.n : 80), name.n ? name.p : "");
    return before;
}

/* ---- texts ---- */

static int search_yaml(struct tki_search *s, tk_str text, struct tki_pos origin)
{
    struct tki_yaml_node *documents;
    int rc = tki_yaml_parse_all(s->y, origin, text, &documents);
    if (rc == TK_ENOMEM || (rc < 0 && has(text, "processors")))
        return rc;
    for (uint32_t i = 0; rc == 0 && i < documents->n; i++)
        if (!tki_yaml_is_map(documents->item[i]) && !tki_yaml_is_list(documents->item[i]))
            documents->item[i] = NULL;
    for (uint32_t i = 0; rc == 0 && i < documents->n; i++)
        rc = tki_search_node(s, documents->item[i]);
    return rc == TK_ENOMEM || rc == 0 ? rc : 0;
}

static int search_text(struct tki_search *s, tk_str text, struct tki_pos origin)
{
    struct tki_yaml_node *config;
    if (s->texts == TEXTS_MAX || (!has(text, "processors") && !has(text, "otelcol.")))
        return 0;
    s->texts++;
    int rc;
    if (tki_alloy_looks_like(text)) {
        rc = tki_alloy_collector(s->y, origin, text, &config);
        if (rc == 0)
            keep(s, config);
    } else {
        rc = search_yaml(s, text, origin);
    }
    s->texts--;
    return rc;
}

/* How far the text of that line stands to the right, of the file itself. */
static int indent(const struct tki_search *s, int line)
{
    const char *p = s->text.p, *end = p + s->text.n;
    int n = 0;
    for (; p && line > 1; line--)
        if ((p = memchr(p, '\n', (size_t)(end - p))) != NULL)
            p++;
    for (; p && s->texts == 0 && p < end && *p == ' '; p++)
        n++;
    return n;
}

static int search_scalar(struct tki_search *s, const struct tki_yaml_node *node)
{
    if (node->literal && !s->base64) /* its place is that of its first line */
        return search_text(s, node->text,
                           (struct tki_pos){node->pos.file, node->pos.line - 1, indent(s, node->pos.line)});
    /* Lines of other texts are none of the file. */
    size_t room = strlen(node->pos.file) + 40;
    char *name = tki_arena_alloc(s->y->arena, room);
    char *plain = s->base64 ? tki_arena_alloc(s->y->arena, node->text.n + 1) : NULL;
    if (!name || (s->base64 && !plain))
        return tki_err_memory(s->y->err);
    snprintf(name, room, "%s:%d (the text there)", node->pos.file, node->pos.line);
    tk_str text = node->text;
    if (s->base64)
        text = (tk_str){plain, tki_base64_decode(plain, node->text)};
    return text.n == SIZE_MAX ? 0 : search_text(s, text, (struct tki_pos){.file = name});
}

/* ---- the tree ---- */

int tki_search_node(struct tki_search *s, struct tki_yaml_node *node)
{
    int rc = 0;
    if (!node || node->kind == TKI_YAML_SCALAR)
        return node && node->text.n ? search_scalar(s, node) : 0;
    if (tki_yaml_is_map(tki_yaml_get(node, "processors"))) {
        keep(s, node);
        return 0;
    }
    bool secret = TKI_STR_IS(tki_yaml_text(tki_yaml_get(node, "kind")), "Secret"), before = s->base64;
    for (uint32_t i = 0; i < node->n && rc == 0; i++) {
        char index[16];
        bool list = node->kind == TKI_YAML_LIST;
        snprintf(index, sizeof index, "[%u]", (unsigned)i);
        size_t back = enter(s, list ? tki_str(index) : node->key[i]->text);
        s->base64 = before || (secret && !list && TKI_STR_IS(node->key[i]->text, "data"));
        rc = tki_search_node(s, node->item[i]);
        s->base64 = before;
        s->where[back] = '\0';
    }
    return rc;
}
