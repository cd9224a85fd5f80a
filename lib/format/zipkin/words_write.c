/* The Zipkin family's words, on the way out. */
#include <stdlib.h>

#include "base/hash.h"
#include "base/num.h"
#include "format/zipkin/words.h"
#include "model/names.h"
#include "model/put.h"
#include "model/values.h"

static bool is_text(const struct tk_value *v, const char *z)
{
    return v->type == TK_STRING && tki_str_eq(tki_v_text(v), tki_str(z));
}

static bool is_true(const struct tk_value *v)
{
    return v->type == TK_BOOL && v->v.b;
}

/* ---- the set of tags ---- */

/* Few bytes tell keys apart well enough: a table of a span's tags is sparse. */
static inline uint64_t hash_key(tk_str k)
{
    uint64_t a = 0, z = 0;
    if (k.n >= 8) {
        memcpy(&a, k.p, 8);
        memcpy(&z, k.p + k.n - 8, 8);
    } else {
        for (size_t i = 0; i < k.n; i++)
            a = a << 8 | (unsigned char)k.p[i];
    }
    return tki_mix64(a * 31 + z + k.n);
}

/* Makes room for n tags more and starts an empty set. */
static bool reset(struct tki_zipkin_out **at, uint32_t n)
{
    struct tki_zipkin_out *o = *at;
    if (o && o->cap >= n && o->epoch != UINT32_MAX) {
        o->epoch++;
        o->ntags = 0;
        return true;
    }
    uint32_t cap = 64;
    while (cap < n)
        cap *= 2;
    struct tki_zipkin_out *fresh = calloc(1, sizeof *o + cap * (sizeof *o->tags + 2 * sizeof *o->slots));
    if (fresh) {
        fresh->tags = (struct tki_zipkin_tag *)(fresh + 1);
        fresh->slots = (uint64_t *)(fresh->tags + cap);
        fresh->cap = cap;
        fresh->epoch = 1;
        fresh->resource = o ? o->resource : TK_NONE;
        fresh->scope = o ? o->scope : TK_NONE;
        for (unsigned i = 0; i < TKI_ZIPKIN_LINKS_MAX; i++) {
            memcpy(fresh->link_keys[i], "otlp.link.", 10);
            tki_fmt_u64(fresh->link_keys[i] + 10, i);
        }
    }
    free(o);
    *at = fresh;
    return fresh;
}

/* Adds a tag; one of the same key is replaced, counted when it said something else.  Returns whether there
 * was one. */
static bool put(struct tki_zipkin_out *o, tk_str key, struct tk_value v)
{
    uint64_t mask = 2 * (uint64_t)o->cap - 1, at = hash_key(key) & mask;
    for (; o->slots[at] >> 32 == o->epoch; at = (at + 1) & mask) {
        struct tki_zipkin_tag *t = &o->tags[(uint32_t)o->slots[at]];
        if (tki_str_eq(t->key, key)) {
            t->value = v;
            return true;
        }
    }
    o->slots[at] = (uint64_t)o->epoch << 32 | o->ntags;
    o->tags[o->ntags++] = (struct tki_zipkin_tag){key, v};
    return false;
}

static void put_attr(struct tki_zipkin_out *o, const struct tk_attr *a, uint64_t *notes)
{
    notes[TK_NOTE_LOST_TYPE] += a->value.type != TK_STRING;
    notes[TK_NOTE_DUPLICATE_TAG] += put(o, a->key, a->value);
}

/* Adds an attribute of the resource or the scope.  `error` is left out, and counted: with such a tag each of their
 * spans would count as failed. */
static void put_shared(struct tki_zipkin_out *o, const struct tk_attr *a, uint64_t *notes)
{
    if (TKI_STR_IS(a->key, "error"))
        notes[TK_NOTE_LOST_SPAN]++;
    else
        put_attr(o, a, notes);
}

/* A word of the vocabulary comes before an attribute of that name. */
static void put_word(struct tki_zipkin_out *o, const char *key, tk_str s, uint64_t *notes)
{
    notes[TK_NOTE_DUPLICATE_TAG] += put(o, tki_str(key), tki_v_str(s));
}

static void put_count(struct tki_zipkin_out *o, const char *key, uint32_t n, uint64_t *notes)
{
    if (n)
        notes[TK_NOTE_DUPLICATE_TAG] += put(o, tki_str(key), tki_v_int(n));
}

/* ---- resource and scope ---- */

static void resource_tags(struct tki_zipkin_out *o, const struct tk_batch *b, const struct tk_resource *r,
                          uint64_t *notes)
{
    static const char *const keys[] = {"service.name", "faas.name", "k8s.deployment.name", "process.executable.name"};
    const struct tk_attr *service = NULL;
    unsigned k = 0;
    for (; k < sizeof keys / sizeof *keys && !service; k++) {
        service = tk_attr_find(b, r->attrs, keys[k]);
        if (service && (service->value.type != TK_STRING || !service->value.n))
            service = NULL;
    }
    for (uint32_t i = 0; i < r->attrs.count; i++)
        if (&b->attrs[r->attrs.first + i] != service)
            put_shared(o, &b->attrs[r->attrs.first + i], notes);
    if (service) {
        o->local.service = (tk_str){service->value.v.s, service->value.n};
        if (k > 1)
            put_word(o, "otlp.service.name.source", service->key, notes);
    } else if (r->service.n) {
        o->local.service = r->service;
    } else if (r->present) {
        o->local.service = TKI_STR("OTLPResourceNoServiceName");
    }
}

static void scope_tags(struct tki_zipkin_out *o, const struct tk_batch *b, const struct tk_scope *s, uint64_t *notes)
{
    for (uint32_t i = 0; i < s->attrs.count; i++)
        put_shared(o, &b->attrs[s->attrs.first + i], notes);
    if (s->name.n) {
        put_word(o, "otel.scope.name", s->name, notes);
        put_word(o, "otel.library.name", s->name, notes);
    }
    if (s->version.n) {
        put_word(o, "otel.scope.version", s->version, notes);
        put_word(o, "otel.library.version", s->version, notes);
    }
}

/* Counted once a run of spans. */
static void context_losses(struct tki_zipkin_out *o, const struct tk_batch *b, const struct tk_span *s, uint64_t *notes)
{
    const struct tk_resource *r = &b->resources[s->resource];
    const struct tk_scope *c = &b->scopes[s->scope];
    if (o->resource != s->resource)
        notes[TK_NOTE_LOST_RESOURCE] +=
            (uint64_t)(r->schema_url.n > 0) + (r->dropped_attrs > 0) + (r->entities.count > 0);
    if (o->scope != s->scope)
        notes[TK_NOTE_LOST_SCOPE] += (uint64_t)(c->attrs.count > 0) + (c->schema_url.n > 0) + (c->dropped_attrs > 0);
    o->resource = s->resource;
    o->scope = s->scope;
}

/* ---- the span ---- */

/* An attribute that leaves as a field of the span instead of a tag. */
static bool is_field(struct tki_zipkin_out *o, const struct tk_span *s, const struct tk_attr *a)
{
    for (unsigned i = 0; i < TKI_ZIPKIN_OWN_MAX; i++)
        if (o->endpoints.own[i] == a)
            return true;
    if (!is_true(&a->value))
        return false;
    if (TKI_STR_IS(a->key, "zipkin.shared"))
        return o->shared = true;
    if (TKI_STR_IS(a->key, "zipkin.debug"))
        return o->debug = true;
    return TKI_STR_IS(a->key, "otel.zipkin.absentField.startTime") && s->start_ns < 1000;
}

/* Tags of the status.  An attribute `error` of a failed span without a message says enough as it is; on any
 * other span it would make every reader take the span for failed. */
static void status_tags(struct tki_zipkin_out *o, const struct tk_span *s, const struct tk_attr *error, uint64_t *notes)
{
    if (s->status == TK_STATUS_OK) {
        put_word(o, "otel.status_code", TKI_STR("OK"), notes);
        if (s->status_message.n)
            put_word(o, "otel.status_description", s->status_message, notes);
        return;
    }
    if (s->status != TK_STATUS_ERROR) {
        notes[TK_NOTE_LOST_SPAN] += (uint64_t)(s->status != TK_STATUS_UNSET) + (s->status_message.n > 0);
        return;
    }
    if (error && !s->status_message.n && !is_text(&error->value, "true")) {
        put_attr(o, error, notes);
        return;
    }
    put_word(o, "otel.status_code", TKI_STR("ERROR"), notes);
    put_word(o, "error", s->status_message, notes);
    if (tki_str_eq(s->status_message, TKI_STR("true"))) /* would be taken for the collector's mark */
        put_word(o, "otel.status_description", s->status_message, notes);
}

static void span_tags(struct tki_zipkin_out *o, const struct tk_batch *b, const struct tk_span *s, uint64_t *notes)
{
    const struct tk_attr *error = NULL;
    for (uint32_t i = 0; i < s->attrs.count; i++) {
        const struct tk_attr *a = &b->attrs[s->attrs.first + i];
        if (TKI_STR_IS(a->key, "error"))
            error = a;
        else if (!is_field(o, s, a))
            put_attr(o, a, notes);
    }
    if (error && s->status != TK_STATUS_ERROR)
        notes[TK_NOTE_LOST_SPAN]++;
    status_tags(o, s, error, notes);
    if (s->kind == TK_KIND_INTERNAL)
        put_word(o, "span.kind", TKI_STR("internal"), notes);
    if (s->trace_state.n)
        put_word(o, "w3c.tracestate", s->trace_state, notes);
    put_count(o, "otel.dropped_attributes_count", s->dropped_attrs, notes);
    put_count(o, "otel.dropped_events_count", s->dropped_events, notes);
    put_count(o, "otel.dropped_links_count", s->dropped_links, notes);
}

static void link_tags(struct tki_zipkin_out *o, const struct tk_batch *b, const struct tk_span *s, uint64_t *notes)
{
    uint32_t n = b->needs & TK_NEED_LINKS ? s->links.count : 0;
    for (uint32_t i = 0; i < n; i++) {
        if (i >= TKI_ZIPKIN_LINKS_MAX) {
            notes[TK_NOTE_LOST_LINK]++;
            continue;
        }
        uint32_t row = s->links.first + i;
        notes[TK_NOTE_LOST_LINK] += b->links[row].flags != 0;
        notes[TK_NOTE_DUPLICATE_TAG] +=
            put(o, tki_str(o->link_keys[i]), (struct tk_value){.type = TKI_ZIPKIN_TAG_LINK, .v.first = row});
    }
}

static void times(struct tki_zipkin_out *o, const struct tk_span *s, uint64_t *notes)
{
    tki_span_micros(s, &o->start_us, &o->duration_us, notes);
    if (!o->duration_us && s->end_ns > s->start_ns)
        o->duration_us = 1; /* 0 would be "not known" */
}

void tki_zipkin_out_begin(struct tki_zipkin_out *o)
{
    if (o)
        o->resource = o->scope = TK_NONE;
}

uint64_t tki_zipkin_event_us(const struct tk_span *s, const struct tk_event *e, uint64_t notes[TKI_NOTE_COUNT])
{
    uint64_t ns = e->time_ns;
    if (ns < 1000) {
        notes[TK_NOTE_LOST_EVENT]++;
        ns = s->start_ns >= 1000 ? s->start_ns : s->end_ns >= 1000 ? s->end_ns : 1000;
    }
    notes[TK_NOTE_LOST_PRECISION] += ns % 1000 != 0;
    return ns / 1000;
}

/* Zipkin's kinds are the names of OTLP's constants without their prefix, from SERVER on. */
static tk_str kind_word(unsigned kind)
{
    return kind >= TK_KIND_SERVER && kind <= TK_KIND_CONSUMER ? tki_str(tki_kind_constant(kind) + strlen("SPAN_KIND_"))
                                                              : (tk_str){0};
}

int tki_zipkin_out_span(struct tki_zipkin_out **at, const struct tk_batch *b, const struct tk_span *s,
                        uint64_t notes[TKI_NOTE_COUNT])
{
    if (tki_id_zero(s->trace_id) || !s->span_id) {
        notes[TK_NOTE_SPAN_UNWRITABLE]++;
        return 0;
    }
    const struct tk_resource *r = &b->resources[s->resource];
    const struct tk_scope *c = &b->scopes[s->scope];
    enum { WORDS_MAX = 20 };
    if (!reset(at, r->attrs.count + c->attrs.count + s->attrs.count + TKI_ZIPKIN_LINKS_MAX + WORDS_MAX))
        return TK_ENOMEM;
    struct tki_zipkin_out *o = *at;
    o->debug = o->shared = false;
    o->kind = kind_word(s->kind);
    notes[TK_NOTE_LOST_SPAN] += (uint64_t)(s->kind > TK_KIND_CONSUMER) + (s->flags != 0);
    tki_zipkin_endpoints_of(&o->endpoints, b->attrs + s->attrs.first, s->attrs.count, s->kind);
    o->local = o->endpoints.at[TKI_ZIPKIN_HOST];
    o->remote = o->endpoints.at[TKI_ZIPKIN_PEER];
    context_losses(o, b, s, notes);
    times(o, s, notes);
    resource_tags(o, b, r, notes);
    scope_tags(o, b, c, notes);
    span_tags(o, b, s, notes);
    link_tags(o, b, s, notes);
    return 1;
}
