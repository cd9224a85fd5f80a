/* Digests and hashes of strings. */
#include "base/digest.h"
#include "base/hash.h"
#include "base/num.h"
#include "expr/ottl/func.h"
#include "expr/ottl/murmur.h"

typedef struct tki_ottl_node node;
typedef struct tki_ottl_run run;

/* Bytes as lower-case hexadecimal digits. */
static int as_hex(run *r, const void *p, size_t n, struct tki_ov *to)
{
    char *text = tki_ottl_alloc(r, 2 * n + 1);
    if (!text)
        return TK_ENOMEM;
    tki_fmt_hex(text, p, n);
    *to = tki_ov_str((tk_str){text, 2 * n});
    return 0;
}

enum hash { MD5, SHA1, SHA256, SHA512, XXH3, XXH128, MURMUR, MURMUR128 };

/* The bytes as they are written: Murmur's from the lowest one on.  Returns how many there are. */
static size_t hash(enum hash which, tk_str s, unsigned char to[TKI_DIGEST_BYTES])
{
    static const enum tki_digest digests[] = {TKI_DIGEST_MD5, TKI_DIGEST_SHA1, TKI_DIGEST_SHA256, TKI_DIGEST_SHA512};
    tk_id128 wide;
    switch (which) {
    case XXH3: tki_store_be64(to, tki_hash(s.p, s.n)); return 8;
    case XXH128:
        wide = tki_hash128(s.p, s.n);
        tki_store_be64(to, wide.hi);
        tki_store_be64(to + 8, wide.lo);
        return 16;
    case MURMUR: tki_store_le32(to, tki_murmur32(s)); return 4;
    case MURMUR128:
        wide = tki_murmur128(s);
        tki_store_le64(to, wide.hi);
        tki_store_le64(to + 8, wide.lo);
        return 16;
    default: return tki_digest(digests[which], s, to);
    }
}

static int hex_of_hash(run *r, const node *n, struct tki_ov *to)
{
    unsigned char bytes[TKI_DIGEST_BYTES];
    tk_str s;
    int rc = tki_ottl_arg_str(r, n, 0, &s);
    return rc ? rc : as_hex(r, bytes, hash((enum hash)n->func->which, s, bytes), to);
}

static int fnv(run *r, const node *n, struct tki_ov *to)
{
    tk_str s;
    int rc = tki_ottl_arg_str(r, n, 0, &s);
    *to = tki_ov_int((int64_t)tki_fnv64(TKI_FNV64_START, s.p, s.n));
    return rc;
}

#define OF_STRING(name_, since_, which_, call_)                                                             \
    {                                                                                                       \
        .name = (name_), .since = (since_), .which = (which_), .param = {{"target", TKI_OW_STRING, false}}, \
        .call = (call_)                                                                                     \
    }
#define HASH(name, since, which) OF_STRING((name), (since), (which), hex_of_hash)

const struct tki_ottl_func tki_ottl_hashes[] = {HASH("MD5", 0, MD5),
                                                HASH("SHA1", 0, SHA1),
                                                HASH("SHA256", 0, SHA256),
                                                HASH("SHA512", 0, SHA512),
                                                OF_STRING("FNV", 0, 0, fnv),
                                                HASH("XXH3", 138, XXH3),
                                                HASH("XXH128", 139, XXH128),
                                                HASH("Murmur3Hash", 122, MURMUR),
                                                HASH("Murmur3Hash128", 122, MURMUR128),
                                                {0}};
