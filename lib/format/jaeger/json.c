/* Jaeger's HTTP API and UI JSON: `{"data":[trace ...]}`, a bare trace, an array of traces, `{"data":trace}`,
 * one after another.
 *
 * A trace object is a record.  Its table of processes normally follows its spans, so the spans' process ids
 * are collected in a table, each with a resource row made at its first use, and filled when the table is met
 * or at the trace's end.  Old downloads nest whole spans under references[].span, and saved pages carry keys
 * that the UI computed: both are skipped.
 */
#include "format/jaeger/json.h"

#include "base/err.h"
#include "base/num.h"
#include "format/ids.h"
#include "format/js/bid.h"
#include "format/js/decimal.h"
#include "format/js/scan.h"

struct ctx {
    struct tki_js j;
    struct tk_batch *b;
    unsigned needs;
    uint64_t records;
    struct tki_jaeger_span w;

    struct tki_jaeger_table table; /* of the trace under way */

    tk_str id_text; /* the trace id parsed last: all spans of a trace repeat it */
    tk_id128 id;
    tk_id128 trace_id; /* of the trace object; zero until it is met */
    uint32_t first_span;
    bool anonymous; /* a span of this trace had no trace id of its own */

    const char *record; /* where the record under way started */
    struct tki_mark mark;
};

#define KEY(k, name) TKI_STR_IS(k, name)

static tk_id128 trace_id(struct ctx *x)
{
    tk_str s = tki_js_str(&x->j);
    if (!tki_str_eq(s, x->id_text)) {
        x->id = tki_trace_id(x->b, s, &x->j.odd);
        x->id_text = s;
    }
    return x->id;
}

static uint64_t span_id(struct ctx *x)
{
    return tki_span_id(x->b, tki_js_str(&x->j), &x->j.odd);
}

/* ---- processes ---- */

static void process_fields(struct ctx *x, uint32_t row)
{
    struct tki_js *j = &x->j;
    tk_str k, service = {0};
    if (!tki_js_object(j))
        return;
    uint32_t first = tki_jaeger_process_begin(x->b);
    while (tki_js_key(j, &k)) {
        if (KEY(k, "serviceName"))
            service = tki_js_str(j);
        else if (KEY(k, "tags") && x->needs & TK_NEED_RESOURCE)
            tki_jaeger_json_tags(j, false);
        else
            tki_js_skip(j);
    }
    tki_jaeger_process_end(x->b, row, first, service, x->needs);
}

static void process_table(struct ctx *x)
{
    struct tki_js *j = &x->j;
    tk_str id;
    if (!tki_js_object(j))
        return;
    while (tki_js_key(j, &id)) {
        struct tki_jaeger_entry *p = tki_jaeger_table_find(&x->table, x->b, id);
        if (!p) {
            tki_js_fail(j, "out of memory");
            return;
        }
        if (p->row != TK_NONE) {
            p->at = NULL;
            process_fields(x, p->row);
        } else {
            tki_js_peek(j);
            p->at = j->p;
            tki_js_skip(j);
        }
    }
}

/* The resource row of the span's process.  A process inside the span counts where the table has none. */
static uint32_t resource_of(struct ctx *x, tk_str id, tk_str inside)
{
    struct tki_jaeger_entry *p = tki_jaeger_table_find(&x->table, x->b, id.p || !inside.p ? id : inside);
    if (!p) {
        tki_js_fail(&x->j, "out of memory");
        return 0;
    }
    if (p->row == TK_NONE)
        p->row = tk_batch_add_resource(x->b);
    if (!p->at && inside.p && !x->b->resources[p->row].present)
        p->at = inside.p;
    return p->row;
}

/* ---- spans ---- */

static void references(struct ctx *x)
{
    struct tki_js *j = &x->j;
    tk_str k;
    if (!tki_js_array(j))
        return;
    while (tki_js_item(j)) {
        struct tki_jaeger_ref r = {.trace_id = x->w.s.trace_id};
        if (!tki_js_object(j))
            continue;
        while (tki_js_key(j, &k)) {
            if (KEY(k, "refType")) {
                tk_str type = tki_js_str(j);
                r.follows = KEY(type, "FOLLOWS_FROM") || KEY(type, "follows_from");
            } else if (KEY(k, "traceID")) {
                r.trace_id = trace_id(x);
            } else if (KEY(k, "spanID")) {
                r.span_id = span_id(x);
            } else {
                tki_js_skip(j); /* `span`: the whole span that is meant, with its own references ... */
            }
        }
        tki_jaeger_ref(&x->w, r.follows, r.trace_id, r.span_id);
    }
}

static void logs(struct ctx *x)
{
    struct tki_js *j = &x->j;
    tk_str k;
    if (!(x->needs & TK_NEED_EVENTS)) {
        x->w.s.events.count = tki_js_count(j);
        return;
    }
    if (!tki_js_array(j))
        return;
    while (tki_js_item(j)) {
        uint32_t first = x->b->nattrs;
        uint64_t time_ns = 0;
        bool negative;
        if (tki_js_object(j))
            while (tki_js_key(j, &k)) {
                if (KEY(k, "timestamp"))
                    time_ns = tki_js_micros(j, &negative);
                else if (KEY(k, "fields"))
                    tki_jaeger_json_tags(j, false);
                else
                    tki_js_skip(j);
            }
        tki_jaeger_log(&x->w, time_ns, first);
    }
}

static void warnings(struct ctx *x)
{
    struct tki_js *j = &x->j;
    if (!(x->needs & TK_NEED_ATTRS)) {
        tki_js_skip(j);
        return;
    }
    uint32_t base = tki_batch_stack(x->b);
    if (tki_js_array(j))
        while (tki_js_item(j)) {
            tk_str s = tki_jaeger_json_text(j);
            tki_batch_push(x->b)->value =
                (struct tk_value){.type = TK_STRING, .n = (uint32_t)s.n, .v.s = s.p};
        }
    x->w.warnings = tki_batch_pop_kids(x->b, base);
}

static void duration(struct ctx *x)
{
    bool negative;
    uint64_t ns = tki_js_micros(&x->j, &negative);
    x->w.duration_ns = negative ? -(int64_t)ns : (int64_t)ns;
}

static void start_time(struct ctx *x)
{
    bool negative;
    uint64_t ns = tki_js_micros(&x->j, &negative);
    x->w.s.start_ns = negative ? 0 : ns;
}

#define MATCH(p, literal) (memcmp(p, literal, sizeof(literal) - 1) == 0 && ((p) += sizeof(literal) - 1, true))

/* The trace id parsed last once more, and its closing quote. */
static inline bool same_trace(const struct ctx *x, const char **p)
{
    size_t n = x->id_text.n;
    if (n > 32 || n < 16 || memcmp(*p, x->id_text.p, n) != 0 || (*p)[n] != '"')
        return false;
    *p += n + 1;
    return true;
}

static inline bool plain_id(const char **p, uint64_t *id)
{
    if (!tki_hex16(*p, id) || (*p)[16] != '"')
        return false;
    *p += 17;
    return true;
}

/* A list with nothing in it or the parent only. */
static inline bool usual_references(struct ctx *x, const char **at)
{
    const char *p = *at;
    uint64_t id;
    if (!MATCH(p, ",\"references\":["))
        return false;
    if (*p != ']') {
        if (!MATCH(p, "{\"refType\":\"CHILD_OF\",\"traceID\":\"") || !same_trace(x, &p) ||
            !MATCH(p, ",\"spanID\":\"") || !plain_id(&p, &id) || !MATCH(p, "}]"))
            return false;
        tki_jaeger_ref(&x->w, false, x->id, id);
        *at = p;
        return true;
    }
    *at = p + 1;
    return true;
}

/* The members of a span as far as they are laid out as Jaeger's server does it: the rest is for the general
 * way, which goes on wherever this stops.  Reads stay inside the padding behind the piece: a mismatch stops
 * at its zeros. */
static void usual_members(struct ctx *x, tk_str *process_id, bool *named)
{
    struct tki_js *j = &x->j;
    const char *p = j->p;
    if (!MATCH(p, "\"traceID\":\"") || !same_trace(x, &p) || !MATCH(p, ",\"spanID\":\"") ||
        !plain_id(&p, &x->w.s.span_id))
        return;
    x->w.s.trace_id = x->id;
    *named = true;
    j->fresh = false;
    j->p = p;
    if (MATCH(p, ",\"flags\":")) {
        if (p[0] != '1' || p[1] != ',')
            return;
        x->w.flags = 1;
        j->p = ++p;
    }
    tk_str name;
    if (!MATCH(p, ",\"operationName\":\"") || !tki_js_plain_string(&p, &name))
        return;
    if (x->needs & TK_NEED_NAME)
        x->w.s.name = name;
    j->p = p;
    if (!usual_references(x, &p))
        return;
    j->p = p;
    if (!MATCH(p, ",\"startTime\":"))
        return;
    j->p = p;
    start_time(x);
    p = j->p;
    if (!MATCH(p, ",\"duration\":"))
        return;
    j->p = p;
    duration(x);
    p = j->p;
    if (!MATCH(p, ",\"tags\":"))
        return;
    j->p = p;
    tki_jaeger_json_span_tags(j, &x->w);
    p = j->p;
    if (!MATCH(p, ",\"logs\":"))
        return;
    j->p = p;
    logs(x);
    p = j->p;
    if (!MATCH(p, ",\"processID\":\"") || !tki_js_plain_string(&p, process_id))
        return;
    j->p = p;
    if (MATCH(p, ",\"warnings\":null"))
        j->p = p;
}

static void span(struct ctx *x)
{
    struct tki_js *j = &x->j;
    tk_str k, process_id = {0}, process = {0};
    bool named = false;
    tki_js_peek(j);
    const char *start = j->p;
    if (!tki_js_object(j))
        return;
    tki_jaeger_span_begin(&x->w, x->b, x->needs);
    usual_members(x, &process_id, &named);
    while (tki_js_key(j, &k)) {
        if (KEY(k, "traceID"))
            x->w.s.trace_id = trace_id(x);
        else if (KEY(k, "spanID")) {
            x->w.s.span_id = span_id(x);
            named = true;
        } else if (KEY(k, "operationName")) {
            tk_str name = tki_js_str(j);
            if (x->needs & TK_NEED_NAME)
                x->w.s.name = name;
        } else if (KEY(k, "references"))
            references(x);
        else if (KEY(k, "startTime"))
            start_time(x);
        else if (KEY(k, "duration"))
            duration(x);
        else if (KEY(k, "tags"))
            tki_jaeger_json_span_tags(j, &x->w);
        else if (KEY(k, "logs"))
            logs(x);
        else if (KEY(k, "processID"))
            process_id = tki_js_str(j);
        else if (KEY(k, "warnings"))
            warnings(x);
        else if (KEY(k, "flags"))
            x->w.flags = (uint32_t)tki_js_u64(j);
        else if (KEY(k, "parentSpanID"))
            x->w.parent_id = span_id(x);
        else if (KEY(k, "process"))
            process = tki_js_peek(j) == '{' ? tki_js_raw(j) : (tki_js_skip(j), (tk_str){0});
        else
            tki_js_skip(j);
    }
    if (!named && !j->error) {
        j->p = start;
        tki_js_fail(j, "expected a span with spanID");
    }
    if (j->error)
        return;
    if (tki_id_zero(x->w.s.trace_id)) {
        x->w.s.trace_id = x->trace_id;
        x->anonymous = true;
    }
    x->w.s.resource = resource_of(x, process_id, process);
    tki_jaeger_span_end(&x->w);
}

/* ---- traces and documents ---- */

static void trace_begin(struct ctx *x)
{
    tki_jaeger_table_reset(&x->table);
    x->trace_id = (tk_id128){0, 0};
    x->first_span = x->b->nspans;
    x->anonymous = false;
}

/* false: a member that has no meaning here; the cursor is still at it. */
static bool trace_member(struct ctx *x, tk_str k)
{
    if (KEY(k, "spans")) {
        if (tki_js_array(&x->j))
            while (tki_js_item(&x->j))
                span(x);
    } else if (KEY(k, "processes")) {
        process_table(x);
    } else if (KEY(k, "traceID")) {
        x->trace_id = trace_id(x);
    } else {
        return false;
    }
    return true;
}

static void trace_end(struct ctx *x)
{
    struct tki_js *j = &x->j;
    const char *here = j->p;
    for (uint32_t i = 0; i < x->table.n && !j->error; i++) {
        const struct tki_jaeger_entry *p = &x->table.entries[i];
        if (!p->at || p->row == TK_NONE)
            continue;
        j->p = p->at;
        process_fields(x, p->row);
    }
    if (j->error)
        return;
    j->p = here;
    if (x->anonymous)
        for (uint32_t i = x->first_span; i < x->b->nspans; i++)
            if (tki_id_zero(x->b->spans[i].trace_id))
                x->b->spans[i].trace_id = x->trace_id;
    x->records++;
    x->record = j->p;
    x->mark = tki_batch_mark(x->b);
}

static void record_begin(struct ctx *x)
{
    tki_js_peek(&x->j);
    x->record = x->j.p;
    x->mark = tki_batch_mark(x->b);
}

/* An element of data[]. */
static void trace(struct ctx *x)
{
    tk_str k;
    bool any = false;
    record_begin(x);
    if (!tki_js_object(&x->j))
        return;
    trace_begin(x);
    while (tki_js_key(&x->j, &k)) {
        if (trace_member(x, k))
            any = any || KEY(k, "spans");
        else
            tki_js_skip(&x->j);
    }
    if (!any && !x->j.error) {
        x->j.p = x->record;
        tki_js_fail(&x->j, "expected a trace with \"spans\"");
    }
    if (!x->j.error)
        trace_end(x);
}

static void data(struct ctx *x)
{
    if (tki_js_peek(&x->j) == '{')
        trace(x);
    else if (tki_js_array(&x->j))
        while (tki_js_item(&x->j))
            trace(x);
}

static const char refusal[] = "this is an error message of a Jaeger server, not traces";

/* An answer of the API, or a bare trace. */
static void document(struct ctx *x)
{
    struct tki_js *j = &x->j;
    tk_str k;
    bool answer = false, bare = false, members = false;
    uint32_t refused = 0;
    uint64_t before = x->records;
    record_begin(x);
    const char *start = x->record;
    if (!tki_js_object(j))
        return;
    trace_begin(x);
    while (tki_js_key(j, &k)) {
        members = true;
        if (KEY(k, "data")) {
            answer = true;
            data(x);
        } else if (KEY(k, "errors")) {
            refused = tki_js_count(j);
        } else if (!answer && trace_member(x, k)) {
            bare = bare || KEY(k, "spans");
        } else {
            tki_js_skip(j);
        }
    }
    if (j->error)
        return;
    if (bare) {
        trace_end(x);
    } else if (refused && x->records == before) {
        j->p = start;
        tki_js_fail(j, refusal);
    } else if (members && !answer) {
        j->p = start;
        tki_js_fail(j, "expected \"data\" or \"spans\" in the document");
    }
}

/* Behind a bad trace that was skipped, the rest of its document follows without its beginning. */
static bool document_rest(struct ctx *x, char c)
{
    if (c == ']' || c == '}') {
        x->j.p++;
    } else if (c == '"') {
        tki_js_str(&x->j);
        if (tki_js_peek(&x->j) == ':')
            x->j.p++;
        tki_js_skip(&x->j);
    } else {
        return false;
    }
    return true;
}

static int decode(struct tki_decode *d)
{
    struct ctx x;
    memset(&x, 0, offsetof(struct ctx, w));
    memset(&x.table, 0, sizeof x - offsetof(struct ctx, table));
    x.b = d->batch;
    x.needs = d->needs;
    x.records = d->records;
    d->batch->needs = d->needs;
    bool resumed = d->pos > 0;
    tki_js_init(&x.j, d->in, d->pos, d->batch);
    while (tki_js_peek(&x.j), x.j.p < x.j.end) {
        char c = *x.j.p;
        record_begin(&x);
        if (c == ',' || c == '\x1e') {
            x.j.p++;
        } else if (c == '[') {
            if (tki_js_array(&x.j))
                while (tki_js_item(&x.j))
                    document(&x);
        } else if (!resumed || !document_rest(&x, c)) {
            document(&x);
        }
        d->records = x.records;
        int r = tki_js_end_record(&x.j, d, x.record, &x.mark);
        if (r < 0) {
            if (x.j.error == refusal)
                tki_err_set(d->err, r, "%s", refusal);
            return r;
        }
    }
    d->pos = d->in.n;
    return 0;
}

/* ---- recognising ---- */

/* Other answers of the API have "data", too: of services, operations, dependencies. */
static bool has_no_data(tk_str head)
{
    const char *end = head.p + head.n, *p = memmem(head.p, head.n, "\"data\"", 6);
    p = p ? tki_json_ws(p + 6, end) : end;
    if (p == end || *p != ':')
        return false;
    p = tki_json_ws(p + 1, end);
    if (p < end && *p == '[') {
        p = tki_json_ws(p + 1, end);
        return p < end && *p == ']';
    }
    return end - p >= 4 && memcmp(p, "null", 4) == 0;
}

static unsigned bid(tk_str head, bool eof)
{
    static const struct tki_key_bid table[] = {{"spans", 3, 40}, {"processes", 3, 72}, {NULL, 0, 0}};
    static const struct tki_key_bid words[] = {{"traceID", 5, 56}, {"processID", 5, 72}, {NULL, 0, 0}};
    static const struct tki_key_bid more_words[] = {
        {"operationName", 5, 104}, {"references", 5, 80}, {NULL, 0, 0}};
    static const struct tki_key_bid answer[] = {{"data", 1, 32}, {NULL, 0, 0}};
    static const struct tki_key_bid page[] = {
        {"total", 1, 40}, {"limit", 1, 40}, {"offset", 1, 48}, {"errors", 1, 48}, {NULL, 0, 0}};
    unsigned bits = tki_bid_keys(head, table);
    unsigned more = bits ? tki_bid_keys(head, words) : 0;
    unsigned top = tki_bid_keys(head, answer);
    if (more)
        return bits + more + top + tki_bid_keys(head, more_words);
    /* Nothing found: {"data":[],...}. */
    unsigned pages = top && eof && has_no_data(head) ? tki_bid_keys(head, page) : 0;
    if (pages)
        return top + pages;
    tk_str empty = TKI_STR("{\"data\":[]}");
    return eof && head.n >= empty.n && memcmp(head.p, empty.p, empty.n) == 0 ? top : 0;
}

static const char *const split[] = {".data[]", "[]", NULL};

const struct tki_format tki_format_jaeger_json = {
    .info = {.name = "jaeger",
             .about = "Jaeger's HTTP API and UI JSON; written as one API document, a trace a line",
             .can_read = true,
             .can_write = true,
             .whole_traces = true},
    .bid = bid,
    .cutter = &tki_cut_json,
    .split = split,
    .rest = true,
    .decode = decode,
    .resync = tki_js_resync_value,
    .begin = tki_jaeger_json_begin,
    .put = tki_jaeger_json_put,
    .end = tki_jaeger_json_end,
};
