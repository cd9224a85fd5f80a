/* same.h - two batches, field by field: order of spans, and what each span's resource, scope, attributes,
 * events and links say.  How rows are numbered and shared is not compared. */
#ifndef TRACEKIT_TESTS_SAME_H
#define TRACEKIT_TESTS_SAME_H

#include <inttypes.h>
#include <math.h>

#include "base/str.h"
#include "tap.h"

struct same {
    const struct tk_batch *got, *want;
    const char *name;
    const uint32_t *order; /* rows of `want` in the order of `got`; NULL: the same order */
    bool c_strings;        /* the wanted texts end at their first NUL: protobuf-c knows no more of them */
    uint32_t row;          /* of the span under comparison */
    unsigned wrong;        /* differences so far; the first few are shown */
};

static inline void same_differ(struct same *s, const char *what)
{
    if (s->wrong++ < 5)
        diag("%s: span %u: %s differs", s->name, s->row, what);
}

static inline void same_uint(struct same *s, uint64_t got, uint64_t want, const char *what)
{
    if (got == want)
        return;
    same_differ(s, what);
    if (s->wrong <= 5)
        diag("  got %" PRIu64 ", want %" PRIu64, got, want);
}

static inline void same_text(struct same *s, tk_str got, tk_str want, const char *what)
{
    if (s->c_strings && got.n > want.n && got.p[want.n] == 0)
        got.n = want.n;
    if (tki_str_eq(got, want))
        return;
    same_differ(s, what);
    if (s->wrong <= 5)
        diag("  got %zu bytes \"%.*s\", want %zu bytes \"%.*s\"", got.n, (int)(got.n < 200 ? got.n : 200),
             got.n ? got.p : "", want.n, (int)(want.n < 200 ? want.n : 200), want.n ? want.p : "");
}

static inline void same_value(struct same *s, const struct tk_value *got, const struct tk_value *want, const char *what)
{
    if (got->type != want->type) {
        same_uint(s, got->type, want->type, what);
        return;
    }
    switch (want->type) {
    case TK_STRING:
    case TK_BYTES: same_text(s, (tk_str){got->v.s, got->n}, (tk_str){want->v.s, want->n}, what); break;
    case TK_BOOL: same_uint(s, got->v.b, want->v.b, what); break;
    case TK_INT: same_uint(s, (uint64_t)got->v.i, (uint64_t)want->v.i, what); break;
    case TK_DOUBLE:
        if (memcmp(&got->v.d, &want->v.d, sizeof got->v.d) != 0 && !(isnan(got->v.d) && isnan(want->v.d)))
            same_differ(s, what);
        break;
    case TK_ARRAY:
    case TK_KVLIST:
        same_uint(s, got->n, want->n, what);
        for (uint32_t i = 0; got->n == want->n && i < want->n; i++) {
            const struct tk_attr *a = &s->got->kids[got->v.first + i], *b = &s->want->kids[want->v.first + i];
            same_text(s, a->key, b->key, what);
            same_value(s, &a->value, &b->value, what);
        }
        break;
    default: break;
    }
}

static inline void same_attrs(struct same *s, tk_range got, tk_range want, const char *what)
{
    same_uint(s, got.count, want.count, what);
    for (uint32_t i = 0; got.count == want.count && i < want.count; i++) {
        const struct tk_attr *a = &s->got->attrs[got.first + i], *b = &s->want->attrs[want.first + i];
        same_text(s, a->key, b->key, what);
        same_value(s, &a->value, &b->value, what);
    }
}

static inline void same_keys(struct same *s, tk_range got, tk_range want, const char *what)
{
    same_uint(s, got.count, want.count, what);
    for (uint32_t i = 0; got.count == want.count && i < want.count; i++)
        same_value(s, &s->got->kids[got.first + i].value, &s->want->kids[want.first + i].value, what);
}

static inline void same_resource(struct same *s, const struct tk_resource *got, const struct tk_resource *want)
{
    same_uint(s, got->present, want->present, "presence of the resource");
    same_attrs(s, got->attrs, want->attrs, "resource attributes");
    same_text(s, got->schema_url, want->schema_url, "resource schema URL");
    same_text(s, got->service, want->service, "service");
    same_uint(s, got->dropped_attrs, want->dropped_attrs, "resource's dropped attributes");
    same_uint(s, got->entities.count, want->entities.count, "entities");
    for (uint32_t i = 0; got->entities.count == want->entities.count && i < want->entities.count; i++) {
        const struct tk_entity *a = &s->got->entities[got->entities.first + i];
        const struct tk_entity *b = &s->want->entities[want->entities.first + i];
        same_text(s, a->type, b->type, "entity type");
        same_text(s, a->schema_url, b->schema_url, "entity schema URL");
        same_keys(s, a->id_keys, b->id_keys, "entity id keys");
        same_keys(s, a->description_keys, b->description_keys, "entity description keys");
    }
}

static inline void same_scope(struct same *s, const struct tk_scope *got, const struct tk_scope *want)
{
    same_uint(s, got->present, want->present, "presence of the scope");
    same_text(s, got->name, want->name, "scope name");
    same_text(s, got->version, want->version, "scope version");
    same_text(s, got->schema_url, want->schema_url, "scope schema URL");
    same_attrs(s, got->attrs, want->attrs, "scope attributes");
    same_uint(s, got->dropped_attrs, want->dropped_attrs, "scope's dropped attributes");
}

static inline void same_events(struct same *s, tk_range got, tk_range want)
{
    same_uint(s, got.count, want.count, "events");
    for (uint32_t i = 0; got.count == want.count && i < want.count; i++) {
        const struct tk_event *a = &s->got->events[got.first + i], *b = &s->want->events[want.first + i];
        same_uint(s, a->time_ns, b->time_ns, "event time");
        same_text(s, a->name, b->name, "event name");
        same_attrs(s, a->attrs, b->attrs, "event attributes");
        same_uint(s, a->dropped_attrs, b->dropped_attrs, "event's dropped attributes");
    }
}

static inline void same_links(struct same *s, tk_range got, tk_range want)
{
    same_uint(s, got.count, want.count, "links");
    for (uint32_t i = 0; got.count == want.count && i < want.count; i++) {
        const struct tk_link *a = &s->got->links[got.first + i], *b = &s->want->links[want.first + i];
        same_uint(s, a->trace_id.hi, b->trace_id.hi, "link trace id");
        same_uint(s, a->trace_id.lo, b->trace_id.lo, "link trace id");
        same_uint(s, a->span_id, b->span_id, "link span id");
        same_text(s, a->trace_state, b->trace_state, "link trace state");
        same_attrs(s, a->attrs, b->attrs, "link attributes");
        same_uint(s, a->dropped_attrs, b->dropped_attrs, "link's dropped attributes");
        same_uint(s, a->flags, b->flags, "link flags");
    }
}

static inline void same_span(struct same *s, const struct tk_span *got, const struct tk_span *want)
{
    same_uint(s, got->trace_id.hi, want->trace_id.hi, "trace id, first half");
    same_uint(s, got->trace_id.lo, want->trace_id.lo, "trace id, second half");
    same_uint(s, got->span_id, want->span_id, "span id");
    same_uint(s, got->parent_id, want->parent_id, "parent id");
    same_uint(s, got->start_ns, want->start_ns, "start");
    same_uint(s, got->end_ns, want->end_ns, "end");
    same_text(s, got->name, want->name, "name");
    same_text(s, got->trace_state, want->trace_state, "trace state");
    same_text(s, got->status_message, want->status_message, "status message");
    same_uint(s, got->status, want->status, "status");
    same_uint(s, got->kind, want->kind, "kind");
    same_uint(s, got->flags, want->flags, "flags");
    same_uint(s, got->dropped_attrs, want->dropped_attrs, "dropped attributes");
    same_uint(s, got->dropped_events, want->dropped_events, "dropped events");
    same_uint(s, got->dropped_links, want->dropped_links, "dropped links");
    same_attrs(s, got->attrs, want->attrs, "attributes");
    same_events(s, got->events, want->events);
    same_links(s, got->links, want->links);
    same_resource(s, &s->got->resources[got->resource], &s->want->resources[want->resource]);
    same_scope(s, &s->got->scopes[got->scope], &s->want->scopes[want->scope]);
}

/* One test: the batches say the same. */
static inline bool same_test(struct same *s)
{
    same_uint(s, s->got->nspans, s->want->nspans, "number of spans");
    for (uint32_t i = 0; i < s->want->nspans && i < s->got->nspans; i++) {
        s->row = i;
        same_span(s, &s->got->spans[i], &s->want->spans[s->order ? s->order[i] : i]);
    }
    return ok(s->wrong == 0, "%s: %u spans, field by field", s->name, s->want->nspans);
}

static inline bool same_batches(const struct tk_batch *got, const struct tk_batch *want, const char *name)
{
    struct same s = {.got = got, .want = want, .name = name};
    return same_test(&s);
}

#endif
