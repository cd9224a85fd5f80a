/* folded: stacks and the nanoseconds spent at their top, for flamegraph.pl, inferno and speedscope.
 *
 *     frontend:GET /;cart:Get;cart:HGETALL 1234567
 *
 * A stack is the path of spans from the root, its value their self time (analyze/times.h), times the spans they stand
 * for.  Equal stacks of all traces are added up, in a tree of nodes; they
 * come in the order in which they were first seen.
 */
#include <math.h>
#include <stdlib.h>

#include "analyze/times.h"
#include "base/num.h"
#include "view/view.h"

enum {
    FRAMES_MAX = 1 << 17,
    NODES_MAX = 1 << 19, /* stacks; what has no place is added to the stack "(other)", which is node 0 */
    DEPTH_MAX = 1000,    /* frames of a stack; what is deeper is added to its ancestor there */
};

struct folded {
    struct tki_view_trace trace;
    struct tki_times times;
    struct tki_view_names frames;
    struct tki_buf name;
    struct tki_idmap nodes; /* hi: node of the parent + 1, lo: frame */
    uint64_t *self_ns;      /* of each node */
    uint32_t *node;         /* of each row */
    uint32_t self_cap, rows_cap;
};

/* Bytes of an end of line that only Unicode knows, and readers in JavaScript and Python do: U+0085, U+2028, U+2029. */
static size_t line_end(const char *p, size_t n)
{
    if (n >= 2 && memcmp(p, "\xc2\x85", 2) == 0)
        return 2;
    return n >= 3 && (memcmp(p, "\xe2\x80\xa8", 3) == 0 || memcmp(p, "\xe2\x80\xa9", 3) == 0) ? 3 : 0;
}

static void blank_line_ends(struct tki_buf *name)
{
    size_t kept = 0;
    for (size_t i = 0; i < name->n;) {
        size_t n = line_end(name->p + i, name->n - i);
        name->p[kept++] = n ? ' ' : name->p[i];
        i += n ? n : 1;
    }
    name->n = kept;
}

static uint32_t frame_of(struct tki_encode *e, struct folded *f, const struct tk_span *s)
{
    tki_buf_reset(&f->name);
    tki_buf_str(&f->name, tki_view_service(&f->trace.b, s));
    tki_buf_putc(&f->name, ':');
    tki_buf_str(&f->name, tki_view_name(s));
    if (f->name.err)
        tki_view_out_of_memory(e);
    blank_line_ends(&f->name);
    return tki_view_names_put(&f->frames, e, (tk_str){f->name.p, f->name.n}, FRAMES_MAX);
}

/* The node below another (TK_NONE: none).  Node 0 is there always. */
static uint32_t node_below(struct tki_encode *e, struct folded *f, uint32_t parent, uint32_t frame)
{
    tk_id128 key = {parent == TK_NONE ? 0 : (uint64_t)parent + 1, frame};
    bool full = f->nodes.n >= NODES_MAX || parent == 0;
    uint32_t node = full ? tki_idmap_get(&f->nodes, key) : tki_idmap_put(&f->nodes, key);
    if (node == TKI_MAP_NONE) {
        if (!full)
            tki_view_out_of_memory(e);
        e->notes[TK_NOTE_OTHER_NAME]++;
        return 0;
    }
    return TKI_VIEW_ROOM(e, f->self_ns, f->self_cap, node) ? node : 0;
}

static void put(struct tki_encode *e, const struct tk_batch *b, const uint32_t *rows, size_t nrows)
{
    struct folded *f = tki_view_state(e, sizeof *f);
    if (!f || !tki_view_trace(&f->trace, e, b, rows, nrows))
        return;
    if (!TKI_VIEW_ROOM(e, f->node, f->rows_cap, nrows))
        return;
    uint32_t *node = f->node;
    if (tki_self_times(&f->trace.b, &f->trace.tree, &f->times, NULL) < 0) {
        tki_view_out_of_memory(e);
        return;
    }
    if (f->nodes.n == 0)
        node_below(e, f, TK_NONE, 0);
    for (uint32_t i = 0; i < nrows && !tki_view_failed(e); i++) {
        uint32_t row = f->trace.tree.order[i], parent = f->trace.tree.parent[row];
        const struct tk_span *s = &f->trace.spans[row];
        bool deep = f->trace.tree.depth[row] >= DEPTH_MAX;
        node[row] =
            deep ? node[parent] : node_below(e, f, parent == TK_NONE ? TK_NONE : node[parent], frame_of(e, f, s));
        e->notes[TK_NOTE_OTHER_NAME] += deep;
        e->notes[TK_NOTE_UNTIMED] += !tki_span_started(s, f->times.first_ns);
        double weight = tki_view_weight(e, f->trace.rate);
        uint64_t self = f->times.state[row] & TKI_NODE_COPY ? 0 : (uint64_t)f->times.self_ns[row];
        f->self_ns[node[row]] += weight == 1 ? self : (uint64_t)llround((double)self * weight);
    }
}

static bool separator(struct tki_buf *out, char c)
{
    if ((unsigned char)c >= ' ' && c != ';' && c != 0x7f)
        return false;
    tki_buf_putc(out, c == ';' ? ',' : ' ');
    return true;
}

static void stack(struct tki_encode *e, const struct folded *f, uint32_t node)
{
    uint32_t path[DEPTH_MAX + 1], depth = 0;
    for (uint64_t at = node + (uint64_t)1; at; at = f->nodes.ids[at - 1].hi)
        path[depth++] = (uint32_t)at - 1;
    while (depth) {
        tki_view_text(e, tki_view_names_at(&f->frames, (uint32_t)f->nodes.ids[path[--depth]].lo), separator);
        tki_buf_putc(e->out, depth ? ';' : ' ');
    }
    tki_buf_u64(e->out, f->self_ns[node]);
    tki_buf_putc(e->out, '\n');
}

static void end(struct tki_encode *e)
{
    const struct folded *f = e->state;
    for (uint32_t node = 0; f && node < f->nodes.n; node++)
        if (f->self_ns[node])
            stack(e, f, node);
}

static void free_state(void *state)
{
    struct folded *f = state;
    tki_view_trace_free(&f->trace);
    tki_times_free(&f->times);
    tki_view_names_free(&f->frames);
    tki_buf_free(&f->name);
    tki_idmap_free(&f->nodes);
    free(f->self_ns);
    free(f->node);
    free(f);
}

const struct tki_format tki_view_folded = {
    .info = {.name = "folded",
             .about = "stacks with their self time in ns, for flame graphs",
             .can_write = true,
             .whole_traces = true,
             .view = true},
    .put = put,
    .end = end,
    .free_state = free_state,
};
