/* value.h - a value of a field: of the model's types, with a few that only fields have.
 *
 * A value is small, passed by value, and borrows: strings, arrays and maps are views into the batch that it was taken
 * from, or into the scratch memory of whoever made it.
 */
#ifndef TKI_FIELD_VALUE_H
#define TKI_FIELD_VALUE_H

#include "base/buf.h"
#include "base/str.h"

/* The order is that of tki_value_order between values of different types. */
enum tki_vtype {
    TKI_V_NIL, /* nothing there */
    TKI_V_ANY, /* of fields whose type is known when they are asked for: no value has it */
    TKI_V_INT,
    TKI_V_FLOAT,
    TKI_V_DURATION, /* ns */
    TKI_V_STRING,
    TKI_V_BOOL,
    TKI_V_STATUS, /* enum tk_status, or another number */
    TKI_V_KIND,   /* enum tk_kind, or another number */
    TKI_V_ARRAY,
    TKI_V_MAP,
    TKI_V_BYTES,
    TKI_V_TIME,  /* ns since 1970; 0 is what was not set */
    TKI_V_ID,    /* 8 or 16 bytes; all zero is no id */
    TKI_V_ITEMS, /* events or links: only how many is known */
    TKI_VTYPES,
};

struct tki_value {
    uint8_t type;  /* enum tki_vtype */
    uint8_t bytes; /* ID: 8 or 16 */
    union {
        int64_t i; /* INT, DURATION, STATUS, KIND, TIME, ITEMS */
        double d;
        bool b;
        tk_str s;    /* STRING, BYTES */
        tk_id128 id; /* ID; one of 8 bytes is lo */
        struct {
            const struct tk_attr *kids; /* of an array without keys */
            uint32_t n;
        } list; /* ARRAY, MAP */
    } v;
};

/* The value of an attribute or an element. */
struct tki_value tki_value_from(const struct tk_batch *b, const struct tk_value *v);

/* An array, a map or bytes: what becomes text where a value has to stand alone. */
static inline bool tki_value_compound(const struct tki_value *v)
{
    return v->type == TKI_V_ARRAY || v->type == TKI_V_MAP || v->type == TKI_V_BYTES;
}
bool tki_value_numeric(const struct tki_value *v);
double tki_value_double(const struct tki_value *v); /* of a numeric one */
/* For sorting: nil first, numbers among themselves as numbers (NaN before them), then by type. */
int tki_value_order(const struct tki_value *a, const struct tki_value *b);
/* For grouping: of the same type and bytes.  Arrays and maps are only the same in the same place: make them text. */
uint64_t tki_value_hash(const struct tki_value *v);
bool tki_value_same(const struct tki_value *a, const struct tki_value *b);

/* As text: "1500ms", error, [1, 2]; strings as they are or quoted, maps and bytes <other>. */
void tki_value_print(struct tki_buf *to, const struct tki_value *v, bool quoted);

#endif
