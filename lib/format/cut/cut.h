/* cut.h - finding pieces of input that can be decoded alone, without decoding them.
 *
 * The reader shows the cutter a window: the bytes that follow what was cut before.  The cutter answers with a
 * piece, or asks for a larger window, or reports that the input breaks off.  A piece is normally a run of the
 * window as it is.  When one record is larger than the window (a JSON document or a ResourceSpans of many
 * gigabytes), it is split inside at the arrays that the format names, and the piece carries before and after
 * its bytes what makes it a complete record again: the brackets around it and the members met before
 * (resource, scope).  So decoders always see whole records and memory does not grow with the input.  What comes
 * only after the split array is too late for the pieces that went before it; it is counted.
 *
 * Where records repeat is written as a path: ".resourceSpans[].scopeSpans[].spans[]" for JSON (a leading "[]"
 * for an array at the top), "1.2.2" for protobuf field numbers,
 * "2" for the field of a Thrift struct, "" for a Thrift list.  Formats of lines have a struct tki_lines instead.
 */
#ifndef TKI_FORMAT_CUT_H
#define TKI_FORMAT_CUT_H

#include "base/buf.h"

#define TKI_RECORD_MAX (64u << 20) /* bytes: default of record_max */

struct tki_piece {
    size_t consumed;       /* bytes of the window that are dealt with; the next window starts behind them */
    tk_str body;           /* run of the window */
    tk_str prefix, suffix; /* to be put around body; borrowed from the cutter until the next call */
    tk_str context;        /* a document that counts for this piece, too; borrowed until the next call */
};

/* What lines are in a text format.  All zero: each line is a record. */
struct tki_lines {
    bool header; /* the first line goes before every piece */
    bool quoted; /* line breaks between double quotes belong to the line, as in CSV */
    /* The last line of the input may lack its line break, as pasted text does: a record shows whether it is whole. */
    bool open_end;
    /* Returns true if a record begins at the line, which has its line break; NULL: one begins at each. */
    bool (*begins)(tk_str line);
};

struct tki_cut {
    const struct tki_cutter *cutter;
    const char *const *split;
    const struct tki_lines *lines; /* for the cutter of lines, never NULL there */
    size_t window;     /* bytes: input longer than this is cut between its records; pieces are hardly longer */
    size_t inside;     /* bytes: a record longer than this is split inside, where it can be */
    bool spans;        /* documents at the top may be single spans: those that were written as a group stay together */
    size_t record_max; /* bytes: a record longer than this that cannot be split is an error */
    bool unnamed;      /* for tables: the caller knows their columns by number, and the first line is a row */
    /* May be NULL.  Called before a document that is too large for the window is opened: sets c->split for it. */
    void (*choose)(struct tki_cut *c, tk_str head);
    void *choose_ctx;
    /* May be NULL.  Returns the last document of the text that counts for the documents behind it, in whatever pieces
     * these are; n = 0 when the text has none.  The text is followed by TKI_PADDING zero bytes or by more of the input.
     */
    tk_str (*context)(tk_str text);
    uint64_t late; /* members that came after pieces they belong to: lost to those pieces */
    void *state;
};

enum tki_cut_result { TKI_CUT_MORE = 0, TKI_CUT_PIECE = 1, TKI_CUT_END = 2 };

struct tki_cutter {
    int (*open)(struct tki_cut *c);
    void (*close)(struct tki_cut *c);
    /* A tki_cut_result or a negative TK_E* with err->text and err->offset (relative to the window) set.  With
     * eof the window holds all that is left, and MORE is never answered: what is whole is cut first, then
     * TK_ETRUNCATED or END. */
    int (*next)(struct tki_cut *c, tk_str window, bool eof, struct tki_piece *piece, struct tk_err *err);
};

extern const struct tki_cutter tki_cut_json;   /* documents one after another, lines or not */
extern const struct tki_cutter tki_cut_proto;  /* fields of a message, one after another */
extern const struct tki_cutter tki_cut_framed; /* the same behind four-byte big-endian lengths */
extern const struct tki_cutter tki_cut_thrift; /* messages and bare values of both protocols, mixed at will */
extern const struct tki_cutter tki_cut_lines;  /* lines of text */

/* What is left where a file was made longer and its bytes were never written.  The first function returns true if
 * enough zero bytes stand at p that they are no frames without a message; the second one returns TK_EINVALID and says
 * so. */
bool tki_cut_zeros(const char *p, const char *end);
int tki_cut_unwritten(struct tk_err *err, size_t offset);

/* Returns what is behind the line break of the line at p, or NULL when there is none before `end`. */
const char *tki_line_end(const char *p, const char *end, bool quoted);

#endif
