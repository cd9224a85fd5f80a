/* source.h - bytes from a file, a pipe or a filter over another source.
 *
 * A source is read either by peek and consume (for looking at the head without copying) or by tki_source_read,
 * which first drains what was peeked and then reads straight into the caller's memory.  A pipe is as good as a
 * file.  A regular file is read up to the size that it had when it was opened; that it became shorter meanwhile is
 * TK_ETRUNCATED, behind the bytes that are left.  One thread at a time; only what lies ahead in a regular file may
 * meanwhile be read by others (tki_file).
 *
 * "How filters are chosen": each filter bids on the first bytes and returns how many bits it verified; the
 * best bid wins, the winner becomes the new source, and the bidding starts again, at most TKI_FILTERS_MAX deep.
 */
#ifndef TKI_IO_SOURCE_H
#define TKI_IO_SOURCE_H

#include "base/str.h"

#define TKI_PEEK_MAX    (64 * 1024) /* the most that peek can be asked for */
#define TKI_FILTERS_MAX 4
#define TKI_HELD_LOG    27          /* a compressed input may ask for 2^27 bytes of what it said to be held, 128 MiB */
#define TKI_FRAMES_MIN  (64 * 1024) /* compressed bytes that are worth being handed to another thread */

struct tki_source {
    /* Fills up to cap bytes; returns the number, 0 at the end, or a negative TK_E* with *err filled.  Data
     * whole before a fault is returned first, the fault by the next call. */
    ptrdiff_t (*read)(struct tki_source *s, void *to, size_t cap, struct tk_err *err);
    void (*close)(struct tki_source *s); /* closes the upstream too and frees s */
    struct tki_source *up;
    char *peeked; /* TKI_PEEK_MAX bytes, allocated at the first peek */
    size_t peek_at, peek_n;
    bool at_end;
    struct tk_err fault; /* remembered when a peek met it; code 0: none */
    uint64_t bytes_read; /* from the operating system, counted at the bottom of the chain */
    bool counts;         /* bytes_read is here: of what was handed out, where another thread reads the bottom */
};

/* path NULL or "-": standard input.  Counts as one source; a directory is an error that says so. */
int tki_source_open(struct tki_source **s, const char *path, struct tk_err *err);
/* A descriptor of the caller's, which stays open. */
int tki_source_open_fd(struct tki_source **s, int fd, struct tk_err *err);
/* Asks the function, as tk_reader_open_callback says. */
int tki_source_open_callback(struct tki_source **s, ptrdiff_t (*read)(void *, void *, size_t, struct tk_err *),
                             void *ctx, struct tk_err *err);
/* Borrows the bytes: for tests, and for payloads inside records.  chunk > 0 limits each read to that many. */
int tki_source_open_memory(struct tki_source **s, const void *p, size_t n, size_t chunk, struct tk_err *err);
/* Puts the filters that bid on top of *s.  Recognised but unreadable compressions (snappy, zip) are
 * TK_EUNSUPPORTED and named.  *s stays valid after a failure.  threads above 1: of decompression, with the
 * caller's. */
int tki_source_add_filters(struct tki_source **s, unsigned threads, struct tk_err *err);

/* At least min bytes (less only at the end of input) without consuming them; *avail gets the number.  NULL and
 * a code in err->code on a fault when nothing was read before it. */
const char *tki_source_peek(struct tki_source *s, size_t min, size_t *avail, struct tk_err *err);
void tki_source_consume(struct tki_source *s, size_t n); /* n <= what the last peek gave */
ptrdiff_t tki_source_read(struct tki_source *s, void *to, size_t cap, struct tk_err *err);
uint64_t tki_source_bytes_read(const struct tki_source *s); /* at the bottom of the chain */
/* Returns true if a read may wait for somebody else, as one of a pipe does: the bottom is neither memory nor a regular
 * file. */
bool tki_source_waits(const struct tki_source *s);
void tki_source_close(struct tki_source *s); /* NULL is fine */

/* What a path named when it was opened, for reading it a second time: known is false for what is no regular file. */
struct tki_identity {
    bool known;
    uint64_t device, inode, size;
};
struct tki_identity tki_source_identity(const struct tki_source *s);
/* For a source that was just opened again: it is read up to the size that it had the first time, as if it was opened
 * then.  TK_EIO: it is another file now. */
int tki_source_again(struct tki_source *s, const struct tki_identity *before, struct tk_err *err);

/* A regular file that is being read: those who hold it may read it anywhere, from any thread, also when the source is
 * closed. */
struct tki_file;
/* The file of a source without filters and where it is read next, or NULL: a pipe, a filter, peeked bytes are left.
 * Does not hold it. */
struct tki_file *tki_source_file(const struct tki_source *s, uint64_t *at);
/* Bytes at the position were read otherwise. */
void tki_source_skip(struct tki_source *s, size_t n);
void tki_file_hold(struct tki_file *f);
void tki_file_drop(struct tki_file *f);           /* NULL is fine */
uint64_t tki_file_size(const struct tki_file *f); /* when it was opened */
/* Up to n bytes; fewer at the end, or where there is a fault that reading in order will meet. */
size_t tki_file_read(const struct tki_file *f, void *to, size_t n, uint64_t at);

/* The filters, one file each. */
struct tki_filter {
    const char *name;
    unsigned (*bid)(tk_str head); /* bits verified; 0: not mine */
    int (*open)(struct tki_source **s, struct tki_source *up, struct tk_err *err);
    /* The length of one or more whole frames at the start of the input, or 0 when none is seen to end.  It may err:
     * that the filter refuses these bytes alone does not mean that they are damaged.  NULL: one thread decompresses. */
    size_t (*frames)(tk_str in, bool eof);
    /* Decompresses whole frames at once, without a window between.  The bytes written; TK_ELIMIT: there are more than
     * cap; another negative code: open must say what these bytes are.  NULL: only open does it. */
    ptrdiff_t (*whole)(tk_str in, char *out, size_t cap);
};
extern const struct tki_filter tki_filter_zstd;                 /* concatenated and skippable frames */
extern const struct tki_filter tki_filter_gzip;                 /* concatenated members, trailing zero padding */
extern const struct tki_filter tki_filter_xz, tki_filter_bzip2; /* concatenated streams */
extern const struct tki_filter tki_filter_lz4;                  /* concatenated and skippable frames */
extern const struct tki_filter tki_filter_base64;               /* of a document, or of something compressed */
extern const struct tki_filter tki_filter_utf16;                /* text, which becomes UTF-8 */
extern const struct tki_filter tki_filter_msgpack;              /* what Datadog's tracers send, as JSON */

#endif
