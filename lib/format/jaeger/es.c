/* Jaeger's spans as Elasticsearch and OpenSearch hold them: lines of elasticdump, answers of _search, _msearch,
 * _mget and scrolls, files for _bulk, and the documents themselves.
 *
 * What stands around a document is walked through wherever it occurs; a document is a span when it has a trace
 * id and a span id.  Dumps of jaeger-* hold other documents too: services, dependencies and whatever else are
 * skipped, counted each by its name.  A span's tags come as an array `tags`, as an object `tag` whose keys have
 * "@" for dots, or as both.
 */
#include "base/err.h"
#include "base/num.h"
#include "format/ids.h"
#include "format/jaeger/es.h"
#include "format/jaeger/json.h"
#include "format/js/any.h"
#include "format/js/bid.h"
#include "format/js/decimal.h"
#include "format/js/scan.h"

enum { DEPTH_MAX = 32 }; /* of what stands around a document */

struct ctx {
    struct tki_js j;
    struct tk_batch *b;
    unsigned needs, depth;
    uint64_t records;
    struct tki_jaeger_span w;
    struct tki_jaeger_table processes; /* by their text */
    tk_str id_text;                    /* the trace id parsed last */
    tk_id128 id;
    const char *record; /* where the record under way started */
    struct tki_mark mark;
};

/* Parts of a document that are looked at when all of it is known. */
struct parts {
    const char *tags, *tag, *scope_tags, *scope_tag;
    tk_str process;
    bool trace, span, millis;
    bool service, operation, dependencies;
    uint64_t start_millis_ns;
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

/* ---- tags ---- */

/* A key of a `tag` object: Jaeger's writer put "@" where dots were. */
static tk_str dotted(struct ctx *x, tk_str key)
{
    if (!key.n || !memchr(key.p, '@', key.n))
        return key;
    char *p = tk_batch_alloc(x->b, key.n);
    if (!p)
        return key;
    for (size_t i = 0; i < key.n; i++)
        p[i] = key.p[i] == '@' ? '.' : key.p[i];
    return (tk_str){p, key.n};
}

/* The members of a `tag` object as tags: of the span under way, or as attributes. */
static void tag_object(struct ctx *x, bool of_span)
{
    struct tki_js *j = &x->j;
    tk_str key;
    if (!tki_js_object(j))
        return;
    while (tki_js_key(j, &key)) {
        struct tk_attr a = {.key = dotted(x, key)};
        enum tki_jaeger_word word = tki_jaeger_word(a.key);
        if (of_span && !tki_jaeger_wants(x->needs, word)) {
            tki_js_skip(j);
            continue;
        }
        tki_js_any_flat(j, &a.value);
        if (of_span)
            tki_jaeger_tag(&x->w, word, &a);
        else
            *tk_batch_add_attr(x->b) = a;
    }
}

static void jump(struct ctx *x, const char *to)
{
    if (!x->j.error)
        x->j.p = to;
}

/* Both representations, in one range. */
static void span_tags(struct ctx *x, const struct parts *parts)
{
    const char *here = x->j.p;
    tki_jaeger_tags_begin(&x->w);
    if (parts->tags) {
        jump(x, parts->tags);
        tki_jaeger_json_add_span_tags(&x->j, &x->w, true);
    }
    if (parts->tag) {
        jump(x, parts->tag);
        tag_object(x, true);
    }
    tki_jaeger_tags_end(&x->w);
    jump(x, here);
}

/* Attributes of the scope, from Jaeger 2.21 on: the scope's row is made anew with them. */
static void scope_tags(struct ctx *x, const struct parts *parts)
{
    struct tk_batch *b = x->b;
    const char *here = x->j.p;
    if (!(parts->scope_tags || parts->scope_tag) || !(x->needs & TK_NEED_SCOPE) || b->err || x->j.error)
        return;
    uint32_t first = b->nattrs;
    if (parts->scope_tags) {
        jump(x, parts->scope_tags);
        tki_jaeger_json_tags(&x->j, true);
    }
    if (parts->scope_tag) {
        jump(x, parts->scope_tag);
        tag_object(x, false);
    }
    jump(x, here);
    if (b->nattrs == first || b->err)
        return;
    struct tk_span *s = &b->spans[b->nspans - 1];
    struct tk_scope scope = b->scopes[s->scope];
    scope.present = true;
    scope.attrs = (tk_range){first, b->nattrs - first};
    uint32_t row = tk_batch_add_scope(b);
    if (b->err)
        return;
    b->scopes[row] = scope;
    s->scope = row;
}

/* ---- the parts of a span ---- */

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
            tki_jaeger_json_tags(j, true);
        else if (KEY(k, "tag") && x->needs & TK_NEED_RESOURCE)
            tag_object(x, false);
        else
            tki_js_skip(j);
    }
    tki_jaeger_process_end(x->b, row, first, service, x->needs);
}

/* Equal texts of processes share a resource. */
static uint32_t resource_of(struct ctx *x, tk_str process)
{
    struct tki_jaeger_entry *e = tki_jaeger_table_find(&x->processes, x->b, process);
    if (!e) {
        tki_js_fail(&x->j, "out of memory");
        return 0;
    }
    if (e->row != TK_NONE)
        return e->row;
    uint32_t row = e->row = tk_batch_add_resource(x->b);
    const char *here = x->j.p;
    if (process.p) {
        jump(x, process.p);
        process_fields(x, row);
        jump(x, here);
    }
    return row;
}

static void references(struct ctx *x)
{
    struct tki_js *j = &x->j;
    tk_str k;
    if (!tki_js_array(j))
        return;
    while (tki_js_item(j)) {
        tk_id128 trace = x->w.s.trace_id;
        uint64_t span = 0;
        bool follows = false;
        if (!tki_js_object(j))
            continue;
        while (tki_js_key(j, &k)) {
            if (KEY(k, "refType")) {
                tk_str type = tki_js_str(j);
                follows = KEY(type, "FOLLOWS_FROM");
            } else if (KEY(k, "traceID")) {
                trace = trace_id(x);
            } else if (KEY(k, "spanID")) {
                span = span_id(x);
            } else {
                tki_js_skip(j);
            }
        }
        tki_jaeger_ref(&x->w, follows, trace, span);
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
                    tki_jaeger_json_tags(j, true);
                else
                    tki_js_skip(j);
            }
        tki_jaeger_log(&x->w, time_ns, first);
    }
}

static const char *later(struct tki_js *j)
{
    tki_js_peek(j);
    const char *at = j->p;
    tki_js_skip(j);
    return at;
}

static void times(struct ctx *x, tk_str k, struct parts *parts)
{
    bool negative;
    uint64_t t;
    if (KEY(k, "startTime")) {
        t = tki_js_micros(&x->j, &negative);
        x->w.s.start_ns = negative ? 0 : t;
    } else if (KEY(k, "startTimeMillis")) {
        t = tki_js_decimal_slow(&x->j, 6, &negative);
        parts->start_millis_ns = negative ? 0 : t;
    } else {
        t = tki_js_micros(&x->j, &negative);
        x->w.duration_ns = negative ? -(int64_t)t : (int64_t)t;
    }
}

/* A member of a span; false: none of a span, and the cursor is still at it. */
static bool span_member(struct ctx *x, tk_str k, struct parts *parts)
{
    struct tki_js *j = &x->j;
    if (KEY(k, "traceID")) {
        x->w.s.trace_id = trace_id(x);
        parts->trace = true;
    } else if (KEY(k, "spanID")) {
        x->w.s.span_id = span_id(x);
        parts->span = true;
    } else if (KEY(k, "parentSpanID")) {
        x->w.parent_id = span_id(x);
    } else if (KEY(k, "operationName")) {
        tk_str name = tki_js_str(j);
        if (x->needs & TK_NEED_NAME)
            x->w.s.name = name;
        parts->operation = true;
    } else if (KEY(k, "references")) {
        references(x);
    } else if (KEY(k, "startTime") || KEY(k, "startTimeMillis") || KEY(k, "duration")) {
        times(x, k, parts);
    } else if (KEY(k, "tags")) {
        parts->tags = later(j);
    } else if (KEY(k, "tag")) {
        parts->tag = later(j);
    } else if (KEY(k, "scopeTags")) {
        parts->scope_tags = later(j);
    } else if (KEY(k, "scopeTag")) {
        parts->scope_tag = later(j);
    } else if (KEY(k, "logs")) {
        logs(x);
    } else if (KEY(k, "process")) {
        parts->process = tki_js_peek(j) == '{' ? tki_js_raw(j) : (tki_js_skip(j), (tk_str){0});
    } else if (KEY(k, "flags")) {
        x->w.flags = (uint32_t)tki_js_u64(j);
    } else {
        return false;
    }
    return true;
}

static void span_end(struct ctx *x, const struct parts *parts)
{
    span_tags(x, parts);
    if (x->j.error)
        return;
    if (!x->w.s.start_ns)
        x->w.s.start_ns = parts->start_millis_ns;
    x->w.s.resource = resource_of(x, parts->process);
    tki_jaeger_span_end(&x->w);
    scope_tags(x, parts);
}

/* ---- documents, and what is around them ---- */

static void document(struct ctx *x);

static void documents(struct ctx *x)
{
    char c = tki_js_peek(&x->j);
    if (c == '{')
        document(x);
    else if (c == '[' && tki_js_array(&x->j))
        while (tki_js_item(&x->j))
            documents(x);
    else if (c != '[')
        tki_js_skip(&x->j);
}

static bool is_action(tk_str k)
{
    return KEY(k, "index") || KEY(k, "create") || KEY(k, "update") || KEY(k, "delete");
}

/* The members that lead to documents.  "hits" is an object around a list of the same name. */
static bool leads_on(const struct ctx *x, tk_str k)
{
    if (KEY(k, "_source") || KEY(k, "responses") || KEY(k, "docs") || KEY(k, "doc"))
        return true;
    return KEY(k, "hits") && (*x->j.p == '{' || *x->j.p == '[');
}

static const char refusal[] = "this is an error message of Elasticsearch, not documents";

/* A document that is no span is counted by what it is.  false: it is for another format, of a stream that mixes
 * them. */
static bool other_document(struct ctx *x, const struct parts *parts, const char *start)
{
    if (parts->dependencies) {
        tki_note(x->b, TK_NOTE_DEPENDENCY_DOCS);
    } else if (parts->service && parts->operation) {
        tki_note(x->b, TK_NOTE_SERVICE_DOCS);
    } else {
        const struct tki_format *f = x->depth ? NULL : tki_format_detect((tk_str){start, (size_t)(x->j.p - start)}, true, NULL);
        if (f && f != &tki_format_jaeger_es)
            return false;
        tki_note(x->b, TK_NOTE_OTHER_DOCS);
    }
    return true;
}

static void record_end(struct ctx *x)
{
    x->records++;
    x->record = x->j.p;
    x->mark = tki_batch_mark(x->b);
}

static void record_begin(struct ctx *x)
{
    tki_js_peek(&x->j);
    x->record = x->j.p;
    x->mark = tki_batch_mark(x->b);
}

/* Any object: a span, something around spans, an action line, or another document. */
static void document(struct ctx *x)
{
    struct tki_js *j = &x->j;
    struct parts parts = {0};
    tk_str k;
    bool around = false, action = false, error = false;
    uint32_t members = 0;
    const char *start = j->p;
    if (x->depth == DEPTH_MAX) {
        tki_js_fail(j, "documents inside documents, too deep");
        return;
    }
    if (tki_js_peek(j) == '{')
        record_begin(x);
    if (!tki_js_object(j))
        return;
    x->depth++;
    tki_jaeger_span_begin(&x->w, x->b, x->needs);
    x->w.parent_rules = true;
    while (tki_js_key(j, &k)) {
        char c = tki_js_peek(j);
        members++;
        if (leads_on(x, k)) {
            around = true;
            documents(x);
        } else if (!around && span_member(x, k, &parts)) {
            continue;
        } else {
            parts.service = parts.service || KEY(k, "serviceName");
            parts.dependencies = parts.dependencies || KEY(k, "dependencies");
            action = action || (c == '{' && is_action(k));
            error = error || (c == '{' && KEY(k, "error"));
            around = around || KEY(k, "_index") || KEY(k, "_scroll_id");
            tki_js_skip(j);
        }
    }
    x->depth--;
    if (j->error)
        return;
    if (parts.trace && parts.span && !around) {
        span_end(x, &parts);
        if (!j->error)
            record_end(x);
    } else if (error && !around && members <= 2 && !x->depth) {
        j->p = start;
        tki_js_fail(j, refusal);
    } else if (members && !around && !(action && members == 1)) {
        if (other_document(x, &parts, start)) {
            record_end(x);
            return;
        }
        j->p = start;
        tki_js_fail(j, "expected a document of Elasticsearch");
    }
}

/* Behind a bad document that was skipped, the rest of what was around it follows. */
static bool rest(struct ctx *x, char c)
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
    memset(&x, 0, sizeof x);
    x.b = d->batch;
    x.needs = d->needs;
    x.records = d->records;
    d->batch->needs = d->needs;
    bool resumed = d->pos > 0;
    tki_js_init(&x.j, d->in, d->pos, d->batch);
    while (tki_js_peek(&x.j), x.j.p < x.j.end) {
        char c = *x.j.p;
        record_begin(&x);
        if (c == ',' || c == '\x1e')
            x.j.p++;
        else if (c == '[')
            documents(&x);
        else if (!resumed || !rest(&x, c))
            document(&x);
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

static unsigned bid(tk_str head, bool eof)
{
    static const struct tki_key_bid span[] = {
        {"traceID", 7, 56}, {"spanID", 7, 48}, {"operationName", 7, 104}, {"startTimeMillis", 7, 120}, {"process", 7, 56},
        {NULL, 0, 0}};
    static const struct tki_key_bid inner[] = {{"spanID", 7, 1}, {"traceID", 7, 1}, {NULL, 0, 0}};
    static const struct tki_key_bid own[] = {{"startTimeMillis", 7, 1}, {"process", 7, 1}, {NULL, 0, 0}};
    static const struct tki_key_bid api[] = {{"spans", 3, 1}, {"processes", 3, 1}, {NULL, 0, 0}};
    static const struct tki_key_bid around[] = {
        {"_source", 6, 56}, {"_index", 6, 48}, {"hits", 2, 32}, {"responses", 1, 32}, {"took", 2, 32}, {NULL, 0, 0}};
    static const struct tki_key_bid service[] = {{"serviceName", 7, 1}, {"operationName", 7, 1}, {NULL, 0, 0}};
    static const struct tki_key_bid dependency[] = {{"dependencies", 7, 1}, {"callCount", 8, 1}, {NULL, 0, 0}};
    static const struct tki_key_bid actions[][3] = {{{"index", 1, 1}, {"_index", 2, 1}, {NULL, 0, 0}},
                                                    {{"create", 1, 1}, {"_index", 2, 1}, {NULL, 0, 0}}};
    static const struct tki_key_bid none[] = {{"hits", 1, 1}, {"took", 1, 1}, {"timed_out", 1, 1}, {NULL, 0, 0}};
    unsigned outside = tki_bid_keys(head, around);
    if (tki_bid_keys(head, inner) == 2 && !tki_bid_keys(head, api) && (outside || tki_bid_keys(head, own)))
        return tki_bid_keys(head, span) + outside;
    /* A dump may begin with documents of another kind; an answer may hold nothing. */
    if (outside && (tki_bid_keys(head, service) == 2 || tki_bid_keys(head, dependency) == 2))
        return outside;
    for (unsigned i = 0; i < sizeof actions / sizeof *actions; i++)
        if (tki_bid_keys(head, actions[i]) == 2)
            return 48;
    return eof && tki_bid_keys(head, none) == 3 && !memmem(head.p, head.n, "_source", 7) ? outside : 0;
}

static const char *const split[] = {".hits.hits[]", ".responses[].hits.hits[]", ".docs[]", "[]", NULL};

const struct tki_format tki_format_jaeger_es = {
    .info = {.name = "jaeger-es",
             .about = "Jaeger's Elasticsearch and OpenSearch documents: dumps, answers, _bulk files; written for _bulk",
             .can_read = true,
             .can_write = true},
    .bid = bid,
    .cutter = &tki_cut_json,
    .split = split,
    .rest = true,
    .decode = decode,
    .resync = tki_js_resync_value,
    .put = tki_jaeger_es_put,
};
