#include "format/detect/refused.h"

#include <ctype.h>
#include <strings.h>

#include "base/buf.h"
#include "base/err.h"
#include "format/detect/strangers.h"
#include "format/js/documents.h"
#include "format/js/scan.h"
#include "io/envelope.h"
#include "model/logline.h"

/* ---- the table ---- */

static bool has(tk_str head, const char *word)
{
    return memmem(head.p, head.n, word, strlen(word)) != NULL;
}

/* Returns true if the head has bytes that no text has. */
static bool is_binary(tk_str head)
{
    for (size_t i = 0; i < head.n; i++)
        if ((unsigned char)head.p[i] < ' ' && !strchr("\t\n\r\f\x1b\x1e", head.p[i]))
            return true;
    return tki_str_find(head, 0);
}

static bool meets(const struct tki_stranger *x, const struct tki_head *head, bool binary)
{
    tk_str s = head->text;
    unsigned keys = 0, words = 0;
    if (x->magic.p &&
        (s.n < (size_t)x->magic.at + x->magic.n || memcmp(s.p + x->magic.at, x->magic.p, x->magic.n) != 0))
        return false;
    if (x->words[0] && x->binary != binary)
        return false;
    while (x->keys[keys].name)
        keys++;
    if (keys && tki_keys_met(head, x->keys) < keys)
        return false;
    for (; words < TKI_STRANGER_WORDS && x->words[words]; words++)
        if (!has(s, x->words[words]))
            return false;
    return true;
}

/* The first line that is met, or the first one that is asked before the formats. */
static const struct tki_stranger *stranger(const struct tki_head *head, bool first)
{
    bool binary = !first && is_binary(head->text);
    for (const struct tki_stranger *x = tki_strangers; x->name; x++)
        if ((!first || x->first) && meets(x, head, binary))
            return x;
    return NULL;
}

static int refuse(const struct tki_stranger *x, struct tk_err *err)
{
    return x ? tki_err_at(err, TK_EUNSUPPORTED, 0, "not read: this is %s: %s", x->name, x->advice) : 0;
}

int tki_refused_first(const struct tki_head *head, struct tk_err *err)
{
    return refuse(stranger(head, true), err);
}

/* ---- text ---- */

static bool starts_with_word(const char *p, const char *end, const char *const *words)
{
    for (; *words; words++) {
        size_t n = strlen(*words);
        if ((size_t)(end - p) > n && memcmp(p, *words, n) == 0)
            return true;
    }
    return false;
}

/* One cell of a header line that names trace ids, in any spelling. */
static bool names_trace_id(tk_str cell)
{
    char letters[16];
    size_t n = 0;
    for (size_t i = 0; i < cell.n && n < sizeof letters; i++)
        if (isalnum((unsigned char)cell.p[i]))
            letters[n++] = (char)tolower((unsigned char)cell.p[i]);
    return (n == 7 && memcmp(letters, "traceid", 7) == 0) || (n == 5 && memcmp(letters, "trace", 5) == 0);
}

/* The first line's cells between the separator: how many there are; *named: one is named as trace ids are. */
static size_t cells_of(const char *p, const char *end, char separator, bool *named)
{
    size_t cells = 0;
    *named = false;
    while (p <= end) {
        const char *q = p < end ? memchr(p, separator, (size_t)(end - p)) : NULL;
        q = q ? q : end;
        *named |= names_trace_id((tk_str){p, (size_t)(q - p)});
        cells++;
        p = q + 1;
    }
    return cells;
}

/* What stands between the cells of a table: its first line has three or more, and names trace ids or is as long as the
 * second.  0: the text is no table. */
static char is_table(tk_str head)
{
    const char *end = head.p + head.n, *nl = tki_str_find(head, '\n'), *first = nl ? nl : end;
    const char *second = nl && nl + 1 < end ? memchr(nl + 1, '\n', (size_t)(end - nl - 1)) : NULL;
    bool named, other;
    for (const char *separator = ",\t;|"; *separator; separator++) {
        size_t cells = cells_of(head.p, first, *separator, &named);
        if (cells >= 3 && (named || (second && cells_of(nl + 1, second, *separator, &other) == cells)))
            return *separator;
    }
    return 0;
}

static const char *a_text(tk_str head)
{
    static const char *const code[] = {"import ",        "export ", "const ", "var ", "let ",
                                       "module.exports", "//",      "/*",     NULL};
    static const char *const answers[] = {"404 page not found", "Not Found",   "Unauthorized",
                                          "Forbidden",          "Bad Gateway", NULL};
    const char *end = head.p + head.n, *p = tki_json_ws(head.p, end);
    /* "<134>1 2026-11-21T10:00:00Z host" is a line of syslog. */
    if (end - p > 1 && *p == '<' && (isalpha((unsigned char)p[1]) || p[1] == '!' || p[1] == '?') &&
        (has(head, "</") || has(head, "/>") || has(head, "<!") || has(head, "<?")))
        return "an HTML or XML page, perhaps of an error or a login: fetch the data again";
    if (starts_with_word(p, end, answers))
        return "the error message of a server: fetch the data again";
    if (starts_with_word(p, end, code))
        return "source code: cut the JSON out of it";
    return NULL;
}

/* ---- binary shapes ---- */

/* Documents of BSON: a length, then members that begin with a type and a name. */
static const char *a_bson(tk_str head)
{
    if (head.n < 16 || tki_load_le32(head.p) < 16 || tki_load_le32(head.p) > 1 << 24)
        return NULL;
    bool type = head.p[4] > 0 && head.p[4] <= 0x13, name = isalpha((unsigned char)head.p[5]);
    const char *end = memchr(head.p + 5, 0, head.n - 5);
    for (const char *p = head.p + 5; end && p < end; p++)
        name = name && (unsigned char)*p > ' ';
    return type && name && end ? "BSON: turn its documents into JSON (bsondump, or FORMAT JSONEachRow of ClickHouse)"
                               : NULL;
}

/* Values without a frame: a time of nanoseconds, then an id of 32 digits. */
static const char *a_row_of_msgpack(tk_str head)
{
    static const char text32[] = "\xd9\x20";
    if (head.n < 43 || (unsigned char)head.p[0] != 0xcf || (memcmp(head.p + 9, text32, 2) && head.p[9] != '\xc4'))
        return NULL;
    for (int i = 11; i < 43; i++)
        if (!isxdigit((unsigned char)head.p[i]))
            return NULL;
    return "rows of ClickHouse in its format MsgPack: ask for them with FORMAT JSONEachRow";
}

/* Rows as SQL writes them. */
static const char *a_values(tk_str head)
{
    return tki_str_starts(head, TKI_STR("('")) ? "rows as SQL's VALUES: ask for them as JSON lines (FORMAT JSONEachRow)"
                                               : NULL;
}

int tki_refused(const struct tki_head *head, struct tk_err *err)
{
    int rc = refuse(stranger(head, false), err);
    if (rc)
        return rc;
    const char *what = a_bson(head->text);
    what = what ? what : a_row_of_msgpack(head->text);
    what = what ? what : a_values(head->text);
    what = what ? what : a_text(head->text);
    return what ? tki_err_at(err, TK_EUNSUPPORTED, 0, "not read: this is %s", what) : 0;
}

/* ---- logs ---- */

bool tki_is_log_record(tk_str document)
{
    static const struct tki_key span[] = {{"parent_id", 1}, {"parentId", 1}, {"parentSpanId", 1}, {"parent_span_id", 1},
                                          {"startTime", 1}, {"endTime", 1},  {"start_time", 1},   {"end_time", 1},
                                          {"start", 1},     {"end", 1},      {"spans", 1},        {"operationName", 1},
                                          {"span_kind", 1}, {NULL, 0}};
    struct tki_log_scratch scratch = {0};
    struct tki_log_line line = {0};
    struct tki_head h;
    tki_head_init(&h, document, true);
    bool object = document.n && *document.p == '{' && tki_head_document(&h) && !tki_keys_met(&h, span);
    bool is = object && tki_log_line_read(&scratch, document, &line) == 0 && line.level.n && line.message.n;
    tki_head_free(&h);
    tki_log_scratch_free(&scratch);
    return is;
}

/* The member in which the head holds lines of a log, or NULL. */
static const char *member_of_lines(tk_str head)
{
    for (unsigned rule = 0; rule < tki_envelope_rules; rule++) {
        struct tki_buf lines = {0};
        bool joined, found = false;
        if (tki_envelope_of_answer(rule) && strcmp(tki_envelope_member(rule), "values") != 0) /* of any answer */
            tki_envelope_peek(rule, head, &lines, &joined);
        found = lines.n > 0 && !lines.err && *lines.p != '{';
        tki_buf_free(&lines);
        if (found)
            return tki_envelope_member(rule);
    }
    return NULL;
}

/* The first document of the head, without what follows it. */
static tk_str first_document(const char *p, const char *end)
{
    const char *behind = tki_js_head_end(p, end);
    return (tk_str){p, behind ? (size_t)(behind - p) : 0};
}

/* ---- nothing that is known ---- */

/* The first members of the document, or of the first element of a list, for who knows what they mean. */
static void put_members(struct tki_buf *b, tk_str head)
{
    enum { MEMBERS_MAX = 5, NAME_MAX_BYTES = 40, TEXT_MAX = 4096 };
    char text[TEXT_MAX + TKI_PADDING] = {0}; /* scanning reads beyond the end */
    size_t n = head.n < TEXT_MAX ? head.n : TEXT_MAX;
    memcpy(text, head.p, n);
    const char *end = text + n, *p = tki_json_ws(text, end);
    for (int lists = 0; p < end && *p == '[' && lists < 2; lists++)
        p = tki_json_ws(p + 1, end);
    if (p == end || *p != '{')
        return;
    p++;
    for (int i = 0; i < MEMBERS_MAX; i++) {
        p = tki_json_ws(p, end);
        const char *close = p < end && *p == '"' ? tki_json_skip_string(p + 1, end) : NULL;
        if (!close || (size_t)(close - p) > NAME_MAX_BYTES)
            return;
        for (const char *c = p; c < close; c++)
            if ((unsigned char)*c < ' ')
                return;
        tki_buf_str(b, i ? TKI_STR(", ") : TKI_STR(" with the members "));
        tki_buf_put(b, p, (size_t)(close - p));
        p = tki_json_ws(close, end);
        if (p == end || *p != ':' || !(p = tki_json_skip_value(tki_json_ws(p + 1, end), end)))
            return;
        p = tki_json_ws(p, end);
        if (p == end || *p++ != ',')
            return;
    }
}

/* Whether one of the first lines is that of a log, and names a trace. */
static bool is_log(tk_str head, bool json)
{
    enum { LINES = 10 };
    struct tki_log_scratch scratch = {0};
    bool found = false;
    for (int i = 0; i < LINES && head.n && !found; i++) {
        struct tki_log_line l;
        const char *end = tki_str_find(head, '\n');
        tk_str line = {head.p, end ? (size_t)(end - head.p) : head.n};
        head.p += line.n + (end != NULL);
        head.n -= line.n + (end != NULL);
        if (tki_log_line_read(&scratch, line, &l) < 0)
            break;
        found = l.id == TKI_LOG_NAMED && (json ? l.message.n && l.level.n : l.time_ns || l.level.n);
    }
    tki_log_scratch_free(&scratch);
    return found;
}

static void put_guess(struct tki_buf *b, const char *lines)
{
    if (lines)
        tki_buf_printf(b, "; its \"%s\" are lines of a log, and no document of a trace format stands in them", lines);
    tki_buf_lit(b, "; if it has a row for each span, say with --columns what its members are");
}

int tki_unknown(tk_str head, bool eof, struct tk_err *err)
{
    struct tki_buf b = {0};
    const char *end = head.p + head.n, *p = tki_json_ws(head.p, end);
    bool bracket = p < end && (*p == '{' || *p == '[');
    char separator = bracket ? 0 : is_table(head);
    static const char log[] =
        "; it is a log that names traces: tracecat --logs FILE puts its lines under the spans of a dump";
    const char *member = bracket && *p == '{' ? tki_json_ws(p + 1, end) : end;
    if (member < end && *member != '"' && *member != '}') {
        tki_buf_lit(&b, "text in brackets is of no trace format that is known, and no JSON: there names of members "
                        "stand in double quotes");
    } else if (bracket) {
        tki_buf_lit(&b, "JSON");
        put_members(&b, head);
        tki_buf_lit(&b, " is of no trace format that is known");
        if (is_log(head, true))
            tki_buf_str(&b, tki_str(log));
        else if (tki_is_log_record(first_document(p, end)))
            tki_buf_lit(&b,
                        "; it is a log, of whose lines tracecat --logs FILE puts those that name a trace under spans");
        else if (eof && !tki_js_head_end(p, end))
            tki_buf_lit(&b, "; it breaks off");
        else
            put_guess(&b, member_of_lines(head));
    } else if (separator) {
        enum { NAMES_MAX = 120 };
        const char *nl = tki_str_find(head, '\n');
        size_t n = (size_t)((nl ? nl : end) - head.p);
        tki_buf_lit(&b, "a table with the columns ");
        for (size_t i = 0; i < n && i < NAMES_MAX; i++)
            if ((unsigned char)head.p[i] >= ' ' || head.p[i] == separator)
                tki_buf_str(&b, head.p[i] == separator ? TKI_STR(", ") : (tk_str){head.p + i, 1});
        tki_buf_str(&b, n > NAMES_MAX ? TKI_STR("...") : (tk_str){0});
        tki_buf_lit(&b, " follows no standard: say with --columns what they are");
        tki_guess_columns(&b, (tk_str){head.p, n}, separator);
    } else {
        tki_buf_printf(
            &b,
            "the first %zu bytes are of no trace format that is known, no JSON, and nothing else that is recognised",
            head.n);
        if (is_log(head, false))
            tki_buf_str(&b, tki_str(log));
    }
    tki_buf_putc(&b, 0);
    tki_err_at(err, TK_EFORMAT, 0, "%s", b.err ? "of no trace format that is known" : b.p);
    tki_buf_free(&b);
    return TK_EFORMAT;
}
