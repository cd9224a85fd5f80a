/* tracekit/sample.h - what a tail sampling policy of the OpenTelemetry Collector keeps: the answers of tracesample.
 *
 *   configuration -> sampler -> replay: spans in order of arrival -> judge -> which traces are kept
 *
 * tracekit-policy(5) tells which policies are replayed, and how.  A sampler does not change once it is open, and may be
 * shared between threads and replays; a replay belongs to one thread at a time, and its sampler must outlive it.  A
 * replay remembers some 150 bytes of each trace, and no spans.
 */
#ifndef TRACEKIT_SAMPLE_H
#define TRACEKIT_SAMPLE_H

#include "tracekit/io.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- configurations ---------------------------------------------------------------------------------------------- */

struct tk_sampler;
/* Reads files of a collector's configuration ("-" is standard input), merged as the collector merges them.  processor:
 * which of several ("tail_sampling/NAME" or NAME); NULL: there is one.  collector: the version whose decisions are
 * wanted, such as "0.140"; NULL: the newest known.  TK_EUSAGE: the configuration or an argument is wrong;
 * TK_EUNSUPPORTED: a policy cannot be replayed exactly; TK_EIO; err->source says which file, line and column.  Head
 * samplers in the pipeline decide first, span by span: of a trace a part may be kept. */
TK_API int tk_sampler_open(struct tk_sampler **s, const char *const *paths, size_t npaths, const char *processor,
                           const char *collector, struct tk_err *err);
/* Likewise a configuration as text, which is copied.  name stands for the file in messages; NULL: "configuration". */
TK_API int tk_sampler_parse(struct tk_sampler **s, tk_str yaml, const char *name, const char *processor,
                            const char *collector, struct tk_err *err);
TK_API void tk_sampler_close(struct tk_sampler *s); /* NULL is fine */

TK_API const char *tk_sampler_processor(const struct tk_sampler *s); /* "tail_sampling/NAME" */
/* What is legal in the configuration and surprising, or not known of that collector, one line each; NULL past the last.
 */
TK_API const char *tk_sampler_warning(const struct tk_sampler *s, size_t i);
/* Name and type of the policies, in the order of the file; past the last a name whose p is NULL. */
TK_API tk_str tk_sampler_policy(const struct tk_sampler *s, size_t i, const char **type);
/* What must be decoded for judging (enum tk_need, for tk_read_opts.needs), and the span attributes that are looked at
 * (for attr_keys), which are the sampler's. */
TK_API unsigned tk_sampler_needs(const struct tk_sampler *s);
TK_API const tk_str *tk_sampler_keys(const struct tk_sampler *s, size_t *n);

/* ---- judging ----------------------------------------------------------------------------------------------------- */

struct tk_replay;
TK_API int tk_replay_open(struct tk_replay **r, const struct tk_sampler *s, struct tk_err *err);
TK_API void tk_replay_close(struct tk_replay *r); /* NULL is fine */

/* Each returns 0 or a negative code: TK_ENOMEM; TK_ELIMIT: a regular expression of a policy takes too many steps;
 * TK_EUSAGE: the traces were judged, or were not, before. */

/* Takes in all spans of the batch, of any traces, in order of arrival. */
TK_API int tk_replay_add(struct tk_replay *r, struct tk_batch *b, struct tk_err *err);
/* Likewise all that the reader still gives.  After a fault of the input what came before is taken in, and the fault is
 * returned. */
TK_API int tk_replay_read(struct tk_replay *r, struct tk_reader *reader, struct tk_err *err);
/* Judges every trace, as if all its spans had come in time.  Once. */
TK_API int tk_replay_judge(struct tk_replay *r, struct tk_err *err);

/* After judging: returns true if the trace is kept.  One that was never added is not. */
TK_API bool tk_replay_keeps(const struct tk_replay *r, tk_id128 trace_id);
/* After judging: the rows of b that are kept; rows has room for b->nspans.  mark: spans of traces that only chance kept
 * get their threshold in the trace state (ot=th), so that whoever reads them knows what they stand for, and lose their
 * raw view; tracesample marks.  Batches come in the order in which they were added, each once: a collector keeps and
 * loses spans of one trace where bytes or time count, and they are told apart by their numbers. */
TK_API int tk_replay_select(struct tk_replay *r, struct tk_batch *b, uint32_t *rows, size_t *nrows, bool mark,
                            struct tk_err *err);

/* ---- counts, after judging --------------------------------------------------------------------------------------- */

enum tk_replay_count {
    TK_REPLAY_TRACES,         /* that came */
    TK_REPLAY_SPANS,          /* of these */
    TK_REPLAY_STAND_FOR,      /* the traces, each by its weight before this policy */
    TK_REPLAY_KEPT_TRACES,    /* the same of what is kept */
    TK_REPLAY_KEPT_SPANS,     /* */
    TK_REPLAY_KEPT_STAND_FOR, /* each by its weight before this policy */
    TK_REPLAY_DROPPED_TRACES, /* of what is not kept: those that a drop policy dropped */
    TK_REPLAY_DROPPED_SPANS   /* */
};
/* One of them; NaN for one that this library does not know, and before judging. */
TK_API double tk_replay_count(const struct tk_replay *r, enum tk_replay_count what);

enum tk_policy_count {
    TK_POLICY_MATCHED, /* traces that the policy says yes to, or no as a drop policy */
    TK_POLICY_FIRST,   /* traces whose outcome is put down to it */
    TK_POLICY_ALONE    /* kept traces that would be lost without it */
};
/* Traces; NaN likewise, and for a policy that is not there. */
TK_API double tk_replay_policy(const struct tk_replay *r, size_t policy, enum tk_policy_count what);

#ifdef __cplusplus
}
#endif
#endif
