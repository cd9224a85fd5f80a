/* top.h - calls, errors and times of each operation, or of any other group of spans, over all traces of a dump.
 *
 * Spans come in any order, each with the group that it belongs to.  Of each the few fields that times are computed from
 * are held, 40 bytes; beyond memory_max they go through an external sort with an unlinked temporary file.  At the end
 * each trace is looked at as a whole.  Definitions are those of facts.h:
 *
 *   - calls: spans, but for copies of spans; errors: those whose status is error;
 *   - total: the sum of their durations; p50, p95, p99, max: of these durations, exact (quantile.h);
 *   - self, critical path: after repair (times.h, cpath.h).
 *
 * At most groups_max groups are held; spans of others count for group 0, which has no name.  Results depend neither on
 * memory_max nor on threads.
 */
#ifndef TKI_ANALYZE_TOP_H
#define TKI_ANALYZE_TOP_H

#include "tracekit.h"

struct tki_buf;

struct tki_top_opts {
    size_t memory_max;   /* of spans; 0: 256 MiB */
    uint32_t groups_max; /* 0: 10,000 */
    unsigned threads;    /* that look at traces; 0 and 1: only the caller's */
};

struct tki_top_group {
    tk_str service, name; /* as they were given */
    uint64_t calls, errors;
    uint64_t timed; /* calls with a duration */
    int64_t total_ns, self_ns, path_ns;
    int64_t p50_ns, p95_ns, p99_ns, max_ns; /* -1: no call has a duration */
};

struct tki_top_sums { /* over all groups */
    uint64_t traces, spans, errors;
    uint64_t copies;  /* left out */
    uint64_t untimed; /* calls without a duration */
    uint64_t other;   /* calls in group 0 */
    uint64_t sampled; /* spans that say that they stand for more than themselves */
    int64_t path_ns;  /* durations of all traces */
};

struct tki_top;
int tki_top_open(struct tki_top **t, const struct tki_top_opts *opts, struct tk_err *err);

/* How spans are grouped.  name, if there is one, changes the service and the name that a group is called by, which are
 * those of the span; texts that it makes are in scratch.  Negative: out of memory. */
struct tki_top_naming {
    int (*name)(const void *ctx, const struct tk_batch *b, uint32_t row, tk_str *service, tk_str *name,
                struct tki_buf *scratch);
    const void *ctx;
};

/* What there is to add of a batch: made on the thread that decodes, in any order; folded in order of the input, before
 * it is made again.  NULL is an empty one, made at the first call.  Needs TK_NEED_LINKS and TK_NEED_WEIGHT.  rows may
 * be NULL: all.  TK_ENOMEM. */
struct tki_top_look;
int tki_top_look_make(struct tki_top_look **look, const struct tki_top_naming *by, const struct tk_batch *b,
                      const uint32_t *rows, size_t nrows);
void tki_top_look_free(struct tki_top_look *look); /* NULL is fine */
/* TK_ENOMEM, TK_EIO, TK_ELIMIT. */
int tki_top_fold(struct tki_top *t, struct tki_top_look *look, struct tk_err *err);

/* After the last span, once. */
int tki_top_finish(struct tki_top *t, struct tk_err *err);
/* ---- in parts (run/top_state.h) ---- */

/* Instead of tki_top_finish: sums up all traces, and calls each for every call with a duration, in any order. */
typedef int tki_top_each(void *ctx, uint32_t group, int64_t ns, struct tk_err *err);
int tki_top_drain(struct tki_top *t, tki_top_each *each, void *ctx, struct tk_err *err);
const tk_id128 *tki_top_traces(const struct tki_top *t, size_t *n); /* borrowed */
/* Adds what tki_top_drain left elsewhere, to a table that spans are not added to: sums first, then groups, whose
 * service and name are copied, each with the number that it has here, then durations.  tki_top_finish is due.
 * TK_ELIMIT: there are more than groups_max groups, and which of them count as others would depend on their order. */
int tki_top_put_sums(struct tki_top *t, const struct tki_top_sums *sums, struct tk_err *err);
int tki_top_put_group(struct tki_top *t, const struct tki_top_group *sums, uint32_t *number, struct tk_err *err);
int tki_top_put_duration(struct tki_top *t, uint32_t number, int64_t ns, struct tk_err *err);

uint32_t tki_top_groups(const struct tki_top *t); /* group 0 among them, also when it is empty */
const struct tki_top_group *tki_top_group(const struct tki_top *t, uint32_t i);
const struct tki_top_sums *tki_top_sums(const struct tki_top *t);
void tki_top_close(struct tki_top *t); /* NULL is fine */

#endif
