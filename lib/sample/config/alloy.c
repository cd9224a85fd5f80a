/* From the text to mappings. */
#include "sample/config/alloy.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/num.h"
#include "sample/config/alloy_lex.h"

enum { DEPTH_MAX = 64 /* braces and brackets inside each other */ };

struct parser {
    struct tki_alloy_lexer l;
    unsigned depth;
};

static bool is_sign(const struct parser *p, const char *what)
{
    return p->l.token == TKI_ALLOY_SIGN && tki_str_eq(p->l.written, tki_str(what));
}

static int wrong(const struct parser *p, const char *wanted)
{
    const struct tki_alloy_lexer *l = &p->l;
    if (l->token == TKI_ALLOY_BAD)
        return tki_yaml_fail_at(l->y, l->pos, TK_EUSAGE, "not valid in Alloy's syntax: %s", l->why);
    return tki_yaml_fail_at(l->y, l->pos, TK_EUSAGE, "not valid in Alloy's syntax: %s is expected, and there is %.*s",
                            wanted, l->token == TKI_ALLOY_END ? 3 : (int)(l->written.n < 60 ? l->written.n : 60),
                            l->token == TKI_ALLOY_END ? "end" : l->written.p);
}

static int expect(struct parser *p, const char *sign)
{
    char quoted[8];
    snprintf(quoted, sizeof quoted, "'%s'", sign);
    return is_sign(p, sign) ? tki_alloy_next(&p->l) : wrong(p, quoted);
}

/* ---- nodes ---- */

static struct tki_yaml_node *new_node(struct parser *p, enum tki_yaml_kind kind, struct tki_pos pos)
{
    struct tki_yaml_node *node = tki_arena_alloc(p->l.y->arena, sizeof *node);
    if (node)
        *node = (struct tki_yaml_node){.kind = (uint8_t)kind, .pos = pos, .values = 1};
    else
        tki_err_memory(p->l.y->err);
    return node;
}

static struct tki_yaml_node *new_scalar(struct parser *p, struct tki_pos pos, tk_str text, bool is_text,
                                        enum tki_alloy_scalar how)
{
    struct tki_yaml_node *node = new_node(p, TKI_YAML_SCALAR, pos);
    if (node) {
        node->text = text;
        node->is_text = is_text;
        node->plain = !is_text;
        node->alloy = (uint8_t)how;
    }
    return node;
}

static bool is_value(const struct tki_yaml_node *node)
{
    return node->kind == TKI_YAML_SCALAR && node->alloy == TKI_ALLOY_VALUE;
}

/* Adds an item, and its key where it is a mapping.  The arrays grow by doubling; the old ones stay in the arena. */
static int add(struct parser *p, struct tki_yaml_node *to, struct tki_yaml_node *key, struct tki_yaml_node *item)
{
    if (!key && to->kind == TKI_YAML_MAP)
        return TK_ENOMEM;
    if (!item)
        return TK_ENOMEM;
    if ((to->n & (to->n - 1)) == 0) {
        size_t cap = to->n ? to->n * (size_t)2 : 1;
        struct tki_yaml_node **items = tki_arena_alloc(p->l.y->arena, cap * sizeof(struct tki_yaml_node *));
        struct tki_yaml_node **keys = tki_arena_alloc(p->l.y->arena, cap * sizeof(struct tki_yaml_node *));
        if (!items || !keys)
            return tki_err_memory(p->l.y->err);
        if (to->n) {
            memcpy(items, to->item, to->n * sizeof(struct tki_yaml_node *));
            memcpy(keys, to->key, to->n * sizeof(struct tki_yaml_node *));
        }
        to->item = items;
        to->key = keys;
    }
    to->key[to->n] = key;
    to->item[to->n++] = item;
    return 0;
}

static struct tki_yaml_node *find(const struct tki_yaml_node *map, tk_str key)
{
    for (uint32_t i = 0; i < map->n; i++)
        if (tki_str_eq(map->key[i]->text, key))
            return map->item[i];
    return NULL;
}

/* ---- expressions ---- */

static int expression(struct parser *p, struct tki_yaml_node **to);

/* As it is written. */
static int unevaluated(struct parser *p, struct tki_pos pos, const char *from, const char *end,
                       struct tki_yaml_node **to)
{
    while (end > from && strchr(" \t\r\n", end[-1]))
        end--;
    *to = new_scalar(p, pos, (tk_str){from, (size_t)(end - from)}, true, TKI_ALLOY_EXPRESSION);
    return *to ? 0 : TK_ENOMEM;
}

static int list_of(struct parser *p, struct tki_yaml_node **to)
{
    int rc = tki_alloy_next(&p->l);
    *to = new_node(p, TKI_YAML_LIST, p->l.pos);
    if (!*to)
        return TK_ENOMEM;
    while (rc == 0 && !is_sign(p, "]")) {
        struct tki_yaml_node *item;
        rc = expression(p, &item);
        if (rc == 0)
            rc = add(p, *to, NULL, item);
        if (rc == 0 && !is_sign(p, "]"))
            rc = expect(p, ",");
    }
    return rc == 0 ? tki_alloy_next(&p->l) : rc;
}

static int object(struct parser *p, struct tki_yaml_node **to)
{
    int rc = tki_alloy_next(&p->l);
    *to = new_node(p, TKI_YAML_MAP, p->l.pos);
    if (!*to)
        return TK_ENOMEM;
    while (rc == 0 && !is_sign(p, "}")) {
        struct tki_yaml_node *item, *key;
        if (p->l.token != TKI_ALLOY_NAME && p->l.token != TKI_ALLOY_STRING)
            return wrong(p, "a key");
        key = new_scalar(p, p->l.pos, p->l.token == TKI_ALLOY_NAME ? p->l.written : p->l.value, true, TKI_ALLOY_VALUE);
        rc = tki_alloy_next(&p->l);
        if (rc == 0)
            rc = expect(p, "=");
        if (rc == 0)
            rc = expression(p, &item);
        if (rc == 0)
            rc = add(p, *to, key, item);
        if (rc == 0 && !is_sign(p, "}"))
            rc = expect(p, ",");
    }
    return rc == 0 ? tki_alloy_next(&p->l) : rc;
}

/* `env("NAME")` and `sys.env("NAME")` have the variable's value, and none is "". */
static int environment(struct parser *p, struct tki_pos pos, const struct tki_yaml_node *name,
                       struct tki_yaml_node **to)
{
    const char *value = getenv(name->text.p);
    *to = new_scalar(p, pos, tki_str(value ? value : ""), true, TKI_ALLOY_VALUE);
    if (!*to || (value && *value))
        return *to ? 0 : TK_ENOMEM;
    char *unset = tki_arena_alloc(p->l.y->arena, name->text.n + 32);
    if (!unset)
        return tki_err_memory(p->l.y->err);
    (*to)->unset = (tk_str){unset, (size_t)snprintf(unset, name->text.n + 32, "env(\"%s\") is %s", name->text.p,
                                                    value ? "empty" : "not set")};
    return 0;
}

/* What follows a name: members, calls, indices.  *arguments gets those of the last call, *more is set when there is
 * more than one call or an index.  Both are empty before. */
static int access(struct parser *p, tk_str *path, struct tki_yaml_node **arguments, bool *more, const char **end)
{
    int rc = 0;
    while (rc == 0) {
        if (is_sign(p, ".")) {
            *more = *more || *arguments;
            rc = tki_alloy_next(&p->l);
            if (rc == 0 && p->l.token != TKI_ALLOY_NAME)
                return wrong(p, "a name");
            *end = p->l.at;
            if (!*arguments)
                path->n = (size_t)(p->l.at - path->p);
            rc = rc == 0 ? tki_alloy_next(&p->l) : rc;
        } else if ((is_sign(p, "(") || is_sign(p, "[")) && !p->l.new_line) {
            bool call = is_sign(p, "(");
            *more = *more || *arguments || !call;
            *arguments = new_node(p, TKI_YAML_LIST, p->l.pos);
            rc = *arguments ? tki_alloy_next(&p->l) : TK_ENOMEM;
            while (rc == 0 && !is_sign(p, call ? ")" : "]")) {
                struct tki_yaml_node *item;
                rc = expression(p, &item);
                if (rc == 0)
                    rc = add(p, *arguments, NULL, item);
                if (rc == 0 && !is_sign(p, call ? ")" : "]"))
                    rc = expect(p, ",");
            }
            *end = p->l.at;
            rc = rc == 0 ? tki_alloy_next(&p->l) : rc;
        } else {
            break;
        }
    }
    return rc;
}

static int named(struct parser *p, struct tki_yaml_node **to)
{
    tk_str path = p->l.written;
    struct tki_pos pos = p->l.pos;
    struct tki_yaml_node *arguments = NULL;
    const char *from = path.p, *end = p->l.at;
    bool more = false;
    int rc = tki_alloy_next(&p->l);
    if (rc == 0)
        rc = access(p, &path, &arguments, &more, &end);
    if (rc < 0)
        return rc;
    if (!more && !arguments && (TKI_STR_IS(path, "true") || TKI_STR_IS(path, "false") || TKI_STR_IS(path, "null"))) {
        *to = new_scalar(p, pos, path, false, TKI_ALLOY_VALUE);
        return *to ? 0 : TK_ENOMEM;
    }
    if (!more && arguments && arguments->n == 1 && is_value(arguments->item[0]) && arguments->item[0]->is_text &&
        (TKI_STR_IS(path, "env") || TKI_STR_IS(path, "sys.env")))
        return environment(p, pos, arguments->item[0], to);
    return unevaluated(p, pos, from, end, to);
}

static int operand(struct parser *p, struct tki_yaml_node **to)
{
    struct tki_alloy_lexer *l = &p->l;
    struct tki_pos pos = l->pos;
    const char *from = l->written.p;
    int rc;
    if (++p->depth > DEPTH_MAX)
        return tki_yaml_fail_at(l->y, pos, TK_ELIMIT, "more than %d brackets inside each other", DEPTH_MAX);
    if (l->token == TKI_ALLOY_STRING || l->token == TKI_ALLOY_NUMBER) {
        bool text = l->token == TKI_ALLOY_STRING;
        *to = new_scalar(p, pos, text ? l->value : l->written, text, TKI_ALLOY_VALUE);
        rc = *to ? tki_alloy_next(l) : TK_ENOMEM;
    } else if (l->token == TKI_ALLOY_NAME) {
        rc = named(p, to);
    } else if (is_sign(p, "[")) {
        rc = list_of(p, to);
    } else if (is_sign(p, "{")) {
        rc = object(p, to);
    } else if (is_sign(p, "(")) {
        rc = tki_alloy_next(l);
        rc = rc == 0 ? expression(p, to) : rc;
        rc = rc == 0 ? expect(p, ")") : rc;
    } else if (is_sign(p, "-") || is_sign(p, "!")) {
        bool minus = is_sign(p, "-");
        rc = tki_alloy_next(l);
        bool digits = minus && l->token == TKI_ALLOY_NUMBER && from + 1 == l->written.p;
        const char *end = l->at;
        rc = rc == 0 ? operand(p, to) : rc;
        if (rc == 0 && digits)
            (*to)->text = (tk_str){from, (size_t)(end - from)};
        else if (rc == 0)
            rc = unevaluated(p, pos, from, l->written.p, to);
    } else {
        rc = wrong(p, "a value");
    }
    p->depth--;
    return rc;
}

static bool is_operator(const struct parser *p)
{
    static const char *const all[] = {"+", "-", "*", "/", "%", "^", "==", "!=", "<", "<=", ">", ">=", "&&", "||"};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (is_sign(p, all[i]))
            return true;
    return false;
}

static int joined(struct parser *p, const struct tki_yaml_node *a, const struct tki_yaml_node *b,
                  struct tki_yaml_node **to)
{
    char *both = tki_arena_alloc(p->l.y->arena, a->text.n + b->text.n + 1);
    if (!both)
        return tki_err_memory(p->l.y->err);
    if (a->text.n)
        memcpy(both, a->text.p, a->text.n);
    if (b->text.n)
        memcpy(both + a->text.n, b->text.p, b->text.n);
    both[a->text.n + b->text.n] = '\0';
    *to = new_scalar(p, a->pos, (tk_str){both, a->text.n + b->text.n}, true, TKI_ALLOY_VALUE);
    return *to ? 0 : TK_ENOMEM;
}

/* Texts are joined by +; what other operators would give is not computed. */
static int expression(struct parser *p, struct tki_yaml_node **to)
{
    struct tki_pos pos = p->l.pos;
    const char *from = p->l.written.p;
    int rc = operand(p, to);
    while (rc == 0 && is_operator(p)) {
        struct tki_yaml_node *right = NULL;
        bool plus = is_sign(p, "+");
        rc = tki_alloy_next(&p->l);
        if (rc == 0)
            rc = operand(p, &right);
        if (rc < 0)
            return rc;
        if (plus && is_value(*to) && is_value(right) && (*to)->is_text && right->is_text)
            rc = joined(p, *to, right, to);
        else
            rc = unevaluated(p, pos, from, p->l.written.p, to);
    }
    return rc;
}

/* ---- bodies ---- */

static int body(struct parser *p, struct tki_yaml_node *to);

/* Blocks of which there may be several. */
static const char *list_key(tk_str name)
{
    static const char *const several[] = {"and_sub_policy", "composite_sub_policy", "drop_sub_policy",
                                          "rate_allocation"};
    if (TKI_STR_IS(name, "policy"))
        return "policies";
    for (size_t i = 0; i < sizeof several / sizeof *several; i++)
        if (tki_str_eq(name, tki_str(several[i])))
            return several[i];
    return NULL;
}

/* The mapping or list of that name in a body, made when it is not there. */
static struct tki_yaml_node *member(struct parser *p, struct tki_yaml_node *to, tk_str name, enum tki_yaml_kind kind,
                                    struct tki_pos pos)
{
    struct tki_yaml_node *there = find(to, name);
    if (there)
        return there;
    there = new_node(p, kind, pos);
    struct tki_yaml_node *key = there ? new_scalar(p, pos, name, true, TKI_ALLOY_VALUE) : NULL;
    return add(p, to, key, there) == 0 ? there : NULL;
}

static int block(struct parser *p, struct tki_yaml_node *to, tk_str name, struct tki_pos pos)
{
    struct tki_yaml_node *inside = new_node(p, TKI_YAML_MAP, pos), *key = NULL;
    const char *several = list_key(name);
    int rc = inside ? 0 : TK_ENOMEM;
    if (rc == 0 && (tki_str_find(name, '.') || p->l.token == TKI_ALLOY_STRING)) {
        to = member(p, to, name, TKI_YAML_MAP, pos);
        name = p->l.token == TKI_ALLOY_STRING ? p->l.value : TKI_STR("");
        rc = !to ? TK_ENOMEM : p->l.token == TKI_ALLOY_STRING ? tki_alloy_next(&p->l) : 0;
        several = NULL;
    }
    if (rc == 0 && several)
        to = member(p, to, tki_str(several), TKI_YAML_LIST, pos);
    if (rc == 0 && (!to || (several && to->kind != TKI_YAML_LIST)))
        return to ? tki_yaml_fail_at(p->l.y, pos, TK_EUSAGE, "'%s' is an attribute already", several) : TK_ENOMEM;
    if (rc == 0 && TKI_STR_IS(name, "policies"))
        return tki_yaml_fail_at(p->l.y, pos, TK_EUSAGE,
                                "unknown block 'policies': Alloy has a block 'policy' for each");
    if (rc == 0 && !several) {
        if (find(to, name))
            return tki_yaml_fail_at(p->l.y, pos, TK_EUSAGE, "the block '%.*s' stands there twice",
                                    (int)(name.n < 60 ? name.n : 60), name.p);
        key = new_scalar(p, pos, name, true, TKI_ALLOY_VALUE);
    }
    if (rc == 0)
        rc = add(p, to, key, inside);
    rc = rc == 0 ? expect(p, "{") : rc;
    if (rc == 0 && ++p->depth > DEPTH_MAX)
        rc = tki_yaml_fail_at(p->l.y, pos, TK_ELIMIT, "more than %d blocks inside each other", DEPTH_MAX);
    rc = rc == 0 ? body(p, inside) : rc;
    p->depth--;
    return rc == 0 ? expect(p, "}") : rc;
}

static int attribute(struct parser *p, struct tki_yaml_node *to, tk_str name, struct tki_pos pos)
{
    struct tki_yaml_node *value;
    if (find(to, name))
        return tki_yaml_fail_at(p->l.y, pos, TK_EUSAGE, "the attribute '%.*s' stands there twice",
                                (int)(name.n < 60 ? name.n : 60), name.p);
    int rc = tki_alloy_next(&p->l);
    rc = rc == 0 ? expression(p, &value) : rc;
    if (rc == 0)
        rc = add(p, to, new_scalar(p, pos, name, true, TKI_ALLOY_VALUE), value);
    if (rc == 0 && !p->l.new_line && !is_sign(p, "}") && p->l.token != TKI_ALLOY_END)
        rc = is_sign(p, ";") ? tki_alloy_next(&p->l)
             : p->l.token == TKI_ALLOY_NAME && value->kind == TKI_YAML_SCALAR && !value->is_text
                 ? wrong(p, "the end of the line (a duration is a text, in quotes)")
                 : wrong(p, "the end of the line");
    return rc;
}

static int body(struct parser *p, struct tki_yaml_node *to)
{
    int rc = 0;
    while (rc == 0 && p->l.token != TKI_ALLOY_END && !is_sign(p, "}")) {
        tk_str name = p->l.written;
        struct tki_pos pos = p->l.pos;
        if (p->l.token != TKI_ALLOY_NAME)
            return wrong(p, "a name");
        rc = tki_alloy_next(&p->l);
        while (rc == 0 && is_sign(p, ".")) {
            rc = tki_alloy_next(&p->l);
            if (rc == 0 && p->l.token != TKI_ALLOY_NAME)
                return wrong(p, "a name");
            name.n = (size_t)(p->l.at - name.p);
            rc = rc == 0 ? tki_alloy_next(&p->l) : rc;
        }
        if (rc == 0)
            rc = is_sign(p, "=") ? attribute(p, to, name, pos) : block(p, to, name, pos);
    }
    return rc;
}

static struct parser begin(const struct tki_yaml *y, struct tki_pos origin, tk_str text)
{
    return (struct parser){
        .l = {.y = y, .origin = origin, .text = text, .at = text.p, .line = 1, .line_start = text.p}};
}

int tki_alloy_parse(const struct tki_yaml *y, struct tki_pos origin, tk_str text, struct tki_yaml_node **to)
{
    struct parser p = begin(y, origin, text);
    *to = new_node(&p, TKI_YAML_MAP, (struct tki_pos){origin.file, origin.line + 1, 1});
    int rc = *to ? tki_alloy_next(&p.l) : TK_ENOMEM;
    rc = rc == 0 ? body(&p, *to) : rc;
    return rc == 0 && p.l.token != TKI_ALLOY_END ? wrong(&p, "a name") : rc;
}

bool tki_alloy_looks_like(tk_str text)
{
    struct tki_arena memory = {0};
    struct tk_err err = {0};
    struct tki_warnings warnings = {0};
    const struct tki_yaml y = {.arena = &memory, .warnings = &warnings, .err = &err};
    struct parser p = begin(&y, (struct tki_pos){.file = ""}, text);
    int rc = text.n ? tki_alloy_next(&p.l) : TK_ENOMEM;
    bool looks = rc == 0 && p.l.token == TKI_ALLOY_NAME;
    while (looks && tki_alloy_next(&p.l) == 0 && is_sign(&p, "."))
        looks = tki_alloy_next(&p.l) == 0 && p.l.token == TKI_ALLOY_NAME;
    if (looks && p.l.token == TKI_ALLOY_STRING)
        looks = tki_alloy_next(&p.l) == 0;
    looks = looks && is_sign(&p, "{");
    tki_arena_free(&memory);
    return looks;
}
