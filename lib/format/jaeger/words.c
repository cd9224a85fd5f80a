#include "format/jaeger/words.h"

#include <strings.h>

#include "base/num.h"
#include "format/lossless/lossless.h"
#include "model/names.h"
#include "model/put.h"

static const char ref_type_key[] = "opentracing.ref_type";
static const char warnings_key[] = "@jaeger@warnings";
static const char flags_key[] = "@jaeger@flags";
static const char no_service[] = "OTLPResourceNoServiceName";

enum { FLAG_SAMPLED = 1, FLAGS_JAEGER = 0xff, REMOVED = 0xff };

#define WORD(k, literal, w) (memcmp((k).p, literal, sizeof(literal) - 1) == 0 ? (w) : TKI_JAEGER_NONE)

enum tki_jaeger_word tki_jaeger_word_slow(tk_str k)
{
    switch (k.n) {
    case 5: return WORD(k, "error", TKI_JAEGER_ERROR);
    case 9: return WORD(k, "span.kind", TKI_JAEGER_KIND);
    case 12: return WORD(k, "sampler.type", TKI_JAEGER_WEIGHT);
    case 13:
        return k.p[0] == 's' ? WORD(k, "sampler.param", TKI_JAEGER_WEIGHT) : WORD(k, TKI_LOSSLESS_KEY, TKI_JAEGER_REST);
    case 14: return WORD(k, "w3c.tracestate", TKI_JAEGER_STATE);
    case 15: return WORD(k, "otel.scope.name", TKI_JAEGER_SCOPE_NAME);
    case 16: return WORD(k, "otel.status_code", TKI_JAEGER_STATUS_CODE);
    case 18: return WORD(k, "otel.scope.version", TKI_JAEGER_SCOPE_VERSION);
    case 19: return WORD(k, "http.status_message", TKI_JAEGER_HTTP_TEXT);
    case 23: return WORD(k, "otel.status_description", TKI_JAEGER_STATUS_TEXT);
    case 24: return WORD(k, "otel.dropped_links_count", TKI_JAEGER_DROPPED_LINKS);
    case 25: return WORD(k, "otel.dropped_events_count", TKI_JAEGER_DROPPED_EVENTS);
    case 29: return WORD(k, "otel.dropped_attributes_count", TKI_JAEGER_DROPPED_ATTRS);
    default: return TKI_JAEGER_NONE;
    }
}

static int kind_of(const struct tk_value *v)
{
    int kind = v->type == TK_STRING ? tki_kind_find(tki_v_text(v)) : -1;
    return kind > 0 ? kind : 0;
}

static int status_of(const struct tk_value *v)
{
    return v->type == TK_STRING ? tki_status_find(tki_v_text(v)) : -1;
}

/* ---- reading: tags ---- */

void tki_jaeger_span_begin(struct tki_jaeger_span *x, struct tk_batch *b, unsigned needs)
{
    x->b = b;
    x->needs = needs;
    x->s = (struct tk_span){0};
    x->parent_id = 0;
    x->duration_ns = 0;
    x->flags = 0;
    x->met = 0;
    x->parent_rules = false;
    x->refs_first = b->nlinks;
    x->warnings = (tk_range){0, 0};
}

void tki_jaeger_tags_begin(struct tki_jaeger_span *x)
{
    x->s.attrs = (tk_range){x->b->nattrs, 0};
    x->met = 0;
}

static bool valid_count(const struct tk_value *v)
{
    return v->type == TK_INT && v->v.i > 0 && v->v.i <= UINT32_MAX;
}

/* Returns true if the word can have that value. */
static bool fits(enum tki_jaeger_word w, const struct tk_value *v)
{
    switch (w) {
    case TKI_JAEGER_KIND: return kind_of(v) > 0;
    case TKI_JAEGER_STATUS_CODE: return status_of(v) >= 0;
    case TKI_JAEGER_ERROR: return v->type == TK_BOOL && v->v.b;
    case TKI_JAEGER_DROPPED_ATTRS:
    case TKI_JAEGER_DROPPED_EVENTS:
    case TKI_JAEGER_DROPPED_LINKS: return valid_count(v);
    default: return v->type == TK_STRING;
    }
}

/* Clients that write every tag as text: Jaeger's interface shows such a span as failed. */
static bool says_error(const struct tk_value *v)
{
    return v->type == TK_STRING && v->n == 4 && strncasecmp(v->v.s, "true", 4) == 0;
}

void tki_jaeger_word_tag(struct tki_jaeger_span *x, enum tki_jaeger_word w, const struct tk_attr *a)
{
    uint32_t row = TK_NONE;
    if (x->needs & TK_NEED_ATTRS || w == TKI_JAEGER_WEIGHT) {
        row = x->b->nattrs;
        *tk_batch_add_attr(x->b) = *a;
    }
    if (w == TKI_JAEGER_WEIGHT)
        return; /* it stays an attribute */
    if (w == TKI_JAEGER_ERROR && says_error(&a->value)) {
        x->met |= 1u << w;
        x->slot[w] = (struct tki_jaeger_slot){a->value, TK_NONE}; /* as text it stays an attribute as well */
        return;
    }
    bool first_counts = w == TKI_JAEGER_SCOPE_NAME || w == TKI_JAEGER_SCOPE_VERSION;
    if (!fits(w, &a->value) || (first_counts && x->met >> w & 1))
        return;
    x->met |= 1u << w;
    x->slot[w] = (struct tki_jaeger_slot){a->value, row};
}

static bool met(const struct tki_jaeger_span *x, enum tki_jaeger_word w)
{
    return x->met >> w & 1;
}

static tk_str text_of(const struct tki_jaeger_span *x, enum tki_jaeger_word w)
{
    return met(x, w) ? tki_v_text(&x->slot[w].value) : (tk_str){0};
}

static void settle_status(struct tki_jaeger_span *x)
{
    bool state = x->needs & TK_NEED_STATE;
    if (met(x, TKI_JAEGER_ERROR)) {
        x->s.status = TK_STATUS_ERROR;
        if (state)
            x->s.status_message =
                text_of(x, met(x, TKI_JAEGER_STATUS_TEXT) ? TKI_JAEGER_STATUS_TEXT : TKI_JAEGER_HTTP_TEXT);
    } else if (met(x, TKI_JAEGER_STATUS_CODE)) {
        x->s.status = (uint8_t)status_of(&x->slot[TKI_JAEGER_STATUS_CODE].value);
        if (state)
            x->s.status_message = text_of(x, TKI_JAEGER_STATUS_TEXT);
    } else {
        x->met &= ~(1u << TKI_JAEGER_STATUS_TEXT); /* says nothing without a status: an attribute */
    }
}

static uint32_t count_of(const struct tki_jaeger_span *x, enum tki_jaeger_word w)
{
    return met(x, w) ? (uint32_t)x->slot[w].value.v.i : 0;
}

/* Takes the rows of words that became something else out of the attributes, which are the last rows of b. */
static void remove_words(struct tki_jaeger_span *x)
{
    struct tk_batch *b = x->b;
    uint32_t first = TK_NONE;
    for (unsigned w = 1; w < TKI_JAEGER_WORDS; w++) {
        uint32_t row = x->slot[w].row;
        if (!met(x, w) || row >= b->nattrs || w == TKI_JAEGER_HTTP_TEXT)
            continue;
        b->attrs[row].value.type = REMOVED;
        first = row < first ? row : first;
    }
    if (first == TK_NONE)
        return;
    uint32_t to = first;
    for (uint32_t i = first; i < b->nattrs; i++)
        if (b->attrs[i].value.type != REMOVED)
            b->attrs[to++] = b->attrs[i];
    b->nattrs = to;
}

void tki_jaeger_tags_end(struct tki_jaeger_span *x)
{
    if (x->met) {
        settle_status(x);
        if (met(x, TKI_JAEGER_KIND))
            x->s.kind = (uint8_t)kind_of(&x->slot[TKI_JAEGER_KIND].value);
        if (!met(x, TKI_JAEGER_SCOPE_NAME))
            x->met &= ~(1u << TKI_JAEGER_SCOPE_VERSION);
        if (x->needs & TK_NEED_STATE) {
            x->s.trace_state = text_of(x, TKI_JAEGER_STATE);
            x->s.dropped_attrs = count_of(x, TKI_JAEGER_DROPPED_ATTRS);
            x->s.dropped_events = count_of(x, TKI_JAEGER_DROPPED_EVENTS);
            x->s.dropped_links = count_of(x, TKI_JAEGER_DROPPED_LINKS);
        }
        remove_words(x);
    }
    x->s.attrs.count = x->b->nattrs - x->s.attrs.first;
}

/* ---- reading: the rest of a span ---- */

void tki_jaeger_ref(struct tki_jaeger_span *x, bool follows, tk_id128 trace_id, uint64_t span_id)
{
    struct tk_link *l = tk_batch_add_link(x->b);
    l->trace_id = trace_id;
    l->span_id = span_id;
    l->flags = follows; /* until the end of the span */
}

void tki_jaeger_log(struct tki_jaeger_span *x, uint64_t time_ns, uint32_t first)
{
    struct tk_batch *b = x->b;
    struct tk_event e = {.time_ns = time_ns};
    uint32_t to = first;
    bool named = false;
    for (uint32_t i = first; i < b->nattrs; i++) {
        const struct tk_attr *a = &b->attrs[i];
        if (!named && TKI_STR_IS(a->key, "event") && a->value.type == TK_STRING) {
            e.name = tki_v_text(&a->value);
            named = true;
        } else if (!e.dropped_attrs && TKI_STR_IS(a->key, "otel.dropped_attributes_count") && valid_count(&a->value)) {
            e.dropped_attrs = (uint32_t)a->value.v.i;
        } else {
            b->attrs[to++] = *a;
        }
    }
    b->nattrs = to;
    e.attrs = (tk_range){first, to - first};
    if (x->s.events.count++ == 0)
        x->s.events.first = b->nevents;
    *tk_batch_add_event(b) = e;
}

/* The reference that names the parent, an index into the references; TK_NONE: none.  parentSpanID, where it
 * is written and no reference repeats it, comes before all references, as in Jaeger's own readers. */
static uint32_t find_parent(struct tki_jaeger_span *x, const struct tk_link *refs, uint32_t n)
{
    uint32_t follows = TK_NONE, child = TK_NONE;
    bool repeated = x->parent_id == 0, rules = x->parent_rules && x->parent_id;
    for (uint32_t i = 0; i < n; i++) {
        if (!tki_id_eq(refs[i].trace_id, x->s.trace_id))
            continue;
        if (rules && refs[i].span_id != x->parent_id)
            continue;
        repeated = repeated || refs[i].span_id == x->parent_id;
        if (refs[i].flags && follows == TK_NONE)
            follows = i;
        if (!refs[i].flags && child == TK_NONE)
            child = i;
    }
    if (!repeated) {
        x->s.parent_id = x->parent_id;
        return TK_NONE;
    }
    uint32_t parent = child != TK_NONE ? child : follows;
    if (parent != TK_NONE)
        x->s.parent_id = refs[parent].span_id;
    return child; /* one that follows stays a link: only so is its type kept */
}

/* A reference without a span means a whole trace, if another one. */
static uint32_t drop_empty(const struct tki_jaeger_span *x, struct tk_link *refs, uint32_t n)
{
    uint32_t to = 0;
    for (uint32_t i = 0; i < n; i++)
        if (refs[i].span_id || !(tki_id_zero(refs[i].trace_id) || tki_id_eq(refs[i].trace_id, x->s.trace_id)))
            refs[to++] = refs[i];
    return to;
}

static void settle_references(struct tki_jaeger_span *x)
{
    struct tk_batch *b = x->b;
    struct tk_link *refs = b->links + x->refs_first;
    uint32_t n = drop_empty(x, refs, b->nlinks - x->refs_first);
    uint32_t parent = find_parent(x, refs, n);
    if (parent != TK_NONE) {
        memmove(refs + parent, refs + parent + 1, (n - parent - 1) * sizeof *refs);
        n--;
    }
    b->nlinks = x->refs_first + n;
    x->s.links = (tk_range){x->refs_first, n};
    if (!(x->needs & TK_NEED_LINKS)) {
        b->nlinks = x->refs_first;
        return;
    }
    for (uint32_t i = 0; i < n; i++) {
        tk_str type = refs[i].flags ? TKI_STR("follows_from") : TKI_STR("child_of");
        refs[i].attrs = (tk_range){b->nattrs, 1};
        tki_put(b, tki_str(ref_type_key), tki_v_str(type));
        refs[i].flags = 0;
    }
}

/* Adds an attribute behind the span's others, which may have rows of logs behind them. */
static void append(struct tki_jaeger_span *x, const char *key, struct tk_value v)
{
    tki_attrs_to_end(x->b, &x->s.attrs);
    tki_put_behind(x->b, &x->s.attrs, tki_str(key), v);
}

static void settle_flags(struct tki_jaeger_span *x)
{
    if (x->flags > FLAGS_JAEGER) {
        x->s.flags = x->flags;
        return;
    }
    x->s.flags = x->flags & FLAG_SAMPLED;
    if (x->flags & ~(uint32_t)FLAG_SAMPLED && x->needs & TK_NEED_ATTRS)
        append(x, flags_key, tki_v_int(x->flags));
}

static uint32_t scope_row(struct tki_jaeger_span *x)
{
    bool scope = x->needs & TK_NEED_SCOPE && met(x, TKI_JAEGER_SCOPE_NAME);
    tk_str name = scope ? text_of(x, TKI_JAEGER_SCOPE_NAME) : (tk_str){0};
    tk_str version = scope ? text_of(x, TKI_JAEGER_SCOPE_VERSION) : (tk_str){0};
    return tki_put_scope_named(x->b, name, version, scope);
}

void tki_jaeger_span_end(struct tki_jaeger_span *x)
{
    x->s.end_ns = x->s.start_ns + (uint64_t)x->duration_ns;
    settle_references(x);
    if (x->flags)
        settle_flags(x);
    if (x->warnings.count && x->needs & TK_NEED_ATTRS)
        append(x, warnings_key, tki_v_list(TK_ARRAY, x->warnings));
    x->s.scope = scope_row(x);
    x->s.raw = text_of(x, TKI_JAEGER_REST); /* until the whole piece is decoded */
    *tk_batch_add_span(x->b) = x->s;
}

/* ---- reading: processes ---- */

uint32_t tki_jaeger_process_begin(struct tk_batch *b)
{
    uint32_t first = b->nattrs;
    tk_batch_add_attr(b);
    return first;
}

/* Two tags of Jaeger's clients have names of their own in OpenTelemetry. */
static void rename_tags(struct tk_batch *b, tk_range r)
{
    bool host = tk_attr_find(b, r, "host.name"), version = tk_attr_find(b, r, "opencensus.exporterversion");
    for (uint32_t i = r.first; i < r.first + r.count; i++) {
        struct tk_attr *a = &b->attrs[i];
        if (!host && TKI_STR_IS(a->key, "hostname")) {
            a->key = TKI_STR("host.name");
            host = true;
        } else if (!version && TKI_STR_IS(a->key, "jaeger.version") && a->value.type == TK_STRING) {
            a->key = TKI_STR("opencensus.exporterversion");
            a->value = tki_v_str(tki_batch_join(b, TKI_STR("Jaeger-"), tki_v_text(&a->value)));
            version = true;
        }
    }
}

void tki_jaeger_process_end(struct tk_batch *b, uint32_t resource, uint32_t first, tk_str service, unsigned needs)
{
    struct tk_resource r = {.present = true};
    bool named = service.n && !tki_str_eq(service, tki_str(no_service));
    if (named)
        r.service = service;
    if (b->err)
        return;
    if (needs & TK_NEED_RESOURCE) {
        tk_range tags = {first + 1, b->nattrs - first - 1};
        rename_tags(b, tags);
        if (named)
            b->attrs[first] = (struct tk_attr){TKI_STR("service.name"), tki_v_str(service)};
        r.attrs = named ? (tk_range){first, tags.count + 1} : tags;
    } else {
        b->nattrs = first;
    }
    b->resources[resource] = r;
}
