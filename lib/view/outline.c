#include "view/outline.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/str.h"
#include "model/errors.h"

enum { GAP_SHARE = 20, GAPS_IN_RUN = 2 };

struct tki_outline_frame { /* lines of one parent, of which the first `at - from` were given out */
    size_t from, at, to;
};

struct build {
    struct tki_outline *o;
    const struct tki_facts *f;
    enum tki_repeats repeats;
    size_t npending, nframes;
};

bool tki_outline_tells(const struct tki_outline *o, const struct tk_batch *b, uint32_t row)
{
    const struct tk_span *s = &b->spans[row];
    return s->status == TK_STATUS_ERROR && !o->told[row] && tki_error_text(b, s).n;
}

/* ---- sums over subtrees ---- */

static int sum_up(struct tki_outline *o, const struct tki_facts *f)
{
    const struct tk_tree *tree = &f->tree;
    const struct tk_batch *b = f->b;
    struct tki_column columns[] = {TKI_COLUMN(o->size), TKI_COLUMN(o->errors), TKI_COLUMN(o->told)};
    if (TKI_GROW_COLUMNS(columns, o->rows_cap, tree->n, false) < 0)
        return TK_ENOMEM;
    for (uint32_t i = 0; i < tree->n; i++) {
        o->size[i] = 1;
        o->errors[i] = o->told[i] = 0;
    }
    for (uint32_t i = tree->n; i-- > 0;) {
        uint32_t row = tree->order[i], up = tree->parent[row];
        if (up == TK_NONE)
            continue;
        bool error = b->spans[row].status == TK_STATUS_ERROR;
        o->size[up] += o->size[row];
        o->errors[up] += o->errors[row] + error;
        o->told[up] += o->told[row] + (error && tki_error_text(b, &b->spans[row]).n);
    }
    return 0;
}

/* ---- repeats ---- */

static bool alike(const struct build *x, uint32_t a, uint32_t b)
{
    const struct tk_span *s = &x->f->b->spans[a], *t = &x->f->b->spans[b];
    const struct tk_resource *r = x->f->b->resources;
    return s->kind == t->kind && s->status == t->status && !x->o->errors[a] && !x->o->errors[b] &&
           tki_str_eq(s->name, t->name) && tki_str_eq(r[s->resource].service, r[t->resource].service) &&
           tki_str_eq(s->status_message, t->status_message);
}

static int64_t length(const struct tki_times *t, uint32_t row)
{
    return t->end_ns[row] - t->start_ns[row];
}

static bool on_path(const struct tki_facts *f, uint32_t row)
{
    return f->has_cpath && f->cpath.ns[row] > 0;
}

/* A line for n siblings. */
static struct tki_line line_of(const struct build *x, const uint32_t *rows, uint32_t n, uint32_t depth)
{
    const struct tki_times *t = &x->f->times;
    struct tki_line l = {.kind = n > 1 ? TKI_LINE_RUN : TKI_LINE_SPAN, .depth = depth, .row = rows[0], .count = n};
    l.run = rows;
    int64_t latest_start = t->start_ns[rows[0]], first_end = t->end_ns[rows[0]];
    bool serial = true;
    l.start_ns = t->start_ns[rows[0]];
    l.end_ns = t->end_ns[rows[0]];
    for (uint32_t i = 0; i < n; i++) {
        uint32_t row = rows[i];
        serial = serial && (i == 0 || t->start_ns[row] >= l.end_ns);
        latest_start = t->start_ns[row] > latest_start ? t->start_ns[row] : latest_start;
        first_end = t->end_ns[row] < first_end ? t->end_ns[row] : first_end;
        l.start_ns = t->start_ns[row] < l.start_ns ? t->start_ns[row] : l.start_ns;
        l.end_ns = t->end_ns[row] > l.end_ns ? t->end_ns[row] : l.end_ns;
        l.self_ns += t->self_ns[row];
        l.sum_ns += length(t, row);
        l.spans += x->o->size[row];
        l.critical = l.critical || on_path(x->f, row);
        l.row = length(t, row) > length(t, l.row) ? row : l.row;
    }
    l.manner = serial ? TKI_SERIAL : latest_start < first_end ? TKI_PARALLEL : TKI_OVERLAPPING;
    return l;
}

/* ---- dark time ---- */

/* Some child ran in the gap, although nobody waited for it. */
static bool disturbed(const struct tki_times *t, const uint32_t *rows, uint32_t n, const struct tki_gap *g)
{
    for (uint32_t i = 0; i < n; i++)
        if (t->start_ns[rows[i]] < g->end_ns && t->end_ns[rows[i]] > g->start_ns)
            return true;
    return false;
}

/* Leaves in t->gap those that are lines, the latest first. */
static uint32_t find_gaps(const struct build *x, uint32_t node, const uint32_t *rows, uint32_t n)
{
    const struct tki_times *t = &x->f->times;
    uint32_t all = tki_gaps(t, node), kept = 0;
    for (uint32_t i = 0; i < all; i++) {
        struct tki_gap g = t->gap[i];
        if (g.type != TKI_GAP_WHOLE && (g.end_ns - g.start_ns) >= x->f->duration_ns / GAP_SHARE &&
            g.end_ns > g.start_ns && !disturbed(t, rows, n, &g))
            t->gap[kept++] = g;
    }
    return kept;
}

static struct tki_line gap_line(const struct build *x, uint32_t node, const struct tki_gap *g, uint32_t depth)
{
    const struct tki_facts *f = x->f;
    uint32_t at = f->has_cpath ? f->cpath.first[node] : TK_NONE;
    struct tki_line l = {.kind = TKI_LINE_GAP, .depth = depth, .row = node < f->tree.n ? node : TK_NONE};
    l.prev = g->prev;
    l.next = g->next;
    l.start_ns = g->start_ns;
    l.end_ns = g->end_ns;
    l.self_ns = g->end_ns - g->start_ns;
    l.critical = at != TK_NONE && tki_cpath_overlap(&f->cpath, &at, g->start_ns, g->end_ns) > 0;
    return l;
}

/* ---- the lines below one parent ---- */

static int add(struct build *x, struct tki_line l)
{
    struct tki_outline *o = x->o;
    if (TKI_GROW(o->pending, o->pending_cap, x->npending + 1) < 0)
        return TK_ENOMEM;
    o->pending[x->npending++] = l;
    return 0;
}

/* Gaps before a moment go first; *left is how many are left. */
static int add_gaps(struct build *x, uint32_t node, uint32_t *left, int64_t before_ns, uint32_t depth)
{
    int r = 0;
    while (r == 0 && *left && x->f->times.gap[*left - 1].end_ns <= before_ns)
        r = add(x, gap_line(x, node, &x->f->times.gap[--*left], depth));
    return r;
}

/* How many of the rows make one line, where `left` gaps are still to come. */
static uint32_t run_length(const struct build *x, const uint32_t *rows, uint32_t n, uint32_t left)
{
    const struct tki_times *t = &x->f->times;
    uint32_t run = 1, broken = n, gaps = 0;
    if (x->repeats == TKI_EACH)
        return 1;
    for (; run < n && alike(x, rows[0], rows[run]); run++)
        while (left && t->gap[left - 1].end_ns <= t->start_ns[rows[run]]) {
            broken = gaps++ == 0 ? run : broken;
            left--;
        }
    if (gaps && gaps <= GAPS_IN_RUN && broken < run)
        run = broken;
    return run < TKI_RUN_MIN ? 1 : run;
}

/* Opens the lines below a row; TK_NONE: the roots. */
static int open_children(struct build *x, uint32_t row, uint32_t depth)
{
    const struct tki_facts *f = x->f;
    const struct tk_tree *tree = &f->tree;
    const struct tki_times *t = &f->times;
    bool top = row == TK_NONE;
    const uint32_t *rows = top ? tree->root : tree->child + tree->child_first[row];
    uint32_t n = top ? tree->nroots : tree->child_first[row + 1] - tree->child_first[row], node = row, gaps = 0;
    struct tki_outline *o = x->o;
    int r = 0;
    if (top)
        node = t->root != TK_NONE && t->root >= t->n ? t->root : TK_NONE;
    if (node != TK_NONE && n)
        gaps = find_gaps(x, node, rows, n);
    size_t from = x->npending;
    for (uint32_t i = 0; i < n && r == 0;) {
        r = add_gaps(x, node, &gaps, t->start_ns[rows[i]], depth);
        uint32_t run = run_length(x, rows + i, n - i, gaps);
        struct tki_line l = line_of(x, rows + i, run, depth);
        if (r == 0)
            r = add(x, l);
        while (run > 1 && gaps && t->gap[gaps - 1].end_ns <= l.end_ns)
            gaps--; /* within the run */
        i += run;
    }
    if (r == 0)
        r = add_gaps(x, node, &gaps, INT64_MAX, depth);
    if (r < 0 || x->npending == from || TKI_GROW(o->frame, o->frame_cap, x->nframes + 1) < 0)
        return r < 0 ? r : x->npending == from ? 0 : TK_ENOMEM;
    o->pending[x->npending - 1].last = true;
    o->frame[x->nframes++] = (struct tki_outline_frame){from, from, x->npending};
    return 0;
}

/* Opens the lines of the spans of a run. */
static int open_run(struct build *x, const struct tki_line *run)
{
    struct tki_outline *o = x->o;
    size_t from = x->npending;
    int r = TKI_GROW(o->frame, o->frame_cap, x->nframes + 1);
    for (uint32_t i = 0; i < run->count && r == 0; i++)
        r = add(x, line_of(x, run->run + i, 1, run->depth + 1));
    if (r < 0)
        return r;
    o->pending[x->npending - 1].last = true;
    o->frame[x->nframes++] = (struct tki_outline_frame){from, from, x->npending};
    return 0;
}

const char *tki_manner_text(enum tki_manner manner)
{
    static const char *const texts[] = {
        [TKI_SERIAL] = "one after the other", [TKI_PARALLEL] = "in parallel", [TKI_OVERLAPPING] = "overlapping"};
    return texts[manner];
}

int tki_outline_build(struct tki_outline *o, const struct tki_facts *f, enum tki_repeats repeats)
{
    struct build x = {.o = o, .f = f, .repeats = repeats};
    int r = sum_up(o, f);
    o->n = 0;
    if (r == 0)
        r = open_children(&x, TK_NONE, 0);
    while (r == 0 && x.nframes) {
        struct tki_outline_frame *top = &o->frame[x.nframes - 1];
        if (top->at == top->to) {
            x.npending = top->from;
            x.nframes--;
            continue;
        }
        struct tki_line l = o->pending[top->at++];
        if (TKI_GROW(o->line, o->cap, o->n + 1) < 0)
            return TK_ENOMEM;
        o->line[o->n++] = l;
        if (l.kind == TKI_LINE_RUN && repeats == TKI_HEADED)
            r = open_run(&x, &l);
        else if (l.kind != TKI_LINE_GAP)
            r = open_children(&x, l.row, l.depth + 1);
    }
    return r;
}

void tki_outline_free(struct tki_outline *o)
{
    free(o->line);
    free(o->size);
    free(o->errors);
    free(o->told);
    free(o->pending);
    free(o->frame);
    *o = (struct tki_outline){0};
}
