/* Jaeger's spans as Elasticsearch and OpenSearch hold them: lines of elasticdump, answers of _search, _msearch,
 * _mget and scrolls, files for _bulk, and the documents themselves.
 *
 * What stands around a document is walked through wherever it occurs; a document is a span when it has a trace
 * id, a span id, and a name or a start (operationName, startTime, startTimeMillis).  Dumps hold other documents too:
 * services, dependencies, log records with the ids of a span, and whatever else are skipped, counted each by its name.
 * A span's tags come as an array `tags`, as an object `tag` whose keys have
 * "@" for dots, or as both.
 */
#include "format/jaeger/json.h"
#include "format/js/documents.h"
#include "format/js/fields.h"
#include "format/table.h"

enum { DEPTH_MAX = 32 }; /* of what stands around a document */

struct ctx {
    struct tki_jaeger_json s;
    unsigned depth; /* of documents in one another */
};

/* Parts of a document that are looked at when all of it is known. */
struct parts {
    const char *tags, *tag, *scope_tags, *scope_tag;
    bool service, dependencies;
    uint64_t start_millis_ns;
};

#define KEY(k, name) TKI_STR_IS(k, name)

/* ---- the parts of a span ---- */

/* Both representations, in one range. */
static void span_tags(struct tki_jaeger_json *s, const struct parts *parts)
{
    tki_jaeger_tags_begin(&s->w);
    tki_jaeger_json_at(s, parts->tags, tki_jaeger_json_add_span_tags);
    tki_jaeger_json_at(s, parts->tag, tki_jaeger_json_add_span_tag_object);
    tki_jaeger_tags_end(&s->w);
}

/* Attributes of the scope, from Jaeger 2.21 on: the scope's row is made anew with them. */
static void scope_tags(struct tki_jaeger_json *s, const struct parts *parts)
{
    struct tk_batch *b = s->r.j.batch;
    if (!(parts->scope_tags || parts->scope_tag) || !(s->needs & TK_NEED_SCOPE) || b->err || s->r.j.error)
        return;
    uint32_t first = b->nattrs;
    tki_jaeger_json_at(s, parts->scope_tags, tki_jaeger_json_tags);
    tki_jaeger_json_at(s, parts->scope_tag, tki_jaeger_json_tag_object);
    if (b->nattrs == first || b->err)
        return;
    struct tk_span *span = &b->spans[b->nspans - 1];
    struct tk_scope scope = b->scopes[span->scope];
    scope.present = true;
    scope.attrs = (tk_range){first, b->nattrs - first};
    uint32_t row = tk_batch_add_scope(b);
    if (b->err)
        return;
    b->scopes[row] = scope;
    span->scope = row;
}

/* Takes a member of a span.  Returns false when the member is not one of a span; the cursor is then still at its value.
 */
static bool span_member(struct tki_jaeger_json *s, tk_str k, struct parts *parts)
{
    static const struct tki_js_field fields[] = {
        TKI_JS_FIELD("tags", later, struct parts, tags),
        TKI_JS_FIELD("tag", later, struct parts, tag),
        TKI_JS_FIELD("scopeTags", later, struct parts, scope_tags),
        TKI_JS_FIELD("scopeTag", later, struct parts, scope_tag),
        TKI_JS_FIELD("startTimeMillis", millis, struct parts, start_millis_ns),
        TKI_JS_END,
    };
    if (!tki_js_field(&s->r.j, fields, k, parts))
        return tki_jaeger_json_member(s, k);
    s->has_start = s->has_start || parts->start_millis_ns;
    return true;
}

static void span_end(struct tki_jaeger_json *s, const struct parts *parts)
{
    span_tags(s, parts);
    if (s->r.j.error)
        return;
    if (!s->w.s.start_ns)
        s->w.s.start_ns = parts->start_millis_ns;
    s->w.s.resource = tki_jaeger_json_resource(s, &s->processes, s->process, s->process.p);
    tki_jaeger_json_span_end(s);
    scope_tags(s, parts);
}

/* ---- documents, and what is around them ---- */

static void document(struct ctx *x);

static void documents(struct ctx *x)
{
    char c = tki_js_peek(&x->s.r.j);
    if (c == '{')
        document(x);
    else if (c == '[' && tki_js_array(&x->s.r.j))
        while (tki_js_item(&x->s.r.j))
            documents(x);
    else if (c != '[')
        tki_js_skip(&x->s.r.j);
}

static bool is_action(tk_str k)
{
    return KEY(k, "index") || KEY(k, "create") || KEY(k, "update") || KEY(k, "delete");
}

/* The members that lead to documents.  "hits" is an object around a list of the same name. */
static bool leads_on(const struct tki_js *j, tk_str k)
{
    if (KEY(k, "_source") || KEY(k, "responses") || KEY(k, "docs") || KEY(k, "doc"))
        return true;
    return KEY(k, "hits") && (*j->p == '{' || *j->p == '[');
}

/* Skips a document that is no span, and counts it by what it is.  The cursor is behind it, or failed inside it.  When
 * it is for another format, of a stream that mixes them, the cursor fails. */
static void other_document(struct ctx *x, const struct parts *parts, const struct tki_js *start)
{
    struct tki_jaeger_json *s = &x->s;
    struct tki_js end = *start;
    enum tk_note note = TK_NOTE_OTHER_DOCS;
    tki_js_skip(&end);
    if (end.error)
        return;
    if (parts->dependencies) {
        note = TK_NOTE_DEPENDENCY_DOCS;
    } else if (parts->service && s->has_name) {
        note = TK_NOTE_SERVICE_DOCS;
    } else if (!x->depth && tki_format_is_other(start->p, end.p, &tki_format_jaeger_es)) {
        tki_js_fail_at(&s->r.j, start->p, "expected a document of Elasticsearch");
        return;
    }
    if (note == TK_NOTE_OTHER_DOCS && s->has_trace && s->has_span)
        note = TK_NOTE_IDS_ONLY;
    tki_record_skip(&s->r, start, note);
}

/* Returns true if the object at *start has neither a name nor a start.  Its ids are not asked for: documents of every
 * other kind are counted, too. */
static bool no_span(const struct tki_jaeger_json *s, const struct tki_js *start)
{
    static const struct tki_span_signs signs = {.any = "operationName|startTime|startTimeMillis"};
    return tki_jaeger_json_no_span(s, start, &signs);
}

/* Any object: a span, something around spans, an action line, or another document. */
static void document(struct ctx *x)
{
    struct tki_jaeger_json *s = &x->s;
    struct tki_js *j = &s->r.j;
    struct parts parts = {0};
    tk_str k;
    bool around = false, led = false, hit = false, action = false, error = false;
    uint32_t members = 0, unknown = 0;
    if (x->depth == DEPTH_MAX) {
        tki_js_fail(j, "documents inside documents, too deep");
        return;
    }
    if (tki_js_peek(j) == '{')
        tki_record_begin(&s->r);
    struct tki_js start = *j;
    if (!tki_js_object(j))
        return;
    x->depth++;
    tki_jaeger_json_span_begin(s);
    s->w.parent_rules = true;
    while (tki_js_key(j, &k)) {
        char c = tki_js_peek(j);
        members++;
        if (leads_on(j, k)) {
            around = led = true;
            documents(x);
        } else if (!around && span_member(s, k, &parts)) {
            continue;
        } else {
            parts.service = parts.service || KEY(k, "serviceName");
            parts.dependencies = parts.dependencies || KEY(k, "dependencies");
            action = action || (c == '{' && is_action(k));
            error = error || (c == '{' && KEY(k, "error"));
            hit = hit || KEY(k, "_index");
            around = around || hit || KEY(k, "_scroll_id");
            unknown += tki_js_loses(j, k, NULL);
        }
    }
    x->depth--;
    if (j->error && (around || !no_span(s, &start)))
        return;
    if (s->has_trace && s->has_span && !around && !no_span(s, &start)) {
        j->batch->notes->n[TK_NOTE_MEMBER_DROPPED] += unknown; /* what is around documents is of no span */
        span_end(s, &parts);
        tki_record_end(&s->r);
    } else if (error && !around && members <= 2 && !x->depth)
        tki_js_refuse(j, start.p, "this is an error message of Elasticsearch, not documents");
    else if (members && (!around || (hit && !led)) && !(action && members == 1)) /* a hit may have fields alone */
        other_document(x, &parts, &start);
}

static void next(struct tki_records *r, char c)
{
    struct ctx *x = (struct ctx *)r;
    if (c == '[')
        documents(x);
    else if (!tki_records_rest(r, c))
        document(x);
}

static int decode(struct tki_decode *d)
{
    static const struct tki_jaeger_dialect dialect = {.hex = true};
    struct ctx x;
    x.depth = 0;
    tki_jaeger_json_init(&x.s, &dialect, d);
    return tki_records_decode(&x.s.r, d, next);
}

/* ---- recognising ---- */

static unsigned bid(const struct tki_head *head)
{
    static const struct tki_key ids[] = {{"spanID", 7}, {"traceID", 7}, {NULL, 0}};
    static const struct tki_key names[] = {{"operationName", 7}, {"startTime", 7}, {"startTimeMillis", 7}, {NULL, 0}};
    static const struct tki_key api[] = {{"spans", 3}, {"processes", 3}, {NULL, 0}};
    static const struct tki_key around[] = {{"_source", 6},   {"_index", 6}, {"hits", 2},
                                            {"responses", 1}, {"took", 2},   {NULL, 0}};
    static const struct tki_key service[] = {{"serviceName", 7}, {"operationName", 7}, {NULL, 0}};
    static const struct tki_key dependency[] = {{"dependencies", 7}, {"callCount", 8}, {NULL, 0}};
    static const struct tki_key actions[][3] = {{{"index", 1}, {"_index", 2}, {NULL, 0}},
                                                {{"create", 1}, {"_index", 2}, {NULL, 0}}};
    static const struct tki_key none[] = {{"hits", 1}, {"took", 1}, {"timed_out", 1}, {NULL, 0}};
    unsigned outside = tki_key_bits(head, around);
    if (tki_keys_met(head, ids) == 2 && !tki_keys_met(head, api)) {
        if (tki_keys_met(head, names))
            return tki_key_bits(head, ids) + tki_key_bits(head, names) + tki_key_bits(head, TKI_KEYS({"process", 7})) +
                   outside;
        if (outside && !head->eof) /* log records with ids; spans may follow */
            return outside;
    }
    /* A dump may begin with documents of another kind; an answer may hold nothing. */
    if (outside && (tki_keys_met(head, service) == 2 || tki_keys_met(head, dependency) == 2))
        return outside;
    for (unsigned i = 0; i < sizeof actions / sizeof *actions; i++)
        if (tki_keys_met(head, actions[i]) == 2)
            return tki_key_bits(head, actions[i]);
    bool nothing = tki_keys_met(head, none) == 3 && !memmem(head->text.p, head->text.n, "_source", 7);
    return head->eof && nothing ? outside : 0;
}

const struct tki_format tki_format_jaeger_es = {
    .info = {.name = "jaeger-es",
             .about = "Jaeger's Elasticsearch and OpenSearch documents: dumps, answers, _bulk files; written for _bulk",
             .can_read = true,
             .can_write = true},
    .bid = bid,
    .cutter = &tki_cut_json,
    .split = TKI_REPEATS(".hits.hits[]", ".responses[].hits.hits[]", ".docs[]", "[]"),
    .spans = true,
    .lossless = true,
    .decode = decode,
    .resync = tki_js_resync_value,
    .put = tki_jaeger_es_put,
    .free_state = tki_jaeger_es_free,
};
