/* ast.h - what a query is made of, inside lib/query.
 *
 * One kind of node for everything; all nodes of a query live in its arena and stay as they are once the query
 * has been checked, so that any number of threads may evaluate it.
 */
#ifndef TKI_TRACEQL_AST_H
#define TKI_TRACEQL_AST_H

#include "base/arena.h"
#include "base/regex.h"
#include "expr/traceql/query.h"
#include "field/field.h"

enum {
    TKI_QUERY_MAX = 65536,      /* bytes of a query */
    TKI_QUERY_NODES_MAX = 8000, /* nodes of a query: chains of operators are as deep as they are long */
    TKI_QUERY_LABELS_MAX = 32,  /* fields of by() of a metric */
    TKI_QUERY_DEPTH_MAX = 200,  /* nested parentheses and prefix operators */
};

enum tki_qop {
    TKI_OP_NONE,
    TKI_OP_OR,
    TKI_OP_AND,
    TKI_OP_EQ,
    TKI_OP_NE,
    TKI_OP_LT,
    TKI_OP_LE,
    TKI_OP_GT,
    TKI_OP_GE,
    TKI_OP_RE,
    TKI_OP_NRE,
    TKI_OP_ADD,
    TKI_OP_SUB,
    TKI_OP_MUL,
    TKI_OP_DIV,
    TKI_OP_MOD,
    TKI_OP_POW,
    TKI_OP_NOT,
    TKI_OP_NEG,
    TKI_OP_EXISTS,  /* f != nil */
    TKI_OP_MISSING, /* f = nil */
    /* Structure of spansets. */
    TKI_OP_CHILD,
    TKI_OP_DESC,
    TKI_OP_PARENT,
    TKI_OP_ANCE,
    TKI_OP_SIBL,
    TKI_OP_NOT_CHILD,
    TKI_OP_NOT_DESC,
    TKI_OP_NOT_PARENT,
    TKI_OP_NOT_ANCE,
    TKI_OP_NOT_SIBL,
    TKI_OP_UNION_CHILD,
    TKI_OP_UNION_DESC,
    TKI_OP_UNION_PARENT,
    TKI_OP_UNION_ANCE,
    TKI_OP_UNION_SIBL,
};

enum tki_qkind {
    TKI_N_VALUE, /* of an expression */
    TKI_N_FIELD,
    TKI_N_UNARY,   /* op a */
    TKI_N_BINARY,  /* a op b; of expressions and, between aggregates, of numbers of a spanset */
    TKI_N_FILTER,  /* { a }; a NULL: all spans */
    TKI_N_SETS,    /* a op b of spansets */
    TKI_N_PIPE,    /* stages: a and its nexts */
    TKI_N_COMPARE, /* a op b of numbers of a spanset: keeps the spanset or not */
    TKI_N_AGG,     /* agg(a) */
    TKI_N_BY,      /* by(a) */
    TKI_N_COALESCE,
    TKI_N_SELECT, /* a: list of fields */
    TKI_N_ORDER,  /* a: list; desc in each */
    TKI_N_LIMIT,
    TKI_N_METRIC,   /* metric(a, numbers) by (b: list) */
    TKI_N_CONTRAST, /* compare({ a }, ...) */
    TKI_N_TOPK,     /* count; desc: the largest */
    TKI_N_MFILTER,  /* series op number */
    TKI_N_MATH,     /* a op b of metrics */
};

enum tki_qagg { TKI_AGG_COUNT, TKI_AGG_AVG, TKI_AGG_MIN, TKI_AGG_MAX, TKI_AGG_SUM };
enum tki_qmetric {
    TKI_M_RATE,
    TKI_M_COUNT,
    TKI_M_MIN,
    TKI_M_MAX,
    TKI_M_AVG,
    TKI_M_SUM,
    TKI_M_QUANTILE,
    TKI_M_HISTOGRAM,
};

/* What a part of a query gives; decides which operators may stand around it. */
enum tki_qgives { TKI_GIVES_SPANS, TKI_GIVES_NUMBER, TKI_GIVES_SERIES, TKI_GIVES_VALUE };

struct tki_qnode {
    uint8_t kind;   /* enum tki_qkind */
    uint8_t op;     /* enum tki_qop */
    uint8_t type;   /* enum tki_vtype, of expressions and numbers */
    uint8_t gives;  /* enum tki_qgives */
    uint8_t traits; /* enum tki_field_trait, of the fields in it */
    uint8_t spread; /* TKI_T_EVENT, TKI_T_LINK: a comparison that is tried with each of these */
    uint8_t what;   /* AGG: enum tki_qagg; METRIC: enum tki_qmetric */
    bool desc;
    bool parenthesized;
    uint32_t at, end; /* bytes of the query */
    struct tki_qnode *a, *b, *next;
    struct tki_value value;  /* VALUE, MFILTER */
    struct tki_field field;  /* its index: the number among the fields of the query */
    struct tki_regex *regex; /* RE, NRE */
    double *numbers;         /* METRIC: quantiles */
    uint32_t nnumbers;
    uint64_t count;            /* LIMIT, TOPK, CONTRAST */
    uint64_t start_ns, end_ns; /* CONTRAST; both 0: always */
};

struct tki_qhint {
    tk_str name;
    struct tki_value value;
    uint32_t at;
};

struct tki_query {
    struct tki_arena arena;
    tk_str text;                /* a copy, in the arena */
    struct tki_qnode *root;     /* TKI_N_PIPE, or TKI_N_MATH over such with what follows in its nexts */
    struct tki_qnode **regexes; /* nodes that own one, to be freed */
    size_t nregexes, regexes_cap;
    uint32_t nnodes, nfields;
    struct tki_qhint *hints;
    size_t nhints;
    const struct tki_qnode **selected; /* the fields of every select(), each once: a stage that drops no span */
    uint32_t nselected;
    struct tki_reads reads; /* all fields */
    bool whole;             /* needs whole traces */
    bool bare;              /* a duration is compared with a number without a unit, first with bare_ns */
    int64_t bare_ns;
    bool loose; /* was written without braces: text is how it was read */
};

/* ---- lex.c ------------------------------------------------------------------------------------------------
 */

enum tki_qtok {
    TKI_TOK_END,
    TKI_TOK_OP,    /* op, and its text */
    TKI_TOK_PUNCT, /* one of { } ( ) , | in c */
    TKI_TOK_VALUE, /* a constant */
    TKI_TOK_FIELD,
    TKI_TOK_WORD, /* any other name */
};

struct tki_qtoken {
    uint8_t tok, op;
    char c;
    bool unit; /* VALUE: a number with a unit of size */
    uint32_t at, end;
    struct tki_value value;
    struct tki_field field;
    tk_str name; /* of a word */
};

/* Reads the next token.  0, or a negative code with err and its offset. */
int tki_qlex_next(struct tki_scan *l, struct tki_qtoken *t);
/* The status, kind or constant that is w but for its case; NULL: none. */
const char *tki_qlex_keyword(tk_str w);
const char *tki_qop_text(enum tki_qop op);

/* ---- parse.c, types.c -------------------------------------------------------------------------------------
 */

int tki_query_check(struct tki_query *q, struct tk_err *err);
/* Fills q->selected.  TK_ENOMEM. */
int tki_query_gather_selected(struct tki_query *q);
extern const char *const tki_agg_words[], *const tki_metric_words[];

/* ---- compare.c --------------------------------------------------------------------------------------------
 */

enum { TKI_COMPARED = 9 };
extern const struct tki_field tki_compared[TKI_COMPARED]; /* what compare() counts the values of */

/* ---- print.c ----------------------------------------------------------------------------------------------
 */

void tki_qnode_print(struct tki_buf *to, const struct tki_qnode *n);

#endif
