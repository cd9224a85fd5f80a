#include "cli/slow.h"

#include <math.h>

#include "base/num.h"
#include "cli/quantity.h"
#include "report/number.h"

/* A number with an x behind it, such as 1.5x. */
static bool parse_times(tk_str s, double *times)
{
    return s.n > 1 && s.p[s.n - 1] == 'x' && tki_parse_double((tk_str){s.p, s.n - 1}, times) && isfinite(*times) &&
           *times > 0;
}

void tki_slow_settle(const struct tki_command *command, const char *text, struct tki_slow_rule *rule)
{
    *rule = (struct tki_slow_rule){.times = TKI_SLOW_TIMES};
    if (!text || parse_times(tki_str(text), &rule->times))
        return;
    if (!tki_duration_parse(tki_str(text), &rule->limit_ns) || rule->limit_ns <= 0)
        tki_opts_usage(command,
                       "--slow: '%s' is neither a multiple of the median, such as 2x, nor a time, such as 500ms", text);
}

void tki_slow_say(const struct tki_slow_rule *rule, struct tki_buf *to)
{
    char text[TKI_QUANTITY_MAX];
    if (rule->limit_ns)
        tki_buf_printf(to, "longer than %s", tki_duration_format(text, (double)rule->limit_ns));
    else if (rule->times == 2)
        tki_buf_lit(to, "above twice the median of their root operation");
    else
        tki_buf_printf(to, "above %s times the median of their root operation", tki_exact_format(text, rule->times));
}
