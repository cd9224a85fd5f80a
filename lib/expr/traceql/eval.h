/* eval.h - evaluation, inside lib/query: what one thread needs, values of fields and expressions, sets of
 * spans. */
#ifndef TKI_TRACEQL_EVAL_H
#define TKI_TRACEQL_EVAL_H

#include "analyze/cpath.h"
#include "expr/traceql/ast.h"
#include "expr/traceql/query.h"

enum { TKI_ID_TEXTS = 8 };

/* What is known of the trace at hand, made when a query has to know it. */
struct tki_qtrace {
    struct tk_tree tree;
    struct tki_times times;
    struct tki_cpath cpath;
    bool has_cpath;
    uint32_t root;          /* the first span without a parent, or TK_NONE */
    uint32_t *group;        /* by row: the same number for siblings */
    uint32_t *left, *right; /* by row: nested sets, from 1 */
    uint32_t *number;       /* by group, for counting */
    uint32_t groups;
    bool *mark[2]; /* by row, free between uses */
    uint32_t cap;
    void *memory;
    int64_t duration_ns;
    bool has_duration;
    uint32_t services, errors;
    double weight; /* NaN: nothing says it */
};

struct tki_qcached { /* what a field is in a resource */
    uint32_t resource;
    struct tki_qval value;
};

struct tki_query_eval {
    const struct tki_query *q;
    const struct tk_batch *b;
    uint32_t row;
    uint32_t event, link;     /* the one a comparison looks at, or TK_NONE */
    struct tki_qtrace *trace; /* NULL: spans alone */
    struct tki_regex_scratch *regex;
    struct tki_qcached *cached; /* by number of the field */
    char id_text[TKI_ID_TEXTS][32];
    unsigned id_turn;
    struct tki_arena arena; /* of the results for the trace at hand */
    struct tki_qtrace whole;
    int rc; /* sticky: TK_ENOMEM, TK_ELIMIT */
};

/* Starts with a batch. */
void tki_q_begin(struct tki_query_eval *e, const struct tk_batch *b);

struct tki_qval tki_q_from(const struct tk_batch *b, const struct tk_value *v);
struct tki_qval tki_q_field(struct tki_query_eval *e, const struct tki_qnode *n);
struct tki_qval tki_q_value(struct tki_query_eval *e, const struct tki_qnode *n);
/* Whether the span at e->row passes the filter. */
bool tki_q_passes(struct tki_query_eval *e, const struct tki_qnode *filter);
/* Likewise filters one after the other or joined with ||. */
bool tki_q_selects(struct tki_query_eval *e, const struct tki_qnode *n);
bool tki_q_numeric(const struct tki_qval *v);
double tki_q_double(const struct tki_qval *v);
struct tki_qval tki_q_arithmetic(enum tki_qop op, const struct tki_qval *a, const struct tki_qval *b);
bool tki_q_compare(enum tki_qop op, const struct tki_qval *a, const struct tki_qval *b);
/* For sorting: nil first, numbers as numbers, then by type. */
int tki_q_order(const struct tki_qval *a, const struct tki_qval *b);

/* A value that stays good until the next trace; arrays and other data become text. */
struct tki_qval tki_q_keep(struct tki_query_eval *e, struct tki_qval v);
uint64_t tki_q_hash(const struct tki_qval *v);
bool tki_q_same(const struct tki_qval *a, const struct tki_qval *b);
/* The spansets that a pipeline leaves of the trace at hand; NULL: none, or e->rc. */
struct tki_qresult *tki_q_run(struct tki_query_eval *e, const struct tki_qnode *pipe);

/* Fills e->trace for the batch. */
int tki_q_trace_begin(struct tki_query_eval *e, const struct tk_batch *b);
void tki_q_trace_free(struct tki_qtrace *t);

/* Marks in out what of l and r the structural operator keeps.  The three may not be the same. */
void tki_q_structure(const struct tki_qtrace *t, enum tki_qop op, const bool *l, const bool *r, bool *out);

#endif
