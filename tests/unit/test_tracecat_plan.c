/* tracecat's plan, case by case: a command line, and what is read, decoded, done and written for it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../cmd/tracecat/plan.h"
#include "analyze/mend.h"
#include "tap.h"

/* ---- a plan in one line ---- */

#define MERGE_ALONE                                                                                                  \
    "refused: --merge reads states, which know what was asked: only --stats, or --top with --order and --limit, or " \
    "--query with --step, --partial, --to, --json, --output and --compress go with it"
#define NO_PATTERN                                                                                                \
    "refused: --route writes a file for each share: give -o with %d, or %02d, where its number belongs, such as " \
    "-o part-%02d.pb.zst"

static const struct {
    unsigned need;
    char letter;
} needs[] = {{TK_NEED_NAME, 'n'},  {TK_NEED_ATTRS, 'a'},    {TK_NEED_EVENTS, 'e'},
             {TK_NEED_LINKS, 'l'}, {TK_NEED_RESOURCE, 'r'}, {TK_NEED_SCOPE, 's'},
             {TK_NEED_STATE, 't'}, {TK_NEED_RAW, 'w'},      {TK_NEED_WEIGHT, 'W'}};

/* "read[all copy encode]": needs, then what decoding threads do. */
static void put_reading(struct tki_buf *to, const struct plan *p, const struct plan_reading *r)
{
    tki_buf_lit(to, "read[");
    if (r->needs == TK_NEED_COPY)
        tki_buf_lit(to, "all");
    for (size_t i = 0; r->needs != TK_NEED_COPY && i < sizeof needs / sizeof *needs; i++)
        if (r->needs & needs[i].need)
            tki_buf_putc(to, needs[i].letter);
    if (r->keys_only) {
        size_t n = 0;
        const tk_str *keys = tki_query_keys(p->query.query, &n);
        tki_buf_lit(to, " keys");
        for (size_t i = 0; i < n; i++)
            tki_buf_printf(to, ":%.*s", (int)keys[i].n, keys[i].p);
    }
    tki_buf_printf(to, "%s%s%s%s", r->copy_proto ? " copy" : "",
                   r->needs & TK_NEED_RAW && !r->proto_only ? " json" : "", r->ask ? " ask" : "",
                   r->redact ? " redact" : "");
    if (r->encode)
        tki_buf_printf(to, " encode:%s", r->encode->info.name);
    tki_buf_lit(to, "] ");
}

static void put_plan(struct tki_buf *to, const struct plan *p)
{
    static const char *const answers[] = {"spans", "tree", "list", "table", "top", "stats", "verify", "check"};
    static const char *const forms[] = {"", ":json", ":tsv", ":csv", ":md", ":html", ":tap", ":junit", ":sarif"};
    for (int i = 0; i < p->readings; i++)
        put_reading(to, p, &p->reading[i]);
    if (p->whole)
        tki_buf_printf(to, "whole/%zu ", p->traces_memory >> 20);
    if (p->mend)
        tki_buf_printf(to, "mend:%x ", p->mend);
    tki_buf_printf(to, "%s%s", p->ask_traces ? "ask " : "", p->redact_traces ? "redact " : "");
    if (p->query.ordered)
        tki_buf_lit(to, "order ");
    if (p->query.limit != UINT64_MAX)
        tki_buf_printf(to, "results<%d ", (int)p->query.limit);
    if (p->sort)
        tki_buf_printf(to, "sort-%s/%zu ", p->sort_traces ? "traces" : "spans", p->sort_memory >> 20);
    if (p->values_memory)
        tki_buf_printf(to, "values/%zu ", p->values_memory >> 20);
    if (p->limit != UINT64_MAX)
        tki_buf_printf(to, "traces<%d ", (int)p->limit);
    tki_buf_printf(to, "%s%s%s", answers[p->answer], p->answer == PLAN_SPANS ? ":" : forms[p->report.how],
                   p->answer == PLAN_SPANS ? p->format->info.name : "");
    tki_buf_printf(to, "%s%s", p->by_trace ? " by-trace" : "",
                   p->o->split         ? " split"
                   : p->o->route_given ? " route"
                                       : "");
    if (p->compress)
        tki_buf_printf(to, " z%d", (int)p->compress);
}

/* ---- command lines ---- */

enum { WORDS = 32 };

struct answer {
    struct options o;
    struct plan plan;
    struct tk_err err;
    int rc;
    char copy[1024], *argv[WORDS];
};

/* Words are separated by single spaces; '~' in a word is a space. */
static void plan_line(struct answer *a, const char *line, bool to_terminal)
{
    enum tki_opts_request request;
    const char *const *files;
    size_t nfiles;
    int argc = 0;
    *a = (struct answer){0};
    snprintf(a->copy, sizeof a->copy, "tracecat %s", line);
    for (char *p = strtok(a->copy, " "); p && argc < WORDS - 1; p = strtok(NULL, " ")) {
        for (char *c = p; (c = strchr(c, '~')) != NULL;)
            *c = ' ';
        a->argv[argc++] = p;
    }
    if (tki_opts_read(&tracecat_command, argc, a->argv, &a->o, &files, &nfiles, &request, &a->err) < 0)
        bail_out("%s: %s", line, a->err.text);
    a->rc = plan_of(&a->plan, &a->o, to_terminal, &a->err);
}

static void answer_free(struct answer *a)
{
    plan_free(&a->plan);
    tki_list_free(&a->o.traces);
    tki_list_free(&a->o.redact);
}

static const struct {
    const char *line, *want;
} plans[] = {
    /* spans, one after another */
    {"", "read[all json encode:json] spans:json"},
    {"-t rows", "read[all encode:rows] spans:rows"},
    {"-u", "read[all copy encode:otlp] spans:otlp"},
    {"-t otlp-framed", "read[all copy encode:otlp-framed] spans:otlp-framed"},
    {"-t zipkin", "read[all] spans:zipkin"},
    {"-t jaeger", "read[all copy] whole/256 mend:40 spans:jaeger by-trace"},
    {"-t table", "read[all encode:table] spans:table"},
    {"-t folded", "read[all copy] whole/256 spans:folded by-trace"},
    {"-t tree", "read[all copy] whole/256 tree by-trace"},
    /* a line for each trace, which sorts and ends itself */
    {"-t list", "read[net] list"},
    {"-t list --sort=id --limit 3", "read[net] list"},
    {"-t list --redact drop:a", "read[naelrst redact] list"},
    {"-t list --repair", "read[all copy] whole/256 mend:37 list by-trace"},
    /* the longest traces are found first */
    {"-t tree --sort=duration --limit 1", "read[W] read[all copy] whole/128 sort-traces/128 traces<1 tree by-trace"},
    {"-t tree --sort=duration", "read[all copy] whole/128 sort-traces/128 tree by-trace"},
    {"-o a.pb.zst", "read[all copy encode:otlp] spans:otlp z3"},
    {"-o a.folded", "read[all copy] whole/256 spans:folded by-trace"},
    {"-t rows -o a.xyz -z", "read[all encode:rows] spans:rows z3"},
    {"-z19 -o a", "read[all json encode:json] spans:json z19"},
    {"-u --lossless", "read[all copy encode:otlp] spans:otlp"},
    {"-t zipkin --lossless", "read[all] spans:zipkin"},
    /* selections are the filter's, and change no plan but for --limit */
    {"--trace 1 --since 2026-01-01 --until 2026-01-02 --shard 1/2", "read[all json encode:json] spans:json"},
    {"--limit 5", "read[all json] traces<5 spans:json"},
    {"-u --limit 5", "read[all copy] traces<5 spans:otlp"},
    {"-t jaeger --limit 5", "read[all copy] whole/256 mend:40 traces<5 spans:jaeger by-trace"},
    /* whole traces and order */
    {"--group", "read[all copy] whole/256 spans:json by-trace"},
    {"--group -u", "read[all copy] whole/256 spans:otlp by-trace"},
    {"--sort", "read[all copy] sort-spans/256 spans:json"},
    {"--sort=duration -u", "read[all copy] sort-spans/256 spans:otlp"},
    {"--sort --limit 5", "read[all copy] sort-spans/256 traces<5 spans:json"},
    {"--sort --group", "read[all copy] whole/128 sort-traces/128 spans:json by-trace"},
    {"--sort -t jaeger --memory 64MiB", "read[all copy] whole/32 mend:40 sort-traces/32 spans:jaeger by-trace"},
    {"--sort --group --limit 5", "read[all copy] whole/128 sort-traces/128 traces<5 spans:json by-trace"},
    {"--split d", "read[all copy] whole/256 spans:json by-trace split"},
    {"--split d -t tree --sort=id", "read[all copy] whole/128 sort-traces/128 tree by-trace split"},
    {"--stats --partial -o a", "read[W] stats"},
    {"--stats --partial -o a.state.zst", "read[W] stats z3"},
    {"--merge --json", "read[W] stats:json"},
    {"--route 4 -o p%d.pb", "read[all copy] spans:otlp route"},
    {"--route 4 -o p%02d.json.zst --group", "read[all copy] whole/256 spans:json by-trace route z3"},
    {"--split d -z -u", "read[all copy] whole/256 spans:otlp by-trace split z3"},
    {"--repair=dup", "read[all copy] whole/256 mend:1 spans:json by-trace"},
    {"--repair=dup -u --sort", "read[all copy] whole/128 mend:1 sort-spans/128 spans:otlp"},
    {"--repair", "read[all copy] whole/256 mend:37 spans:json by-trace"},
    {"--repair=clip,dup", "read[all copy] whole/256 mend:21 spans:json by-trace"},
    /* redaction */
    {"--redact drop:a", "read[naelrst redact encode:json] spans:json"},
    {"--redact drop:a -u", "read[naelrst redact encode:otlp] spans:otlp"},
    {"--redact drop:a --group", "read[naelrst redact] whole/256 spans:json by-trace"},
    {"--redact drop:a --repair=dup", "read[naelrst] whole/256 mend:1 redact spans:json by-trace"},
    {"--redact drop:a -t jaeger", "read[naelrst] whole/256 mend:40 redact spans:jaeger by-trace"},
    {"--redact drop:a --sort", "read[naelrst redact] sort-spans/256 spans:json"},
    /* queries that select */
    {"-q {~.a~=~1~}", "read[ar keys:a ask] read[all json encode:json] spans:json"},
    {"-q {~.a~=~1~&&~resource.b~=~2~} -u", "read[ar keys:a ask] read[all copy encode:otlp] spans:otlp"},
    {"-q {~event:name~=~\"x\"~} -t jaeger", "read[e keys ask] read[all copy] whole/256 mend:40 spans:jaeger by-trace"},
    {"-q {~name~=~\"x\"~} --limit 5", "read[n keys ask] read[all json encode:json] results<5 spans:json"},
    {"-q {~name~=~\"x\"~} --sort", "read[n keys ask] read[all copy] sort-spans/256 spans:json"},
    {"-q {~name~=~\"x\"~} --sort --limit 5", "read[n keys ask] read[all copy] sort-spans/256 traces<5 spans:json"},
    {"-q {~name~=~\"x\"~} --group", "read[n keys ask] read[all copy] whole/256 spans:json by-trace"},
    {"-q {~name~=~\"x\"~} --spans", "read[all json ask encode:json] spans:json"},
    {"-q {~name~=~\"x\"~} --spans -u", "read[all ask encode:otlp] spans:otlp"},
    {"-q {~name~=~\"x\"~} --spans --limit 5", "read[all json ask] traces<5 spans:json"},
    {"-q {~name~=~\"x\"~} --spans --sort", "read[all ask] sort-spans/256 spans:json"},
    {"-q {~name~=~\"x\"~} --redact drop:a", "read[n keys ask] read[naelrst redact encode:json] spans:json"},
    {"-q {~name~=~\"x\"~} --spans --redact drop:a", "read[naelrst ask redact encode:json] spans:json"},
    {"-q {~name~=~\"x\"~} --repair=dup", "read[all copy] whole/256 mend:1 ask spans:json by-trace"},
    {"-q {~name~=~\"x\"~} --repair=dup --redact drop:a",
     "read[naelrst] whole/256 mend:1 ask redact spans:json by-trace"},
    {"-q {~name~=~\"x\"~} --spans --repair=dup", "read[all copy] whole/256 mend:1 ask spans:json by-trace"},
    {"-q {~name~=~\"x\"~}~|~limit~3", "read[n keys ask] read[all json encode:json] results<3 spans:json"},
    {"-q {~name~=~\"x\"~}~|~limit~3 --limit 5", "read[n keys ask] read[all json encode:json] results<3 spans:json"},
    {"-q {~name~=~\"x\"~}~>>~{~} -u", "read[all copy] whole/256 ask spans:otlp by-trace"},
    {"-q {~name~=~\"x\"~}~>>~{~} --spans --sort --redact drop:a",
     "read[naelrst] whole/128 ask redact sort-spans/128 spans:json"},
    {"-q {~}~|~count()~>~3", "read[all copy] whole/256 ask spans:json by-trace"},
    {"-q {~}~|~count()~>~3 --limit 5", "read[all copy] whole/256 ask results<5 traces<5 spans:json by-trace"},
    {"-q {~}~|~order~by~duration", "read[all copy] whole/256 ask order spans:json by-trace"},
    {"-q {~}~|~order~by~duration~|~limit~3 -t jaeger",
     "read[all copy] whole/256 mend:40 ask order results<3 spans:jaeger by-trace"},
    /* queries that end in a table */
    {"-q {~.a~=~1~}~|~rate()", "read[arW keys:a ask] table"},
    {"-q {~}~|~rate()~by(resource.b)", "read[rW keys ask] table"},
    {"-q {~}~|~rate() --step 1m -o a.json", "read[W keys ask] table:json"},
    {"-q {~}~|~rate() -o a.tsv", "read[W keys ask] table:tsv"},
    {"-q {~name~=~\"x\"~}~>>~{~}~|~rate()", "read[nrW keys] whole/256 ask table by-trace"},
    {"-q {~}~|~rate() --repair=dup", "read[all copy] whole/256 mend:1 ask table by-trace"},
    {"-q {~}~|~select(.a) --limit 5", "read[nar keys:a ask] traces<5 table"},
    {"-q {~}~|~select(.a) -t rows", "read[nar keys:a ask] read[all encode:rows] spans:rows"},
    {"-q {~}~|~count() --json", "read[n keys] whole/256 ask table:json by-trace"},
    {"-q {~}~|~select(.a) --verify", "read[nar keys:a ask] read[all copy] whole/256 verify by-trace"},
    {"-q {~}~|~count()~>~1~|~rate()", "read[W keys] whole/256 ask table by-trace"},
    {"-q {~}~|~quantile_over_time(duration,~.5)", "read[W keys ask] values/256 table"},
    {"-q {~name~=~\"x\"~}~>>~{~}~|~quantile_over_time(duration,~.5)",
     "read[nrW keys] whole/128 ask values/128 table by-trace"},
    /* reports */
    {"--stats", "read[W] stats"},
    {"--stats --json", "read[W] stats:json"},
    {"--stats -o a.jsonl.zst", "read[W] stats:json z3"},
    {"--check a", "read[all copy] whole/256 check by-trace"},
    {"--check a --strict", "read[all copy] whole/256 check by-trace"},
    {"--strict --verify", "refused: --strict goes with --check"},
    {"--stats --limit 5 --trace 1", "read[W] traces<5 stats"},
    {"--verify", "read[all copy] whole/256 verify by-trace"},
    {"--verify=ids --json", "read[all copy] whole/256 verify:json by-trace"},
    {"--verify --repair", "read[all copy] whole/256 mend:37 verify by-trace"},
    {"--verify -o a.txt", "read[all copy] whole/256 verify by-trace"},
    {"--verify --limit 3", "read[all copy] whole/256 traces<3 verify by-trace"},
    {"--verify -q {~name~=~\"x\"~}", "read[n keys ask] read[all copy] whole/256 verify by-trace"},
    /* how reports are written */
    {"--stats -t json", "read[W] stats:json"},
    {"--stats -t md -z", "read[W] stats:md z3"},
    {"--stats -o a.md.zst", "read[W] stats:md z3"},
    {"--stats -t text -o a.md", "read[W] stats"},
    {"--verify -t json", "read[all copy] whole/256 verify:json by-trace"},
    {"--verify -t sarif", "read[all copy] whole/256 verify:sarif by-trace"},
    {"--verify -o a.tsv", "read[all copy] whole/256 verify:tsv by-trace"},
    {"-q {~}~|~rate() -t json", "read[W keys ask] table:json"},
    {"-q {~}~|~rate() -o a.md", "read[W keys ask] table:md"},
    {"-q {~}~|~select(name) -t tsv", "read[nr keys ask] table:tsv"},
    {"-q {~}~|~select(name) -t json", "read[nr keys ask] read[all json encode:json] spans:json"},
    /* what does not go together */
    {"--json",
     "refused: --json is for reports: --stats, --top, --verify, --query, -t list and --formats; for spans as JSON use --to=rows or --to=json"},
    {"--spans", "refused: --spans goes with --query"},
    {"-v -t rows", "refused: --verbose is for trees and lists: give -t tree or -t list"},
    {"-v --verify", "refused: --verbose is for trees and lists: give -t tree or -t list"},
    {"--step 1m", "refused: --step goes with --query"},
    {"--redact-key k", "refused: --redact-key is for --redact"},
    {"--force", "refused: --force is for --split"},
    {"--partial",
     "refused: --partial is for --stats, --top and queries that end in metrics, whose answers can be merged"},
    {"--stats --partial -q {~}", "refused: --partial is for --stats of all spans: --query does not go with it"},
    {"--stats --partial --limit 3", "refused: --partial is for all of an answer: --limit does not go with it"},
    {"--partial -q {~}", "refused: --partial is for queries that end in metrics such as rate(): this one does not"},
    {"--partial -q {~}|compare({~})",
     "refused: compare() shows the most frequent values of all: it has no state, ask it of the whole dump"},
    {"--stats --partial --shard 1/2",
     "refused: --partial counts what was read, and --shard reads everything for a part of it: divide the input with "
     "--route first"},
    {"--stats --partial --json", "refused: --partial writes a state: give --to and --json with --merge"},
    {"--stats --partial --since=-1h",
     "refused: --partial: times relative to the dump differ from part to part: give --since and --until as dates"},
    {"--stats --partial -o a.gz",
     "refused: --output=a.gz: files are compressed with zstd only: end the name in .zst, or write into a pipe"},
    {"--merge --trace 1", MERGE_ALONE},
    {"--merge --verify", MERGE_ALONE},
    {"--top --partial --repair=dup", "refused: --partial counts traces as they are: --repair does not go with it; "
                                     "write mended traces first"},
    {"--merge -q {~}", "refused: --merge is for queries that end in metrics such as rate(): this one does not"},
    {"--merge --stats -q {~}", MERGE_ALONE},
    {"--route 2 --split d", "refused: --route and --split are two ways to divide traces among files: give one"},
    {"--route 0 -o a%d", "refused: --route: the number of files is from 1 to 4096"},
    {"--route 2", NO_PATTERN},
    {"--route 2 -o a", NO_PATTERN},
    {"--route 2 -o a%d%d", NO_PATTERN},
    {"--route 2 -o a%2d", NO_PATTERN},
    {"--route 2 -o a%s", NO_PATTERN},
    {"--route 2 --stats -o a%d.txt",
     "refused: --route divides spans among files: what is written to one, a report, list or tree, does not go with it"},
    {"--split d -o a", "refused: --split names the files: --output does not go with it"},
    {"--stats -q {~}", "read[n keys ask] read[W] stats"},
    {"--top", "read[nlW] top"},
    {"--top=.a", "read[nalrW] top"},
    {"--top -q {~}~>>~{~}", "read[all copy] whole/128 ask top by-trace"},
    {"--stats -t otlp", "refused: -t otlp: this report is written as one of text, json, tsv, csv, md, html"},
    {"--stats -t tap", "refused: -t tap: this report is written as one of text, json, tsv, csv, md, html"},
    {"--stats --json -t tsv", "refused: -t tsv and --json do not go together"},
    {"--stats --group", "refused: --stats prints a report: --group, --sort, --repair and --split do not go with it"},
    {"--stats --redact drop:a", "refused: --stats prints names as they are: --redact does not go with it"},
    {"--stats --lossless", "refused: --lossless is for formats that are read back, not for --stats"},
    {"--verify --stats", "refused: --verify prints a report: --stats, --split and --redact do not go with it"},
    {"--verify --split d", "refused: --verify prints a report: --stats, --split and --redact do not go with it"},
    {"-t md", "refused: -t md is for reports: --stats, --verify, --check, --formats, and queries that end in a table"},
    {"-t sarif",
     "refused: -t sarif is for reports: --stats, --verify, --check, --formats, and queries that end in a table"},
    {"--verify --lossless", "refused: --lossless is for formats that are read back, not for --verify"},
    {"-t tree --lossless", "refused: --lossless is for formats that are read back, not for tree"},
    {"-t rows --lossless", "refused: --lossless is for formats that are read back, not for rows"},
    {"--repair=skew,jaeger-skew", "refused: --repair: skew and jaeger-skew are two ways of one repair: give one"},
    {"--trace xyz",
     "refused: --trace: 'xyz' is no trace id: expected up to 32 hexadecimal digits, a UUID, or a header such as traceparent with its value"},
    {"--trace 123456789012345678901234567890123",
     "refused: --trace: '123456789012345678901234567890123' is no trace id: expected up to 32 hexadecimal digits, a UUID, or a header such as traceparent with its value"},
    {"--shard 0/2", "refused: --shard: '0/2' is not I/N with I from 1 to N, such as 1/4"},
    {"--shard 3/2", "refused: --shard: '3/2' is not I/N with I from 1 to N, such as 1/4"},
    {"--shard 1", "refused: --shard: '1' is not I/N with I from 1 to N, such as 1/4"},
    {"--since 2026-01-02 --until 2026-01-01", "refused: --since is not before --until: no span starts between them"},
    {"--since 2026-01-02 --until 2026-01-02", "refused: --since is not before --until: no span starts between them"},
    {"-q {", "refused: expected a field or a value, found the end of the query"},
    {"-q {~} --step 1m", "refused: --step is for queries that end in metrics such as rate()"},
    {"-q {~}~|~compare({~status~=~error~}) --step 1m",
     "refused: compare() looks at all the time there is: --step does not go with it"},
    {"-q {~} --json",
     "refused: --json is for queries that end in a table; for spans as JSON use --to=rows or --to=json"},
    {"-q {~}~|~rate() -t otlp", "refused: -t otlp: this report is written as one of text, json, tsv, csv, md, html"},
    {"-q {~}~|~rate() --sort",
     "refused: a query that ends in a table has no spans left: --sort, --split, --verify and --check do not go with it"},
    {"-q {~}~|~rate() --spans", "refused: --spans is for queries that select spans; this one ends in metrics"},
    {"-q {~}~|~rate() --redact drop:a",
     "refused: a query that ends in a table shows values as they are: --redact does not go with it"},
    {"-q {~}~|~rate() --lossless", "refused: --lossless is for formats that are read back, not for a table"},
    {"-q {~}~|~select(.a) --split d",
     "refused: a query that ends in a table has no spans left: --sort, --split, --verify and --check do not go with it"},
    {"-o a.xyz",
     "refused: --output=a.xyz: the suffix .xyz says no format: give one with -t (known are .speedscope.json .json .jsonl .ndjson .pb .binpb .otlp .tsv .flame.svg .graph.svg .svg .html .htm .folded .dot .gv .mmd .mermaid .prom)"},
    {"-o a.json.gz",
     "refused: --output=a.json.gz: files are compressed with zstd only: end the name in .zst, or write into a pipe"},
    {"--stats -o a.dot",
     "refused: --output=a.dot: a report is not written as .dot (known are .json .jsonl .ndjson .tsv .csv .md .txt .html .htm)"},
};

static void test_plans(void)
{
    for (size_t i = 0; i < sizeof plans / sizeof *plans; i++) {
        struct answer a;
        struct tki_buf text = {0};
        plan_line(&a, plans[i].line, false);
        if (a.rc == 0)
            put_plan(&text, &a.plan);
        else
            tki_buf_printf(&text, "refused: %s", a.err.text);
        tki_buf_putc(&text, 0);
        is_str(text.p, plans[i].want, "%s", plans[i].line);
        tki_buf_free(&text);
        answer_free(&a);
    }
}

/* ---- what the table does not show ---- */

static void test_terminal(void)
{
    static const char *const binary[] = {"-u", "-z", "-t jaeger-proto", "--group -u"};
    static const char *const fine[] = {"-t json", "-u -o a", "-u --split d", "--stats", "-t tree"};
    struct answer a;
    for (size_t i = 0; i < sizeof binary / sizeof *binary; i++) {
        plan_line(&a, binary[i], true);
        ok(a.rc == TK_EUSAGE && strstr(a.err.text, "terminal"), "%s is not written to a terminal", binary[i]);
        answer_free(&a);
        plan_line(&a, binary[i], false);
        is_int(a.rc, 0, "%s is written elsewhere", binary[i]);
        answer_free(&a);
    }
    for (size_t i = 0; i < sizeof fine / sizeof *fine; i++) {
        plan_line(&a, fine[i], true);
        is_int(a.rc, 0, "%s on a terminal", fine[i]);
        answer_free(&a);
    }
}

/* Of a terminal that nothing else was asked for. */
static void test_shown(void)
{
    static const char *const shown[] = {"", "--trace 1", "-q {~}", "--sort", "--limit 3", "--repair", "-v"};
    static const char *const others[] = {"-t json",  "-o a",       "--split d", "--stats",
                                         "-t tree",  "--lossless", "--group",   "-q {~}~|~rate()",
                                         "--verify", "-t list",    "--top"};
    struct answer a;
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        plan_line(&a, shown[i], true);
        ok(a.rc == 0 && a.plan.answer == PLAN_LIST && a.plan.show, "`%s` is shown on a terminal", shown[i]);
        answer_free(&a);
        plan_line(&a, shown[i], false);
        ok(a.rc == 0 && a.plan.answer == PLAN_SPANS && !a.plan.show, "`%s` writes spans elsewhere", shown[i]);
        answer_free(&a);
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        plan_line(&a, others[i], true);
        ok(a.rc == 0 && !a.plan.show, "`%s` is the same on a terminal", others[i]);
        answer_free(&a);
    }
}

static void test_filter(void)
{
    struct answer a;
    plan_line(&a, "--trace f --trace 00f0 --trace 47660a567a35ac0b61147b7f402b4a3a --since @1 --until @2 --shard 2/3",
              false);
    const struct filter *f = &a.plan.filter;
    ok(a.rc == 0 && f->nids == 3 && !f->all, "three traces");
    ok(f->ids[0].id.lo == 15 && f->ids[0].digits == 1 && f->ids[1].id.lo == 240 && f->ids[1].digits == 4 &&
           f->ids[2].id.hi == 0x47660a567a35ac0b && f->ids[2].digits == 32,
       "sorted, with the digits that were given");
    ok(f->since_ns == 1000000000 && f->until_ns == 2000000000 && f->shard == 1 && f->nshards == 3, "times and share");
    answer_free(&a);
    plan_line(&a, "--limit 3", false);
    ok(a.plan.filter.all, "a limit is none of the filter");
    answer_free(&a);
}

static void test_query_errors(void)
{
    struct answer a;
    plan_line(&a, "-q {~name~=~}", false);
    ok(a.rc == TK_EUSAGE && a.err.has_offset && a.err.offset == 9, "a wrong query says where: %d", (int)a.err.offset);
    answer_free(&a);
    plan_line(&a, "-q {~}~|~rate() --sort", false);
    ok(a.rc == TK_EUSAGE && !a.err.has_offset, "what does not go with a query is said of no byte");
    answer_free(&a);
}

/* ---- words of other tools ---- */

/* A word that is an option is not told to be written in another way. */
static void test_asked(void)
{
    for (const struct tki_asked *a = tracecat_command.asked; a->word; a++) {
        bool option = false;
        for (size_t i = 0; i < tracecat_command.nrows; i++) {
            const struct tki_opt *row = &tracecat_command.rows[i];
            option |= (row->name && strcmp(row->name, a->word) == 0) || (row->letter == a->word[0] && !a->word[1]);
        }
        ok(!option, "'%s' is no option, but %s", a->word, a->how);
    }
}

/* ---- laws, over all combinations ---- */

/* What is wrong with a plan, or NULL. */
static const char *breaks_law(const struct plan *p)
{
    const struct plan_reading *first = &p->reading[0], *last = &p->reading[p->readings - 1];
    bool redact = p->o->redact.n > 0;
    size_t memory = (size_t)256 << 20;
    if (!first->needs || !last->needs)
        return "a reading needs nothing";
    if (last->redact + p->redact_traces != redact)
        return "redaction is done once, where it is asked for";
    if (redact && (last->needs & TK_NEED_RAW || last->copy_proto))
        return "redaction sees all that leaves";
    if (first->ask + p->ask_traces != (p->query.query != NULL))
        return "the query is asked once";
    if (p->rank && (p->readings != 2 || first->ask || !p->sort_traces || p->query.query || p->mend))
        return "the longest are found where nothing changes how long a trace is";
    if (p->readings == 2 &&
        ((!first->keys_only && !p->rank) || first->encode || first->redact || last->ask || last->keys_only))
        return "the first of two readings finds, the second one reads";
    if (last->encode && (p->whole || p->sort || p->limit != UINT64_MAX || p->answer != PLAN_SPANS || p->o->split))
        return "what is encoded early goes straight to the output";
    if ((p->mend || p->ask_traces || p->redact_traces || p->o->split || p->answer == PLAN_TREE ||
         p->answer == PLAN_VERIFY || p->answer == PLAN_CHECK) &&
        !p->whole)
        return "steps over whole traces get whole traces";
    if ((p->by_trace && !p->whole) || (p->sort_traces && !(p->sort && p->whole)))
        return "traces come out where traces go in";
    if (!last->proto_only && (p->whole || p->sort))
        return "what is kept as OTLP protobuf is not copied as JSON";
    if (last->copy_proto && (last->keys_only || last->ask || !(last->needs & TK_NEED_RAW)))
        return "what is copied is not looked at";
    if (p->traces_memory + p->sort_memory + p->values_memory > memory + 1 || (p->traces_memory > 0) != p->whole ||
        (p->sort_memory > 0) != p->sort)
        return "memory is shared by what holds spans";
    return NULL;
}

static void test_laws(void)
{
    static const char *const targets[] = {"",         "-t jaeger", "-u",    "-t tree",  "--stats",
                                          "--verify", "-t list",   "--top", "--check a"};
    static const char *const queries[] = {"", "-q {~name~=~\"x\"~}", "-q {~name~=~\"x\"~}~>>~{~}", "-q {~}~|~rate()",
                                          "-q {~.a~=~1~}~|~select(.a)"};
    static const char *const switches[] = {"--group", "--sort",    "--split d", "--repair=dup", "--redact drop:a",
                                           "--spans", "--limit 5", "--json",    "-z",           "--trace 1"};
    enum {
        TARGETS = sizeof targets / sizeof *targets,
        QUERIES = sizeof queries / sizeof *queries,
        SWITCHES = sizeof switches / sizeof *switches
    };
    unsigned accepted = 0, broken = 0;
    for (unsigned i = 0; i < TARGETS * QUERIES << SWITCHES; i++) {
        char line[512];
        int n = snprintf(line, sizeof line, "%s %s", targets[i % TARGETS], queries[i / TARGETS % QUERIES]);
        for (unsigned k = 0; k < SWITCHES; k++)
            if (i / (TARGETS * QUERIES) >> k & 1)
                n += snprintf(line + n, sizeof line - (size_t)n, " %s", switches[k]);
        struct answer a;
        struct tki_buf text = {0};
        plan_line(&a, line, false);
        const char *law = a.rc == 0 ? breaks_law(&a.plan) : NULL;
        if (a.rc == 0)
            plan_print(&a.plan, &text);
        if (law || (a.rc == 0 && !text.n) || (a.rc < 0 && !*a.err.text)) {
            diag("%s: %s", line, law ? law : "nothing is said");
            broken++;
        }
        accepted += a.rc == 0;
        tki_buf_free(&text);
        answer_free(&a);
    }
    ok(accepted > 1000 && broken == 0, "%u of %u combinations make a plan, and none breaks a law", accepted,
       TARGETS * QUERIES << SWITCHES);
}

int main(void)
{
    test_plans();
    test_asked();
    test_laws();
    test_terminal();
    test_shown();
    test_filter();
    test_query_errors();
    return done_testing();
}
