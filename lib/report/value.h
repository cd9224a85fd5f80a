/* value.h - what a report states: one value, with its unit, that each renderer writes in its own way.
 *
 *   for people    in the style of number.h, with the unit: "1.23 ms"
 *   for programs  bare, in the base unit that the key names: nanoseconds, bytes, seconds, shares from 0 to 1, dollars
 *
 * A value is a plain struct; the strings that it points to are borrowed.  What is not known or does not apply is a
 * value, too: "-", null, an empty field.
 */
#ifndef TKI_REPORT_VALUE_H
#define TKI_REPORT_VALUE_H

#include "base/buf.h"

enum tki_value_type {
    TKI_V_NONE,
    TKI_V_BOOL,
    TKI_V_WORDS,    /* a text; in prose and in columns that wrap it is broken between words */
    TKI_V_NAME,     /* of a service, an operation, an attribute: without room it loses its middle */
    TKI_V_CODE,     /* likewise, and marked as quoted: `name` */
    TKI_V_TRACE_ID, /* without room it keeps its beginning */
    TKI_V_SPAN_ID,
    TKI_V_U64,
    TKI_V_I64,
    TKI_V_REAL,
    TKI_V_RANGE, /* low to high, both reals */
    TKI_V_PATH,  /* steps from the root; without room it loses its oldest */
};

enum tki_unit {
    TKI_U_COUNT,     /* of things, and what is computed from counts */
    TKI_U_GIVEN,     /* a parameter, shown exactly as it was given */
    TKI_U_SHARE,     /* 0 to 1 */
    TKI_U_NS,        /* a duration in nanoseconds */
    TKI_U_BYTES,     /* */
    TKI_U_RATE,      /* per second */
    TKI_U_BYTE_RATE, /* bytes per second */
    TKI_U_DOLLARS,   /* */
    TKI_U_TIME,      /* a moment: Unix time in nanoseconds; a string of digits in JSON */
};

struct tki_step {
    tk_str service, name; /* service without bytes: not known */
    const char *kind;     /* "server"; NULL: not said */
};

struct tki_value {
    uint8_t type, unit; /* enum tki_value_type, tki_unit */
    bool sign;          /* for people: "+" before what is above zero */
    bool estimate;      /* for programs an object of value, low, high and, where set, from */
    const char *from;   /* of an estimate: "measured", "given"; or NULL */
    double low, high;   /* of a range, and of an estimate: NAN when not known */
    union {
        bool b;
        uint64_t u64;
        int64_t i64;
        double real;
        tk_str str;
        tk_id128 trace_id;
        struct {
            const struct tki_step *step;
            uint32_t n;
            bool cut; /* older steps were left out already */
        } path;
    } v;
};

#define TKI_V(kind, of, member, x) ((struct tki_value){.type = (kind), .unit = (of), .v.member = (x)})

static inline struct tki_value tki_v_none(void)
{
    return (struct tki_value){0};
}
static inline struct tki_value tki_v_bool(bool x)
{
    return TKI_V(TKI_V_BOOL, 0, b, x);
}
static inline struct tki_value tki_v_words(const char *z) /* NULL: none */
{
    return z ? TKI_V(TKI_V_WORDS, 0, str, ((tk_str){z, strlen(z)})) : tki_v_none();
}
static inline struct tki_value tki_v_text(tk_str s)
{
    return TKI_V(TKI_V_WORDS, 0, str, s);
}
static inline struct tki_value tki_v_name(tk_str s)
{
    return TKI_V(TKI_V_NAME, 0, str, s);
}
static inline struct tki_value tki_v_code(tk_str s)
{
    return TKI_V(TKI_V_CODE, 0, str, s);
}
static inline struct tki_value tki_v_trace_id(tk_id128 id)
{
    return TKI_V(TKI_V_TRACE_ID, 0, trace_id, id);
}
static inline struct tki_value tki_v_span_id(uint64_t id)
{
    return TKI_V(TKI_V_SPAN_ID, 0, u64, id);
}
static inline struct tki_value tki_v_count(uint64_t x)
{
    return TKI_V(TKI_V_U64, TKI_U_COUNT, u64, x);
}
static inline struct tki_value tki_v_integer(int64_t x)
{
    return TKI_V(TKI_V_I64, TKI_U_COUNT, i64, x);
}
static inline struct tki_value tki_v_number(double x)
{
    return TKI_V(TKI_V_REAL, TKI_U_COUNT, real, x);
}
static inline struct tki_value tki_v_given(double x)
{
    return TKI_V(TKI_V_REAL, TKI_U_GIVEN, real, x);
}
static inline struct tki_value tki_v_share(double x)
{
    return TKI_V(TKI_V_REAL, TKI_U_SHARE, real, x);
}
static inline struct tki_value tki_v_ns(int64_t x)
{
    return TKI_V(TKI_V_I64, TKI_U_NS, i64, x);
}
static inline struct tki_value tki_v_mean_ns(double x)
{
    return TKI_V(TKI_V_REAL, TKI_U_NS, real, x);
}
static inline struct tki_value tki_v_bytes(uint64_t x)
{
    return TKI_V(TKI_V_U64, TKI_U_BYTES, u64, x);
}
static inline struct tki_value tki_v_mean_bytes(double x)
{
    return TKI_V(TKI_V_REAL, TKI_U_BYTES, real, x);
}
static inline struct tki_value tki_v_rate(double per_second)
{
    return TKI_V(TKI_V_REAL, TKI_U_RATE, real, per_second);
}
static inline struct tki_value tki_v_byte_rate(double per_second)
{
    return TKI_V(TKI_V_REAL, TKI_U_BYTE_RATE, real, per_second);
}
static inline struct tki_value tki_v_dollars(double x)
{
    return TKI_V(TKI_V_REAL, TKI_U_DOLLARS, real, x);
}
static inline struct tki_value tki_v_time(uint64_t unix_ns)
{
    return TKI_V(TKI_V_U64, TKI_U_TIME, u64, unix_ns);
}
static inline struct tki_value tki_v_path(const struct tki_step *step, uint32_t n, bool cut)
{
    return (struct tki_value){.type = TKI_V_PATH, .v.path = {step, n, cut}};
}
/* From low to high, both written like x. */
static inline struct tki_value tki_v_range(struct tki_value x, double low, double high)
{
    x.type = TKI_V_RANGE;
    x.low = low;
    x.high = high;
    return x;
}
static inline struct tki_value tki_v_signed(struct tki_value x)
{
    x.sign = true;
    return x;
}
/* low and high NAN: the interval is not known. */
static inline struct tki_value tki_v_estimate(struct tki_value x, double low, double high, const char *from)
{
    x.estimate = true;
    x.low = low;
    x.high = high;
    x.from = from;
    return x;
}

/* True for what stands on the right of its column. */
bool tki_value_is_number(const struct tki_value *v);
/* Appends the value as people read it, control characters escaped, in at most `width` columns as far as its type can
 * give way (SIZE_MAX: whole).  Quantities do not give way. */
void tki_value_text(const struct tki_value *v, size_t width, struct tki_buf *to);
/* Appends it bare, as programs read it from a field of TSV (tabs and the like are the caller's). */
void tki_value_bare(const struct tki_value *v, struct tki_buf *to);

#endif
