#include "base/digest.h"

#include <nettle/md5.h>
#include <nettle/nettle-meta.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>

size_t tki_digest(enum tki_digest kind, tk_str s, unsigned char to[TKI_DIGEST_BYTES])
{
    static const struct nettle_hash *const kinds[TKI_DIGESTS] = {&nettle_md5, &nettle_sha1, &nettle_sha256,
                                                                 &nettle_sha512};
    const struct nettle_hash *h = kinds[kind];
    union { /* every context fits the largest one */
        struct md5_ctx md5;
        struct sha1_ctx sha1;
        struct sha256_ctx sha256;
        struct sha512_ctx sha512;
    } ctx;
    h->init(&ctx);
    h->update(&ctx, s.n, (const uint8_t *)(s.n ? s.p : ""));
    h->digest(&ctx, h->digest_size, to);
    return h->digest_size;
}
