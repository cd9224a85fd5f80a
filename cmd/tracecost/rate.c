/* Quantities that tracecost takes as text: --rate, --calibrate, --fail-on. */
#include <math.h>
#include <stdlib.h>

#include "cli/msg.h"
#include "cli/quantity.h"
#include "tracecost.h"

static bool cut_end(tk_str *s, const char *end)
{
    size_t n = strlen(end);
    if (s->n < n || strncasecmp(s->p + s->n - n, end, n) != 0)
        return false;
    s->n -= n;
    while (s->n && s->p[s->n - 1] == ' ')
        s->n--;
    return true;
}

/* "s", "min", "day" ...: seconds; 0 when it is none. */
static double period_of(tk_str s)
{
    static const struct {
        const char *name;
        double seconds;
    } periods[] = {{"s", 1},    {"sec", 1},     {"m", 60},    {"min", 60},    {"minute", 60},
                   {"h", 3600}, {"hour", 3600}, {"d", 86400}, {"day", 86400}, {NULL, 0}};
    for (size_t i = 0; periods[i].name; i++)
        if (s.n == strlen(periods[i].name) && strncasecmp(s.p, periods[i].name, s.n) == 0)
            return periods[i].seconds;
    return 0;
}

/* "83 traces", "1.5M spans", "500GB". */
static bool amount_of(tk_str s, double *amount, enum rate_of *of)
{
    uint64_t bytes;
    cut_end(&s, ""); /* blanks */
    *of = cut_end(&s, "spans") ? RATE_OF_SPANS : cut_end(&s, "kept") ? RATE_OF_KEPT : RATE_OF_TRACES;
    if (*of == RATE_OF_TRACES && !cut_end(&s, "traces") && s.n && (s.p[s.n - 1] | 32) == 'b' &&
        tki_size_parse(s, &bytes)) {
        *of = RATE_OF_BYTES;
        *amount = (double)bytes;
        return true;
    }
    return tki_rate_parse(s, amount);
}

bool parse_flow(const char *text, double *per_s, enum rate_of *of)
{
    tk_str s = tki_str(text), period = {"s", 1};
    const char *slash = strchr(text, '/');
    if (slash) {
        s.n = (size_t)(slash - text);
        period = tki_str(slash + 1);
    }
    double seconds = period_of(period), amount;
    if (!(seconds > 0) || !amount_of(s, &amount, of))
        return false;
    *per_s = amount / seconds;
    return true;
}

static void calibrate(const struct tki_command *command, struct options *o, const char *text)
{
    static const char *const columnar[] = {"tempo", "clickhouse", "columnar", NULL};
    static const char *const elastic[] = {"elasticsearch", "opensearch", NULL};
    const char *equals = strchr(text, '=');
    tk_str size = equals ? tki_str(equals + 1) : tki_str("");
    double *to = NULL, bytes;
    for (size_t i = 0; equals && columnar[i]; i++)
        if (strlen(columnar[i]) == (size_t)(equals - text) && strncmp(columnar[i], text, (size_t)(equals - text)) == 0)
            to = &o->calibrated_columnar;
    for (size_t i = 0; equals && elastic[i]; i++)
        if (strlen(elastic[i]) == (size_t)(equals - text) && strncmp(elastic[i], text, (size_t)(equals - text)) == 0)
            to = &o->calibrated_elastic;
    if (!to)
        tki_opts_usage(command,
                       "--calibrate: '%s' names none of tempo, clickhouse, columnar, elasticsearch, opensearch", text);
    char *end;
    bool span = cut_end(&size, "/span") && cut_end(&size, "B");
    bytes = strtod(size.p, &end);
    if (!span || end != size.p + size.n || !(bytes > 0) || isinf(bytes))
        tki_opts_usage(command, "--calibrate: '%s' is not stored bytes a span such as tempo=75B/span", text);
    *to = bytes;
}

void settle_rates(const struct tki_command *command, struct options *o)
{
    if (o->rate_text && o->rate_text[0] != '@' && !parse_flow(o->rate_text, &o->rate, &o->rate_of))
        tki_opts_usage(command, "--rate: '%s' is not a rate such as 1000/s, 5Mspans/s, 500GB/day or 80kept/s",
                       o->rate_text);
    o->calibrated_columnar = o->calibrated_elastic = NAN;
    for (size_t i = 0; i < o->calibrate.n; i++)
        calibrate(command, o, o->calibrate.item[i]);
}

/* ---- --fail-on ---- */

struct limit {
    bool dollars;
    double most; /* bytes a second, or dollars a month */
};

static bool parse_limit(const char *text, double month_days, struct limit *l)
{
    tk_str s = tki_str(text);
    if (!s.n || s.p[0] != '>')
        return false;
    for (s.p++, s.n--; s.n && (s.p[0] == ' ' || s.p[0] == '$'); s.p++, s.n--)
        ;
    enum rate_of of;
    if (parse_flow(s.p, &l->most, &of) && of == RATE_OF_BYTES) {
        l->dollars = false;
        return true;
    }
    l->dollars = true;
    return parse_dollars(s.p, month_days, &l->most);
}

void check_fail_on(const struct tki_command *command, const struct options *o, double month_days)
{
    struct limit l;
    for (size_t i = 0; i < o->fail_on.n; i++)
        if (!parse_limit(o->fail_on.item[i], month_days, &l))
            tki_opts_usage(command, "--fail-on: '%s' is not a limit such as '>500/month' or '>400GB/day'",
                           o->fail_on.item[i]);
}

/* What is held against a limit: what the policy keeps, else what a sampled dump holds, else everything. */
const struct row *judged_row(const struct basis *b)
{
    const struct row *of = &b->row[0];
    for (size_t i = 0; i < b->nrows; i++)
        if (b->row[i].side == &b->d->side[0])
            of = &b->row[i];
    return of;
}

/* Dollars of which a part is not known are above a limit where the known part is; else nobody can say. */
static void refuse_unknown(const struct tki_cost *c, const char *limit)
{
    for (size_t i = 0; i < c->n; i++) {
        const struct tki_cost_item *item = &c->item[i];
        if (!isnan(item->dollars.mid) && !isnan(item->dollars.high))
            continue;
        if (isnan(item->billed.mid))
            tki_die(TKI_EXIT_USAGE, "--fail-on '%s': %s: %s cannot be counted without a dump", limit,
                    item->backend->name, item->charge->what);
        tki_die(
            TKI_EXIT_USAGE,
            "--fail-on '%s': %s: for %s no figure can be cited, so whether the limit holds is not known: give one, as in "
            "%s:%s=DOLLARS, or by --prices",
            limit, item->backend->name, item->charge->what, item->backend->name, item->charge->id);
    }
}

/* What is held against the limit: dollars a month, or bytes a second. */
static double is_at(const struct basis *b, const struct row *r, const struct limit *l)
{
    return l->dollars ? b->priced[r - b->row].cost[0].dollars.mid : r->kept.per_s[TKI_Q_PROTO].mid;
}

static void say_limit(struct tki_doc *doc, const struct basis *b, const struct row *r, const char *text,
                      const struct limit *l)
{
    const struct tki_cost *cost = &b->priced[r - b->row].cost[0];
    double is = is_at(b, r, l);
    tki_doc_line(doc, NULL, is > l->most ? "FAIL" : "ok");
    tki_doc_say(doc, "%s: '%s' is ", text, r->name);
    if (!l->dollars) {
        tki_doc_put(doc, NULL, tki_d_mean_bytes(is * 86400));
        tki_doc_say(doc, " a day as OTLP protobuf");
        return;
    }
    tki_doc_say(doc, cost->complete ? "$" : "at least $");
    tki_doc_put(doc, NULL, tki_d_dollars(is));
    tki_doc_say(doc, " a month");
    if (r->dollars.low < r->dollars.high) {
        tki_doc_say(doc, " (");
        tki_doc_put(doc, NULL, tki_d_range(tki_d_dollars(is), r->dollars.low, r->dollars.high));
        tki_doc_say(doc, ")");
    }
}

static void put_limit(struct tki_doc *doc, const struct basis *b, const struct row *r, const char *text,
                      const struct limit *l)
{
    double is = is_at(b, r, l);
    tki_doc_object(doc, NULL);
    tki_doc_data(doc, "limit", tki_d_words(text));
    tki_doc_data(doc, "held", tki_d_bool(!(is > l->most)));
    tki_doc_data(doc, "kept", tki_d_words(r->name));
    if (l->dollars)
        tki_doc_data(doc, "dollars_per_month", tki_d_dollars(is));
    else
        tki_doc_data(doc, "gb_per_day", tki_d_number(is * 86400 / 1e9));
    tki_doc_end(doc);
}

bool put_fail_on(struct tki_doc *doc, const struct basis *b)
{
    const struct row *r = judged_row(b);
    const struct tki_list *limits = &b->o->fail_on;
    bool failed = false;
    struct limit l;
    for (size_t i = 0; i < limits->n; i++) {
        parse_limit(limits->item[i], b->money->terms.month_days, &l);
        bool above = is_at(b, r, &l) > l.most;
        const struct tki_cost *cost = &b->priced[r - b->row].cost[0];
        if (l.dollars && !cost->complete && !above)
            refuse_unknown(cost, limits->item[i]);
        failed = failed || above;
        say_limit(doc, b, r, limits->item[i], &l);
    }
    if (!limits->n)
        return false;
    tki_doc_close(doc);
    tki_doc_data(doc, "limits_held", tki_d_bool(!failed));
    tki_doc_array(doc, "limits");
    for (size_t i = 0; i < limits->n; i++) {
        parse_limit(limits->item[i], b->money->terms.month_days, &l);
        put_limit(doc, b, r, limits->item[i], &l);
    }
    tki_doc_end(doc);
    tki_doc_space(doc);
    return failed;
}
