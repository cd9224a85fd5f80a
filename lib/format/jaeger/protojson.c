/* Jaeger's api_v2 protobuf and Thrift structs as JSON: what protojson and jsonpb make of them (Kafka's "json"
 * encoding, one span a line) and what Go's encoding/json makes of the generated structs.
 *
 * Keys come in camel or snake case, ids as base64 of their bytes or, of Thrift, as signed numbers; the type of a tag
 * is a name or its number.  Times are texts (or seconds and nanoseconds), and then a duration that is a number counts
 * nanoseconds; of Thrift both count microseconds.  A document is a span, a Batch (one process, its spans), a Trace or
 * chunk (spans that hold their process or name one of the table), either in "result", or a list of these.
 */
#include "base/num.h"
#include "base/time.h"
#include "format/jaeger/json.h"
#include "format/js/decimal.h"
#include "format/js/documents.h"

enum { DEPTH_MAX = 8 }; /* of what stands around spans */

/* Go's encoding/json prints the inner members of structs, too. */
static const char told[] = "XXX_sizecache";

/* Parts of a document that are looked at when all of it is known. */
struct parts {
    const char *duration, *spans, *process, *map;
    bool own;    /* a member that spans of OTLP do not have; with ids alone it makes no span */
    bool micros; /* of a duration that is a number */
    bool around; /* other documents */
};

struct ctx {
    struct tki_jaeger_json s;
    unsigned depth;              /* of documents */
    unsigned open;               /* brackets around the cursor */
    unsigned list;               /* brackets around the spans of the holder under way; 0: there is none */
    struct parts holder;         /* what it has beside them */
    uint32_t process_row;        /* of its process; TK_NONE until a span uses it */
    struct tki_jaeger_table ids; /* of its table of processes */
};

#define KEY(k, name) TKI_STR_IS(k, name)

/* Returns true if a key is that name in camel case or in snake case.  Capitals differ from Jaeger's API and documents,
 * whose spans are not read here. */
static bool spells(tk_str k, const char *camel)
{
    size_t i = 0;
    for (; *camel; camel++, i++) {
        if (i + 1 < k.n && k.p[i] == '_' && *camel >= 'A' && *camel <= 'Z' && k.p[i + 1] == (*camel | 32))
            i++;
        else if (i == k.n || k.p[i] != *camel)
            return false;
    }
    return i == k.n;
}

static tk_str name_of(tk_str k)
{
    static const struct {
        const char *camel, *name;
    } names[] = {{"traceId", "traceID"},
                 {"spanId", "spanID"},
                 {"operationName", "operationName"},
                 {"startTime", "startTime"},
                 {"processId", "processID"},
                 {"parentSpanId", "parentSpanID"},
                 {"traceIdLow", "traceIDLow"},
                 {"traceIdHigh", "traceIDHigh"},
                 {"refType", "refType"},
                 {"serviceName", "serviceName"},
                 {"processMap", "processMap"},
                 {"vType", "vType"},
                 {"vStr", "vStr"},
                 {"vBool", "vBool"},
                 {"vInt64", "vInt64"},
                 {"vFloat64", "vFloat64"},
                 {"vBinary", "vBinary"},
                 {"vLong", "vLong"},
                 {"vDouble", "vDouble"},
                 {"traceID", ""},
                 {"spanID", ""}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (spells(k, names[i].camel))
            return tki_str(names[i].name);
    return k;
}

/* ---- ids ---- */

/* What base64 makes of an id is 8 or 16 bytes. */
static size_t id_bytes(tk_str s, unsigned char raw[20])
{
    size_t n = s.n == 12 || s.n == 24 ? tki_base64_decode((char *)raw, s) : 0;
    return n == 8 || n == 16 ? n : 0;
}

static tk_id128 trace_id(struct tki_jaeger_json *s)
{
    unsigned char raw[20];
    if (tki_js_peek(&s->r.j) != '"')
        return (tk_id128){0, tki_js_u64(&s->r.j)};
    tk_str text = tki_js_str(&s->r.j);
    size_t n = id_bytes(text, raw);
    if (n)
        return (tk_id128){n == 16 ? tki_load_be64(raw) : 0, tki_load_be64(raw + n - 8)};
    return tki_trace_id(s->r.j.batch, text, &s->r.j.odd);
}

static uint64_t span_id(struct tki_jaeger_json *s)
{
    unsigned char raw[20];
    if (tki_js_peek(&s->r.j) != '"')
        return tki_js_u64(&s->r.j);
    tk_str text = tki_js_str(&s->r.j);
    return id_bytes(text, raw) == 8 ? tki_load_be64(raw) : tki_span_id(s->r.j.batch, text, &s->r.j.odd);
}

/* ---- times ---- */

/* An object of seconds and nanos, in nanoseconds modulo 2^64. */
static uint64_t seconds_nanos(struct tki_js *j)
{
    uint64_t ns = 0;
    tk_str k;
    if (tki_js_object(j))
        while (tki_js_key(j, &k)) {
            if (KEY(k, "seconds"))
                ns += tki_js_u64(j) * 1000000000;
            else if (KEY(k, "nanos"))
                ns += tki_js_u64(j);
            else
                tki_js_drop(j, k, NULL);
        }
    return ns;
}

static uint64_t time_of(struct tki_js *j)
{
    char c = tki_js_peek(j);
    if (c == '"' || c == 'n')
        return tki_js_time(j);
    if (c != '{')
        return tki_js_micros_or_0(j);
    int64_t t = (int64_t)seconds_nanos(j);
    return t < 0 ? 0 : (uint64_t)t;
}

/* A duration as Go prints it, "1h2m3.5s", and as protojson does, "0.000005s"; other numbers count micro- or
 * nanoseconds. */
static void duration(struct tki_jaeger_json *s, bool micros)
{
    struct tki_js *j = &s->r.j;
    char c = tki_js_peek(j);
    if (c == '{') {
        s->w.duration_ns = (int64_t)seconds_nanos(j);
    } else if (c == '"') {
        const char *at = j->p;
        tk_str text = tki_js_str(j);
        if (!tki_parse_duration(text, &s->w.duration_ns))
            tki_js_fail_at(j, at, "expected a duration");
    } else if (micros) {
        tki_jaeger_json_duration(s);
    } else {
        s->w.duration_ns = tki_js_i64(j);
    }
}

/* ---- tags ---- */

enum type { UNTOLD, STRING, BOOL, INT, DOUBLE, BINARY };

static enum type type_of(struct tki_js *j, bool *numbered)
{
    static const struct {
        const char *name;
        enum type type;
    } names[] = {{"string", STRING},  {"bool", BOOL},     {"int64", INT},    {"long", INT},
                 {"float64", DOUBLE}, {"double", DOUBLE}, {"binary", BINARY}};
    *numbered = tki_js_peek(j) != '"';
    if (*numbered) {
        uint64_t n = tki_js_u64(j);
        return n < 5 ? STRING + (enum type)n : UNTOLD;
    }
    tk_str s = tki_js_str(j);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (tki_str_same_letters(s, tki_str(names[i].name)))
            return names[i].type;
    return UNTOLD;
}

/* The type whose value a key holds. */
static enum type holds(tk_str k)
{
    return KEY(k, "vStr")                            ? STRING
           : KEY(k, "vBool")                         ? BOOL
           : KEY(k, "vInt64") || KEY(k, "vLong")     ? INT
           : KEY(k, "vFloat64") || KEY(k, "vDouble") ? DOUBLE
           : KEY(k, "vBinary")                       ? BINARY
                                                     : UNTOLD;
}

static void text(struct tki_js *j, struct tk_value *v, bool binary)
{
    if (binary && tki_js_peek(j) == '[') {
        tk_str raw = tki_js_bytes(j);
        *v = (struct tk_value){.type = TK_BYTES, .n = (uint32_t)raw.n, .v.s = raw.p};
        return;
    }
    const char *at = (tki_js_peek(j), j->p);
    tk_str s = tki_jaeger_json_text(j);
    *v = (struct tk_value){.type = TK_STRING, .n = (uint32_t)s.n, .v.s = s.p ? s.p : ""};
    if (!binary)
        return;
    char *to = tk_batch_alloc(j->batch, s.n + 4);
    size_t n = to ? tki_base64_decode(to, s) : 0;
    if (n == SIZE_MAX)
        tki_js_fail_at(j, at, "expected base64");
    else
        *v = (struct tk_value){.type = TK_BYTES, .n = (uint32_t)n, .v.s = to ? to : ""};
}

static void value(struct tki_js *j, enum type type, const char *at, struct tk_value *v)
{
    const char *here = j->p;
    if (j->error)
        return;
    if (at)
        j->p = at;
    else if (type != STRING && type != BINARY && type != UNTOLD)
        at = ""; /* what protobuf leaves out is zero */
    switch (type) {
    case STRING:
    case BINARY:
        *v = (struct tk_value){.type = type == STRING ? TK_STRING : TK_BYTES, .v.s = ""};
        if (at)
            text(j, v, type == BINARY);
        break;
    case BOOL: *v = (struct tk_value){.type = TK_BOOL, .v.b = *at && tki_js_bool(j)}; break;
    case INT: *v = (struct tk_value){.type = TK_INT, .v.i = *at ? tki_js_i64(j) : 0}; break;
    case DOUBLE: *v = (struct tk_value){.type = TK_DOUBLE, .v.d = *at ? tki_js_double(j) : 0}; break;
    case UNTOLD: *v = (struct tk_value){0}; break; /* a type of the future */
    }
    if (!j->error)
        j->p = here;
}

/* false: null. */
static bool tag(struct tki_js *j, struct tk_attr *a)
{
    const char *at[BINARY + 1] = {0};
    enum type type = UNTOLD, only = UNTOLD;
    bool typed = false, numbered = false, thrift = false;
    tk_str k;
    *a = (struct tk_attr){0};
    if (!tki_js_object(j))
        return false;
    while (tki_js_key(j, &k)) {
        k = name_of(k);
        enum type held = holds(k);
        if (KEY(k, "key")) {
            a->key = tki_js_str(j);
        } else if (KEY(k, "vType")) {
            type = type_of(j, &numbered);
            typed = true;
        } else if (held != UNTOLD) {
            thrift = thrift || KEY(k, "vLong") || KEY(k, "vDouble");
            at[held] = tki_js_later(j);
            only = held;
        } else {
            tki_js_drop(j, k, told);
        }
    }
    /* Thrift numbers them string, double, bool, long, binary. */
    if (typed && numbered && thrift)
        type = type == BOOL ? DOUBLE : type == INT ? BOOL : type == DOUBLE ? INT : type;
    if (numbered && type != UNTOLD && !at[type] && only != UNTOLD) /* Thrift's that cannot be told by the value's key */
        type = only;
    if (!typed) /* protobuf leaves out the first, string */
        type = at[STRING] || only == UNTOLD ? STRING : only;
    value(j, type, at[type], &a->value);
    return true;
}

/* ---- processes ---- */

static uint32_t resource_of(struct ctx *x)
{
    struct tki_jaeger_json *s = &x->s;
    if (s->process.p)
        return tki_jaeger_json_resource(s, &s->processes, s->process, s->process.p);
    if (s->process_id.n)
        return tki_jaeger_json_resource(s, &x->ids, s->process_id, NULL);
    if (x->process_row == TK_NONE) {
        x->process_row = tk_batch_add_resource(s->r.j.batch);
        if (x->holder.process)
            tki_jaeger_json_process_at(s, x->holder.process, x->process_row);
    }
    return x->process_row;
}

/* A list of processes with their ids. */
static void process_map(struct ctx *x)
{
    struct tki_js *j = &x->s.r.j;
    tk_str k;
    if (!tki_js_array(j))
        return;
    while (tki_js_item(j)) {
        tk_str id = {0};
        const char *at = NULL;
        if (!tki_js_object(j))
            continue;
        while (tki_jaeger_json_key(&x->s, &k)) {
            if (KEY(k, "processID"))
                id = tki_js_str(j);
            else if (KEY(k, "process"))
                at = tki_js_later(j);
            else
                tki_js_drop(j, k, told);
        }
        struct tki_jaeger_entry *e = tki_jaeger_table_find(&x->ids, j->batch, id);
        if (e && !e->at)
            e->at = at;
    }
}

/* ---- spans ---- */

static bool span_member(struct tki_jaeger_json *s, tk_str k, struct parts *p)
{
    struct tki_js *j = &s->r.j;
    if (KEY(k, "duration")) {
        p->duration = tki_js_later(j);
    } else if (KEY(k, "traceIDLow")) {
        s->w.s.trace_id.lo = tki_js_u64(j);
        s->has_trace = true;
    } else if (KEY(k, "traceIDHigh")) {
        s->w.s.trace_id.hi = tki_js_u64(j);
    } else {
        if (KEY(k, "startTime")) {
            char c = tki_js_peek(j);
            p->micros = c == '-' || (c >= '0' && c <= '9');
        }
        bool is = tki_jaeger_json_member(s, k);
        p->own =
            p->own || (is && !KEY(k, "traceID") && !KEY(k, "spanID") && !KEY(k, "parentSpanID") && !KEY(k, "flags"));
        return is;
    }
    p->own = true;
    return true;
}

/* Returns true if the object at *start, which has ids, has neither a name nor a start. */
static bool no_span(const struct tki_jaeger_json *s, const struct tki_js *start)
{
    static const struct tki_span_signs signs = {.any = "operationName|operation_name|startTime|start_time"};
    return tki_jaeger_json_no_span(s, start, &signs);
}

static void span_end(struct ctx *x, const struct parts *p)
{
    struct tki_jaeger_json *s = &x->s;
    const char *here = s->r.j.p;
    if (p->duration) {
        tki_jaeger_json_jump(&s->r.j, p->duration);
        duration(s, p->micros);
        tki_jaeger_json_jump(&s->r.j, here);
    }
    s->w.s.resource = resource_of(x);
    if (s->r.j.error)
        return;
    tki_jaeger_json_span_end(s);
    if (!s->r.j.error)
        tki_record_end(&s->r);
}

/* ---- documents ---- */

static void document(struct ctx *x);

static void documents(struct ctx *x)
{
    struct tki_js *j = &x->s.r.j;
    if (x->depth++ == DEPTH_MAX)
        tki_js_fail(j, "documents inside documents, too deep");
    if (tki_js_peek(j) != '[') {
        document(x);
    } else if (tki_js_array(j)) {
        x->open++;
        while (tki_js_item(j))
            documents(x);
        x->open--;
    }
    x->depth--;
}

static void holder_begin(struct ctx *x, const struct parts *p, unsigned list)
{
    const char *here = x->s.r.j.p;
    x->holder = *p;
    x->list = list;
    x->process_row = TK_NONE;
    tki_jaeger_table_reset(&x->ids);
    if (p->map) {
        tki_jaeger_json_jump(&x->s.r.j, p->map);
        process_map(x);
        tki_jaeger_json_jump(&x->s.r.j, here);
    }
}

static void holder_end(struct ctx *x)
{
    holder_begin(x, &(struct parts){0}, 0);
}

static void spans_of(struct ctx *x, const struct parts *p)
{
    struct tki_js *j = &x->s.r.j;
    const char *here = j->p;
    holder_begin(x, p, x->open + 2);
    x->open++;
    tki_jaeger_json_jump(j, p->spans);
    documents(x);
    x->open--;
    if (j->error)
        return;
    tki_jaeger_json_jump(j, here);
    holder_end(x);
}

/* A span, or what holds spans. */
static void document(struct ctx *x)
{
    struct tki_jaeger_json *s = &x->s;
    struct tki_js *j = &s->r.j;
    struct parts p = {0};
    int members = 0;
    tk_str k;
    tki_record_begin(&s->r);
    s->r.inside = x->open;
    struct tki_js start = *j;
    if (!tki_js_object(j))
        return;
    tki_jaeger_json_span_begin(s);
    for (; tki_jaeger_json_key(s, &k); members++) {
        if (KEY(k, "spans") && !x->list) {
            p.spans = tki_js_later(j);
        } else if (KEY(k, "processMap")) {
            p.map = tki_js_later(j);
        } else if ((KEY(k, "result") || KEY(k, "batch")) && !x->list) {
            p.around = true;
            x->open++;
            documents(x);
            x->open--;
        } else if (p.around || !span_member(s, k, &p)) {
            tki_js_drop(j, k, told);
        }
    }
    bool ids = s->has_trace && s->has_span && !p.around && !p.spans;
    if (ids && (p.own || x->list) && no_span(s, &start)) {
        tki_record_skip(&s->r, &start, TK_NOTE_IDS_ONLY);
        return;
    }
    if (j->error)
        return;
    p.process = s->process.p;
    if (p.spans)
        spans_of(x, &p);
    else if (ids && p.own)
        span_end(x, &p);
    else if (!p.around && (!members || members != (p.process != NULL) + (p.map != NULL))) /* nor what holds none */
        tki_js_fail_at(j, s->r.start, "expected a span of Jaeger, or what holds spans");
}

/* After a bad span was skipped, the list in which it stood goes on, unless that list has ended. */
static void next(struct tki_records *r, char c)
{
    struct ctx *x = (struct ctx *)r;
    if (tki_records_rest(r, c))
        return;
    x->open = r->inside;
    if (x->list && x->open < x->list)
        holder_end(x);
    documents(x);
    if (!r->j.error)
        r->inside = x->open;
}

/* Places in the piece that outlast a call. */
static const char *at(const struct tki_decode *d, unsigned i)
{
    return d->around[i] ? d->in.p + d->around[i] : NULL;
}

static size_t offset(const struct tki_decode *d, const char *p)
{
    return p ? (size_t)(p - d->in.p) : 0;
}

static int decode(struct tki_decode *d)
{
    static const struct tki_jaeger_dialect dialect = {
        .name = name_of, .trace_id = trace_id, .span_id = span_id, .time = time_of, .tag = tag};
    struct ctx x = {.process_row = TK_NONE};
    tki_jaeger_json_init(&x.s, &dialect, d);
    tki_js_init(&x.s.r.j, d->in, d->pos, d->batch);
    if (d->inside && d->inside >= d->around[0])
        holder_begin(&x, &(struct parts){.process = at(d, 1), .map = at(d, 2)}, (unsigned)d->around[0]);
    int r = tki_records_decode(&x.s.r, d, next);
    d->around[0] = x.list;
    d->around[1] = offset(d, x.holder.process);
    d->around[2] = offset(d, x.holder.map);
    return r;
}

/* ---- recognising ---- */

static unsigned bid(const struct tki_head *head)
{
    /* Each in both cases.  No other format has them all: Jaeger's API says traceID, SkyWalking has no duration. */
    static const struct tki_key own[][5] = {
        {{"traceId", 5}, {"traceIdLow", 5}, {"trace_id", 5}, {"trace_id_low", 5}, {NULL, 0}},
        {{"operationName", 5}, {"operation_name", 5}, {NULL, 0}},
        {{"startTime", 5}, {"start_time", 5}, {NULL, 0}},
        {{"duration", 5}, {NULL, 0}}};
    static const struct tki_key tags[] = {{"vType", 10}, {"v_type", 10}, {"vStr", 10}, {NULL, 0}};
    static const struct tki_key holder[] = {{"process", 2}, {"spans", 3}, {NULL, 0}};
    unsigned met = 0, bits = tki_key_bits(head, tags);
    bool tagged = bits;
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        met += tki_keys_met(head, own[i]) != 0;
        bits += tki_key_bits(head, own[i]);
    }
    if (met == 4)
        return bits;
    return tagged && (met >= 2 || tki_keys_met(head, holder)) ? bits + tki_key_bits(head, holder) : 0;
}

const struct tki_format tki_format_jaeger_protojson = {
    .info = {.name = "jaeger-pbjson",
             .about =
                 "Jaeger's protobuf and Thrift structs as JSON: protojson, jsonpb (Kafka's json), Go's encoding/json",
             .can_read = true},
    .bid = bid,
    .cutter = &tki_cut_json,
    .split = TKI_REPEATS("[]"),
    .lossless = true,
    .decode = decode,
    .resync = tki_js_resync_element,
};
