/* Queries of a path: which ones, and how they hang together, is what antchfx/xpath's builder makes of a tree. */
#include "base/err.h"
#include "expr/xml/xpath_in.h"

typedef struct xpath_node node;
typedef struct xpath_query query;

enum { DEPTH_MAX = 1024, COPIES_MAX = 1 << 16 };

/* What a part asks of those that it is made of. */
enum { SMART = 1, FILTERED = 4 };
/* What they say of themselves. */
enum { BY_POSITION = 1, HAS_POSITION = 2, HAS_LAST = 4, NOT_FLAT = 8 };

struct build {
    struct xpath_read *r;
    unsigned depth;
    query *first; /* the package's firstInput */
};

static query *build(struct build *b, const node *n, unsigned flags, unsigned *props);

static query *make(struct build *b, enum xpath_kind kind, query *in)
{
    query *q = tki_arena_alloc(b->r->arena, sizeof *q);
    if (!q) {
        tki_xpath_fail(b->r, TK_ENOMEM, 0, "out of memory");
        return NULL;
    }
    *q = (query){.kind = kind, .in = in};
    return q;
}

/* A truth gives nodes in ways that depend on the release; as part of a path it is not replayed. */
static query *nodes_of(struct build *b, const node *n, query *q)
{
    const query *is = q;
    while (is && is->kind == Q_GROUP)
        is = is->in;
    if (is && (is->kind == Q_COMPARE || is->kind == Q_LOGIC))
        tki_xpath_fail(b->r, TK_EUNSUPPORTED, n->at, "a comparison in the place of nodes is not evaluated");
    return q;
}

/* ---- steps ---- */

static query *build_input(struct build *b, const node *n, unsigned flags, unsigned *props)
{
    if (!n) {
        *props = 0;
        return make(b, Q_CONTEXT, NULL);
    }
    return nodes_of(b, n, build(b, n, flags, props));
}

static enum xpath_kind kind_of(enum xpath_axis axis, unsigned flags)
{
    switch (axis) {
    case AXIS_ATTRIBUTE: return Q_ATTRIBUTE;
    case AXIS_SELF: return Q_SELF;
    case AXIS_PARENT: return Q_PARENT;
    case AXIS_FOLLOWING_SIBLING: return Q_FOLLOWING;
    case AXIS_PRECEDING_SIBLING: return Q_PRECEDING;
    case AXIS_DESCENDANT:
    case AXIS_DESCENDANT_OR_SELF: return flags & SMART ? Q_OVER : Q_DESCENDANT;
    case AXIS_CHILD:
    case AXIS_ABSENT:
    case AXIS_NONE: break;
    }
    return Q_CHILD;
}

static query *build_step(struct build *b, const node *n, unsigned flags, unsigned *props)
{
    const node *in = n->in;
    bool down = n->axis == AXIS_DESCENDANT || n->axis == AXIS_DESCENDANT_OR_SELF;
    query *q;
    b->first = NULL;
    if (n->axis == AXIS_ABSENT)
        tki_xpath_fail(b->r, TK_EUNSUPPORTED, n->at, "the axis %.*s of XPath is not evaluated", (int)n->text.n,
                       n->text.p);
    if (n->axis == AXIS_NONE)
        tki_xpath_fail(b->r, TK_EUSAGE, n->at, "paths have no axis %.*s", (int)n->text.n, n->text.p);
    if (b->r->rc)
        return NULL;
    if (in && !(flags & FILTERED) && n->axis == AXIS_CHILD && in->part == PART_STEP &&
        in->axis == AXIS_DESCENDANT_OR_SELF) { /* "//name" is one query */
        query *of = in->in ? nodes_of(b, in->in, build(b, in->in, SMART, props)) : make(b, Q_CONTEXT, NULL);
        q = of ? make(b, Q_DESCENDANT, of) : NULL;
        *props |= NOT_FLAT;
    } else {
        query *of = build_input(b, in, down && !(flags & FILTERED) ? SMART : 0, props);
        q = of ? make(b, kind_of(n->axis, flags), of) : NULL;
        if (q)
            q->self = n->axis == AXIS_DESCENDANT_OR_SELF;
        *props |= down ? NOT_FLAT : 0;
    }
    if (q)
        q->test = n->test;
    return q;
}

/* ---- predicates ---- */

static bool can_be_number(const query *q)
{
    while (q->kind == Q_GROUP)
        q = q->in;
    return q->kind == Q_CALL || q->kind == Q_NUMBER || q->kind == Q_ARITH || q->kind == Q_LAST;
}

/* From 1.3.9 on: whether a condition, as it is written, is a number or asks for positions. */
static bool is_positional(const node *n)
{
    static const tk_str counting[] = {TKI_STR_INIT("position"), TKI_STR_INIT("last"),          TKI_STR_INIT("count"),
                                      TKI_STR_INIT("sum"),      TKI_STR_INIT("string-length"), TKI_STR_INIT("number"),
                                      TKI_STR_INIT("floor"),    TKI_STR_INIT("ceiling"),       TKI_STR_INIT("round")};
    bool yes = n->part == PART_NUMBER;
    if (n->part == PART_OPERATOR) {
        bool computes = n->op >= OP_ADD && n->op <= OP_MOD;
        return computes || is_positional(n->in) || is_positional(n->second);
    }
    if (n->part != PART_CALL)
        return yes;
    for (size_t i = 0; i < sizeof counting / sizeof *counting && !yes; i++)
        yes = tki_str_eq(n->text, counting[i]);
    for (uint32_t i = 0; i < n->nargs && !yes; i++)
        yes = is_positional(n->arg[i]);
    return yes;
}

static bool merges(const query *q)
{
    while (q->kind == Q_FILTER)
        q = q->in;
    return q->kind != Q_GROUP;
}

/* The query that a step begins with is asked anew for each node of what stands before the step. */
static query *take_apart(query *first)
{
    bool apart = tki_xpath_has_test(first->kind) || first->kind == Q_GROUP || first->kind == Q_OVER;
    return apart && first->in->kind != Q_CONTEXT ? first->in : NULL;
}

static query *build_filter(struct build *b, const node *n, unsigned flags, unsigned *props)
{
    bool outer = !(flags & FILTERED), late = b->r->release >= XPATH_1_3_9;
    unsigned of_condition = 0;
    query *in =
        nodes_of(b, n->in, build(b, n->in, !late || is_positional(n->second) ? flags | FILTERED : flags, props));
    query *first = b->first;
    query *condition = in ? build(b, n->second, flags, &of_condition) : NULL;
    if (!condition)
        return NULL;
    if (can_be_number(condition) || (of_condition & (HAS_POSITION | HAS_LAST)))
        of_condition |= HAS_POSITION;
    if (n->in->part != PART_FILTER)
        *props &= ~(unsigned)BY_POSITION;
    if (of_condition & HAS_POSITION)
        *props |= BY_POSITION;
    if ((of_condition & HAS_LAST) && condition->kind == Q_CALL && condition->in &&
        (condition->in->kind == Q_FILTER || (condition->in->kind == Q_GROUP && b->r->release >= XPATH_1_3_6)))
        condition = make(b, Q_LAST, condition->in);
    query *filter = make(b, Q_FILTER, in);
    if (!filter || !condition)
        return NULL;
    filter->second = condition;
    if (!outer || !first)
        return filter;
    b->first = NULL;
    query *before = merges(in) && (*props & BY_POSITION) ? take_apart(first) : NULL;
    if (!before)
        return filter;
    first->in = make(b, Q_CONTEXT, NULL);
    query *merge = make(b, Q_MERGE, before);
    if (merge)
        merge->second = filter;
    return first->in ? merge : NULL;
}

/* ---- functions ---- */

static const struct {
    tk_str name;
    enum xpath_func func;
    uint8_t least, most; /* arguments; more than the most are an error, where there is one */
} functions[] = {{TKI_STR_INIT("boolean"), FN_BOOLEAN, 0, 1},
                 {TKI_STR_INIT("concat"), FN_CONCAT, 2, 0},
                 {TKI_STR_INIT("contains"), FN_CONTAINS, 2, 0},
                 {TKI_STR_INIT("count"), FN_COUNT, 1, 0},
                 {TKI_STR_INIT("ends-with"), FN_ENDS_WITH, 2, 0},
                 {TKI_STR_INIT("false"), FN_FALSE, 0, 0},
                 {TKI_STR_INIT("last"), FN_LAST, 0, 0},
                 {TKI_STR_INIT("local-name"), FN_LOCAL_NAME, 0, 1},
                 {TKI_STR_INIT("lower-case"), FN_LOWER_CASE, 1, 0},
                 {TKI_STR_INIT("name"), FN_NAME, 0, 1},
                 {TKI_STR_INIT("normalize-space"), FN_NORMALIZE_SPACE, 0, 0},
                 {TKI_STR_INIT("not"), FN_NOT, 1, 0},
                 {TKI_STR_INIT("number"), FN_NUMBER, 0, 1},
                 {TKI_STR_INIT("position"), FN_POSITION, 0, 0},
                 {TKI_STR_INIT("starts-with"), FN_STARTS_WITH, 2, 0},
                 {TKI_STR_INIT("string"), FN_STRING, 0, 1},
                 {TKI_STR_INIT("string-length"), FN_STRING_LENGTH, 1, 0},
                 {TKI_STR_INIT("true"), FN_TRUE, 0, 0},
                 {TKI_STR_INIT("ceiling"), FN_ABSENT, 1, 0},
                 {TKI_STR_INIT("floor"), FN_ABSENT, 1, 0},
                 {TKI_STR_INIT("matches"), FN_ABSENT, 2, 2},
                 {TKI_STR_INIT("namespace-uri"), FN_ABSENT, 0, 1},
                 {TKI_STR_INIT("replace"), FN_ABSENT, 3, 3},
                 {TKI_STR_INIT("reverse"), FN_ABSENT, 1, 0},
                 {TKI_STR_INIT("round"), FN_ABSENT, 1, 0},
                 {TKI_STR_INIT("string-join"), FN_ABSENT, 2, 2},
                 {TKI_STR_INIT("substring"), FN_ABSENT, 2, 0},
                 {TKI_STR_INIT("substring-after"), FN_ABSENT, 2, 2},
                 {TKI_STR_INIT("substring-before"), FN_ABSENT, 2, 2},
                 {TKI_STR_INIT("sum"), FN_ABSENT, 1, 0},
                 {TKI_STR_INIT("translate"), FN_ABSENT, 3, 3}};

/* What stands in arguments that a function does not take is not even looked up. */
static enum xpath_func find_function(struct xpath_read *r, const node *n)
{
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        if (!tki_str_eq(functions[i].name, n->text))
            continue;
        if (n->nargs < functions[i].least || (functions[i].most && n->nargs > functions[i].most))
            tki_xpath_fail(r, TK_EUSAGE, n->at, "a wrong number of arguments for the function %.*s() of a path",
                           (int)n->text.n, n->text.p);
        if (functions[i].func == FN_ABSENT)
            tki_xpath_fail(r, TK_EUNSUPPORTED, n->at, "the function %.*s() of XPath is not evaluated", (int)n->text.n,
                           n->text.p);
        return functions[i].func;
    }
    tki_xpath_fail(r, TK_EUSAGE, n->at, "paths have no function %.*s()", (int)n->text.n, n->text.p);
    return FN_NONE;
}

static query *build_call(struct build *b, const node *n, unsigned *props)
{
    static const struct xpath_node self = {.part = PART_STEP, .axis = AXIS_SELF, .test = {.type = XPATH_ALL}};
    const struct xpath_node *const alone[] = {&self};
    enum xpath_func func = find_function(b->r, n);
    bool own = func == FN_NORMALIZE_SPACE && n->nargs == 0;
    uint32_t nargs = own ? 1 : n->nargs;
    *props = 0;
    if (func == FN_CONTAINS || func == FN_STARTS_WITH || func == FN_ENDS_WITH)
        nargs = 2; /* the others are passed over */
    else if (func != FN_CONCAT && nargs > 1)
        nargs = 1;
    if (func == FN_TRUE || func == FN_FALSE || func == FN_LAST || func == FN_POSITION)
        nargs = 0;
    query **arg = tki_arena_alloc(b->r->arena, nargs * sizeof(query *));
    if (!arg) {
        tki_xpath_fail(b->r, TK_ENOMEM, 0, "out of memory");
        return NULL;
    }
    for (uint32_t i = 0; i < nargs; i++) {
        arg[i] = build(b, own ? alone[i] : n->arg[i], 0, props);
        if (!arg[i])
            return NULL;
    }
    query *q = make(b, Q_CALL, NULL);
    if (!q)
        return NULL;
    q->func = func;
    q->arg = arg;
    q->nargs = nargs;
    if (func == FN_LAST || func == FN_POSITION) {
        q->in = b->first;
        *props |= func == FN_LAST ? HAS_LAST : HAS_POSITION;
    }
    return q;
}

/* ---- the rest ---- */

static query *build_operator(struct build *b, const node *n, unsigned *props)
{
    unsigned left = 0, right = 0;
    query *in = build(b, n->in, 0, &left), *second = in ? build(b, n->second, 0, &right) : NULL;
    enum xpath_kind kind = n->op == OP_UNION ? Q_UNION
                           : n->op <= OP_AND ? Q_LOGIC
                           : n->op <= OP_GE  ? Q_COMPARE
                                             : Q_ARITH;
    *props = left | right | (kind == Q_UNION ? NOT_FLAT : 0);
    query *q = second ? make(b, kind, in) : NULL;
    if (!q)
        return NULL;
    if (kind == Q_UNION) {
        nodes_of(b, n->in, in);
        nodes_of(b, n->second, second);
    }
    q->op = n->op;
    q->second = second;
    return q;
}

static query *build_group(struct build *b, const node *n, unsigned *props)
{
    query *in = build(b, n->in, 0, props), *q = in ? make(b, Q_GROUP, in) : NULL;
    if (!b->first || b->r->release >= XPATH_1_3_6)
        b->first = q;
    return q;
}

static query *build_constant(struct build *b, const node *n)
{
    query *q = make(b, n->part == PART_NUMBER ? Q_NUMBER : Q_STRING, NULL);
    if (q) {
        q->number = n->number;
        q->text = n->text;
    }
    return q;
}

static query *build(struct build *b, const node *n, unsigned flags, unsigned *props)
{
    query *q = NULL;
    if (++b->depth > DEPTH_MAX)
        tki_xpath_fail(b->r, TK_EUSAGE, n->at, "a path of too many parts");
    *props = 0;
    if (b->r->rc)
        return NULL;
    switch (n->part) {
    case PART_ROOT: q = make(b, Q_ROOT, NULL); break;
    case PART_STEP: b->first = q = build_step(b, n, flags, props); break;
    case PART_FILTER: b->first = q = build_filter(b, n, flags, props); break;
    case PART_CALL: q = build_call(b, n, props); break;
    case PART_OPERATOR: q = build_operator(b, n, props); break;
    case PART_NUMBER:
    case PART_STRING: q = build_constant(b, n); break;
    case PART_GROUP: q = build_group(b, n, props); break;
    }
    b->depth--;
    return b->r->rc ? NULL : q;
}

query *tki_xpath_build(struct xpath_read *r, const node *n)
{
    struct build b = {.r = r};
    unsigned props = 0;
    return build(&b, n, 0, &props);
}

/* How many queries a copy has; those that are shared are copied each time. */
static uint32_t count(const query *q, uint32_t n)
{
    if (!q || n > COPIES_MAX)
        return n;
    n = q->kind == Q_CALL ? n : count(q->in, n);
    n = count(q->second, n);
    for (uint32_t i = 0; i < q->nargs; i++)
        n = count(q->arg[i], n);
    return n + 1;
}

int tki_xpath_compile(struct tki_xpath **to, tk_str text, unsigned release, struct tki_arena *arena, struct tk_err *err)
{
    struct xpath_read r = {.text = text, .release = release, .arena = arena, .err = err};
    struct xpath_node *n = tki_xpath_parse(&r);
    query *q = n ? tki_xpath_build(&r, n) : NULL;
    struct tki_xpath *x = *to = q ? tki_arena_alloc(arena, sizeof *x) : NULL;
    if (r.rc)
        return r.rc;
    if (!x)
        return tki_err_memory(err);
    *x = (struct tki_xpath){.query = q, .release = release};
    const query *is = q;
    while (is->kind == Q_GROUP)
        is = is->in;
    bool truth = is->kind == Q_COMPARE || is->kind == Q_LOGIC;
    x->nothing = truth && release >= (is->kind == Q_COMPARE ? XPATH_1_3_6 : XPATH_1_3_9);
    if (truth && !x->nothing)
        tki_xpath_fail(&r, TK_EUNSUPPORTED, 0, "a comparison in the place of nodes is not evaluated");
    if (count(q, 0) > COPIES_MAX)
        tki_xpath_fail(&r, TK_ELIMIT, 0, "a path that becomes too large");
    return r.rc;
}
