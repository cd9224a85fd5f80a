/* From words to a tree.  The grammar is that of OTTL's conditions; alternatives are tried in its order, and the first
 * that fits counts. */
#include "base/err.h"
#include "base/go_number.h"
#include "base/num.h"
#include "expr/ottl/func.h"
#include "expr/ottl/lex.h"

struct parser {
    struct tki_ottl_words words;
    uint32_t at; /* the next word */
    unsigned release, depth;
    struct tki_arena *arena;
    struct tk_err *err;
    uint32_t far; /* the word up to which it could be read, over all alternatives */
    int fatal;    /* not a matter of syntax: no other alternative helps */
};

typedef struct tki_ottl_node node;

/* A list of nodes under way. */
struct nodes {
    node **node;
    uint32_t n, cap;
};

static node *expression(struct parser *p);
static node *value(struct parser *p);
static node *sum(struct parser *p);

/* ---- words ---- */

static const struct tki_ottl_word *word(const struct parser *p)
{
    return &p->words.word[p->at];
}

static bool is_token(const struct parser *p, enum tki_ottl_token token)
{
    return word(p)->token == token;
}

static bool is_text(const struct parser *p, const char *text)
{
    return !is_token(p, TKI_OT_STRING) && tki_str_eq(word(p)->text, tki_str(text));
}

static const struct tki_ottl_word *take(struct parser *p)
{
    const struct tki_ottl_word *w = word(p);
    p->at += w->token != TKI_OT_END;
    p->far = p->at > p->far ? p->at : p->far;
    return w;
}

static bool accept(struct parser *p, const char *text)
{
    bool yes = is_text(p, text);
    if (yes)
        take(p);
    return yes;
}

/* ---- nodes ---- */

static node *fatal(struct parser *p, int code)
{
    p->fatal = code;
    return NULL;
}

static node *new_node(struct parser *p, enum tki_ottl_kind kind)
{
    node *n = tki_arena_alloc(p->arena, sizeof *n);
    if (!n)
        return fatal(p, tki_err_memory(p->err));
    *n = (node){.kind = (uint8_t)kind, .at = word(p)->at};
    return n;
}

/* Takes m into the list, whose memory is the arena's; returns false without memory, or when m is NULL. */
static bool push(struct parser *p, struct nodes *to, node *m)
{
    if (!m)
        return false;
    if (to->n == to->cap) {
        uint32_t cap = to->cap ? 2 * to->cap : 4;
        node **more = tki_arena_alloc(p->arena, cap * sizeof(node *));
        if (!more)
            return fatal(p, tki_err_memory(p->err)) != NULL;
        if (to->n)
            memcpy(more, to->node, to->n * sizeof(node *));
        to->node = more;
        to->cap = cap;
    }
    to->node[to->n++] = m;
    return true;
}

static node *with_kids(node *n, const struct nodes *kids)
{
    n->kid = kids->node;
    n->nkids = kids->n;
    return n;
}

static node *with_two(struct parser *p, enum tki_ottl_kind kind, uint8_t op, node *x, node *y)
{
    struct nodes kids = {0};
    if (!push(p, &kids, x) || !push(p, &kids, y))
        return NULL;
    node *n = new_node(p, kind);
    if (!n)
        return NULL;
    n->at = x->at;
    n->op = op;
    return with_kids(n, &kids);
}

/* Returns true if there is no more room for depth; every rule that calls itself asks. */
static bool too_deep(struct parser *p)
{
    if (++p->depth <= TKI_OTTL_DEPTH_MAX)
        return false;
    fatal(p, tki_err_at(p->err, TK_ELIMIT, word(p)->at, "more than %d brackets inside each other", TKI_OTTL_DEPTH_MAX));
    return true;
}

/* ---- literals ---- */

static node *literal(struct parser *p, struct tki_ov v)
{
    node *n = new_node(p, TKI_ON_LITERAL);
    if (!n)
        return NULL;
    n->literal = true;
    n->value = v;
    take(p);
    return n;
}

static node *bytes(struct parser *p)
{
    tk_str text = word(p)->text;
    size_t n = (text.n - 2) / 2;
    char *to = tki_arena_alloc(p->arena, n);
    if (!to)
        return fatal(p, tki_err_memory(p->err));
    for (size_t i = 0; i < n; i++) {
        uint64_t x = 0;
        tki_hex_short((tk_str){text.p + 2 + 2 * i, 2}, &x);
        to[i] = (char)x;
    }
    return literal(p, (struct tki_ov){.type = TKI_OV_BYTES, .n = (uint32_t)n, .v.s = to});
}

static node *quoted(struct parser *p)
{
    tk_str s;
    int rc = tki_ottl_unquote(word(p), p->arena, &s, p->err);
    return rc < 0 ? fatal(p, rc) : literal(p, tki_ov_str(s));
}

static node *number(struct parser *p)
{
    tk_str s = word(p)->text;
    if (is_token(p, TKI_OT_INT)) { /* with a 0 in front it is octal, as in Go */
        int64_t x = 0;
        const char *wrong = tki_go_parse_int(s, 0, &x);
        return wrong ? fatal(p, tki_err_at(p->err, TK_EUSAGE, word(p)->at, "%s", wrong)) : literal(p, tki_ov_int(x));
    }
    double d = 0;
    if (!tki_go_parse_float(s, &d))
        return fatal(p, tki_err_at(p->err, TK_EUSAGE, word(p)->at, "a number that is out of range"));
    return literal(p, tki_ov_float(d));
}

/* ---- paths and calls ---- */

static node *key_value(struct parser *p)
{
    if (is_token(p, TKI_OT_STRING))
        return quoted(p);
    return is_token(p, TKI_OT_INT) ? number(p) : sum(p);
}

static bool keys(struct parser *p, node *of)
{
    struct nodes all = {.node = of->key, .n = of->nkeys, .cap = of->nkeys};
    while (accept(p, "["))
        if (!push(p, &all, key_value(p)) || !accept(p, "]"))
            return false;
    of->key = all.node;
    of->nkeys = all.n;
    return true;
}

/* Words without the space that may stand between them. */
static bool join(struct parser *p, uint32_t from, tk_str *to)
{
    size_t n = 0;
    char *text = tki_arena_alloc(p->arena, p->words.word[p->at].at - p->words.word[from].at + 1);
    if (!text)
        return fatal(p, tki_err_memory(p->err)) != NULL;
    for (uint32_t i = from; i < p->at; i++) {
        memcpy(text + n, p->words.word[i].text.p, p->words.word[i].text.n);
        n += p->words.word[i].text.n;
    }
    *to = (tk_str){text, n};
    return true;
}

/* Fields with keys in front of others (events[0].name) are no paths of spans: reading ends behind the keys. */
static node *path(struct parser *p)
{
    node *n = new_node(p, TKI_ON_PATH);
    uint32_t from = p->at;
    if (!n)
        return NULL;
    take(p);
    while (is_text(p, ".")) {
        take(p);
        if (!is_token(p, TKI_OT_LOWER))
            return NULL;
        take(p);
    }
    return join(p, from, &n->name) && keys(p, n) && !is_text(p, ".") ? n : NULL;
}

/* Upper- and lower-case words are one name; returns false if no bracket follows. */
static bool name_of_call(struct parser *p, tk_str *to)
{
    uint32_t from = p->at;
    while (is_token(p, TKI_OT_UPPER) || is_token(p, TKI_OT_LOWER))
        take(p);
    return join(p, from, to);
}

static bool arguments(struct parser *p, struct nodes *to)
{
    if (!accept(p, "("))
        return false;
    if (accept(p, ")"))
        return true;
    do {
        node *holder = new_node(p, TKI_ON_NAME);
        if (!holder)
            return false;
        bool named = is_token(p, TKI_OT_LOWER) && tki_str_eq(p->words.word[p->at + 1].text, TKI_STR("="));
        if (named) {
            holder->name = take(p)->text;
            take(p);
        }
        struct nodes kid = {0};
        if (!push(p, &kid, value(p)) || !push(p, to, with_kids(holder, &kid)))
            return false;
    } while (accept(p, ","));
    return accept(p, ")");
}

static node *call(struct parser *p)
{
    node *n = new_node(p, TKI_ON_CALL);
    struct nodes kids = {0};
    if (!n || !name_of_call(p, &n->name) || !arguments(p, &kids))
        return NULL;
    with_kids(n, &kids);
    return keys(p, n) ? n : NULL;
}

/* ---- arithmetic ---- */

/* A number with its sign is a literal. */
static node *negative(node *n)
{
    if (n && n->value.type == TKI_OV_INT)
        n->value.v.i = -n->value.v.i;
    else if (n)
        n->value.v.d = -n->value.v.d;
    return n;
}

static node *factor(struct parser *p)
{
    if (is_token(p, TKI_OT_SIGN)) {
        bool minus = take(p)->text.p[0] == '-';
        if (p->release < 144 || is_token(p, TKI_OT_SIGN))
            return NULL;
        if (minus && (is_token(p, TKI_OT_INT) || is_token(p, TKI_OT_FLOAT)))
            return negative(number(p));
        node *of = factor(p), *n = of && minus ? new_node(p, TKI_ON_NEGATE) : of;
        struct nodes kid = {0};
        if (!n || n == of)
            return n;
        return push(p, &kid, of) ? with_kids(n, &kid) : NULL;
    }
    if (is_token(p, TKI_OT_INT) || is_token(p, TKI_OT_FLOAT))
        return number(p);
    if (is_token(p, TKI_OT_UPPER))
        return call(p);
    if (is_token(p, TKI_OT_LOWER))
        return path(p);
    if (!is_text(p, "(") || too_deep(p))
        return NULL;
    take(p);
    node *n = sum(p);
    p->depth--;
    if (n && p->release < 144)
        n->literal = false; /* in brackets it is arithmetic, which is only computed for a span */
    return n && accept(p, ")") ? n : NULL;
}

/* Operands with operators of one kind between them, from left to right. */
static node *chain(struct parser *p, enum tki_ottl_token between, node *(*operand)(struct parser *))
{
    node *n = operand(p);
    while (n && is_token(p, between)) {
        uint8_t op = (uint8_t)take(p)->text.p[0];
        n = with_two(p, TKI_ON_ARITH, op, n, operand(p));
    }
    return n;
}

static node *product(struct parser *p)
{
    return chain(p, TKI_OT_TIMES, factor);
}

static node *sum(struct parser *p)
{
    return chain(p, TKI_OT_SIGN, product);
}

/* ---- values ---- */

static node *list(struct parser *p)
{
    node *n = new_node(p, TKI_ON_LIST);
    struct nodes kids = {0};
    if (!n)
        return NULL;
    take(p);
    /* Before 0.160 commas between the elements could be left out. */
    while (!is_text(p, "]")) {
        if (kids.n && !accept(p, ",") && p->release >= 160)
            return NULL;
        if (!push(p, &kids, value(p)))
            return NULL;
    }
    take(p);
    return with_kids(n, &kids);
}

static node *map(struct parser *p)
{
    node *n = new_node(p, TKI_ON_MAP);
    struct nodes kids = {0};
    if (!n)
        return NULL;
    take(p);
    while (!is_text(p, "}")) {
        node *member = new_node(p, TKI_ON_NAME), *key = is_token(p, TKI_OT_STRING) ? quoted(p) : NULL;
        struct nodes kid = {0};
        if (!member || !key || !accept(p, ":") || !push(p, &kid, value(p)))
            return NULL;
        member->name = tki_ov_text(&key->value);
        if (!push(p, &kids, with_kids(member, &kid)))
            return NULL;
        accept(p, ",");
    }
    take(p);
    return with_kids(n, &kids);
}

/* A name in upper case that no bracket follows: an enum's. */
static bool is_enum(const struct parser *p)
{
    const struct tki_ottl_word *next = word(p) + 1;
    return is_token(p, TKI_OT_UPPER) && next->token != TKI_OT_LOWER && next->token != TKI_OT_UPPER &&
           !tki_str_eq(next->text, TKI_STR("("));
}

static node *enumerator(struct parser *p)
{
    node *n = new_node(p, TKI_ON_ENUM);
    if (n)
        n->name = take(p)->text;
    return n;
}

/* ( [ name { , name } ] ) => : how many words, or 0. */
static uint32_t lambda_head(const struct parser *p)
{
    uint32_t at = p->at + 1;
    if (p->release < 155 || !is_text(p, "("))
        return 0;
    for (bool more = !tki_str_eq(p->words.word[at].text, TKI_STR(")")); more; at++) {
        const struct tki_ottl_word *w = &p->words.word[at++];
        if (w->token != TKI_OT_LOWER && (w->token != TKI_OT_MARK || !TKI_STR_IS(w->text, "_")))
            return 0;
        w = &p->words.word[at];
        more = w->token == TKI_OT_MARK && TKI_STR_IS(w->text, ",");
        if (!more)
            break;
    }
    const struct tki_ottl_word *close = &p->words.word[at];
    if (close->token != TKI_OT_MARK || !TKI_STR_IS(close->text, ")") || close[1].token != TKI_OT_ARROW)
        return 0;
    return at + 2 - p->at;
}

/* The body is a value, unless what stands behind it makes it part of a condition. */
static bool lambda_body(struct parser *p, node *lambda)
{
    struct nodes kid = {0};
    uint32_t from = p->at;
    node *body = value(p);
    if (p->fatal)
        return false;
    if (!body || is_token(p, TKI_OT_OR) || is_token(p, TKI_OT_AND) || is_token(p, TKI_OT_COMPARE)) {
        p->at = from;
        body = expression(p);
        lambda->op = 1;
    }
    if (!push(p, &kid, body))
        return false;
    with_kids(lambda, &kid);
    return true;
}

static node *lambda(struct parser *p, uint32_t words)
{
    node *n = new_node(p, TKI_ON_LAMBDA);
    struct nodes params = {0};
    uint32_t end = p->at + words;
    if (!n)
        return NULL;
    for (; p->at < end; take(p)) {
        if (!is_token(p, TKI_OT_LOWER) && !is_text(p, "_"))
            continue;
        node *param = new_node(p, TKI_ON_NAME);
        if (!push(p, &params, param))
            return NULL;
        param->name = word(p)->text;
    }
    n->key = params.node;
    n->nkeys = params.n;
    return lambda_body(p, n) ? n : NULL;
}

static node *value_here(struct parser *p)
{
    uint32_t head = lambda_head(p);
    if (head)
        return lambda(p, head);
    switch ((enum tki_ottl_token)word(p)->token) {
    case TKI_OT_NIL: return literal(p, tki_ov_nil());
    case TKI_OT_BYTES: return bytes(p);
    case TKI_OT_STRING: return quoted(p);
    case TKI_OT_TRUE:
    case TKI_OT_FALSE: return literal(p, tki_ov_bool(is_token(p, TKI_OT_TRUE)));
    default: break;
    }
    if (is_text(p, "["))
        return list(p);
    if (is_text(p, "{"))
        return map(p);
    return is_enum(p) ? enumerator(p) : sum(p);
}

static node *value(struct parser *p)
{
    if (too_deep(p))
        return NULL;
    node *n = value_here(p);
    p->depth--;
    return n;
}

/* ---- truth ---- */

static uint8_t comparison_of(tk_str s)
{
    static const char *const texts[] = {
        [TKI_EQ] = "==", [TKI_NE] = "!=", [TKI_LT] = "<", [TKI_LE] = "<=", [TKI_GE] = ">=", [TKI_GT] = ">"};
    uint8_t op = 0;
    while (!tki_str_eq(s, tki_str(texts[op])))
        op++;
    return op;
}

static bool stands_alone(const node *n, uint32_t first, const struct parser *p)
{
    if (n->kind == TKI_ON_CALL)
        return p->words.word[first].token == TKI_OT_UPPER;
    return n->kind == TKI_ON_LITERAL && n->value.type == TKI_OV_BOOL;
}

static node *truth(struct parser *p)
{
    uint32_t from = p->at;
    node *n = value(p);
    if (p->fatal)
        return NULL;
    if (n && is_token(p, TKI_OT_COMPARE)) {
        uint8_t op = comparison_of(take(p)->text);
        return with_two(p, TKI_ON_COMPARE, op, n, value(p));
    }
    if (n && stands_alone(n, from, p))
        return n;
    p->at = from;
    if (!is_text(p, "(") || too_deep(p))
        return NULL;
    take(p);
    n = expression(p);
    p->depth--;
    return n && accept(p, ")") ? n : NULL;
}

static node *negation(struct parser *p)
{
    if (!is_token(p, TKI_OT_NOT))
        return truth(p);
    node *n = new_node(p, TKI_ON_NOT);
    struct nodes kid = {0};
    take(p);
    return n && push(p, &kid, truth(p)) ? with_kids(n, &kid) : NULL;
}

/* Terms with one word between them; a single one stands for itself. */
static node *series(struct parser *p, enum tki_ottl_token between, enum tki_ottl_kind kind,
                    node *(*term)(struct parser *))
{
    struct nodes kids = {0};
    node *n = new_node(p, kind);
    if (!n || !push(p, &kids, term(p)))
        return NULL;
    while (is_token(p, between)) {
        take(p);
        if (!push(p, &kids, term(p)))
            return NULL;
    }
    return kids.n == 1 ? kids.node[0] : with_kids(n, &kids);
}

static node *conjunction(struct parser *p)
{
    return series(p, TKI_OT_AND, TKI_ON_AND, negation);
}

static node *expression(struct parser *p)
{
    return series(p, TKI_OT_OR, TKI_ON_OR, conjunction);
}

int tki_ottl_read(struct tki_ottl *c, struct tki_arena *arena, struct tk_err *err)
{
    struct parser p = {.release = c->release, .arena = arena, .err = err};
    if (c->text.n > TKI_OTTL_TEXT_MAX)
        return tki_err_set(err, TK_ELIMIT, "a condition of more than %d bytes", TKI_OTTL_TEXT_MAX);
    int rc = tki_ottl_lex(&p.words, c->text, c->release < 144, arena, err);
    if (rc < 0)
        return rc;
    c->root = expression(&p);
    if (p.fatal)
        return p.fatal;
    if (c->root && is_token(&p, TKI_OT_END))
        return 0;
    const struct tki_ottl_word *w = &p.words.word[p.far];
    if (w->token == TKI_OT_END)
        return tki_err_at(err, TK_EUSAGE, w->at, "the condition ends here too early");
    return tki_err_at(err, TK_EUSAGE, w->at, "'%.*s' cannot stand here", (int)(w->text.n < 40 ? w->text.n : 40),
                      w->text.p);
}
