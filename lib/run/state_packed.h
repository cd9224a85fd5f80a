/* state_packed.h - many numbers in records of states: ascending ones as differences, and hashes of trace ids. */
#ifndef TKI_RUN_STATE_PACKED_H
#define TKI_RUN_STATE_PACKED_H

#include "format/pb/pb.h"
#include "run/state.h"

/* Ascending numbers of one group, in records of some 64 kB, each of which begins with a whole number: field 1 is the
 * group, left out when it is 0, field 2 the numbers.  All zero but for `to` and `record` is valid. */
struct tki_state_packer {
    struct tki_state_out *to;
    unsigned record;
    uint64_t group, last;
    struct tki_buf packed, b;
};
int tki_state_pack(struct tki_state_packer *p, uint64_t x, struct tk_err *err);
/* Ends the group: another may follow. */
int tki_state_pack_end(struct tki_state_packer *p, struct tk_err *err);
void tki_state_packer_free(struct tki_state_packer *p);

/* Returns false if the message is none that a packer writes; numbers are then taken off *numbers, by varint, until p is
 * end, each added to the one before. */
bool tki_state_packed(struct tki_pb message, uint64_t *group, struct tki_pb *numbers);

/* The traces of a part, where a part has to hold them whole: a hash of 64 bits of each id. */
struct tki_state_traces {
    uint64_t *hash;
    size_t n, cap;
};
int tki_state_traces_add(struct tki_state_traces *t, tk_id128 id); /* TK_ENOMEM */
/* Sorts them; record: the field of State. */
int tki_state_traces_save(struct tki_state_traces *t, unsigned record, struct tki_state_out *to, struct tk_err *err);
/* Adds those of a record. */
int tki_state_traces_load(struct tki_state_traces *t, struct tki_pb message, struct tki_state_in *from,
                          struct tk_err *err);
/* How many stand in more than one part; sorts them. */
uint64_t tki_state_traces_shared(struct tki_state_traces *t);
void tki_state_traces_free(struct tki_state_traces *t);

#endif
