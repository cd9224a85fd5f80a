/* cut.h - what is left of traces without some attributes or events: really encoded and compressed without them.
 *
 * A whole reading is measured without them when each batch has a second one beside it, from which they are left out
 * (tki_cut_batch).  That is exact where the reading is.
 *
 * What several of them would save each is asked of the first traces of a sample, up to a limit of bytes; what is saved
 * is the difference to the same traces with nothing left out, with the interval in which it lies: traces are drawn at
 * random, and so are slices of some 64 KB of them, of which each is known what it adds to what is compressed.
 */
#ifndef TKI_COST_CUT_H
#define TKI_COST_CUT_H

#include "cost/quantities.h"
#include "cost/sample.h"

struct tki_left_out {
    tk_str name;                   /* key of an attribute, or name of an event */
    bool spans, resources, events; /* where it is left out */
};

/* Leaves out of a batch, in place; rows that lose something lose their raw view.  found: is added how often each of
 * `cuts` stood there; NULL: nobody asks. */
void tki_leave_out(struct tk_batch *b, const struct tki_left_out *cuts, size_t n, uint64_t *found);

/* A batch without them, with the same rows in the same order.  It borrows what is not left out from the one that it is
 * of, and is good as long as that.  All zero is valid and empty. */
struct tki_cut_batch {
    struct tk_batch batch;
    struct tk_span *spans;
    struct tk_resource *resources;
    struct tk_attr *attrs;
    struct tk_event *events;
    size_t spans_cap, resources_cap, attrs_cap, events_cap;
};
/* 0 or TK_ENOMEM. */
int tki_cut_batch_make(struct tki_cut_batch *c, const struct tk_batch *of, const struct tki_left_out *cuts, size_t n,
                       uint64_t *found);
void tki_cut_batch_free(struct tki_cut_batch *c);

/* By trace, or by slice: what is written of it. */
struct tki_weights {
    double *bytes;
    size_t n, cap;
};

struct tki_weighed {
    uint64_t proto, zstd, es; /* bytes: OTLP protobuf, that after zstd -3, Jaeger's Elasticsearch documents */
    struct tki_weights trace_proto, trace_es, slice_zstd;
    tk_id128 *id; /* by trace */
    size_t id_cap;
};

/* bytes_max: of OTLP protobuf, looked at.  es: whether documents are written; else 0.  Free *to in any case.  0,
 * TK_ENOMEM, TK_EIO. */
int tki_left_out_weigh(struct tki_sample *s, const struct tki_left_out *cuts, size_t n, uint64_t bytes_max, bool es,
                       struct tki_weighed *to, struct tk_err *err);
void tki_weighed_free(struct tki_weighed *w);

/* Shares that are saved, from 0 to 1; low and high NaN: too little was looked at. */
struct tki_saved {
    struct tki_estimate proto, zstd, es;
};
/* What is left of a stream: the low end with most saved.  Spans, events and links stay. */
void tki_saved_apply(const struct tki_saved *saved, struct tki_quantities *q);
/* Of the same traces with and without what is left out.  seed: of the replicates.  0 or TK_ENOMEM. */
int tki_left_out_saved(const struct tki_weighed *with, const struct tki_weighed *without, uint64_t seed,
                       struct tki_saved *saved);

#endif
