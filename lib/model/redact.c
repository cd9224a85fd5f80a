#include "model/redact.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/num.h"
#include "base/regex.h"
#include "model/batch.h"

enum { DEPTH_MAX = 128, HASH_BYTES = 16 };

enum field { ATTRIBUTE, NAME, EVENT, STATUS, STATE, OTHER, ANY }; /* OTHER: texts that no rule can name */

struct rule {
    enum tki_redact_action action;
    enum field field;
    tk_str key;           /* of ATTRIBUTE; n = 0: any */
    struct tki_regex *re; /* NULL: the whole value */
};

struct tki_redact {
    struct rule *rules;
    size_t n;
    const struct tki_mac *mac;
};

struct tki_redact_scratch {
    const struct tki_redact *r;
    struct tki_regex_scratch *re;
    uint64_t *hits;
    uint64_t done[TKI_REDACT_ACTIONS], left[TKI_REDACT_LEFT];
    struct tki_buf text, path;
    struct tk_batch *b;
    int rc;
};

/* ---- rules ---- */

static const char *const actions[] = {"drop", "mask", "hash"};

bool tki_redact_hashes(const char *rule)
{
    return strncmp(rule, "hash:", 5) == 0;
}

static int parse_field(struct rule *rule, tk_str key, struct tk_err *err)
{
    static const struct {
        const char *name;
        enum field field;
    } names[] = {{"@name", NAME}, {"@event", EVENT}, {"@status", STATUS}, {"@state", STATE}};
    rule->key = key;
    rule->field = ATTRIBUTE;
    if (key.n == 0)
        return tki_err_set(err, TK_EUSAGE, "a key, or a regular expression between slashes, must follow the colon");
    if (key.p[0] != '@')
        return 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (tki_str_eq(key, tki_str(names[i].name))) {
            rule->field = names[i].field;
            rule->key.n = 0;
            return 0;
        }
    return tki_err_set(err, TK_EUSAGE, "'%.*s' is none of @name, @event, @status, @state",
                       (int)(key.n > 40 ? 40 : key.n), key.p);
}

static int parse_rule(struct rule *rule, const char *text, const struct tki_mac *mac, struct tk_err *err)
{
    const char *colon = strchr(text, ':');
    int a = 0;
    while (a < TKI_REDACT_ACTIONS &&
           !(colon && tki_str_eq((tk_str){text, (size_t)(colon - text)}, tki_str(actions[a]))))
        a++;
    if (a == TKI_REDACT_ACTIONS)
        return tki_err_set(err, TK_EUSAGE, "a rule starts with drop:, mask: or hash:");
    rule->action = (enum tki_redact_action)a;
    tk_str what = tki_str(colon + 1), re = {0};
    const char *equal = strstr(what.p, "=/"), *open = what.p[0] == '/' ? what.p : equal ? equal + 1 : NULL;
    if (open && (what.p[what.n - 1] != '/' || open == what.p + what.n - 1))
        return tki_err_set(err, TK_EUSAGE, "the regular expression lacks the slash at its end");
    if (open) {
        re = (tk_str){open + 1, (size_t)(what.p + what.n - open) - 2};
        what.n = open == what.p ? 0 : (size_t)(open - what.p) - 1;
    }
    int r = 0;
    if (open == what.p)
        rule->field = ANY;
    else if ((r = parse_field(rule, what, err)) < 0)
        return r;
    if (rule->field == STATE && (rule->action != TKI_DROP || re.n))
        return tki_err_set(err, TK_EUSAGE, "a trace state can only be dropped: drop:@state");
    if (rule->action == TKI_HASH && !mac)
        return tki_err_set(err, TK_EUSAGE, "hashing needs a key");
    size_t bad;
    if (!re.p)
        return 0;
    if (re.n == 0)
        return tki_err_set(err, TK_EUSAGE, "the regular expression is empty");
    return tki_regex_compile(&rule->re, &re, 1, &bad, err);
}

int tki_redact_new(struct tki_redact **out, const char *const *rules, size_t n, const struct tki_mac *mac, size_t *bad,
                   struct tk_err *err)
{
    struct tki_redact *r = calloc(1, sizeof *r);
    *out = NULL;
    *bad = 0;
    if (!r || !(r->rules = calloc(n + 1, sizeof *r->rules))) {
        free(r);
        return tki_err_memory(err);
    }
    r->mac = mac;
    for (; r->n < n; r->n++) {
        *bad = r->n;
        int rc = parse_rule(&r->rules[r->n], rules[r->n], mac, err);
        if (rc < 0) {
            r->n++;
            tki_redact_free(r);
            return rc;
        }
    }
    *out = r;
    return 0;
}

void tki_redact_free(struct tki_redact *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->n; i++)
        tki_regex_free(r->rules[i].re);
    free(r->rules);
    free(r);
}

struct tki_redact_scratch *tki_redact_scratch_new(const struct tki_redact *r)
{
    struct tki_redact_scratch *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->r = r;
    s->re = tki_regex_scratch_new();
    s->hits = calloc(r->n + 1, sizeof *s->hits);
    if (!s->re || !s->hits) {
        tki_redact_scratch_free(s);
        return NULL;
    }
    return s;
}

void tki_redact_scratch_free(struct tki_redact_scratch *s)
{
    if (!s)
        return;
    tki_regex_scratch_free(s->re);
    free(s->hits);
    tki_buf_free(&s->text);
    tki_buf_free(&s->path);
    free(s);
}

void tki_redact_take(struct tki_redact_scratch *s, uint64_t *hits, uint64_t done[TKI_REDACT_ACTIONS],
                     uint64_t left[TKI_REDACT_LEFT])
{
    for (size_t i = 0; i < s->r->n; i++) {
        hits[i] += s->hits[i];
        s->hits[i] = 0;
    }
    for (int i = 0; i < TKI_REDACT_ACTIONS; i++) {
        done[i] += s->done[i];
        s->done[i] = 0;
    }
    for (int i = 0; i < TKI_REDACT_LEFT; i++) {
        left[i] += s->left[i];
        s->left[i] = 0;
    }
}

/* ---- keys ---- */

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* A star that fails is tried again one byte further: only the last star has to be remembered. */
static bool key_matches(tk_str pattern, tk_str key)
{
    size_t p = 0, k = 0, star = SIZE_MAX, mark = 0;
    while (k < key.n) {
        if (p < pattern.n && pattern.p[p] == '*') {
            star = p++;
            mark = k;
        } else if (p < pattern.n && (pattern.p[p] == '?' || lower(pattern.p[p]) == lower(key.p[k]))) {
            p++;
            k++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            k = ++mark;
        } else {
            return false;
        }
    }
    while (p < pattern.n && pattern.p[p] == '*')
        p++;
    return p == pattern.n;
}

/* ---- texts ---- */

static void put_replacement(struct tki_redact_scratch *s, const struct rule *rule, tk_str old)
{
    unsigned char mac[TKI_MAC_BYTES];
    char hex[2 * HASH_BYTES];
    if (rule->action == TKI_MASK) {
        tki_buf_lit(&s->text, "***");
        return;
    }
    tki_mac(s->r->mac, old, mac);
    tki_fmt_hex(hex, mac, HASH_BYTES);
    tki_buf_put(&s->text, hex, sizeof hex);
}

static void hit(struct tki_redact_scratch *s, const struct rule *rule)
{
    s->hits[rule - s->r->rules]++;
    s->done[rule->action]++;
}

static tk_str taken(struct tki_redact_scratch *s)
{
    if (s->text.err || s->text.n > UINT32_MAX) {
        s->rc = s->text.err ? TK_ENOMEM : TK_ELIMIT;
        return (tk_str){0};
    }
    tk_str copy = tk_batch_copy(s->b, (tk_str){s->text.p, s->text.n});
    if (s->b->err)
        s->rc = s->b->err;
    return copy;
}

static tk_str replace_all(struct tki_redact_scratch *s, const struct rule *rule, tk_str old)
{
    tki_buf_reset(&s->text);
    put_replacement(s, rule, old);
    return taken(s);
}

enum verdict { SAME, CHANGED, DROPPED };

/* Replaces each match.  An empty match hides nothing and is left. */
static enum verdict replace_matches(struct tki_redact_scratch *s, const struct rule *rule, tk_str *text)
{
    size_t at = 0, from = 0, start, end;
    bool any = false;
    int r;
    tki_buf_reset(&s->text);
    while (from <= text->n && (r = tki_regex_find(rule->re, *text, from, s->re, &start, &end)) != 0) {
        if (r < 0) {
            s->rc = r;
            return SAME;
        }
        if (end == start) {
            for (from = end + 1; from < text->n && (text->p[from] & 0xc0) == 0x80; from++)
                ; /* on to the next character */
            continue;
        }
        if (rule->action == TKI_DROP)
            return DROPPED;
        any = true;
        tki_buf_put(&s->text, text->p + at, start - at);
        put_replacement(s, rule, (tk_str){text->p + start, end - start});
        at = from = end;
    }
    if (!any)
        return SAME;
    tki_buf_put(&s->text, text->p + at, text->n - at);
    *text = taken(s);
    return CHANGED;
}

/* Names and messages: what is dropped becomes empty. */
static void redact_text(struct tki_redact_scratch *s, enum field field, tk_str *text)
{
    for (size_t i = 0; i < s->r->n && text->n; i++) {
        const struct rule *rule = &s->r->rules[i];
        if (rule->field != field && (rule->field != ANY || field == STATE))
            continue;
        if (rule->re) {
            enum verdict v = replace_matches(s, rule, text);
            if (v == DROPPED)
                *text = (tk_str){0};
            if (v != SAME)
                hit(s, rule);
            continue;
        }
        *text = rule->action == TKI_DROP ? ((tk_str){0}) : replace_all(s, rule, *text);
        hit(s, rule);
        return;
    }
}

/* Keys and trace states stay what they are, since spans would not mean the same; that a rule's expression matches there
 * is counted. */
static void look_at(struct tki_redact_scratch *s, enum tki_redact_left what, tk_str text)
{
    bool found = false;
    for (size_t i = 0; i < s->r->n && text.n && !found && s->rc == 0; i++) {
        const struct rule *rule = &s->r->rules[i];
        if (rule->field != ANY)
            continue;
        int r = tki_regex_match(rule->re, text, s->re);
        if (r < 0)
            s->rc = r;
        found = r > 0;
    }
    s->left[what] += found;
}

/* ---- values ---- */

/* A value that is no text, array or map, as text. */
static tk_str as_text(const struct tk_value *v, char to[TKI_DOUBLE_CHARS])
{
    switch (v->type) {
    case TK_STRING:
    case TK_BYTES: return (tk_str){v->v.s, v->n};
    case TK_BOOL: return v->v.b ? TKI_STR("true") : TKI_STR("false");
    case TK_INT: return (tk_str){to, tki_fmt_i64(to, v->v.i)};
    case TK_DOUBLE: return (tk_str){to, tki_fmt_double(to, v->v.d)};
    default: return (tk_str){0};
    }
}

static void set_text(struct tk_value *v, tk_str s)
{
    if (v->type != TK_BYTES)
        v->type = TK_STRING;
    v->v.s = s.p;
    v->n = (uint32_t)s.n;
}

/* Masks or hashes everything in the value. */
static void replace_value(struct tki_redact_scratch *s, const struct rule *rule, struct tk_value *v, int depth)
{
    char number[TKI_DOUBLE_CHARS];
    if (v->type == TK_EMPTY)
        return;
    if (v->type == TK_ARRAY || v->type == TK_KVLIST) {
        if (depth == DEPTH_MAX)
            s->rc = TK_ELIMIT;
        for (uint32_t i = 0; i < v->n && s->rc == 0; i++)
            replace_value(s, rule, &s->b->kids[v->v.first + i].value, depth + 1);
        return;
    }
    set_text(v, replace_all(s, rule, as_text(v, number)));
    if (v->type == TK_BYTES) /* the value is text from now on */
        v->type = TK_STRING;
}

static bool meant(const struct rule *rule, tk_str path, tk_str key)
{
    if (rule->field == ANY)
        return true;
    return rule->field == ATTRIBUTE &&
           (key_matches(rule->key, path) || (key.p != path.p && key_matches(rule->key, key)));
}

static enum verdict redact_value(struct tki_redact_scratch *s, tk_str path, tk_str key, struct tk_value *v, int depth);

/* Looks at what is in an array or a map and closes the gaps of what was dropped. */
static void redact_kids(struct tki_redact_scratch *s, tk_str path, struct tk_value *v, int depth)
{
    uint32_t kept = 0;
    size_t was =
        s->path.n; /* 0: path is the attribute's own key, else it lies in the buffer, which moves when it grows */
    if (depth == DEPTH_MAX) {
        s->rc = TK_ELIMIT;
        return;
    }
    for (uint32_t i = 0; i < v->n && s->rc == 0; i++) {
        struct tk_attr *kid = &s->b->kids[v->v.first + i];
        if (was)
            path = (tk_str){s->path.p, was};
        tk_str key = kid->key, below = path;
        if (v->type == TK_KVLIST) {
            if (was == 0)
                tki_buf_str(&s->path, path);
            tki_buf_putc(&s->path, '.');
            tki_buf_str(&s->path, key);
            below = (tk_str){s->path.p, s->path.n};
            if (s->path.err)
                s->rc = TK_ENOMEM;
        } else {
            key = below;
        }
        struct tk_value value = kid->value;
        enum verdict verdict = redact_value(s, below, key, &value, depth + 1);
        s->path.n = was;
        if (verdict == DROPPED)
            continue;
        look_at(s, TKI_LEFT_KEYS, kid->key);
        s->b->kids[v->v.first + kept] = (struct tk_attr){kid->key, value};
        kept++;
    }
    if (s->rc == 0)
        v->n = kept;
}

static enum verdict redact_value(struct tki_redact_scratch *s, tk_str path, tk_str key, struct tk_value *v, int depth)
{
    char number[TKI_DOUBLE_CHARS];
    bool nested = v->type == TK_ARRAY || v->type == TK_KVLIST;
    for (size_t i = 0; i < s->r->n && s->rc == 0; i++) {
        const struct rule *rule = &s->r->rules[i];
        if (!meant(rule, path, key) || (rule->re && (nested || v->type == TK_EMPTY)))
            continue;
        if (rule->re) {
            tk_str text = as_text(v, number);
            enum verdict verdict = replace_matches(s, rule, &text);
            if (verdict != SAME)
                hit(s, rule);
            if (verdict == DROPPED)
                return DROPPED;
            if (verdict == CHANGED)
                set_text(v, text);
            continue;
        }
        hit(s, rule);
        if (rule->action == TKI_DROP)
            return DROPPED;
        replace_value(s, rule, v, depth);
        return CHANGED;
    }
    if (nested)
        redact_kids(s, path, v, depth);
    return SAME;
}

/* ---- batches ---- */

static void redact_attrs(struct tki_redact_scratch *s, tk_range *range)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < range->count && s->rc == 0; i++) {
        struct tk_attr *a = &s->b->attrs[range->first + i];
        s->path.n = 0;
        if (redact_value(s, a->key, a->key, &a->value, 0) == DROPPED)
            continue;
        look_at(s, TKI_LEFT_KEYS, a->key);
        s->b->attrs[range->first + kept++] = *a;
    }
    if (s->rc == 0)
        range->count = kept;
}

static void redact_resource(struct tki_redact_scratch *s, struct tk_resource *r)
{
    r->raw = (tk_str){0};
    redact_text(s, OTHER, &r->schema_url);
    redact_attrs(s, &r->attrs);
    for (uint32_t i = 0; i < r->entities.count && s->b->nentities; i++) {
        struct tk_entity *e = &s->b->entities[r->entities.first + i];
        redact_text(s, OTHER, &e->schema_url);
        redact_text(s, OTHER, &e->type);
    }
    const struct tk_attr *a = tk_attr_find(s->b, r->attrs, "service.name");
    r->service = a && a->value.type == TK_STRING ? (tk_str){a->value.v.s, a->value.n} : (tk_str){0};
}

static void redact_scope(struct tki_redact_scratch *s, struct tk_scope *scope)
{
    scope->raw = (tk_str){0};
    redact_text(s, OTHER, &scope->name);
    redact_text(s, OTHER, &scope->version);
    redact_text(s, OTHER, &scope->schema_url);
    redact_attrs(s, &scope->attrs);
}

static void redact_state(struct tki_redact_scratch *s, tk_str *state)
{
    redact_text(s, STATE, state);
    look_at(s, TKI_LEFT_STATES, *state);
}

static void redact_span(struct tki_redact_scratch *s, struct tk_span *span)
{
    span->raw = (tk_str){0};
    redact_text(s, NAME, &span->name);
    redact_text(s, STATUS, &span->status_message);
    redact_state(s, &span->trace_state);
    redact_attrs(s, &span->attrs);
    for (uint32_t i = 0; i < span->events.count && s->b->nevents; i++) {
        struct tk_event *e = &s->b->events[span->events.first + i];
        redact_text(s, EVENT, &e->name);
        redact_attrs(s, &e->attrs);
    }
    for (uint32_t i = 0; i < span->links.count && s->b->nlinks; i++) {
        struct tk_link *l = &s->b->links[span->links.first + i];
        redact_state(s, &l->trace_state);
        redact_attrs(s, &l->attrs);
    }
}

int tki_redact_batch(const struct tki_redact *r, struct tki_redact_scratch *s, struct tk_batch *b, const uint32_t *rows,
                     size_t nrows)
{
    size_t n = rows ? nrows : b->nspans;
    s->r = r;
    s->b = b;
    s->rc = 0;
    for (uint32_t i = 0; i < b->nresources && s->rc == 0; i++)
        redact_resource(s, &b->resources[i]);
    for (uint32_t i = 0; i < b->nscopes && s->rc == 0; i++)
        redact_scope(s, &b->scopes[i]);
    for (size_t i = 0; i < n && s->rc == 0; i++)
        redact_span(s, &b->spans[rows ? rows[i] : i]);
    b->raw = TK_RAW_NONE;
    return s->rc;
}
