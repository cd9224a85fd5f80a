/* rows.h - what is remembered of one trace: a few numbers for each path and each unit that it has.
 *
 * Rows are packed as variable-length integers (7 bits a byte, low bits first), about a dozen bytes each: the
 * comparison must keep all of them until it is known which traces are slow.
 */
#ifndef TKI_COMPARE_ROWS_H
#define TKI_COMPARE_ROWS_H

#include "base/buf.h"

struct tki_path_row {
    uint32_t path;
    uint32_t count;    /* spans */
    uint32_t failed;   /* of them: status error */
    uint64_t total_ns; /* sum of their durations as recorded */
    uint64_t longest_ns;
    uint64_t self_ns;
    uint64_t failed_ns; /* the part of it in those that failed */
    uint64_t cpath_ns;  /* their time on the critical path */
};

/* A kind of piece (analyze/pieces.h): of the spans of one path, between the same operations. */
struct tki_unit_row {
    uint32_t unit; /* number of the signature */
    uint32_t count;
    uint64_t ns;
};

void tki_put_path_row(struct tki_buf *to, const struct tki_path_row *r);
void tki_put_unit_row(struct tki_buf *to, const struct tki_unit_row *r);
/* Reads the next row and moves *p behind it. */
struct tki_path_row tki_get_path_row(const uint8_t **p);
struct tki_unit_row tki_get_unit_row(const uint8_t **p);

#endif
