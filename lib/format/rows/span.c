#include "format/rows/rows.h"
#include "model/put.h"

static const struct tki_cell *cell(const struct tki_rows *x, enum tki_field f)
{
    return &x->cells.of[f];
}

static tk_str text(struct tki_rows *x, enum tki_field f)
{
    tk_str s = tki_cell_text(x, cell(x, f));
    return s.n ? s : (tk_str){0};
}

static uint32_t count(struct tki_rows *x, enum tki_field f)
{
    uint64_t n = tki_cell_number(x, cell(x, f));
    return n > UINT32_MAX ? 0 : (uint32_t)n;
}

/* ---- what spans share: rows with the same text have the same row of the batch ---- */

static void key_of(struct tki_rows *x, const struct tki_cell *c)
{
    struct tki_js j;
    tk_str s = c->text;
    if (c->json) {
        tki_js_init(&j, (tk_str){c->json, (size_t)(c->end - c->json)}, 0, x->r.j.batch);
        s = tki_js_raw(&j);
    }
    tki_buf_str(&x->path, s);
    tki_buf_putc(&x->path, 0);
}

/* Returns the slot of the key in x->path: of the row that has it, or, with row TK_NONE, to be filled. */
static struct tki_shared *shared(struct tki_rows *x, struct tki_shared *slots, unsigned *made)
{
    tk_str key = {x->path.p, x->path.n};
    for (unsigned i = 0; i < *made && i < TKI_SHARED; i++)
        if (tki_str_eq(slots[i].key, key))
            return &slots[i];
    struct tki_shared *s = &slots[(*made)++ % TKI_SHARED];
    *s = (struct tki_shared){tk_batch_copy(x->r.j.batch, key), TK_NONE};
    return s;
}

static void resource_extras(struct tki_rows *x)
{
    for (unsigned i = 0; i < x->nextras; i++) {
        struct tki_extra *e = &x->extras[i];
        if (e->column->field == TKI_F_RESOURCE_ATTR)
            tki_row_attr(x, e->key, &e->cell, e->column->as);
    }
}

static void fill_resource(struct tki_rows *x, struct tk_resource *r, tk_str service)
{
    struct tk_batch *b = x->r.j.batch;
    r->attrs = tki_row_attrs(x, cell(x, TKI_F_RESOURCE), x->cells.as[TKI_F_RESOURCE], cell(x, TKI_F_RESOURCE_KEYS));
    resource_extras(x);
    r->attrs.count = b->nattrs - r->attrs.first;
    r->service = tki_service_attr(b, r->attrs);
    if (!r->service.n && service.n) {
        r->service = service;
        tki_put(b, TKI_STR("service.name"), tki_v_str(service));
        r->attrs.count++;
    }
    r->schema_url = text(x, TKI_F_RESOURCE_SCHEMA);
    r->dropped_attrs = count(x, TKI_F_RESOURCE_DROPPED);
    r->present = r->attrs.count || r->schema_url.n || r->dropped_attrs;
    if (!(x->needs & TK_NEED_RESOURCE)) {
        r->attrs.count = r->dropped_attrs = 0;
        r->schema_url = (tk_str){0};
    }
}

static uint32_t resource(struct tki_rows *x, tk_str service)
{
    struct tk_batch *b = x->r.j.batch;
    x->path.n = 0;
    key_of(x, cell(x, TKI_F_RESOURCE));
    key_of(x, cell(x, TKI_F_RESOURCE_SCHEMA));
    for (unsigned i = 0; i < x->nextras; i++)
        if (x->extras[i].column->field == TKI_F_RESOURCE_ATTR) {
            tki_buf_str(&x->path, x->extras[i].key);
            key_of(x, &x->extras[i].cell);
        }
    tki_buf_str(&x->path, service);
    struct tki_shared *s = shared(x, x->resources, &x->nresources);
    x->path.n = 0;
    if (s->row != TK_NONE)
        return s->row;
    struct tk_resource r = {0};
    fill_resource(x, &r, service);
    return s->row = tki_put_resource(b, r);
}

static uint32_t scope(struct tki_rows *x)
{
    static const enum tki_field parts[] = {TKI_F_SCOPE_NAME, TKI_F_SCOPE_VERSION, TKI_F_SCOPE_SCHEMA,
                                           TKI_F_SCOPE_ATTRS};
    x->path.n = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        key_of(x, cell(x, parts[i]));
    struct tki_shared *s = shared(x, x->scopes, &x->nscopes);
    x->path.n = 0;
    if (s->row != TK_NONE)
        return s->row;
    struct tk_scope p = {0};
    if (x->needs & TK_NEED_SCOPE) {
        p.name = text(x, TKI_F_SCOPE_NAME);
        p.version = text(x, TKI_F_SCOPE_VERSION);
        p.schema_url = text(x, TKI_F_SCOPE_SCHEMA);
        p.attrs = tki_row_attrs(x, cell(x, TKI_F_SCOPE_ATTRS), x->cells.as[TKI_F_SCOPE_ATTRS], NULL);
        p.present = p.name.n || p.version.n || p.attrs.count;
    }
    return s->row = tki_put_scope(x->r.j.batch, p);
}

/* ---- events and links ---- */

/* How attributes of events and links are written, when those of spans are written so. */
static uint8_t inner(const struct tki_rows *x)
{
    uint8_t as = x->cells.as[TKI_F_ATTRS];
    return as == TKI_AS_TEXTS ? TKI_AS_SEEN : as;
}

static void add_event(struct tki_rows *x, struct tki_cells *c)
{
    struct tk_event e = {.time_ns = tki_cell_time(x, &c->of[TKI_F_START], c->as[TKI_F_START])};
    e.name = tki_cell_text(x, &c->of[TKI_F_NAME]);
    e.attrs = tki_row_attrs(x, &c->of[TKI_F_ATTRS], inner(x), NULL);
    e.dropped_attrs = (uint32_t)tki_cell_number(x, &c->of[TKI_F_DROPPED_ATTRS]);
    *tk_batch_add_event(x->r.j.batch) = e;
}

static void add_link(struct tki_rows *x, struct tki_cells *c)
{
    struct tk_link l = {.trace_id = tki_cell_trace_id(x, &c->of[TKI_F_TRACE], TKI_AS_SEEN)};
    l.span_id = tki_cell_span_id(x, &c->of[TKI_F_SPAN], TKI_AS_SEEN);
    l.trace_state = tki_cell_text(x, &c->of[TKI_F_STATE]);
    l.attrs = tki_row_attrs(x, &c->of[TKI_F_ATTRS], inner(x), NULL);
    l.flags = (uint32_t)tki_cell_number(x, &c->of[TKI_F_FLAGS]);
    l.dropped_attrs = (uint32_t)tki_cell_number(x, &c->of[TKI_F_DROPPED_ATTRS]);
    *tk_batch_add_link(x->r.j.batch) = l;
}

/* A kind of list. */
struct kind {
    void (*add)(struct tki_rows *x, struct tki_cells *c);
    const struct tki_row_column *columns;
    enum tki_field list, beside[4]; /* the list, or lists side by side, */
    enum tki_field part[4];         /* which are these parts, in this order also in lists of lists */
    unsigned parts;
    const char *uneven;
};

static const struct kind events = {
    .add = add_event,
    .columns = tki_event_columns,
    .list = TKI_F_EVENTS,
    .beside = {TKI_F_EVENT_TIME, TKI_F_EVENT_NAME, TKI_F_EVENT_ATTRS},
    .part = {TKI_F_START, TKI_F_NAME, TKI_F_ATTRS},
    .parts = 3,
    .uneven = "the lists of events' times, names and attributes differ in length",
};
static const struct kind links = {
    .add = add_link,
    .columns = tki_link_columns,
    .list = TKI_F_LINKS,
    .beside = {TKI_F_LINK_TRACE, TKI_F_LINK_SPAN, TKI_F_LINK_STATE, TKI_F_LINK_ATTRS},
    .part = {TKI_F_TRACE, TKI_F_SPAN, TKI_F_STATE, TKI_F_ATTRS},
    .parts = 4,
    .uneven = "the lists of links' ids, states and attributes differ in length",
};

static void beside(struct tki_rows *x, const struct kind *k, struct tki_cells *c)
{
    struct tki_js j[4];
    bool open[4] = {false};
    const struct tki_cell *first = NULL;
    for (unsigned i = 0; i < k->parts; i++) {
        const struct tki_cell *p = cell(x, k->beside[i]);
        open[i] = tki_cell_open(x, p, &j[i]) && tki_js_array(&j[i]);
        first = open[i] && !first ? p : first;
    }
    while (first && !x->r.j.error && !x->r.j.batch->err) {
        unsigned more = 0, lists = 0;
        tki_cells_begin(c, k->columns);
        for (unsigned i = 0; i < k->parts; i++) {
            if (!open[i])
                continue;
            lists++;
            if (tki_js_item(&j[i])) {
                more++;
                c->of[k->part[i]] = tki_cell_json(&j[i], first->at);
                tki_js_skip(&j[i]);
            }
            if (tki_cell_failed(x, first, &j[i]))
                return;
        }
        if (more && more < lists)
            tki_cell_fail(x, first, k->uneven);
        if (more < lists)
            return;
        k->add(x, c);
    }
}

/* One element of a list: an object, a list of parts in order, or the text of one. */
static void one(struct tki_rows *x, const struct kind *k, struct tki_cells *c, struct tki_js *j, const char *at)
{
    struct tki_js in;
    struct tki_cell self = tki_cell_json(j, at);
    unsigned depth = x->depth;
    tki_js_skip(j);
    if (!tki_cell_open(x, &self, &in))
        return;
    tki_cells_begin(c, k->columns);
    if (tki_js_peek(&in) == '{') {
        x->path.n = 0;
        tki_cells_members(x, &in, c, "");
    } else if (tki_js_array(&in)) {
        for (unsigned i = 0; tki_js_item(&in); i++) {
            if (i < k->parts)
                c->of[k->part[i]] = tki_cell_json(&in, at);
            else
                tki_note(x->r.j.batch, TK_NOTE_COLUMN_DROPPED);
            tki_js_skip(&in);
        }
    }
    x->depth = depth;
    if (!tki_cell_failed(x, &self, &in))
        k->add(x, c);
}

static tk_range rows(struct tki_rows *x, const struct kind *k, const uint32_t *total, bool wanted)
{
    tk_range r = {*total, 0};
    const struct tki_cell *list = cell(x, k->list);
    struct tki_cells c;
    struct tki_js j;
    if (!wanted) {
        for (unsigned i = 0; i < k->parts && tki_cell_empty(list); i++)
            list = cell(x, k->beside[i]);
        if (!tki_cell_nothing(list) && tki_cell_open(x, list, &j))
            r.count = tki_js_count(&j);
        return r;
    }
    if (tki_cell_empty(list)) {
        beside(x, k, &c);
    } else if (tki_cell_open(x, list, &j)) {
        if (tki_js_array(&j))
            while (tki_js_item(&j) && !x->r.j.error)
                one(x, k, &c, &j, list->at);
        tki_cell_failed(x, list, &j);
    }
    r.count = *total - r.first;
    return r;
}

/* ---- the span ---- */

static void times(struct tki_rows *x, struct tk_span *s)
{
    enum { ROUNDED = 1000000 };
    const struct tki_cell *end = cell(x, TKI_F_END), *duration = cell(x, TKI_F_DURATION);
    s->start_ns = tki_cell_time(x, cell(x, TKI_F_START), x->cells.as[TKI_F_START]);
    s->end_ns = tki_cell_time(x, end, x->cells.as[TKI_F_END]);
    if (tki_cell_empty(duration))
        return;
    uint64_t d = tki_cell_duration(x, duration, x->cells.as[TKI_F_DURATION]);
    bool date = !tki_cell_empty(end) && tki_str_find(tki_cell_text(x, end), ':');
    uint64_t exact = s->start_ns + d, off = exact > s->end_ns ? exact - s->end_ns : s->end_ns - exact;
    if (!s->end_ns && s->start_ns)
        s->end_ns = exact;
    else if (!s->start_ns)
        s->start_ns = s->end_ns > d ? s->end_ns - d : 0;
    else if (date && off < ROUNDED) /* a date may be rounded */
        s->end_ns = exact;
}

static void outcome(struct tki_rows *x, struct tk_span *s)
{
    s->kind = tki_cell_kind(x, cell(x, TKI_F_KIND));
    tk_str detail = text(x, TKI_F_KIND_DETAIL);
    if (tki_str_starts(detail, TKI_STR("InProc")))
        s->kind = TK_KIND_INTERNAL;
    else if (tki_str_starts(detail, TKI_STR("Queue Message")))
        s->kind = TK_KIND_PRODUCER;
    if (!tki_cell_empty(cell(x, TKI_F_STATUS)))
        s->status = tki_cell_status(x, cell(x, TKI_F_STATUS), x->cells.as[TKI_F_STATUS], &s->status_message);
    if (!tki_cell_empty(cell(x, TKI_F_ERROR)) && tki_cell_truth(x, cell(x, TKI_F_ERROR)))
        s->status = TK_STATUS_ERROR;
    if (!tki_cell_empty(cell(x, TKI_F_SUCCESS)) && !tki_cell_truth(x, cell(x, TKI_F_SUCCESS)))
        s->status = TK_STATUS_ERROR;
    if (!tki_cell_empty(cell(x, TKI_F_MESSAGE)))
        s->status_message = text(x, TKI_F_MESSAGE);
}

static void state(struct tki_rows *x, struct tk_span *s)
{
    if (!(x->needs & TK_NEED_STATE)) {
        s->status_message = (tk_str){0};
        if (x->needs & TK_NEED_WEIGHT)
            s->trace_state = text(x, TKI_F_STATE);
        return;
    }
    s->trace_state = text(x, TKI_F_STATE);
    s->flags = (uint32_t)tki_cell_number(x, cell(x, TKI_F_FLAGS));
    s->dropped_attrs = count(x, TKI_F_DROPPED_ATTRS);
    s->dropped_events = count(x, TKI_F_DROPPED_EVENTS);
    s->dropped_links = count(x, TKI_F_DROPPED_LINKS);
}

/* Returns true if the attributes say what the column says, too: theirs is the original. */
static bool is_said(const struct tki_rows *x, const struct tk_span *s, const char *key)
{
    return key && tk_attr_find(x->r.j.batch, s->attrs, key);
}

static void attributes(struct tki_rows *x, struct tk_span *s)
{
    struct tk_batch *b = x->r.j.batch;
    s->attrs = (tk_range){b->nattrs, 0};
    if (!(x->needs & (TK_NEED_ATTRS | TK_NEED_WEIGHT)) && !x->dialect->service_attr)
        return;
    tki_row_attrs(x, cell(x, TKI_F_ATTRS), x->cells.as[TKI_F_ATTRS], cell(x, TKI_F_ATTR_KEYS));
    if (x->cells.rank[TKI_F_KIND_DETAIL])
        tki_row_attr(x, tki_str(x->cells.columns[x->cells.rank[TKI_F_KIND_DETAIL] - 1].key), cell(x, TKI_F_KIND_DETAIL),
                     TKI_AS_SEEN);
    s->attrs.count = b->nattrs - s->attrs.first;
    for (unsigned i = 0; i < x->nextras; i++)
        if (x->extras[i].column->field == TKI_F_ATTR && !is_said(x, s, x->extras[i].column->key))
            tki_row_attr(x, x->extras[i].key, &x->extras[i].cell, x->extras[i].column->as);
    s->attrs.count = b->nattrs - s->attrs.first;
}

bool tki_row_span(struct tki_rows *x)
{
    struct tk_batch *b = x->r.j.batch;
    struct tk_span s = {0};
    if (tki_cell_empty(cell(x, TKI_F_TRACE)) || tki_cell_empty(cell(x, TKI_F_SPAN)) ||
        (tki_cell_empty(cell(x, TKI_F_START)) && tki_cell_empty(cell(x, TKI_F_END))))
        return false;
    s.trace_id = tki_cell_trace_id(x, cell(x, TKI_F_TRACE), x->cells.as[TKI_F_TRACE]);
    s.span_id = tki_cell_span_id(x, cell(x, TKI_F_SPAN), x->cells.as[TKI_F_SPAN]);
    s.parent_id = tki_cell_span_id(x, cell(x, TKI_F_PARENT), x->cells.as[TKI_F_PARENT]);
    s.name = x->needs & TK_NEED_NAME ? text(x, TKI_F_NAME) : (tk_str){0};
    times(x, &s);
    outcome(x, &s);
    state(x, &s);
    attributes(x, &s);
    tk_str service = text(x, TKI_F_SERVICE);
    if (!service.n && x->dialect->service_attr)
        service = tki_service_attr(b, s.attrs);
    if (!(x->needs & (TK_NEED_ATTRS | TK_NEED_WEIGHT)))
        s.attrs.count = 0;
    s.resource = resource(x, service);
    s.scope = scope(x);
    s.events = rows(x, &events, &b->nevents, x->needs & TK_NEED_EVENTS);
    s.links = rows(x, &links, &b->nlinks, x->needs & TK_NEED_LINKS);
    *tk_batch_add_span(b) = s;
    x->met++;
    return true;
}
