/* Finding out what a format cannot hold of a span, and writing it beside. */
#include "base/array.h"
#include "format/lossless/lossless.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/num.h"
#include "format/lossless/parts.h"
#include "format/pb/pb.h"
#include "model/values.h"

struct pool {
    const struct tk_attr *at;
    uint32_t n;
    uint32_t hint; /* where to look next */
};

struct out {
    const struct tki_format *f;
    const struct tk_batch *b; /* what there is */
    struct tk_batch shadow;   /* the same without raw views and with the rests among the attributes */
    struct tk_attr *attrs;
    uint32_t nattrs, attrs_cap;
    struct tk_attr *literals;
    uint32_t nliterals, literals_cap;

    struct tk_batch *back; /* a span that was written and read again */
    struct tki_encode once;
    struct tki_buf bytes, scratch, message, ops;
    struct tki_arena arena; /* texts of the tags */

    struct tki_lossless_contents resources, scopes;
    uint32_t *resource_at, *scope_at; /* of rows: entry + 1, 0: not met */
    uint32_t *resource_is, *scope_is; /* of rows: content */

    uint32_t checks; /* bits of the parts that must be as they were read */
    int err;         /* sticky: out of memory */
};

/* Appends rows to a list that grows; the index of the first. */
static uint32_t append(struct out *o, struct tk_attr **list, uint32_t *n, uint32_t *cap, const struct tk_attr *rows,
                       uint32_t count)
{
    if (TKI_GROW(*list, *cap, (size_t)*n + count) < 0) {
        o->err = TK_ENOMEM;
        return 0;
    }
    if (count)
        memcpy(*list + *n, rows, count * sizeof *rows);
    *n += count;
    return *n - count;
}

static uint32_t add_literals(struct out *o, const struct tk_attr *rows, uint32_t n)
{
    return append(o, &o->literals, &o->nliterals, &o->literals_cap, rows, n);
}

static uint32_t add_attrs(struct out *o, const struct tk_attr *rows, uint32_t n)
{
    uint32_t first = append(o, &o->attrs, &o->nattrs, &o->attrs_cap, rows, n);
    o->shadow.attrs = o->attrs;
    o->shadow.nattrs = o->nattrs;
    return first;
}

static void put_number(struct tki_buf *out, unsigned field, uint64_t x)
{
    if (!x)
        return;
    tki_buf_varint(out, field << 3 | TKI_PB_VARINT);
    tki_buf_varint(out, x);
}

static void put_bytes(struct tki_buf *out, unsigned field, tk_str s)
{
    tki_buf_varint(out, field << 3 | TKI_PB_LEN);
    tki_buf_varint(out, s.n);
    tki_buf_str(out, s);
}

static uint64_t zigzag(uint64_t x)
{
    return x << 1 ^ -(x >> 63);
}

/* ---- lists of attributes ---- */

static bool same(struct out *o, const struct tk_attr *want, const struct tk_attr *have)
{
    return tki_str_eq(want->key, have->key) && tki_values_equal(o->b, &want->value, o->back, &have->value);
}

/* The mode that makes what is wanted of a row that was read, or -1. */
static int mode_of(struct out *o, const struct tk_attr *want, const struct tk_attr *have)
{
    struct tk_value v;
    if (!tki_str_eq(want->key, have->key))
        return -1;
    for (int mode = TKI_LOSSLESS_KEEP; mode < TKI_LOSSLESS_LITERAL; mode++)
        if (tki_lossless_convert(o->back, (enum tki_lossless_mode)mode, &have->value, &v) &&
            tki_values_equal(o->b, &want->value, o->back, &v))
            return mode;
    return -1;
}

/* Looks for a row near the one found last: order is mostly kept. */
static int find(struct out *o, const struct tk_attr *want, struct pool *pools, unsigned *pool, uint32_t *row)
{
    enum { NEAR = 64 };
    for (unsigned p = 0; p < TKI_LOSSLESS_POOLS; p++)
        for (uint32_t i = 0; i < pools[p].n && i < NEAR; i++) {
            uint32_t at = (uint32_t)(((uint64_t)pools[p].hint + i) % pools[p].n);
            int mode = mode_of(o, want, &pools[p].at[at]);
            if (mode >= 0) {
                *pool = p;
                *row = at;
                pools[p].hint = at + 1;
                return mode;
            }
        }
    return TKI_LOSSLESS_LITERAL;
}

struct run {
    uint64_t count;
    unsigned pool, mode;
    uint32_t first;
};

static void end_run(struct out *o, struct run *run)
{
    if (run->count) {
        tki_buf_varint(&o->ops, run->count << 5 | run->pool << 3 | run->mode);
        if (run->mode != TKI_LOSSLESS_LITERAL)
            tki_buf_varint(&o->ops, run->first);
    }
    run->count = 0;
}

/* Operations that make the wanted list, into o->ops; literals are added.  Returns bits of the pools used. */
static unsigned make_ops(struct out *o, const struct tk_attr *want, uint32_t n, struct pool *pools)
{
    struct run run = {0};
    unsigned used = 0;
    uint64_t rows = 0;
    uint32_t first = o->nliterals;
    tki_buf_reset(&o->ops);
    for (unsigned p = 0; p < TKI_LOSSLESS_POOLS; p++) {
        pools[p].hint = 0;
        rows += pools[p].n;
    }
    for (uint32_t i = 0; i < n; i++) {
        unsigned pool = 0;
        uint32_t row = 0;
        unsigned mode = (unsigned)find(o, &want[i], pools, &pool, &row);
        if (run.count &&
            (mode != run.mode || (mode != TKI_LOSSLESS_LITERAL && (pool != run.pool || row != run.first + run.count))))
            end_run(o, &run);
        if (!run.count)
            run = (struct run){0, pool, mode, row};
        run.count++;
        if (mode == TKI_LOSSLESS_LITERAL)
            add_literals(o, &want[i], 1);
        else
            used |= 1u << pool;
    }
    end_run(o, &run);
    if (n > tki_lossless_list_max(rows, o->nliterals - first)) { /* more than a reader takes */
        o->nliterals = first;
        tki_buf_reset(&o->ops);
        add_literals(o, want, n);
        end_run(o, &(struct run){n, 0, TKI_LOSSLESS_LITERAL, 0});
        return 0;
    }
    return used;
}

static bool list_differs(struct out *o, tk_range want, const struct tk_attr *have, uint32_t n)
{
    if (want.count != n)
        return true;
    for (uint32_t i = 0; i < n; i++)
        if (!same(o, &o->b->attrs[want.first + i], &have[i]))
            return true;
    return false;
}

/* One of the three lists of a span, of which pools[own] is what was read: its operations under the field's
 * number, when they are needed. */
static tk_range list(struct out *o, tk_range want, struct pool *pools, unsigned own, unsigned field)
{
    static const unsigned parts[] = {TKI_LOSSLESS_BIT(ATTRS), TKI_LOSSLESS_BIT(RESOURCE_ATTRS),
                                     TKI_LOSSLESS_BIT(SCOPE_ATTRS)};
    uint32_t first = o->nliterals;
    if (!list_differs(o, want, pools[own].at, pools[own].n))
        return (tk_range){0, 0};
    unsigned used = make_ops(o, o->b->attrs + want.first, want.count, pools) | 1u << own;
    for (unsigned p = 0; p < 3; p++)
        o->checks |= used >> p & 1 ? parts[p] : 0;
    put_bytes(&o->message, field, tki_buf_text(&o->ops, &o->err));
    return (tk_range){first, o->nliterals - first};
}

/* ---- events and links ---- */

/* Copies of the events, with only what is not there, into rows that view has room for. */
static void events(struct out *o, const struct tk_span *s, const struct tk_span *t, struct tk_event *rows,
                   struct tki_lossless_view *view, unsigned *replaced)
{
    const struct tk_event *want = o->b->events + s->events.first, *have = o->back->events + t->events.first;
    bool whole = s->events.count != t->events.count, differ = whole;
    tki_buf_reset(&o->bytes);
    for (uint32_t i = 0; i < s->events.count; i++) {
        uint32_t first = o->nliterals;
        struct tk_event none = {0};
        const struct tk_event *h = whole ? &none : &have[i];
        struct pool pools[TKI_LOSSLESS_POOLS] = {
            [TKI_LOSSLESS_OF_EVENT] = {o->back->attrs + h->attrs.first, h->attrs.count, 0}};
        bool name = !tki_str_eq(want[i].name, h->name), attrs = list_differs(o, want[i].attrs, pools[3].at, pools[3].n);
        bool dropped = want[i].dropped_attrs != h->dropped_attrs;
        uint64_t delta = want[i].time_ns - h->time_ns;
        rows[i] = (struct tk_event){.name = name ? want[i].name : (tk_str){0},
                                    .dropped_attrs = dropped ? want[i].dropped_attrs : 0};
        tki_buf_varint(&o->bytes, zigzag(delta));
        tki_buf_varint(&o->bytes, (uint64_t)name | (uint64_t)attrs << 1 | (uint64_t)dropped << 2);
        if (attrs) {
            make_ops(o, o->b->attrs + want[i].attrs.first, want[i].attrs.count, pools);
            tk_str ops = tki_buf_text(&o->ops, &o->err);
            tki_buf_varint(&o->bytes, ops.n);
            tki_buf_str(&o->bytes, ops);
        }
        rows[i].attrs = (tk_range){first, o->nliterals - first};
        differ = differ || delta || name || attrs || dropped;
    }
    if (!differ)
        return;
    o->checks |= TKI_LOSSLESS_BIT(EVENTS);
    view->s.events = (tk_range){0, s->events.count};
    view->b.events = rows;
    put_bytes(&o->message, 8, tki_buf_text(&o->bytes, &o->err));
    if (whole) {
        *replaced |= TKI_LOSSLESS_BY_EVENTS;
        put_number(&o->message, 14, (uint64_t)s->events.count + 1);
    }
}

static bool part_differs(struct out *o, const struct tk_span *s, const struct tk_span *t, enum tki_lossless_part part)
{
    struct tki_lossless_view v;
    tki_lossless_view(&v, o->b, s, 1u << part);
    tki_buf_reset(&o->bytes);
    tki_lossless_bytes(&o->bytes, &v);
    tki_lossless_view(&v, o->back, t, 1u << part);
    tki_buf_reset(&o->scratch);
    tki_lossless_bytes(&o->scratch, &v);
    bool differs = !tki_str_eq(tki_buf_text(&o->bytes, &o->err), tki_buf_text(&o->scratch, &o->err));
    if (differs)
        o->checks |= 1u << part;
    return differs;
}

static void links(struct out *o, const struct tk_span *s, const struct tk_span *t, struct tk_link *rows,
                  struct tki_lossless_view *view, unsigned *replaced)
{
    if (!part_differs(o, s, t, TKI_LOSSLESS_LINKS))
        return;
    *replaced |= TKI_LOSSLESS_BY_LINKS;
    for (uint32_t i = 0; i < s->links.count; i++) {
        rows[i] = o->b->links[s->links.first + i];
        rows[i].attrs.first = add_literals(o, o->b->attrs + rows[i].attrs.first, rows[i].attrs.count);
    }
    view->s.links = (tk_range){0, s->links.count};
    view->b.links = rows;
    if (s->links.count != t->links.count)
        put_number(&o->message, 13, (uint64_t)s->links.count + 1);
}

/* ---- a span ---- */

static void core(struct out *o, const struct tk_span *s, const struct tk_span *t, struct tki_lossless_view *view,
                 unsigned *replaced)
{
    if (!part_differs(o, s, t, TKI_LOSSLESS_CORE))
        return;
    put_number(&o->message, 3, zigzag(s->start_ns - t->start_ns));
    put_number(&o->message, 4, zigzag(s->end_ns - t->end_ns));
    if (!tki_id_eq(s->trace_id, t->trace_id) || s->span_id != t->span_id || s->parent_id != t->parent_id) {
        *replaced |= TKI_LOSSLESS_BY_IDS;
        tki_lossless_copy_ids(&view->s, s);
    }
    if (s->kind != t->kind) {
        *replaced |= TKI_LOSSLESS_BY_KIND;
        view->s.kind = s->kind;
    }
    if (s->status != t->status) {
        *replaced |= TKI_LOSSLESS_BY_STATUS;
        view->s.status = s->status;
    }
}

/* Name, state and what surrounds the attributes of resource and scope. */
static unsigned simple_parts(struct out *o, const struct tk_span *s, const struct tk_span *t,
                             struct tki_lossless_view *view)
{
    static const struct {
        enum tki_lossless_part part;
        unsigned by;
    } simple[] = {{TKI_LOSSLESS_NAME, TKI_LOSSLESS_BY_NAME},
                  {TKI_LOSSLESS_STATE, TKI_LOSSLESS_BY_STATE},
                  {TKI_LOSSLESS_RESOURCE, TKI_LOSSLESS_BY_RESOURCE},
                  {TKI_LOSSLESS_SCOPE, TKI_LOSSLESS_BY_SCOPE}};
    unsigned replaced = 0, parts = 0;
    for (size_t i = 0; i < sizeof simple / sizeof *simple; i++)
        if (part_differs(o, s, t, simple[i].part)) {
            replaced |= simple[i].by;
            parts |= 1u << simple[i].part;
        }
    tki_lossless_view(view, o->b, s, parts);
    return replaced;
}

static void put_checks(struct out *o, const struct tk_span *t)
{
    tki_buf_reset(&o->bytes);
    for (unsigned part = 0; part < TKI_LOSSLESS_PARTS; part++)
        if (o->checks >> part & 1) {
            char check[4];
            tki_store_le32(check, tki_lossless_check(&o->scratch, &o->err, o->back, t, (enum tki_lossless_part)part));
            tki_buf_putc(&o->bytes, (char)part);
            tki_buf_put(&o->bytes, check, 4);
        }
    tk_str checks = tki_buf_text(&o->bytes, &o->err);
    if (checks.n)
        put_bytes(&o->message, 9, checks);
}

/* What came back for the span differs so: into o->message. */
static void differences(struct out *o, const struct tk_span *s, const struct tk_span *t)
{
    struct tki_lossless_view view;
    struct tk_event *event_rows = tki_arena_alloc(&o->arena, s->events.count * sizeof *event_rows);
    struct tk_link *link_rows = tki_arena_alloc(&o->arena, s->links.count * sizeof *link_rows);
    const struct tk_resource *r = &o->back->resources[t->resource];
    const struct tk_scope *c = &o->back->scopes[t->scope];
    struct pool pools[TKI_LOSSLESS_POOLS] = {{o->back->attrs + t->attrs.first, t->attrs.count, 0},
                                             {o->back->attrs + r->attrs.first, r->attrs.count, 0},
                                             {o->back->attrs + c->attrs.first, c->attrs.count, 0}};
    if (!event_rows || !link_rows) {
        o->err = TK_ENOMEM;
        return;
    }
    o->nliterals = 0;
    o->checks = 0;
    unsigned replaced = simple_parts(o, s, t, &view);
    core(o, s, t, &view, &replaced);
    view.s.attrs = list(o, s->attrs, pools, TKI_LOSSLESS_OF_SPAN, 5);
    view.r.attrs = list(o, o->b->resources[s->resource].attrs, pools, TKI_LOSSLESS_OF_RESOURCE, 6);
    view.c.attrs = list(o, o->b->scopes[s->scope].attrs, pools, TKI_LOSSLESS_OF_SCOPE, 7);
    view.r.present = view.r.present || view.r.attrs.count;
    view.c.present = view.c.present || view.c.attrs.count;
    events(o, s, t, event_rows, &view, &replaced);
    links(o, s, t, link_rows, &view, &replaced);
    view.b.attrs = o->literals;
    if (replaced || o->nliterals || view.s.events.count) {
        tki_buf_reset(&o->bytes);
        tki_lossless_bytes(&o->bytes, &view);
        put_bytes(&o->message, 2, tki_buf_text(&o->bytes, &o->err));
    }
    put_number(&o->message, 1, replaced);
    put_checks(o, t);
}

/* Which of its equals this row is; marks it as met. */
static uint64_t which(struct tki_lossless_contents *c, uint32_t *at, const uint32_t *is, uint32_t row, bool *fresh)
{
    uint64_t newer = 0;
    *fresh = at[row] == 0;
    if (c->failed)
        return 0;
    if (*fresh) {
        tki_lossless_entry(c, is[row], row);
        at[row] = c->nentries;
        return 0;
    }
    for (uint32_t e = c->newest[is[row]]; e + 1 != at[row]; e = c->entries[e].older)
        newer++;
    return newer;
}

static void groups(struct out *o, const struct tk_span *s)
{
    bool resource, scope;
    if (!o->resource_at[s->resource])
        o->resource_is[s->resource] = tki_lossless_resource(&o->resources, &o->scratch, o->b, s->resource);
    if (!o->scope_at[s->scope])
        o->scope_is[s->scope] = tki_lossless_scope(&o->scopes, &o->scratch, o->b, s->scope);
    uint64_t newer = which(&o->resources, o->resource_at, o->resource_is, s->resource, &resource);
    uint64_t newer_scopes = which(&o->scopes, o->scope_at, o->scope_is, s->scope, &scope);
    put_number(&o->message, 10, (uint64_t)resource | (uint64_t)scope << 1);
    put_number(&o->message, 11, newer);
    put_number(&o->message, 12, newer_scopes);
}

/* Writes one row of the shadow and reads it again.  Returns NULL when the format does not write that row, and when
 * memory ended. */
static const struct tk_span *once(struct out *o, uint32_t row)
{
    tki_buf_reset(&o->bytes);
    tki_encode_forget(&o->once, o->f);
    o->once = (struct tki_encode){.out = &o->bytes};
    if (o->f->begin)
        o->f->begin(&o->once);
    o->f->put(&o->once, &o->shadow, &row, 1);
    o->once.puts++;
    if (o->f->end)
        o->f->end(&o->once);
    tk_batch_reset(o->back);
    tk_str written = tki_buf_text(&o->bytes, &o->err);
    int r = o->err ? o->err : tki_format_decode(o->f, written, TK_NEED_ALL, o->back, NULL);
    if (r == TK_ENOMEM || o->back->err)
        o->err = TK_ENOMEM;
    return r == 0 && !o->err && o->back->nspans == 1 ? &o->back->spans[0] : NULL;
}

/* Takes a tag of ours, that a writer before us left there, out of the shadow: its place is taken. */
static void strip(struct out *o, struct tk_span *s)
{
    uint32_t first = s->attrs.first, n = s->attrs.count, i = 0;
    s->raw = (tk_str){0};
    while (i < n && !TKI_STR_IS(o->attrs[first + i].key, TKI_LOSSLESS_KEY))
        i++;
    if (i == n)
        return;
    s->attrs = (tk_range){o->nattrs, 0};
    for (i = 0; i < n && !o->err; i++) {
        struct tk_attr a = o->attrs[first + i];
        if (TKI_STR_IS(a.key, TKI_LOSSLESS_KEY))
            continue;
        add_attrs(o, &a, 1);
        s->attrs.count++;
    }
}

static void add_tag(struct out *o, struct tk_span *s)
{
    tki_buf_reset(&o->scratch);
    tki_buf_base64(&o->scratch, o->message.p, o->message.n);
    tk_str coded = tki_buf_text(&o->scratch, &o->err);
    char *text = tki_arena_alloc(&o->arena, coded.n);
    if (!text || coded.n > UINT32_MAX)
        o->err = TK_ENOMEM;
    if (o->err)
        return;
    memcpy(text, coded.p, coded.n);
    struct tk_attr tag = {TKI_STR(TKI_LOSSLESS_KEY), {.type = TK_STRING, .n = (uint32_t)coded.n, .v.s = text}};
    if (s->attrs.first + s->attrs.count != o->nattrs) {
        struct tk_attr *copy = malloc((s->attrs.count + (size_t)1) * sizeof *copy);
        if (!copy) {
            o->err = TK_ENOMEM;
            return;
        }
        if (s->attrs.count)
            memcpy(copy, o->attrs + s->attrs.first, s->attrs.count * sizeof *copy);
        s->attrs.first = add_attrs(o, copy, s->attrs.count);
        free(copy);
    }
    add_attrs(o, &tag, 1);
    s->attrs.count++;
}

static void one(struct out *o, uint32_t row)
{
    const struct tk_span *s = &o->b->spans[row], *t;
    struct tk_span *to = &o->shadow.spans[row];
    strip(o, to);
    if (o->err)
        return;
    t = once(o, row);
    if (!t && !o->err) { /* some hold no span without ids */
        if (tki_id_zero(to->trace_id))
            to->trace_id = (tk_id128){UINT64_MAX, UINT64_MAX};
        if (!to->span_id)
            to->span_id = UINT64_MAX;
        t = once(o, row);
    }
    if (o->err)
        return;
    if (!t) {
        *to = *s;
        to->raw = (tk_str){0};
        return;
    }
    tki_buf_reset(&o->message);
    groups(o, s);
    differences(o, s, t);
    if (tki_buf_text(&o->message, &o->err).n && !o->err)
        add_tag(o, to);
}

static bool start(struct out *o)
{
    const struct tk_batch *b = o->b;
    o->shadow = *b;
    o->shadow.raw = TK_RAW_NONE;
    o->shadow.spans = malloc((b->nspans + (size_t)1) * sizeof *b->spans);
    o->back = tk_batch_new();
    o->resource_at = calloc(b->nresources + (size_t)1, 2 * sizeof *o->resource_at);
    o->scope_at = calloc(b->nscopes + (size_t)1, 2 * sizeof *o->scope_at);
    if (!o->shadow.spans || !o->back || !o->resource_at || !o->scope_at)
        return false;
    o->resource_is = o->resource_at + b->nresources;
    o->scope_is = o->scope_at + b->nscopes;
    memcpy(o->shadow.spans, b->spans, b->nspans * sizeof *b->spans);
    add_attrs(o, b->attrs, b->nattrs);
    return !o->err;
}

void tki_lossless_put(const struct tki_format *f, struct tki_encode *e, const struct tk_batch *b, const uint32_t *rows,
                      size_t nrows)
{
    struct out o = {.f = f, .b = b};
    uint64_t notes[TKI_NOTE_COUNT];
    if (!start(&o))
        o.err = TK_ENOMEM;
    for (size_t i = 0; i < nrows && !o.err; i++)
        one(&o, rows[i]);
    if (o.err || o.resources.failed || o.scopes.failed) {
        e->out->err = TK_ENOMEM;
    } else {
        memcpy(notes, e->notes, sizeof notes);
        f->put(e, &o.shadow, rows, nrows);
        /* What is lost on the way comes back; but for spans that cannot be written at all. */
        notes[TK_NOTE_SPAN_UNWRITABLE] = e->notes[TK_NOTE_SPAN_UNWRITABLE];
        memcpy(e->notes, notes, sizeof notes);
    }
    free(o.shadow.spans);
    free(o.attrs);
    free(o.literals);
    tki_encode_forget(&o.once, f);
    free(o.resource_at);
    free(o.scope_at);
    tk_batch_free(o.back);
    tki_buf_free(&o.bytes);
    tki_buf_free(&o.scratch);
    tki_buf_free(&o.message);
    tki_buf_free(&o.ops);
    tki_arena_free(&o.arena);
    tki_lossless_contents_free(&o.resources);
    tki_lossless_contents_free(&o.scopes);
}
