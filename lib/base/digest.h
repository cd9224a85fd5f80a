/* digest.h - digests of bytes, by nettle: for functions of query languages, never for what is secret. */
#ifndef TKI_BASE_DIGEST_H
#define TKI_BASE_DIGEST_H

#include "base/str.h"

enum tki_digest { TKI_DIGEST_MD5, TKI_DIGEST_SHA1, TKI_DIGEST_SHA256, TKI_DIGEST_SHA512, TKI_DIGESTS };

#define TKI_DIGEST_BYTES 64 /* of the longest one */
/* Returns the number of bytes of the digest. */
size_t tki_digest(enum tki_digest kind, tk_str s, unsigned char to[TKI_DIGEST_BYTES]);

#endif
