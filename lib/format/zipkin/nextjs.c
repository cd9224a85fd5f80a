/* Next.js's file .next/trace: lists of spans, one a line, like Zipkin's but with numbers for ids.
 *
 * `timestamp` is a monotonic clock in microseconds, `startTime` the wall clock in milliseconds, cut.  So the clocks
 * differ by at least startTime - timestamp of every span, and the largest of these differences in a list places its
 * spans: exact among themselves, to a millisecond among lists.  Old versions have no startTime, and a timestamp of the
 * epoch.  There are no kinds, no statuses and no service.
 */
#include "format/js/any.h"
#include "format/js/documents.h"
#include "format/js/fields.h"
#include "format/js/ids.h"
#include "format/js/records.h"
#include "format/js/scan.h"

enum { NS_OF_US = 1000, NS_OF_MS = 1000000 };
#define EPOCH_MIN_US UINT64_C(1000000000000000) /* September 2001; a machine is up 31 years before */
#define TIME_MAX_MS  (UINT64_MAX / NS_OF_MS)

struct next {
    struct tki_records r;
    unsigned needs;
    uint32_t resource, scope;
    int64_t ahead_us; /* of the wall clock before the monotonic one, of this list; INT64_MIN: not known */
};

static void span_id(struct tki_js *j, void *to)
{
    *(uint64_t *)to = tki_js_peek(j) == '"' ? tki_js_span_id(j) : tki_js_u64(j);
}

static uint64_t number(struct tki_js *j, uint64_t max)
{
    const char *at = (tki_js_peek(j), j->p);
    uint64_t x = tki_js_u64(j);
    if (x > max && !j->error)
        tki_js_fail_at(j, at, "expected a time");
    return x > max ? 0 : x;
}

static void micros(struct tki_js *j, void *to)
{
    *(uint64_t *)to = number(j, TIME_MAX_MS * NS_OF_US);
}

static void millis(struct tki_js *j, void *to)
{
    *(uint64_t *)to = number(j, TIME_MAX_MS);
}

static void tags(struct tki_js *j, void *to)
{
    if (tki_js_peek(j) == '{')
        *(tk_range *)to = tki_js_any_attrs(j);
    else
        tki_js_drop(j, TKI_STR("tags"), NULL);
}

struct parts {
    struct tk_span s;
    uint64_t wall_ms;
};

static const struct tki_js_field span_fields[] = {
    TKI_JS_FIELD("name", str, struct parts, s.name),
    TKI_JS_INTO("duration", micros, struct parts, s.end_ns),
    TKI_JS_INTO("timestamp", micros, struct parts, s.start_ns),
    TKI_JS_INTO("id", span_id, struct parts, s.span_id),
    TKI_JS_INTO("parentId", span_id, struct parts, s.parent_id),
    TKI_JS_INTO("tags", tags, struct parts, s.attrs),
    TKI_JS_INTO("startTime", millis, struct parts, wall_ms),
    TKI_JS_FIELD("traceId", trace_id, struct parts, s.trace_id),
    TKI_JS_END,
};

/* Until the clocks are compared start_ns holds the timestamp in microseconds, and end_ns the duration. */
static void span(struct next *x)
{
    struct tki_js *j = &x->r.j;
    struct tk_batch *b = j->batch;
    static const struct tki_span_signs signs = {.ids = "traceId|id", .any = "timestamp|startTime"};
    struct parts p = {.s.attrs.first = b->nattrs};
    struct tki_mark mark;
    tki_batch_mark(b, &mark);
    tki_js_peek(j);
    struct tki_js start = *j;
    if (!tki_js_fields(j, span_fields, &p))
        return;
    struct tk_span s = p.s;
    if ((j->error || (!s.start_ns && !p.wall_ms)) && tki_js_no_span(&start, j, &signs)) {
        tki_js_pass(j, &start, &mark);
        return;
    }
    if (!j->error && (!s.span_id || tki_id_zero(s.trace_id)))
        tki_js_fail_at(j, start.p, "expected a span with traceId and id");
    int64_t ahead = (int64_t)(p.wall_ms * NS_OF_US) - (int64_t)s.start_ns;
    if (p.wall_ms && s.start_ns < EPOCH_MIN_US && ahead > x->ahead_us)
        x->ahead_us = ahead;
    if (!(x->needs & TK_NEED_ATTRS))
        s.attrs.count = 0;
    if (x->resource == TK_NONE) {
        x->resource = tk_batch_add_resource(b);
        x->scope = tk_batch_add_scope(b);
    }
    s.resource = x->resource;
    s.scope = x->scope;
    *tk_batch_add_span(b) = s;
}

static void set_times(struct next *x, uint32_t first)
{
    struct tk_batch *b = x->r.j.batch;
    for (uint32_t i = first; i < b->nspans; i++) {
        struct tk_span *s = &b->spans[i];
        uint64_t start_us = s->start_ns, duration_us = s->end_ns;
        if (start_us < EPOCH_MIN_US && x->ahead_us == INT64_MIN) {
            tki_note(b, TK_NOTE_NO_START);
            start_us = 0;
        } else if (start_us < EPOCH_MIN_US) {
            start_us = (uint64_t)((int64_t)start_us + x->ahead_us);
        }
        if (__builtin_mul_overflow(start_us, NS_OF_US, &s->start_ns) ||
            __builtin_mul_overflow(duration_us, NS_OF_US, &duration_us) ||
            __builtin_add_overflow(s->start_ns, duration_us, &s->end_ns))
            tki_js_fail_at(&x->r.j, x->r.start, "a span that ends after 2554");
    }
}

static void next(struct tki_records *r, char c)
{
    struct next *x = (struct next *)r;
    uint32_t first = r->j.batch->nspans;
    tki_record_begin(r);
    x->ahead_us = INT64_MIN;
    if (c != '[')
        span(x);
    else if (tki_js_array(&r->j))
        while (tki_js_item(&r->j))
            span(x);
    if (!r->j.error)
        set_times(x, first);
    tki_record_end(r);
}

static int decode(struct tki_decode *d)
{
    d->pos = tki_js_list_start(d, 1);
    struct next x = {.needs = d->needs, .resource = TK_NONE, .scope = TK_NONE};
    return tki_records_decode(&x.r, d, next);
}

static unsigned bid(const struct tki_head *head)
{
    static const struct tki_key must[] = {{"traceId", 2},  {"id", 2},        {"name", 2}, {"timestamp", 2},
                                          {"duration", 2}, {"startTime", 2}, {NULL, 0}};
    static const struct tki_key more[] = {{"tags", 2}, {"parentId", 2}, {NULL, 0}};
    unsigned bits = tki_all_keys_bits(head, must);
    return bits ? bits + tki_key_bits(head, more) : 0;
}

const struct tki_format tki_format_nextjs = {
    .info = {.name = "nextjs", .about = "Next.js's own trace of a build or a server (.next/trace)", .can_read = true},
    .bid = bid,
    .cutter = &tki_cut_json,
    .split = TKI_REPEATS(NULL), /* a list is one record: its clocks are compared */
    .decode = decode,
    .resync = tki_js_resync_value,
};
