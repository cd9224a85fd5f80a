/* tracecost - what traces weigh, and what keeping them costs. */
#include "tracecost.h"

#include "cli/msg.h"
#include "cli/quantity.h"

#define FIELD(name) offsetof(struct options, name)
#define GIVEN(name) TKI_GIVEN(struct options, name)

static const char *const rate_units[] = {"traces", "spans", "kept", NULL};

static const struct tki_opt rows[] = {
    {.name = "rate",
     .arg = "RATE",
     .kind = TKI_RATE,
     .field = FIELD(rate),
     .given = GIVEN(rate_given),
     .group = "Load",
     .help =
         "this many traces arrive, before sampling: 1000 or 1000/s, 60/m (default: as many as the dump had while it "
         "lasted)"},
    {.name = "rate-of",
     .arg = "WHAT",
     .kind = TKI_CHOICE,
     .field = FIELD(rate_of),
     .choices = rate_units,
     .help =
         "RATE counts traces that arrive, before any sampling (the default), their spans, or traces that were kept"},
    {.name = "spans",
     .arg = "N",
     .kind = TKI_DOUBLE,
     .field = FIELD(spans),
     .given = GIVEN(spans_given),
     .help = "a trace has N spans, instead of what the dump says"},
    {.name = "span-bytes",
     .arg = "SIZE",
     .kind = TKI_SIZE,
     .field = FIELD(span_bytes),
     .given = GIVEN(span_bytes_given),
     .min = 1,
     .help = "a span has SIZE bytes as OTLP protobuf, instead of what the dump says"},
    TKI_OPT_CONFIG(FIELD(sampling.configs),
                   "also what the tail sampling of this OpenTelemetry Collector configuration keeps"),
    TKI_OPT_PROCESSOR(FIELD(sampling.processor)),
    TKI_OPT_COLLECTOR_VERSION(FIELD(sampling.version)),
    {.name = "share",
     .arg = "SHARE",
     .kind = TKI_LIST,
     .field = FIELD(shares),
     .help =
         "a share of traces that is kept, such as 10% or 0.1; may be given several times (default 100%, 10%, 5%, 1%)"},
    {.name = "retention",
     .arg = "TIME",
     .kind = TKI_DURATION,
     .field = FIELD(retention_ns),
     .given = GIVEN(retention_given),
     .min = 1,
     .group = "Storage",
     .help = "everything is kept for TIME, such as 14d (default: a month)"},
    {.name = "month-days",
     .arg = "DAYS",
     .kind = TKI_DOUBLE,
     .field = FIELD(month_days),
     .help = "a month has DAYS days (default 30)"},
    {.name = "ratio",
     .arg = "X",
     .kind = TKI_DOUBLE,
     .field = FIELD(ratio),
     .help = "the store compresses X bytes into one (default 1: as written)"},
    {.name = "replicas",
     .arg = "N",
     .kind = TKI_DOUBLE,
     .field = FIELD(replicas),
     .help = "the store keeps N copies (default 1)"},
    {.name = "price",
     .arg = "NAME",
     .kind = TKI_STRING,
     .field = FIELD(price),
     .help = "a price of --list-prices (default s3)"},
    {.name = "price-gb-month",
     .arg = "DOLLARS",
     .kind = TKI_DOUBLE,
     .field = FIELD(price_gb),
     .given = GIVEN(price_gb_given),
     .help = "a GB costs DOLLARS a month"},
    {.name = "list-prices", .kind = TKI_FLAG, .field = FIELD(list_prices), .help = "list the prices and exit"},
    TKI_OPT_FROM(FIELD(common.from)),
    TKI_OPT_RECORD_MAX(FIELD(common.record_max)),
    TKI_OPT_KEEP_GOING(FIELD(common.keep_going)),
    TKI_OPT_REPORT_TO(FIELD(report_to), GIVEN(report_to_given)),
    TKI_OPT_JSON(FIELD(common.json)),
    {.name = "tsv", .kind = TKI_FLAG, .field = FIELD(tsv), .help = "print the table as tab-separated values: -t tsv"},
    TKI_OPT_OUTPUT(FIELD(common.output)),
    TKI_OPT_THREADS(FIELD(common.threads), GIVEN(common.threads_given)),
    TKI_OPT_PROGRESS(FIELD(common.progress)),
};

static const struct tki_command command = {
    .name = "tracecost",
    .about = "measure what traces weigh and project what keeping them costs",
    .usage = (const char *const[]){"[OPTION]... [FILE]...", "--rate RATE --spans N --span-bytes SIZE", "--list-prices",
                                   NULL},
    TKI_ROWS(rows),
    .examples = (const struct tki_example[]){{"tracecost --rate 1000 dump.json", "traces like these, 1000 a second"},
                                             {"tracecost --rate 1000 -c collector.yaml dump.json",
                                              "and what a policy would save"},
                                             {"tracecost --rate 1000 --spans 50 --span-bytes 1KB", "without any dump"},
                                             {0}},
};

static void check(struct options *o)
{
    static const double usual[] = {1, 0.1, 0.05, 0.01};
    if (o->shares.n > SHARES_MAX)
        tki_opts_usage(&command, "--share can be given %d times", SHARES_MAX);
    for (; o->nshares < o->shares.n; o->nshares++)
        if (!tki_share_parse(tki_str(o->shares.item[o->nshares]), &o->share[o->nshares]))
            tki_opts_usage(&command, "--share: '%s' is not a share such as 10%% or 0.1", o->shares.item[o->nshares]);
    if (!o->nshares)
        for (; o->nshares < 4; o->nshares++)
            o->share[o->nshares] = usual[o->nshares];
    if (o->month_days <= 0 || o->ratio <= 0 || o->replicas <= 0 || (o->spans_given && o->spans <= 0) ||
        (o->price_gb_given && o->price_gb < 0))
        tki_opts_usage(&command, "--month-days, --ratio, --replicas and --spans are above 0");
    if (o->price && !tki_price_find(o->price))
        tki_opts_usage(&command, "no price '%s' (see --list-prices)", o->price);
    if (o->price && o->price_gb_given)
        tki_opts_usage(&command, "--price and --price-gb-month do not go together");
}

int main(int argc, char **argv)
{
    struct options o = {.month_days = 30, .ratio = 1, .replicas = 1};
    struct dump d = {0};
    const char *const *files;
    size_t nfiles;
    tki_cli_start(command.name);
    tki_opts_parse(&command, argc, argv, &o, &files, &nfiles);
    tki_report_settle(&o.report,
                      &(struct tki_report_ask){.to = o.report_to_given ? tki_report_names[o.report_to] : NULL,
                                               .json = o.common.json,
                                               .tsv = o.tsv,
                                               .option = "output",
                                               .path = o.common.output});
    if (o.list_prices) {
        report_prices(&o);
        tki_cli_finish(0);
    }
    check(&o);
    tki_sampling_check(&command, &o.sampling, files, nfiles);
    /* With everything given there is nothing to learn from standard input, which may be anything. */
    bool need_dump = !o.rate_given || !o.spans_given || !o.span_bytes_given || o.sampling.configs.n;
    if (need_dump)
        tki_refuse_terminal_input(nfiles);
    if (need_dump || nfiles)
        read_dump(&o, files, nfiles, &d);
    if (need_dump && !d.read)
        tki_die(TKI_EXIT_IO, "no traces were read: there is nothing to measure");
    report(&o, &d);
    tki_list_free(&o.shares);
    tki_list_free(&o.sampling.configs);
    tki_cli_finish(d.status);
}
