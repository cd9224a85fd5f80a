/* Jaeger's Thrift (jaeger.thrift, agent.thrift): Batches as they were posted to the collector, and the
 * messages that clients sent to the agent, emitBatch(batch) and submitBatches(batches), in the binary and the
 * compact protocol, one after another and mixed at will.
 *
 * A span is a record.  A Batch may say whose its spans are behind them.
 */
#include "format/jaeger/words.h"
#include "format/thrift/records.h"

struct ctx {
    struct tki_thrift_records r; /* a span each */
    struct tki_jaeger_span w;
};

#define F(id, type) TKI_THRIFT(id, type)

#define MICROS_MAX ((int64_t)(UINT64_MAX / 1000))

static uint64_t micros(struct ctx *x)
{
    const unsigned char *at = x->r.t.p;
    int64_t us = tki_thrift_i64(&x->r.t);
    if (us > MICROS_MAX)
        tki_thrift_fail(&x->r.t, at, "a time is out of range");
    return us > 0 ? (uint64_t)us * 1000 : 0;
}

/* The duration has 64 bits, so that start plus duration is the end, whatever the sign of the duration. */
static int64_t duration(struct ctx *x)
{
    const unsigned char *at = x->r.t.p;
    int64_t us = tki_thrift_i64(&x->r.t);
    if (us > MICROS_MAX || us < -MICROS_MAX)
        tki_thrift_fail(&x->r.t, at, "a duration is out of range");
    return (int64_t)((uint64_t)us * 1000);
}

/* ---- tags ---- */

struct tag { /* all values that it has: the type says which one counts */
    int32_t type;
    tk_str text, binary;
    double d;
    int64_t i;
    bool b, typed;
};

static struct tk_value value_of(const struct tag *g)
{
    switch (g->type) {
    case TKI_JAEGER_TAG_STRING: return (struct tk_value){.type = TK_STRING, .n = (uint32_t)g->text.n, .v.s = g->text.p};
    case TKI_JAEGER_TAG_DOUBLE: return (struct tk_value){.type = TK_DOUBLE, .v.d = g->d};
    case TKI_JAEGER_TAG_BOOL: return (struct tk_value){.type = TK_BOOL, .v.b = g->b};
    case TKI_JAEGER_TAG_LONG: return (struct tk_value){.type = TK_INT, .v.i = g->i};
    default: return (struct tk_value){.type = TK_BYTES, .n = (uint32_t)g->binary.n, .v.s = g->binary.p};
    }
}

/* false: an error. */
static bool tag(struct ctx *x, struct tk_attr *a)
{
    struct tki_thrift *t = &x->r.t;
    struct tag g = {.text = {"", 0}, .binary = {"", 0}};
    const unsigned char *at = t->p;
    a->key = (tk_str){"", 0};
    if (tki_thrift_struct(t))
        for (unsigned f; (f = tki_thrift_field(t));)
            switch (f) {
            case F(1, STRING): a->key = tki_thrift_str(t); break;
            case F(2, I32): g.type = tki_thrift_i32(t); break;
            case F(3, STRING): g.text = tki_thrift_str(t); break;
            case F(4, DOUBLE): g.d = tki_thrift_double(t); break;
            case F(5, BOOL): g.b = tki_thrift_bool(t); break;
            case F(6, I64): g.i = tki_thrift_i64(t); break;
            case F(7, STRING): g.binary = tki_thrift_str(t); break;
            default: tki_thrift_drop(&x->r, f);
            }
    if (g.type < TKI_JAEGER_TAG_STRING || g.type > TKI_JAEGER_TAG_BINARY)
        tki_thrift_fail(t, at, "a tag has a type that is none of the five");
    a->value = value_of(&g);
    return !t->error;
}

/* Tags of processes and logs, as attributes. */
static void tags(struct ctx *x)
{
    struct tk_attr a;
    for (uint32_t n = tki_thrift_list(&x->r.t, TKI_THRIFT_STRUCT); n && tag(x, &a); n--)
        *tk_batch_add_attr(x->r.b) = a;
}

static void span_tags(struct ctx *x)
{
    struct tk_attr a;
    tki_jaeger_tags_begin(&x->w);
    for (uint32_t n = tki_thrift_list(&x->r.t, TKI_THRIFT_STRUCT); n && tag(x, &a); n--) {
        enum tki_jaeger_word word = tki_jaeger_word(a.key);
        if (tki_jaeger_wants(x->r.needs, word))
            tki_jaeger_tag(&x->w, word, &a);
    }
    tki_jaeger_tags_end(&x->w);
}

/* ---- spans ---- */

static void reference(struct ctx *x)
{
    struct tki_thrift *t = &x->r.t;
    const unsigned char *at = t->p;
    tk_id128 id = {0};
    uint64_t span = 0;
    int32_t type = TKI_JAEGER_REF_CHILD_OF;
    if (tki_thrift_struct(t))
        for (unsigned f; (f = tki_thrift_field(t));)
            switch (f) {
            case F(1, I32): type = tki_thrift_i32(t); break;
            case F(2, I64): id.lo = (uint64_t)tki_thrift_i64(t); break;
            case F(3, I64): id.hi = (uint64_t)tki_thrift_i64(t); break;
            case F(4, I64): span = (uint64_t)tki_thrift_i64(t); break;
            default: tki_thrift_drop(&x->r, f);
            }
    if (type != TKI_JAEGER_REF_CHILD_OF && type != TKI_JAEGER_REF_FOLLOWS_FROM)
        tki_thrift_fail(t, at, "a reference is neither CHILD_OF nor FOLLOWS_FROM");
    if (!t->error)
        tki_jaeger_ref(&x->w, type == TKI_JAEGER_REF_FOLLOWS_FROM, id, span);
}

static void log_entry(struct ctx *x)
{
    struct tki_thrift *t = &x->r.t;
    if (!(x->r.needs & TK_NEED_EVENTS)) {
        tki_thrift_skip(t, TKI_THRIFT_STRUCT);
        x->w.s.events.count++;
        return;
    }
    uint64_t time_ns = 0;
    uint32_t first = x->r.b->nattrs;
    if (tki_thrift_struct(t))
        for (unsigned f; (f = tki_thrift_field(t));)
            switch (f) {
            case F(1, I64): time_ns = micros(x); break;
            case F(2, LIST): tags(x); break;
            default: tki_thrift_drop(&x->r, f);
            }
    if (!t->error)
        tki_jaeger_log(&x->w, time_ns, first);
}

static void span_list(struct ctx *x, void (*element)(struct ctx *x))
{
    for (uint32_t n = tki_thrift_list(&x->r.t, TKI_THRIFT_STRUCT); n && !x->r.t.error; n--)
        element(x);
}

static void span_field(struct ctx *x, unsigned f)
{
    struct tki_thrift *t = &x->r.t;
    struct tki_jaeger_span *w = &x->w;
    switch (f) {
    case F(1, I64): w->s.trace_id.lo = (uint64_t)tki_thrift_i64(t); break;
    case F(2, I64): w->s.trace_id.hi = (uint64_t)tki_thrift_i64(t); break;
    case F(3, I64): w->s.span_id = (uint64_t)tki_thrift_i64(t); break;
    case F(4, I64): w->parent_id = (uint64_t)tki_thrift_i64(t); break;
    case F(5, STRING): {
        tk_str name = tki_thrift_str(t);
        if (x->r.needs & TK_NEED_NAME)
            w->s.name = name;
        break;
    }
    case F(6, LIST): span_list(x, reference); break;
    case F(7, I32): w->flags = (uint32_t)tki_thrift_i32(t); break;
    case F(8, I64): w->s.start_ns = micros(x); break;
    case F(9, I64): w->duration_ns = duration(x); break;
    case F(10, LIST): span_tags(x); break;
    case F(11, LIST): span_list(x, log_entry); break;
    default: tki_thrift_drop(&x->r, f);
    }
}

static bool span(struct ctx *x, uint32_t resource)
{
    struct tki_thrift *t = &x->r.t;
    const unsigned char *at = t->p;
    unsigned met = 0;
    tki_jaeger_span_begin(&x->w, x->r.b, x->r.needs);
    if (tki_thrift_struct(t))
        for (unsigned f; (f = tki_thrift_field(t));) {
            met |= f == F(1, I64) ? 1 : f == F(3, I64) ? 2 : 0;
            span_field(x, f);
        }
    if (met != 3)
        tki_thrift_fail(t, at, "a span has no trace id or no span id");
    if (t->error || x->r.b->err)
        return false;
    x->w.s.resource = resource;
    tki_jaeger_span_end(&x->w);
    tki_thrift_record_end(&x->r);
    return true;
}

/* ---- batches ---- */

static void process(struct ctx *x, uint32_t resource)
{
    struct tki_thrift *t = &x->r.t;
    tk_str service = {"", 0};
    uint32_t first = tki_jaeger_process_begin(x->r.b);
    if (tki_thrift_struct(t))
        for (unsigned f; (f = tki_thrift_field(t));) {
            if (f == F(1, STRING))
                service = tki_thrift_str(t);
            else if (f == F(2, LIST) && x->r.needs & TK_NEED_RESOURCE)
                tags(x);
            else if (f == F(2, LIST))
                tki_thrift_skip(t, f);
            else
                tki_thrift_drop(&x->r, f);
        }
    if (!t->error)
        tki_jaeger_process_end(x->r.b, resource, first, service, x->r.needs);
}

static void batch(struct ctx *x)
{
    struct tki_thrift *t = &x->r.t;
    uint32_t resource = tk_batch_add_resource(x->r.b);
    if (!tki_thrift_struct(t))
        return;
    for (unsigned f; (f = tki_thrift_field(t));)
        switch (f) {
        case F(1, STRUCT): process(x, resource); break;
        case F(2, LIST):
            for (uint32_t n = tki_thrift_list(t, TKI_THRIFT_STRUCT); n && span(x, resource);)
                n--;
            break;
        case F(3, I64):
        case F(4, STRUCT): tki_thrift_skip(t, f); break; /* a client's count of its batches, and of what it lost */
        default: tki_thrift_drop(&x->r, f);
        }
}

static void arguments(struct ctx *x, const struct tki_thrift_start *s)
{
    struct tki_thrift *t = &x->r.t;
    const unsigned char *at = t->p;
    if (TKI_STR_IS(s->name, "emitZipkinBatch") || TKI_STR_IS(s->name, "submitZipkinBatch"))
        tki_thrift_fail(t, at, "this message holds Zipkin's spans: name the format with --from zipkin-thrift");
    if (s->call != TKI_THRIFT_CALL && s->call != TKI_THRIFT_ONEWAY) {
        tki_thrift_skip(t, TKI_THRIFT_STRUCT); /* the collector's answer */
        return;
    }
    bool one = TKI_STR_IS(s->name, "emitBatch"), many = TKI_STR_IS(s->name, "submitBatches");
    if (!one && !many)
        tki_thrift_fail(t, at, "this message is neither emitBatch nor submitBatches");
    if (!tki_thrift_struct(t))
        return;
    for (unsigned f; (f = tki_thrift_field(t));)
        if (one && f == F(1, STRUCT))
            batch(x);
        else if (many && f == F(1, LIST))
            span_list(x, batch);
        else
            tki_thrift_drop(&x->r, f);
}

static void next(struct tki_thrift_records *r, const struct tki_thrift_start *start)
{
    struct ctx *x = (struct ctx *)r;
    if (start->message)
        arguments(x, start);
    else
        batch(x);
}

static int decode(struct tki_decode *d)
{
    struct ctx x;
    return tki_thrift_decode(&x.r, d, false, next);
}

/* ---- recognising ---- */

static const struct tki_thrift_shape tag_shape[] = {
    {1, TKI_THRIFT_STRING, NULL}, {2, TKI_THRIFT_I32, NULL}, {3, TKI_THRIFT_STRING, NULL}, {4, TKI_THRIFT_DOUBLE, NULL},
    {5, TKI_THRIFT_BOOL, NULL},   {6, TKI_THRIFT_I64, NULL}, {7, TKI_THRIFT_STRING, NULL}, {0}};
static const struct tki_thrift_shape ref_shape[] = {
    {1, TKI_THRIFT_I32, NULL}, {2, TKI_THRIFT_I64, NULL}, {3, TKI_THRIFT_I64, NULL}, {4, TKI_THRIFT_I64, NULL}, {0}};
static const struct tki_thrift_shape log_shape[] = {{1, TKI_THRIFT_I64, NULL}, {2, TKI_THRIFT_LIST, tag_shape}, {0}};
static const struct tki_thrift_shape span_shape[] = {
    {1, TKI_THRIFT_I64, NULL},        {2, TKI_THRIFT_I64, NULL},        {3, TKI_THRIFT_I64, NULL},
    {4, TKI_THRIFT_I64, NULL},        {5, TKI_THRIFT_STRING, NULL},     {6, TKI_THRIFT_LIST, ref_shape},
    {7, TKI_THRIFT_I32, NULL},        {8, TKI_THRIFT_I64, NULL},        {9, TKI_THRIFT_I64, NULL},
    {10, TKI_THRIFT_LIST, tag_shape}, {11, TKI_THRIFT_LIST, log_shape}, {0}};
static const struct tki_thrift_shape process_shape[] = {
    {1, TKI_THRIFT_STRING, NULL}, {2, TKI_THRIFT_LIST, tag_shape}, {0}};
static const struct tki_thrift_shape stats_shape[] = {
    {1, TKI_THRIFT_I64, NULL}, {2, TKI_THRIFT_I64, NULL}, {3, TKI_THRIFT_I64, NULL}, {0}};
static const struct tki_thrift_shape batch_shape[] = {{1, TKI_THRIFT_STRUCT, process_shape},
                                                      {2, TKI_THRIFT_LIST, span_shape},
                                                      {3, TKI_THRIFT_I64, NULL},
                                                      {4, TKI_THRIFT_STRUCT, stats_shape},
                                                      {0}};

static unsigned bid(const struct tki_head *head)
{
    static const char *const calls[] = {"emitBatch", "submitBatches", NULL};
    return tki_thrift_bid(head->text, false, calls, batch_shape);
}

const struct tki_format tki_format_jaeger_thrift = {
    .info = {.name = "jaeger-thrift",
             .about = "Jaeger Thrift, binary or compact: Batches, emitBatch messages; written as binary "
                      "Batches, one a "
                      "run of spans of a process",
             .can_read = true,
             .can_write = true,
             .binary = true},
    .bid = bid,
    .cutter = &tki_cut_thrift,
    .split = TKI_REPEATS("2"),
    .lossless = true,
    .decode = decode,
    .resync = tki_thrift_resync,
    .put = tki_jaeger_thrift_put,
};
