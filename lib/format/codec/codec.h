/* codec.h - what a format is: bid + cut + decode (+ encode).
 *
 * bid     looks at the first bytes and returns how many bits it verified (0: not mine).  Pure.
 * cut     finds, serially and cheaply, the next piece of input that can be decoded alone: see cut.h.
 * decode  turns one piece into rows of a batch.  Pure: no globals, no I/O; so it runs on any thread, and under
 *         a fuzzer.  A piece holds one or many whole records; decode takes them one after another, and on a bad
 *         one takes its rows back and stops with pos at that record.
 *         A JSON document that is none of the format's is such a bad record: the reader then asks the table who
 *         else bids for it, since streams mix formats.
 * encode  appends rows of a batch to a buffer; begin and end write what surrounds them.
 *
 * A new format is one file, one line in table.h and one in table.c, one folder of testdata, one paragraph in
 * tracekit-formats(5).
 */
#ifndef TKI_FORMAT_CODEC_H
#define TKI_FORMAT_CODEC_H

#include "base/buf.h"
#include "format/cut/cut.h"
#include "format/detect/head.h"
#include "model/batch.h"

#define TKI_PADDING \
    80 /* readable zero bytes that must follow the bytes of a piece: a block that begins in it, and some */

/* Keys of span attributes that are wanted; none: all.  A decoder may deliver more than these. */
struct tki_wanted {
    const tk_str *keys;
    size_t n;
    uint64_t lengths; /* bit min(n, 63) for each key of n bytes */
    bool plain;       /* none is empty or has a character that JSON escapes */
    /* Of plain keys: bit i % 8 of heads[0][c % 16] and of heads[1][c / 16] is set when c is the first byte of key i, of
     * heads[2] and [3] likewise when it is the second, or the quote behind the only one. */
    uint8_t heads[4][16];
};
struct tki_wanted tki_wanted_of(const tk_str *keys, size_t n); /* borrows the keys */

enum { TKI_AROUND = 8 };

struct tki_decode {
    tk_str in;      /* the piece; TKI_PADDING zero bytes follow it */
    size_t pos;     /* where to start; afterwards where it stopped: the start of the bad record, or in.n */
    unsigned needs; /* enum tk_need */
    struct tk_batch *batch;
    uint64_t records; /* whole records decoded, added to */
    size_t fault;     /* after a failure: where in the piece */
    bool uncarried; /* what the format's context found before this piece is not in it: documents that need it are bad */
    unsigned inside; /* brackets of a document that are open at pos: of formats whose resync goes on inside one */
    size_t around[TKI_AROUND]; /* of the same: what the decoder knows of the document around pos */
    struct tk_err *err;        /* code and text are set on failure; the caller turns fault into an offset */
    struct tki_wanted wanted;
    size_t record_max; /* bytes that a compressed payload may have; 0: TKI_RECORD_MAX */
};

/* State of one output: what encoders may keep between calls. */
struct tki_encode {
    struct tki_buf *out;
    uint64_t puts; /* items written so far: where separators depend on it */
    union {        /* what was changed or left out: encoders count in notes, others read noted */
        uint64_t notes[TKI_NOTE_COUNT];
        struct tk_notes noted;
    };
    void *state; /* of the format, freed by its free_state, or with free() */
};

struct tki_format {
    struct tk_format_info info;
    unsigned (*bid)(const struct tki_head *head); /* NULL: its input is not recognised */
    const struct tki_cutter *cutter;
    const char *const *split;       /* for the cutter: where records repeat, see cut.h; NULL-terminated */
    tk_str (*context)(tk_str text); /* likewise: documents that count for those behind them; NULL: there are none */
    int (*decode)(struct tki_decode *d);
    /* After a failure: moves d->pos behind the bad record if its end can be found.  false: the rest of the piece
     * is given up. */
    bool (*resync)(struct tki_decode *d);
    void (*begin)(struct tki_encode *e);
    void (*put)(struct tki_encode *e, const struct tk_batch *b, const uint32_t *rows,
                size_t nrows); /* rows: never NULL */
    void (*end)(struct tki_encode *e);
    bool spans;                      /* its documents are single spans: see tki_cut */
    bool lossless;                   /* its reader leaves the tag of lossless.h to tki_format_run */
    bool container;                  /* its records are messages of other formats */
    void (*free_state)(void *state); /* NULL: free() */
    bool independent; /* put neither reads nor changes e->puts or e->state: batches can be encoded in parallel */
};

#endif
