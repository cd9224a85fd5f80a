#include "base/utf8.h"

/* Length of the valid sequence of several bytes at p, at most n bytes long; 0: none. */
static size_t sequence(const unsigned char *p, size_t n)
{
    unsigned char c = p[0];
    if (c < 0xc2 || c > 0xf4)
        return 0;
    size_t len = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    if (n < len)
        return 0;
    for (size_t i = 1; i < len; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    /* Second bytes that would make an overlong form, a surrogate, or more than U+10FFFF. */
    if ((c == 0xe0 && p[1] < 0xa0) || (c == 0xed && p[1] > 0x9f) || (c == 0xf0 && p[1] < 0x90) ||
        (c == 0xf4 && p[1] > 0x8f))
        return 0;
    return len;
}

/* The number of leading bytes that are ASCII. */
static size_t ascii(const unsigned char *p, size_t n)
{
    const uint64_t high = 0x8080808080808080u;
    size_t i = 0;
    for (; n - i >= 16; i += 16)
        if ((tki_load_le64(p + i) | tki_load_le64(p + i + 8)) & high)
            break;
    for (; n - i >= 8; i += 8) {
        uint64_t x = tki_load_le64(p + i) & high;
        if (x)
            return i + (size_t)__builtin_ctzll(x) / 8;
    }
    while (i < n && p[i] < 0x80)
        i++;
    return i;
}

size_t tki_utf8_valid(const char *s, size_t n)
{
    const unsigned char *p = (const unsigned char *)s;
    size_t i = 0;
    while (i < n) {
        size_t len = p[i] < 0x80 ? ascii(p + i, n - i) : sequence(p + i, n - i);
        if (!len)
            return i;
        i += len;
    }
    return n;
}

size_t tki_utf8_put(char *to, uint32_t c)
{
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        to[0] = (char)(0xc0 | c >> 6);
        to[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        to[0] = (char)(0xe0 | c >> 12);
        to[1] = (char)(0x80 | (c >> 6 & 0x3f));
        to[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    to[0] = (char)(0xf0 | c >> 18);
    to[1] = (char)(0x80 | (c >> 12 & 0x3f));
    to[2] = (char)(0x80 | (c >> 6 & 0x3f));
    to[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

size_t tki_utf8_get(const char *p, size_t n, uint32_t *code_point)
{
    unsigned char c = (unsigned char)p[0];
    size_t size = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    *code_point = c;
    if (size == 1)
        return 1;
    if (size > n || tki_utf8_valid(p, size) != size) {
        *code_point = 0xfffd;
        return 1;
    }
    *code_point = c & (0x7f >> size);
    for (size_t i = 1; i < size; i++)
        *code_point = *code_point << 6 | ((unsigned char)p[i] & 0x3f);
    return size;
}

bool tki_code_among(const struct tki_code_range *ranges, size_t n, uint32_t code_point)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (code_point > ranges[mid].last)
            low = mid + 1;
        else
            high = mid;
    }
    return low < n && code_point >= ranges[low].first;
}
