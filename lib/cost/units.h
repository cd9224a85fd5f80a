/* units.h - pieces of a dump as they were sent, of which some are kept to be compressed (blocks.h).
 *
 * A unit is 4 MB of spans that follow each other in a file, or what a file has less than that, as OTLP protobuf with
 * the resources that they share: as much as a block, since what compresses well are spans of a trace that were sent
 * near each other.  Kept are the units with the smallest hashes of their first span, up to a limit of bytes; they are
 * compressed in order of time.  So which ones they are, and their order, depends on the files alone: not on the order
 * of the files, nor on who reads which of them.  All units of several readings are those of one reading, and the kept
 * ones of all are among the kept ones of each.
 */
#ifndef TKI_COST_UNITS_H
#define TKI_COST_UNITS_H

#include "base/buf.h"
#include "cost/blocks.h"
#include "cost/measure.h"

struct tki_cost_unit {
    uint64_t hash, start_ns; /* of its first span; of the first one in time */
    uint64_t bytes;          /* as they are measured (measure.h) */
    tk_str text, cut;        /* OTLP protobuf; without what is left out, if anything is */
};

struct tki_units {
    uint64_t bytes_max; /* UINT64_MAX: everything is compressed at once, in the order in which it comes */
    uint64_t bytes;     /* of the kept ones */
    bool dropped;       /* there were others */
    struct tki_cost_unit **unit;
    size_t n, cap;
    struct tki_blocks *blocks, *cut; /* where they go, borrowed; cut NULL: nothing is left out */
    bool open, passed;               /* a unit is being filled; it is not kept */
    struct tki_cost_unit filling;    /* without its texts, ... */
    struct tki_buf text, cut_text;   /* ... which are these */
    size_t source;
};

/* cut: NULL, or whither the spans go without what is left out. */
void tki_units_open(struct tki_units *u, uint64_t bytes_max, struct tki_blocks *blocks, struct tki_blocks *cut);
/* Takes in these rows of a batch, NULL: all, in order.  source: the number of the file that they are of.  sizes: of
 * these rows.  cut: the same batch without what is left out; NULL with u->cut NULL.  0 or TK_ENOMEM. */
int tki_units_add(struct tki_units *u, const struct tk_batch *b, const uint32_t *rows, size_t n, size_t source,
                  const struct tki_sizes *sizes, const struct tk_batch *cut);
/* Takes in a unit that another reading has kept; copied.  0 or TK_ENOMEM. */
int tki_units_put(struct tki_units *u, const struct tki_cost_unit *unit);
/* After all was added: puts the kept ones in order of time, in u->unit.  0 or TK_ENOMEM. */
int tki_units_settle(struct tki_units *u);
/* Likewise, compresses them, forgets them, and ends the blocks.  0 or TK_ENOMEM. */
int tki_units_end(struct tki_units *u);
void tki_units_close(struct tki_units *u);

#endif
