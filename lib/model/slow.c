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
        uint32_t *root = realloc(part->root, (n + (size_t)1) * sizeof *root);
        if (!root)
            return TK_ENOMEM;
        part->root = root;
        part->cap = n + (size_t)1;
    }
    memset(part->root, 0xff, n * sizeof *part->root);
    for (uint32_t i = 0; i < groups->nrows; i++) {
        uint32_t row = tki_groups_span(groups, i), *best = &part->root[groups->group[i]];
        const struct tk_span *s = &b->spans[row], *old = *best == TK_NONE ? NULL : &b->spans[*best];
        if (s->parent_id == 0 && (!old || before(s, old->start_ns, old->end_ns, old->span_id)))
            *best = row;
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

int tki_kinds_take(struct tki_kinds *k, const struct tki_kinds_part *part, const struct tk_batch *b,
                   const struct tki_groups *groups)
{
    for (uint32_t i = 0; i < groups->ids.n; i++) {
        struct tki_kind_row *row = tki_ledger_at(k->ledger, groups->ledger_row[i], k->column);
        const struct tk_span *s = part->root[i] == TK_NONE ? NULL : &b->spans[part->root[i]];
        if (!s || (row->kind && !before(s, row->start_ns, row->end_ns, row->span_id)))
            continue;
        uint32_t kind = kind_of(k, b, s);
        if (kind == TKI_MAP_NONE)
            return TK_ENOMEM;
        *row = (struct tki_kind_row){s->start_ns, s->end_ns, s->span_id, kind + 1};
    }
    return 0;
}

/* ---- medians ---- */

static uint32_t kind_at(const struct tki_kinds *k, uint32_t row)
{
    return ((const struct tki_kind_row *)tki_ledger_at(k->ledger, row, k->column))->kind;
}

static bool duration_of(const struct tki_ledger *l, uint32_t row, int64_t *ns)
{
    return tki_extent_duration(&tki_ledger_row(l, row)->extent, ns) != TKI_DURATION_UNSET;
}

/* The limit of each kind into limit[]; none is INFINITY. */
static int find_limits(const struct tki_kinds *k, double times, double *limit, struct tk_err *err)
{
    static const double half = 0.5;
    uint32_t kinds = k->names.n, *count = calloc((size_t)kinds + 1, sizeof *count);
    struct tki_values *v = NULL;
    int rc = count ? tki_values_open(&v, 0, NULL) : TK_ENOMEM;
    if (rc < 0)
        tki_err_memory(err);
    for (uint32_t i = 0; i < k->ledger->ids.n && rc == 0; i++) {
        int64_t ns;
        if (!kind_at(k, i) || !duration_of(k->ledger, i, &ns))
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

int tki_slow_limits(const struct tki_kinds *k, const struct tki_slow_rule *rule, double *limit_ns, struct tk_err *err)
{
    if (!rule->limit_ns)
        return find_limits(k, rule->times > 0 ? rule->times : TKI_SLOW_TIMES, limit_ns, err);
    for (uint32_t i = 0; i < k->names.n; i++)
        limit_ns[i] = (double)rule->limit_ns;
    return 0;
}

int tki_slow_find(const struct tki_kinds *k, const struct tki_slow_rule *rule, bool *slow, uint64_t *n,
                  struct tk_err *err)
{
    double *limit = malloc(((size_t)k->names.n + 1) * sizeof *limit);
    int rc = limit ? 0 : tki_err_memory(err);
    if (rc == 0 && !rule->limit_ns)
        rc = tki_slow_limits(k, rule, limit, err);
    *n = 0;
    for (uint32_t i = 0; i < k->ledger->ids.n && rc == 0; i++) {
        int64_t ns;
        uint32_t kind = kind_at(k, i);
        bool timed = duration_of(k->ledger, i, &ns);
        slow[i] = timed && (rule->limit_ns ? ns > rule->limit_ns : kind && (double)ns > limit[kind - 1]);
        *n += slow[i];
    }
    free(limit);
    return rc;
}
