#include "cost/cut.h"

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

struct scale {
    struct tki_squeeze *zstd;
    struct tki_buf proto, docs;
    struct tki_encode es;
    uint32_t *rows;
    size_t cap;
};

static int weigh(struct scale *s, const struct tk_batch *b, bool es, struct tki_weighed *to)
{
    tki_buf_reset(&s->proto);
    tki_otlp_proto_put(&s->proto, b, NULL, 0);
    to->proto += s->proto.n;
    int rc = s->proto.err ? s->proto.err : tki_squeeze_put(s->zstd, s->proto.p, s->proto.n);
    if (rc < 0 || !es)
        return rc;
    if (TKI_GROW(s->rows, s->cap, b->nspans) < 0)
        return TK_ENOMEM;
    for (uint32_t i = 0; i < b->nspans; i++)
        s->rows[i] = i;
    tki_buf_reset(&s->docs);
    tki_format_jaeger_es.put(&s->es, b, s->rows, b->nspans);
    s->es.puts++;
    to->es += s->docs.n;
    return s->docs.err;
}

static void scale_free(struct scale *s)
{
    tki_squeeze_close(s->zstd);
    tki_buf_free(&s->proto);
    tki_buf_free(&s->docs);
    if (tki_format_jaeger_es.free_state && s->es.state)
        tki_format_jaeger_es.free_state(s->es.state);
    else
        free(s->es.state);
    free(s->rows);
}

int tki_left_out_weigh(struct tki_sample *sample, const struct tki_left_out *cuts, size_t n, uint64_t bytes_max,
                       bool es, struct tki_weighed *to, struct tk_err *err)
{
    struct scale s = {.es.out = &s.docs};
    struct tk_batch *trace = NULL;
    uint64_t looked_at = 0;
    uint32_t row;
    *to = (struct tki_weighed){0};
    int rc = tki_squeeze_open(&s.zstd, 3), more = 1;
    while (rc == 0 && looked_at < bytes_max && (more = tki_sample_next(sample, &trace, &row, err)) > 0) {
        looked_at += tki_measure_at(sample->measure, row)->bytes;
        leave_out(trace, cuts, n);
        rc = weigh(&s, trace, es, to);
    }
    if (rc == 0 && more >= 0)
        rc = tki_squeeze_end(s.zstd, &to->zstd);
    scale_free(&s);
    return more < 0 ? more : rc < 0 ? tki_err_memory(err) : 0;
}
