/* rows.h - what is remembered of one trace: a few numbers for each path and each gap that it has.
 *
 * Rows are packed as variable-length integers (7 bits a byte, low bits first), about a dozen bytes each: the
 * comparison must keep all of them until the quantiles of the durations, and with them the sides, are known.
 */
#ifndef TKI_COMPARE_ROWS_H
#define TKI_COMPARE_ROWS_H

#include "base/buf.h"

struct tki_path_row {
    uint32_t path;
    uint32_t count;    /* spans */
    uint64_t total_ns; /* sum of their durations as recorded */
    uint64_t self_ns;
    uint64_t cpath_ns; /* their time on the critical path */
};

struct tki_gap_row {
    uint32_t gap; /* number of the signature */
    uint32_t count;
    uint64_t total_ns;
    uint64_t cpath_ns;
};

void tki_put_path_row(struct tki_buf *to, const struct tki_path_row *r);
void tki_put_gap_row(struct tki_buf *to, const struct tki_gap_row *r);
/* Reads the next row and moves *p behind it. */
struct tki_path_row tki_get_path_row(const uint8_t **p);
struct tki_gap_row tki_get_gap_row(const uint8_t **p);

#endif
