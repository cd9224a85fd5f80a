/* Writing Jaeger's API JSON as its server answers: members in its order, ids of 64-bit traces with 16 digits,
 * whole numbers beyond 2^53 as strings, processes behind the spans.  One trace a line. */
#include "base/num.h"
#include "format/jaeger/json.h"
#include "format/jaeger/json_out.h"
#include "format/js/any.h"
#include "model/values.h"

/* ---- tags ---- */

static void span_tags(struct tki_jaeger_out *o, const struct tki_jaeger_tags *t, const struct tk_span *s)
{
    LIT(o, ",\"tags\":[");
    o->comma = false;
    tki_jaeger_out_tags(o, t->before, t->nbefore);
    const struct tk_attr *a = o->batch->attrs + s->attrs.first;
    for (uint32_t i = 0; i < s->attrs.count; i++)
        if (!tki_jaeger_not_tag(o->batch, &a[i]))
            tki_jaeger_out_tag(o, &a[i]);
    tki_jaeger_out_tags(o, t->after, t->nafter);
    tki_buf_putc(o->b, ']');
}

/* ---- spans ---- */

static void warnings(struct tki_jaeger_out *o, const struct tk_attr *w)
{
    if (!w) {
        LIT(o, ",\"warnings\":null}");
        return;
    }
    LIT(o, ",\"warnings\":[");
    for (uint32_t i = 0; i < w->value.n; i++) {
        const struct tk_value *v = &o->batch->kids[w->value.v.first + i].value;
        if (i)
            tki_buf_putc(o->b, ',');
        tki_jaeger_out_text(o, (tk_str){v->v.s, v->n});
    }
    LIT(o, "]}");
}

static void span(struct tki_jaeger_out *o, const struct tk_span *s, uint32_t process)
{
    struct tki_jaeger_tags t;
    tki_jaeger_out_span(o, s, &t);
    span_tags(o, &t, s);
    tki_jaeger_out_logs(o, s);
    LIT(o, ",\"processID\":\"p");
    tki_buf_u64(o->b, process + 1u);
    tki_buf_putc(o->b, '"');
    warnings(o, t.warnings);
}

/* ---- processes and traces ---- */

static void process(struct tki_jaeger_out *o, const struct tk_resource *r)
{
    struct tki_jaeger_process p = tki_jaeger_process_of(o->batch, r, o->notes);
    LIT(o, "{\"serviceName\":");
    tki_buf_any_string(o->b, &o->scratch, o->batch, &p.service, o->notes);
    LIT(o, ",\"tags\":[");
    o->comma = false;
    const struct tk_attr *a = o->batch->attrs + r->attrs.first;
    for (uint32_t i = 0; i < r->attrs.count; i++)
        if (&a[i] != p.service_attr)
            tki_jaeger_out_tag(o, &a[i]);
    LIT(o, "]}");
}

static void processes(struct tki_jaeger_out *o, const struct tki_jaeger_processes *p)
{
    LIT(o, "],\"processes\":{");
    for (uint32_t i = 0; i < tki_jaeger_processes_count(p); i++) {
        if (i)
            tki_buf_putc(o->b, ',');
        LIT(o, "\"p");
        tki_buf_u64(o->b, i + 1u);
        LIT(o, "\":");
        process(o, &o->batch->resources[tki_jaeger_processes_at(p, i)]);
    }
    LIT(o, "},\"warnings\":null}");
}

void tki_jaeger_json_begin(struct tki_encode *e)
{
    tki_buf_lit(e->out, "{\"data\":[");
}

void tki_jaeger_json_put(struct tki_encode *e, const struct tk_batch *b, const uint32_t *rows, size_t nrows)
{
    struct tki_jaeger_out o = {.b = e->out, .batch = b, .notes = e->notes};
    struct tki_jaeger_processes *p = tki_jaeger_processes_begin(e, b);
    uint32_t scope = TK_NONE;
    if (!p)
        return;
    tki_buf_str(o.b, e->puts ? TKI_STR(",\n") : TKI_STR("\n"));
    LIT(&o, "{\"traceID\":");
    tki_jaeger_out_trace_id(&o, b->spans[rows[0]].trace_id);
    LIT(&o, ",\"spans\":[");
    for (size_t i = 0; i < nrows; i++) {
        const struct tk_span *s = &b->spans[rows[i]];
        if (s->scope != scope)
            tki_jaeger_scope_losses(&b->scopes[scope = s->scope], o.notes);
        if (i)
            tki_buf_putc(o.b, ',');
        span(&o, s, tki_jaeger_processes_put(p, b, s->resource));
    }
    processes(&o, p);
    tki_buf_free(&o.scratch);
}

void tki_jaeger_json_end(struct tki_encode *e)
{
    if (e->puts)
        tki_buf_putc(e->out, '\n');
    tki_buf_lit(e->out, "],\"total\":0,\"limit\":0,\"offset\":0,\"errors\":null}\n");
}
