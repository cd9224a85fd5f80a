/* catalog.h - a line for each trace of a dump: when, how long, how many spans and errors, its root, what went wrong.
 *
 * Spans come in any order.  Definitions: extent and duration are span.h's; the root is the span without a parent that
 * starts first (then ends first, then has the lowest id), and where every span names a parent the first of them; the
 * message is that of the failed span that starts last and says something, which is the deepest of those that hand an
 * error up.  At most TKI_CATALOG_NAMES different names, services and messages are held of each; beyond these a trace
 * has TKI_CATALOG_OTHER.  One thread at a time.
 */
#ifndef TKI_MODEL_CATALOG_H
#define TKI_MODEL_CATALOG_H

#include "base/map.h"
#include "model/span.h"

enum { TKI_CATALOG_NAMES = 1 << 16 };
#define TKI_CATALOG_NONE  UINT32_MAX
#define TKI_CATALOG_OTHER (UINT32_MAX - 1)

struct tki_catalog_row {
    struct tki_extent extent;
    uint64_t root_start_ns, root_end_ns, root_id;
    uint64_t message_start_ns;
    uint32_t spans, errors;
    uint32_t name, service, message; /* numbers in the tables, or NONE or OTHER */
    bool rooted;                     /* the root names no parent */
};

struct tki_catalog {
    struct tki_idmap ids;        /* of traces, in the order in which they come */
    struct tki_catalog_row *row; /* by number of the trace */
    uint32_t cap;
    struct tki_symtab names, services, messages;
    uint64_t spans, with_errors;
    uint64_t other;              /* texts that found no place */
    uint32_t *service_of, *seen; /* private */
    uint32_t service_cap;
};
/* All zero is valid and empty. */

enum tki_catalog_order { TKI_CATALOG_CAME, TKI_CATALOG_TIME, TKI_CATALOG_DURATION, TKI_CATALOG_ID };

/* What must be decoded: enum tk_need. */
enum { TKI_CATALOG_NEEDS = TK_NEED_NAME | TK_NEED_STATE | TK_NEED_EVENTS };
/* Adds these spans, all when rows is NULL.  TK_ENOMEM. */
int tki_catalog_add(struct tki_catalog *c, const struct tk_batch *b, const uint32_t *rows, size_t nrows);
/* The traces in that order: by first start, by duration with the longest first, by id; of equals the one that came
 * first.  The caller frees the array; NULL: out of memory. */
uint32_t *tki_catalog_sort(const struct tki_catalog *c, enum tki_catalog_order by);
/* A text of one of the tables; "" for NONE, "(other)" for OTHER. */
tk_str tki_catalog_text(const struct tki_symtab *t, uint32_t i);
void tki_catalog_free(struct tki_catalog *c);

#endif
