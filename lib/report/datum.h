/* datum.h - what a report states: one value, with its unit, that each renderer writes in its own way.
 *
 *   for people    in the style of number.h, with the unit: "1.23 ms"
 *   for programs  bare, in the base unit that the key names: nanoseconds, bytes, seconds, shares from 0 to 1, dollars
 *
 * A value is a plain struct; the strings that it points to are borrowed.  What is not known or does not apply is a
 * value, too: "-", null, an empty field.
 */
#ifndef TKI_REPORT_DATUM_H
#define TKI_REPORT_DATUM_H

#include "base/buf.h"

enum tki_datum_type {
    TKI_D_NONE,
    TKI_D_BOOL,
    TKI_D_WORDS,    /* a text; in prose and in columns that wrap it is broken between words */
    TKI_D_NAME,     /* of a service, an operation, an attribute: without room it loses its middle */
    TKI_D_CODE,     /* likewise, and marked as quoted: `name` */
    TKI_D_TRACE_ID, /* without room it keeps its beginning */
    TKI_D_SPAN_ID,
    TKI_D_U64,
    TKI_D_I64,
    TKI_D_REAL,
    TKI_D_RANGE, /* low to high, both reals */
    TKI_D_PATH,  /* steps from the root; without room it loses its oldest */
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

struct tki_path_step {
    tk_str service, name; /* service without bytes: not known */
    const char *kind;     /* "server"; NULL: not said */
};

struct tki_datum {
    uint8_t type, unit; /* enum tki_datum_type, tki_unit */
    bool sign;          /* for people: "+" before what is above zero */
    bool estimate;      /* for programs an object of value, low, high and, where set, from */
    bool zoned;         /* a moment, for people: by clocks east_s ahead of UTC */
    int32_t east_s;
    const char *from; /* of an estimate: "measured", "given"; or NULL */
    double low, high; /* of a range, and of an estimate: NAN when not known */
    union {
        bool b;
        uint64_t u64;
        int64_t i64;
        double real;
        tk_str str;
        tk_id128 trace_id;
        struct {
            const struct tki_path_step *step;
            uint32_t n;
            bool cut; /* older steps were left out already */
        } path;
    } v;
};

#define TKI_D(kind, of, member, x) ((struct tki_datum){.type = (kind), .unit = (of), .v.member = (x)})

static inline struct tki_datum tki_d_none(void)
{
    return (struct tki_datum){0};
}
static inline struct tki_datum tki_d_bool(bool x)
{
    return TKI_D(TKI_D_BOOL, 0, b, x);
}
static inline struct tki_datum tki_d_words(const char *z) /* NULL: none */
{
    return z ? TKI_D(TKI_D_WORDS, 0, str, ((tk_str){z, strlen(z)})) : tki_d_none();
}
static inline struct tki_datum tki_d_text(tk_str s)
{
    return TKI_D(TKI_D_WORDS, 0, str, s);
}
static inline struct tki_datum tki_d_name(tk_str s)
{
    return TKI_D(TKI_D_NAME, 0, str, s);
}
static inline struct tki_datum tki_d_code(tk_str s)
{
    return TKI_D(TKI_D_CODE, 0, str, s);
}
static inline struct tki_datum tki_d_trace_id(tk_id128 id)
{
    return TKI_D(TKI_D_TRACE_ID, 0, trace_id, id);
}
static inline struct tki_datum tki_d_span_id(uint64_t id)
{
    return TKI_D(TKI_D_SPAN_ID, 0, u64, id);
}
static inline struct tki_datum tki_d_count(uint64_t x)
{
    return TKI_D(TKI_D_U64, TKI_U_COUNT, u64, x);
}
static inline struct tki_datum tki_d_integer(int64_t x)
{
    return TKI_D(TKI_D_I64, TKI_U_COUNT, i64, x);
}
static inline struct tki_datum tki_d_number(double x)
{
    return TKI_D(TKI_D_REAL, TKI_U_COUNT, real, x);
}
static inline struct tki_datum tki_d_given(double x)
{
    return TKI_D(TKI_D_REAL, TKI_U_GIVEN, real, x);
}
static inline struct tki_datum tki_d_share(double x)
{
    return TKI_D(TKI_D_REAL, TKI_U_SHARE, real, x);
}
static inline struct tki_datum tki_d_ns(int64_t x)
{
    return TKI_D(TKI_D_I64, TKI_U_NS, i64, x);
}
static inline struct tki_datum tki_d_mean_ns(double x)
{
    return TKI_D(TKI_D_REAL, TKI_U_NS, real, x);
}
static inline struct tki_datum tki_d_bytes(uint64_t x)
{
    return TKI_D(TKI_D_U64, TKI_U_BYTES, u64, x);
}
static inline struct tki_datum tki_d_mean_bytes(double x)
{
    return TKI_D(TKI_D_REAL, TKI_U_BYTES, real, x);
}
static inline struct tki_datum tki_d_rate(double per_second)
{
    return TKI_D(TKI_D_REAL, TKI_U_RATE, real, per_second);
}
static inline struct tki_datum tki_d_byte_rate(double per_second)
{
    return TKI_D(TKI_D_REAL, TKI_U_BYTE_RATE, real, per_second);
}
static inline struct tki_datum tki_d_dollars(double x)
{
    return TKI_D(TKI_D_REAL, TKI_U_DOLLARS, real, x);
}
static inline struct tki_datum tki_d_time(uint64_t unix_ns)
{
    return TKI_D(TKI_D_U64, TKI_U_TIME, u64, unix_ns);
}
/* For people by the clocks of another zone; for programs the same moment. */
static inline struct tki_datum tki_d_zoned(struct tki_datum x, int64_t east_s)
{
    x.zoned = true;
    x.east_s = (int32_t)east_s;
    return x;
}
static inline struct tki_datum tki_d_path(const struct tki_path_step *step, uint32_t n, bool cut)
{
    return (struct tki_datum){.type = TKI_D_PATH, .v.path = {step, n, cut}};
}
/* From low to high, both written like x. */
static inline struct tki_datum tki_d_range(struct tki_datum x, double low, double high)
{
    x.type = TKI_D_RANGE;
    x.low = low;
    x.high = high;
    return x;
}
static inline struct tki_datum tki_d_signed(struct tki_datum x)
{
    x.sign = true;
    return x;
}
/* low and high NAN: the interval is not known. */
static inline struct tki_datum tki_d_estimate(struct tki_datum x, double low, double high, const char *from)
{
    x.estimate = true;
    x.low = low;
    x.high = high;
    x.from = from;
    return x;
}

/* True for what stands on the right of its column. */
bool tki_datum_is_number(const struct tki_datum *v);
/* Columns that a path needs for its last step, and the service in front, whole or some of it; of anything else 0.  A
 * failure is left in `to`. */
size_t tki_datum_path_least(const struct tki_datum *v, bool whole, struct tki_buf *to);
/* Appends the value as people read it, control characters escaped, in at most `width` columns as far as its type can
 * give way (SIZE_MAX: whole).  Quantities do not give way. */
void tki_datum_text(const struct tki_datum *v, size_t width, struct tki_buf *to);
/* Appends it bare, as programs read it from a field of TSV (tabs and the like are the caller's). */
void tki_datum_bare(const struct tki_datum *v, struct tki_buf *to);

#endif
