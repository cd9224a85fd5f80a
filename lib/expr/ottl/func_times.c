/* Functions of times and durations. */
#include "base/time.h"
#include "expr/ottl/func.h"

typedef struct tki_ottl_node node;
typedef struct tki_ottl_run run;

enum { DAY_S = 86400 };

/* ---- durations ---- */

static int duration(run *r, const node *n, struct tki_ov *to)
{
    tk_str s;
    int64_t ns = 0;
    int rc = tki_ottl_arg_str(r, n, 0, &s);
    if (rc)
        return rc;
    if (!tki_parse_duration(s, &ns))
        return tki_ottl_fault(r, "text that is no duration");
    *to = tki_ov_duration(ns);
    return 0;
}

static const int64_t unit_ns[] = {1, 1000, 1000000, 1000000000, 60000000000, 3600000000000};

/* The duration in whole units, cut towards zero. */
static int whole_units(run *r, const node *n, struct tki_ov *to)
{
    struct tki_ov d;
    int rc = tki_ottl_arg(r, n, 0, &d);
    *to = tki_ov_int(rc ? 0 : d.v.i / unit_ns[n->func->which]);
    return rc;
}

/* As Go's Seconds, Minutes and Hours: the whole units and the rest are divided apart. */
static int units(run *r, const node *n, struct tki_ov *to)
{
    int64_t unit = unit_ns[n->func->which];
    struct tki_ov d;
    int rc = tki_ottl_arg(r, n, 0, &d);
    *to = tki_ov_float(rc ? 0 : (double)(d.v.i / unit) + (double)(d.v.i % unit) / (double)unit);
    return rc;
}

/* ---- Unix time ---- */

static int from_unix(run *r, const node *n, struct tki_ov *to)
{
    struct tki_ov s, ns;
    int rc = tki_ottl_arg(r, n, 0, &s);
    if (rc == 0)
        rc = tki_ottl_arg(r, n, 1, &ns);
    if (rc)
        return rc;
    *to = tki_ov_time(ns.type == TKI_OV_INT ? ns.v.i : 0);
    to->v.t.sec = (int64_t)((uint64_t)to->v.t.sec + (uint64_t)s.v.i);
    return 0;
}

/* The time in units, cut downwards as Go's UnixMilli is. */
static int unix_units(run *r, const node *n, struct tki_ov *to)
{
    uint64_t unit = (uint64_t)unit_ns[n->func->which];
    struct tki_ov t;
    int rc = tki_ottl_arg(r, n, 0, &t);
    if (rc)
        return rc;
    *to = tki_ov_int((int64_t)((uint64_t)t.v.t.sec * (1000000000 / unit) + t.v.t.ns / unit));
    return 0;
}

/* ---- parts of a time, in its own zone ---- */

enum part { YEAR, MONTH, DAY, HOUR, MINUTE, SECOND, NANOSECOND, WEEKDAY };

static int64_t part_of(const struct tki_ov *t, enum part which)
{
    int64_t local = t->v.t.sec + t->v.t.zone, rest = (local % DAY_S + DAY_S) % DAY_S, days = (local - rest) / DAY_S;
    unsigned year, month, day;
    tki_date_of_days(days, &year, &month, &day);
    switch (which) {
    case YEAR: return year;
    case MONTH: return month;
    case DAY: return day;
    case HOUR: return rest / 3600;
    case MINUTE: return rest / 60 % 60;
    case SECOND: return rest % 60;
    case NANOSECOND: return t->v.t.ns;
    case WEEKDAY: return ((days + 4) % 7 + 7) % 7; /* 1970 began with a Thursday */
    }
    return 0;
}

static int give_part(run *r, const node *n, struct tki_ov *to)
{
    struct tki_ov t;
    int rc = tki_ottl_arg(r, n, 0, &t);
    *to = tki_ov_int(rc ? 0 : part_of(&t, (enum part)n->func->which));
    return rc;
}

/* Down to a multiple of the duration since the year 1, as Go's Truncate. */
static int truncate_time(run *r, const node *n, struct tki_ov *to)
{
    const int64_t zero = -62135596800; /* 0001-01-01 */
    struct tki_ov t, d;
    int rc = tki_ottl_arg(r, n, 0, &t);
    if (rc == 0)
        rc = tki_ottl_arg(r, n, 1, &d);
    if (rc)
        return rc;
    *to = t;
    if (d.v.i <= 0)
        return 0;
    tki_int128 since = ((tki_int128)t.v.t.sec - zero) * 1000000000 + t.v.t.ns;
    tki_int128 rest = since % d.v.i;
    since -= rest < 0 ? rest + d.v.i : rest;
    to->v.t.sec = (int64_t)(since / 1000000000) + zero;
    to->v.t.ns = (uint32_t)(since % 1000000000);
    return 0;
}

#define DURATION(name_, which_, call_)                                                                       \
    {                                                                                                        \
        .name = (name_), .which = (which_), .param = {{"duration", TKI_OW_DURATION, false}}, .call = (call_) \
    }
#define TIME(name_, which_, call_)                                                                   \
    {                                                                                                \
        .name = (name_), .which = (which_), .param = {{"time", TKI_OW_TIME, false}}, .call = (call_) \
    }

const struct tki_ottl_func tki_ottl_times[] = {
    {.name = "Duration", .param = {{"duration", TKI_OW_STRING, false}}, .call = duration},
    DURATION("Nanoseconds", 0, whole_units),
    DURATION("Microseconds", 1, whole_units),
    DURATION("Milliseconds", 2, whole_units),
    DURATION("Seconds", 3, units),
    DURATION("Minutes", 4, units),
    DURATION("Hours", 5, units),
    {.name = "Unix", .param = {{"seconds", TKI_OW_INT, false}, {"nanoseconds", TKI_OW_INT, true}}, .call = from_unix},
    TIME("UnixSeconds", 3, unix_units),
    TIME("UnixMilli", 2, unix_units),
    TIME("UnixMicro", 1, unix_units),
    TIME("UnixNano", 0, unix_units),
    TIME("Year", YEAR, give_part),
    TIME("Month", MONTH, give_part),
    TIME("Day", DAY, give_part),
    TIME("Hour", HOUR, give_part),
    TIME("Minute", MINUTE, give_part),
    TIME("Second", SECOND, give_part),
    TIME("Nanosecond", NANOSECOND, give_part),
    {.name = "Weekday", .since = 121, .which = WEEKDAY, .param = {{"time", TKI_OW_TIME, false}}, .call = give_part},
    {.name = "TruncateTime",
     .param = {{"time", TKI_OW_TIME, false}, {"duration", TKI_OW_DURATION, false}},
     .call = truncate_time},
    {0}};
