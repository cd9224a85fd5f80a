/* A query as a whole: made of a text, and what it says of itself. */
#include <stdlib.h>

#include "base/err.h"
#include "expr/traceql/parse.h"

static int parse(struct tki_qparser *p)
{
    tki_qp_advance(p);
    p->q->root = tki_qp_pipeline(p);
    while (p->q->root && p->rc == 0 && at_word(p, "with"))
        if (!tki_qp_hints(p))
            break;
    if (p->rc == 0 && p->q->root->gives == TKI_GIVES_SERIES && p->tok.tok == TKI_TOK_OP && p->tok.op >= TKI_OP_ADD &&
        p->tok.op <= TKI_OP_POW)
        tki_qp_fail_at(p, p->tok.at, "metrics stand in parentheses when they are calculated with: ({ } | rate()) * 2");
    else if (p->rc == 0 && p->tok.tok != TKI_TOK_END)
        tki_qp_fail(p, p->q->nhints ? "the end of the query (hints stand last, or behind a metrics function)"
                                    : "an operator, | or the end of the query");
    return p->rc;
}

static int make(struct tki_query **out, tk_str text, bool loose, struct tk_err *err)
{
    *out = NULL;
    if (text.n > TKI_QUERY_MAX)
        return tki_err_set(err, TK_ELIMIT, "a query has at most %d bytes", TKI_QUERY_MAX);
    struct tki_query *q = calloc(1, sizeof *q);
    char *copy = q ? tki_arena_alloc(&q->arena, text.n + 1) : NULL;
    if (!copy) {
        free(q);
        return tki_err_memory(err);
    }
    if (text.n)
        memcpy(copy, text.p, text.n);
    copy[text.n] = '\0';
    q->text = (tk_str){copy, text.n};
    struct tk_err local = {0};
    struct tki_qparser p = {.q = q, .err = err ? err : &local, .loose = loose};
    p.lex = (struct tki_scan){.text = q->text, .arena = &q->arena, .err = p.err};
    int r = parse(&p);
    if (r == 0)
        r = tki_query_check(q, p.err);
    if (r == 0 && tki_query_gather_selected(q) < 0)
        r = tki_err_memory(p.err);
    if (r < 0) {
        tki_query_free(q);
        return r;
    }
    *out = q;
    return 0;
}

/* The end of the condition that the text begins with: the | before the first stage, outside of quotes. */
static size_t end_of_condition(tk_str text)
{
    char quote = 0;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (quote) {
            i += c == '\\' && quote == '"';
            quote = c == quote ? 0 : quote;
        } else if (c == '"' || c == '`') {
            quote = c;
        } else if (c == '|' && i + 1 < text.n && text.p[i + 1] == '|') {
            i++;
        } else if (c == '|') {
            return i;
        }
    }
    return text.n;
}

/* What is wrong with a condition that has no braces, told of the text without them.  *err: what is wrong with the text
 * as it is, which stays where the condition compares nothing, and where the other says no more. */
static void told_without(struct tk_err *err, const struct tk_err *braced, tk_str condition, size_t before)
{
    enum { OPENED = 2 }; /* bytes of "{ " */
    bool compares = false;
    for (size_t i = 0; i < condition.n; i++)
        compares = compares || memchr("=<>~", condition.p[i], 4);
    bool helps = strncmp(braced->text, "expected ", 9) != 0 || strstr(braced->text, ": "); /* says what to write */
    if (!compares || !helps || braced->code != TK_EUSAGE || braced->offset < OPENED ||
        braced->offset - OPENED > condition.n || strncmp(err->text, "expected {, (", 13) != 0)
        return;
    err->offset = before + braced->offset - OPENED;
    memcpy(err->text, braced->text, sizeof err->text);
}

/* A condition without its braces, or none before the first |, as guides and other tools write it.  Words without a
 * scope are attributes there.  Returns 0 when that is a query, in *out, with `read_as` set. */
static int make_loose(struct tki_query **out, tk_str text, struct tk_err *err)
{
    struct tki_buf braced = {0};
    struct tki_query *q = NULL;
    struct tk_err why = {0};
    size_t before = 0;
    for (; text.n && text.p[0] == ' '; before++)
        text = (tk_str){text.p + 1, text.n - 1};
    size_t end = end_of_condition(text);
    if (text.n == 0 || strchr("{(", text.p[0]) || tki_str_find(text, '{'))
        return TK_EUSAGE;
    tki_buf_printf(&braced, "{ %.*s%s}%s%.*s", (int)end, text.p, end ? " " : "", end < text.n ? " " : "",
                   (int)(text.n - end), text.p + end);
    int r = braced.err ? braced.err : make(&q, (tk_str){braced.p, braced.n}, true, &why);
    tki_buf_free(&braced);
    const struct tki_qnode *filter = r == 0 ? q->root->a : NULL;
    bool condition =
        filter && filter->kind == TKI_N_FILTER &&
        (end ? filter->a && (filter->a->kind == TKI_N_BINARY || filter->a->kind == TKI_N_UNARY) : filter->next != NULL);
    if (!condition) {
        tki_query_free(q);
        if (r < 0 && err)
            told_without(err, &why, (tk_str){text.p, end}, before);
        return r < 0 ? r : TK_EUSAGE;
    }
    q->loose = true;
    *out = q;
    return 0;
}

int tki_query_parse(struct tki_query **out, tk_str text, struct tk_err *err)
{
    int r = make(out, text, false, err);
    if (r == TK_EUSAGE) {
        int loose = make_loose(out, text, err);
        r = loose == TK_ENOMEM ? tki_err_memory(err) : loose == 0 ? 0 : r;
    }
    return r;
}

tk_str tki_query_read_as(const struct tki_query *q)
{
    return q->loose ? q->text : (tk_str){"", 0};
}

bool tki_query_bare_duration(const struct tki_query *q, int64_t *ns)
{
    *ns = q->bare_ns;
    return q->bare;
}

void tki_query_free(struct tki_query *q)
{
    if (!q)
        return;
    for (size_t i = 0; i < q->nregexes; i++)
        tki_regex_free(q->regexes[i]->regex);
    free(q->regexes);
    tki_reads_free(&q->reads);
    tki_arena_free(&q->arena);
    free(q);
}

/* ---- what it wants, and gives ---- */

static bool same_field(const struct tki_field *x, const struct tki_field *y)
{
    return x->id == y->id && x->scope == y->scope && x->form == y->form && x->parent == y->parent &&
           tki_str_eq(x->key, y->key);
}

static void gather(struct tki_query *q, const struct tki_qnode *n)
{
    if (n->kind == TKI_N_SETS) {
        gather(q, n->a);
        gather(q, n->b);
    }
    for (const struct tki_qnode *s = n->kind == TKI_N_PIPE ? n->a : NULL; s; s = s->next)
        gather(q, s);
    for (const struct tki_qnode *f = n->kind == TKI_N_SELECT ? n->a : NULL; f; f = f->next) {
        uint32_t i = 0;
        while (i < q->nselected && !same_field(&q->selected[i]->field, &f->field))
            i++;
        q->selected[i] = f;
        q->nselected += i == q->nselected;
    }
}

int tki_query_gather_selected(struct tki_query *q)
{
    q->selected = tki_arena_alloc(&q->arena, q->nnodes * sizeof(struct tki_qnode *));
    if (!q->selected)
        return TK_ENOMEM;
    gather(q, q->root);
    return 0;
}

/* The last stage that is neither order by nor limit. */
static const struct tki_qnode *last_stage(const struct tki_query *q)
{
    const struct tki_qnode *last = q->root->a;
    for (const struct tki_qnode *s = last; s; s = s->next)
        if (s->kind != TKI_N_ORDER && s->kind != TKI_N_LIMIT)
            last = s;
    return last;
}

enum tki_query_shape tki_query_shape(const struct tki_query *q)
{
    const struct tki_qnode *last = last_stage(q);
    if (last->gives == TKI_GIVES_SERIES)
        return TKI_QUERY_SERIES;
    return last->gives == TKI_GIVES_NUMBER || q->nselected ? TKI_QUERY_ROWS : TKI_QUERY_SPANS;
}

bool tki_query_finds_spans(const struct tki_query *q)
{
    return last_stage(q)->gives == TKI_GIVES_SPANS;
}

bool tki_query_compares(const struct tki_query *q)
{
    return last_stage(q)->kind == TKI_N_CONTRAST;
}

unsigned tki_query_needs(const struct tki_query *q)
{
    return q->reads.needs;
}

const tk_str *tki_query_keys(const struct tki_query *q, size_t *n)
{
    return tki_reads_keys(&q->reads, n);
}

bool tki_query_whole(const struct tki_query *q)
{
    return q->whole;
}

static bool holds_values(const struct tki_qnode *n)
{
    bool r = n->kind == TKI_N_METRIC && n->what == TKI_M_QUANTILE;
    for (const struct tki_qnode *s = n->kind == TKI_N_PIPE ? n->a : NULL; s && !r; s = s->next)
        r = holds_values(s);
    return r || (n->kind == TKI_N_MATH && (holds_values(n->a) || holds_values(n->b)));
}

bool tki_query_holds_values(const struct tki_query *q)
{
    return holds_values(q->root);
}

bool tki_query_ordered(const struct tki_query *q)
{
    for (const struct tki_qnode *s = q->root->a; s; s = s->next)
        if (s->kind == TKI_N_ORDER)
            return true;
    return false;
}

uint64_t tki_query_limit(const struct tki_query *q)
{
    uint64_t limit = 0;
    for (const struct tki_qnode *s = q->root->a; s; s = s->next)
        if (s->kind == TKI_N_LIMIT && (!limit || s->count < limit))
            limit = s->count;
    return limit;
}
