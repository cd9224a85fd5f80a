#include "cost/profile.h"

#include <math.h>

#include "base/err.h"
#include "base/num.h"
#include "base/text.h"

static tk_str word(tk_str *line)
{
    size_t from = 0, to;
    while (from < line->n && strchr(" \t,\r", line->p[from]))
        from++;
    for (to = from; to < line->n && !strchr(" \t,\r", line->p[to]); to++)
        ;
    tk_str w = {line->p + from, to - from};
    line->p += to;
    line->n -= to;
    return w;
}

static int read_hour(tk_str line, size_t number, tki_profile_rate *rate, struct tki_profile *p, struct tk_err *err)
{
    tk_str first = word(&line), second = word(&line), third = word(&line);
    if (!first.n || first.p[0] == '#')
        return 0;
    if (p->n == TKI_PROFILE_HOURS)
        return tki_err_set(err, TK_EINVALID, "line %zu: a week has %d hours, and this is one more", number,
                           TKI_PROFILE_HOURS);
    if (!rate(first, &p->rate[p->n]) || third.n)
        return tki_err_set(err, TK_EINVALID, "line %zu: not a rate such as 120/s, and the number of hosts if any",
                           number);
    if (p->n && p->has_hosts != (second.n > 0))
        return tki_err_set(err, TK_EINVALID, "line %zu: hosts stand in every line, or in none", number);
    p->has_hosts = second.n > 0;
    if (second.n && (!tki_parse_double(second, &p->hosts[p->n]) || !(p->hosts[p->n] >= 0) || isinf(p->hosts[p->n])))
        return tki_err_set(
            err, TK_EINVALID,
            "line %zu: '%.*s' is no number of hosts: a line is the rate of an hour, and the hosts if any", number,
            (int)second.n, second.p);
    p->mean += p->rate[p->n++];
    return 0;
}

int tki_profile_read(tk_str text, tki_profile_rate *rate, struct tki_profile *p, struct tk_err *err)
{
    *p = (struct tki_profile){0};
    size_t number = 0;
    for (tk_str line; tki_line_next(&text, &line);) {
        int rc = read_hour(line, ++number, rate, p, err);
        if (rc < 0)
            return rc;
    }
    if (p->n != 24 && p->n != TKI_PROFILE_HOURS)
        return tki_err_set(err, TK_EINVALID, "%u hours: a profile has 24, for a day, or 168, for a week", p->n);
    p->mean /= p->n;
    if (!(p->mean > 0))
        return tki_err_set(err, TK_EINVALID, "no traces arrive in any hour");
    for (unsigned i = 0; i < p->n; i++)
        p->rate[i] /= p->mean;
    return 0;
}
