/* --top: what is called, how often, how long, and what the traces wait for. */
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "analyze/top.h"
#include "base/err.h"
#include "cli/msg.h"
#include "cli/term.h"
#include "pipe.h"
#include "report/number.h"
#include "run/top_state.h"

enum { SHOWN = 20, WIDE = 120 };

static const tk_str none = {"(none)", 6};

struct tops {
    const struct plan *plan;
    const struct tk_reader *reader;
    struct tki_top *top;
    struct tki_top_look *look; /* of batches that come without one */
};

static void free_tops(struct tops *x)
{
    tki_top_close(x->top);
    tki_top_look_free(x->look);
    free(x);
}

static void *open_tops(const struct output_args *a, struct tk_err *err)
{
    struct tops *x = calloc(1, sizeof *x);
    struct tki_top_opts opts = {.memory_max = a->plan->top.memory, .threads = tki_common_threads(&a->plan->o->common)};
    if (!x) {
        tki_err_memory(err);
        return NULL;
    }
    x->plan = a->plan;
    x->reader = a->reader;
    if (tki_top_open(&x->top, &opts, err) == 0)
        return x;
    free_tops(x);
    return NULL;
}

/* ---- groups ---- */

static int name_by_service(const void *plan, const struct tk_batch *b, uint32_t row, tk_str *service, tk_str *name,
                           struct tki_buf *scratch)
{
    (void)plan, (void)b, (void)row, (void)service, (void)scratch;
    *name = (tk_str){"", 0};
    return 0;
}

static int name_by_field(const void *plan, const struct tk_batch *b, uint32_t row, tk_str *service, tk_str *name,
                         struct tki_buf *scratch)
{
    const struct plan_top *p = plan;
    struct tki_at at = {.b = b, .row = row, .event = TK_NONE, .link = TK_NONE};
    struct tki_value v = tki_field_get(&at, &p->field);
    *service = (tk_str){"", 0};
    if (v.type == TKI_V_STRING) {
        *name = v.v.s;
        return 0;
    }
    if (v.type == TKI_V_NIL) {
        *name = none;
        return 0;
    }
    tki_buf_reset(scratch);
    tki_value_print(scratch, &v, false);
    *name = (tk_str){scratch->p, scratch->n};
    return scratch->err ? TK_ENOMEM : 0;
}

struct tki_top_naming top_naming(const struct plan_top *p)
{
    return (struct tki_top_naming){.name = p->by == TOP_SERVICE ? name_by_service
                                           : p->by == TOP_FIELD ? name_by_field
                                                                : NULL,
                                   .ctx = p};
}

static int put_tops(void *out, const struct tk_batch *b, const uint32_t *rows, size_t nrows, struct tk_err *err)
{
    struct tops *x = out;
    struct tki_top_naming by = top_naming(&x->plan->top);
    if (tki_top_look_make(&x->look, &by, b, rows, nrows) < 0)
        return tki_err_memory(err);
    return tki_top_fold(x->top, x->look, err);
}

static int put_looked(void *out, const struct batch_work *w, struct tk_err *err)
{
    struct tops *x = out;
    return tki_top_fold(x->top, w->top, err);
}

/* ---- order ---- */

struct line {
    const struct tki_top_group *group;
    int64_t key;
};

static int64_t key_of(const struct tki_top_group *g, enum top_order by)
{
    switch (by) {
    case ORDER_PATH: return g->path_ns;
    case ORDER_SELF: return g->self_ns;
    case ORDER_TOTAL: return g->total_ns;
    case ORDER_CALLS: return (int64_t)g->calls;
    case ORDER_ERRORS: return (int64_t)g->errors;
    case ORDER_P50: return g->p50_ns;
    case ORDER_P95: return g->p95_ns;
    case ORDER_P99: return g->p99_ns;
    case ORDER_NAME: return 0;
    }
    return 0;
}

/* Largest first, then by name. */
static int compare_lines(const void *pa, const void *pb)
{
    const struct line *x = pa, *y = pb;
    if (x->key != y->key)
        return x->key > y->key ? -1 : 1;
    int c = tki_str_cmp(x->group->name, y->group->name);
    return c ? c : tki_str_cmp(x->group->service, y->group->service);
}

static struct line *sorted(const struct tki_top *t, enum top_order by, size_t *n)
{
    struct line *line = calloc(tki_top_groups(t) + 1u, sizeof *line);
    *n = 0;
    for (uint32_t i = 1; line && i < tki_top_groups(t); i++) {
        const struct tki_top_group *g = tki_top_group(t, i);
        if (g->calls)
            line[(*n)++] = (struct line){g, key_of(g, by)};
    }
    if (!line)
        return NULL;
    qsort(line, *n, sizeof *line, compare_lines);
    if (tki_top_group(t, 0)->calls)
        line[(*n)++] = (struct line){tki_top_group(t, 0), 0};
    return line;
}

/* ---- the document ---- */

enum { C_NAME, C_SERVICE, C_CALLS, C_ERRORS, C_TOTAL, C_SELF, C_PATH, C_SHARE, C_P50, C_P95, C_P99, C_MAX, COLUMNS };

static const struct tki_doc_column all_columns[COLUMNS] = {
    [C_NAME] = {.title = "operation", .key = "name", .shrink = TKI_CUT, .floor = 20},
    [C_SERVICE] = {.title = "service", .key = "service", .shrink = TKI_CUT},
    [C_CALLS] = {.title = "calls", .key = "calls", .right = true},
    [C_ERRORS] = {.title = "errors", .key = "errors", .right = true},
    [C_TOTAL] = {.title = "total", .key = "total_ns", .right = true},
    [C_SELF] = {.title = "self", .key = "self_ns", .right = true},
    [C_PATH] = {.title = "critical", .key = "critical_path_ns", .right = true},
    [C_SHARE] = {.title = "share", .key = "critical_path_share", .right = true},
    [C_P50] = {.title = "p50", .key = "p50_ns", .right = true},
    [C_P95] = {.title = "p95", .key = "p95_ns", .right = true},
    [C_P99] = {.title = "p99", .key = "p99_ns", .right = true},
    [C_MAX] = {.key = "max_ns", .right = true},
};

struct made {
    const struct line *line;
    int64_t path_ns;
    bool other; /* the last line is that of group 0 */
    size_t n;
};

static struct tki_datum known(int64_t ns)
{
    return ns < 0 ? tki_d_none() : tki_d_ns(ns);
}

static int make_row(void *ctx, size_t i, struct tki_datum *cell)
{
    const struct made *m = ctx;
    const struct tki_top_group *g = m->line[i].group;
    bool other = m->other && i + 1 == m->n;
    cell[C_NAME] = tki_d_name(other ? TKI_STR("(other)") : g->name);
    cell[C_SERVICE] = tki_d_name(g->service);
    cell[C_CALLS] = tki_d_count(g->calls);
    cell[C_ERRORS] = tki_d_count(g->errors);
    cell[C_TOTAL] = tki_d_ns(g->total_ns);
    cell[C_SELF] = tki_d_ns(g->self_ns);
    cell[C_PATH] = tki_d_ns(g->path_ns);
    cell[C_SHARE] = m->path_ns ? tki_d_share((double)g->path_ns / (double)m->path_ns) : tki_d_none();
    cell[C_P50] = known(g->p50_ns);
    cell[C_P95] = known(g->p95_ns);
    cell[C_P99] = known(g->p99_ns);
    cell[C_MAX] = known(g->max_ns);
    return 0;
}

/* The columns for these groups.  On a narrow terminal people do not see the sums of times, of which the share tells
 * the order; everywhere else everybody gets all of them. */
static void choose_columns(const struct plan *p, struct tki_doc_column *c)
{
    bool narrow = !p->report.path && tki_term_is(STDOUT_FILENO) && tki_term_width(STDOUT_FILENO) < WIDE;
    memcpy(c, all_columns, sizeof all_columns);
    if (p->top.by == TOP_SERVICE)
        c[C_NAME] = (struct tki_doc_column){0};
    if (p->top.by == TOP_FIELD) {
        c[C_NAME].title = "value";
        c[C_NAME].key = "value";
        c[C_SERVICE] = (struct tki_doc_column){0};
    }
    if (narrow)
        c[C_TOTAL].title = c[C_SELF].title = c[C_PATH].title = NULL;
}

static void put_sums(struct tki_doc *d, const struct plan *p, const struct tki_top_sums *s, size_t groups)
{
    static const char *const one[] = {"operation", "service", "value"}, *const many[] = {"operations", "services",
                                                                                         "values"};
    tki_doc_verdict(d, NULL);
    tki_doc_put(d, "groups", tki_d_count(groups));
    tki_doc_say(d, " %s, ", tki_plural(groups, one[p->top.by], many[p->top.by]));
    tki_doc_put(d, "calls", tki_d_count(s->spans));
    tki_doc_say(d, " %s in ", tki_plural(s->spans, "call", "calls"));
    tki_doc_put(d, "traces", tki_d_count(s->traces));
    tki_doc_say(d, " %s, ", tki_plural(s->traces, "trace", "traces"));
    tki_doc_put(d, "errors", tki_d_count(s->errors));
    tki_doc_say(d, " %s; the traces take ", tki_plural(s->errors, "error", "errors"));
    tki_doc_put(d, "critical_path_ns", tki_d_ns(s->path_ns));
    tki_doc_say(d, " together; by %s",
                p->top.order == ORDER_PATH ? "time on the critical path" : top_orders[p->top.order]);
    tki_doc_data(d, "copies", tki_d_count(s->copies));
    tki_doc_data(d, "untimed", tki_d_count(s->untimed));
    tki_doc_data(d, "sampled", tki_d_count(s->sampled));
}

static void put_notes(struct tki_doc *d, const struct tki_top_sums *s)
{
    char n[TKI_QUANTITY_MAX];
    if (s->other) {
        tki_doc_paragraph(d, NULL);
        tki_doc_say(d, "%s calls of further groups are (other).", tki_count_format(n, s->other));
    }
    if (s->copies) {
        tki_doc_paragraph(d, NULL);
        tki_doc_say(d, "%s copies of spans are left out.", tki_count_format(n, s->copies));
    }
    if (s->sampled) {
        tki_doc_paragraph(d, NULL);
        tki_doc_say(d, "%s calls carry a sampling threshold: they are counted as they were recorded, each once.",
                    tki_count_format(n, s->sampled));
    }
}

void top_report(const struct plan *p, const struct tki_top *top, const struct tki_reading *read)
{
    struct tki_doc_column columns[COLUMNS];
    struct tki_doc d;
    size_t n;
    struct line *line = sorted(top, p->top.order, &n);
    if (!line)
        tki_die(TKI_EXIT_IO, "out of memory");
    bool other = tki_top_group(top, 0)->calls > 0;
    struct made made = {line, tki_top_sums(top)->path_ns, other, n};
    struct tki_doc_rows rows = {.row = make_row, .ctx = &made, .n = n};
    choose_columns(p, columns);
    tki_doc_init(&d, "top", 1, "What is called, and what the traces wait for");
    tki_report_damage(&d, read->complete, &read->damage);
    put_sums(&d, p, tki_top_sums(top), n - other);
    tki_doc_table(&d, "rows", columns, COLUMNS);
    tki_doc_main(&d);
    tki_doc_rows(&d, &rows);
    tki_doc_shown(&d, p->list_limit < SIZE_MAX ? (size_t)p->list_limit : SHOWN);
    put_notes(&d, tki_top_sums(top));
    tki_report_write(&p->report, &d);
    tki_doc_free(&d);
    free(line);
}

static int save_tops(void *state, struct tki_state_out *to, struct tk_err *err)
{
    return tki_top_state_save(state, to, err);
}

static void write_state(struct tops *x, const struct tki_reading *read)
{
    struct tki_top_state state = {.top = x->top, .memory_max = x->plan->top.memory};
    struct tk_err err = {0};
    if (tki_top_state_gather(&state, &err) < 0)
        tki_die_err(&err);
    state_write(x->plan, read, save_tops, &state);
    tki_top_state_free(&state);
}

/* Whether no span had the attribute that spans are grouped by. */
static bool is_ungrouped(const struct tops *x)
{
    return x->plan->top.has && tki_top_groups(x->top) == 2 && tki_top_group(x->top, 0)->calls == 0 &&
           tki_str_eq(tki_top_group(x->top, 1)->name, none);
}

static int close_tops(void *out, int *status, struct tk_err *err)
{
    struct tops *x = out;
    struct tki_reading read = {
        .stats = *tk_reader_stats(x->reader), .selected = !x->plan->filter.all, .complete = *status == TKI_EXIT_GOOD};
    tki_damage_add(&read.damage, read.complete ? NULL : x->reader);
    int r = x->plan->o->partial ? 0 : tki_top_finish(x->top, err);
    if (r == 0 && x->plan->o->partial)
        write_state(x, &read);
    else if (r == 0)
        top_report(x->plan, x->top, &read);
    if (r == 0 && !*status && !x->plan->o->partial && is_ungrouped(x))
        *status = TKI_EXIT_NO;
    tki_damage_free(&read.damage);
    free_tops(x);
    return r;
}

static void abort_tops(void *out)
{
    free_tops(out);
}

const struct output output_top = {
    .open = open_tops,
    .put = put_tops,
    .put_work = put_looked,
    .close = close_tops,
    .abort = abort_tops,
};
