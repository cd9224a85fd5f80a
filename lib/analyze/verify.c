#include "analyze/verify.h"

#include <stdlib.h>

#include "analyze/repair.h"
#include "base/array.h"
#include "base/buf.h"
#include "base/sort.h"
#include "model/span.h"
#include "model/unit.h"

const char *const tki_check_words[TKI_CHECKS + 1] = {
    [TKI_CHECK_IDS] = "ids",         [TKI_CHECK_DUPLICATES] = "duplicates",   [TKI_CHECK_TIMES] = "times",
    [TKI_CHECK_CYCLES] = "cycles",   [TKI_CHECK_ORPHANS] = "orphans",         [TKI_CHECK_ROOT] = "root",
    [TKI_CHECK_ROOTS] = "roots",     [TKI_CHECK_PROPAGATION] = "propagation", [TKI_CHECK_ENTRY] = "entry",
    [TKI_CHECK_OUTSIDE] = "outside", [TKI_CHECK_CLOCKS] = "clocks",
};

enum { OUTSIDE_NS = 1000 }; /* what clients cut times to */

/* ---- findings ---- */

static int count_name(struct tki_finding *f, tk_str name, uint64_t n)
{
    uint32_t i = tki_symtab_get(&f->names, name);
    if (i == TKI_MAP_NONE) {
        if (f->names.n == TKI_VERIFY_NAMES)
            return TK_OK;
        if (TKI_GROW(f->count, f->cap, f->names.n + 1) < 0)
            return TK_ENOMEM;
        i = tki_symtab_put(&f->names, name);
        if (i == TKI_MAP_NONE)
            return TK_ENOMEM;
        f->count[i] = 0;
    }
    f->count[i] += n;
    return TK_OK;
}

/* n spans of that name in the trace that is looked at. */
static int find(struct tki_verify *v, enum tki_check check, tk_id128 trace, tk_str name, uint64_t n)
{
    struct tki_finding *f = &v->found[check];
    f->spans += n;
    if (f->trace != v->traces + 1) {
        f->trace = v->traces + 1;
        f->traces++;
        if (f->nexamples < TKI_EXAMPLES)
            f->example[f->nexamples++] = trace;
    }
    return count_name(f, name, n);
}

static tk_str service(const struct tk_batch *b, uint32_t row)
{
    return b->resources[b->spans[row].resource].service;
}

/* ---- entries ---- */

/* NULL: out of memory, or beyond the limit when *full. */
static struct tki_entry *entry_of(struct tki_entries *e, tk_str name, size_t service_n, bool *full)
{
    uint32_t i = tki_symtab_get(&e->names, name);
    *full = i == TKI_MAP_NONE && e->names.n == TKI_VERIFY_NAMES;
    if (*full)
        return NULL;
    if (i != TKI_MAP_NONE)
        return &e->entry[i];
    if (TKI_GROW(e->entry, e->cap, e->names.n + 1) < 0)
        return NULL;
    i = tki_symtab_put(&e->names, name);
    if (i == TKI_MAP_NONE)
        return NULL;
    e->entry[i] = (struct tki_entry){.service_n = (uint32_t)service_n};
    return &e->entry[i];
}

static int enter(struct tki_entries *e, tk_str name, size_t service_n, bool called, tk_id128 trace)
{
    bool full;
    struct tki_entry *x = entry_of(e, name, service_n, &full);
    if (!x)
        return full ? TK_OK : TK_ENOMEM;
    x->called += called;
    x->begun += !called;
    if (!called && x->nexamples < TKI_EXAMPLES &&
        (x->nexamples == 0 || !tki_id_eq(x->example[x->nexamples - 1], trace)))
        x->example[x->nexamples++] = trace;
    return TK_OK;
}

static int enter_span(struct tki_verify *v, const struct tk_batch *b, uint32_t row, struct tki_buf *name)
{
    const struct tk_span *s = &b->spans[row];
    uint32_t up = v->tree.parent[row];
    tk_str mine = service(b, row);
    bool begun = s->parent_id == 0 && up == TK_NONE;
    bool called = up != TK_NONE && service(b, up).n && !tki_str_eq(service(b, up), mine);
    if (mine.n == 0 || (!begun && !called)) /* spans that name no service are not all of one */
        return TK_OK;
    int r = enter(&v->services, mine, mine.n, called, s->trace_id);
    if (r < 0 || (s->kind != TK_KIND_SERVER && s->kind != TK_KIND_CONSUMER))
        return r;
    tki_buf_reset(name);
    tki_buf_str(name, mine);
    tki_buf_lit(name, ": ");
    tki_buf_str(name, s->name);
    return name->err ? TK_ENOMEM : enter(&v->operations, (tk_str){name->p, name->n}, mine.n, called, s->trace_id);
}

/* ---- one trace ---- */

static int reserve(struct tki_verify *v, size_t n)
{
    const struct tki_column columns[] = {TKI_COLUMN(v->rows), TKI_COLUMN(v->state), TKI_COLUMN(v->ids)};
    if (TKI_GROW_COLUMNS(columns, v->cap, n, false) < 0)
        return TK_ENOMEM;
    memset(v->state, 0, n);
    return TK_OK;
}

static int compare_ids(const void *x, const void *y, void *ctx)
{
    const struct tk_batch *b = ctx;
    uint32_t i = *(const uint32_t *)x, j = *(const uint32_t *)y;
    uint64_t p = b->spans[i].span_id, q = b->spans[j].span_id;
    return p != q ? (p < q ? -1 : 1) : (i > j) - (i < j);
}

/* All but one of the spans that share an id, and all but two where a client and a server share it. */
static int check_duplicates(struct tki_verify *v, const struct tk_batch *b)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < b->nspans; i++)
        if (b->spans[i].span_id)
            v->rows[n++] = i;
    if (n)
        qsort_r(v->rows, n, sizeof *v->rows, compare_ids, (void *)b);
    for (uint32_t i = 0, end; i < n; i = end) {
        const struct tk_span *s = &b->spans[v->rows[i]];
        bool client = false, server = false;
        for (end = i; end < n && b->spans[v->rows[end]].span_id == s->span_id; end++) {
            client = client || b->spans[v->rows[end]].kind == TK_KIND_CLIENT;
            server = server || b->spans[v->rows[end]].kind == TK_KIND_SERVER;
        }
        uint32_t more = end - i - 1 - (client && server);
        int r = more ? find(v, TKI_CHECK_DUPLICATES, s->trace_id, service(b, v->rows[i]), more) : 0;
        if (r < 0)
            return r;
    }
    return tki_copies_mark(b, true, v->state, &v->copies);
}

static int check_span(struct tki_verify *v, const struct tk_batch *b, uint32_t row)
{
    const struct tk_span *s = &b->spans[row];
    const struct tki_times *t = &v->times;
    tk_id128 id = s->trace_id;
    int r = 0;
    if (!s->span_id)
        r = find(v, TKI_CHECK_IDS, id, service(b, row), 1);
    bool unit = v->unit_ns > 1 && tki_unit_holds(v->unit_ns, s->start_ns);
    if (unit)
        v->other_units[v->unit_ns == 1000000000 ? 0 : v->unit_ns == 1000000 ? 1 : 2]++;
    if (r == 0 && (unit || !tki_span_started(s, t->first_ns) || (!s->end_ns && s->start_ns) || s->end_ns < s->start_ns))
        r = find(v, TKI_CHECK_TIMES, id, service(b, row), 1);
    if (r < 0 || !(t->state[row] & TKI_NODE_CLIPPED))
        return r;
    if (t->over[row] >= b->nspans)
        return TK_OK;
    /* As recorded: a child within a parent that was cut is not at fault itself. */
    const struct tk_span *over = &b->spans[t->over[row]];
    int64_t early = (int64_t)(over->start_ns - s->start_ns), late = (int64_t)(s->end_ns - over->end_ns);
    return early > OUTSIDE_NS || late > OUTSIDE_NS ? find(v, TKI_CHECK_OUTSIDE, id, service(b, row), 1) : 0;
}

/* An orphan in a trace whose id may be half of another's. */
static int keep_half(struct tki_verify *v, uint64_t lo, tk_str service)
{
    uint32_t name = tki_symtab_put(&v->cut_names, service);
    if (name == TKI_MAP_NONE || TKI_GROW(v->cut, v->cut_cap, v->ncut + 1) < 0)
        return TK_ENOMEM;
    v->cut[v->ncut++] = (struct tki_verify_half){lo, name};
    return TK_OK;
}

static int keep_whole(struct tki_verify *v, tk_id128 id)
{
    if (!id.hi)
        return TK_OK;
    if (TKI_GROW(v->whole, v->whole_cap, v->nwhole + 1) < 0)
        return TK_ENOMEM;
    v->whole[v->nwhole++] = id.lo;
    return TK_OK;
}

/* Orphans of a trace are neighbours. */
static int judge_halves(struct tki_verify *v)
{
    struct tki_finding *f = &v->halves;
    uint64_t last = 0;
    size_t kept = 0;
    tki_sort_u64(v->whole, v->nwhole);
    for (size_t i = 0, next; i < v->nwhole; i = next) { /* one that several have is the half of none */
        for (next = i + 1; next < v->nwhole && v->whole[next] == v->whole[i]; next++)
            ;
        if (next == i + 1)
            v->whole[kept++] = v->whole[i];
    }
    v->nwhole = kept;
    for (size_t i = 0; i < v->ncut; i++) {
        if (!tki_sorted_has(v->whole, v->nwhole, v->cut[i].lo))
            continue;
        f->spans++;
        f->traces += !f->traces || v->cut[i].lo != last;
        last = v->cut[i].lo;
        if (count_name(f, v->cut_names.strs[v->cut[i].service], 1) < 0)
            return TK_ENOMEM;
    }
    return TK_OK;
}

/* Roots that name a parent: it is not there, or the link was cut because it closed a circle. */
static int check_root(struct tki_verify *v, const struct tk_batch *b, uint32_t row)
{
    const struct tk_span *s = &b->spans[row];
    bool there = tki_sorted_has(v->ids, b->nspans, s->parent_id);
    int r = there || s->trace_id.hi ? 0 : keep_half(v, s->trace_id.lo, service(b, row));
    return r < 0 ? r : find(v, there ? TKI_CHECK_CYCLES : TKI_CHECK_ORPHANS, s->trace_id, service(b, row), 1);
}

static int check_roots(struct tki_verify *v, const struct tk_batch *b)
{
    uint32_t roots = 0, first = TK_NONE;
    int r = 0;
    for (uint32_t i = 0; i < b->nspans; i++)
        v->ids[i] = b->spans[i].span_id;
    tki_sort_u64(v->ids, b->nspans);
    for (uint32_t i = 0; i < v->tree.nroots && r == 0; i++) {
        uint32_t row = v->tree.root[i];
        if (b->spans[row].parent_id) {
            r = check_root(v, b, row);
        } else if (!(v->state[row] & TKI_NODE_COPY)) {
            first = first == TK_NONE ? row : first;
            if (roots++)
                r = find(v, TKI_CHECK_ROOTS, b->spans[row].trace_id, service(b, row), 1);
        }
    }
    if (r == 0 && first == TK_NONE)
        r = find(v, TKI_CHECK_ROOT, b->spans[0].trace_id, service(b, v->tree.root[0]), 1);
    return r;
}

int tki_verify_trace(struct tki_verify *v, const struct tk_batch *b)
{
    struct tki_buf name = {0};
    tk_id128 id = b->nspans ? b->spans[0].trace_id : (tk_id128){0};
    v->spans += b->nspans;
    if (b->nspans == 0)
        return TK_OK;
    if (id.hi == 0 && id.lo == 0) {
        int r = 0;
        for (uint32_t i = 0; i < b->nspans && r == 0; i++)
            r = find(v, TKI_CHECK_IDS, id, service(b, i), 1);
        return r;
    }
    int r = reserve(v, b->nspans);
    v->unit_ns = tki_unit_of_trace(b);
    if (r < 0 || (r = keep_whole(v, id)) < 0 || (r = tk_tree_build(&v->tree, b)) < 0 ||
        (r = tki_self_times(b, &v->tree, &v->times, NULL)) < 0 || (r = check_duplicates(v, b)) < 0 ||
        (r = check_roots(v, b)) < 0)
        return r;
    for (uint32_t i = 0; i < b->nspans && r == 0; i++) {
        r = check_span(v, b, i);
        if (r == 0)
            r = enter_span(v, b, i, &name);
    }
    tki_buf_free(&name);
    if (r == 0)
        r = tki_clocks_add(&v->clocks, b, &v->tree);
    v->traces++;
    return r;
}

/* ---- all traces ---- */

static int judge_entries(struct tki_finding *f, const struct tki_entries *e)
{
    for (uint32_t i = 0; i < e->names.n; i++) {
        const struct tki_entry *x = &e->entry[i];
        if (!x->called || !x->begun)
            continue;
        f->spans += x->begun;
        for (uint32_t k = 0; k < x->nexamples && f->nexamples < TKI_EXAMPLES; k++)
            f->example[f->nexamples++] = x->example[k];
        int r = count_name(f, e->names.strs[i], x->begun);
        if (r < 0)
            return r;
    }
    return TK_OK;
}

int tki_verify_finish(struct tki_verify *v)
{
    tki_clocks_finish(&v->clocks);
    for (uint32_t i = 0; i < v->clocks.npairs; i++)
        if (v->clocks.pair[i].state >= TKI_PAIR_OFFSET)
            v->found[TKI_CHECK_CLOCKS].spans += tki_pair_outside(&v->clocks.pair[i]);
    int r = judge_halves(v);
    r = r < 0 ? r : judge_entries(&v->found[TKI_CHECK_PROPAGATION], &v->operations);
    return r < 0 ? r : judge_entries(&v->found[TKI_CHECK_ENTRY], &v->services);
}

void tki_verify_free(struct tki_verify *v)
{
    for (int i = 0; i < TKI_CHECKS; i++) {
        tki_symtab_free(&v->found[i].names);
        free(v->found[i].count);
    }
    tki_symtab_free(&v->halves.names);
    free(v->halves.count);
    tki_symtab_free(&v->cut_names);
    free(v->cut);
    free(v->whole);
    tki_symtab_free(&v->operations.names);
    free(v->operations.entry);
    tki_symtab_free(&v->services.names);
    free(v->services.entry);
    tki_clocks_free(&v->clocks);
    tk_tree_free(&v->tree);
    tki_times_free(&v->times);
    free(v->ids);
    free(v->rows);
    free(v->state);
    *v = (struct tki_verify){0};
}
