/* eval.h - evaluation, inside lib/query: what one thread needs, values of fields and expressions, sets of
 * spans. */
#ifndef TKI_TRACEQL_EVAL_H
#define TKI_TRACEQL_EVAL_H

#include "expr/traceql/ast.h"
#include "expr/traceql/query.h"

/* Of the trace at hand, what structural operators need beyond its facts. */
struct tki_qstructure {
    uint32_t *group;  /* by row: the same number for siblings */
    uint32_t *number; /* by group, for counting */
    uint32_t groups;  /* 0: not found yet */
    bool *other;      /* by row, free between uses */
    uint32_t cap;
    void *memory;
};

struct tki_query_eval {
    const struct tki_query *q;
    struct tki_at at; /* the span, the event and the link that expressions look at */
    struct tki_regex_scratch *regex;
    struct tki_arena arena; /* of the results for the trace at hand */
    struct tki_facts facts;
    struct tki_qstructure structure;
    struct tki_odd_durations odd;
    int rc; /* sticky: TK_ENOMEM, TK_ELIMIT */
};

/* Starts with a batch. */
void tki_q_begin(struct tki_query_eval *e, const struct tk_batch *b);

static inline struct tki_value tki_q_field(struct tki_query_eval *e, const struct tki_qnode *n)
{
    return tki_field_get(&e->at, &n->field);
}
struct tki_value tki_q_value(struct tki_query_eval *e, const struct tki_qnode *n);
/* Whether the span at e->at.row passes the filter. */
bool tki_q_passes(struct tki_query_eval *e, const struct tki_qnode *filter);
/* Likewise filters one after the other or joined with ||. */
bool tki_q_selects(struct tki_query_eval *e, const struct tki_qnode *n);
struct tki_value tki_q_arithmetic(enum tki_qop op, const struct tki_value *a, const struct tki_value *b);
bool tki_q_compare(enum tki_qop op, const struct tki_value *a, const struct tki_value *b);

/* A value that stays good until the next trace; arrays and other data become text. */
struct tki_value tki_q_keep(struct tki_query_eval *e, struct tki_value v);
/* The spansets that a pipeline leaves of the trace at hand; NULL: none, or e->rc. */
struct tki_qresult *tki_q_run(struct tki_query_eval *e, const struct tki_qnode *pipe);

/* Starts with a whole trace: what the query asks of it is found. */
int tki_q_trace_begin(struct tki_query_eval *e, const struct tk_batch *b);

/* Marks in out what of l and r the structural operator keeps.  The three may not be the same. */
void tki_q_structure(struct tki_query_eval *e, enum tki_qop op, const bool *l, const bool *r, bool *out);
void tki_qstructure_free(struct tki_qstructure *s);

#endif
