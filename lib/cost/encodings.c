#include "cost/encodings.h"

#include <math.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/err.h"
#include "format/table.h"

const char *const tki_encoding_names[TKI_ENCODINGS + 1] = {
    "Jaeger JSON", "Jaeger protobuf", "Zipkin JSON", "Elasticsearch documents", "zstd -1", "zstd -3", NULL};
const char *const tki_encoding_keys[TKI_ENCODINGS + 1] = {
    "jaeger_json", "jaeger_proto", "zipkin_json", "elasticsearch_json", "zstd_1", "zstd_3", NULL};

static const struct tki_format *const writers[TKI_E_WRITTEN] = {&tki_format_jaeger_json, &tki_format_jaeger_proto,
                                                                &tki_format_zipkin_json, &tki_format_jaeger_es};

/* One encoder, and what it has written. */
struct pen {
    const struct tki_format *format;
    struct tki_encode encode;
    struct tki_buf buf;
    double once; /* bytes that are written once for many traces */
};

/* By trace of the sample. */
struct table {
    tk_id128 *id;
    double *proto, *y[TKI_E_WRITTEN]; /* with their weights in them */
    size_t n, cap;
};

static int table_grow(struct table *t)
{
    const struct tki_column columns[] = {TKI_COLUMN(t->id),   TKI_COLUMN(t->proto), TKI_COLUMN(t->y[0]),
                                         TKI_COLUMN(t->y[1]), TKI_COLUMN(t->y[2]),  TKI_COLUMN(t->y[3])};
    return TKI_GROW_COLUMNS(columns, t->cap, t->n + 1, false);
}

static void table_free(struct table *t)
{
    free(t->id);
    free(t->proto);
    for (int k = 0; k < TKI_E_WRITTEN; k++)
        free(t->y[k]);
}

struct work {
    struct tki_encodings *to;
    struct tki_sample *sample;
    const struct tki_encode_without *without;
    bool all;
    struct table table;
    struct pen pen[TKI_E_WRITTEN];
    uint32_t *rows;
    size_t cap;
};

/* ---- encoders ---- */

static void pens_open(struct work *w)
{
    for (int k = 0; k < TKI_E_WRITTEN; k++) {
        struct pen *p = &w->pen[k];
        p->format = writers[k];
        p->encode.out = &p->buf;
        if (p->format->begin)
            p->format->begin(&p->encode);
        w->to->of[k].bytes = p->buf.n;
    }
}

static void pens_close(struct work *w)
{
    for (int k = 0; k < TKI_E_WRITTEN; k++) {
        struct pen *p = &w->pen[k];
        p->buf.n = 0;
        if (p->format->end)
            p->format->end(&p->encode);
        w->to->of[k].bytes += p->buf.n;
        tki_encode_forget(&p->encode, p->format);
        tki_buf_free(&p->buf);
    }
}

static size_t write_trace(struct pen *p, const struct work *w, const struct tk_batch *trace)
{
    p->buf.n = 0;
    p->format->put(&p->encode, trace, w->rows, trace->nspans);
    p->encode.puts++;
    return p->buf.n;
}

/* What an encoder writes for the first time only (the document of an operation, that day) is no part of a trace's size.
 * A second trace like it tells. */
static int write_all(struct work *w, const struct tk_batch *trace, double weight)
{
    for (int k = 0; k < TKI_E_WRITTEN; k++) {
        size_t first = write_trace(&w->pen[k], w, trace), bytes = first;
        if (k == TKI_E_ES_JSON && !w->all)
            bytes = write_trace(&w->pen[k], w, trace);
        w->to->of[k].bytes += first;
        w->table.y[k][w->table.n] = weight * (double)bytes;
        if (w->pen[k].buf.err)
            return w->pen[k].buf.err;
    }
    return 0;
}

/* ---- all of it ---- */

static int take_trace(struct work *w, struct tk_batch *trace, uint32_t row)
{
    const struct tki_measure *m = w->without ? w->without->left : w->sample->measure;
    const struct tki_trace_size *size = tki_measure_at(m, row);
    double weight = tki_rate_weight(tki_ledger_row(m->ledger, row)->rate);
    if (table_grow(&w->table) < 0 || TKI_GROW(w->rows, w->cap, trace->nspans) < 0)
        return TK_ENOMEM;
    if (w->without)
        tki_leave_out(trace, w->without->cuts, w->without->n, NULL);
    for (uint32_t i = 0; i < trace->nspans; i++)
        w->rows[i] = i;
    w->to->traces++;
    w->to->spans += trace->nspans;
    w->to->proto_bytes += size->bytes;
    w->table.id[w->table.n] = m->ledger->ids.ids[row];
    w->table.proto[w->table.n] = weight * (double)size->bytes;
    int rc = write_all(w, trace, weight);
    w->table.n++;
    return rc;
}

static int conclude(struct work *w, uint64_t seed)
{
    struct tki_redraw draws;
    int rc = tki_redraw_open(&draws, w->table.id, w->table.n, seed);
    if (rc < 0)
        return rc;
    for (int k = 0; k < TKI_E_WRITTEN && rc == 0; k++)
        rc = tki_ratio(&draws, w->table.y[k], w->table.proto, &w->to->of[k].ratio);
    tki_redraw_free(&draws);
    return rc;
}

static void take_blocks(struct tki_encodings *e, const struct tki_blocks *blocks)
{
    e->all_compressed = !blocks->skipped;
    e->compressed_bytes = blocks->in;
    for (int k = 0; k < TKI_BLOCK_LEVELS; k++)
        e->of[TKI_E_ZSTD_1 + k] = (struct tki_encoded){tki_blocks_ratio(blocks, k), blocks->out[k]};
}

int tki_encodings_measure(struct tki_encodings *e, struct tki_sample *sample, const struct tki_blocks *blocks,
                          const struct tki_encode_without *without, uint64_t seed, struct tk_err *err)
{
    *e = (struct tki_encodings){.all = tki_sample_is_all(sample)};
    take_blocks(e, blocks);
    struct work w = {.to = e, .sample = sample, .without = without, .all = e->all};
    struct tk_batch *trace = NULL;
    uint32_t row;
    pens_open(&w);
    int rc = 0, more = 0;
    while (rc == 0 && (more = tki_sample_next(sample, &trace, &row, err)) > 0)
        rc = take_trace(&w, trace, row);
    if (rc == 0 && more == 0)
        rc = conclude(&w, seed);
    pens_close(&w);
    table_free(&w.table);
    free(w.rows);
    return more < 0 ? more : rc < 0 ? tki_err_memory(err) : 0;
}
