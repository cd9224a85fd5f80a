#include "expr/ottl/goprint.h"

#include "base/num.h"
#include "base/time.h"
#include "base/utf8.h"
#include "expr/ottl/goprinter.h"

enum { WIDTH_MAX = 1000000 };

static void print_value(struct tki_go_printer *p, const struct tki_ov *v, uint32_t verb);

static void cannot(struct tki_go_printer *p, const char *why)
{
    p->why = why;
}

/* ---- texts ---- */

static tk_str cut(const struct tki_go_printer *p, tk_str s)
{
    size_t left = p->precision, i = 0;
    for (; i < s.n && p->has_precision; i++)
        if (((unsigned char)s.p[i] & 0xc0) != 0x80 && left-- == 0)
            return (tk_str){s.p, i};
    return s;
}

static void hexadecimal(struct tki_go_printer *p, tk_str s, bool upper)
{
    struct tki_buf b = {0};
    size_t n = p->has_precision && p->precision < s.n ? p->precision : s.n;
    for (size_t i = 0; i < n; i++) {
        if (p->space && i)
            tki_buf_putc(&b, ' ');
        if (p->sharp && (p->space || i == 0))
            tki_buf_str(&b, upper ? TKI_STR("0X") : TKI_STR("0x"));
        tki_buf_printf(&b, upper ? "%02X" : "%02x", (unsigned char)s.p[i]);
    }
    tki_go_pad_buf(p, &b);
}

/* Go's CanBackquote: on one line, no backquote, no controls but the tab. */
static bool fits_backquotes(tk_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if ((c < ' ' && c != '\t') || c == '`' || c == 0x7f)
            return false;
    }
    return tki_utf8_valid(s.p, s.n) == s.n;
}

static void quoted(struct tki_go_printer *p, tk_str s)
{
    struct tki_buf b = {0};
    s = cut(p, s);
    if (p->sharp && fits_backquotes(s)) {
        tki_buf_putc(&b, '`');
        tki_buf_str(&b, s);
        tki_buf_putc(&b, '`');
    } else {
        tki_go_quote(&b, s, '"', p->plus);
    }
    tki_go_pad_buf(p, &b);
}

/* ---- what a verb cannot print ---- */

static const char *type_of(const struct tki_ov *v)
{
    switch ((enum tki_ovtype)v->type) {
    case TKI_OV_BOOL: return "bool";
    case TKI_OV_INT: return "int64";
    case TKI_OV_PORT: return "int";
    case TKI_OV_FLOAT: return "float64";
    case TKI_OV_STRING: return "string";
    case TKI_OV_BYTES: return "[]uint8";
    case TKI_OV_DURATION: return "time.Duration";
    case TKI_OV_TIME: return "time.Time";
    case TKI_OV_ID: return v->bytes == 8 ? "pcommon.SpanID" : v->bytes == 16 ? "pcommon.TraceID" : "pprofile.ProfileID";
    case TKI_OV_MAP: return "pcommon.Map";
    case TKI_OV_STATUS: return "ptrace.Status";
    case TKI_OV_ITEMS: return v->bytes ? "ptrace.SpanLinkSlice" : "ptrace.SpanEventSlice";
    case TKI_OV_LIST: return "pcommon.Slice";
    default: return "";
    }
}

static void put_character(struct tki_buf *to, uint32_t c)
{
    char utf8[4];
    tki_buf_put(to, utf8, tki_utf8_put(utf8, c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ? 0xfffd : c));
}

static void bad_verb(struct tki_go_printer *p, const struct tki_ov *v, uint32_t verb)
{
    tki_buf_lit(p->to, "%!");
    put_character(p->to, verb);
    if (v->type == TKI_OV_NIL) {
        tki_buf_lit(p->to, "(<nil>)");
        return;
    }
    bool erring = p->erring;
    p->erring = true;
    tki_buf_printf(p->to, "(%s=", type_of(v));
    print_value(p, v, 'v');
    tki_buf_putc(p->to, ')');
    p->erring = erring;
}

/* ---- values ---- */

static void print_text(struct tki_go_printer *p, const struct tki_ov *v, tk_str s, uint32_t verb)
{
    if ((verb == 'v' && p->go) || verb == 'q')
        quoted(p, s);
    else if (verb == 'v' || verb == 's')
        tki_go_pad(p, cut(p, s));
    else if (verb == 'x' || verb == 'X')
        hexadecimal(p, s, verb == 'X');
    else
        bad_verb(p, v, verb);
}

/* U+0041, with # also the character: U+0041 'A'. */
static void put_code_point(struct tki_go_printer *p, struct tki_buf *b, uint64_t u)
{
    char utf8[4];
    unsigned digits = p->has_precision && p->precision > 4 ? p->precision : 4;
    tki_buf_printf(b, "U+%0*llX", (int)(digits < 64 ? digits : 64), (unsigned long long)u);
    if (!p->sharp || u > 0x10ffff || (u >= 0xd800 && u < 0xe000))
        return;
    tki_buf_lit(b, " '");
    tki_buf_put(b, utf8, tki_utf8_put(utf8, (uint32_t)u));
    tki_buf_putc(b, '\'');
}

static void print_character(struct tki_go_printer *p, uint64_t u, uint32_t verb)
{
    uint32_t c = u > 0x10ffff || (u >= 0xd800 && u < 0xe000) ? 0xfffd : (uint32_t)u;
    struct tki_buf b = {0};
    char utf8[4];
    size_t n = tki_utf8_put(utf8, c);
    bool zero = p->zero;
    if (verb == 'c') {
        tki_buf_put(&b, utf8, n);
    } else if (verb == 'q') {
        tki_go_quote(&b, (tk_str){utf8, n}, '\'', p->plus);
    } else {
        put_code_point(p, &b, u);
        p->zero = false;
    }
    tki_go_pad_buf(p, &b);
    p->zero = zero;
}

static void print_integer(struct tki_go_printer *p, const struct tki_ov *v, uint64_t u, bool is_signed, uint32_t verb)
{
    switch (verb) {
    case 'v':
    case 'd': tki_go_integer(p, u, is_signed, 10, verb); break;
    case 'b': tki_go_integer(p, u, is_signed, 2, verb); break;
    case 'o':
    case 'O': tki_go_integer(p, u, is_signed, 8, verb); break;
    case 'x':
    case 'X': tki_go_integer(p, u, is_signed, 16, verb); break;
    case 'c':
    case 'q':
    case 'U': print_character(p, u, verb); break;
    default: bad_verb(p, v, verb);
    }
}

static void print_real(struct tki_go_printer *p, const struct tki_ov *v, uint32_t verb)
{
    bool has = p->has_precision;
    uint32_t precision = p->precision;
    switch (verb) {
    case 'v': tki_go_real(p, v->v.d, 'g'); break;
    case 'g':
    case 'G': tki_go_real(p, v->v.d, verb); break;
    case 'e':
    case 'E':
    case 'f':
    case 'F':
        if (!has) {
            p->has_precision = true;
            p->precision = 6;
        }
        tki_go_real(p, v->v.d, verb == 'F' ? 'f' : verb);
        p->has_precision = has;
        p->precision = precision;
        break;
    case 'b':
    case 'x':
    case 'X': cannot(p, "a double in binary or hexadecimal form in Format"); break;
    default: bad_verb(p, v, verb);
    }
}

static void print_bytes(struct tki_go_printer *p, const struct tki_ov *v, uint32_t verb)
{
    tk_str s = tki_ov_text(v);
    if (verb == 's' || verb == 'x' || verb == 'X' || verb == 'q') {
        print_text(p, v, s, verb);
        return;
    }
    if (p->go || (verb != 'v' && verb != 'd')) {
        cannot(p, "bytes with this verb in Format");
        return;
    }
    tki_buf_putc(p->to, '[');
    for (size_t i = 0; i < s.n; i++) {
        if (i)
            tki_buf_putc(p->to, ' ');
        tki_go_integer(p, (unsigned char)s.p[i], false, 10, 'd');
    }
    tki_buf_putc(p->to, ']');
}

/* A duration as its String() has it: 1h2m3.5s, 1.5ms, 0s. */
static void put_duration(struct tki_buf *b, int64_t ns)
{
    uint64_t u = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns, unit = 1000000000;
    const char *name = "s";
    if (ns < 0)
        tki_buf_putc(b, '-');
    if (u == 0) {
        tki_buf_lit(b, "0s");
        return;
    }
    if (u < 1000)
        unit = 1, name = "ns";
    else if (u < 1000000)
        unit = 1000, name = "\xc2\xb5s";
    else if (u < 1000000000)
        unit = 1000000, name = "ms";
    uint64_t whole = u / unit, rest = u % unit, scale = unit / 10;
    if (unit == 1000000000 && whole >= 60) {
        if (whole >= 3600)
            tki_buf_printf(b, "%lluh", (unsigned long long)(whole / 3600));
        tki_buf_printf(b, "%llum", (unsigned long long)(whole / 60 % 60));
        whole %= 60;
    }
    tki_buf_u64(b, whole);
    if (rest)
        tki_buf_putc(b, '.');
    for (; rest; rest %= scale, scale /= 10) {
        tki_buf_putc(b, (char)('0' + rest / scale));
        if (scale == 1)
            break;
    }
    tki_buf_str(b, tki_str(name));
}

static void put_time(struct tki_buf *b, const struct tki_ov *v)
{
    char digits[9];
    unsigned year, month, day, n = 9;
    int64_t days = v->v.t.sec / 86400, rest = v->v.t.sec % 86400;
    if (rest < 0) {
        rest += 86400;
        days--;
    }
    tki_date_of_days(days, &year, &month, &day);
    tki_buf_printf(b, "%04u-%02u-%02u %02d:%02d:%02d", year, month, day, (int)(rest / 3600), (int)(rest / 60 % 60),
                   (int)(rest % 60));
    tki_fmt_digits(digits, 9, v->v.t.ns);
    while (n && digits[n - 1] == '0')
        n--;
    if (n)
        tki_buf_printf(b, ".%.*s", (int)n, digits);
    tki_buf_lit(b, " +0000 UTC");
}

/* What has a text of its own in Go, and prints as it with the verbs of texts. */
static void print_stringer(struct tki_go_printer *p, const struct tki_ov *v, uint32_t verb)
{
    struct tki_buf b = {0};
    bool text = verb == 'v' || verb == 's' || verb == 'x' || verb == 'X' || verb == 'q';
    if (v->type == TKI_OV_DURATION && (!text || p->erring || p->go)) {
        print_integer(p, v, (uint64_t)v->v.i, true, verb);
        return;
    }
    if (!text || p->erring || p->go || (v->type == TKI_OV_TIME && v->v.t.zone)) {
        cannot(p, "a time or an id with this verb in Format");
        return;
    }
    if (v->type == TKI_OV_DURATION)
        put_duration(&b, v->v.i);
    else if (v->type == TKI_OV_TIME)
        put_time(&b, v);
    else if (!tki_id_zero(v->v.id)) {
        if (v->bytes > 8)
            tki_buf_hex64(&b, v->v.id.hi);
        tki_buf_hex64(&b, v->v.id.lo);
    }
    if (b.err)
        p->to->err = p->to->err ? p->to->err : b.err;
    else
        print_text(p, v, (tk_str){b.n ? b.p : "", b.n}, verb);
    tki_buf_free(&b);
}

static void print_value(struct tki_go_printer *p, const struct tki_ov *v, uint32_t verb)
{
    if (verb == 'T') {
        tki_go_pad(p, cut(p, v->type == TKI_OV_NIL ? TKI_STR("<nil>") : tki_str(type_of(v))));
        return;
    }
    if (verb == 'p' && v->type != TKI_OV_NIL && v->type != TKI_OV_BYTES) {
        bad_verb(p, v, verb);
        return;
    }
    switch ((enum tki_ovtype)v->type) {
    case TKI_OV_NIL:
        if (verb == 'v')
            tki_go_pad(p, TKI_STR("<nil>"));
        else
            bad_verb(p, v, verb);
        break;
    case TKI_OV_BOOL:
        if (verb == 'v' || verb == 't')
            tki_go_pad(p, v->v.b ? TKI_STR("true") : TKI_STR("false"));
        else
            bad_verb(p, v, verb);
        break;
    case TKI_OV_INT:
    case TKI_OV_PORT: print_integer(p, v, (uint64_t)v->v.i, true, verb); break;
    case TKI_OV_FLOAT: print_real(p, v, verb); break;
    case TKI_OV_STRING: print_text(p, v, tki_ov_text(v), verb); break;
    case TKI_OV_BYTES: print_bytes(p, v, verb); break;
    case TKI_OV_DURATION:
    case TKI_OV_TIME:
    case TKI_OV_ID: print_stringer(p, v, verb); break;
    default: cannot(p, "an address of memory, which is in the text of lists and maps that Format makes"); break;
    }
}

/* ---- the format ---- */

static bool digits(tk_str f, size_t *i, uint32_t *to)
{
    size_t from = *i;
    for (*to = 0; *i < f.n && f.p[*i] >= '0' && f.p[*i] <= '9'; ++*i) {
        if (*to > WIDTH_MAX) /* as Go: no number at all */
            return false;
        *to = *to * 10 + (uint32_t)(f.p[*i] - '0');
    }
    return *i > from;
}

/* [n] in front of a width, a precision or a verb; returns true if there was a good one. */
static bool index_of_argument(struct tki_go_printer *p, tk_str f, size_t *i)
{
    if (*i >= f.n || f.p[*i] != '[')
        return false;
    p->reordered = true;
    const char *close = memchr(f.p + *i, ']', f.n - *i);
    size_t at = *i + 1;
    uint32_t number = 0;
    bool good = close && digits(f, &at, &number) && f.p + at == close && number >= 1 && number <= p->n;
    *i = close ? (size_t)(close - f.p) + 1 : *i + 1;
    if (good)
        p->at = number - 1;
    else
        p->bad_index = true;
    return good;
}

/* The next argument as a width or a precision. */
static bool number_from_argument(struct tki_go_printer *p, int64_t *to)
{
    const struct tki_ov *v = p->at < p->n ? &p->arg[p->at] : NULL;
    *to = 0;
    p->at += v != NULL;
    bool good = v && (v->type == TKI_OV_INT || v->type == TKI_OV_PORT || v->type == TKI_OV_DURATION) &&
                v->v.i <= WIDTH_MAX && v->v.i >= -WIDTH_MAX;
    if (good)
        *to = v->v.i;
    return good;
}

static void flags(struct tki_go_printer *p, tk_str f, size_t *i)
{
    p->plus = p->minus = p->sharp = p->space = p->zero = p->go = p->has_width = p->has_precision = p->bad_index = false;
    p->width = p->precision = 0;
    for (;; ++*i) {
        char c = *i < f.n ? f.p[*i] : '\0';
        p->sharp = p->sharp || c == '#';
        p->zero = p->zero || c == '0';
        p->plus = p->plus || c == '+';
        p->minus = p->minus || c == '-';
        p->space = p->space || c == ' ';
        if (!c || !strchr("#0+- ", c))
            return;
    }
}

static void width(struct tki_go_printer *p, tk_str f, size_t *i, bool *indexed)
{
    int64_t given;
    *indexed = index_of_argument(p, f, i);
    if (*i >= f.n || f.p[*i] != '*') {
        p->has_width = digits(f, i, &p->width);
        p->bad_index = p->bad_index || (*indexed && p->has_width);
        return;
    }
    ++*i;
    *indexed = false;
    p->has_width = number_from_argument(p, &given);
    if (!p->has_width)
        tki_buf_lit(p->to, "%!(BADWIDTH)");
    p->minus = p->minus || given < 0;
    p->zero = p->zero && given >= 0;
    p->width = (uint32_t)(given < 0 ? -given : given);
}

static void precision(struct tki_go_printer *p, tk_str f, size_t *i, bool *indexed)
{
    int64_t given;
    if (*i + 1 > f.n || *i >= f.n || f.p[*i] != '.')
        return;
    if (*i + 1 == f.n) /* Go takes the point for the verb */
        return;
    ++*i;
    p->bad_index = p->bad_index || *indexed;
    *indexed = index_of_argument(p, f, i);
    if (*i >= f.n || f.p[*i] != '*') {
        if (!digits(f, i, &p->precision))
            p->precision = 0;
        p->has_precision = true;
        return;
    }
    ++*i;
    *indexed = false;
    p->has_precision = number_from_argument(p, &given) && given >= 0;
    if (!p->has_precision)
        tki_buf_lit(p->to, "%!(BADPREC)");
    p->precision = p->has_precision ? (uint32_t)given : 0;
}

static uint32_t verb_at(tk_str f, size_t *i)
{
    uint32_t verb;
    *i += tki_utf8_get(f.p + *i, f.n - *i, &verb);
    return verb;
}

static void mistake(struct tki_go_printer *p, uint32_t verb, const char *what)
{
    tki_buf_lit(p->to, "%!");
    put_character(p->to, verb);
    tki_buf_str(p->to, tki_str(what));
}

static void directive(struct tki_go_printer *p, tk_str f, size_t *i)
{
    bool indexed;
    flags(p, f, i);
    width(p, f, i, &indexed);
    precision(p, f, i, &indexed);
    if (!indexed)
        index_of_argument(p, f, i);
    if (*i >= f.n) {
        tki_buf_lit(p->to, "%!(NOVERB)");
        return;
    }
    uint32_t verb = verb_at(f, i);
    if (verb == '%') {
        tki_buf_putc(p->to, '%');
    } else if (p->bad_index) {
        mistake(p, verb, "(BADINDEX)");
    } else if (p->at >= p->n) {
        mistake(p, verb, "(MISSING)");
    } else {
        if (verb == 'v' || verb == 'w') {
            p->go = p->sharp;
            p->sharp = p->plus = false;
        }
        print_value(p, &p->arg[p->at++], verb);
    }
}

static void extra(struct tki_go_printer *p)
{
    size_t none = 0;
    flags(p, (tk_str){"", 0}, &none);
    tki_buf_lit(p->to, "%!(EXTRA ");
    for (uint32_t i = p->at; i < p->n; i++) {
        if (i > p->at)
            tki_buf_lit(p->to, ", ");
        if (p->arg[i].type == TKI_OV_NIL) {
            tki_buf_lit(p->to, "<nil>");
        } else {
            tki_buf_printf(p->to, "%s=", type_of(&p->arg[i]));
            print_value(p, &p->arg[i], 'v');
        }
    }
    tki_buf_putc(p->to, ')');
}

int tki_go_sprintf(struct tki_buf *to, tk_str format, const struct tki_ov *args, uint32_t n, const char **why)
{
    struct tki_go_printer p = {.to = to, .arg = args, .n = n};
    for (size_t i = 0; i < format.n && !p.why;) {
        if (format.p[i++] != '%')
            tki_buf_putc(to, format.p[i - 1]);
        else
            directive(&p, format, &i);
    }
    if (!p.reordered && p.at < n && !p.why)
        extra(&p);
    *why = p.why;
    return p.why ? TK_EUNSUPPORTED : to->err;
}
