#include "io/prefix.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/time.h"

enum { INPUT_BYTES = 64 * 1024, PREFIX_MAX = 512, JOINED_MAX = 64 * 1024 * 1024 };

/* ---- what stands before a line: each function returns what is behind its part, or p ---- */

static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const char *word_end(const char *p, const char *end)
{
    const char *space = memchr(p, ' ', (size_t)(end - p));
    return space ? space : end;
}

/* Colours, "ESC[36m". */
static const char *colours(const char *p, const char *end)
{
    while (end - p > 2 && p[0] == '\x1b' && p[1] == '[') {
        const char *q = p + 2;
        while (q < end && (is_digit(*q) || *q == ';'))
            q++;
        if (q == end || *q != 'm')
            break;
        p = q + 1;
    }
    return p;
}

/* "[pod/checkout-7d9f/app] " of kubectl. */
static const char *pod(const char *p, const char *end)
{
    if (end - p < 5 || memcmp(p, "[pod/", 5) != 0)
        return p;
    const char *close = memchr(p, ']', (size_t)(end - p));
    return close && close + 1 < end && close[1] == ' ' ? close + 2 : p;
}

/* "checkout-1  | " of compose. */
static const char *service(const char *p, const char *end)
{
    const char *q = p;
    while (q < end && is_name(*q))
        q++;
    if (q == p)
        return p;
    while (q < end && *q == ' ')
        q++;
    return end - q >= 2 && q[0] == '|' && q[1] == ' ' && q[-1] == ' ' ? q + 2 : p;
}

/* "2026-05-01T12:00:00.123456789Z ". */
static const char *rfc3339(const char *p, const char *end)
{
    uint64_t ns;
    const char *space = word_end(p, end);
    bool shaped = space < end && space - p >= 20 && is_digit(*p) && p[4] == '-' && p[10] == 'T';
    return shaped && tki_parse_time((tk_str){p, (size_t)(space - p)}, &ns) ? space + 1 : p;
}

/* "stdout F " of containerd and CRI-O: flags may follow the letter behind colons. */
static const char *stream(const char *p, const char *end, struct tki_prefix *x)
{
    static const char *const names[] = {"stdout ", "stderr "};
    for (int i = 0; i < 2; i++) {
        const char *flag = p + strlen(names[i]);
        if (end - p < 9 || memcmp(p, names[i], strlen(names[i])) != 0 || (*flag != 'P' && *flag != 'F') ||
            (flag[1] != ' ' && flag[1] != ':'))
            continue;
        const char *space = word_end(flag, end);
        if (space == end)
            return p;
        x->cri = true;
        x->error = i == 1;
        x->partial = *flag == 'P';
        return space + 1;
    }
    return p;
}

/* "Nov 21 10:00:00 " of syslog. */
static const char *syslog_time(const char *p, const char *end)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    bool month = false;
    for (int i = 0; i < 12 && end - p >= 16; i++)
        month = month || memcmp(p, months + 3 * (size_t)i, 3) == 0;
    return month && p[3] == ' ' && p[6] == ' ' && is_digit(p[7]) && p[9] == ':' && p[12] == ':' && p[15] == ' ' ? p + 16
                                                                                                                : p;
}

/* "host program[55]: " behind a time. */
static const char *program(const char *p, const char *end)
{
    const char *host = word_end(p, end), *q = host < end ? host + 1 : end, *open = q;
    while (open < end && is_name(*open))
        open++;
    const char *close = open;
    if (open == q || open == end || *open != '[')
        return p;
    for (close++; close < end && is_digit(*close);)
        close++;
    return close > open + 1 && end - close >= 3 && memcmp(close, "]: ", 3) == 0 ? close + 3 : p;
}

/* "{app="shop", pod="a"} " of logcli, behind a time. */
static const char *labels(const char *p, const char *end)
{
    const char *q = p;
    if (end - p < 6 || *p != '{')
        return p;
    do { /* at the brace, or at the blank behind a comma */
        const char *key = ++q;
        while (q < end && is_name(*q))
            q++;
        if (q == key || end - q < 3 || q[0] != '=' || q[1] != '"')
            return p;
        for (q += 2; q < end && *q != '"'; q++)
            q += *q == '\\';
        q++;
        q += end - q > 1 && q[0] == ',';
    } while (q < end && *q == ' ');
    return end - q >= 2 && q[0] == '}' && q[1] == ' ' ? q + 2 : p;
}

struct tki_prefix tki_prefix_of(tk_str line)
{
    struct tki_prefix x = {0};
    const char *end = line.p + line.n, *p = colours(line.p, end), *start = p;
    p = pod(p, end);
    p = service(p, end);
    p = colours(p, end);
    const char *time = rfc3339(p, end);
    time = time > p ? time : syslog_time(p, end);
    if (time > p) {
        p = stream(time, end, &x);
        p = x.cri ? p : labels(program(p, end), end);
    }
    x.n = p > start ? (size_t)(p - line.p) : 0;
    return x;
}

/* ---- what is learned ---- */

static struct tki_prefix prefix_of(const struct tki_prefixes *learned, tk_str line)
{
    struct tki_prefix x = tki_prefix_of(line);
    for (unsigned i = 0; learned && i < learned->n; i++) {
        size_t n = learned->common[i].n;
        if (line.n - x.n < n || memcmp(line.p + x.n, learned->common[i].text, n) != 0)
            break;
        struct tki_prefix more = tki_prefix_of((tk_str){line.p + x.n + n, line.n - x.n - n});
        x.n += n + more.n;
        x.cri = x.cri || more.cri;
        x.error = x.error || more.error;
        x.partial = x.partial || more.partial;
    }
    return x;
}

/* Returns true if a document may begin there: not at the bracket of "app[12]" or of a colour. */
static bool may_begin(const char *p, size_t i)
{
    return p[i] == '{' || p[i] == '"' || (p[i] == '[' && !(i && (is_name(p[i - 1]) || p[i - 1] == '\x1b')));
}

/* How much of the two begins alike, up to a document. */
static size_t alike(tk_str a, const char *b, size_t n)
{
    size_t i = 0;
    while (i < n && i < a.n && a.p[i] == b[i] && !may_begin(a.p, i))
        i++;
    return i;
}

static bool ends_part(char c)
{
    return c == ' ' || c == '\t' || c == '>';
}

/* Of what is common, the part before something that is known by its form, as a time is: in the next lines it may be
 * another one.  Else all of it up to the end of a word. */
static size_t part_of(tk_str line, size_t common)
{
    for (size_t i = 1; i < common; i++)
        if (ends_part(line.p[i - 1]) && tki_prefix_of((tk_str){line.p + i, line.n - i}).n)
            return i;
    while (common && !ends_part(line.p[common - 1]))
        common--;
    return common;
}

/* Learns one more common part; returns false when there is none. */
static bool learn(struct tki_prefixes *x, tk_str head)
{
    enum { LINES_MIN = 4 };
    const char *end = head.p + head.n, *nl;
    tk_str first = {0};
    size_t common = 0, lines = 0;
    for (const char *p = head.p; p < end && (nl = memchr(p, '\n', (size_t)(end - p))); p = nl + 1) {
        size_t length = (size_t)(nl - p) < PREFIX_MAX ? (size_t)(nl - p) : PREFIX_MAX;
        struct tki_prefix known = prefix_of(x, (tk_str){p, length});
        tk_str rest = {p + known.n, length - known.n};
        if (rest.n == 0)
            continue;
        common = first.n ? alike(rest, first.p, common) : alike(rest, rest.p, rest.n);
        first = first.n ? first : rest;
        lines++;
    }
    common = part_of(first, common);
    if (lines < LINES_MIN || common == 0 || common > TKI_PREFIX_COMMON_MAX)
        return false;
    memcpy(x->common[x->n].text, first.p, common);
    x->common[x->n++].n = common;
    return true;
}

void tki_prefixes_learn(struct tki_prefixes *x, tk_str head)
{
    *x = (struct tki_prefixes){0};
    while (x->n < TKI_PREFIX_COMMONS && learn(x, head))
        ;
}

/* ---- lines ---- */

struct strip {
    const struct tki_prefixes *learned;
    bool in_line; /* what stands before the line under way is behind us */
    struct tki_prefix line;
    struct tki_buf out, pending[2];
    const char *fault;
    int code;
};

static struct tki_buf *sink(struct strip *s)
{
    return s->line.cri ? &s->pending[s->line.error] : &s->out;
}

/* A part of containerd's loses its line break, and the last one gives the whole line. */
static void end_line(struct strip *s)
{
    struct tki_buf *b = sink(s);
    s->in_line = false;
    if (s->line.partial || b->err) /* the error is asked for behind the bytes */
        return;
    tki_buf_putc(b, '\n');
    if (b != &s->out) {
        tki_buf_put(&s->out, b->p, b->n);
        tki_buf_reset(b);
    }
}

/* Takes what it can of the bytes and returns the rest, the beginning of a line that may be longer; all with `last`. */
static const char *strip(struct strip *s, const char *p, const char *end, bool last)
{
    while (p < end && !s->fault) {
        const char *nl = memchr(p, '\n', (size_t)(end - p)), *to = nl ? nl : end;
        if (!s->in_line) {
            if (!nl && end - p < PREFIX_MAX && !last)
                return p;
            s->line = prefix_of(s->learned, (tk_str){p, (size_t)(to - p < PREFIX_MAX ? to - p : PREFIX_MAX)});
            s->in_line = true;
            p += s->line.n;
        }
        struct tki_buf *b = sink(s);
        tki_buf_put(b, p, (size_t)(to - p));
        if (s->line.cri && b->n > JOINED_MAX) {
            s->fault = "a line that the container runtime cut into parts is longer than 64 MiB";
            s->code = TK_ELIMIT;
        }
        p = to;
        if (nl) {
            end_line(s);
            p++;
        }
    }
    if (last)
        for (int i = 0; i < 2; i++) {
            tki_buf_put(&s->out, s->pending[i].p, s->pending[i].n);
            tki_buf_reset(&s->pending[i]);
        }
    if (s->out.err || s->pending[0].err || s->pending[1].err) {
        s->fault = "out of memory";
        s->code = TK_ENOMEM;
    }
    return p;
}

static void free_strip(struct strip *s)
{
    tki_buf_free(&s->out);
    tki_buf_free(&s->pending[0]);
    tki_buf_free(&s->pending[1]);
}

bool tki_prefix_peek(tk_str head, const struct tki_prefixes *learned, struct tki_buf *inside, bool *cri)
{
    const char *p = head.p, *end = head.p + head.n;
    while (p < end && memchr(" \t\r\n", *p, 4))
        p++;
    size_t left = (size_t)(end - p);
    const char *nl = left ? memchr(p, '\n', left) : NULL;
    size_t line = nl ? (size_t)(nl - p) : left;
    struct tki_prefix first = prefix_of(learned, (tk_str){p, line < PREFIX_MAX ? line : PREFIX_MAX});
    *cri = first.cri;
    if (!first.n)
        return false;
    struct strip s = {.learned = learned};
    strip(&s, p, end, true);
    tki_buf_put(inside, s.out.p, s.out.n);
    inside->err = inside->err ? inside->err : s.code;
    free_strip(&s);
    return true;
}

/* ---- the source ---- */

struct prefix {
    struct tki_source source;
    struct strip strip;
    struct tki_prefixes learned;
    size_t given; /* of strip.out */
    size_t n;     /* of input, left over */
    bool ended;
    char input[INPUT_BYTES];
};

static ptrdiff_t read_prefix(struct tki_source *source, void *to, size_t cap, struct tk_err *err)
{
    struct prefix *x = (struct prefix *)source;
    struct strip *s = &x->strip;
    while (x->given == s->out.n) {
        if (s->fault)
            return tki_err_at(err, s->code, 0, "%s", s->fault);
        if (x->ended)
            return 0;
        tki_buf_reset(&s->out);
        x->given = 0;
        ptrdiff_t n = tki_source_read(source->up, x->input + x->n, sizeof x->input - x->n, err);
        if (n < 0)
            return n;
        x->ended = n == 0;
        const char *end = x->input + x->n + n, *rest = strip(s, x->input, end, x->ended);
        x->n = (size_t)(end - rest);
        memmove(x->input, rest, x->n);
    }
    size_t n = s->out.n - x->given < cap ? s->out.n - x->given : cap;
    memcpy(to, s->out.p + x->given, n);
    x->given += n;
    return (ptrdiff_t)n;
}

static void close_prefix(struct tki_source *source)
{
    struct prefix *x = (struct prefix *)source;
    tki_source_close(source->up);
    free(source->peeked);
    free_strip(&x->strip);
    free(x);
}

int tki_prefix_open(struct tki_source **s, struct tki_source *up, const struct tki_prefixes *learned,
                    struct tk_err *err)
{
    struct prefix *x = calloc(1, sizeof *x);
    if (!x)
        return tki_err_memory(err);
    x->source = (struct tki_source){.read = read_prefix, .close = close_prefix, .up = up};
    if (learned) {
        x->learned = *learned;
        x->strip.learned = &x->learned;
    }
    *s = &x->source;
    return 0;
}
