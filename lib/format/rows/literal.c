/* Maps and lists as ClickHouse and DuckDB write them into cells of text.
 *
 * ClickHouse: {'a':'b'}, ['a','b'], with backslashes inside the quotes.  DuckDB: {a=b, c='d, e'}, [a, 'b c'], (a, b),
 * quotes only where they are needed.  Both come out as JSON; scalars become strings, since what is not in quotes may
 * have been text: both write columns of texts so.
 */
#include "base/num.h"
#include "format/rows/rows.h"

enum { DEPTH_MAX = 32 };

struct literal {
    const char *p, *end;
    struct tki_buf *out;
    struct tki_buf word;
    uint64_t *notes; /* [TKI_NOTE_COUNT] */
    bool good;
};

static const char *behind_brackets(const char *p, const char *end)
{
    while (p < end && (*p == '{' || *p == '[' || *p == ' '))
        p++;
    return p;
}

bool tki_is_literal(tk_str s)
{
    const char *end = s.p + s.n, *p = s.n ? behind_brackets(s.p, end) : end;
    if (!s.n || (*s.p != '{' && *s.p != '['))
        return false;
    return p < end && *p != '"' && *p != '}' && *p != ']';
}

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = tki_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* p is behind a backslash, before end.  Returns what is behind the escape. */
static const char *unescaped(struct tki_buf *out, const char *p, const char *end)
{
    static const char from[] = "tnrbf0av", to[] = "\t\n\r\b\f\0\a\v";
    if (*p == 'x' && end - p > 2 && hex(p[1]) >= 0 && hex(p[2]) >= 0) {
        tki_buf_putc(out, (char)(hex(p[1]) * 16 + hex(p[2])));
        return p + 3;
    }
    const char *at = memchr(from, *p, sizeof from - 1);
    tki_buf_putc(out, at ? to[at - from] : *p);
    return p + 1;
}

void tki_unescape(struct tki_buf *out, tk_str s)
{
    for (const char *p = s.p, *end = s.p + s.n; p < end;)
        if (*p == '\\' && p + 1 < end)
            p = unescaped(out, p + 1, end);
        else
            tki_buf_putc(out, *p++);
}

static void space(struct literal *l)
{
    while (l->p < l->end && (*l->p == ' ' || *l->p == '\n' || *l->p == '\t' || *l->p == '\r'))
        l->p++;
}

static void put_string(struct literal *l, tk_str s)
{
    tki_buf_json_str(l->out, s, l->notes);
}

/* 'text', with escapes or doubled quotes. */
static void quoted(struct literal *l)
{
    char quote = *l->p++;
    tki_buf_reset(&l->word);
    while (l->p < l->end) {
        char c = *l->p++;
        if (c == '\\' && l->p < l->end) {
            l->p = unescaped(&l->word, l->p, l->end);
        } else if (c != quote) {
            tki_buf_putc(&l->word, c);
        } else if (l->p < l->end && *l->p == quote) {
            tki_buf_putc(&l->word, *l->p++);
        } else {
            put_string(l, (tk_str){l->word.p, l->word.n});
            return;
        }
    }
    l->good = false;
}

/* Text without quotes, up to one of the characters. */
static void bare(struct literal *l, const char *stops, bool key)
{
    const char *start = l->p;
    while (l->p < l->end && !strchr(stops, *l->p))
        l->p++;
    tk_str s = {start, (size_t)(l->p - start)};
    while (s.n && s.p[s.n - 1] == ' ')
        s.n--;
    if (!key && tki_str_same_letters(s, TKI_STR("null")))
        tki_buf_lit(l->out, "null");
    else if (s.n)
        put_string(l, s);
    else
        l->good = false;
}

static void value(struct literal *l, int depth);

static void member(struct literal *l, int depth)
{
    if (*l->p == '\'' || *l->p == '"')
        quoted(l);
    else
        bare(l, "=:}", true);
    space(l);
    if (!l->good || l->p == l->end || (*l->p != ':' && *l->p != '=')) {
        l->good = false;
        return;
    }
    l->p++;
    tki_buf_putc(l->out, ':');
    value(l, depth);
}

/* {…}, […] and (…), which is a list, too. */
static void many(struct literal *l, int depth)
{
    char open = *l->p++, close = open == '{' ? '}' : open == '[' ? ']' : ')';
    tki_buf_putc(l->out, open == '{' ? '{' : '[');
    for (bool first = true; l->good; first = false) {
        space(l);
        if (first && l->p < l->end && *l->p == close)
            break;
        if (!first)
            tki_buf_putc(l->out, ',');
        if (l->p == l->end)
            l->good = false;
        else if (open == '{')
            member(l, depth + 1);
        else
            value(l, depth + 1);
        space(l);
        if (l->p < l->end && *l->p == close)
            break;
        l->good = l->good && l->p < l->end && *l->p == ',';
        l->p += l->good;
    }
    l->p += l->good;
    tki_buf_putc(l->out, open == '{' ? '}' : ']');
}

static void value(struct literal *l, int depth)
{
    space(l);
    if (l->p == l->end || depth > DEPTH_MAX)
        l->good = false;
    else if (*l->p == '\'' || *l->p == '"')
        quoted(l);
    else if (*l->p == '{' || *l->p == '[' || *l->p == '(')
        many(l, depth);
    else
        bare(l, ",}])", false);
}

bool tki_literal_json(struct tki_buf *out, tk_str s, uint64_t notes[TKI_NOTE_COUNT])
{
    struct literal l = {.p = s.p, .end = s.p + s.n, .out = out, .notes = notes, .good = true};
    value(&l, 0);
    space(&l);
    if (l.word.err)
        out->err = l.word.err;
    tki_buf_free(&l.word);
    return l.good && l.p == l.end;
}
