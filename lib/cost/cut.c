#include "cost/cut.h"

#include <math.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/err.h"
#include "format/otlp/otlp.h"
#include "format/table.h"
#include "io/squeeze.h"

/* ---- leaving out, in place: the assembler reads the trace anew when it is asked for again ---- */

struct cutting {
    const struct tki_left_out *cuts;
    size_t n;
    uint64_t *found; /* by cut; NULL: nobody asks */
};

static bool is_cut(const struct cutting *x, tk_str name, size_t where)
{
    for (size_t i = 0; i < x->n; i++) {
        const struct tki_left_out *c = &x->cuts[i];
        if (!*(const bool *)((const char *)c + where) || !tki_str_eq(c->name, name))
            continue;
        if (x->found)
            x->found[i]++;
        return true;
    }
    return false;
}

/* Returns true if something is gone. */
static bool cut_attrs(struct tk_batch *b, tk_range *r, const struct cutting *x, size_t where)
{
    uint32_t kept = 0, were = r->count;
    for (uint32_t i = 0; i < were; i++)
        if (!is_cut(x, b->attrs[r->first + i].key, where))
            b->attrs[r->first + kept++] = b->attrs[r->first + i];
    r->count = kept;
    return kept < were;
}

static bool cut_events(struct tk_batch *b, tk_range *r, const struct cutting *x)
{
    uint32_t kept = 0, were = r->count;
    for (uint32_t i = 0; i < were; i++)
        if (!is_cut(x, b->events[r->first + i].name, offsetof(struct tki_left_out, events)))
            b->events[r->first + kept++] = b->events[r->first + i];
    r->count = kept;
    return kept < were;
}

static void cut_resource(struct tk_batch *b, struct tk_resource *r, const struct cutting *x)
{
    bool has_service = false;
    if (!cut_attrs(b, &r->attrs, x, offsetof(struct tki_left_out, resources)))
        return;
    r->raw = (tk_str){0};
    for (uint32_t i = 0; i < r->attrs.count; i++)
        has_service = has_service || TKI_STR_IS(b->attrs[r->attrs.first + i].key, "service.name");
    if (!has_service)
        r->service = (tk_str){0};
}

void tki_leave_out(struct tk_batch *b, const struct tki_left_out *cuts, size_t n, uint64_t *found)
{
    const struct cutting x = {cuts, n, found};
    for (uint32_t i = 0; i < b->nspans; i++) {
        struct tk_span *s = &b->spans[i];
        bool attrs = cut_attrs(b, &s->attrs, &x, offsetof(struct tki_left_out, spans));
        if (cut_events(b, &s->events, &x) || attrs)
            s->raw = (tk_str){0};
    }
    for (uint32_t i = 0; i < b->nresources; i++)
        cut_resource(b, &b->resources[i], &x);
}

int tki_cut_batch_make(struct tki_cut_batch *c, const struct tk_batch *of, const struct tki_left_out *cuts, size_t n,
                       uint64_t *found)
{
    if (TKI_GROW(c->spans, c->spans_cap, of->nspans) < 0 ||
        TKI_GROW(c->resources, c->resources_cap, of->nresources) < 0 ||
        TKI_GROW(c->attrs, c->attrs_cap, of->nattrs) < 0 || TKI_GROW(c->events, c->events_cap, of->nevents) < 0)
        return TK_ENOMEM;
    c->batch = *of;
    if (of->nspans)
        c->batch.spans = memcpy(c->spans, of->spans, of->nspans * sizeof *of->spans);
    if (of->nresources)
        c->batch.resources = memcpy(c->resources, of->resources, of->nresources * sizeof *of->resources);
    if (of->nattrs)
        c->batch.attrs = memcpy(c->attrs, of->attrs, of->nattrs * sizeof *of->attrs);
    if (of->nevents)
        c->batch.events = memcpy(c->events, of->events, of->nevents * sizeof *of->events);
    tki_leave_out(&c->batch, cuts, n, found);
    return 0;
}

void tki_cut_batch_free(struct tki_cut_batch *c)
{
    free(c->spans);
    free(c->resources);
    free(c->attrs);
    free(c->events);
    *c = (struct tki_cut_batch){0};
}

/* ---- weighing ---- */

enum { SLICE = 64 << 10, SLICES_MIN = 4 }; /* fewer tell nothing of how they differ */

struct scale {
    struct tki_squeeze *zstd;
    struct tki_buf proto, docs;
    struct tki_encode es;
    uint32_t *rows;
    size_t cap;
    uint64_t in_slice; /* bytes of traces as they came */
    bool with_docs;
};

static int scale_open(struct scale *s, bool with_docs)
{
    *s = (struct scale){.with_docs = with_docs};
    s->es.out = &s->docs;
    return tki_squeeze_open(&s->zstd, 3);
}

static void scale_free(struct scale *s)
{
    tki_squeeze_close(s->zstd);
    tki_buf_free(&s->proto);
    tki_buf_free(&s->docs);
    tki_encode_forget(&s->es, &tki_format_jaeger_es);
    free(s->rows);
}

static int push(struct tki_weights *w, double bytes)
{
    if (TKI_GROW(w->bytes, w->cap, w->n + 1) < 0)
        return TK_ENOMEM;
    w->bytes[w->n++] = bytes;
    return 0;
}

static int weigh_docs(struct scale *s, const struct tk_batch *b, struct tki_weighed *to)
{
    if (TKI_GROW(s->rows, s->cap, b->nspans) < 0)
        return TK_ENOMEM;
    for (uint32_t i = 0; i < b->nspans; i++)
        s->rows[i] = i;
    tki_buf_reset(&s->docs);
    tki_format_jaeger_es.put(&s->es, b, s->rows, b->nspans);
    s->es.puts++;
    to->es += s->docs.n;
    return s->docs.err ? s->docs.err : push(&to->trace_es, (double)s->docs.n);
}

/* Slices end behind the same traces, whatever is left out: `came` is what the trace was. */
static int weigh_slice(struct scale *s, uint64_t came, struct tki_weighed *to)
{
    uint64_t out = 0;
    int rc = tki_squeeze_put(s->zstd, s->proto.p, s->proto.n);
    s->in_slice += came;
    if (rc < 0 || s->in_slice < SLICE)
        return rc;
    s->in_slice = 0;
    rc = tki_squeeze_flush(s->zstd, &out);
    return rc < 0 ? rc : push(&to->slice_zstd, (double)out);
}

static int weigh(struct scale *s, const struct tk_batch *b, uint64_t came, struct tki_weighed *to)
{
    size_t n = to->trace_proto.n;
    tki_buf_reset(&s->proto);
    tki_otlp_proto_put(&s->proto, b, NULL, 0);
    to->proto += s->proto.n;
    if (s->proto.err || TKI_GROW(to->id, to->id_cap, n + 1) < 0)
        return TK_ENOMEM;
    to->id[n] = b->spans[0].trace_id;
    int rc = push(&to->trace_proto, (double)s->proto.n);
    rc = rc < 0 ? rc : weigh_slice(s, came, to);
    return rc < 0 || !s->with_docs ? rc : weigh_docs(s, b, to);
}

int tki_left_out_weigh(struct tki_sample *sample, const struct tki_left_out *cuts, size_t n, uint64_t bytes_max,
                       bool es, struct tki_weighed *to, struct tk_err *err)
{
    struct scale s;
    struct tk_batch *trace = NULL;
    uint64_t looked_at = 0;
    uint32_t row;
    *to = (struct tki_weighed){0};
    int rc = scale_open(&s, es), more = 1;
    while (rc == 0 && looked_at < bytes_max && (more = tki_sample_next(sample, &trace, &row, err)) > 0) {
        uint64_t came = tki_measure_at(sample->measure, row)->bytes;
        looked_at += came;
        tki_leave_out(trace, cuts, n, NULL);
        rc = weigh(&s, trace, came, to);
    }
    if (rc == 0 && more >= 0)
        rc = tki_squeeze_end(s.zstd, &to->zstd);
    scale_free(&s);
    return more < 0 ? more : rc < 0 ? tki_err_memory(err) : 0;
}

void tki_weighed_free(struct tki_weighed *w)
{
    free(w->trace_proto.bytes);
    free(w->trace_es.bytes);
    free(w->slice_zstd.bytes);
    free(w->id);
    *w = (struct tki_weighed){0};
}

/* ---- what is saved ---- */

static double share(double without, double with)
{
    return with > 0 ? fmin(1, fmax(0, 1 - without / with)) : 0;
}

/* From a ratio of what is left. */
static struct tki_estimate saved_of(struct tki_estimate left)
{
    return (struct tki_estimate){share(left.value, 1), isnan(left.high) ? NAN : share(left.high, 1),
                                 isnan(left.low) ? NAN : share(left.low, 1)};
}

static int ratio(const struct tki_redraw *draws, const struct tki_weights *with, const struct tki_weights *without,
                 struct tki_estimate *saved)
{
    struct tki_estimate left = {1, NAN, NAN};
    int rc = with->n ? tki_ratio(draws, without->bytes, with->bytes, &left) : 0;
    *saved = saved_of(left);
    return rc;
}

/* The value is of everything compressed in one, as a store's block is; how far it may be off, its slices tell. */
static struct tki_estimate compressed(const struct tki_weighed *with, const struct tki_weighed *without)
{
    double w = 0, o = 0, squares = 0, value = share((double)without->zstd, (double)with->zstd);
    size_t n = with->slice_zstd.n;
    for (size_t i = 0; i < n; i++) {
        w += with->slice_zstd.bytes[i];
        o += without->slice_zstd.bytes[i];
    }
    if (n < SLICES_MIN || !(w > 0))
        return (struct tki_estimate){value, NAN, NAN};
    for (size_t i = 0; i < n; i++) {
        double e = without->slice_zstd.bytes[i] - o / w * with->slice_zstd.bytes[i];
        squares += e * e;
    }
    double half = tki_student(n - 1) * sqrt((double)n / (double)(n - 1) * squares) / w;
    return (struct tki_estimate){value, fmax(0, value - half), fmin(1, value + half)};
}

int tki_left_out_saved(const struct tki_weighed *with, const struct tki_weighed *without, uint64_t seed,
                       struct tki_saved *saved)
{
    struct tki_redraw draws;
    int rc = tki_redraw_open(&draws, with->id, with->trace_proto.n, seed);
    if (rc < 0)
        return rc;
    rc = ratio(&draws, &with->trace_proto, &without->trace_proto, &saved->proto);
    rc = rc < 0 ? rc : ratio(&draws, &with->trace_es, &without->trace_es, &saved->es);
    saved->zstd = compressed(with, without);
    tki_redraw_free(&draws);
    return rc;
}

static struct tki_range left_of(const struct tki_estimate *saved)
{
    double mid = 1 - saved->value;
    return isnan(saved->low) ? tki_range_exact(mid) : (struct tki_range){1 - saved->high, mid, 1 - saved->low};
}

void tki_saved_apply(const struct tki_saved *saved, struct tki_quantities *q)
{
    const struct tki_range proto = left_of(&saved->proto), zstd = left_of(&saved->zstd), es = left_of(&saved->es);
    for (int k = TKI_Q_PROTO; k < TKI_Q_COUNT; k++) {
        bool docs = k == TKI_Q_ES_JSON || k == TKI_Q_ES_STORED, squeezed = k == TKI_Q_ZSTD || k == TKI_Q_COLUMNAR;
        q->per_s[k] = tki_range_times(q->per_s[k], docs ? es : squeezed ? zstd : proto);
    }
}
