/* format.h - what a format is: bid + cut + decode (+ encode), and the table of them.
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
 * A new format is one file, one row of the table in format.c, one folder of testdata, one paragraph in
 * tracekit-formats(5).
 */
#ifndef TKI_FORMAT_FORMAT_H
#define TKI_FORMAT_FORMAT_H

#include "base/buf.h"
#include "format/cut.h"
#include "format/head.h"
#include "model/batch.h"

#define TKI_PADDING 80 /* readable zero bytes that must follow the bytes of a piece: a block that begins in it, and some */

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
    bool uncarried;   /* what the format's context found before this piece is not in it: documents that need it are bad */
    unsigned inside;  /* brackets of a document that are open at pos: of formats whose resync goes on inside one */
    size_t around[TKI_AROUND]; /* of the same: what the decoder knows of the document around pos */
    struct tk_err *err; /* code and text are set on failure; the caller turns fault into an offset */
    struct tki_wanted wanted;
    size_t record_max;  /* bytes that a compressed payload may have; 0: TKI_RECORD_MAX */
};

/* State of one output: what encoders may keep between calls. */
struct tki_encode {
    struct tki_buf *out;
    uint64_t puts; /* items written so far: where separators depend on it */
    uint64_t notes[TK_NOTE_COUNT];
    void *state; /* of the format, freed by its free_state, or with free() */
};

struct tki_format {
    struct tk_format_info info;
    unsigned (*bid)(const struct tki_head *head); /* NULL: its input is not recognised */
    const struct tki_cutter *cutter;
    const char *const *split; /* for the cutter: where records repeat, see cut.h; NULL-terminated */
    tk_str (*context)(tk_str text); /* likewise: documents that count for those behind them; NULL: there are none */
    int (*decode)(struct tki_decode *d);
    /* After a failure: moves d->pos behind the bad record if its end can be found.  false: the rest of the piece
     * is given up. */
    bool (*resync)(struct tki_decode *d);
    void (*begin)(struct tki_encode *e);
    void (*put)(struct tki_encode *e, const struct tk_batch *b, const uint32_t *rows, size_t nrows); /* rows: never NULL */
    void (*end)(struct tki_encode *e);
    bool spans;       /* its documents are single spans: see tki_cut */
    bool rest;        /* its reader leaves the tag of rest.h to tki_format_run */
    bool container;   /* its records are messages of other formats */
    void (*free_state)(void *state); /* NULL: free() */
    bool independent; /* put neither reads nor changes e->puts or e->state: batches can be encoded in parallel */
};

extern const struct tki_format *const tki_formats[]; /* NULL-terminated */
const struct tki_format *tki_format_find(const char *name); /* NULL: unknown */

/* The best bidder for the head of a source, or for the rest of one; NULL with *err saying what was tried, or what it is
 * (TK_EUNSUPPORTED).  Of JSON the first document decides that somebody bids for. */
const struct tki_format *tki_format_detect(tk_str head, bool eof, struct tk_err *err);

/* Who bids most for a message that lies in a frame: no container; NULL when nobody does or two bid alike. */
const struct tki_format *tki_format_payload(tk_str head, bool eof, unsigned *bits);

/* Whether everything can come back that is written, with the tag of rest.h where it is needed. */
bool tki_format_lossless(const struct tki_format *f);

/* f->decode, and what travels in the tag of rest.h is put back. */
int tki_format_run(const struct tki_format *f, struct tki_decode *d);

/* Decodes a whole document in memory (copied where padding is missing): for tests, fuzzing, small inputs. */
int tki_format_decode(const struct tki_format *f, tk_str in, unsigned needs, struct tk_batch *b, struct tk_err *err);

extern const struct tki_format tki_format_otlp_json, tki_format_otlp_proto, tki_format_otlp_framed;
extern const struct tki_format tki_format_tempo, tki_format_tempo_proto;
extern const struct tki_format tki_format_frames, tki_format_grpc, tki_format_delimited;
extern const struct tki_format tki_format_jaeger_thrift, tki_format_zipkin_v1, tki_format_zipkin_thrift;
extern const struct tki_format tki_format_jaeger_json, tki_format_zipkin_json, tki_format_rows;
extern const struct tki_format tki_format_xray;
extern const struct tki_format tki_format_jaeger_proto, tki_format_zipkin_proto;
extern const struct tki_format tki_format_stdouttrace, tki_format_python_console;
extern const struct tki_format tki_format_table, tki_format_chrome, tki_format_speedscope, tki_format_folded, tki_format_dot, tki_format_mermaid,
    tki_format_deps, tki_format_openmetrics;
extern const struct tki_format tki_format_jaeger_protojson;
extern const struct tki_format tki_format_jaeger_es, tki_format_elastic_apm, tki_format_skywalking, tki_format_datadog;

#endif
