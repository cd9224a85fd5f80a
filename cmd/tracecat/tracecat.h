/* tracecat.h - the options of tracecat and what each of its files does with them. */
#ifndef TRACECAT_H
#define TRACECAT_H

#include "cli/opts.h"

enum sort_key { SORT_NONE, SORT_TIME, SORT_DURATION, SORT_ID };

struct options {
    struct tki_common common;
    struct tki_list traces; /* --trace, as text */
    uint64_t since_ns, until_ns, limit;
    bool since_given, until_given, limit_given;
    bool group, stats, formats, lossless;
    const char *query; /* NULL: none */
    bool spans;
    int64_t step_ns;   /* 0: one interval */
    struct ask *ask;   /* what the query asks for; NULL: none (ask.h) */
    int sort;          /* enum sort_key */
    const char *split; /* folder */
    bool force, dedup;
    const char *shard;
    uint64_t repair;        /* bits of repair_words; 0: none */
    uint64_t verify;        /* bits of enum tki_check; 0: none */
    struct tki_list redact; /* rules, as text */
    const char *redact_key;
    struct tk_notes *notes; /* not NULL: where writers add their notes instead of saying them */
};

extern const char *const repair_words[]; /* as for --repair; NULL last */

/* Which spans are wanted, whatever else came: decided for each span alone. */
struct filter {
    tk_id128 *ids; /* sorted; none: all traces */
    size_t nids;
    uint64_t since_ns, until_ns; /* start times in [since, until) */
    uint64_t shard, nshards;     /* by hash of the trace id; nshards 0: all */
    bool all;                    /* every span passes */
};

/* Fills the filter from the options; a malformed id ends the command. */
void filter_init(struct filter *f, const struct options *o);
void filter_free(struct filter *f);
/* From now on only these traces; copies. */
void filter_ids(struct filter *f, const tk_id128 *ids, size_t n);
/* Writes the rows of wanted spans and returns their number. */
size_t filter_rows(const struct filter *f, const struct tk_batch *b, uint32_t *rows);

/* Each reads the files and returns the exit status. */
int convert(const struct options *o, const char *const *files, size_t nfiles);
int summarize(const struct options *o, const char *const *files, size_t nfiles);

void list_formats(void);

/* Prints what the reader has to say at the end and returns the exit status. */
int reader_status(const struct tk_reader *r, int code);

#endif
