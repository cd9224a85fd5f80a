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
 * Memory: some 350 bytes a row; at most TKI_BILL_ROWS of a kind, then `full`, and what no row is for is in `rest`.
 * Spans are looked at on the threads that decode (tki_bill_look: pure), and taken in, in order.
 */
#ifndef TKI_COST_BILL_H
#define TKI_COST_BILL_H

#include "base/map.h"
#include "cost/measure.h"

enum tki_bill_kind {
    TKI_BILL_ATTR,
    TKI_BILL_EVENT,
    TKI_BILL_RESOURCE,
    TKI_BILL_SERVICE,
    TKI_BILL_OPERATION,
    TKI_BILL_KINDS
};
enum { TKI_BILL_ROWS = 10000, TKI_BILL_REGISTERS = 256 };

struct tki_bill_row {
    uint64_t n, bytes; /* times that it stands there */
    uint8_t seen[TKI_BILL_REGISTERS];
};

struct tki_bill_table {
    struct tki_symtab names; /* of an operation: service, a zero byte, name */
    struct tki_bill_row *row;
    size_t cap;
    struct tki_bill_row rest;
    bool full;
    uint32_t *to; /* of a part: the row of the bill; TK_NONE: not known yet */
    size_t to_cap;
};

struct tki_bill {
    struct tki_bill_table table[TKI_BILL_KINDS];
    uint64_t bytes; /* of all spans that were looked at */
};
/* All zero is valid and empty; a part of a thread is one, too. */

/* What these rows of a batch say, NULL: all; sizes: of these rows.  0 or TK_ENOMEM. */
int tki_bill_look(struct tki_bill *part, const struct tk_batch *b, const uint32_t *rows, size_t n,
                  const struct tki_sizes *sizes);
/* Adds what a part has seen, and empties the part.  0 or TK_ENOMEM. */
int tki_bill_take(struct tki_bill *bill, struct tki_bill *part);
void tki_bill_free(struct tki_bill *b);

/* How many different values, about. */
double tki_bill_distinct(const struct tki_bill_row *row);
/* The rows of a kind by their bytes, the most first: up to n numbers; returns how many. */
size_t tki_bill_rank(const struct tki_bill_table *t, uint32_t *number, size_t n);

#endif
