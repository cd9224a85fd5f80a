/* Mappings against tables of the keys they may hold. */
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/err.h"
#include "base/num.h"
#include "base/time.h"
#include "sample/config/yaml_scalar.h"

/* ---- what has no value ---- */

/* Warns of a setting in which a variable has no value, and says what it is then, here and in the collector. */
__attribute__((format(printf, 5, 6))) static int tell_unset(const struct tki_yaml *y, const struct tki_yaml_node *node,
                                                            const struct tki_scalar *v, const char *what,
                                                            const char *format, ...)
{
    char given[128];
    va_list ap;
    if (v->unset.n == 0)
        return 0;
    va_start(ap, format);
    vsnprintf(given, sizeof given, format, ap);
    va_end(ap);
    int rc = tki_warn(y->warnings, "%s:%d: %.*s: that gives %s for %s, as in the collector", node->pos.file,
                      node->pos.line, (int)(v->unset.n < 200 ? v->unset.n : 200), v->unset.p, given, what);
    return rc < 0 ? tki_err_memory(y->err) : 0;
}

/* Warns of what the collector accepts by accident, and says what it makes of it. */
__attribute__((format(printf, 3, 4))) static int
tell_accident(const struct tki_yaml *y, const struct tki_yaml_node *node, const char *format, ...)
{
    char text[256];
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    int rc = tki_warn(y->warnings, "%s:%d: %s", node->pos.file, node->pos.line, text);
    return rc < 0 ? tki_err_memory(y->err) : 0;
}

/* A null that is written, and not an empty variable, leaves what is there: but see null_is_zero.  In Alloy's syntax it
 * does everywhere. */
static bool leaves(const struct tki_yaml *y, const struct tki_yaml_node *node, const struct tki_scalar *v)
{
    return v->type == TKI_SCALAR_NULL && !v->variable && (!y->null_is_zero || node->alloy);
}

/* Whoever writes a key without a value means the default. */
static int tell_null(const struct tki_yaml *y, const struct tki_yaml_node *node, const struct tki_scalar *v,
                     bool changes, const char *what, const char *value)
{
    if (v->type != TKI_SCALAR_NULL || v->variable || !changes)
        return 0;
    return tell_accident(y, node, "%s is written without a value: the collector takes that as %s, not as the default",
                         what, value);
}

/* ---- text ---- */

int tki_yaml_text_value(const struct tki_yaml *y, const struct tki_yaml_node *node, tk_str *to, const char *what)
{
    struct tki_scalar v;
    int rc = tki_yaml_scalar(y, node, &v, what);
    if (rc < 0 || leaves(y, node, &v))
        return rc;
    bool typed = !v.variable || (y->typed && !node->alloy);
    if (typed && node->kind != TKI_YAML_SCALAR)
        return tki_scalar_is_list(y, node, what);
    if (typed && v.type != TKI_SCALAR_TEXT && v.type != TKI_SCALAR_NULL)
        return tki_scalar_unfit(y, node, &v, what, "text");
    rc = tell_null(y, node, &v, to->n > 0, what, "\"\"");
    if (rc < 0)
        return rc;
    *to = v.text.n && (v.type != TKI_SCALAR_NULL || v.variable) ? v.text : TKI_STR("");
    return tell_unset(y, node, &v, what, "\"%.*s\"", (int)(to->n < 60 ? to->n : 60), to->p);
}

static int texts_room(const struct tki_yaml *y, struct tki_strings *to, size_t n)
{
    *to = (struct tki_strings){0};
    to->s = tki_arena_alloc(y->arena, n * sizeof *to->s);
    to->node = tki_arena_alloc(y->arena, n * sizeof(struct tki_yaml_node *));
    return to->s && to->node ? 0 : tki_err_memory(y->err);
}

/* A text where a list is wanted is split at its commas, and an empty one is an empty list. */
static int split_text(const struct tki_yaml *y, struct tki_yaml_node *node, struct tki_strings *to, const char *what)
{
    struct tki_scalar v;
    int rc = tki_yaml_scalar(y, node, &v, what);
    if (rc < 0)
        return rc;
    if (leaves(y, node, &v))
        return 0;
    if (v.type != TKI_SCALAR_TEXT && !(v.type == TKI_SCALAR_NULL && v.variable))
        return tki_yaml_fail(y, node, TK_EUSAGE, "%s: expected a list, got %.*s", what,
                             (int)(v.text.n < 60 ? v.text.n : 60), v.text.n ? v.text.p : "");
    if (node->alloy)
        return tki_yaml_fail(y, node, TK_EUSAGE, "%s: expected a list, got a text", what);
    size_t n = 1;
    for (size_t i = 0; i < v.text.n; i++)
        n += v.text.p[i] == ',';
    rc = texts_room(y, to, n);
    for (size_t from = 0; rc == 0 && to->n < n && v.text.n; to->n++) {
        const char *comma = memchr(v.text.p + from, ',', v.text.n - from);
        size_t end = comma ? (size_t)(comma - v.text.p) : v.text.n;
        to->s[to->n] = (tk_str){v.text.p + from, end - from};
        to->node[to->n] = node;
        from = end + 1;
    }
    if (rc < 0 || v.unset.n)
        return rc < 0 ? rc : tell_unset(y, node, &v, what, "an empty list");
    return tell_accident(y, node, "%s is a text and no list: the collector splits it at commas, into %zu", what, to->n);
}

static int get_texts(const struct tki_yaml *y, struct tki_yaml_node *node, struct tki_strings *to, const char *what)
{
    *to = (struct tki_strings){0};
    if (tki_yaml_is_null(node))
        return 0;
    if (node->kind == TKI_YAML_SCALAR)
        return split_text(y, node, to, what);
    if (!tki_yaml_is_list(node))
        return tki_yaml_fail(y, node, TK_EUSAGE, "%s: expected a list", what);
    int rc = texts_room(y, to, node->n);
    for (uint32_t i = 0; i < node->n && rc == 0; i++) {
        to->node[i] = node->item[i];
        to->s[i] = TKI_STR("");
        rc = tki_yaml_text_value(y, to->node[i], &to->s[i], what);
    }
    to->n = node->n;
    return rc;
}

/* ---- numbers ---- */

/* As the collector's Go converts what 64 bits do not hold, and what is no number: to the smallest number, without a
 * sign to a great one. */
static int64_t whole_part(double d, enum tki_setting_kind kind)
{
    const double two_63 = 9223372036854775808.0;
    if (d >= -two_63 && d < two_63)
        return (int64_t)d;
    return kind == TKI_SETTING_U64 && !(d < 0) ? INT64_MAX : INT64_MIN;
}

/* The lower 32 bits of the 64 that Go makes of a number, which is not negative. */
static int64_t lower_half(const struct tki_scalar *v)
{
    uint64_t u;
    if (v->type == TKI_SCALAR_INT)
        return (uint32_t)v->i;
    if (tki_parse_u64(v->text, &u))
        return (uint32_t)u;
    if (!(v->d < 0x1p64)) /* the highest bit of 64 alone */
        return 0;
    return (uint32_t)fmod(trunc(v->d), 0x1p32);
}

/* Into v->i.  0, or what was expected instead. */
static const char *whole_of(struct tki_scalar *v, enum tki_setting_kind kind, bool alloy)
{
    bool duration = kind == TKI_SETTING_DURATION, positive = kind == TKI_SETTING_U64 || kind == TKI_SETTING_U32;
    if (v->type == TKI_SCALAR_NULL)
        return NULL;
    if (duration && v->type == TKI_SCALAR_TEXT)
        return tki_parse_duration(v->text, &v->i) ? NULL : "a duration such as 30s";
    if (duration && alloy)
        return "a duration such as \"30s\"";
    if (v->type == TKI_SCALAR_FLOAT) {
        uint64_t u;
        if (positive && v->d < 0)
            return "a whole number that is not negative";
        /* Beyond 63 bits whole numbers still have their digits, and keep their lower 64 bits. */
        if (kind != TKI_SETTING_U64 && tki_parse_u64(v->text, &u) && !tki_str_find(v->text, '.'))
            v->i = (int64_t)u;
        else
            v->i = whole_part(v->d, kind);
    } else if (v->type != TKI_SCALAR_INT) {
        return duration ? "a duration such as 30s" : "a whole number";
    }
    if (v->i < 0 && (kind == TKI_SETTING_U64 || (positive && v->type == TKI_SCALAR_INT)))
        return "a whole number that is not negative";
    if (kind == TKI_SETTING_U32)
        v->i = lower_half(v);
    if (kind == TKI_SETTING_I32)
        v->i = (int32_t)(uint32_t)(uint64_t)v->i;
    return NULL;
}

/* Says what became of a number that the setting cannot hold as it is written. */
static int tell_whole(const struct tki_yaml *y, const struct tki_yaml_node *node, const struct tki_scalar *v,
                      int64_t before, enum tki_setting_kind kind, const char *what)
{
    int n = (int)(v->text.n < 60 ? v->text.n : 60);
    if (v->type == TKI_SCALAR_FLOAT && (double)v->i != v->d)
        return tell_accident(y, node, "%s: the collector makes %" PRId64 " of %.*s", what, v->i, n, v->text.p);
    if (v->type == TKI_SCALAR_INT && v->i != before)
        return tell_accident(y, node, "%s has 32 bits: the collector makes %" PRId64 " of %.*s", what, v->i, n,
                             v->text.p);
    if (kind == TKI_SETTING_DURATION && v->type != TKI_SCALAR_TEXT && v->i != 0)
        return tell_accident(y, node, "%s: %.*s has no unit, and the collector takes it as nanoseconds", what, n,
                             v->text.p);
    return 0;
}

static int get_whole(const struct tki_yaml *y, const struct tki_yaml_node *node, enum tki_setting_kind kind,
                     int64_t *to, const char *what)
{
    struct tki_scalar v;
    int rc = tki_yaml_scalar(y, node, &v, what);
    if (rc < 0 || leaves(y, node, &v))
        return rc;
    int64_t before = v.i;
    const char *wanted = whole_of(&v, kind, node->alloy);
    if (wanted)
        return tki_scalar_unfit(y, node, &v, what, wanted);
    rc = tell_null(y, node, &v, *to != 0, what, kind == TKI_SETTING_DURATION ? "0s" : "0");
    *to = v.i;
    if (rc == 0)
        rc = tell_whole(y, node, &v, before, kind, what);
    if (rc < 0)
        return rc;
    if (kind == TKI_SETTING_DURATION)
        return tell_unset(y, node, &v, what, "%.*s", (int)(v.text.n ? v.text.n : 2), v.text.n ? v.text.p : "0s");
    return tell_unset(y, node, &v, what, "%" PRId64, v.i);
}

static int get_double(const struct tki_yaml *y, const struct tki_yaml_node *node, double *to, const char *what)
{
    struct tki_scalar v;
    char text[TKI_DOUBLE_CHARS];
    int rc = tki_yaml_scalar(y, node, &v, what);
    if (rc < 0 || leaves(y, node, &v))
        return rc;
    if (v.type != TKI_SCALAR_NULL && v.type != TKI_SCALAR_INT && v.type != TKI_SCALAR_FLOAT)
        return tki_scalar_unfit(y, node, &v, what, "a number");
    rc = tell_null(y, node, &v, *to != 0, what, "0");
    *to = v.type == TKI_SCALAR_INT ? (double)v.i : v.d;
    if (rc < 0)
        return rc;
    return tell_unset(y, node, &v, what, "%.*s", (int)tki_fmt_double(text, *to), text);
}

static int get_bool(const struct tki_yaml *y, const struct tki_yaml_node *node, bool *to, const char *what)
{
    struct tki_scalar v;
    int rc = tki_yaml_scalar(y, node, &v, what);
    if (rc < 0 || leaves(y, node, &v))
        return rc;
    if (v.type != TKI_SCALAR_NULL && v.type != TKI_SCALAR_BOOL)
        return tki_scalar_unfit(y, node, &v, what, "a boolean (true or false)");
    rc = tell_null(y, node, &v, *to, what, "false");
    *to = v.b;
    if (rc < 0)
        return rc;
    return tell_unset(y, node, &v, what, "%s", v.b ? "true" : "false");
}

/* ---- tables ---- */

static int decode_one(const struct tki_yaml *y, struct tki_yaml_node *node, const struct tki_setting *s, void *to)
{
    void *at = (char *)to + s->offset;
    switch (s->kind) {
    case TKI_SETTING_STRING: return tki_yaml_text_value(y, node, at, s->name);
    case TKI_SETTING_STRINGS: return get_texts(y, node, at, s->name);
    case TKI_SETTING_BOOL: return get_bool(y, node, at, s->name);
    case TKI_SETTING_DOUBLE: return get_double(y, node, at, s->name);
    case TKI_SETTING_NODE: *(struct tki_yaml_node **)at = node; return 0;
    case TKI_SETTING_ANY: return 0;
    case TKI_SETTING_I64:
    case TKI_SETTING_I32:
    case TKI_SETTING_U32:
    case TKI_SETTING_U64:
    case TKI_SETTING_DURATION: break;
    }
    return get_whole(y, node, s->kind, at, s->name);
}

static int unknown_key(const struct tki_yaml *y, const struct tki_yaml_node *key, const struct tki_setting *settings,
                       const char *what)
{
    struct tki_buf known = {.max = 4096};
    for (const struct tki_setting *s = settings; s->name; s++)
        tki_buf_printf(&known, "%s%s", known.n ? ", " : "", s->name);
    tki_buf_putc(&known, '\0');
    int rc = tki_yaml_fail(y, key, TK_EUSAGE, "unknown key '%.*s' in %s (known: %s)",
                           (int)(key->text.n < 60 ? key->text.n : 60), key->text.n ? key->text.p : "", what,
                           known.err     ? ""
                           : known.n > 1 ? known.p
                                         : "none");
    tki_buf_free(&known);
    return rc;
}

/* A time is a structure to the collector, which finds no setting in it. */
static int no_mapping(const struct tki_yaml *y, const struct tki_yaml_node *node, const char *what)
{
    struct tki_scalar v = {0};
    int rc = node->kind == TKI_YAML_SCALAR ? tki_yaml_scalar(y, node, &v, what) : 0;
    if (rc < 0)
        return rc;
    if (v.type != TKI_SCALAR_TIME || node->alloy)
        return tki_yaml_fail(y, node, TK_EUSAGE, "%s: expected a mapping", what);
    return tell_accident(y, node, "%s is a time and no mapping: the collector takes it as empty", what);
}

int tki_yaml_decode(const struct tki_yaml *y, const struct tki_yaml_node *map, const struct tki_setting *settings,
                    void *to, const char *what)
{
    if (tki_yaml_is_null(map))
        return 0;
    if (!tki_yaml_is_map(map))
        return no_mapping(y, map, what);
    for (uint32_t i = 0; i < map->n; i++) {
        const struct tki_setting *s = settings;
        while (s->name && !tki_str_eq(tki_str(s->name), map->key[i]->text))
            s++;
        if (!s->name)
            return unknown_key(y, map->key[i], settings, what);
        int rc = decode_one(y, map->item[i], s, to);
        if (rc < 0)
            return rc;
    }
    return 0;
}

int tki_yaml_newer(const struct tki_yaml *y, const struct tki_yaml_node *map, const struct tki_newer *newer,
                   unsigned release, const char *what)
{
    for (uint32_t i = 0; tki_yaml_is_map(map) && i < map->n; i++)
        for (const struct tki_newer *k = newer; k && k->key; k++)
            if (release < k->since && tki_str_eq(map->key[i]->text, tki_str(k->key)))
                return tki_yaml_fail(y, map->key[i], TK_EUSAGE,
                                     "unknown key '%s' in %s: it came with collector 0.%u, and 0.%u was asked for",
                                     k->key, what, k->since, release);
    return 0;
}
