/* operations.h - the operations of a dump, numbered: told apart by service, kind and name.  Their number is bounded;
 * what is past it is counted. */
#ifndef TKI_ANALYZE_OPERATIONS_H
#define TKI_ANALYZE_OPERATIONS_H

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

#endif
