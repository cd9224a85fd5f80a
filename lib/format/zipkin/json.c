/* Zipkin's JSON: a list of spans, a list of such lists, single spans one after another.
 *
 * A span is a record.  Each is looked at by itself: one with binaryAnnotations or endpoints in annotations, and without
 * anything that only version 2 has, is of version 1, and read again as that; read as v2 it would silently lose its
 * services.
 *
 * Zipkin demands only two ids of a span, traceId and id, and records of other tools have these, too.  So an object with
 * members that are not Zipkin's is a span only when it has one that nobody but Zipkin has (an endpoint, annotations,
 * shared), or both a name and a timestamp.
 */
#include "format/zipkin/json.h"

#include "format/js/any.h"
#include "format/js/decimal.h"
#include "format/js/documents.h"
#include "format/js/ids.h"
#include "format/js/records.h"
#include "format/js/scan.h"
#include "format/zipkin/v1.h"

struct ctx {
    struct tki_records r;
    unsigned needs;
    struct tki_id_memo ids;
    bool looks_v1, looks_v2, named;
    struct tki_zipkin_v1 v1;
    struct tki_zipkin_span w;
};

#define KEY(k, name) TKI_STR_IS(k, name)

static tk_id128 trace_id(struct ctx *x)
{
    return tki_js_trace_id_memo(&x->r.j, &x->ids);
}

static uint64_t span_id(struct ctx *x)
{
    return tki_js_span_id(&x->r.j);
}

static uint64_t micros(struct ctx *x)
{
    return tki_js_micros_or_0(&x->r.j);
}

static void annotation(struct ctx *x)
{
    struct tki_js *j = &x->r.j;
    tk_str k, value = {0};
    uint64_t time_ns = 0;
    tki_js_peek(j);
    const char *at = j->p;
    bool timed = false;
    if (tki_js_object(j))
        while (tki_js_key(j, &k)) {
            if (KEY(k, "timestamp")) {
                timed = tki_js_peek(j) != 'n';
                time_ns = micros(x);
            } else if (KEY(k, "value")) {
                value = tki_js_str(j);
            } else {
                x->looks_v1 = x->looks_v1 || (KEY(k, "endpoint") && tki_js_peek(j) == '{');
                tki_js_drop(j, k, NULL);
            }
        }
    if (!timed || !value.p)
        tki_js_fail_at(j, at, "expected an annotation with timestamp and value");
    else if (x->needs & TK_NEED_EVENTS)
        tki_zipkin_annotation(&x->w, time_ns, value);
    else
        x->w.s.events.count++;
}

static void tags(struct ctx *x)
{
    struct tki_js *j = &x->r.j;
    struct tk_attr a;
    tki_zipkin_tags_begin(&x->w);
    if (tki_js_object(j))
        while (tki_js_key(j, &a.key)) {
            if (!tki_zipkin_wants(&x->w, a.key)) {
                tki_js_skip(j);
                continue;
            }
            a.value = (struct tk_value){0};
            tki_js_any_flat(j, &a.value);
            tki_zipkin_tag(&x->w, &a);
        }
    tki_zipkin_tags_end(&x->w);
}

static void span_field(struct ctx *x, tk_str k)
{
    struct tki_js *j = &x->r.j;
    x->looks_v1 = x->looks_v1 || (KEY(k, "binaryAnnotations") && tki_js_peek(j) == '[');
    x->looks_v2 =
        x->looks_v2 || ((KEY(k, "kind") || KEY(k, "remoteEndpoint") || KEY(k, "shared")) && tki_js_peek(j) != 'n');
    if (KEY(k, "kind")) {
        tk_str name = tki_js_str(j);
        if (name.n)
            tki_zipkin_kind(&x->w, name);
    } else if (KEY(k, "remoteEndpoint")) {
        tki_zipkin_json_endpoint(j, &x->w.remote);
    } else if (KEY(k, "annotations")) {
        if (tki_js_array(j))
            while (tki_js_item(j))
                annotation(x);
    } else if (KEY(k, "debug")) {
        x->w.debug = tki_js_bool(j);
    } else if (KEY(k, "shared")) {
        x->w.shared = tki_js_bool(j);
    } else {
        tki_js_drop(j, k, NULL);
    }
}

/* Returns true if the object at *start, whose members were read or in which the cursor failed, is a record of another
 * tool. */
static bool no_span(const struct ctx *x, const struct tki_js *start)
{
    static const struct tki_span_signs signs = {
        .ids = "traceId|id",
        .any = "localEndpoint|remoteEndpoint|annotations|binaryAnnotations|shared",
        .both = "name|timestamp",
        .own = "traceId|id|parentId|name|timestamp|duration|tags|kind|debug",
    };
    return (x->r.j.error || !x->named || !x->w.s.start_ns) && tki_js_no_span(start, &x->r.j, &signs);
}

/* The span object that was passed, once more as one of version 1. */
static void v1_span(struct ctx *x, const struct tki_js *start)
{
    struct tki_js *j = &x->r.j;
    tki_batch_rollback(j->batch, &x->r.mark);
    *j = *start;
    tki_zipkin_v1_reset(&x->v1);
    tki_zipkin_v1_json_span(j, &x->v1);
    if (j->error)
        return;
    x->v1.trace_id = x->w.s.trace_id;
    x->v1.span_id = x->w.s.span_id;
    x->v1.parent_id = x->w.s.parent_id;
    int r = tki_zipkin_v1_spans(&x->v1, &x->w, j->batch, x->needs);
    if (r == TK_ELIMIT)
        tki_js_fail_at(j, x->r.start, "a span of more than 1024 services");
    else if (r < 0)
        j->batch->err = r;
}

/* A span object, or null. */
static void span(struct ctx *x)
{
    struct tki_js *j = &x->r.j, start;
    struct tki_zipkin_span *w = &x->w;
    tk_str k;
    bool members = false;
    tki_record_begin(&x->r);
    start = *j;
    if (!tki_js_object(j))
        return;
    x->looks_v1 = x->looks_v2 = x->named = false;
    tki_zipkin_span_begin(w, j->batch, x->needs);
    while (tki_js_key(j, &k)) {
        members = true;
        if (KEY(k, "traceId"))
            w->s.trace_id = trace_id(x);
        else if (KEY(k, "id"))
            w->s.span_id = span_id(x);
        else if (KEY(k, "parentId"))
            w->s.parent_id = span_id(x);
        else if (KEY(k, "name")) {
            tk_str name = tki_js_str(j);
            x->named = name.p != NULL;
            if (x->needs & TK_NEED_NAME)
                w->s.name = name;
        } else if (KEY(k, "timestamp"))
            w->s.start_ns = micros(x);
        else if (KEY(k, "duration"))
            w->duration_ns = micros(x);
        else if (KEY(k, "localEndpoint")) {
            x->looks_v2 = x->looks_v2 || tki_js_peek(j) == '{';
            tki_zipkin_json_endpoint(j, &w->local);
        } else if (KEY(k, "tags")) {
            x->looks_v2 = x->looks_v2 || tki_js_peek(j) == '{';
            tags(x);
        } else
            span_field(x, k);
    }
    if (no_span(x, &start)) {
        tki_record_skip(&x->r, &start, TK_NOTE_IDS_ONLY);
        return;
    }
    if (!members || j->error)
        return;
    if (tki_id_zero(w->s.trace_id) || !w->s.span_id) {
        tki_js_fail_at(j, x->r.start, "expected a span with traceId and id");
        return;
    }
    if (w->s.parent_id == w->s.span_id)
        w->s.parent_id = 0;
    if (x->looks_v1 && !x->looks_v2)
        v1_span(x, &start);
    else
        tki_zipkin_span_end(w);
    tki_record_end(&x->r);
}

static void list(struct ctx *x, unsigned depth)
{
    if (!tki_js_array(&x->r.j))
        return;
    while (tki_js_item(&x->r.j)) {
        if (depth < 2 && tki_js_peek(&x->r.j) == '[')
            list(x, depth + 1);
        else
            span(x);
    }
}

static void next(struct tki_records *r, char c)
{
    struct ctx *x = (struct ctx *)r;
    if (c == '[')
        list(x, 1);
    else if (!tki_records_rest(r, c))
        span(x);
}

static int decode(struct tki_decode *d)
{
    struct ctx x;
    memset(&x, 0, offsetof(struct ctx, w));
    x.needs = d->needs;
    int r = tki_records_decode(&x.r, d, next);
    tki_zipkin_v1_free(&x.v1);
    return r;
}

/* ---- recognising ---- */

/* What both versions have in common. */
static unsigned bid_common(const struct tki_head *head)
{
    static const struct tki_key ids[] = {{"traceId", 3}, {"id", 3}, {NULL, 0}};
    static const struct tki_key more[] = {
        {"annotations", 3}, {"parentId", 3}, {"timestamp", 3}, {"duration", 3}, {NULL, 0}};
    unsigned bits = tki_all_keys_bits(head, ids);
    return bits ? bits + tki_key_bits(head, more) : 0;
}

/* The server's answer when it found nothing. */
static bool is_empty_list(const struct tki_head *head)
{
    const char *end = head->text.p + head->text.n, *p = tki_json_ws(head->text.p, end);
    while (end > p && (unsigned char)end[-1] <= ' ')
        end--;
    return head->eof && end - p == 2 && memcmp(p, "[]", 2) == 0;
}

static unsigned bid(const struct tki_head *head)
{
    static const struct tki_key own[] = {{"localEndpoint", 3}, {"remoteEndpoint", 3}, {"tags", 3}, {NULL, 0}};
    unsigned common = bid_common(head);
    return common ? common + tki_key_bits(head, own) : is_empty_list(head) ? 8 * 2 : 0;
}

static unsigned bid_v1(const struct tki_head *head)
{
    static const struct tki_key own[] = {{"binaryAnnotations", 3}, {"endpoint", 5}, {NULL, 0}};
    static const struct tki_key v2[] = {{"localEndpoint", 3}, {"remoteEndpoint", 3}, {"tags", 3},
                                        {"kind", 3},          {"shared", 3},         {NULL, 0}};
    unsigned common = bid_common(head), bits = tki_key_bits(head, own);
    return common && bits && !tki_keys_met(head, v2) ? common + bits : 0;
}

static const char *const split[] = {"[][]", "[]", NULL};

const struct tki_format tki_format_zipkin_json = {
    .info = {.name = "zipkin",
             .about = "Zipkin v2 JSON: a list of spans, a list of lists, single spans; written as a list, a "
                      "span a line",
             .can_read = true,
             .can_write = true},
    .bid = bid,
    .cutter = &tki_cut_json,
    .split = split,
    .lossless = true,
    .decode = decode,
    .resync = tki_js_resync_value,
    .begin = tki_zipkin_json_begin,
    .put = tki_zipkin_json_put,
    .end = tki_zipkin_json_end,
};

const struct tki_format tki_format_zipkin_v1 = {
    .info = {.name = "zipkin-v1",
             .about = "Zipkin v1 JSON: the same shapes; a span of several services is read as one for each",
             .can_read = true,
             .can_write = true},
    .bid = bid_v1,
    .cutter = &tki_cut_json,
    .split = split,
    .decode = decode,
    .resync = tki_js_resync_value,
    .begin = tki_zipkin_json_begin,
    .put = tki_zipkin_v1_json_put,
    .end = tki_zipkin_json_end,
};
