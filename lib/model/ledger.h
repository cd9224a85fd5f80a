/* ledger.h - a row for each trace of a dump: what is known of it after all its spans were seen, in any order.
 *
 * A ledger is the one place where spans are added up to traces without holding them: extent, number of spans, roots and
 * errors, and the sampling rate.  Commands add columns of their own (bits of policies, bytes), which lie in the same
 * row.  Rows are numbered in the order in which the traces first appear.
 *
 * The spans of a batch are first grouped by trace (struct tki_groups): that is pure work for the decoding threads.  The
 * groups are then folded into the ledger, batch by batch in order, by one thread; that costs one look-up for each trace
 * of a batch instead of one for each span.
 *
 * Definitions, the same wherever a trace is judged: its extent and duration are span.h's; a root is a
 * span that names no parent; an error is a span whose status is Error; its weight is weight.h's.
 *
 * Memory: 48 bytes, its columns, and some 28 bytes for the id of each trace.
 */
#ifndef TKI_MODEL_LEDGER_H
#define TKI_MODEL_LEDGER_H

#include "base/map.h"
#include "model/span.h"
#include "model/weight.h"

struct tki_trace_row {
    struct tki_extent extent; /* of its spans with times: span.h */
    tki_rate rate;
    uint32_t spans, roots, errors;
    uint32_t zeros; /* spans that start at 0 */
};

struct tki_ledger {
    struct tki_idmap ids; /* ids.ids[row] is the trace's id, ids.n the number of rows */
    char *rows;           /* private */
    size_t stride;        /* bytes of a row with its columns; 0: not laid out yet */
    size_t cap;           /* rows */
};
/* All zero is valid and empty. */

/* Adds a column of so many bytes to every row, zero at first; returns its place for tki_ledger_at.  Only before the
 * first row. */
size_t tki_ledger_column(struct tki_ledger *l, size_t bytes);
/* The row of a trace, made when it is not there; TK_NONE when out of memory. */
uint32_t tki_ledger_put(struct tki_ledger *l, tk_id128 id);
/* Adds what is known of some spans of a trace to its row; returns its number, or TK_NONE when out of memory. */
uint32_t tki_ledger_add(struct tki_ledger *l, tk_id128 id, const struct tki_trace_row *row);
/* Puts the rows in order of their ids, with their columns: sums of fractions over rows then do not depend on the order
 * in which the traces came.  Whoever remembers the numbers of rows may not.  0 or TK_ENOMEM. */
int tki_ledger_sort(struct tki_ledger *l);
void tki_ledger_free(struct tki_ledger *l);

static inline struct tki_trace_row *tki_ledger_row(const struct tki_ledger *l, uint32_t row)
{
    return (struct tki_trace_row *)(void *)(l->rows + row * l->stride);
}

static inline void *tki_ledger_at(const struct tki_ledger *l, uint32_t row, size_t column)
{
    return l->rows + row * l->stride + column;
}

/* Returns true if spans of the trace start at 0, and that is a time. */
bool tki_row_zero_is_time(const struct tki_trace_row *row);

/* ---- the spans of one batch, by trace ---- */

struct tki_groups {
    struct tki_idmap ids;      /* group number of each trace id of the batch, in order of appearance */
    struct tki_trace_row *row; /* of each group: what its spans say */
    uint32_t *group;           /* of each span that counts: group[i] belongs to rows[i] */
    uint32_t *ledger_row;      /* of each group: filled by tki_ledger_fold */
    const uint32_t *rows;      /* borrowed; NULL: all spans of the batch */
    uint32_t nrows;
    size_t row_cap, group_cap, ledger_cap;
};
/* All zero is valid; the memory is used again from batch to batch. */

/* Groups these spans (all when rows is NULL; borrowed until the next call).  0 or TK_ENOMEM. */
int tki_groups_make(struct tki_groups *g, const struct tk_batch *b, const uint32_t *rows, uint32_t nrows);
void tki_groups_free(struct tki_groups *g);
/* The row of the batch's spans that entry i of group[] stands for. */
static inline uint32_t tki_groups_span(const struct tki_groups *g, uint32_t i)
{
    return g->rows ? g->rows[i] : i;
}

/* Adds the groups to the ledger and fills g->ledger_row.  0 or TK_ENOMEM. */
int tki_ledger_fold(struct tki_ledger *l, struct tki_groups *g);

#endif
