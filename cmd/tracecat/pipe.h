/* pipe.h - how spans flow through tracecat, and where a new step goes.
 *
 *   decode -> part                     on the decoding threads, batch by batch: rows that pass, changes in
 *                                      place, early encoding (part.c)
 *   -> [assembler -> stages]           when something needs whole traces (convert.c, stages.c)
 *   -> [sort] -> limit -> output       spans, or whole traces
 *
 * A step that looks at one span alone belongs into the part, a step that looks at a whole trace is a stage,
 * and what is made of the spans at the end is an output.
 */
#ifndef TRACECAT_PIPE_H
#define TRACECAT_PIPE_H

#include "ask.h"
#include "model/redact.h"
#include "tracecat.h"
#include "view/targets.h"

/* ---- what decoding threads do ---- */

struct part_plan { /* shared by all threads: read only */
    const struct options *o;
    struct filter filter;
    const struct tki_format *encode; /* not NULL: encode at once */
    const struct redaction *redact;  /* not NULL: before anything else sees the rows that are left */
    bool query;                      /* of o->ask: keep only rows that it selects */
};

/* What came of a batch. */
struct part {
    uint32_t *rows; /* of the spans that passed */
    size_t nrows, cap;
    struct tki_buf bytes;
    struct tki_encode encode;
    struct tki_query_eval *eval;
    uint64_t first_ns, last_ns; /* with a query for a table: starts of the spans before it */
    struct tki_redact_scratch *redact;
    int rc;             /* negative: TK_ENOMEM, or TK_ELIMIT when a query took too many steps */
    bool redact_failed; /* rc is that of the redaction */
};

/* For tk_read_opts.work, with a struct part_plan as context. */
void *part_make(void *plan, struct tk_batch *b, void *previous);
void part_free(void *part);

/* ---- redaction: last, so that queries and repairs see what came ---- */

struct redaction;
struct redaction *redaction_open(const struct options *o); /* wrong rules and keys end the command */
void redaction_close(struct redaction *r);                 /* NULL is fine */
/* On a decoding thread; the scratch is made at the first call. */
int redaction_part(const struct redaction *r, struct tki_redact_scratch **scratch, struct tk_batch *b,
                   const uint32_t *rows, size_t nrows);
void redaction_count(struct redaction *r, struct tki_redact_scratch *scratch);
struct stage redaction_stage(struct redaction *r); /* r stays the caller's */
void redaction_report(const struct redaction *r);
extern const char redaction_limit[]; /* what a TK_ELIMIT of it means */

/* Bytes for one of those that hold spans or values: the assembler, and with both what sorts or counts behind it. */
size_t memory_share(const struct options *o, bool both);

/* ---- stages: whole traces, one after another ---- */

struct stage {
    const char *name;
    void *ctx;
    /* Changes the trace in place: spans may be changed, moved and left out (nspans), rows added.  A span that
     * was changed loses its raw view.  1: goes on; 0: the trace is left out; negative: *err says why. */
    int (*put)(void *ctx, struct tk_batch *trace, struct tk_err *err);
    /* Not NULL: sees all traces, unchanged by this stage, before put sees the first. */
    int (*look)(void *ctx, struct tk_batch *trace, struct tk_err *err);
    /* Not NULL: after the last trace, gives those that put held back: 1, 0, or negative. */
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

/* Those that the options ask for, in their order (stages.c). */
void stages_init(struct stages *s, const struct options *o);
void stages_free(struct stages *s);

void mend_add(struct stages *s, const struct options *o); /* --dedup, --repair */

/* ---- sorting ---- */

/* Spans, or whole traces: each added batch is one. */
struct sort;
struct sort *sort_open(const struct options *o, bool traces, size_t memory_max);
int sort_add(struct sort *s, const struct tk_batch *b, const uint32_t *rows, size_t nrows, struct tk_err *err);
/* 1: some spans, or a trace; 0: the end; no more adding after the first call. */
int sort_next(struct sort *s, struct tk_batch **b, struct tk_err *err);
void sort_free(struct sort *s); /* NULL is fine */

/* ---- outputs ---- */

/* One of them takes what is left.  What open returns is handed to the others; close and abort free it. */
struct output {
    const char *name;                                           /* as for -t, when it is no format of the library */
    bool whole;                                                 /* takes whole traces */
    void *(*open)(const struct options *o, struct tk_err *err); /* NULL: failed */
    int (*put)(void *out, const struct tk_batch *b, const uint32_t *rows, size_t nrows, struct tk_err *err);
    /* What a part encoded; NULL: never. */
    int (*put_encoded)(void *out, const struct part *p, struct tk_err *err);
    /* May raise *status, the exit status of a run that went well so far. */
    int (*close)(void *out, int *status, struct tk_err *err);
    void (*abort)(void *out);
};

extern const struct output output_writer; /* a format of the library */
extern const struct output output_tree;
extern const struct output output_table; /* of a query that ends in numbers or fields */
extern const struct output output_verify;
extern const struct output output_split; /* a file for each trace, written by one of the others */

/* Names of the outputs that -t takes beside the formats, NULL last. */
extern const char *const view_names[];
const struct output *view_find(const char *name); /* NULL: none of that name */

#endif
