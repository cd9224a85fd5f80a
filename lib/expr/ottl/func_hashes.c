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

static int digest(run *r, const node *n, enum tki_digest kind, struct tki_ov *to)
{
    unsigned char bytes[TKI_DIGEST_BYTES];
    tk_str s;
    int rc = tki_ottl_arg_str(r, n, 0, &s);
    return rc ? rc : as_hex(r, bytes, tki_digest(kind, s, bytes), to);
}

static int md5(run *r, const node *n, struct tki_ov *to)
{
    return digest(r, n, TKI_DIGEST_MD5, to);
}

static int sha1(run *r, const node *n, struct tki_ov *to)
{
    return digest(r, n, TKI_DIGEST_SHA1, to);
}

static int sha256(run *r, const node *n, struct tki_ov *to)
{
    return digest(r, n, TKI_DIGEST_SHA256, to);
}

static int sha512(run *r, const node *n, struct tki_ov *to)
{
    return digest(r, n, TKI_DIGEST_SHA512, to);
}

static int fnv(run *r, const node *n, struct tki_ov *to)
{
    tk_str s;
    int rc = tki_ottl_arg_str(r, n, 0, &s);
    *to = tki_ov_int((int64_t)tki_fnv64(TKI_FNV64_START, s.p, s.n));
    return rc;
}

static int xxh3(run *r, const node *n, struct tki_ov *to)
{
    unsigned char bytes[8];
    tk_str s;
    int rc = tki_ottl_arg_str(r, n, 0, &s);
    if (rc)
        return rc;
    tki_store_be64(bytes, tki_hash(s.p, s.n));
    return as_hex(r, bytes, sizeof bytes, to);
}

static int xxh128(run *r, const node *n, struct tki_ov *to)
{
    unsigned char bytes[16];
    tk_str s;
    int rc = tki_ottl_arg_str(r, n, 0, &s);
    if (rc)
        return rc;
    tk_id128 h = tki_hash128(s.p, s.n);
    tki_store_be64(bytes, h.hi);
    tki_store_be64(bytes + 8, h.lo);
    return as_hex(r, bytes, sizeof bytes, to);
}

/* Murmur's bytes are written from the lowest one on. */
static int murmur(run *r, const node *n, struct tki_ov *to)
{
    unsigned char bytes[4];
    tk_str s;
    int rc = tki_ottl_arg_str(r, n, 0, &s);
    if (rc)
        return rc;
    tki_store_le32(bytes, tki_murmur32(s));
    return as_hex(r, bytes, sizeof bytes, to);
}

static int murmur128(run *r, const node *n, struct tki_ov *to)
{
    unsigned char bytes[16];
    tk_str s;
    int rc = tki_ottl_arg_str(r, n, 0, &s);
    if (rc)
        return rc;
    tk_id128 h = tki_murmur128(s);
    tki_store_le64(bytes, h.hi);
    tki_store_le64(bytes + 8, h.lo);
    return as_hex(r, bytes, sizeof bytes, to);
}

#define OF_STRING(name_, since_, call_)                                                                  \
    {                                                                                                    \
        .name = (name_), .since = (since_), .param = {{"target", TKI_OW_STRING, false}}, .call = (call_) \
    }

const struct tki_ottl_func tki_ottl_hashes[] = {OF_STRING("MD5", 0, md5),
                                                OF_STRING("SHA1", 0, sha1),
                                                OF_STRING("SHA256", 0, sha256),
                                                OF_STRING("SHA512", 0, sha512),
                                                OF_STRING("FNV", 0, fnv),
                                                OF_STRING("XXH3", 144, xxh3),
                                                OF_STRING("XXH128", 144, xxh128),
                                                OF_STRING("Murmur3Hash", 0, murmur),
                                                OF_STRING("Murmur3Hash128", 0, murmur128),
                                                {0}};
