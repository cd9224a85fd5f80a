/* --stats: one screen about a dump. */
#include <inttypes.h>
#include <stdlib.h>

#include "cli/json_out.h"
#include "cli/msg.h"
#include "cli/progress.h"
#include "cli/term.h"
#include "io/sink.h"
#include "model/summary.h"
#include "report/number.h"
#include "tracecat.h"
#include "view/targets.h"

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

void list_formats(void)
{
    struct tki_buf out = {0};
    const struct tk_format_info *f;
    tki_buf_lit(&out, "format         read  write\n");
    for (size_t i = 0; (f = tk_format_at(i)); i++)
        tki_buf_printf(&out, "%-14s %-5s %-5s %s\n", f->name, f->can_read ? "yes" : "-",
                       f->view        ? "view"
                       : f->can_write ? "yes"
                                      : "-",
                       f->about);
    tki_buf_lit(&out, "tree           -     view  waterfalls, for people\n");
    fwrite(out.p, 1, out.n, stdout);
    tki_buf_free(&out);
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
        if (!s->kinds[kinds[i]])
            continue;
        tki_buf_str(out, shown == 0 ? TKI_STR("kinds      ") : shown == 4 ? TKI_STR(",\n           ") : TKI_STR(", "));
        tki_buf_printf(out, "%s %s", kind_name(kinds[i]), count(n, s->kinds[kinds[i]]));
        shown++;
    }
    if (shown)
        tki_buf_putc(out, '\n');
}

static void print_counts(const struct tki_summary *s, const struct tk_read_stats *st, struct tki_buf *out)
{
    char a[TKI_QUANTITY_MAX], b[TKI_QUANTITY_MAX], c[TKI_QUANTITY_MAX];
    tki_buf_printf(out, "spans      %s in %s %s, %s %s\n", count(a, s->spans), count(b, s->traces.n),
                   tki_plural(s->traces.n, "trace", "traces"), count(c, s->services.n),
                   tki_plural(s->services.n, "service", "services"));
    tki_buf_printf(out, "bytes      %s", tki_size_format(a, st->bytes));
    if (st->bytes_read != st->bytes)
        tki_buf_printf(out, " (%s compressed)", tki_size_format(a, st->bytes_read));
    if (s->spans)
        tki_buf_printf(out, ", %" PRIu64 " a span", st->bytes / s->spans);
    tki_buf_printf(out, "\nerrors     %s %s in %s %s\n", count(a, s->errors), tki_plural(s->errors, "span", "spans"),
                   count(b, s->with_errors), tki_plural(s->with_errors, "trace", "traces"));
    tki_buf_printf(out, "events     %s, links %s\n", count(a, s->events), count(b, s->links));
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
    if (s->start_min_ns) {
        tki_buf_printf(out, "time       %s to\n", tki_time_format(a, s->start_min_ns));
        tki_buf_printf(out, "           %s (%s), in steps of %s\n", tki_time_format(a, s->end_max_ns),
                       tki_duration_format(b, (double)(s->end_max_ns - s->start_min_ns)), resolution(s->ticks));
    }
    if (s->negative || s->untimed)
        tki_buf_printf(out, "odd times  %s end before they start, %s have no start or no end\n", count(a, s->negative),
                       count(b, s->untimed));
    if (!s->traces.n)
        return;
    tki_buf_lit(out, "trace         p50       p90       p95       p99       max\n  duration");
    for (int i = 0; i < TKI_QUANTILES; i++)
        tki_buf_printf(out, " %9s", tki_duration_format(a, (double)s->duration_ns[i]));
    tki_buf_lit(out, "\n  spans   ");
    for (int i = 0; i < TKI_QUANTILES; i++)
        tki_buf_printf(out, " %9s", count(a, s->trace_spans[i]));
    tki_buf_putc(out, '\n');
}

static void print_sampling(const struct tki_summary *s, struct tki_buf *out)
{
    char a[TKI_QUANTITY_MAX], b[TKI_QUANTITY_MAX];
    if (!s->weighed) {
        tki_buf_lit(out, "sampling   no thresholds (ot=th) seen: every trace counts once\n");
        return;
    }
    tki_buf_printf(out, "sampling   %s of %s traces carry a threshold; together they stand for %.0f\n",
                   count(a, s->weighed), count(b, s->traces.n), s->represented);
    for (unsigned i = 0; i < s->nthresholds && i < 5; i++)
        tki_buf_printf(out, "           th %014" PRIx64 ": weight %.4g, %s spans\n", s->thresholds[i].threshold,
                       tk_threshold_weight(s->thresholds[i].threshold), count(a, s->thresholds[i].spans));
    if (s->nthresholds > 5)
        tki_buf_printf(out, "           and %u more%s\n", s->nthresholds - 5, s->more_thresholds ? " or above" : "");
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
    tki_json_u64(&j, "spans", s->spans);
    tki_json_u64(&j, "traces", s->traces.n);
    tki_json_double(&j, "traces_represented", s->represented);
    tki_json_u64(&j, "traces_with_threshold", s->weighed);
    tki_json_u64(&j, "bytes", st->bytes);
    tki_json_u64(&j, "bytes_read", st->bytes_read);
    tki_json_u64(&j, "error_spans", s->errors);
    tki_json_u64(&j, "error_traces", s->with_errors);
    tki_json_u64(&j, "root_spans", s->spans - s->with_parent);
    tki_json_u64(&j, "traces_without_root", s->no_root);
    tki_json_u64(&j, "traces_with_several_roots", s->many_roots);
    tki_json_u64(&j, "events", s->events);
    tki_json_u64(&j, "links", s->links);
    tki_json_u64(&j, "negative_durations", s->negative);
    tki_json_u64(&j, "spans_without_times", s->untimed);
    tki_json_u64(&j, "time_min_unix_nano", s->start_min_ns);
    tki_json_u64(&j, "time_max_unix_nano", s->end_max_ns);
    tki_json_u64(&j, "clock_resolution_ns", s->ticks ? s->ticks : 1);
    tki_json_object(&j, "kinds");
    for (unsigned i = 0; i <= TKI_KINDS; i++)
        tki_json_u64(&j, kind_name(i), s->kinds[i]);
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
    for (unsigned i = 0; i < s->nthresholds; i++) {
        tki_json_object(&j, NULL);
        tki_json_u64(&j, "threshold", s->thresholds[i].threshold);
        tki_json_double(&j, "weight", tk_threshold_weight(s->thresholds[i].threshold));
        tki_json_u64(&j, "spans", s->thresholds[i].spans);
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

/* Reads everything into the summary; what the options do not select is left out. */
static int read_into(struct tki_summary *s, struct tk_reader *reader, const struct options *o,
                     const struct filter *filter)
{
    struct tki_progress progress = {0};
    struct tki_idmap first = {0};
    bool all = filter->all && !o->limit_given;
    uint32_t *rows = NULL;
    struct tk_batch *b;
    int code;
    tki_progress_open(&progress, o->common.progress);
    while ((code = tk_reader_next(reader, &b)) == 1) {
        size_t n = 0, kept = 0;
        tki_progress_read(&progress, "reading", tk_reader_stats(reader));
        if (!all) {
            rows = realloc(rows, (b->nspans + 1) * sizeof *rows);
            if (!rows)
                tki_die(TKI_EXIT_IO, "out of memory");
            n = filter_rows(filter, b, rows);
            for (size_t i = 0; i < n; i++) {
                tk_id128 id = b->spans[rows[i]].trace_id;
                rows[kept] = rows[i];
                kept += !o->limit_given || tki_idmap_get(&first, id) != TKI_MAP_NONE ||
                        (first.n < o->limit && tki_idmap_put(&first, id) != TKI_MAP_NONE);
            }
        }
        if (tki_summary_add(s, b, all ? NULL : rows, kept) < 0)
            tki_die(TKI_EXIT_IO, "out of memory");
    }
    tki_progress_close(&progress);
    tki_idmap_free(&first);
    free(rows);
    return code;
}

int summarize(const struct options *o, const char *const *files, size_t nfiles)
{
    struct tki_summary s = {0};
    struct tk_reader *reader;
    struct tk_read_opts ro;
    struct tk_err err = {0};
    struct filter filter;
    struct tki_sink *sink;
    struct tki_buf out = {0};
    filter_init(&filter, o);
    tki_common_read_opts(&o->common, &ro);
    ro.needs = TK_NEED_STATE;
    if (tk_reader_open(&reader, files, nfiles, &ro, &err) < 0)
        tki_die_err(&err);
    int code = read_into(&s, reader, o, &filter);
    if (tki_summary_finish(&s) < 0)
        tki_die(TKI_EXIT_IO, "out of memory");
    const struct tk_read_stats *st = tk_reader_stats(reader);
    if (o->common.json) {
        print_json(&s, st, &out);
    } else {
        print_counts(&s, st, &out);
        print_times(&s, &out);
        print_sampling(&s, &out);
        print_services(&s, &out);
    }
    if (tki_sink_open(&sink, o->common.output, (int)o->common.compress, 0, &err) < 0 ||
        tki_sink_write(sink, out.p, out.n, &err) < 0 || tki_sink_close(sink, &err) < 0)
        tki_die_err(&err);
    int status = reader_status(reader, code);
    tki_buf_free(&out);
    tk_reader_close(reader);
    filter_free(&filter);
    tki_summary_free(&s);
    return status;
}
