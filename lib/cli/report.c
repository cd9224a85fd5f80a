#include "cli/report.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/err.h"
#include "cli/msg.h"
#include "cli/pager.h"
#include "cli/suffix.h"
#include "cli/term.h"
#include "io/again.h"
#include "io/sink.h"
#include "run/reader.h"

const char *const tki_report_names[] = {"text", "json", "tsv", "csv", "md", "html", NULL};
const char *const tki_report_only_names[] = {"text", "tsv", "csv", "md", NULL};

bool tki_report_only_name(const char *name)
{
    for (size_t i = 0; name && tki_rendering_names[i]; i++)
        if (i != TKI_RENDER_JSON && i != TKI_RENDER_HTML && strcmp(name, tki_rendering_names[i]) == 0)
            return true;
    return false;
}

/* The place of name among the renderings that the report has. */
static int find_rendering(const struct tki_report_ask *ask, const char *name, enum tki_rendering *how,
                          struct tk_err *err)
{
    int n = ask->findings ? TKI_RENDERINGS : TKI_RENDER_TAP;
    struct tki_buf names = {0};
    for (int i = 0; i < n; i++) {
        if (strcmp(name, tki_rendering_names[i]) == 0) {
            *how = (enum tki_rendering)i;
            tki_buf_free(&names);
            return 0;
        }
        tki_buf_printf(&names, "%s%s", i ? ", " : "", tki_rendering_names[i]);
    }
    tki_buf_putc(&names, 0);
    tki_err_set(err, TK_EUSAGE, "-t %.40s: this report is written as one of %s", name, names.err ? "" : names.p);
    tki_buf_free(&names);
    return TK_EUSAGE;
}

int tki_report_choose(struct tki_report *r, const struct tki_report_ask *ask, struct tk_err *err)
{
    struct tki_suffix named;
    const char *to = ask->to ? ask->to : ask->json ? "json" : NULL;
    *r = (struct tki_report){.compress = (int)ask->compress, .data = ask->data};
    if (ask->json && strcmp(to, "json") != 0)
        return tki_err_set(err, TK_EUSAGE, "-t %.40s and --json do not go together", to);
    int rc = tki_suffix_read(&named, ask->option, ask->path, to ? TKI_SUFFIX_NAMED : TKI_SUFFIX_REPORT, err);
    to = to ? to : named.format;
    if (rc == 0 && to)
        rc = find_rendering(ask, to, &r->how, err);
    if (rc < 0)
        return rc;
    if (ask->path && strcmp(ask->path, "-") != 0)
        r->path = ask->path;
    if (named.zstd && !r->compress)
        r->compress = TKI_ZSTD_LEVEL;
    r->standard_error = ask->standard_error && !ask->path;
    return 0;
}

void tki_report_settle(struct tki_report *r, const struct tki_report_ask *ask)
{
    struct tk_err err = {0};
    if (tki_report_choose(r, ask, &err) == 0)
        return;
    tki_msg_usage(err.text);
    exit(TKI_EXIT_USAGE);
}

/* Unlike a message, a report that does not arrive is a failure. */
static void write_error(const struct tki_buf *text)
{
    const char *p = text->p;
    for (size_t left = text->n; left;) {
        ssize_t done = write(STDERR_FILENO, p, left);
        if (done < 0 && tki_io_again(STDERR_FILENO, POLLOUT))
            continue;
        if (done <= 0)
            tki_die(TKI_EXIT_IO, "the report could not be written to standard error");
        p += done;
        left -= (size_t)done;
    }
}

void tki_report_bytes(const struct tki_report *r, const struct tki_buf *text)
{
    struct tki_sink *sink;
    struct tk_err err = {0};
    if (text->err)
        tki_die(TKI_EXIT_IO, "out of memory");
    if (r->standard_error) {
        write_error(text);
        return;
    }
    if (tki_sink_open(&sink, r->path, r->compress, 0, &err) < 0)
        tki_die_err(&err);
    if (tki_sink_write(sink, text->p, text->n, &err) < 0) {
        tki_sink_abort(sink);
        tki_die_err(&err);
    }
    if (tki_sink_close(sink, &err) < 0)
        tki_die_err(&err);
}

static void write_terminal(const struct tki_report *r, const struct tki_doc *d, const struct tki_buf *below)
{
    struct tki_pager pager;
    struct tki_buf text = {0};
    struct tk_err err = {0};
    if (tki_doc_render(d, r->how, tki_term_width(STDOUT_FILENO), &text) < 0)
        tki_die(TKI_EXIT_IO, "out of memory");
    tki_buf_str(&text, tki_buf_text(below, &text.err));
    if (text.err)
        tki_die(TKI_EXIT_IO, "out of memory");
    tki_pager_open(&pager, !r->pages);
    if (tki_pager_write(&pager, text.p, text.n, &err) < 0 || tki_pager_close(&pager, &err) < 0)
        tki_die_err(&err);
    tki_buf_free(&text);
}

void tki_report_write_above(const struct tki_report *r, const struct tki_doc *d, const struct tki_buf *below)
{
    struct tki_buf text = {0};
    int fd = r->standard_error ? STDERR_FILENO : r->path ? -1 : STDOUT_FILENO;
    size_t width = r->data && !tki_term_is(fd) ? 0 : tki_term_width(fd);
    if ((r->pages || below->n) && fd == STDOUT_FILENO && r->how == TKI_RENDER_TEXT && !r->compress && tki_term_is(fd)) {
        write_terminal(r, d, below);
        return;
    }
    if (tki_doc_render(d, r->how, width, &text) < 0)
        tki_die(TKI_EXIT_IO, "out of memory");
    tki_report_bytes(r, &text);
    tki_buf_free(&text);
}

void tki_report_write(const struct tki_report *r, const struct tki_doc *d)
{
    tki_report_write_above(r, d, &(struct tki_buf){0});
}

/* ---- what was not read ---- */

/* What is wrong, without the name of the input. */
static void put_reason(struct tki_doc *d, const struct tk_err *fault)
{
    char text[1024];
    struct tk_err plain = *fault;
    plain.source[0] = 0;
    tk_err_format(&plain, text, sizeof text);
    tki_doc_cell(d, tki_d_text(tki_str(text)));
}

void tki_damage_add(struct tki_damage *x, const struct tk_reader *reader)
{
    size_t n = 0;
    const struct tk_err *fault = reader ? tki_reader_faults(reader, &n) : NULL;
    if (TKI_GROW(x->fault, x->cap, x->n + n) < 0)
        tki_die(TKI_EXIT_IO, "out of memory");
    if (n)
        memcpy(x->fault + x->n, fault, n * sizeof *fault);
    x->n += n;
}

void tki_damage_free(struct tki_damage *x)
{
    free(x->fault);
    *x = (struct tki_damage){0};
}

void tki_report_complete(struct tki_doc *d, bool complete, const struct tk_reader *reader)
{
    struct tki_damage x = {0};
    tki_damage_add(&x, complete ? NULL : reader);
    tki_report_damage(d, complete, &x);
    tki_damage_free(&x);
}

void tki_report_damage(struct tki_doc *d, bool complete, const struct tki_damage *damage)
{
    static const struct tki_doc_column columns[] = {{.title = "input", .key = "input", .shrink = TKI_CUT, .min = 12},
                                                    {.title = "not read on", .key = "error", .shrink = TKI_WRAP}};
    const struct tk_err *fault = damage->fault;
    size_t n = complete ? 0 : damage->n;
    tki_doc_data(d, "complete", tki_d_bool(complete));
    if (!n)
        return;
    tki_doc_paragraph(d, NULL);
    tki_doc_say(d, "INCOMPLETE: %zu %s", n,
                n == 1 ? "input could not be read whole, and counts as far as it was"
                       : "inputs could not be read whole, and count as far as they were");
    tki_doc_table(d, "damaged", columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < n; i++) {
        tki_doc_row(d);
        tki_doc_cell(d, tki_d_name(tki_str(fault[i].source)));
        put_reason(d, &fault[i]);
    }
    tki_doc_close(d);
}
