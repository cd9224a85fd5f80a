/* tracecost - what traces weigh, and what keeping them costs. */
#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include "tracecost.h"

#include "cli/inputs.h"
#include "cli/msg.h"
#include "cli/quantity.h"
#include "cli/term.h"

#define FIELD(name)     offsetof(struct options, name)
#define GIVEN(name)     TKI_GIVEN(struct options, name)
#define ASK(name)       offsetof(struct options, ask.name)
#define ASK_GIVEN(name) TKI_GIVEN(struct options, ask.name)

static const struct tki_opt rows[] = {
    {.name = "rate",
     .arg = "RATE",
     .kind = TKI_STRING,
     .field = FIELD(rate_text),
     .group = "Load",
     .help =
         "this much arrives, before sampling: 1000 or 1000/s traces, 60/m, 50000spans/s, 500GB/day of OTLP protobuf, "
         "or, of a dump that was sampled, 80kept/s; @FILE: a profile of hours (default: as many as the dump had while it lasted)",
     .brief = "so many traces a second, 50000spans/s, 500GB/day"},
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
         "a share of traces that is kept, such as 10% or 0.1; may be given several times (default 100%, 10%, 5%, 1%)",
     .brief = "what keeping 10% costs, beside all"},
    {.name = "baseline",
     .arg = "FILE",
     .kind = TKI_LIST,
     .field = FIELD(sampling.baselines),
     .help = "also what this configuration keeps, in the same reading; may be given several times"},
    TKI_OPT_SLOW(FIELD(slow_text)),
    {.name = "exact",
     .kind = TKI_FLAG,
     .field = FIELD(exact),
     .group = "Measuring",
     .help = "write every trace in each encoding, instead of a sample of some 8 MB"},
    {.name = "bill",
     .arg = "N",
     .implied = "10",
     .kind = TKI_UINT,
     .field = FIELD(bill_rows),
     .given = GIVEN(bill),
     .min = 1,
     .max = 10000,
     .help =
         "tell which attributes, events, resource keys, services and operations carry the bytes, N of each (10), and "
         "what leaving some out saves",
     .brief = "which attributes and services cost it"},
    {.name = "drop",
     .arg = "KEY",
     .kind = TKI_LIST,
     .field = FIELD(drops),
     .help = "also what is left without this attribute, of spans and resources; several go together"},
    {.name = "calibrate",
     .arg = "STORE=SIZE",
     .kind = TKI_LIST,
     .field = FIELD(calibrate),
     .help = "a store that is known holds so much of a span like these: tempo=75B/span, elasticsearch=700B/span"},
    MONEY_ROWS(ASK, ASK_GIVEN),
    {.name = "fail-on",
     .arg = "LIMIT",
     .kind = TKI_LIST,
     .field = FIELD(fail_on),
     .group = "Gate",
     .help = "end with 1 above '>500/month' dollars or '>400GB/day': of what the policy keeps, else of all",
     .brief = "a gate: '>500/month', '>400GB/day'"},
    TKI_OPT_FROM(FIELD(common.from)),
    TKI_OPT_RECURSIVE(FIELD(common.recursive)),
    TKI_OPT_FILES_FROM(FIELD(common.files_from)),
    TKI_OPT_COLUMNS(FIELD(common.columns)),
    TKI_OPT_RECORD_MAX(FIELD(common.record_max)),
    TKI_OPT_KEEP_GOING(FIELD(common.keep_going)),
    {.name = "partial",
     .kind = TKI_FLAG,
     .field = FIELD(partial),
     .group = "Parts",
     .help = "write the state of what the dump weighs, for --merge, instead of the report"},
    {.name = "merge",
     .kind = TKI_FLAG,
     .field = FIELD(merge),
     .help = "read states that --partial wrote, in any order, and print what one run over everything prints"},
    TKI_OPT_REPORT_TO(FIELD(report_to), GIVEN(report_to_given)),
    TKI_OPT_JSON(FIELD(common.json)),
    TKI_OPT_OUTPUT(FIELD(common.output)),
    TKI_OPT_THREADS(FIELD(common.threads), GIVEN(common.threads_given)),
    TKI_OPT_PROGRESS(FIELD(common.progress)),
};

static const struct tki_asked asked[] = {
    {"list-prices", "--backend help"}, {"month-days", "--assume month_days=31"}, {NULL, NULL}};

static const struct tki_command command = {
    .name = "tracecost",
    .about = "measure what traces weigh and project what keeping them costs",
    .usage = (const char *const[]){"[OPTION]... [FILE]...", "--rate RATE --spans N --span-bytes SIZE", "--backend help",
                                   NULL},
    TKI_ROWS(rows),
    .asked = asked,
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
    if (o->spans_given && o->spans <= 0)
        tki_opts_usage(&command, "--spans is above 0");
    if ((o->sampling.configs.n > 0) + o->sampling.baselines.n > SIDES_MAX)
        tki_opts_usage(&command, "more than %d configurations in one reading", SIDES_MAX);
}

/* What a report without a dump lacks; whoever gave a part of what a dump would say meant to do without one. */
static const char *lacks(const struct options *o, char *to, size_t size)
{
    const struct {
        bool given;
        const char *text;
    } load[] = {{o->rate_text != NULL, "--rate RATE"},
                {o->spans_given, "--spans N"},
                {o->span_bytes_given, "--span-bytes SIZE"}};
    const char *missing[3] = {NULL};
    unsigned n = 0;
    for (unsigned i = 0; i < 3; i++)
        if (!load[i].given)
            missing[n++] = load[i].text;
    if (n == 3)
        snprintf(to, size, "name the FILE of a dump, or give --rate, --spans and --span-bytes");
    else if (n > 0)
        snprintf(to, size, "name the FILE of a dump, or give %s%s%s as well", missing[0], n > 1 ? " and " : "",
                 n > 1 ? missing[1] : "");
    else
        snprintf(to, size, "name the FILE of a dump, which %s looks at",
                 o->bill                 ? "--bill"
                 : o->drops.n            ? "--drop"
                 : o->sampling.configs.n ? "--config"
                                         : "--baseline");
    return to;
}

/* A state has what was measured; what that costs is asked of all states. */
static void check_parts(const struct options *o)
{
    const char *option = o->merge ? "--merge" : "--partial";
    if (!o->partial && !o->merge)
        return;
    if (o->exact)
        tki_opts_usage(&command,
                       "%s: --exact compresses everything in the order in which it comes, which parts do not have: "
                       "leave it away, or read everything in one run",
                       option);
    if (o->partial && (o->rate_text || o->spans_given || o->span_bytes_given || o->shares.n || o->calibrate.n ||
                       o->slow_text || o->fail_on.n || o->ask.backends.n || o->ask.prices.n || o->ask.assumes.n ||
                       o->report_to_given || o->common.json))
        tki_opts_usage(&command, "--partial writes a state: give rates, prices, --slow, --share, --fail-on and -t with "
                                 "--merge");
    if (o->partial && !o->common.output && tki_term_is(STDOUT_FILENO))
        tki_opts_usage(&command, "binary output is not written to a terminal: use -o FILE or a pipe");
}

static void read_or_merge(const struct options *o, const char *const *files, size_t nfiles, struct dump *d)
{
    if (o->merge) {
        merge(o, files, nfiles, d);
        return;
    }
    read_dump(o, files, nfiles, d);
    if (o->partial)
        partial(o, files, nfiles, d);
    else
        conclude(o, d);
}

int main(int argc, char **argv)
{
    struct options o = {.ask = {.months = 12}};
    struct money m;
    struct dump d = {0};
    struct tki_inputs inputs = {0};
    const char *const *files;
    size_t nfiles;
    tki_cli_start(command.name);
    tki_opts_parse(&command, argc, argv, &o, &files, &nfiles);
    tki_report_settle(&o.report,
                      &(struct tki_report_ask){.to = o.report_to_given ? tki_report_names[o.report_to]
                                                     : o.partial ? tki_report_names[0] /* whatever the file is called */
                                                                 : NULL,
                                               .json = o.common.json,
                                               .option = "output",
                                               .path = o.common.output});
    money_settle(&command, &o.ask, &m);
    if (asks_for_prices(&o.ask)) {
        put_prices(&o.report, &m);
        money_free(&m);
        tki_cli_finish(0);
    }
    check(&o);
    check_parts(&o);
    o.docs = money_stores(&m, TKI_Q_ES_STORED);
    settle_rates(&command, &o);
    if (o.rate_text && o.rate_text[0] == '@')
        money_profile(&m, o.rate_text + 1, &o.rate);
    tki_slow_settle(&command, o.slow_text, &o.slow);
    check_fail_on(&command, &o, m.terms.month_days);
    tki_inputs_settle(&inputs, &o.common, &files, &nfiles);
    tki_sampling_check(&command, &o.sampling, files, nfiles);
    /* With everything given there is nothing to learn from standard input, which may be anything. */
    bool need_dump = !o.rate_text || !o.spans_given || !o.span_bytes_given || o.sampling.configs.n ||
                     o.sampling.baselines.n || o.bill || o.drops.n || o.partial || o.merge;
    for (const struct general_assume *a = general_assumes; a->key && (need_dump || nfiles); a++)
        if (a->without_dump && !isnan(money_assumed(&m, a->key)))
            tki_opts_usage(&command, "--assume: %s is for a report without a dump, and here is one, which says that",
                           a->key);
    char text[160];
    if (need_dump && nfiles == 0 && tki_term_is(STDIN_FILENO))
        tki_opts_usage(&command, "no file, and standard input is a terminal: %s", lacks(&o, text, sizeof text));
    if (need_dump || nfiles)
        read_or_merge(&o, files, nfiles, &d);
    if (need_dump && !d.read && !o.partial)
        tki_die(TKI_EXIT_IO, "no traces were read: %s",
                nfiles ? "there is nothing to measure" : lacks(&o, text, sizeof text));
    int status = o.partial ? d.status : report(&o, &d, &m);
    money_free(&m);
    free_dump(&d);
    tki_list_free(&o.ask.backends);
    tki_list_free(&o.ask.prices);
    tki_list_free(&o.ask.assumes);
    tki_inputs_free(&inputs);
    tki_list_free(&o.shares);
    tki_list_free(&o.calibrate);
    tki_list_free(&o.drops);
    tki_list_free(&o.fail_on);
    tki_list_free(&o.sampling.baselines);
    tki_list_free(&o.sampling.configs);
    tki_cli_finish(status);
}
