/* Links and events of Datadog's spans.  Tracers send them as lists, or, to agents that do not know these, as JSON in
 * the tags _dd.span_links and events. */
#include "format/datadog/datadog.h"
#include "format/js/any.h"

#define KEY(k, name) TKI_STR_IS(k, name)

static tk_range attributes(struct tki_dd *x, void (*value)(struct tki_js *j, struct tk_value *v))
{
    struct tki_js *j = &x->r.j;
    tk_range r = {x->b->nattrs, 0};
    tk_str k;
    if (tki_js_object(j))
        while (tki_js_key(j, &k)) {
            struct tk_attr a = {.key = k};
            value(j, &a.value);
            *tk_batch_add_attr(x->b) = a;
        }
    r.count = x->b->nattrs - r.first;
    return r;
}

static void link(struct tki_dd *x, struct tk_link *l)
{
    struct tki_js *j = &x->r.j;
    tk_str k;
    uint64_t high;
    if (!tki_js_object(j))
        return;
    while (tki_js_key(j, &k)) {
        if (KEY(k, "trace_id")) {
            l->trace_id.lo = tki_dd_id(x, &high);
            l->trace_id.hi |= high;
        } else if (KEY(k, "trace_id_high")) {
            l->trace_id.hi |= tki_dd_id(x, &high);
        } else if (KEY(k, "span_id")) {
            l->span_id = tki_dd_id(x, &high);
        } else if (KEY(k, "tracestate")) {
            l->trace_state = tki_js_str(j);
        } else if (KEY(k, "flags")) {
            l->flags = (uint32_t)tki_js_u64(j) & 0xff;
        } else if (KEY(k, "dropped_attributes_count")) {
            l->dropped_attrs = (uint32_t)tki_js_u64(j);
        } else if (KEY(k, "attributes")) {
            l->attrs = attributes(x, tki_js_any);
        } else {
            tki_js_drop(j, k, NULL);
        }
    }
}

static void links(struct tki_dd *x, tk_range *r)
{
    *r = (tk_range){x->b->nlinks, 0};
    if (!tki_js_array(&x->r.j))
        return;
    while (tki_js_item(&x->r.j)) {
        struct tk_link l = {0};
        uint32_t attrs = x->b->nattrs;
        link(x, &l);
        r->count++;
        if (x->needs & TK_NEED_LINKS)
            *tk_batch_add_link(x->b) = l;
        else
            x->b->nattrs = attrs;
    }
}

/* {"type":N,"string_value":"x"}, or any plain value. */
static void event_value(struct tki_js *j, struct tk_value *v)
{
    const char *at = (tki_js_peek(j), j->p);
    bool typed = false, given = false;
    const uint64_t dropped = j->batch->notes->n[TK_NOTE_MEMBER_DROPPED];
    tk_str k;
    if (*at != '{') {
        tki_js_any(j, v);
        return;
    }
    tki_js_object(j);
    while (tki_js_key(j, &k)) {
        char c = tki_js_peek(j);
        if (KEY(k, "type") && c >= '0' && c <= '9') {
            typed = true;
            tki_js_skip(j);
        } else if (!given && (KEY(k, "string_value") || KEY(k, "bool_value") || KEY(k, "int_value"))) {
            given = true;
            tki_js_any(j, v);
        } else if (!given && KEY(k, "double_value")) {
            given = true;
            *v = (struct tk_value){.type = TK_DOUBLE, .v.d = tki_js_double(j)};
        } else if (!given && KEY(k, "array_value") && c == '{') {
            given = true;
            tki_js_object(j);
            while (tki_js_key(j, &k)) {
                if (!KEY(k, "values") || tki_js_peek(j) != '[') {
                    tki_js_drop(j, k, NULL);
                    continue;
                }
                uint32_t base = tki_batch_stack(j->batch);
                tki_js_array(j);
                while (tki_js_item(j)) {
                    struct tk_attr kid = {.key = {0}};
                    event_value(j, &kid.value);
                    *tki_batch_push(j->batch) = kid;
                }
                tk_range r = tki_batch_pop_kids(j->batch, base);
                *v = (struct tk_value){.type = TK_ARRAY, .n = r.count, .v.first = r.first};
            }
        } else {
            tki_js_drop(j, k, NULL);
        }
    }
    if (j->error || (typed && given))
        return;
    j->p = at;
    j->batch->notes->n[TK_NOTE_MEMBER_DROPPED] = dropped;
    tki_js_any(j, v);
}

static void events(struct tki_dd *x, tk_range *r)
{
    struct tki_js *j = &x->r.j;
    tk_str k;
    *r = (tk_range){x->b->nevents, 0};
    if (!tki_js_array(j))
        return;
    while (tki_js_item(j)) {
        struct tk_event e = {0};
        uint32_t attrs = x->b->nattrs;
        if (tki_js_object(j))
            while (tki_js_key(j, &k)) {
                if (KEY(k, "name"))
                    e.name = tki_js_str(j);
                else if (KEY(k, "time_unix_nano"))
                    e.time_ns = tki_js_u64(j);
                else if (KEY(k, "attributes"))
                    e.attrs = attributes(x, event_value);
                else
                    tki_js_drop(j, k, NULL);
            }
        r->count++;
        if (x->needs & TK_NEED_EVENTS)
            *tk_batch_add_event(x->b) = e;
        else
            x->b->nattrs = attrs;
    }
}

/* Reads a text instead of the cursor's.  Returns false when the text is not what `read` reads. */
static bool over_text(struct tki_dd *x, tk_str text, void (*read)(struct tki_dd *x, tk_range *r), tk_range *r)
{
    struct tki_js before = x->r.j;
    tki_js_init(&x->r.j, text, 0, x->b);
    x->r.j.depth = before.depth;
    read(x, r);
    bool good = !x->r.j.error && (tki_js_peek(&x->r.j), x->r.j.p == x->r.j.end);
    x->r.j = before;
    return good;
}

bool tki_dd_text(struct tki_dd *x, struct tki_dd_parts *p, tk_str key, tk_str text)
{
    struct tk_batch *b = x->b;
    bool of_links = KEY(key, "_dd.span_links");
    char *padded = text.n && *text.p == '[' ? tk_batch_alloc(b, text.n + TKI_PADDING) : NULL;
    if (!padded)
        return false;
    memcpy(padded, text.p, text.n);
    memset(padded + text.n, 0, TKI_PADDING);
    text.p = padded;
    /* Rows of the span's own tags are under way: what this adds is taken back, and made again behind them. */
    uint32_t attrs = b->nattrs, kids = b->nkids, nlinks = b->nlinks, nevents = b->nevents;
    struct tk_notes notes = *b->notes;
    tk_range r;
    bool good = over_text(x, text, of_links ? links : events, &r);
    *b->notes = notes;
    b->nattrs = attrs;
    b->nkids = kids;
    b->nlinks = nlinks;
    b->nevents = nevents;
    if (good)
        *(of_links ? &p->links : &p->events) = text;
    return good;
}

static void rows(struct tki_dd *x, const char *list, tk_str text, void (*read)(struct tki_dd *x, tk_range *r),
                 tk_range *r)
{
    const char *here = x->r.j.p;
    if (x->r.j.error)
        return;
    if (list) {
        x->r.j.p = list;
        read(x, r);
        if (!x->r.j.error)
            x->r.j.p = here;
    }
    if (text.n && !r->count && !x->r.j.error)
        over_text(x, text, read, r);
}

void tki_dd_links(struct tki_dd *x, struct tki_dd_parts *p)
{
    rows(x, p->link_list, p->links, links, &p->s.links);
}

void tki_dd_events(struct tki_dd *x, struct tki_dd_parts *p)
{
    rows(x, p->event_list, p->events, events, &p->s.events);
}
