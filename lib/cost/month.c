#include "cost/month.h"

#include <math.h>
#include <string.h>

#include "base/err.h"

/* ---- what is stored ---- */

/* How much has arrived until day t of a store that began empty, in days of today's rate (F), and its integral from 0 to
 * t (G): the rate is constant in each month. */
struct arrived {
    double f, g;
};

static struct arrived arrived(const struct tki_terms *t, double day)
{
    struct arrived a = {0, 0};
    double rate = 1;
    for (double from = 0; from < day; from += t->month_days, rate *= 1 + t->growth) {
        double days = day - from < t->month_days ? day - from : t->month_days;
        a.g += a.f * days + rate * days * days / 2;
        a.f += rate * days;
    }
    return a;
}

double tki_days_stored(const struct tki_terms *t, unsigned month, double from, double to)
{
    if (month == 0)
        return to > from ? to - from : 0;
    double begin = (month - 1) * t->month_days, end = begin + t->month_days;
    double young = arrived(t, end - from).g - arrived(t, begin - from).g;
    double old = isinf(to) ? 0 : arrived(t, end - to).g - arrived(t, begin - to).g;
    return to > from ? (young - old) / t->month_days : 0;
}

/* Likewise where the store holds at most so many days' worth of today's traces, whatever their age. */
static double days_limited(const struct tki_terms *t, unsigned month, double limit)
{
    if (month == 0)
        return limit;
    double begin = (month - 1) * t->month_days;
    struct arrived a = arrived(t, begin), z = arrived(t, begin + t->month_days);
    if (z.f <= limit)
        return (a.f + z.f) / 2;
    if (a.f >= limit)
        return limit;
    double share = (limit - a.f) / (z.f - a.f); /* of the month, until the limit is reached */
    return share * (a.f + limit) / 2 + (1 - share) * limit;
}

/* ---- one part ---- */

struct costing {
    const struct tki_backend *b;
    const struct tki_quantities *q;
    const struct tki_terms *t;
    unsigned month;
    double growth;    /* of this month: (1 + growth)^(month - 1) */
    double retention; /* days; INFINITY with a limit of traces */
    double limit;     /* of what is stored, in days' worth; NAN: none */
    double lag;       /* days before an index rolls over */
    double copies;
    struct tki_cost *cost;
    size_t first; /* item of this part */
    struct tk_err *err;
};

static double assumed(const struct costing *x, const char *key)
{
    for (size_t i = 0; i < x->b->nassumes; i++)
        if (x->b->assume[i].given && strcmp(x->b->assume[i].key, key) == 0)
            return x->b->assume[i].value;
    for (size_t i = 0; i < x->t->nassumes; i++)
        if (strcmp(x->t->assume[i].key, key) == 0)
            return x->t->assume[i].value;
    return tki_backend_assumes(x->b, key);
}

/* A quantity a second.  Of what is stored the ratio that was given counts. */
static struct tki_range per_second(const struct costing *x, enum tki_quantity of, bool *by_ratio)
{
    *by_ratio = x->b->stores && of == x->b->stored_of && !isnan(x->b->ratio);
    return *by_ratio ? tki_range_scale(x->q->per_s[TKI_Q_PROTO], 1 / x->b->ratio) : x->q->per_s[of];
}

static double days_kept(const struct costing *x, const struct tki_charge *c, double from, double to)
{
    double least = from + c->minimum_days, days;
    if (isnan(x->limit)) {
        return tki_days_stored(x->t, x->month, from, to > least ? to : least);
    } else if (from > 0) {
        double age = x->limit / x->growth; /* of the oldest */
        days = tki_days_stored(x->t, x->month, from, age < to ? age : to);
    } else {
        days = days_limited(x->t, x->month, x->limit);
    }
    double billed = c->minimum_days > 0 ? tki_days_stored(x->t, x->month, from, least) : 0;
    return days > billed ? days : billed;
}

/* The days' worth of traces, times copies, of a phase. */
static double phase_days(const struct costing *x, const struct tki_charge *c)
{
    const struct tki_lifecycle *l = &x->b->lifecycle;
    double replicas = x->copies - 1;
    if (!l->nphases) /* all of it is in the first */
        return c == x->b->charge ? days_kept(x, c, 0, x->retention) * x->copies : 0;
    for (unsigned i = 0; i < l->nphases; i++) {
        const struct tki_phase *p = &l->phase[i];
        replicas = isnan(p->replicas) ? replicas : p->replicas;
        if (strcmp(p->name, c->phase) != 0)
            continue;
        double from = i ? p->from_days + x->lag : 0;
        double to = i + 1 < l->nphases ? p[1].from_days + x->lag : x->retention;
        return days_kept(x, c, from, to) * (1 + replicas);
    }
    return 0;
}

/* The hour of the month that counts for all, as a multiple of the mean, or as a number of hosts. */
static double hour_that_counts(const struct costing *x, const struct tki_charge *c, double mean, const double *hours)
{
    enum { MOST = 366 * 24 };
    double value[MOST];
    const struct tki_profile *p = x->t->profile;
    size_t n = (size_t)(x->t->month_days * 24 + 0.5);
    n = n < 1 ? 1 : n > MOST ? MOST : n;
    if (!hours)
        return mean;
    for (size_t i = 0; i < n; i++)
        value[i] = hours[i % p->n];
    if (!isnan(c->leave_out))
        return tki_kth_highest(value, n, tki_hour_after(c->leave_out, n));
    return tki_hour_percentile(value, n, c->percentile);
}

static double mean_hosts(const struct costing *x)
{
    const struct tki_profile *p = x->t->profile;
    double sum = 0;
    if (!p || !p->has_hosts)
        return assumed(x, "hosts");
    for (unsigned i = 0; i < p->n; i++)
        sum += p->hosts[i];
    return sum / p->n;
}

static struct tki_range flow(const struct costing *x, const struct tki_charge *c, struct tki_range per_s)
{
    double seconds = 86400 * x->t->month_days;
    if (!isnan(c->leave_out) || !isnan(c->percentile))
        seconds = 3600 * hour_that_counts(x, c, 1, x->t->profile ? x->t->profile->rate : NULL);
    return tki_range_scale(tki_range_times(per_s, c->factor), seconds * x->growth);
}

static struct tki_range stored(const struct costing *x, const struct tki_charge *c, struct tki_range per_s,
                               bool without_factor)
{
    bool own = x->b->stores && c->of == x->b->stored_of;
    double from = c->from_days, to = c->to_days < x->retention ? c->to_days : x->retention;
    double days = c->phase ? phase_days(x, c) : from < to ? days_kept(x, c, from, to) * (own ? x->copies : 1) : 0;
    if (c->object)
        days *= tki_charge_object_factor(c, assumed(x, c->object));
    return tki_range_scale(without_factor ? per_s : tki_range_times(per_s, c->factor), 86400 * days);
}

/* What the charge counts, in its unit. */
static struct tki_range amount(const struct costing *x, const struct tki_charge *c, struct tki_cost_item *item)
{
    const struct tki_range *q = x->q->per_s;
    bool by_ratio = false;
    double units = 1, days = x->t->month_days;
    struct tki_range a = tki_range_exact(1);
    switch (c->base) {
    case TKI_BASE_FLOW:
        a = flow(x, c, per_second(x, c->of, &by_ratio));
        item->assumed = !by_ratio && x->q->assumed >> c->of & 1;
        break;
    case TKI_BASE_RECORDS:
        a = flow(x, c, tki_range_add(q[TKI_Q_SPANS], tki_range_add(q[TKI_Q_EVENTS], q[TKI_Q_LINKS])));
        break;
    case TKI_BASE_STORED:
        a = per_second(x, c->of, &by_ratio);
        a = stored(x, c, a, by_ratio);
        item->assumed = !by_ratio && x->q->assumed >> c->of & 1;
        break;
    case TKI_BASE_DAYS: a = tki_range_exact(days); break;
    case TKI_BASE_HOSTS:
        a = tki_range_exact(mean_hosts(x));
        if (!isnan(c->leave_out) || !isnan(c->percentile))
            a = tki_range_exact(
                hour_that_counts(x, c, a.mid, x->t->profile && x->t->profile->has_hosts ? x->t->profile->hosts : NULL));
        break;
    case TKI_BASE_MONTHS:
    case TKI_BASES: break;
    }
    for (const char *const *key = c->times; *key; key++)
        units *= assumed(x, *key);
    for (const char *const *key = c->over; *key; key++)
        units /= assumed(x, *key);
    if (c->size.bytes > 0)
        units /= c->size.bytes;
    if (c->size.times < 0)
        units *= -c->size.times * days;
    return tki_range_scale(a, units);
}

/* What other charges make free. */
static double allotted(const struct costing *x, const struct tki_charge *c)
{
    for (size_t i = x->first; c->allot_per && i < x->cost->n; i++)
        if (strcmp(x->cost->item[i].charge->id, c->allot_per) == 0)
            return c->allot * x->cost->item[i].billed.mid;
    return 0;
}

static void add_item(struct costing *x, const struct tki_charge *c)
{
    struct tki_cost_item *item = &x->cost->item[x->cost->n];
    double free = allotted(x, c);
    *item = (struct tki_cost_item){.backend = x->b, .charge = c};
    item->amount = amount(x, c, item);
    item->billed =
        (struct tki_range){tki_charge_billed(c, item->amount.low, free), tki_charge_billed(c, item->amount.mid, free),
                           tki_charge_billed(c, item->amount.high, free)};
    item->by_price = tki_charge_dollars(c, item->billed.mid);
    item->dollars = (struct tki_range){tki_charge_dollars(c, item->billed.low).mid, item->by_price.mid,
                                       tki_charge_dollars(c, item->billed.high).mid};
    x->cost->n++;
}

/* ---- the sum ---- */

static void add_evidence(struct tki_cost *cost, size_t item)
{
    const struct tki_charge *c = cost->item[item].charge;
    if (!c->ntiers || c->given || !c->date)
        return;
    if (!cost->oldest || c->date_days < cost->oldest_days) {
        cost->oldest = c->date;
        cost->oldest_days = c->date_days;
        cost->oldest_item = item;
    }
    if (!cost->newest || strcmp(c->date, cost->newest) > 0)
        cost->newest = c->date;
    cost->grade = c->grade > cost->grade ? c->grade : cost->grade;
}

static void sum_up(struct tki_cost *cost)
{
    double most = 0;
    cost->complete = true;
    cost->most = cost->n;
    for (size_t i = 0; i < cost->n; i++) {
        const struct tki_cost_item *item = &cost->item[i];
        cost->assumed = cost->assumed || item->assumed;
        if (isnan(item->billed.mid) || item->billed.high > 0) {
            add_evidence(cost, i);
            if (strcmp(item->charge->unit, "request") == 0)
                cost->requests += item->amount.mid;
        }
        if (isnan(item->dollars.mid) || isnan(item->dollars.high)) {
            cost->complete = false;
            continue;
        }
        cost->dollars = tki_range_add(cost->dollars, item->dollars);
        cost->by_price = tki_range_add(cost->by_price, item->by_price);
        if (item->dollars.mid > most) {
            most = item->dollars.mid;
            cost->most = i;
        }
    }
}

/* At rest, with copies: of backends that say what they store. */
static struct tki_range at_rest(const struct costing *x)
{
    const struct tki_charge whole = {
        .base = TKI_BASE_STORED, .of = x->b->stored_of, .factor = x->b->stored_factor, .to_days = (double)INFINITY};
    bool by_ratio;
    struct tki_range sum = tki_range_exact(0), per_s;
    if (!x->b->stores)
        return tki_range_exact(NAN);
    per_s = per_second(x, x->b->stored_of, &by_ratio);
    if (!x->b->lifecycle.nphases)
        return stored(x, &whole, per_s, by_ratio);
    for (size_t i = 0; i < x->b->ncharges; i++)
        if (x->b->charge[i].phase)
            sum = tki_range_add(sum, stored(x, &x->b->charge[i], per_s, by_ratio));
    return sum;
}

static int settle_retention(struct costing *x)
{
    const struct tki_backend *b = x->b;
    x->retention = b->retention_fixed || isnan(x->t->retention_days) ? b->retention_days : x->t->retention_days;
    if (b->lifecycle.nphases) {
        double per_day = x->q->per_s[b->stored_of].mid * 86400 * x->growth;
        x->lag = tki_lifecycle_lag(&b->lifecycle, per_day);
        if (!isnan(x->t->retention_traces))
            return tki_err_set(x->err, TK_EUSAGE, "%s: the lifecycle policy goes by age, and --retention by traces",
                               b->name);
        if (!isinf(b->lifecycle.delete_days))
            x->retention = b->lifecycle.delete_days + x->lag;
        else if (isnan(x->t->retention_days))
            return tki_err_set(x->err, TK_EUSAGE,
                               "%s: the lifecycle policy deletes nothing: say with --retention "
                               "how long traces are kept",
                               b->name);
    } else if (!isnan(x->t->retention_traces) && !b->retention_fixed) {
        x->retention = (double)INFINITY;
        x->limit = x->t->retention_traces / (x->q->per_s[TKI_Q_TRACES].mid * 86400);
        if (!(x->limit >= 0) || isinf(x->limit))
            return tki_err_set(x->err, TK_EUSAGE, "%s: how many days %g traces are cannot be said of this stream",
                               b->name, x->t->retention_traces);
    }
    return 0;
}

static int add_part(const struct tki_backend *b, const struct tki_quantities *q, const struct tki_terms *t,
                    unsigned month, struct tki_cost *cost, struct tk_err *err)
{
    struct costing x = {.b = b, .q = q, .t = t, .month = month, .limit = NAN, .cost = cost, .err = err};
    x.growth = month ? pow(1 + t->growth, month - 1) : 1;
    x.first = cost->n;
    x.copies = b->stores && !b->copies_fixed && !isnan(t->replicas) ? t->replicas + b->copies_further : b->copies;
    int rc = settle_retention(&x);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < b->ncharges; i++)
        add_item(&x, &b->charge[i]);
    struct tki_range rest = at_rest(&x);
    cost->stored_bytes = x.first ? tki_range_add(cost->stored_bytes, rest) : rest;
    if (!x.first) {
        cost->retention_days = isnan(x.limit) ? x.retention : x.limit;
        cost->copies = x.copies;
    }
    return 0;
}

static double minus(double a, double b)
{
    return a > b ? a - b : isnan(a - b) ? NAN : 0;
}

static struct tki_quantities rest_of(const struct tki_quantities *all, const struct tki_quantities *notable)
{
    struct tki_quantities rest = {.assumed = all->assumed};
    for (size_t i = 0; i < TKI_Q_COUNT; i++) {
        const struct tki_range *a = &all->per_s[i], *b = &notable->per_s[i];
        rest.per_s[i] = (struct tki_range){minus(a->low, b->low), minus(a->mid, b->mid), minus(a->high, b->high)};
    }
    return rest;
}

/* As measured, or the share that somebody says. */
static int notable_of(const struct tki_backend *b, const struct tki_streams *s, const struct tki_terms *t,
                      struct tki_quantities *notable, struct tk_err *err)
{
    *notable = s->notable_known ? s->notable : s->all;
    if (s->notable_known)
        return 0;
    for (size_t i = 0; i < t->nassumes; i++)
        if (strcmp(t->assume[i].key, TKI_NOTABLE_SHARE) == 0) {
            tki_quantities_scale(notable, t->assume[i].value);
            return 0;
        }
    return tki_err_set(err, TK_EUSAGE,
                       "%s needs a dump, which says which traces have errors or are slow; without one say how many do: "
                       "--assume " TKI_NOTABLE_SHARE "=5%%",
                       b->name);
}

int tki_cost_month(const struct tki_backend *b, const struct tki_streams *s, const struct tki_terms *t, unsigned month,
                   struct tki_cost *cost, struct tk_err *err)
{
    int rc;
    *cost = (struct tki_cost){0};
    if (b->nparts) {
        struct tki_quantities notable;
        rc = notable_of(b, s, t, &notable, err);
        const struct tki_quantities rest = rest_of(&s->all, &notable);
        rc = rc < 0 ? rc : add_part(b->part[0], &notable, t, month, cost, err);
        rc = rc < 0 ? rc : add_part(b->part[1], &rest, t, month, cost, err);
    } else {
        rc = add_part(b, &s->all, t, month, cost, err);
    }
    if (rc == 0)
        sum_up(cost);
    return rc;
}

bool tki_backend_uses(const struct tki_backend *b, const char *key)
{
    for (size_t i = 0; i < b->nparts; i++)
        if (tki_backend_uses(b->part[i], key) || strcmp(key, TKI_NOTABLE_SHARE) == 0)
            return true;
    return !isnan(tki_backend_assumes(b, key));
}
