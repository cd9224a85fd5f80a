/* filter.h - which spans --trace, --since, --until and --shard select, each span for itself; and what there is to say
 * when they select nothing. */
#ifndef TRACECAT_FILTER_H
#define TRACECAT_FILTER_H

#include "tracecat.h"

/* A trace that was asked for: by its id, or by the first digits of it. */
struct filter_id {
    tk_id128 id;     /* as a number: leading zeros may be left out */
    unsigned digits; /* that were given */
    bool whole;      /* is a whole id, and not the beginning of others */
};

struct filter {
    struct filter_id *ids; /* sorted; none: all traces */
    size_t nids;
    uint32_t *beginnings; /* those that may be beginnings, by their digits */
    size_t nbeginnings;
    uint64_t lengths;            /* bit n: one of them has n digits */
    uint64_t since_ns, until_ns; /* start times in [since, until) */
    bool of_dump;                /* not yet: only the input tells which times these are (filter_times) */
    uint64_t shard, nshards;     /* by hash of the trace id; nshards 0: all */
    bool all;                    /* every span passes */
};

/* Fills the filter from the options.  Returns 0, or TK_EUSAGE or TK_ENOMEM with err->text. */
int filter_of(struct filter *f, const struct options *o, struct tk_err *err);
void filter_free(struct filter *f);
/* Fills in the times, for an input whose spans start from first_ns to last_ns (0 and 0: not known, only times that do
 * not depend on it).  Returns 0, or TK_EUSAGE with err->text. */
int filter_times(struct filter *f, const struct options *o, uint64_t first_ns, uint64_t last_ns, struct tk_err *err);
/* Makes to the same filter for these traces only.  Returns 0 or TK_ENOMEM. */
int filter_of_traces(struct filter *to, const struct filter *f, const tk_id128 *ids, size_t n);

/* Writes the rows of the spans that pass and returns their number. */
size_t filter_rows(const struct filter *f, const struct tk_batch *b, uint32_t *rows);
/* What --shard=I/N and --route=N divide traces by: the remainder by N is I - 1. */
uint64_t filter_hash(tk_id128 id);

/* The traces that one of the ids selected. */
struct filter_found {
    tk_id128 id; /* one of them */
    bool any, several;
};

/* What a filter met, in one batch or in all.  All zero is valid and empty.  Memory is made at the first use, for one
 * filter. */
struct filter_met {
    uint64_t spans, passed;
    uint64_t first_ns, last_ns; /* starts of all spans; last_ns 0: there is none */
    struct filter_found *found; /* by number in filter.ids */
    struct filter_id *near; /* by number in filter.ids: the trace most like that one; digits: how many the ids have in
                               common at the beginning, or more (filter.c) */
};

/* Adds what stands in a batch, of which so many spans passed.  Returns 0 or TK_ENOMEM. */
int filter_meet(const struct filter *f, const struct tk_batch *b, size_t passed, struct filter_met *met);
/* Adds what was met in a batch, and empties that.  Batches must come in order.  Returns 0 or TK_ENOMEM. */
int filter_met_take(struct filter_met *all, struct filter_met *batch, const struct filter *f);
/* Says on standard error which traces were not there, which beginnings several have, or why no span passed. */
void filter_met_say(const struct filter_met *met, const struct filter *f, tki_east *east);
void filter_met_free(struct filter_met *met);

#endif
