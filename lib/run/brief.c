#include "run/brief.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/err.h"
#include "base/map.h"
#include "format/otlp/otlp.h"
#include "model/weight.h"

enum {
    TEXTS_MAX = 100000,
    SOURCES_MAX = 50000,
    BYTES_MAX = 8 << 20, /* of the texts, and of the resources */
};

/* A span; a part is the id of its trace and such rows.  Behind a row stand `more` bytes: the span as OTLP protobuf,
 * then only the resource of the row counts. */
struct row {
    uint64_t span_id, parent_id, start_ns, end_ns;
    uint32_t name, state; /* numbers of texts; TKI_MAP_NONE: none */
    uint32_t resource;    /* TKI_MAP_NONE: it is in the protobuf */
    uint32_t more;
    uint8_t kind, status;
    bool same; /* the resource is that of the row before: one row of the batch */
};

struct tki_brief {
    struct tki_symtab texts, sources; /* sources: a resource each, as OTLP protobuf with one span */
    size_t texts_n, sources_n;        /* bytes */
    uint64_t *number;                 /* by resource of the batch that is put in: the time it was asked, its number */
    size_t numbers_cap;
    uint32_t now;
    struct tki_buf message;
    struct tk_batch *b; /* the resources, later the spans of parts behind their attributes */
    struct tk_resource *resource;
    uint32_t nattrs, nkids, nentities; /* of the resources */
    bool settled;
};

struct tki_brief *tki_brief_new(void)
{
    struct tki_brief *x = calloc(1, sizeof *x);
    if (x && !(x->b = tk_batch_new())) {
        free(x);
        return NULL;
    }
    return x;
}

void tki_brief_free(struct tki_brief *x)
{
    if (!x)
        return;
    tki_symtab_free(&x->texts);
    tki_symtab_free(&x->sources);
    tki_buf_free(&x->message);
    tk_batch_free(x->b);
    free(x->number);
    free(x->resource);
    free(x);
}

void tki_brief_begin(struct tki_brief *x)
{
    x->now++;
}

/* ---- into parts ---- */

/* Its number in the table, TKI_MAP_NONE where that is full. */
static int number_of(struct tki_symtab *t, size_t *bytes, uint32_t most, tk_str s, uint32_t *number)
{
    bool full = t->n >= most || *bytes + s.n > BYTES_MAX;
    uint32_t had = t->n;
    *number = full ? tki_symtab_get(t, s) : tki_symtab_put(t, s);
    if (!full && *number == TKI_MAP_NONE)
        return TK_ENOMEM;
    *bytes += t->n > had ? s.n : 0;
    return TK_OK;
}

static int text_of(struct tki_brief *x, tk_str s, uint32_t *number)
{
    *number = TKI_MAP_NONE;
    return s.n ? number_of(&x->texts, &x->texts_n, TEXTS_MAX, s, number) : TK_OK;
}

/* A view of the batch with that span alone. */
static struct tk_batch alone(const struct tk_batch *b, struct tk_span *span)
{
    struct tk_batch view = *b;
    view.spans = span;
    view.nspans = 1;
    view.needs = TKI_BRIEF_NEEDS;
    return view;
}

static int source_of(struct tki_brief *x, const struct tk_batch *b, uint32_t row, uint32_t *number)
{
    struct tk_span none = {.resource = row, .scope = 0};
    struct tk_batch view = alone(b, &none);
    struct tk_scope scope = {0};
    struct tk_err err;
    uint32_t had = x->sources.n;
    view.scopes = &scope;
    view.nscopes = 1;
    tki_buf_reset(&x->message);
    tki_otlp_proto_put(&x->message, &view, NULL, 0);
    if (x->message.err ||
        number_of(&x->sources, &x->sources_n, SOURCES_MAX, (tk_str){x->message.p, x->message.n}, number) < 0)
        return TK_ENOMEM;
    if (x->sources.n == had)
        return TK_OK;
    x->b->nspans = x->b->nscopes = 0; /* these are of no use */
    int rc = tki_otlp_proto_add(x->b, x->sources.strs[*number], TKI_BRIEF_NEEDS, &err);
    return rc < 0 || x->b->err || x->b->nresources != x->sources.n ? TK_ENOMEM : TK_OK;
}

static int resource_of(struct tki_brief *x, const struct tk_batch *b, uint32_t row, uint32_t *number)
{
    if (TKI_GROW_ZERO(x->number, x->numbers_cap, (size_t)row + 1) < 0)
        return TK_ENOMEM;
    if (x->number[row] >> 32 != x->now) {
        uint32_t n;
        if (source_of(x, b, row, &n) < 0)
            return TK_ENOMEM;
        x->number[row] = (uint64_t)x->now << 32 | n;
    }
    *number = (uint32_t)x->number[row];
    return TK_OK;
}

static bool tells_weight(const struct tk_batch *b, const struct tk_span *s)
{
    bool any = false;
    for (size_t i = 0; i < TKI_WEIGHT_KEYS && !s->parent_id && s->attrs.count && !any; i++)
        any = tk_attr_find(b, s->attrs, tki_weight_keys[i].p) != NULL;
    return any;
}

/* The span as protobuf behind its row. */
static int put_more(struct tki_buf *to, const struct tk_batch *b, const struct tk_span *s, bool with_resource)
{
    struct tk_span span = *s;
    struct tk_batch view = alone(b, &span);
    struct tk_resource resource = {0};
    struct tk_scope scope = {0};
    size_t at = to->n;
    span.raw = (tk_str){0};
    span.scope = 0;
    if (s->parent_id)
        span.attrs.count = 0;
    view.scopes = &scope;
    view.nscopes = 1;
    if (!with_resource) {
        span.resource = 0;
        view.resources = &resource;
        view.nresources = 1;
    }
    tki_otlp_proto_put(to, &view, NULL, 0);
    size_t n = to->n - at;
    return to->err || n > UINT32_MAX ? TK_ENOMEM : (int)TK_OK;
}

int tki_brief_put(struct tki_brief *x, struct tki_buf *to, const struct tk_batch *b, const uint32_t *rows, size_t nrows)
{
    size_t n = rows ? nrows : b->nspans;
    uint32_t before = TK_NONE;
    if (!n)
        return TK_OK;
    tki_buf_put(to, &b->spans[rows ? rows[0] : 0].trace_id, sizeof(tk_id128));
    for (size_t i = 0; i < n; i++) {
        const struct tk_span *s = &b->spans[rows ? rows[i] : i];
        struct row r = {.span_id = s->span_id,
                        .parent_id = s->parent_id,
                        .start_ns = s->start_ns,
                        .end_ns = s->end_ns,
                        .kind = s->kind,
                        .status = s->status,
                        .same = s->resource == before};
        if (text_of(x, s->name, &r.name) < 0 || text_of(x, s->trace_state, &r.state) < 0 ||
            resource_of(x, b, s->resource, &r.resource) < 0)
            return TK_ENOMEM;
        before = s->resource;
        bool whole = (r.name == TKI_MAP_NONE && s->name.n) || (r.state == TKI_MAP_NONE && s->trace_state.n) ||
                     r.resource == TKI_MAP_NONE || s->links.count || tells_weight(b, s);
        size_t at = to->n;
        tki_buf_put(to, &r, sizeof r);
        if (!whole || to->err)
            continue;
        if (put_more(to, b, s, r.resource == TKI_MAP_NONE) < 0)
            return TK_ENOMEM;
        r.more = (uint32_t)(to->n - at - sizeof r);
        memcpy(to->p + at, &r, sizeof r);
    }
    return to->err ? TK_ENOMEM : TK_OK;
}

/* ---- and back ---- */

/* The resources are put away, their attributes stay in the batch: in front of those of spans. */
static bool settle(struct tki_brief *x)
{
    struct tk_batch *b = x->b;
    x->resource = malloc((b->nresources + (size_t)1) * sizeof *x->resource);
    if (!x->resource) {
        b->err = TK_ENOMEM;
        return false;
    }
    memcpy(x->resource, b->resources, b->nresources * sizeof *x->resource);
    x->nattrs = b->nattrs;
    x->nkids = b->nkids;
    x->nentities = b->nentities;
    x->settled = true;
    return true;
}

struct tk_batch *tki_brief_batch(struct tki_brief *x)
{
    struct tk_batch *b = x->b;
    if (!x->settled && !settle(x))
        return b;
    tk_batch_reset(b);
    b->nattrs = x->nattrs;
    b->nkids = x->nkids;
    b->nentities = x->nentities;
    b->needs = TKI_BRIEF_NEEDS;
    return b;
}

static tk_str text_at(const struct tki_brief *x, uint32_t number)
{
    const tk_str none = {0};
    return number == TKI_MAP_NONE ? none : x->texts.strs[number];
}

static uint32_t add_resource(struct tki_brief *x, uint32_t number)
{
    uint32_t row = tk_batch_add_resource(x->b);
    x->b->resources[row] = x->resource[number];
    return row;
}

int tki_brief_take(struct tki_brief *x, tk_str part, struct tk_err *err)
{
    struct tk_batch *b = x->b;
    const char *p = part.p, *end = part.p + part.n;
    uint32_t resource = 0;
    tk_id128 trace;
    if (!part.n)
        return TK_OK;
    memcpy(&trace, p, sizeof trace);
    p += sizeof trace;
    while (p < end && !b->err) {
        struct row r;
        memcpy(&r, p, sizeof r);
        p += sizeof r;
        if (r.resource != TKI_MAP_NONE && !r.same)
            resource = add_resource(x, r.resource);
        if (r.more) {
            int rc = tki_otlp_proto_add(b, (tk_str){p, r.more}, TKI_BRIEF_NEEDS, err);
            if (rc < 0)
                return rc;
            if (r.resource != TKI_MAP_NONE)
                b->spans[b->nspans - 1].resource = resource;
            p += r.more;
            continue;
        }
        struct tk_span *s = tk_batch_add_span(b);
        s->trace_id = trace;
        s->span_id = r.span_id;
        s->parent_id = r.parent_id;
        s->start_ns = r.start_ns;
        s->end_ns = r.end_ns;
        s->name = text_at(x, r.name);
        s->trace_state = text_at(x, r.state);
        s->kind = r.kind;
        s->status = r.status;
        s->resource = resource;
    }
    b->needs = TKI_BRIEF_NEEDS;
    return b->err ? tki_err_memory(err) : TK_OK;
}
