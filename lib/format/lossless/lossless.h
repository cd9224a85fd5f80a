/* lossless.h - what a format cannot hold of a span, in one reserved tag beside what it can.
 *
 * Writing needs no help of the format: each span is encoded and decoded again, what came back is compared with
 * what was there, and the difference goes into an attribute that the format then writes as any other.  Reading
 * puts it back.  So a format that holds more needs less, and nothing can be forgotten.
 *
 * The tag's value is base64 of a protobuf message (numbers in parts.h, described in tracekit-formats(5)).
 * For each part of a span that it changes it holds a check of what stood there: a part that was edited in the
 * meantime is taken as it stands.
 */
#ifndef TKI_FORMAT_LOSSLESS_H
#define TKI_FORMAT_LOSSLESS_H

#include "format/codec/codec.h"

#define TKI_LOSSLESS_KEY "tracekit.rest"

/* Puts rows as f->put does, each with the rest that f cannot hold.  f->lossless must be set. */
void tki_lossless_put(const struct tki_format *f, struct tki_encode *e, const struct tk_batch *b, const uint32_t *rows,
                      size_t nrows);

/* Puts the rests back into the spans from row `first` on, of a batch without raw views: a decoder has left the
 * tag's text in span->raw, and taken the tag away.  What does not fit is counted. */
void tki_lossless_settle(struct tk_batch *b, uint32_t first, unsigned needs);

/* Returns true if an encoded span is the first one of its resource.  A stream that is cut there is read in the groups
 * in which it was written. */
bool tki_lossless_begins(tk_str span);

/* Puts rows as f->put does, with the rest if `lossless` says so and f can, and counts what of them only raw views hold
 * that f does not copy. */
void tki_format_put(const struct tki_format *f, bool lossless, struct tki_encode *e, const struct tk_batch *b,
                    const uint32_t *rows, size_t nrows);

/* Counts what of these rows only raw views hold, without those that f copies.  f NULL: nothing is copied; rows NULL:
 * all spans. */
void tki_format_count_beyond(const struct tki_format *f, const struct tk_batch *b, const uint32_t *rows, size_t nrows,
                             uint64_t notes[TKI_NOTE_COUNT]);

/* Calls f->decode, and puts back what travels in the tag. */
int tki_format_run(const struct tki_format *f, struct tki_decode *d);
/* Decodes a whole document in memory (copied where padding is missing): for tests, fuzzing, small inputs. */
int tki_format_decode(const struct tki_format *f, tk_str in, unsigned needs, struct tk_batch *b, struct tk_err *err);

#endif
