#include "compare/profile.h"

#include <assert.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/sort.h"
#include "compare/scratch.h"
#include "model/weight.h"

#define STRETCHED 1.5 /* times as long as the root that names the request */

enum { AHEAD = 16, CALLS_MAX = 64 };

static uint64_t add_ns(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b; /* only clocks that lie by centuries get here */
}

static tk_str service_of(const struct tk_batch *b, uint32_t row)
{
    return b->resources[b->spans[row].resource].service;
}

static int find_keys(struct tki_profile *p, const struct tk_batch *b)
{
    struct tki_scratch *s = p->scratch;
    uint64_t announced[AHEAD];
    for (uint32_t i = 0; i < s->tree.n; i += AHEAD) {
        uint32_t n = s->tree.n - i < AHEAD ? s->tree.n - i : AHEAD;
        const uint32_t *row = s->tree.order + i;
        for (uint32_t j = 0; j < n; j++)
            announced[j] =
                tki_keys_ahead(&p->keys, service_of(b, row[j]), b->spans[row[j]].kind, b->spans[row[j]].name);
        for (uint32_t j = 0; j < n; j++) {
            const struct tk_span *span = &b->spans[row[j]];
            s->key[row[j]] = tki_keys_announced(&p->keys, announced[j], service_of(b, row[j]), span->kind, span->name);
            if (s->key[row[j]] == TKI_MAP_NONE)
                return TK_ENOMEM;
        }
    }
    return TK_OK;
}

/* The tables of a dump with many operations are far larger than what is near the processor: what will be looked at is
 * asked for early. */
static int name_nodes(struct tki_profile *p, const struct tk_batch *b)
{
    struct tki_scratch *s = p->scratch;
    const struct tki_column columns[] = {TKI_COLUMN(s->path), TKI_COLUMN(s->key)};
    if (TKI_GROW_COLUMNS(columns, s->nodes_cap, (size_t)b->nspans + 1, false) < 0 || find_keys(p, b) < 0)
        return TK_ENOMEM;
    for (uint32_t i = 0; i < s->tree.n; i++) {
        uint32_t row = s->tree.order[i], up = s->tree.parent[row], key = s->key[row];
        if (p->opts.collapse && up != TK_NONE && s->key[up] == key)
            s->path[row] = s->path[up];
        else
            s->path[row] = tki_paths_put(&p->paths, &p->keys, up == TK_NONE ? TK_NONE : s->path[up], key);
        if (s->path[row] == TKI_MAP_NONE)
            return TK_ENOMEM;
        for (uint32_t c = s->tree.child_first[row]; c < s->tree.child_first[row + 1]; c++)
            tki_paths_ahead(&p->paths, s->path[row], s->key[s->tree.child[c]]);
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

static int grow_index(uint32_t **of, uint32_t *cap, uint32_t want)
{
    return TKI_GROW_ZERO(*of, *cap, want);
}

static int sum_paths(struct tki_profile *p, const struct tk_batch *b)
{
    struct tki_scratch *s = p->scratch;
    const struct tki_times *t = &s->times;
    if (grow_index(&s->row_of, &s->row_of_cap, p->paths.n) < 0)
        return TK_ENOMEM;
    s->nrows = 0;
    s->errors = false;
    for (uint32_t i = 0; i < t->nodes; i++) {
        if (t->state[i] & TKI_NODE_COPY)
            continue;
        struct tki_path_row *r = row_for(s, s->path[i]);
        bool failed = !(t->state[i] & TKI_NODE_VIRTUAL) && b->spans[i].status == TK_STATUS_ERROR;
        r->count++;
        r->failed += failed;
        s->errors = s->errors || failed;
        r->self_ns = add_ns(r->self_ns, (uint64_t)t->self_ns[i]);
        r->failed_ns = add_ns(r->failed_ns, failed ? (uint64_t)t->self_ns[i] : 0);
        r->cpath_ns += (uint64_t)s->cpath.ns[i];
        if (!(t->state[i] & (TKI_NODE_INVALID | TKI_NODE_VIRTUAL))) {
            uint64_t ns = b->spans[i].end_ns - b->spans[i].start_ns;
            r->total_ns = add_ns(r->total_ns, ns);
            r->longest_ns = ns > r->longest_ns ? ns : r->longest_ns;
        }
    }
    return TK_OK;
}

static struct tki_unit_sig unit_of(const struct tki_scratch *s, const struct tki_piece *x)
{
    bool behind = x->type == TKI_PIECE_QUEUE || x->type == TKI_PIECE_CONSUMER;
    bool loop = x->type == TKI_PIECE_BETWEEN && s->key[x->prev] == s->key[x->next];
    return (struct tki_unit_sig){s->path[behind ? x->next : x->node], x->prev == TK_NONE ? TK_NONE : s->key[x->prev],
                                 x->next == TK_NONE ? TK_NONE : s->key[x->next], x->type,
                                 loop ? s->path[x->next] : TK_NONE};
}

/* A gap in front of a call that is made again: one of its operation failed before, though another one beside it ended
 * last. */
static bool is_pause(const struct tki_scratch *s, const struct tk_batch *b, const struct tki_piece *x)
{
    const struct tk_tree *t = &s->tree;
    if (!s->errors || x->type != TKI_PIECE_BETWEEN || x->node >= b->nspans ||
        t->child_first[x->node + 1] - t->child_first[x->node] > CALLS_MAX)
        return false;
    for (uint32_t i = t->child_first[x->node]; i < t->child_first[x->node + 1]; i++) {
        uint32_t c = t->child[i];
        if (s->key[c] == s->key[x->next] && b->spans[c].status == TK_STATUS_ERROR && c != x->next &&
            s->times.end_ns[c] <= s->times.start_ns[x->next])
            return true;
    }
    return false;
}

static void announce(const struct tki_profile *p, const struct tki_piece *x)
{
    const struct tki_unit_sig u = unit_of(p->scratch, x);
    tki_unit_ahead(p, &u);
}

/* Adds up the pieces by unit and packs them behind what is in the buffer; returns their sum in *ns. */
static int pack_units(struct tki_profile *p, const struct tk_batch *b, uint32_t *npacked, int64_t *ns)
{
    struct tki_scratch *s = p->scratch;
    s->nunits = 0;
    *ns = 0;
    for (uint32_t i = 0; i < s->pieces.n; i++) {
        const struct tki_piece *x = &s->pieces.piece[i];
        struct tki_unit_sig u = unit_of(s, x);
        if (u.loop == TK_NONE && is_pause(s, b, x))
            u.loop = s->path[x->next];
        if (i + AHEAD < s->pieces.n)
            announce(p, &s->pieces.piece[i + AHEAD]);
        uint32_t number = tki_unit_number(p, &u);
        if (number == TKI_MAP_NONE || TKI_GROW(s->unit, s->units_cap, s->nunits + 1) < 0 ||
            grow_index(&s->unit_of, &s->unit_of_cap, p->nunits) < 0)
            return TK_ENOMEM;
        uint32_t at = s->unit_of[number];
        if (at >= s->nunits || s->unit[at].unit != number) {
            at = s->unit_of[number] = s->nunits++;
            s->unit[at] = (struct tki_unit_row){.unit = number};
        }
        s->unit[at].count++;
        s->unit[at].ns += (uint64_t)(x->end_ns - x->start_ns);
        *ns += x->end_ns - x->start_ns;
    }
    for (uint32_t i = 0; i < s->nunits; i++)
        tki_put_unit_row(&s->buf, &s->unit[i]);
    *npacked = s->nunits;
    return s->buf.err;
}

/* The units of the main path, and of the whole one if that is another. */
static int pack_paths(struct tki_profile *p, const struct tk_batch *b, struct tki_trace_rec *r)
{
    struct tki_scratch *s = p->scratch;
    int rc = tki_pieces_main(&s->pieces, b, &s->tree, &s->times, &s->cpath);
    if (rc == TK_OK)
        rc = pack_units(p, b, &r->nunits, &r->duration_ns);
    assert(rc < 0 || r->duration_ns == s->cpath.total_ns);
    r->whole_ns = r->duration_ns;
    r->whole_rows_at = (uint32_t)s->buf.n;
    if (rc == TK_OK)
        rc = tki_pieces_whole(&s->pieces, b, &s->tree, &s->times, &s->cpath);
    return rc == 1 ? pack_units(p, b, &r->nwhole, &r->whole_ns) : rc;
}

/* The order of the rows by the numbers of their paths, which they mostly are in: who adds up paths needs them so. */
static int order_rows(struct tki_scratch *s)
{
    bool ordered = true;
    if (TKI_GROW(s->row_order, s->row_order_cap, (size_t)s->nrows + 1) < 0)
        return TK_ENOMEM;
    for (uint32_t i = 0; i < s->nrows; i++) {
        s->row_order[i] = (uint64_t)s->row[i].path << 32 | i;
        ordered = ordered && (i == 0 || s->row_order[i - 1] < s->row_order[i]);
    }
    if (!ordered)
        tki_sort_u64(s->row_order, s->nrows);
    return TK_OK;
}

static int add_record(struct tki_profile *p, const struct tk_batch *b, int set)
{
    struct tki_scratch *s = p->scratch;
    struct tki_trace_rec r = {.id = b->spans[0].trace_id, .npaths = s->nrows, .spans = b->nspans, .set = (uint8_t)set};
    tki_buf_reset(&s->buf);
    if (order_rows(s) < 0)
        return TK_ENOMEM;
    for (uint32_t i = 0; i < s->nrows; i++)
        tki_put_path(&s->buf, (uint32_t)(s->row_order[i] >> 32));
    r.path_rows_at = (uint32_t)s->buf.n;
    for (uint32_t i = 0; i < s->nrows; i++) {
        const struct tki_path_row *row = &s->row[(uint32_t)s->row_order[i]];
        tki_put_path_row(&s->buf, row);
        r.errors += row->failed;
    }
    r.unit_rows_at = (uint32_t)s->buf.n;
    int rc = pack_paths(p, b, &r);
    if (rc < 0 || s->buf.err || s->buf.n > UINT32_MAX || TKI_GROW(p->trace, p->traces_cap, p->ntraces + 1) < 0)
        return s->buf.n > UINT32_MAX ? TK_ELIMIT : TK_ENOMEM;
    uint8_t *rows = tki_arena_alloc(&p->arena, s->buf.n + TKI_ROWS_SLACK);
    if (!rows)
        return TK_ENOMEM;
    memcpy(rows, s->buf.p, s->buf.n);
    memset(rows + s->buf.n, 0, TKI_ROWS_SLACK);
    r.rows = rows;
    r.start_ns = s->times.start_ns[s->times.root];
    r.root_key = s->key[s->times.primary];
    r.failed = b->spans[s->times.primary].status == TK_STATUS_ERROR;
    tki_rate rate = tki_trace_rate(b);
    r.threshold = tki_rate_threshold(rate);
    r.stands = 1;
    r.limit = UINT64_MAX;
    r.weighted = tki_rate_known(rate);
    r.unknown = tki_rate_class(rate) == TKI_RATE_UNKNOWN;
    r.rootless = b->spans[s->times.primary].parent_id != 0;
    r.broken = s->times.nodes > s->times.n || r.rootless;
    int64_t named_ns = s->times.end_ns[s->times.primary] - s->times.start_ns[s->times.primary];
    r.stretched = r.broken && (double)r.duration_ns > STRETCHED * (double)named_ns;
    tki_cpath_doubt(&s->cpath, &s->times);
    for (uint32_t i = 0; i < s->times.nodes; i++)
        r.ambiguous_ns += s->cpath.ambiguous_ns[i];
    p->trace[p->ntraces++] = r;
    return TK_OK;
}

/* With its tree in the scratch. */
static int open_trace(struct tki_profile *p, const struct tk_batch *b, struct tki_repairs *repairs)
{
    struct tki_scratch *s = p->scratch;
    int rc = tki_self_times(b, &s->tree, &s->times, repairs);
    if (rc < 0 || s->times.root == TK_NONE)
        return rc;
    rc = tki_cpath_build(&s->cpath, &s->times);
    uint64_t keys = p->keys.dropped, paths = p->paths.dropped;
    if (rc == TK_OK)
        rc = name_nodes(p, b);
    if (!repairs) { /* another look at a trace that was counted */
        p->keys.dropped = keys;
        p->paths.dropped = paths;
    }
    return rc < 0 ? rc : 1;
}

int tki_profile_open(struct tki_profile *p, const struct tk_batch *b, struct tki_repairs *repairs)
{
    if (b->nspans == 0)
        return 0;
    int rc = tk_tree_build(&p->scratch->tree, b);
    return rc < 0 ? rc : open_trace(p, b, repairs);
}

static int add_trace(struct tki_profile *p, const struct tk_batch *b, int set)
{
    struct tki_scratch *s = p->scratch;
    int rc = open_trace(p, b, &p->repairs[set]);
    if (rc <= 0)
        return rc;
    rc = TKI_GROW(s->row, s->rows_cap, s->times.nodes); /* one row for each node at most */
    if (rc == TK_OK)
        rc = tki_processes_add(&p->processes, b, set);
    if (rc == TK_OK)
        rc = sum_paths(p, b);
    if (rc == TK_OK)
        rc = tki_links_add(p, b, &s->times, s->key, s->path);
    return rc == TK_OK ? add_record(p, b, set) : rc;
}

int tki_profile_add(struct tki_profile *p, const struct tk_batch *b, int set)
{
    if (b->nspans == 0)
        return TK_OK;
    int rc = tk_tree_build(&p->scratch->tree, b);
    return rc < 0 ? rc : add_trace(p, b, set);
}

int tki_profile_add_built(struct tki_profile *p, const struct tk_batch *b, const struct tk_tree *tree, int set)
{
    struct tk_tree own = p->scratch->tree;
    if (b->nspans == 0)
        return TK_OK;
    p->scratch->tree = *tree;
    int rc = add_trace(p, b, set);
    p->scratch->tree = own;
    return rc;
}

int tki_profile_init(struct tki_profile *p, const struct tki_profile_opts *opts)
{
    memset(p, 0, sizeof *p);
    p->opts = *opts;
    p->opts.units_max = opts->units_max ? opts->units_max : TKI_UNITS_MAX;
    assert(opts->keys_max < TKI_UNIT_KEYS && opts->paths_max < TKI_UNIT_PATHS);
    p->scratch = calloc(1, sizeof *p->scratch);
    p->links = tki_links_new();
    const struct tki_unit_sig other = {TKI_PATH_OTHER, TK_NONE, TK_NONE, TKI_PIECE_OWN, TK_NONE};
    if (!p->scratch || !p->links || tki_unit_number(p, &other) != TKI_UNIT_OTHER ||
        tki_keys_init(&p->keys, !opts->keep_names, opts->keys_max) < 0 ||
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
        free(s->row_order);
        free(s->row_of);
        free(s->unit);
        free(s->unit_of);
        tki_pieces_free(&s->pieces);
        tki_buf_free(&s->buf);
        free(s);
    }
    tki_keys_free(&p->keys);
    tki_paths_free(&p->paths);
    tki_processes_free(&p->processes);
    tki_links_free(p->links);
    tki_wordmap_free(&p->unit_map);
    free(p->unit);
    free(p->trace);
    tki_arena_free(&p->arena);
    memset(p, 0, sizeof *p);
}
