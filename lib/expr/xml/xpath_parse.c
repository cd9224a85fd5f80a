/* Paths from their text to a tree, as antchfx/xpath reads them. */
#include "expr/xml/xpath_scan.h"

typedef struct xpath_node node;

enum { DEPTH_MAX = 200, PARTS_MAX = 1000 };

static void expect(struct xpath_scan *s, enum xpath_item item)
{
    if (s->item != item)
        tki_xpath_bad(s, "an unexpected character");
    tki_xpath_next_item(s);
}

/* ---- nodes ---- */

static node *make(struct xpath_scan *s, enum xpath_part part, node *in)
{
    node *n = tki_arena_alloc(s->r->arena, sizeof *n);
    if (!n) {
        tki_xpath_fail(s->r, TK_ENOMEM, 0, "out of memory");
        return NULL;
    }
    if (++s->parts > PARTS_MAX)
        tki_xpath_fail(s->r, TK_ELIMIT, (uint32_t)s->began, "a path of more than %d parts", PARTS_MAX);
    *n = (node){.part = part, .at = (uint32_t)s->began, .in = in};
    return n;
}

static node *operation(struct xpath_scan *s, enum xpath_op op, node *a, node *b)
{
    node *n = make(s, PART_OPERATOR, a);
    if (n) {
        n->op = op;
        n->second = b;
    }
    return n;
}

static node *step(struct xpath_scan *s, enum xpath_axis axis, enum xpath_type type, node *in)
{
    node *n = make(s, PART_STEP, in);
    if (n) {
        n->axis = axis;
        n->test.type = type;
    }
    return n;
}

static node *number(struct xpath_scan *s, double x)
{
    node *n = make(s, PART_NUMBER, NULL);
    if (n)
        n->number = x;
    return n;
}

static node *parse_or(struct xpath_scan *s, node *in);

static node *parse_expression(struct xpath_scan *s, node *in)
{
    if (++s->depth > DEPTH_MAX)
        tki_xpath_bad(s, "too many brackets");
    node *n = s->r->rc ? NULL : parse_or(s, in);
    s->depth--;
    return n;
}

static node *parse_tests(struct xpath_scan *s, node *n, bool many)
{
    while (s->item == I_OPEN_TEST && !s->r->rc) {
        node *filter = make(s, PART_FILTER, n);
        tki_xpath_next_item(s);
        node *condition = parse_expression(s, n);
        expect(s, I_CLOSE_TEST);
        if (!filter)
            return NULL;
        filter->second = condition;
        n = filter;
        if (!many)
            break;
    }
    return n;
}

/* ---- steps ---- */

static bool is_node_type(const struct xpath_scan *s)
{
    return s->prefix.n == 0 && (TKI_STR_IS(s->name, "node") || TKI_STR_IS(s->name, "text") ||
                                TKI_STR_IS(s->name, "processing-instruction") || TKI_STR_IS(s->name, "comment"));
}

static enum xpath_axis find_axis(tk_str name)
{
    static const struct {
        tk_str name;
        enum xpath_axis axis;
    } axes[] = {{TKI_STR_INIT("child"), AXIS_CHILD},
                {TKI_STR_INIT("attribute"), AXIS_ATTRIBUTE},
                {TKI_STR_INIT("self"), AXIS_SELF},
                {TKI_STR_INIT("parent"), AXIS_PARENT},
                {TKI_STR_INIT("descendant"), AXIS_DESCENDANT},
                {TKI_STR_INIT("descendant-or-self"), AXIS_DESCENDANT_OR_SELF},
                {TKI_STR_INIT("following-sibling"), AXIS_FOLLOWING_SIBLING},
                {TKI_STR_INIT("preceding-sibling"), AXIS_PRECEDING_SIBLING},
                {TKI_STR_INIT("ancestor"), AXIS_ABSENT},
                {TKI_STR_INIT("ancestor-or-self"), AXIS_ABSENT},
                {TKI_STR_INIT("following"), AXIS_ABSENT},
                {TKI_STR_INIT("preceding"), AXIS_ABSENT},
                {TKI_STR_INIT("namespace"), AXIS_ABSENT}};
    for (size_t i = 0; i < sizeof axes / sizeof *axes; i++)
        if (tki_str_eq(axes[i].name, name))
            return axes[i].axis;
    return AXIS_NONE;
}

/* text(), node(), comment(), processing-instruction(): the last one is no test but of its name. */
static void parse_node_type(struct xpath_scan *s, node *n)
{
    tk_str type = s->name;
    tki_xpath_next_item(s);
    expect(s, I_OPEN);
    if (TKI_STR_IS(type, "processing-instruction") && s->item != I_CLOSE) {
        n->test.name = s->text;
        expect(s, I_STRING);
    }
    expect(s, I_CLOSE);
    if (TKI_STR_IS(type, "text"))
        n->test.type = XPATH_TEXT;
    else if (TKI_STR_IS(type, "comment"))
        n->test.type = XPATH_COMMENT;
    else if (TKI_STR_IS(type, "node"))
        n->test.type = XPATH_ALL;
}

static node *parse_test(struct xpath_scan *s, enum xpath_axis axis, node *in)
{
    node *n = step(s, axis, axis == AXIS_ATTRIBUTE ? XPATH_ATTRIBUTE : XPATH_ELEMENT, in);
    if (!n)
        return NULL;
    if (s->item == I_STAR) {
        tki_xpath_next_item(s);
    } else if (s->item != I_NAME) {
        tki_xpath_bad(s, "something that is no step");
    } else if (s->calls && is_node_type(s)) {
        parse_node_type(s, n);
    } else {
        n->test.name = s->name;
        n->test.prefix = s->prefix;
        tki_xpath_next_item(s);
        if (TKI_STR_IS(s->name, "*")) /* of the item that was, if the one that is has no name */
            n->test.name = (tk_str){"", 0};
    }
    return n;
}

static node *parse_step(struct xpath_scan *s, node *in);

static node *parse_sequence(struct xpath_scan *s, node *in)
{
    expect(s, I_OPEN);
    node *n = parse_step(s, in);
    while (s->item == I_COMMA && !s->r->rc) {
        tki_xpath_next_item(s);
        n = operation(s, OP_UNION, n, parse_step(s, in));
    }
    expect(s, I_CLOSE);
    return n;
}

static node *parse_step(struct xpath_scan *s, node *in)
{
    enum xpath_axis axis = AXIS_CHILD;
    tk_str word = {"", 0};
    if (s->item == I_DOT || s->item == I_DOTS) {
        node *n = step(s, s->item == I_DOT ? AXIS_SELF : AXIS_PARENT, XPATH_ALL, in);
        tki_xpath_next_item(s);
        return parse_tests(s, n, true);
    }
    if (s->item == I_OPEN) {
        if (++s->depth > DEPTH_MAX)
            tki_xpath_bad(s, "too many brackets");
        node *n = s->r->rc ? NULL : parse_sequence(s, in);
        s->depth--;
        return n;
    }
    if (s->item == I_AT) {
        axis = AXIS_ATTRIBUTE;
        tki_xpath_next_item(s);
    } else if (s->item == I_AXIS) {
        word = s->name;
        axis = find_axis(word);
        tki_xpath_next_item(s);
    }
    node *n = parse_test(s, axis, in);
    if (n)
        n->text = word;
    return parse_tests(s, n, true);
}

static node *parse_relative(struct xpath_scan *s, node *n)
{
    while (!s->r->rc) {
        n = parse_step(s, n);
        if (s->item != I_SLASH && s->item != I_SLASHES)
            break;
        if (s->item == I_SLASHES)
            n = step(s, AXIS_DESCENDANT_OR_SELF, XPATH_ALL, n);
        tki_xpath_next_item(s);
    }
    return n;
}

static bool begins_step(enum xpath_item item)
{
    return item == I_DOT || item == I_DOTS || item == I_AT || item == I_AXIS || item == I_STAR || item == I_NAME;
}

static node *parse_location(struct xpath_scan *s)
{
    if (s->item == I_SLASH) {
        node *root = make(s, PART_ROOT, NULL);
        tki_xpath_next_item(s);
        return begins_step(s->item) ? parse_relative(s, root) : root;
    }
    if (s->item == I_SLASHES) {
        node *all = step(s, AXIS_DESCENDANT_OR_SELF, XPATH_ALL, make(s, PART_ROOT, NULL));
        tki_xpath_next_item(s);
        return parse_relative(s, all);
    }
    return parse_relative(s, NULL);
}

/* ---- functions, brackets, constants ---- */

static void add_arg(struct xpath_scan *s, node *n, node *arg)
{
    if (n->nargs == n->args_cap) {
        uint32_t cap = n->args_cap ? 2 * n->args_cap : 4;
        node **more = tki_arena_alloc(s->r->arena, cap * sizeof(node *));
        if (!more) {
            tki_xpath_fail(s->r, TK_ENOMEM, 0, "out of memory");
            return;
        }
        if (n->nargs)
            memcpy(more, n->arg, n->nargs * sizeof(node *));
        n->arg = more;
        n->args_cap = cap;
    }
    n->arg[n->nargs++] = arg;
}

static node *parse_call(struct xpath_scan *s)
{
    node *n = make(s, PART_CALL, NULL);
    if (!n)
        return NULL;
    n->text = s->name;
    tki_xpath_next_item(s);
    expect(s, I_OPEN);
    while (s->item != I_CLOSE && !s->r->rc) {
        add_arg(s, n, parse_expression(s, NULL));
        if (s->item == I_CLOSE)
            break;
        expect(s, I_COMMA);
        if (s->item == I_CLOSE) /* a comma before the bracket is not passed over */
            tki_xpath_bad(s, "an argument that is missing");
    }
    expect(s, I_CLOSE);
    return n;
}

static bool begins_primary(const struct xpath_scan *s)
{
    return s->item == I_STRING || s->item == I_NUMBER || s->item == I_DOLLAR || s->item == I_OPEN ||
           (s->item == I_NAME && s->calls && !is_node_type(s));
}

static node *parse_primary(struct xpath_scan *s, node *in)
{
    node *n = NULL;
    switch (s->item) {
    case I_STRING:
        n = make(s, PART_STRING, NULL);
        if (n)
            n->text = s->text;
        tki_xpath_next_item(s);
        return n;
    case I_NUMBER:
        n = number(s, s->number);
        tki_xpath_next_item(s);
        return n;
    case I_OPEN:
        tki_xpath_next_item(s);
        n = parse_expression(s, in);
        if (n && n->part != PART_NUMBER && n->part != PART_STRING)
            n = make(s, PART_GROUP, n);
        expect(s, I_CLOSE);
        return n;
    case I_NAME: return parse_call(s);
    default: /* before 1.3.8 the collector starts, and its process may end */
        tki_xpath_fail(s->r, s->r->release < XPATH_1_3_8 ? TK_EUNSUPPORTED : TK_EUSAGE, (uint32_t)s->began,
                       "a variable, which nothing gives a value, in the path %.*s",
                       (int)(s->r->text.n < 100 ? s->r->text.n : 100), s->r->text.p);
        return NULL;
    }
}

static node *parse_path(struct xpath_scan *s, node *in)
{
    if (!begins_primary(s))
        return parse_location(s);
    node *n = parse_tests(s, parse_primary(s, in), s->r->release >= XPATH_1_3_9);
    if (s->item == I_SLASH) {
        tki_xpath_next_item(s);
        return parse_relative(s, n);
    }
    if (s->item == I_SLASHES) {
        tki_xpath_next_item(s);
        return parse_relative(s, step(s, AXIS_DESCENDANT_OR_SELF, XPATH_ALL, n));
    }
    return n;
}

/* ---- operators ---- */

static node *parse_union(struct xpath_scan *s, node *in)
{
    node *n = parse_path(s, in);
    while (s->item == I_UNION && !s->r->rc) {
        tki_xpath_next_item(s);
        n = operation(s, OP_UNION, n, parse_path(s, in));
    }
    return n;
}

static node *parse_unary(struct xpath_scan *s, node *in)
{
    bool minus = false;
    for (; s->item == I_MINUS; tki_xpath_next_item(s))
        minus = !minus;
    node *n = parse_union(s, in);
    return minus ? operation(s, OP_MUL, n, number(s, -1)) : n;
}

static bool is_word(const struct xpath_scan *s, const char *word)
{
    return s->item == I_NAME && s->prefix.n == 0 && tki_str_eq(s->name, tki_str(word));
}

/* The operator that the item is, of those of a level; false: none of them. */
static bool operator_of(const struct xpath_scan *s, unsigned level, enum xpath_op *op)
{
    static const struct {
        unsigned level;
        enum xpath_item item;
        const char *word;
        enum xpath_op op;
    } all[] = {{0, I_NAME, "or", OP_OR},   {1, I_NAME, "and", OP_AND}, {2, I_EQ, NULL, OP_EQ},
               {2, I_NE, NULL, OP_NE},     {3, I_LT, NULL, OP_LT},     {3, I_GT, NULL, OP_GT},
               {3, I_LE, NULL, OP_LE},     {3, I_GE, NULL, OP_GE},     {4, I_PLUS, NULL, OP_ADD},
               {4, I_MINUS, NULL, OP_SUB}, {5, I_STAR, NULL, OP_MUL},  {5, I_NAME, "div", OP_DIV},
               {5, I_NAME, "mod", OP_MOD}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (all[i].level == level && all[i].item == s->item && (!all[i].word || is_word(s, all[i].word))) {
            *op = all[i].op;
            return true;
        }
    }
    return false;
}

enum { LEVELS = 6 };

static node *parse_level(struct xpath_scan *s, node *in, unsigned level)
{
    enum xpath_op op;
    if (level == LEVELS)
        return parse_unary(s, in);
    node *n = parse_level(s, in, level + 1);
    while (!s->r->rc && operator_of(s, level, &op)) {
        tki_xpath_next_item(s);
        n = operation(s, op, n, parse_level(s, in, level + 1));
    }
    return n;
}

static node *parse_or(struct xpath_scan *s, node *in)
{
    return parse_level(s, in, 0);
}

node *tki_xpath_parse(struct xpath_read *r)
{
    struct xpath_scan s = {.r = r};
    if (r->text.n == 0)
        tki_xpath_bad(&s, "nothing");
    tki_xpath_begin_scan(&s);
    node *n = parse_expression(&s, NULL);
    return r->rc ? NULL : n;
}
