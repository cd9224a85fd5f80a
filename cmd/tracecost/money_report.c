/* Money in the report: a table of backends, what they charge for, months, assumptions, and rates at which another one
 * becomes cheaper. */
#include <math.h>
#include <stdio.h>

#include "money.h"
#include "report/number.h"

static struct tki_datum dollars_or_none(double x)
{
    return isnan(x) ? tki_d_none() : tki_d_dollars(x);
}

static struct tki_datum number_or_none(double x)
{
    return isnan(x) ? tki_d_none() : tki_d_number(x);
}

struct tki_datum money_between(const struct tki_range *dollars)
{
    char low[TKI_QUANTITY_MAX], high[TKI_QUANTITY_MAX];
    if (isnan(dollars->mid))
        return tki_d_none();
    tki_dollars_format(low, dollars->low);
    tki_dollars_format(high, dollars->high);
    const struct tki_datum mid = tki_d_dollars(dollars->mid);
    return strcmp(low, high) == 0 ? mid : tki_d_range(mid, dollars->low, dollars->high);
}

/* The first item whose money cannot be said; NULL: all can. */
static const struct tki_cost_item *missing(const struct tki_cost *c)
{
    for (size_t i = 0; i < c->n; i++)
        if (isnan(c->item[i].dollars.mid) || isnan(c->item[i].dollars.high))
            return &c->item[i];
    return NULL;
}

void say_price_date(struct tki_doc *d, const struct tki_cost *c)
{
    if (!c->oldest) {
        bool given = false;
        for (size_t i = 0; i < c->n; i++)
            given = given || c->item[i].charge->given;
        tki_doc_say(d, given ? "prices as given" : "no price is known");
        return;
    }
    tki_doc_say(d, strcmp(c->oldest, c->newest) ? "prices of %s to %s" : "prices of %s", c->oldest, c->newest);
    if (c->grade == 'C')
        tki_doc_say(d, ", grade C");
}

void say_money(struct tki_doc *d, const struct tki_cost *c, bool why)
{
    const struct tki_cost_item *unknown = missing(c);
    if (unknown && !(c->dollars.high > 0)) {
        tki_doc_say(d, "an unknown sum");
    } else {
        tki_doc_say(d, unknown ? "at least $" : "$");
        tki_doc_put(d, NULL, money_between(&c->dollars));
        tki_doc_say(d, " a month");
    }
    if (unknown && why)
        tki_doc_say(d, isnan(unknown->billed.mid) ? " (%s: not known without a dump)" : " (%s: no figure can be cited)",
                    unknown->charge->what);
}

/* What is billed, and what for no figure can be cited. */
static bool lacks_price(const struct tki_cost_item *i)
{
    return !isnan(i->billed.mid) && (isnan(i->dollars.mid) || isnan(i->dollars.high));
}

static void say_per(struct tki_doc *d, const struct tki_charge *c)
{
    tki_doc_say(d, " (per ");
    if (c->per == 1e6)
        tki_doc_say(d, "M ");
    else if (c->per != 1)
        tki_doc_put(d, NULL, tki_d_given(c->per));
    tki_doc_say(d, "%s%s%s)", c->per == 1 || c->per == 1e6 ? "" : " ", c->unit, c->per == 1 ? "" : "s");
}

void put_missing(struct tki_doc *d, const struct money *m, const struct priced *r)
{
    bool first = true;
    for (size_t k = 0; k < m->n; k++) {
        const struct tki_cost *c = &r->cost[k];
        const struct tki_cost_item *lacks = NULL;
        for (size_t i = 0; i < c->n; i++) {
            if (!lacks_price(&c->item[i]))
                continue;
            if (!lacks)
                tki_doc_line(d, NULL, first ? "no price" : "");
            if (!lacks)
                tki_doc_say(d, "%s: no figure can be cited for ", c->item[i].backend->name);
            else if (lacks->backend == c->item[i].backend)
                tki_doc_say(d, ", ");
            else
                tki_doc_say(d, "; %s: for ", c->item[i].backend->name);
            tki_doc_say(d, "%s", c->item[i].charge->id);
            say_per(d, c->item[i].charge);
            lacks = &c->item[i];
            first = false;
        }
        if (lacks && m->backend[k]->nparts)
            tki_doc_say(d, ": give yours with --prices FILE");
        else if (lacks)
            tki_doc_say(d, ": give yours, as in --backend %s:%s=DOLLARS", lacks->backend->name, lacks->charge->id);
    }
}

/* ---- every backend and choice ---- */

static const char *dominates(const struct tki_cost *c, char *to, size_t n)
{
    if (c->most == c->n)
        return NULL;
    const struct tki_cost_item *i = &c->item[c->most];
    snprintf(to, n, "%s%s%s",
             i->backend != c->item[0].backend || c->item[c->n - 1].backend != i->backend ? i->backend->name : "",
             i->backend != c->item[0].backend || c->item[c->n - 1].backend != i->backend ? ": " : "", i->charge->id);
    return to;
}

static void put_cost(struct tki_doc *d, const struct money *m, const struct priced *r, size_t k)
{
    const struct tki_cost *c = &r->cost[k];
    const bool whole = c->complete;
    double spans = r->streams.all.per_s[TKI_Q_SPANS].mid * 86400 * m->terms.month_days / 1e6;
    char most[80], grade[2] = {c->grade, 0};
    tki_doc_row(d);
    tki_doc_cell(d, tki_d_words(m->backend[k]->label));
    tki_doc_cell(d, tki_d_words(r->name));
    tki_doc_cell(d, isnan(c->stored_bytes.mid) ? tki_d_none() : tki_d_mean_bytes(c->stored_bytes.mid));
    tki_doc_cell(d, isinf(c->retention_days) ? tki_d_none() : tki_d_given(c->retention_days));
    tki_doc_cell(d, number_or_none(c->stored_bytes.mid / 1e9));
    tki_doc_cell(d, number_or_none(c->stored_bytes.low / 1e9));
    tki_doc_cell(d, number_or_none(c->stored_bytes.high / 1e9));
    tki_doc_cell(d, tki_d_number(c->requests));
    tki_doc_cell(d, dollars_or_none(whole ? c->dollars.mid : NAN));
    tki_doc_cell(d, dollars_or_none(whole ? c->dollars.low : NAN));
    tki_doc_cell(d, dollars_or_none(whole ? c->dollars.high : NAN));
    tki_doc_cell(d, tki_d_dollars(c->dollars.mid));
    tki_doc_cell(d, whole && spans > 0 ? tki_d_number(c->dollars.mid / spans) : tki_d_none());
    tki_doc_cell(d, tki_d_words(dominates(c, most, sizeof most)));
    tki_doc_cell(d, tki_d_bool(whole));
    tki_doc_cell(d, tki_d_dollars(c->by_price.low));
    tki_doc_cell(d, tki_d_dollars(c->by_price.high));
    tki_doc_cell(d, tki_d_words(c->oldest));
    tki_doc_cell(d, tki_d_words(c->newest));
    tki_doc_cell(d, tki_d_words(c->grade ? grade : NULL));
    tki_doc_cell(d, tki_d_given(c->copies));
}

/* For programs always; for people where there are several backends, as one stands in the main table. */
#define COST_COLUMNS(t)                                                                                         \
    {                                                                                                           \
        {.title = t("backend"), .key = "backend", .shrink = TKI_CUT, .min = 8},                                 \
            {.title = t("kept"), .key = "kept", .shrink = TKI_CUT, .min = 8},                                   \
            {.title = t("stored"), .right = true, .tight = 1}, {.key = "retention_days"}, {.key = "stored_gb"}, \
            {.key = "stored_gb_low"}, {.key = "stored_gb_high"}, {.key = "requests_per_month"},                 \
            {.title = t("$/month"), .key = "dollars_per_month", .right = true, .tight = 1, .bar = true},        \
            {.title = t("low"), .key = "dollars_low", .right = true, .tight = 1},                               \
            {.title = t("high"), .key = "dollars_high", .right = true, .tight = 1}, {.key = "dollars_known"},   \
            {.title = t("$/M spans"), .key = "dollars_per_million_spans", .right = true, .tight = 1},           \
            {.title = t("mostly"), .key = "dominates", .shrink = TKI_CUT}, {.key = "complete"},                 \
            {.key = "dollars_low_by_price"}, {.key = "dollars_high_by_price"}, {.key = "oldest_price"},         \
            {.key = "newest_price"}, {.key = "worst_grade"}, {.key = "copies"},                                 \
    }
#define SHOWN(title)  title
#define HIDDEN(title) NULL

void put_span_cost(struct tki_doc *d, const struct money *m, const struct priced *r)
{
    const struct tki_cost *c = &r->cost[0];
    double spans = r->streams.all.per_s[TKI_Q_SPANS].mid * 86400 * m->terms.month_days / 1e6;
    char most[80];
    if (m->n > 1 || !c->complete || !(spans > 0) || c->most == c->n)
        return;
    tki_doc_line(d, NULL, "per M spans");
    tki_doc_say(d, "$");
    tki_doc_put(d, NULL, tki_d_number(c->dollars.mid / spans));
    tki_doc_say(d, " (%s), mostly for '%s'", r->name, dominates(c, most, sizeof most));
}

void put_costs(struct tki_doc *d, const struct money *m, const struct priced *rows, size_t n)
{
    static const struct tki_doc_column shown[] = COST_COLUMNS(SHOWN), hidden[] = COST_COLUMNS(HIDDEN);
    tki_doc_table(d, "costs", m->n > 1 ? shown : hidden, sizeof shown / sizeof *shown);
    for (size_t k = 0; k < m->n; k++)
        for (size_t i = 0; i < n; i++)
            put_cost(d, m, &rows[i], k);
}

/* ---- what is charged ---- */

const char *charge_price(const struct tki_cost_item *i, bool is_short, char *to, size_t n)
{
    const struct tki_charge *c = i->charge;
    char number[TKI_QUANTITY_MAX], per[TKI_QUANTITY_MAX + 1] = "";
    if (!c->ntiers || isnan(c->tier[0].price.mid))
        return NULL;
    if (c->per != 1) {
        tki_exact_format(per, c->per);
        strcat(per, " ");
    }
    tki_exact_format(number, c->tier[0].price.mid);
    snprintf(to, n, "%s%s%s%s%s%s", c->ntiers > 1 ? "from " : "", number, is_short ? "/" : " per ",
             c->per == 1e6 ? "M " : per, c->unit, c->per == 1 ? "" : "s");
    return to;
}

static void put_charge(struct tki_doc *d, const char *label, const struct tki_cost_item *i)
{
    const struct tki_charge *c = i->charge;
    char price[120], read[60] = "", grade[2] = {c->grade, 0};
    if (c->ntiers)
        snprintf(read, sizeof read, "%s%s", c->given ? "given" : c->date, c->grade == 'C' ? " C" : "");
    tki_doc_row(d);
    tki_doc_cell(d, tki_d_words(label));
    tki_doc_cell(d, tki_d_words(i->backend->name));
    tki_doc_cell(d, tki_d_words(c->id));
    tki_doc_cell(d, tki_d_words(c->what));
    tki_doc_cell(d, number_or_none(i->amount.mid));
    tki_doc_cell(d, number_or_none(i->billed.mid));
    tki_doc_cell(d, tki_d_words(charge_price(i, false, price, sizeof price)));
    tki_doc_cell(d, tki_d_words(c->unit));
    tki_doc_cell(d, dollars_or_none(i->dollars.mid));
    tki_doc_cell(d, dollars_or_none(i->dollars.low));
    tki_doc_cell(d, dollars_or_none(i->dollars.high));
    tki_doc_cell(d, tki_d_words(read[0] ? read : NULL));
    tki_doc_cell(d, tki_d_words(c->compressed ? "after" : "before"));
    tki_doc_cell(d, tki_d_words(c->ntiers ? c->date : NULL));
    tki_doc_cell(d, tki_d_words(c->grade ? grade : NULL));
    tki_doc_cell(d, tki_d_words(c->source));
}

#define CHARGE_COLUMNS(backend_title, date_title)                                                                  \
    {                                                                                                              \
        {.title = backend_title, .key = "backend", .shrink = TKI_CUT, .min = 8}, {.key = "part"},                  \
            {.title = "charge", .key = "charge"}, {.key = "what"}, {.key = "amount"},                              \
            {.title = "billed", .key = "billed", .right = true},                                                   \
            {.title = "price in $", .key = "price", .shrink = TKI_WRAP, .min = 10}, {.key = "unit"},               \
            {.title = "$/month", .key = "dollars_per_month", .right = true, .bar = true}, {.key = "dollars_low"},  \
            {.key = "dollars_high"}, {.title = date_title}, {.key = "metered"}, {.key = "date"}, {.key = "grade"}, \
            {.key = "source"},                                                                                     \
    }

/* The backend is said where there are several; the date then stands above, beside the backend's name. */
void put_charges(struct tki_doc *d, const struct money *m, const struct priced *r)
{
    static const struct tki_doc_column one[] = CHARGE_COLUMNS(NULL, "price of"),
                                       several[] = CHARGE_COLUMNS("backend", NULL);
    tki_doc_table(d, "charges", m->n > 1 ? several : one, sizeof one / sizeof *one);
    for (size_t k = 0; k < m->n; k++)
        for (size_t i = 0; i < r->cost[k].n; i++)
            if (!(r->cost[k].item[i].amount.high <= 0))
                put_charge(d, m->backend[k]->label, &r->cost[k].item[i]);
}

/* ---- months ---- */

/* The cost of a month at one of the three growths; the backend was asked before, for month 0. */
static void month_cost(const struct money *m, const struct priced *r, size_t k, unsigned month, int growth,
                       struct tki_cost *c)
{
    struct tki_terms t = m->terms;
    struct tk_err err;
    t.growth = m->growth[growth];
    if (tki_cost_month(m->backend[k], &r->streams, &t, month, c, &err) < 0)
        *c = (struct tki_cost){.dollars = {NAN, NAN, NAN}, .stored_bytes = {NAN, NAN, NAN}};
}

struct sums {
    struct tki_range dollars;
    double by_growth[2];
    bool complete, assumed;
};

static struct sums put_month_rows(struct tki_doc *d, const struct money *m, const struct priced *r, size_t k,
                                  struct curve *curve)
{
    struct sums s = {.complete = true};
    curve->name = m->backend[k]->label;
    for (unsigned i = 1; i <= m->months; i++) {
        struct tki_cost c;
        double rate = pow(1 + m->growth[1], i - 1), end[2];
        for (int g = 0; g < 3; g += 2) {
            month_cost(m, r, k, i, g, &c);
            s.by_growth[g / 2] += c.dollars.mid;
            end[g / 2] = g ? c.dollars.high : c.dollars.low;
        }
        month_cost(m, r, k, i, 1, &c);
        curve->month[i - 1] =
            c.complete ? (struct tki_range){end[0], c.dollars.mid, end[1]} : tki_range_exact((double)NAN);
        s.assumed = s.assumed || c.assumed;
        s.dollars = tki_range_add(s.dollars, c.dollars);
        s.complete = s.complete && c.complete;
        tki_doc_row(d);
        tki_doc_cell(d, tki_d_words(m->backend[k]->label));
        tki_doc_cell(d, tki_d_count(i));
        tki_doc_cell(d, tki_d_number(r->streams.all.per_s[TKI_Q_SPANS].mid * rate));
        tki_doc_cell(d, isnan(c.stored_bytes.mid) ? tki_d_none() : tki_d_mean_bytes(c.stored_bytes.mid));
        tki_doc_cell(d, number_or_none(c.stored_bytes.mid / 1e9));
        tki_doc_cell(d, tki_d_number(c.requests));
        tki_doc_cell(d, dollars_or_none(c.complete ? c.dollars.mid : NAN));
        tki_doc_cell(d, dollars_or_none(c.complete ? c.dollars.low : NAN));
        tki_doc_cell(d, dollars_or_none(c.complete ? c.dollars.high : NAN));
    }
    return s;
}

static void put_sum(struct tki_doc *d, const struct money *m, const struct priced *r, size_t k, const struct sums *s)
{
    tki_doc_data(d, "backend", tki_d_words(m->backend[k]->label));
    tki_doc_data(d, "complete", tki_d_bool(s->complete));
    tki_doc_line(d, NULL, k ? "" : "projection");
    tki_doc_say(d, "%s, %s: %u %s from an empty store on cost ", m->backend[k]->label, r->name, m->months,
                tki_plural(m->months, "month", "months"));
    const bool unknown = !s->complete && !(s->dollars.high > 0);
    tki_doc_say(d, unknown ? "an unknown sum" : s->complete ? "$" : "at least $");
    (unknown ? tki_doc_data : tki_doc_put)(d, "dollars", tki_d_dollars(s->dollars.mid));
    if (s->dollars.low != s->dollars.high) {
        tki_doc_say(d, " (");
        tki_doc_put(d, "measured", tki_d_range(tki_d_dollars(0), s->dollars.low, s->dollars.high));
        tki_doc_say(d, s->assumed ? " by what is assumed)" : " by what is measured)");
    }
    if (m->growth[0] != m->growth[2]) {
        tki_doc_say(d, "; by growth alone ");
        tki_doc_put(d, "growth", tki_d_range(tki_d_dollars(0), s->by_growth[0], s->by_growth[1]));
    }
    const struct tki_range *price = &r->cost[k].by_price;
    if (price->low != price->high && price->mid > 0) {
        tki_doc_say(d, "; by prices alone ");
        tki_doc_put(
            d, "prices",
            tki_d_range(tki_d_signed(tki_d_share(0)), price->low / price->mid - 1, price->high / price->mid - 1));
    }
}

void put_months(struct tki_doc *d, const struct money *m, const struct priced *r)
{
    static const struct tki_doc_column columns[2][9] = {{{.key = "backend"},
                                                         {.key = "month"},
                                                         {.key = "spans_per_s"},
                                                         {.title = NULL},
                                                         {.key = "stored_gb"},
                                                         {.key = "requests"},
                                                         {.key = "dollars"},
                                                         {.key = "dollars_low"},
                                                         {.key = "dollars_high"}},
                                                        {{.title = "backend", .key = "backend", .shrink = TKI_CUT},
                                                         {.title = "month", .key = "month", .right = true},
                                                         {.title = "spans/s", .key = "spans_per_s", .right = true},
                                                         {.title = "stored", .right = true},
                                                         {.key = "stored_gb"},
                                                         {.title = "requests", .key = "requests", .right = true},
                                                         {.title = "$", .key = "dollars", .right = true, .bar = true},
                                                         {.title = "low", .key = "dollars_low", .right = true},
                                                         {.title = "high", .key = "dollars_high", .right = true}}};
    struct sums sums[BACKENDS_MAX];
    struct curve curve[BACKENDS_MAX];
    tki_doc_table(d, "months", columns[m->months_given], 9);
    for (size_t k = 0; k < m->n; k++)
        sums[k] = put_month_rows(d, m, r, k, &curve[k]);
    tki_doc_close(d);
    put_projection(d, curve, m->n, m->months);
    tki_doc_list(d, "projections");
    for (size_t k = 0; k < m->n; k++) {
        tki_doc_section(d, NULL, NULL);
        put_sum(d, m, r, k, &sums[k]);
        tki_doc_end(d);
    }
    tki_doc_end(d);
}

/* ---- what is assumed ---- */

static double value_of(const struct money *m, const struct tki_assume *a, bool *given)
{
    *given = a->given;
    for (size_t i = 0; i < m->terms.nassumes && !a->given; i++)
        if (strcmp(m->terms.assume[i].key, a->key) == 0) {
            *given = true;
            return m->terms.assume[i].value;
        }
    return a->value;
}

static void put_assumed_row(struct tki_doc *d, const char *label, const struct tki_assume *a, double x, bool given)
{
    tki_doc_row(d);
    tki_doc_cell(d, tki_d_words(label));
    tki_doc_cell(d, tki_d_words(a->key));
    tki_doc_cell(d, tki_d_given(x));
    tki_doc_cell(d, tki_d_words(a->what));
    tki_doc_cell(d, tki_d_bool(given));
}

static void put_assumed(struct tki_doc *d, const struct money *m, const struct tki_backend *b, const char *label)
{
    for (size_t i = 0; i < b->nparts; i++)
        put_assumed(d, m, b->part[i], label);
    for (size_t i = 0; i < b->nassumes; i++) {
        bool given;
        double x = value_of(m, &b->assume[i], &given);
        put_assumed_row(d, label, &b->assume[i], x, given);
    }
}

/* What people are told once, however many backends say it. */
struct told {
    const char *text[BACKENDS_MAX * (TKI_BACKEND_ASSUMES + TKI_BACKEND_NOTES)];
    size_t n;
};

static bool is_new(struct told *t, const char *text)
{
    for (size_t i = 0; i < t->n; i++)
        if (strcmp(t->text[i], text) == 0)
            return false;
    if (t->n < sizeof t->text / sizeof *t->text)
        t->text[t->n++] = text;
    return true;
}

static void say_one(struct tki_doc *d, const struct tki_assume *a, double x, bool given, struct told *told)
{
    if (!is_new(told, a->key))
        return;
    tki_doc_line(d, NULL, told->n == 1 ? "assumed" : "");
    tki_doc_say(d, "%s ", a->key);
    tki_doc_put(d, NULL, tki_d_given(x));
    tki_doc_say(d, given ? " (given): %s" : ": %s", a->what);
}

static void say_assumed(struct tki_doc *d, const struct money *m, const struct tki_backend *b, struct told *told)
{
    for (size_t i = 0; i < b->nparts; i++)
        say_assumed(d, m, b->part[i], told);
    for (size_t i = 0; i < b->nassumes; i++) {
        bool given;
        double x = value_of(m, &b->assume[i], &given);
        say_one(d, &b->assume[i], x, given, told);
    }
}

static void say_notes(struct tki_doc *d, const struct tki_backend *b, struct told *told)
{
    for (size_t i = 0; i < b->nparts; i++)
        say_notes(d, b->part[i], told);
    for (size_t i = 0; i < b->nnotes; i++)
        if (is_new(told, b->note[i])) {
            tki_doc_line(d, NULL, told->n == 1 ? "notes" : "");
            tki_doc_say(d, "%s: %s", b->name, b->note[i]);
        }
    if (b->lifecycle.other) {
        tki_doc_line(d, NULL, "");
        tki_doc_say(d, "%s: the lifecycle policy shrinks, merges or downsamples what it stores, which is not counted.",
                    b->name);
    }
}

void put_assumptions(struct tki_doc *d, const struct money *m)
{
    static const struct tki_doc_column columns[] = {
        {.key = "backend"}, {.key = "assumed"}, {.key = "value"}, {.key = "what"}, {.key = "given"}};
    struct told assumed = {.n = 0}, notes = {.n = 0};
    tki_doc_table(d, "assumptions", columns, sizeof columns / sizeof *columns);
    for (const struct general_assume *a = general_assumes; a->key; a++)
        if (!isnan(money_assumed(m, a->key)))
            put_assumed_row(d, NULL, &(struct tki_assume){.key = a->key, .what = a->what}, money_assumed(m, a->key),
                            true);
    for (size_t k = 0; k < m->n; k++)
        put_assumed(d, m, m->backend[k], m->backend[k]->label);
    tki_doc_close(d);
    for (const struct general_assume *a = general_assumes; a->key; a++)
        if (!isnan(money_assumed(m, a->key)))
            say_one(d, &(struct tki_assume){.key = a->key, .what = a->what}, money_assumed(m, a->key), true, &assumed);
    for (size_t k = 0; k < m->n; k++)
        say_assumed(d, m, m->backend[k], &assumed);
    for (size_t k = 0; k < m->n; k++)
        say_notes(d, m->backend[k], &notes);
}

/* ---- break-even ---- */

enum { CROSSINGS_MAX = 6 };

static void put_rate(struct tki_doc *d, const struct tki_streams *s, double times)
{
    double spans = s->all.per_s[TKI_Q_SPANS].mid * times, bytes = s->all.per_s[TKI_Q_PROTO].mid * times * 86400;
    tki_doc_put(d, NULL, tki_d_number(spans));
    tki_doc_say(d, " spans/s (");
    tki_doc_put(d, NULL, tki_d_mean_bytes(bytes));
    tki_doc_say(d, " a day)");
}

/* unknown: what was said of backends that cannot be compared. */
static void put_pair(struct tki_doc *d, const struct money *m, const struct tki_streams *s, size_t i, size_t k,
                     struct told *unknown)
{
    const struct tki_backend *pair[2] = {m->backend[i], m->backend[k]};
    double crossing[CROSSINGS_MAX];
    int cheaper[CROSSINGS_MAX + 1];
    size_t n;
    struct tk_err err = {0};
    tki_doc_section(d, NULL, NULL);
    tki_doc_data(d, "first", tki_d_words(pair[0]->label));
    tki_doc_data(d, "second", tki_d_words(pair[1]->label));
    if (tki_cost_crossings(pair, s, &m->terms, crossing, cheaper, CROSSINGS_MAX, &n, &err) < 0) {
        char *text = tki_arena_alloc(&d->arena, sizeof err.text);
        if (text)
            memcpy(text, err.text, sizeof err.text);
        if (text && is_new(unknown, text)) {
            tki_doc_line(d, NULL, i || k > 1 ? "" : "break-even");
            tki_doc_say(d, "%s", text);
        }
        tki_doc_data(d, "unknown", tki_d_words(err.text));
        tki_doc_end(d);
        return;
    }
    tki_doc_line(d, NULL, i || k > 1 ? "" : "break-even");
    if (!n)
        tki_doc_say(d, "%s is cheaper than %s at every rate from a ten-thousandth to ten thousand times this one",
                    pair[cheaper[0]]->label, pair[!cheaper[0]]->label);
    for (size_t c = 0; c < n; c++) {
        if (c)
            tki_doc_say(d, "; above that ");
        tki_doc_say(d, "%s is cheaper%s%s%s up to ", pair[cheaper[c]]->label, c ? "" : " than ",
                    c ? "" : pair[!cheaper[c]]->label, "");
        put_rate(d, s, crossing[c]);
    }
    if (n)
        tki_doc_say(d, "; above that %s", pair[cheaper[n]]->label);
    tki_doc_close(d);
    tki_doc_array(d, "crossings");
    for (size_t c = 0; c < n; c++) {
        tki_doc_object(d, NULL);
        tki_doc_data(d, "spans_per_s", tki_d_number(s->all.per_s[TKI_Q_SPANS].mid * crossing[c]));
        tki_doc_data(d, "gb_per_day", tki_d_number(s->all.per_s[TKI_Q_PROTO].mid * crossing[c] * 86400 / 1e9));
        tki_doc_data(d, "cheaper_below", tki_d_words(pair[cheaper[c]]->label));
        tki_doc_data(d, "cheaper_above", tki_d_words(pair[cheaper[c + 1]]->label));
        tki_doc_end(d);
    }
    tki_doc_end(d);
    tki_doc_end(d);
}

void put_break_even(struct tki_doc *d, const struct money *m, const struct tki_streams *s)
{
    struct told unknown = {.n = 0};
    tki_doc_list(d, "break_even");
    for (size_t i = 0; i < m->n; i++)
        for (size_t k = i + 1; k < m->n; k++)
            put_pair(d, m, s, i, k, &unknown);
    tki_doc_end(d);
}
