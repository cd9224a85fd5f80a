/* money.h - what tracecost is asked about money, and what follows: backends, terms, and the parts of the report. */
#ifndef TRACECOST_MONEY_H
#define TRACECOST_MONEY_H

#include "cli/opts.h"
#include "cli/report.h"
#include "cost/month.h"

enum { BACKENDS_MAX = 8, MONTHS_MAX = 120 };

/* The options, as they are given. */
struct money_options {
    struct tki_list backends, prices, assumes;
    const char *retention, *growth, *budget, *as_of;
    double replicas;
    uint64_t months;
    bool replicas_given, months_given;
};

/* The words of --backend, and what each is; backend_words ends with NULL. */
extern const char *const backend_words[], *const backend_about[];

/* The options of one whole command. */
#define MONEY_ROWS(at, given_at)                                                                                      \
    {.name = "backend",                                                                                               \
     .arg = "LIST",                                                                                                   \
     .kind = TKI_LIST,                                                                                                \
     .field = at(backends),                                                                                           \
     .choices = backend_words,                                                                                        \
     .about = backend_about,                                                                                          \
     .group = "Money",                                                                                                \
     .help = "where traces are kept: s3,elasticsearch:ilm=FILE,generic:price=0.5,per=GB; help: list them, and what "  \
             "they bill; may be given several times (default s3)",                                                    \
     .brief = "s3, clickhouse, elasticsearch, ...: help lists them"},                                                 \
        {.name = "prices",                                                                                            \
         .arg = "FILE",                                                                                               \
         .kind = TKI_LIST,                                                                                            \
         .field = at(prices),                                                                                         \
         .help = "a backend of your own, or your prices in one that is there (tracekit-prices(5)); may be given "     \
                 "several times"},                                                                                    \
        {.name = "as-of",                                                                                             \
         .arg = "DATE",                                                                                               \
         .kind = TKI_STRING,                                                                                          \
         .field = at(as_of),                                                                                          \
         .help = "prices that are older than 180 days on DATE are warned about (default today)"},                     \
        {.name = "retention",                                                                                         \
         .arg = "HOW LONG",                                                                                           \
         .kind = TKI_STRING,                                                                                          \
         .field = at(retention),                                                                                      \
         .help = "traces are kept for a time, such as 2w or 90d, or the newest 50000traces (default: as the backend " \
                 "has it, mostly 30d)",                                                                               \
         .brief = "how long traces are kept, such as 2w"},                                                            \
        {.name = "replicas",                                                                                          \
         .arg = "N",                                                                                                  \
         .kind = TKI_DOUBLE,                                                                                          \
         .field = at(replicas),                                                                                       \
         .given = given_at(replicas_given),                                                                           \
         .help = "the store keeps N copies; of Elasticsearch N beside the first"},                                    \
        {.name = "growth",                                                                                            \
         .arg = "SHARE",                                                                                              \
         .kind = TKI_STRING,                                                                                          \
         .field = at(growth),                                                                                         \
         .help = "the rate grows by 4%/month, 30%/year, or something between: 2%..6%/month (default 0)"},             \
        {.name = "months",                                                                                            \
         .arg = "N",                                                                                                  \
         .kind = TKI_UINT,                                                                                            \
         .field = at(months),                                                                                         \
         .given = given_at(months_given),                                                                             \
         .min = 1,                                                                                                    \
         .max = MONTHS_MAX,                                                                                           \
         .help = "project N months from an empty store on, month by month (default 12)"},                             \
        {.name = "assume",                                                                                            \
         .arg = "KEY=VALUE",                                                                                          \
         .kind = TKI_LIST,                                                                                            \
         .field = at(assumes),                                                                                        \
         .help = "what no dump says: hosts=10, queries_per_day=500 (the report says what it assumes), month_days=31 " \
                 "(default 30); may be given several times"},                                                         \
    {                                                                                                                 \
        .name = "budget", .arg = "DOLLARS", .kind = TKI_STRING, .field = at(budget),                                  \
        .help = "also the largest share of the rest that a budget such as 500/month allows while every error and "    \
                "every slow trace is kept, as a policy"                                                               \
    }

/* Settled. */
struct money {
    struct tki_backends backends;
    const struct tki_backend *backend[BACKENDS_MAX];
    size_t n;
    struct tki_terms terms;
    double growth[3]; /* low, as given, high */
    struct tki_profile profile;
    unsigned months;
    bool months_given;
    double budget; /* dollars a month; NAN: none */
    int64_t as_of_days;
    struct tki_arena arena; /* of what files hold */
};

/* A row of the report: a share, or a policy, and what it costs in each backend. */
struct priced {
    const char *name;
    struct tki_streams streams;
    struct tki_cost cost[BACKENDS_MAX];
};

/* Parses, and reads the files that are named.  Ends the command where anything is wrong. */
void money_settle(const struct tki_command *command, const struct money_options *o, struct money *m);
/* The traces a second of a profile: --rate @FILE. */
void money_profile(struct money *m, const char *path, double *per_second);
/* What --assume says whatever the backends are; the last has no key. */
struct general_assume {
    const char *key, *what;
    double min, max;
    bool without_dump; /* about the traces, in place of a dump */
};
extern const struct general_assume general_assumes[];
/* What --assume says; NAN: nothing. */
double money_assumed(const struct money *m, const char *key);
#define ERROR_SHARE "error_share"
/* Returns true if the first backend, or a part of it, stores that. */
bool money_stores(const struct money *m, enum tki_quantity what);
void money_free(struct money *m);
/* Dollars a month: "500/month", "$500", "6000/year", "20/day". */
bool parse_dollars(const char *text, double month_days, double *per_month);
/* What the row costs in every backend.  Ends the command where a backend cannot be asked at all. */
void money_price(const struct money *m, struct priced *r);
/* On standard error: prices that are old on the day of --as-of. */
void money_warn(const struct money *m, const struct priced *r);

/* "$68.40 to $110": in a sentence; `why`: with what is missing. */
void say_money(struct tki_doc *d, const struct tki_cost *c, bool why);
/* Prices that nobody can cite, and how to give them. */
void put_missing(struct tki_doc *d, const struct money *m, const struct priced *r);
/* "0.66 to 1.49"; one number where both ends look alike; nothing where it is not known. */
struct tki_datum money_between(const struct tki_range *dollars);
/* "2026-11-29, grade C": never without a date where a price has one. */
void say_price_date(struct tki_doc *d, const struct tki_cost *c);

/* Parts of the report.  rows: all of them; at: the one that people are shown in detail. */
void put_costs(struct tki_doc *d, const struct money *m, const struct priced *rows, size_t n);
/* One backend: dollars a million spans, and what costs most; of several the table has it. */
void put_span_cost(struct tki_doc *d, const struct money *m, const struct priced *r);
void put_charges(struct tki_doc *d, const struct money *m, const struct priced *r);
/* What a backend costs month by month, low to high by what is measured and by growth; NAN: not known. */
struct curve {
    const char *name;
    struct tki_range month[MONTHS_MAX];
};
/* The curves as a figure: for pages. */
void put_projection(struct tki_doc *d, const struct curve *curve, size_t n, unsigned months);
void put_months(struct tki_doc *d, const struct money *m, const struct priced *r);
void put_assumptions(struct tki_doc *d, const struct money *m);
void put_break_even(struct tki_doc *d, const struct money *m, const struct tki_streams *s);
/* "0.023 per GB-month", "5 per M traces"; short: "0.023/GB-month".  NULL: it has no figure. */
const char *charge_price(const struct tki_cost_item *i, bool is_short, char *to, size_t n);
/* --backend help: true if that is among what --backend names. */
bool asks_for_prices(const struct money_options *o);
void put_prices(const struct tki_report *report, const struct money *m);

/* A kind of traces, and above which duration they are slow. */
struct slow_kind {
    tk_str service, name; /* of the root */
    int64_t limit_ns;
    int64_t root_ns; /* above which duration of the root alone; 0: what is slow by it is slow by limit_ns */
};
/* What is slow, for a policy: one limit for all, or a kind each. */
struct slow_policy {
    int64_t limit_ns; /* 0: by kinds */
    const struct slow_kind *kind;
    size_t n;
};
/* Traces that the policies for errors and slow ones leave, in order of the hash by which a baseline keeps them. */
struct budget_rest {
    uint64_t *hash;
    double *share; /* of all of them, kept up to this one: of traces, spans, bytes or records, whichever is most */
    size_t n;
};
/* threshold_ms of a policy that keeps all that takes longer than the limit. */
int64_t budget_threshold_ms(int64_t limit_ns);
/* What the budget allows, and the policy.  s->notable: what the policies for errors and slow traces keep.  Returns
 * false if it does not even buy these. */
bool put_budget(struct tki_doc *d, const struct money *m, const struct tki_streams *s, const struct slow_policy *slow,
                const struct budget_rest *rest);

#endif
