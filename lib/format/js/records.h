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

/* Log records carry the ids of the span they were written in, and other tools use the same names for ids.  So each
 * format says what its spans have besides ids, and an object with ids and without that is counted (TK_NOTE_IDS_ONLY).
 */
struct tki_span_signs {
    const char *ids;  /* all of these are there, "a|b|c"; NULL: there is no such list */
    const char *any;  /* one of these makes it a span */
    const char *both; /* so do these two together */
    /* An object is a span, too, if all its members are among these and those of `any`. */
    const char *own;
};
/* Returns true if the object at *start has all ids and no sign of a span.  A member counts when its value is not null
 * and the cursor of the decoder, now at *now, did not fail in it.  Returns false if the object cannot be walked to its
 * end, or the batch is out of memory: then the decoder's error is what matters. */
bool tki_js_no_span(const struct tki_js *start, const struct tki_js *now, const struct tki_span_signs *signs);
/* Takes back what was added since the mark for the object at *start, steps over it, and counts it as one with ids only.
 * An error of the cursor inside the object is forgotten. */
void tki_js_pass(struct tki_js *j, const struct tki_js *start, const struct tki_mark *mark);
/* Takes back the rows of the record under way, steps over its object, which begins at *start, and counts the note.  An
 * error of the cursor inside the object is forgotten. */
void tki_record_skip(struct tki_records *r, const struct tki_js *start, enum tk_note note);

/* Another format's decoder, which found that a document is not its own, stops at the first object inside it: returns
 * where the list begins in which that stands, with so many lists around it, or d->pos. */
size_t tki_js_list_start(const struct tki_decode *d, unsigned lists);
/* Steps over a bracket that closes, or a member, of what was around a bad record; for tki_js_resync_value.  Returns
 * false when neither stands there. */
bool tki_records_rest(struct tki_records *r, char c);

#endif
