#include "model/logline.h"

#include <ctype.h>
#include <stdio.h>

#include "base/json.h"
#include "base/num.h"
#include "base/time.h"
#include "model/context.h"

enum { DEPTH_MAX = 6, PEEL_MAX = 4, NAME_MAX = 96, HEAD = 80 };

/* What a field says. */
enum field { F_NONE, F_TRACE, F_SPAN, F_TIME, F_LEVEL, F_MESSAGE };

struct reading {
    struct tki_log_scratch *s;
    struct tki_log_line *l;
    unsigned time_rank, level_rank, message_rank; /* of what was found; 0: nothing; lower ranks win */
    unsigned peeled;
};

/* ---- names ---- */

struct name {
    const char *name;
    uint8_t field;
    uint8_t rank;
};

/* As names are after plain(). */
static const struct name names[] = {
    {"@tr", F_TRACE, 1},
    {"trace", F_TRACE, 3},
    {"operationid", F_TRACE, 2},
    {"@sp", F_SPAN, 1},
    {"segmentid", F_SPAN, 2},
    {"transactionid", F_SPAN, 2},
    {"@timestamp", F_TIME, 1},
    {"timestamp", F_TIME, 2},
    {"time", F_TIME, 3},
    {"ts", F_TIME, 4},
    {"@t", F_TIME, 5},
    {"eventtime", F_TIME, 6},
    {"date", F_TIME, 7},
    {"datetime", F_TIME, 8},
    {"asctime", F_TIME, 9},
    {"created", F_TIME, 10},
    {"timeunixnano", F_TIME, 11},
    {"realtimetimestamp", F_TIME, 12},
    {"t", F_TIME, 13},
    {"level", F_LEVEL, 1},
    {"severity", F_LEVEL, 2},
    {"severitytext", F_LEVEL, 3},
    {"loglevel", F_LEVEL, 4},
    {"lvl", F_LEVEL, 5},
    {"levelname", F_LEVEL, 6},
    {"@l", F_LEVEL, 7},
    {"priority", F_LEVEL, 8},
    {"recordlevelname", F_LEVEL, 9},
    {"message", F_MESSAGE, 1},
    {"msg", F_MESSAGE, 2},
    {"event", F_MESSAGE, 3},
    {"@m", F_MESSAGE, 4},
    {"@mt", F_MESSAGE, 5},
    {"recordmessage", F_MESSAGE, 6},
    {"body", F_MESSAGE, 7},
    {"bodystringvalue", F_MESSAGE, 8},
    {"textpayload", F_MESSAGE, 9},
    {"shortmessage", F_MESSAGE, 10},
    {"log", F_MESSAGE, 11},
    {"text", F_MESSAGE, 12},
};

/* Lower case, without dots, dashes, underscores and blanks; returns the length, 0: too long. */
static size_t plain(tk_str s, char to[NAME_MAX])
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (strchr("._- ", s.p[i]) && s.p[i])
            continue;
        if (n + 1 >= NAME_MAX)
            return 0;
        to[n++] = (char)tolower((unsigned char)s.p[i]);
    }
    to[n] = 0;
    return n;
}

static bool ends(tk_str s, const char *end)
{
    size_t n = strlen(end);
    return s.n >= n && memcmp(s.p + s.n - n, end, n) == 0;
}

static enum field field_of(tk_str name, unsigned *rank)
{
    char to[NAME_MAX];
    tk_str s = {to, plain(name, to)};
    *rank = 1;
    if (!s.n)
        return F_NONE;
    if (ends(s, "traceid") || ends(s, "traceparent") || ends(s, "logginggoogleapiscom/trace") || TKI_STR_IS(s, "b3"))
        return F_TRACE;
    if (ends(s, "spanid"))
        return ends(s, "parentspanid") ? F_NONE : F_SPAN;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (tki_str_eq(s, tki_str(names[i].name))) {
            *rank = names[i].rank;
            return (enum field)names[i].field;
        }
    return F_NONE;
}

/* ---- values ---- */

static bool all_digits(tk_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return s.n > 0;
}

static void found_id(struct tki_log_line *l, enum tki_log_id how, tk_id128 id, uint64_t span)
{
    if (tki_id_zero(id) || l->id >= how)
        return;
    l->id = (uint8_t)how;
    l->trace_id = id;
    l->span_id = span ? span : l->span_id;
}

/* Bytes as protobuf's JSON writes them. */
static bool base64_id(tk_str value, size_t bytes, tk_id128 *id)
{
    unsigned char raw[24];
    if (tki_base64_decode((char *)raw, value) != bytes)
        return false;
    *id = (tk_id128){0};
    for (size_t i = 0; i < bytes; i++) {
        id->hi = id->hi << 8 | id->lo >> 56;
        id->lo = id->lo << 8 | raw[i];
    }
    return true;
}

/* The value of a field for traces: an id in any of its forms, or a header. */
static void take_trace(struct reading *r, tk_str name, tk_str value)
{
    struct tki_context c;
    struct tki_pasted p;
    char to[NAME_MAX];
    tk_str key = {to, plain(name, to)};
    enum tki_context_form form = tki_context_header(name);
    uint64_t low;
    tk_id128 id;
    if (!form && ends(key, "traceparent"))
        form = TKI_CONTEXT_W3C;
    if (form && form != TKI_CONTEXT_B3_ID) {
        if (!value.n || TKI_STR_IS(value, "-"))
            return;
        if (tki_context_read(form, value, &c))
            found_id(r->l, TKI_LOG_NAMED, c.trace_id, c.span_id);
        else
            r->l->fault = c.fault;
        return;
    }
    const char *slash = value.n ? memrchr(value.p, '/', value.n) : NULL; /* projects/P/traces/ID */
    if (slash)
        value = (tk_str){slash + 1, (size_t)(value.p + value.n - slash - 1)};
    if (value.n == 24 && base64_id(value, 16, &id)) {
        found_id(r->l, TKI_LOG_NAMED, id, 0);
        return;
    }
    if (ends(key, "ddtraceid") && all_digits(value) && value.n <= 20) {
        if (tki_parse_u64(value, &low))
            found_id(r->l, TKI_LOG_NAMED, (tk_id128){0, low}, 0);
    } else if (value.n >= 15 && !tki_pasted_read(value, &p)) {
        found_id(r->l, TKI_LOG_NAMED, p.id, 0);
    }
}

static void take_span(struct reading *r, tk_str name, tk_str value)
{
    char to[NAME_MAX];
    uint64_t id = 0;
    tk_id128 wide;
    tk_str key = {to, plain(name, to)};
    if (value.n == 12 && base64_id(value, 8, &wide)) {
        r->l->span_id = wide.lo ? wide.lo : r->l->span_id;
        return;
    }
    bool good = ends(key, "ddspanid") && all_digits(value) ? tki_parse_u64(value, &id)
                                                           : value.n <= 16 && tki_hex_short(value, &id);
    if (good && id)
        r->l->span_id = id;
}

/* Digits, with or without a point: seconds, milliseconds, microseconds or nanoseconds by their number. */
static bool epoch(tk_str s, uint64_t *ns)
{
    double x;
    uint64_t whole;
    size_t digits = 0;
    while (digits < s.n && isdigit((unsigned char)s.p[digits]))
        digits++;
    uint64_t unit = digits == 10 ? 1000000000 : digits == 13 ? 1000000 : digits == 16 ? 1000 : digits == 19 ? 1 : 0;
    if (!unit)
        return false;
    if (digits == s.n && tki_parse_u64(s, &whole)) {
        *ns = whole * unit;
        return true;
    }
    if (s.p[digits] != '.' || !tki_parse_u64((tk_str){s.p, digits}, &whole) ||
        !tki_parse_double((tk_str){s.p + digits, s.n - digits}, &x))
        return false;
    *ns = whole * unit + (uint64_t)(x * (double)unit);
    return true;
}

/* RFC 3339 with a blank for the T, a comma for the point and slashes for dashes; *used: its bytes. */
static bool written_time(tk_str s, uint64_t *ns, size_t *used)
{
    char to[48];
    size_t n = 0;
    if (s.n < 19 || !isdigit((unsigned char)s.p[0]) || (s.p[4] != '-' && s.p[4] != '/') || s.p[7] != s.p[4] ||
        (s.p[10] != ' ' && s.p[10] != 'T' && s.p[10] != 't') || s.p[13] != ':')
        return false;
    for (; n < s.n && n < sizeof to; n++) {
        char c = s.p[n];
        bool zone = n >= 19 && (c == '+' || c == '-' || c == ':' || c == 'Z' || c == 'z');
        if (n >= 19 && !isdigit((unsigned char)c) && c != '.' && c != ',' && !zone)
            break;
        to[n] = n == 10 ? 'T' : c == ',' ? '.' : n < 10 && c == '/' ? '-' : c;
        if (c == 'Z' || c == 'z') {
            n++;
            break;
        }
    }
    *used = n;
    if (n >= 5 && (to[n - 5] == '+' || to[n - 5] == '-') && n + 1 < sizeof to && to[n - 3] != ':') { /* +0100 */
        memmove(to + n - 1, to + n - 2, 2);
        to[n - 2] = ':';
        n++;
    }
    return tki_parse_time((tk_str){to, n}, ns);
}

static void take_time(struct reading *r, unsigned rank, tk_str value)
{
    uint64_t ns;
    size_t used;
    if (r->time_rank && r->time_rank <= rank)
        return;
    if (epoch(value, &ns) || written_time(value, &ns, &used)) {
        r->l->time_ns = ns;
        r->time_rank = rank;
    }
}

/* The numbers of pino and bunyan, and those of syslog. */
static const char *level_name(int64_t x)
{
    static const char *const syslog[] = {"EMERG", "ALERT", "CRIT", "ERROR", "WARN", "NOTICE", "INFO", "DEBUG"};
    if (x >= 0 && x < 8)
        return syslog[x];
    return x == 10   ? "TRACE"
           : x == 20 ? "DEBUG"
           : x == 30 ? "INFO"
           : x == 40 ? "WARN"
           : x == 50 ? "ERROR"
           : x == 60 ? "FATAL"
                     : NULL;
}

static void take_level(struct reading *r, unsigned rank, tk_str value)
{
    uint64_t x;
    if (r->level_rank && r->level_rank <= rank)
        return;
    if (all_digits(value) && tki_parse_u64(value, &x)) {
        const char *name = level_name((int64_t)x);
        value = name ? tki_str(name) : (tk_str){0};
    }
    if (value.n && value.n < 16) {
        r->l->level = value;
        r->level_rank = rank;
    }
}

static int read_some(struct reading *r, tk_str line);

static int take(struct reading *r, tk_str name, tk_str value)
{
    unsigned rank;
    switch (field_of(name, &rank)) {
    case F_TRACE: take_trace(r, name, value); break;
    case F_SPAN: take_span(r, name, value); break;
    case F_TIME: take_time(r, rank, value); break;
    case F_LEVEL: take_level(r, rank, value); break;
    case F_MESSAGE:
        while (value.n && (value.p[value.n - 1] == '\n' || value.p[value.n - 1] == '\r'))
            value.n--;
        if (r->message_rank && r->message_rank <= rank)
            break;
        r->message_rank = rank;
        r->l->message = value;
        break;
    case F_NONE: break;
    }
    return 0;
}

/* ---- JSON ---- */

static int walk(struct reading *r, const json_t *v, const char *path, unsigned depth);

static int walk_member(struct reading *r, const char *path, const char *key, const json_t *v, unsigned depth)
{
    char name[NAME_MAX], number[48];
    int n = snprintf(name, sizeof name, "%s%s%s", path, *path ? "." : "", key);
    if (n < 0 || (size_t)n >= sizeof name)
        return 0;
    if (json_is_object(v) || json_is_array(v))
        return depth < DEPTH_MAX ? walk(r, v, name, depth + 1) : 0;
    if (json_is_string(v))
        return take(r, (tk_str){name, (size_t)n}, (tk_str){json_string_value(v), json_string_length(v)});
    if (json_is_integer(v) || json_is_real(v)) {
        int len = json_is_integer(v) ? snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value(v))
                                     : snprintf(number, sizeof number, "%.9f", json_real_value(v));
        return take(r, (tk_str){name, (size_t)n}, (tk_str){number, len < 0 ? 0 : (size_t)len});
    }
    return 0;
}

static int walk(struct reading *r, const json_t *v, const char *path, unsigned depth)
{
    const char *key;
    json_t *member;
    size_t i;
    int rc = 0;
    if (json_is_array(v)) {
        json_array_foreach(v, i, member) if (rc == 0 && json_is_object(member)) rc = walk(r, member, path, depth + 1);
        return rc;
    }
    json_object_foreach((json_t *)v, key, member) if (rc == 0) rc = walk_member(r, path, key, member, depth);
    return rc;
}

/* What was found lies in the document, which goes: the scratch memory keeps it. */
static int keep(struct reading *r, tk_str *s, size_t *at)
{
    *at = r->s->text.n;
    tki_buf_str(&r->s->text, *s);
    return r->s->text.err ? TK_ENOMEM : 0;
}

/* Returns 1 when it was an object, 0 when not. */
static int read_json(struct reading *r, tk_str line)
{
    json_error_t why;
    json_t *doc = json_loadb(line.p, line.n, JSON_ALLOW_NUL, &why);
    size_t level, message, level_n, message_n;
    if (!json_is_object(doc)) {
        json_decref(doc);
        return 0;
    }
    int rc = walk(r, doc, "", 0);
    level_n = r->l->level.n;
    message_n = r->l->message.n;
    rc = rc < 0 ? rc : keep(r, &r->l->level, &level);
    rc = rc < 0 ? rc : keep(r, &r->l->message, &message);
    json_decref(doc);
    if (rc < 0)
        return rc;
    tk_str text = {r->s->text.p, r->s->text.n};
    r->l->level = (tk_str){text.p + level, level_n};
    r->l->message = (tk_str){text.p + message, message_n};
    return 1;
}

/* ---- text ---- */

static bool word_char(char c)
{
    return isalnum((unsigned char)c) || (c && strchr("_.@-", c));
}

/* key=value, key: value, 'key': 'value', key="a value". */
static int read_pairs(struct reading *r, tk_str line)
{
    int rc = 0;
    for (size_t i = 1; i + 1 < line.n && rc == 0; i++) {
        if (line.p[i] != '=' && line.p[i] != ':')
            continue;
        size_t end = i, from, at = i + 1;
        if (end && (line.p[end - 1] == '"' || line.p[end - 1] == '\''))
            end--;
        for (from = end; from && word_char(line.p[from - 1]); from--)
            ;
        if (from == end || (at < line.n && line.p[at] == line.p[i]))
            continue;
        while (at < line.n && line.p[i] == ':' && line.p[at] == ' ')
            at++;
        char quote = at < line.n && (line.p[at] == '"' || line.p[at] == '\'') ? line.p[at] : 0;
        size_t start = at + (quote != 0), stop = start;
        /* Root=...;Parent=...;Sampled=1 is one value. */
        bool xray = tki_context_header((tk_str){line.p + from, end - from}) == TKI_CONTEXT_XRAY;
        const char *stops = xray ? " \t,)]}|\"'" : " \t,;)]}|\"'";
        while (stop < line.n &&
               (quote ? line.p[stop] != quote || line.p[stop - 1] == '\\' : !strchr(stops, line.p[stop])))
            stop++;
        rc = take(r, (tk_str){line.p + from, end - from}, (tk_str){line.p + start, stop - start});
    }
    return rc;
}

static bool is_hex(char c)
{
    return isdigit((unsigned char)c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Digits and what stands in headers between them. */
static size_t token(tk_str line, size_t at)
{
    size_t i = at;
    while (i < line.n && (isalnum((unsigned char)line.p[i]) || strchr("-:", line.p[i])) && line.p[i])
        i++;
    return i - at;
}

static void read_token(struct reading *r, tk_str t)
{
    struct tki_context c;
    tk_id128 id = {0};
    uint64_t span = 0;
    size_t hex = 0;
    while (hex < t.n && is_hex(t.p[hex]))
        hex++;
    if (t.n >= 50 && t.p[2] == '-' && is_hex(t.p[0]) && is_hex(t.p[1])) {
        if (tki_context_read(TKI_CONTEXT_W3C, t, &c))
            found_id(r->l, TKI_LOG_NAMED, c.trace_id, c.span_id);
        else if (t.n == 55)
            r->l->fault = c.fault;
    } else if (t.n == 35 && t.p[0] == '1' && t.p[1] == '-') {
        struct tki_pasted p;
        if (!tki_pasted_read(t, &p))
            found_id(r->l, TKI_LOG_NAMED, p.id, 0);
    } else if (hex >= 16 && hex <= 32 && t.n > hex && t.p[hex] == ':') {
        if (tki_context_read(TKI_CONTEXT_UBER, t, &c))
            found_id(r->l, TKI_LOG_NAMED, c.trace_id, c.span_id);
    } else if (hex == 32 && (t.n == 32 || t.p[32] == '-')) {
        if (t.n == 49 && !tki_hex_short((tk_str){t.p + 33, 16}, &span))
            span = 0;
        if ((t.n == 32 || t.n == 49) && tki_hex_short((tk_str){t.p, 16}, &id.hi) &&
            tki_hex_short((tk_str){t.p + 16, 16}, &id.lo))
            found_id(r->l, TKI_LOG_GUESSED, id, span);
    }
}

/* 16 digits alone, from a place on. */
static bool half_id(tk_str line, size_t at, uint64_t *id)
{
    bool alone = at + 16 <= line.n && (at + 16 == line.n || !isalnum((unsigned char)line.p[at + 16]));
    return alone && tki_hex_short((tk_str){line.p + at, 16}, id);
}

static void read_shapes(struct reading *r, tk_str line)
{
    for (size_t i = 0; i < line.n;) {
        size_t n = token(line, i);
        uint64_t half, span;
        bool before = r->l->id != TKI_LOG_NO_ID, comma = i > 1 && line.p[i - 1] == ',';
        if (n >= 32)
            read_token(r, (tk_str){line.p + i, n});
        if (n == 32 && !before && r->l->id == TKI_LOG_GUESSED && i + 33 < line.n && strchr("/,|: ", line.p[i + 32]) &&
            half_id(line, i + 33, &span))
            r->l->span_id = span;
        if (n == 16 && comma && i + 17 < line.n && line.p[i + 16] == ',' && half_id(line, i, &half) &&
            half_id(line, i + 17, &span)) /* [app,TRACE,SPAN,...] */
            found_id(r->l, TKI_LOG_NAMED, (tk_id128){0, half}, span);
        i += n ? n : 1;
    }
}

/* 29/Nov/2026:09:50:02 +0000, as access logs have it. */
static bool access_time(tk_str s, uint64_t *ns)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char to[32];
    if (s.n < 26 || s.p[2] != '/' || s.p[6] != '/' || s.p[11] != ':' || s.p[20] != ' ')
        return false;
    for (int m = 0; m < 12; m++)
        if (memcmp(months + 3 * m, s.p + 3, 3) == 0) {
            int n = snprintf(to, sizeof to, "%.4s-%02d-%.2sT%.8s%.3s:%.2s", s.p + 7, m + 1, s.p, s.p + 12, s.p + 21,
                             s.p + 24);
            return tki_parse_time((tk_str){to, (size_t)n}, ns);
        }
    return false;
}

static void read_head(struct reading *r, tk_str line)
{
    static const char *const levels[] = {"TRACE",   "DEBUG", "INFO",     "NOTICE", "WARN",
                                         "WARNING", "ERROR", "CRITICAL", "FATAL"};
    uint64_t ns;
    size_t used, most = line.n < HEAD ? line.n : HEAD;
    for (size_t i = 0; i < most && !r->time_rank; i++)
        if ((i == 0 || !isdigit((unsigned char)line.p[i - 1])) &&
            (written_time((tk_str){line.p + i, line.n - i}, &ns, &used) ||
             access_time((tk_str){line.p + i, line.n - i}, &ns))) {
            r->l->time_ns = ns;
            r->time_rank = 100;
        }
    for (size_t i = 0; i < most && !r->level_rank;) {
        size_t n = 0;
        while (i + n < line.n && isalpha((unsigned char)line.p[i + n]))
            n++;
        /* "trace" of trace_id is no level. */
        bool whole = (i + n == line.n || !memchr("_-.=/0123456789", line.p[i + n], 15)) &&
                     (i == 0 || !memchr("_-./0123456789", line.p[i - 1], 14));
        for (size_t k = 0; k < sizeof levels / sizeof *levels; k++)
            if (whole && tki_str_same_letters((tk_str){line.p + i, n}, tki_str(levels[k]))) {
                r->l->level = (tk_str){line.p + i, n};
                r->level_rank = 100;
            }
        i += n ? n : 1;
    }
}

/* What stands behind the time and the level at the start of a line. */
static tk_str without_head(const struct reading *r, tk_str line)
{
    uint64_t ns;
    size_t used = 0;
    if (!written_time(line, &ns, &used))
        used = 0;
    while (used && used < line.n && isspace((unsigned char)line.p[used]))
        used++;
    if (r->l->level.n && r->l->level.p == line.p + used) {
        used += r->l->level.n;
        while (used < line.n && (isspace((unsigned char)line.p[used]) || line.p[used] == ':'))
            used++;
    }
    return used < line.n ? (tk_str){line.p + used, line.n - used} : line;
}

static bool goes_on(tk_str line)
{
    static const char *const begins[] = {"at ", "Caused by", "Traceback", "\t", "    "};
    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++)
        if (line.n > strlen(begins[i]) && memcmp(line.p, begins[i], strlen(begins[i])) == 0)
            return true;
    return false;
}

static int read_text(struct reading *r, tk_str line)
{
    const char *brace = line.n && line.p[line.n - 1] == '}' ? tki_str_find(line, '{') : NULL;
    int rc = 0;
    if (brace) {
        rc = read_json(r, (tk_str){brace, (size_t)(line.p + line.n - brace)});
        if (rc == 1)
            line.n = (size_t)(brace - line.p); /* what stands before it is text */
    }
    if (rc >= 0)
        rc = read_pairs(r, line);
    read_shapes(r, line);
    read_head(r, line);
    if (!r->message_rank) {
        r->message_rank = 100;
        r->l->message = without_head(r, line);
    }
    return rc;
}

/* A line, or what an envelope holds. */
static int read_some(struct reading *r, tk_str line)
{
    while (line.n && isspace((unsigned char)line.p[line.n - 1]))
        line.n--;
    int rc = line.n && line.p[0] == '{' ? read_json(r, line) : 0;
    if (rc != 1)
        return rc < 0 ? rc : read_text(r, line);
    tk_str inner = r->l->message;
    if (r->l->id == TKI_LOG_NO_ID && inner.n > 1 && r->peeled++ < PEEL_MAX) {
        /* The message may be a line of its own, as container logs have it. */
        r->message_rank = 0;
        rc = read_some(r, inner);
        return rc < 0 ? rc : 0;
    }
    return 0;
}

int tki_log_line_read(struct tki_log_scratch *s, tk_str line, struct tki_log_line *l)
{
    struct reading r = {.s = s, .l = l};
    *l = (struct tki_log_line){0};
    tki_buf_reset(&s->plain);
    tki_buf_reset(&s->text);
    if (!tki_buf_room(&s->text, 2 * line.n * PEEL_MAX + 256)) /* what points into it stays */
        return TK_ENOMEM;
    for (size_t i = 0; i < line.n; i++) { /* without colours */
        if (line.p[i] == '\x1b' && i + 1 < line.n && line.p[i + 1] == '[') {
            for (i += 2; i < line.n && !isalpha((unsigned char)line.p[i]);)
                i++;
            continue;
        }
        tki_buf_putc(&s->plain, line.p[i]);
    }
    if (s->plain.err)
        return TK_ENOMEM;
    tk_str all = {s->plain.p, s->plain.n};
    int rc = read_some(&r, all);
    l->continues = l->id == TKI_LOG_NO_ID && !r.time_rank && goes_on(all);
    return rc < 0 ? rc : 0;
}

void tki_log_scratch_free(struct tki_log_scratch *s)
{
    tki_buf_free(&s->plain);
    tki_buf_free(&s->text);
}
