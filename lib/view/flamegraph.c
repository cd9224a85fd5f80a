/* flamegraph: the stacks of folded, drawn.  Spans of one service have one colour. */
#include <stdlib.h>

#include "view/stacks.h"
#include "view/svg.h"

/* Frames are "service:name"; a service is known by its first frame. */
static uint32_t hue_of(struct tki_symtab *services, tk_str frame)
{
    const char *colon = tki_str_find(frame, ':');
    return tki_symtab_put(services, (tk_str){frame.p, colon ? (size_t)(colon - frame.p) : frame.n});
}

static void end(struct tki_encode *e)
{
    const struct tki_stacks *f = e->state;
    uint32_t n = f ? f->nodes.n : 0;
    struct tki_flame_box *box = calloc(n + 1u, sizeof *box);
    struct tki_symtab services = {0};
    struct tki_svg s = {0};
    int r = box ? 0 : TK_ENOMEM;
    for (uint32_t i = 0; r == 0 && i < n; i++) {
        tk_str frame = tki_stacks_frame(f, i);
        box[i] = (struct tki_flame_box){.parent = tki_stacks_parent(f, i),
                                        .hue = hue_of(&services, frame),
                                        .name = frame,
                                        .ns = {(double)f->self_ns[i]}};
        r = box[i].hue == TKI_MAP_NONE ? TK_ENOMEM : 0;
    }
    if (r == 0)
        r = tki_flame_draw(&s, box, n, NULL);
    if (r == 0)
        tki_svg_write(&s, TKI_STR("Where the time of the spans went"), e->out);
    else
        tki_view_out_of_memory(e);
    tki_svg_free(&s);
    tki_symtab_free(&services);
    free(box);
}

const struct tki_format tki_view_flamegraph = {
    .info = {.name = "flamegraph",
             .about = "stacks with their self time, drawn as SVG",
             .can_write = true,
             .whole_traces = true,
             .view = true},
    .put = tki_stacks_put,
    .end = end,
    .free_state = tki_stacks_free,
};
