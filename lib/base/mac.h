/* mac.h - HMAC-SHA256 (RFC 2104, FIPS 180-4), by nettle: hashes that cannot be guessed at without the key. */
#ifndef TKI_BASE_MAC_H
#define TKI_BASE_MAC_H

#include "base/str.h"

#define TKI_MAC_BYTES 32

struct tki_mac;                                         /* read only once made: threads share it */
struct tki_mac *tki_mac_new(const void *key, size_t n); /* NULL: out of memory */
void tki_mac_free(struct tki_mac *m);                   /* wipes the key; NULL is fine */
void tki_mac(const struct tki_mac *m, tk_str s, unsigned char to[TKI_MAC_BYTES]);

#endif
