/* tracesample - replay tail sampling over captured traces. */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/num.h"
#include "cli/inputs.h"
#include "cli/msg.h"
#include "cli/opts.h"
#include "cli/progress.h"
#include "cli/term.h"
#include "report/number.h"
#include "tracesample.h"

struct options {
    struct tki_common common;
    struct tki_sampling sampling;
    const char *report, *explain, *slow, *check;
    bool report_only, no_threshold, strict, bias, lint, wait_curve, partial, merge;
    struct {
        int arrival;
        int64_t spacing_ns, delay_ns, batch_ns;
        uint64_t seed;
        bool arrival_given, spacing_given, delay_given, batch_given, seed_given, shutdown;
    } time;
};

static const char *const arrivals[] = {"complete", "end", "file", NULL}; /* enum tki_arrival_mode */
static const char *const forms[] = {"text", "tsv", "csv", "md", "tap", "junit", "sarif", "github", NULL};

#define FIELD(name) offsetof(struct options, name)
#define GIVEN(name) TKI_GIVEN(struct options, name)
static const struct tki_opt rows[] = {
    TKI_OPT_CONFIG(FIELD(sampling.configs), "the OpenTelemetry Collector's configuration; help lists the types of "
                                            "policies"),
    TKI_OPT_PROCESSOR(FIELD(sampling.processor)),
    TKI_OPT_COLLECTOR_VERSION(FIELD(sampling.version)),
    TKI_OPT_HEAD(FIELD(sampling.head)),
    TKI_OPT_SDK(FIELD(sampling.sdk)),
    TKI_OPT_GATES(FIELD(sampling.gates)),
    {0, "no-threshold", .kind = TKI_FLAG, .field = FIELD(no_threshold),
     .help = "leave spans as they came, without a new ot=th"},
    {0, "arrival", "HOW", .kind = TKI_CHOICE, .field = FIELD(time.arrival), .choices = arrivals,
     .given = GIVEN(time.arrival_given), .group = "Time",
     .help = "how spans reach the collector: complete (each trace whole, the default), end (each span when it has "
             "ended), file (a line of the dump at a time)"},
    {0, "arrival-spacing", "TIME", .kind = TKI_DURATION, .field = FIELD(time.spacing_ns),
     .given = GIVEN(time.spacing_given), .help = "complete: the time from one trace to the next (default 0)"},
    {0, "export-delay", "TIME", .kind = TKI_DURATION, .field = FIELD(time.delay_ns), .given = GIVEN(time.delay_given),
     .help = "end: from a span's end to its arrival (default 0)"},
    {0, "export-batch", "TIME", .kind = TKI_DURATION, .field = FIELD(time.batch_ns), .given = GIVEN(time.batch_given),
     .help = "end: spans are sent in intervals of that length (default: each when it has ended)"},
    {0, "shutdown", .kind = TKI_FLAG, .field = FIELD(time.shutdown),
     .help = "the collector is shut down when the last span has arrived"},
    {0, "wait-curve", .kind = TKI_FLAG, .field = FIELD(wait_curve),
     .help = "only tell what other values of decision_wait would do: late spans, decisions, memory"},
    {0, "seed", "N", .kind = TKI_UINT, .field = FIELD(time.seed), .given = GIVEN(time.seed_given),
     .help = "where the order of the traces of a second is chance: which order is drawn (default 1)"},
    TKI_OPT_FROM(FIELD(common.from)),
    TKI_OPT_RECURSIVE(FIELD(common.recursive)),
    TKI_OPT_FILES_FROM(FIELD(common.files_from)),
    TKI_OPT_COLUMNS(FIELD(common.columns)),
    TKI_OPT_RECORD_MAX(FIELD(common.record_max)),
    TKI_OPT_KEEP_GOING(FIELD(common.keep_going)),
    {'t', "to", "FORMAT", .kind = TKI_WRITABLE, .field = FIELD(common.to), .choices = forms, .group = "Output",
     .help =
         "write traces as FORMAT (default json); without traces the report as text, json, tsv, csv or md (Markdown)"},
    TKI_OPT_PROTO(FIELD(common.to)),
    TKI_OPT_OUTPUT(FIELD(common.output)),
    TKI_OPT_COMPRESS(FIELD(common.compress)),
    {'n', "report-only", .kind = TKI_FLAG, .field = FIELD(report_only), .group = "Report",
     .help = "write no traces, and the report to standard output", .brief = "the report alone: what is kept, and lost"},
    {0, "report", "FILE", .kind = TKI_STRING, .field = FIELD(report),
     .help = "write the report to FILE, as its name says: .txt, .json, .tsv, .csv, .md"},
    {0, "explain", "TRACEID", .kind = TKI_STRING, .field = FIELD(explain),
     .help = "only tell what each policy decided for that trace, and why; all with --json: a line for each trace",
     .brief = "why it is kept, or not, policy by policy"},
    TKI_OPT_SLOW(FIELD(slow)),
    {0, "bias", .kind = TKI_FLAG, .field = FIELD(bias),
     .help = "tell durations and error rates by service, of all traces and as estimated from those that are kept"},
    {0, "baseline", "FILE", .kind = TKI_LIST, .field = FIELD(sampling.baselines), .group = "Gate",
     .help = "compare with that configuration, trace by trace, in the same reading; several are compared one by one",
     .brief = "what changes against that configuration"},
    {0, "check", "FILE", .kind = TKI_STRING, .field = FIELD(check),
     .help = "write no traces, and decide the assertions in FILE; -t text, json, md, tap, junit, sarif or github",
     .brief = "a gate: assertions on what is kept"},
    {0, "strict", .kind = TKI_FLAG, .field = FIELD(strict),
     .help = "what is inconclusive in --check ends with status 4, and warnings of --lint with 1"},
    {0, "lint", .kind = TKI_FLAG, .field = FIELD(lint),
     .help = "write no traces, and tell what is odd about the configuration; with FILE also over its traces",
     .brief = "what is odd about the configuration"},
    {0, "json", .kind = TKI_FLAG, .field = FIELD(common.json), .help = "print the report as JSON"},
    {0, "partial", .kind = TKI_FLAG, .field = FIELD(partial), .group = "Parts",
     .help = "write no traces, and the state of the report, for --merge, instead of the report"},
    {0, "merge", .kind = TKI_FLAG, .field = FIELD(merge),
     .help = "read states that --partial wrote with the same configuration, in any order, and print what one run over "
             "everything prints"},
    TKI_OPT_THREADS(FIELD(common.threads), TKI_GIVEN(struct options, common.threads_given)),
    TKI_OPT_MEMORY(FIELD(common.memory)),
    TKI_OPT_PROGRESS(FIELD(common.progress)),
};

static const struct tki_command command = {
    .name = "tracesample",
    .about = "replay sampling over captured traces",
    .usage = (const char *const[]){"[OPTION]... -c CONFIG [FILE]...",
                                   "[OPTION]... --head SAMPLER [-c CONFIG] [FILE]...", "-c help [--json]", NULL},
    TKI_ROWS(rows),
    .examples =
        (const struct tki_example[]){{"tracesample -n -c collector.yaml dump.json", "what would be kept, and why"},
                                     {"tracesample -c collector.yaml -z -o kept.zst dump.json", "keep it"},
                                     {0}},
    .notes = "The report goes to standard error unless -n or --report is given.  What is replayed, and with which "
             "meaning, is told in tracekit-policy(5).",
};

static bool is_binary(const struct tk_write_opts *w)
{
    const struct tk_format_info *f;
    for (size_t i = 0; w->format && (f = tk_format_at(i)) != NULL; i++)
        if (strcmp(f->name, w->format) == 0 && f->binary)
            return true;
    return w->compress > 0;
}

/* Without traces the report is the output. */
static void settle_report(const struct options *o, bool traces, struct tki_report *report)
{
    const char *output = traces ? NULL : o->common.output;
    if (o->report && output)
        tki_opts_usage(&command, "--output and --report are one when no traces are written: give one of them");
    if (traces && tki_report_only_name(o->common.to))
        tki_opts_usage(&command, "-t %s is for reports: with -n, --explain or -c help", o->common.to);
    tki_report_settle(report, &(struct tki_report_ask){.to = traces ? NULL : o->common.to,
                                                       .json = o->common.json,
                                                       .option = o->report ? "report" : "output",
                                                       .path = o->report ? o->report : output,
                                                       .compress = traces ? 0 : o->common.compress,
                                                       .findings = o->check || o->lint,
                                                       .standard_error = traces});
}

/* How the spans arrive. */
static void settle_time(const struct options *o, struct ts_request *q)
{
    bool end = o->time.arrival_given && o->time.arrival == TKI_ARRIVE_END;
    bool complete = !o->time.arrival_given || o->time.arrival == TKI_ARRIVE_COMPLETE;
    if (o->time.spacing_given && !complete)
        tki_opts_usage(&command, "--arrival-spacing goes with --arrival complete");
    if ((o->time.delay_given || o->time.batch_given) && !end)
        tki_opts_usage(&command, "--export-delay and --export-batch go with --arrival end");
    if (o->wait_curve && (o->explain || (o->time.arrival_given && !end)))
        tki_opts_usage(&command, "--wait-curve goes with --arrival end, which it implies, and not with --explain");
    q->wait_curve = o->wait_curve;
    q->timed = o->time.arrival_given || o->time.spacing_given || o->time.shutdown;
    if ((q->timed || o->time.seed_given || o->sampling.gates.n) && !o->sampling.configs.n)
        tki_opts_usage(&command, "the options of time, and --feature-gates, go with --config");
    q->arrival = (struct tki_arrival){.mode = o->wait_curve ? TKI_ARRIVE_END : (enum tki_arrival_mode)o->time.arrival,
                                      .spacing_ns = o->time.spacing_ns,
                                      .delay_ns = o->time.delay_ns,
                                      .batch_ns = o->time.batch_ns,
                                      .shutdown = o->time.shutdown && !o->wait_curve,
                                      .seed = o->time.seed_given ? o->time.seed : 1,
                                      .memory_max = o->common.memory};
}

/* The report of parts: the one that a configuration has, and no other. */
static void check_parts(const struct options *o)
{
    const char *option = o->merge ? "--merge" : "--partial";
    if (!o->partial && !o->merge)
        return;
    if (o->check || o->explain || o->lint || o->wait_curve || o->bias || o->sampling.baselines.n)
        tki_opts_usage(&command,
                       "%s is for the report alone: --check, --explain, --lint, --wait-curve, --bias and --baseline do "
                       "not go with it",
                       option);
    if (o->time.arrival_given || o->time.spacing_given || o->time.shutdown || o->time.seed_given)
        tki_opts_usage(
            &command, "%s: traces of several parts would wait together: the options of time do not go with it", option);
    if (o->partial && (o->common.to || o->common.json || o->report))
        tki_opts_usage(&command, "--partial writes a state: give --to, --json and --report with --merge");
}

static void make_request(struct options *o, const char *const *files, size_t nfiles, struct ts_request *q)
{
    o->report_only = o->report_only || tki_common_for_people(&o->common);
    *q = (struct ts_request){.sampling = &o->sampling,
                             .files = files,
                             .nfiles = nfiles,
                             .output = o->common.output,
                             .report_only = o->report_only,
                             .no_threshold = o->no_threshold,
                             .check = o->check,
                             .strict = o->strict,
                             .bias = o->bias,
                             .lint = o->lint,
                             .reads = !o->lint || nfiles > 0,
                             .explain = o->explain && strcmp(o->explain, "all") != 0,
                             .explain_all = o->explain && strcmp(o->explain, "all") == 0};
    if (!o->sampling.configs.n && !o->sampling.head)
        tki_opts_usage(&command, "-c CONFIG is missing: the collector's configuration; or --head SAMPLER");
    tki_sampling_check(&command, &o->sampling, files, nfiles);
    if (q->explain_all && !o->common.json)
        tki_opts_usage(&command, "--explain=all prints a line of JSON for each trace: it goes with --json");
    const char *fault = q->explain ? tki_pasted_read(tki_str(o->explain), &q->pasted) : NULL;
    if (fault)
        tki_opts_usage(&command, "--explain: '%s': %s", o->explain, fault);
    q->explain_id = q->pasted.id;
    tki_slow_settle(&command, o->slow, &q->slow);
    settle_time(o, q);
    if (o->strict && !o->check && !o->lint)
        tki_opts_usage(&command, "--strict goes with --check and --lint");
    if ((o->check != NULL) + (o->explain != NULL) + o->lint + o->wait_curve > 1)
        tki_opts_usage(&command, "--check, --lint, --explain and --wait-curve do not go together");
    check_parts(o);
    q->partial = o->partial;
    q->merge = o->merge;
    bool traces = !o->report_only && !o->explain && !o->check && !o->lint && !o->wait_curve && !o->partial && !o->merge;
    settle_report(o, traces || o->partial, &q->report);
    struct tk_err err = {0};
    if (traces && tki_common_name_spans(&o->common, &err) < 0)
        tki_opts_usage(&command, "%s", err.text);
    tki_common_read_opts(&o->common, &q->read);
    tki_common_write_opts(&o->common, &q->write);
    q->read.proto_only = q->write.format && strcmp(q->write.format, "json") != 0;
    tki_common_traces_opts(&o->common, &q->traces);
    q->progress = o->common.progress;
    if (!q->output && tki_term_is(STDOUT_FILENO) && (o->partial || (traces && is_binary(&q->write))))
        tki_opts_usage(&command, "binary output is not written to a terminal: use -o FILE or a pipe");
}

static bool writes_traces(const struct ts_request *q)
{
    return !q->report_only && !q->partial && !q->explain && !q->explain_all && !q->check && !q->lint && !q->wait_curve;
}

void ts_warn_judged(const struct ts_run *run)
{
    const struct tki_replay_stats *st = tki_replay_stats(run->replay);
    tki_sampling_warn(&run->sampler);
    tki_msg_notes(&run->read_notes, NULL);
    tki_msg_notes(&run->write_notes, NULL);
    if (st->chance_credits && writes_traces(run->request))
        tki_msg_count(st->chance_credits,
                      "kept %s to a policy that chance has chosen: what recordpolicy names is of --seed %" PRIu64,
                      tki_plural(st->chance_credits, "trace is put down", "traces are put down"),
                      run->request->arrival.seed);
    if (st->nameless)
        tki_msg_count(st->nameless, "%s without a trace id judged as one trace",
                      tki_plural(st->nameless, "span was", "spans were"));
    if (st->unmarked)
        tki_msg_count(st->unmarked, "%s a tracestate that cannot take a threshold: %s as if kept for sure",
                      tki_plural(st->unmarked, "kept span has", "kept spans have"),
                      tki_plural(st->unmarked, "it counts", "they count"));
}

/* What the reader should know, apart from the report. */
static int warn(struct ts_run *run)
{
    int status = TKI_EXIT_GOOD;
    ts_warn_judged(run);
    ts_hint_keys(run);
    if (tki_msg_problems(run->pass.reader))
        status = TKI_EXIT_IO;
    if (run->pass.read_err.code) {
        tki_msg_err(&run->pass.read_err);
        status = TKI_EXIT_IO;
    } else if (run->in.traces == 0 && !run->request->partial) { /* others may hold some */
        tki_msg("no traces were read: there is nothing to judge");
        status = TKI_EXIT_IO;
    }
    if (run->output_kept)
        tki_msg_kept(run->request->output);
    return status;
}

/* The trace of which the beginning of the id was given, if it is one; *n: how many begin so.  TK_NONE: none. */
static uint32_t named_in_part(const struct ts_run *run, uint32_t *n)
{
    const struct tki_idmap *ids = &run->ledger.ids;
    uint32_t found = TK_NONE;
    *n = 0;
    for (uint32_t i = 0; i < ids->n; i++)
        if (tki_pasted_is(&run->request->pasted, ids->ids[i])) {
            found = found == TK_NONE ? i : found;
            ++*n;
        }
    return found;
}

static void say_absent(const struct ts_run *run)
{
    uint32_t n, first = named_in_part(run, &n);
    char id[TK_TRACE_ID_SIZE];
    if (first == TK_NONE) {
        bool part = !run->request->pasted.whole && run->request->pasted.digits < TKI_PASTED_MIN;
        tki_msg(part ? "no span of that trace was read; %d digits of the beginning of an id are enough"
                     : "no span of that trace was read",
                TKI_PASTED_MIN);
        return;
    }
    tk_trace_id_format(run->ledger.ids.ids[first], id);
    if (n > 1)
        tki_msg_count(n, "trace ids begin so, such as %s: give more digits", id);
    else
        tki_msg("the beginning of an id is enough where the dump is a file: here it takes --explain %s", id);
}

static int explain(struct ts_run *run)
{
    struct tki_explained x;
    struct tk_err err = {0};
    struct tki_doc d;
    int rc = tki_explain_result(run->explain, &x, &err);
    if (rc < 0)
        tki_die_err(&err);
    if (rc == 0 && tki_idmap_get(&run->ledger.ids, run->request->explain_id) == TKI_MAP_NONE) {
        say_absent(run);
        return TKI_EXIT_NO;
    }
    ts_explain(&d, run, &x);
    tki_report_write(&run->request->report, &d);
    tki_doc_free(&d);
    return TKI_EXIT_GOOD;
}

static void explain_all(struct ts_run *run)
{
    struct tki_buf text = {0};
    ts_explain_all(&text, run);
    if (text.err)
        tki_die(TKI_EXIT_IO, "out of memory");
    tki_report_bytes(&run->request->report, &text);
    tki_buf_free(&text);
}

static int wait_curve(struct ts_run *run)
{
    struct tki_doc d;
    tki_sampling_warn(&run->sampler);
    int status = tki_msg_problems(run->pass.reader) ? TKI_EXIT_IO : TKI_EXIT_GOOD;
    if (run->pass.read_err.code)
        tki_msg_err(&run->pass.read_err);
    else if (run->ledger.ids.n == 0)
        tki_msg("no traces were read: there is nothing that waits");
    if (run->pass.read_err.code || run->ledger.ids.n == 0)
        status = TKI_EXIT_IO;
    if (run->ledger.ids.n) {
        ts_wait_curve(&d, run);
        tki_report_write(&run->request->report, &d);
        tki_doc_free(&d);
    }
    ts_close(run);
    return status;
}

/* Whoever gives the beginning of an id knows the trace only when all was read: then the dump is read again for it. */
static int judge(struct ts_run *run, struct ts_request *q, struct tk_err *err)
{
    uint32_t n, row;
    int rc = ts_open(run, q, err);
    rc = rc == 0 && q->reads ? ts_judge(run, err) : rc;
    bool absent = rc == 0 && q->explain && tki_idmap_get(&run->ledger.ids, q->explain_id) == TKI_MAP_NONE;
    if (!absent || !tki_files_size(q->files, q->nfiles) || (row = named_in_part(run, &n)) == TK_NONE || n > 1)
        return rc;
    q->explain_id = run->ledger.ids.ids[row];
    ts_close(run);
    rc = ts_open(run, q, err);
    return rc < 0 ? rc : ts_judge(run, err);
}

static int run_request(struct ts_request *q)
{
    struct ts_run run;
    struct tk_err err = {0};
    struct tki_doc d;
    int status = TKI_EXIT_GOOD, rc = judge(&run, q, &err);
    if (rc == 0 && writes_traces(q))
        rc = ts_write(&run, &err);
    if (rc < 0)
        tki_die_err(&err);
    if (q->wait_curve)
        return wait_curve(&run);
    int warned = q->reads ? warn(&run) : TKI_EXIT_GOOD;
    if (q->lint) {
        ts_lint_report(&d, &run);
        tki_report_write(&q->report, &d);
        tki_doc_free(&d);
        status = ts_lint_status(&run);
    } else if (q->check) {
        ts_check_report(&d, &run);
        tki_report_write(&q->report, &d);
        tki_doc_free(&d);
        status = ts_check_status(&run);
    } else if (q->explain) {
        status = explain(&run);
    } else if (q->explain_all) {
        explain_all(&run);
    } else if (q->partial) {
        ts_partial(&run);
    } else if (run.stats.spans || !warned) { /* a report of nothing would hide the reason */
        ts_report(&d, &run);
        tki_report_write(&q->report, &d);
        tki_doc_free(&d);
    } else if (tki_keep_output(q->report.path, run.pass.reader, run.pass.read_err.code, run.stats.spans)) {
        tki_msg_kept(q->report.path);
    }
    ts_close(&run);
    return warned ? warned : status;
}

static bool asks_for_help(const struct options *o)
{
    return o->sampling.configs.n == 1 && strcmp(o->sampling.configs.item[0], "help") == 0;
}

static void list_policies(const struct options *o)
{
    struct tki_report report;
    struct tki_doc d;
    settle_report(o, false, &report);
    ts_list(&d);
    tki_report_write(&report, &d);
    tki_doc_free(&d);
}

int main(int argc, char **argv)
{
    struct options o = {0};
    struct ts_request q;
    struct tki_inputs inputs = {0};
    const char *const *files;
    size_t nfiles;
    int status = TKI_EXIT_GOOD;
    tki_cli_start(command.name);
    tki_opts_parse(&command, argc, argv, &o, &files, &nfiles);
    if (asks_for_help(&o)) {
        list_policies(&o);
    } else {
        tki_inputs_settle(&inputs, &o.common, &files, &nfiles);
        make_request(&o, files, nfiles, &q);
        if (q.reads)
            tki_refuse_terminal_input(nfiles);
        tki_refuse_own_output(files, nfiles);
        status = q.merge ? ts_merge(&q) : run_request(&q);
        tki_inputs_free(&inputs);
    }
    tki_list_free(&o.sampling.configs);
    tki_list_free(&o.sampling.gates);
    tki_list_free(&o.sampling.baselines);
    tki_cli_finish(status);
}
