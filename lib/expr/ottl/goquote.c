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
    for (size_t i = 0, n; i < s.n; i += n) {
        uint32_t x;
        n = tki_utf8_get(s.p + i, s.n - i, &x);
        if (n == 1 && x < 0x80)
            put_ascii(to, (unsigned char)x, quote);
        else if (n == 1)
            tki_buf_printf(to, "\\x%02x", (unsigned char)s.p[i]);
        else if (printable(x) && !ascii)
            tki_buf_put(to, s.p + i, n);
        else
            tki_buf_printf(to, x > 0xffff ? "\\U%08x" : "\\u%04x", x);
    }
    tki_buf_putc(to, quote);
}
