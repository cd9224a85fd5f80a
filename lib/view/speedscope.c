/* speedscope: a file of evented profiles, one for each lane of each trace.
 *
 * The first lane holds the root and what nests below it, across services; spans that overlap their siblings or
 * leave their parent lie on further lanes.  All profiles of a trace share its beginning and end, so a time is the
 * same time in each.  Nanoseconds count from the trace's first start.
 *
 * Format: https://www.speedscope.app/file-format-schema.json
 */
#include <stdlib.h>

#include "base/num.h"
#include "format/js/js.h"
#include "view/lanes.h"

enum { FRAMES_MAX = 1 << 17 };

struct speedscope {
    struct tki_view_trace trace;
    struct tki_view_names frames;
    struct tki_lanes lanes;
    struct tki_buf name; /* of a frame */
    uint32_t *memory;    /* rows_cap words each: */
    uint32_t *group;     /* all 0 */
    uint32_t *frame;     /* of each row */
    uint32_t *by_lane;   /* rows of the first lane, then of the second ..., by start */
    uint32_t *stack;     /* open slices */
    uint32_t rows_cap;
    bool open, comma;
};

static bool reserve(struct speedscope *p, uint32_t n)
{
    if (n <= p->rows_cap)
        return true;
    size_t cap = (size_t)n + n / 2;
    free(p->memory);
    p->rows_cap = 0;
    p->memory = calloc(4 * cap, sizeof *p->memory);
    if (!p->memory)
        return false;
    p->group = p->memory;
    p->frame = p->memory + cap;
    p->by_lane = p->memory + 2 * cap;
    p->stack = p->memory + 3 * cap;
    p->rows_cap = (uint32_t)cap;
    return true;
}

static uint32_t frame_of(struct tki_encode *e, struct speedscope *p, const struct tk_span *s)
{
    tki_buf_reset(&p->name);
    tki_buf_str(&p->name, tki_view_service(&p->trace.b, s));
    tki_buf_lit(&p->name, ": ");
    tki_buf_str(&p->name, tki_view_name(s));
    if (p->name.err)
        tki_view_out_of_memory(e);
    return tki_view_names_put(&p->frames, e, (tk_str){p->name.p, p->name.n}, FRAMES_MAX);
}

static uint64_t end_of(const struct tk_span *s)
{
    return s->start_ns + tki_view_duration(s);
}

static void event(struct tki_encode *e, struct speedscope *p, char type, uint32_t row, uint64_t at_ns, bool *first)
{
    tki_buf_str(e->out, *first ? TKI_STR("\n") : TKI_STR(",\n"));
    *first = false;
    tki_buf_printf(e->out, "{\"type\":\"%c\",\"frame\":%u,\"at\":", type, p->frame[row]);
    tki_buf_u64(e->out, at_ns);
    tki_buf_putc(e->out, '}');
}

/* The events of a lane: slices nest, so a stack closes them in time. */
static void events(struct tki_encode *e, struct speedscope *p, const uint32_t *rows, uint32_t n, uint64_t base_ns)
{
    const struct tk_span *spans = p->trace.spans;
    uint32_t depth = 0;
    bool first = true;
    for (uint32_t i = 0; i < n; i++) {
        while (depth && end_of(&spans[p->stack[depth - 1]]) <= spans[rows[i]].start_ns) {
            uint32_t row = p->stack[--depth];
            event(e, p, 'C', row, end_of(&spans[row]) - base_ns, &first);
        }
        event(e, p, 'O', rows[i], spans[rows[i]].start_ns - base_ns, &first);
        p->stack[depth++] = rows[i];
    }
    while (depth) {
        uint32_t row = p->stack[--depth];
        event(e, p, 'C', row, end_of(&spans[row]) - base_ns, &first);
    }
}

static void profile(struct tki_encode *e, struct speedscope *p, uint32_t lane, const uint32_t *rows, uint32_t n,
                    uint64_t end_ns)
{
    const struct tk_span *first = &p->trace.spans[p->lanes.sorted[0]];
    tki_buf_str(e->out, p->comma ? TKI_STR(",\n") : TKI_STR("\n"));
    p->comma = true;
    tki_buf_reset(&p->name);
    tki_view_trace_id(&p->name, first->trace_id);
    if (lane)
        tki_buf_printf(&p->name, " lane %u", lane + 1);
    tki_buf_lit(&p->name, " ");
    tki_buf_str(&p->name, tki_view_names_at(&p->frames, p->frame[rows[0]]));
    tki_buf_lit(e->out, "{\"type\":\"evented\",\"name\":");
    tki_buf_json_str(e->out, tki_buf_text(&p->name, &e->out->err), e->notes);
    tki_buf_lit(e->out, ",\"unit\":\"nanoseconds\",\"startValue\":0,\"endValue\":");
    tki_buf_u64(e->out, end_ns - first->start_ns);
    tki_buf_lit(e->out, ",\"events\":[");
    events(e, p, rows, n, first->start_ns);
    tki_buf_lit(e->out, "]}");
}

/* Sorts the rows by lane, keeping their order inside each, and writes lane for lane. */
static void profiles(struct tki_encode *e, struct speedscope *p)
{
    const struct tki_lanes *l = &p->lanes;
    uint64_t end_ns = 0;
    uint32_t *first = calloc((size_t)l->nlanes + 2, sizeof *first);
    if (!first) {
        tki_view_out_of_memory(e);
        return;
    }
    for (uint32_t i = 0; i < l->nsorted; i++) {
        uint32_t row = l->sorted[i];
        first[l->lane[row] + 2]++;
        if (end_of(&p->trace.spans[row]) > end_ns)
            end_ns = end_of(&p->trace.spans[row]);
    }
    for (uint32_t i = 2; i <= l->nlanes; i++)
        first[i + 1] += first[i];
    for (uint32_t i = 0; i < l->nsorted; i++)
        p->by_lane[first[l->lane[l->sorted[i]] + 1]++] = l->sorted[i];
    for (uint32_t i = 0; i < l->nlanes; i++)
        profile(e, p, i, p->by_lane + first[i], first[i + 1] - first[i], end_ns);
    free(first);
}

static void put(struct tki_encode *e, const struct tk_batch *b, const uint32_t *rows, size_t nrows)
{
    struct speedscope *p = tki_view_state(e, sizeof *p);
    if (!p || !tki_view_trace(&p->trace, e, b, rows, nrows))
        return;
    tki_lanes_reset(&p->lanes);
    if (!reserve(p, (uint32_t)nrows) || !tki_lanes_put(&p->lanes, &p->trace, p->group)) {
        tki_view_out_of_memory(e);
        return;
    }
    e->notes[TK_NOTE_UNTIMED] += nrows - p->lanes.nsorted;
    if (!p->open)
        tki_buf_lit(
            e->out,
            "{\"$schema\":\"https://www.speedscope.app/file-format-schema.json\",\"exporter\":\"tracecat\",\"profiles\":[");
    p->open = true;
    for (uint32_t i = 0; i < p->lanes.nsorted; i++) {
        const struct tk_span *s = &p->trace.spans[p->lanes.sorted[i]];
        p->frame[p->lanes.sorted[i]] = frame_of(e, p, s);
        (void)tki_view_duration_written(e, s);
    }
    if (!tki_view_failed(e) && p->lanes.nsorted)
        profiles(e, p);
}

/* The frames come last: only now all are known. */
static void end(struct tki_encode *e)
{
    const struct speedscope *p = e->state;
    if (!p || !p->open)
        tki_buf_lit(
            e->out,
            "{\"$schema\":\"https://www.speedscope.app/file-format-schema.json\",\"exporter\":\"tracecat\",\"profiles\":[");
    tki_buf_lit(e->out, "],\n\"shared\":{\"frames\":[");
    for (uint32_t i = 0; p && i < p->frames.table.n; i++) {
        tki_buf_str(e->out, i ? TKI_STR(",\n{\"name\":") : TKI_STR("\n{\"name\":"));
        tki_buf_json_str(e->out, tki_view_names_at(&p->frames, i), e->notes);
        tki_buf_putc(e->out, '}');
    }
    tki_buf_lit(e->out, "]}}\n");
}

static void free_state(void *state)
{
    struct speedscope *p = state;
    tki_view_trace_free(&p->trace);
    tki_view_names_free(&p->frames);
    tki_lanes_free(&p->lanes);
    tki_buf_free(&p->name);
    free(p->memory);
    free(p);
}

const struct tki_format tki_view_speedscope = {
    .info = {.name = "speedscope",
             .about = "evented profiles for speedscope, a flame chart for each trace",
             .can_write = true,
             .whole_traces = true,
             .view = true},
    .put = put,
    .end = end,
    .free_state = free_state,
};
