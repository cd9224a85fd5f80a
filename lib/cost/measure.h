/* measure.h - how large the traces of a dump are: spans a trace, bytes a span, with intervals (interval.h).
 *
 * A span's bytes are those of its OTLP protobuf encoding plus its equal share of the resource and scope that the dump
 * sent with it.  A trace counts with its weight (weight.h).
 *
 * A measure counts the spans that it is given: all of a dump, or what some sampling leaves.  Several may stand in one
 * ledger, which has all traces; a trace of which a measure was given nothing was not kept.  What follows is asked of
 * the ledger's traces: of each that arrived, so much is kept.
 *
 * Memory: 24 bytes a trace beside the ledger, and while results are made some 50 bytes a trace.
 */
#ifndef TKI_COST_MEASURE_H
#define TKI_COST_MEASURE_H

#include "base/buf.h"
#include "cost/interval.h"
#include "model/ledger.h"

/* What spans of one trace amount to. */
struct tki_trace_size {
    uint64_t bytes;
    uint32_t spans, events, links;
};

/* Sizes of the spans of one batch: made on the thread that decoded it.  All zero is valid. */
struct tki_sizes {
    uint32_t *proto; /* by row */
    size_t cap;
    uint64_t json_bytes;          /* of all rows, as OTLP JSON lines */
    bool bare;                    /* whoever asks counts the JSON of spans' attributes, if `apart` says so */
    bool apart;                   /* it is not in json_bytes */
    struct tki_trace_size *group; /* after tki_sizes_group */
    size_t group_cap;
    struct tki_buf scratch;
    uint32_t *rows; /* all of them: for the encoders */
    int err;
};
/* Measures the spans of these rows; NULL: all rows.  The sizes of other rows are not set.  Returns 0 or TK_ENOMEM, also
 * in s->err. */
int tki_sizes_of(struct tki_sizes *s, const struct tk_batch *b, const uint32_t *rows, size_t nrows);
/* Adds the sizes up by trace.  0 or TK_ENOMEM, also in s->err. */
int tki_sizes_group(struct tki_sizes *s, const struct tk_batch *b, const struct tki_groups *groups);
void tki_sizes_free(struct tki_sizes *s);

struct tki_measure {
    struct tki_ledger *ledger;
    size_t column; /* struct tki_trace_size */
    uint64_t json_bytes;
};
/* Before the ledger's first row.  The ledger is borrowed. */
void tki_measure_init(struct tki_measure *m, struct tki_ledger *ledger);
/* Takes in the sizes of a batch, by group; the groups were folded into the ledger before, or have found their rows in
 * it. */
void tki_measure_add(struct tki_measure *m, const struct tki_sizes *s, const struct tki_groups *groups);
/* What is there of a trace. */
static inline const struct tki_trace_size *tki_measure_at(const struct tki_measure *m, uint32_t row)
{
    return tki_ledger_at(m->ledger, row, m->column);
}

enum tki_mean { TKI_MEAN_TRACES, TKI_MEAN_SPANS, TKI_MEAN_EVENTS, TKI_MEAN_LINKS, TKI_MEAN_BYTES, TKI_MEANS };

/* Which traces of a measure count, how often, and against what. */
struct tki_choice {
    bool (*counts)(const void *ctx, uint32_t row); /* NULL: all */
    const void *ctx;
    double (*weight)(const void *ctx, uint32_t row); /* of what counts; NULL: the trace's */
    bool as_it_is;                                   /* each counts once, whatever it stands for */
    const struct tki_measure *arrived;               /* what arrives; NULL: the measure itself */
    enum tki_mean per;                               /* what of that is given as a rate: traces, spans, or bytes */
};

struct tki_measured {
    uint64_t traces, spans, bytes, json_bytes; /* json_bytes: of all that the measure was given */
    uint64_t events, links;
    double represented; /* traces, each by its weight */
    bool weighted;      /* some weight is not 1 */
    uint64_t unknown;   /* traces whose sampling rate cannot be known */
    double n_eff;       /* (sum w)^2 / sum w^2 */
    struct tki_estimate spans_per_trace, span_bytes;
    struct tki_estimate kept[TKI_MEANS];     /* for each choice.per that arrives, by weight: so much counts */
    double arrivals;                         /* choice.per, by weight */
    double spread;                           /* of the bytes where nobody says the rate: tki_total_spread */
    double top_share;                        /* of the bytes: tki_top_share */
    uint64_t trace_spans[3], trace_bytes[3]; /* p50, p95, largest; unweighted */
    double seconds;                          /* between the first and the last trace's beginning */
};
/* choice NULL: all.  draws: of the ledger's ids; NULL: nobody asks for means and shares, which stay empty.  0 or
 * TK_ENOMEM. */
int tki_measure_result(const struct tki_measure *m, const struct tki_redraw *draws, const struct tki_choice *choice,
                       struct tki_measured *r);

#endif
