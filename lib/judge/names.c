#include "judge/names.h"

#include <stdlib.h>

#include "base/array.h"
#include "report/number.h"

enum {
    DISTINCT = 100, /* names of a service and a kind */
    SHARE = 10,     /* and one in so many spans, which is without bound */
    TOGETHER = 10,  /* names that differ in values only */
    HEX = 8,
    HEAD = sizeof(uint32_t) + 1, /* of a key: service and kind */
};

static tk_str key_of(struct tki_buf *b, uint32_t service, uint8_t kind)
{
    tki_buf_reset(b);
    tki_buf_str(b, (tk_str){(const char *)&service, sizeof service});
    tki_buf_putc(b, (char)kind);
    return (tk_str){b->p, b->n};
}

void tki_names_add(struct tki_span_names *n, struct tki_tallies *t, const struct tki_said *f)
{
    uint32_t service = t->of_row[f->row];
    if (service == TKI_MAP_NONE)
        return;
    key_of(&n->key, service, f->s->kind);
    tki_buf_str(&n->key, f->s->name);
    tk_str key = {n->key.p, n->key.n};
    uint32_t at = n->key.err ? TKI_MAP_NONE : tki_symtab_get(&n->names, key);
    if (n->key.err)
        t->failed = true;
    if (at == TKI_MAP_NONE && n->names.n == TKI_JUDGE_NAMES)
        t->passed_over++;
    else if (at == TKI_MAP_NONE && !n->key.err) {
        if (TKI_GROW(n->name, n->cap, n->names.n + 1) < 0 || (at = tki_symtab_put(&n->names, key)) == TKI_MAP_NONE)
            t->failed = true;
        else
            n->name[at] = (struct tki_name){
                .service = service, .kind = f->s->kind, .trace = f->s->trace_id, .span = f->s->span_id};
    }
    if (at != TKI_MAP_NONE)
        n->name[at].spans++;
    if (f->s->kind == TK_KIND_SERVER && tki_said_text(f, TKI_SAID_ROUTE).n)
        t->service[service].routes = true;
}

static tk_str name_at(const struct tki_span_names *n, uint32_t i)
{
    return (tk_str){n->names.strs[i].p + HEAD, n->names.strs[i].n - HEAD};
}

/* ---- what a name says ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
    return is_digit(c) || (tki_lower(c) >= 'a' && tki_lower(c) <= 'f');
}

static bool is_word(char c)
{
    return is_digit(c) || (tki_lower(c) >= 'a' && tki_lower(c) <= 'z');
}

/* Characters of a part of a path or of a sentence. */
static bool is_part(char c)
{
    return is_word(c) || c == '.' || c == '_' || c == '-' || c == '+' || c == '@';
}

void tki_name_template(tk_str name, struct tki_buf *to)
{
    for (size_t i = 0, end; i < name.n; i = end) {
        size_t digits = 0, at_signs = 0, hex;
        for (end = i; end < name.n && is_part(name.p[end]); end++)
            at_signs += name.p[end] == '@';
        if (at_signs) {
            tki_buf_putc(to, '*');
            continue;
        }
        for (hex = i; hex < name.n && (is_hex(name.p[hex]) || (hex > i && name.p[hex] == '-')); hex++)
            digits += is_digit(name.p[hex]);
        bool whole = (i == 0 || !is_word(name.p[i - 1])) && (hex == name.n || !is_word(name.p[hex]));
        if (whole && digits && hex - i >= HEX) {
            tki_buf_putc(to, '*');
            end = hex;
            continue;
        }
        for (end = i; end < name.n && is_digit(name.p[end]); end++)
            ;
        tki_buf_putc(to, end > i ? '*' : name.p[i]);
        end += end == i;
    }
}

static bool is_method(tk_str name)
{
    static const char *const methods[] = {"GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "HTTP"};
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (tki_str_eq(name, tki_str(methods[i])))
            return true;
    return false;
}

static bool is_generic(const struct tki_tallies *t, const struct tki_name *x, tk_str name)
{
    static const char *const words[] = {"", "/", "request", "handler", "query", "select", "unknown", "span"};
    if (x->kind == TK_KIND_SERVER && tki_str_starts(name, TKI_STR("HTTP ")) &&
        is_method((tk_str){name.p + 5, name.n - 5}))
        return true;
    if (x->kind == TK_KIND_SERVER && is_method(name))
        return t->service[x->service].routes;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (tki_str_same_letters(name, tki_str(words[i])))
            return true;
    return false;
}

static bool has_letters(tk_str s, const char *word)
{
    size_t n = strlen(word);
    for (size_t i = 0; i + n <= s.n; i++)
        if (tki_str_same_letters((tk_str){s.p + i, n}, tki_str(word)))
            return true;
    return false;
}

/* A statement with more than its verb and its table, or the query string of a URL. */
static bool has_data(tk_str name)
{
    static const char *const verbs[] = {"select ", "insert ", "update ", "delete "};
    const char *question = tki_str_find(name, '?');
    if (question && memchr(question, '=', name.n - (size_t)(question - name.p)))
        return true;
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        size_t n = strlen(verbs[i]);
        if (name.n > n && tki_str_same_letters((tk_str){name.p, n}, tki_str(verbs[i])))
            return has_letters(name, " where ") || has_letters(name, " values") || has_letters(name, " set ") ||
                   (i == 0 && has_letters(name, " from "));
    }
    return false;
}

/* ---- findings ---- */

static struct tki_judgement *say(struct tki_tallies *t, enum tki_rule_id rule, const struct tki_name *x, tk_str place,
                                 uint64_t hit, uint64_t of)
{
    struct tki_judgement *j = tki_judgement_new(t, rule, x->service);
    j->place = tki_tallies_copy(t, place);
    j->trace = x->trace;
    j->span = x->span;
    j->hit = hit;
    j->of = of;
    return j;
}

struct together { /* names of a service and a kind, or those of one template */
    uint64_t names, spans;
    uint32_t first;
};

struct groups {
    struct tki_symtab keys;
    struct together *at;
    uint32_t cap;
};

static void group(struct groups *g, struct tki_tallies *t, tk_str key, uint32_t name, uint64_t spans)
{
    uint32_t i = tki_symtab_get(&g->keys, key);
    if (i == TKI_MAP_NONE) {
        if (TKI_GROW(g->at, g->cap, g->keys.n + 1) < 0 || (i = tki_symtab_put(&g->keys, key)) == TKI_MAP_NONE) {
            t->failed = true;
            return;
        }
        g->at[i] = (struct together){.first = name};
    }
    g->at[i].names++;
    g->at[i].spans += spans;
}

static void say_unbounded(struct tki_span_names *n, struct tki_tallies *t, const struct groups *kinds,
                          const struct groups *templates)
{
    for (uint32_t i = 0; i < templates->keys.n; i++) {
        const struct together *x = &templates->at[i];
        tk_str key = templates->keys.strs[i], pattern = {key.p + HEAD, key.n - HEAD};
        if (x->names < TOGETHER)
            continue;
        struct tki_judgement *j = say(t, TKI_RULE_NAME_UNBOUNDED, &n->name[x->first], pattern, x->names, x->names);
        j->message =
            tki_tallies_print(t, "%s names of %s spans differ in values only: %.*s, as %.*s", TKI_COUNT(x->names),
                              TKI_COUNT(x->spans), TKI_CUT(pattern), TKI_CUT(name_at(n, x->first)));
    }
    for (uint32_t i = 0; i < kinds->keys.n; i++) {
        const struct together *x = &kinds->at[i];
        if (x->names <= DISTINCT || x->names * SHARE <= x->spans)
            continue;
        bool said = false;
        for (uint32_t k = 0; k < templates->keys.n && !said; k++)
            said = templates->at[k].names >= TOGETHER && tki_str_starts(templates->keys.strs[k], kinds->keys.strs[i]);
        if (said)
            continue;
        const char *kind = tk_kind_name(n->name[x->first].kind);
        struct tki_judgement *j =
            say(t, TKI_RULE_NAME_UNBOUNDED, &n->name[x->first], tki_str(kind), x->names, x->names);
        j->message = tki_tallies_print(t, "%s spans of kind %s have %s names, as %.*s", TKI_COUNT(x->spans),
                                       kind ? kind : "unknown", TKI_COUNT(x->names), TKI_CUT(name_at(n, x->first)));
    }
}

void tki_names_finish(struct tki_span_names *n, struct tki_tallies *t)
{
    struct groups kinds = {0}, templates = {0};
    for (uint32_t i = 0; i < n->names.n && !t->failed; i++) {
        const struct tki_name *x = &n->name[i];
        tk_str name = name_at(n, i), key = key_of(&n->key, x->service, x->kind);
        group(&kinds, t, key, i, x->spans);
        tki_name_template(name, &n->key); /* behind service and kind */
        key = (tk_str){n->key.p, n->key.n};
        if (n->key.err)
            t->failed = true;
        else if (memchr(key.p + HEAD, '*', key.n - HEAD) && !tki_str_eq((tk_str){key.p + HEAD, key.n - HEAD}, name))
            group(&templates, t, key, i, x->spans);
        if (is_generic(t, x, name)) {
            struct tki_judgement *j = say(t, TKI_RULE_NAME_GENERIC, x, name, x->spans, t->service[x->service].spans);
            j->message = tki_tallies_print(t, "%s of %s spans are called \"%.*s\"", TKI_COUNT(j->hit), TKI_COUNT(j->of),
                                           TKI_CUT(name));
        } else if (has_data(name)) {
            struct tki_judgement *j = say(t, TKI_RULE_NAME_DATA, x, name, x->spans, t->service[x->service].spans);
            j->message = tki_tallies_print(t, "%s spans have a name that holds a statement or a query string: %.*s",
                                           TKI_COUNT(x->spans), TKI_CUT(name));
        }
    }
    say_unbounded(n, t, &kinds, &templates);
    tki_symtab_free(&kinds.keys);
    free(kinds.at);
    tki_symtab_free(&templates.keys);
    free(templates.at);
}

void tki_span_names_free(struct tki_span_names *n)
{
    tki_symtab_free(&n->names);
    free(n->name);
    tki_buf_free(&n->key);
}
