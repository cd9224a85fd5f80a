#include "view/stacks.h"

#include <math.h>
#include <stdlib.h>

enum {
    FRAMES_MAX = 1 << 17,
    NODES_MAX = 1 << 19, /* stacks; what has no place is added to the stack "(other)", which is node 0 */
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

static uint32_t frame_of(struct tki_encode *e, struct tki_stacks *f, const struct tk_span *s)
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
static uint32_t node_below(struct tki_encode *e, struct tki_stacks *f, uint32_t parent, uint32_t frame)
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

void tki_stacks_put(struct tki_encode *e, const struct tk_batch *b, const uint32_t *rows, size_t nrows)
{
    struct tki_stacks *f = tki_view_state(e, sizeof *f);
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
        bool deep = f->trace.tree.depth[row] >= TKI_STACK_DEPTH;
        node[row] =
            deep ? node[parent] : node_below(e, f, parent == TK_NONE ? TK_NONE : node[parent], frame_of(e, f, s));
        e->notes[TK_NOTE_OTHER_NAME] += deep;
        e->notes[TK_NOTE_UNTIMED] += !tki_span_started(s, f->times.first_ns);
        double weight = tki_view_weight(e, f->trace.rate);
        uint64_t self = f->times.state[row] & TKI_NODE_COPY ? 0 : (uint64_t)f->times.self_ns[row];
        f->self_ns[node[row]] += weight == 1 ? self : (uint64_t)llround((double)self * weight);
    }
}

void tki_stacks_free(void *stacks)
{
    struct tki_stacks *f = stacks;
    tki_view_trace_free(&f->trace);
    tki_times_free(&f->times);
    tki_view_names_free(&f->frames);
    tki_buf_free(&f->name);
    tki_idmap_free(&f->nodes);
    free(f->self_ns);
    free(f->node);
    free(f);
}
