/* parse.h - what the files of the parser share. */
#ifndef TKI_TRACEQL_PARSE_H
#define TKI_TRACEQL_PARSE_H

#include "expr/traceql/ast.h"

struct tki_qparser {
    struct tki_query *q;
    struct tki_scan lex;
    struct tki_qtoken tok;
    struct tk_err *err;
    uint32_t last; /* end of the token before */
    unsigned depth;
    bool loose; /* words that mean nothing are attributes */
    int rc;     /* sticky */
};

enum { PREC_LOGIC = 1, PREC_COMPARE, PREC_ADD, PREC_NOT, PREC_MUL, PREC_POW };

static inline bool at_punct(const struct tki_qparser *p, char c)
{
    return p->tok.tok == TKI_TOK_PUNCT && p->tok.c == c;
}

static inline bool at_op(const struct tki_qparser *p, enum tki_qop op)
{
    return p->tok.tok == TKI_TOK_OP && p->tok.op == op;
}

static inline bool at_word(const struct tki_qparser *p, const char *w)
{
    return p->tok.tok == TKI_TOK_WORD && tki_str_eq(p->tok.name, tki_str(w));
}

/* Each records the first fault and returns NULL. */
struct tki_qnode *tki_qp_fail(struct tki_qparser *p, const char *expected);
struct tki_qnode *tki_qp_fail_at(struct tki_qparser *p, uint32_t at, const char *text);
/* ": " and what to write, if something of another language stands there, which is not what is expected; else "". */
const char *tki_qp_meant(const struct tki_qparser *p, const char *expected);
const char *tki_qp_function_meant(tk_str name);
/* Whether a function that does not exist is called there, which is a fault. */
bool tki_qp_call(struct tki_qparser *p);
void tki_qp_advance(struct tki_qparser *p);
struct tki_qnode *tki_qp_make(struct tki_qparser *p, enum tki_qkind kind, uint32_t at);
/* Whether c was there and has been passed; expect makes its absence a fault. */
bool tki_qp_take(struct tki_qparser *p, char c);
bool tki_qp_expect(struct tki_qparser *p, char c, const char *expected);
/* Counts nesting; false: too deep. */
bool tki_qp_deeper(struct tki_qparser *p);
int tki_qp_precedence(enum tki_qop op); /* 0: not between two operands */
static inline bool tki_qp_compares(enum tki_qop op)
{
    return op >= TKI_OP_EQ && op <= TKI_OP_NRE;
}

/* NULL after a fault. */
struct tki_qnode *tki_qp_field(struct tki_qparser *p);
struct tki_qnode *tki_qp_value(struct tki_qparser *p);
struct tki_qnode *tki_qp_expression(struct tki_qparser *p, int least);
struct tki_qnode *tki_qp_filter(struct tki_qparser *p);
struct tki_qnode *tki_qp_pipeline(struct tki_qparser *p);
bool tki_qp_hints(struct tki_qparser *p);

#endif
