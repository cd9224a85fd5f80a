/* Asking a path of a document. */
#include "expr/xml/xpath_in.h"

typedef struct xpath_query query;
typedef struct xpath_run run;
typedef struct xpath_at at;

static query *copy(run *r, const query *q)
{
    if (!q)
        return NULL;
    query *c = tki_arena_alloc(r->arena, sizeof *c);
    query **arg = q->nargs ? tki_arena_alloc(r->arena, q->nargs * sizeof(query *)) : NULL;
    if (!c || (q->nargs && !arg)) {
        tki_xpath_no_memory(r);
        return NULL;
    }
    *c = *q;
    if (q->kind != Q_CALL) /* of which a call asks for the test alone */
        c->in = copy(r, q->in);
    c->second = copy(r, q->second);
    for (uint32_t i = 0; i < q->nargs; i++)
        arg[i] = copy(r, q->arg[i]);
    c->arg = arg;
    return c;
}

/* An attribute is a node beside the tree, with its value inside. */
static struct tki_xml_node *node_of(run *r, at x)
{
    if (tki_xpath_type(x) != XPATH_ATTRIBUTE)
        return x.n;
    struct tki_xml_node *n = tki_xml_new(r->arena, TKI_XML_ATTRIBUTE, tki_xpath_name(r, x));
    struct tki_xml_node *text = tki_xml_new(r->arena, TKI_XML_TEXT, tki_xpath_text(r, x));
    if (!n || !text) {
        tki_xpath_no_memory(r);
        return NULL;
    }
    n->parent = x.n;
    n->first = n->last = text;
    return n;
}

static bool add_found(run *r, struct tki_xpath_found *found, struct tki_xml_node *n)
{
    if (found->n == found->cap) {
        uint32_t cap = found->cap ? 2 * found->cap : 8;
        struct tki_xml_node **more = tki_arena_alloc(r->arena, cap * sizeof *more);
        if (!more) {
            tki_xpath_no_memory(r);
            return false;
        }
        if (found->n)
            memcpy(more, found->node, found->n * sizeof *more);
        found->node = more;
        found->cap = cap;
    }
    found->node[found->n++] = n;
    return true;
}

int tki_xpath_select(const struct tki_xpath *x, struct tki_xml_node *top, struct tki_arena *arena,
                     struct tki_xpath_found *found, const char **why)
{
    run r = {.release = x->release, .arena = arena, .root = top, .here = {top, -1}, .value = tki_xpath_value};
    *found = (struct tki_xpath_found){0};
    if (x->nothing)
        return 0;
    query *q = copy(&r, x->query);
    at is;
    while (!r.rc && q && tki_xpath_next(&r, q, &is)) {
        r.here = is;
        struct tki_xml_node *n = node_of(&r, is);
        if (!n || !add_found(&r, found, n))
            break;
    }
    *why = r.why;
    return r.rc;
}
