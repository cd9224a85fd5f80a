/* tracediff - explain why some traces are slower than others. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/num.h"
#include "cli/inputs.h"
#include "cli/merge.h"
#include "cli/msg.h"
#include "cli/opts.h"
#include "cli/quantity.h"
#include "cli/report.h"
#include "cli/slow.h"
#include "cli/term.h"
#include "gate.h"
#include "report/number.h"

struct options {
    struct tki_common common;
    const char *what_if, *pair, *split, *root, *slow, *fail_on, *bootstrap;
    struct tki_list a, b;
    int report_to, repair;
    bool partial, merge, grouped, drag, report_to_given, tables_given, strict, dark_given;
    int64_t dark_min_ns;
    uint64_t tables, traces;
};

/* How traces are taken. */
static const char *const ways[] = {"whole", "names", "collapse", "all", NULL};
enum way { WAY_WHOLE = 1 << 0, WAY_NAMES = 1 << 1, WAY_COLLAPSE = 1 << 2, WAY_ALL = 1 << 3 };
/* What is written: a report in one of the forms that all reports have, stacks, or spans. */
static const char *const forms[] = {"text", "json", "tsv", "csv", "md", "html", "folded", "folded-self", "otlp", NULL};
enum { REPLICATES_MAX = 10000 };
enum form { FORM_FOLDED = 6, FORM_FOLDED_SELF, FORM_OTLP };
static const char *const repair_words[] = {"skew", "none", "jaeger-skew", NULL}; /* enum td_repair */

#define FIELD(name) offsetof(struct options, name)
static const struct tki_opt rows[] = {
    TKI_OPT_SLOW_IN(FIELD(slow), "What is compared"),
    {0, "split", "LOW,HIGH", .kind = TKI_STRING, .field = FIELD(split),
     .help = "instead of by what is slow: traces up to one quantile of all durations with those from another, such as "
             "p50,p95; or two durations, such as 500ms,2s"},
    {0, "a", "FILE", .kind = TKI_LIST, .field = FIELD(a),
     .help = "read set A from FILE; a TraceQL query in braces: the traces of all files that it selects",
     .brief = "a file, or a query: those against --b, or the rest"},
    {0, "b", "FILE", .kind = TKI_LIST, .field = FIELD(b),
     .help = "likewise set B; of one query the other set is the rest"},
    {0, "pair", "ID,ID", .implied = "", .kind = TKI_STRING, .field = FIELD(pair),
     .help =
         "two traces side by side, aligned: those with these ids; without ids the trace of FILE_A and that of FILE_B",
     .brief = "two traces side by side"},
    {0, "root", "NAME", .kind = TKI_STRING, .field = FIELD(root),
     .help = "only requests whose root span is NAME, or 'SERVICE: NAME'; 'SERVICE: *' for all roots of SERVICE",
     .brief = "only requests of this kind"},
    {0, "grouped", .kind = TKI_FLAG, .field = FIELD(grouped),
     .help = "the spans of each trace stand together: nothing is sorted; a trace that comes back is an error"},
    {0, "traces", "WAYS", .kind = TKI_SET, .field = FIELD(traces), .choices = ways, .group = "Analysis",
     .help = "how traces are taken, WAYS from whole (those with several roots or none are left out), names (as they "
             "are, identifiers in them not replaced by *), collapse (a span that is like its parent counts on its "
             "parent's path), all (of more than 10,000 too; else of so many a sample is looked at)"},
    {0, "repair", "KIND", .kind = TKI_CHOICE, .field = FIELD(repair), .choices = repair_words,
     .help = "clocks of hosts that differ: skew, one offset for each pair of hosts where calls show one (the default); "
             "jaeger-skew, as Jaeger does it; none"},
    {0, "bootstrap", "N[,SEED]", .kind = TKI_STRING, .field = FIELD(bootstrap),
     .help = "replicates for intervals (default 1000), 0: no intervals; SEED of these and of permutations (default 0)"},
    {0, "fail-on", "LEVEL>+MORE", .kind = TKI_STRING, .field = FIELD(fail_on), .group = "Check",
     .help = "of two sets: status 1 when B is slower than A by more than that, such as 'p95>+5%' or 'mean>+20ms'; "
             "levels are mean, p50, p95, p99",
     .brief = "a gate: 'p95>+5%', 'mean>+20ms'"},
    {0, "strict", .kind = TKI_FLAG, .field = FIELD(strict),
     .help = "with --fail-on: status 4 when there are too few traces to know"},
    {0, "dark", "MIN", .implied = "1ms", .kind = TKI_DURATION, .field = FIELD(dark_min_ns), .min = 1,
     .given = TKI_GIVEN(struct options, dark_given), .group = "Report",
     .help = "only show where dark time of at least MIN (default 1ms) is: nothing that is instrumented runs there",
     .brief = "where nothing that is instrumented runs"},
    {0, "what-if", "PATTERN xN", .kind = TKI_STRING, .field = FIELD(what_if),
     .help =
         "how long requests would take if operations took N times as long, such as 'db/SELECT* x0.5': the pattern is "
         "of SERVICE/NAME, or of a name alone"},
    {0, "drag", .kind = TKI_FLAG, .field = FIELD(drag),
     .help = "only show how much shorter requests would be without their calls (drag), and how much longer calls may "
             "take (slack)"},
    {0, "tables", "N", .implied = "10", .kind = TKI_UINT, .field = FIELD(tables),
     .given = TKI_GIVEN(struct options, tables_given),
     .help = "show all tables, N rows of each (default 10); 0: all rows",
     .brief = "all numbers, not the sentences alone"},
    {'t', "to", "FORM", .kind = TKI_CHOICE, .field = FIELD(report_to),
     .given = TKI_GIVEN(struct options, report_to_given), .choices = forms, .group = "Output",
     .help =
         "print the report as text (the default), json, tsv or csv (a line for each path), md (Markdown) or html (a page); "
         "folded: stacks of both sides for flame graphs, of time on the critical path, folded-self: of self time; "
         "otlp: the spans, with what was found of their time; the name of -o says it, too",
     .brief = "text, json, tsv, csv, md, html, folded, otlp"},
    {0, "partial", .kind = TKI_FLAG, .field = FIELD(partial),
     .help = "write the state of the traces that are looked at, for --merge, instead of the report"},
    {0, "merge", .kind = TKI_FLAG, .field = FIELD(merge),
     .help = "read states that --partial wrote, in any order, all of one set or as --a and --b, and print what one run "
             "over everything prints"},
    TKI_OPT_JSON(FIELD(common.json)),
    TKI_OPT_OUTPUT(FIELD(common.output)),
    TKI_OPT_FROM(FIELD(common.from)),
    TKI_OPT_RECURSIVE(FIELD(common.recursive)),
    TKI_OPT_FILES_FROM(FIELD(common.files_from)),
    TKI_OPT_COLUMNS(FIELD(common.columns)),
    TKI_OPT_RECORD_MAX(FIELD(common.record_max)),
    TKI_OPT_KEEP_GOING(FIELD(common.keep_going)),
    TKI_OPT_THREADS(FIELD(common.threads), TKI_GIVEN(struct options, common.threads_given)),
    TKI_OPT_MEMORY(FIELD(common.memory)),
    TKI_OPT_PROGRESS(FIELD(common.progress)),
};
static const struct tki_asked asked[] = {
    {"by", "--root 'NAME' for one kind of requests; without it each kind is compared with itself"},
    {"trace", "--pair=ID,ID for two traces side by side; one alone: tracecat -t tree --trace ID FILE"},
    {"service", "--root 'SERVICE: *'"},
    {"operation", "--root 'NAME'"},
    {"before", "--a FILE --b FILE, or two files"},
    {"after", "--a FILE --b FILE, or two files"},
    {"threshold", "--slow 500ms, or --fail-on 'p95>+5%' for a gate"},
    {"query", "--a '{ ... }', the rest is the other side"},
    {"html", "-t html, or -o report.html"},
    {"seed", "--bootstrap N,SEED"},
    {"whole", "--traces=whole"},
    {"normalize", "--traces=names, to take names as they are"},
    {"collapse", "--traces=collapse"},
    {"tsv", "-t tsv"},
    {0},
};

static const struct tki_command command = {
    .name = "tracediff",
    .asked = asked,
    .about = "explain why some traces are slower than others",
    .usage = (const char *const[]){"[OPTION]... [FILE]...", "[OPTION]... --a FILE --b FILE",
                                   "[OPTION]... FILE_A FILE_B", NULL},
    TKI_ROWS(rows),
    .examples =
        (const struct tki_example[]){
            {"tracediff dump.json", "why the slow requests are slow"},
            {"tracediff --slow 500ms --root 'GET /cart' dump.json", "of one kind, above a limit"},
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

static void parse_split(const char *text, struct tki_compare_opts *o)
{
    tk_str s = tki_str(text), prefix = TKI_STR("duration:");
    if (tki_str_starts(s, prefix))
        s = (tk_str){s.p + prefix.n, s.n - prefix.n};
    const char *comma = tki_str_find(s, ',');
    size_t n = comma ? (size_t)(comma - s.p) : 0;
    tk_str part[2] = {{s.p, n}, {comma ? comma + 1 : s.p, comma ? s.n - n - 1 : 0}};
    if (comma && tki_duration_parse(part[0], &o->at_ns[0]) && tki_duration_parse(part[1], &o->at_ns[1])) {
        o->split = TKI_SPLIT_TIMES;
        if (o->at_ns[0] > o->at_ns[1])
            tki_opts_usage(&command, "--split=%s: the first duration is above the second", text);
        return;
    }
    o->split = TKI_SPLIT_QUANTILES;
    if (!comma || !parse_quantile(part[0], &o->q[0]) || !parse_quantile(part[1], &o->q[1]))
        tki_opts_usage(&command, "--split=%s: expected two quantiles such as p50,p95 or two durations such as 500ms,2s",
                       text);
    if (o->q[0] > o->q[1])
        tki_opts_usage(&command, "--split=%s: the first quantile is above the second", text);
}

/* "200" or "200,7". */
static void parse_bootstrap(const char *text, struct tki_compare_opts *o)
{
    if (!text)
        return;
    tk_str s = tki_str(text);
    const char *comma = tki_str_find(s, ',');
    size_t n = comma ? (size_t)(comma - s.p) : s.n;
    uint64_t replicates;
    if (!tki_parse_u64((tk_str){s.p, n}, &replicates) || replicates > REPLICATES_MAX ||
        (comma && !tki_parse_u64((tk_str){comma + 1, s.n - n - 1}, &o->seed)))
        tki_opts_usage(&command, "--bootstrap=%s: expected a number of replicates up to %d, and behind a comma a seed",
                       text, REPLICATES_MAX);
    o->replicates = (uint32_t)replicates;
}

/* The query that an option holds, or NULL where it names files. */
static const char *query_of(const struct tki_list *list, const char *option)
{
    for (size_t i = 0; i < list->n; i++)
        if (list->item[i][0] == '{' && list->n > 1)
            tki_opts_usage(&command, "--%s: one query, or files", option);
    return list->n && list->item[0][0] == '{' ? list->item[0] : NULL;
}

/* Which files make which set: see the manual. */
static void choose_sets(struct td_request *r, const struct options *o, const char *const *files, size_t nfiles,
                        struct tki_inputs in[2])
{
    bool sets = o->a.n || o->b.n;
    r->query[0] = query_of(&o->a, "a");
    r->query[1] = query_of(&o->b, "b");
    if (r->query[0] || r->query[1]) {
        if ((o->a.n && !r->query[0]) || (o->b.n && !r->query[1]) || o->split)
            tki_opts_usage(&command, "with a query as --a or --b there is no %s",
                           o->split ? "--split" : "file as the other");
        r->two = true;
        tki_inputs_settle(&in[0], &o->common, &files, &nfiles);
        r->files[0] = files;
        r->nfiles[0] = nfiles;
        return;
    }
    if (sets && (!o->a.n || !o->b.n))
        tki_opts_usage(&command, "--a and --b go together");
    if (sets && (nfiles || o->split))
        tki_opts_usage(&command, "with --a and --b there is no %s", o->split ? "--split" : "other file");
    r->two = sets || (nfiles == 2 && !o->split && !o->merge && !o->partial);
    r->by_number = r->two && !sets;
    r->split = o->split != NULL;
    r->files[0] = sets ? o->a.item : files;
    r->nfiles[0] = sets ? o->a.n : r->two ? 1 : nfiles;
    r->files[1] = sets ? o->b.item : files + 1;
    r->nfiles[1] = sets ? o->b.n : r->two ? 1 : 0;
    if (o->common.files_from && r->two)
        tki_opts_usage(&command, "--files-from lists the files of one set: it does not go with two");
    for (int i = 0; i < 2; i++) {
        for (size_t k = 0; k < r->nfiles[i]; k++)
            tki_tell_keyboard(r->files[i][k]);
        if (!o->common.recursive && !o->common.files_from)
            continue;
        tki_inputs_add(&in[i], &o->common, r->files[i], r->nfiles[i]);
        if (i == 0)
            tki_inputs_add_list(&in[i], &o->common);
        r->files[i] = (const char *const *)in[i].path;
        r->nfiles[i] = in[i].n;
    }
    if (o->split)
        parse_split(o->split, &r->compare);
}

static bool is_picture(const char *output)
{
    size_t n = output ? strlen(output) : 0;
    return n > 4 && strcmp(output + n - 4, ".svg") == 0;
}

static bool is_folded(const struct options *o)
{
    return o->report_to_given && (o->report_to == FORM_FOLDED || o->report_to == FORM_FOLDED_SELF);
}

static bool is_annotated(const struct options *o)
{
    return o->report_to_given && o->report_to == FORM_OTLP;
}

static void parse_pair(struct td_request *r, const struct options *o)
{
    r->pair = o->pair != NULL;
    r->pair_ids = r->pair && o->pair[0];
    if (!r->pair)
        return;
    if (o->split || o->slow || o->root || o->fail_on || is_folded(o) || is_picture(o->common.output) || o->dark_given)
        tki_opts_usage(&command, "--pair shows two traces: options that choose or compare sets do not go with it");
    if (!r->pair_ids) {
        if (!r->two || r->nfiles[0] != 1 || r->nfiles[1] != 1 || td_inputs(r) != 2)
            tki_opts_usage(&command, "--pair without ids needs two files, of a trace each");
        return;
    }
    tk_str text = tki_str(o->pair);
    const char *comma = tki_str_find(text, ',');
    size_t n = comma ? (size_t)(comma - text.p) : 0;
    if (!comma)
        tki_opts_usage(&command, "--pair=%s: expected two trace ids, as ID,ID", o->pair);
    const tk_str ids[] = {{text.p, n}, {comma + 1, text.n - n - 1}};
    for (int side = 0; side < 2; side++) {
        const char *fault = tki_pasted_read(ids[side], &r->pair_id[side]);
        if (fault)
            tki_opts_usage(&command, "--pair: %.*s: %s", (int)ids[side].n, ids[side].p, fault);
    }
}

/* A state has the traces that are looked at; what is asked of them is asked of all states. */
static void check_states(const struct options *o, const struct td_request *r)
{
    const char *all = r->pair        ? "--pair"
                      : r->annotated ? "-t otlp"
                      : r->dark      ? "--dark"
                      : r->drag      ? "--drag"
                      : r->what_if   ? "--what-if"
                      : r->every     ? "--traces=all"
                      : r->query[0]  ? "a query of --a"
                      : r->query[1]  ? "a query of --b"
                                     : NULL;
    if (!r->partial && !r->merge)
        return;
    if (all)
        tki_opts_usage(&command, "%s looks at all traces, and states have some: read everything in one run", all);
    if (r->merge && r->grouped)
        tki_opts_usage(&command, "--grouped is for dumps, and --merge reads states");
    if (r->partial && (r->two || o->split || o->slow || o->root || o->fail_on || o->bootstrap || o->tables_given ||
                       o->traces || o->repair || o->report_to_given || o->common.json || is_picture(o->common.output)))
        tki_opts_usage(&command,
                       "--partial writes the state of one set: give the options that choose, compare and show "
                       "with --merge");
    if (r->partial && !o->common.output && tki_term_is(STDOUT_FILENO))
        tki_opts_usage(&command, "binary output is not written to a terminal: use -o FILE or a pipe");
}

static struct td_request request_of(const struct options *o, const char *const *files, size_t nfiles,
                                    struct tki_inputs in[2])
{
    struct td_request r = {.compare = tki_compare_defaults, .root = o->root};
    if (is_picture(o->common.output) && (o->common.json || (o->report_to_given && !is_folded(o))))
        tki_opts_usage(&command, "a name in .svg is a flame graph: --json and other forms than folded do not go "
                                 "with it");
    if ((is_folded(o) || is_annotated(o)) && o->common.json)
        tki_opts_usage(&command, "-t %s and --json do not go together", forms[o->report_to]);
    if (is_annotated(o) && (o->pair || o->split || o->slow || o->what_if || o->dark_given || o->drag || o->fail_on))
        tki_opts_usage(&command, "-t otlp writes the spans: options that choose or compare sets do not go with it");
    if (o->drag && (o->a.n || o->b.n || o->split || o->slow || is_folded(o) || o->dark_given || o->pair || o->what_if ||
                    is_picture(o->common.output)))
        tki_opts_usage(&command, "--drag looks at all traces of one set: two sets, --split, --slow, stacks, --dark, "
                                 "--pair and --what-if do not go with it");
    if (o->split && o->slow)
        tki_opts_usage(&command, "--split and --slow both say what is slow: give one of them");
    tki_slow_settle(&command, o->slow, &r.compare.slow);
    choose_sets(&r, o, files, nfiles, in);
    if (o->fail_on && !td_gate_parse(o->fail_on, &r.gate))
        tki_opts_usage(&command, "--fail-on=%s: expected a level and a limit such as p95>+5%% or mean>+20ms",
                       o->fail_on);
    if (o->fail_on && !r.two)
        tki_opts_usage(&command, "--fail-on compares two sets: give two files, or --a and --b");
    if (o->strict && !o->fail_on)
        tki_opts_usage(&command, "--strict goes with --fail-on");
    parse_pair(&r, o);
    if (o->what_if && !td_whatif_parse(o->what_if, &r))
        tki_opts_usage(&command, "--what-if=%s: expected a pattern and a factor, such as 'db/SELECT* x0.5'",
                       o->what_if);
    if (o->what_if && (r.two || o->split || o->slow || is_folded(o) || o->dark_given || o->pair))
        tki_opts_usage(&command,
                       "--what-if replays all traces of one set: two sets, --split, --slow, stacks, --dark and "
                       "--pair do not go with it");
    r.repair = (enum td_repair)o->repair;
    r.dark = o->dark_given;
    r.dark_min_ns = o->dark_min_ns;
    if (r.dark && (r.two || o->split || o->slow || is_folded(o)))
        tki_opts_usage(&command, "--dark looks at all traces of one set: two sets, --split, --slow and stacks do not "
                                 "go with it");
    r.grouped = o->grouped;
    r.every = o->traces & WAY_ALL;
    r.tables = o->tables_given;
    r.rows = o->tables_given ? o->tables : 10;
    r.intervals = r.tables || o->common.json || o->report_to_given || o->common.output;
    r.compare.whole_only = o->traces & WAY_WHOLE;
    parse_bootstrap(o->bootstrap, &r.compare);
    r.compare.intervals_max = r.rows;
    r.compare.ranked_max = r.intervals ? 0 : r.rows;
    r.profile = (struct tki_profile_opts){.keep_names = o->traces & WAY_NAMES, .collapse = o->traces & WAY_COLLAPSE};
    r.flame = is_picture(o->common.output);
    r.folded = !is_folded(o)                      ? r.flame ? TD_FOLDED_CPATH : TD_NOT_FOLDED
               : o->report_to == FORM_FOLDED_SELF ? TD_FOLDED_SELF
                                                  : TD_FOLDED_CPATH;
    r.annotated = is_annotated(o);
    r.drag = o->drag;
    if (r.drag && r.two)
        tki_opts_usage(&command, "--drag looks at all traces of one set");
    r.partial = o->partial;
    r.merge = o->merge;
    check_states(o, &r);
    return r;
}

/* Both sets; the status that reading them leaves. */
static int read_sets(struct td_answer *a, const struct tki_common *common, struct td_input in)
{
    int status = TKI_EXIT_GOOD;
    struct tki_progress progress = {0};
    in.progress = &progress;
    tki_progress_open(&progress, common->progress);
    for (int set = 0; set < td_inputs(a->request); set++) {
        struct tk_err err = {0};
        if (td_read(a, set, &in, &err) < 0) {
            tki_msg_err(&err);
            status = tki_err_status(&err);
        }
    }
    tki_progress_close(&progress);
    return a->skipped && status == TKI_EXIT_GOOD ? TKI_EXIT_IO : status;
}

static int merge_sets(struct td_answer *a, struct td_request *r, const struct td_input *in,
                      struct tki_merging merging[2], const struct tki_report *report)
{
    bool complete = true;
    for (int set = 0; set < td_inputs(r); set++)
        td_merge(a, r, set, in, &merging[set], report, &complete);
    return complete ? TKI_EXIT_GOOD : TKI_EXIT_IO;
}

/* How the report is written; folded stacks are a text of their own. */
static struct tki_report settle(const struct options *o)
{
    struct tki_report r;
    bool folded = is_folded(o) || is_annotated(o) || is_picture(o->common.output);
    const char *to = o->report_to_given && !folded ? forms[o->report_to] : NULL;
    folded = folded || o->partial; /* whatever the file is called */
    tki_report_settle(&r, &(struct tki_report_ask){.to = folded && !to ? "text" : to,
                                                   .json = o->common.json && !folded,
                                                   .option = "output",
                                                   .path = o->common.output});
    return r;
}

/* What there is instead of what was asked for; status 1. */
static int tell_roots(const struct td_answer *a)
{
    struct tki_buf roots = {0};
    td_list_roots(&roots, a);
    tki_msg("no request has the root '%s'; there are:", a->request->root);
    fwrite(roots.p ? roots.p : "", 1, roots.n, stderr);
    tki_buf_free(&roots);
    return TKI_EXIT_NO;
}

/* Nothing was read, or nothing that has times. */
static int tell_empty(const struct td_answer *a, int status)
{
    uint64_t untimed = a->profile.repairs[0].untimed + a->profile.repairs[1].untimed;
    char number[TKI_QUANTITY_MAX];
    if (untimed == 0) {
        tki_msg("no traces were read: there is nothing to compare");
        return TKI_EXIT_IO;
    }
    tki_msg("no span of %s %s has a start and an end: there is no time to explain (tracecat shows the spans)",
            tki_count_format(number, untimed), tki_plural(untimed, "trace", "traces"));
    return status == TKI_EXIT_GOOD ? TKI_EXIT_NO : status;
}

/* Compares and reports; returns the status. */
static int answer_and_report(struct td_answer *a, const struct tki_report *report, bool strict, int status)
{
    struct tk_err err = {0};
    struct tki_buf folded = {0};
    struct tki_doc doc;
    bool complete = status == TKI_EXIT_GOOD;
    if (!a->whole[0] || (td_inputs(a->request) > 1 && !a->whole[1]))
        return status; /* memory ended, which was said, or a set cannot be opened */
    if (a->profile.ntraces == 0)
        return tell_empty(a, status);
    int rc = a->request->pair        ? td_pair(a, &err)
             : a->request->annotated ? td_annotate(a, report->path, report->compress, &err)
                                     : td_compare(a, &err);
    if (rc >= 0 && a->request->what_if && a->wanted)
        rc = td_whatif(a, &err);
    if (rc >= 0 && a->request->drag && a->wanted)
        rc = td_drag(a, &err);
    if (rc >= 0 && a->request->page && !a->request->drag && !a->request->pair && !a->request->what_if)
        rc = td_examples(a, &err);
    if (rc < 0) {
        tki_msg_err(&err);
        return tki_err_status(&err);
    }
    if (a->wanted == 0 && !a->request->pair)
        return complete ? tell_roots(a) : status;
    if (a->request->annotated)
        return status;
    if (a->request->what_if && a->keys_changed == 0) {
        tki_msg("no operation is '%.*s'", (int)a->request->what_if_n, a->request->what_if);
        return TKI_EXIT_NO;
    }
    if (a->mode == TD_SETS && !a->request->pair && (a->c.side[0].traces == 0 || a->c.side[1].traces == 0)) {
        tki_msg("nothing to compare: %s has no traces", a->c.side[0].traces ? "B" : "A");
        return a->choice ? TKI_EXIT_NO : TKI_EXIT_IO;
    }
    if (a->request->folded) {
        if (a->request->flame)
            td_flame(&folded, a);
        else
            td_folded(&folded, a);
        tki_report_bytes(report, &folded);
        tki_buf_free(&folded);
        return status;
    }
    td_report(&doc, a, complete);
    tki_report_write(report, &doc);
    tki_doc_free(&doc);
    if (!a->request->gate.text || status != TKI_EXIT_GOOD)
        return status;
    enum td_passes passes = td_gate_ask(a);
    return passes == TD_FAILS ? TKI_EXIT_NO : passes == TD_UNKNOWN && strict ? TKI_EXIT_INCONCLUSIVE : status;
}

int main(int argc, char **argv)
{
    struct options o = {0};
    const char *const *files;
    size_t nfiles;
    tki_cli_start(command.name);
    tki_opts_parse(&command, argc, argv, &o, &files, &nfiles);
    struct tki_report report = settle(&o);
    struct tki_inputs inputs[2] = {0};
    struct td_request request = request_of(&o, files, nfiles, inputs);
    request.page = report.how == TKI_RENDER_HTML && !is_folded(&o);
    request.tables = request.tables || request.page;
    tki_refuse_terminal_input(td_inputs(&request) > 1 || o.common.files_from ? 1 : nfiles);
    struct td_answer answer = {.request = &request};
    if (tki_profile_init(&answer.profile, &request.profile) < 0)
        tki_die(TKI_EXIT_IO, "out of memory");
    struct tk_err err = {0};
    if (td_choice_open(&answer, &err) < 0)
        tki_opts_usage(&command, "a query of --a or --b: %s", err.text);
    struct tki_merging merging[2] = {0};
    struct td_input in = {0};
    tki_common_read_opts(&o.common, &in.read);
    tki_common_traces_opts(&o.common, &in.traces);
    int status = o.merge ? merge_sets(&answer, &request, &in, merging, &report) : read_sets(&answer, &o.common, in);
    if (o.partial && !o.merge && status != TKI_EXIT_USAGE)
        td_partial(&answer, &report, status == TKI_EXIT_GOOD);
    else if (!o.partial && status != TKI_EXIT_USAGE)
        status = answer_and_report(&answer, &report, o.strict, status);
    td_answer_free(&answer);
    tki_merging_free(&merging[0]);
    tki_merging_free(&merging[1]);
    tki_list_free(&o.a);
    tki_list_free(&o.b);
    tki_inputs_free(&inputs[0]);
    tki_inputs_free(&inputs[1]);
    tki_cli_finish(status);
}
