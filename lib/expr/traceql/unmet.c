#include "expr/traceql/unmet.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/map.h"
#include "base/text.h"
#include "expr/traceql/ast.h"
#include "field/nearest.h"
#include "report/number.h"

enum { NAMED_MAX = 3 };

/* Different texts, and how many spans have each. */
struct counted {
    struct tki_symtab texts;
    uint64_t *spans; /* by number of the text */
    uint32_t cap;
    bool full;
};

/* A field that is compared with a text. */
struct test {
    const struct tki_qnode *field;
    tk_str value;
    struct counted found; /* the values that the field has */
    uint64_t numbers;     /* spans that have a number instead */
};

/* A field that is compared with a number. */
struct range {
    const struct tki_qnode *compared; /* field op number */
    struct tki_value least, most;     /* numbers that the field has */
    uint64_t spans;                   /* that have one */
    uint64_t texts;                   /* spans that have a text instead */
    bool met;                         /* by one of them */
};

struct tki_unmet {
    const struct tki_query *query;
    const struct tki_qnode **fields; /* attributes of spans and resources, each key of a scope once */
    struct test *tests;
    struct range *ranges;
    size_t nfields, fields_cap, ntests, tests_cap, nranges, ranges_cap;
    struct counted of_spans, of_resources; /* keys */
    uint64_t *uses;                        /* of each resource of a batch: its spans */
    uint32_t uses_cap;
    bool keys; /* alone */
    size_t next;
};

/* ---- what the query asks for ---- */

static bool looked_for(const struct tki_field *f)
{
    return f->id == TKI_F_ATTR && !f->parent &&
           (f->scope == TKI_SCOPE_ANY || f->scope == TKI_SCOPE_SPAN || f->scope == TKI_SCOPE_RESOURCE);
}

static int add_field(struct tki_unmet *u, const struct tki_qnode *n)
{
    for (size_t i = 0; i < u->nfields; i++)
        if (tki_str_eq(u->fields[i]->field.key, n->field.key) && u->fields[i]->field.scope == n->field.scope)
            return 0;
    if (TKI_GROW(u->fields, u->fields_cap, u->nfields + 1) < 0)
        return TK_ENOMEM;
    u->fields[u->nfields++] = n;
    return 0;
}

static int add_test(struct tki_unmet *u, const struct tki_qnode *field, const struct tki_qnode *value)
{
    const struct tki_field *f = &field->field;
    bool root = f->id == TKI_F_ROOT_NAME || f->id == TKI_F_ROOT_SERVICE;
    bool of_span = f->id == TKI_F_NAME || looked_for(f);
    if (value->value.type != TKI_V_STRING || f->parent || !(root || of_span))
        return 0;
    if (TKI_GROW_ZERO(u->tests, u->tests_cap, u->ntests + 1) < 0)
        return TK_ENOMEM;
    u->tests[u->ntests++] = (struct test){.field = field, .value = value->value.v.s};
    return 0;
}

static int add_range(struct tki_unmet *u, const struct tki_qnode *n)
{
    const struct tki_field *f = &n->a->field;
    if (f->parent || !(f->id == TKI_F_DURATION || looked_for(f)) || !tki_value_numeric(&n->b->value))
        return 0;
    if (TKI_GROW_ZERO(u->ranges, u->ranges_cap, u->nranges + 1) < 0)
        return TK_ENOMEM;
    u->ranges[u->nranges++] = (struct range){.compared = n};
    return 0;
}

static int collect(struct tki_unmet *u, const struct tki_qnode *n)
{
    int r = 0;
    for (; n && r == 0; n = n->next) {
        if (u->keys && n->kind == TKI_N_UNARY && (n->op == TKI_OP_EXISTS || n->op == TKI_OP_MISSING))
            continue;
        if (n->kind == TKI_N_FIELD && looked_for(&n->field))
            r = add_field(u, n);
        if (r == 0 && !u->keys && n->kind == TKI_N_BINARY && n->op == TKI_OP_EQ && n->a->kind == TKI_N_FIELD &&
            n->b->kind == TKI_N_VALUE)
            r = add_test(u, n->a, n->b);
        if (r == 0 && !u->keys && n->kind == TKI_N_BINARY &&
            (n->op == TKI_OP_EQ || (n->op >= TKI_OP_LT && n->op <= TKI_OP_GE)) && n->a->kind == TKI_N_FIELD &&
            n->b->kind == TKI_N_VALUE)
            r = add_range(u, n);
        if (r == 0)
            r = collect(u, n->a);
        if (r == 0)
            r = collect(u, n->b);
    }
    return r;
}

static int open_unmet(struct tki_unmet **u, const struct tki_query *q, bool keys)
{
    *u = calloc(1, sizeof **u);
    if (!*u)
        return TK_ENOMEM;
    (*u)->query = q;
    (*u)->keys = keys;
    int r = collect(*u, q->root);
    if (r < 0 || ((*u)->nfields == 0 && (*u)->ntests == 0 && (*u)->nranges == 0)) {
        tki_unmet_free(*u);
        *u = NULL;
    }
    return r;
}

int tki_unmet_open(struct tki_unmet **u, const struct tki_query *q)
{
    return open_unmet(u, q, false);
}

int tki_unmet_open_keys(struct tki_unmet **u, const struct tki_query *q)
{
    return open_unmet(u, q, true);
}

static void free_counted(struct counted *c)
{
    tki_symtab_free(&c->texts);
    free(c->spans);
}

void tki_unmet_free(struct tki_unmet *u)
{
    if (!u)
        return;
    for (size_t i = 0; i < u->ntests; i++)
        free_counted(&u->tests[i].found);
    free_counted(&u->of_spans);
    free_counted(&u->of_resources);
    free(u->tests);
    free(u->ranges);
    free(u->fields);
    free(u->uses);
    free(u);
}

unsigned tki_unmet_needs(const struct tki_unmet *u)
{
    (void)u;
    return TK_NEED_NAME | TK_NEED_ATTRS | TK_NEED_RESOURCE;
}

/* ---- what there is ---- */

static int count(struct counted *c, tk_str text, uint64_t spans)
{
    if (c->texts.n == TKI_UNMET_MAX && tki_symtab_get(&c->texts, text) == TKI_MAP_NONE) {
        c->full = true;
        return 0;
    }
    uint32_t i = tki_symtab_put(&c->texts, text);
    if (i == TKI_MAP_NONE || TKI_GROW_ZERO(c->spans, c->cap, i + 1) < 0)
        return TK_ENOMEM;
    c->spans[i] += spans;
    return 0;
}

static int count_keys(struct counted *c, const struct tk_batch *b, tk_range attrs, uint64_t spans)
{
    int r = 0;
    for (uint32_t i = 0; i < attrs.count && r == 0; i++)
        r = count(c, b->attrs[attrs.first + i].key, spans);
    return r;
}

static struct tki_value field_at(const struct tk_batch *b, uint32_t row, const struct tki_field *f)
{
    struct tki_at at = {.b = b, .row = row, .event = TK_NONE, .link = TK_NONE};
    struct tki_field of = *f;
    of.index = 0;
    return tki_field_get(&at, &of);
}

/* Returns false when the span has no text of the field. */
static bool value_at(const struct tk_batch *b, uint32_t row, struct test *t, tk_str *value)
{
    const struct tki_field *f = &t->field->field;
    const struct tk_span *s = &b->spans[row];
    if (f->id == TKI_F_ROOT_NAME || f->id == TKI_F_ROOT_SERVICE) {
        *value = f->id == TKI_F_ROOT_NAME ? s->name : b->resources[s->resource].service;
        return s->parent_id == 0;
    }
    struct tki_value v = field_at(b, row, f);
    t->numbers += tki_value_numeric(&v);
    *value = v.type == TKI_V_STRING ? v.v.s : (tk_str){0};
    return v.type == TKI_V_STRING;
}

static void look_at_range(struct range *x, const struct tk_batch *b, uint32_t row)
{
    struct tki_value v = field_at(b, row, &x->compared->a->field);
    x->texts += v.type == TKI_V_STRING;
    if (!tki_value_numeric(&v))
        return;
    x->least = x->spans && tki_value_order(&x->least, &v) <= 0 ? x->least : v;
    x->most = x->spans && tki_value_order(&x->most, &v) >= 0 ? x->most : v;
    x->spans++;
    int c = tki_value_order(&v, &x->compared->b->value);
    enum tki_qop op = x->compared->op;
    x->met |= op == TKI_OP_EQ   ? c == 0
              : op == TKI_OP_LT ? c < 0
              : op == TKI_OP_LE ? c <= 0
              : op == TKI_OP_GT ? c > 0
                                : c >= 0;
}

static int count_resources(struct tki_unmet *u, const struct tk_batch *b)
{
    int r = 0;
    if (TKI_GROW(u->uses, u->uses_cap, b->nresources) < 0)
        return TK_ENOMEM;
    memset(u->uses, 0, b->nresources * sizeof *u->uses);
    for (uint32_t i = 0; i < b->nspans; i++)
        u->uses[b->spans[i].resource]++;
    for (uint32_t i = 0; i < b->nresources && r == 0; i++)
        r = count_keys(&u->of_resources, b, b->resources[i].attrs, u->uses[i]);
    return r;
}

int tki_unmet_look(struct tki_unmet *u, const struct tk_batch *b)
{
    tk_str value;
    int r = count_resources(u, b);
    for (uint32_t i = 0; i < b->nspans && r == 0; i++) {
        r = count_keys(&u->of_spans, b, b->spans[i].attrs, 1);
        for (size_t k = 0; k < u->ntests && r == 0; k++)
            if (value_at(b, i, &u->tests[k], &value))
                r = count(&u->tests[k].found, value, 1);
        for (size_t k = 0; k < u->nranges && r == 0; k++)
            look_at_range(&u->ranges[k], b, i);
    }
    return r;
}

/* ---- what is said ---- */

static uint64_t spans_with(const struct counted *c, tk_str text)
{
    uint32_t i = tki_symtab_get(&c->texts, text);
    return i == TKI_MAP_NONE ? 0 : c->spans[i];
}

static void say_have(struct tki_buf *to, uint64_t spans, const char *scope, tk_str key)
{
    char n[TKI_QUANTITY_MAX];
    tki_buf_printf(to, "; %s %s %s", tki_count_format(n, spans), tki_plural(spans, "has", "have"), scope);
    tki_buf_visible(to, key);
}

/* The same key where the query does not look, or else the nearest one. */
static void say_key_instead(const struct tki_unmet *u, const struct tki_field *f, struct tki_buf *to)
{
    bool resource = f->scope == TKI_SCOPE_RESOURCE;
    const struct counted *own = resource ? &u->of_resources : &u->of_spans;
    const struct counted *other = resource ? &u->of_spans : &u->of_resources;
    const char *own_scope = resource ? "resource." : "span.", *other_scope = resource ? "span." : "resource.";
    struct tki_arena arena = {0};
    struct tki_field field;
    struct tk_err err = {0};
    if (f->scope != TKI_SCOPE_ANY && spans_with(other, f->key)) {
        say_have(to, spans_with(other, f->key), other_scope, f->key);
        return;
    }
    tk_str near = tki_key_nearest(&own->texts, f->key);
    if (near.n) {
        say_have(to, spans_with(own, near), own_scope, near);
    } else if ((near = tki_key_nearest(&other->texts, f->key)).n) {
        say_have(to, spans_with(other, near), other_scope, near);
    } else if (tki_field_parse(f->key, &arena, &field, &err) == 0 && field.id != TKI_F_ATTR) {
        tki_buf_lit(to, "; what every span has is written without a point: ");
        tki_buf_visible(to, f->key);
    }
    tki_arena_free(&arena);
}

static bool key_absent(const struct tki_unmet *u, const struct tki_field *f)
{
    bool spans = f->scope != TKI_SCOPE_RESOURCE, resources = f->scope != TKI_SCOPE_SPAN;
    if ((spans && u->of_spans.full) || (resources && u->of_resources.full))
        return false;
    /* The service of a span is service.name, whether or not an attribute says it. */
    if (resources && TKI_STR_IS(f->key, "service.name"))
        return false;
    return !(spans && spans_with(&u->of_spans, f->key)) && !(resources && spans_with(&u->of_resources, f->key));
}

bool tki_unmet_keys_met(const struct tki_unmet *u)
{
    for (size_t i = 0; i < u->nfields; i++)
        if (key_absent(u, &u->fields[i]->field))
            return false;
    return true;
}

/* The quote behind a value, and how many have it. */
static void say_number(struct tki_buf *to, uint64_t n, const char *thing)
{
    char number[TKI_QUANTITY_MAX];
    tki_buf_printf(to, "\" (%s %s%s)", tki_count_format(number, n), thing, n == 1 ? "" : "s");
}

/* The values that most spans have, of equals the first. */
static void say_values(const struct counted *c, const char *thing, struct tki_buf *to)
{
    uint32_t said[NAMED_MAX], n = 0;
    while (n < NAMED_MAX && n < c->texts.n) {
        uint32_t best = TKI_MAP_NONE;
        for (uint32_t i = 0; i < c->texts.n; i++) {
            bool before = false;
            for (uint32_t k = 0; k < n; k++)
                before = before || said[k] == i;
            if (!before && (best == TKI_MAP_NONE || c->spans[i] > c->spans[best]))
                best = i;
        }
        tki_buf_str(to, tki_str(n ? ", \"" : "; there are \""));
        tki_buf_visible(to, c->texts.strs[best]);
        say_number(to, c->spans[best], thing);
        said[n++] = best;
    }
    if (c->texts.n > n)
        tki_buf_printf(to, " and %" PRIu32 " more", c->texts.n - n);
}

static void say_unlike(struct tki_buf *to, uint64_t spans, const char *what)
{
    char n[TKI_QUANTITY_MAX];
    tki_buf_printf(to, "; in %s %s it is %s", tki_count_format(n, spans), tki_plural(spans, "span", "spans"), what);
}

static bool say_test(const struct tki_unmet *u, const struct test *t, struct tki_buf *to)
{
    const struct tki_field *f = &t->field->field;
    const struct counted *c = &t->found;
    bool root = f->id == TKI_F_ROOT_NAME || f->id == TKI_F_ROOT_SERVICE;
    const char *thing = root ? "trace" : "span";
    if (c->full || spans_with(c, t->value) || (f->id == TKI_F_ATTR && key_absent(u, f)))
        return false;
    tki_buf_str(to, tki_str(root ? "no root has " : "no span has "));
    tki_field_print(to, f);
    tki_buf_lit(to, " = \"");
    tki_buf_visible(to, t->value);
    tki_buf_putc(to, '"');
    tk_str near = tki_key_nearest(&c->texts, t->value);
    if (!c->texts.n && t->numbers) {
        say_unlike(to, t->numbers, "a number: write it without quotes");
    } else if (near.n) {
        tki_buf_lit(to, "; the nearest is \"");
        tki_buf_visible(to, near);
        say_number(to, spans_with(c, near), thing);
    } else {
        say_values(c, thing, to);
    }
    return true;
}

static void put_number(struct tki_buf *to, const struct tki_value *v)
{
    char text[TKI_QUANTITY_MAX];
    if (v->type == TKI_V_DURATION)
        tki_buf_str(to, tki_str(tki_duration_format(text, (double)v->v.i)));
    else
        tki_value_print(to, v, false);
}

static bool say_range(const struct tki_unmet *u, const struct range *x, struct tki_buf *to)
{
    const struct tki_field *f = &x->compared->a->field;
    char n[TKI_QUANTITY_MAX];
    if (x->met || !(x->spans || x->texts))
        return false;
    tki_buf_lit(to, "no span has ");
    tki_qnode_print(to, x->compared);
    if (!x->spans) {
        say_unlike(to, x->texts, x->compared->op == TKI_OP_EQ ? "text: write it in quotes" : "text");
        return true;
    }
    tki_buf_printf(to, "; in %s %s it is ", tki_count_format(n, x->spans), tki_plural(x->spans, "span", "spans"));
    put_number(to, &x->least);
    if (tki_value_order(&x->least, &x->most) != 0) {
        tki_buf_lit(to, " to ");
        put_number(to, &x->most);
    }
    tk_str near = f->id == TKI_F_ATTR ? tki_key_renamed(&u->of_spans.texts, f->key) : (tk_str){0};
    if (near.n)
        say_have(to, spans_with(&u->of_spans, near), "span.", near);
    return true;
}

bool tki_unmet_next(struct tki_unmet *u, struct tki_buf *to)
{
    while (u->next < u->nfields) {
        const struct tki_field *f = &u->fields[u->next++]->field;
        if (!key_absent(u, f))
            continue;
        tki_buf_str(to, tki_str(f->scope == TKI_SCOPE_RESOURCE ? "no resource has " : "no span has "));
        tki_buf_visible(to, f->key);
        say_key_instead(u, f, to);
        return true;
    }
    while (u->next < u->nfields + u->ntests)
        if (say_test(u, &u->tests[u->next++ - u->nfields], to))
            return true;
    while (u->next < u->nfields + u->ntests + u->nranges)
        if (say_range(u, &u->ranges[u->next++ - u->nfields - u->ntests], to))
            return true;
    return false;
}
