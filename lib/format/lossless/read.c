/* Putting back what a format could not hold. */
#include <stdlib.h>

#include "base/num.h"
#include "format/lossless/lossless.h"
#include "format/lossless/parts.h"
#include "format/otlp/otlp.h"
#include "format/pb/pb.h"
#include "model/put.h"

struct message {
    uint64_t replaced, groups, newer_resources, newer_scopes, links, events;
    uint64_t start, end;
    tk_str otlp, lists[3], event_list, checks;
    bool has_list[3], has_events;
};

struct in {
    struct tk_batch *b;
    unsigned needs;
    struct tki_buf scratch;
    struct message m;
    uint32_t good;          /* bits of the parts that are as they were when the rest was made */
    struct tk_span literal; /* what the message carries */
    struct tk_resource literal_resource;
    struct tk_scope literal_scope;
    bool misfit;
    struct tki_lossless_contents resources, scopes;
};

static uint64_t unzigzag(uint64_t x)
{
    return x >> 1 ^ (~(x & 1) + 1);
}

static bool parse(struct message *m, tk_str bytes)
{
    struct tki_pb c = tki_pb_over(bytes);
    *m = (struct message){0};
    for (unsigned tag; (tag = tki_pb_tag(&c));)
        switch (tag) {
        case TKI_PB(1, VARINT): m->replaced = tki_pb_varint(&c); break;
        case TKI_PB(2, LEN): m->otlp = tki_pb_str(&c); break;
        case TKI_PB(3, VARINT): m->start = unzigzag(tki_pb_varint(&c)); break;
        case TKI_PB(4, VARINT): m->end = unzigzag(tki_pb_varint(&c)); break;
        case TKI_PB(5, LEN):
        case TKI_PB(6, LEN):
        case TKI_PB(7, LEN):
            m->lists[(tag >> 3) - 5] = tki_pb_str(&c);
            m->has_list[(tag >> 3) - 5] = true;
            break;
        case TKI_PB(8, LEN):
            m->event_list = tki_pb_str(&c);
            m->has_events = true;
            break;
        case TKI_PB(9, LEN): m->checks = tki_pb_str(&c); break;
        case TKI_PB(10, VARINT): m->groups = tki_pb_varint(&c); break;
        case TKI_PB(11, VARINT): m->newer_resources = tki_pb_varint(&c); break;
        case TKI_PB(12, VARINT): m->newer_scopes = tki_pb_varint(&c); break;
        case TKI_PB(13, VARINT): m->links = tki_pb_varint(&c); break;
        case TKI_PB(14, VARINT): m->events = tki_pb_varint(&c); break;
        default: tki_pb_skip(&c, tag);
        }
    return !c.error;
}

/* The message behind a tag's text. */
static bool message(struct in *x, tk_str text)
{
    struct tk_value v;
    return tki_v_base64(x->b, text, &v) && parse(&x->m, (tk_str){v.v.s, v.n});
}

/* Decodes the span that the message carries: its attributes, events and links become rows of the batch.  The span
 * itself does not become a row. */
static bool literals(struct in *x)
{
    struct tk_batch *b = x->b;
    uint32_t nspans = b->nspans, nresources = b->nresources, nscopes = b->nscopes, needs = b->needs;
    uint8_t raw = b->raw;
    x->literal = (struct tk_span){0};
    x->literal_resource = (struct tk_resource){0};
    x->literal_scope = (struct tk_scope){0};
    if (!x->m.otlp.n)
        return true;
    int r = tki_otlp_proto_add(b, x->m.otlp, TK_NEED_ALL, NULL);
    if (r == TK_ENOMEM || r == TK_ELIMIT) /* the decoder took it back with its rows */
        b->err = r;
    bool fine = r == 0 && !b->err && b->nspans == nspans + 1;
    if (fine) {
        x->literal = b->spans[nspans];
        x->literal_resource = b->resources[x->literal.resource];
        x->literal_scope = b->scopes[x->literal.scope];
    }
    b->nspans = nspans;
    b->nresources = nresources;
    b->nscopes = nscopes;
    b->needs = needs;
    b->raw = raw;
    return fine;
}

/* Which parts are as they were, of those that were decoded. */
static void check(struct in *x, const struct tk_span *s)
{
    static const unsigned need[TKI_LOSSLESS_PARTS] = {
        [TKI_LOSSLESS_NAME] = TK_NEED_NAME,
        [TKI_LOSSLESS_STATE] = TK_NEED_STATE,
        [TKI_LOSSLESS_ATTRS] = TK_NEED_ATTRS,
        [TKI_LOSSLESS_EVENTS] = TK_NEED_EVENTS,
        [TKI_LOSSLESS_LINKS] = TK_NEED_LINKS,
        [TKI_LOSSLESS_RESOURCE] = TK_NEED_RESOURCE,
        [TKI_LOSSLESS_RESOURCE_ATTRS] = TK_NEED_RESOURCE,
        [TKI_LOSSLESS_SCOPE] = TK_NEED_SCOPE,
        [TKI_LOSSLESS_SCOPE_ATTRS] = TK_NEED_SCOPE,
    };
    x->good = 0;
    for (size_t i = 0; i + 5 <= x->m.checks.n; i += 5) {
        unsigned part = (unsigned char)x->m.checks.p[i];
        if (part >= TKI_LOSSLESS_PARTS || (x->needs & need[part]) != need[part])
            continue;
        if (tki_lossless_check(&x->scratch, &x->b->err, x->b, s, (enum tki_lossless_part)part) ==
            tki_load_le32(x->m.checks.p + i + 1))
            x->good |= 1u << part;
        else
            x->misfit = true;
    }
}

static bool good(const struct in *x, unsigned parts)
{
    return (x->good & parts) == parts;
}

/* ---- lists ---- */

/* Reads operations and adds the rows they make.  Returns false when they do not fit the pools. */
static bool run_ops(struct in *x, tk_str ops, const tk_range pools[TKI_LOSSLESS_POOLS], tk_range lits, tk_range *made)
{
    struct tk_batch *b = x->b;
    struct tki_pb c = tki_pb_over(ops);
    uint64_t rows = 0, left, taken = 0;
    for (unsigned p = 0; p < TKI_LOSSLESS_POOLS; p++)
        rows += pools[p].count;
    left = tki_lossless_list_max(rows, lits.count);
    *made = (tk_range){b->nattrs, 0};
    while (c.p < c.end) {
        uint64_t op = tki_pb_varint(&c), n = op >> 5, first = taken;
        unsigned mode = op & 7, pool = op >> 3 & 3;
        tk_range from = lits;
        if (mode < TKI_LOSSLESS_LITERAL) {
            from = pools[pool];
            first = tki_pb_varint(&c);
        } else {
            taken += n;
        }
        if (c.error || mode > TKI_LOSSLESS_LITERAL || first > from.count || n > from.count - first || n > left)
            return false;
        left -= n;
        for (uint64_t i = 0; i < n; i++) {
            struct tk_attr a = b->attrs[from.first + first + i];
            struct tk_value v = a.value;
            if (mode < TKI_LOSSLESS_LITERAL && !tki_lossless_convert(b, (enum tki_lossless_mode)mode, &v, &a.value))
                return false;
            *tk_batch_add_attr(b) = a;
            made->count++;
        }
    }
    return !b->err;
}

/* The parts that a list's operations refer to. */
static unsigned parts_of(tk_str ops)
{
    static const unsigned parts[TKI_LOSSLESS_POOLS] = {TKI_LOSSLESS_BIT(ATTRS), TKI_LOSSLESS_BIT(RESOURCE_ATTRS),
                                                       TKI_LOSSLESS_BIT(SCOPE_ATTRS), 0};
    struct tki_pb c = tki_pb_over(ops);
    unsigned all = 0;
    while (c.p < c.end) {
        uint64_t op = tki_pb_varint(&c);
        if ((op & 7) == TKI_LOSSLESS_LITERAL)
            continue;
        all |= parts[op >> 3 & 3];
        tki_pb_varint(&c);
    }
    return all;
}

/* One of the three lists into *to. */
static void list(struct in *x, unsigned own, const tk_range pools[TKI_LOSSLESS_POOLS], tk_range lits, tk_range *to)
{
    static const unsigned part[] = {TKI_LOSSLESS_BIT(ATTRS), TKI_LOSSLESS_BIT(RESOURCE_ATTRS),
                                    TKI_LOSSLESS_BIT(SCOPE_ATTRS)};
    uint32_t before = x->b->nattrs;
    tk_range made;
    if (!x->m.has_list[own] || !good(x, part[own] | parts_of(x->m.lists[own])))
        return;
    if (run_ops(x, x->m.lists[own], pools, lits, &made)) {
        *to = made;
    } else {
        x->misfit = true;
        x->b->nattrs = before;
    }
}

/* Resource and scope as they were; *changed: they are not those that were read. */
static void context(struct in *x, const struct tk_span *s, struct tk_resource *r, struct tk_scope *c, bool changed[2])
{
    tk_range pools[TKI_LOSSLESS_POOLS] = {s->attrs, r->attrs, c->attrs, {0, 0}}, before[2] = {r->attrs, c->attrs};
    list(x, TKI_LOSSLESS_OF_RESOURCE, pools, x->literal_resource.attrs, &r->attrs);
    list(x, TKI_LOSSLESS_OF_SCOPE, pools, x->literal_scope.attrs, &c->attrs);
    changed[0] = before[0].first != r->attrs.first || before[0].count != r->attrs.count;
    changed[1] = before[1].first != c->attrs.first || before[1].count != c->attrs.count;
    if (x->m.replaced & TKI_LOSSLESS_BY_RESOURCE && good(x, TKI_LOSSLESS_BIT(RESOURCE))) {
        tk_range attrs = r->attrs;
        tk_str service = r->service;
        *r = x->literal_resource;
        r->attrs = attrs;
        r->service = service;
        changed[0] = true;
    }
    if (x->m.replaced & TKI_LOSSLESS_BY_SCOPE && good(x, TKI_LOSSLESS_BIT(SCOPE))) {
        tk_range attrs = c->attrs;
        *c = x->literal_scope;
        c->attrs = attrs;
        changed[1] = true;
    }
    if (changed[0])
        r->service = tki_service_attr(x->b, r->attrs);
}

/* ---- events ---- */

static void events(struct in *x, struct tk_span *s)
{
    struct tk_batch *b = x->b;
    struct tki_pb c = tki_pb_over(x->m.event_list);
    bool whole = x->m.replaced & TKI_LOSSLESS_BY_EVENTS;
    uint32_t n = whole ? x->literal.events.count : s->events.count, first = b->nevents;
    if (n != x->literal.events.count) {
        x->misfit = true;
        return;
    }
    for (uint32_t i = 0; i < n; i++) {
        struct tk_event e = {0}, lit = b->events[x->literal.events.first + i];
        if (!whole)
            e = b->events[s->events.first + i];
        uint64_t delta = unzigzag(tki_pb_varint(&c)), flags = tki_pb_varint(&c);
        const tk_range pools[TKI_LOSSLESS_POOLS] = {[TKI_LOSSLESS_OF_EVENT] = e.attrs};
        e.time_ns += delta;
        if (flags & 1)
            e.name = lit.name;
        if (flags & 4)
            e.dropped_attrs = lit.dropped_attrs;
        if (c.error || (flags & 2 && !run_ops(x, tki_pb_str(&c), pools, lit.attrs, &e.attrs))) {
            x->misfit = true;
            b->nevents = first;
            return;
        }
        *tk_batch_add_event(b) = e;
    }
    s->events = (tk_range){first, n};
}

/* ---- a span ---- */

static void plain_fields(struct in *x, struct tk_span *s)
{
    uint64_t by = x->m.replaced;
    const struct tk_span *l = &x->literal;
    if (good(x, TKI_LOSSLESS_BIT(CORE))) {
        s->start_ns += x->m.start;
        s->end_ns += x->m.end;
        if (by & TKI_LOSSLESS_BY_IDS)
            tki_lossless_copy_ids(s, l);
        if (by & TKI_LOSSLESS_BY_KIND)
            s->kind = l->kind;
        if (by & TKI_LOSSLESS_BY_STATUS)
            s->status = l->status;
    }
    if (by & TKI_LOSSLESS_BY_NAME && good(x, TKI_LOSSLESS_BIT(NAME)))
        s->name = l->name;
    if (by & TKI_LOSSLESS_BY_STATE && good(x, TKI_LOSSLESS_BIT(STATE)))
        tki_lossless_copy_state(s, l);
    if (by & TKI_LOSSLESS_BY_LINKS && good(x, TKI_LOSSLESS_BIT(LINKS)))
        s->links = l->links;
    else if (x->m.links && !(x->needs & TK_NEED_LINKS))
        s->links.count = (uint32_t)(x->m.links - 1);
    if (x->m.has_events && good(x, TKI_LOSSLESS_BIT(EVENTS)))
        events(x, s);
    else if (x->m.events && !(x->needs & TK_NEED_EVENTS))
        s->events.count = (uint32_t)(x->m.events - 1);
}

/* The row of a resource or scope of that content: a new one for the first span of a group, else the one that was
 * made last, or before so many newer ones.  TK_NONE: there is none yet. */
static uint32_t row_of(const struct tki_lossless_contents *c, uint32_t content, bool fresh, uint64_t newer)
{
    if (fresh || c->failed)
        return TK_NONE;
    uint32_t e = c->newest[content];
    while (newer-- && e != TK_NONE && c->entries[e].older != TK_NONE)
        e = c->entries[e].older;
    return e == TK_NONE ? TK_NONE : c->entries[e].row;
}

/* The row, made last to have its content told, or an older one of the same content, which it makes superfluous: then
 * *n, how many rows there are, is one less. */
static uint32_t settle(struct tki_lossless_contents *c, uint32_t content, bool fresh, uint64_t newer, uint32_t row,
                       uint32_t *n)
{
    uint32_t old = row_of(c, content, fresh, newer);
    if (old != TK_NONE) {
        *n = row;
        return old;
    }
    tki_lossless_entry(c, content, row);
    return row;
}

static void settle_context(struct in *x, struct tk_span *s, const struct tk_resource *r, const struct tk_scope *c)
{
    struct tk_batch *b = x->b;
    uint32_t resource = tki_put_resource(b, *r), scope = tki_put_scope(b, *c);
    if (b->err)
        return;
    s->resource = settle(&x->resources, tki_lossless_resource(&x->resources, &x->scratch, b, resource), x->m.groups & 1,
                         x->m.newer_resources, resource, &b->nresources);
    s->scope = settle(&x->scopes, tki_lossless_scope(&x->scopes, &x->scratch, b, scope), x->m.groups & 2,
                      x->m.newer_scopes, scope, &b->nscopes);
}

static void one(struct in *x, uint32_t row)
{
    struct tk_span s = x->b->spans[row];
    tk_str text = s.raw;
    struct tk_resource r = x->b->resources[s.resource];
    struct tk_scope c = x->b->scopes[s.scope];
    bool changed[2];
    s.raw = (tk_str){0};
    x->m = (struct message){0};
    x->misfit = false;
    if (text.n) {
        if (message(x, text) && literals(x)) {
            check(x, &s);
            context(x, &s, &r, &c, changed);
            tk_range pools[TKI_LOSSLESS_POOLS] = {
                s.attrs, x->b->resources[s.resource].attrs, x->b->scopes[s.scope].attrs, {0, 0}};
            list(x, TKI_LOSSLESS_OF_SPAN, pools, x->literal.attrs, &s.attrs);
            plain_fields(x, &s);
        } else {
            x->misfit = true;
        }
        x->b->notes->n[TK_NOTE_REST_MISFIT] += x->misfit;
    }
    if (x->b->err)
        return;
    settle_context(x, &s, &r, &c);
    x->b->spans[row] = s;
}

void tki_lossless_settle(struct tk_batch *b, uint32_t first, unsigned needs)
{
    uint32_t row = first;
    while (row < b->nspans && !b->spans[row].raw.n)
        row++;
    if (row >= b->nspans)
        return;
    struct in x = {.b = b, .needs = needs};
    for (row = first; row < b->nspans && !b->err; row++)
        one(&x, row);
    if (x.resources.failed || x.scopes.failed)
        b->err = TK_ENOMEM;
    tki_buf_free(&x.scratch);
    tki_lossless_contents_free(&x.resources);
    tki_lossless_contents_free(&x.scopes);
}
