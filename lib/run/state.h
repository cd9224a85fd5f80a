/* state.h - the state of an answer in a file, to be merged with others: a sequence of records.
 *
 * A state is one protobuf message, State of schema/tracekit-state.proto, written and read field by field, so that
 * neither side holds it whole.  It begins with a magic string and what was asked and read (tki_state_head), and ends
 * with the number of records and hashes of them and of the head, by which a state that is cut off or damaged is known.
 * What the records between hold is their answer's business (summary_state.h).
 *
 * Functions return 0 or a negative TK_E* with *err filled, which names the file.
 */
#ifndef TKI_RUN_STATE_H
#define TKI_RUN_STATE_H

#include "base/buf.h"
#include "tracekit.h"

enum { TKI_STATE_VERSION = 1, TKI_STATE_RECORD_MAX = 1 << 20, TKI_STATE_FIRST = 3, TKI_STATE_LAST = 63 };

/* What was asked, and what was read for it. */
struct tki_state_head {
    tk_str answer;   /* "stats" */
    tk_str question; /* the options that select, as text: states of different ones are not merged */
    struct tk_read_stats read;
    bool selected; /* not all spans count */
    bool complete; /* everything was read; else faults has what is known of the rest */
    const struct tk_err *faults;
    size_t nfaults;
    const uint64_t *parts; /* of a state that others were merged into: what tki_state_hash was of each */
    size_t nparts;
    const char *const *dumps; /* names of the files that were read, for reports that tell them; not of standard input */
    size_t ndumps;
};

struct tki_state_out;
/* path NULL: standard output.  level: of zstd, 0: none. */
int tki_state_create(struct tki_state_out **s, const char *path, int level, const struct tki_state_head *head,
                     struct tk_err *err);
/* A record: a field of State from TKI_STATE_FIRST to TKI_STATE_LAST but its end, and the bytes of its message. */
int tki_state_put(struct tki_state_out *s, unsigned field, const struct tki_buf *message, struct tk_err *err);
int tki_state_finish(struct tki_state_out *s, struct tk_err *err); /* frees s in any case */
void tki_state_abort(struct tki_state_out *s);                     /* leaves no file; NULL is fine */

struct tki_state_in;
/* The head is good until tki_state_close. */
int tki_state_open(struct tki_state_in **s, const char *path, struct tki_state_head *head, struct tk_err *err);
/* 1: a record, whose message is good until the next call; 0: the end, and the state is whole. */
int tki_state_next(struct tki_state_in *s, unsigned *field, tk_str *message, struct tk_err *err);
/* The hash of a state that came to its end: equal for equal records. */
uint64_t tki_state_hash(const struct tki_state_in *s);
/* Fills *err: the record that was given last is none that its answer writes. */
int tki_state_bad(const struct tki_state_in *s, const char *what, struct tk_err *err);
void tki_state_close(struct tki_state_in *s); /* NULL is fine */

#endif
