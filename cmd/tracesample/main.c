/* tracesample - replay tail sampling over captured traces. */
#include <stdio.h>
#include <unistd.h>

#include "base/num.h"
#include "cli/msg.h"
#include "cli/opts.h"
#include "cli/term.h"
#include "io/sink.h"
#include "tracesample.h"

struct options {
    struct tki_common common;
    struct tki_sampling sampling;
    const char *report, *explain;
    bool report_only, no_threshold, list;
};

#define FIELD(name) offsetof(struct options, name)
static const struct tki_opt rows[] = {
    TKI_OPT_CONFIG(FIELD(sampling.configs), "the OpenTelemetry Collector's configuration"),
    TKI_OPT_PROCESSOR(FIELD(sampling.processor)),
    TKI_OPT_COLLECTOR_VERSION(FIELD(sampling.version)),
    {0, "no-threshold", .kind = TKI_FLAG, .field = FIELD(no_threshold),
     .help = "leave spans as they came, without a new ot=th"},
    {0, "list-policies", .kind = TKI_FLAG, .field = FIELD(list), .help = "list the types of policies and exit"},
    TKI_OPT_FROM(FIELD(common.from)),
    TKI_OPT_RECORD_MAX(FIELD(common.record_max)),
    TKI_OPT_KEEP_GOING(FIELD(common.keep_going)),
    TKI_OPT_TO(FIELD(common.to)),
    TKI_OPT_PROTO(FIELD(common.to)),
    TKI_OPT_OUTPUT(FIELD(common.output)),
    TKI_OPT_COMPRESS(FIELD(common.compress)),
    {'n', "report-only", .kind = TKI_FLAG, .field = FIELD(report_only), .group = "Report",
     .help = "write no traces, and the report to standard output"},
    {0, "report", "FILE", .kind = TKI_STRING, .field = FIELD(report), .help = "write the report to FILE"},
    {0, "explain", "TRACEID", .kind = TKI_STRING, .field = FIELD(explain),
     .help = "only tell what each policy decided for that trace, and why"},
    {0, "json", .kind = TKI_FLAG, .field = FIELD(common.json), .help = "print the report as JSON"},
    TKI_OPT_THREADS(FIELD(common.threads), TKI_GIVEN(struct options, common.threads_given)),
    TKI_OPT_MEMORY(FIELD(common.memory)),
    TKI_OPT_PROGRESS(FIELD(common.progress)),
};

static const struct tki_command command = {
    .name = "tracesample",
    .about = "replay tail sampling over captured traces",
    .usage = (const char *const[]){"[OPTION]... -c CONFIG [FILE]...", "--list-policies [--json]", NULL},
    TKI_ROWS(rows),
    .examples =
        (const struct tki_example[]){{"tracesample -n -c collector.yaml dump.json", "what would be kept, and why"},
                                     {"tracesample -c collector.yaml -z -o kept.zst dump.json", "keep it"},
                                     {0}},
    .notes = "The report goes to standard error unless -n or --report is given.  What is replayed, and with which "
             "meaning, is told in tracekit-policy(5).",
};

static bool parse_id(const char *text, tk_id128 *id)
{
    tk_str s = tki_str(text), low = s;
    if (s.n == 0 || s.n > 32)
        return false;
    size_t high = s.n > 16 ? s.n - 16 : 0;
    low.p += high;
    low.n -= high;
    return tki_hex_short((tk_str){s.p, high}, &id->hi) && tki_hex_short(low, &id->lo);
}

/* Text to a file, standard output (path "-"), or standard error (NULL). */
static void put_report(const struct tki_buf *b, const char *path, int compress)
{
    struct tki_sink *sink;
    struct tk_err err = {0};
    if (b->err)
        tki_die(TKI_EXIT_IO, "out of memory");
    if (!path) {
        fwrite(b->p, 1, b->n, stderr);
        return;
    }
    int rc = tki_sink_open(&sink, path, compress, 0, &err);
    if (rc < 0)
        tki_die_err(&err);
    rc = tki_sink_write(sink, b->p, b->n, &err);
    if (rc == 0)
        rc = tki_sink_close(sink, &err);
    else
        tki_sink_abort(sink);
    if (rc < 0)
        tki_die_err(&err);
}

static bool is_binary(const struct tk_write_opts *w)
{
    const struct tk_format_info *f;
    for (size_t i = 0; w->format && (f = tk_format_at(i)) != NULL; i++)
        if (strcmp(f->name, w->format) == 0 && f->binary)
            return true;
    return w->compress > 0;
}

/* Where the report goes, and how it is written.  Without traces it is the output. */
static void name_report(const struct options *o, bool traces, struct ts_request *q)
{
    struct tki_common c = {.json = o->common.json};
    struct tk_err err = {0};
    const char *output = traces ? NULL : o->common.output;
    if (o->report && output)
        tki_opts_usage(&command, "--output and --report are one when no traces are written: give one of them");
    q->report = o->report ? o->report : output ? output : traces ? NULL : "-";
    if (tki_common_name_report(&c, o->report ? "report" : "output", q->report, c.json, NULL, &err) < 0)
        tki_opts_usage(&command, "%s", err.text);
    q->json = c.json;
    q->report_compress = (int)c.compress;
}

static void make_request(struct options *o, const char *const *files, size_t nfiles, struct ts_request *q)
{
    *q = (struct ts_request){.sampling = &o->sampling,
                             .files = files,
                             .nfiles = nfiles,
                             .output = o->common.output,
                             .report_only = o->report_only,
                             .no_threshold = o->no_threshold,
                             .explain = o->explain != NULL};
    if (!o->sampling.configs.n)
        tki_opts_usage(&command, "-c CONFIG is missing: the collector's configuration");
    tki_sampling_check(&command, &o->sampling, files, nfiles);
    if (o->explain && !parse_id(o->explain, &q->explain_id))
        tki_opts_usage(&command, "--explain: '%s' is not a trace id of up to 32 hexadecimal digits", o->explain);
    bool traces = !o->report_only && !o->explain;
    name_report(o, traces, q);
    struct tk_err err = {0};
    if (traces && tki_common_name_spans(&o->common, &err) < 0)
        tki_opts_usage(&command, "%s", err.text);
    tki_common_read_opts(&o->common, &q->read);
    tki_common_write_opts(&o->common, &q->write);
    tki_common_traces_opts(&o->common, &q->traces);
    q->progress = o->common.progress;
    if (traces && !q->output && tki_term_is(STDOUT_FILENO) && is_binary(&q->write))
        tki_opts_usage(&command, "binary output is not written to a terminal: use -o FILE or a pipe");
}

/* What the reader should know, apart from the report. */
static int warn(struct ts_run *run)
{
    int status = TKI_EXIT_GOOD;
    const struct tki_replay_stats *st = tki_replay_stats(run->replay);
    tki_sampling_warn(&run->sampler);
    tki_msg_notes(&run->read_notes, NULL);
    tki_msg_notes(&run->write_notes, NULL);
    if (st->nameless)
        tki_msg("%llu spans without a trace id were judged as one trace", (unsigned long long)st->nameless);
    if (st->unmarked)
        tki_msg("%llu kept spans have a tracestate that cannot take a threshold: they count as if kept for sure",
                (unsigned long long)st->unmarked);
    if (tki_msg_problems(run->pass.reader))
        status = TKI_EXIT_IO;
    if (run->pass.read_err.code) {
        tki_msg_err(&run->pass.read_err);
        status = TKI_EXIT_IO;
    } else if (st->in.traces == 0) {
        tki_msg("no traces were read: there is nothing to judge");
        status = TKI_EXIT_IO;
    }
    return status;
}

static int explain(struct ts_run *run, struct tki_buf *to)
{
    struct tki_explained x;
    struct tk_err err = {0};
    int rc = tki_explain_result(run->explain, &x, &err);
    if (rc < 0)
        tki_die_err(&err);
    if (rc == 0) {
        tki_msg("no span of that trace was read");
        return TKI_EXIT_NO;
    }
    (run->request->json ? ts_explain_json : ts_explain_text)(to, run, &x);
    return TKI_EXIT_GOOD;
}

static int run_request(const struct ts_request *q)
{
    struct ts_run run;
    struct tk_err err = {0};
    struct tki_buf text = {0};
    int status = TKI_EXIT_GOOD, rc = ts_open(&run, q, &err);
    if (rc == 0)
        rc = ts_judge(&run, &err);
    if (rc == 0 && !q->report_only && !q->explain)
        rc = ts_write(&run, &err);
    if (rc < 0)
        tki_die_err(&err);
    int warned = warn(&run);
    if (q->explain)
        status = explain(&run, &text);
    else if (q->json)
        ts_report_json(&text, &run);
    else if (run.stats.spans || !warned) /* a report of nothing would hide the reason */
        ts_report_text(&text, &run);
    put_report(&text, q->report, q->report_compress);
    tki_buf_free(&text);
    ts_close(&run);
    return warned ? warned : status;
}

int main(int argc, char **argv)
{
    struct options o = {0};
    struct ts_request q;
    const char *const *files;
    size_t nfiles;
    int status = TKI_EXIT_GOOD;
    tki_cli_start(command.name);
    tki_opts_parse(&command, argc, argv, &o, &files, &nfiles);
    if (o.list) {
        struct tki_buf text = {0};
        name_report(&o, false, &q);
        (q.json ? ts_list_json : ts_list_text)(&text);
        put_report(&text, q.report, q.report_compress);
        tki_buf_free(&text);
    } else {
        make_request(&o, files, nfiles, &q);
        tki_refuse_terminal_input(nfiles);
        tki_refuse_own_output(files, nfiles);
        status = run_request(&q);
    }
    tki_list_free(&o.sampling.configs);
    tki_cli_finish(status);
}
