/* cost_state.h - what a dump weighs as records of a state (run/state.h): the message CostState, compressed
 * (run/state_zip.h).
 *
 * A state holds what adds up, a row for each trace, and what is measured on a part of the dump as bytes: the traces of
 * the sample, and the units that are compressed.  Both are chosen so that those of all parts follow from those of each
 * (sample.h, units.h); they are written and compressed after loading, as if all had been read together.  A trace may
 * stand in several states, unless policies judge it.
 *
 * Some 40 to 60 bytes a trace, and 3 MB; memory while loading is that of reading.
 */
#ifndef TKI_COST_COST_STATE_H
#define TKI_COST_COST_STATE_H

#include "cost/bill.h"
#include "cost/cut.h"
#include "cost/sample.h"
#include "cost/units.h"
#include "format/pb/pb.h"
#include "model/slow.h"
#include "run/state.h"

/* Policies that judge the traces, whose own business their fields are: 1 and up to 13 of a message for each, and
 * further ones from 14 on. */
struct tki_cost_sides {
    size_t n;
    void *ctx;
    /* What side k was told of the trace. */
    void (*put)(void *ctx, size_t k, struct tki_buf *b, tk_id128 id, uint32_t row);
    /* Returns 0, TK_ENOMEM, or TK_EINVALID. */
    int (*take)(void *ctx, size_t k, struct tki_pb message, tk_id128 id, uint32_t row);
};

/* All borrowed. */
struct tki_cost_state {
    struct tki_ledger *ledger;
    struct tki_measure *measure, *left; /* left: without what is left out; NULL: nothing is */
    struct tki_kinds *kinds;
    struct tki_sample *sample;
    struct tki_units *units;
    struct tki_bill *bill, *large; /* NULL: there is none */
    uint64_t *found;               /* how often each of what is left out stood there */
    size_t nfound;
    struct tki_cost_sides sides;
    size_t divided;  /* a column of bool, of tki_cost_state_init: the trace stands in several states */
    uint64_t shared; /* loading: how often a trace was there before */
    uint64_t loaded; /* traces so far */
};

/* Before loading, and before the ledger's first row. */
void tki_cost_state_init(struct tki_cost_state *x);
/* After reading or loading, before the ledger is sorted. */
int tki_cost_state_save(struct tki_cost_state *x, struct tki_state_out *to, struct tk_err *err);
/* Adds all records of the state, to its end. */
int tki_cost_state_load(struct tki_cost_state *x, struct tki_state_in *from, struct tk_err *err);
/* After the last state: what the sample has is known.  */
void tki_cost_state_loaded(struct tki_cost_state *x);
/* NULL, or why the states do not tell what one reading of everything would: half a sentence. */
const char *tki_cost_state_unmergeable(const struct tki_cost_state *x);

#endif
