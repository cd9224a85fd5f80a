/* pipe.h - how spans flow through tracecat as the plan says (plan.h), and where a new step goes.
 *
 *   decode -> batch work               on the decoding threads, batch by batch: rows that pass, changes in
 *                                      place, early encoding (batch_work.c)
 *   -> [assembler -> stages]           when something needs whole traces (convert.c, stages.c)
 *   -> [sort] -> limit -> output       spans, or whole traces
 *
 * A step that looks at one span alone belongs into the batch work, a step that looks at a whole trace is a stage,
 * and what is made of the spans at the end is an output.
 */
#ifndef TRACECAT_PIPE_H
#define TRACECAT_PIPE_H

#include "analyze/top.h"
#include "model/redact.h"
#include "query.h"

/* ---- what decoding threads do ---- */

struct batch_order { /* shared by all threads: read only while they work */
    const struct plan_reading *reading;
    const struct filter *filter;
    const struct query *query;      /* with reading->ask */
    const struct redaction *redact; /* with reading->redact */
    const struct plan_top *top;     /* with reading->top */
    bool meet;                      /* notes what the plan's filter meets */
    bool weigh;                     /* looks for roots whose tags tell the rate of their traces */
    bool lossless;
};

/* What the decoding thread made of a batch. */
struct batch_work {
    uint32_t *rows; /* of the spans that passed */
    size_t nrows, cap;
    struct filter_met met;
    struct tki_buf bytes;
    struct tki_encode encode;
    struct tki_query_eval *eval;
    uint64_t first_ns, last_ns; /* with a query for a table: starts of the spans before it */
    bool tagged;                /* some root's tags give its trace a weight other than 1 */
    struct tki_redact_scratch *redact;
    struct tki_top_look *top;
    int rc;             /* negative: TK_ENOMEM, or TK_ELIMIT when a query took too many steps */
    bool redact_failed; /* rc is the redaction's */
};

/* For tk_read_opts.work, with a struct batch_order as context. */
void *batch_work_make(void *order, struct tk_batch *b, void *previous);
void batch_work_free(void *work);

/* ---- redaction: last, so that queries and repairs see what came ---- */

struct redaction;
struct redaction *redaction_open(const struct options *o); /* wrong rules and keys end the command */
void redaction_close(struct redaction *r);                 /* NULL is fine */
/* On a decoding thread; the scratch is made at the first call. */
int redaction_rows(const struct redaction *r, struct tki_redact_scratch **scratch, struct tk_batch *b,
                   const uint32_t *rows, size_t nrows);
void redaction_count(struct redaction *r, struct tki_redact_scratch *scratch);
struct stage redaction_stage(struct redaction *r); /* r stays the caller's */
void redaction_report(const struct redaction *r);
extern const char redaction_limit[]; /* what TK_ELIMIT means when the redaction returns it */

/* ---- stages: whole traces, one after another ---- */

struct stage {
    const char *name;
    void *ctx;
    /* Changes the trace in place: spans may be changed, moved and left out (nspans), rows added.  A span that
     * was changed loses its raw view.  1: goes on; 0: the trace is left out; negative: *err says why. */
    int (*put)(void *ctx, struct tk_batch *trace, struct tk_err *err);
    /* NULL, or called for all traces, before `put` is called for the first one; traces are as they come to this stage.
     */
    int (*look)(void *ctx, struct tk_batch *trace, struct tk_err *err);
    /* NULL, or called after the last trace to get the traces that `put` held back.  Returns 1, 0, or a negative code.
     */
    int (*next)(void *ctx, struct tk_batch **trace, struct tk_err *err);
    /* After the last trace of a run that went well: what there is to say on standard error.  May be NULL. */
    void (*done)(void *ctx);
    void (*free)(void *ctx);
};

enum { STAGES_MAX = 8 };

struct stages {
    struct stage at[STAGES_MAX];
    size_t n;
};

/* Those of the plan, in its order (stages.c).  The query and the redaction stay the caller's; NULL where the plan has
 * none. */
void stages_init(struct stages *s, const struct plan *p, struct query *query, struct redaction *redact);
void stages_free(struct stages *s);

struct stage logs_stage(const struct plan *p); /* reads the logs; wrong files end the command (logs.c) */
struct stage repair_stage(unsigned mend);      /* enum tki_mend_kind bits (repair.c) */

/* ---- sorting ---- */

/* Spans, or whole traces: each added batch is one. */
struct sort;
struct sort *sort_open(enum sort_key key, bool traces, size_t memory_max);
int sort_add(struct sort *s, const struct tk_batch *b, const uint32_t *rows, size_t nrows, struct tk_err *err);
/* 1: some spans, or a trace; 0: the end; no more adding after the first call. */
int sort_next(struct sort *s, struct tk_batch **b, struct tk_err *err);
void sort_free(struct sort *s); /* NULL is fine */

/* ---- outputs ---- */

struct output_args {
    const struct plan *plan;
    const char *path;         /* NULL: standard output */
    const char *const *files; /* that are read */
    size_t nfiles;
    const struct tk_reader *reader;
    struct query *query;    /* of PLAN_TABLE */
    struct tk_notes *notes; /* not NULL: where the writer adds its notes instead of saying them */
};

/* An output takes what the stages leave.  What open returns is handed to the other functions; close and abort free it.
 */
struct output {
    bool writes; /* it counts itself what of the spans only their raw views hold, unless it copies these */
    void *(*open)(const struct output_args *a, struct tk_err *err); /* NULL: failed */
    int (*put)(void *out, const struct tk_batch *b, const uint32_t *rows, size_t nrows, struct tk_err *err);
    /* Takes what decoding threads made of a batch instead of its spans, where the reading says so (encode, top); NULL:
     * never. */
    int (*put_work)(void *out, const struct batch_work *w, struct tk_err *err);
    /* *status is the exit status so far: not good when the input was not read whole.  May raise it. */
    int (*close)(void *out, int *status, struct tk_err *err);
    void (*abort)(void *out);
};

extern const struct output output_writer; /* a format of the library */
extern const struct output output_tree;
/* Puts text below the trees of output_tree, which fails as that does. */
int tree_say(void *out, const struct tki_buf *text, struct tk_err *err);
extern const struct output output_list;
extern const struct output output_top;
struct tki_top_naming top_naming(const struct plan_top *p); /* how --top groups spans */
extern const struct output output_stats;                    /* of what a query selects */
extern const struct output output_table;                    /* of a query that ends in numbers or fields */
extern const struct output output_verify;
extern const struct output output_check;
extern const struct output output_split; /* a file for each trace, written by one of the others */

/* A file for each share of the traces, written by output_writer; the name is a pattern of them.  Holds what a writer
 * holds for each file: some 300 kB, and of zstd up to 4 MB at its usual level. */
extern const struct output output_route;

/* The output of a plan, but for --split and --route, of which it is the output of one file. */
const struct output *output_of(const struct plan *p);

#endif
