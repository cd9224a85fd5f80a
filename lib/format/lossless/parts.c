#include "format/lossless/parts.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/hash.h"
#include "base/num.h"
#include "format/lossless/lossless.h"
#include "format/otlp/otlp.h"
#include "format/pb/pb.h"
#include "model/put.h"

void tki_lossless_copy_ids(struct tk_span *to, const struct tk_span *from)
{
    to->trace_id = from->trace_id;
    to->span_id = from->span_id;
    to->parent_id = from->parent_id;
}

void tki_lossless_copy_state(struct tk_span *to, const struct tk_span *from)
{
    to->trace_state = from->trace_state;
    to->status_message = from->status_message;
    to->flags = from->flags;
    to->dropped_attrs = from->dropped_attrs;
    to->dropped_events = from->dropped_events;
    to->dropped_links = from->dropped_links;
}

void tki_lossless_view(struct tki_lossless_view *v, const struct tk_batch *b, const struct tk_span *s, unsigned parts)
{
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
    if (!s)
        return;
    const struct tk_resource *r = &b->resources[s->resource];
    const struct tk_scope *c = &b->scopes[s->scope];
    if (parts & TKI_LOSSLESS_BIT(CORE)) {
        tki_lossless_copy_ids(&v->s, s);
        v->s.start_ns = s->start_ns;
        v->s.end_ns = s->end_ns;
        v->s.kind = s->kind;
        v->s.status = s->status;
    }
    if (parts & TKI_LOSSLESS_BIT(NAME))
        v->s.name = s->name;
    if (parts & TKI_LOSSLESS_BIT(STATE))
        tki_lossless_copy_state(&v->s, s);
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
    switch (mode) {
    case TKI_LOSSLESS_AS_INT: *to = tki_v_int(0); return tki_parse_i64(s, &to->v.i);
    case TKI_LOSSLESS_AS_DOUBLE: *to = tki_v_double(0); return tki_parse_double(s, &to->v.d);
    case TKI_LOSSLESS_AS_BOOL: *to = tki_v_bool(TKI_STR_IS(s, "true")); return to->v.b || TKI_STR_IS(s, "false");
    case TKI_LOSSLESS_AS_BYTES: return tki_v_base64(b, s, to);
    default: return false;
    }
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
    tki_symtab_free(&c->contents);
    free(c->newest);
    free(c->entries);
}

/* The number of the content of a batch's only span, which has a resource or a scope and nothing else. */
static uint32_t number(struct tki_lossless_contents *c, struct tki_buf *scratch, const struct tk_batch *b,
                       const struct tk_resource *r, const struct tk_scope *scope)
{
    struct tki_lossless_view v;
    tki_lossless_view(&v, b, NULL, 0);
    v.r = r ? *r : v.r;
    v.c = scope ? *scope : v.c;
    tki_buf_reset(scratch);
    tki_lossless_bytes(scratch, &v);
    uint32_t n = c->contents.n;
    uint32_t i =
        c->failed || scratch->err ? TKI_MAP_NONE : tki_symtab_put(&c->contents, tki_buf_text(scratch, &v.b.err));
    c->failed = c->failed || i == TKI_MAP_NONE || TKI_GROW(c->newest, c->newest_cap, c->contents.n) < 0;
    if (c->failed)
        return 0;
    if (i == n)
        c->newest[i] = TK_NONE;
    return i;
}

uint32_t tki_lossless_resource(struct tki_lossless_contents *c, struct tki_buf *scratch, const struct tk_batch *b,
                               uint32_t row)
{
    return number(c, scratch, b, &b->resources[row], NULL);
}

uint32_t tki_lossless_scope(struct tki_lossless_contents *c, struct tki_buf *scratch, const struct tk_batch *b,
                            uint32_t row)
{
    return number(c, scratch, b, NULL, &b->scopes[row]);
}

void tki_lossless_entry(struct tki_lossless_contents *c, uint32_t content, uint32_t row)
{
    if (c->failed)
        return;
    if (TKI_GROW(c->entries, c->entries_cap, c->nentries + 1) < 0) {
        c->failed = true;
        return;
    }
    c->entries[c->nentries] = (struct tki_lossless_entry){row, c->newest[content]};
    c->newest[content] = c->nentries++;
}
