/* tracecat.h - the options of tracecat, and its jobs. */
#ifndef TRACECAT_H
#define TRACECAT_H

#include "cli/merge.h"
#include "cli/moment.h"
#include "cli/opts.h"

enum sort_key { SORT_TIME, SORT_DURATION, SORT_ID };

struct options {
    struct tki_common common;
    int argc; /* the words that they were read from */
    char **argv;
    struct tki_list traces; /* --trace, as text */
    struct tki_moment since, until;
    const char *tz; /* NULL: UTC */
    tki_east *east; /* of that zone; main sets it */
    uint64_t limit;
    bool since_given, until_given, limit_given;
    bool group, stats, formats, lossless, explain_plan, verbose, no_pager;
    const char *query; /* NULL: none */
    bool spans;
    int64_t step_ns; /* 0: one interval */
    int sort;        /* enum sort_key, with sort_given */
    bool sort_given;
    const char *top; /* what --top groups by; NULL: not given */
    int order;       /* enum top_order, with order_given */
    bool order_given;
    const char *split; /* folder */
    uint64_t route;    /* files; with route_given */
    bool route_given, force;
    bool partial, merge;
    const char *shard;
    uint64_t repair;        /* bits of repair_words; 0: none */
    const char *check;      /* file of assertions; NULL: none */
    bool strict;            /* what is inconclusive in it fails */
    uint64_t verify;        /* bits of verify_words (judged.h); 0: none */
    struct tki_list logs;   /* files */
    struct tki_list redact; /* rules, as text */
    const char *redact_key;
};

/* What --top sorts by. */
enum top_order {
    ORDER_PATH,
    ORDER_SELF,
    ORDER_TOTAL,
    ORDER_CALLS,
    ORDER_ERRORS,
    ORDER_P50,
    ORDER_P95,
    ORDER_P99,
    ORDER_NAME
};
extern const char *const top_orders[]; /* as for --order; NULL last (plan.c) */

extern const struct tki_command tracecat_command; /* fills a struct options (options.c) */
extern const char *const repair_words[];          /* as for --repair; NULL last (plan.c) */

struct plan;

/* Each reads the files and returns the exit status. */
int convert(const struct plan *p, const char *const *files, size_t nfiles);
int summarize(const struct plan *p, const char *const *files, size_t nfiles);

struct tki_summary;
struct tki_top;
/* What --top prints, of a table that is finished. */
void top_report(const struct plan *p, const struct tki_top *top, const struct tki_reading *read);
/* What --stats prints. */
void summary_report(struct tki_doc *d, const struct options *o, const struct tki_summary *s,
                    const struct tki_reading *read);

/* --partial: writes the state of an answer, with what was read for it; save writes its records.  Faults end the
 * command. */
void state_write(const struct plan *p, const struct tki_reading *read, tki_state_saver *save, void *ctx);
/* --merge: reads states and prints the report of all; returns the exit status. */
int state_merge(const struct plan *p, const char *const *files, size_t nfiles);

void list_formats(const struct options *o);

/* Prints what the reader has to say at the end and returns the exit status. */
int reader_status(const struct tk_reader *r, int code);

#endif
