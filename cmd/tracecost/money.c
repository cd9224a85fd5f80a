/* Money: from the options to backends and terms, and what a row costs. */
#include "money.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "base/num.h"
#include "base/time.h"
#include "cli/moment.h"
#include "cli/msg.h"
#include "cli/quantity.h"
#include "cost/backend_in.h"
#include "sample/config/yaml.h"

enum { STALE_DAYS = 180, MONTH = 30 };
#define MONTH_DAYS "month_days"

/* ---- texts ---- */

/* What stands before the suffix: true if it was there. */
static bool without(tk_str *s, const char *suffix)
{
    size_t n = strlen(suffix);
    if (s->n < n || memcmp(s->p + s->n - n, suffix, n) != 0)
        return false;
    s->n -= n;
    while (s->n && s->p[s->n - 1] == ' ')
        s->n--;
    return true;
}

bool parse_dollars(const char *text, double month_days, double *per_month)
{
    tk_str s = tki_str(text);
    double months = 1, x;
    if (s.n && s.p[0] == '$') {
        s.p++;
        s.n--;
    }
    if (without(&s, "/year"))
        months = 12;
    else if (without(&s, "/day"))
        months = 1 / month_days;
    else
        without(&s, "/month");
    /* A rate without a period is a number as people write it: 1,000 or 1.5k. */
    if (tki_str_find(s, '/') || !tki_rate_parse(s, &x))
        return false;
    *per_month = x / months;
    return true;
}

static bool parse_retention(const char *text, struct tki_terms *t)
{
    tk_str s = tki_str(text);
    int64_t ns;
    double n;
    if (without(&s, "traces") || without(&s, "trace")) {
        if (tki_str_find(s, '/') || !tki_rate_parse(s, &n) || !(n > 0))
            return false;
        t->retention_traces = n;
        return true;
    }
    if (!tki_duration_parse(s, &ns) || ns <= 0)
        return false;
    t->retention_days = (double)ns / 86400e9;
    return true;
}

/* "4%", "-0.5%", "0.04"; above -1. */
static bool parse_share(tk_str s, double *share)
{
    bool percent = without(&s, "%");
    if (!tki_parse_double(s, share) || isinf(*share) || isnan(*share))
        return false;
    *share /= percent ? 100 : 1;
    return *share > -1 && *share <= 10;
}

/* "4%/month", "2%..6%/month", "30%/year". */
static bool parse_growth(const char *text, double growth[3])
{
    tk_str s = tki_str(text);
    bool year = without(&s, "/year");
    if (!year)
        without(&s, "/month");
    const char *dots = strstr(text, "..");
    tk_str low = s, high = s;
    if (dots && dots < s.p + s.n) {
        low.n = (size_t)(dots - s.p);
        high = (tk_str){dots + 2, s.n - low.n - 2};
        if (!tki_str_find(low, '%') && without(&high, "%")) { /* 2..6% */
            high.n++;
            if (!parse_share(low, &growth[0]))
                return false;
            growth[0] /= 100;
            low.n = 0;
        }
    }
    if ((low.n && !parse_share(low, &growth[0])) || !parse_share(high, &growth[2]) || growth[0] > growth[2])
        return false;
    for (int i = 0; year && i < 3; i += 2)
        growth[i] = pow(1 + growth[i], 1.0 / 12) - 1;
    growth[1] = dots ? sqrt((1 + growth[0]) * (1 + growth[2])) - 1 : growth[2];
    return true;
}

static bool parse_value(tk_str s, double *x)
{
    uint64_t bytes;
    if (tki_parse_double(s, x))
        return *x >= 0 && !isinf(*x);
    if (tki_share_parse(s, x))
        return true;
    if (!tki_size_parse(s, &bytes))
        return false;
    *x = (double)bytes;
    return true;
}

/* ---- files ---- */

static int read_file(void *ctx, const char *path, struct tki_buf *text, struct tk_err *err)
{
    struct money *m = ctx;
    const struct tki_yaml y = {.arena = &m->arena, .err = err};
    const char *name;
    tk_str bytes;
    int rc = tki_yaml_bytes(&y, path, &bytes, &name);
    if (rc == 0)
        tki_buf_str(text, bytes);
    return rc;
}

static void add_prices(struct money *m, const char *path)
{
    struct tk_err err = {0};
    struct tki_buf text = {0};
    int rc = read_file(m, path, &text, &err);
    tk_str document = tki_buf_text(&text, &rc);
    if (rc == 0)
        rc = tki_backends_add(&m->backends, document, &err);
    if (rc == TK_EINVALID)
        tki_die(TKI_EXIT_USAGE, "%s: %s", path, err.text);
    if (rc < 0)
        tki_die_err(&err);
    tki_buf_free(&text);
}

void money_profile(struct money *m, const char *path, double *per_second)
{
    struct tk_err err = {0};
    struct tki_buf text = {0};
    int rc = read_file(m, path, &text, &err);
    tk_str hours = tki_buf_text(&text, &rc);
    if (rc < 0)
        tki_die_err(&err);
    if (tki_profile_read(hours, tki_rate_parse, &m->profile, &err) < 0)
        tki_die(TKI_EXIT_USAGE, "%s: %s", path, err.text);
    tki_buf_free(&text);
    m->terms.profile = &m->profile;
    *per_second = m->profile.mean;
}

/* ---- settling ---- */

static void add_backend(const struct tki_command *command, struct money *m, tk_str spec)
{
    struct tk_err err = {0};
    if (m->n == BACKENDS_MAX)
        tki_opts_usage(command, "--backend: more than %d in one report", BACKENDS_MAX);
    int rc = tki_backend_choose(&m->backends, spec, read_file, m, &m->backend[m->n], &err);
    if (rc == TK_EUSAGE)
        tki_opts_usage(command, "--backend: %s", err.text);
    if (rc == TK_EINVALID)
        tki_die(TKI_EXIT_USAGE, "--backend: %s: %s", err.source, err.text);
    if (rc < 0)
        tki_die_err(&err);
    m->n++;
}

bool asks_for_prices(const struct money_options *o)
{
    for (size_t i = 0; i < o->backends.n; i++) {
        const tk_str list = tki_str(o->backends.item[i]);
        tk_str spec;
        for (size_t at = 0; tki_backend_next(list, &at, &spec);)
            if (TKI_STR_IS(spec, "help"))
                return true;
    }
    return false;
}

static void add_backends(const struct tki_command *command, const struct money_options *o, struct money *m)
{
    for (size_t i = 0; i < o->backends.n; i++) {
        const tk_str list = tki_str(o->backends.item[i]);
        tk_str spec;
        for (size_t at = 0; tki_backend_next(list, &at, &spec);)
            add_backend(command, m, spec);
    }
    if (!m->n)
        add_backend(command, m, TKI_STR("s3"));
}

const struct general_assume general_assumes[] = {
    {MONTH_DAYS, "days of a month", 1, 366, false},
    {TKI_NOTABLE_SHARE, "share of the traces that have errors or are slow", 0, 1, true},
    {ERROR_SHARE, "share of the traces that have an error", 0, 1, true},
    {.key = NULL}};

double money_assumed(const struct money *m, const char *key)
{
    for (size_t i = 0; i < m->terms.nassumes; i++)
        if (strcmp(m->terms.assume[i].key, key) == 0)
            return m->terms.assume[i].value;
    return NAN;
}

/* The key in front of the equal sign, in the arena. */
static const char *key_of(struct money *m, const char *text, const char *equal)
{
    char *key = tki_arena_alloc(&m->arena, (size_t)(equal - text) + 1);
    if (!key)
        tki_die(TKI_EXIT_IO, "out of memory");
    memcpy(key, text, (size_t)(equal - text));
    key[equal - text] = 0;
    return key;
}

static void check_general(const struct tki_command *command, const struct general_assume *a, double value)
{
    if (value >= a->min && value <= a->max)
        return;
    if (a->max == 1)
        tki_opts_usage(command, "--assume: %s is a share such as 5%% or 0.05", a->key);
    tki_opts_usage(command, "--assume: %s is a number from %g to %g", a->key, a->min, a->max);
}

static void add_assumption(const struct tki_command *command, struct money *m, const char *text)
{
    struct tki_terms *t = &m->terms;
    const char *equal = strchr(text, '=');
    double value;
    if (!equal || !parse_value(tki_str(equal + 1), &value))
        tki_opts_usage(command, "--assume: '%s' is not KEY=VALUE such as hosts=10", text);
    if (t->nassumes == TKI_TERMS_ASSUMES)
        tki_opts_usage(command, "--assume can be given %d times", TKI_TERMS_ASSUMES);
    const char *key = key_of(m, text, equal);
    for (const struct general_assume *a = general_assumes; a->key; a++)
        if (strcmp(key, a->key) == 0)
            check_general(command, a, value);
    if (!isnan(money_assumed(m, key)))
        tki_opts_usage(command, "--assume: %s is given twice", key);
    t->assume[t->nassumes].key = key;
    t->assume[t->nassumes++].value = value;
}

/* What no backend of this report asks for is a misspelling, or misses a backend. */
static void check_assumption(const struct tki_command *command, const struct money *m, const char *key)
{
    bool used = strcmp(key, MONTH_DAYS) == 0 || strcmp(key, ERROR_SHARE) == 0;
    for (size_t i = 0; i < m->n; i++)
        used = used || tki_backend_uses(m->backend[i], key);
    if (!used)
        tki_opts_usage(command, "--assume: no backend of this report assumes '%s' (the report says what they assume)",
                       key);
}

/* Days since 1970 of today; SOURCE_DATE_EPOCH says another day for reports that are to be made again. */
static int64_t today(void)
{
    const char *epoch = getenv("SOURCE_DATE_EPOCH");
    int64_t seconds;
    if (!epoch || !tki_parse_i64(tki_str(epoch), &seconds))
        seconds = (int64_t)time(NULL);
    return seconds / 86400;
}

static int64_t day_of(const struct tki_command *command, const char *date)
{
    struct tki_moment moment;
    struct tk_err err = {0};
    uint64_t ns;
    if (!tki_moment_parse(tki_str(date), &moment) || tki_moment_asks(&moment) ||
        tki_moment_ns(&moment, NULL, 0, 0, &ns, &err) < 0)
        tki_opts_usage(command, "--as-of: '%s' is no date such as 2026-11-29", date);
    return (int64_t)(ns / 86400000000000u);
}

static void settle_terms(const struct tki_command *command, const struct money_options *o, struct money *m)
{
    m->terms = (struct tki_terms){.month_days = MONTH,
                                  .retention_days = NAN,
                                  .retention_traces = NAN,
                                  .replicas = o->replicas_given ? o->replicas : NAN};
    for (size_t i = 0; i < o->assumes.n; i++)
        add_assumption(command, m, o->assumes.item[i]);
    if (!isnan(money_assumed(m, MONTH_DAYS)))
        m->terms.month_days = money_assumed(m, MONTH_DAYS);
    if (o->replicas_given && !(o->replicas >= 0 && o->replicas <= 1000))
        tki_opts_usage(command, "--replicas: a number from 0 to 1000");
    if (o->retention && !parse_retention(o->retention, &m->terms))
        tki_opts_usage(command,
                       "--retention: '%s' is neither a time such as 2w or 90d nor a number such as 50000traces",
                       o->retention);
    if (o->growth && !parse_growth(o->growth, m->growth))
        tki_opts_usage(command, "--growth: '%s' is no share such as 4%%/month, 2%%..6%%/month or 30%%/year", o->growth);
    m->terms.growth = m->growth[1];
    m->budget = NAN;
    if (o->budget && !parse_dollars(o->budget, m->terms.month_days, &m->budget))
        tki_opts_usage(command, "--budget: '%s' is no sum such as 500/month", o->budget);
    m->months = (unsigned)o->months;
    m->months_given = o->months_given || o->growth;
    m->as_of_days = o->as_of ? day_of(command, o->as_of) : today();
}

void money_settle(const struct tki_command *command, const struct money_options *o, struct money *m)
{
    struct tk_err err = {0};
    *m = (struct money){.n = 0};
    if (tki_backends_open(&m->backends, &err) < 0)
        tki_die_err(&err);
    settle_terms(command, o, m);
    for (size_t i = 0; i < o->prices.n; i++)
        add_prices(m, o->prices.item[i]);
    if (asks_for_prices(o))
        return;
    add_backends(command, o, m);
    for (size_t i = 0; i < m->terms.nassumes; i++)
        check_assumption(command, m, m->terms.assume[i].key);
    for (size_t i = 0; i < m->n && o->replicas_given; i++)
        if (!m->backend[i]->copies_further && o->replicas < 1)
            tki_opts_usage(command, "--replicas: %s keeps at least one copy", m->backend[i]->name);
}

static bool stores(const struct tki_backend *b, enum tki_quantity what)
{
    bool found = b->stores && b->stored_of == what;
    for (size_t i = 0; i < b->nparts; i++)
        found = found || stores(b->part[i], what);
    return found;
}

bool money_stores(const struct money *m, enum tki_quantity what)
{
    return stores(m->backend[0], what);
}

void money_free(struct money *m)
{
    tki_backends_close(&m->backends);
    tki_arena_free(&m->arena);
}

/* ---- a row ---- */

void money_price(const struct money *m, struct priced *r)
{
    for (size_t i = 0; i < m->n; i++) {
        struct tk_err err = {0};
        if (tki_cost_month(m->backend[i], &r->streams, &m->terms, 0, &r->cost[i], &err) < 0)
            tki_die(TKI_EXIT_USAGE, "--backend: %s", err.text);
    }
}

/* Returns true if the oldest price of a backend is that of one before it, which a hybrid has it from. */
static bool is_told(const struct priced *r, size_t backend)
{
    const struct tki_cost *c = &r->cost[backend];
    const struct tki_cost_item *item = &c->item[c->oldest_item];
    for (size_t i = 0; i < backend; i++) {
        const struct tki_cost_item *other = &r->cost[i].item[r->cost[i].oldest_item];
        if (r->cost[i].oldest && strcmp(r->cost[i].oldest, c->oldest) == 0 &&
            strcmp(other->backend->name, item->backend->name) == 0 && strcmp(other->charge->id, item->charge->id) == 0)
            return true;
    }
    return false;
}

void money_warn(const struct money *m, const struct priced *r)
{
    for (size_t i = 0; i < m->n; i++) {
        const struct tki_cost *c = &r->cost[i];
        if (!c->oldest || m->as_of_days - c->oldest_days <= STALE_DAYS || is_told(r, i))
            continue;
        const struct tki_cost_item *item = &c->item[c->oldest_item];
        unsigned y, month, day;
        tki_date_of_days(m->as_of_days, &y, &month, &day);
        char or [120] = ""; /* a hybrid takes no prices of its parts */
        if (!m->backend[i]->nparts)
            snprintf(or, sizeof or, " or --backend %s:%s=DOLLARS", item->backend->name, item->charge->id);
        tki_msg(
            "%s: the price of '%s' is of %s, more than %d days before %04u-%02u-%02u: check it, and give yours with "
            "--prices%s",
            item->backend->name, item->charge->id, c->oldest, STALE_DAYS, y, month, day, or);
    }
}
