/* How fields are written: TraceQL's spelling and OTTL's, read and printed. */
#include "base/err.h"
#include "field/field.h"

/* ---- texts ---- */

static unsigned char peek(const struct tki_scan *s, uint32_t ahead)
{
    return s->at + ahead < s->text.n ? (unsigned char)s->text.p[s->at + ahead] : 0;
}

static bool digit(unsigned char c)
{
    return c >= '0' && c <= '9';
}

static bool letter(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
}

tk_str tki_scan_word(struct tki_scan *s)
{
    uint32_t from = s->at;
    while (letter(peek(s, 0)) || digit(peek(s, 0)))
        s->at++;
    return (tk_str){s->text.p + from, s->at - from};
}

static void put_utf8(struct tki_buf *b, uint32_t c)
{
    if (c < 0x80) {
        tki_buf_putc(b, (char)c);
    } else if (c < 0x800) {
        tki_buf_putc(b, (char)(0xc0 | c >> 6));
        tki_buf_putc(b, (char)(0x80 | (c & 63)));
    } else if (c < 0x10000) {
        tki_buf_putc(b, (char)(0xe0 | c >> 12));
        tki_buf_putc(b, (char)(0x80 | (c >> 6 & 63)));
        tki_buf_putc(b, (char)(0x80 | (c & 63)));
    } else {
        tki_buf_putc(b, (char)(0xf0 | c >> 18));
        tki_buf_putc(b, (char)(0x80 | (c >> 12 & 63)));
        tki_buf_putc(b, (char)(0x80 | (c >> 6 & 63)));
        tki_buf_putc(b, (char)(0x80 | (c & 63)));
    }
}

/* n digits of a base at s->at. */
static bool digits_of(struct tki_scan *s, unsigned n, unsigned base, uint32_t *x)
{
    *x = 0;
    for (; n; n--, s->at++) {
        unsigned char c = peek(s, 0);
        unsigned d = digit(c) ? c - (unsigned)'0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10u : 99;
        if (d >= base)
            return false;
        *x = *x * base + d;
    }
    return true;
}

/* Behind a backslash: the escapes of Go. */
static bool escape(struct tki_scan *s, struct tki_buf *b)
{
    static const char from[] = "abfnrtv\\\"", to[] = "\a\b\f\n\r\t\v\\\"";
    unsigned char c = peek(s, 0);
    const char *known = c ? strchr(from, c) : NULL;
    uint32_t x;
    if (known) {
        s->at++;
        tki_buf_putc(b, to[known - from]);
        return true;
    }
    if (c >= '0' && c <= '7') {
        if (!digits_of(s, 3, 8, &x) || x > 255)
            return false;
        tki_buf_putc(b, (char)x);
        return true;
    }
    s->at++;
    if (c == 'x') {
        if (!digits_of(s, 2, 16, &x))
            return false;
        tki_buf_putc(b, (char)x);
        return true;
    }
    if ((c != 'u' && c != 'U') || !digits_of(s, c == 'u' ? 4 : 8, 16, &x) || x > 0x10ffff ||
        (x >= 0xd800 && x < 0xe000))
        return false;
    put_utf8(b, x);
    return true;
}

int tki_scan_keep(struct tki_scan *s, struct tki_buf *b, tk_str *to)
{
    char *p = b->err ? NULL : tki_arena_alloc(s->arena, b->n + 1);
    if (p && b->n)
        memcpy(p, b->p, b->n);
    *to = (tk_str){p, b->n};
    tki_buf_free(b);
    return p ? 0 : tki_err_memory(s->err);
}

int tki_scan_quoted(struct tki_scan *s, struct tki_buf *b, bool in_name)
{
    uint32_t start = s->at;
    char quote = (char)peek(s, 0);
    for (s->at++;;) {
        unsigned char c = peek(s, 0);
        if (s->at >= s->text.n || (c == '\n' && quote == '"' && !in_name))
            return tki_err_at(s->err, TK_EUSAGE, start, "this string has no end: expected %c", quote);
        s->at++;
        if (c == quote)
            return 0;
        if (c != '\\' || quote == '`') {
            if (c != '\r' || quote != '`')
                tki_buf_putc(b, (char)c);
            continue;
        }
        uint32_t at = s->at - 1;
        if (in_name && peek(s, 0) != '"' && peek(s, 0) != '\\')
            return tki_err_at(s->err, TK_EUSAGE, at, "in a quoted name only \\\" and \\\\ are escapes");
        if (!escape(s, b))
            return tki_err_at(s->err, TK_EUSAGE, at,
                              "no such escape; a backslash is written \\\\, or the string in `back quotes`");
    }
}

/* ---- TraceQL ---- */

static bool ends_name(const struct tki_scan *s)
{
    unsigned char c = peek(s, 0);
    return s->at >= s->text.n || (c <= ' ') || strchr("{}()=~!<>&|^,", c);
}

/* The name of an attribute: up to a blank or one of {}()=~!<>&|^, with quoted parts. */
static int attribute(struct tki_scan *s, struct tki_field *f)
{
    struct tki_buf b = {0};
    uint32_t start = s->at;
    int r = 0;
    while (r == 0 && !ends_name(s)) {
        if (peek(s, 0) == '"')
            r = tki_scan_quoted(s, &b, true);
        else
            tki_buf_putc(&b, s->text.p[s->at++]);
    }
    if (r == 0 && s->at == start)
        r = tki_err_at(s->err, TK_EUSAGE, start, "expected the name of an attribute");
    if (r == 0)
        return tki_scan_keep(s, &b, &f->key);
    tki_buf_free(&b);
    return r;
}

static const char *const scopes[TKI_SCOPES] = {"", "span", "resource", "event", "link", "instrumentation"};

static bool scope_of(tk_str w, uint8_t *scope)
{
    for (uint8_t i = 1; i < TKI_SCOPES; i++)
        if (tki_str_eq(w, tki_str(scopes[i]))) {
            *scope = i;
            return true;
        }
    return false;
}

/* TraceQL has ids as text. */
static uint8_t traceql_form(uint8_t id)
{
    return tki_fields[id].traits & TKI_T_ID ? TKI_AS_TEXT : TKI_AS_VALUE;
}

static void set_id(struct tki_field *f, uint8_t id)
{
    f->id = id;
    f->form = traceql_form(id);
    f->key = (tk_str){0};
}

static bool old_spelling(tk_str w, struct tki_field *f)
{
    for (uint8_t i = 0; i < TKI_F_COUNT; i++)
        if (tki_fields[i].old && tki_str_eq(w, tki_str(tki_fields[i].old))) {
            set_id(f, i);
            return true;
        }
    return false;
}

/* Behind "parent.": an attribute with or without its scope, or a field. */
static int parent_field(struct tki_scan *s, struct tki_field *f)
{
    uint32_t start = s->at;
    tk_str w = tki_scan_word(s);
    f->parent = true;
    if (scope_of(w, &f->scope) && (f->scope == TKI_SCOPE_SPAN || f->scope == TKI_SCOPE_RESOURCE) && peek(s, 0) == '.') {
        s->at++;
        return attribute(s, f);
    }
    f->scope = TKI_SCOPE_ANY;
    s->at = start;
    int r = attribute(s, f);
    if (r == 0 && !TKI_STR_IS(f->key, "parent"))
        (void)old_spelling(f->key, f);
    return r;
}

/* Behind "span:" and the like. */
static int scoped_field(struct tki_scan *s, struct tki_field *f, tk_str scope)
{
    struct tki_buf names = {0};
    uint32_t at = s->at;
    tk_str w = tki_scan_word(s);
    for (uint8_t i = 0; i < TKI_F_COUNT; i++) {
        tk_str full = tki_str(tki_fields[i].traceql);
        if (!full.n || !tki_str_starts(full, scope) || full.p[scope.n] != ':')
            continue;
        tk_str rest = {full.p + scope.n + 1, full.n - scope.n - 1};
        if (tki_str_eq(rest, w)) {
            tki_buf_free(&names);
            set_id(f, i);
            return 0;
        }
        tki_buf_printf(&names, " %.*s", (int)rest.n, rest.p);
    }
    if (!names.n)
        return tki_err_at(s->err, TK_EUSAGE, at - 1, "expected %.*s. and an attribute", (int)scope.n, scope.p);
    tki_buf_putc(&names, '\0');
    int r = tki_err_at(s->err, TK_EUSAGE, at, "expected a field of %.*s:, one of%s", (int)scope.n, scope.p,
                       names.err ? "" : names.p);
    tki_buf_free(&names);
    return r;
}

/* service and service.name, which everybody calls so: no other field begins with that word. */
static bool service_field(struct tki_scan *s, tk_str w, struct tki_field *f)
{
    struct tki_scan ahead = *s;
    if (!TKI_STR_IS(w, "service"))
        return false;
    if (tki_str_starts((tk_str){s->text.p + s->at, s->text.n - s->at}, TKI_STR(".name")))
        ahead.at += sizeof ".name" - 1;
    if (!ends_name(&ahead))
        return false;
    s->at = ahead.at;
    *f = tki_field_attr(TKI_SCOPE_RESOURCE, TKI_STR("service.name"));
    return true;
}

/* 1: the word there was a field, or an attribute in a scope; 0: it is none, and s->at stands behind it. */
static int word_field(struct tki_scan *s, struct tki_field *f)
{
    tk_str w = tki_scan_word(s);
    int r;
    if (TKI_STR_IS(w, "parent") && peek(s, 0) == '.') {
        s->at++;
        r = parent_field(s, f);
        return r < 0 ? r : 1;
    }
    if (service_field(s, w, f))
        return 1;
    bool scope = scope_of(w, &f->scope), trace = TKI_STR_IS(w, "trace");
    if (peek(s, 0) == ':' && (scope || trace)) {
        s->at++;
        f->scope = TKI_SCOPE_ANY;
        r = scoped_field(s, f, w);
        return r < 0 ? r : 1;
    }
    if (peek(s, 0) == '.' && trace)
        return tki_err_at(s->err, TK_EUSAGE, s->at, "a trace has no attributes: expected trace: and a field");
    if (peek(s, 0) == '.' && scope) {
        s->at++;
        r = attribute(s, f);
        return r < 0 ? r : 1;
    }
    f->scope = TKI_SCOPE_ANY;
    return old_spelling(w, f);
}

int tki_field_scan(struct tki_scan *s, struct tki_field *f)
{
    uint32_t start = s->at;
    int r = 0;
    *f = (struct tki_field){.id = TKI_F_ATTR};
    if (peek(s, 0) == '.') {
        s->at++;
        r = attribute(s, f);
        return r < 0 ? r : 1;
    }
    if (letter(peek(s, 0)))
        r = word_field(s, f);
    if (r == 0)
        s->at = start;
    return r;
}

static void put_name(struct tki_buf *to, tk_str name, bool quote)
{
    quote |= name.n == 0 || (name.p[0] >= '0' && name.p[0] <= '9');
    for (size_t i = 0; i < name.n && !quote; i++)
        quote = (unsigned char)name.p[i] <= ' ' || strchr("{}()=~!<>&|^,\"\\", name.p[i]);
    if (!quote) {
        tki_buf_str(to, name);
        return;
    }
    /* Names know two escapes only. */
    tki_buf_putc(to, '"');
    for (size_t i = 0; i < name.n; i++) {
        if (name.p[i] == '"' || name.p[i] == '\\')
            tki_buf_putc(to, '\\');
        tki_buf_putc(to, name.p[i]);
    }
    tki_buf_putc(to, '"');
}

/* ---- OTTL ---- */

/* Where the paths of a context are; the first two contexts need not be written. */
static const struct {
    const char *word;
    enum tki_scope scope;
} contexts[] = {{"span", TKI_SCOPE_SPAN},
                {"spanevent", TKI_SCOPE_EVENT},
                {"resource", TKI_SCOPE_RESOURCE},
                {"scope", TKI_SCOPE_INSTRUMENTATION},
                {"instrumentation_scope", TKI_SCOPE_INSTRUMENTATION}};
enum { CONTEXTS = sizeof contexts / sizeof *contexts };

/* Cuts a word and its dot off the start of path. */
static bool take_word(tk_str *path, const char *word)
{
    size_t n = strlen(word);
    if (path->n <= n || memcmp(path->p, word, n) != 0 || path->p[n] != '.')
        return false;
    *path = (tk_str){path->p + n + 1, path->n - n - 1};
    return true;
}

static bool take_end(tk_str *path, const char *end)
{
    size_t n = strlen(end);
    if (path->n <= n || memcmp(path->p + path->n - n, end, n) != 0)
        return false;
    path->n -= n;
    return true;
}

/* The fields that several scopes have, and OTTL in which. */
static bool shared_field(tk_str path, enum tki_scope scope, bool keyed, struct tki_field *f)
{
    f->scope = (uint8_t)scope;
    if (TKI_STR_IS(path, "attributes")) {
        f->id = keyed ? TKI_F_ATTR : TKI_F_ATTRS;
        return true;
    }
    f->id = TKI_STR_IS(path, "schema_url") ? TKI_F_SCHEMA_URL : TKI_F_DROPPED_ATTRS;
    if (f->id == TKI_F_SCHEMA_URL)
        return !keyed && (scope == TKI_SCOPE_RESOURCE || scope == TKI_SCOPE_INSTRUMENTATION);
    return !keyed && TKI_STR_IS(path, "dropped_attributes_count");
}

/* The field without context or suffix. */
static bool find_ottl(const char *context, tk_str path, bool keyed, struct tki_field *f)
{
    for (uint8_t i = TKI_F_ATTRS + 1; i < TKI_F_COUNT; i++) {
        tk_str full = tki_str(tki_fields[i].ottl);
        if (!full.n || !take_word(&full, context) || !tki_str_eq(full, path))
            continue;
        if (keyed != (i == TKI_F_STATE_MEMBER))
            continue;
        f->id = i;
        return true;
    }
    return false;
}

/* What may stand behind a field, and what it makes of it. */
static bool take_form(tk_str *path, struct tki_field *f)
{
    f->form = take_end(path, ".deprecated_string") ? TKI_AS_DEPRECATED
              : take_end(path, ".string")          ? TKI_AS_STRING
              : take_end(path, "_unix_nano")       ? TKI_AS_UNIX
                                                   : TKI_AS_VALUE;
    return f->form != TKI_AS_VALUE;
}

static bool has_form(const struct tki_field *f)
{
    uint8_t type = tki_fields[f->id].type;
    switch ((enum tki_field_form)f->form) {
    case TKI_AS_STRING: return type == TKI_V_ID || type == TKI_V_KIND;
    case TKI_AS_DEPRECATED: return type == TKI_V_KIND;
    case TKI_AS_UNIX: return type == TKI_V_TIME;
    default: return true;
    }
}

bool tki_field_ottl(tk_str path, enum tki_ottl_context context, bool keyed, struct tki_field *f)
{
    size_t c = context == TKI_OTTL_EVENT;
    *f = (struct tki_field){0};
    for (size_t i = 0; i < CONTEXTS; i++)
        if (take_word(&path, contexts[i].word)) {
            c = i;
            break;
        }
    if (contexts[c].scope == TKI_SCOPE_EVENT && context != TKI_OTTL_EVENT)
        return false;
    if (shared_field(path, contexts[c].scope, keyed, f))
        return true;
    *f = (struct tki_field){0};
    if (take_form(&path, f) && keyed)
        return false;
    const char *word = contexts[c].scope == TKI_SCOPE_INSTRUMENTATION ? "scope" : contexts[c].word;
    return find_ottl(word, path, keyed, f) && has_form(f);
}

int tki_field_parse(tk_str text, struct tki_arena *arena, struct tki_field *f, struct tk_err *err)
{
    struct tki_scan s = {.text = text, .arena = arena, .err = err};
    if (text.n > UINT32_MAX)
        return tki_err_set(err, TK_ELIMIT, "a field of more than 4 GiB");
    int r = tki_field_scan(&s, f);
    if (r < 0)
        return r;
    if (r == 0)
        return tki_err_at(err, TK_EUSAGE, 0,
                          "expected a field: span.KEY, resource.KEY, name, kind, ... or trace:duration");
    return s.at == text.n ? 0 : tki_err_at(err, TK_EUSAGE, s.at, "expected the end of the field");
}

int tki_field_parse_ottl(tk_str text, enum tki_ottl_context context, struct tki_arena *arena, struct tki_field *f,
                         struct tk_err *err)
{
    struct tki_scan s = {.text = text, .arena = arena, .err = err};
    const char *open = tki_str_find(text, '[');
    tk_str path = {text.p, open ? (size_t)(open - text.p) : text.n};
    if (text.n > UINT32_MAX)
        return tki_err_set(err, TK_ELIMIT, "a path of more than 4 GiB");
    if (!tki_field_ottl(path, context, open != NULL, f))
        return tki_err_at(err, TK_EUSAGE, 0, "no such path%s", open ? " with a key" : "");
    if (!open)
        return 0;
    struct tki_buf b = {0};
    s.at = (uint32_t)path.n + 1;
    int r = peek(&s, 0) == '"' ? tki_scan_quoted(&s, &b, false)
                               : tki_err_at(err, TK_EUSAGE, s.at, "expected a key in double quotes");
    if (r == 0 && (peek(&s, 0) != ']' || s.at + 1 != text.n))
        r = tki_err_at(err, TK_EUSAGE, s.at, "expected ] and the end of the path");
    if (r == 0)
        return tki_scan_keep(&s, &b, &f->key);
    tki_buf_free(&b);
    return r;
}

/* ---- printing ---- */

static void print_ottl(struct tki_buf *to, const struct tki_field *f)
{
    static const char *const ends[] = {"", "", ".string", ".deprecated_string", "_unix_nano"};
    const char *path = tki_fields[f->id].ottl;
    for (size_t i = 0; i < CONTEXTS - 1 && !memchr(path, '.', strlen(path)); i++)
        if (contexts[i].scope == (enum tki_scope)f->scope) {
            tki_buf_str(to, tki_str(contexts[i].word));
            tki_buf_putc(to, '.');
        }
    tki_buf_str(to, tki_str(path));
    tki_buf_str(to, tki_str(ends[f->form]));
    if (f->id == TKI_F_STATE_MEMBER) {
        struct tki_value key = {.type = TKI_V_STRING, .v.s = f->key};
        tki_buf_putc(to, '[');
        tki_value_print(to, &key, true);
        tki_buf_putc(to, ']');
    }
}

void tki_field_print(struct tki_buf *to, const struct tki_field *f)
{
    const struct tki_field_info *info = &tki_fields[f->id];
    bool any = f->scope == TKI_SCOPE_ANY;
    if (f->parent)
        tki_buf_lit(to, "parent.");
    if (f->id == TKI_F_ATTR) {
        tki_buf_str(to, tki_str(scopes[f->scope]));
        if (!f->parent || !any)
            tki_buf_putc(to, '.');
        put_name(to, f->key, f->parent && any && tki_str_find(f->key, '.'));
    } else if (info->ottl && (f->form != traceql_form(f->id) || (!info->traceql && !info->old))) {
        print_ottl(to, f);
    } else {
        tki_buf_str(to, tki_str(!info->traceql || f->parent ? info->old : info->traceql));
    }
}
