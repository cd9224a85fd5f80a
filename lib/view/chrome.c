/* chrome: trace event JSON, as Perfetto and chrome://tracing open it.
 *
 * A service is a process; its threads are lanes on which slices nest (lanes.h).  Arrows lead from a span to its
 * children in other services, and from linked spans to those that name them.  An arrow is bound to the innermost
 * slice at its ends, so it leaves the parent when the child starts, unless another slice of that lane is in
 * between then: in that case it leaves where the parent starts.
 *
 * Times count from midnight (UTC) before the first span: readers hold microseconds as doubles, which for times
 * since 1970 are good to a quarter of a microsecond only.
 *
 * Format: "Trace Event Format", Google, 2016; legacy flow events with bp = e.
 */
#include <stdlib.h>

#include "base/num.h"
#include "format/js/js.h"
#include "view/lanes.h"

enum {
    SERVICES_MAX = 65536, /* processes; below the first thread id, because thread 7 of process 7 is its main thread */
    TID_FIRST = 100001,
    SEEN_SLOTS = 1 << 16, /* spans of earlier traces that a link may find */
};
static const uint64_t day_ns = 86400000000000;

struct arrow {
    uint32_t from, to; /* rows */
    uint32_t next_from, next_to;
    uint64_t ts_ns; /* where it leaves */
    bool link;
};

struct seen { /* a slice of an earlier trace */
    tk_id128 trace_id;
    uint64_t span_id, start_ns;
    uint32_t pid, tid;
};

struct chrome {
    struct tki_view_trace trace;
    struct tki_view_names services; /* the number is the process id */
    struct tki_lanes lanes;
    uint32_t named_services, named_lanes;
    uint32_t *group;                 /* of each row: the process */
    uint32_t *arrow_from, *arrow_to; /* first arrow of each row, or TK_NONE */
    uint32_t rows_cap;
    struct arrow *arrows;
    uint32_t narrows, arrows_cap;
    uint64_t arrow_first;     /* number of this trace's first */
    uint64_t arrows_numbered; /* so far: arrows are numbered through */
    struct tki_idmap ids;     /* of the trace's spans, and the first row of each */
    uint32_t *id_row;
    uint32_t id_row_cap;
    struct seen *seen;
    uint64_t base_ns;
    bool based, comma, named_other;
};

static void begin_event(struct tki_encode *e, struct chrome *c)
{
    tki_buf_str(e->out, c->comma ? TKI_STR(",\n") : TKI_STR("\n"));
    c->comma = true;
}

/* ---- names of processes and threads ---- */

static void metadata(struct tki_encode *e, struct chrome *c, const char *what, uint32_t pid, uint32_t tid)
{
    begin_event(e, c);
    tki_buf_printf(e->out, "{\"ph\":\"M\",\"name\":\"%s\",\"pid\":%u,\"tid\":%u,\"args\":{", what, pid, tid);
}

static void name_process(struct tki_encode *e, struct chrome *c, uint32_t pid)
{
    metadata(e, c, "process_name", pid, 0);
    tki_buf_lit(e->out, "\"name\":");
    tki_buf_json_str(e->out, tki_view_names_at(&c->services, pid), e->notes);
    tki_buf_lit(e->out, "}}");
    metadata(e, c, "process_sort_index", pid, 0);
    tki_buf_printf(e->out, "\"sort_index\":%u}}", pid);
}

static void name_new(struct tki_encode *e, struct chrome *c)
{
    if (e->notes[TK_NOTE_OTHER_NAME] && !c->named_other) {
        c->named_other = true;
        name_process(e, c, 0);
    }
    for (; c->named_services < c->services.table.n; c->named_services++)
        name_process(e, c, c->named_services);
    for (; c->named_lanes < c->lanes.nlanes; c->named_lanes++) {
        const struct tki_lane *lane = &c->lanes.lanes[c->named_lanes];
        metadata(e, c, "thread_name", lane->group, TID_FIRST + c->named_lanes);
        tki_buf_printf(e->out, "\"name\":\"lane %u\"}}", lane->number + 1);
        metadata(e, c, "thread_sort_index", lane->group, TID_FIRST + c->named_lanes);
        tki_buf_printf(e->out, "\"sort_index\":%u}}", lane->number);
    }
}

/* ---- arrows ---- */

static void add_arrow(struct tki_encode *e, struct chrome *c, uint32_t from, uint32_t to, uint64_t ts_ns, bool link)
{
    if (!TKI_VIEW_ROOM(e, c->arrows, c->arrows_cap, c->narrows))
        return;
    c->arrows[c->narrows++] = (struct arrow){.from = from, .to = to, .ts_ns = ts_ns, .link = link};
}

/* A slice without length cannot hold the end of an arrow. */
static bool can_hold(const struct chrome *c, uint32_t row)
{
    return c->lanes.lane[row] != TK_NONE && tki_view_duration(&c->trace.spans[row]) > 0;
}

/* Arrows to the children in other services.  Children come by start, and those on the parent's lane are apart
 * from each other, so the latest end of those that start before or with a child tells whether it is covered. */
static void arrows_to_children(struct tki_encode *e, struct chrome *c, uint32_t parent)
{
    const struct tk_tree *t = &c->trace.tree;
    const struct tk_span *spans = c->trace.spans, *p = &spans[parent];
    uint64_t end_ns = p->start_ns + tki_view_duration(p), covered_ns = 0;
    uint32_t ahead = t->child_first[parent];
    if (!can_hold(c, parent))
        return;
    for (uint32_t i = t->child_first[parent]; i < t->child_first[parent + 1]; i++) {
        uint32_t child = t->child[i];
        uint64_t start_ns = spans[child].start_ns;
        for (; ahead < t->child_first[parent + 1] && spans[t->child[ahead]].start_ns <= start_ns; ahead++) {
            const struct tk_span *s = &spans[t->child[ahead]];
            if (c->lanes.lane[t->child[ahead]] == c->lanes.lane[parent] &&
                s->start_ns + tki_view_duration(s) > covered_ns)
                covered_ns = s->start_ns + tki_view_duration(s);
        }
        if (c->group[child] == c->group[parent] || !can_hold(c, child))
            continue;
        bool free = start_ns > p->start_ns && start_ns < end_ns && covered_ns <= start_ns;
        add_arrow(e, c, parent, child, free ? start_ns : p->start_ns, false);
    }
}

static void index_ids(struct tki_encode *e, struct chrome *c)
{
    const struct tk_batch *b = &c->trace.b;
    for (uint32_t row = 0; row < b->nspans; row++) {
        uint32_t before = c->ids.n, number = tki_idmap_put(&c->ids, (tk_id128){0, b->spans[row].span_id});
        if (number == TKI_MAP_NONE) {
            tki_view_out_of_memory(e);
            return;
        }
        if (!TKI_VIEW_ROOM(e, c->id_row, c->id_row_cap, number))
            return;
        if (number == before)
            c->id_row[number] = row;
    }
}

/* The first row with that id, or TK_NONE.  The index is made when it is first needed. */
static uint32_t row_of_id(struct tki_encode *e, struct chrome *c, uint64_t id)
{
    if (c->ids.n == 0)
        index_ids(e, c);
    uint32_t number = tki_idmap_get(&c->ids, (tk_id128){0, id});
    return id == 0 || number == TKI_MAP_NONE || tki_view_failed(e) ? TK_NONE : c->id_row[number];
}

static const struct tk_link *links_of(const struct chrome *c, const struct tk_span *s, uint32_t *n)
{
    *n = c->trace.b.needs & TK_NEED_LINKS ? s->links.count : 0;
    return c->trace.b.links + s->links.first;
}

/* Arrows from what a span links to in its own trace. */
static void arrows_from_links(struct tki_encode *e, struct chrome *c, uint32_t row)
{
    const struct tk_span *s = &c->trace.spans[row];
    uint32_t n;
    const struct tk_link *links = links_of(c, s, &n);
    for (uint32_t i = 0; i < n && can_hold(c, row); i++) {
        if (!tki_id_eq(links[i].trace_id, s->trace_id))
            continue;
        uint32_t from = row_of_id(e, c, links[i].span_id);
        if (from != TK_NONE && from != row && can_hold(c, from))
            add_arrow(e, c, from, row, c->trace.spans[from].start_ns, true);
    }
}

/* All arrows inside the trace, chained at both ends in the order in which they were found. */
static void find_arrows(struct tki_encode *e, struct chrome *c)
{
    c->narrows = 0;
    tki_idmap_reset(&c->ids);
    for (uint32_t i = 0; i < c->lanes.nsorted; i++) {
        arrows_to_children(e, c, c->lanes.sorted[i]);
        arrows_from_links(e, c, c->lanes.sorted[i]);
    }
    for (uint32_t row = 0; row < c->trace.b.nspans; row++)
        c->arrow_from[row] = c->arrow_to[row] = TK_NONE;
    for (uint32_t i = c->narrows; i-- > 0;) {
        struct arrow *a = &c->arrows[i];
        a->next_from = c->arrow_from[a->from];
        a->next_to = c->arrow_to[a->to];
        c->arrow_from[a->from] = c->arrow_to[a->to] = i;
    }
    c->arrow_first = c->arrows_numbered + 1;
    c->arrows_numbered += c->narrows;
}

struct end { /* of an arrow */
    char ph;
    bool link;
    uint64_t id, ts_ns;
    uint32_t pid, tid;
};

static void arrow_end(struct tki_encode *e, struct chrome *c, struct end end)
{
    const char *name = end.link ? "link" : "call";
    begin_event(e, c);
    tki_buf_printf(e->out, "{\"ph\":\"%c\",\"name\":\"%s\",\"cat\":\"%s\",\"id\":%llu,\"ts\":", end.ph, name, name,
                   (unsigned long long)end.id);
    tki_view_thousandths(e->out, end.ts_ns, c->base_ns);
    tki_buf_printf(e->out, ",\"pid\":%u,\"tid\":%u%s}", end.pid, end.tid, end.ph == 'f' ? ",\"bp\":\"e\"" : "");
}

static struct seen *seen_slot(const struct chrome *c, tk_id128 trace_id, uint64_t span_id)
{
    return &c->seen[tki_hash_combine(tki_hash_id(trace_id), span_id) & (SEEN_SLOTS - 1)];
}

/* Arrows from what a span links to in traces written before, as far as their spans are remembered. */
static void arrows_from_before(struct tki_encode *e, struct chrome *c, uint32_t row)
{
    const struct tk_span *s = &c->trace.spans[row];
    uint32_t n;
    const struct tk_link *links = links_of(c, s, &n);
    for (uint32_t i = 0; i < n && can_hold(c, row); i++) {
        const struct seen *seen = seen_slot(c, links[i].trace_id, links[i].span_id);
        if (!seen->tid || seen->span_id != links[i].span_id || !tki_id_eq(seen->trace_id, links[i].trace_id))
            continue;
        uint64_t id = ++c->arrows_numbered;
        arrow_end(e, c, (struct end){'s', true, id, seen->start_ns, seen->pid, seen->tid});
        arrow_end(e, c, (struct end){'f', true, id, s->start_ns, c->group[row], TID_FIRST + c->lanes.lane[row]});
    }
}

/* For links of later traces. */
static void remember(struct chrome *c)
{
    for (uint32_t i = 0; i < c->lanes.nsorted; i++) {
        uint32_t row = c->lanes.sorted[i];
        const struct tk_span *s = &c->trace.spans[row];
        if (can_hold(c, row))
            *seen_slot(c, s->trace_id, s->span_id) =
                (struct seen){s->trace_id, s->span_id, s->start_ns, c->group[row], TID_FIRST + c->lanes.lane[row]};
    }
}

/* ---- slices ---- */

static void id_member(struct tki_buf *out, const char *name, uint64_t id)
{
    if (!id)
        return;
    tki_buf_printf(out, ",\"%s\":\"", name);
    tki_buf_hex64(out, id);
    tki_buf_putc(out, '"');
}

static void text_member(struct tki_encode *e, const char *name, tk_str s)
{
    if (!s.n)
        return;
    tki_buf_printf(e->out, ",\"%s\":", name);
    tki_buf_json_str(e->out, s, e->notes);
}

static void link_list(struct tki_encode *e, struct chrome *c, const struct tk_span *s)
{
    uint32_t n;
    const struct tk_link *links = links_of(c, s, &n);
    for (uint32_t i = 0; i < n; i++) {
        tki_buf_str(e->out, i ? TKI_STR(",\"") : TKI_STR(",\"links\":[\""));
        tki_view_trace_id(e->out, links[i].trace_id);
        tki_buf_putc(e->out, ':');
        tki_view_span_id(e->out, links[i].span_id);
        tki_buf_putc(e->out, '"');
    }
    if (n)
        tki_buf_putc(e->out, ']');
}

static void arguments(struct tki_encode *e, struct chrome *c, const struct tk_span *s)
{
    tki_buf_lit(e->out, ",\"args\":{\"trace_id\":\"");
    tki_view_trace_id(e->out, s->trace_id);
    tki_buf_putc(e->out, '"');
    id_member(e->out, "span_id", s->span_id);
    id_member(e->out, "parent_id", s->parent_id);
    text_member(e, "status", tki_view_status(s->status));
    text_member(e, "status_message", s->status_message);
    text_member(e, "scope", c->trace.b.scopes[s->scope].name);
    link_list(e, c, s);
    if (s->attrs.count) {
        tki_buf_lit(e->out, ",\"attributes\":");
        tki_view_object(e, &c->trace.b, c->trace.b.attrs + s->attrs.first, s->attrs.count);
    }
    tki_buf_lit(e->out, "}}");
}

/* Name, time and place, which slices and instants begin with. */
static void head(struct tki_encode *e, struct chrome *c, char ph, uint32_t row, tk_str name, uint64_t ts_ns)
{
    begin_event(e, c);
    tki_buf_printf(e->out, "{\"ph\":\"%c\",\"name\":", ph);
    tki_buf_json_str(e->out, name, e->notes);
    tki_buf_lit(e->out, ",\"ts\":");
    tki_view_thousandths(e->out, ts_ns, c->base_ns);
    tki_buf_printf(e->out, ",\"pid\":%u,\"tid\":%u", c->group[row], TID_FIRST + c->lanes.lane[row]);
}

static void instants(struct tki_encode *e, struct chrome *c, uint32_t row)
{
    const struct tk_span *s = &c->trace.spans[row];
    for (uint32_t i = 0; i < s->events.count && c->trace.b.needs & TK_NEED_EVENTS; i++) {
        const struct tk_event *v = &c->trace.b.events[s->events.first + i];
        if (!v->time_ns) {
            e->notes[TK_NOTE_LOST_EVENT]++;
            continue;
        }
        head(e, c, 'i', row, v->name.n ? v->name : TKI_STR("(no name)"), v->time_ns);
        tki_buf_lit(e->out, ",\"cat\":\"event\",\"s\":\"t\",\"args\":");
        tki_view_object(e, &c->trace.b, c->trace.b.attrs + v->attrs.first, v->attrs.count);
        tki_buf_putc(e->out, '}');
    }
}

static void slice(struct tki_encode *e, struct chrome *c, uint32_t row)
{
    const struct tk_span *s = &c->trace.spans[row];
    uint32_t pid = c->group[row], tid = TID_FIRST + c->lanes.lane[row];
    head(e, c, 'X', row, tki_view_name(s), s->start_ns);
    tki_buf_lit(e->out, ",\"dur\":");
    tki_view_thousandths(e->out, tki_view_duration_written(e, s), 0);
    tki_buf_lit(e->out, ",\"cat\":\"");
    tki_buf_str(e->out, tki_view_kind(s->kind));
    tki_buf_putc(e->out, '"');
    if (s->status == TK_STATUS_ERROR)
        tki_buf_lit(e->out, ",\"cname\":\"terrible\"");
    arguments(e, c, s);
    /* Behind its slice, and before others that start at the same time: so they are bound to it. */
    for (uint32_t i = c->arrow_to[row]; i != TK_NONE; i = c->arrows[i].next_to)
        arrow_end(e, c, (struct end){'f', c->arrows[i].link, c->arrow_first + i, s->start_ns, pid, tid});
    for (uint32_t i = c->arrow_from[row]; i != TK_NONE; i = c->arrows[i].next_from)
        arrow_end(e, c, (struct end){'s', c->arrows[i].link, c->arrow_first + i, c->arrows[i].ts_ns, pid, tid});
    arrows_from_before(e, c, row);
    instants(e, c, row);
}

/* ---- the format ---- */

static bool reserve(struct chrome *c, uint32_t n)
{
    if (!c->seen)
        c->seen = calloc(SEEN_SLOTS, sizeof *c->seen);
    if (n > c->rows_cap) {
        size_t cap = (size_t)n + n / 2;
        free(c->group);
        c->rows_cap = 0;
        c->group = malloc(3 * cap * sizeof *c->group);
        if (!c->group)
            return false;
        c->arrow_from = c->group + cap;
        c->arrow_to = c->group + 2 * cap;
        c->rows_cap = (uint32_t)cap;
    }
    return c->seen;
}

/* What stands before the events: needs the first time. */
static void opening(struct tki_encode *e, struct chrome *c)
{
    if (c->based)
        return;
    uint64_t start_ns = c->trace.spans[c->lanes.sorted[0]].start_ns;
    c->based = true;
    c->base_ns = start_ns - start_ns % day_ns;
    c->named_services = 1;
    tki_buf_lit(e->out, "{\"displayTimeUnit\":\"ns\",\"otherData\":{\"ts 0\":\"");
    tki_view_time(e->out, c->base_ns);
    tki_buf_lit(e->out, "\"},\"traceEvents\":[");
}

static void put(struct tki_encode *e, const struct tk_batch *b, const uint32_t *rows, size_t nrows)
{
    struct chrome *c = tki_view_state(e, sizeof *c);
    if (!c || !tki_view_trace(&c->trace, e, b, rows, nrows))
        return;
    if (!reserve(c, (uint32_t)nrows)) {
        tki_view_out_of_memory(e);
        return;
    }
    for (uint32_t row = 0; row < nrows; row++) /* in the order of the tree: a caller's process stands above */
        c->group[c->trace.tree.order[row]] = tki_view_names_put(
            &c->services, e, tki_view_service(b, &c->trace.spans[c->trace.tree.order[row]]), SERVICES_MAX);
    if (!tki_lanes_put(&c->lanes, &c->trace, c->group))
        tki_view_out_of_memory(e);
    e->notes[TK_NOTE_UNTIMED] += nrows - c->lanes.nsorted;
    if (tki_view_failed(e) || c->lanes.nsorted == 0)
        return;
    opening(e, c);
    find_arrows(e, c);
    name_new(e, c);
    for (uint32_t i = 0; i < c->lanes.nsorted && !tki_view_failed(e); i++)
        slice(e, c, c->lanes.sorted[i]);
    remember(c);
}

static void end(struct tki_encode *e)
{
    const struct chrome *c = e->state;
    if (c && c->based)
        tki_buf_lit(e->out, "\n]}\n");
    else
        tki_buf_lit(e->out, "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[]}\n");
}

static void free_state(void *state)
{
    struct chrome *c = state;
    tki_view_trace_free(&c->trace);
    tki_view_names_free(&c->services);
    tki_lanes_free(&c->lanes);
    tki_idmap_free(&c->ids);
    free(c->id_row);
    free(c->group);
    free(c->arrows);
    free(c->seen);
    free(c);
}

const struct tki_format tki_view_chrome = {
    .info = {.name = "chrome",
             .about = "trace event JSON, for Perfetto and chrome://tracing",
             .can_write = true,
             .whole_traces = true,
             .view = true},
    .put = put,
    .end = end,
    .free_state = free_state,
};
