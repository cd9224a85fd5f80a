/* operations.h - the operations of a dump, numbered: told apart by service, kind and name.  Their number is bounded;
 * what is past it is counted. */
#ifndef TKI_ANALYZE_OPERATIONS_H
#define TKI_ANALYZE_OPERATIONS_H

#include "analyze/facts.h"
#include "base/buf.h"
#include "base/map.h"
#include "tracekit.h"

enum { TKI_OPERATIONS = 1 << 16 };

struct tki_operations {      /* all zero is valid and empty */
    struct tki_symtab names; /* kind, service, zero, name */
    struct tki_buf key;      /* private; its err is sticky */
    uint64_t passed_over;
};

/* The number of the operation of a row; TKI_MAP_NONE: past the limit, or out of memory, which key.err says. */
uint32_t tki_operation_of(struct tki_operations *o, const struct tk_batch *b, uint32_t row);
tk_str tki_operation_service(const struct tki_operations *o, uint32_t operation);
tk_str tki_operation_name(const struct tki_operations *o, uint32_t operation);
/* By service, kind and name. */
int tki_operation_cmp(const struct tki_operations *o, uint32_t a, uint32_t b);
void tki_operations_reset(struct tki_operations *o);
void tki_operations_free(struct tki_operations *o);

/* A trace for who asks which calls there are: its rows by operation. */
struct tki_call_rows { /* all zero is valid; its memory is used again */
    uint32_t *op;      /* by row: TKI_MAP_NONE past the limit */
    int64_t *path_ns;  /* by row: on the critical path, with all below it */
    uint32_t *kid;     /* of tki_call_rows_below */
    size_t cap;
};

/* Of a trace with a critical path.  TK_ENOMEM. */
int tki_call_rows_load(struct tki_call_rows *r, struct tki_operations *o, const struct tki_facts *f);
/* The calls of a row that have times and are no copies, in r->kid, by start; returns how many. */
uint32_t tki_call_rows_below(struct tki_call_rows *r, const struct tki_facts *f, uint32_t parent);
void tki_call_rows_free(struct tki_call_rows *r);

#endif
