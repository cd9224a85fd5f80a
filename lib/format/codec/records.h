/* records.h - what every decoder does around its records, whatever they are made of. */
#ifndef TKI_FORMAT_CODEC_RECORDS_H
#define TKI_FORMAT_CODEC_RECORDS_H

#include "format/codec/codec.h"

/* A record could not be decoded: takes back the rows that the batch got since the mark, and says in d where the record
 * begins and at which byte of the piece it is wrong.  The batch is usable again.  Returns the code that decode returns:
 * the batch's own when it ran out of memory or rows, with a text of its own, else `code`, whose text the caller sets.
 */
int tki_record_failed(struct tki_decode *d, const struct tki_mark *mark, size_t start, size_t fault, int code);

/* ---- lines ---- */

/* Decodes the records of a piece that tki_cut_lines cut, for formats whose decode has nothing else to do.
 *
 * `header`, where the format has one, gets the first line of the piece, also when d->pos is behind it; NULL: there is
 * none.  `record` gets each record from d->pos on, with its line breaks, adds its rows to d->batch and returns 0; or
 * returns a negative code, with the text in d->err and in d->fault the byte of the piece that is wrong.  Both get ctx.
 */
int tki_lines_decode(struct tki_decode *d, const struct tki_lines *lines,
                     int (*header)(struct tki_decode *d, tk_str line, void *ctx),
                     int (*record)(struct tki_decode *d, tk_str text, void *ctx), void *ctx);

/* The resync of such formats: to the next line at which a record begins. */
bool tki_lines_resync(struct tki_decode *d, const struct tki_lines *lines);

#endif
