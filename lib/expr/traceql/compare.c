/* compare(): how often each value of each attribute occurs among the spans of a selection, and among the
 * others. */
#include <math.h>
#include <stdlib.h>

#include "expr/traceql/metric_in.h"

static void count(struct tki_qmetrics *m, struct tki_qleaf *l, struct tki_query_eval *e, const char *scope, tk_str key,
                  struct tki_value v, int side, double weight)
{
    struct tki_value tuple[2] = {{.type = TKI_V_STRING, .v.s = tki_str(scope)}, {.type = TKI_V_STRING, .v.s = key}};
    if (v.type == TKI_V_NIL || v.type == TKI_V_DURATION)
        return;
    uint32_t name = tki_qgroups_put(&l->names, tuple);
    if (name == TK_NONE) {
        m->rc = TK_ENOMEM;
        return;
    }
    tuple[0] = (struct tki_value){.type = TKI_V_INT, .v.i = name};
    tuple[1] = tki_q_keep(e, v);
    uint32_t series = tki_qgroups_put(&l->series, tuple);
    if (series == TK_NONE) {
        m->rc = TK_ENOMEM;
        return;
    }
    tuple[0].v.i = series;
    tuple[1] = (struct tki_value){.type = TKI_V_INT, .v.i = side};
    (void)tki_qcell_add(m, l, tuple, 0, weight);
}

static void count_attrs(struct tki_qmetrics *m, struct tki_qleaf *l, struct tki_query_eval *e, const char *scope,
                        const struct tki_value *attrs, int side, double weight)
{
    const struct tk_attr *kids = attrs->v.list.kids;
    for (uint32_t i = 0; i < attrs->v.list.n; i++) {
        bool again = false; /* only the first of a key counts, as everywhere */
        for (uint32_t k = 0; k < i && !again; k++)
            again = tki_str_eq(kids[k].key, kids[i].key);
        if (!again)
            count(m, l, e, scope, kids[i].key, tki_value_from(e->at.b, &kids[i].value), side, weight);
    }
}

const struct tki_field tki_compared[TKI_COMPARED] = {
    {.id = TKI_F_NAME},
    {.id = TKI_F_STATUS},
    {.id = TKI_F_STATUS_MESSAGE},
    {.id = TKI_F_KIND},
    {.id = TKI_F_LIB_NAME},
    {.id = TKI_F_LIB_VERSION},
    {.id = TKI_F_ATTRS, .scope = TKI_SCOPE_SPAN},
    {.id = TKI_F_ATTRS, .scope = TKI_SCOPE_RESOURCE},
    {.id = TKI_F_ATTRS, .scope = TKI_SCOPE_INSTRUMENTATION},
};

static void count_field(struct tki_qmetrics *m, struct tki_qleaf *l, struct tki_query_eval *e,
                        const struct tki_field *f, int side, double weight)
{
    static const char *const scopes[TKI_SCOPES] = {[TKI_SCOPE_SPAN] = "span.",
                                                   [TKI_SCOPE_RESOURCE] = "resource.",
                                                   [TKI_SCOPE_INSTRUMENTATION] = "instrumentation."};
    struct tki_value v = tki_field_get(&e->at, f);
    if (v.type == TKI_V_MAP)
        count_attrs(m, l, e, scopes[f->scope], &v, side, weight);
    else if (v.type != TKI_V_STRING || v.v.s.n)
        count(m, l, e, tki_fields[f->id].traceql, (tk_str){"", 0}, v, side, weight);
}

void tki_qcontrast_observe(struct tki_qmetrics *m, struct tki_qleaf *l, struct tki_query_eval *e, double weight)
{
    const struct tk_span *s = &e->at.b->spans[e->at.row];
    const struct tki_qnode *n = l->node;
    bool in_time = !n->end_ns || (s->start_ns >= n->start_ns && s->start_ns < n->end_ns);
    int side = in_time && tki_q_passes(e, n->a) ? 0 : 1;
    l->sides[side] += weight;
    for (size_t i = 0; i < TKI_COMPARED; i++)
        count_field(m, l, e, &tki_compared[i], side, weight);
}

/* ---- the table --------------------------------------------------------------------------------------------
 */

struct line {
    uint32_t series, name;
    double n[2], share[2];
    double difference; /* of the shares */
    bool shown;
};

struct attribute {
    double most; /* largest difference of a line that is shown */
    uint32_t count, shown;
};

struct order {
    const struct tki_qleaf *l;
    const struct attribute *attributes;
    int side;
};

static int by_name_and_count(const void *pa, const void *pb, void *ctx)
{
    const struct order *o = ctx;
    const struct line *a = pa, *b = pb;
    if (a->name != b->name)
        return a->name < b->name ? -1 : 1;
    if (a->n[o->side] != b->n[o->side])
        return a->n[o->side] > b->n[o->side] ? -1 : 1;
    int c = tki_value_order(&tki_qgroups_at(&o->l->series, a->series)[1], &tki_qgroups_at(&o->l->series, b->series)[1]);
    return c ? c : (a->series > b->series) - (a->series < b->series);
}

static int compare_attribute_names(const struct tki_qleaf *l, uint32_t a, uint32_t b)
{
    const struct tki_value *x = tki_qgroups_at(&l->names, a), *y = tki_qgroups_at(&l->names, b);
    int c = tki_value_order(&x[0], &y[0]);
    return c ? c : tki_value_order(&x[1], &y[1]);
}

/* Attributes whose values differ most first. */
static int by_difference(const void *pa, const void *pb, void *ctx)
{
    const struct order *o = ctx;
    const struct line *a = pa, *b = pb;
    if (a->name != b->name) {
        double x = o->attributes[a->name].most, y = o->attributes[b->name].most;
        if (x != y)
            return x > y ? -1 : 1;
        return compare_attribute_names(o->l, a->name, b->name);
    }
    if (a->shown != b->shown)
        return a->shown ? -1 : 1;
    if (fabs(a->difference) != fabs(b->difference))
        return fabs(a->difference) > fabs(b->difference) ? -1 : 1;
    if (a->difference != b->difference)
        return a->difference > b->difference ? -1 : 1;
    int c = tki_value_order(&tki_qgroups_at(&o->l->series, a->series)[1], &tki_qgroups_at(&o->l->series, b->series)[1]);
    return c ? c : (a->series > b->series) - (a->series < b->series);
}

static struct tki_value number(double x)
{
    if (x == floor(x) && fabs(x) < 0x1p53)
        return (struct tki_value){.type = TKI_V_INT, .v.i = (int64_t)x};
    return (struct tki_value){.type = TKI_V_FLOAT, .v.d = x};
}

static struct tki_value share(double x)
{
    return (struct tki_value){.type = TKI_V_FLOAT, .v.d = floor(x * 1e6 + 0.5) / 1e6};
}

static struct tki_value text(struct tki_qmetrics *m, tk_str s)
{
    return (struct tki_value){.type = TKI_V_STRING, .v.s = tki_qmetrics_text(m, s)};
}

static void put_name(struct tki_qmetrics *m, const struct tki_qleaf *l, uint32_t name, struct tki_value *to)
{
    const struct tki_value *parts = tki_qgroups_at(&l->names, name);
    struct tki_buf b = {0};
    tki_buf_str(&b, parts[0].v.s);
    tki_buf_str(&b, parts[1].v.s);
    *to = text(m, tki_buf_text(&b, &m->rc));
    tki_buf_free(&b);
}

static int put_lines(struct tki_qmetrics *m, const struct tki_qleaf *l, const struct line *lines, uint32_t n,
                     const struct attribute *attributes)
{
    for (uint32_t i = 0; i < n && m->rc == 0; i++) {
        const struct line *x = &lines[i];
        const struct attribute *a = &attributes[x->name];
        bool rest = !x->shown;
        if (rest && i && !lines[i - 1].shown && lines[i - 1].name == x->name)
            continue;
        struct tki_value *to = tki_qmetrics_add_row(m);
        if (!to)
            return TK_ENOMEM;
        put_name(m, l, x->name, &to[0]);
        if (rest) { /* a line for all that are not shown */
            struct tki_buf b = {0};
            tki_buf_printf(&b, "(%u more value%s)", a->count - a->shown, a->count - a->shown == 1 ? "" : "s");
            to[1] = text(m, tki_buf_text(&b, &m->rc));
            tki_buf_free(&b);
            for (int k = 2; k < 6; k++)
                to[k] = (struct tki_value){.type = TKI_V_NIL};
            continue;
        }
        to[1] = tki_qgroups_at(&l->series, x->series)[1];
        if (to[1].type == TKI_V_STRING)
            to[1].v.s = tki_qmetrics_text(m, to[1].v.s);
        for (int k = 0; k < 2; k++) {
            to[2 + 2 * k] = number(x->n[k]);
            to[3 + 2 * k] = share(x->share[k]);
        }
    }
    return m->rc;
}

int tki_qcontrast_finish(struct tki_qmetrics *m, struct tki_qleaf *l)
{
    static const char *const names[] = {"attribute",       "value",    "selection",
                                        "selection share", "baseline", "baseline share"};
    uint32_t n = l->series.n;
    struct line *lines = calloc(n + 1u, sizeof *lines);
    struct attribute *attributes = calloc(l->names.n + 1u, sizeof *attributes);
    struct order o = {l, attributes, 0};
    int r = lines && attributes ? 0 : TK_ENOMEM;
    m->ncolumns = 6;
    m->names = names;
    for (uint32_t i = 0; i < n && r == 0; i++) {
        lines[i].series = i;
        lines[i].name = (uint32_t)tki_qgroups_at(&l->series, i)[0].v.i;
        attributes[lines[i].name].count++;
    }
    for (uint32_t i = 0; i < l->keys.n && r == 0; i++) {
        const struct tki_value *key = tki_qgroups_at(&l->keys, i);
        lines[key[0].v.i].n[key[1].v.i] = tki_exact_sum(&l->cells[i].n);
    }
    /* The most frequent of each side are shown. */
    for (o.side = 0; o.side < 2 && r == 0; o.side++) {
        qsort_r(lines, n, sizeof *lines, by_name_and_count, &o);
        for (uint32_t i = 0, rank = 0; i < n; i++) {
            rank = i && lines[i].name == lines[i - 1].name ? rank + 1 : 0;
            lines[i].shown |= rank < l->node->count && lines[i].n[o.side] > 0;
        }
    }
    for (uint32_t i = 0; i < n && r == 0; i++) {
        struct attribute *a = &attributes[lines[i].name];
        for (int k = 0; k < 2; k++)
            lines[i].share[k] = l->sides[k] > 0 ? lines[i].n[k] / l->sides[k] : 0;
        lines[i].difference = lines[i].share[0] - lines[i].share[1];
        a->shown += lines[i].shown;
        if (lines[i].shown && fabs(lines[i].difference) > a->most)
            a->most = fabs(lines[i].difference);
    }
    if (r == 0) {
        qsort_r(lines, n, sizeof *lines, by_difference, &o);
        r = put_lines(m, l, lines, n, attributes);
    }
    free(lines);
    free(attributes);
    return r;
}
