#include "compare/profile.h"

#include <stdlib.h>

#include "model/weight.h"

struct gap_use { /* a gap of this trace */
    struct tki_gap_sig sig;
    uint64_t ns, cpath_ns;
    uint32_t count;
};

struct tki_scratch {
    struct tk_tree tree;
    struct tki_times times;
    struct tki_cpath cpath;
    uint32_t *path, *key; /* by node */
    size_t nodes_cap;
    struct tki_path_row *row; /* of this trace */
    uint32_t nrows;
    size_t rows_cap;
    uint32_t *row_of; /* by path; valid when row[row_of[path]].path is path */
    uint32_t row_of_cap;
    struct gap_use *gap;
    size_t ngaps, gaps_cap;
    struct tki_buf buf;
};

static int grow(void *array, size_t *cap, size_t want, size_t size)
{
    void **p = array;
    if (want <= *cap)
        return TK_OK;
    size_t n = *cap ? *cap : 64;
    while (n < want)
        n *= 2;
    void *q = realloc(*p, n * size);
    if (!q)
        return TK_ENOMEM;
    *p = q;
    *cap = n;
    return TK_OK;
}

static uint64_t add_ns(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b; /* only clocks that lie by centuries get here */
}

static int name_nodes(struct tki_profile *p, const struct tk_batch *b)
{
    struct tki_scratch *s = p->scratch;
    size_t cap = s->nodes_cap;
    if (grow(&s->path, &cap, (size_t)b->nspans + 1, sizeof *s->path) < 0 ||
        grow(&s->key, &s->nodes_cap, (size_t)b->nspans + 1, sizeof *s->key) < 0)
        return TK_ENOMEM;
    for (uint32_t i = 0; i < s->tree.n; i++) {
        uint32_t row = s->tree.order[i], up = s->tree.parent[row];
        const struct tk_span *span = &b->spans[row];
        uint32_t key = tki_keys_put(&p->keys, b->resources[span->resource].service, span->kind, span->name);
        if (key == TKI_MAP_NONE)
            return TK_ENOMEM;
        s->key[row] = key;
        if (p->opts.collapse && up != TK_NONE && s->key[up] == key) {
            s->path[row] = s->path[up];
            continue;
        }
        s->path[row] = tki_paths_put(&p->paths, &p->keys, up == TK_NONE ? TK_NONE : s->path[up], key);
        if (s->path[row] == TKI_MAP_NONE)
            return TK_ENOMEM;
    }
    s->path[b->nspans] = TKI_PATH_ROOTS;
    s->key[b->nspans] = TKI_KEY_OTHER;
    return TK_OK;
}

static struct tki_path_row *row_for(struct tki_scratch *s, uint32_t path)
{
    uint32_t i = s->row_of[path];
    if (i >= s->nrows || s->row[i].path != path) {
        i = s->row_of[path] = s->nrows++;
        s->row[i] = (struct tki_path_row){.path = path};
    }
    return &s->row[i];
}

static int sum_paths(struct tki_profile *p, const struct tk_batch *b)
{
    struct tki_scratch *s = p->scratch;
    const struct tki_times *t = &s->times;
    if (s->row_of_cap < p->paths.n) {
        uint32_t *q = realloc(s->row_of, p->paths.cap * sizeof *q);
        if (!q)
            return TK_ENOMEM;
        memset(q + s->row_of_cap, 0, (p->paths.cap - s->row_of_cap) * sizeof *q);
        s->row_of = q;
        s->row_of_cap = p->paths.cap;
    }
    s->nrows = 0;
    for (uint32_t i = 0; i < t->nodes; i++) {
        if (t->state[i] & TKI_NODE_COPY)
            continue;
        struct tki_path_row *r = row_for(s, s->path[i]);
        r->count++;
        r->self_ns = add_ns(r->self_ns, (uint64_t)t->self_ns[i]);
        r->cpath_ns += (uint64_t)s->cpath.ns[i];
        if (!(t->state[i] & (TKI_NODE_INVALID | TKI_NODE_VIRTUAL)))
            r->total_ns = add_ns(r->total_ns, b->spans[i].end_ns - b->spans[i].start_ns);
    }
    return TK_OK;
}

static int cmp_gap(const void *pa, const void *pb)
{
    const struct tki_gap_sig *a = &((const struct gap_use *)pa)->sig, *b = &((const struct gap_use *)pb)->sig;
    if (a->path != b->path)
        return a->path < b->path ? -1 : 1;
    if (a->type != b->type)
        return a->type < b->type ? -1 : 1;
    if (a->prev != b->prev)
        return a->prev < b->prev ? -1 : 1;
    return (a->next > b->next) - (a->next < b->next);
}

static int collect_gaps(struct tki_scratch *s, const struct tk_batch *b)
{
    const struct tki_times *t = &s->times;
    s->ngaps = 0;
    for (uint32_t node = 0; node < t->n; node++) {
        if (t->self_ns[node] == 0 || s->path[node] == TKI_PATH_OTHER || tki_node_opaque(t, b, node))
            continue;
        uint32_t n = tki_gaps(t, node), at = s->cpath.first[node];
        if (grow(&s->gap, &s->gaps_cap, s->ngaps + n, sizeof *s->gap) < 0)
            return TK_ENOMEM;
        for (uint32_t i = 0; i < n; i++) {
            const struct tki_gap *g = &t->gap[i];
            struct tki_gap_sig sig = {s->path[node], g->prev == TK_NONE ? TK_NONE : s->key[g->prev],
                                      g->next == TK_NONE ? TK_NONE : s->key[g->next], g->type};
            int64_t on_path = tki_cpath_overlap(&s->cpath, &at, g->start_ns, g->end_ns);
            s->gap[s->ngaps++] = (struct gap_use){sig, (uint64_t)(g->end_ns - g->start_ns), (uint64_t)on_path, 1};
        }
    }
    return TK_OK;
}

static uint32_t gap_number(struct tki_profile *p, const struct tki_gap_sig *g)
{
    tk_id128 id = {(uint64_t)g->path << 8 | g->type, (uint64_t)g->prev << 32 | g->next};
    if (p->ngaps >= p->opts.gaps_max) {
        uint32_t i = tki_idmap_get(&p->gap_map, id);
        p->gaps_dropped += i == TKI_MAP_NONE;
        return i;
    }
    size_t cap = p->gaps_cap;
    if (grow(&p->gap, &cap, (size_t)p->ngaps + 1, sizeof *p->gap) < 0)
        return TKI_MAP_NONE;
    p->gaps_cap = (uint32_t)cap;
    uint32_t i = tki_idmap_put(&p->gap_map, id);
    if (i == p->ngaps)
        p->gap[p->ngaps++] = *g;
    return i;
}

/* Adds up gaps with one signature and packs those that are long enough. */
static int pack_gaps(struct tki_profile *p, uint32_t *npacked)
{
    struct tki_scratch *s = p->scratch;
    if (s->ngaps)
        qsort(s->gap, s->ngaps, sizeof *s->gap, cmp_gap);
    for (size_t i = 0; i < s->ngaps;) {
        struct gap_use sum = s->gap[i++];
        for (; i < s->ngaps && cmp_gap(&s->gap[i], &sum) == 0; i++) {
            sum.ns = add_ns(sum.ns, s->gap[i].ns);
            sum.cpath_ns += s->gap[i].cpath_ns;
            sum.count++;
        }
        if (sum.ns < (uint64_t)p->opts.gap_min_ns)
            continue;
        uint64_t dropped = p->gaps_dropped;
        uint32_t number = gap_number(p, &sum.sig);
        if (number == TKI_MAP_NONE) {
            if (p->gaps_dropped == dropped)
                return TK_ENOMEM;
            continue;
        }
        tki_put_gap_row(&s->buf, &(struct tki_gap_row){number, sum.count, sum.ns, sum.cpath_ns});
        ++*npacked;
    }
    return s->buf.err;
}

static int add_record(struct tki_profile *p, const struct tk_batch *b, int set)
{
    struct tki_scratch *s = p->scratch;
    struct tki_trace_rec r = {.id = b->spans[0].trace_id, .npaths = s->nrows, .spans = b->nspans, .set = (uint8_t)set};
    tki_buf_reset(&s->buf);
    for (uint32_t i = 0; i < s->nrows; i++)
        tki_put_path_row(&s->buf, &s->row[i]);
    int rc = pack_gaps(p, &r.ngaps);
    if (rc < 0 || s->buf.err || grow(&p->trace, &p->traces_cap, p->ntraces + 1, sizeof *p->trace) < 0)
        return TK_ENOMEM;
    uint8_t *rows = tki_arena_alloc(&p->arena, s->buf.n);
    if (!rows)
        return TK_ENOMEM;
    memcpy(rows, s->buf.p, s->buf.n);
    r.rows = rows;
    r.duration_ns = s->cpath.total_ns;
    r.root_key = s->key[s->times.primary];
    tki_rate rate = tki_trace_rate(b);
    r.threshold = tki_rate_threshold(rate);
    r.weighted = tki_rate_known(rate);
    r.unknown = tki_rate_class(rate) == TKI_RATE_UNKNOWN;
    r.broken = s->times.nodes > s->times.n || b->spans[s->times.primary].parent_id != 0;
    for (uint32_t i = 0; i < s->times.nodes; i++)
        r.ambiguous_ns += s->cpath.ambiguous_ns[i];
    p->trace[p->ntraces++] = r;
    return TK_OK;
}

int tki_profile_add(struct tki_profile *p, const struct tk_batch *b, int set)
{
    struct tki_scratch *s = p->scratch;
    if (b->nspans == 0)
        return TK_OK;
    int rc = tk_tree_build(&s->tree, b);
    if (rc == TK_OK)
        rc = tki_self_times(b, &s->tree, &s->times, &p->repairs[set]);
    if (rc < 0 || s->times.root == TK_NONE)
        return rc;
    rc = tki_cpath_build(&s->cpath, &s->times);
    if (rc == TK_OK)
        rc = name_nodes(p, b);
    if (rc == TK_OK) /* one row for each node at most */
        rc = grow(&s->row, &s->rows_cap, s->times.nodes, sizeof *s->row);
    if (rc == TK_OK)
        rc = sum_paths(p, b);
    if (rc == TK_OK)
        rc = collect_gaps(s, b);
    return rc == TK_OK ? add_record(p, b, set) : rc;
}

int tki_profile_init(struct tki_profile *p, const struct tki_profile_opts *opts)
{
    memset(p, 0, sizeof *p);
    p->opts = *opts;
    p->opts.gaps_max = opts->gaps_max ? opts->gaps_max : TKI_GAPS_MAX;
    p->scratch = calloc(1, sizeof *p->scratch);
    if (!p->scratch || tki_keys_init(&p->keys, !opts->keep_names, opts->keys_max) < 0 ||
        tki_paths_init(&p->paths, opts->paths_max) < 0) {
        tki_profile_free(p);
        return TK_ENOMEM;
    }
    return TK_OK;
}

void tki_profile_free(struct tki_profile *p)
{
    struct tki_scratch *s = p->scratch;
    if (s) {
        tk_tree_free(&s->tree);
        tki_times_free(&s->times);
        tki_cpath_free(&s->cpath);
        free(s->path);
        free(s->key);
        free(s->row);
        free(s->row_of);
        free(s->gap);
        tki_buf_free(&s->buf);
        free(s);
    }
    tki_keys_free(&p->keys);
    tki_paths_free(&p->paths);
    tki_idmap_free(&p->gap_map);
    free(p->gap);
    free(p->trace);
    tki_arena_free(&p->arena);
    memset(p, 0, sizeof *p);
}
