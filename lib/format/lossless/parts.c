#include "format/lossless/parts.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/hash.h"
#include "base/num.h"
#include "format/lossless/lossless.h"
#include "format/otlp/otlp.h"
#include "format/pb/pb.h"

void tki_lossless_view(struct tki_lossless_view *v, const struct tk_batch *b, const struct tk_span *s, unsigned parts)
{
    const struct tk_resource *r = &b->resources[s->resource];
    const struct tk_scope *c = &b->scopes[s->scope];
    v->b = *b;
    v->b.spans = &v->s;
    v->b.resources = &v->r;
    v->b.scopes = &v->c;
    v->b.nspans = v->b.nresources = v->b.nscopes = 1;
    v->b.needs = TK_NEED_ALL;
    v->b.raw = TK_RAW_NONE;
    v->s = (struct tk_span){0};
    v->r = (struct tk_resource){0};
    v->c = (struct tk_scope){0};
    if (parts & TKI_LOSSLESS_BIT(CORE)) {
        v->s.trace_id = s->trace_id;
        v->s.span_id = s->span_id;
        v->s.parent_id = s->parent_id;
        v->s.start_ns = s->start_ns;
        v->s.end_ns = s->end_ns;
        v->s.kind = s->kind;
        v->s.status = s->status;
    }
    if (parts & TKI_LOSSLESS_BIT(NAME))
        v->s.name = s->name;
    if (parts & TKI_LOSSLESS_BIT(STATE)) {
        v->s.trace_state = s->trace_state;
        v->s.status_message = s->status_message;
        v->s.flags = s->flags;
        v->s.dropped_attrs = s->dropped_attrs;
        v->s.dropped_events = s->dropped_events;
        v->s.dropped_links = s->dropped_links;
    }
    if (parts & TKI_LOSSLESS_BIT(ATTRS))
        v->s.attrs = s->attrs;
    if (parts & TKI_LOSSLESS_BIT(EVENTS))
        v->s.events = s->events;
    if (parts & TKI_LOSSLESS_BIT(LINKS))
        v->s.links = s->links;
    if (parts & TKI_LOSSLESS_BIT(RESOURCE)) {
        v->r = *r;
        v->r.attrs = (tk_range){0, 0};
        v->r.raw = (tk_str){0};
    }
    if (parts & TKI_LOSSLESS_BIT(RESOURCE_ATTRS)) {
        v->r.attrs = r->attrs;
        v->r.present = true;
    }
    if (parts & TKI_LOSSLESS_BIT(SCOPE)) {
        v->c = *c;
        v->c.attrs = (tk_range){0, 0};
        v->c.raw = (tk_str){0};
    }
    if (parts & TKI_LOSSLESS_BIT(SCOPE_ATTRS)) {
        v->c.attrs = c->attrs;
        v->c.present = true;
    }
}

void tki_lossless_bytes(struct tki_buf *out, const struct tki_lossless_view *v)
{
    tki_otlp_proto_put(out, &v->b, (const uint32_t[]){0}, 1);
}

uint32_t tki_lossless_check(struct tki_buf *scratch, int *err, const struct tk_batch *b, const struct tk_span *s,
                            enum tki_lossless_part part)
{
    struct tki_lossless_view v;
    tki_lossless_view(&v, b, s, 1u << part);
    tki_buf_reset(scratch);
    tki_lossless_bytes(scratch, &v);
    tk_str bytes = tki_buf_text(scratch, err);
    return (uint32_t)tki_hash(bytes.p, bytes.n);
}

bool tki_lossless_convert(struct tk_batch *b, enum tki_lossless_mode mode, const struct tk_value *from,
                          struct tk_value *to)
{
    tk_str s = {from->v.s, from->n};
    if (mode == TKI_LOSSLESS_KEEP) {
        *to = *from;
        return true;
    }
    if (from->type != TK_STRING)
        return false;
    *to = (struct tk_value){0};
    if (mode == TKI_LOSSLESS_AS_INT) {
        to->type = TK_INT;
        return tki_parse_i64(s, &to->v.i);
    }
    if (mode == TKI_LOSSLESS_AS_DOUBLE) {
        to->type = TK_DOUBLE;
        return tki_parse_double(s, &to->v.d);
    }
    if (mode == TKI_LOSSLESS_AS_BOOL) {
        to->type = TK_BOOL;
        to->v.b = TKI_STR_IS(s, "true");
        return to->v.b || TKI_STR_IS(s, "false");
    }
    if (mode != TKI_LOSSLESS_AS_BYTES)
        return false;
    char *p = tk_batch_alloc(b, s.n / 4 * 3 + 4);
    size_t n = p ? tki_base64_decode(p, s) : SIZE_MAX;
    if (n == SIZE_MAX)
        return false;
    *to = (struct tk_value){.type = TK_BYTES, .n = (uint32_t)n, .v.s = p};
    return true;
}

bool tki_lossless_begins(tk_str span)
{
    const char *end = span.p + span.n,
               *p = span.n ? memmem(span.p, span.n, TKI_LOSSLESS_KEY, sizeof TKI_LOSSLESS_KEY - 1) : NULL;
    if (!p)
        return false;
    p += sizeof TKI_LOSSLESS_KEY - 1;
    if (tki_str_starts((tk_str){p, (size_t)(end - p)}, TKI_STR("\":\""))) { /* Zipkin's JSON */
        p += 3;
    } else if (tki_str_starts((tk_str){p, (size_t)(end - p)},
                              TKI_STR("\",\"type\":\"string\",\"value\":\""))) { /* Jaeger's */
        p += 27;
    } else if (end - p > 3 && (*p == TKI_PB(2, LEN) || *p == TKI_PB(3, LEN))) { /* Zipkin's and Jaeger's protobuf */
        struct tki_pb c = tki_pb_over((tk_str){p + 1, (size_t)(end - p - 1)});
        tki_pb_varint(&c);
        p = (const char *)c.p;
    }
    /* Field 10 comes first: what base64 makes of 50 01 and of 50 03. */
    return end - p >= 3 && p[0] == 'U' && p[1] == 'A' && ((p[2] >= 'E' && p[2] <= 'H') || (p[2] >= 'M' && p[2] <= 'P'));
}

/* ---- contents ---- */

void tki_lossless_contents_free(struct tki_lossless_contents *c)
{
    tki_buf_free(&c->bytes);
    free(c->contents);
    free(c->entries);
    free(c->slots);
}

static bool grow(struct tki_lossless_contents *c)
{
    uint32_t cap = c->cap ? 2 * c->cap : 32, nslots = 2 * cap;
    void *p = realloc(c->contents, cap * sizeof *c->contents);
    uint32_t *slots = calloc(nslots, sizeof *slots);
    if (p)
        c->contents = p;
    if (!p || !slots) {
        free(slots);
        c->failed = true;
        return false;
    }
    for (uint32_t i = 0; i < c->ncontents; i++) {
        uint32_t at = (uint32_t)c->contents[i].hash & (nslots - 1);
        while (slots[at])
            at = (at + 1) & (nslots - 1);
        slots[at] = i + 1;
    }
    free(c->slots);
    c->slots = slots;
    c->nslots = nslots;
    c->cap = cap;
    return true;
}

static uint32_t number(struct tki_lossless_contents *c, tk_str bytes)
{
    if (c->failed || (c->ncontents == c->cap && !grow(c)))
        return 0;
    uint64_t hash = tki_hash(bytes.p, bytes.n);
    uint32_t at = (uint32_t)hash & (c->nslots - 1);
    for (; c->slots[at]; at = (at + 1) & (c->nslots - 1)) {
        const struct tki_lossless_content *x = &c->contents[c->slots[at] - 1];
        if (x->hash == hash && tki_str_eq(bytes, (tk_str){c->bytes.p + x->at, x->n}))
            return c->slots[at] - 1;
    }
    c->contents[c->ncontents] = (struct tki_lossless_content){c->bytes.n, bytes.n, hash, TK_NONE};
    tki_buf_str(&c->bytes, bytes);
    c->failed = c->failed || c->bytes.err;
    c->slots[at] = ++c->ncontents;
    return c->ncontents - 1;
}

/* A batch whose only span has this resource or this scope, and nothing else. */
static void context(struct tki_lossless_view *v, const struct tk_batch *b)
{
    v->b = *b;
    v->b.spans = &v->s;
    v->b.resources = &v->r;
    v->b.scopes = &v->c;
    v->b.needs = TK_NEED_ALL;
    v->b.raw = TK_RAW_NONE;
    v->s = (struct tk_span){0};
    v->r = (struct tk_resource){0};
    v->c = (struct tk_scope){0};
}

uint32_t tki_lossless_resource(struct tki_lossless_contents *c, struct tki_buf *scratch, const struct tk_batch *b,
                               uint32_t row)
{
    struct tki_lossless_view v;
    context(&v, b);
    v.r = b->resources[row];
    tki_buf_reset(scratch);
    tki_lossless_bytes(scratch, &v);
    c->failed = c->failed || scratch->err;
    return number(c, (tk_str){scratch->p, scratch->n});
}

uint32_t tki_lossless_scope(struct tki_lossless_contents *c, struct tki_buf *scratch, const struct tk_batch *b,
                            uint32_t row)
{
    struct tki_lossless_view v;
    context(&v, b);
    v.c = b->scopes[row];
    tki_buf_reset(scratch);
    tki_lossless_bytes(scratch, &v);
    c->failed = c->failed || scratch->err;
    return number(c, (tk_str){scratch->p, scratch->n});
}

void tki_lossless_entry(struct tki_lossless_contents *c, uint32_t content, uint32_t row)
{
    if (c->failed)
        return;
    if (TKI_GROW(c->entries, c->entries_cap, c->nentries + 1) < 0) {
        c->failed = true;
        return;
    }
    c->entries[c->nentries] = (struct tki_lossless_entry){row, c->contents[content].newest};
    c->contents[content].newest = c->nentries++;
}
