#include "format/js/documents.h"

#include "format/js/scan.h"

const char *tki_js_head_end(const char *p, const char *end)
{
    size_t depth = 0;
    for (; p < end; p++) {
        if (*p == '{' || *p == '[') {
            depth++;
        } else if (*p == '}' || *p == ']') {
            if (--depth == 0)
                return p + 1;
        } else if (*p == '"') {
            for (p++; p < end && *p != '"'; p++)
                p += *p == '\\';
        }
    }
    return NULL;
}

enum { ESCAPE = 0x1b }; /* with a bracket the beginning of a colour */

static const char *blanks_end(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\t' || *p == '\r'))
        p++;
    return p;
}

/* p is at a quote.  Returns what is behind the text in quotes, or NULL when it does not end in this line. */
static const char *behind_quotes(const char *p, const char *end)
{
    for (p++; p < end && *p != '"' && *p != '\n'; p++)
        p += *p == '\\';
    return p < end && *p == '"' ? p + 1 : NULL;
}

/* Behind the number or the word of JSON at p, or p. */
static const char *behind_word(const char *p, const char *end)
{
    static const char *const words[] = {"null", "true", "false"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t n = strlen(words[i]), left = (size_t)(end - p);
        if (memcmp(p, words[i], n < left ? n : left) == 0)
            return p + (n < left ? n : left);
    }
    while (p < end && *p && strchr("0123456789+-.eE", *p))
        p++;
    return p;
}

/* "[main] INFO", "[2026-11-21 10:00:00]", "[4711] started": the first element is no value of JSON, or text stands
 * behind the only one. */
static bool is_bracketed_text(const char *p, const char *end)
{
    const char *value = blanks_end(p + 1, end);
    if (value == end || (unsigned char)*value < ' ' || strchr("[]{}\"", *value))
        return false;
    const char *behind = behind_word(value, end), *next = blanks_end(behind, end), *signs = ",\n";
    if (behind > value && next < end && *next == ']') {
        next = blanks_end(next + 1, end);
        signs = ",]}[{\n";
    }
    return behind == value || (next < end && !(*next && strchr(signs, *next)));
}

bool tki_js_text(const char *p, const char *end)
{
    if (p == end || ((unsigned char)*p < ' ' && *p != ESCAPE) || strchr("{}], ", *p) || tki_js_bom(p, end))
        return false;
    if (*p == '[')
        return is_bracketed_text(p, end);
    const char *behind = *p == '"' ? behind_quotes(p, end) : behind_word(p, end);
    if (!behind) /* a quote that this line does not close is none of JSON's */
        return memchr(p, '\n', (size_t)(end - p));
    const char *next = blanks_end(behind, end); /* a value alone is a document of no format */
    return behind == p || next == end || !memchr(*p == '"' ? ":,]}" : ",]},", *next, 4);
}

bool tki_js_no_object(const char *p, const char *end)
{
    const char *first = p < end && *p == '{' ? tki_json_ws(p + 1, end) : end;
    return first < end && *first != '"' && *first != '}';
}

const char *tki_js_no_object_end(const char *p, const char *end)
{
    bool closed = false;
    while ((p = memchr(p, '\n', (size_t)(end - p))) && ++p < end) {
        if (closed || !memchr(" \t}]", *p, 4))
            return p;
        closed = *p == '}' || *p == ']';
    }
    return NULL;
}

/* p is at a bracket in a line of text.  Returns true if an object with members begins there, or a list of them. */
static bool opens_document(const char *p, const char *end)
{
    const char *q = tki_json_ws(p + 1, end);
    if (*p == '[' && (q == end || *q != '{'))
        return false;
    if (*p == '[')
        q = tki_json_ws(q + 1, end);
    return q < end && *q == '"';
}

const char *tki_js_text_document(const char *p, const char *end, const char **line)
{
    const char *nl = memchr(p, '\n', (size_t)(end - p));
    *line = nl ? nl + 1 : end;
    const char *otlp = memmem(p, (size_t)(*line - p), "{\"resource", 10), *to = otlp ? otlp : *line;
    /* What was printed over several lines is indented, or closes. */
    bool goes_on = *line == end || memchr(" \t}]\"", **line, 5);
    for (; p < to; p++)
        if ((*p == '{' || *p == '[') && opens_document(p, end) && (goes_on || tki_js_head_end(p, *line)))
            return p;
    return otlp;
}

bool tki_js_text_otlp(const char *p, const char *end)
{
    return end - p > 10 && memcmp(p, "{\"resource", 10) == 0;
}

size_t tki_js_text_quoted(const char *p, const char *end, char *to, size_t room)
{
    size_t n = 0;
    for (; p + 4 < end; p++)
        if (*p == '"' && (p[1] == '{' || (p[1] == '[' && p[2] == '{')) && memmem(p + 2, 3, "\\\"", 2))
            break;
    if (p + 4 >= end)
        return 0;
    for (p++; p < end && *p != '"' && n < room; p++) {
        bool escaped = *p == '\\' && p + 1 < end;
        p += escaped;
        to[n++] = escaped && (*p == 'n' || *p == 'r' || *p == 't') ? ' ' : *p;
    }
    return n;
}

/* What stands behind the head of a line of klog, "E0101 12:00:00.0 1 main.go:3] ", or p. */
static const char *behind_klog(const char *p, const char *end)
{
    if (end - p < 6 || !memchr("IWEF", *p, 4) || p[5] != ' ')
        return p;
    for (int i = 1; i < 5; i++)
        if (p[i] < '0' || p[i] > '9')
            return p;
    const char *nl = memchr(p, '\n', (size_t)(end - p));
    const char *head = memmem(p, (size_t)((nl ? nl : end) - p), "] ", 2);
    return head ? head + 2 : p;
}

/* p is at an opening bracket in a line of text.  Returns true if what follows may be inside JSON. */
static bool may_open(const char *p, const char *end)
{
    const char *q = tki_json_ws(p + 1, end);
    if (q == end || *q == '"' || *q == '}' || *q == ']')
        return true;
    return *p == '[' && (*q == '{' || *q == '[' || behind_word(q, end) > q);
}

/* In key="text" of a logger brackets mean nothing.  No such thing stands in JSON.  Nor does a bracket that no JSON may
 * follow, but what closes it is none of JSON's, either. */
bool tki_js_balanced(const char *p, const char *to, const char *end)
{
    enum { DEPTH_MAX = 64 };
    uint64_t json = 0; /* a bit of each bracket that is open */
    unsigned depth = 0;
    for (const char *start = p = behind_klog(p, to); p < to; p++) {
        const char *behind = *p == '"' && p > start && p[-1] == '=' ? behind_quotes(p, to) : NULL;
        if (behind)
            p = behind - 1;
        else if (*p == ESCAPE && p + 1 < to && p[1] == '[')
            p++;
        else if ((*p == '{' || *p == '[') && depth == DEPTH_MAX)
            return false;
        else if (*p == '{' || *p == '[')
            json = (json & ~(UINT64_C(1) << depth)) | (uint64_t)may_open(p, end) << depth, depth++;
        else if ((*p == '}' || *p == ']') && depth-- == 0)
            return false;
    }
    return depth == 0 || !(json << (DEPTH_MAX - depth));
}

/* The next line from p on that starts with a bracket, and cannot be the value of what stands before it when `sure`. */
static const char *next_start(const char *p, const char *end, bool sure)
{
    const char *start = p;
    for (; p < end && (p = memchr(p, '\n', (size_t)(end - p))); p++) {
        if (end - p < 2 || (p[1] != '{' && p[1] != '['))
            continue;
        const char *before = p;
        while (before > start && strchr(" \t\r\n", before[-1]))
            before--;
        if (!sure || (before > start && !strchr(",:[{", before[-1])))
            return p + 1;
    }
    return NULL;
}

/* The next line of text behind p: none that goes on with what was printed over several lines, which is indented or
 * closes. */
static const char *next_text(const char *p, const char *end)
{
    while (p < end && (p = memchr(p, '\n', (size_t)(end - p))) && ++p < end)
        if (!memchr(" \t\r\n}]\"", *p, 7) && tki_js_text(p, end))
            return p;
    return NULL;
}

bool tki_js_seam(const char *p, const char *end)
{
    return next_start(p, end, true) != NULL;
}

bool tki_js_resync_value(struct tki_decode *d)
{
    const char *end = d->in.p + d->in.n, *p = tki_json_ws(d->in.p + d->pos, end);
    const char *q = p < end ? tki_json_skip_value(p, end) : NULL;
    q = q ? tki_json_ws(q, end) : NULL;
    if (q && q > p && (q == end || memchr(",]}{[", *q, 5))) {
        d->pos = (size_t)(q - d->in.p);
        return true;
    }
    return tki_js_resync(d);
}

bool tki_js_resync(struct tki_decode *d)
{
    const char *start = d->in.p + d->pos, *end = d->in.p + d->in.n;
    const char *p = tki_json_ws(start, end);
    const char *q = p < end ? tki_json_skip_value(p, end) : NULL;
    const char *line = next_start(p, q ? q : end, true);
    if (!line && q) {
        const char *next = tki_json_ws(q, end);
        if (next == end || *next == '{' || *next == '[' || *next == ',')
            line = next;
    }
    if (!line)
        line = next_start(start, end, false);
    const char *text = next_text(p, line ? line : end);
    if (text)
        line = text;
    if (line)
        d->pos = (size_t)(line - d->in.p);
    return line != NULL;
}

bool tki_js_resync_element(struct tki_decode *d)
{
    const char *end = d->in.p + d->in.n, *p = d->in.p + d->pos;
    const char *q = d->inside ? tki_json_skip_value(p, end) : NULL;
    const char *next = q ? tki_json_ws(q, end) : NULL;
    if (next && next < end && (*next == ',' || *next == ']') && !tki_js_seam(p, q)) {
        d->pos = (size_t)(next - d->in.p);
        return true;
    }
    d->inside = 0;
    return tki_js_resync(d);
}
