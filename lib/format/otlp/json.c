/* OTLP JSON: documents, lines, and what other writers make of it.
 *
 * Keys may come in any order: a resource or scope has its row before its spans, and is filled when it is met.
 * Attributes are decoded in json_value.c.
 */

#include "format/otlp/json.h"
#include "base/err.h"
#include "base/map.h"
#include "base/num.h"
#include "format/js/documents.h"
#include "format/js/ids.h"
#include "format/js/scan.h"
#include "format/otlp/otlp.h"
#include "model/names.h"

/* ---- scalars with the deviations that writers have ---- */

static uint64_t time_ns(struct tki_oj *x)
{
    char c = tki_js_peek(&x->j);
    if (c != '"')
        x->j.odd = true;
    return __builtin_expect(c == '{', 0) ? tki_oj_long(x) : tki_js_u64(&x->j);
}

static int64_t whole32(struct tki_oj *x)
{
    if (tki_js_peek(&x->j) == '"')
        x->j.odd = true;
    const char *at = x->j.p;
    int64_t n = tki_js_i64(&x->j);
    x->j.odd |= n < 0;
    if (n <= UINT32_MAX)
        return n;
    tki_js_fail_at(&x->j, at, "expected a whole number of 32 bits");
    return 0;
}

static uint32_t flags(struct tki_oj *x)
{
    return (uint32_t)whole32(x);
}

static uint32_t count32(struct tki_oj *x)
{
    int64_t n = whole32(x);
    if (n < 0) {
        tki_note(x->b, TK_NOTE_COUNT_NEGATIVE);
        return 0;
    }
    return (uint32_t)n;
}

static uint8_t enumerator(struct tki_oj *x, uint64_t n)
{
    if (n <= UINT8_MAX)
        return (uint8_t)n;
    tki_note(x->b, TK_NOTE_ENUM_RANGE);
    x->j.odd = true;
    return 0;
}

/* An enum: a number, or its name, or a string of the number. */
static uint8_t enumeration(struct tki_oj *x, int (*find)(tk_str), const char *prefix)
{
    if (tki_js_peek(&x->j) != '"')
        return enumerator(x, tki_js_u64(&x->j));
    x->j.odd = true;
    const char *at = x->j.p;
    tk_str s = tki_js_str(&x->j), p = tki_str(prefix);
    uint64_t n;
    tk_str bare = s.n > p.n && tki_str_same_letters((tk_str){s.p, p.n}, p) ? (tk_str){s.p + p.n, s.n - p.n} : s;
    int i = find(bare);
    if (i >= 0)
        return (uint8_t)i;
    if (tki_parse_u64(s, &n))
        return enumerator(x, n);
    x->j.p = at;
    tki_js_fail(&x->j, "unknown name of an enumeration");
    return 0;
}

static tk_id128 trace_id(struct tki_oj *x)
{
    const char *p = x->j.p;
    tk_id128 id;
    if (p[0] == '"' && tki_hex16(p + 1, &id.hi) && tki_hex16(p + 17, &id.lo) && p[33] == '"') {
        x->j.p += 34;
        return id;
    }
    if (p[0] != '"' && tki_js_id_number(&x->j, 16, &id))
        return id;
    return tki_js_trace_id(&x->j);
}

static uint64_t span_id(struct tki_oj *x)
{
    const char *p = x->j.p;
    uint64_t id;
    if (p[0] == '"' && tki_hex16(p + 1, &id) && p[17] == '"') {
        x->j.p += 18;
        return id;
    }
    tk_id128 number;
    if (p[0] != '"' && tki_js_id_number(&x->j, 8, &number))
        return number.lo;
    return tki_js_span_id(&x->j);
}

/* The text from `start` on, if it may be copied: then it keeps the members that were left out since the count of them
 * was `dropped`. */
static tk_str raw_view(struct tki_oj *x, const char *start, uint64_t dropped, uint16_t *beyond)
{
    if (!(x->needs & TK_NEED_RAW) || x->j.odd || x->j.error)
        return (tk_str){0};
    *beyond = tki_batch_beyond(x->b, TK_NOTE_MEMBER_DROPPED, dropped);
    return (tk_str){start, (size_t)(x->j.p - start)};
}

/* ---- spans ---- */

/* Rust's exporter for consoles repeats its times, cut to milliseconds, for people. */
static const char told[] = "startTime|endTime|time";

static void event(struct tki_oj *x)
{
    struct tki_js *j = &x->j;
    struct tk_event e = {0};
    tk_str k;
    if (tki_js_object(j))
        while (tki_js_key(j, &k)) {
            if (KEY2(k, "timeUnixNano", "time_unix_nano"))
                e.time_ns = time_ns(x);
            else if (KEY(k, "name"))
                e.name = tki_js_str(j);
            else if (KEY(k, "attributes"))
                e.attrs = tki_oj_attributes(x);
            else if (KEY2(k, "droppedAttributesCount", "dropped_attributes_count"))
                e.dropped_attrs = count32(x);
            else
                tki_js_drop(j, k, told);
        }
    *tk_batch_add_event(x->b) = e;
}

static void link_to(struct tki_oj *x)
{
    struct tki_js *j = &x->j;
    struct tk_link l = {0};
    tk_str k;
    if (tki_js_object(j))
        while (tki_js_key(j, &k)) {
            if (KEY2(k, "traceId", "trace_id"))
                l.trace_id = trace_id(x);
            else if (KEY2(k, "spanId", "span_id"))
                l.span_id = span_id(x);
            else if (KEY2(k, "traceState", "trace_state"))
                l.trace_state = tki_js_str(j);
            else if (KEY(k, "attributes"))
                l.attrs = tki_oj_attributes(x);
            else if (KEY2(k, "droppedAttributesCount", "dropped_attributes_count"))
                l.dropped_attrs = count32(x);
            else if (KEY(k, "flags"))
                l.flags = flags(x);
            else
                tki_js_drop(j, k, NULL);
        }
    *tk_batch_add_link(x->b) = l;
}

/* The rows that `one` adds for the elements of a list; when they are not needed, only their number. */
static tk_range rows_of(struct tki_oj *x, unsigned need, const uint32_t *rows, void (*one)(struct tki_oj *x))
{
    tk_range r = {0, 0};
    if (!(x->needs & need)) {
        r.count = tki_js_count(&x->j);
        return r;
    }
    r.first = *rows;
    if (tki_js_array(&x->j))
        while (tki_js_item(&x->j))
            one(x);
    r.count = *rows - r.first;
    return r;
}

static void status(struct tki_oj *x, struct tk_span *s)
{
    static const char older[] = "deprecatedCode|deprecated_code"; /* before 2021, beside the code */
    tk_str k;
    if (tki_js_object(&x->j))
        while (tki_js_key(&x->j, &k)) {
            if (KEY(k, "code"))
                s->status = enumeration(x, tki_status_find, "STATUS_CODE_");
            else if (KEY(k, "message"))
                s->status_message = tki_js_str(&x->j);
            else
                tki_js_drop(&x->j, k, older);
        }
}

/* The members of a span, in the order of enum member. */
static const struct tki_member span_members[] = {
    TKI_MEMBER("traceId"),
    TKI_MEMBER("spanId"),
    TKI_MEMBER("parentSpanId"),
    TKI_MEMBER("name"),
    TKI_MEMBER("kind"),
    TKI_MEMBER("startTimeUnixNano"),
    TKI_MEMBER("endTimeUnixNano"),
    TKI_MEMBER("attributes"),
    TKI_MEMBER("events"),
    TKI_MEMBER("links"),
    TKI_MEMBER("status"),
    TKI_MEMBER("flags"),
    TKI_MEMBER("traceState"),
};
enum member { TRACE_ID, SPAN_ID, PARENT, NAME, KIND, START, END, ATTRIBUTES, EVENTS, LINKS, STATUS, FLAGS, STATE };

/* The rarer members, and the other spelling. */
static void rare_member(struct tki_oj *x, tk_str k, struct tk_span *s)
{
    struct tki_js *j = &x->j;
    if (KEY2(k, "droppedAttributesCount", "dropped_attributes_count"))
        s->dropped_attrs = count32(x);
    else if (KEY2(k, "droppedEventsCount", "dropped_events_count"))
        s->dropped_events = count32(x);
    else if (KEY2(k, "droppedLinksCount", "dropped_links_count"))
        s->dropped_links = count32(x);
    else if (KEY(k, "trace_id"))
        s->trace_id = trace_id(x), j->odd = true;
    else if (KEY(k, "span_id"))
        s->span_id = span_id(x), j->odd = true;
    else if (KEY(k, "parent_span_id"))
        s->parent_id = span_id(x), j->odd = true;
    else if (KEY(k, "trace_state"))
        s->trace_state = tki_js_str(j), j->odd = true;
    else if (KEY(k, "start_time_unix_nano"))
        s->start_ns = time_ns(x), j->odd = true;
    else if (KEY(k, "end_time_unix_nano"))
        s->end_ns = time_ns(x), j->odd = true;
    else
        tki_js_drop(j, k, told);
}

/* Steps over an array of attributes among which is none of the wanted ones, and says so. */
static bool skip_unwanted(struct tki_oj *x)
{
    struct tki_js *j = &x->j;
    const char *close = tki_js_peek(j) == '[' ? tki_json_skip_without(j->p, j->end, x->wanted) : NULL;
    if (close)
        j->p = close;
    return close != NULL;
}

/* For the weight alone the attributes of roots are enough; the parent's id stands before them in what all writers make.
 */
static bool wants_attributes(const struct tki_oj *x, const struct tk_span *s)
{
    return x->needs & TK_NEED_ATTRS || (x->needs & TK_NEED_WEIGHT && s->parent_id == 0);
}

static void span_members_of(struct tki_oj *x, struct tk_span *s)
{
    struct tki_js *j = &x->j;
    unsigned m = TKI_MEMBER_FIRST;
    tk_str k;
    while ((m = tki_js_member(j, &x->span_guess, m, &k)) != TKI_MEMBER_END) {
        switch (m) {
        case TRACE_ID: s->trace_id = trace_id(x); break;
        case SPAN_ID: s->span_id = span_id(x); break;
        case PARENT: s->parent_id = span_id(x); break;
        case NAME: s->name = tki_js_str(j); break;
        case KIND: s->kind = enumeration(x, tki_kind_find, "SPAN_KIND_"); break;
        case START: s->start_ns = time_ns(x); break;
        case END: s->end_ns = time_ns(x); break;
        case ATTRIBUTES:
            if (!wants_attributes(x, s))
                tki_js_skip(j);
            else if (!x->wanted->n || !skip_unwanted(x))
                s->attrs = tki_oj_attributes(x);
            break;
        case EVENTS: s->events = rows_of(x, TK_NEED_EVENTS, &x->b->nevents, event); break;
        case LINKS: s->links = rows_of(x, TK_NEED_LINKS, &x->b->nlinks, link_to); break;
        case STATUS: status(x, s); break;
        case FLAGS: s->flags = flags(x); break;
        case STATE: s->trace_state = tki_js_str(j); break;
        default: rare_member(x, k, s);
        }
    }
}

/* Takes back the row and the parts of a span without times if the object at *start is a record of another tool: if it
 * has no name, and members that are not OTLP's.  An empty span of OTLP stays: JSON of protobuf leaves out what is
 * empty. */
static __attribute__((noinline)) void drop_record(struct tki_oj *x, const struct tki_js *start,
                                                  const uint32_t before[4], uint64_t dropped)
{
    static const char own[] =
        "traceId|trace_id|spanId|span_id|parentSpanId|parent_span_id|traceState|trace_state|flags|kind|"
        "startTimeUnixNano|start_time_unix_nano|endTimeUnixNano|end_time_unix_nano|attributes|events|links|status|"
        "droppedAttributesCount|dropped_attributes_count|droppedEventsCount|dropped_events_count|droppedLinksCount|"
        "dropped_links_count";
    static const struct tki_span_signs signs = {.any = "name", .own = own};
    struct tk_batch *b = x->b;
    if (x->j.error || !tki_js_no_span(start, &x->j, &signs))
        return;
    b->nspans--;
    b->nattrs = before[0];
    b->nkids = before[1];
    b->nevents = before[2];
    b->nlinks = before[3];
    b->notes->n[TK_NOTE_MEMBER_DROPPED] = dropped;
    tki_note(b, TK_NOTE_IDS_ONLY);
}

/* Steps over a span of another trace than those that are asked for, and says so.  What does not begin with the id of
 * its trace, or may be a record of another tool as it has no start, is looked at whole. */
static __attribute__((noinline)) bool pass_over(struct tki_oj *x)
{
    static const char begins[] = "{\"traceId\":\"", starts[] = ",\"startTimeUnixNano\":\"";
    enum { ID = 32 };
    struct tki_js *j = &x->j;
    const size_t n = sizeof begins - 1;
    struct tki_js after;
    tk_id128 id;
    tki_js_peek(j);
    if ((size_t)(j->end - j->p) < n + ID || memcmp(j->p, begins, n) != 0 || !tki_hex16(j->p + n, &id.hi) ||
        !tki_hex16(j->p + n + ID / 2, &id.lo) || tki_idmap_get(x->only, id) != TKI_MAP_NONE)
        return false;
    after = *j;
    tki_js_skip(&after);
    const char *at = after.error ? NULL : memmem(j->p, (size_t)(after.p - j->p), starts, sizeof starts - 1);
    if (!at || at[sizeof starts - 1] < '1' || at[sizeof starts - 1] > '9')
        return false;
    *j = after;
    tki_batch_pass_over(x->b);
    return true;
}

static void span(struct tki_oj *x, uint32_t resource, uint32_t scope)
{
    struct tki_js *j = &x->j;
    const uint32_t before[] = {x->b->nattrs, x->b->nkids, x->b->nevents, x->b->nlinks};
    bool odd = j->odd;
    tki_js_peek(j);
    const char *start = j->p;
    uint64_t dropped = x->b->notes->n[TK_NOTE_MEMBER_DROPPED];
    j->odd = false;
    if (!tki_js_object(j)) {
        j->odd = odd;
        return;
    }
    struct tk_span *s = tk_batch_add_span(x->b);
    s->resource = resource;
    s->scope = scope;
    span_members_of(x, s);
    s->raw = raw_view(x, start, dropped, &s->beyond);
    if (!s->start_ns && !s->end_ns && !s->name.n) {
        struct tki_js at = *j;
        at.p = start;
        at.error = NULL;
        drop_record(x, &at, before, dropped);
    }
    j->odd |= odd;
}

/* ---- scopes and resources ---- */

static void scope_fields(struct tki_oj *x, uint32_t row)
{
    struct tki_js *j = &x->j;
    struct tk_scope s = x->b->scopes[row];
    bool odd = j->odd;
    tk_str k;
    tki_js_peek(j);
    const char *start = j->p;
    uint64_t dropped = x->b->notes->n[TK_NOTE_MEMBER_DROPPED];
    j->odd = false;
    if (tki_js_object(j)) {
        s.present = true;
        while (tki_js_key(j, &k)) {
            if (KEY(k, "name"))
                s.name = tki_js_str(j);
            else if (KEY(k, "version"))
                s.version = tki_js_str(j);
            else if (KEY(k, "attributes"))
                s.attrs = tki_oj_attributes(x);
            else if (KEY2(k, "droppedAttributesCount", "dropped_attributes_count"))
                s.dropped_attrs = count32(x);
            else
                tki_js_drop(j, k, NULL);
        }
        s.raw = raw_view(x, start, dropped, &s.beyond);
    }
    j->odd |= odd;
    x->b->scopes[row] = s;
}

static void scope_spans(struct tki_oj *x, uint32_t resource)
{
    struct tki_js *j = &x->j;
    tk_str k;
    if (!tki_js_object(j))
        return;
    uint32_t row = tk_batch_add_scope(x->b);
    while (tki_js_key(j, &k)) {
        if (KEY(k, "spans")) {
            if (tki_js_array(j))
                while (tki_js_item(j))
                    if (!x->only || !pass_over(x))
                        span(x, resource, row);
        } else if (KEY(k, "scope") || KEY2(k, "instrumentationLibrary", "instrumentation_library")) {
            if (x->needs & TK_NEED_SCOPE)
                scope_fields(x, row);
            else
                tki_js_skip(j);
        } else if (KEY2(k, "schemaUrl", "schema_url")) {
            tk_str url = tki_js_str(j);
            x->b->scopes[row].schema_url = url;
        } else {
            tki_js_drop(j, k, NULL);
        }
    }
}

static void scope_spans_list(struct tki_oj *x, uint32_t resource)
{
    if (tki_js_array(&x->j))
        while (tki_js_item(&x->j))
            scope_spans(x, resource);
}

static tk_range string_list(struct tki_oj *x)
{
    uint32_t base = tki_batch_stack(x->b);
    if (tki_js_array(&x->j))
        while (tki_js_item(&x->j)) {
            tk_str s = tki_js_str(&x->j);
            tki_batch_push(x->b)->value = (struct tk_value){.type = TK_STRING, .n = (uint32_t)s.n, .v.s = s.p};
        }
    return tki_batch_pop_kids(x->b, base);
}

static void entity(struct tki_oj *x)
{
    struct tki_js *j = &x->j;
    struct tk_entity e = {0};
    tk_str k;
    if (tki_js_object(j))
        while (tki_js_key(j, &k)) {
            if (KEY2(k, "schemaUrl", "schema_url"))
                e.schema_url = tki_js_str(j);
            else if (KEY(k, "type"))
                e.type = tki_js_str(j);
            else if (KEY2(k, "idKeys", "id_keys"))
                e.id_keys = string_list(x);
            else if (KEY2(k, "descriptionKeys", "description_keys"))
                e.description_keys = string_list(x);
            else
                tki_js_drop(j, k, NULL);
        }
    *tk_batch_add_entity(x->b) = e;
}

static void resource_fields(struct tki_oj *x, uint32_t row)
{
    struct tki_js *j = &x->j;
    struct tk_resource r = x->b->resources[row];
    bool odd = j->odd;
    tk_str k;
    tki_js_peek(j);
    const char *start = j->p;
    uint64_t dropped = x->b->notes->n[TK_NOTE_MEMBER_DROPPED];
    j->odd = false;
    if (tki_js_object(j)) {
        r.present = true;
        while (tki_js_key(j, &k)) {
            if (KEY(k, "attributes"))
                r.attrs = tki_oj_attributes(x);
            else if (KEY2(k, "droppedAttributesCount", "dropped_attributes_count"))
                r.dropped_attrs = count32(x);
            else if (KEY2(k, "entityRefs", "entity_refs")) {
                r.entities.first = x->b->nentities;
                if (tki_js_array(j))
                    while (tki_js_item(j))
                        entity(x);
                r.entities.count = x->b->nentities - r.entities.first;
            } else
                tki_js_drop(j, k, NULL);
        }
        const struct tk_attr *a = tk_attr_find(x->b, r.attrs, "service.name");
        if (a && a->value.type == TK_STRING)
            r.service = (tk_str){a->value.v.s, a->value.n};
        r.raw = raw_view(x, start, dropped, &r.beyond);
    }
    j->odd |= odd;
    x->b->resources[row] = r;
}

/* Walks instrumentationLibrarySpans, met earlier at `at`, now that there turned out to be no scopeSpans. */
static void legacy_scopes(struct tki_oj *x, const char *at, uint32_t resource)
{
    struct tki_js *j = &x->j, here = *j;
    if (j->error)
        return;
    j->p = at;
    scope_spans_list(x, resource);
    if (!j->error)
        *j = here;
}

/* What is whole stays, whatever comes behind it in its document. */
static void record_done(struct tki_oj *x)
{
    if (x->j.error || x->b->err)
        return;
    ++*x->records;
    tki_batch_mark_whole(x->b, &x->record);
}

bool tki_oj_other_signal(struct tki_oj *x, tk_str k)
{
    if (KEY2(k, "resourceLogs", "resource_logs") || KEY2(k, "scopeLogs", "scope_logs"))
        tki_note(x->b, TK_NOTE_OTHER_LOGS);
    else if (KEY2(k, "resourceMetrics", "resource_metrics") || KEY2(k, "scopeMetrics", "scope_metrics"))
        tki_note(x->b, TK_NOTE_OTHER_METRICS);
    else if (KEY2(k, "resourceProfiles", "resource_profiles") || KEY2(k, "scopeProfiles", "scope_profiles"))
        tki_note(x->b, TK_NOTE_OTHER_PROFILES);
    else
        return false;
    return true;
}

bool tki_oj_resource_members(struct tki_oj *x)
{
    struct tki_js *j = &x->j;
    tki_batch_mark_whole(x->b, &x->record);
    uint32_t row = tk_batch_add_resource(x->b);
    const char *legacy = NULL;
    bool scopes = false, listed = false, other = false;
    tk_str k;
    while (tki_js_key(j, &k)) {
        if (KEY(k, "resource")) {
            resource_fields(x, row);
        } else if (KEY2(k, "scopeSpans", "scope_spans")) {
            uint32_t before = x->b->nscopes;
            listed = true;
            scope_spans_list(x, row);
            scopes = scopes || x->b->nscopes > before;
        } else if (KEY2(k, "schemaUrl", "schema_url")) {
            tk_str url = tki_js_str(j);
            x->b->resources[row].schema_url = url;
        } else if (KEY2(k, "instrumentationLibrarySpans", "instrumentation_library_spans")) {
            legacy = j->p;
            tki_js_skip(j);
        } else if (tki_oj_other_signal(x, k)) {
            other = true;
            tki_js_skip(j);
        } else {
            tki_js_drop(j, k, NULL);
        }
    }
    if (legacy && scopes)
        tki_note(x->b, TK_NOTE_LEGACY_DROPPED);
    else if (legacy)
        legacy_scopes(x, legacy, row);
    if (!listed && !legacy)
        return other;
    record_done(x);
    return true;
}

bool tki_oj_bare_span(struct tki_oj *x)
{
    tki_batch_mark_whole(x->b, &x->record);
    uint32_t resource = tk_batch_add_resource(x->b), scope = tk_batch_add_scope(x->b);
    span(x, resource, scope);
    const struct tk_span *s = x->b->nspans > x->record.nspans ? &x->b->spans[x->b->nspans - 1] : NULL;
    if (!s || ((!s->start_ns && !s->end_ns) || tki_id_zero(s->trace_id) || !s->span_id))
        return false;
    record_done(x);
    return true;
}

void tki_oj_init(struct tki_oj *x, struct tki_decode *d, uint64_t *records)
{
    unsigned bare = d->proto_only ? TK_NEED_RAW : 0;
    *x = (struct tki_oj){
        .b = d->batch, .needs = d->needs & ~bare, .wanted = &d->wanted, .only = d->only, .records = records};
    x->span_guess = (struct tki_guess){.members = span_members, .n = sizeof span_members / sizeof *span_members};
    d->batch->raw = TK_RAW_OTLP_JSON;
    d->batch->needs = d->needs;
    tki_js_init(&x->j, d->in, d->pos, d->batch);
}
