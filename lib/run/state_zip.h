/* state_zip.h - many messages of a state, compressed: fields of one message, whose bytes are cut into zstd frames of
 * some 512 kB, a record of the state each (field 1).  So a message may be longer than records are.
 */
#ifndef TKI_RUN_STATE_ZIP_H
#define TKI_RUN_STATE_ZIP_H

#include "io/inflate.h"
#include "io/pack.h"
#include "run/state.h"

struct tki_state_zip {
    struct tki_state_out *to;
    unsigned record; /* field of State */
    struct tki_packer packer;
    struct tki_buf plain, b;
};
/* All zero but for `to` and `record` is valid. */

/* A field of the compressed message, and its bytes. */
int tki_state_zip_put(struct tki_state_zip *z, unsigned field, const struct tki_buf *message, struct tk_err *err);
/* After the last one. */
int tki_state_zip_end(struct tki_state_zip *z, struct tk_err *err);
void tki_state_zip_free(struct tki_state_zip *z);

/* 0, TK_ENOMEM, or TK_EINVALID: it is no such message. */
typedef int tki_state_unzipped(void *ctx, unsigned field, tk_str message, struct tk_err *err);
struct tki_state_unzip {
    struct tki_state_in *from;
    struct tki_inflater inflater;
    struct tki_buf plain; /* that were not yet taken */
};
/* Takes in a record, and hands on the messages that are whole. */
int tki_state_unzip_record(struct tki_state_unzip *z, tk_str record, tki_state_unzipped *take, void *ctx,
                           struct tk_err *err);
/* After the last record. */
int tki_state_unzip_end(const struct tki_state_unzip *z, struct tk_err *err);
void tki_state_unzip_free(struct tki_state_unzip *z);

#endif
