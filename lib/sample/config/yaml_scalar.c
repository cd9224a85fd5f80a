/* Scalars: null, variables, types. */
#include "sample/config/yaml_scalar.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"

bool tki_yaml_is_null(const struct tki_yaml_node *node)
{
    return !node || (node->kind == TKI_YAML_SCALAR && node->plain && tki_yaml_null_text(node->text));
}

/* ---- variables ---- */

struct expansion {
    struct tki_buf text;
    struct tki_buf unset; /* as in struct tki_scalar */
    bool whole;           /* the value is one variable and nothing else */
};

static bool name_char(char c, bool first)
{
    return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (!first && c >= '0' && c <= '9');
}

/* The inside of `${...}`: appends its value. */
static int expand_one(const struct tki_yaml *y, const struct tki_yaml_node *node, tk_str in, struct expansion *x)
{
    tk_str all = {in.p, in.n < 100 ? in.n : 100};
    if (tki_str_starts(in, TKI_STR("env:"))) {
        in.p += 4;
        in.n -= 4;
    }
    char name[256];
    size_t n = 0;
    while (n < in.n && n < sizeof name - 1 && name_char(in.p[n], n == 0)) {
        name[n] = in.p[n];
        n++;
    }
    name[n] = '\0';
    tk_str rest = {in.p + n, in.n - n};
    if (n == 0 || (rest.n && !tki_str_starts(rest, TKI_STR(":-")))) {
        if (rest.n && rest.p[0] == ':')
            return tki_yaml_fail(y, node, TK_EUNSUPPORTED, "${%.*s}: only environment variables are expanded",
                                 (int)all.n, all.p);
        return tki_yaml_fail(y, node, TK_EUSAGE, "${%.*s}: not the name of an environment variable", (int)all.n, all.p);
    }
    const char *value = getenv(name);
    if (value)
        tki_buf_str(&x->text, tki_str(value));
    else if (rest.n)
        tki_buf_put(&x->text, rest.p + 2, rest.n - 2);
    if (value ? !*value : !rest.n)
        tki_buf_printf(&x->unset, "%s${%.*s} is %s", x->unset.n ? ", " : "", (int)all.n, all.p,
                       value ? "empty" : "not set");
    return 0;
}

/* Expands variables and `$$`. */
static int expand(const struct tki_yaml *y, const struct tki_yaml_node *node, tk_str in, struct expansion *x)
{
    int rc = 0;
    for (size_t i = 0; i < in.n && rc == 0;) {
        const char *close = NULL;
        if (in.p[i] == '$' && i + 1 < in.n && in.p[i + 1] == '$') {
            tki_buf_putc(&x->text, '$');
            i += 2;
            continue;
        }
        if (in.p[i] == '$' && i + 1 < in.n && in.p[i + 1] == '{')
            close = memchr(in.p + i, '}', in.n - i);
        if (!close) {
            tki_buf_putc(&x->text, in.p[i++]);
            continue;
        }
        size_t end = (size_t)(close - in.p);
        rc = expand_one(y, node, (tk_str){in.p + i + 2, end - i - 2}, x);
        x->whole = i == 0 && end + 1 == in.n;
        i = end + 1;
    }
    return rc;
}

static int keep(const struct tki_yaml *y, const struct tki_buf *b, tk_str *to)
{
    char *copy = b->err ? NULL : tki_arena_alloc(y->arena, b->n + 1);
    if (!copy)
        return tki_err_memory(y->err);
    if (b->n)
        memcpy(copy, b->p, b->n);
    copy[b->n] = '\0';
    *to = (tk_str){copy, b->n};
    return 0;
}

static int expand_text(const struct tki_yaml *y, const struct tki_yaml_node *node, struct tki_scalar *v)
{
    v->text = node->text;
    if (node->alloy || !v->text.n || !tki_str_find(v->text, '$'))
        return 0;
    struct expansion x = {.text.max = TKI_YAML_BYTES_MAX, .unset.max = TKI_YAML_BYTES_MAX};
    int rc = expand(y, node, v->text, &x);
    if (rc == 0)
        rc = keep(y, &x.text, &v->text);
    if (rc == 0)
        rc = keep(y, &x.unset, &v->unset);
    v->variable = x.whole;
    tki_buf_free(&x.text);
    tki_buf_free(&x.unset);
    return rc;
}

int tki_yaml_variable(const struct tki_yaml *y, const struct tki_yaml_node *scalar, tk_str *to)
{
    struct tki_scalar v = {0};
    int rc = expand_text(y, scalar, &v);
    *to = v.text;
    return rc;
}

/* ---- types ---- */

/* In Alloy texts and numbers become each other where the other one is wanted. */
static int resolve_alloy(const struct tki_yaml *y, const struct tki_yaml_node *node, struct tki_scalar *v,
                         const char *what)
{
    if (node->alloy == TKI_ALLOY_EXPRESSION)
        return tki_yaml_fail(y, node, TK_EUNSUPPORTED, "%s: the expression '%.*s' has no value here", what,
                             (int)(node->text.n < 80 ? node->text.n : 80), node->text.p);
    tki_scalar_resolve(v);
    v->unset = node->unset;
    bool number = v->type == TKI_SCALAR_INT || v->type == TKI_SCALAR_FLOAT;
    if (node->is_text && !number)
        v->type = TKI_SCALAR_TEXT;
    v->variable = number;
    return 0;
}

int tki_scalar_is_list(const struct tki_yaml *y, const struct tki_yaml_node *node, const char *what)
{
    return tki_yaml_fail(y, node, TK_EUSAGE, "%s: a %s where a single value is expected", what,
                         node->kind == TKI_YAML_MAP ? "mapping" : "list");
}

/* A tag such as !!int says what the text must be, before variables are expanded; whole numbers are numbers, too. */
static int check_tag(const struct tki_yaml *y, const struct tki_yaml_node *node, struct tki_scalar *v, const char *what)
{
    struct tki_scalar written = {.text = node->text};
    tki_scalar_resolve(&written);
    bool whole = node->tag == TKI_YAML_FLOAT && written.type == TKI_SCALAR_INT;
    if (whole) {
        v->type = TKI_SCALAR_FLOAT;
        v->d = (double)v->i;
    }
    if (whole || written.type == tki_scalar_of_tag(node->tag))
        return 0;
    return tki_scalar_unfit(y, node, &written, what, "what its tag says");
}

int tki_yaml_scalar(const struct tki_yaml *y, const struct tki_yaml_node *node, struct tki_scalar *v, const char *what)
{
    *v = (struct tki_scalar){0};
    if (tki_yaml_is_null(node))
        return 0;
    if (node->kind != TKI_YAML_SCALAR && node->text.p) {
        v->type = TKI_SCALAR_TEXT;
        v->text = node->text;
        v->variable = true;
        return 0;
    }
    if (node->kind != TKI_YAML_SCALAR)
        return tki_scalar_is_list(y, node, what);
    int rc = expand_text(y, node, v);
    if (rc < 0)
        return rc;
    if (node->alloy)
        return resolve_alloy(y, node, v, what);
    if (node->is_text && !v->variable)
        v->type = TKI_SCALAR_TEXT;
    else
        tki_scalar_resolve(v);
    return node->tag ? check_tag(y, node, v, what) : 0;
}

int tki_scalar_unfit(const struct tki_yaml *y, const struct tki_yaml_node *node, const struct tki_scalar *v,
                     const char *what, const char *wanted)
{
    static const char *const types[] = {"nothing", "a boolean", "a whole number", "a number", "a time", "text"};
    bool quotes = v->type != TKI_SCALAR_TEXT && strcmp(wanted, "text") == 0;
    return tki_yaml_fail(y, node, TK_EUSAGE, "%s: expected %s, got %s (%.*s)%s", what, wanted, types[v->type],
                         (int)(v->text.n < 60 ? v->text.n : 60), v->text.n ? v->text.p : "",
                         quotes ? ": write it in quotes" : "");
}
