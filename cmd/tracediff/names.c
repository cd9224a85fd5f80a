#include <math.h>

#include "cli/term.h"
#include "tracediff.h"

enum { PATH_KEYS = 64 };

/* Columns of s once its control characters are visible. */
static size_t columns(tk_str s)
{
    struct tki_buf b = {0};
    tki_buf_visible(&b, s);
    size_t n = tki_text_width((tk_str){b.p, b.n});
    tki_buf_free(&b);
    return n;
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
        used = tki_buf_fit(to, k->service, width > 8 ? width - 6 : width);
        tki_buf_lit(to, ": ");
        used += 2;
    }
    tki_buf_fit(to, name_of(k), width > used ? width - used : 0);
}

size_t td_put_key(struct tki_buf *to, const struct tki_profile *p, uint32_t key, size_t width)
{
    put_key(to, &p->keys.key[key], true, width);
    return key_columns(p, &key, 0, true);
}

void td_put_path(struct tki_buf *to, const struct tki_profile *p, uint32_t path, size_t width)
{
    if (path < TKI_PATH_FIRST) {
        tki_buf_fit(to, path == TKI_PATH_OTHER ? TKI_STR("(other paths)") : TKI_STR("(between roots)"), width);
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

char *td_duration(char to[TKI_QUANTITY_MAX], double ns, bool sign)
{
    bool plus = sign && ns >= 0.5;
    tki_duration_format(to + plus, fabs(ns) < 0.5 ? 0 : ns);
    if (plus)
        to[0] = '+';
    return to;
}

char *td_glue(char *number)
{
    for (char *p = number; *p; p++)
        *p = *p == ' ' ? TD_GLUE[0] : *p;
    return number;
}

void td_put_wrapped(struct tki_buf *to, tk_str words, size_t indent)
{
    size_t column = indent;
    for (size_t i = 0; i < words.n;) {
        const char *space = memchr(words.p + i, ' ', words.n - i);
        tk_str word = {words.p + i, space ? (size_t)(space - words.p) - i : words.n - i};
        size_t width = tki_text_width(word);
        for (size_t k = 0; k < word.n; k++)
            width += word.p[k] == TD_GLUE[0]; /* a control, which had no width */
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
    const char *name = tk_kind_name(kind);
    return name ? name : "unknown";
}

const char *td_gap_type(uint8_t type)
{
    static const char *const names[] = {"whole", "lead", "between", "trail"};
    return names[type];
}
