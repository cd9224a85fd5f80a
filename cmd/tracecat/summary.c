/* --stats: one screen about a dump. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/err.h"
#include "cli/json_out.h"
#include "cli/msg.h"
#include "cli/progress.h"
#include "cli/term.h"
#include "io/sink.h"
#include "model/summary.h"
#include "plan.h"
#include "report/number.h"
#include "run/pass.h"

enum { SERVICES_SHOWN = 10 };

int reader_status(const struct tk_reader *r, int code)
{
    tki_msg_notes(tk_reader_notes(r), NULL);
    bool problems = tki_msg_problems(r);
    if (code < 0) {
        tki_msg_err(tk_reader_err(r));
        return tki_err_status(tk_reader_err(r));
    }
    if (!problems && tk_reader_stats(r)->spans == 0)
        tki_msg("the input holds no spans");
    return problems ? TKI_EXIT_IO : 0;
}

/* The services by number of spans, then name. */
static uint32_t *by_spans(const struct tki_summary *s)
{
    uint32_t n = s->services.n, *order = malloc((n + 1) * sizeof *order);
    if (!order)
        tki_die(TKI_EXIT_IO, "out of memory");
    for (uint32_t i = 0; i < n; i++) {
        uint32_t j = i;
        for (; j > 0; j--) { /* services are few: insertion keeps the order stable */
            uint32_t k = order[j - 1];
            uint64_t a = s->service_counts[i].spans, z = s->service_counts[k].spans;
            if (z > a || (z == a && tki_str_cmp(s->services.strs[k], s->services.strs[i]) <= 0))
                break;
            order[j] = k;
        }
        order[j] = i;
    }
    return order;
}

static const char *count(char *to, uint64_t n)
{
    return tki_count_format(to, n);
}

/* The last of the counted kinds is that of all other numbers. */
static const char *kind_name(unsigned kind)
{
    const char *name = tk_kind_name(kind);
    return name ? name : "unknown";
}

static void print_kinds(const struct tki_summary *s, struct tki_buf *out)
{
    static const unsigned kinds[] = {TK_KIND_SERVER,   TK_KIND_CLIENT,      TK_KIND_INTERNAL, TK_KIND_PRODUCER,
                                     TK_KIND_CONSUMER, TK_KIND_UNSPECIFIED, TKI_KINDS};
    char n[TKI_QUANTITY_MAX];
    int shown = 0;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (!s->counts.kinds[kinds[i]])
            continue;
        tki_buf_str(out, shown == 0 ? TKI_STR("kinds      ") : shown == 4 ? TKI_STR(",\n           ") : TKI_STR(", "));
        tki_buf_printf(out, "%s %s", kind_name(kinds[i]), count(n, s->counts.kinds[kinds[i]]));
        shown++;
    }
    if (shown)
        tki_buf_putc(out, '\n');
}

/* Bytes are those of the input: what a selection of its spans takes in it cannot be told apart. */
static void print_bytes(const struct tki_summary *s, const struct tk_read_stats *st, bool selected, struct tki_buf *out)
{
    char a[TKI_QUANTITY_MAX];
    tki_buf_printf(out, "bytes      %s", tki_size_format(a, st->bytes));
    if (st->bytes_read != st->bytes)
        tki_buf_printf(out, " (%s compressed)", tki_size_format(a, st->bytes_read));
    if (selected)
        tki_buf_printf(out, ", with all %s %s of the input", count(a, st->spans),
                       tki_plural(st->spans, "span", "spans"));
    else if (s->counts.spans)
        tki_buf_printf(out, ", %" PRIu64 " a span", st->bytes / s->counts.spans);
    tki_buf_putc(out, '\n');
}

static void print_counts(const struct tki_summary *s, const struct tk_read_stats *st, bool selected,
                         struct tki_buf *out)
{
    char a[TKI_QUANTITY_MAX], b[TKI_QUANTITY_MAX], c[TKI_QUANTITY_MAX];
    tki_buf_printf(out, "spans      %s in %s %s, %s %s\n", count(a, s->counts.spans), count(b, s->traces),
                   tki_plural(s->traces, "trace", "traces"), count(c, s->services.n),
                   tki_plural(s->services.n, "service", "services"));
    print_bytes(s, st, selected, out);
    tki_buf_printf(out, "errors     %s %s in %s %s\n", count(a, s->counts.errors),
                   tki_plural(s->counts.errors, "span", "spans"), count(b, s->with_errors),
                   tki_plural(s->with_errors, "trace", "traces"));
    tki_buf_printf(out, "events     %s, links %s\n", count(a, s->counts.events), count(b, s->counts.links));
    print_kinds(s, out);
    tki_buf_printf(out, "roots      %s %s without, %s with several\n", count(a, s->no_root),
                   tki_plural(s->no_root, "trace", "traces"), count(b, s->many_roots));
}

static const char *resolution(uint64_t ticks)
{
    static const char *const names[] = {"1 ns",   "10 ns", "100 ns", "1 us",   "10 us",
                                        "100 us", "1 ms",  "10 ms",  "100 ms", "1 s"};
    unsigned i = 0;
    for (; ticks >= 10 && i < 9; ticks /= 10)
        i++;
    return names[i];
}

static void print_times(const struct tki_summary *s, struct tki_buf *out)
{
    char a[TKI_QUANTITY_MAX], b[TKI_QUANTITY_MAX];
    if (s->start_min_ns != TKI_NO_TIME) {
        tki_buf_printf(out, "time       %s to\n", tki_time_format(a, s->start_min_ns));
        tki_buf_printf(out, "           %s (%s), in steps of %s\n", tki_time_format(a, s->end_max_ns),
                       tki_duration_format(b, (double)(s->end_max_ns - s->start_min_ns)), resolution(s->counts.ticks));
    }
    if (s->counts.negative || s->untimed)
        tki_buf_printf(out, "odd times  %s end before they start, %s have no start or no end\n",
                       count(a, s->counts.negative), count(b, s->untimed));
    if (!s->traces)
        return;
    tki_buf_lit(out, "trace         p50       p90       p95       p99       max\n  duration");
    for (int i = 0; i < TKI_QUANTILES; i++)
        tki_buf_printf(out, " %9s", tki_duration_format(a, (double)s->duration_ns[i]));
    tki_buf_lit(out, "\n  spans   ");
    for (int i = 0; i < TKI_QUANTILES; i++)
        tki_buf_printf(out, " %9s", count(a, s->trace_spans[i]));
    tki_buf_putc(out, '\n');
}

static bool has_tags(const struct tki_summary *s)
{
    for (unsigned i = 0; i < s->nrates; i++)
        if (tki_rate_class(s->rates[i].rate) == TKI_RATE_TAGS)
            return true;
    return false;
}

static void print_sampling(const struct tki_summary *s, struct tki_buf *out)
{
    char a[TKI_QUANTITY_MAX], b[TKI_QUANTITY_MAX];
    if (!s->weighed)
        tki_buf_lit(out, "sampling   no thresholds (ot=th) seen: every trace counts once\n");
    else
        tki_buf_printf(out, "sampling   %s of %s traces carry a %s; together they stand for %.0f\n",
                       count(a, s->weighed), count(b, s->traces),
                       has_tags(s) ? "threshold or Jaeger's sampler tags" : "threshold", s->represented);
    for (unsigned i = 0; i < s->nrates && i < 5; i++) {
        bool tags = tki_rate_class(s->rates[i].rate) == TKI_RATE_TAGS;
        tki_buf_printf(out, "           %s %014" PRIx64 ": weight %.4g, %s spans\n",
                       tags ? "sampler.param, as th" : "th", tki_rate_threshold(s->rates[i].rate),
                       tki_rate_weight(s->rates[i].rate), count(a, s->rates[i].spans));
    }
    if (s->nrates > 5)
        tki_buf_printf(out, "           and %u more%s\n", s->nrates - 5, s->more_rates ? " or above" : "");
    if (s->unknown)
        tki_buf_printf(out,
                       "           rate unknown of %s traces (their sampler.type does not say): each counts once\n",
                       count(a, s->unknown));
}

static void print_services(const struct tki_summary *s, struct tki_buf *out)
{
    char a[TKI_QUANTITY_MAX], b[TKI_QUANTITY_MAX];
    uint32_t *order = by_spans(s);
    if (s->services.n)
        tki_buf_lit(out, "services                                  spans      errors\n");
    for (uint32_t i = 0; i < s->services.n && i < SERVICES_SHOWN; i++) {
        tk_str name = s->services.strs[order[i]];
        tki_buf_lit(out, "  ");
        tki_buf_cell(out, name.n ? name : TKI_STR("(no service.name)"), 33, false);
        tki_buf_printf(out, " %11s %11s\n", count(a, s->service_counts[order[i]].spans),
                       count(b, s->service_counts[order[i]].errors));
    }
    if (s->services.n > SERVICES_SHOWN)
        tki_buf_printf(out, "  and %" PRIu32 " more\n", s->services.n - SERVICES_SHOWN);
    free(order);
}

static void print_json(const struct tki_summary *s, const struct tk_read_stats *st, struct tki_buf *out)
{
    static const char *const quantiles[] = {"p50", "p90", "p95", "p99", "max"};
    struct tki_json j = {.to = out};
    tki_json_object(&j, NULL);
    tki_json_text(&j, "schema", "tracekit.summary.v1");
    tki_json_u64(&j, "spans", s->counts.spans);
    tki_json_u64(&j, "traces", s->traces);
    tki_json_double(&j, "traces_represented", s->represented);
    tki_json_u64(&j, "traces_with_threshold", s->weighed);
    tki_json_u64(&j, "traces_with_unknown_rate", s->unknown);
    tki_json_u64(&j, "bytes", st->bytes);
    tki_json_u64(&j, "bytes_read", st->bytes_read);
    tki_json_u64(&j, "spans_read", st->spans);
    tki_json_u64(&j, "error_spans", s->counts.errors);
    tki_json_u64(&j, "error_traces", s->with_errors);
    tki_json_u64(&j, "root_spans", s->counts.spans - s->counts.with_parent);
    tki_json_u64(&j, "traces_without_root", s->no_root);
    tki_json_u64(&j, "traces_with_several_roots", s->many_roots);
    tki_json_u64(&j, "events", s->counts.events);
    tki_json_u64(&j, "links", s->counts.links);
    tki_json_u64(&j, "negative_durations", s->counts.negative);
    tki_json_u64(&j, "spans_without_times", s->untimed);
    tki_json_u64(&j, "time_min_unix_nano", s->start_min_ns == TKI_NO_TIME ? 0 : s->start_min_ns);
    tki_json_u64(&j, "time_max_unix_nano", s->end_max_ns);
    tki_json_u64(&j, "clock_resolution_ns", s->counts.ticks ? s->counts.ticks : 1);
    tki_json_object(&j, "kinds");
    for (unsigned i = 0; i <= TKI_KINDS; i++)
        tki_json_u64(&j, kind_name(i), s->counts.kinds[i]);
    tki_json_end(&j);
    tki_json_object(&j, "trace_duration_ns");
    for (int i = 0; i < TKI_QUANTILES; i++)
        tki_json_u64(&j, quantiles[i], s->duration_ns[i]);
    tki_json_end(&j);
    tki_json_object(&j, "trace_spans");
    for (int i = 0; i < TKI_QUANTILES; i++)
        tki_json_u64(&j, quantiles[i], s->trace_spans[i]);
    tki_json_end(&j);
    tki_json_array(&j, "thresholds");
    for (unsigned i = 0; i < s->nrates; i++) {
        tki_json_object(&j, NULL);
        tki_json_text(&j, "from", tki_rate_class(s->rates[i].rate) == TKI_RATE_TAGS ? "sampler.param" : "ot=th");
        tki_json_u64(&j, "threshold", tki_rate_threshold(s->rates[i].rate));
        tki_json_double(&j, "weight", tki_rate_weight(s->rates[i].rate));
        tki_json_u64(&j, "traces", s->rates[i].traces);
        tki_json_u64(&j, "spans", s->rates[i].spans);
        tki_json_end(&j);
    }
    tki_json_end(&j);
    uint32_t *order = by_spans(s);
    tki_json_array(&j, "services");
    for (uint32_t i = 0; i < s->services.n; i++) {
        tki_json_object(&j, NULL);
        tki_json_str(&j, "name", s->services.strs[order[i]]);
        tki_json_u64(&j, "spans", s->service_counts[order[i]].spans);
        tki_json_u64(&j, "error_spans", s->service_counts[order[i]].errors);
        tki_json_end(&j);
    }
    tki_json_end(&j);
    tki_json_end(&j);
    free(order);
}

/* ---- reading ---- */

/* Which spans the plan selects. */
struct selection {
    const struct plan *plan;
    struct tki_idmap first; /* with a limit: the traces that came first */
};

static bool selects(const struct plan *p)
{
    return !p->filter.all || p->limit != UINT64_MAX;
}

static size_t select_rows(void *ctx, const struct tk_batch *b, uint32_t *rows)
{
    struct selection *x = ctx;
    uint64_t limit = x->plan->limit;
    size_t n = filter_rows(&x->plan->filter, b, rows), kept = 0;
    if (limit == UINT64_MAX)
        return n;
    for (size_t i = 0; i < n; i++) {
        tk_id128 id = b->spans[rows[i]].trace_id;
        bool within = tki_idmap_get(&x->first, id) != TKI_MAP_NONE;
        if (!within && x->first.n < limit) {
            within = true;
            if (tki_idmap_put(&x->first, id) == TKI_MAP_NONE)
                tki_die(TKI_EXIT_IO, "out of memory");
        }
        rows[kept] = rows[i];
        kept += within;
    }
    return kept;
}

/* What is counted, and what one batch adds to it. */
struct counter {
    const struct plan *plan;
    struct tki_summary summary;
    struct filter_met met;
};

struct part {
    struct tki_summary_part summary;
    struct filter_met met;
};

static int look(void *ctx, struct tk_batch *b, const struct tki_groups *groups, void **memory)
{
    const struct counter *c = ctx;
    struct part *x = *memory ? *memory : calloc(1, sizeof *x);
    *memory = x;
    if (!x || filter_meet(&c->plan->filter, b, groups->nrows, &x->met) < 0)
        return TK_ENOMEM;
    return tki_summary_look(&x->summary, b, groups);
}

static void free_part(void *part)
{
    struct part *x = part;
    tki_summary_part_free(&x->summary);
    filter_met_free(&x->met);
    free(x);
}

static int take(void *ctx, struct tk_batch *b, const struct tki_groups *groups, void *part, int code,
                struct tk_err *err)
{
    struct counter *c = ctx;
    struct part *x = part;
    (void)b;
    (void)groups;
    if (code == 0)
        code = filter_met_take(&c->met, &x->met, &c->plan->filter);
    if (code == 0)
        code = tki_summary_take(&c->summary, &x->summary);
    return code < 0 ? tki_err_memory(err) : 0;
}

static void tick(void *progress, const struct tk_read_stats *stats)
{
    tki_progress_read(progress, "reading", stats);
}

/* Reads everything; what the plan does not select is left out. */
static void read_into(struct counter *c, struct tki_pass *pass, struct selection *x, const char *const *files,
                      size_t nfiles)
{
    const struct plan *p = c->plan;
    struct tki_progress progress = {0};
    struct tk_read_opts ro;
    struct tk_err err = {0};
    tki_pass_add(pass, &(struct tki_consumer){
                           .needs = p->reading[0].needs, .ctx = c, .work = look, .part_free = free_part, .fold = take});
    if (selects(p))
        pass->select = select_rows;
    pass->select_ctx = x;
    pass->in_order = p->limit != UINT64_MAX;
    pass->tick = tick;
    pass->tick_ctx = &progress;
    tki_common_read_opts(&p->o->common, &ro);
    if (tki_pass_open(pass, files, nfiles, &ro, false, &err) < 0)
        tki_die_err(&err);
    tki_progress_open(&progress, p->o->common.progress);
    if (tki_pass_read(pass, &err) < 0 ||
        (tki_summary_finish(&c->summary, pass->ledger) < 0 && tki_err_memory(&err) < 0))
        tki_die_err(&err);
    tki_progress_close(&progress);
    pass->tick = NULL; /* the progress ends with this function */
    pass->tick_ctx = NULL;
}

int summarize(const struct plan *p, const char *const *files, size_t nfiles)
{
    struct counter c = {.plan = p};
    struct tki_ledger ledger = {0};
    struct tki_pass pass = {.ledger = &ledger};
    struct tk_err err = {0};
    struct selection selection = {.plan = p};
    struct tki_sink *sink;
    struct tki_buf out = {0};
    read_into(&c, &pass, &selection, files, nfiles);
    const struct tk_read_stats *st = tk_reader_stats(pass.reader);
    if (p->form == PLAN_JSON) {
        print_json(&c.summary, st, &out);
    } else {
        print_counts(&c.summary, st, selects(p), &out);
        print_times(&c.summary, &out);
        print_sampling(&c.summary, &out);
        print_services(&c.summary, &out);
    }
    if (tki_sink_open(&sink, p->o->common.output, (int)p->compress, 0, &err) < 0 ||
        tki_sink_write(sink, out.p, out.n, &err) < 0 || tki_sink_close(sink, &err) < 0)
        tki_die_err(&err);
    filter_met_say(&c.met, &p->filter);
    int status = reader_status(pass.reader, pass.read_err.code);
    tki_buf_free(&out);
    tki_pass_close(&pass);
    tki_ledger_free(&ledger);
    tki_idmap_free(&selection.first);
    filter_met_free(&c.met);
    tki_summary_free(&c.summary);
    return status;
}
