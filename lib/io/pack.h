/* pack.h - compressing what lies whole in memory: the other way round than inflate.h. */
#ifndef TKI_IO_PACK_H
#define TKI_IO_PACK_H

#include "base/buf.h"

struct tki_packer {
    void *zstd;
    struct tki_buf out;
};
/* All zero is valid; one thread at a time. */

/* One zstd frame of these bytes, at its default level, into p->out, where *out points until the next call.  0 or
 * TK_ENOMEM. */
int tki_pack_zstd(struct tki_packer *p, tk_str in, tk_str *out);
void tki_packer_free(struct tki_packer *p);

#endif
