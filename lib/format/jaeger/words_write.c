/* The Jaeger family's words, on the way out. */
#include <stdlib.h>

#include "base/hash.h"
#include "format/jaeger/words.h"
#include "model/put.h"
#include "model/values.h"

enum { FLAG_SAMPLED = 1, FLAGS_JAEGER = 0xff };

static bool is_string(const struct tk_value *v, const char *z)
{
    return v->type == TK_STRING && tki_str_eq(tki_v_text(v), tki_str(z));
}

/* ---- references ---- */

/* opentracing.ref_type of a link: whether it says child_of.  *plain: the link holds nothing else. */
static bool child_of(const struct tk_batch *b, const struct tk_link *l, bool *plain)
{
    const struct tk_attr *a = tk_attr_find(b, l->attrs, "opentracing.ref_type");
    bool known = a && (is_string(&a->value, "child_of") || is_string(&a->value, "follows_from"));
    *plain = l->attrs.count == known && !l->trace_state.n && !l->flags && !l->dropped_attrs;
    return known && is_string(&a->value, "child_of");
}

static const struct tk_link *links_of(const struct tki_jaeger_refs *r, uint32_t *n)
{
    *n = r->b->needs & TK_NEED_LINKS ? r->s->links.count : 0;
    return r->b->links + r->s->links.first;
}

/* A link to the parent only tells the type of the parent's reference, unless another reference of the same
 * trace would then be taken for the parent. */
static void parent_type(struct tki_jaeger_refs *r)
{
    uint32_t n;
    const struct tk_link *l = links_of(r, &n);
    bool other_child = false, plain;
    for (uint32_t i = 0; i < n; i++) {
        if (!tki_id_eq(l[i].trace_id, r->s->trace_id))
            continue;
        bool child = child_of(r->b, &l[i], &plain);
        if (l[i].span_id != r->s->parent_id)
            other_child = other_child || child;
        else if (r->parent_link == TK_NONE)
            r->parent_link = i;
    }
    if (r->parent_link == TK_NONE)
        return;
    r->parent_follows = !child_of(r->b, &l[r->parent_link], &plain) && !other_child;
    if (!plain || !r->parent_follows)
        r->notes[TK_NOTE_LOST_LINK]++;
}

void tki_jaeger_refs_begin(struct tki_jaeger_refs *r, const struct tk_batch *b, const struct tk_span *s,
                           uint64_t notes[TKI_NOTE_COUNT])
{
    *r = (struct tki_jaeger_refs){
        .b = b, .s = s, .notes = notes, .parent_due = s->parent_id != 0, .parent_link = TK_NONE};
    if (s->parent_id && s->links.count)
        parent_type(r);
}

bool tki_jaeger_refs_next(struct tki_jaeger_refs *r, struct tki_jaeger_ref *ref)
{
    if (r->parent_due) {
        r->parent_due = false;
        *ref = (struct tki_jaeger_ref){r->s->trace_id, r->s->parent_id, r->parent_follows};
        return true;
    }
    uint32_t n;
    const struct tk_link *l = links_of(r, &n);
    while (r->next < n) {
        uint32_t i = r->next++;
        bool plain, child = child_of(r->b, &l[i], &plain), same = tki_id_eq(l[i].trace_id, r->s->trace_id);
        if (i == r->parent_link)
            continue;
        if (r->parent_link != TK_NONE && same && l[i].span_id == r->s->parent_id) {
            r->notes[TK_NOTE_LOST_LINK]++; /* the parent a third time */
            continue;
        }
        /* In a root, a reference into its own trace is taken for the parent by every reader. */
        if (!plain || (same && !r->s->parent_id))
            r->notes[TK_NOTE_LOST_LINK]++;
        *ref = (struct tki_jaeger_ref){l[i].trace_id, l[i].span_id, !child};
        return true;
    }
    return false;
}

/* ---- tags ---- */

bool tki_jaeger_not_tag_slow(const struct tk_batch *b, const struct tk_attr *a)
{
    const struct tk_value *v = &a->value;
    if (TKI_STR_IS(a->key, "@jaeger@flags"))
        return v->type == TK_INT && v->v.i >= 0 && v->v.i <= FLAGS_JAEGER;
    if (!TKI_STR_IS(a->key, "@jaeger@warnings") || v->type != TK_ARRAY)
        return false;
    for (uint32_t i = 0; i < v->n; i++)
        if (b->kids[v->v.first + i].value.type != TK_STRING)
            return false;
    return true;
}

static void add(struct tki_jaeger_tags *t, const char *key, struct tk_value v)
{
    t->after[t->nafter++] = (struct tk_attr){tki_str(key), v};
}

static void add_count(struct tki_jaeger_tags *t, const char *key, uint32_t n)
{
    if (n)
        add(t, key, tki_v_int(n));
}

static void status_tags(struct tki_jaeger_tags *t, const struct tk_span *s, uint64_t *notes)
{
    if (s->status == TK_STATUS_OK) {
        add(t, "otel.status_code", tki_v_str(TKI_STR("OK")));
    } else if (s->status == TK_STATUS_ERROR) {
        add(t, "otel.status_code", tki_v_str(TKI_STR("ERROR")));
        add(t, "error", tki_v_bool(true));
    } else if (s->status != TK_STATUS_UNSET) {
        notes[TK_NOTE_LOST_SPAN]++;
    }
    if (s->status_message.n)
        add(t, "otel.status_description", tki_v_str(s->status_message));
}

/* Flags as Jaeger holds them: "sampled", its own from the attribute, or OpenTelemetry's when they cannot be
 * mistaken for its own. */
static void flags_of(struct tki_jaeger_tags *t, const struct tk_span *s, uint64_t *notes)
{
    bool own = t->flags & ~(uint32_t)FLAG_SAMPLED;
    if (s->flags > FLAGS_JAEGER && !own)
        t->flags = s->flags;
    else if (!own)
        t->flags = s->flags & FLAG_SAMPLED;
    else
        t->flags = (t->flags & ~(uint32_t)FLAG_SAMPLED) | (s->flags & FLAG_SAMPLED);
    if (s->flags & ~(uint32_t)FLAG_SAMPLED && t->flags != s->flags)
        notes[TK_NOTE_LOST_SPAN]++;
}

void tki_jaeger_tags_of(struct tki_jaeger_tags *t, const struct tk_batch *b, const struct tk_span *s,
                        uint64_t notes[TKI_NOTE_COUNT])
{
    const struct tk_scope *scope = &b->scopes[s->scope];
    t->nbefore = t->nafter = 0;
    t->warnings = NULL;
    t->flags = 0;
    if (scope->name.n)
        t->before[t->nbefore++] = (struct tk_attr){TKI_STR("otel.scope.name"), tki_v_str(scope->name)};
    if (scope->version.n)
        t->before[t->nbefore++] = (struct tk_attr){TKI_STR("otel.scope.version"), tki_v_str(scope->version)};
    for (uint32_t i = 0; i < s->attrs.count; i++) {
        const struct tk_attr *a = &b->attrs[s->attrs.first + i];
        if (!tki_jaeger_not_tag(b, a))
            continue;
        if (a->value.type == TK_ARRAY)
            t->warnings = a;
        else
            t->flags = (uint32_t)a->value.v.i;
    }
    if (s->kind > TK_KIND_CONSUMER)
        notes[TK_NOTE_LOST_SPAN]++;
    else if (s->kind)
        add(t, "span.kind", tki_v_str(tki_str(tk_kind_name(s->kind))));
    status_tags(t, s, notes);
    if (s->trace_state.n)
        add(t, "w3c.tracestate", tki_v_str(s->trace_state));
    add_count(t, "otel.dropped_attributes_count", s->dropped_attrs);
    add_count(t, "otel.dropped_events_count", s->dropped_events);
    add_count(t, "otel.dropped_links_count", s->dropped_links);
    flags_of(t, s, notes);
}

void tki_jaeger_scope_losses(const struct tk_scope *s, uint64_t notes[TKI_NOTE_COUNT])
{
    notes[TK_NOTE_LOST_SCOPE] += (uint64_t)(s->attrs.count > 0) + (s->schema_url.n > 0) + (s->dropped_attrs > 0);
}

/* ---- logs and times ---- */

tk_str tki_jaeger_log_name(const struct tk_batch *b, const struct tk_event *e, uint64_t notes[TKI_NOTE_COUNT])
{
    if (!tk_attr_find(b, e->attrs, "event"))
        return e->name;
    notes[TK_NOTE_LOST_EVENT]++; /* the attribute will be read as the name */
    return (tk_str){0};
}

/* ---- processes ---- */

struct tki_jaeger_process tki_jaeger_process_of(const struct tk_batch *b, const struct tk_resource *r,
                                                uint64_t notes[TKI_NOTE_COUNT])
{
    struct tki_jaeger_process p = {tk_attr_find(b, r->attrs, "service.name"), tki_v_str(r->service)};
    notes[TK_NOTE_LOST_RESOURCE] += (uint64_t)(r->schema_url.n > 0) + (r->dropped_attrs > 0) + (r->entities.count > 0);
    if (p.service_attr) {
        p.service = p.service_attr->value;
        if (p.service.type != TK_STRING)
            notes[TK_NOTE_LOST_TYPE]++;
    } else if (!r->attrs.count && !r->service.n) {
        p.service = tki_v_str(TKI_STR("OTLPResourceNoServiceName"));
    }
    return p;
}

struct tki_jaeger_processes {
    uint32_t cap;   /* resources there is room for, a power of two */
    uint32_t epoch; /* of the trace: entries of other epochs are free */
    uint32_t n;
    uint64_t *map;   /* resource row -> epoch and process */
    uint64_t *slots; /* twice cap, by hash: epoch and process */
    uint64_t *hashes;
    uint32_t *rows; /* of processes */
};

struct tki_jaeger_processes *tki_jaeger_processes_begin(struct tki_encode *e, const struct tk_batch *b)
{
    struct tki_jaeger_processes *p = e->state;
    if (!p || p->cap < b->nresources || p->epoch == UINT32_MAX) {
        uint32_t cap = 16;
        while (cap < b->nresources)
            cap *= 2;
        free(p);
        e->state = p = calloc(1, sizeof *p + cap * (4 * sizeof(uint64_t) + sizeof(uint32_t)));
        if (!p) {
            e->out->err = TK_ENOMEM;
            return NULL;
        }
        p->cap = cap;
        p->map = (uint64_t *)(p + 1);
        p->slots = p->map + cap;
        p->hashes = p->slots + 2 * (size_t)cap;
        p->rows = (uint32_t *)(p->hashes + cap);
    }
    p->epoch++;
    p->n = 0;
    return p;
}

static uint64_t hash_value(const struct tk_batch *b, uint64_t h, const struct tk_value *v)
{
    h = tki_hash_combine(h, v->type);
    if (v->type == TK_STRING || v->type == TK_BYTES)
        return tki_hash_combine(h, tki_hash(v->v.s, v->n));
    if (v->type != TK_ARRAY && v->type != TK_KVLIST)
        return tki_hash_combine(h, v->type == TK_BOOL ? v->v.b : (uint64_t)v->v.i);
    for (uint32_t i = 0; i < v->n; i++)
        h = hash_value(b, h, &b->kids[v->v.first + i].value);
    return tki_hash_combine(h, v->n);
}

static bool resources_equal(const struct tk_batch *b, const struct tk_resource *x, const struct tk_resource *y)
{
    return x->attrs.count == y->attrs.count && tki_str_eq(x->service, y->service) &&
           tki_attrs_equal(b, b->attrs + x->attrs.first, b, b->attrs + y->attrs.first, x->attrs.count);
}

uint32_t tki_jaeger_processes_put(struct tki_jaeger_processes *p, const struct tk_batch *b, uint32_t row)
{
    if (p->map[row] >> 32 == p->epoch)
        return (uint32_t)p->map[row];
    const struct tk_resource *r = &b->resources[row];
    uint64_t h = tki_hash(r->service.p, r->service.n), mask = 2 * (uint64_t)p->cap - 1;
    for (uint32_t i = 0; i < r->attrs.count; i++) {
        const struct tk_attr *a = &b->attrs[r->attrs.first + i];
        h = hash_value(b, tki_hash_combine(h, tki_hash(a->key.p, a->key.n)), &a->value);
    }
    uint64_t at = h & mask;
    uint32_t found = p->n;
    for (; p->slots[at] >> 32 == p->epoch; at = (at + 1) & mask) {
        uint32_t i = (uint32_t)p->slots[at];
        if (p->hashes[i] == h && resources_equal(b, &b->resources[p->rows[i]], r)) {
            found = i;
            break;
        }
    }
    uint64_t entry = (uint64_t)p->epoch << 32 | found;
    if (found == p->n) {
        p->slots[at] = entry;
        p->hashes[found] = h;
        p->rows[found] = row;
        p->n++;
    }
    p->map[row] = entry;
    return found;
}

uint32_t tki_jaeger_processes_count(const struct tki_jaeger_processes *p)
{
    return p->n;
}

uint32_t tki_jaeger_processes_at(const struct tki_jaeger_processes *p, uint32_t process)
{
    return p->rows[process];
}
