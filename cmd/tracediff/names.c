#include <math.h>
#include <stdio.h>

#include "base/utf8.h"
#include "tracediff.h"

enum { PATH_KEYS = 64 };

/* Bytes of the character at p, and whether it may go to a terminal as it is. */
static size_t character(const char *p, const char *end, bool *plain)
{
    unsigned char c = (unsigned char)*p;
    size_t n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    if ((size_t)(end - p) < n || tki_utf8_valid(p, n) != n) {
        *plain = false;
        return 1;
    }
    *plain = c >= 0x20 && c != 0x7f && !(c == 0xc2 && (unsigned char)p[1] < 0xa0);
    return n;
}

/* Columns that s takes; a character that is not plain takes 4 for each byte. */
static size_t columns(tk_str s)
{
    size_t n = 0;
    bool plain;
    for (const char *p = s.p, *end = s.p + s.n; p < end;) {
        size_t bytes = character(p, end, &plain);
        n += plain ? 1 : 4 * bytes;
        p += bytes;
    }
    return n;
}

size_t td_put_text(struct tki_buf *to, tk_str s, size_t width)
{
    bool cut = columns(s) > width, plain;
    size_t room = cut ? (width > 3 ? width - 3 : 0) : width, used = 0;
    for (const char *p = s.p, *end = s.p + s.n; p < end;) {
        size_t bytes = character(p, end, &plain), need = plain ? 1 : 4 * bytes;
        if (used + need > room)
            break;
        if (plain)
            tki_buf_put(to, p, bytes);
        for (size_t i = 0; i < bytes && !plain; i++)
            tki_buf_printf(to, "\\x%02x", (unsigned char)p[i]);
        used += need;
        p += bytes;
    }
    if (!cut)
        return used;
    size_t dots = width < 3 ? width : 3;
    tki_buf_put(to, "...", dots);
    return used + dots;
}

static tk_str name_of(const struct tki_key *k)
{
    return k->name.n ? k->name : TKI_STR("(no name)");
}

/* Columns of key i of a path, as it is written after key i - 1. */
static size_t key_columns(const struct tki_profile *p, const uint32_t *keys, uint32_t i, bool first)
{
    const struct tki_key *k = &p->keys.key[keys[i]];
    bool service = k->service.n && (first || !tki_str_eq(k->service, p->keys.key[keys[i - 1]].service));
    return columns(name_of(k)) + (service ? columns(k->service) + 2 : 0);
}

static void put_key(struct tki_buf *to, const struct tki_key *k, bool service, size_t width)
{
    size_t used = 0;
    if (service && k->service.n) {
        used = td_put_text(to, k->service, width > 8 ? width - 6 : width);
        tki_buf_lit(to, ": ");
        used += 2;
    }
    td_put_text(to, name_of(k), width > used ? width - used : 0);
}

size_t td_put_key(struct tki_buf *to, const struct tki_profile *p, uint32_t key, size_t width)
{
    put_key(to, &p->keys.key[key], true, width);
    return key_columns(p, &key, 0, true);
}

void td_put_path(struct tki_buf *to, const struct tki_profile *p, uint32_t path, size_t width)
{
    if (path < TKI_PATH_FIRST) {
        td_put_text(to, path == TKI_PATH_OTHER ? TKI_STR("(other paths)") : TKI_STR("(between roots)"),
                    width);
        return;
    }
    uint32_t keys[PATH_KEYS], n = tki_path_keys(&p->paths, path, keys, PATH_KEYS), first = n - 1;
    size_t tail = 0; /* columns of what follows keys[first] */
    bool all = p->paths.path[path].depth == n;
    while (first > 0) {
        size_t below = tail + key_columns(p, keys, first, false) + 3;
        size_t need = below + key_columns(p, keys, first - 1, true) + (first > 1 || !all ? 6 : 0);
        if (need > width)
            break;
        tail = below;
        first--;
    }
    bool cut = first > 0 || !all;
    if (cut)
        tki_buf_lit(to, "... > ");
    size_t left = width - tail - (cut ? 6 : 0);
    put_key(to, &p->keys.key[keys[first]], true, left);
    for (uint32_t i = first + 1; i < n; i++) {
        const struct tki_key *k = &p->keys.key[keys[i]];
        tki_buf_lit(to, " > ");
        put_key(to, k, !tki_str_eq(k->service, p->keys.key[keys[i - 1]].service), width);
    }
}

char *td_duration(char to[TD_NUMBER], double ns, bool sign)
{
    static const struct {
        double size;
        const char *name;
    } units[] = {{1e9, "s"}, {1e6, "ms"}, {1e3, "us"}};
    double x = fabs(ns);
    const char *s = ns < 0 && x >= 0.5 ? "-" : sign && x >= 0.5 ? "+" : "";
    for (size_t i = 0; i < 3; i++) {
        double v = x / units[i].size;
        if (v < 0.9995)
            continue;
        int decimals = v < 9.995 ? 2 : v < 99.95 ? 1 : 0;
        snprintf(to, TD_NUMBER, "%s%.*f %s", s, decimals, v, units[i].name);
        return to;
    }
    if (x < 0.5)
        snprintf(to, TD_NUMBER, "0");
    else
        snprintf(to, TD_NUMBER, "%s%.0f ns", s, x);
    return to;
}

char *td_percent(char to[TD_NUMBER], double share)
{
    double x = 100 * share;
    snprintf(to, TD_NUMBER, "%.*f %%", fabs(x) < 9.95 && x != 0 ? 1 : 0, x);
    return to;
}

const char *td_plural(uint64_t n, const char *one, const char *many)
{
    return n == 1 ? one : many;
}

char *td_glue(char *number)
{
    for (char *p = number; *p; p++)
        *p = *p == ' ' ? TD_GLUE[0] : *p;
    return number;
}

/* Columns of a word of a paragraph; its glue is one. */
static size_t word_columns(tk_str word)
{
    size_t n = columns(word);
    for (size_t i = 0; i < word.n; i++)
        n -= word.p[i] == TD_GLUE[0] ? 3 : 0;
    return n;
}

void td_put_wrapped(struct tki_buf *to, tk_str words, size_t indent)
{
    size_t column = indent;
    for (size_t i = 0; i < words.n;) {
        const char *space = memchr(words.p + i, ' ', words.n - i);
        tk_str word = {words.p + i, space ? (size_t)(space - words.p) - i : words.n - i};
        size_t width = word_columns(word);
        if (i > 0 && column + 1 + width > TD_COLUMNS) {
            tki_buf_printf(to, "\n%*s", (int)indent, "");
            column = indent;
        } else if (i > 0) {
            tki_buf_putc(to, ' ');
            column++;
        }
        for (size_t k = 0; k < word.n; k++)
            tki_buf_putc(to, word.p[k] == TD_GLUE[0] ? ' ' : word.p[k]);
        column += width;
        i += word.n + 1;
    }
    tki_buf_putc(to, '\n');
}

const char *td_side(const struct td_answer *a, int side)
{
    static const char *const names[2][2] = {{"A", "B"}, {"fast", "slow"}};
    return names[a->request->compare.split][side];
}

const char *td_kind(uint8_t kind)
{
    static const char *const names[] = {"unspecified", "internal", "server",
                                        "client",      "producer", "consumer"};
    return kind < sizeof names / sizeof *names ? names[kind] : "unknown";
}

const char *td_gap_type(uint8_t type)
{
    static const char *const names[] = {"whole", "lead", "between", "trail"};
    return names[type];
}
