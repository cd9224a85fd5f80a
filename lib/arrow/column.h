/* column.h - a column of the Arrow columnar format, filled row by row and handed over without a copy.
 *
 * (Arrow specification, "Arrow Columnar Format", physical memory layout; "The Arrow C data interface".)  Buffers are
 * little-endian as the machine is.  A column fails once, sticky, when memory ends or its texts pass 2 GiB; rows that
 * are put afterwards are lost, and tki_arrow_error says it.
 */
#ifndef TKI_ARROW_COLUMN_H
#define TKI_ARROW_COLUMN_H

#include "base/buf.h"
#include "tracekit/arrow.h"

enum tki_arrow_type {
    TKI_ARROW_INT32,
    TKI_ARROW_UINT32,
    TKI_ARROW_INT64,
    TKI_ARROW_DOUBLE,
    TKI_ARROW_TIME, /* nanoseconds since 1970, UTC */
    TKI_ARROW_TEXT, /* UTF-8 */
    TKI_ARROW_MAP,  /* of text to text, which may be null */
};

struct tki_arrow_field {
    const char *name;
    enum tki_arrow_type type;
    bool nullable;
};

/* All-zero but for the type is an empty column. */
struct tki_arrow_column {
    enum tki_arrow_type type;
    int64_t rows, nulls;
    struct tki_buf valid;   /* a bit a row, from the first null on; empty: there is none */
    struct tki_buf offsets; /* TEXT, MAP: where each row begins, and the end */
    struct tki_buf data;    /* values; of TEXT the bytes: what is put here before tki_arrow_text_end is the row's */
    struct tki_arrow_column *entry; /* MAP: two, keys and values; their rows are entries */
};

void tki_arrow_null(struct tki_arrow_column *c);
void tki_arrow_int(struct tki_arrow_column *c, int64_t x); /* INT32, UINT32, INT64, TIME: cut to the type */
void tki_arrow_double(struct tki_arrow_column *c, double x);
void tki_arrow_text_end(struct tki_arrow_column *c); /* the row is what was put to c->data since the last one */
void tki_arrow_map_end(struct tki_arrow_column *c);  /* the row is what was put to c->entry since the last one */

int tki_arrow_column_init(struct tki_arrow_column *c, enum tki_arrow_type type); /* TK_ENOMEM */
/* 0, TK_ENOMEM, or TK_ELIMIT: texts past 2 GiB. */
int tki_arrow_error(const struct tki_arrow_column *c);
size_t tki_arrow_bytes(const struct tki_arrow_column *c);
void tki_arrow_column_free(struct tki_arrow_column *c);

/* A record batch of the columns, which are empty afterwards.  TK_ENOMEM: they are as they were. */
int tki_arrow_export(struct tki_arrow_column *columns, size_t n, struct ArrowArray *to);
/* The schema of n columns; then each of them.  Names are borrowed.  TK_ENOMEM: the second leaves *to to be released. */
int tki_arrow_schema_new(struct ArrowSchema *to, size_t n);
int tki_arrow_schema_field(struct ArrowSchema *to, size_t i, const struct tki_arrow_field *f);

#endif
