#include "cost/cut.h"

#include <math.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/err.h"
#include "format/otlp/otlp.h"
#include "format/table.h"
#include "io/squeeze.h"

/* ---- leaving out, in place: the assembler reads the trace anew when it is asked for again ---- */

static bool is_cut(const struct tki_left_out *cuts, size_t n, tk_str name, size_t where)
{
    for (size_t i = 0; i < n; i++)
        if (*(const bool *)((const char *)&cuts[i] + where) && cuts[i].name.n == name.n &&
            (name.n == 0 || memcmp(cuts[i].name.p, name.p, name.n) == 0))
            return true;
    return false;
}

static void cut_attrs(struct tk_batch *b, tk_range *r, const struct tki_left_out *cuts, size_t n, size_t where)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < r->count; i++)
        if (!is_cut(cuts, n, b->attrs[r->first + i].key, where))
            b->attrs[r->first + kept++] = b->attrs[r->first + i];
    r->count = kept;
}

static void cut_events(struct tk_batch *b, tk_range *r, const struct tki_left_out *cuts, size_t n)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < r->count; i++)
        if (!is_cut(cuts, n, b->events[r->first + i].name, offsetof(struct tki_left_out, events)))
            b->events[r->first + kept++] = b->events[r->first + i];
    r->count = kept;
}

static void leave_out(struct tk_batch *b, const struct tki_left_out *cuts, size_t n)
{
    b->raw = TK_RAW_NONE;
    for (uint32_t i = 0; i < b->nspans; i++) {
        cut_attrs(b, &b->spans[i].attrs, cuts, n, offsetof(struct tki_left_out, spans));
        cut_events(b, &b->spans[i].events, cuts, n);
    }
    for (uint32_t i = 0; i < b->nresources; i++)
        cut_attrs(b, &b->resources[i].attrs, cuts, n, offsetof(struct tki_left_out, resources));
}

/* ---- weighing ---- */

enum { SLICE = 64 << 10 };

struct scale {
    struct tki_squeeze *whole, *slice;
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
    int rc = tki_squeeze_open(&s->whole, 3);
    return rc < 0 ? rc : tki_squeeze_open(&s->slice, 3);
}

static void scale_free(struct scale *s)
{
    tki_squeeze_close(s->whole);
    tki_squeeze_close(s->slice);
    tki_buf_free(&s->proto);
    tki_buf_free(&s->docs);
    if (tki_format_jaeger_es.free_state && s->es.state)
        tki_format_jaeger_es.free_state(s->es.state);
    else
        free(s->es.state);
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
    int rc = tki_squeeze_put(s->slice, s->proto.p, s->proto.n);
    s->in_slice += came;
    if (rc < 0 || s->in_slice < SLICE)
        return rc;
    s->in_slice = 0;
    rc = tki_squeeze_end(s->slice, &out);
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
    rc = rc < 0 ? rc : tki_squeeze_put(s->whole, s->proto.p, s->proto.n);
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
        leave_out(trace, cuts, n);
        rc = weigh(&s, trace, came, to);
    }
    if (rc == 0 && more >= 0)
        rc = tki_squeeze_end(s.whole, &to->zstd);
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

/* The value is of everything compressed in one, as a store's block is; how far it may be off, slices tell. */
static struct tki_estimate compressed(const struct tki_weighed *with, const struct tki_weighed *without)
{
    double w = 0, o = 0, squares = 0, value = share((double)without->zstd, (double)with->zstd);
    size_t n = with->slice_zstd.n;
    for (size_t i = 0; i < n; i++) {
        w += with->slice_zstd.bytes[i];
        o += without->slice_zstd.bytes[i];
    }
    if (n < 2 || !(w > 0))
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
