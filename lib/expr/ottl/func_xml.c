/* Functions of XML: ParseXML and ParseSimplifiedXML make maps, the others change documents at the nodes that a path
 * finds. */
#include <stdlib.h>

#include "base/array.h"
#include "base/err.h"
#include "base/map.h"
#include "expr/ottl/members.h"
#include "expr/xml/xpath.h"

typedef struct tki_ottl_node node;
typedef struct tki_ottl_run run;
typedef struct tki_xml_node xml;

/* What the reader, the tree and the path say, as the collector's error or as why it is not known. */
static int answer(run *r, int rc, const char *why)
{
    if (rc == TKI_XML_FAULT)
        return tki_ottl_fault(r, why);
    if (rc)
        r->why = why;
    return rc == TKI_XML_DIES ? TK_EUNSUPPORTED : rc;
}

static int parse(run *r, tk_str text, xml **doc)
{
    const char *why = NULL;
    int rc = tki_xml_parse(doc, text, r->release, r->memory, &why);
    return answer(r, rc, why);
}

static int select_nodes(run *r, const node *n, xml *doc, struct tki_xpath_found *found)
{
    const char *why = NULL;
    int rc = tki_xpath_select(n->made, doc, r->memory, found, &why);
    return answer(r, rc, why);
}

static int write(run *r, const xml *doc, struct tki_ov *to)
{
    struct tki_buf b = {0};
    int rc = tki_xml_write(doc, &b);
    if (rc == 0)
        return tki_ottl_keep(r, &b, to);
    tki_buf_free(&b);
    r->why = rc == TK_ENOMEM ? "out of memory" : "XML that does not end, or is too large";
    return rc;
}

static int inner_text(run *r, const xml *n, tk_str *to)
{
    int rc = tki_xml_text_of(n, r->memory, to);
    if (rc)
        r->why = rc == TK_ENOMEM ? "out of memory" : "XML that is too large";
    return rc;
}

static xml *make(run *r, enum tki_xml_type type, tk_str data)
{
    xml *n = tki_xml_new(r->memory, type, data);
    if (!n)
        r->why = "out of memory";
    return n;
}

/* ---- ParseXML ---- */

struct parsing {
    run *r;
    struct tki_xml_reader reader;
    struct tki_xml_token token;
};

static int next_token(struct parsing *p)
{
    int rc = tki_xml_next(&p->reader, &p->token);
    if (rc == 0)
        return tki_ottl_fault(p->r, "XML without an element");
    return rc == 1 ? 0 : answer(p->r, rc, p->reader.why);
}

static int read_element(struct parsing *p, struct tki_ov *to);

/* The children, and the text between them without the space around it, up to the end of the element. */
static int read_content(struct parsing *p, struct tki_buf *text, struct tki_ottl_items *children)
{
    struct tki_ov child;
    for (;;) {
        int rc = next_token(p);
        if (rc || p->token.kind == TKI_XML_END)
            return rc;
        if (p->token.kind == TKI_XML_CHARACTERS)
            tki_buf_str(text, tki_xml_trim(p->token.text));
        if (p->token.kind != TKI_XML_START)
            continue;
        rc = read_element(p, &child);
        if (rc == 0)
            rc = tki_ottl_push(p->r, children, child);
        if (rc)
            return rc;
    }
}

static int read_element(struct parsing *p, struct tki_ov *to)
{
    struct tki_ottl_members m = {0}, attrs = {0};
    struct tki_ottl_items children = {0};
    struct tki_buf text = {0};
    struct tki_ov content = {0};
    int rc = tki_ottl_put(p->r, &m, TKI_STR("tag"), tki_ov_str(p->token.name));
    for (uint32_t i = 0; i < p->token.nattrs && rc == 0; i++)
        rc = tki_ottl_put(p->r, &attrs, p->token.attr[i].name, tki_ov_str(p->token.attr[i].value));
    if (rc == 0)
        rc = read_content(p, &text, &children);
    bool any = text.n > 0;
    if (rc == 0)
        rc = tki_ottl_keep(p->r, &text, &content);
    else
        tki_buf_free(&text);
    if (rc == 0 && any)
        rc = tki_ottl_put(p->r, &m, TKI_STR("content"), content);
    if (rc == 0 && attrs.n)
        rc = tki_ottl_put(p->r, &m, TKI_STR("attributes"), tki_ottl_map_of(&attrs));
    if (rc == 0 && children.n)
        rc = tki_ottl_put(p->r, &m, TKI_STR("children"), tki_ottl_list_of(&children));
    *to = tki_ottl_map_of(&m);
    return rc;
}

static int parse_xml(run *r, const node *n, struct tki_ov *to)
{
    tk_str s;
    int rc = tki_ottl_arg_str(r, n, 0, &s);
    if (rc)
        return rc;
    struct parsing p = {.r = r, .reader = {.text = s, .arena = r->memory}};
    do
        rc = next_token(&p);
    while (rc == 0 && p.token.kind != TKI_XML_START);
    if (rc == 0)
        rc = read_element(&p, to);
    if (rc == 0 && p.reader.at != s.n)
        rc = tki_ottl_fault(r, "text behind XML");
    free(p.token.attr);
    tki_xml_reader_free(&p.reader);
    return rc;
}

/* ---- ParseSimplifiedXML ---- */

static int simplify(run *r, const xml *parent, struct tki_ov *to);

/* The text of an element that has no elements: the first one. */
static tk_str leaf_text(const xml *n)
{
    for (const xml *c = n->first; c; c = c->next)
        if (c->type == TKI_XML_ELEMENT)
            return (tk_str){"", 0};
    for (const xml *c = n->first; c; c = c->next)
        if (c->type == TKI_XML_TEXT || c->type == TKI_XML_CDATA)
            return c->data;
    return (tk_str){"", 0};
}

/* What an element becomes: its text, or a map; nil if that has nothing. */
static int simplify_one(run *r, const xml *n, struct tki_ov *to)
{
    tk_str text = leaf_text(n);
    *to = tki_ov_str(text);
    if (text.n)
        return 0;
    int rc = simplify(r, n, to);
    if (rc == 0 && to->n == 0)
        *to = tki_ov_nil();
    return rc;
}

struct tags { /* of the elements in one: which there are, and what they become */
    struct tki_symtab names;
    uint32_t *count;
    struct tki_ottl_items *items;
    uint32_t count_cap, items_cap;
};

static int count_tags(run *r, const xml *parent, struct tags *t)
{
    for (const xml *c = parent->first; c; c = c->next) {
        if (c->type != TKI_XML_ELEMENT)
            continue;
        uint32_t i = tki_symtab_put(&t->names, c->data);
        bool fails = i == TK_NONE || TKI_GROW_ZERO(t->count, t->count_cap, i + 1) < 0 ||
                     TKI_GROW_ZERO(t->items, t->items_cap, i + 1) < 0;
        if (fails) {
            r->why = "out of memory";
            return TK_ENOMEM;
        }
        t->count[i]++;
    }
    return 0;
}

/* Elements of one name become a list, which is there as soon as one of them has anything inside. */
static int simplify_children(run *r, const xml *parent, struct tags *t, struct tki_ottl_members *m)
{
    int rc = 0;
    for (const xml *c = parent->first; c && rc == 0; c = c->next) {
        struct tki_ov v;
        if (c->type != TKI_XML_ELEMENT || !c->first)
            continue;
        uint32_t i = tki_symtab_put(&t->names, c->data);
        rc = simplify_one(r, c, &v);
        if (rc)
            break;
        if (v.type != TKI_OV_NIL && t->count[i] > 1)
            rc = tki_ottl_push(r, &t->items[i], v);
        if (rc == 0 && (v.type != TKI_OV_NIL || t->count[i] > 1))
            rc = tki_ottl_put(r, m, c->data, t->count[i] > 1 ? tki_ottl_list_of(&t->items[i]) : v);
    }
    return rc;
}

static int simplify(run *r, const xml *parent, struct tki_ov *to)
{
    struct tags t = {0};
    struct tki_ottl_members m = {0};
    int rc = count_tags(r, parent, &t);
    if (rc == 0)
        rc = simplify_children(r, parent, &t, &m);
    *to = tki_ottl_map_of(&m);
    tki_symtab_free(&t.names);
    free(t.count);
    free(t.items);
    return rc;
}

static int parse_simplified_xml(run *r, const node *n, struct tki_ov *to)
{
    tk_str s;
    xml *doc;
    int rc = tki_ottl_arg_str(r, n, 0, &s);
    if (rc == 0)
        rc = parse(r, s, &doc);
    return rc ? rc : simplify(r, doc, to);
}

/* ---- documents that are changed ---- */

/* The document of the first argument, and what the path finds; without text there is none. */
static int open_document(run *r, const node *n, bool empty_is_none, xml **doc, struct tki_xpath_found *found)
{
    tk_str s;
    *doc = NULL;
    int rc = tki_ottl_arg_str(r, n, 0, &s);
    if (rc || (empty_is_none && s.n == 0))
        return rc;
    rc = parse(r, s, doc);
    return rc ? rc : select_nodes(r, n, *doc, found);
}

static int get_xml(run *r, const node *n, struct tki_ov *to)
{
    struct tki_xpath_found found = {0};
    xml *doc, *result = make(r, TKI_XML_DOCUMENT, (tk_str){"", 0});
    int rc = result ? open_document(r, n, true, &doc, &found) : TK_ENOMEM;
    for (uint32_t i = 0; i < found.n && rc == 0; i++) {
        xml *is = found.node[i], *text;
        tk_str inner;
        if (is->type == TKI_XML_ELEMENT || is->type == TKI_XML_TEXT) {
            tki_xml_add_child(result, is);
        } else if (is->type == TKI_XML_ATTRIBUTE || is->type == TKI_XML_CDATA) {
            rc = inner_text(r, is, &inner);
            text = rc ? NULL : make(r, TKI_XML_TEXT, inner);
            if (text)
                tki_xml_add_child(result, text);
            else
                rc = rc ? rc : TK_ENOMEM;
        }
    }
    return rc ? rc : write(r, result, to);
}

static int remove_xml(run *r, const node *n, struct tki_ov *to)
{
    struct tki_xpath_found found = {0};
    xml *doc;
    int rc = open_document(r, n, true, &doc, &found);
    for (uint32_t i = 0; i < found.n && rc == 0; i++) {
        xml *is = found.node[i];
        if (is->type == TKI_XML_TEXT)
            is->data = (tk_str){"", 0};
        else if (is->type == TKI_XML_ATTRIBUTE)
            tki_xml_remove_attr(is->parent, is->data);
        else if (is->type == TKI_XML_ELEMENT || is->type == TKI_XML_COMMENT || is->type == TKI_XML_CDATA)
            tki_xml_remove(is);
    }
    if (rc == 0 && !doc)
        *to = tki_ov_str((tk_str){"", 0});
    return rc || !doc ? rc : write(r, doc, to);
}

/* Into the second place go the same nodes as into the first, which has them, too. */
static int insert_into(run *r, xml *parent, xml *from, uint32_t *steps)
{
    for (xml *c = from->first, *next; c; c = next) {
        next = c->next;
        tki_xml_add_child(parent, c);
        if (++*steps > TKI_XML_STEPS_MAX) {
            r->why = "XML that does not end, or is too large";
            return TK_ELIMIT;
        }
    }
    return 0;
}

static int insert_xml(run *r, const node *n, struct tki_ov *to)
{
    struct tki_xpath_found found = {0};
    xml *doc = NULL, *sub = NULL;
    tk_str s;
    bool other = false;
    uint32_t steps = 0;
    int rc = tki_ottl_arg_str(r, n, 0, &s);
    if (rc == 0 && s.n == 0)
        rc = (doc = make(r, TKI_XML_ELEMENT, s)) ? 0 : TK_ENOMEM;
    else if (rc == 0)
        rc = parse(r, s, &doc);
    if (rc == 0)
        rc = tki_ottl_arg_str(r, n, 2, &s);
    if (rc == 0)
        rc = parse(r, s, &sub);
    if (rc == 0)
        rc = select_nodes(r, n, doc, &found);
    for (uint32_t i = 0; i < found.n && rc == 0; i++) {
        bool takes = found.node[i]->type == TKI_XML_ELEMENT || found.node[i]->type == TKI_XML_DOCUMENT;
        other |= !takes;
        rc = takes ? insert_into(r, found.node[i], sub, &steps) : 0;
    }
    if (rc == 0 && other)
        return tki_ottl_fault(r, "a path to something that is no element");
    return rc ? rc : write(r, doc, to);
}

static int attributes_to_elements(run *r, const node *n, struct tki_ov *to)
{
    struct tki_xpath_found found = {0};
    xml *doc;
    int rc = open_document(r, n, false, &doc, &found);
    for (uint32_t i = 0; i < found.n && rc == 0; i++) {
        xml *is = found.node[i];
        tk_str value;
        if (is->type != TKI_XML_ATTRIBUTE)
            continue;
        rc = inner_text(r, is, &value);
        xml *element = rc ? NULL : make(r, TKI_XML_ELEMENT, is->data);
        xml *text = element ? make(r, TKI_XML_TEXT, value) : NULL;
        if (!text)
            return rc ? rc : TK_ENOMEM;
        element->first = text;
        tki_xml_add_child(is->parent, element);
        tki_xml_remove_attr(is->parent, is->data);
    }
    return rc ? rc : write(r, doc, to);
}

/* Texts beside each other, or beside elements, become elements. */
static int wrap_texts(run *r, xml *parent, tk_str name)
{
    uint32_t texts = 0, elements = 0;
    if (parent->type != TKI_XML_ELEMENT && parent->type != TKI_XML_DOCUMENT)
        return 0;
    for (xml *c = parent->first; c; c = c->next) {
        int rc = c->type == TKI_XML_ELEMENT ? wrap_texts(r, c, name) : 0;
        if (rc)
            return rc;
        elements += c->type == TKI_XML_ELEMENT;
        texts += c->type == TKI_XML_TEXT;
    }
    if (texts == 0 || elements + texts <= 1)
        return 0;
    for (xml *c = parent->first; c; c = c->next) {
        if (c->type != TKI_XML_TEXT)
            continue;
        xml *text = make(r, TKI_XML_TEXT, c->data);
        if (!text)
            return TK_ENOMEM;
        c->type = TKI_XML_ELEMENT;
        c->data = name;
        c->first = c->last = text;
    }
    return 0;
}

static int texts_to_elements(run *r, const node *n, struct tki_ov *to)
{
    struct tki_xpath_found found = {0};
    tk_str name = tki_ottl_const_str(n, 2, "");
    xml *doc;
    int rc = open_document(r, n, false, &doc, &found);
    for (uint32_t i = 0; i < found.n && rc == 0; i++)
        rc = wrap_texts(r, found.node[i], name.n ? name : TKI_STR("value"));
    return rc ? rc : write(r, doc, to);
}

/* ---- opening ---- */

static int compile(struct tki_ottl_open *o, node *n, const char *absent)
{
    tk_str path = tki_ottl_const_str(n, 1, absent ? absent : "");
    struct tk_err err = {0};
    struct tki_xpath *x;
    if (path.n == 0 && absent)
        path = tki_str(absent);
    int rc = tki_xpath_compile(&x, path, o->c->release, o->arena, &err);
    n->made = x;
    if (rc == TK_EUSAGE)
        return tki_ottl_refuse(o, n->kid[1] ? n->kid[1] : n, "%s", err.text);
    return rc ? tki_err_at(o->err, rc, n->at, "%s: %s", n->func->name, err.text) : 0;
}

static int path_known(struct tki_ottl_open *o, node *n)
{
    return compile(o, n, NULL);
}

static int path_or_attributes(struct tki_ottl_open *o, node *n)
{
    return compile(o, n, "//@*");
}

static int path_or_root(struct tki_ottl_open *o, node *n)
{
    return compile(o, n, "/");
}

#define TARGET                         \
    {                                  \
        "target", TKI_OW_STRING, false \
    }
#define PATH(optional_)                            \
    {                                              \
        "x_path", TKI_OW_CONST_STRING, (optional_) \
    }

const struct tki_ottl_func tki_ottl_xml[] = {
    {.name = "ParseXML", .param = {TARGET}, .call = parse_xml},
    {.name = "ParseSimplifiedXML", .param = {TARGET}, .call = parse_simplified_xml},
    {.name = "GetXML", .param = {TARGET, PATH(false)}, .call = get_xml, .prepare = path_known},
    {.name = "RemoveXML", .param = {TARGET, PATH(false)}, .call = remove_xml, .prepare = path_known},
    {.name = "InsertXML",
     .param = {TARGET, PATH(false), {"sub_document", TKI_OW_STRING, false}},
     .call = insert_xml,
     .prepare = path_known},
    {.name = "ConvertAttributesToElementsXML",
     .param = {TARGET, PATH(true)},
     .call = attributes_to_elements,
     .prepare = path_or_attributes},
    {.name = "ConvertTextToElementsXML",
     .param = {TARGET, PATH(true), {"element_name", TKI_OW_CONST_STRING, true}},
     .call = texts_to_elements,
     .prepare = path_or_root},
    {0}};
