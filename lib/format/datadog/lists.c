/* Links and events of Datadog's spans.  Tracers send them as lists, or, to agents that do not know these, as JSON in
 * the tags _dd.span_links and events. */
#include "format/datadog/datadog.h"
#include "format/js/any.h"
#include "model/put.h"

#define KEY(k, name) TKI_STR_IS(k, name)

static void trace_id_high(struct tki_js *j, void *to)
{
    uint64_t high;
    *(uint64_t *)to |= tki_dd_id(j, &high);
}

static void flags(struct tki_js *j, void *to)
{
    *(uint32_t *)to = (uint32_t)tki_js_u64(j) & 0xff;
}

static void link(struct tki_js *j, void *to)
{
    static const struct tki_js_field fields[] = {
        TKI_JS_INTO("trace_id", tki_dd_trace_id, struct tk_link, trace_id),
        TKI_JS_INTO("trace_id_high", trace_id_high, struct tk_link, trace_id.hi),
        TKI_JS_INTO("span_id", tki_dd_span_id, struct tk_link, span_id),
        TKI_JS_FIELD("attributes", attrs, struct tk_link, attrs),
        TKI_JS_FIELD("dropped_attributes_count", u32, struct tk_link, dropped_attrs),
        TKI_JS_FIELD("tracestate", str, struct tk_link, trace_state),
        TKI_JS_INTO("flags", flags, struct tk_link, flags),
        TKI_JS_END,
    };
    struct tk_link l = {0};
    (void)to;
    tki_js_fields(j, fields, &l);
    *tk_batch_add_link(j->batch) = l;
}

/* Rows that are read whether they are needed or not: a text is known to be a list only then. */
static tk_range rows(struct tki_dd *x, unsigned need, uint32_t *n, tki_js_reader *one)
{
    uint32_t attrs = x->b->nattrs;
    tk_range r = tki_js_rows(&x->r.j, true, n, one, NULL);
    if (!(x->needs & need) && !x->b->err) {
        x->b->nattrs = attrs;
        *n = r.first;
    }
    return r;
}

static void links(struct tki_dd *x, tk_range *r)
{
    *r = rows(x, TK_NEED_LINKS, &x->b->nlinks, link);
}

static void event_value(struct tki_js *j, struct tk_value *v);

static void element(struct tki_js *j, void *kid)
{
    event_value(j, &((struct tk_attr *)kid)->value);
}

static void values(struct tki_js *j, void *to)
{
    if (tki_js_peek(j) == '[')
        *(struct tk_value *)to = tki_v_list(TK_ARRAY, tki_js_kids(j, element));
    else
        tki_js_drop(j, TKI_STR("values"), NULL);
}

/* {"type":N,"string_value":"x"}, or any plain value. */
static void event_value(struct tki_js *j, struct tk_value *v)
{
    static const struct tki_js_field list[] = {TKI_JS_PART("values", values), TKI_JS_END};
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
            *v = tki_v_double(tki_js_double(j));
        } else if (!given && KEY(k, "array_value") && c == '{') {
            given = true;
            tki_js_fields(j, list, v);
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

static void event_attrs(struct tki_js *j, void *to)
{
    tk_range r = {j->batch->nattrs, 0};
    tk_str k;
    if (tki_js_object(j))
        while (tki_js_key(j, &k)) {
            struct tk_value v = {0};
            event_value(j, &v);
            tki_put(j->batch, k, v);
        }
    r.count = j->batch->nattrs - r.first;
    *(tk_range *)to = r;
}

static void event(struct tki_js *j, void *to)
{
    static const struct tki_js_field fields[] = {
        TKI_JS_FIELD("name", str, struct tk_event, name),
        TKI_JS_FIELD("time_unix_nano", u64, struct tk_event, time_ns),
        TKI_JS_INTO("attributes", event_attrs, struct tk_event, attrs),
        TKI_JS_END,
    };
    struct tk_event e = {0};
    (void)to;
    tki_js_fields(j, fields, &e);
    *tk_batch_add_event(j->batch) = e;
}

static void events(struct tki_dd *x, tk_range *r)
{
    *r = rows(x, TK_NEED_EVENTS, &x->b->nevents, event);
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
    bool of_links = KEY(key, "_dd.span_links");
    struct tki_js inner;
    struct tki_mark mark;
    tk_range r;
    if (!text.n || *text.p != '[' || !tki_js_inner(&inner, x->b, text))
        return false;
    text.p = inner.p;
    /* Rows of the span's own tags are under way: what this adds is taken back, and made again behind them. */
    tki_batch_mark(x->b, &mark);
    bool good = over_text(x, text, of_links ? links : events, &r);
    tki_batch_rollback(x->b, &mark);
    if (good)
        *(of_links ? &p->links : &p->events) = text;
    return good;
}

static void of_span(struct tki_dd *x, const char *list, tk_str text, void (*read)(struct tki_dd *x, tk_range *r),
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
    of_span(x, p->link_list, p->links, links, &p->s.links);
}

void tki_dd_events(struct tki_dd *x, struct tki_dd_parts *p)
{
    of_span(x, p->event_list, p->events, events, &p->s.events);
}
