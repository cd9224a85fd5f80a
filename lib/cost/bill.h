/* bill.h - which part of traces carries the bytes: the bill by attribute key, event, resource key, service, operation.
 *
 * Bytes are those of OTLP protobuf.  An attribute's are the element of its span, with key and lengths; an event's are
 * the element with its attributes; a resource key's are counted once each time the dump sends the resource; those of a
 * service or an operation are its spans with their shares of resource and scope.  So the parts overlap: a service has
 * the bytes of its attributes.
 *
 * How many values a key has is an estimate (HyperLogLog of 256 registers: 6.5 % standard error; of a few it may miss
 * one).
 *
 * Memory: some 350 bytes a key, event or resource key, 100 a service or operation, and their names; at most
 * TKI_BILL_ROWS of a kind, those that come first in the dump; then `full`, and what no row is for is in `rest`.  A part
 * has 160 kB of names that it knows beside as much.
 * Spans are looked at on the threads that decode (tki_bill_look: pure), and taken in, in order.
 */
#ifndef TKI_COST_BILL_H
#define TKI_COST_BILL_H

#include "base/map.h"
#include "cost/measure.h"

enum tki_bill_kind {
    TKI_BILL_ATTR,
    TKI_BILL_EVENT,
    TKI_BILL_RESOURCE, /* these three have values */
    TKI_BILL_SERVICE,
    TKI_BILL_OPERATION,
    TKI_BILL_KINDS
};
enum { TKI_BILL_ROWS = 10000 };

struct tki_bill_row {
    uint64_t n, bytes; /* times that it stands there */
};

struct tki_sketch { /* of the values of one key */
    uint8_t seen[256];
};

struct tki_bill_table {
    struct tki_symtab names; /* of an operation: service, a zero byte, name */
    struct tki_bill_row *row;
    struct tki_sketch *values; /* by row; NULL: of a kind without */
    size_t cap;
    struct tki_bill_row rest;
    struct tki_sketch rest_values;
    bool full;
};

struct tki_bill {
    struct tki_bill_table table[TKI_BILL_KINDS];
    uint64_t bytes; /* of all spans that were looked at */
};

/* A name that was looked up lately, and its row: spans have few names, many times. */
struct tki_bill_known {
    const char *p; /* the table's; NULL: none */
    uint64_t a, b; /* its ends (base/hash.h) */
    uint32_t number;
    uint16_t n, more; /* of an operation: the row of its service; of a key: tki_otlp_json_key_size */
};
enum { TKI_BILL_KNOWN_KEYS = 256, TKI_BILL_KNOWN_OPERATIONS = 4096 };

/* What was seen of some spans, on the way to a bill; private. */
struct tki_bill_part {
    struct tki_bill seen;         /* without a limit */
    struct tki_bill_known *known; /* so many keys of each kind before operations, then operations */
    uint32_t *to[TKI_BILL_KINDS]; /* by row: the row of the bill; TK_NONE: not known yet, or none */
    size_t to_cap[TKI_BILL_KINDS];
    struct tki_buf name, scratch;
};
/* All zero is valid and empty, for both. */

/* What these rows of a batch say, NULL: all; sizes: of these rows, which gets what is apart of its JSON.  0 or
 * TK_ENOMEM. */
int tki_bill_look(struct tki_bill_part *part, const struct tk_batch *b, const uint32_t *rows, size_t n,
                  struct tki_sizes *sizes);
/* Adds what a part has seen, and empties it for the next batch: a part belongs to one bill.  0 or TK_ENOMEM. */
int tki_bill_take(struct tki_bill *bill, struct tki_bill_part *part);
/* Adds what another bill has of a name; values: of a kind that has values.  0 or TK_ENOMEM. */
int tki_bill_add_row(struct tki_bill *bill, enum tki_bill_kind kind, tk_str name, const struct tki_bill_row *row,
                     const struct tki_sketch *values);
void tki_bill_free(struct tki_bill *b);
void tki_bill_part_free(struct tki_bill_part *part);

/* How many different values, about, of a row of a kind that has values. */
double tki_bill_distinct(const struct tki_bill_row *row, const struct tki_sketch *values);
/* The rows of a kind by their bytes, the most first, then by name: up to n numbers; returns how many. */
size_t tki_bill_rank(const struct tki_bill_table *t, uint32_t *number, size_t n);

#endif
