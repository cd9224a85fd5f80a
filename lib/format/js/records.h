/* records.h - the frame of decoders of JSON: documents alone, in lists and in one another, until a bad one.
 *
 * A decoder's state begins with a struct tki_records.  What it adds between one tki_record_begin or tki_record_end and
 * the next is a record: when the cursor fails, the rows of the record under way are taken back, and those before it
 * stay.
 */
#ifndef TKI_FORMAT_JS_RECORDS_H
#define TKI_FORMAT_JS_RECORDS_H

#include "format/js/js.h"

struct tki_records {
    struct tki_js j;
    uint64_t count;    /* whole records */
    const char *start; /* of the record under way */
    struct tki_mark mark;
    unsigned inside; /* brackets that are open around it, of formats that go on inside a document (d->inside) */
    bool resumed;    /* reading began behind a bad record: what is left of what was around it comes first */
};

/* Calls `next` for each value of the piece, with the character at the cursor; fills d as decoders must. */
int tki_records_decode(struct tki_records *r, struct tki_decode *d, void (*next)(struct tki_records *r, char c));

/* A record may begin at the cursor. */
void tki_record_begin(struct tki_records *r);
/* A record ended there, unless the cursor failed. */
void tki_record_end(struct tki_records *r);

/* Steps over a bracket that closes, or a member, of what was around a bad record; for tki_js_resync_value.  false: it
 * is none. */
bool tki_records_rest(struct tki_records *r, char c);

#endif
