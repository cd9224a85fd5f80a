/* feed.h - the serial part of reading: sources in order, their formats, and pieces cut from them.
 *
 * A feed belongs to one thread.  A slot belongs to whoever holds it: the feed fills it, a decoder turns it into
 * rows, the consumer reads them, and then it is filled again, with all its memory.
 */
#ifndef TKI_RUN_FEED_H
#define TKI_RUN_FEED_H

#include <pthread.h>

#include "format/table.h"
#include "io/source.h"
#include "io/spool.h"

#define TKI_WINDOW                                                                                                   \
    (512 * 1024) /* bytes read for a piece, behind what is left over: two stay in the second-level cache, and little \
                    is left over to be copied */
#define TKI_SPLIT (2 * 1024 * 1024) /* a document beyond this is cut between its records */
#define TKI_INSIDE                                                                                              \
    (8 * 1024 * 1024)       /* a record beyond this is split inside before it is whole; protobuf whose resource \
                             * does not come first, only beyond record_max */
#define TKI_PROBLEMS_MAX 10 /* of one reader that are kept in words */

struct tki_slot {
    char *memory;           /* headroom for a prefix, room, padding */
    size_t cap;             /* bytes of the room */
    size_t start;           /* in the room, of the window */
    struct tki_file *early; /* the file that may be read ahead of the slot's turn, from early_at on; NULL: none */
    uint64_t early_at;
    size_t early_n;   /* bytes that were read ahead.  They stand from TKI_WINDOW of the room on; what the last window
                       * leaves over is put before them */
    size_t ahead;     /* of cap, counted by the reader while the slot waits */
    bool taken;       /* by the reader, from feeding until the caller is done with it */
    pthread_t thread; /* that filled it last */
    uint64_t used;    /* number of what was filled last, from 1; 0: nothing yet */
    tk_str piece;     /* what to decode; padding follows */
    size_t prefix_n;  /* of it made up by the cutter */
    bool inside;      /* the piece is a part of a document that was opened */
    bool uncarried;   /* the cutter knows of no format's context */
    uint64_t body_offset;            /* in the source, of the first byte behind the prefix */
    const struct tki_format *format; /* decoding leaves the last one of the piece's documents here */
    bool named;                      /* the format was given: documents of others are errors */
    bool wrapped;                    /* the source is what an envelope held, or stood behind prefixes: see choose.c */
    size_t source;                   /* its number, in the order in which they are opened, from 0 on */
    const char *name;                /* what messages call it; good until the feed is freed */
    bool several;                    /* it is one of several, or a member of an archive */
    uint64_t left_out;               /* members of archives that are no files, so far */
    bool last;                       /* nothing follows */
    uint64_t bytes, bytes_read;      /* of all sources so far, for progress and statistics */
    uint64_t late;                   /* context that came too late, counted by the cutter so far */

    const struct tki_dialect *columns; /* the feed's */
    struct tk_batch *batch;
    void *work; /* what the caller's work function returned */
    int code;   /* of the feed or the decoder; then err says what */
    struct tk_err err;
    uint64_t records;
    uint64_t skipped;                         /* records, with keep_going */
    struct tk_err problems[TKI_PROBLEMS_MAX]; /* the first of them */
    unsigned nproblems;
};

struct tki_idmap;

/* What is read when it is not files by name. */
struct tki_input {
    enum { TKI_INPUT_PATHS, TKI_INPUT_MEMORY, TKI_INPUT_FD, TKI_INPUT_CALLBACK } kind;
    const char *name; /* for messages */
    const void *p;
    size_t n;
    int fd;
    tk_read_fn *read;
    void *ctx;
};

/* A source that was opened. */
struct tki_opened {
    char *name;         /* what messages call it */
    uint64_t closed[2]; /* bytes, and bytes read, of all sources up to it when it was closed */
};

struct tki_feed {
    struct tki_input input;
    const char *const *paths; /* of an input that is none, its name */
    size_t npaths;
    const char *format_name; /* NULL: detect */
    size_t record_max;
    const struct tki_dialect *columns; /* of opts.columns; NULL: none are given */
    unsigned threads;                  /* of decompression */
    bool keep_going, rewindable;
    struct tki_spool **spools;       /* a path that cannot be opened again has one */
    struct tki_identity *identities; /* rewindable: of the others, what each named when it was first opened */

    size_t at; /* the path that comes next, or is open */
    /* A source that the decoder gave up, by its number from 1 on: it is left when the feed comes to it; 0: none.  Set
     * by tki_feed_leave, from any thread. */
    _Atomic size_t leave;
    struct tki_archive *archive; /* of the path, whose members are sources of their own; NULL: it is a source itself */
    uint64_t archive_read;       /* bytes_read of it that count already */
    uint64_t left_out;           /* members of archives that are closed */
    pthread_mutex_t lock;        /* of what follows, which other threads ask for */
    struct tki_opened *opened;   /* by number */
    size_t nopened, opened_cap, named; /* named: entries that have a name, of the pass before perhaps */
    struct tki_source *source;
    const struct tki_format *format;
    struct tki_cut cut;
    bool cutting; /* cut is open */
    bool wrapped; /* something that logs put around lines was taken away */
    bool eof;
    struct tk_err fault; /* of reading: reported when what came before is dealt with */
    char *carry;         /* bytes read and not cut yet, from carry_at to carry_n */
    size_t carry_at, carry_n, carry_cap;
    bool fresh;                       /* the source was read for the piece that is being cut */
    uint64_t offset;                  /* in the source, of what is cut next */
    uint64_t bytes, bytes_read, late; /* of sources that are closed */
};

/* paths is borrowed.  input: read instead of paths, whose only one is its name; NULL: files. */
int tki_feed_init(struct tki_feed *f, const char *const *paths, size_t npaths, const struct tki_input *input,
                  const struct tk_read_opts *opts);
/* Finds the format of the source that was opened, opens what lies around its documents, and begins to cut. */
int tki_feed_begin(struct tki_feed *f, struct tk_err *err);
/* What messages call a path, by its number. */
const char *tki_feed_path(const struct tki_feed *f, size_t path);
/* Starts again at the first path.  A file that is not what it was then is an error when its turn comes. */
void tki_feed_rewind(struct tki_feed *f);
void tki_feed_free(struct tki_feed *f);
/* Reads ahead the bytes that the slot is presumably filled with, while the feed and other threads read, too.
 * slot->early must be set.  If other bytes come next, those are read when the slot's turn comes. */
void tki_feed_early(struct tki_slot *slot);
/* Returns the file that the next slot is presumably filled from, and the place in *at; each slot behind it begins
 * TKI_WINDOW later.  Returns NULL when the source is no file, or at its end. */
struct tki_file *tki_feed_file(const struct tki_feed *f, uint64_t *at);
/* Fills the slot and returns 1; or returns 0 at the end, or on a fault a negative code with slot->err.  With keep_going
 * a faulty source is left for the next one, and the fault is a problem of the slot. */
int tki_feed_next(struct tki_feed *f, struct tki_slot *slot);

/* The rest of that source, by its number from 0, is not needed: what is already fed comes still.  Any thread. */
void tki_feed_leave(struct tki_feed *f, size_t source);

/* The bytes, and the bytes read, of the sources up to that number, as they were when it was closed.  Any thread. */
void tki_feed_closed(struct tki_feed *f, size_t source, uint64_t sum[2]);

/* Decodes a filled slot into its batch; sets code, err, records, skipped, problems.  Pure but for the slot.  only:
 * traces whose spans are wanted (struct tki_decode); NULL: all. */
void tki_slot_decode(struct tki_slot *slot, const struct tk_read_opts *opts, const struct tki_idmap *only);
int tki_slot_init(struct tki_slot *slot);
void tki_slot_shrink(struct tki_slot *slot); /* gives back what a very large record took; its rows are gone */
void tki_slot_free(struct tki_slot *slot);

/* A source that writes all that is read from `up` into the spool. */
int tki_source_open_tee(struct tki_source **s, struct tki_source *up, struct tki_spool *spool, struct tk_err *err);

#endif
