/* tracesample.h - what the parts of tracesample share: the request, the two passes, and the reports. */
#ifndef TRACESAMPLE_H
#define TRACESAMPLE_H

#include "cli/sampling.h"
#include "model/notes.h"
#include "run/pass.h"
#include "sample/explain.h"

struct ts_request {
    const struct tki_sampling *sampling;
    const char *const *files;
    size_t nfiles;
    struct tk_read_opts read; /* format, threads, keep_going */
    struct tk_write_opts write;
    struct tk_traces_opts traces; /* for writing formats that need whole traces */
    const char *output;           /* of traces; NULL: standard output */
    const char *report;           /* NULL: standard error; "-": standard output */
    int report_compress;          /* 0: none, else the level of zstd */
    bool report_only, json, no_threshold, explain;
    tk_id128 explain_id;
    int progress; /* enum tki_when */
};

struct ts_run {
    const struct ts_request *request;
    struct tki_sampler sampler;
    struct tki_replay *replay;
    struct tki_explain *explain;
    struct tki_pass pass;
    struct tki_ledger ledger;
    struct tk_read_stats stats; /* of the first pass */
    struct tk_notes read_notes; /* likewise */
    struct tk_notes write_notes;
};

/* Each returns 0, or a negative code with *err; an input that cannot be read to its end is none: it leaves
 * run->pass.read_err, and what came before counts. */
/* Ends the command when the configuration is wrong. */
int ts_open(struct ts_run *run, const struct ts_request *request, struct tk_err *err);
int ts_judge(struct ts_run *run, struct tk_err *err); /* reads everything once */
int ts_write(struct ts_run *run, struct tk_err *err); /* reads it again and writes what is kept */
void ts_close(struct ts_run *run);

/* The reports; each appends to a buffer. */
void ts_report_text(struct tki_buf *to, const struct ts_run *run);
void ts_report_json(struct tki_buf *to, const struct ts_run *run);
void ts_explain_text(struct tki_buf *to, const struct ts_run *run, const struct tki_explained *x);
void ts_explain_json(struct tki_buf *to, const struct ts_run *run, const struct tki_explained *x);
void ts_list_text(struct tki_buf *to); /* the types of policies */
void ts_list_json(struct tki_buf *to);

/* Traces that a policy matched by its own decision: kept or dropped. */
struct tki_tally ts_matched(const struct ts_run *run, uint32_t policy);
/* Neither kept nor dropped. */
struct tki_tally ts_rest(const struct tki_replay_stats *st);

#endif
