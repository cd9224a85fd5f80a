#include "plan.h"

#include "analyze/mend.h"
#include "base/err.h"
#include "cli/suffix.h"
#include "model/catalog.h"

enum { MEMORY_DEFAULT = 256 << 20 };

const char *const top_orders[] = {"critical", "self", "total", "calls", "errors", "p50", "p95", "p99", "name", NULL};
const char *const repair_words[] = {"dup",    "cycles", "skew",   "jaeger-skew", "orphans", "clip",
                                    "shared", "units",  "halves", "links",       NULL};
static const unsigned repairs[] = {TKI_MEND_DUP,  TKI_MEND_CYCLES, TKI_MEND_SKEW,  TKI_MEND_JAEGER, TKI_MEND_ORPHANS,
                                   TKI_MEND_CLIP, TKI_MEND_SHARED, TKI_MEND_UNITS, TKI_MEND_HALVES, TKI_MEND_LINKS};

#define REFUSE(...) return tki_err_set(err, TK_EUSAGE, __VA_ARGS__)

/* ---- what goes together ---- */

static bool lists(const struct options *o)
{
    return o->common.to && strcmp(o->common.to, "list") == 0;
}

static int check_reports(const struct options *o, struct tk_err *err)
{
    if (o->common.json && !o->stats && !o->merge && !o->query && !o->verify && !o->check && !o->top && !lists(o))
        REFUSE(
            "--json is for reports: --stats, --top, --verify, --query, -t list and --formats; for spans as JSON use --to=rows "
            "or --to=json");
    if (o->stats && (o->group || o->sort_given || o->repair || o->split))
        REFUSE("--stats prints a report: --group, --sort, --repair and --split do not go with it");
    if (o->logs.n && (o->stats || o->verify || o->top))
        REFUSE("--logs adds log lines to spans: %s, which does not show them, does not go with it", o->stats ? "--stats"
                                                                                                    : o->top
                                                                                                        ? "--top"
                                                                                                        : "--verify");
    if (o->redact.n && o->stats)
        REFUSE("--stats prints names as they are: --redact does not go with it");
    if (o->top && (o->stats || o->verify || o->split || o->spans || o->group || o->sort_given))
        REFUSE("--top prints a report about whole traces: --stats, --verify, --split, --spans, --group and --sort do "
               "not go with it");
    if (o->order_given && !o->top)
        REFUSE("--order is for --top");
    if (o->check &&
        (o->verify || o->stats || o->top || o->split || o->redact.n || o->logs.n || o->sort_given || o->lossless))
        REFUSE(
            "--check prints a report: --verify, --stats, --top, --split, --redact, --logs, --sort and --lossless do not "
            "go with it");
    if (o->strict && !o->check)
        REFUSE("--strict goes with --check");
    if (o->verify && (o->stats || o->split || o->redact.n))
        REFUSE("--verify prints a report: --stats, --split and --redact do not go with it");
    return 0;
}

/* States of an answer: what is asked once all parts are there, and what depends on their order, has none. */
static int check_states(const struct options *o, struct tk_err *err)
{
    bool selects = o->traces.n || o->since_given || o->until_given || o->shard;
    if (o->partial && !o->stats && !o->top && !o->query && !o->merge)
        REFUSE("--partial is for --stats, --top and queries that end in metrics, whose answers can be merged");
    if (o->partial && o->repair)
        REFUSE("--partial counts traces as they are: --repair does not go with it; write mended traces first");
    if (o->partial && o->query && (o->stats || o->top))
        REFUSE("--partial is for %s of all spans: --query does not go with it", o->top ? "--top" : "--stats");
    if (o->partial && o->limit_given)
        REFUSE("--partial is for all of an answer: --limit does not go with it");
    if (o->partial && o->shard)
        REFUSE("--partial counts what was read, and --shard reads everything for a part of it: divide the input with "
               "--route first");
    if (o->partial && (o->common.to || o->common.json))
        REFUSE("--partial writes a state: give --to and --json with --merge");
    if (o->merge &&
        (selects || (o->query && (o->stats || o->top)) || (o->limit_given && !o->top) || o->route_given || o->split ||
         o->verify || o->check || o->group || o->sort_given || o->repair || o->redact.n || o->logs.n))
        REFUSE("--merge reads states, which know what was asked: only --stats, or --top with --order and --limit, or "
               "--query with --step, --partial, --to, --json, --output and --compress go with it");
    return 0;
}

static int check(const struct options *o, struct tk_err *err)
{
    if ((o->spans || o->step_ns) && !o->query)
        REFUSE("%s goes with --query", o->spans ? "--spans" : "--step");
    if (o->redact_key && !o->redact.n)
        REFUSE("--redact-key is for --redact");
    if (o->split && o->common.output)
        REFUSE("--split names the files: --output does not go with it");
    if (o->force && !o->split)
        REFUSE("--force is for --split");
    if (o->route_given && o->split)
        REFUSE("--route and --split are two ways to divide traces among files: give one");
    if (o->route_given && route_check(o->common.output, o->route, err) < 0)
        return TK_EUSAGE;
    return check_states(o, err) < 0 ? TK_EUSAGE : check_reports(o, err);
}

/* ---- the query ---- */

static int check_query(const struct plan *p, struct tk_err *err)
{
    const struct options *o = p->o;
    const struct plan_query *q = &p->query;
    bool table = p->answer == PLAN_TABLE, metrics = q->shape == TKI_QUERY_SERIES;
    if (o->step_ns && !metrics)
        REFUSE("--step is for queries that end in metrics such as rate()");
    if (o->step_ns && tki_query_compares(q->query))
        REFUSE("compare() looks at all the time there is: --step does not go with it");
    if ((o->partial || o->merge) && !metrics)
        REFUSE("%s is for queries that end in metrics such as rate(): this one does not",
               o->merge ? "--merge" : "--partial");
    if (o->partial && tki_query_compares(q->query))
        REFUSE("compare() shows the most frequent values of all: it has no state, ask it of the whole dump");
    if (table && (o->sort_given || o->split || o->verify || o->check))
        REFUSE(
            "a query that ends in a table has no spans left: --sort, --split, --verify and --check do not go with it");
    if (table && o->redact.n)
        REFUSE("a query that ends in a table shows values as they are: --redact does not go with it");
    if (o->spans && table)
        REFUSE("--spans is for queries that select spans; this one ends in %s", metrics ? "metrics" : "a table");
    if (o->common.json && !table && !o->verify && !o->check && !o->stats && !o->top && !lists(o))
        REFUSE("--json is for queries that end in a table; for spans as JSON use --to=rows or --to=json");
    return 0;
}

static int plan_query(struct plan *p, struct tk_err *err)
{
    const struct options *o = p->o;
    struct plan_query *q = &p->query;
    q->limit = UINT64_MAX;
    if (!o->query)
        return 0;
    int r = tki_query_parse(&q->query, tki_str(o->query), err);
    if (r < 0)
        return r;
    q->shape = tki_query_shape(q->query);
    bool spans = (o->common.to && !tki_report_only_name(o->common.to)) || o->stats || o->top;
    if (!tki_query_finds_spans(q->query) && (o->stats || o->top))
        REFUSE("%s is about the spans that a query selects; this one ends in a table", o->top ? "--top" : "--stats");
    if (q->shape == TKI_QUERY_SERIES || (q->shape == TKI_QUERY_ROWS && !spans && !o->verify && !o->check))
        p->answer = PLAN_TABLE;
    bool table = p->answer == PLAN_TABLE;
    /* What is asked about is what was mended; a part of a dump holds whole traces. */
    q->whole = tki_query_whole(q->query) || p->mend || o->logs.n || o->partial;
    q->spans = o->spans || table;
    q->ordered = tki_query_ordered(q->query) && !table;
    q->step_ns = o->step_ns;
    if (tki_query_limit(q->query))
        q->limit = tki_query_limit(q->query);
    if (o->limit_given && !o->sort_given && !q->spans && !lists(o) && !o->top && o->limit < q->limit)
        q->limit = o->limit;
    return check_query(p, err);
}

/* ---- the output ---- */

static bool is_report(const struct plan *p)
{
    return p->answer == PLAN_LIST || p->answer == PLAN_TOP || p->answer == PLAN_STATS || p->answer == PLAN_VERIFY ||
           p->answer == PLAN_CHECK || p->answer == PLAN_TABLE;
}

static int plan_report(struct plan *p, struct tk_err *err)
{
    const struct tki_common *c = &p->o->common;
    int r = tki_report_choose(&p->report,
                              &(struct tki_report_ask){.to = p->answer == PLAN_LIST ? NULL : c->to,
                                                       .json = c->json,
                                                       .option = "output",
                                                       .path = c->output,
                                                       .compress = c->compress,
                                                       .findings = p->answer == PLAN_VERIFY || p->answer == PLAN_CHECK,
                                                       .data = p->answer == PLAN_TABLE || p->answer == PLAN_TOP},
                              err);
    p->compress = (uint64_t)p->report.compress;
    p->report.pages = !p->o->no_pager;
    return r;
}

static int plan_partial(struct plan *p, bool to_terminal, struct tk_err *err)
{
    const struct tki_common *c = &p->o->common;
    struct tki_suffix named = {0};
    if (p->filter.of_dump)
        REFUSE("--partial: times relative to the dump differ from part to part: give --since and --until as dates");
    if (to_terminal && !c->output)
        REFUSE("a state is not written to a terminal: use -o FILE");
    if (c->output && tki_suffix_read(&named, "output", c->output, TKI_SUFFIX_NAMED, err) < 0)
        return TK_EUSAGE;
    p->compress = named.zstd && !c->compress ? TKI_ZSTD_LEVEL : c->compress;
    return 0;
}

static int plan_spans(struct plan *p, struct tk_err *err)
{
    struct tki_common c = p->o->common;
    if (tki_report_only_name(c.to))
        REFUSE("-t %s is for reports: --stats, --verify, --check, --formats, and queries that end in a table", c.to);
    int r = tki_common_name_spans(&c, err);
    const char *to = c.to ? c.to : "json";
    p->compress = c.compress;
    if (strcmp(to, "tree") == 0)
        p->answer = PLAN_TREE;
    else
        p->format = tki_target_find(to);
    return r;
}

/* A terminal is shown traces when nothing says what else to write. */
static bool shows(const struct plan *p)
{
    const struct options *o = p->o;
    return p->answer == PLAN_SPANS && !o->common.to && !o->common.output && !o->common.compress && !o->common.json &&
           !o->split && !o->lossless && !o->group && !o->spans;
}

static int plan_output(struct plan *p, bool to_terminal, struct tk_err *err)
{
    const struct options *o = p->o;
    bool shown = shows(p); /* on a terminal */
    p->show = shown && to_terminal;
    if (p->show || (p->answer == PLAN_SPANS && lists(o)))
        p->answer = PLAN_LIST;
    int r = o->partial ? plan_partial(p, to_terminal, err) : is_report(p) ? plan_report(p, err) : plan_spans(p, err);
    if (r < 0)
        return r;
    if (o->route_given && p->answer != PLAN_SPANS)
        REFUSE(
            "--route divides spans among files: what is written to one, a report, list or tree, does not go with it");
    if (o->verbose && !shown && p->answer != PLAN_TREE && p->answer != PLAN_LIST)
        REFUSE("--verbose is for trees and lists: give -t tree or -t list");
    if (p->answer == PLAN_LIST && o->split)
        REFUSE("-t list is one list: --split does not go with it");
    if (o->lossless && (is_report(p) || !p->format || !tki_format_lossless(p->format)))
        REFUSE("--lossless is for formats that are read back, not for %s", p->answer == PLAN_STATS    ? "--stats"
                                                                           : p->answer == PLAN_VERIFY ? "--verify"
                                                                           : p->answer == PLAN_TABLE  ? "a table"
                                                                           : p->answer == PLAN_LIST   ? "list"
                                                                           : p->answer == PLAN_TOP    ? "--top"
                                                                           : p->answer == PLAN_TREE
                                                                               ? "tree"
                                                                               : p->format->info.name);
    if (to_terminal && !o->common.output && !o->split && ((p->format && p->format->info.binary) || p->compress))
        REFUSE("binary output is not written to a terminal: use -o FILE or a pipe");
    return 0;
}

/* ---- steps ---- */

static int plan_mending(struct plan *p, struct tk_err *err)
{
    p->mend = 0;
    for (size_t i = 0; i < sizeof repairs / sizeof *repairs; i++)
        p->mend |= p->o->repair >> i & 1 ? repairs[i] : 0;
    if ((p->mend & TKI_MEND_SKEW) && (p->mend & TKI_MEND_JAEGER))
        REFUSE("--repair: skew and jaeger-skew are two ways of one repair: give one");
    if ((p->mend & TKI_MEND_HALVES) && (p->mend & TKI_MEND_LINKS))
        REFUSE("--repair: halves and links both put traces together: give one, and the other to a second tracecat");
    if ((p->mend & TKI_MEND_LINKS) && p->o->traces.n)
        REFUSE(
            "--trace selects before --repair=links puts traces together: give it to a second tracecat, behind this one");
    return 0;
}

/* "{ .KEY != nil }": what is asked when no span had it. */
static int ask_for(struct plan_top *t)
{
    struct tki_buf text = {0};
    struct tk_err err = {0};
    if (t->field.id != TKI_F_ATTR)
        return 0;
    tki_buf_lit(&text, "{ ");
    tki_field_print(&text, &t->field);
    tki_buf_lit(&text, " != nil }");
    int r = tki_query_parse(&t->has, tki_buf_text(&text, &text.err), &err);
    r = text.err ? TK_ENOMEM : r;
    tki_buf_free(&text);
    return r;
}

/* An attribute may be written as it is in the dump, or in any way that TraceQL has. */
static int plan_top(struct plan *p, struct tk_err *err)
{
    struct plan_top *t = &p->top;
    const char *by = p->o->top;
    struct tk_err why = {0};
    t->order = p->o->order_given ? (enum top_order)p->o->order : ORDER_PATH;
    t->by = !by || strcmp(by, "operation") == 0 ? TOP_OPERATION : strcmp(by, "service") == 0 ? TOP_SERVICE : TOP_FIELD;
    if (!by || t->by != TOP_FIELD)
        return 0;
    int r = tki_field_parse(tki_str(by), &t->arena, &t->field, &why);
    if (r == TK_EUSAGE) {
        t->field = tki_field_attr(TKI_SCOPE_ANY, tki_str(by));
        r = *by ? 0 : TK_EUSAGE;
    }
    if (r == TK_EUSAGE)
        REFUSE("--top= needs operation, service or an attribute");
    if (r == 0 && tki_field_traits(&t->field) & (TKI_T_WHOLE | TKI_T_EVENT | TKI_T_LINK))
        REFUSE("--top=%.60s: spans are grouped by what each of them says: operation, service, or an attribute", by);
    if (r == 0)
        r = tki_reads_field(&t->reads, &t->field);
    if (r == 0)
        r = ask_for(t);
    return r < 0 ? tki_err_memory(err) : 0;
}

/* A list sorts its lines and not spans, and so the limit is the list's. */
static void plan_list(struct plan *p)
{
    const struct options *o = p->o;
    p->list_order = o->sort_given ? (enum sort_key)o->sort : SORT_DURATION;
    p->list_limit = UINT64_MAX;
    if (p->answer != PLAN_LIST && p->answer != PLAN_TOP)
        return;
    if (o->limit_given)
        p->list_limit = o->limit;
    p->limit = UINT64_MAX;
}

/* Everything between decoding and the output. */
static void plan_steps(struct plan *p)
{
    const struct options *o = p->o;
    const struct plan_query *q = &p->query;
    bool takes_whole = p->answer == PLAN_TREE || p->answer == PLAN_VERIFY || p->answer == PLAN_CHECK ||
                       (p->format && p->format->info.whole_traces);
    bool together = p->answer != PLAN_TABLE && (o->group || o->split || takes_whole);
    if (p->format && p->format->unique_ids && !o->lossless)
        p->mend |= TKI_MEND_SHARED;
    bool steps = p->mend || o->logs.n || (q->query && q->whole);
    bool find = q->query && !q->whole && !q->spans;
    p->ask_traces = q->query && q->whole;
    p->redact_traces = o->redact.n && steps;
    p->whole = together || steps;
    p->by_trace = together || (p->whole && !o->sort_given);
    p->sort = o->sort_given && p->answer != PLAN_LIST;
    p->sort_traces = p->sort && together;
    p->limit = UINT64_MAX;
    /* A query that finds traces takes no more of them than the limit, unless they are sorted after it. */
    if (o->limit_given && !(find && !p->sort))
        p->limit = o->limit;
    plan_list(p);
    size_t memory = o->common.memory ? (size_t)o->common.memory : MEMORY_DEFAULT;
    p->top.memory = p->whole && p->answer == PLAN_TOP ? (memory + 1) / 2 : memory;
    bool values = p->answer == PLAN_TABLE && tki_query_holds_values(q->query);
    size_t share = p->whole && (p->sort || values || p->answer == PLAN_TOP)
                       ? (memory + 1) / 2
                       : memory; /* for each of the two steps that hold spans */
    p->logs_memory = o->logs.n ? memory : 0;
    p->traces_memory = p->whole ? share : 0;
    p->sort_memory = p->sort ? share : 0;
    p->values_memory = values ? share : 0;
    p->rank = p->sort_traces && o->sort == SORT_DURATION && o->limit_given && !q->query && !p->mend && !o->logs.n;
    p->readings = find || p->rank ? 2 : 1;
    p->weigh = p->answer == PLAN_TABLE && q->shape == TKI_QUERY_SERIES && !p->whole;
}

/* ---- reading ---- */

/* What evaluating the query takes; 0 would be everything. */
static unsigned query_needs(const struct plan *p)
{
    unsigned needs = tki_query_needs(p->query.query);
    return needs ? needs : TK_NEED_NAME;
}

static bool is_otlp_proto(const struct tki_format *f)
{
    return f == &tki_format_otlp_proto || f == &tki_format_otlp_framed;
}

static void plan_readings(struct plan *p)
{
    const struct plan_query *q = &p->query;
    struct plan_reading *last = &p->reading[p->readings - 1];
    bool redact = p->o->redact.n > 0, table = p->answer == PLAN_TABLE;
    bool ask = q->query && !q->whole;
    if (p->rank)
        p->reading[0] = (struct plan_reading){.needs = TK_NEED_WEIGHT};
    else if (p->readings == 2)
        p->reading[0] = (struct plan_reading){.needs = query_needs(p), .keys_only = true, .ask = true};
    last->ask = ask && p->readings == 1;
    last->redact = redact && !p->redact_traces;
    if (p->answer == PLAN_STATS && !p->whole && !ask) {
        last->needs = TK_NEED_WEIGHT;
        return;
    }
    /* No span leaves: only what is asked about is decoded, and of whole traces kept; unless they are mended. */
    last->keys_only = table && !p->mend && !p->o->logs.n;
    last->needs = last->keys_only ? query_needs(p) : TK_NEED_COPY;
    if (p->answer == PLAN_LIST && !p->whole && !p->show && !redact && !last->ask)
        last->needs = TKI_CATALOG_NEEDS;
    if (p->answer == PLAN_STATS && !p->whole && !last->ask)
        last->needs = TK_NEED_WEIGHT;
    if (p->answer == PLAN_TOP && !p->whole && !redact && !last->ask)
        last->needs = TK_NEED_NAME | TK_NEED_LINKS | TK_NEED_WEIGHT | p->top.reads.needs;
    /* Redaction must see everything that is written.  So raw bytes of spans are not kept: only what was decoded is
     * written. */
    if (redact)
        last->needs &= ~(unsigned)TK_NEED_RAW;
    /* The assembler, the sorter and two formats only copy spans as OTLP protobuf.  A query looks at spans, so it needs
     * them decoded. */
    last->copy_proto = (p->whole || p->sort || is_otlp_proto(p->format)) && !last->keys_only && !redact && !last->ask;
    last->proto_only = p->whole || p->sort || p->format != &tki_format_otlp_json;
    if (p->answer == PLAN_SPANS && !p->o->split && !p->o->route_given && p->format->independent && !p->whole &&
        !p->sort && p->limit == UINT64_MAX && (!last->ask || q->limit == UINT64_MAX))
        last->encode = p->format;
    last->top = p->answer == PLAN_TOP && !p->whole && !p->sort && p->limit == UINT64_MAX &&
                (!last->ask || q->limit == UINT64_MAX);
}

/* ---- all of it ---- */

int plan_of(struct plan *p, const struct options *o, bool to_terminal, struct tk_err *err)
{
    *p = (struct plan){.o = o,
                       .answer = o->stats || (o->merge && !o->top && !o->query) ? PLAN_STATS
                                 : o->top                                       ? PLAN_TOP
                                 : o->verify                                    ? PLAN_VERIFY
                                 : o->check                                     ? PLAN_CHECK
                                                                                : PLAN_SPANS};
    int r = check(o, err);
    if (r == 0)
        r = filter_of(&p->filter, o, err);
    if (r == 0)
        r = plan_mending(p, err);
    if (r == 0)
        r = plan_query(p, err);
    if (r == 0)
        r = plan_top(p, err);
    if (r == 0)
        r = plan_output(p, to_terminal, err);
    if (r < 0)
        return r;
    plan_steps(p);
    plan_readings(p);
    return 0;
}

void plan_free(struct plan *p)
{
    filter_free(&p->filter);
    tki_query_free(p->query.query);
    tki_query_free(p->top.has);
    tki_reads_free(&p->top.reads);
    tki_arena_free(&p->top.arena);
}
