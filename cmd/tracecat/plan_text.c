/* The plan in words. */
#include <inttypes.h>

#include "plan.h"
#include "report/number.h"

/* Appends a word, behind a comma when *some tells that there is a word before it. */
static void word(struct tki_buf *to, bool *some, const char *text)
{
    tki_buf_printf(to, "%s%s", *some ? ", " : "", text);
    *some = true;
}

static void put_needs(const struct plan *p, const struct plan_reading *r, struct tki_buf *to)
{
    static const struct {
        unsigned need;
        const char *name;
    } names[] = {{TK_NEED_NAME, "names"},   {TK_NEED_EVENTS, "events"},  {TK_NEED_LINKS, "links"},
                 {TK_NEED_STATE, "states"}, {TK_NEED_WEIGHT, "weights"}, {TK_NEED_RESOURCE, "resources"}};
    bool some = false;
    if ((r->needs | TK_NEED_RAW) == TK_NEED_COPY && !r->keys_only) {
        tki_buf_str(to, tki_str(r->copy_proto ? "all of each span, copied where it comes as OTLP protobuf"
                                              : "all of each span"));
        return;
    }
    word(to, &some, "ids, times, kind and status");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (r->needs & names[i].need)
            word(to, &some, names[i].name);
    if (!(r->needs & TK_NEED_ATTRS))
        return;
    size_t n = 0;
    const tk_str *keys = r->keys_only ? tki_query_keys(p->query.query, &n) : NULL;
    for (size_t i = 0; i < n; i++)
        tki_buf_printf(to, ", %.*s", (int)keys[i].n, keys[i].p);
    if (!n)
        word(to, &some, "attributes");
}

static void put_reading(const struct plan *p, const struct plan_reading *r, bool selects, struct tki_buf *to)
{
    bool some = false;
    put_needs(p, r, to);
    tki_buf_lit(to, "\n  threads   ");
    word(to, &some, "decode");
    if (selects && p->filter.nids)
        word(to, &some, "select by trace id");
    if (selects && (p->filter.of_dump || p->filter.since_ns || p->filter.until_ns != UINT64_MAX))
        word(to, &some, "select by time");
    if (selects && p->filter.nshards)
        word(to, &some, "select by share");
    if (!selects)
        word(to, &some, "select what was found");
    if (r->ask)
        word(to, &some, "ask the query");
    if (p->rank && selects)
        word(to, &some, "find the longest traces");
    if (r->redact)
        word(to, &some, "redact");
    if (r->encode)
        word(to, &some, "encode");
    tki_buf_putc(to, '\n');
}

static void put_memory(size_t bytes, struct tki_buf *to)
{
    char size[TKI_QUANTITY_MAX];
    tki_buf_printf(to, "%s in memory, more in a temporary file\n", tki_size_format(size, bytes));
}

static void put_steps(const struct plan *p, struct tki_buf *to)
{
    bool some = false;
    if (p->whole) {
        tki_buf_lit(to, "traces      are put together: ");
        put_memory(p->traces_memory, to);
    }
    if (!p->mend && !p->ask_traces && !p->redact_traces && !p->logs_memory)
        return;
    tki_buf_lit(to, "  steps     ");
    if (p->logs_memory)
        word(to, &some, "add log lines");
    if (p->mend)
        word(to, &some, "repair");
    if (p->ask_traces)
        word(to, &some, "ask the query");
    if (p->redact_traces)
        word(to, &some, "redact");
    tki_buf_putc(to, '\n');
}

static void put_order(const struct plan *p, struct tki_buf *to)
{
    static const char *const keys[] = {[SORT_TIME] = "time", [SORT_DURATION] = "duration", [SORT_ID] = "id"};
    if (p->query.ordered)
        tki_buf_lit(to, "order       that of the query: results in a temporary file\n");
    if (p->sort) {
        tki_buf_printf(to, "sort        %s by %s: ", p->sort_traces ? "traces" : "spans", keys[p->o->sort]);
        put_memory(p->sort_memory, to);
    }
    if (p->values_memory) {
        tki_buf_lit(to, "values      for quantiles: ");
        put_memory(p->values_memory, to);
    }
    if (p->query.limit != UINT64_MAX)
        tki_buf_printf(to, "limit       %" PRIu64 " %s of the query\n", p->query.limit,
                       tki_plural(p->query.limit, "result", "results"));
    if (p->answer == PLAN_TOP) {
        tki_buf_lit(to, "times       of every span: ");
        put_memory(p->top.memory, to);
    }
    if (p->limit != UINT64_MAX)
        tki_buf_printf(to, "limit       %" PRIu64 " %s\n", p->limit, tki_plural(p->limit, "trace", "traces"));
}

static void put_output(const struct plan *p, struct tki_buf *to)
{
    static const char *const forms[] = {
        [TKI_RENDER_TEXT] = "text", [TKI_RENDER_JSON] = "JSON",         [TKI_RENDER_TSV] = "TSV",
        [TKI_RENDER_CSV] = "CSV",   [TKI_RENDER_MARKDOWN] = "Markdown", [TKI_RENDER_HTML] = "HTML",
        [TKI_RENDER_TAP] = "TAP",   [TKI_RENDER_JUNIT] = "JUnit",       [TKI_RENDER_SARIF] = "SARIF"};
    static const char *const what[] = {[PLAN_TREE] = "waterfalls",
                                       [PLAN_LIST] = "a line for each trace",
                                       [PLAN_TOP] = "a line for each operation or other group",
                                       [PLAN_TABLE] = "the table of the query",
                                       [PLAN_STATS] = "statistics",
                                       [PLAN_VERIFY] = "what is wrong with the traces",
                                       [PLAN_CHECK] = "whether assertions on the traces hold"};
    tki_buf_lit(to, "output      ");
    if (p->answer == PLAN_SPANS)
        tki_buf_printf(to, "%s as %s", p->by_trace ? "whole traces" : "spans", p->format->info.name);
    else if (p->answer == PLAN_TREE)
        tki_buf_str(to, tki_str(what[p->answer]));
    else
        tki_buf_printf(to, "%s as %s", what[p->answer], forms[p->report.how]);
    if (p->show)
        tki_buf_lit(to, ", or one trace as a waterfall");
    if (p->o->lossless)
        tki_buf_lit(to, ", lossless");
    if (p->compress)
        tki_buf_printf(to, ", compressed at level %" PRIu64, p->compress);
    if (p->o->split)
        tki_buf_lit(to, ", a file for each trace");
    if (p->o->route_given)
        tki_buf_printf(to, ", divided among %" PRIu64 " files by a hash of the trace id", p->o->route);
    tki_buf_putc(to, '\n');
}

void plan_print(const struct plan *p, struct tki_buf *to)
{
    if (p->filter.of_dump)
        tki_buf_lit(to, "read first  times, from when to when spans start\n");
    for (int i = 0; i < p->readings; i++) {
        tki_buf_str(to, tki_str(p->readings == 1 ? "read        " : i == 0 ? "read first  " : "read again  "));
        put_reading(p, &p->reading[i], i == 0, to);
    }
    put_steps(p, to);
    put_order(p, to);
    put_output(p, to);
}
