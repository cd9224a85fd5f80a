/* tracesample.h - what the parts of tracesample share: the request, the two passes, and the reports. */
#ifndef TRACESAMPLE_H
#define TRACESAMPLE_H

#include "check/bias.h"
#include "check/check.h"
#include "check/lint.h"
#include "cli/merge.h"
#include "cli/sampling.h"
#include "cli/slow.h"
#include "model/context.h"
#include "model/notes.h"
#include "run/pass.h"
#include "sample/absent.h"
#include "sample/explain.h"
#include "sample/memory.h"
#include "sample/outcome.h"
#include "sample/versus.h"
#include "sample/wait_curve.h"

struct ts_request {
    const struct tki_sampling *sampling;
    const char *const *files;
    size_t nfiles;
    struct tk_read_opts read; /* format, threads, keep_going */
    struct tk_write_opts write;
    struct tk_traces_opts traces; /* for writing formats that need whole traces */
    const char *output;           /* of traces; NULL: standard output */
    struct tki_report report;
    bool report_only, no_threshold, explain, explain_all, wait_curve;
    const char *check;        /* file of assertions; NULL: none */
    bool strict;              /* what is inconclusive fails */
    bool bias;                /* durations and error rates before and after are told */
    bool lint, reads;         /* lint: only what is odd is told; reads: a dump is read */
    struct tki_pasted pasted; /* --explain, as it was given */
    tk_id128 explain_id;
    struct tki_slow_rule slow;
    bool timed; /* how spans arrive was given */
    struct tki_arrival arrival;
    int progress; /* enum tki_when */
    bool partial; /* the state of the report is written instead of it */
    bool merge;   /* files are such states */
};

struct ts_side { /* a configuration beside the one that is asked about */
    const char *path;
    struct tki_sampler sampler;
    struct tki_replay *replay;
    struct tki_versus versus; /* of judging: this one against that */
};

enum { TS_HEAD_REASONS_MAX = 16 };

struct ts_head_reason { /* what a head sampler decided spans of the explained trace by */
    size_t head;
    bool keeps;
    uint64_t spans;
    char why[120];
};

struct ts_head_reasons { /* each once */
    struct ts_head_reason reason[TS_HEAD_REASONS_MAX];
    uint32_t n;
    uint64_t more; /* spans with others */
};

struct ts_run {
    const struct ts_request *request;
    struct tki_sampler sampler;
    struct tki_replay *replay;
    struct tki_explain *explain;
    struct ts_head_reasons head_reasons;
    struct ts_side *baseline;
    size_t nbaselines;
    struct tki_checks checks;
    struct tki_bias bias;
    struct tki_lint lint;
    struct tki_arena memory; /* of the text of the assertions */
    struct tki_pass pass;
    struct tki_ledger ledger;
    struct tki_kinds kinds;
    struct tki_outcome outcome;                   /* of judging */
    struct tki_wait_point waits[TKI_WAITS_TRIED]; /* likewise, with wait_curve */
    size_t nwaits;
    struct tki_own_times own;  /* likewise */
    struct tki_drawn drawn;    /* likewise: where chance decides, other orders of the traces of a tick */
    struct tki_tally in, kept; /* likewise: of all that was read */
    uint64_t in_part;          /* likewise: kept traces of which head samplers have lost spans */
    bool keys_read;            /* likewise: the keys of all attributes, since a policy that reads some never matched */
    struct tki_seen keys;
    struct tki_seen first_keys; /* likewise, of the first spans of a large dump */
    uint64_t marked;            /* spans written with another ot=th */
    struct tk_read_stats stats; /* of the first pass */
    struct tk_notes read_notes; /* what the reader noted */
    struct tk_notes write_notes;
    const struct tki_reading *merged; /* of states: what was read for them; NULL: the dump itself was */
    bool output_kept;                 /* tki_keep_output */
};

/* Each returns 0, or a negative code with *err; an input that cannot be read to its end is none: it leaves
 * run->pass.read_err, and what came before counts. */
/* Ends the command when the configuration is wrong. */
int ts_open(struct ts_run *run, const struct ts_request *request, struct tk_err *err);
int ts_judge(struct ts_run *run, struct tk_err *err); /* reads everything once */
int ts_write(struct ts_run *run, struct tk_err *err); /* reads it again and writes what is kept */
void ts_close(struct ts_run *run);

/* After the traces are there: judges them and gathers what the report says.  again: they can be read once more. */
int ts_conclude(struct ts_run *run, bool again, struct tk_err *err);
/* --partial: writes the state of the report, after judging.  --merge: reads states and prints the report of all, or
 * writes their state; returns the exit status.  Faults end the command. */
void ts_partial(struct ts_run *run);
int ts_merge(struct ts_request *request);
/* What should be known of the traces and the configuration, apart from the report (main.c). */
void ts_warn_judged(const struct ts_run *run);

/* --check: reads the assertions, and ends the command when they are wrong; decides them after judging, with a second
 * reading where they want one; what to end with. */
int ts_check_open(struct ts_run *run, struct tk_err *err);
bool ts_check_again(const struct ts_run *run);
int ts_check(struct ts_run *run, struct tk_err *err);
int ts_check_status(const struct ts_run *run);
/* --baseline.  Opening ends the command when a configuration is wrong. */
int ts_baselines_open(struct ts_run *run, struct tk_err *err);
int ts_baselines_judge(struct ts_run *run, struct tk_err *err);
void ts_baselines_close(struct ts_run *run);
void ts_baselines_say(struct tki_doc *d, const struct ts_run *run);
/* The change against each, for the first lines. */
void ts_baselines_first(struct tki_doc *d, const struct ts_run *run);
/* --lint: a consumer of the pass, false: there is no room; what to end with. */
bool ts_lint_add(struct ts_run *run);
int ts_lint_status(const struct ts_run *run);
void ts_lint_report(struct tki_doc *d, const struct ts_run *run);
/* --bias. */
int ts_bias_find(struct ts_run *run, struct tk_err *err);
void ts_bias_say(struct tki_doc *d, const struct ts_run *run);
bool ts_side_keeps(const struct ts_side *side, tk_id128 id);

/* All rows of a batch, in an array that grows; false: out of memory. */
bool ts_all_rows(uint32_t **rows, size_t *cap, const struct tk_batch *b);
/* Traces that a policy matched by its own decision: kept or dropped. */
struct tki_tally ts_matched(const struct tki_policy_tally *t);
void ts_put_request(struct tki_doc *d, const struct ts_run *run);
/* Returns true if no trace matched the policy. */
bool ts_never_matched(const struct ts_run *run, uint32_t policy);
/* After judging, where the dump can be read again: reads the keys of all attributes if a policy that never matched
 * reads some, those of the first spans alone where there are many; says on stderr what those lack. */
int ts_read_keys(struct ts_run *run, bool again, struct tk_err *err);
void ts_hint_keys(const struct ts_run *run);

/* Parts of reports. */
void ts_put_request(struct tki_doc *d, const struct ts_run *run);    /* what was judged, by what */
void ts_put_time(struct tki_doc *d, const struct ts_run *run);       /* for programs: what time has done */
void ts_say_time_first(struct tki_doc *d, const struct ts_run *run); /* into the verdict: what changes the answer */
void ts_say_time(struct tki_doc *d, const struct ts_run *run);       /* behind it */
void ts_say_arrival(struct tki_doc *d, const struct ts_run *run);    /* how it was computed */

/* Each makes a document of it. */
void ts_report(struct tki_doc *d, const struct ts_run *run);
void ts_explain(struct tki_doc *d, const struct ts_run *run, const struct tki_explained *x);
void ts_check_report(struct tki_doc *d, const struct ts_run *run);
/* Of head samplers; before judging. Returns false when there is no room for another consumer. */
bool ts_explain_heads_add(struct ts_run *run);
void ts_explain_heads(struct tki_doc *d, const struct ts_run *run);
void ts_explain_all(struct tki_buf *to, const struct ts_run *run); /* a line of JSON for each trace */
void ts_wait_curve(struct tki_doc *d, const struct ts_run *run);
void ts_list(struct tki_doc *d); /* the types of policies */

#endif
