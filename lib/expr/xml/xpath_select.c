/* Nodes of queries, one after the other: each kind as the package's type of that name moves and remembers. */
#include "expr/xml/xpath_in.h"

typedef struct xpath_query query;
typedef struct xpath_run run;
typedef struct xpath_at at;

void tki_xpath_dies(run *r)
{
    if (!r->rc) {
        r->rc = TKI_XML_DIES;
        r->why = "the collector's process ends at this path";
    }
}

void tki_xpath_no_memory(run *r)
{
    if (!r->rc) {
        r->rc = TK_ENOMEM;
        r->why = "out of memory";
    }
}

/* ---- where one is ---- */

enum xpath_type tki_xpath_type(at x)
{
    switch (x.n->type) {
    case TKI_XML_COMMENT: return XPATH_COMMENT;
    case TKI_XML_TEXT:
    case TKI_XML_CDATA:
    case TKI_XML_NOTATION: return XPATH_TEXT;
    case TKI_XML_ELEMENT: return x.attr < 0 ? XPATH_ELEMENT : XPATH_ATTRIBUTE;
    case TKI_XML_INSTRUCTION: return XPATH_ELEMENT;
    case TKI_XML_DECLARATION:
    case TKI_XML_DOCUMENT:
    case TKI_XML_ATTRIBUTE: break;
    }
    return XPATH_ROOT;
}

static const struct tki_xml_attr *attr_of(run *r, at x)
{
    static const struct tki_xml_attr none = {{"", 0}, {"", 0}, {"", 0}};
    if (x.attr < x.n->nattrs)
        return &x.n->attr[x.attr];
    tki_xpath_dies(r);
    return &none;
}

tk_str tki_xpath_name(run *r, at x)
{
    return x.attr >= 0 ? attr_of(r, x)->name : x.n->data;
}

tk_str tki_xpath_text(run *r, at x)
{
    tk_str text = {"", 0};
    if (x.n->type == TKI_XML_COMMENT || x.n->type == TKI_XML_TEXT)
        return x.n->data;
    if (x.n->type != TKI_XML_ELEMENT)
        return text;
    if (x.attr >= 0)
        return attr_of(r, x)->value;
    int rc = tki_xml_text_of(x.n, r->arena, &text);
    if (rc == TK_ENOMEM)
        tki_xpath_no_memory(r);
    else if (rc && !r->rc) {
        r->rc = rc;
        r->why = "XML that is too large";
    }
    return text;
}

static tk_str prefix_of(run *r, at x)
{
    return tki_xpath_type(x) == XPATH_ATTRIBUTE ? attr_of(r, x)->space : x.n->prefix;
}

bool tki_xpath_passes(run *r, const struct xpath_test *t, at x)
{
    if (t->type != XPATH_ALL && t->type != tki_xpath_type(x))
        return false;
    return (t->name.n == 0 && t->prefix.n == 0) ||
           (tki_str_eq(t->name, tki_xpath_name(r, x)) && tki_str_eq(t->prefix, prefix_of(r, x)));
}

bool tki_xpath_to_child(at *x)
{
    if (x->attr >= 0 || !x->n->first)
        return false;
    x->n = x->n->first;
    return true;
}

bool tki_xpath_to_parent(at *x)
{
    if (x->attr >= 0) {
        x->attr = -1;
        return true;
    }
    if (!x->n->parent)
        return false;
    x->n = x->n->parent;
    return true;
}

/* Texts of nothing but space are passed over; at the end of the line one has moved all the same. */
static bool passed_over(const struct tki_xml_node *n)
{
    return n->type == TKI_XML_TEXT && tki_xml_trim(n->data).n == 0;
}

bool tki_xpath_to_next(at *x)
{
    while (x->attr < 0 && x->n->next) {
        x->n = x->n->next;
        if (!passed_over(x->n))
            return true;
    }
    return false;
}

bool tki_xpath_to_before(at *x)
{
    while (x->attr < 0 && x->n->before) {
        x->n = x->n->before;
        if (!passed_over(x->n))
            return true;
    }
    return false;
}

/* ---- axes ---- */

static bool one_step(run *r)
{
    if (++r->steps > TKI_XML_STEPS_MAX && !r->rc) {
        r->rc = TK_ELIMIT;
        r->why = "a path that takes too many steps";
    }
    return r->rc == 0;
}

/* Begins with the next node of the input. */
static bool begin(run *r, query *q)
{
    if (!tki_xpath_next(r, q->in, &q->at))
        return false;
    q->active = true;
    q->begun = false;
    return true;
}

/* The next place on the axis, whether it passes or not. */
static bool along(query *q)
{
    bool first = !q->begun;
    q->begun = true;
    switch (q->kind) {
    case Q_ATTRIBUTE:
        if (q->at.attr >= (int64_t)q->at.n->nattrs - 1)
            return false;
        q->at.attr++;
        return true;
    case Q_CHILD: return first ? tki_xpath_to_child(&q->at) : tki_xpath_to_next(&q->at);
    case Q_FOLLOWING: return tki_xpath_to_next(&q->at);
    case Q_PRECEDING: return tki_xpath_to_before(&q->at);
    case Q_DESCENDANT:
        if (first && q->self)
            return true;
        if (tki_xpath_to_child(&q->at)) {
            q->level++;
            return true;
        }
        while (q->level > 0 && !tki_xpath_to_next(&q->at)) {
            tki_xpath_to_parent(&q->at);
            q->level--;
        }
        return q->level > 0;
    default: return false;
    }
}

static bool next_on_axis(run *r, query *q, at *to)
{
    for (;;) {
        if (!q->active) {
            if (q->kind != Q_ATTRIBUTE)
                q->place = 0;
            if (!begin(r, q))
                return false;
            q->level = 0;
        }
        while (along(q)) {
            if (!one_step(r))
                return false;
            if (tki_xpath_passes(r, &q->test, q->at)) {
                q->place++;
                *to = q->at;
                return true;
            }
        }
        q->active = false;
    }
}

static bool to_first_child(query *q)
{
    if (!tki_xpath_to_child(&q->at))
        return false;
    q->level++;
    return true;
}

static bool up_until_next(query *q)
{
    while (!tki_xpath_to_next(&q->at)) {
        if (--q->level == 0)
            return false;
        tki_xpath_to_parent(&q->at);
    }
    return true;
}

static bool next_over(run *r, query *q, at *to)
{
    while (one_step(r)) {
        if (q->level == 0) {
            if (!tki_xpath_next(r, q->in, &q->at))
                return false;
            q->place = 0;
            if (q->self && tki_xpath_passes(r, &q->test, q->at)) {
                q->place = 1;
                *to = q->at;
                return true;
            }
            to_first_child(q);
        } else if (!up_until_next(q)) {
            continue;
        }
        bool more = true;
        for (; more && one_step(r); more = to_first_child(q)) {
            if (tki_xpath_passes(r, &q->test, q->at)) {
                q->place++;
                *to = q->at;
                return true;
            }
        }
    }
    return false;
}

static bool next_parent(run *r, query *q, at *to)
{
    while (one_step(r) && tki_xpath_next(r, q->in, to))
        if (tki_xpath_to_parent(to) && tki_xpath_passes(r, &q->test, *to))
            return true;
    return false;
}

static bool next_self(run *r, query *q, at *to)
{
    while (one_step(r) && tki_xpath_next(r, q->in, to))
        if (tki_xpath_passes(r, &q->test, *to))
            return true;
    return false;
}

/* ---- predicates ---- */

static int64_t place_of(const query *q)
{
    bool has = q->kind == Q_CHILD || q->kind == Q_DESCENDANT || q->kind == Q_OVER || q->kind == Q_FOLLOWING ||
               q->kind == Q_PRECEDING || q->kind == Q_FILTER || q->kind == Q_GROUP;
    return has ? q->place : 1;
}

static bool holds(run *r, query *q)
{
    struct xpath_value v = r->value(r, q->second);
    struct xpath_at ignored;
    switch (v.type) {
    case V_BOOL: return v.yes;
    case V_STRING: return v.text.n > 0;
    case V_NUMBER: return v.number > -9e18 && v.number < 9e18 && (int64_t)v.number == place_of(q->in);
    case V_SET: break;
    }
    return tki_xpath_next(r, q->second, &ignored);
}

/* The package counts what matched at each level of a descendant axis. */
static int64_t count_at(run *r, query *q, int64_t level)
{
    if (level >= q->placed_n) {
        uint32_t n = (uint32_t)(2 * level + 8);
        int64_t *more = tki_arena_alloc(r->arena, n * sizeof *more);
        if (!more) {
            tki_xpath_no_memory(r);
            return 0;
        }
        memset(more, 0, n * sizeof *more);
        if (q->placed_n)
            memcpy(more, q->placed, q->placed_n * sizeof *more);
        q->placed = more;
        q->placed_n = n;
    }
    return ++q->placed[level];
}

static bool next_filtered(run *r, query *q, at *to)
{
    while (one_step(r) && tki_xpath_next(r, q->in, to)) {
        r->here = *to;
        if (holds(r, q)) {
            q->place = count_at(r, q, q->in->kind == Q_DESCENDANT ? q->in->level : 0);
            return r->rc == 0;
        }
    }
    return false;
}

/* ---- lists ---- */

static bool push(run *r, struct xpath_list *l, at x)
{
    if (l->n == l->cap) {
        uint32_t cap = l->cap ? 2 * l->cap : 8;
        at *more = tki_arena_alloc(r->arena, cap * sizeof *more);
        if (!more) {
            tki_xpath_no_memory(r);
            return false;
        }
        if (l->n)
            memcpy(more, l->at, l->n * sizeof *more);
        l->at = more;
        l->cap = cap;
    }
    l->at[l->n++] = x;
    return true;
}

/* Whether the package takes both for the same: it goes by names, texts and places, so that attributes of one name and
 * value in two name spaces are one, and all that is no element, text, comment or attribute. */
static bool are_one(run *r, at x, at y)
{
    enum xpath_type a = tki_xpath_type(x), b = tki_xpath_type(y);
    if (a == XPATH_ROOT || b == XPATH_ROOT || a != b)
        return a == b;
    if (x.n != y.n)
        return false;
    return x.attr == y.attr || (a == XPATH_ATTRIBUTE && tki_str_eq(tki_xpath_name(r, x), tki_xpath_name(r, y)) &&
                                tki_str_eq(tki_xpath_text(r, x), tki_xpath_text(r, y)));
}

static bool is_in(run *r, const struct xpath_list *l, at x)
{
    for (uint32_t i = 0; i < l->n && one_step(r); i++)
        if (are_one(r, l->at[i], x))
            return true;
    return false;
}

static bool next_of_list(query *q, at *to)
{
    if (q->next == q->list.n)
        return false;
    *to = q->list.at[q->next++];
    return true;
}

static bool next_of_union(run *r, query *q, at *to)
{
    if (!q->active) {
        at root = r->here, x;
        q->active = true;
        q->list.n = q->next = 0;
        for (int side = 0; side < 2; side++) {
            while (tki_xpath_next(r, side ? q->second : q->in, &x))
                if (!is_in(r, &q->list, x) && !push(r, &q->list, x))
                    return false;
            if (side == 0)
                r->here = root;
        }
    }
    return next_of_list(q, to);
}

static bool next_of_merge(run *r, query *q, at *to)
{
    while (one_step(r)) {
        if (!q->active) {
            at root, x;
            if (!tki_xpath_next(r, q->in, &root))
                return false;
            tki_xpath_begin(r, q->second);
            r->here = root;
            q->active = true;
            q->list.n = q->next = 0;
            while (tki_xpath_next(r, q->second, &x))
                if (!push(r, &q->list, x))
                    return false;
        }
        if (next_of_list(q, to))
            return true;
        q->active = false;
    }
    return false;
}

/* ---- all kinds ---- */

static bool is_set(const query *q)
{
    return q->kind < Q_CALL || q->kind == Q_GROUP || q->kind == Q_UNION || q->kind == Q_MERGE;
}

bool tki_xpath_next(run *r, query *q, at *to)
{
    bool found;
    if (r->rc)
        return false;
    switch (q->kind) {
    case Q_CONTEXT:
    case Q_ROOT:
        found = !q->active;
        q->active = true;
        *to = r->here;
        if (q->kind == Q_ROOT)
            to->n = r->root; /* on an attribute it stays one */
        return found;
    case Q_ATTRIBUTE:
    case Q_CHILD:
    case Q_DESCENDANT:
    case Q_FOLLOWING:
    case Q_PRECEDING: return next_on_axis(r, q, to);
    case Q_OVER: return next_over(r, q, to);
    case Q_PARENT: return next_parent(r, q, to);
    case Q_SELF: return next_self(r, q, to);
    case Q_FILTER: return next_filtered(r, q, to);
    case Q_GROUP:
        found = tki_xpath_next(r, q->in, to);
        q->place += found;
        return found;
    case Q_UNION: return next_of_union(r, q, to);
    case Q_MERGE: return next_of_merge(r, q, to);
    case Q_CALL:
    case Q_NUMBER:
    case Q_STRING:
    case Q_COMPARE:
    case Q_ARITH:
    case Q_LOGIC:
    case Q_LAST: break;
    }
    return false;
}

void tki_xpath_begin(run *r, query *q)
{
    if (!is_set(q)) {
        r->value(r, q);
        return;
    }
    if (q->kind == Q_FILTER && r->release >= XPATH_1_3_6 && q->placed_n)
        memset(q->placed, 0, q->placed_n * sizeof *q->placed);
    if ((q->kind == Q_FOLLOWING || q->kind == Q_PRECEDING) && r->release >= XPATH_1_3_9)
        q->active = false;
    if (q->kind == Q_MERGE && r->release >= XPATH_1_3_8)
        q->active = false;
    if (q->kind == Q_CONTEXT || q->kind == Q_ROOT || q->kind == Q_ATTRIBUTE || q->kind == Q_CHILD ||
        q->kind == Q_DESCENDANT || q->kind == Q_UNION)
        q->active = false;
    if (q->in && q->kind != Q_CALL)
        tki_xpath_begin(r, q->in);
    if (q->kind == Q_UNION)
        tki_xpath_begin(r, q->second);
}

void tki_xpath_reset(query *q)
{
    q->active = q->begun = q->counted = false;
    q->place = q->level = 0;
    q->next = q->list.n = 0;
    if (q->placed_n)
        memset(q->placed, 0, q->placed_n * sizeof *q->placed);
    if (q->in && q->kind != Q_CALL)
        tki_xpath_reset(q->in);
    if (q->second)
        tki_xpath_reset(q->second);
    for (uint32_t i = 0; i < q->nargs; i++)
        tki_xpath_reset(q->arg[i]);
}
