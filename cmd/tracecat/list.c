/* -t list: a line for each trace; and what a terminal is shown when nothing else was asked for: one trace as a tree,
 * several as this list. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/text.h"
#include "cli/msg.h"
#include "cli/term.h"
#include "model/catalog.h"
#include "pipe.h"
#include "report/number.h"

enum { ID_DIGITS = 8, FILES_NAMED = 3 };

struct lister {
    struct output_args args;
    struct tki_catalog catalog;
    struct tk_traces *first; /* not NULL: the spans so far, while they are of one trace that may become a tree */
};

static void free_lister(struct lister *l)
{
    tki_catalog_free(&l->catalog);
    tk_traces_close(l->first);
    free(l);
}

static void *open_list(const struct output_args *a, struct tk_err *err)
{
    struct lister *l = calloc(1, sizeof *l);
    struct tk_traces_opts to;
    if (!l) {
        tki_err_memory(err);
        return NULL;
    }
    l->args = *a;
    tki_common_traces_opts(&a->plan->o->common, &to);
    if (a->plan->show && tk_traces_open(&l->first, &to, err) < 0) {
        free_lister(l);
        return NULL;
    }
    return l;
}

static int put_list(void *out, const struct tk_batch *b, const uint32_t *rows, size_t nrows, struct tk_err *err)
{
    struct lister *l = out;
    if (tki_catalog_add(&l->catalog, b, rows, nrows) < 0)
        return tki_err_memory(err);
    if (l->first && l->catalog.ids.n > 1) {
        tk_traces_close(l->first);
        l->first = NULL;
    }
    int r = l->first ? tk_traces_add(l->first, b, rows, nrows) : 0;
    if (r < 0)
        *err = *tk_traces_err(l->first);
    return r;
}

/* ---- the list as a document ---- */

enum { C_TRACE, C_START, C_DURATION, C_SPANS, C_ERRORS, C_ROOT, C_SERVICE, C_MESSAGE, COLUMNS };

static const struct tki_doc_column columns[COLUMNS] = {
    [C_TRACE] = {.title = "trace", .key = "trace_id", .shrink = TKI_PREFIX},
    [C_START] = {.key = "start_time_unix_nano"},
    [C_DURATION] = {.title = "duration", .key = "duration_ns", .right = true},
    [C_SPANS] = {.title = "spans", .key = "spans", .right = true},
    [C_ERRORS] = {.title = "errors", .key = "errors", .right = true},
    [C_ROOT] = {.title = "root", .key = "root", .shrink = TKI_CUT, .floor = 18},
    [C_SERVICE] = {.title = "service", .key = "service", .shrink = TKI_CUT, .floor = 8},
    [C_MESSAGE] = {.title = "message", .key = "message", .shrink = TKI_CUT, .floor = 16},
};

struct rows {
    const struct tki_catalog *catalog;
    const uint32_t *order;
};

static struct tki_datum text_datum(const struct tki_symtab *t, uint32_t i)
{
    tk_str s = tki_catalog_text(t, i);
    return s.n ? tki_d_name(s) : tki_d_none();
}

static int make_row(void *ctx, size_t i, struct tki_datum *cell)
{
    const struct rows *rows = ctx;
    const struct tki_catalog *c = rows->catalog;
    uint32_t trace = rows->order[i];
    const struct tki_catalog_row *r = &c->row[trace];
    uint64_t start_ns, end_ns;
    int64_t ns;
    bool timed = tki_extent_get(&r->extent, &start_ns, &end_ns);
    (void)tki_extent_duration(&r->extent, &ns);
    cell[C_TRACE] = tki_d_trace_id(c->ids.ids[trace]);
    cell[C_START] = timed ? tki_d_time(start_ns) : tki_d_none();
    cell[C_DURATION] = timed ? tki_d_ns(ns) : tki_d_none();
    cell[C_SPANS] = tki_d_count(r->spans);
    cell[C_ERRORS] = tki_d_count(r->errors);
    cell[C_ROOT] = text_datum(&c->names, r->name);
    cell[C_SERVICE] = text_datum(&c->services, r->service);
    cell[C_MESSAGE] =
        tki_d_text(tki_catalog_text(&c->messages, r->message)); /* none is nothing; its beginning tells most */
    return 0;
}

static void put_sums(struct tki_doc *d, const struct tki_catalog *c, const struct plan *p)
{
    static const char *const orders[] = {[SORT_TIME] = "in the order of their start",
                                         [SORT_DURATION] = "slowest first",
                                         [SORT_ID] = "in the order of ids"};
    tki_doc_verdict(d, NULL);
    tki_doc_put(d, "traces", tki_d_count(c->ids.n));
    tki_doc_say(d, " %s, ", tki_plural(c->ids.n, "trace", "traces"));
    tki_doc_put(d, "spans", tki_d_count(c->spans));
    tki_doc_say(d, " %s, ", tki_plural(c->spans, "span", "spans"));
    tki_doc_put(d, "services", tki_d_count(c->services.n));
    tki_doc_say(d, " %s, ", tki_plural(c->services.n, "service", "services"));
    tki_doc_put(d, "with_errors", tki_d_count(c->with_errors));
    tki_doc_say(d, " with errors; %s", p->query.ordered ? "in the order of the query" : orders[p->list_order]);
}

/* Digits that tell this trace from the others. */
static unsigned telling_digits(const struct tki_catalog *c, uint32_t trace)
{
    tk_id128 id = c->ids.ids[trace];
    unsigned width = id.hi ? 32 : 16, n = ID_DIGITS;
    for (uint32_t i = 0; i < c->ids.n && n < width; i++) {
        tk_id128 other = c->ids.ids[i];
        if (i == trace || !id.hi != !other.hi)
            continue;
        uint64_t hi = id.hi ? id.hi ^ other.hi : id.lo ^ other.lo, lo = id.hi ? id.lo ^ other.lo : 0;
        unsigned same = hi ? (unsigned)__builtin_clzll(hi) / 4 : lo ? 16 + (unsigned)__builtin_clzll(lo) / 4 : 32;
        n = same >= n ? same + 1 : n;
    }
    return n < width ? n : width;
}

/* The words of this command line, as they can be typed again behind others; whether it reads standard input. */
static void put_words(const struct lister *l, const char *const *without, struct tki_buf *to)
{
    const struct options *o = l->args.plan->o;
    if (tki_opts_retype(&tracecat_command, o->argc, o->argv, without, FILES_NAMED, to) < 0)
        to->err = TK_ENOMEM;
}

static const char *input_before(const struct lister *l)
{
    const char *from = l->args.plan->o->common.files_from;
    bool is_piped = !l->args.nfiles || (from && strcmp(from, "-") == 0);
    for (size_t i = 0; i < l->args.nfiles; i++)
        is_piped = is_piped || strcmp(l->args.files[i], "-") == 0;
    return is_piped ? "... | " : "";
}

/* For a terminal: the command that shows the first trace of the list. */
static void next_command(const struct lister *l, uint32_t trace, struct tki_buf *to)
{
    static const char more[] = "shows one; --top, --stats, -q and more: man tracecat\n";
    static const char *const of_list[] = {"to",    "trace", "query", "spans",    "step", "limit",
                                          "group", "sort",  "shard", "lossless", NULL};
    static const char *const of_length[] = {"to", "limit", NULL};
    char id[40];
    tk_id128 whole = l->catalog.ids.ids[trace];
    snprintf(id, sizeof id, "%016" PRIx64 "%016" PRIx64, whole.hi, whole.lo);
    tki_buf_putc(to, '\n');
    size_t start = to->n;
    tki_buf_printf(to, "%stracecat -t tree --trace %.*s", input_before(l), (int)telling_digits(&l->catalog, trace),
                   whole.hi ? id : id + 16);
    put_words(l, of_list, to);
    bool fits = to->err ||
                tki_text_width((tk_str){to->p + start, to->n - start}) + sizeof more <= tki_term_width(STDOUT_FILENO);
    tki_buf_printf(to, "%s%s", fits ? " " : "\n", more);
    if (l->catalog.with_errors && l->catalog.with_errors < l->catalog.ids.n && !l->args.plan->o->query) {
        tki_buf_printf(to, "%stracecat -t list -q '{ status = error }'", input_before(l));
        put_words(l, of_length, to);
        tki_buf_lit(to, "\nlists those with errors\n");
    }
}

static void write_list(struct lister *l, bool complete)
{
    const struct plan *p = l->args.plan;
    enum tki_catalog_order by = p->query.ordered                 ? TKI_CATALOG_CAME
                                : p->list_order == SORT_DURATION ? TKI_CATALOG_DURATION
                                : p->list_order == SORT_ID       ? TKI_CATALOG_ID
                                                                 : TKI_CATALOG_TIME;
    uint32_t *order = tki_catalog_sort(&l->catalog, by);
    struct rows made = {&l->catalog, order};
    uint64_t limit = p->list_limit < l->catalog.ids.n ? p->list_limit : l->catalog.ids.n;
    struct tki_doc_rows rows = {.row = make_row, .ctx = &made, .n = (size_t)limit};
    struct tki_buf below = {0};
    struct tki_doc d;
    if (!order)
        tki_die(TKI_EXIT_IO, "out of memory");
    tki_doc_init(&d, "list", 1, "Traces");
    tki_report_complete(&d, complete, l->args.reader);
    put_sums(&d, &l->catalog, p);
    tki_doc_table(&d, "list", columns, COLUMNS);
    tki_doc_main(&d);
    tki_doc_rows(&d, &rows);
    if (limit)
        next_command(l, order[0], &below);
    tki_report_write_above(&p->report, &d, &below);
    tki_buf_free(&below);
    tki_doc_free(&d);
    free(order);
}

/* Below a tree that nobody asked for by name: the command that shows more of it. */
static int say_more(const struct lister *l, void *tree, struct tk_err *err)
{
    struct tki_buf text = {0};
    if (l->args.plan->o->verbose)
        return 0;
    tki_buf_printf(&text, "\n%stracecat -v", input_before(l));
    put_words(l, (const char *const[]){NULL}, &text);
    tki_buf_putc(&text, '\n');
    tki_buf_wrap(&text, TKI_STR("shows attributes and events; -o x.html is a page; more: man tracecat"), 0, 0,
                 tki_term_width(STDOUT_FILENO));
    tki_buf_putc(&text, '\n');
    int r = tree_say(tree, &text, err);
    tki_buf_free(&text);
    return r;
}

/* One trace: the output is that of -t tree. */
static int write_tree(struct lister *l, struct tk_err *err)
{
    struct tk_batch *b;
    int status = 0, r = tk_traces_next(l->first, &b);
    if (r < 0)
        *err = *tk_traces_err(l->first);
    void *tree = r < 0 ? NULL : output_tree.open(&l->args, err);
    if (!tree)
        return err->code;
    if (r == 1)
        r = output_tree.put(tree, b, NULL, 0, err);
    if (r == 0)
        r = say_more(l, tree, err);
    if (r < 0) {
        output_tree.abort(tree);
        return r;
    }
    return output_tree.close(tree, &status, err);
}

static int close_list(void *out, int *status, struct tk_err *err)
{
    struct lister *l = out;
    int r = 0;
    if (l->first && l->catalog.ids.n == 1)
        r = write_tree(l, err);
    else if (l->catalog.ids.n || !l->args.plan->show) /* messages say why there is none */
        write_list(l, *status == TKI_EXIT_GOOD);
    if (r == 0 && l->catalog.other)
        tki_msg_count(l->catalog.other, "%s shown as (other)",
                      tki_plural(l->catalog.other, "name did not fit into the list: it is",
                                 "names did not fit into the list: they are"));
    free_lister(l);
    return r;
}

static void abort_list(void *out)
{
    free_lister(out);
}

const struct output output_list = {
    .open = open_list,
    .put = put_list,
    .close = close_list,
    .abort = abort_list,
};
