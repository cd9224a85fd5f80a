/* Jaeger's api_v2 protobuf and Thrift structs as JSON: what protojson and jsonpb make of them (Kafka's "json"
 * encoding, one span a line) and what Go's encoding/json makes of the generated structs.
 *
 * Keys come in camel or snake case, ids as base64 of their bytes or, of Thrift, as signed numbers; the type of a tag
 * is a name or its number.  Times are texts (or seconds and nanoseconds), and then a duration that is a number counts
 * nanoseconds; of Thrift both count microseconds.  A document is a span, a Batch (one process, its spans), a Trace or
 * chunk (spans that hold their process or name one of the table), either in "result", or a list of these.
 */
#include "base/num.h"
#include "format/ids.h"
#include "format/jaeger/json.h"
#include "format/js/bid.h"
#include "format/js/decimal.h"
#include "format/js/time.h"

enum { DEPTH_MAX = 8 }; /* of what stands around spans */

struct ctx {
    struct tki_js j;
    struct tk_batch *b;
    unsigned needs, depth;
    struct tki_jaeger_span w;
    struct tki_jaeger_table texts; /* processes inside spans, by their text */
    struct tki_jaeger_table ids;   /* of the document */
    const char *process;           /* of the Batch; NULL: none */
    uint32_t process_row;          /* TK_NONE until a span uses it */
};

/* Parts of a span that are looked at when all of it is known. */
struct parts {
    uint64_t trace_low, trace_high;
    const char *duration, *tags;
    tk_str process, process_id;
    bool thrift; /* times in microseconds */
};

/* Whether a key is a name, its words in camel case, in snake case, or with ID in capitals.  name: all lower-case. */
static bool is(tk_str k, const char *name)
{
    for (size_t i = 0; i < k.n; i++) {
        char c = k.p[i];
        if (c == '_')
            continue;
        if ((c >= 'A' && c <= 'Z' ? c | 32 : c) != *name || !*name)
            return false;
        name++;
    }
    return !*name;
}

static void jump(struct ctx *x, const char *to)
{
    if (!x->j.error)
        x->j.p = to;
}

static const char *later(struct tki_js *j)
{
    tki_js_peek(j);
    const char *at = j->p;
    tki_js_skip(j);
    return at;
}

/* ---- ids ---- */

/* A number of 64 bits, with a sign or without. */
static uint64_t number(struct tki_js *j)
{
    return tki_js_peek(j) == '-' ? (uint64_t)tki_js_i64(j) : tki_js_u64(j);
}

/* What base64 makes of an id is 8 or 16 bytes. */
static size_t id_bytes(tk_str s, unsigned char raw[20])
{
    size_t n = s.n == 12 || s.n == 24 ? tki_base64_decode((char *)raw, s) : 0;
    return n == 8 || n == 16 ? n : 0;
}

static tk_id128 trace_id(struct ctx *x)
{
    unsigned char raw[20];
    if (tki_js_peek(&x->j) != '"')
        return (tk_id128){0, number(&x->j)};
    tk_str s = tki_js_str(&x->j);
    size_t n = id_bytes(s, raw);
    if (n)
        return (tk_id128){n == 16 ? tki_load_be64(raw) : 0, tki_load_be64(raw + n - 8)};
    return tki_trace_id(x->b, s, &x->j.odd);
}

static uint64_t span_id(struct ctx *x)
{
    unsigned char raw[20];
    if (tki_js_peek(&x->j) != '"')
        return number(&x->j);
    tk_str s = tki_js_str(&x->j);
    return id_bytes(s, raw) == 8 ? tki_load_be64(raw) : tki_span_id(x->b, s, &x->j.odd);
}

/* ---- times ---- */

/* An object of seconds and nanos, in nanoseconds modulo 2^64. */
static uint64_t seconds_nanos(struct tki_js *j)
{
    uint64_t ns = 0;
    tk_str k;
    if (tki_js_object(j))
        while (tki_js_key(j, &k)) {
            if (is(k, "seconds"))
                ns += number(j) * 1000000000;
            else if (is(k, "nanos"))
                ns += number(j);
            else
                tki_js_skip(j);
        }
    return ns;
}

static uint64_t time_of(struct tki_js *j, bool *micros)
{
    bool negative = false;
    char c = tki_js_peek(j);
    *micros = false;
    if (c == '"' || c == 'n')
        return tki_js_time(j);
    if (c == '{') {
        int64_t t = (int64_t)seconds_nanos(j);
        return t < 0 ? 0 : (uint64_t)t;
    }
    *micros = true;
    uint64_t t = tki_js_micros(j, &negative);
    return negative ? 0 : t;
}

/* A duration as Go prints it, "1h2m3.5s", and as protojson does, "0.000005s".  false: it is none. */
static bool parse_duration(tk_str s, int64_t *ns)
{
    static const struct {
        const char *name;
        uint64_t ns;
    } units[] = {{"ns", 1}, {"us", 1000}, {"\xc2\xb5s", 1000}, {"\xce\xbcs", 1000}, {"ms", 1000000},
                 {"s", 1000000000}, {"m", 60000000000}, {"h", 3600000000000}};
    bool minus = s.n && *s.p == '-';
    uint64_t sum = 0;
    size_t at = s.n && (minus || *s.p == '+');
    if (s.n - at == 1 && s.p[at] == '0')
        return true;
    while (at < s.n) {
        uint64_t whole = 0, fraction = 0, scale = 1;
        size_t digits = 0, end;
        for (; at < s.n && (unsigned char)(s.p[at] - '0') < 10; at++, digits++)
            if (__builtin_mul_overflow(whole, 10, &whole) || __builtin_add_overflow(whole, (uint64_t)(s.p[at] - '0'), &whole))
                return false;
        if (at < s.n && s.p[at] == '.')
            for (at++; at < s.n && (unsigned char)(s.p[at] - '0') < 10; at++, digits++)
                if (scale < 1000000000) {
                    fraction = fraction * 10 + (uint64_t)(s.p[at] - '0');
                    scale *= 10;
                }
        for (end = at; end < s.n && s.p[end] != '.' && (unsigned char)(s.p[end] - '0') >= 10; end++)
            ;
        tk_str unit = {s.p + at, end - at};
        size_t i = 0;
        while (i < sizeof units / sizeof *units && !tki_str_eq(unit, tki_str(units[i].name)))
            i++;
        if (!digits || i == sizeof units / sizeof *units || __builtin_mul_overflow(whole, units[i].ns, &whole))
            return false;
        __extension__ unsigned __int128 part = (unsigned __int128)fraction * units[i].ns / scale;
        if (__builtin_add_overflow(whole, (uint64_t)part, &whole) || __builtin_add_overflow(sum, whole, &sum))
            return false;
        at = end;
    }
    *ns = minus ? -(int64_t)sum : (int64_t)sum;
    return s.n && sum <= INT64_MAX;
}

static void duration(struct ctx *x, bool micros)
{
    struct tki_js *j = &x->j;
    bool negative = false;
    char c = tki_js_peek(j);
    if (c == '{') {
        x->w.duration_ns = (int64_t)seconds_nanos(j);
    } else if (c == '"') {
        const char *at = j->p;
        tk_str s = tki_js_str(j);
        if (!j->error && !parse_duration(s, &x->w.duration_ns)) {
            j->p = at;
            tki_js_fail(j, "expected a duration");
        }
    } else if (micros) {
        uint64_t ns = tki_js_micros(j, &negative);
        x->w.duration_ns = negative ? -(int64_t)ns : (int64_t)ns;
    } else {
        x->w.duration_ns = tki_js_i64(j);
    }
}

/* ---- tags ---- */

enum type { UNTOLD, STRING, BOOL, INT, DOUBLE, BINARY };

static enum type type_of(struct tki_js *j, bool *numbered)
{
    static const struct {
        const char *name;
        enum type type;
    } names[] = {{"string", STRING}, {"bool", BOOL}, {"int64", INT}, {"long", INT}, {"float64", DOUBLE}, {"double", DOUBLE},
                 {"binary", BINARY}};
    *numbered = tki_js_peek(j) != '"';
    if (*numbered) {
        uint64_t n = tki_js_u64(j);
        return n < 5 ? STRING + (enum type)n : UNTOLD;
    }
    tk_str s = tki_js_str(j);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (is(s, names[i].name))
            return names[i].type;
    return UNTOLD;
}

/* The type whose value a key holds. */
static enum type holds(tk_str k)
{
    return is(k, "vstr")                           ? STRING
           : is(k, "vbool")                        ? BOOL
           : is(k, "vint64") || is(k, "vlong")     ? INT
           : is(k, "vfloat64") || is(k, "vdouble") ? DOUBLE
           : is(k, "vbinary")                      ? BINARY
                                                   : UNTOLD;
}

static void text(struct tki_js *j, struct tk_value *v, bool binary)
{
    const char *at = (tki_js_peek(j), j->p);
    tk_str s = tki_jaeger_json_text(j);
    *v = (struct tk_value){.type = TK_STRING, .n = (uint32_t)s.n, .v.s = s.p ? s.p : ""};
    if (!binary)
        return;
    char *to = tk_batch_alloc(j->batch, s.n + 4);
    size_t n = to ? tki_base64_decode(to, s) : 0;
    if (n == SIZE_MAX && !j->error) {
        j->p = at;
        tki_js_fail(j, "expected base64");
    } else if (n != SIZE_MAX) {
        *v = (struct tk_value){.type = TK_BYTES, .n = (uint32_t)n, .v.s = to ? to : ""};
    }
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
    bool told = false, numbered = false, thrift = false;
    tk_str k;
    *a = (struct tk_attr){0};
    if (!tki_js_object(j))
        return false;
    while (tki_js_key(j, &k)) {
        enum type held = holds(k);
        if (is(k, "key")) {
            a->key = tki_js_str(j);
        } else if (is(k, "vtype")) {
            type = type_of(j, &numbered);
            told = true;
        } else if (held != UNTOLD) {
            thrift = thrift || is(k, "vlong") || is(k, "vdouble");
            at[held] = later(j);
            only = held;
        } else {
            tki_js_skip(j);
        }
    }
    /* Thrift numbers them string, double, bool, long, binary. */
    if (told && numbered && thrift)
        type = type == BOOL ? DOUBLE : type == INT ? BOOL : type == DOUBLE ? INT : type;
    if (!told) /* protobuf leaves out the first, string */
        type = at[STRING] || only == UNTOLD ? STRING : only;
    value(j, type, at[type], &a->value);
    return true;
}

static void attrs(struct ctx *x)
{
    struct tk_attr a;
    if (tki_js_array(&x->j))
        while (tki_js_item(&x->j))
            if (tag(&x->j, &a))
                *tk_batch_add_attr(x->b) = a;
}

static void span_tags(struct ctx *x, const char *at)
{
    const char *here = x->j.p;
    struct tk_attr a;
    tki_jaeger_tags_begin(&x->w);
    if (at) {
        jump(x, at);
        if (tki_js_array(&x->j))
            while (tki_js_item(&x->j))
                if (tag(&x->j, &a)) {
                    enum tki_jaeger_word word = tki_jaeger_word(a.key);
                    if (tki_jaeger_wants(x->needs, word))
                        tki_jaeger_tag(&x->w, word, &a);
                }
        jump(x, here);
    }
    tki_jaeger_tags_end(&x->w);
}

/* ---- processes ---- */

static uint32_t resource_at(struct ctx *x, const char *at)
{
    struct tki_js *j = &x->j;
    uint32_t row = tk_batch_add_resource(x->b);
    tk_str k, service = {0};
    const char *here = j->p;
    if (!at)
        return row;
    jump(x, at);
    if (tki_js_object(j)) {
        uint32_t first = tki_jaeger_process_begin(x->b);
        while (tki_js_key(j, &k)) {
            if (is(k, "servicename"))
                service = tki_js_str(j);
            else if (is(k, "tags") && x->needs & TK_NEED_RESOURCE)
                attrs(x);
            else
                tki_js_skip(j);
        }
        tki_jaeger_process_end(x->b, row, first, service, x->needs);
    }
    jump(x, here);
    return row;
}

static uint32_t entry_row(struct ctx *x, struct tki_jaeger_table *t, tk_str key, const char *at)
{
    struct tki_jaeger_entry *e = tki_jaeger_table_find(t, x->b, key);
    if (!e) {
        tki_js_fail(&x->j, "out of memory");
        return 0;
    }
    if (e->row == TK_NONE)
        e->row = resource_at(x, at ? at : e->at);
    return e->row;
}

static uint32_t resource_of(struct ctx *x, const struct parts *p)
{
    if (p->process.p)
        return entry_row(x, &x->texts, p->process, p->process.p);
    if (p->process_id.n)
        return entry_row(x, &x->ids, p->process_id, NULL);
    if (x->process_row == TK_NONE)
        x->process_row = resource_at(x, x->process);
    return x->process_row;
}

/* A list of processes with their ids. */
static void process_map(struct ctx *x)
{
    struct tki_js *j = &x->j;
    tk_str k;
    if (!tki_js_array(j))
        return;
    while (tki_js_item(j)) {
        tk_str id = {0};
        const char *at = NULL;
        if (!tki_js_object(j))
            continue;
        while (tki_js_key(j, &k)) {
            if (is(k, "processid"))
                id = tki_js_str(j);
            else if (is(k, "process"))
                at = later(j);
            else
                tki_js_skip(j);
        }
        struct tki_jaeger_entry *e = tki_jaeger_table_find(&x->ids, x->b, id);
        if (e && !e->at)
            e->at = at;
    }
}

/* ---- spans ---- */

static bool follows(struct tki_js *j)
{
    if (tki_js_peek(j) != '"')
        return tki_js_u64(j) == 1;
    tk_str s = tki_js_str(j);
    return is(s, "followsfrom");
}

static void references(struct ctx *x, const struct parts *parts)
{
    struct tki_js *j = &x->j;
    tk_str k;
    if (!tki_js_array(j))
        return;
    while (tki_js_item(j)) {
        tk_id128 trace = {parts->trace_high, parts->trace_low};
        uint64_t span = 0;
        bool type = false;
        if (!tki_js_object(j))
            continue;
        while (tki_js_key(j, &k)) {
            if (is(k, "reftype"))
                type = follows(j);
            else if (is(k, "traceid"))
                trace = trace_id(x);
            else if (is(k, "traceidlow"))
                trace.lo = number(j);
            else if (is(k, "traceidhigh"))
                trace.hi = number(j);
            else if (is(k, "spanid"))
                span = span_id(x);
            else
                tki_js_skip(j);
        }
        if (span)
            tki_jaeger_ref(&x->w, type, trace, span);
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
        bool micros;
        if (tki_js_object(j))
            while (tki_js_key(j, &k)) {
                if (is(k, "timestamp"))
                    time_ns = time_of(j, &micros);
                else if (is(k, "fields"))
                    attrs(x);
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
            tki_batch_push(x->b)->value = (struct tk_value){.type = TK_STRING, .n = (uint32_t)s.n, .v.s = s.p};
        }
    x->w.warnings = tki_batch_pop_kids(x->b, base);
}

/* A member of a span; false: none of a span, and the cursor is still at it. */
static bool span_member(struct ctx *x, tk_str k, struct parts *p, const char **refs)
{
    struct tki_js *j = &x->j;
    if (is(k, "traceid")) {
        tk_id128 id = trace_id(x);
        p->trace_low = id.lo;
        p->trace_high = id.hi;
    } else if (is(k, "traceidlow")) {
        p->trace_low = number(j);
    } else if (is(k, "traceidhigh")) {
        p->trace_high = number(j);
    } else if (is(k, "spanid")) {
        x->w.s.span_id = span_id(x);
    } else if (is(k, "parentspanid")) {
        x->w.parent_id = span_id(x);
    } else if (is(k, "operationname")) {
        tk_str name = tki_js_str(j);
        if (x->needs & TK_NEED_NAME)
            x->w.s.name = name;
    } else if (is(k, "references")) {
        *refs = later(j);
    } else if (is(k, "flags")) {
        x->w.flags = (uint32_t)number(j);
    } else if (is(k, "starttime")) {
        x->w.s.start_ns = time_of(j, &p->thrift);
    } else if (is(k, "duration")) {
        p->duration = later(j);
    } else if (is(k, "tags")) {
        p->tags = later(j);
    } else if (is(k, "logs")) {
        logs(x);
    } else if (is(k, "warnings")) {
        warnings(x);
    } else if (is(k, "process")) {
        p->process = tki_js_peek(j) == '{' ? tki_js_raw(j) : (tki_js_skip(j), (tk_str){0});
    } else if (is(k, "processid")) {
        p->process_id = tki_js_str(j);
    } else {
        return false;
    }
    return true;
}

static void span_end(struct ctx *x, const struct parts *p, const char *refs)
{
    const char *here = x->j.p;
    x->w.s.trace_id = (tk_id128){p->trace_high, p->trace_low};
    if (p->duration) {
        jump(x, p->duration);
        duration(x, p->thrift);
    }
    if (refs) {
        jump(x, refs);
        references(x, p);
    }
    jump(x, here);
    span_tags(x, p->tags);
    x->w.s.resource = resource_of(x, p);
    if (x->j.error)
        return;
    tki_jaeger_span_end(&x->w);
}

/* ---- documents ---- */

static void document(struct ctx *x);

static void documents(struct ctx *x)
{
    if (x->depth++ == DEPTH_MAX)
        tki_js_fail(&x->j, "documents inside documents, too deep");
    else if (tki_js_peek(&x->j) != '[')
        document(x);
    else if (tki_js_array(&x->j))
        while (tki_js_item(&x->j))
            documents(x);
    x->depth--;
}

static void spans_of(struct ctx *x, const char *process, const char *map, const char *spans)
{
    const char *here = x->j.p, *outer = x->process;
    uint32_t outer_row = x->process_row;
    x->process = process;
    x->process_row = TK_NONE;
    tki_jaeger_table_reset(&x->ids);
    if (map) {
        jump(x, map);
        process_map(x);
    }
    jump(x, spans);
    documents(x);
    x->process = outer;
    x->process_row = outer_row;
    jump(x, here);
}

/* A span, or what holds spans. */
static void document(struct ctx *x)
{
    struct tki_js *j = &x->j;
    struct parts p = {0};
    const char *refs = NULL, *spans = NULL, *map = NULL, *start = (tki_js_peek(j), j->p);
    bool named = false, result = false;
    tk_str k;
    if (!tki_js_object(j))
        return;
    tki_jaeger_span_begin(&x->w, x->b, x->needs);
    while (tki_js_key(j, &k)) {
        named = named || is(k, "spanid");
        if (is(k, "spans")) {
            spans = later(j);
        } else if (is(k, "processmap")) {
            map = later(j);
        } else if (is(k, "result")) {
            result = true;
            documents(x);
        } else if (result || !span_member(x, k, &p, &refs)) {
            tki_js_skip(j);
        }
    }
    if (j->error)
        return;
    if (spans) {
        spans_of(x, p.process.p, map, spans);
    } else if (named && !result) {
        span_end(x, &p, refs);
    } else if (!result && !p.process.p && !map) {
        j->p = start;
        tki_js_fail(j, "expected a span of Jaeger, or what holds spans");
    }
}

static int decode(struct tki_decode *d)
{
    struct ctx x;
    memset(&x, 0, sizeof x);
    x.b = d->batch;
    x.needs = d->needs;
    x.process_row = TK_NONE;
    d->batch->needs = d->needs;
    tki_js_init(&x.j, d->in, d->pos, d->batch);
    while (tki_js_peek(&x.j), x.j.p < x.j.end) {
        struct tki_mark mark = tki_batch_mark(x.b);
        const char *record = x.j.p;
        if (*record == '\x1e')
            x.j.p++;
        else
            documents(&x);
        if (!x.j.error)
            d->records++;
        int r = tki_js_end_record(&x.j, d, record, &mark);
        if (r < 0)
            return r;
    }
    d->pos = d->in.n;
    return 0;
}

/* ---- recognising ---- */

static unsigned bid(tk_str head, bool eof)
{
    /* Each in both cases.  No other format has them all: Jaeger's API says traceID, SkyWalking has no duration. */
    static const struct tki_key_bid own[][5] = {
        {{"traceId", 5, 1}, {"traceIdLow", 5, 1}, {"trace_id", 5, 1}, {"trace_id_low", 5, 1}, {NULL, 0, 0}},
        {{"operationName", 5, 1}, {"operation_name", 5, 1}, {NULL, 0, 0}},
        {{"startTime", 5, 1}, {"start_time", 5, 1}, {NULL, 0, 0}},
        {{"duration", 5, 1}, {NULL, 0, 0}}};
    static const struct tki_key_bid tags[] = {{"vType", 10, 1}, {"v_type", 10, 1}, {"vStr", 10, 1}, {NULL, 0, 0}};
    static const struct tki_key_bid holder[] = {{"process", 2, 1}, {"spans", 3, 1}, {NULL, 0, 0}};
    (void)eof;
    unsigned met = 0;
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        met += tki_bid_keys(head, own[i]) != 0;
    bool tagged = tki_bid_keys(head, tags);
    if (met == 4)
        return tagged ? 220 : 190;
    return tagged && (met >= 2 || tki_bid_keys(head, holder)) ? 160 : 0;
}

const struct tki_format tki_format_jaeger_protojson = {
    .info = {.name = "jaeger-pbjson",
             .about = "Jaeger's protobuf and Thrift structs as JSON: protojson, jsonpb (Kafka's json), Go's encoding/json",
             .can_read = true},
    .bid = bid,
    .cutter = &tki_cut_json,
    .rest = true,
    .decode = decode,
    .resync = tki_js_resync,
};
