/* Hexadecimal, base64 and UTF-8, each against the plainest way to do it. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/hash.h"
#include "base/num.h"
#include "base/utf8.h"
#include "random_spans.h"
#include "tap.h"

static void test_hex(struct rng *r)
{
    unsigned bad = 0;
    for (int i = 0; i < 100000; i++) {
        uint64_t x = rng_next(r) >> rng_below(r, 64), back = ~x;
        char text[17], want[17];
        tki_fmt_hex64(text, x);
        text[16] = 0;
        snprintf(want, sizeof want, "%016" PRIx64, x);
        bad += strcmp(text, want) != 0;
        for (int k = 0; k < 16; k++)
            if (rng_below(r, 2))
                text[k] = (char)toupper(text[k]);
        bad += !tki_hex16(text, &back) || back != x;
        uint32_t skip = rng_below(r, 17);
        uint64_t low = skip ? (skip == 16 ? 0 : x & (UINT64_MAX >> 4 * skip)) : x;
        bad += !tki_hex_short((tk_str){text + skip, 16 - skip}, &back) || back != low;
    }
    is_uint(bad, 0, "random numbers to 16 digits and back, in any case");
    bad = 0;
    for (int at = 0; at < 16; at++)
        for (int c = 0; c < 256; c++) {
            char text[16];
            uint64_t x;
            memcpy(text, "0123456789abcdef", 16);
            text[at] = (char)c;
            bool digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
            bad += tki_hex16(text, &x) != digit;
            bad += tki_hex_short((tk_str){text, 16}, &x) != digit;
        }
    is_uint(bad, 0, "any byte at any place: only digits are taken");
    uint64_t x = 1;
    ok(tki_hex_short((tk_str){NULL, 0}, &x) && x == 0, "no digits are 0");
    ok(!tki_hex_short(TKI_STR("00000000000000001"), &x), "17 digits are too many");
    unsigned char bytes[256];
    char text[512], want[513];
    for (int i = 0; i < 256; i++) {
        bytes[i] = (unsigned char)i;
        snprintf(want + 2 * i, 3, "%02x", (unsigned)i);
    }
    tki_fmt_hex(text, bytes, sizeof bytes);
    is_mem(text, sizeof text, want, 512, "every byte as two digits");
}

static tk_str decode(const char *text, char *to)
{
    size_t n = tki_base64_decode(to, tki_str(text));
    return n == SIZE_MAX ? (tk_str){NULL, n} : (tk_str){to, n};
}

static void test_base64(struct rng *r)
{
    static const char *const rfc4648[][2] = {{"", ""},
                                             {"f", "Zg=="},
                                             {"fo", "Zm8="},
                                             {"foo", "Zm9v"},
                                             {"foob", "Zm9vYg=="},
                                             {"fooba", "Zm9vYmE="},
                                             {"foobar", "Zm9vYmFy"}};
    char to[64];
    struct tki_buf b = {0};
    for (size_t i = 0; i < sizeof rfc4648 / sizeof *rfc4648; i++) {
        tki_buf_reset(&b);
        tki_buf_base64(&b, rfc4648[i][0], strlen(rfc4648[i][0]));
        is_mem(b.p, b.n, rfc4648[i][1], strlen(rfc4648[i][1]), "RFC 4648: '%s'", rfc4648[i][0]);
        tk_str back = decode(rfc4648[i][1], to);
        is_mem(back.p, back.n, rfc4648[i][0], strlen(rfc4648[i][0]), "RFC 4648: '%s'", rfc4648[i][1]);
    }
    tk_str s = decode("-_-_", to), t = decode("+/+/", to);
    ok(s.n == 3 && t.n == 3 && memcmp("\xfb\xff\xbf", to, 3) == 0, "both alphabets");
    s = decode("Zm8", to);
    ok(s.n == 2 && memcmp(to, "fo", 2) == 0, "padding may be missing");
    static const char *const bad[] = {"A",    "AAAAA", "A===", "====", "=",     "AB=",    "Zm9v=",           "Zg==Zg==",
                                      "Zm 9", "Zm9\n", "Zm9*", "Z=9v", "Zm9vY", "Zm=vYg", "\xff\xff\xff\xff"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ok(decode(bad[i], to).n == SIZE_MAX, "case %zu is not base64", i);
    unsigned wrong = 0;
    for (int i = 0; i < 20000; i++) {
        char bytes[48], back[48];
        size_t n = rng_below(r, sizeof bytes);
        for (size_t k = 0; k < n; k++)
            bytes[k] = (char)rng_next(r);
        tki_buf_reset(&b);
        tki_buf_base64(&b, bytes, n);
        size_t room = 3 * b.n / 4, m = tki_base64_decode(back, (tk_str){b.p, b.n});
        wrong += m != n || m > room || memcmp(back, bytes, n) != 0;
    }
    is_uint(wrong, 0, "random bytes there and back");
    tki_buf_free(&b);
}

/* RFC 3629, section 4, read off the grammar. */
static size_t grammar(const unsigned char *p, size_t n)
{
#define IN(i, a, b) (n > (i) && p[i] >= (a) && p[i] <= (b))
    if (IN(0, 0x00, 0x7f))
        return 1;
    if (IN(0, 0xc2, 0xdf) && IN(1, 0x80, 0xbf))
        return 2;
    if ((IN(0, 0xe0, 0xe0) && IN(1, 0xa0, 0xbf) && IN(2, 0x80, 0xbf)) ||
        (IN(0, 0xe1, 0xec) && IN(1, 0x80, 0xbf) && IN(2, 0x80, 0xbf)) ||
        (IN(0, 0xed, 0xed) && IN(1, 0x80, 0x9f) && IN(2, 0x80, 0xbf)) ||
        (IN(0, 0xee, 0xef) && IN(1, 0x80, 0xbf) && IN(2, 0x80, 0xbf)))
        return 3;
    if ((IN(0, 0xf0, 0xf0) && IN(1, 0x90, 0xbf) && IN(2, 0x80, 0xbf) && IN(3, 0x80, 0xbf)) ||
        (IN(0, 0xf1, 0xf3) && IN(1, 0x80, 0xbf) && IN(2, 0x80, 0xbf) && IN(3, 0x80, 0xbf)) ||
        (IN(0, 0xf4, 0xf4) && IN(1, 0x80, 0x8f) && IN(2, 0x80, 0xbf) && IN(3, 0x80, 0xbf)))
        return 4;
    return 0;
#undef IN
}

static size_t valid_slowly(const char *s, size_t n)
{
    size_t i = 0, len;
    while (i < n && (len = grammar((const unsigned char *)s + i, n - i)))
        i += len;
    return i;
}

static void test_utf8(struct rng *r)
{
    unsigned bad = 0;
    for (uint32_t c = 0; c <= 0x10ffff; c++) {
        char text[4];
        size_t n = tki_utf8_put(text, c), want = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
        bool surrogate = c >= 0xd800 && c <= 0xdfff;
        bad += n != want || tki_utf8_valid(text, n) != (surrogate ? 0 : n);
        bad += n > 1 && tki_utf8_valid(text, n - 1) != 0;
    }
    is_uint(bad, 0, "every code point is valid, whole and alone; surrogates are not");
    bad = 0;
    for (uint32_t c = 0; c < 1u << 24; c += 1 + (c & 0xff0000 ? 7 : 0)) {
        char text[4] = {(char)(c >> 16), (char)(c >> 8), (char)c, (char)0x80};
        bad += tki_utf8_valid(text, 4) != valid_slowly(text, 4) || tki_utf8_valid(text, 2) != valid_slowly(text, 2);
    }
    is_uint(bad, 0, "two, three and four bytes against the grammar");
    bad = 0;
    for (int i = 0; i < 100000; i++) {
        char text[80];
        size_t n = 0, max = rng_below(r, sizeof text - 4);
        uint32_t ascii = rng_below(r, 20);
        while (n < max)
            if (rng_below(r, 20) < ascii)
                text[n++] = (char)rng_below(r, 128);
            else
                n += tki_utf8_put(text + n, rng_below(r, 0x110000));
        if (n && rng_below(r, 2))
            text[rng_below(r, (uint32_t)n)] ^= (char)(1u << rng_below(r, 8));
        char *exact = malloc(n ? n : 1); /* of exactly this size: nothing may be read behind it */
        memcpy(exact, text, n);
        bad += tki_utf8_valid(exact, n) != valid_slowly(exact, n);
        free(exact);
    }
    is_uint(bad, 0, "random text, at times with a flipped bit, of every length");
    is_uint(tki_utf8_valid(NULL, 0), 0, "nothing is valid");
}

/* Whichever byte differs is seen, and none beside them is looked at. */
static void test_same_bytes(void)
{
    unsigned wrong = 0;
    for (size_t n = 0; n <= 70; n++) {
        char p[72], q[72];
        for (size_t i = 0; i < sizeof p; i++) {
            p[i] = (char)(i * 7 + 1);
            q[i] = i < n ? p[i] : (char)~p[i];
        }
        wrong += !tki_same_bytes(p, q, n);
        for (size_t i = 0; i < n; i++) {
            q[i] ^= 0x10;
            wrong += tki_same_bytes(p, q, n);
            q[i] ^= 0x10;
        }
    }
    is_uint(wrong, 0, "texts are the same where memcmp says so");
}

int main(void)
{
    struct rng r = {rng_seed()};
    diag("SEED=%" PRIu64, rng_seed());
    test_hex(&r);
    test_base64(&r);
    test_utf8(&r);
    test_same_bytes();
    return done_testing();
}
