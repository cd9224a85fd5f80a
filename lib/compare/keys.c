#include "compare/keys.h"

#include <stdlib.h>

#include "base/array.h"

enum { HEX_MIN = 8, DIGITS_MIN = 6, UUID_CHARS = 36, RECENT = 8192, RECENT_TEXT = 106 };

/* Service, kind and name as they came, and their key: most names come again and again, and need not be normalised each
 * time. */
struct tki_recent_key {
    uint64_t hash;
    uint32_t key;
    uint8_t kind, service_n, name_n;
    bool used;
    char text[RECENT_TEXT]; /* service and name */
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Letters, digits and everything beyond ASCII. */
static bool is_word(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

static bool uuid_at(tk_str s, size_t at)
{
    if (s.n - at < UUID_CHARS || (s.n - at > UUID_CHARS && is_word(s.p[at + UUID_CHARS])))
        return false;
    for (size_t i = 0; i < UUID_CHARS; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? s.p[at + i] != '-' : !is_hex(s.p[at + i]))
            return false;
    }
    return true;
}

/* True when the word [from, to) of s is an identifier as a whole. */
static bool is_identifier(tk_str s, size_t from, size_t to)
{
    size_t digits = 0, hex = 0;
    for (size_t i = from; i < to; i++) {
        digits += is_digit(s.p[i]);
        hex += is_hex(s.p[i]);
    }
    if (hex == to - from && hex >= HEX_MIN && digits > 0)
        return true;
    bool segment = from > 0 && s.p[from - 1] == '/' && (to == s.n || memchr("/?# ", s.p[to], 4));
    return segment && digits == to - from;
}

static void put_word(struct tki_buf *to, const char *p, size_t n)
{
    for (size_t i = 0; i < n;) {
        size_t j = i;
        while (j < n && is_digit(p[j]))
            j++;
        if (j - i >= DIGITS_MIN) {
            tki_buf_putc(to, '*');
        } else {
            j += j == i;
            tki_buf_put(to, p + i, j - i);
        }
        i = j;
    }
}

void tki_normalize_name(struct tki_buf *to, tk_str s)
{
    for (size_t i = 0; i < s.n;) {
        if (!is_word(s.p[i])) {
            tki_buf_putc(to, s.p[i++]);
            continue;
        }
        size_t end = i;
        while (end < s.n && is_word(s.p[end]))
            end++;
        if (end - i == 8 && uuid_at(s, i)) {
            tki_buf_putc(to, '*');
            end = i + UUID_CHARS;
        } else if (is_identifier(s, i, end)) {
            tki_buf_putc(to, '*');
        } else {
            put_word(to, s.p + i, end - i);
        }
        i = end;
    }
}

static int add_key(struct tki_keys *k, tk_str text)
{
    if (TKI_GROW(k->key, k->cap, k->n + 1) < 0)
        return TK_ENOMEM;
    const char *zero = tki_str_find(text, 0);
    size_t n = (size_t)(zero - text.p);
    uint32_t of = tki_symtab_put(&k->services, (tk_str){text.p, n});
    if (of == TKI_MAP_NONE)
        return TK_ENOMEM;
    k->key[k->n++] =
        (struct tki_key){{text.p, n}, {zero + 2, text.n - n - 2}, tki_hash(text.p, text.n), of, (uint8_t)zero[1]};
    return TK_OK;
}

/* A service may hold a zero byte, a key's text may not: what follows the first one is cut off. */
static tk_str key_text(struct tki_keys *k, tk_str service, uint8_t kind, tk_str name)
{
    const char *zero = tki_str_find(service, 0);
    tki_buf_reset(&k->text);
    tki_buf_put(&k->text, service.p, zero ? (size_t)(zero - service.p) : service.n);
    tki_buf_putc(&k->text, 0);
    tki_buf_putc(&k->text, (char)kind);
    if (k->normalize)
        tki_normalize_name(&k->text, name);
    else
        tki_buf_str(&k->text, name);
    return (tk_str){k->text.p, k->text.n};
}

static uint32_t put_text(struct tki_keys *k, tk_str text)
{
    uint32_t i = tki_symtab_put(&k->table, text);
    if (i == TKI_MAP_NONE || (i == k->n && add_key(k, k->table.strs[i]) < 0))
        return TKI_MAP_NONE;
    return i;
}

int tki_keys_init(struct tki_keys *k, bool normalize, uint32_t max)
{
    memset(k, 0, sizeof *k);
    k->max = max ? max : TKI_KEYS_MAX;
    tk_str text = key_text(k, TKI_STR(""), 0, TKI_STR("(other)"));
    k->normalize = normalize;
    k->recent = calloc(RECENT, sizeof *k->recent);
    return k->text.err || !k->recent || put_text(k, text) != TKI_KEY_OTHER ? TK_ENOMEM : TK_OK;
}

void tki_keys_free(struct tki_keys *k)
{
    tki_symtab_free(&k->table);
    tki_symtab_free(&k->services);
    tki_buf_free(&k->text);
    free(k->recent);
    free(k->key);
    memset(k, 0, sizeof *k);
}

static uint32_t put_key(struct tki_keys *k, tk_str service, uint8_t kind, tk_str name)
{
    tk_str text = key_text(k, service, kind, name);
    if (k->text.err)
        return TKI_MAP_NONE;
    if (k->n >= k->max) {
        uint32_t i = tki_symtab_get(&k->table, text);
        k->dropped += i == TKI_MAP_NONE;
        return i == TKI_MAP_NONE ? TKI_KEY_OTHER : i;
    }
    return put_text(k, text);
}

static bool is_recent(const struct tki_recent_key *r, tk_str service, uint8_t kind, tk_str name)
{
    return r->used && r->kind == kind && r->service_n == service.n && r->name_n == name.n &&
           memcmp(r->text, service.p, service.n) == 0 && memcmp(r->text + service.n, name.p, name.n) == 0;
}

/* What is too long, or empty, is asked each time. */
static bool is_short(tk_str service, tk_str name)
{
    return service.n && name.n && service.n + name.n <= RECENT_TEXT;
}

uint64_t tki_keys_ahead(const struct tki_keys *k, tk_str service, uint8_t kind, tk_str name)
{
    if (!is_short(service, name))
        return 0;
    uint64_t hash = tki_hash_combine(tki_hash_text(service.p, service.n) + kind, tki_hash_text(name.p, name.n));
    const char *at = (const char *)&k->recent[hash % RECENT];
    __builtin_prefetch(at);
    __builtin_prefetch(at + sizeof *k->recent / 2);
    return hash;
}

uint32_t tki_keys_announced(struct tki_keys *k, uint64_t announced, tk_str service, uint8_t kind, tk_str name)
{
    if (!is_short(service, name))
        return put_key(k, service, kind, name);
    struct tki_recent_key *r = &k->recent[announced % RECENT];
    if (r->hash == announced && is_recent(r, service, kind, name))
        return r->key;
    uint32_t key = put_key(k, service, kind, name);
    if (key == TKI_MAP_NONE || key == TKI_KEY_OTHER) /* each one of those is counted */
        return key;
    *r = (struct tki_recent_key){.hash = announced,
                                 .key = key,
                                 .kind = kind,
                                 .service_n = (uint8_t)service.n,
                                 .name_n = (uint8_t)name.n,
                                 .used = true};
    memcpy(r->text, service.p, service.n);
    memcpy(r->text + service.n, name.p, name.n);
    return key;
}

uint32_t tki_keys_put(struct tki_keys *k, tk_str service, uint8_t kind, tk_str name)
{
    return tki_keys_announced(k, tki_keys_ahead(k, service, kind, name), service, kind, name);
}

static uint32_t add_path(struct tki_paths *p, uint64_t word, struct tki_path path)
{
    if (TKI_GROW(p->path, p->cap, p->n + 1) < 0)
        return TKI_MAP_NONE;
    uint32_t i = tki_wordmap_put(&p->map, word);
    if (i == p->n)
        p->path[p->n++] = path;
    return i;
}

int tki_paths_init(struct tki_paths *p, uint32_t max)
{
    memset(p, 0, sizeof *p);
    p->max = max ? max : TKI_PATHS_MAX;
    for (uint32_t i = 0; i < TKI_PATH_FIRST; i++) /* no path has a key of that number */
        if (add_path(p, UINT64_MAX - i, (struct tki_path){TK_NONE, TKI_KEY_OTHER, 1, tki_mix64(i + 1)}) != i)
            return TK_ENOMEM;
    return TK_OK;
}

void tki_paths_free(struct tki_paths *p)
{
    tki_wordmap_free(&p->map);
    free(p->path);
    memset(p, 0, sizeof *p);
}

uint32_t tki_paths_put(struct tki_paths *p, const struct tki_keys *k, uint32_t parent, uint32_t key)
{
    if (parent == TKI_PATH_OTHER) { /* what is below the unknown is unknown */
        p->dropped++;
        return TKI_PATH_OTHER;
    }
    uint64_t word = (uint64_t)parent << 32 | key;
    uint32_t i = tki_wordmap_get(&p->map, word);
    if (i != TKI_MAP_NONE)
        return i;
    if (p->n >= p->max) {
        p->dropped++;
        return TKI_PATH_OTHER;
    }
    uint32_t depth = parent == TK_NONE ? 1 : p->path[parent].depth + 1;
    uint64_t up = parent == TK_NONE ? 0 : p->path[parent].hash;
    return add_path(p, word, (struct tki_path){parent, key, depth, tki_hash_combine(up, k->key[key].hash)});
}

uint32_t tki_path_keys(const struct tki_paths *p, uint32_t path, uint32_t *keys, uint32_t max)
{
    uint32_t n = p->path[path].depth < max ? p->path[path].depth : max;
    for (uint32_t i = n; i-- > 0; path = p->path[path].parent)
        keys[i] = p->path[path].key;
    return n;
}

static int key_cmp(const struct tki_key *a, const struct tki_key *b)
{
    int c = tki_str_cmp(a->service, b->service);
    c = c ? c : tki_str_cmp(a->name, b->name);
    return c ? c : (a->kind > b->kind) - (a->kind < b->kind);
}

/* Goes up to the first keys below the common ancestor. */
int tki_path_cmp(const struct tki_paths *p, const struct tki_keys *k, uint32_t a, uint32_t b)
{
    if (a == b)
        return 0;
    if (a < TKI_PATH_FIRST || b < TKI_PATH_FIRST) /* the special ones come first */
        return a < b ? -1 : 1;
    uint32_t da = p->path[a].depth, db = p->path[b].depth;
    for (uint32_t d = da; d > db; d--)
        a = p->path[a].parent;
    for (uint32_t d = db; d > da; d--)
        b = p->path[b].parent;
    if (a == b)
        return da < db ? -1 : 1;
    while (p->path[a].parent != p->path[b].parent) {
        a = p->path[a].parent;
        b = p->path[b].parent;
    }
    return key_cmp(&k->key[p->path[a].key], &k->key[p->path[b].key]);
}
