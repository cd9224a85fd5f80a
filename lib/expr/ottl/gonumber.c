/* Numbers as Go writes them, and how texts are filled up to a width. */
#include <math.h>
#include <stdio.h>

#include "base/num.h"
#include "expr/ottl/goprinter.h"

/* ---- padding ---- */

static size_t characters(tk_str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
    return n;
}

static void put_many(struct tki_go_printer *p, char c, size_t n)
{
    char *to = tki_buf_room(p->to, n + 1);
    if (to) {
        memset(to, c, n);
        p->to->n += n;
    }
}

static void pad_with(struct tki_go_printer *p, tk_str s, char fill)
{
    size_t n = characters(s), rest = p->has_width && p->width > n ? p->width - n : 0;
    if (!p->minus)
        put_many(p, fill, rest);
    tki_buf_str(p->to, s);
    if (p->minus)
        put_many(p, ' ', rest);
}

void tki_go_pad(struct tki_go_printer *p, tk_str s)
{
    pad_with(p, s, p->zero && !p->minus ? '0' : ' ');
}

/* A text that was built for the purpose. */
void tki_go_pad_buf(struct tki_go_printer *p, struct tki_buf *b)
{
    if (b->err)
        p->to->err = p->to->err ? p->to->err : b->err;
    else
        tki_go_pad(p, (tk_str){b->p, b->n});
    tki_buf_free(b);
}

/* ---- numbers ---- */

void tki_go_integer(struct tki_go_printer *p, uint64_t u, bool is_signed, unsigned base, uint32_t verb)
{
    bool negative = is_signed && (int64_t)u < 0, sign = negative || p->plus || p->space;
    const char *letters = verb == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
    char digits[64];
    size_t n = 0, least = p->has_precision ? p->precision : 0;
    struct tki_buf b = {0};
    if (negative)
        u = 0 - u;
    if (p->has_precision && least == 0 && u == 0) {
        put_many(p, ' ', p->has_width ? p->width : 0);
        return;
    }
    if (!p->has_precision && p->zero && !p->minus && p->has_width)
        least = p->width > sign ? p->width - sign : 0;
    do
        digits[n++] = letters[u % base];
    while (u /= base);
    if (sign)
        tki_buf_putc(&b, negative ? '-' : p->plus ? '+' : ' ');
    if (verb == 'O')
        tki_buf_lit(&b, "0o");
    if (p->sharp && base == 2)
        tki_buf_lit(&b, "0b");
    if (p->sharp && base == 16)
        tki_buf_str(&b, verb == 'X' ? TKI_STR("0X") : TKI_STR("0x"));
    if (p->sharp && base == 8 && (least > n ? '0' : digits[n - 1]) != '0')
        tki_buf_putc(&b, '0');
    for (size_t i = n; i < least; i++)
        tki_buf_putc(&b, '0');
    while (n)
        tki_buf_putc(&b, digits[--n]);
    bool zero = p->zero;
    p->zero = false;
    tki_go_pad_buf(p, &b);
    p->zero = zero;
}

/* The shortest digits that read back as the number, without point; returns the exponent of the first. */
static int shortest(double d, char *digits, size_t *n)
{
    char text[TKI_DOUBLE_CHARS + 1];
    size_t len = tki_fmt_double(text, d), k = 0;
    int exponent = 0, point = -1, seen = 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '.') {
            point = seen;
        } else if (text[i] == 'e' || text[i] == 'E') {
            text[len] = '\0';
            sscanf(text + i + 1, "%d", &exponent);
            break;
        } else if (text[i] >= '0' && text[i] <= '9') {
            digits[k++] = text[i];
            seen++;
        }
    }
    if (point < 0)
        point = seen;
    size_t zeros = 0;
    while (zeros + 1 < k && digits[zeros] == '0')
        zeros++;
    memmove(digits, digits + zeros, k - zeros);
    k -= zeros;
    while (k > 1 && digits[k - 1] == '0')
        k--;
    *n = k;
    return digits[0] == '0' ? 0 : point - 1 - (int)zeros + exponent;
}

/* %g without precision, without sign. */
static void put_shortest(struct tki_buf *b, double d, char verb)
{
    char digits[TKI_DOUBLE_CHARS];
    size_t n;
    int x = shortest(d, digits, &n);
    if (x >= -4 && x < 6) {
        if (x < 0) {
            tki_buf_lit(b, "0.");
            for (int i = x + 1; i < 0; i++)
                tki_buf_putc(b, '0');
            tki_buf_put(b, digits, n);
            return;
        }
        for (int i = 0; i <= x || i < (int)n; i++) {
            if (i == x + 1)
                tki_buf_putc(b, '.');
            tki_buf_putc(b, i < (int)n ? digits[i] : '0');
        }
        return;
    }
    tki_buf_putc(b, digits[0]);
    if (n > 1) {
        tki_buf_putc(b, '.');
        tki_buf_put(b, digits + 1, n - 1);
    }
    tki_buf_printf(b, "%c%c%02d", verb == 'G' ? 'E' : 'e', x < 0 ? '-' : '+', x < 0 ? -x : x);
}

/* # keeps the point and fills up with zeros to six digits, or to the precision. */
static void keep_zeros(struct tki_go_printer *p, struct tki_buf *b, char verb)
{
    size_t end = 0, digits = 0;
    bool point = false, seen = false;
    while (end < b->n && b->p[end] != 'e' && b->p[end] != 'E') {
        point = point || b->p[end] == '.';
        seen = seen || (b->p[end] >= '1' && b->p[end] <= '9');
        digits += seen && b->p[end] != '.';
        end++;
    }
    char tail[16];
    size_t ntail = b->n - end;
    memcpy(tail, b->p + end, ntail);
    b->n = end;
    if (!point) {
        digits += end == 1 && b->p[0] == '0';
        tki_buf_putc(b, '.');
    }
    size_t wanted = verb != 'g' && verb != 'G' ? 0 : p->has_precision ? p->precision : 6;
    for (; digits < wanted; digits++)
        tki_buf_putc(b, '0');
    tki_buf_put(b, tail, ntail);
}

static void put_number(struct tki_go_printer *p, double d, char verb)
{
    struct tki_buf b = {0}, all = {0};
    bool negative = signbit(d) != 0;
    char format[8] = {'%', '.', '*', verb, '\0'};
    if (p->has_precision) {
        tki_buf_printf(&b, format, (int)p->precision, fabs(d));
    } else if (verb == 'g' || verb == 'G') {
        put_shortest(&b, fabs(d), verb);
    } else {
        format[1] = verb;
        format[2] = '\0';
        tki_buf_printf(&b, format, fabs(d));
    }
    if (p->sharp && !b.err)
        keep_zeros(p, &b, verb);
    bool sign = negative || p->plus || p->space;
    if (sign)
        tki_buf_putc(&all, negative ? '-' : p->plus ? '+' : ' ');
    if (sign && p->zero && !p->minus && p->has_width) /* zeros stand behind the sign */
        for (size_t n = b.n + 1; n < p->width; n++)
            tki_buf_putc(&all, '0');
    tki_buf_put(&all, b.p, b.n);
    tki_buf_free(&b);
    tki_go_pad_buf(p, &all);
}

void tki_go_real(struct tki_go_printer *p, double d, uint32_t verb)
{
    if (isfinite(d)) {
        put_number(p, d, (char)verb);
        return;
    }
    bool zero = p->zero;
    p->zero = false;
    const char *text = isinf(d) ? (d < 0                  ? "-Inf"
                                   : p->space && !p->plus ? " Inf"
                                                          : "+Inf")
                                : (p->plus    ? "+NaN"
                                   : p->space ? " NaN"
                                              : "NaN");
    tki_go_pad(p, tki_str(text));
    p->zero = zero;
}
