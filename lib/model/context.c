#include "model/context.h"

#include <ctype.h>

#include "base/num.h"

/* ---- digits ---- */

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'F';
}

/* What is wrong with text as an id of so many digits, or NULL. */
static const char *id_fault(tk_str s, size_t digits)
{
    bool zero = true;
    if (s.n != digits)
        return digits == 32 ? "the trace id has not 32 digits" : "the span id has not 16 digits";
    for (size_t i = 0; i < s.n; i++) {
        if (!is_hex(s.p[i]))
            return digits == 32 ? "the trace id is not hexadecimal" : "the span id is not hexadecimal";
        if (is_upper(s.p[i]))
            return digits == 32 ? "the trace id has upper-case digits" : "the span id has upper-case digits";
        zero = zero && s.p[i] == '0';
    }
    if (zero)
        return digits == 32 ? "the trace id is all zero" : "the span id is all zero";
    return NULL;
}

/* Up to 32 digits. */
static bool read_id(tk_str s, tk_id128 *id)
{
    size_t low = s.n > 16 ? 16 : s.n;
    *id = (tk_id128){0};
    return s.n > 0 && s.n <= 32 && tki_hex_short((tk_str){s.p + s.n - low, low}, &id->lo) &&
           (s.n <= 16 || tki_hex_short((tk_str){s.p, s.n - low}, &id->hi));
}

/* Cuts s at the first c: returns what stands before it, and leaves what follows; all of it when there is none. */
static tk_str cut(tk_str *s, char c, bool *found)
{
    const char *at = tki_str_find(*s, c);
    tk_str before = {s->p, at ? (size_t)(at - s->p) : s->n};
    *found = at != NULL;
    *s = at ? (tk_str){at + 1, s->n - before.n - 1} : (tk_str){s->p + s->n, 0};
    return before;
}

static const char *span_fault(tk_str s, uint64_t *id)
{
    const char *fault = id_fault(s, 16);
    if (!fault)
        (void)tki_hex_short(s, id);
    return fault;
}

/* ---- forms ---- */

static const char *read_w3c(tk_str s, struct tki_context *c)
{
    bool more;
    tk_str version = cut(&s, '-', &more);
    if (version.n != 2 || !is_hex(version.p[0]) || !is_hex(version.p[1]))
        return "the version is not two hexadecimal digits";
    if (TKI_STR_IS(version, "ff"))
        return "version ff is forbidden";
    tk_str trace = cut(&s, '-', &more), span = cut(&s, '-', &more);
    const char *fault = id_fault(trace, 32);
    if (!fault && read_id(trace, &c->trace_id))
        fault = span_fault(span, &c->span_id);
    if (fault)
        return fault;
    if (!more)
        return "there are no flags";
    tk_str flags = TKI_STR_IS(version, "00") ? s : cut(&s, '-', &more);
    if (flags.n != 2 || !is_hex(flags.p[0]) || !is_hex(flags.p[1]) || is_upper(flags.p[0]) || is_upper(flags.p[1]))
        return "the flags are not two lower-case hexadecimal digits";
    c->half = c->trace_id.hi == 0;
    return NULL;
}

static const char *read_b3_trace(tk_str trace, struct tki_context *c)
{
    const char *fault = id_fault(trace, trace.n == 16 ? 16 : 32);
    if (!fault)
        (void)read_id(trace, &c->trace_id);
    c->half = trace.n == 16;
    return trace.n == 16 && fault ? "the trace id is no id of 16 or 32 lower-case hexadecimal digits" : fault;
}

static const char *read_b3(tk_str s, struct tki_context *c)
{
    bool more;
    if (s.n == 1)
        return "it holds a decision and names no trace";
    tk_str trace = cut(&s, '-', &more);
    const char *fault = read_b3_trace(trace, c);
    if (fault)
        return fault;
    if (!more)
        return "there is no span id";
    fault = span_fault(cut(&s, '-', &more), &c->span_id);
    if (fault || !more)
        return fault;
    tk_str state = cut(&s, '-', &more);
    if (state.n != 1 || !memchr("01d", state.p[0], 3))
        return "the state is none of 0, 1 and d";
    return more ? id_fault(s, 16) : NULL;
}

/* Clients write the colons of the value as "%3A". */
static tk_str without_percent(tk_str s, char to[80])
{
    size_t n = 0;
    if (!s.n || s.n > 80 || !tki_str_find(s, '%'))
        return s;
    for (size_t i = 0; i < s.n; i++) {
        bool colon = i + 3 <= s.n && s.p[i] == '%' && s.p[i + 1] == '3' && (s.p[i + 2] | 0x20) == 'a';
        to[n++] = colon ? ':' : s.p[i];
        i += colon ? 2 : 0;
    }
    return (tk_str){to, n};
}

static const char *read_uber(tk_str s, struct tki_context *c)
{
    char plain[80];
    s = without_percent(s, plain);
    bool more;
    tk_id128 span, flags;
    tk_str trace = cut(&s, ':', &more);
    if (!read_id(trace, &c->trace_id))
        return "the trace id is not 1 to 32 hexadecimal digits";
    if (!c->trace_id.hi && !c->trace_id.lo)
        return "the trace id is all zero";
    tk_str of = cut(&s, ':', &more);
    if (!more || of.n > 16 || !read_id(of, &span))
        return "the span id is not 1 to 16 hexadecimal digits";
    if (!span.lo)
        return "the span id is all zero";
    c->span_id = span.lo;
    tk_str parent = cut(&s, ':', &more);
    if (!more || s.n > 2 || !read_id(s, &flags) || parent.n > 16)
        return "there are no four fields";
    c->half = c->trace_id.hi == 0;
    return NULL;
}

/* 1-SECONDS-REST. */
static const char *read_xray_id(tk_str s, tk_id128 *id)
{
    char digits[32];
    if (s.n != 35 || s.p[0] != '1' || s.p[1] != '-' || s.p[10] != '-')
        return "the trace id is not written 1-8 digits-24 digits";
    memcpy(digits, s.p + 2, 8);
    memcpy(digits + 8, s.p + 11, 24);
    const char *fault = id_fault((tk_str){digits, 32}, 32);
    if (!fault)
        (void)read_id((tk_str){digits, 32}, id);
    return fault;
}

static const char *read_xray(tk_str s, struct tki_context *c)
{
    bool more = true, root = false;
    while (more) {
        tk_str part = cut(&s, ';', &more);
        while (part.n && part.p[0] == ' ')
            part = (tk_str){part.p + 1, part.n - 1};
        const char *fault = NULL;
        if (part.n > 5 && memcmp(part.p, "Root=", 5) == 0) {
            fault = read_xray_id((tk_str){part.p + 5, part.n - 5}, &c->trace_id);
            root = true;
        } else if (part.n > 7 && memcmp(part.p, "Parent=", 7) == 0) {
            fault = span_fault((tk_str){part.p + 7, part.n - 7}, &c->span_id);
        }
        if (fault)
            return fault;
    }
    return root ? NULL : "there is no Root";
}

bool tki_context_read(enum tki_context_form form, tk_str value, struct tki_context *c)
{
    *c = (struct tki_context){.form = form};
    switch (form) {
    case TKI_CONTEXT_W3C: c->fault = read_w3c(value, c); break;
    case TKI_CONTEXT_B3: c->fault = read_b3(value, c); break;
    case TKI_CONTEXT_UBER: c->fault = read_uber(value, c); break;
    case TKI_CONTEXT_XRAY: c->fault = read_xray(value, c); break;
    case TKI_CONTEXT_B3_ID: c->fault = read_b3_trace(value, c); break;
    case TKI_CONTEXT_NONE: c->fault = "it is no header of trace context"; break;
    }
    return !c->fault;
}

enum tki_context_form tki_context_header(tk_str name)
{
    static const struct {
        const char *name;
        enum tki_context_form form;
    } headers[] = {{"traceparent", TKI_CONTEXT_W3C},    {"elastic-apm-traceparent", TKI_CONTEXT_W3C},
                   {"traceresponse", TKI_CONTEXT_W3C},  {"b3", TKI_CONTEXT_B3},
                   {"uber-trace-id", TKI_CONTEXT_UBER}, {"x-amzn-trace-id", TKI_CONTEXT_XRAY},
                   {"x-b3-traceid", TKI_CONTEXT_B3_ID}};
    char plain[32];
    if (name.n >= sizeof plain)
        return TKI_CONTEXT_NONE;
    for (size_t i = 0; i < name.n; i++)
        plain[i] = name.p[i] == '_' ? '-' : name.p[i];
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        if (tki_str_same_letters((tk_str){plain, name.n}, tki_str(headers[i].name)))
            return headers[i].form;
    return TKI_CONTEXT_NONE;
}

/* ---- what is pasted ---- */

static tk_str trim(tk_str s)
{
    while (s.n && strchr(" \t\r\n\"'`,;", s.p[0]))
        s = (tk_str){s.p + 1, s.n - 1};
    while (s.n && strchr(" \t\r\n\"'`,;", s.p[s.n - 1]))
        s.n--;
    return s;
}

/* 8-4-4-4-12; the digits go to `to`. */
static bool read_uuid(tk_str s, char to[32])
{
    size_t n = 0;
    if (s.n != 36)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? s.p[i] != '-' : !is_hex(s.p[i]))
            return false;
        if (!dash)
            to[n++] = s.p[i];
    }
    return true;
}

static enum tki_context_form form_of(tk_str s)
{
    if (tki_str_find(s, ':'))
        return TKI_CONTEXT_UBER;
    if (tki_str_find(s, '='))
        return TKI_CONTEXT_XRAY;
    size_t first = 0;
    while (first < s.n && s.p[first] != '-')
        first++;
    return first == s.n ? TKI_CONTEXT_NONE : first == 16 || first == 32 ? TKI_CONTEXT_B3 : TKI_CONTEXT_W3C;
}

static const char *whole_id(tk_id128 id, struct tki_pasted *p)
{
    *p = (struct tki_pasted){.id = id, .digits = id.hi ? 32 : 16, .whole = true};
    return tki_id_zero(id) ? "its trace id is all zero" : NULL;
}

/* An id in base64, as OTLP JSON has it where a general writer of protobuf made it. */
static bool read_base64_id(tk_str s, tk_id128 *id)
{
    unsigned char to[18];
    uint64_t half[2] = {0, 0};
    if (s.n != 24 || s.p[22] != '=' || s.p[23] != '=' || tki_base64_decode((char *)to, s) != 16)
        return false;
    for (int i = 0; i < 16; i++)
        half[i / 8] = half[i / 8] << 8 | to[i];
    *id = (tk_id128){half[0], half[1]};
    return true;
}

/* The only 32 hexadecimal digits among other characters: of an address, of a line of a log. */
static bool read_among_text(tk_str text, tk_id128 *id)
{
    unsigned found = 0;
    for (size_t from = 0, to; from < text.n; from = to + 1) {
        for (to = from; to < text.n && isalnum((unsigned char)text.p[to]);)
            to++;
        found += to - from == 32 && read_id((tk_str){text.p + from, 32}, id);
    }
    return found == 1;
}

static const char *read_pasted(tk_str text, struct tki_pasted *p, bool *header)
{
    static const char expected[] =
        "expected up to 32 hexadecimal digits, a UUID, or a header such as traceparent with its value";
    char uuid[32];
    struct tki_context c;
    enum tki_context_form named = TKI_CONTEXT_NONE;
    text = trim(text);
    const char *colon = tki_str_find(text, ':'), *equals = tki_str_find(text, '=');
    const char *end = colon ? colon : equals;
    if (end)
        named = tki_context_header(trim((tk_str){text.p, (size_t)(end - text.p)}));
    *header = named != TKI_CONTEXT_NONE;
    if (named)
        text = trim((tk_str){end + 1, text.n - (size_t)(end + 1 - text.p)});
    if (text.n > 2 && text.p[0] == '0' && (text.p[1] == 'x' || text.p[1] == 'X'))
        text = (tk_str){text.p + 2, text.n - 2};
    if (named == TKI_CONTEXT_NONE || named == TKI_CONTEXT_B3_ID) {
        tk_id128 id;
        if (read_id(text, &id)) {
            *p = (struct tki_pasted){.id = id, .digits = (unsigned)text.n, .whole = text.n == 32 || named};
            return NULL;
        }
        if (read_uuid(text, uuid) && read_id((tk_str){uuid, 32}, &id))
            return whole_id(id, p);
        if (read_base64_id(text, &id) || !read_xray_id(text, &id))
            return whole_id(id, p);
        named = form_of(text);
    }
    if (!named)
        return expected;
    return tki_context_read(named, text, &c) ? whole_id(c.trace_id, p) : named == TKI_CONTEXT_NONE ? expected : c.fault;
}

const char *tki_pasted_read(tk_str text, struct tki_pasted *p)
{
    tk_id128 id;
    bool header;
    const char *fault = read_pasted(text, p, &header);
    return fault && !header && read_among_text(text, &id) && !whole_id(id, p) ? NULL : fault;
}

tk_id128 tki_first_digits(tk_id128 id, unsigned digits)
{
    unsigned bits = 4 * ((id.hi ? 32 : 16) - digits);
    if (bits == 0)
        return id;
    if (bits >= 64)
        return (tk_id128){0, id.hi >> (bits - 64)};
    return (tk_id128){id.hi >> bits, id.lo >> bits | (id.hi << 1) << (63 - bits)};
}

bool tki_pasted_is(const struct tki_pasted *p, tk_id128 id)
{
    if (tki_id_eq(p->id, id))
        return true;
    bool may_begin = !p->whole && p->digits >= TKI_PASTED_MIN && p->digits <= (id.hi ? 32 : 16);
    return may_begin && tki_id_eq(p->id, tki_first_digits(id, p->digits));
}
