/* rows.h - what is remembered of one trace: a few numbers for each path and each unit that it has.
 *
 * Rows are packed, about a dozen bytes each, because the comparison must keep all of them until it is known which
 * traces are slow.  A number takes as many bytes as it needs, and how many these are stands in front of the row, so
 * that reading takes no decision for each byte.  The paths of a trace come first, without their rows: much only asks
 * for them. Behind the last row are TKI_ROWS_SLACK bytes that may be read.
 */
#ifndef TKI_COMPARE_ROWS_H
#define TKI_COMPARE_ROWS_H

#include "base/buf.h"

enum { TKI_ROWS_SLACK = 8 };

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

/* Where the next row is read: of paths, of units. */
struct tki_path_rows {
    const uint8_t *path, *row;
};
struct tki_unit_rows {
    const uint8_t *row;
};

void tki_put_path(struct tki_buf *to, uint32_t path);
void tki_put_path_row(struct tki_buf *to, const struct tki_path_row *r); /* without its path */
void tki_put_unit_row(struct tki_buf *to, const struct tki_unit_row *r);

/* The next number of n bytes, at most 8. */
static inline uint64_t tki_row_number(const uint8_t **p, unsigned n)
{
    uint64_t x = tki_load_le64(*p);
    *p += n;
    return n < 8 ? x & ((UINT64_C(1) << 8 * n) - 1) : x;
}

/* The path of the next row, without the row: of a cursor that reads nothing else. */
static inline uint32_t tki_next_path(struct tki_path_rows *p)
{
    uint32_t c = *p->path++, x = c & 0x7f;
    for (unsigned shift = 7; c >= 0x80; shift += 7) {
        c = *p->path++;
        x |= (c & 0x7f) << shift;
    }
    return x;
}

static inline struct tki_path_row tki_next_path_row(struct tki_path_rows *p)
{
    uint32_t sizes = tki_load_le32(p->row);
    struct tki_path_row r = {.path = tki_next_path(p)};
    p->row += 4;
    r.count = (uint32_t)tki_row_number(&p->row, sizes & 15);
    r.failed = (uint32_t)tki_row_number(&p->row, sizes >> 4 & 15);
    r.total_ns = tki_row_number(&p->row, sizes >> 8 & 15);
    r.longest_ns = tki_row_number(&p->row, sizes >> 12 & 15);
    r.self_ns = tki_row_number(&p->row, sizes >> 16 & 15);
    r.failed_ns = tki_row_number(&p->row, sizes >> 20 & 15);
    r.cpath_ns = tki_row_number(&p->row, sizes >> 24);
    return r;
}

static inline struct tki_unit_row tki_next_unit_row(struct tki_unit_rows *p)
{
    unsigned sizes = *p->row++;
    struct tki_unit_row r;
    r.unit = (uint32_t)tki_row_number(&p->row, (sizes & 3) + 1);
    r.count = (uint32_t)tki_row_number(&p->row, (sizes >> 2 & 3) + 1);
    r.ns = tki_row_number(&p->row, sizes >> 4);
    return r;
}

#endif
