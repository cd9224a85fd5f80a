/* From text to nodes.  Precedence is that of Tempo's grammar: && and || are of one level, from the left;
 * below them comparisons and structure, then + -, then * / %, then ^ from the right.  A prefix minus binds
 * like a binary one (-a * b is -(a * b)), ! a little tighter. */
#include "expr/traceql/query.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "expr/traceql/parse.h"

struct tki_qnode *tki_qp_fail(struct tki_qparser *p, const char *expected)
{
    char found[64];
    const struct tki_qtoken *t = &p->tok;
    if (p->rc < 0)
        return NULL;
    if (t->tok == TKI_TOK_END)
        snprintf(found, sizeof found, "the end of the query");
    else
        snprintf(found, sizeof found, "'%.*s'%s", (int)(t->end - t->at > 40 ? 40 : t->end - t->at),
                 p->q->text.p + t->at, t->end - t->at > 40 ? "..." : "");
    p->rc = tki_err_at(p->err, TK_EUSAGE, t->at, "expected %s, found %s%s", expected, found, tki_qp_meant(p, expected));
    return NULL;
}

struct tki_qnode *tki_qp_fail_at(struct tki_qparser *p, uint32_t at, const char *text)
{
    if (p->rc == 0)
        p->rc = tki_err_at(p->err, TK_EUSAGE, at, "%s", text);
    return NULL;
}

bool tki_qp_call(struct tki_qparser *p)
{
    const struct tki_qtoken *t = &p->tok;
    tk_str all = p->q->text;
    uint32_t end = t->end;
    while (end < all.n && all.p[end] == ' ')
        end++;
    if (p->rc < 0 || t->tok != TKI_TOK_WORD || end == all.n || all.p[end] != '(')
        return false;
    p->rc = tki_err_at(p->err, TK_EUSAGE, t->at, "there is no function %.*s() here%s", (int)t->name.n, t->name.p,
                       tki_qp_function_meant(t->name));
    return true;
}

/* How TraceQL writes what columns of tables and other tools call so; NULL: it is no such word. */
static const char *field_called(tk_str word)
{
    static const struct {
        const char *word, *field;
    } called[] = {{"service", "resource.service.name"},
                  {"service.name", "resource.service.name"},
                  {"service_name", "resource.service.name"},
                  {"operation", "name"},
                  {"trace_id", "trace:id"},
                  {"span_id", "span:id"},
                  {"parent_id", "span:parentID"},
                  {"traceId", "trace:id"},
                  {"spanId", "span:id"},
                  {"parentSpanId", "span:parentID"},
                  {"message", "statusMessage"}};
    for (size_t i = 0; i < sizeof called / sizeof *called; i++)
        if (tki_str_same_letters(word, tki_str(called[i].word)))
            return called[i].field;
    return NULL;
}

/* An attribute that stands there without its scope and its point. */
static struct tki_qnode *loose_field(struct tki_qparser *p)
{
    tk_str all = p->q->text;
    uint32_t end = p->tok.end;
    struct tki_qnode *n = tki_qp_make(p, TKI_N_FIELD, p->tok.at);
    while (end < all.n && (unsigned char)all.p[end] > ' ' && !strchr("{}()=~!<>&|^,\"", all.p[end]))
        end++;
    if (!n)
        return NULL;
    n->gives = TKI_GIVES_VALUE;
    n->field = tki_field_attr(TKI_SCOPE_ANY, (tk_str){all.p + p->tok.at, end - p->tok.at});
    n->field.index = p->q->nfields++;
    n->end = end;
    p->lex.at = end;
    p->tok.end = end;
    tki_qp_advance(p);
    return n;
}

/* A word that means nothing in an expression looks like an attribute without its scope. */
static struct tki_qnode *no_operand(struct tki_qparser *p)
{
    const struct tki_qtoken *t = &p->tok;
    tk_str all = p->q->text;
    uint32_t end = t->end;
    if (tki_qp_call(p))
        return NULL;
    if (p->rc < 0 || t->tok != TKI_TOK_WORD || (unsigned char)all.p[t->at] >= 0x80 || *tki_qp_meant(p, "a field"))
        return tki_qp_fail(p, "a field or a value");
    if (p->loose && !tki_qlex_keyword(t->name)) /* SERVER is no attribute */
        return loose_field(p);
    while (end < all.n && end < t->at + 40 && (unsigned char)all.p[end] > ' ' && !strchr("{}()=~!<>&|^,\"", all.p[end]))
        end++;
    tk_str word = {all.p + t->at, end - t->at}, found = t->name;
    if (tki_str_find(word, '[')) {
        p->rc = tki_err_at(p->err, TK_EUSAGE, t->at,
                           "expected a field or a value: an attribute is written without brackets, such as "
                           "resource.service.name");
        return NULL;
    }
    const char *better = tki_qlex_keyword(t->name);
    if (!better) {
        better = field_called(word);
        found = word;
    }
    p->rc = better ? tki_err_at(p->err, TK_EUSAGE, t->at, "expected a field or a value, found '%.*s': write %s",
                                (int)found.n, found.p, better)
                   : tki_err_at(p->err, TK_EUSAGE, t->at,
                                "expected a field or a value: attributes are written .%.*s, text \"in quotes\"",
                                (int)word.n, word.p);
    return NULL;
}

void tki_qp_advance(struct tki_qparser *p)
{
    p->last = p->tok.end;
    if (p->rc == 0)
        p->rc = tki_qlex_next(&p->lex, &p->tok);
    if (p->rc < 0)
        p->tok = (struct tki_qtoken){.tok = TKI_TOK_END};
}

struct tki_qnode *tki_qp_make(struct tki_qparser *p, enum tki_qkind kind, uint32_t at)
{
    if (p->rc < 0)
        return NULL;
    if (p->q->nnodes++ >= TKI_QUERY_NODES_MAX)
        return tki_qp_fail_at(p, at, "this query has too many parts");
    struct tki_qnode *n = tki_arena_alloc(&p->q->arena, sizeof *n);
    if (!n) {
        p->rc = tki_err_memory(p->err);
        return NULL;
    }
    *n = (struct tki_qnode){.kind = (uint8_t)kind, .at = at, .end = p->tok.end};
    return n;
}

bool tki_qp_take(struct tki_qparser *p, char c)
{
    if (!at_punct(p, c))
        return false;
    tki_qp_advance(p);
    return p->rc == 0;
}

bool tki_qp_expect(struct tki_qparser *p, char c, const char *expected)
{
    if (!at_punct(p, c)) {
        tki_qp_fail(p, expected);
        return false;
    }
    tki_qp_advance(p);
    return p->rc == 0;
}

bool tki_qp_deeper(struct tki_qparser *p)
{
    if (++p->depth <= TKI_QUERY_DEPTH_MAX)
        return true;
    tki_qp_fail_at(p, p->tok.at, "this query is nested too deeply");
    return false;
}

/* ---- expressions ------------------------------------------------------------------------------------------
 */

int tki_qp_precedence(enum tki_qop op)
{
    switch (op) {
    case TKI_OP_OR:
    case TKI_OP_AND: return PREC_LOGIC;
    case TKI_OP_ADD:
    case TKI_OP_SUB: return PREC_ADD;
    case TKI_OP_MUL:
    case TKI_OP_DIV:
    case TKI_OP_MOD: return PREC_MUL;
    case TKI_OP_POW: return PREC_POW;
    case TKI_OP_NOT:
    case TKI_OP_NONE: return 0;
    default: return PREC_COMPARE;
    }
}

struct tki_qnode *tki_qp_field(struct tki_qparser *p)
{
    const struct tki_qtoken *t = &p->tok;
    if (t->tok != TKI_TOK_FIELD)
        return tki_qp_fail(p, "a field such as name or span.http.method");
    struct tki_qnode *n = tki_qp_make(p, TKI_N_FIELD, t->at);
    if (n) {
        n->gives = TKI_GIVES_VALUE;
        n->field = t->field;
        n->field.index = p->q->nfields++;
        tki_qp_advance(p);
    }
    return n;
}

struct tki_qnode *tki_qp_value(struct tki_qparser *p)
{
    struct tki_qnode *n = tki_qp_make(p, TKI_N_VALUE, p->tok.at);
    if (n) {
        n->gives = TKI_GIVES_VALUE;
        n->value = p->tok.value;
        tki_qp_advance(p);
    }
    return n;
}

static struct tki_qnode *prefix(struct tki_qparser *p)
{
    bool minus = at_op(p, TKI_OP_SUB);
    struct tki_qnode *n = tki_qp_make(p, TKI_N_UNARY, p->tok.at);
    tki_qp_advance(p);
    struct tki_qnode *a = tki_qp_deeper(p) ? tki_qp_expression(p, minus ? PREC_ADD + 1 : PREC_NOT + 1) : NULL;
    p->depth--;
    if (!n || !a)
        return NULL;
    n->op = minus ? TKI_OP_NEG : TKI_OP_NOT;
    n->gives = TKI_GIVES_VALUE;
    n->a = a;
    n->end = a->end;
    return n;
}

static struct tki_qnode *operand(struct tki_qparser *p)
{
    if (p->tok.tok == TKI_TOK_FIELD)
        return tki_qp_field(p);
    if (p->tok.tok == TKI_TOK_VALUE)
        return tki_qp_value(p);
    if (at_op(p, TKI_OP_SUB) || at_op(p, TKI_OP_NOT))
        return prefix(p);
    if (!at_punct(p, '('))
        return no_operand(p);
    tki_qp_advance(p);
    struct tki_qnode *n = tki_qp_deeper(p) ? tki_qp_expression(p, PREC_LOGIC) : NULL;
    p->depth--;
    return n && tki_qp_expect(p, ')', "an operator or )") ? n : NULL;
}

static bool is_nil(const struct tki_qnode *n)
{
    return n->kind == TKI_N_VALUE && n->value.type == TKI_V_NIL;
}

/* Comparisons with nil ask whether something is there. */
static struct tki_qnode *join(struct tki_qparser *p, enum tki_qop op, struct tki_qnode *a, struct tki_qnode *b,
                              uint32_t at)
{
    if ((op == TKI_OP_EQ || op == TKI_OP_NE) && (is_nil(a) || is_nil(b))) {
        struct tki_qnode *n = tki_qp_make(p, TKI_N_UNARY, a->at);
        if (n) {
            n->op = op == TKI_OP_NE ? TKI_OP_EXISTS : TKI_OP_MISSING;
            n->a = is_nil(b) ? a : b;
            n->end = b->end;
            n->gives = TKI_GIVES_VALUE;
        }
        return n && is_nil(n->a) ? tki_qp_fail_at(p, at, "nil is compared with a field") : n;
    }
    struct tki_qnode *n = tki_qp_make(p, TKI_N_BINARY, a->at);
    if (n) {
        n->op = (uint8_t)op;
        n->a = a;
        n->b = b;
        n->end = b->end;
        n->gives = TKI_GIVES_VALUE;
    }
    return n;
}

struct tki_qnode *tki_qp_expression(struct tki_qparser *p, int least)
{
    struct tki_qnode *a = operand(p);
    while (a && p->rc == 0 && p->tok.tok == TKI_TOK_OP) {
        enum tki_qop op = p->tok.op;
        int prec = tki_qp_precedence(op);
        if (prec < least || prec == 0)
            break;
        if (op > TKI_OP_POW)
            return tki_qp_fail(p, "an operator of values, or } (this one stands between spansets)");
        uint32_t at = p->tok.at;
        tki_qp_advance(p);
        struct tki_qnode *b = tki_qp_deeper(p) ? tki_qp_expression(p, op == TKI_OP_POW ? prec : prec + 1) : NULL;
        p->depth--;
        a = b ? join(p, op, a, b, at) : NULL;
    }
    return p->rc == 0 ? a : NULL;
}

struct tki_qnode *tki_qp_filter(struct tki_qparser *p)
{
    struct tki_qnode *n = tki_qp_make(p, TKI_N_FILTER, p->tok.at);
    tki_qp_advance(p);
    if (!n || p->rc < 0)
        return NULL;
    n->gives = TKI_GIVES_SPANS;
    if (!at_punct(p, '}')) {
        n->a = tki_qp_expression(p, PREC_LOGIC);
        if (!n->a)
            return NULL;
    }
    n->end = p->tok.end;
    return tki_qp_expect(p, '}', "an operator or }") ? n : NULL;
}

/* ---- the whole --------------------------------------------------------------------------------------------
 */

/* with(name=value, ...) */
bool tki_qp_hints(struct tki_qparser *p)
{
    tki_qp_advance(p);
    if (!tki_qp_expect(p, '(', "("))
        return false;
    do {
        struct tki_qhint h = {.name = p->tok.name, .at = p->tok.at};
        if (p->tok.tok != TKI_TOK_WORD) {
            tki_qp_fail(p, "the name of a hint");
            return false;
        }
        tki_qp_advance(p);
        if (!at_op(p, TKI_OP_EQ)) {
            tki_qp_fail(p, "=");
            return false;
        }
        tki_qp_advance(p);
        if (p->tok.tok != TKI_TOK_VALUE || p->tok.value.type == TKI_V_NIL) {
            tki_qp_fail(p, "a value");
            return false;
        }
        h.value = p->tok.value;
        struct tki_qhint *more = tki_arena_alloc(&p->q->arena, (p->q->nhints + 1) * sizeof *more);
        if (!more) {
            p->rc = tki_err_memory(p->err);
            return false;
        }
        if (p->q->nhints)
            memcpy(more, p->q->hints, p->q->nhints * sizeof *more);
        more[p->q->nhints++] = h;
        p->q->hints = more;
        tki_qp_advance(p);
    } while (tki_qp_take(p, ','));
    return tki_qp_expect(p, ')', ", or )");
}
