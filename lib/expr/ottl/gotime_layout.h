/* gotime_layout.h - the elements of a layout of times; inside gotime only. */
#ifndef TKI_OTTL_GOTIME_LAYOUT_H
#define TKI_OTTL_GOTIME_LAYOUT_H

#include "base/str.h"

enum tki_gotime_element {
    TKI_GT_NONE,
    TKI_GT_LONG_YEAR,
    TKI_GT_YEAR,
    TKI_GT_LONG_MONTH,
    TKI_GT_MONTH,
    TKI_GT_NUM_MONTH,
    TKI_GT_ZERO_MONTH,
    TKI_GT_LONG_WEEKDAY,
    TKI_GT_WEEKDAY,
    TKI_GT_DAY,
    TKI_GT_UNDER_DAY,
    TKI_GT_ZERO_DAY,
    TKI_GT_UNDER_YEARDAY,
    TKI_GT_ZERO_YEARDAY,
    TKI_GT_HOUR,
    TKI_GT_HOUR12,
    TKI_GT_ZERO_HOUR12,
    TKI_GT_MINUTE,
    TKI_GT_ZERO_MINUTE,
    TKI_GT_SECOND,
    TKI_GT_ZERO_SECOND,
    TKI_GT_UPPER_PM,
    TKI_GT_LOWER_PM,
    TKI_GT_ZONE_NAME,
    TKI_GT_ZONE_OFFSET,
    TKI_GT_FRACTION_0,
    TKI_GT_FRACTION_9,
};

struct tki_gotime_chunk {
    size_t at, n; /* of the element in the layout */
    enum tki_gotime_element element;
    /* Of an offset: letters are Z for UTC; whether hours, minutes and seconds have colons between them, and how many of
     * these there are. */
    bool z, colons;
    unsigned parts;
};

extern const char *const tki_gotime_months[12], *const tki_gotime_weekdays[7];

/* The first element of a layout; where there is none, it is empty and stands at the end. */
struct tki_gotime_chunk tki_gotime_next(tk_str layout);

static inline bool tki_is_digit(tk_str s, size_t i)
{
    return i < s.n && s.p[i] >= '0' && s.p[i] <= '9';
}

static inline bool tki_text_at(tk_str s, size_t at, const char *text)
{
    return tki_str_starts((tk_str){s.p + at, s.n - at}, tki_str(text));
}

#endif
