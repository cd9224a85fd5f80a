/* records.h - the frame of decoders of Thrift: messages and bare values one after another, until a bad one. */
#ifndef TKI_FORMAT_THRIFT_RECORDS_H
#define TKI_FORMAT_THRIFT_RECORDS_H

#include "format/codec/codec.h"
#include "format/thrift/thrift.h"

/* A decoder's state begins with this. */
struct tki_thrift_records {
    struct tki_thrift t;
    struct tk_batch *b;
    unsigned needs;
    uint64_t count;       /* whole records */
    struct tki_mark mark; /* behind the last of them: rows of the one under way are taken back when it fails */
};

/* Calls `next` for each value at the top, its start passed; fills d as decoders must.  lists_of_structs: see
 * tki_thrift_begin. */
int tki_thrift_decode(struct tki_thrift_records *r, struct tki_decode *d, bool lists_of_structs,
                      void (*next)(struct tki_thrift_records *r, const struct tki_thrift_start *start));

/* A record ended at the cursor. */
static inline void tki_thrift_record_end(struct tki_thrift_records *r)
{
    tki_batch_mark_whole(r->b, &r->mark);
    r->count += !r->b->err;
}

/* Steps over a field that the decoder has no place for, and counts it (TK_NOTE_FIELD_DROPPED) if something is lost:
 * what is empty says nothing. */
void tki_thrift_drop(struct tki_thrift_records *r, unsigned field);

/* Resync: moves d->pos behind the value there if its bytes are well-formed and only their meaning is wrong. */
bool tki_thrift_resync(struct tki_decode *d);       /* of formats of structs */
bool tki_thrift_resync_lists(struct tki_decode *d); /* with lists of them */

#endif
