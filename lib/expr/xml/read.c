/* Tokens of XML, as Go's encoding/xml makes them of a text. */
#include "base/array.h"
#include "base/utf8.h"
#include "expr/xml/xml.h"

#include <stdlib.h>

typedef struct tki_xml_reader reader;
typedef struct tki_xml_token token;

static const tk_str xml_url = TKI_STR_INIT("http://www.w3.org/XML/1998/namespace");

static int fault(reader *r, const char *why)
{
    r->why = why;
    return TKI_XML_FAULT;
}

static int no_memory(reader *r)
{
    r->why = "out of memory";
    return TK_ENOMEM;
}

/* ---- bytes ---- */

static int get(reader *r)
{
    r->ahead = false;
    return r->at < r->text.n ? (unsigned char)r->text.p[r->at++] : -1;
}

static void give_back(reader *r)
{
    r->at--;
    r->ahead = true;
}

static void skip_space(reader *r)
{
    int c = get(r);
    while (c == ' ' || c == '\r' || c == '\n' || c == '\t')
        c = get(r);
    if (c >= 0)
        give_back(r);
}

static tk_str since(const reader *r, size_t from, size_t upto)
{
    return (tk_str){r->text.p + from, upto - from};
}

/* ---- names ---- */

static bool is_name_byte(int c)
{
    return c >= 0x80 || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
           c == ':' || c == '.' || c == '-';
}

static int read_name(reader *r, tk_str *to)
{
    size_t from = r->at;
    int c = get(r);
    while (is_name_byte(c))
        c = get(r);
    if (c < 0)
        return fault(r, "XML that ends within a name");
    give_back(r);
    *to = since(r, from, r->at);
    return tki_xml_is_name(*to) ? 0 : fault(r, "a name that XML does not have");
}

/* A colon with nothing on one of its sides is part of the name. */
static int read_ns_name(reader *r, tk_str *space, tk_str *name)
{
    int rc = read_name(r, name);
    if (rc)
        return rc;
    const char *colon = tki_str_find(*name, ':');
    size_t at = colon ? (size_t)(colon - name->p) : 0;
    *space = (tk_str){"", 0};
    if (colon && tki_str_find((tk_str){colon + 1, name->n - at - 1}, ':'))
        return fault(r, "a name with two colons");
    if (colon && at > 0 && at + 1 < name->n) {
        *space = (tk_str){name->p, at};
        *name = (tk_str){colon + 1, name->n - at - 1};
    }
    return 0;
}

/* ---- texts ---- */

static bool is_xml_character(uint32_t c)
{
    return c == 0x09 || c == 0x0a || c == 0x0d || (c >= 0x20 && c <= 0xd7ff) || (c >= 0xe000 && c <= 0xfffd) ||
           (c >= 0x10000 && c <= 0x10ffff);
}

/* The digits of a character's number, behind "&#" or "&#x". */
static int read_number(reader *r, unsigned base, uint32_t *to)
{
    uint64_t x = 0;
    unsigned digits = 0;
    for (;;) {
        int c = get(r);
        unsigned d = c >= '0' && c <= '9'   ? (unsigned)c - '0'
                     : c >= 'a' && c <= 'f' ? (unsigned)c - 'a' + 10
                     : c >= 'A' && c <= 'F' ? (unsigned)c - 'A' + 10
                                            : 99;
        if (d >= base) {
            *to = x >= 0xd800 && x <= 0xdfff ? 0xfffd : (uint32_t)x;
            return c == ';' && digits && x <= 0x10ffff ? 0 : fault(r, "an entity that XML does not have");
        }
        x = x > 0x10ffff ? x : x * base + d;
        digits++;
    }
}

/* Behind '&'. */
static int read_entity(reader *r)
{
    static const struct {
        tk_str name;
        char is;
    } known[] = {{TKI_STR_INIT("lt"), '<'},
                 {TKI_STR_INIT("gt"), '>'},
                 {TKI_STR_INIT("amp"), '&'},
                 {TKI_STR_INIT("apos"), '\''},
                 {TKI_STR_INIT("quot"), '"'}};
    size_t from = r->at;
    uint32_t is = 0;
    int c = get(r);
    if (c == '#') {
        bool hex = r->at < r->text.n && r->text.p[r->at] == 'x';
        r->at += hex;
        int rc = read_number(r, hex ? 16 : 10, &is);
        char utf8[4];
        if (rc == 0)
            tki_buf_put(&r->buf, utf8, tki_utf8_put(utf8, is));
        return rc;
    }
    while (is_name_byte(c))
        c = get(r);
    for (size_t i = 0; c == ';' && i < sizeof known / sizeof *known; i++) {
        if (tki_str_eq(known[i].name, since(r, from, r->at - 1))) {
            tki_buf_putc(&r->buf, known[i].is);
            return 0;
        }
    }
    return fault(r, "an entity that XML does not have");
}

static int check_characters(reader *r)
{
    for (size_t i = 0; i < r->buf.n;) {
        uint32_t c;
        size_t n = tki_utf8_get(r->buf.p + i, r->buf.n - i, &c);
        if (c == 0xfffd && n == 1)
            return fault(r, "XML that is not UTF-8");
        if (!is_xml_character(c))
            return fault(r, "a character that XML does not have");
        i += n;
    }
    return 0;
}

/* Moves what is in the buffer to the arena. */
static int keep(reader *r, tk_str *to)
{
    char *p = r->buf.err ? NULL : tki_arena_alloc(r->arena, r->buf.n);
    if (!p)
        return no_memory(r);
    if (r->buf.n)
        memcpy(p, r->buf.p, r->buf.n);
    *to = (tk_str){p, r->buf.n};
    return 0;
}

enum { PLAIN = -1, CDATA = -2 }; /* or the quote that ends the text */

static int read_text(reader *r, int until, tk_str *to)
{
    int b0 = 0, b1 = 0; /* the two bytes before, as they stand there */
    tki_buf_reset(&r->buf);
    for (;;) {
        int c = get(r);
        if (c < 0 && until == CDATA)
            return fault(r, "CDATA that does not end");
        if (c < 0 && until >= 0)
            return fault(r, "XML that ends within an attribute");
        if (c < 0)
            break;
        if (until < 0 && b0 == ']' && b1 == ']' && c == '>') {
            if (until != CDATA)
                return fault(r, "]]> in a text");
            r->buf.n -= 2;
            break;
        }
        if (c == '<' && until != CDATA) {
            if (until >= 0)
                return fault(r, "< in an attribute");
            give_back(r);
            break;
        }
        if (c == until)
            break;
        if (c == '&' && until != CDATA) {
            int rc = read_entity(r);
            if (rc)
                return rc;
            b0 = b1 = 0;
            continue;
        }
        if (c == '\r')
            tki_buf_putc(&r->buf, '\n');
        else if (b1 != '\r' || c != '\n')
            tki_buf_putc(&r->buf, (char)c);
        b0 = b1;
        b1 = c;
    }
    int rc = check_characters(r);
    return rc ? rc : keep(r, to);
}

/* ---- <? and <! ---- */

/* The value of a parameter of <?xml, which is looked for as Go does: not quite. */
static tk_str parameter(tk_str s, tk_str name)
{
    size_t at = 0;
    while (at + name.n < s.n) {
        if (memcmp(s.p + at, name.p, name.n) != 0) {
            at++;
            continue;
        }
        char quote = s.p[at + name.n];
        at += name.n + 1;
        if (quote == '\'' || quote == '"') {
            const char *end = tki_str_find((tk_str){s.p + at, s.n - at}, quote);
            return end ? (tk_str){s.p + at, (size_t)(end - s.p) - at} : (tk_str){"", 0};
        }
    }
    return (tk_str){"", 0};
}

static int read_target(reader *r, token *t)
{
    t->kind = TKI_XML_TARGET;
    int rc = read_name(r, &t->name);
    if (rc)
        return rc;
    skip_space(r);
    size_t from = r->at;
    int before = 0, c;
    while ((c = get(r)) >= 0 && !(before == '?' && c == '>'))
        before = c;
    if (c < 0)
        return fault(r, "XML that ends within <?");
    t->text = since(r, from, r->at - 2);
    if (!TKI_STR_IS(t->name, "xml"))
        return 0;
    tk_str version = parameter(t->text, TKI_STR("version=")), set = parameter(t->text, TKI_STR("encoding="));
    if (version.n && !TKI_STR_IS(version, "1.0"))
        return fault(r, "a version of XML that is not 1.0");
    if (!set.n || tki_str_same_letters(set, TKI_STR("utf-8")))
        return 0;
    if (!r->sets)
        return fault(r, "XML that says it is not in UTF-8");
    r->why = "XML that says it is not in UTF-8 is not read here";
    return TK_EUNSUPPORTED;
}

/* Behind "<!-": a comment, in which no two hyphens stand. */
static int read_remark(reader *r, token *t)
{
    t->kind = TKI_XML_REMARK;
    if (get(r) != '-')
        return fault(r, "<!- that is no comment");
    size_t from = r->at;
    for (int b0 = 0, b1 = 0;;) {
        int c = get(r);
        if (c < 0)
            return fault(r, "a comment that does not end");
        if (b0 == '-' && b1 == '-' && c != '>')
            return fault(r, "-- in a comment");
        if (b0 == '-' && b1 == '-')
            break;
        b0 = b1;
        b1 = c;
    }
    t->text = since(r, from, r->at - 3);
    return 0;
}

/* Behind "<!--" in a directive. */
static bool skip_remark(reader *r)
{
    for (int b0 = 0, b1 = 0;;) {
        int c = get(r);
        if (c < 0 || (b0 == '-' && b1 == '-' && c == '>'))
            return c >= 0;
        b0 = b1;
        b1 = c;
    }
}

/* Behind "<!" and its first byte: up to the bracket that closes it; a comment in it becomes a space. */
static int read_directive(reader *r, token *t, int c)
{
    int quote = 0;
    int64_t depth = 0;
    t->kind = TKI_XML_DIRECTIVE;
    tki_buf_reset(&r->buf);
    tki_buf_putc(&r->buf, (char)c);
    for (c = get(r); !(c == '>' && !quote && depth == 0);) {
        if (c < 0)
            return fault(r, "XML that ends within <!");
        int now = c;
        if (now == '<' && !quote && tki_str_starts(since(r, r->at, r->text.n), TKI_STR("!--"))) {
            r->at += 3;
            if (!skip_remark(r))
                return fault(r, "a comment that does not end");
            tki_buf_putc(&r->buf, ' ');
            c = get(r);
            continue;
        }
        tki_buf_putc(&r->buf, (char)now);
        c = get(r);
        if (now == quote)
            quote = 0;
        else if (!quote && (now == '\'' || now == '"'))
            quote = now;
        else if (!quote && (now == '<' || now == '>'))
            depth += now == '<' ? 1 : -1;
    }
    return keep(r, &t->text);
}

static int read_marked(reader *r, token *t)
{
    int c = get(r);
    if (c < 0)
        return fault(r, "XML that ends within <!");
    if (c == '-')
        return read_remark(r, t);
    if (c != '[')
        return read_directive(r, t, c);
    if (!tki_str_starts(since(r, r->at, r->text.n), TKI_STR("CDATA[")))
        return fault(r, "<![ that is no CDATA");
    r->at += 6;
    t->kind = TKI_XML_CHARACTERS;
    return read_text(r, CDATA, &t->text);
}

/* ---- elements ---- */

static int read_attr(reader *r, struct tki_xml_attr *a)
{
    int rc = read_ns_name(r, &a->space, &a->name);
    if (rc)
        return rc;
    skip_space(r);
    if (get(r) != '=')
        return fault(r, "an attribute without =");
    skip_space(r);
    int quote = get(r);
    if (quote != '"' && quote != '\'')
        return fault(r, "an attribute without quotes");
    return read_text(r, quote, &a->value);
}

static int read_start(reader *r, token *t)
{
    t->kind = TKI_XML_START;
    int rc = read_ns_name(r, &t->space, &t->name);
    while (rc == 0) {
        skip_space(r);
        int c = get(r);
        if (c == '/') {
            r->end_next = true;
            return get(r) == '>' ? 0 : fault(r, "/ in an element");
        }
        if (c == '>')
            return 0;
        if (c < 0)
            return fault(r, "XML that ends within an element");
        give_back(r);
        if (TKI_GROW(t->attr, t->attrs_cap, t->nattrs + 1) < 0)
            return no_memory(r);
        rc = read_attr(r, &t->attr[t->nattrs]);
        t->nattrs += rc == 0;
    }
    return rc;
}

static int read_end(reader *r, token *t)
{
    t->kind = TKI_XML_END;
    int rc = read_ns_name(r, &t->space, &t->name);
    if (rc)
        return rc;
    skip_space(r);
    return get(r) == '>' ? 0 : fault(r, "an end of an element that does not end");
}

/* ---- name spaces, and what is open ---- */

static void translate(const reader *r, tk_str *space, tk_str name, bool element)
{
    if (TKI_STR_IS(*space, "xmlns") || (space->n == 0 && (!element || TKI_STR_IS(name, "xmlns"))))
        return;
    tk_str prefix = TKI_STR_IS(*space, "xml") ? xml_url : *space;
    if (prefix.p == xml_url.p)
        *space = xml_url;
    for (uint32_t i = r->nspaces; i > 0; i--) {
        if (tki_str_eq(r->space[i - 1].prefix, prefix)) {
            *space = r->space[i - 1].url;
            return;
        }
    }
}

static int learn_spaces(reader *r, const token *t)
{
    for (uint32_t i = 0; i < t->nattrs; i++) {
        const struct tki_xml_attr *a = &t->attr[i];
        bool named = TKI_STR_IS(a->space, "xmlns");
        if (!named && !(a->space.n == 0 && TKI_STR_IS(a->name, "xmlns")))
            continue;
        if (r->nspaces == TKI_XML_SPACES_MAX) {
            r->why = "XML with too many name spaces";
            return TK_ELIMIT;
        }
        if (TKI_GROW(r->space, r->spaces_cap, r->nspaces + 1) < 0)
            return no_memory(r);
        r->space[r->nspaces++] = (struct tki_xml_space){named ? a->name : (tk_str){"", 0}, a->value, r->depth + 1};
    }
    return 0;
}

static int open_element(reader *r, token *t)
{
    int rc = learn_spaces(r, t);
    if (rc)
        return rc;
    if (r->depth >= TKI_XML_DEPTH_MAX) {
        r->why = "XML with too many elements inside each other";
        return TK_ELIMIT;
    }
    if (TKI_GROW(r->open, r->open_cap, r->depth + 1) < 0)
        return no_memory(r);
    r->open[r->depth++] = (struct tki_xml_attr){.space = t->space, .name = t->name};
    translate(r, &t->space, t->name, true);
    for (uint32_t i = 0; i < t->nattrs; i++)
        translate(r, &t->attr[i].space, t->attr[i].name, false);
    return 0;
}

static int close_element(reader *r, token *t)
{
    if (r->depth == 0)
        return fault(r, "an end of an element that did not begin");
    const struct tki_xml_attr *is = &r->open[--r->depth];
    if (!tki_str_eq(is->name, t->name) || !tki_str_eq(is->space, t->space))
        return fault(r, "an element that ends under another name");
    translate(r, &t->space, t->name, true);
    while (r->nspaces && r->space[r->nspaces - 1].depth > r->depth)
        r->nspaces--;
    return 0;
}

/* ---- all of it ---- */

static int read_raw(reader *r, token *t)
{
    int c = get(r);
    if (c != '<') {
        give_back(r);
        t->kind = TKI_XML_CHARACTERS;
        return read_text(r, PLAIN, &t->text);
    }
    c = get(r);
    switch (c) {
    case -1: return fault(r, "XML that ends behind <");
    case '/': return read_end(r, t);
    case '?': return read_target(r, t);
    case '!': return read_marked(r, t);
    default: give_back(r); return read_start(r, t);
    }
}

int tki_xml_next(reader *r, token *t)
{
    size_t from = r->at + r->ahead;
    t->nattrs = 0;
    t->space = t->name = t->text = t->read = (tk_str){"", 0};
    int rc = 0;
    if (r->end_next) {
        r->end_next = false;
        t->kind = TKI_XML_END;
        t->space = r->open[r->depth - 1].space;
        t->name = r->open[r->depth - 1].name;
    } else if (r->at == r->text.n) {
        return r->depth ? fault(r, "XML that ends within an element") : 0;
    } else {
        rc = read_raw(r, t);
        size_t upto = r->at + r->ahead;
        if (upto > from)
            t->read = since(r, from, upto);
    }
    if (rc == 0 && t->kind == TKI_XML_START)
        rc = open_element(r, t);
    if (rc == 0 && t->kind == TKI_XML_END)
        rc = close_element(r, t);
    return rc ? rc : 1;
}

void tki_xml_reader_free(reader *r)
{
    free(r->open);
    free(r->space);
    tki_buf_free(&r->buf);
}
