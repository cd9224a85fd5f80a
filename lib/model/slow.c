#include "model/slow.h"

#include <math.h>
#include <stdlib.h>

#include "base/err.h"
#include "model/quantile.h"

/* ---- roots ---- */

void tki_kinds_init(struct tki_kinds *k, struct tki_ledger *ledger)
{
    *k = (struct tki_kinds){.ledger = ledger, .column = tki_ledger_column(ledger, sizeof(struct tki_kind_row))};
}

void tki_kinds_free(struct tki_kinds *k)
{
    tki_symtab_free(&k->names);
    tki_buf_free(&k->scratch);
    *k = (struct tki_kinds){0};
}

void tki_kinds_part_free(struct tki_kinds_part *part)
{
    free(part->root);
    *part = (struct tki_kinds_part){0};
}

/* As the tree of a trace orders its roots. */
static bool before(const struct tk_span *s, uint64_t start_ns, uint64_t end_ns, uint64_t span_id)
{
    if (s->start_ns != start_ns)
        return s->start_ns < start_ns;
    return s->end_ns != end_ns ? s->end_ns < end_ns : s->span_id < span_id;
}

int tki_kinds_look(struct tki_kinds_part *part, const struct tk_batch *b, const struct tki_groups *groups)
{
    uint32_t n = groups->ids.n;
    if (n > part->cap || !part->root) {
        struct tki_kinds_root *root = realloc(part->root, (n + (size_t)1) * sizeof *root);
        if (!root)
            return TK_ENOMEM;
        part->root = root;
        part->cap = n + (size_t)1;
    }
    for (uint32_t i = 0; i < n; i++)
        part->root[i] = (struct tki_kinds_root){.row = TK_NONE};
    for (uint32_t i = 0; i < groups->nrows; i++) {
        uint32_t row = tki_groups_span(groups, i);
        const struct tk_span *s = &b->spans[row];
        if (s->parent_id != 0)
            continue;
        struct tki_kinds_root *root = &part->root[groups->group[i]];
        const struct tk_span *old = root->row == TK_NONE ? NULL : &b->spans[root->row];
        root->several = root->several || (old && old->span_id != s->span_id); /* and no copy */
        if (!old || before(s, old->start_ns, old->end_ns, old->span_id))
            root->row = row;
    }
    return 0;
}

static uint32_t kind_of(struct tki_kinds *k, const struct tk_batch *b, const struct tk_span *s)
{
    tki_buf_reset(&k->scratch);
    tki_buf_str(&k->scratch, b->resources[s->resource].service);
    tki_buf_putc(&k->scratch, '\0');
    tki_buf_str(&k->scratch, s->name);
    return k->scratch.err ? TKI_MAP_NONE : tki_symtab_put(&k->names, (tk_str){k->scratch.p, k->scratch.n});
}

void tki_kinds_join(struct tki_kind_row *to, const struct tki_kind_row *more)
{
    bool several = to->several || more->several || (to->kind && more->kind && to->span_id != more->span_id);
    const struct tk_span root = {.start_ns = more->start_ns, .end_ns = more->end_ns, .span_id = more->span_id};
    if (more->kind && (!to->kind || before(&root, to->start_ns, to->end_ns, to->span_id)))
        *to = *more;
    to->several = several;
}

int tki_kinds_take(struct tki_kinds *k, const struct tki_kinds_part *part, const struct tk_batch *b,
                   const struct tki_groups *groups)
{
    for (uint32_t i = 0; i < groups->ids.n; i++) {
        struct tki_kind_row *row = tki_ledger_at(k->ledger, groups->ledger_row[i], k->column);
        if (part->root[i].row == TK_NONE)
            continue;
        const struct tk_span *s = &b->spans[part->root[i].row];
        row->several = row->several || part->root[i].several || (row->kind && row->span_id != s->span_id);
        if (row->kind && !before(s, row->start_ns, row->end_ns, row->span_id))
            continue;
        uint32_t kind = kind_of(k, b, s);
        if (kind == TKI_MAP_NONE)
            return TK_ENOMEM;
        *row = (struct tki_kind_row){s->start_ns, s->end_ns, s->span_id, kind + 1, row->several};
    }
    return 0;
}

/* ---- medians ---- */

static uint32_t kind_at(const struct tki_kinds *k, uint32_t row)
{
    return ((const struct tki_kind_row *)tki_ledger_at(k->ledger, row, k->column))->kind;
}

enum part { WHOLE, ROOT };

static bool duration_of(const struct tki_kinds *k, uint32_t row, enum part part, int64_t *ns)
{
    const struct tki_extent *x = &tki_ledger_row(k->ledger, row)->extent;
    const struct tki_kind_row *root = tki_ledger_at(k->ledger, row, k->column);
    if (part == WHOLE || root->several)
        return tki_extent_duration(x, ns) != TKI_DURATION_UNSET;
    bool started = root->start_ns || tki_zero_is_time(x->end_ns ? x->start_ns : TKI_NO_TIME, root->end_ns);
    if (!root->kind || !root->end_ns || !started)
        return false;
    tki_interval_duration(root->start_ns, root->end_ns, ns);
    return true;
}

bool tki_kinds_duration(const struct tki_kinds *k, uint32_t row, int64_t *ns)
{
    return duration_of(k, row, kind_at(k, row) ? ROOT : WHOLE, ns);
}

/* So many times the median of each kind; INFINITY: there are too few. */
static int find_limits(const struct tki_kinds *k, enum part part, double times, double *limit, struct tk_err *err)
{
    static const double half = 0.5;
    uint32_t kinds = k->names.n, *count = calloc((size_t)kinds + 1, sizeof *count);
    struct tki_values *v = NULL;
    int rc = count ? tki_values_open(&v, 0, NULL) : TK_ENOMEM;
    if (rc < 0)
        tki_err_memory(err);
    for (uint32_t i = 0; i < k->ledger->ids.n && rc == 0; i++) {
        int64_t ns;
        if (!kind_at(k, i) || !duration_of(k, i, part, &ns))
            continue;
        count[kind_at(k, i) - 1]++;
        rc = tki_values_add(v, kind_at(k, i) - 1, (double)ns, tki_rate_weight(tki_ledger_row(k->ledger, i)->rate), err);
    }
    if (rc == 0 && kinds)
        rc = tki_values_quantiles(v, &half, 1, limit, kinds, err);
    for (uint32_t i = 0; i < kinds && rc == 0; i++)
        limit[i] = count[i] < TKI_SLOW_TRACES_MIN ? (double)INFINITY : limit[i] * times;
    tki_values_close(v);
    free(count);
    return rc;
}

/* Returns true if this part of the trace took longer than its kind may; a trace without a root has no kind. */
static bool exceeds(const struct tki_kinds *k, uint32_t row, enum part part, const struct tki_slow_limit *limit)
{
    int64_t ns;
    if (!kind_at(k, row) || !duration_of(k, row, part, &ns))
        return false;
    const struct tki_slow_limit *l = &limit[kind_at(k, row) - 1];
    return (double)ns > (part == WHOLE ? l->whole_ns : l->root_ns);
}

int tki_slow_limits(const struct tki_kinds *k, const struct tki_slow_rule *rule, struct tki_slow_limit *limit,
                    struct tk_err *err)
{
    double times = rule->times > 0 ? rule->times : TKI_SLOW_TIMES, *ns = malloc(((size_t)k->names.n + 1) * sizeof *ns);
    int rc = ns ? 0 : tki_err_memory(err);
    for (uint32_t i = 0; i < k->names.n; i++)
        limit[i] = (struct tki_slow_limit){(double)rule->limit_ns, (double)rule->limit_ns, 0};
    for (enum part part = WHOLE; part <= ROOT && rc == 0 && !rule->limit_ns; part++) {
        rc = find_limits(k, part, times, ns, err);
        for (uint32_t i = 0; i < k->names.n && rc == 0; i++)
            *(part == WHOLE ? &limit[i].whole_ns : &limit[i].root_ns) = ns[i];
    }
    for (uint32_t i = 0; i < k->ledger->ids.n && rc == 0; i++)
        if (exceeds(k, i, ROOT, limit) && !exceeds(k, i, WHOLE, limit))
            limit[kind_at(k, i) - 1].by_root++;
    free(ns);
    return rc;
}

int tki_slow_find(const struct tki_kinds *k, const struct tki_slow_rule *rule, bool *slow, uint64_t *n,
                  struct tk_err *err)
{
    struct tki_slow_limit *limit = malloc(((size_t)k->names.n + 1) * sizeof *limit);
    int rc = limit ? tki_slow_limits(k, rule, limit, err) : tki_err_memory(err);
    *n = 0;
    for (uint32_t i = 0; i < k->ledger->ids.n && rc == 0; i++) {
        int64_t ns;
        slow[i] = exceeds(k, i, WHOLE, limit) || exceeds(k, i, ROOT, limit) ||
                  (rule->limit_ns && duration_of(k, i, WHOLE, &ns) && ns > rule->limit_ns);
        *n += slow[i];
    }
    free(limit);
    return rc;
}
