/* tracediff - explain why some traces are slower than others. */
#include <stdlib.h>

#include "cli/msg.h"
#include "cli/opts.h"
#include "cli/quantity.h"
#include "cli/report.h"
#include "tracediff.h"

struct options {
    struct tki_common common;
    const char *split, *root, *service;
    struct tki_list a, b;
    int by, normalize, folded, report_to;
    bool by_given, whole, collapse, tsv, folded_given, report_to_given;
    int64_t dark_min_ns;
    double dark_share, dark_traces;
    uint64_t replicates, seed, top;
};

static const char *const bys[] = {"root", NULL}, *const switches[] = {"on", "off", NULL};
static const char *const stacks[] = {"cpath", "self", NULL};

#define FIELD(name) offsetof(struct options, name)
static const struct tki_opt rows[] = {
    {0, "split", "LOW,HIGH", .kind = TKI_STRING, .field = FIELD(split), .group = "What is compared",
     .help = "compare the traces up to one quantile of the durations with those from another on "
             "(default p50,p95)"},
    {0, "a", "FILE", .kind = TKI_LIST, .field = FIELD(a), .help = "read set A from FILE"},
    {0, "b", "FILE", .kind = TKI_LIST, .field = FIELD(b), .help = "read set B from FILE"},
    {0, "root", "NAME", .kind = TKI_STRING, .field = FIELD(root), .help = "only requests whose root span is NAME"},
    {0, "service", "NAME", .kind = TKI_STRING, .field = FIELD(service),
     .help = "only requests whose root span is of service NAME"},
    {0, "by", "KEY", .kind = TKI_CHOICE, .field = FIELD(by), .choices = bys,
     .given = TKI_GIVEN(struct options, by_given), .help = "one comparison for each root: operation at the root"},
    {0, "whole", .kind = TKI_FLAG, .field = FIELD(whole), .help = "leave out traces with several roots or none"},
    {0, "normalize", "SWITCH", .kind = TKI_CHOICE, .field = FIELD(normalize), .choices = switches, .group = "Analysis",
     .help = "replace identifiers in span names by *: on (the default), off"},
    {0, "collapse", .kind = TKI_FLAG, .field = FIELD(collapse),
     .help = "count a span that is like its parent on its parent's path"},
    {0, "dark-min", "TIME", .kind = TKI_DURATION, .field = FIELD(dark_min_ns), .min = 1,
     .help = "dark time that is worth a finding (default 5ms)"},
    {0, "dark-share", "SHARE", .kind = TKI_SHARE, .field = FIELD(dark_share),
     .help = "likewise, as a part of the median duration (default 10%)"},
    {0, "dark-traces", "SHARE", .kind = TKI_SHARE, .field = FIELD(dark_traces),
     .help = "part of the traces of a side that must have it (default 20%)"},
    {0, "bootstrap", "N", .kind = TKI_UINT, .field = FIELD(replicates), .max = 10000,
     .help = "replicates for intervals (default 200); 0: no intervals"},
    {0, "seed", "N", .kind = TKI_UINT, .field = FIELD(seed), .help = "seed of the bootstrap (default 0)"},
    {0, "top", "N", .kind = TKI_UINT, .field = FIELD(top), .group = "Report",
     .help = "rows of each table (default 10); 0: all"},
    TKI_OPT_REPORT_TO(FIELD(report_to), TKI_GIVEN(struct options, report_to_given)),
    TKI_OPT_JSON(FIELD(common.json)),
    {0, "tsv", .kind = TKI_FLAG, .field = FIELD(tsv), .help = "print a line of values for each path: -t tsv"},
    {0, "folded", "TIME", .implied = "cpath", .kind = TKI_CHOICE, .field = FIELD(folded), .choices = stacks,
     .given = TKI_GIVEN(struct options, folded_given),
     .help = "print folded stacks of both sides, for difffolded flame graphs: cpath (the default), self"},
    TKI_OPT_OUTPUT(FIELD(common.output)),
    TKI_OPT_FROM(FIELD(common.from)),
    TKI_OPT_RECORD_MAX(FIELD(common.record_max)),
    TKI_OPT_KEEP_GOING(FIELD(common.keep_going)),
    TKI_OPT_THREADS(FIELD(common.threads), TKI_GIVEN(struct options, common.threads_given)),
    TKI_OPT_MEMORY(FIELD(common.memory)),
    TKI_OPT_PROGRESS(FIELD(common.progress)),
};
static const struct tki_command command = {
    .name = "tracediff",
    .about = "explain why some traces are slower than others",
    .usage = (const char *const[]){"[OPTION]... [--split LOW,HIGH] [FILE]...", "[OPTION]... --a FILE --b FILE",
                                   "[OPTION]... FILE_A FILE_B", NULL},
    TKI_ROWS(rows),
    .examples =
        (const struct tki_example[]){
            {"tracediff dump.json", "the slowest 5 % against the faster half"},
            {"tracediff --by root dump.json", "for each kind of request"},
            {"tracediff before.json after.json", "one release against another"},
            {0},
        },
};

/* "p95", "95%", "0.95". */
static bool parse_quantile(tk_str s, double *q)
{
    if (s.n < 2 || s.p[0] != 'p')
        return tki_share_parse(s, q);
    char percent[32];
    if (s.n >= sizeof percent)
        return false;
    memcpy(percent, s.p + 1, s.n - 1);
    percent[s.n - 1] = '%';
    return tki_share_parse((tk_str){percent, s.n}, q);
}

static void parse_split(const char *text, double q[2])
{
    tk_str s = tki_str(text), prefix = TKI_STR("duration:");
    if (tki_str_starts(s, prefix))
        s = (tk_str){s.p + prefix.n, s.n - prefix.n};
    const char *comma = memchr(s.p, ',', s.n);
    size_t n = comma ? (size_t)(comma - s.p) : 0;
    if (!comma || !parse_quantile((tk_str){s.p, n}, &q[0]) || !parse_quantile((tk_str){comma + 1, s.n - n - 1}, &q[1]))
        tki_opts_usage(&command, "--split=%s: expected two quantiles such as p50,p95", text);
    if (q[0] > q[1])
        tki_opts_usage(&command, "--split=%s: the first quantile is above the second", text);
}

/* Which files make which set: see the manual. */
static void choose_sets(struct td_request *r, const struct options *o, const char *const *files, size_t nfiles)
{
    bool sets = o->a.n || o->b.n;
    if (sets && (!o->a.n || !o->b.n))
        tki_opts_usage(&command, "--a and --b go together");
    if (sets && (nfiles || o->split))
        tki_opts_usage(&command, "with --a and --b there is no %s", o->split ? "--split" : "other file");
    r->compare.split = !sets && (o->split || nfiles != 2);
    r->files[0] = sets ? o->a.item : files;
    r->nfiles[0] = sets ? o->a.n : r->compare.split ? nfiles : 1;
    r->files[1] = sets ? o->b.item : files + 1;
    r->nfiles[1] = sets ? o->b.n : r->compare.split ? 0 : 1;
    if (o->split)
        parse_split(o->split, r->compare.q);
}

static struct td_request request_of(const struct options *o, const char *const *files, size_t nfiles)
{
    struct td_request r = {.compare = tki_compare_defaults, .dark = tki_dark_defaults, .root = o->root};
    if (o->folded_given && (o->common.json || o->tsv || o->report_to_given))
        tki_opts_usage(&command, "--folded prints stacks: --to, --json and --tsv do not go with it");
    choose_sets(&r, o, files, nfiles);
    r.service = o->service;
    r.by_root = o->by_given;
    r.top = o->top;
    r.compare.whole_only = o->whole;
    r.compare.seed = o->seed;
    r.compare.replicates = (uint32_t)o->replicates;
    r.compare.intervals_max = r.top;
    r.dark.min_ns = o->dark_min_ns;
    r.dark.share_min = o->dark_share;
    r.dark.traces_min = o->dark_traces;
    r.profile = (struct tki_profile_opts){
        .keep_names = o->normalize == 1, .collapse = o->collapse, .gap_min_ns = (o->dark_min_ns + 9) / 10};
    r.folded = !o->folded_given ? TD_NOT_FOLDED : o->folded ? TD_FOLDED_SELF : TD_FOLDED_CPATH;
    return r;
}

/* Both sets; the status that reading them leaves. */
static int read_sets(struct td_answer *a, const struct tki_common *common)
{
    int status = TKI_EXIT_GOOD;
    struct tki_progress progress = {0};
    struct td_input in = {.progress = &progress};
    tki_common_read_opts(common, &in.read);
    tki_common_traces_opts(common, &in.traces);
    tki_progress_open(&progress, common->progress);
    for (int set = 0; set < (a->request->compare.split ? 1 : 2); set++) {
        struct tk_err err = {0};
        if (td_read(a, set, &in, &err) < 0) {
            tki_msg_err(&err);
            status = tki_err_status(&err);
        }
    }
    tki_progress_close(&progress);
    return a->skipped && status == TKI_EXIT_GOOD ? TKI_EXIT_IO : status;
}

/* How the report is written; folded stacks are a text of their own. */
static struct tki_report settle(const struct options *o)
{
    struct tki_report r;
    const char *to = o->report_to_given ? tki_report_names[o->report_to] : NULL;
    tki_report_settle(&r, &(struct tki_report_ask){.to = o->folded_given && !to ? "text" : to,
                                                   .json = o->common.json && !o->folded_given,
                                                   .tsv = o->tsv && !o->folded_given,
                                                   .option = "output",
                                                   .path = o->common.output});
    return r;
}

int main(int argc, char **argv)
{
    struct options o = {.dark_min_ns = tki_dark_defaults.min_ns,
                        .dark_share = tki_dark_defaults.share_min,
                        .dark_traces = tki_dark_defaults.traces_min,
                        .top = 10,
                        .replicates = tki_compare_defaults.replicates};
    const char *const *files;
    size_t nfiles, empty = 0;
    tki_cli_start(command.name);
    tki_opts_parse(&command, argc, argv, &o, &files, &nfiles);
    struct tki_report report = settle(&o);
    tki_refuse_terminal_input(o.a.n || o.b.n ? 1 : nfiles);
    struct td_request request = request_of(&o, files, nfiles);
    struct td_answer answer = {.request = &request};
    struct tki_doc doc;
    struct tki_buf folded = {0};
    if (tki_profile_init(&answer.profile, &request.profile) < 0)
        tki_die(TKI_EXIT_IO, "out of memory");
    int status = read_sets(&answer, &o.common);
    td_report_begin(&doc, &answer, status == TKI_EXIT_GOOD);
    if (status != TKI_EXIT_USAGE && td_compare_all(&answer, &doc, &folded, &empty) < 0)
        tki_die(TKI_EXIT_IO, "out of memory");
    td_report_end(&doc);
    if (answer.ngroups > 0) {
        if (request.folded)
            tki_report_bytes(&report, &folded);
        else
            tki_report_write(&report, &doc);
    } else if (status != TKI_EXIT_USAGE) {
        tki_msg(answer.profile.ntraces ? "nothing to compare: one side has no traces" : "no traces");
        status = TKI_EXIT_IO;
    }
    if (empty)
        tki_msg("%zu kinds of requests have traces on one side only and were left out", empty);
    tki_buf_free(&folded);
    tki_doc_free(&doc);
    tki_profile_free(&answer.profile);
    tki_list_free(&o.a);
    tki_list_free(&o.b);
    tki_cli_finish(status);
}
