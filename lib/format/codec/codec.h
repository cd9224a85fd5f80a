/* codec.h - what a format is: bid + cut + decode (+ encode).
 *
 *   - bid looks at the first bytes of an input and returns how much of them it recognised.  The format that returns
 * most reads the input.
 *   - cut finds the next piece of the input that can be decoded alone: see cut.h.  It runs in order, on one thread at a
 *     time, so it is cheap.
 *   - decode turns a piece into rows of a batch.  It is a pure function of the bytes: it has no globals and does no
 * I/O, so it runs on any thread and under a fuzzer.
 *   - encode appends rows of a batch to a buffer; begin and end write what stands around them.
 *
 * HACKING.md and CONTRIBUTING.md say how a format is added.
 *
 * The scale of a bid.  A bid counts bits: 8 for each byte of the input that is as this format has it and as chance
 * would not make it: a key of JSON (tki_key_bits), a name, a magic number.  What is merely plausible counts less: a
 * field number of protobuf with its wire type 3, a length that fits 4 to 20, text that is valid 1 for a byte.  0 is
 * "not mine".  Where other text stands around what was recognised, half counts.  So bids of different formats can be
 * compared, and a bid is at most 8 times the number of bytes.
 *
 * What decode does.
 *   - It takes whole records from d->in, from d->pos on, one after another.  The batch may hold rows already, also of
 *     other formats; decode adds its rows behind them.
 *   - It sets batch->needs to d->needs, and batch->raw if its spans have raw views.  It may leave out what d->needs
 * does not ask for.
 *   - It adds 1 to d->records for each whole record, and notes what it had to change or leave out (tki_note).
 *   - At the end of the piece it sets d->pos to d->in.n and returns 0.
 *   - A wrong record ends the call: the rows of that record are taken back, d->pos is where the record begins, d->fault
 *     is the byte that is wrong, d->err has the code and a text, and the code is returned.  Rows of the records before
 *     it stay.  A batch that ran out of memory is such a failure, too; batch->err is 0 again.
 *   - js/records.h, proto/messages.h, thrift/records.h and codec/records.h (lines of text) do this for what they read.
 *
 * After a failure the reader asks the table who bids for the rest, since streams of JSON mix formats, or, with
 * keep_going, calls resync and decode again.  A decoder whose resync goes on inside a document keeps in d->inside and
 * d->around what it knows of that document; both are 0 at the start of a piece and belong to the decoder.
 */
#ifndef TKI_FORMAT_CODEC_H
#define TKI_FORMAT_CODEC_H

#include <stdlib.h>

#include "base/buf.h"
#include "format/cut/cut.h"
#include "format/detect/head.h"
#include "model/batch.h"

/* Bytes behind a piece that can be read and are zero: as many as a block that begins in the piece may need. */
#define TKI_PADDING 80

/* The keys of span attributes that the reader's caller wants; all zero: all of them.  A decoder may deliver more. */
struct tki_wanted {
    const tk_str *keys;
    size_t n;
    uint64_t others[64]; /* [n], n in 1 .. 63: the bits tki_key_ends that no wanted key of n bytes has */
    bool plain;          /* every key has a byte, and none that JSON escapes */
    /* Of plain keys: bit i % 8 of heads[0][c % 16] and of heads[1][c / 16] is set when c is the first byte of key i. In
     * heads[2] and heads[3] c is the second byte, or the quote behind a key of one byte. */
    uint8_t heads[4][16];
};
struct tki_wanted tki_wanted_of(const tk_str *keys, size_t n); /* borrows the keys */

/* A number below 64 from the first and the last byte of a key of n bytes, at least 1. */
static inline unsigned tki_key_ends(const char *key, size_t n)
{
    return ((unsigned char)key[0] ^ (unsigned char)key[n - 1] << 2) & 63;
}

enum { TKI_AROUND = 8 };

struct tki_decode {
    tk_str in;       /* the piece; TKI_PADDING zero bytes follow it */
    size_t pos;      /* where to start; afterwards where decoding stopped */
    unsigned needs;  /* enum tk_need */
    bool proto_only; /* with TK_NEED_RAW: of spans in other encodings than OTLP protobuf no raw view is of use */
    struct tk_batch *batch;
    uint64_t records; /* whole records that were decoded */
    size_t fault;     /* after a failure: the byte of the piece that is wrong */
    /* The format's context stands before this piece and is not in it: a document that needs the context is bad. */
    bool uncarried;
    unsigned inside;           /* the decoder's own: brackets of a document that are open at pos */
    size_t around[TKI_AROUND]; /* the decoder's own: what it knows of the document around pos */
    struct tk_err *err;        /* after a failure: its code and text; the caller turns fault into an offset */
    struct tki_wanted wanted;
    /* Spans of other traces than these need not become rows; a decoder that leaves one out calls tki_batch_pass_over.
     * NULL: all are wanted. */
    const struct tki_idmap *only;
    size_t record_max;                 /* bytes that a compressed payload may have; 0: TKI_RECORD_MAX */
    const struct tki_dialect *columns; /* what the caller says that columns of rows are: rows/rows.h; NULL: nothing */
};

/* The state of one output. */
struct tki_encode {
    struct tki_buf *out;
    uint64_t puts;                      /* calls of put that are behind: where separators depend on that */
    bool files;                         /* rows came from several files (tki_batch_file): known when begin is called */
    int64_t (*east_s)(uint64_t unix_s); /* of the zone of times that people read; NULL: UTC */
    union {                             /* what was changed or left out: encoders count in notes, others read noted */
        uint64_t notes[TKI_NOTE_COUNT];
        struct tk_notes noted;
    };
    void *state; /* what the format keeps between calls; freed by its free_state, or with free() */
};

/* Where records repeat, for the cutter. */
#define TKI_REPEATS(...) ((const char *const[]){__VA_ARGS__, NULL})

struct tki_format {
    struct tk_format_info info;
    unsigned (*bid)(const struct tki_head *head); /* NULL: an input is never recognised as this format */
    const struct tki_cutter *cutter;
    const char *const *split;      /* for the cutter: where records repeat, see cut.h; NULL-terminated */
    const struct tki_lines *lines; /* for tki_cut_lines: what lines are */
    /* For the cutter: finds documents that count for those behind them.  NULL: the format has no such documents. */
    tk_str (*context)(tk_str text);
    int (*decode)(struct tki_decode *d);
    /* After a failure: moves d->pos behind the bad record and returns true, or returns false when the end of that
     * record cannot be found: then the rest of the piece is given up. */
    bool (*resync)(struct tki_decode *d);
    void (*begin)(struct tki_encode *e);
    /* rows is never NULL. */
    void (*put)(struct tki_encode *e, const struct tk_batch *b, const uint32_t *rows, size_t nrows);
    void (*end)(struct tki_encode *e);
    uint8_t copies;                  /* enum tk_raw: put copies raw views of this encoding ... */
    bool (*can_copy)(tk_str raw);    /* ... that this answers yes for; NULL: all of them */
    bool spans;                      /* its documents are single spans: see struct tki_cut */
    bool lossless;                   /* its reader leaves the tag of lossless.h to tki_format_run */
    bool unique_ids;                 /* whoever reads it takes an id for one span of the trace */
    bool container;                  /* its records are messages of other formats */
    void (*free_state)(void *state); /* NULL: free() */
    bool independent; /* put neither reads nor changes e->puts or e->state: batches can be encoded in parallel */
};

/* Frees what the format kept between calls. */
static inline void tki_encode_forget(struct tki_encode *e, const struct tki_format *f)
{
    if (e->state)
        (f->free_state ? f->free_state : free)(e->state);
    e->state = NULL;
}

#endif
