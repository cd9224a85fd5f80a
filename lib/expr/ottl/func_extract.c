/* Functions that take texts apart by expressions: groups with names, and grok's patterns. */
#include <stdlib.h>

#include "base/err.h"
#include "base/go_number.h"
#include "expr/ottl/grok.h"
#include "expr/ottl/members.h"

typedef struct tki_ottl_node node;
typedef struct tki_ottl_run run;

struct group {
    tk_str key; /* empty: it is not asked for */
    enum tki_grok_type type;
};

struct extractor {
    struct tki_regex *re; /* of the condition; or of the call, then it is freed with it */
    uint32_t n, named;    /* groups */
    struct group *group;
};

/* ---- what groups hold ---- */

static int typed(run *r, enum tki_grok_type type, tk_str s, struct tki_ov *to)
{
    struct tki_ov text = tki_ov_str(s);
    int64_t i = 0;
    double d = 0;
    switch (type) {
    case TKI_GROK_STRING: *to = text; return 0;
    case TKI_GROK_BOOL: return tki_ottl_convert(r, TKI_OW_BOOLLIKE, &text, to);
    case TKI_GROK_INT:
        *to = tki_ov_int(0);
        if (tki_go_parse_int(s, 10, &i))
            return tki_ottl_fault(r, "a group that is no whole number");
        *to = tki_ov_int(i);
        return 0;
    case TKI_GROK_FLOAT:
        if (!tki_go_parse_float(s, &d))
            return tki_ottl_fault(r, "a group that is no number");
        *to = tki_ov_float(d);
        return 0;
    case TKI_GROK_UNKNOWN: break;
    }
    return tki_ottl_fault(r, "a type of grok that is none");
}

/* grok: groups without text are left out. */
static int extract(run *r, const struct extractor *x, tk_str s, bool grok, struct tki_ov *to)
{
    struct tki_ottl_members m = {0};
    size_t *at = tki_ottl_alloc(r, 2 * ((size_t)x->n + 1) * sizeof *at);
    if (!at)
        return TK_ENOMEM;
    int rc = tki_regex_find_groups(x->re, s, r->regex, at, x->n);
    if (rc < 0)
        r->why = rc == TK_ENOMEM ? "out of memory" : "a regular expression that takes too many steps";
    for (uint32_t i = 0; i < x->n && rc > 0; i++) {
        size_t from = at[2 * i + 2], upto = at[2 * i + 3];
        tk_str held = from == SIZE_MAX ? (tk_str){"", 0} : (tk_str){s.p + from, upto - from};
        struct tki_ov v;
        if (!x->group[i].key.n || (grok && held.n == 0))
            continue;
        int fault = typed(r, x->group[i].type, held, &v);
        rc = fault ? fault : tki_ottl_put(r, &m, x->group[i].key, v) < 0 ? TK_ENOMEM : 1;
        if (fault)
            return fault;
    }
    *to = tki_ottl_map_of(&m);
    return rc < 0 ? rc : 0;
}

/* ---- opening ---- */

static int compile(struct extractor *x, tk_str text, struct tki_arena *arena, struct tk_err *err)
{
    struct tki_regex_groups groups = {0};
    int rc = tki_regex_compile_groups(&x->re, text, &groups, err);
    x->n = groups.n;
    x->group = rc == 0 ? tki_arena_alloc(arena, groups.n * sizeof *x->group + 1) : NULL;
    if (rc == 0 && !x->group)
        rc = tki_err_memory(err);
    for (uint32_t i = 0; i < groups.n && rc == 0; i++) {
        x->group[i] = (struct group){groups.name[i], TKI_GROK_STRING};
        x->named += groups.name[i].n > 0;
    }
    free(groups.name);
    if (rc < 0 && x->re) {
        tki_regex_free(x->re);
        x->re = NULL;
    }
    return rc;
}

/* Three underscores stand for a point. */
static tk_str field_name(tk_str group, struct tki_arena *arena)
{
    char *to = tki_arena_alloc(arena, group.n + 1);
    size_t n = 0;
    for (size_t i = 0; to && i < group.n; i++) {
        bool point = group.n - i >= 3 && memcmp(group.p + i, "___", 3) == 0;
        to[n++] = point ? '.' : group.p[i];
        i += point ? 2 : 0;
    }
    return (tk_str){to, n};
}

static int compile_grok(struct extractor *x, struct tki_grok *g, tk_str pattern, struct tki_arena *arena,
                        struct tk_err *err)
{
    struct tki_buf expanded = {0};
    int rc = tki_grok_expand(g, pattern, &expanded, arena);
    tk_str unknown = g->unknown, text = {tki_arena_alloc(arena, expanded.n + 1), expanded.n};
    if (rc == TK_EUSAGE)
        tki_err_set(err, rc, "no such pattern: %.*s", (int)(unknown.n < 80 ? unknown.n : 80), unknown.p);
    else if (rc == TK_EUNSUPPORTED)
        tki_err_set(err, rc, "the pattern %.*s is one of a product and not known to this version: give its definition",
                    (int)(unknown.n < 80 ? unknown.n : 80), unknown.p);
    else if (rc < 0)
        tki_err_set(err, rc, rc == TK_ELIMIT ? "patterns that become too large" : "out of memory");
    if (rc == 0 && !text.p)
        rc = tki_err_memory(err);
    if (rc == 0 && text.n)
        memcpy((char *)text.p, expanded.p, text.n);
    tki_buf_free(&expanded);
    if (rc == 0)
        rc = compile(x, text, arena, err);
    for (uint32_t i = 0; i < x->n && rc == 0; i++) {
        tk_str group = x->group[i].key;
        for (uint32_t k = 0; k < g->nhints; k++)
            if (tki_str_eq(g->hint[k].field, group))
                x->group[i].type = g->hint[k].type;
        x->group[i].key = group.n ? field_name(group, arena) : group;
    }
    return rc;
}

static int own_patterns(const node *list, struct tki_grok *g, struct tki_arena *arena, const char **wrong)
{
    struct tki_grok_own *own = tki_arena_alloc(arena, (list ? list->nkids : 0) * sizeof *own + 1);
    if (!own)
        return TK_ENOMEM;
    g->own = own;
    for (uint32_t i = 0; list && i < list->nkids; i++) {
        tk_str s = tki_ov_text(&list->kid[i]->value);
        const char *equals = tki_str_find(s, '=');
        size_t n = equals ? (size_t)(equals - s.p) : 0;
        if (!equals || memchr(s.p, ':', n)) {
            *wrong = equals ? "a pattern's name with a colon" : "a pattern is written NAME=definition";
            return TK_EUSAGE;
        }
        own[g->nown++] = (struct tki_grok_own){{s.p, n}, {s.p + n + 1, s.n - n - 1}};
    }
    return 0;
}

/* ---- ExtractPatterns(target, pattern) ---- */

static const char no_groups[] = "an expression without a group that has a name";

static int opened(struct tki_ottl_open *o, const node *at, int rc, const struct tk_err *e)
{
    if (rc == TK_EUSAGE)
        return tki_ottl_refuse(o, at, "not a regular expression: %s", e->text);
    return rc == TK_ENOMEM ? tki_err_memory(o->err) : rc < 0 ? tki_err_at(o->err, rc, at->at, "%s", e->text) : 0;
}

static int keep_extractor(struct tki_ottl_open *o, node *n, struct extractor **to)
{
    *to = tki_arena_alloc(o->arena, sizeof **to);
    if (!*to)
        return tki_err_memory(o->err);
    **to = (struct extractor){0};
    n->made = *to;
    return 0;
}

static int patterns_known(struct tki_ottl_open *o, node *n)
{
    struct extractor *x;
    struct tk_err e = {0};
    if (!tki_ottl_literal_string(n->kid[1]))
        return o->c->release < 139
                   ? tki_ottl_refuse(o, n->kid[1], "ExtractPatterns takes a pattern that is written out")
                   : 0;
    int rc = keep_extractor(o, n, &x);
    if (rc == 0)
        rc = opened(o, n->kid[1], compile(x, tki_ov_text(&n->kid[1]->value), o->arena, &e), &e);
    if (rc == 0)
        rc = tki_ottl_own_regex(o, x->re);
    if (rc == 0 && !x->named && o->c->release < 139)
        rc = tki_ottl_refuse(o, n->kid[1], "%s", no_groups);
    return rc;
}

/* What is compiled for one call. */
static int computed(run *r, int rc)
{
    if (rc == TK_EUSAGE)
        return tki_ottl_fault(r, "a computed pattern that is no expression");
    if (rc < 0)
        r->why = rc == TK_ENOMEM ? "out of memory" : "a computed pattern that is not evaluated by this version";
    return rc;
}

static int extract_patterns(run *r, const node *n, struct tki_ov *to)
{
    struct extractor of_call = {0};
    const struct extractor *x = n->made ? n->made : &of_call;
    struct tk_err e = {0};
    tk_str s, pattern;
    int rc = 0;
    if (!n->made) {
        rc = tki_ottl_arg_str(r, n, 1, &pattern);
        if (rc == 0)
            rc = computed(r, compile(&of_call, pattern, r->memory, &e));
    }
    if (rc == 0 && !x->named)
        rc = tki_ottl_fault(r, no_groups);
    if (rc == 0)
        rc = tki_ottl_arg_str(r, n, 0, &s);
    if (rc == 0)
        rc = extract(r, x, s, false, to);
    tki_regex_free(of_call.re);
    return rc;
}

/* ---- ExtractGrokPatterns(target, pattern, named_captures_only, pattern_definitions) ---- */

static int grok_known(struct tki_ottl_open *o, node *n)
{
    struct tki_grok g = {.named_only = tki_ottl_const_bool(n, 2, false)};
    struct extractor *x;
    struct tk_err e = {0};
    const char *wrong = "";
    int rc = own_patterns(n->kid[3], &g, o->arena, &wrong);
    if (rc < 0)
        return rc == TK_EUSAGE ? tki_ottl_refuse(o, n->kid[3], "%s", wrong) : tki_err_memory(o->err);
    if (!tki_ottl_literal_string(n->kid[1]))
        return o->c->release < 139
                   ? tki_ottl_refuse(o, n->kid[1], "ExtractGrokPatterns takes a pattern that is written out")
                   : 0;
    rc = keep_extractor(o, n, &x);
    if (rc == 0)
        rc = opened(o, n->kid[1], compile_grok(x, &g, tki_ov_text(&n->kid[1]->value), o->arena, &e), &e);
    if (rc == 0)
        rc = tki_ottl_own_regex(o, x->re);
    if (rc == 0 && g.named_only && !x->named)
        rc = tki_ottl_refuse(o, n->kid[1], "%s", no_groups);
    return rc;
}

static int extract_grok(run *r, const node *n, struct tki_ov *to)
{
    struct extractor of_call = {0};
    const struct extractor *x = n->made ? n->made : &of_call;
    struct tki_grok g = {.named_only = tki_ottl_const_bool(n, 2, false)};
    struct tk_err e = {0};
    const char *wrong;
    tk_str s, pattern;
    int rc = 0;
    if (!n->made) {
        rc = tki_ottl_arg_str(r, n, 1, &pattern);
        if (rc == 0)
            rc = own_patterns(n->kid[3], &g, r->memory, &wrong);
        if (rc == 0)
            rc = computed(r, compile_grok(&of_call, &g, pattern, r->memory, &e));
        if (rc == 0 && g.named_only && !of_call.named)
            rc = tki_ottl_fault(r, no_groups);
    }
    if (rc == 0)
        rc = tki_ottl_arg_str(r, n, 0, &s);
    if (rc == 0)
        rc = extract(r, x, s, true, to);
    tki_regex_free(of_call.re);
    return rc;
}

const struct tki_ottl_func tki_ottl_extract[] = {
    {.name = "ExtractPatterns",
     .needs_regex = true,
     .param = {{"target", TKI_OW_STRING, false}, {"pattern", TKI_OW_STRING, false}},
     .call = extract_patterns,
     .prepare = patterns_known},
    {.name = "ExtractGrokPatterns",
     .needs_regex = true,
     .param = {{"target", TKI_OW_STRING, false},
               {"pattern", TKI_OW_STRING, false},
               {"named_captures_only", TKI_OW_CONST_BOOL, true},
               {"pattern_definitions", TKI_OW_CONST_STRINGS, true}},
     .call = extract_grok,
     .prepare = grok_known},
    {0}};
