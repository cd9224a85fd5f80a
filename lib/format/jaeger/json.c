/* Jaeger's HTTP API and UI JSON: `{"data":[trace ...]}`, a bare trace, an array of traces, `{"data":trace}`,
 * one after another.
 *
 * An element of spans[] is a span, unless it has members that are not Jaeger's, and neither a name nor a start: then it
 * is a record of another tool, which is counted.
 *
 * A trace object is a record, and is read again without a span that was bad, since what names its processes comes last.
 * Its table of processes normally follows its spans, so the spans' process ids
 * are collected in a table, each with a resource row made at its first use, and filled when the table is met
 * or at the trace's end.  Old downloads nest whole spans under references[].span, and saved pages carry keys
 * that the UI computed: both are skipped.
 */
#include "format/jaeger/json.h"
#include "base/err.h"
#include "base/num.h"
#include "format/js/decimal.h"
#include "format/js/documents.h"
#include "format/js/scan.h"

struct ctx {
    struct tki_jaeger_json s;
    const struct tki_decode *d;
    const char *span;  /* the one under way; NULL: none */
    tk_id128 trace_id; /* of the trace object; zero until it is met */
    uint32_t first_span;
    bool anonymous; /* a span of this trace had no trace id of its own */
};

#define KEY(k, name) TKI_STR_IS(k, name)

/* ---- processes ---- */

static void process_table(struct ctx *x)
{
    struct tki_js *j = &x->s.r.j;
    tk_str id;
    if (!tki_js_object(j))
        return;
    while (tki_js_key(j, &id)) {
        struct tki_jaeger_entry *p = tki_jaeger_table_find(&x->s.processes, x->s.r.j.batch, id);
        if (!p) {
            tki_js_fail(j, "out of memory");
            return;
        }
        if (p->row != TK_NONE) {
            p->at = NULL;
            tki_jaeger_json_process(&x->s, p->row);
        } else {
            p->at = tki_js_later(j);
        }
    }
}

/* The resource row of the span's process.  A process inside the span counts where the table has none. */
static uint32_t resource_of(struct ctx *x)
{
    tk_str id = x->s.process_id, inside = x->s.process;
    struct tki_jaeger_entry *p =
        tki_jaeger_table_find(&x->s.processes, x->s.r.j.batch, id.p || !inside.p ? id : inside);
    if (!p) {
        tki_js_fail(&x->s.r.j, "out of memory");
        return 0;
    }
    if (p->row == TK_NONE)
        p->row = tk_batch_add_resource(x->s.r.j.batch);
    if (!p->at && inside.p && !x->s.r.j.batch->resources[p->row].present)
        p->at = inside.p;
    return p->row;
}

/* ---- spans ---- */

#define MATCH(p, literal) (memcmp(p, literal, sizeof(literal) - 1) == 0 && ((p) += sizeof(literal) - 1, true))

/* The trace id parsed last once more, and its closing quote. */
static inline bool same_trace(const struct tki_jaeger_json *s, const char **p)
{
    size_t n = s->ids.text.n;
    if (n > 32 || n < 16 || memcmp(*p, s->ids.text.p, n) != 0 || (*p)[n] != '"')
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
static inline bool usual_references(struct tki_jaeger_json *s, const char **at)
{
    const char *p = *at;
    uint64_t id;
    if (!MATCH(p, ",\"references\":["))
        return false;
    if (*p != ']') {
        if (!MATCH(p, "{\"refType\":\"CHILD_OF\",\"traceID\":\"") || !same_trace(s, &p) ||
            !MATCH(p, ",\"spanID\":\"") || !plain_id(&p, &id) || !MATCH(p, "}]"))
            return false;
        tki_jaeger_ref(&s->w, false, s->ids.id, id);
        *at = p;
        return true;
    }
    *at = p + 1;
    return true;
}

/* The members of a span as far as they are laid out as Jaeger's server does it: the rest is for the general
 * way, which goes on wherever this stops.  Reads stay inside the padding behind the piece: a mismatch stops
 * at its zeros. */
static void usual_members(struct tki_jaeger_json *s)
{
    struct tki_js *j = &s->r.j;
    const char *p = j->p;
    if (!MATCH(p, "\"traceID\":\"") || !same_trace(s, &p) || !MATCH(p, ",\"spanID\":\"") ||
        !plain_id(&p, &s->w.s.span_id))
        return;
    s->w.s.trace_id = s->ids.id;
    s->has_trace = s->has_span = true;
    j->fresh = false;
    j->p = p;
    if (MATCH(p, ",\"flags\":")) {
        if (p[0] != '1' || p[1] != ',')
            return;
        s->w.flags = 1;
        j->p = ++p;
    }
    tk_str name;
    if (!MATCH(p, ",\"operationName\":\"") || !tki_js_plain_string(&p, &name))
        return;
    if (s->needs & TK_NEED_NAME)
        s->w.s.name = name;
    s->has_name = true;
    j->p = p;
    if (!usual_references(s, &p))
        return;
    j->p = p;
    if (!MATCH(p, ",\"startTime\":"))
        return;
    j->p = p;
    s->w.s.start_ns = tki_js_micros_or_0(j);
    p = j->p;
    if (!MATCH(p, ",\"duration\":"))
        return;
    j->p = p;
    tki_jaeger_json_duration(s);
    p = j->p;
    if (!MATCH(p, ",\"tags\":"))
        return;
    j->p = p;
    tki_jaeger_json_span_tags(s);
    p = j->p;
    if (!MATCH(p, ",\"logs\":"))
        return;
    j->p = p;
    tki_jaeger_json_logs(s);
    p = j->p;
    if (!MATCH(p, ",\"processID\":\"") || !tki_js_plain_string(&p, &s->process_id))
        return;
    j->p = p;
    if (MATCH(p, ",\"warnings\":null"))
        j->p = p;
}

/* Returns true if it was found bad before: d->around has the places of the bad ones in this trace, counted from 1. */
static bool is_bad(const struct ctx *x, const char *span)
{
    size_t at = (size_t)(span - x->d->in.p) + 1;
    for (unsigned i = 0; i < TKI_AROUND && x->d->around[i]; i++)
        if (x->d->around[i] == at)
            return true;
    return false;
}

/* Takes back the rows that an element of a trace's spans added, and counts it: it is no span. */
static void no_span(struct ctx *x, uint32_t attrs, uint32_t kids, uint32_t events, uint64_t dropped)
{
    struct tk_batch *b = x->s.r.j.batch;
    if (b->err)
        return;
    b->nattrs = attrs;
    b->nkids = kids;
    b->nevents = events;
    b->nlinks = x->s.w.refs_first;
    b->notes->n[TK_NOTE_MEMBER_DROPPED] = dropped;
    tki_note(b, TK_NOTE_IDS_ONLY);
    x->span = NULL;
}

static void span(struct ctx *x)
{
    static const char own[] =
        "traceID|spanID|parentSpanID|flags|references|duration|tags|logs|processID|warnings|process";
    static const struct tki_span_signs signs = {.any = "operationName|startTime", .own = own};
    /* What the UI makes of the others, in a page that was saved. */
    static const char derived[] =
        "depth|hasChildren|relativeStartTime|childSpanIds|childSpanCount|childSpans|subsidiarilyReferencedBy|"
        "spanCount|index";
    struct tki_jaeger_json *s = &x->s;
    struct tki_js *j = &s->r.j;
    const struct tk_batch *b = j->batch;
    uint32_t attrs = b->nattrs, kids = b->nkids, events = b->nevents;
    uint64_t dropped = b->notes->n[TK_NOTE_MEMBER_DROPPED];
    tk_str k;
    tki_js_peek(j);
    struct tki_js start = *j;
    if (is_bad(x, start.p)) {
        tki_js_skip(j);
        return;
    }
    x->span = start.p;
    if (!tki_js_object(j))
        return;
    tki_jaeger_json_span_begin(s);
    usual_members(s);
    while (tki_js_key(j, &k))
        if (!tki_jaeger_json_member(s, k))
            tki_js_drop(j, k, derived);
    if (!s->has_span)
        tki_js_fail_at(j, start.p, "expected a span with spanID");
    if (j->error)
        return;
    if (tki_jaeger_json_no_span(s, &start, &signs)) {
        no_span(x, attrs, kids, events, dropped);
        return;
    }
    if (tki_id_zero(s->w.s.trace_id)) {
        s->w.s.trace_id = x->trace_id;
        x->anonymous = true;
    }
    s->w.s.resource = resource_of(x);
    tki_jaeger_json_span_end(s);
    if (!j->error)
        x->span = NULL;
}

/* ---- traces and documents ---- */

static void trace_begin(struct ctx *x)
{
    tki_jaeger_table_reset(&x->s.processes);
    x->trace_id = (tk_id128){0, 0};
    x->first_span = x->s.r.j.batch->nspans;
    x->anonymous = false;
}

/* Takes a member.  Returns false when the member has no meaning here; the cursor is then still at its value. */
static bool trace_member(struct ctx *x, tk_str k)
{
    if (KEY(k, "spans")) {
        if (tki_js_array(&x->s.r.j))
            while (tki_js_item(&x->s.r.j))
                span(x);
    } else if (KEY(k, "processes")) {
        process_table(x);
    } else if (KEY(k, "traceID")) {
        x->trace_id = tki_jaeger_json_trace_id(&x->s);
    } else {
        return false;
    }
    return true;
}

static void trace_end(struct ctx *x)
{
    struct tki_js *j = &x->s.r.j;
    for (uint32_t i = 0; i < x->s.processes.n && !j->error; i++) {
        const struct tki_jaeger_entry *p = &x->s.processes.entries[i];
        if (p->at && p->row != TK_NONE)
            tki_jaeger_json_process_at(&x->s, p->at, p->row);
    }
    if (j->error)
        return;
    if (x->anonymous)
        for (uint32_t i = x->first_span; i < j->batch->nspans; i++)
            if (tki_id_zero(j->batch->spans[i].trace_id))
                j->batch->spans[i].trace_id = x->trace_id;
    tki_record_end(&x->s.r);
}

/* Of a trace, what the UI makes of its spans in a page that was saved. */
static const char derived[] = "duration|startTime|endTime|traceName|traceEmoji|services|orphanSpanCount";

/* An element of data[]. */
static void trace(struct ctx *x)
{
    tk_str k;
    bool any = false;
    tki_record_begin(&x->s.r);
    if (!tki_js_object(&x->s.r.j))
        return;
    trace_begin(x);
    while (tki_js_key(&x->s.r.j, &k)) {
        if (trace_member(x, k))
            any = any || KEY(k, "spans");
        else
            tki_js_drop(&x->s.r.j, k, derived);
    }
    if (!any)
        tki_js_fail_at(&x->s.r.j, x->s.r.start, "expected a trace with \"spans\"");
    if (!x->s.r.j.error)
        trace_end(x);
}

static void data(struct ctx *x)
{
    if (tki_js_peek(&x->s.r.j) == '{')
        trace(x);
    else if (tki_js_array(&x->s.r.j))
        while (tki_js_item(&x->s.r.j))
            trace(x);
}

/* An answer of the API, or a bare trace. */
static void document(struct ctx *x)
{
    struct tki_js *j = &x->s.r.j;
    tk_str k;
    bool answer = false, bare = false, members = false;
    uint32_t refused = 0, unknown = 0;
    uint64_t before = x->s.r.count;
    tki_record_begin(&x->s.r);
    const char *start = x->s.r.start;
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
            unknown += tki_js_loses(j, k, derived);
        }
    }
    if (j->error)
        return;
    if (bare)
        j->batch->notes->n[TK_NOTE_MEMBER_DROPPED] += unknown; /* what is around traces is of none */
    if (bare)
        trace_end(x);
    else if (refused && x->s.r.count == before)
        tki_js_refuse(j, start, "this is an error message of a Jaeger server, not traces");
    else if (members && !answer)
        tki_js_fail_at(j, start, "expected \"data\" or \"spans\" in the document");
}

static void next(struct tki_records *r, char c)
{
    struct ctx *x = (struct ctx *)r;
    if (tki_records_rest(r, c))
        return;
    if (c != '[')
        document(x);
    else if (tki_js_array(&r->j))
        while (tki_js_item(&r->j))
            document(x);
}

/* Returns true if the element of a list ends where its brackets say. */
static bool is_element(const char *p, const char *end)
{
    const char *q = tki_json_skip_value(p, end);
    q = q ? tki_json_ws(q, end) : end;
    return q < end && (*q == ',' || *q == ']');
}

/* Notes the bad span of the trace at d->pos, and in d->inside whether it can be left out and there was room for it. */
static void note_bad(struct tki_decode *d, const char *span)
{
    const char *end = d->in.p + d->in.n;
    unsigned n = 0;
    for (unsigned i = 0; i < TKI_AROUND; i++) {
        size_t at = d->around[i];
        d->around[i] = 0;
        if (at > d->pos) /* else of a trace before */
            d->around[n++] = at;
    }
    bool single = span && is_element(span, end) && tki_json_skip_value(d->in.p + d->pos, end);
    d->inside = single && n < TKI_AROUND;
    if (d->inside)
        d->around[n] = (size_t)(span - d->in.p) + 1;
    else if (single)
        tki_err_set(d->err, TK_EINVALID, "a trace of more than %d malformed spans, which is left out whole",
                    TKI_AROUND);
}

static int decode(struct tki_decode *d)
{
    static const struct tki_jaeger_dialect api = {0};
    struct ctx x;
    tki_jaeger_json_init(&x.s, &api, d);
    x.d = d;
    x.span = NULL;
    int r = tki_records_decode(&x.s.r, d, next);
    if (r < 0)
        note_bad(d, r == TK_EINVALID ? x.span : NULL);
    return r;
}

/* The trace once more without its bad spans, or behind it when there are too many. */
static bool resync(struct tki_decode *d)
{
    bool again = d->inside;
    d->inside = 0;
    return again || tki_js_resync_value(d);
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

static unsigned bid(const struct tki_head *head)
{
    static const struct tki_key table[] = {{"spans", 3}, {"processes", 3}, {NULL, 0}};
    static const struct tki_key ids[] = {{"traceID", 5}, {"processID", 5}, {NULL, 0}};
    static const struct tki_key more[] = {{"operationName", 5}, {"references", 5}, {NULL, 0}};
    static const struct tki_key answer[] = {{"data", 1}, {NULL, 0}};
    static const struct tki_key page[] = {{"total", 1}, {"limit", 1}, {"offset", 1}, {"errors", 1}, {NULL, 0}};
    unsigned top = tki_key_bits(head, answer);
    if (tki_keys_met(head, table) && tki_keys_met(head, ids))
        return tki_key_bits(head, table) + tki_key_bits(head, ids) + tki_key_bits(head, more) + top;
    /* Nothing found: {"data":[],...}. */
    unsigned pages = top && head->eof && has_no_data(head->text) ? tki_key_bits(head, page) : 0;
    if (pages)
        return top + pages;
    tk_str empty = TKI_STR("{\"data\":[]}");
    return head->eof && head->text.n >= empty.n && memcmp(head->text.p, empty.p, empty.n) == 0 ? top : 0;
}

const struct tki_format tki_format_jaeger_json = {
    .info = {.name = "jaeger",
             .about = "Jaeger's HTTP API and UI JSON; written as one API document, a trace a line",
             .can_read = true,
             .can_write = true,
             .whole_traces = true},
    .bid = bid,
    .cutter = &tki_cut_json,
    .split = TKI_REPEATS(".data[]", "[]"),
    .lossless = true,
    .unique_ids = true,
    .decode = decode,
    .resync = resync,
    .begin = tki_jaeger_json_begin,
    .put = tki_jaeger_json_put,
    .end = tki_jaeger_json_end,
};
