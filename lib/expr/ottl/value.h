/* value.h - values of OTTL: those of fields, and those that functions make.
 *
 * A value is small, passed by value, and borrows: from the batch that it was read from, from the condition, or from the
 * memory of the evaluation that made it.  Lists and maps have two shapes: as they stand in the batch, and as functions
 * and literals make them; tki_ov_item and tki_ov_pair hide which.
 *
 * Facts: pkg/ottl of the OpenTelemetry Collector, releases 0.130 to 0.165, as it evaluates conditions.
 */
#ifndef TKI_OTTL_VALUE_H
#define TKI_OTTL_VALUE_H

#include "base/arena.h"
#include "field/value.h"

enum tki_ovtype {
    TKI_OV_NIL,
    TKI_OV_BOOL,
    TKI_OV_INT,
    TKI_OV_FLOAT,
    TKI_OV_STRING,
    TKI_OV_BYTES, /* empty ones of a span compare as nil does */
    TKI_OV_TIME,
    TKI_OV_DURATION, /* ns */
    TKI_OV_ID,
    TKI_OV_LIST,
    TKI_OV_MAP,
    TKI_OV_ITEMS,   /* the events or the links of a span: only how many is known */
    TKI_OV_STATUS,  /* the status of a span as a whole */
    TKI_OV_PORT,    /* the port of URL(): a number of a type that equals nothing */
    TKI_OV_ADDRESS, /* a text with an address of the collector's memory, which nothing is equal to */
    TKI_OVTYPES
};

enum tki_ovshape {
    TKI_OV_OWN,     /* items, pairs; of a list: a Go slice of plain values, as Sort gives it */
    TKI_OV_BATCH,   /* kids */
    TKI_OV_SLICE,   /* items: a list of the collector's, as those of spans are */
    TKI_OV_WRITTEN, /* items: a Go slice of what is written out in the condition, lists and maps of spans too */
    TKI_OV_STRINGS, /* items, all of them strings: what Split gives, which cannot be compared */
};

/* Go counts times in more than 64 bits of nanoseconds. */
__extension__ typedef __int128 tki_int128;

struct tki_ov_pair;

struct tki_ov {
    uint8_t type;  /* enum tki_ovtype */
    uint8_t shape; /* LIST, MAP: enum tki_ovshape */
    uint8_t bytes; /* ID: 8, 16; ITEMS: 0 for events, 1 for links */
    uint32_t n;    /* bytes of STRING and BYTES, elements of LIST and MAP */
    union {
        bool b;
        int64_t i; /* INT, DURATION, ITEMS, PORT */
        double d;
        const char *s;
        tk_id128 id; /* one of 8 bytes is lo */
        struct {
            int64_t sec;  /* since 1970 */
            uint32_t ns;  /* below 1000000000 */
            int32_t zone; /* seconds east of UTC: of what day and hour the time is */
        } t;
        const struct tk_attr *kids;
        const struct tki_ov *items;
        const struct tki_ov_pair *pairs;
    } v;
};

struct tki_ov_pair {
    tk_str key;
    struct tki_ov value;
};

enum tki_ov_op { TKI_EQ, TKI_NE, TKI_LT, TKI_LE, TKI_GE, TKI_GT };

static inline struct tki_ov tki_ov_nil(void)
{
    return (struct tki_ov){.type = TKI_OV_NIL};
}

static inline struct tki_ov tki_ov_bool(bool b)
{
    return (struct tki_ov){.type = TKI_OV_BOOL, .v.b = b};
}

static inline struct tki_ov tki_ov_int(int64_t i)
{
    return (struct tki_ov){.type = TKI_OV_INT, .v.i = i};
}

static inline struct tki_ov tki_ov_float(double d)
{
    return (struct tki_ov){.type = TKI_OV_FLOAT, .v.d = d};
}

static inline struct tki_ov tki_ov_duration(int64_t ns)
{
    return (struct tki_ov){.type = TKI_OV_DURATION, .v.i = ns};
}

static inline struct tki_ov tki_ov_str(tk_str s)
{
    return (struct tki_ov){.type = TKI_OV_STRING, .n = (uint32_t)s.n, .v.s = s.n ? s.p : ""};
}

/* Of shape TKI_OV_SLICE. */
static inline struct tki_ov tki_ov_list(const struct tki_ov *items, uint32_t n)
{
    return (struct tki_ov){.type = TKI_OV_LIST, .shape = TKI_OV_SLICE, .n = n, .v.items = items};
}

static inline struct tki_ov tki_ov_map(const struct tki_ov_pair *pairs, uint32_t n)
{
    return (struct tki_ov){.type = TKI_OV_MAP, .n = n, .v.pairs = pairs};
}

/* Of a STRING or BYTES. */
static inline tk_str tki_ov_text(const struct tki_ov *v)
{
    return (tk_str){v->v.s, v->n};
}

int64_t tki_ov_go_seconds(const struct tki_ov *time);
/* A time ns after 1970, in UTC. */
struct tki_ov tki_ov_time(int64_t ns);
/* ns since 1970, wrapping as Go's UnixNano does. */
int64_t tki_ov_unix_nano(const struct tki_ov *time);

/* Of a field: kinds and status codes are whole numbers in OTTL.  Written where it stays: a copy of what was just
 * written in parts waits for them. */
void tki_ov_put_from(struct tki_ov *to, const struct tki_value *v);
/* Of an attribute, likewise. */
void tki_ov_put_of(struct tki_ov *to, const struct tk_batch *b, const struct tk_value *v);
/* An element of a LIST, and one of a MAP, in their order; b is the batch that the value is from. */
struct tki_ov tki_ov_item(const struct tk_batch *b, const struct tki_ov *list, uint32_t i);
struct tki_ov_pair tki_ov_pair(const struct tk_batch *b, const struct tki_ov *map, uint32_t i);
/* The value of a key of a MAP; returns false if the map has no such key. */
bool tki_ov_find(const struct tk_batch *b, const struct tki_ov *map, tk_str key, struct tki_ov *to);

/* What the comparison of two values answers: never an error.  Values of different types are unequal, and neither above
 * nor below.  *dies: the collector's process ends instead, because two results of Split were compared. */
bool tki_ov_compare(const struct tk_batch *b, const struct tki_ov *x, const struct tki_ov *y, enum tki_ov_op op,
                    bool *dies);

/* Whether it is a list of the collector's, and not a slice of Go's. */
static inline bool tki_ov_is_slice(const struct tki_ov *v)
{
    return v->type == TKI_OV_LIST && (v->shape == TKI_OV_BATCH || v->shape == TKI_OV_SLICE);
}

/* Returns true for what Go has plain values for, which the collector copies into lists and maps: not for times,
 * durations, ids, and not for lists and maps of its own. */
bool tki_ov_is_plain(const struct tki_ov *v);
/* Likewise, for a member of a map that is written out, which may also be a map, or a list with maps. */
bool tki_ov_fits_map(const struct tki_ov *v);

/* RFC 3339 with the nanoseconds that there are, as Go's JSON has it. */
void tki_ov_put_time(struct tki_buf *to, const struct tki_ov *time);

enum tki_ov_json {                /* whose JSON: compact, keys sorted */
                   TKI_OV_JSON,   /* of OTTL's functions: <>& escaped, two digits of an exponent at least */
                   TKI_OV_PDATA,  /* of the collector's values */
                   TKI_OV_ESCAPED /* of the collector's values before 0.152: <>& escaped */
};
/* Returns false for what JSON does not have: NaN and infinity. */
bool tki_ov_json(const struct tk_batch *b, const struct tki_ov *v, enum tki_ov_json how, struct tki_buf *to);
/* The type, for messages. */
const char *tki_ov_type_name(const struct tki_ov *v);

#endif
