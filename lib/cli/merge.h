/* merge.h - --partial and --merge of every command: the state of an answer, written where a part of the dump is, and
 * which states go together.
 *
 *     tki_merge_take(&merging, path)    for each state: checks what it says of itself, and loads it
 *     ... the answer of all is finished and printed, or
 *     tki_merge_write(...)              written as a state again
 *
 * What a state holds is its answer's business (struct tki_merge_answer).  Faults end the command: 2, states of another
 * question than was asked; 3, damaged ones, and a part that is given twice.
 */
#ifndef TKI_CLI_MERGE_H
#define TKI_CLI_MERGE_H

#include "cli/report.h"
#include "run/state.h"

/* What was read for a report. */
struct tki_reading {
    struct tk_read_stats stats;
    bool selected; /* not all spans were counted */
    bool complete; /* all of the input was read; else damage tells what is known of the rest */
    struct tki_damage damage;
    const char **dump; /* the names of the files, where reports tell them, without standard input; borrowed */
    size_t ndumps;
};

/* The names of the files that were read. */
void tki_reading_names(struct tki_reading *r, const char *const *files, size_t nfiles);
void tki_reading_free(struct tki_reading *r);

typedef int tki_state_saver(void *ctx, struct tki_state_out *to, struct tk_err *err);

struct tki_merge_answer {
    const char *name;  /* as in the head of a state */
    tk_str question;   /* what a state's question must begin with: whole lines */
    const char *again; /* "give WHAT then": what to give for states whose question begins otherwise */
    const char *rest;  /* the options that the rest of the question comes from, as words */
    const char *whose; /* "--top": a part must hold whole traces for it; NULL: it need not */
    void *ctx;
    int (*load)(void *ctx, struct tki_state_in *from, struct tk_err *err);
    tki_state_saver *save;
    uint64_t (*spans)(void *ctx);  /* that were loaded so far, or traces: a state that adds none is no part */
    uint64_t (*shared)(void *ctx); /* traces that stand in several states; NULL: that is fine */
};

struct tki_merging {
    const struct tki_merge_answer *answer;
    struct tki_reading read;
    struct tki_buf question; /* of the first state */
    const char *first;       /* its path */
    uint64_t *part;          /* hashes of the parts that count already, ... */
    const char **path;       /* ... and the states that they were in */
    size_t nparts, part_cap, path_cap, dump_cap;
    struct tki_arena names; /* of read.dump: each once, in the order of names */
};

/* Writes the state of one part.  path NULL: standard output; level: of zstd, 0: none. */
void tki_partial_write(const char *path, int level, const char *answer, tk_str question, const struct tki_reading *read,
                       tki_state_saver *save, void *ctx);

/* m is all zero but for its answer, which is borrowed.  Takes in all states, standard input if none is named. */
void tki_merge_all(struct tki_merging *m, const char *const *files, size_t nfiles);
/* Writes the state of them all. */
void tki_merge_write(const struct tki_merging *m, const char *path, int level);
void tki_merging_free(struct tki_merging *m);

/* The text of a buffer; ends the command when memory ended. */
tk_str tki_merge_text(const struct tki_buf *b);

#endif
