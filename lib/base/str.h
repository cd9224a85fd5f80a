/* str.h - views of bytes and the compare, copy and search that everything uses. */
#ifndef TKI_BASE_STR_H
#define TKI_BASE_STR_H

#include <string.h>

#include "tracekit.h"

/* A literal as tk_str: in the initialiser of a constant, and as a value. */
#define TKI_STR_INIT(literal)           \
    {                                   \
        "" literal, sizeof(literal) - 1 \
    }
#define TKI_STR(literal) ((tk_str)TKI_STR_INIT(literal))

static inline tk_str tki_str(const char *z)
{
    return (tk_str){z, z ? strlen(z) : 0};
}

static inline bool tki_str_eq(tk_str a, tk_str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline char tki_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* Returns true if the texts are equal but for the case of ASCII letters, in any locale. */
static inline bool tki_str_same_letters(tk_str a, tk_str b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        if (tki_lower(a.p[i]) != tki_lower(b.p[i]))
            return false;
    return true;
}

/* The compiler turns the memcmp of a literal into a few loads: this is how keys are dispatched. */
#define TKI_STR_IS(s, literal) ((s).n == sizeof(literal) - 1 && memcmp((s).p, literal, sizeof(literal) - 1) == 0)

static inline bool tki_str_starts(tk_str s, tk_str prefix)
{
    return s.n >= prefix.n && (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}

/* Where the first such byte is, or NULL.  An empty text may have no address, which memchr does not take. */
static inline const char *tki_str_find(tk_str s, char c)
{
    return s.n ? memchr(s.p, c, s.n) : NULL;
}

/* Which of the words "a|b|c" the text is, from 0 on, or -1; NULL: there are none. */
static inline int tki_str_among(tk_str s, const char *words)
{
    for (int i = 0; words; i++) {
        size_t n = strcspn(words, "|");
        if (n == s.n && (n == 0 || memcmp(s.p, words, n) == 0))
            return i;
        words = words[n] ? words + n + 1 : NULL;
    }
    return -1;
}

/* Byte order, shorter first on a tie: for stable output. */
static inline int tki_str_cmp(tk_str a, tk_str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int c = n ? memcmp(a.p, b.p, n) : 0;
    return c ? c : (a.n > b.n) - (a.n < b.n);
}

/* memcpy of strings as attributes have them: the length is never the same twice, and short. */
static inline void tki_copy_short(char *to, const char *from, size_t n)
{
#define TKI_COPY_ENDS(size)                  \
    do {                                     \
        char head[size], tail[size];         \
        memcpy(head, from, size);            \
        memcpy(tail, from + n - size, size); \
        memcpy(to, head, size);              \
        memcpy(to + n - size, tail, size);   \
    } while (0)
    if (n > 32)
        memcpy(to, from, n);
    else if (n >= 16)
        TKI_COPY_ENDS(16);
    else if (n >= 8)
        TKI_COPY_ENDS(8);
    else if (n >= 4)
        TKI_COPY_ENDS(4);
    else
        for (size_t i = 0; i < n; i++)
            to[i] = from[i];
#undef TKI_COPY_ENDS
}

static inline bool tki_id_eq(tk_id128 a, tk_id128 b)
{
    return a.hi == b.hi && a.lo == b.lo;
}

static inline int tki_id_cmp(tk_id128 a, tk_id128 b)
{
    return a.hi != b.hi ? (a.hi < b.hi ? -1 : 1) : (a.lo > b.lo) - (a.lo < b.lo);
}

static inline bool tki_id_zero(tk_id128 a)
{
    return (a.hi | a.lo) == 0;
}

static inline uint64_t tki_load_be64(const void *p)
{
    uint64_t x;
    memcpy(&x, p, 8);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    x = __builtin_bswap64(x);
#endif
    return x;
}

static inline uint32_t tki_load_be32(const void *p)
{
    uint32_t x;
    memcpy(&x, p, 4);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    x = __builtin_bswap32(x);
#endif
    return x;
}

static inline uint64_t tki_load_le64(const void *p)
{
    uint64_t x;
    memcpy(&x, p, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    x = __builtin_bswap64(x);
#endif
    return x;
}

static inline uint32_t tki_load_le32(const void *p)
{
    uint32_t x;
    memcpy(&x, p, 4);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    x = __builtin_bswap32(x);
#endif
    return x;
}

static inline void tki_store_be64(void *p, uint64_t x)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    x = __builtin_bswap64(x);
#endif
    memcpy(p, &x, 8);
}

static inline void tki_store_le64(void *p, uint64_t x)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    x = __builtin_bswap64(x);
#endif
    memcpy(p, &x, 8);
}

static inline void tki_store_le32(void *p, uint32_t x)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    x = __builtin_bswap32(x);
#endif
    memcpy(p, &x, 4);
}

#endif
