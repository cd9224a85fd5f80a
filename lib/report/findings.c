/* The findings of a document for test harnesses: TAP and JUnit's XML.  Errors fail; notes and warnings are said. */
#include "base/text.h"
#include "report/parts.h"

enum { EVIDENCE_WIDTH = 100 };

static void walk(const struct tki_node *n, void (*visit)(const struct tki_node *, void *), void *ctx)
{
    for (; n; n = n->next) {
        if (n->type == TKI_N_FINDING)
            visit(n, ctx);
        if (n->type <= TKI_N_FINDING)
            walk(n->first, visit, ctx);
    }
}

void tki_each_finding(const struct tki_doc *d, void (*visit)(const struct tki_node *finding, void *ctx), void *ctx)
{
    walk(d->root.first, visit, ctx);
}

static bool failed(const struct tki_node *finding)
{
    return finding->u.finding.severity == TKI_ERROR;
}

/* "FILE:LINE:COLUMN: MESSAGE". */
static void put_message(const struct tki_node *finding, struct tki_buf *to)
{
    const struct tki_location *p = &finding->u.finding.place;
    if (p->file) {
        tki_buf_visible(to, (tk_str){p->file, strlen(p->file)});
        if (p->line)
            tki_buf_printf(to, ":%u", p->line);
        if (p->line && p->column)
            tki_buf_printf(to, ":%u", p->column);
        tki_buf_lit(to, ": ");
    }
    tki_runs_plain(finding->first, to);
}

void tki_finding_evidence(const struct tki_node *finding, size_t width, struct tki_buf *to)
{
    tki_blocks_text(tki_after_runs(finding->first), 0, width, to);
    if (finding->u.finding.next_step) {
        tki_buf_visible(to, (tk_str){finding->u.finding.next_step, strlen(finding->u.finding.next_step)});
        tki_buf_putc(to, '\n');
    }
}

static void put_evidence(const struct tki_node *finding, struct tki_buf *to)
{
    tki_finding_evidence(finding, EVIDENCE_WIDTH, to);
}

static const char *const words[] = {"good", "note", "warning", "error"};

struct count {
    size_t all, failed;
};

static void count(const struct tki_node *finding, void *ctx)
{
    struct count *c = ctx;
    c->all++;
    c->failed += failed(finding);
}

/* ---- TAP ---- */

struct tap {
    struct tki_buf *to, text;
    size_t n;
};

/* A description ends before "#", which begins a directive. */
static void put_description(struct tki_buf *to, const struct tki_buf *text)
{
    for (size_t i = 0; i < text->n; i++) {
        if (text->p[i] == '#' || text->p[i] == '\\')
            tki_buf_putc(to, '\\');
        tki_buf_putc(to, text->p[i]);
    }
}

static void put_indented(struct tki_buf *to, const struct tki_buf *text)
{
    for (size_t i = 0; i < text->n; i++) {
        if (i == 0 || text->p[i - 1] == '\n')
            tki_buf_lit(to, "    ");
        tki_buf_putc(to, text->p[i]);
    }
}

static void tap_finding(const struct tki_node *n, void *ctx)
{
    struct tap *t = ctx;
    tki_buf_printf(t->to, "%s %zu - %s", failed(n) ? "not ok" : "ok", ++t->n, n->title);
    if (n->u.finding.severity != TKI_GOOD) {
        tki_buf_reset(&t->text);
        if (!failed(n))
            tki_buf_printf(&t->text, "%s: ", words[n->u.finding.severity]);
        put_message(n, &t->text);
        tki_buf_lit(t->to, ": ");
        put_description(t->to, &t->text);
    }
    tki_buf_putc(t->to, '\n');
    tki_buf_reset(&t->text);
    put_evidence(n, &t->text);
    if (t->text.n) {
        tki_buf_printf(t->to, "  ---\n  severity: %s\n  evidence: |\n", words[n->u.finding.severity]);
        put_indented(t->to, &t->text);
        tki_buf_lit(t->to, "  ...\n");
    }
    if (t->text.err)
        t->to->err = t->text.err;
}

void tki_doc_tap(const struct tki_doc *d, struct tki_buf *to)
{
    struct tap t = {.to = to};
    struct count c = {0};
    tki_each_finding(d, count, &c);
    tki_buf_printf(to, "TAP version 13\n1..%zu\n", c.all);
    tki_each_finding(d, tap_finding, &t);
    tki_buf_free(&t.text);
}

/* ---- JUnit ---- */

static void put_xml(struct tki_buf *to, tk_str s)
{
    for (size_t i = 0; i < s.n; i++)
        switch (s.p[i]) {
        case '<': tki_buf_lit(to, "&lt;"); break;
        case '>': tki_buf_lit(to, "&gt;"); break;
        case '&': tki_buf_lit(to, "&amp;"); break;
        case '"': tki_buf_lit(to, "&quot;"); break;
        default: tki_buf_putc(to, s.p[i]);
        }
}

struct junit {
    struct tki_buf *to, text;
    const char *name;
};

static void junit_text(struct junit *j, const struct tki_node *n,
                       void (*put)(const struct tki_node *, struct tki_buf *))
{
    tki_buf_reset(&j->text);
    put(n, &j->text);
    put_xml(j->to, (tk_str){j->text.p, j->text.n});
    if (j->text.err)
        j->to->err = j->text.err;
}

static void put_file(const struct tki_node *finding, struct tki_buf *to)
{
    const char *file = finding->u.finding.place.file;
    tki_buf_visible(to, (tk_str){file, strlen(file)});
}

static void junit_finding(const struct tki_node *n, void *ctx)
{
    struct junit *j = ctx;
    const struct tki_location *p = &n->u.finding.place;
    const char *element = failed(n) ? "failure" : "system-out";
    tki_buf_printf(j->to, "    <testcase classname=\"tracekit.%s\" name=\"", j->name);
    put_xml(j->to, (tk_str){n->title, strlen(n->title)});
    if (p->file) {
        tki_buf_lit(j->to, "\" file=\"");
        junit_text(j, n, put_file);
        if (p->line)
            tki_buf_printf(j->to, "\" line=\"%u", p->line);
    }
    if (n->u.finding.severity == TKI_GOOD) {
        tki_buf_lit(j->to, "\"/>\n");
        return;
    }
    tki_buf_printf(j->to, "\">\n      <%s", element);
    if (failed(n)) {
        tki_buf_lit(j->to, " type=\"error\" message=\"");
        junit_text(j, n, put_message);
        tki_buf_lit(j->to, "\">");
    } else {
        tki_buf_printf(j->to, ">%s: ", words[n->u.finding.severity]);
        junit_text(j, n, put_message);
        tki_buf_putc(j->to, '\n');
    }
    junit_text(j, n, put_evidence);
    tki_buf_printf(j->to, "</%s>\n    </testcase>\n", element);
}

void tki_doc_junit(const struct tki_doc *d, struct tki_buf *to)
{
    struct junit j = {.to = to, .name = d->name};
    struct count c = {0};
    tki_each_finding(d, count, &c);
    tki_buf_lit(to, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    tki_buf_printf(to, "<testsuites tests=\"%zu\" failures=\"%zu\">\n", c.all, c.failed);
    tki_buf_printf(to, "  <testsuite name=\"tracekit.%s\" tests=\"%zu\" failures=\"%zu\" errors=\"0\">\n", d->name,
                   c.all, c.failed);
    tki_each_finding(d, junit_finding, &j);
    tki_buf_lit(to, "  </testsuite>\n</testsuites>\n");
    tki_buf_free(&j.text);
}
