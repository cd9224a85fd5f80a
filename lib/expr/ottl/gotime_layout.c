#include "expr/ottl/gotime_layout.h"

#include "expr/ottl/gotime.h"

const char *const tki_gotime_months[12] = {"January", "February", "March",     "April",   "May",      "June",
                                           "July",    "August",   "September", "October", "November", "December"};
const char *const tki_gotime_weekdays[7] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                            "Thursday", "Friday", "Saturday"};

/* An element that is a plain text; longer ones come before those that they begin with. */
static bool plain_element(tk_str s, size_t at, struct tki_gotime_chunk *c)
{
    static const struct {
        const char *text;
        enum tki_gotime_element element;
        bool no_letter; /* no lower-case letter may follow */
    } all[] = {{"January", TKI_GT_LONG_MONTH, false},
               {"Jan", TKI_GT_MONTH, true},
               {"Monday", TKI_GT_LONG_WEEKDAY, false},
               {"Mon", TKI_GT_WEEKDAY, true},
               {"MST", TKI_GT_ZONE_NAME, false},
               {"002", TKI_GT_ZERO_YEARDAY, false},
               {"01", TKI_GT_ZERO_MONTH, false},
               {"02", TKI_GT_ZERO_DAY, false},
               {"03", TKI_GT_ZERO_HOUR12, false},
               {"04", TKI_GT_ZERO_MINUTE, false},
               {"05", TKI_GT_ZERO_SECOND, false},
               {"06", TKI_GT_YEAR, false},
               {"15", TKI_GT_HOUR, false},
               {"1", TKI_GT_NUM_MONTH, false},
               {"2006", TKI_GT_LONG_YEAR, false},
               {"2", TKI_GT_DAY, false},
               {"__2", TKI_GT_UNDER_YEARDAY, false},
               {"_2", TKI_GT_UNDER_DAY, false},
               {"3", TKI_GT_HOUR12, false},
               {"4", TKI_GT_MINUTE, false},
               {"5", TKI_GT_SECOND, false},
               {"PM", TKI_GT_UPPER_PM, false},
               {"pm", TKI_GT_LOWER_PM, false}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (!tki_text_at(s, at, all[i].text))
            continue;
        size_t n = strlen(all[i].text);
        if (all[i].no_letter && at + n < s.n && s.p[at + n] >= 'a' && s.p[at + n] <= 'z')
            continue;
        if (all[i].element == TKI_GT_UNDER_DAY && tki_text_at(s, at, "_2006"))
            return false; /* a literal _, and the year behind it */
        c->n = n;
        c->element = all[i].element;
        return true;
    }
    return false;
}

static bool offset_element(tk_str s, size_t at, struct tki_gotime_chunk *c)
{
    static const struct {
        const char *text;
        unsigned parts;
        bool colons;
    } all[] = {{"070000", 3, false}, {"07:00:00", 3, true}, {"0700", 2, false}, {"07:00", 2, true}, {"07", 1, false}};
    if (s.p[at] != '-' && s.p[at] != 'Z')
        return false;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (tki_text_at(s, at + 1, all[i].text)) {
            c->n = strlen(all[i].text) + 1;
            c->element = TKI_GT_ZONE_OFFSET;
            c->z = s.p[at] == 'Z';
            c->parts = all[i].parts;
            c->colons = all[i].colons;
            return true;
        }
    return false;
}

static bool fraction_element(tk_str s, size_t at, struct tki_gotime_chunk *c)
{
    size_t end = at + 1;
    if ((s.p[at] != '.' && s.p[at] != ',') || end >= s.n || (s.p[end] != '0' && s.p[end] != '9'))
        return false;
    while (end < s.n && s.p[end] == s.p[at + 1])
        end++;
    if (tki_is_digit(s, end))
        return false;
    c->n = end - at;
    c->element = s.p[at + 1] == '0' ? TKI_GT_FRACTION_0 : TKI_GT_FRACTION_9;
    return true;
}

struct tki_gotime_chunk tki_gotime_next(tk_str s)
{
    struct tki_gotime_chunk c = {0};
    for (c.at = 0; c.at < s.n; c.at++)
        if (plain_element(s, c.at, &c) || offset_element(s, c.at, &c) || fraction_element(s, c.at, &c))
            return c;
    return c;
}

bool tki_gotime_asks(tk_str layout)
{
    return tki_gotime_next(layout).element != TKI_GT_NONE;
}
