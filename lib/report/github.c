/* The findings of a document as workflow commands of GitHub Actions, which annotates the change with them:
 * ::error file=FILE,line=N,title=ID::MESSAGE.  What is good says nothing; first comes the verdict, as a notice. */
#include "report/parts.h"

/* In a message line ends and percent signs are escaped, in a property colons and commas as well; here all controls. */
static void put_escaped(struct tki_buf *to, tk_str s, bool property)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == '%' || c < 0x20 || (property && (c == ':' || c == ',')))
            tki_buf_printf(to, "%%%02X", c);
        else
            tki_buf_putc(to, (char)c);
    }
}

static void put_finding(const struct tki_node *n, void *ctx)
{
    static const char *const commands[] = {"", "notice", "warning", "error"};
    struct tki_buf *to = ctx, text = {0};
    const struct tki_location *p = &n->u.finding.place;
    if (n->u.finding.severity == TKI_GOOD)
        return;
    tki_buf_printf(to, "::%s ", commands[n->u.finding.severity]);
    if (p->file) {
        tki_buf_lit(to, "file=");
        put_escaped(to, (tk_str){p->file, strlen(p->file)}, true);
        if (p->line)
            tki_buf_printf(to, ",line=%u", p->line);
        if (p->line && p->column)
            tki_buf_printf(to, ",col=%u", p->column);
        tki_buf_putc(to, ',');
    }
    tki_buf_lit(to, "title=");
    put_escaped(to, (tk_str){n->title, strlen(n->title)}, true);
    tki_buf_lit(to, "::");
    tki_runs_plain(n->first, &text);
    tki_buf_putc(&text, '\n');
    tki_finding_evidence(n, TKI_ENDLESS, &text); /* whoever shows it wraps it */
    while (text.n && text.p[text.n - 1] == '\n')
        text.n--;
    put_escaped(to, (tk_str){text.p, text.n}, false);
    tki_buf_putc(to, '\n');
    to->err = to->err ? to->err : text.err;
    tki_buf_free(&text);
}

static void put_verdict(const struct tki_doc *d, struct tki_buf *to)
{
    const struct tki_node *n = d->root.first;
    struct tki_buf text = {0};
    while (n && n->type != TKI_N_VERDICT)
        n = n->next;
    if (n && n->title)
        tki_buf_printf(&text, "%s: ", n->title);
    if (n)
        tki_runs_plain(n->first, &text);
    tki_buf_lit(to, "::notice title=");
    put_escaped(to, (tk_str){d->title, strlen(d->title)}, true);
    tki_buf_lit(to, "::");
    put_escaped(to, (tk_str){text.p, text.n}, false);
    tki_buf_putc(to, '\n');
    to->err = to->err ? to->err : text.err;
    tki_buf_free(&text);
}

void tki_doc_github(const struct tki_doc *d, struct tki_buf *to)
{
    put_verdict(d, to);
    tki_each_finding(d, put_finding, to);
}
