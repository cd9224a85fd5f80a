#include "sample/yaml.h"

#include <errno.h>
#include <libfyaml.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/num.h"

/* ---- opening ---- */

static int read_file(const char *path, char **text, size_t *n, struct tk_err *err)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return tki_err_sys(err, "cannot open");
    struct tki_buf b = {.max = TKI_YAML_MAX};
    char *to;
    while ((to = tki_buf_room(&b, 65536)) != NULL) {
        size_t got = fread(to, 1, 65536, f);
        b.n += got;
        if (got == 0)
            break;
    }
    int e = errno;
    if (ferror(f)) {
        errno = e;
        tki_err_sys(err, "cannot read");
        b.err = TK_EIO;
    } else if (b.err) {
        tki_err_set(err, b.err, b.err == TK_ELIMIT ? "larger than 16 MiB: not a configuration" : "out of memory");
    }
    fclose(f);
    if (b.err) {
        int code = b.err;
        tki_buf_free(&b);
        return code;
    }
    *text = b.p;
    *n = b.n;
    return 0;
}

static void place(struct tk_err *err, const char *path, int line, int column)
{
    char name[sizeof err->source];
    if (!err)
        return;
    if (line > 0)
        snprintf(name, sizeof name, "%s:%d:%d", path, line, column);
    else
        snprintf(name, sizeof name, "%s", path);
    tki_err_source(err, name);
}

static int parse_error(struct tki_yaml *y, struct tk_err *err)
{
    void *at = NULL;
    const struct fy_diag_error *e = fy_diag_errors_iterate(y->diag, &at);
    if (!e)
        return tki_err_set(err, TK_EUSAGE, "not valid YAML");
    place(err, y->path, e->line, e->column);
    return tki_err_set(err, TK_EUSAGE, "not valid YAML: %s", e->msg);
}

int tki_yaml_open(struct tki_yaml *y, const char *path, struct tki_arena *arena, struct tk_err *err)
{
    size_t n = 0;
    *y = (struct tki_yaml){.arena = arena, .path = strdup(path)};
    if (!y->path)
        return tki_err_memory(err);
    place(err, path, 0, 0);
    int rc = read_file(path, &y->text, &n, err);
    if (rc < 0) {
        tki_yaml_close(y);
        return rc;
    }
    struct fy_diag_cfg dc;
    fy_diag_cfg_default(&dc);
    dc.fp = NULL;
    dc.colorize = false;
    y->diag = fy_diag_create(&dc);
    if (!y->diag) {
        tki_yaml_close(y);
        return tki_err_memory(err);
    }
    fy_diag_set_collect_errors(y->diag, true);
    struct fy_parse_cfg cfg = {.flags = FYPCF_RESOLVE_DOCUMENT, .diag = y->diag};
    y->document = n ? fy_document_build_from_string(&cfg, y->text, n) : NULL;
    if (n && !y->document) {
        rc = parse_error(y, err);
        tki_yaml_close(y);
        return rc;
    }
    y->root = y->document ? fy_document_root(y->document) : NULL;
    return 0;
}

void tki_yaml_close(struct tki_yaml *y)
{
    if (y->document)
        fy_document_destroy(y->document);
    if (y->diag)
        fy_diag_destroy(y->diag);
    free(y->text);
    free(y->path);
    *y = (struct tki_yaml){0};
}

/* ---- walking ---- */

/* A mapping or a list has no position of its own in the library: its first scalar stands for it. */
struct tki_pos tki_yaml_pos(struct fy_node *node)
{
    while (node && !fy_node_is_scalar(node)) {
        struct fy_node *first = NULL;
        if (fy_node_is_mapping(node)) {
            struct fy_node_pair *pair = fy_node_mapping_get_by_index(node, 0);
            first = pair ? fy_node_pair_key(pair) : NULL;
        } else if (fy_node_is_sequence(node)) {
            first = fy_node_sequence_get_by_index(node, 0);
        }
        if (!first)
            return (struct tki_pos){0};
        node = first;
    }
    struct fy_token *token = node ? fy_node_get_scalar_token(node) : NULL;
    const struct fy_mark *mark = token ? fy_token_start_mark(token) : NULL;
    if (!mark)
        return (struct tki_pos){0};
    return (struct tki_pos){mark->line + 1, mark->column + 1};
}

int tki_yaml_fail(const struct tki_yaml *y, struct fy_node *node, int code, struct tk_err *err, const char *format, ...)
{
    char text[sizeof err->text];
    struct tki_pos pos = tki_yaml_pos(node);
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    place(err, y->path, pos.line, pos.column);
    return tki_err_set(err, code, "%s", text);
}

bool tki_yaml_is_map(struct fy_node *node)
{
    return node && fy_node_is_mapping(node);
}

bool tki_yaml_is_list(struct fy_node *node)
{
    return node && fy_node_is_sequence(node);
}

static bool plain(struct fy_node *node)
{
    return fy_node_get_style(node) == FYNS_PLAIN && !fy_node_get_tag_token(node);
}

static bool null_text(tk_str s)
{
    return s.n == 0 || TKI_STR_IS(s, "~") || TKI_STR_IS(s, "null") || TKI_STR_IS(s, "Null") || TKI_STR_IS(s, "NULL");
}

bool tki_yaml_is_null(struct fy_node *node)
{
    return !node || (fy_node_is_scalar(node) && plain(node) && null_text(tki_yaml_text(node)));
}

size_t tki_yaml_count(struct fy_node *node)
{
    int n = 0;
    if (tki_yaml_is_map(node))
        n = fy_node_mapping_item_count(node);
    else if (tki_yaml_is_list(node))
        n = fy_node_sequence_item_count(node);
    return n > 0 ? (size_t)n : 0;
}

struct fy_node *tki_yaml_item(struct fy_node *list, size_t i)
{
    return fy_node_sequence_get_by_index(list, (int)i);
}

tk_str tki_yaml_text(struct fy_node *scalar)
{
    size_t n = 0;
    const char *p = scalar && fy_node_is_scalar(scalar) ? fy_node_get_scalar(scalar, &n) : NULL;
    return p ? (tk_str){p, n} : (tk_str){0};
}

struct fy_node *tki_yaml_pair(struct fy_node *map, size_t i, tk_str *key, struct fy_node **key_node)
{
    struct fy_node_pair *pair = fy_node_mapping_get_by_index(map, (int)i);
    struct fy_node *k = pair ? fy_node_pair_key(pair) : NULL;
    *key = tki_yaml_text(k);
    if (key_node)
        *key_node = k;
    return pair ? fy_node_pair_value(pair) : NULL;
}

struct fy_node *tki_yaml_get(struct fy_node *map, const char *key)
{
    size_t n = tki_yaml_is_map(map) ? tki_yaml_count(map) : 0;
    for (size_t i = 0; i < n; i++) {
        tk_str k;
        struct fy_node *value = tki_yaml_pair(map, i, &k, NULL);
        if (tki_str_eq(k, tki_str(key)))
            return value;
    }
    return NULL;
}

/* ---- variables ---- */

static bool name_char(char c, bool first)
{
    return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (!first && c >= '0' && c <= '9');
}

/* The inside of `${...}`: appends its value. */
static int expand_one(const struct tki_yaml *y, struct fy_node *node, tk_str in, struct tki_buf *out,
                      struct tk_err *err)
{
    tk_str all = in;
    if (tki_str_starts(in, TKI_STR("env:"))) {
        in.p += 4;
        in.n -= 4;
    }
    char name[256];
    size_t n = 0;
    while (n < in.n && n < sizeof name - 1 && name_char(in.p[n], n == 0)) {
        name[n] = in.p[n];
        n++;
    }
    name[n] = '\0';
    tk_str rest = {in.p + n, in.n - n};
    if (n == 0 || (rest.n && !tki_str_starts(rest, TKI_STR(":-")))) {
        if (rest.n && rest.p[0] == ':')
            return tki_yaml_fail(y, node, TK_EUNSUPPORTED, err, "${%.*s}: only environment variables are expanded",
                                 (int)(all.n < 100 ? all.n : 100), all.p);
        return tki_yaml_fail(y, node, TK_EUSAGE, err, "${%.*s}: not the name of an environment variable",
                             (int)(all.n < 100 ? all.n : 100), all.p);
    }
    const char *value = getenv(name);
    if (value)
        tki_buf_str(out, tki_str(value));
    else if (rest.n)
        tki_buf_put(out, rest.p + 2, rest.n - 2);
    return 0;
}

/* Expands variables and `$$`; *whole is set when the value is one variable and nothing else. */
static int expand(const struct tki_yaml *y, struct fy_node *node, tk_str in, tk_str *to, bool *whole,
                  struct tk_err *err)
{
    *whole = false;
    *to = in;
    if (!in.n || !memchr(in.p, '$', in.n))
        return 0;
    struct tki_buf out = {.max = TKI_YAML_MAX};
    int rc = 0;
    for (size_t i = 0; i < in.n && rc == 0;) {
        const char *close = NULL;
        if (in.p[i] == '$' && i + 1 < in.n && in.p[i + 1] == '$') {
            tki_buf_putc(&out, '$');
            i += 2;
            continue;
        }
        if (in.p[i] == '$' && i + 1 < in.n && in.p[i + 1] == '{')
            close = memchr(in.p + i, '}', in.n - i);
        if (!close) {
            tki_buf_putc(&out, in.p[i++]);
            continue;
        }
        size_t end = (size_t)(close - in.p);
        rc = expand_one(y, node, (tk_str){in.p + i + 2, end - i - 2}, &out, err);
        *whole = i == 0 && end + 1 == in.n;
        i = end + 1;
    }
    char *copy = rc == 0 && !out.err ? tki_arena_alloc(y->arena, out.n + 1) : NULL;
    if (copy) {
        if (out.n)
            memcpy(copy, out.p, out.n);
        copy[out.n] = '\0';
        *to = (tk_str){copy, out.n};
    } else if (rc == 0) {
        rc = tki_err_memory(err);
    }
    tki_buf_free(&out);
    return rc;
}

/* ---- values ---- */

enum scalar_type { T_NULL, T_BOOL, T_INT, T_FLOAT, T_TEXT };

struct scalar {
    enum scalar_type type;
    bool variable; /* the whole value came from a variable: text serves as text whatever it looks like */
    bool b;
    int64_t i;
    double d;
    tk_str text;
};

static bool parse_int(tk_str s, int64_t *to)
{
    char digits[72];
    size_t n = 0;
    bool minus = s.n && s.p[0] == '-';
    size_t i = s.n && (s.p[0] == '-' || s.p[0] == '+');
    int base = 10;
    if (s.n - i > 2 && s.p[i] == '0' && (s.p[i + 1] == 'x' || s.p[i + 1] == 'o' || s.p[i + 1] == 'b')) {
        base = s.p[i + 1] == 'x' ? 16 : s.p[i + 1] == 'o' ? 8 : 2;
        i += 2;
    } else if (s.n - i > 1 && s.p[i] == '0') {
        base = 8; /* 0755, as the collector's YAML library takes it */
        i++;
    }
    for (; i < s.n; i++) {
        if (s.p[i] == '_')
            continue;
        if (n == sizeof digits - 1)
            return false;
        digits[n++] = s.p[i];
    }
    digits[n] = '\0';
    char *end;
    if (n == 0 || digits[0] == '-' || digits[0] == '+' || digits[0] == ' ')
        return false;
    errno = 0;
    unsigned long long u = strtoull(digits, &end, base);
    if (*end || errno || u > (uint64_t)INT64_MAX + (minus ? 1 : 0))
        return false;
    *to = minus ? (int64_t)(0 - (uint64_t)u) : (int64_t)u;
    return true;
}

static bool parse_float(tk_str s, double *to)
{
    tk_str t = s;
    bool minus = t.n && t.p[0] == '-';
    if (t.n && (t.p[0] == '-' || t.p[0] == '+')) {
        t.p++;
        t.n--;
    }
    if (TKI_STR_IS(t, ".inf") || TKI_STR_IS(t, ".Inf") || TKI_STR_IS(t, ".INF")) {
        *to = minus ? -INFINITY : INFINITY;
        return true;
    }
    if (TKI_STR_IS(s, ".nan") || TKI_STR_IS(s, ".NaN") || TKI_STR_IS(s, ".NAN")) {
        *to = NAN;
        return true;
    }
    char z[64];
    if (t.n == 0 || t.n >= sizeof z || !strchr(".0123456789", t.p[0]))
        return false;
    for (size_t i = 0; i < t.n; i++)
        if (!strchr("0123456789.eE+-", t.p[i]))
            return false;
    memcpy(z, t.p, t.n);
    z[t.n] = '\0';
    char *end;
    double d = strtod(z, &end);
    if (*end || end == z)
        return false;
    *to = minus ? -d : d;
    return true;
}

static void resolve(struct scalar *v)
{
    tk_str s = v->text;
    v->type = T_TEXT;
    if (null_text(s)) {
        v->type = T_NULL;
    } else if (TKI_STR_IS(s, "true") || TKI_STR_IS(s, "True") || TKI_STR_IS(s, "TRUE")) {
        v->type = T_BOOL;
        v->b = true;
    } else if (TKI_STR_IS(s, "false") || TKI_STR_IS(s, "False") || TKI_STR_IS(s, "FALSE")) {
        v->type = T_BOOL;
    } else if (parse_int(s, &v->i)) {
        v->type = T_INT;
    } else if (parse_float(s, &v->d)) {
        v->type = T_FLOAT;
    }
}

static int get_scalar(const struct tki_yaml *y, struct fy_node *node, struct scalar *v, const char *what,
                      struct tk_err *err)
{
    *v = (struct scalar){0};
    if (tki_yaml_is_null(node))
        return 0;
    if (!fy_node_is_scalar(node))
        return tki_yaml_fail(y, node, TK_EUSAGE, err, "%s: a %s where a single value is expected", what,
                             fy_node_is_mapping(node) ? "mapping" : "list");
    int rc = expand(y, node, tki_yaml_text(node), &v->text, &v->variable, err);
    if (rc < 0)
        return rc;
    size_t n = 0;
    const char *tag = fy_node_get_tag(node, &n);
    bool text =
        fy_node_get_style(node) != FYNS_PLAIN || (tag && TKI_STR_IS(((tk_str){tag, n}), "tag:yaml.org,2002:str"));
    if (v->variable && v->text.n && (v->text.p[0] == '[' || v->text.p[0] == '{'))
        return tki_yaml_fail(y, node, TK_EUNSUPPORTED, err,
                             "%s: a variable that holds a list or a mapping is not expanded", what);
    if (text && !v->variable)
        v->type = T_TEXT;
    else
        resolve(v);
    return 0;
}

static const char *const type_names[] = {"nothing", "a boolean", "a whole number", "a number", "text"};

static int wrong_type(const struct tki_yaml *y, struct fy_node *node, const struct scalar *v, const char *what,
                      const char *wanted, struct tk_err *err)
{
    return tki_yaml_fail(y, node, TK_EUSAGE, err, "%s: expected %s, got %s (%.*s)%s", what, wanted, type_names[v->type],
                         (int)(v->text.n < 60 ? v->text.n : 60), v->text.n ? v->text.p : "",
                         wanted[0] == 't' ? ": write it in quotes" : "");
}

int tki_yaml_text_value(const struct tki_yaml *y, struct fy_node *node, tk_str *to, const char *what,
                        struct tk_err *err)
{
    struct scalar v;
    int rc = get_scalar(y, node, &v, what, err);
    if (rc < 0)
        return rc;
    if (v.type != T_TEXT && v.type != T_NULL && !v.variable)
        return wrong_type(y, node, &v, what, "text", err);
    *to = v.text.n && (v.type != T_NULL || v.variable) ? v.text : TKI_STR("");
    return 0;
}

static int get_texts(const struct tki_yaml *y, struct fy_node *node, struct tki_strings *to, const char *what,
                     struct tk_err *err)
{
    *to = (struct tki_strings){0};
    if (tki_yaml_is_null(node))
        return 0;
    if (!tki_yaml_is_list(node))
        return tki_yaml_fail(y, node, TK_EUSAGE, err, "%s: expected a list", what);
    size_t n = tki_yaml_count(node);
    to->s = tki_arena_alloc(y->arena, n * sizeof *to->s);
    to->node = tki_arena_alloc(y->arena, n * sizeof(struct fy_node *));
    if (!to->s || !to->node)
        return tki_err_memory(err);
    for (size_t i = 0; i < n; i++) {
        to->node[i] = tki_yaml_item(node, i);
        int rc = tki_yaml_text_value(y, to->node[i], &to->s[i], what, err);
        if (rc < 0)
            return rc;
    }
    to->n = n;
    return 0;
}

/* Go's time.ParseDuration. */
static bool parse_duration(tk_str s, int64_t *to)
{
    static const struct {
        const char *unit;
        double ns;
    } units[] = {{"ns", 1},   {"us", 1e3}, {"\xc2\xb5s", 1e3}, {"\xce\xbcs", 1e3},
                 {"ms", 1e6}, {"s", 1e9},  {"m", 6e10},        {"h", 3.6e12}};
    bool minus = s.n && s.p[0] == '-';
    size_t i = s.n && (s.p[0] == '-' || s.p[0] == '+');
    double total = 0;
    if (s.n - i == 1 && s.p[i] == '0') {
        *to = 0;
        return true;
    }
    if (i == s.n)
        return false;
    while (i < s.n) {
        double x = 0, scale = 1;
        size_t digits = 0;
        for (; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++, digits++)
            x = x * 10 + (s.p[i] - '0');
        if (i < s.n && s.p[i] == '.')
            for (i++; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++, digits++)
                x += (s.p[i] - '0') * (scale /= 10);
        size_t from = i;
        while (i < s.n && s.p[i] != '.' && (s.p[i] < '0' || s.p[i] > '9'))
            i++;
        size_t u = 0;
        while (u < sizeof units / sizeof *units && !tki_str_eq(tki_str(units[u].unit), (tk_str){s.p + from, i - from}))
            u++;
        if (digits == 0 || u == sizeof units / sizeof *units)
            return false;
        total += x * units[u].ns;
    }
    if (total >= 9.2e18)
        return false;
    *to = (int64_t)(minus ? -total : total);
    return true;
}

static int get_whole(const struct tki_yaml *y, struct fy_node *node, enum tki_field_kind kind, int64_t *to,
                     const char *what, struct tk_err *err)
{
    struct scalar v;
    int rc = get_scalar(y, node, &v, what, err);
    if (rc < 0)
        return rc;
    if (v.type == T_NULL) {
        *to = 0;
        return 0;
    }
    if (kind == TKI_FIELD_DURATION && v.type == T_TEXT) {
        if (!parse_duration(v.text, to))
            return wrong_type(y, node, &v, what, "a duration such as 30s", err);
        return 0;
    }
    if (v.type == T_FLOAT && v.d == trunc(v.d) && fabs(v.d) < 9007199254740992.0) {
        v.i = (int64_t)v.d;
        v.type = T_INT;
    }
    if (v.type != T_INT)
        return wrong_type(y, node, &v, what, kind == TKI_FIELD_DURATION ? "a duration such as 30s" : "a whole number",
                          err);
    if (kind == TKI_FIELD_U64 && v.i < 0)
        return wrong_type(y, node, &v, what, "a whole number that is not negative", err);
    if (kind == TKI_FIELD_I32 && (v.i < INT32_MIN || v.i > INT32_MAX))
        return wrong_type(y, node, &v, what, "a whole number of 32 bits", err);
    *to = v.i;
    return 0;
}

static int get_double(const struct tki_yaml *y, struct fy_node *node, double *to, const char *what, struct tk_err *err)
{
    struct scalar v;
    int rc = get_scalar(y, node, &v, what, err);
    if (rc < 0)
        return rc;
    if (v.type != T_NULL && v.type != T_INT && v.type != T_FLOAT)
        return wrong_type(y, node, &v, what, "a number", err);
    *to = v.type == T_INT ? (double)v.i : v.type == T_FLOAT ? v.d : 0;
    return 0;
}

static int get_bool(const struct tki_yaml *y, struct fy_node *node, bool *to, const char *what, struct tk_err *err)
{
    struct scalar v;
    int rc = get_scalar(y, node, &v, what, err);
    if (rc < 0)
        return rc;
    if (v.type != T_NULL && v.type != T_BOOL)
        return wrong_type(y, node, &v, what, "a boolean (true or false)", err);
    *to = v.b;
    return 0;
}

static int decode_field(const struct tki_yaml *y, struct fy_node *node, const struct tki_field *f, void *to,
                        struct tk_err *err)
{
    void *at = (char *)to + f->offset;
    switch (f->kind) {
    case TKI_FIELD_STRING: return tki_yaml_text_value(y, node, at, f->name, err);
    case TKI_FIELD_STRINGS: return get_texts(y, node, at, f->name, err);
    case TKI_FIELD_BOOL: return get_bool(y, node, at, f->name, err);
    case TKI_FIELD_DOUBLE: return get_double(y, node, at, f->name, err);
    case TKI_FIELD_NODE: *(struct fy_node **)at = node; return 0;
    case TKI_FIELD_ANY: return 0;
    case TKI_FIELD_I64:
    case TKI_FIELD_I32:
    case TKI_FIELD_U64:
    case TKI_FIELD_DURATION: break;
    }
    return get_whole(y, node, f->kind, at, f->name, err);
}

static int unknown_key(const struct tki_yaml *y, struct fy_node *node, tk_str key, const struct tki_field *fields,
                       const char *what, struct tk_err *err)
{
    struct tki_buf known = {.max = 4096};
    for (const struct tki_field *f = fields; f->name; f++)
        tki_buf_printf(&known, "%s%s", known.n ? ", " : "", f->name);
    tki_buf_putc(&known, '\0');
    int rc = tki_yaml_fail(y, node, TK_EUSAGE, err, "unknown key '%.*s' in %s (known: %s)",
                           (int)(key.n < 60 ? key.n : 60), key.n ? key.p : "", what,
                           known.err     ? ""
                           : known.n > 1 ? known.p
                                         : "none");
    tki_buf_free(&known);
    return rc;
}

int tki_yaml_decode(const struct tki_yaml *y, struct fy_node *map, const struct tki_field *fields, void *to,
                    const char *what, struct tk_err *err)
{
    if (tki_yaml_is_null(map))
        return 0;
    if (!tki_yaml_is_map(map))
        return tki_yaml_fail(y, map, TK_EUSAGE, err, "%s: expected a mapping", what);
    size_t n = tki_yaml_count(map);
    for (size_t i = 0; i < n; i++) {
        tk_str key;
        struct fy_node *key_node;
        struct fy_node *value = tki_yaml_pair(map, i, &key, &key_node);
        const struct tki_field *f = fields;
        while (f->name && !tki_str_eq(tki_str(f->name), key))
            f++;
        if (!f->name)
            return unknown_key(y, key_node, key, fields, what, err);
        int rc = decode_field(y, value, f, to, err);
        if (rc < 0)
            return rc;
    }
    return 0;
}
