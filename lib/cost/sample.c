#include "cost/sample.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/err.h"
#include "base/sort.h"
#include "format/otlp/otlp.h"

enum { TRACES_MIN = 16, MEMORY_MAX = 4 << 20 };

int tki_sample_open(struct tki_sample *s, struct tki_measure *measure, uint64_t seed, uint64_t bytes_max,
                    struct tk_err *err)
{
    *s = (struct tki_sample){.measure = measure, .seed = seed, .bytes_max = bytes_max, .state = -1};
    s->column = tki_ledger_column(measure->ledger, sizeof(bool));
    s->batch = tk_batch_new();
    return s->batch ? tki_sorter_open(&s->parts, MEMORY_MAX, NULL, err) : tki_err_memory(err);
}

void tki_sample_close(struct tki_sample *s)
{
    tki_sorter_close(s->parts);
    tk_batch_free(s->batch);
    tki_buf_free(&s->part);
    tki_buf_free(&s->whole);
    free(s->order);
    free(s->rows);
    *s = (struct tki_sample){0};
}

/* ---- which traces ---- */

static uint64_t hash_of(const struct tki_sample *s, tk_id128 id)
{
    return tki_hash_combine(s->seed, tki_hash_id(id));
}

/* Up to how many halvings of the share a trace of that hash stays in. */
static unsigned stays(uint64_t hash)
{
    return hash ? (unsigned)__builtin_clzll(hash) : 64;
}

static void halve(struct tki_sample *s)
{
    while (s->halvings < 64 && s->bytes[s->halvings] > s->bytes_max && s->traces[s->halvings + 1] >= TRACES_MIN)
        s->halvings++;
}

void tki_sample_count(struct tki_sample *s, uint32_t row, uint64_t bytes)
{
    bool *met = tki_ledger_at(s->measure->ledger, row, s->column);
    unsigned n = stays(hash_of(s, s->measure->ledger->ids.ids[row]));
    for (unsigned k = 0; k <= n; k++) {
        s->bytes[k] += bytes;
        s->traces[k] += !*met;
    }
    *met = true;
    halve(s);
}

bool tki_sample_is_all(const struct tki_sample *s)
{
    return s->halvings == 0;
}

/* ---- adding ---- */

int tki_sample_put_part(struct tki_sample *s, const struct tki_sample_part *part, struct tk_err *err)
{
    const tk_id128 key = {hash_of(s, part->id), part->id.lo};
    return stays(key.hi) < s->halvings ? 0 : tki_sorter_add(s->parts, key, part->order, part->proto, err);
}

/* The rows of one trace of a batch. */
static int add_part(struct tki_sample *s, const struct tk_batch *b, const uint32_t *rows, size_t n, struct tk_err *err)
{
    tki_buf_reset(&s->part);
    tki_otlp_proto_put(&s->part, b, rows, n);
    if (s->part.err)
        return tki_err_memory(err);
    /* By what is in it: no part comes before another one because it was read before. */
    const tk_str proto = {s->part.p, s->part.n};
    const struct tki_sample_part part = {b->spans[rows[0]].trace_id, tki_hash(proto.p, proto.n), proto};
    return tki_sample_put_part(s, &part, err);
}

/* The rows of chosen traces, by trace; returns their number. */
static size_t choose(struct tki_sample *s, const struct tki_groups *groups)
{
    size_t n = 0;
    bool sorted = true;
    for (uint32_t i = 0; i < groups->nrows; i++) {
        if (stays(hash_of(s, groups->ids.ids[groups->group[i]])) < s->halvings)
            continue;
        s->order[n] = (uint64_t)groups->group[i] << 32 | tki_groups_span(groups, i);
        sorted = sorted && (n == 0 || s->order[n] > s->order[n - 1]);
        n++;
    }
    if (!sorted)
        tki_sort_u64(s->order, n);
    for (size_t i = 0; i < n; i++)
        s->rows[i] = (uint32_t)s->order[i];
    return n;
}

int tki_sample_add(struct tki_sample *s, const struct tk_batch *b, const struct tki_sizes *sizes,
                   const struct tki_groups *groups, struct tk_err *err)
{
    const struct tki_column columns[] = {TKI_COLUMN(s->order), TKI_COLUMN(s->rows)};
    int rc = 0;
    for (uint32_t i = 0; i < groups->ids.n; i++)
        tki_sample_count(s, groups->ledger_row[i], sizes->group[i].bytes);
    if (TKI_GROW_COLUMNS(columns, s->cap, groups->nrows, false) < 0)
        return tki_err_memory(err);
    size_t n = choose(s, groups);
    for (size_t i = 0, end; i < n && rc == 0; i = end) {
        for (end = i + 1; end < n && s->order[end] >> 32 == s->order[i] >> 32; end++)
            ;
        rc = add_part(s, b, s->rows + i, end - i, err);
    }
    return rc;
}

/* ---- going through them ---- */

/* The next part of a chosen trace, into s->ahead: the sorter has those, too, that were chosen before the share was
 * halved. */
static int advance(struct tki_sample *s, bool first, struct tk_err *err)
{
    int rc = 0;
    if (first && s->state >= 0)
        rc = tki_sorter_rewind(s->parts, err);
    while (rc >= 0 && (rc = s->state = tki_sorter_next(s->parts, &s->ahead, err)) > 0)
        if (stays(s->ahead.key.hi) >= s->halvings)
            return 1;
    return rc;
}

/* Decodes a part, or all parts of a trace. */
static int decode(struct tki_sample *s, tk_str proto, struct tk_err *err)
{
    tk_batch_reset(s->batch);
    return tki_otlp_proto_add(s->batch, proto, TK_NEED_COPY, err);
}

int tki_sample_next_part(struct tki_sample *s, bool first, struct tki_sample_part *part, struct tk_err *err)
{
    int rc = advance(s, first, err);
    if (rc <= 0)
        return rc;
    if (decode(s, s->ahead.payload, err) < 0)
        return err->code;
    *part = (struct tki_sample_part){s->batch->spans[0].trace_id, s->ahead.seq, s->ahead.payload};
    return 1;
}

/* All parts of the trace that is ahead, decoded. */
static int gather(struct tki_sample *s, struct tk_err *err)
{
    const tk_id128 key = s->ahead.key;
    tki_buf_reset(&s->whole);
    for (int rc = 1; rc > 0 && s->ahead.key.hi == key.hi && s->ahead.key.lo == key.lo;) {
        tki_buf_str(&s->whole, s->ahead.payload);
        rc = advance(s, false, err);
        if (rc < 0)
            return rc;
    }
    return s->whole.err ? tki_err_memory(err) : decode(s, (tk_str){s->whole.p, s->whole.n}, err);
}

int tki_sample_next(struct tki_sample *s, struct tk_batch **trace, uint32_t *row, struct tk_err *err)
{
    int rc = *trace ? s->state : advance(s, true, err);
    while (rc > 0) {
        rc = gather(s, err);
        if (rc < 0)
            return rc;
        *trace = s->batch;
        *row = tki_idmap_get(&s->measure->ledger->ids, s->batch->spans[0].trace_id);
        if (*row != TKI_MAP_NONE)
            return 1;
        rc = s->state;
    }
    return rc;
}
