#include "io/pack.h"

#include <zstd.h>

enum { LEVEL = 3 };

int tki_pack_zstd(struct tki_packer *p, tk_str in, tk_str *out)
{
    const size_t most = ZSTD_compressBound(in.n);
    if (!p->zstd && !(p->zstd = ZSTD_createCCtx()))
        return TK_ENOMEM;
    tki_buf_reset(&p->out);
    char *to = tki_buf_room(&p->out, most);
    if (!to)
        return TK_ENOMEM;
    size_t n = ZSTD_compressCCtx(p->zstd, to, most, in.p, in.n, LEVEL);
    if (ZSTD_isError(n)) /* with room for all of it only memory can be short */
        return TK_ENOMEM;
    *out = (tk_str){to, n};
    return 0;
}

void tki_packer_free(struct tki_packer *p)
{
    ZSTD_freeCCtx(p->zstd);
    tki_buf_free(&p->out);
    *p = (struct tki_packer){0};
}
