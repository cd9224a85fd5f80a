/* folded: stacks and the nanoseconds spent at their top, for flamegraph.pl, inferno and speedscope.
 *
 *     frontend:GET /;cart:Get;cart:HGETALL 1234567
 *
 * A stack is the path of spans from the root, its value their self time (analyze/times.h), times the spans they stand
 * for.  Equal stacks of all traces are added up, in a tree of nodes; they
 * come in the order in which they were first seen.
 */
#include "base/num.h"
#include "view/stacks.h"

static bool separator(struct tki_buf *out, char c)
{
    if (c == ';')
        tki_buf_putc(out, ',');
    return c == ';';
}

static void stack(struct tki_encode *e, const struct tki_stacks *f, uint32_t node)
{
    uint32_t path[TKI_STACK_DEPTH + 1], depth = 0;
    for (uint64_t at = node + (uint64_t)1; at; at = f->nodes.ids[at - 1].hi)
        path[depth++] = (uint32_t)at - 1;
    while (depth) {
        tki_view_label(e, tki_stacks_frame(f, path[--depth]), separator);
        tki_buf_putc(e->out, depth ? ';' : ' ');
    }
    tki_buf_u64(e->out, f->self_ns[node]);
    tki_buf_putc(e->out, '\n');
}

static void end(struct tki_encode *e)
{
    const struct tki_stacks *f = e->state;
    for (uint32_t node = 0; f && node < f->nodes.n; node++)
        if (f->self_ns[node])
            stack(e, f, node);
}

const struct tki_format tki_view_folded = {
    .info = {.name = "folded",
             .about = "stacks with their self time in ns, for flame graphs",
             .can_write = true,
             .whole_traces = true,
             .view = true},
    .put = tki_stacks_put,
    .end = end,
    .free_state = tki_stacks_free,
};
