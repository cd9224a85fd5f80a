#include "analyze/top.h"

#include <stdlib.h>

#include "analyze/top_in.h"
#include "base/array.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/map.h"
#include "io/sorter.h"
#include "model/quantile.h"

enum { MEMORY_DEFAULT = 256 << 20, GROUPS_DEFAULT = 10000 };

int tki_top_open(struct tki_top **to, const struct tki_top_opts *opts, struct tk_err *err)
{
    struct tki_top *t = calloc(1, sizeof *t);
    *to = t;
    if (!t)
        return tki_err_memory(err);
    t->opts = *opts;
    t->opts.memory_max = opts->memory_max ? opts->memory_max : MEMORY_DEFAULT;
    t->opts.groups_max = opts->groups_max ? opts->groups_max : GROUPS_DEFAULT;
    t->opts.threads = opts->threads > TKI_TOP_THREADS_MAX ? TKI_TOP_THREADS_MAX : opts->threads;
    if (TKI_GROW_ZERO(t->group, t->group_cap, 1) < 0 || tki_symtab_put(&t->names, TKI_STR("")) == TKI_MAP_NONE ||
        tki_symtab_put(&t->services, TKI_STR("")) == TKI_MAP_NONE)
        return tki_err_memory(err);
    t->ngroups = 1;
    return 0;
}

/* The spans that are held. */
static void let_go(struct tki_top *t)
{
    tki_holder_free(&t->held);
    free(t->trace);
    t->trace = NULL;
    t->trace_cap = 0;
}

void tki_top_close(struct tki_top *t)
{
    if (!t)
        return;
    tki_idmap_free(&t->traces);
    tki_symtab_free(&t->services);
    tki_symtab_free(&t->names);
    tki_buf_free(&t->key);
    tki_sorter_close(t->sorter);
    tki_values_close(t->merged);
    let_go(t);
    free(t->group);
    free(t);
}

/* ---- adding ---- */

/* TKI_MAP_NONE: out of memory. */
static uint32_t group_of(struct tki_top *t, tk_str service, tk_str name)
{
    tki_buf_reset(&t->key);
    tki_buf_str(&t->key, service);
    tki_buf_putc(&t->key, 0);
    tki_buf_str(&t->key, name);
    if (t->key.err)
        return TKI_MAP_NONE;
    tk_str key = {t->key.p, t->key.n};
    uint32_t i = t->names.n <= t->opts.groups_max ? tki_symtab_put(&t->names, key) : tki_symtab_get(&t->names, key);
    if (i == TKI_MAP_NONE)
        return t->names.n > t->opts.groups_max ? 0 : TKI_MAP_NONE;
    if (i == t->ngroups) {
        if (TKI_GROW_ZERO(t->group, t->group_cap, t->ngroups + 1) < 0)
            return TKI_MAP_NONE;
        tk_str kept = t->names.strs[i];
        t->group[i].service = (tk_str){kept.p, service.n};
        t->group[i].name = (tk_str){kept.p + service.n + 1, name.n};
        t->ngroups++;
    }
    return i;
}

static int sort_span(struct tki_top *t, const struct tki_top_span *s, tk_id128 id, struct tk_err *err)
{
    return tki_sorter_add(t->sorter, id, t->seq++, (tk_str){(const char *)s, sizeof *s}, err);
}

/* All that is held goes to the sorter. */
static int spill(struct tki_top *t, struct tk_err *err)
{
    /* A quarter, as what is held stays until all of it is there. */
    int r = tki_sorter_open(&t->sorter, t->opts.memory_max / 4, NULL, err);
    struct tki_top_span s = {0}; /* the padding goes to a file */
    for (uint32_t i = 0; i < t->held.n && r == 0; i++) {
        tki_held_spans(&t->held, &i, 1, &s);
        r = sort_span(t, &s, t->traces.ids[t->trace[i]], err);
    }
    let_go(t);
    return r;
}

static int hold(struct tki_top *t, const struct tki_top_span *s, uint32_t trace, tk_id128 id, struct tk_err *err)
{
    size_t n = t->held.n + 1;
    /* At the end there are as many places of spans as numbers of traces. */
    bool full = tki_holder_bytes(&t->held) + n * 2 * sizeof trace > t->opts.memory_max || n > UINT32_MAX;
    if (!t->sorter && full && spill(t, err) < 0)
        return err->code;
    if (t->sorter)
        return sort_span(t, s, id, err);
    if (TKI_GROW(t->trace, t->trace_cap, n) < 0 || tki_hold_span(&t->held, s) < 0)
        return tki_err_memory(err);
    t->trace[n - 1] = trace;
    return 0;
}

/* The numbers of the groups and services that the look has met since it was folded before. */
static int meet(struct tki_top *t, struct tki_top_look *look)
{
    for (; look->groups_known < look->ngroups; look->groups_known++) {
        struct tki_top_group_met *m = &look->group[look->groups_known];
        if ((m->number = group_of(t, look->services.strs[m->service], m->name)) == TKI_MAP_NONE)
            return TK_ENOMEM;
    }
    for (; look->services_known < look->services.n; look->services_known++) {
        uint32_t number = tki_symtab_put(&t->services, look->services.strs[look->services_known]);
        if (number == TKI_MAP_NONE)
            return TK_ENOMEM;
        look->service[look->services_known] = number;
    }
    return 0;
}

int tki_top_fold(struct tki_top *t, struct tki_top_look *look, struct tk_err *err)
{
    int r = meet(t, look);
    for (uint32_t i = 0; i < look->nspans && r == 0; i++) {
        struct tki_top_span *h = &look->span[i];
        uint32_t trace = tki_idmap_put(&t->traces, look->trace[i]);
        h->service = look->service[h->service];
        h->group = look->group[h->group].number;
        if (trace == TKI_MAP_NONE)
            r = TK_ENOMEM;
        else if ((r = hold(t, h, trace, look->trace[i], err)) < 0)
            return r;
    }
    t->sums.sampled += look->sampled;
    return r < 0 ? tki_err_memory(err) : 0;
}

/* ---- what is there ---- */

void tki_top_join_group(struct tki_top_group *g, const struct tki_top_group *x)
{
    g->calls += x->calls;
    g->errors += x->errors;
    g->timed += x->timed;
    tki_top_add_ns(&g->total_ns, x->total_ns);
    tki_top_add_ns(&g->self_ns, x->self_ns);
    tki_top_add_ns(&g->path_ns, x->path_ns);
}

void tki_top_join_sums(struct tki_top_sums *s, const struct tki_top_sums *x)
{
    s->traces += x->traces;
    s->spans += x->spans;
    s->errors += x->errors;
    s->copies += x->copies;
    s->untimed += x->untimed;
    s->other += x->other;
    tki_top_add_ns(&s->path_ns, x->path_ns);
}

const tk_id128 *tki_top_traces(const struct tki_top *t, size_t *n)
{
    *n = t->traces.n;
    return t->traces.ids;
}

int tki_top_put_sums(struct tki_top *t, const struct tki_top_sums *sums, struct tk_err *err)
{
    tki_top_join_sums(&t->sums, sums);
    t->sums.sampled += sums->sampled;
    return t->merged || tki_values_open(&t->merged, t->opts.memory_max, NULL) == 0 ? 0 : tki_err_memory(err);
}

int tki_top_put_group(struct tki_top *t, const struct tki_top_group *sums, uint32_t *number, struct tk_err *err)
{
    *number = group_of(t, sums->service, sums->name);
    if (*number == TKI_MAP_NONE)
        return tki_err_memory(err);
    if (*number == 0)
        return tki_err_set(err, TK_ELIMIT, "there are more than %u groups", t->opts.groups_max);
    tki_top_join_group(&t->group[*number], sums);
    return 0;
}

int tki_top_put_duration(struct tki_top *t, uint32_t number, int64_t ns, struct tk_err *err)
{
    return tki_values_add(t->merged, number, (double)ns, 1, err);
}

uint32_t tki_top_groups(const struct tki_top *t)
{
    return t->ngroups;
}

const struct tki_top_group *tki_top_group(const struct tki_top *t, uint32_t i)
{
    return &t->group[i];
}

const struct tki_top_sums *tki_top_sums(const struct tki_top *t)
{
    return &t->sums;
}
