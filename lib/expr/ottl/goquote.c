/* Text in quotes, as Go writes it. */
#include "base/utf8.h"
#include "expr/ottl/goprint.h"

/* Characters that have no picture of their own, beyond ASCII: spaces, formats, what is private or no character. */
static bool printable(uint32_t c)
{
    static const struct {
        uint32_t from, upto;
    } not [] = {{0x80, 0xa0},     {0xad, 0xad},       {0x600, 0x605},     {0x61c, 0x61c},   {0x6dd, 0x6dd},
                {0x70f, 0x70f},   {0x1680, 0x1680},   {0x180e, 0x180e},   {0x2000, 0x200f}, {0x2028, 0x202f},
                {0x205f, 0x206f}, {0x3000, 0x3000},   {0xd800, 0xf8ff},   {0xfeff, 0xfeff}, {0xfff0, 0xfffb},
                {0xfffe, 0xffff}, {0xe0000, 0xe0fff}, {0xf0000, 0x10ffff}};
    for (size_t i = 0; i < sizeof not / sizeof *not ; i++)
        if (c >= not [i].from && c <= not [i].upto)
            return false;
    return true;
}

/* The character at the start of s, which is valid. */
static uint32_t decode(tk_str s, size_t *n)
{
    unsigned char c = (unsigned char)s.p[0];
    *n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    uint32_t x = *n == 1 ? c : *n == 2 ? c & 0x1f : *n == 3 ? c & 0xf : c & 7;
    for (size_t i = 1; i < *n; i++)
        x = x << 6 | ((unsigned char)s.p[i] & 0x3f);
    return x;
}

static void put_ascii(struct tki_buf *to, unsigned char c, char quote)
{
    static const char letters[] = "abfnrtv", meant[] = "\a\b\f\n\r\t\v";
    const char *at = c ? strchr(meant, c) : NULL;
    if (c == (unsigned char)quote || c == '\\')
        tki_buf_printf(to, "\\%c", c);
    else if (at)
        tki_buf_printf(to, "\\%c", letters[at - meant]);
    else if (c < ' ' || c == 0x7f)
        tki_buf_printf(to, "\\x%02x", c);
    else
        tki_buf_putc(to, (char)c);
}

void tki_go_quote(struct tki_buf *to, tk_str s, char quote, bool ascii)
{
    tki_buf_putc(to, quote);
    for (size_t i = 0; i < s.n;) {
        tk_str rest = {s.p + i, s.n - i};
        size_t n = 1, most = rest.n < 4 ? rest.n : 4;
        unsigned char c = (unsigned char)rest.p[0];
        if (c < 0x80) {
            put_ascii(to, c, quote);
        } else if (tki_utf8_valid(rest.p, most) == 0) {
            tki_buf_printf(to, "\\x%02x", c);
        } else {
            uint32_t x = decode(rest, &n);
            if (printable(x) && !ascii)
                tki_buf_put(to, rest.p, n);
            else
                tki_buf_printf(to, x > 0xffff ? "\\U%08x" : "\\u%04x", x);
        }
        i += n;
    }
    tki_buf_putc(to, quote);
}
