/* put.h - how decoders put values, attributes and the rows that spans share into a batch.
 */
#ifndef TKI_MODEL_PUT_H
#define TKI_MODEL_PUT_H

#include "model/batch.h"

/* ---- values: they point to what they are made of ---- */

static inline struct tk_value tki_v_str(tk_str s)
{
    return (struct tk_value){.type = TK_STRING, .n = (uint32_t)s.n, .v.s = s.p};
}

static inline struct tk_value tki_v_bytes(tk_str s)
{
    return (struct tk_value){.type = TK_BYTES, .n = (uint32_t)s.n, .v.s = s.p};
}

static inline struct tk_value tki_v_bool(bool x)
{
    return (struct tk_value){.type = TK_BOOL, .v.b = x};
}

static inline struct tk_value tki_v_int(int64_t x)
{
    return (struct tk_value){.type = TK_INT, .v.i = x};
}

static inline struct tk_value tki_v_double(double x)
{
    return (struct tk_value){.type = TK_DOUBLE, .v.d = x};
}

/* An array or a list of keys and values (TK_ARRAY, TK_KVLIST) of these kids. */
static inline struct tk_value tki_v_list(uint8_t type, tk_range kids)
{
    return (struct tk_value){.type = type, .n = kids.count, .v.first = kids.first};
}

/* The text of a value; n = 0 and p NULL for a value that is no text. */
static inline tk_str tki_v_text(const struct tk_value *v)
{
    return v->type == TK_STRING ? (tk_str){v->v.s, v->n} : (tk_str){0};
}

/* The bytes that base64 stands for, in the batch's memory.  Returns false if the text is no base64. */
bool tki_v_base64(struct tk_batch *b, tk_str text, struct tk_value *v);

/* ---- attributes ---- */

static inline void tki_put(struct tk_batch *b, tk_str key, struct tk_value v)
{
    *tk_batch_add_attr(b) = (struct tk_attr){key, v};
}

/* Nothing for a text that is not there. */
static inline void tki_put_str(struct tk_batch *b, tk_str key, tk_str s)
{
    if (s.p)
        tki_put(b, key, tki_v_str(s));
}

/* One that is added to a range, which are the last rows unless it is empty. */
void tki_put_behind(struct tk_batch *b, tk_range *attrs, tk_str key, struct tk_value v);

/* Makes a range of attributes the last rows, so that others can be added to it. */
void tki_attrs_to_end(struct tk_batch *b, tk_range *attrs);

/* Two texts as one, in the batch's memory. */
tk_str tki_batch_join(struct tk_batch *b, tk_str first, tk_str second);

/* ---- rows ---- */

/* The service that resource attributes name. */
tk_str tki_service_attr(const struct tk_batch *b, tk_range attrs);

/* Adds a row and returns its number. */
uint32_t tki_put_resource(struct tk_batch *b, struct tk_resource r);
uint32_t tki_put_scope(struct tk_batch *b, struct tk_scope s);
/* A scope of which only a name and a version are known; one of the last rows that says the same. */
uint32_t tki_put_scope_named(struct tk_batch *b, tk_str name, tk_str version, bool present);

#endif
