/* fields.h - objects by table: what each member is, and where it goes.
 *
 *     static const struct tki_js_field fields[] = {TKI_JS_FIELD("name", str, struct tk_event, name),
 *                                                  TKI_JS_PART("attributes", attributes),
 *                                                  TKI_JS_END};
 *     tki_js_fields(j, fields, &event);
 *
 * A row's function reads the value at the cursor and puts it to the struct or to a field of it; members may come in any
 * order.  A member without a row is dropped and counted (tki_js_drop).  Where a decoder's state begins with the cursor
 * the functions get at the state, too.  For the objects of which there are most, members.h is faster.
 */
#ifndef TKI_FORMAT_JS_FIELDS_H
#define TKI_FORMAT_JS_FIELDS_H

#include "format/js/js.h"

typedef void tki_js_reader(struct tki_js *j, void *to);

struct tki_js_field {
    tk_str name; /* p is NULL behind the last one */
    tki_js_reader *read;
    size_t at; /* of the field in its struct */
};

/* Where a member goes: to a field of the struct, of the type that tki_js_get_HOW writes, or that `read` writes; to the
 * struct, as `read` does it; nowhere, since what the member says is told elsewhere. */
#define TKI_JS_FIELD(name, how, type, member)                          \
    {                                                                  \
        TKI_STR_INIT(name), tki_js_get_##how,                          \
            _Generic(((type *)sizeof(type))->member, tki_js_type_##how \
                     : offsetof(type, member))                         \
    }
#define TKI_JS_INTO(name, read, type, member)            \
    {                                                    \
        TKI_STR_INIT(name), read, offsetof(type, member) \
    }
#define TKI_JS_PART(name, read)     \
    {                               \
        TKI_STR_INIT(name), read, 0 \
    }
#define TKI_JS_TOLD(name) TKI_JS_PART(name, tki_js_get_nothing)
#define TKI_JS_END \
    {              \
        {0}, 0, 0  \
    }

tki_js_reader tki_js_get_str, tki_js_get_u32, tki_js_get_u64, tki_js_get_i64, tki_js_get_bool, tki_js_get_time,
    tki_js_get_millis, tki_js_get_seconds, tki_js_get_trace_id, tki_js_get_span_id, tki_js_get_any, tki_js_get_attrs,
    tki_js_get_later, tki_js_get_nothing;
typedef tk_str tki_js_type_str;
typedef uint32_t tki_js_type_u32; /* of what is larger the lower half */
typedef uint64_t tki_js_type_u64, tki_js_type_time, tki_js_type_span_id;
typedef uint64_t tki_js_type_millis, tki_js_type_seconds; /* as nanoseconds; 0 for what is negative */
typedef int64_t tki_js_type_i64;
typedef bool tki_js_type_bool;
typedef tk_id128 tki_js_type_trace_id;
typedef struct tk_value tki_js_type_any;
typedef tk_range tki_js_type_attrs;    /* the members of an object */
typedef const char *tki_js_type_later; /* where the value is, for tki_js_go */

/* Reads the object at the cursor.  Returns false when there is none: a null, or a failure. */
bool tki_js_fields(struct tki_js *j, const struct tki_js_field *fields, void *to);
/* Reads one member.  Returns false, with the cursor still at its value, when it has no row. */
bool tki_js_field(struct tki_js *j, const struct tki_js_field *fields, tk_str key, void *to);

/* Reads what tki_js_later found, or nothing where that is NULL or the cursor failed, and goes back. */
void tki_js_read_at(struct tki_js *j, const char *at, tki_js_reader *read, void *to);

/* Reads each element of the list at the cursor. */
void tki_js_each(struct tki_js *j, tki_js_reader *one, void *to);
/* The rows that `one` adds for the elements of a list, *rows being how many there are; when they are not wanted, only
 * their number. */
tk_range tki_js_rows(struct tki_js *j, bool wanted, const uint32_t *rows, tki_js_reader *one, void *to);
/* The elements of a list as kids, each of which is a struct tk_attr that `one` fills. */
tk_range tki_js_kids(struct tki_js *j, tki_js_reader *one);

#endif
