/* tracecat - read any trace dump, write any other. */
#include <stdio.h>
#include <unistd.h>

#include "analyze/verify.h"
#include "ask.h"
#include "cli/msg.h"
#include "cli/term.h"
#include "pipe.h"

#define FIELD(name) offsetof(struct options, name)
#define GIVEN(name) TKI_GIVEN(struct options, name)

static const char *const sort_keys[] = {"none", "time", "duration", "id", NULL}; /* enum sort_key */

static const struct tki_opt rows[] = {
    TKI_OPT_FROM(FIELD(common.from)),
    TKI_OPT_RECORD_MAX(FIELD(common.record_max)),
    TKI_OPT_KEEP_GOING(FIELD(common.keep_going)),
    {.name = "trace",
     .arg = "ID",
     .kind = TKI_LIST,
     .field = FIELD(traces),
     .group = "Selection",
     .help =
         "only spans of the trace with this id (hexadecimal, leading zeros may be left out); may be given several times"},
    {.name = "since",
     .arg = "TIME",
     .kind = TKI_TIME,
     .field = FIELD(since_ns),
     .given = GIVEN(since_given),
     .help =
         "only spans that start at TIME or later: 2026-05-01T12:00:00Z, 2026-05-01, or Unix time, 10 digits in seconds, 13 ms, 16 us, 19 ns"},
    {.name = "until",
     .arg = "TIME",
     .kind = TKI_TIME,
     .field = FIELD(until_ns),
     .given = GIVEN(until_given),
     .help = "only spans that start before TIME"},
    {.name = "shard",
     .arg = "I/N",
     .kind = TKI_STRING,
     .field = FIELD(shard),
     .help = "only the traces of the I-th of N shares, chosen by a hash of the trace id"},
    {.name = "limit",
     .arg = "N",
     .kind = TKI_UINT,
     .field = FIELD(limit),
     .given = GIVEN(limit_given),
     .help = "only the first N traces, in the order of the output"},
    {.letter = 'q',
     .name = "query",
     .arg = "QUERY",
     .kind = TKI_STRING,
     .field = FIELD(query),
     .help = "select what the TraceQL query asks for: whole traces, or a table; see tracekit-query(7)"},
    {.name = "spans",
     .kind = TKI_FLAG,
     .field = FIELD(spans),
     .help = "with --query: only the spans that match, not their traces"},
    {.name = "step",
     .arg = "TIME",
     .kind = TKI_DURATION,
     .field = FIELD(step_ns),
     .min = 1,
     .help = "with a query that ends in metrics: a row for each interval of TIME (default: one for all)"},
    {.letter = 't',
     .name = "to",
     .arg = "FORMAT",
     .kind = TKI_WRITABLE,
     .field = FIELD(common.to),
     .choices = view_names,
     .group = "Output",
     .help = "write FORMAT (default json); tree shows waterfalls; see --formats"},
    TKI_OPT_PROTO(FIELD(common.to)),
    TKI_OPT_OUTPUT(FIELD(common.output)),
    TKI_OPT_COMPRESS(FIELD(common.compress)),
    {.name = "group", .kind = TKI_FLAG, .field = FIELD(group), .help = "put the spans of each trace together"},
    {.name = "sort",
     .arg = "KEY",
     .implied = "time",
     .kind = TKI_CHOICE,
     .field = FIELD(sort),
     .choices = sort_keys,
     .help =
         "sort spans, or traces where they stay together, by their start (time, the default), duration (longest first) or id"},
    {.name = "dedup",
     .kind = TKI_FLAG,
     .field = FIELD(dedup),
     .help = "leave out copies of spans; puts traces together"},
    {.name = "repair",
     .arg = "KINDS",
     .implied = "dup,cycles,skew,orphans,clip",
     .kind = TKI_SET,
     .field = FIELD(repair),
     .choices = repair_words,
     .help =
         "mend traces, and count what was changed: copies of spans (dup), circles of parents (cycles), clocks that differ (skew, or jaeger-skew), lost parents (orphans), spans that leave their parent's window (clip); default: all, with skew"},
    {.name = "verify",
     .arg = "CHECKS",
     .implied = "ids,duplicates,times,cycles,orphans,root,roots,propagation,entry,outside,clocks",
     .kind = TKI_SET,
     .field = FIELD(verify),
     .choices = tki_check_words,
     .help =
         "report what is wrong instead of writing spans, and exit with 1 when anything is; CHECKS, separated by commas: ids, duplicates, times, cycles, orphans, root, roots, propagation, entry, outside, clocks (default: all)"},
    {.name = "redact",
     .arg = "RULE",
     .kind = TKI_LIST,
     .field = FIELD(redact),
     .help =
         "take values out: drop:KEY, mask:KEY, hash:KEY, mask:/REGEX/, mask:KEY=/REGEX/; KEY may hold * and ?, or be @name, @event, @status, @state; may be given several times"},
    {.name = "redact-key",
     .arg = "FILE",
     .kind = TKI_STRING,
     .field = FIELD(redact_key),
     .help = "the key of hash rules is in FILE, or a new one for random; else in TRACEKIT_REDACT_KEY"},
    {.name = "split",
     .arg = "DIR",
     .kind = TKI_STRING,
     .field = FIELD(split),
     .help = "write each trace to a file of its own in DIR"},
    {.name = "force", .kind = TKI_FLAG, .field = FIELD(force), .help = "let --split replace files"},
    {.name = "lossless",
     .kind = TKI_FLAG,
     .field = FIELD(lossless),
     .help = "what FORMAT cannot hold of a span goes into its tag tracekit.rest, and comes back when it is read"},
    {.name = "stats",
     .kind = TKI_FLAG,
     .field = FIELD(stats),
     .help = "print one screen about the dump instead of its spans"},
    TKI_OPT_JSON(FIELD(common.json)),
    TKI_OPT_COLOR(FIELD(common.color)),
    {.name = "formats", .kind = TKI_FLAG, .field = FIELD(formats), .help = "list the formats, read and written"},
    TKI_OPT_THREADS(FIELD(common.threads), GIVEN(common.threads_given)),
    TKI_OPT_MEMORY(FIELD(common.memory)),
    TKI_OPT_PROGRESS(FIELD(common.progress)),
};

static const struct tki_command command = {
    .name = "tracecat",
    .about = "read any dump of traces, convert, filter, group and show it",
    .usage = (const char *const[]){"[OPTION]... [FILE]...", NULL},
    TKI_ROWS(rows),
    .examples =
        (const struct tki_example[]){
            {"tracecat --stats dump.json.zst", "what is in it"},
            {"tracecat -t tree --limit 3 dump.json", "the first traces as waterfalls"},
            {"tracecat jaeger.json zipkin.json -u >all.pb", "two dumps into one stream of OTLP protobuf"},
            {"tracecat -q '{ duration > 1s && status = error }' dump.json", "traces with a slow span that failed"},
            {"tracecat -t dot dump.json | dot -Tsvg >services.svg",
             "which service calls which, how often and how long"},
            {"tracecat -t rows dump.pb | jq 'select(.status == \"error\") | .name'", "the names of failed spans"},
            {0}},
};

/* Once it is known whether spans are written. */
static void settle_output(struct options *o)
{
    bool table = o->ask && o->ask->table, tsv;
    if (o->stats || o->verify || table)
        tki_common_name_report(&o->common, "output", o->common.output, o->common.json, table ? &tsv : NULL);
    else
        tki_common_name_spans(&o->common);
    const struct tki_format *f = o->common.to ? tki_target_find(o->common.to) : NULL;
    if (o->lossless && (o->stats || (o->common.to && (!f || !tki_format_lossless(f)))))
        tki_opts_usage(&command, "--lossless is for formats that are read back, not for %s",
                       o->stats ? "--stats" : o->common.to);
    if (!o->common.output && !o->split && !o->stats && ((f && f->info.binary) || o->common.compress) &&
        tki_term_is(STDOUT_FILENO))
        tki_opts_usage(&command, "binary output is not written to a terminal: use -o FILE or a pipe");
}

static void check(const struct options *o)
{
    if (o->common.json && !o->stats && !o->query && !o->verify)
        tki_opts_usage(&command,
                       "--json is for --stats, --verify and --query; for spans as JSON use --to=rows or --to=json");
    if ((o->spans || o->step_ns) && !o->query)
        tki_opts_usage(&command, "%s goes with --query", o->spans ? "--spans" : "--step");
    if (o->stats && o->query)
        tki_opts_usage(&command, "--stats counts everything: --query does not go with it");
    if (o->stats && (o->common.to || o->group || o->sort || o->dedup || o->repair || o->split || o->common.compress))
        tki_opts_usage(
            &command,
            "--stats prints a report: --to, --compress, --group, --sort, --dedup, --repair and --split do not go with it");
    if (o->redact.n && o->stats)
        tki_opts_usage(&command, "--stats prints names as they are: --redact does not go with it");
    if (o->verify && (o->stats || o->common.to || o->common.compress || o->split || o->redact.n))
        tki_opts_usage(&command,
                       "--verify prints a report: --stats, --to, --compress, --split and --redact do not go with it");
    if (o->redact_key && !o->redact.n)
        tki_opts_usage(&command, "--redact-key is for --redact");
    if (o->split && o->common.output)
        tki_opts_usage(&command, "--split names the files: --output does not go with it");
    if (o->force && !o->split)
        tki_opts_usage(&command, "--force is for --split");
}

int main(int argc, char **argv)
{
    struct options o = {0};
    const char *const *files;
    size_t nfiles;
    tki_cli_start(command.name);
    tki_opts_parse(&command, argc, argv, &o, &files, &nfiles);
    int status = 0;
    if (o.formats) {
        list_formats();
    } else {
        check(&o);
        tki_refuse_terminal_input(nfiles);
        tki_refuse_own_output(files, nfiles);
        struct ask ask;
        if (o.query)
            ask_open(o.ask = &ask, &o);
        settle_output(&o);
        status = o.stats ? summarize(&o, files, nfiles) : convert(&o, files, nfiles);
        if (o.query)
            ask_close(&ask);
    }
    tki_list_free(&o.traces);
    tki_list_free(&o.redact);
    tki_cli_finish(status);
}
