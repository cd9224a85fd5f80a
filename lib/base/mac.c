#include "base/mac.h"

#include <nettle/hmac.h>
#include <stdlib.h>

_Static_assert(TKI_MAC_BYTES == SHA256_DIGEST_SIZE, "a digest of SHA-256");

struct tki_mac {
    struct hmac_sha256_ctx keyed;
};

struct tki_mac *tki_mac_new(const void *key, size_t n)
{
    struct tki_mac *m = malloc(sizeof *m);
    if (m)
        hmac_sha256_set_key(&m->keyed, n, key);
    return m;
}

void tki_mac_free(struct tki_mac *m)
{
    if (!m)
        return;
    explicit_bzero(m, sizeof *m);
    free(m);
}

void tki_mac(const struct tki_mac *m, tk_str s, unsigned char to[TKI_MAC_BYTES])
{
    struct hmac_sha256_ctx c = m->keyed;
    hmac_sha256_update(&c, s.n, (const uint8_t *)(s.n ? s.p : ""));
    hmac_sha256_digest(&c, TKI_MAC_BYTES, to);
    explicit_bzero(&c, sizeof c);
}
