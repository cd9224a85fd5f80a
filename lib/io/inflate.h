/* inflate.h - decompressing what lies whole in memory: payloads inside frames.
 *
 * The libraries' state and the result's memory are kept between calls, so that thousands of small payloads cost
 * no allocation.  All-zero is valid.  One thread at a time.
 */
#ifndef TKI_IO_INFLATE_H
#define TKI_IO_INFLATE_H

#include "base/buf.h"

enum tki_packing { TKI_PACKING_NONE, TKI_PACKING_ZSTD, TKI_PACKING_GZIP, TKI_PACKING_ZLIB };

struct tki_inflater {
    struct tki_buf out;
    void *zstd, *zlib;
};

/* By the magic number: zstd or gzip.  A zlib header is only two bytes, so it is asked for apart. */
enum tki_packing tki_packing_of(tk_str s);
bool tki_packing_is_zlib(tk_str s);

/* How many bytes will come out, as the first zstd frame or the last gzip member says: a hint, not a promise.
 * UINT64_MAX: not said. */
uint64_t tki_inflated_size(tk_str s);

/* All frames or members of `in` into z->out, where *out points until the next call.  More than size_max bytes are
 * TK_ELIMIT, damage TK_EINVALID, bytes that break off TK_ETRUNCATED. */
int tki_inflate(struct tki_inflater *z, enum tki_packing packing, tk_str in, size_t size_max, tk_str *out,
                struct tk_err *err);
/* The first bytes, at most cap, of what `in`, which may be cut, holds; what is damaged ends it. */
size_t tki_inflate_head(tk_str in, enum tki_packing packing, char *to, size_t cap);
void tki_inflater_free(struct tki_inflater *z);

#endif
