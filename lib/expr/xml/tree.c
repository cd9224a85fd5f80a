/* Trees of XML, as antchfx/xmlquery makes, changes and writes them. */
#include <stdlib.h>

#include "base/array.h"
#include "expr/xml/xml.h"

typedef struct tki_xml_node node;

enum {
    INSTRUCTIONS_SINCE = 138 /* the release from which <?name?> is no declaration */
};

struct prefix {
    tk_str url, name;
    int level;
};

struct parser {
    struct tki_xml_reader reader;
    struct tki_xml_token token;
    unsigned release;
    int level;
    node *doc, *prev;
    struct prefix *prefix; /* by URL; none is forgotten when its element ends */
    uint32_t nprefixes, prefixes_cap;
    const char *why;
};

/* ---- changing ---- */

node *tki_xml_new(struct tki_arena *arena, enum tki_xml_type type, tk_str data)
{
    node *n = tki_arena_alloc(arena, sizeof *n);
    if (n)
        *n = (node){.type = type, .data = data};
    return n;
}

void tki_xml_add_child(node *parent, node *n)
{
    n->parent = parent;
    n->next = NULL;
    if (!parent->first) {
        parent->first = n;
        n->before = NULL;
    } else {
        parent->last->next = n;
        n->before = parent->last;
    }
    parent->last = n;
}

/* At the end of the chain; children know the end of theirs. */
static void add_sibling(node *sibling, node *n)
{
    if (sibling->parent)
        sibling = sibling->parent->last;
    while (sibling->next)
        sibling = sibling->next;
    n->parent = sibling->parent;
    sibling->next = n;
    n->before = sibling;
    n->next = NULL;
    if (sibling->parent)
        sibling->parent->last = n;
}

void tki_xml_remove(node *n)
{
    node *parent = n->parent;
    if (!parent)
        return;
    if (parent->first == n)
        parent->first = n->next;
    else if (n->before)
        n->before->next = n->next;
    if (parent->last == n)
        parent->last = n->before;
    else if (n->next)
        n->next->before = n->before;
    n->parent = n->before = n->next = NULL;
}

/* As newXMLName: what stands before a colon is the name space. */
static void split_name(tk_str key, tk_str *space, tk_str *name)
{
    const char *colon = tki_str_find(key, ':');
    size_t at = colon ? (size_t)(colon - key.p) : 0;
    *space = (tk_str){at ? key.p : "", at};
    *name = at ? (tk_str){colon + 1, key.n - at - 1} : key;
}

static struct tki_xml_attr *find_attr(const node *n, tk_str key)
{
    tk_str space, name;
    split_name(key, &space, &name);
    for (uint32_t i = 0; i < n->nattrs; i++)
        if (tki_str_eq(n->attr[i].name, name) && tki_str_eq(n->attr[i].space, space))
            return &n->attr[i];
    return NULL;
}

void tki_xml_remove_attr(node *n, tk_str name)
{
    struct tki_xml_attr *a = find_attr(n, name);
    if (!a)
        return;
    size_t behind = (size_t)(n->attr + n->nattrs - (a + 1));
    memmove(a, a + 1, behind * sizeof *a);
    n->nattrs--;
}

/* ---- reading ---- */

static int dies(struct parser *p)
{
    p->why = "the collector's process ends at this XML";
    return TKI_XML_DIES;
}

static int no_memory(struct parser *p)
{
    p->why = "out of memory";
    return TK_ENOMEM;
}

static const struct prefix *find_prefix(const struct parser *p, tk_str url)
{
    for (uint32_t i = 0; i < p->nprefixes; i++)
        if (tki_str_eq(p->prefix[i].url, url))
            return &p->prefix[i];
    return NULL;
}

static int set_prefix(struct parser *p, tk_str url, tk_str name)
{
    struct prefix *is = (struct prefix *)find_prefix(p, url);
    if (!is) {
        if (p->nprefixes > TKI_XML_SPACES_MAX) {
            p->why = "XML with too many name spaces";
            return TK_ELIMIT;
        }
        if (TKI_GROW(p->prefix, p->prefixes_cap, p->nprefixes + 1) < 0)
            return no_memory(p);
        is = &p->prefix[p->nprefixes++];
    }
    *is = (struct prefix){url, name, p->level};
    return 0;
}

/* Next to the last element, inside of it, or behind one of those around it. */
static int place(struct parser *p, node *n)
{
    if (n->level == p->prev->level) {
        add_sibling(p->prev, n);
        return 0;
    }
    if (n->level > p->prev->level) {
        tki_xml_add_child(p->prev, n);
        return 0;
    }
    for (int i = p->prev->level - n->level; i > 1; i--) {
        p->prev = p->prev->parent;
        if (!p->prev)
            return dies(p);
    }
    if (!p->prev->parent)
        return dies(p);
    add_sibling(p->prev->parent, n);
    return 0;
}

static int leaf(struct parser *p, enum tki_xml_type type)
{
    node *n = tki_xml_new(p->reader.arena, type, p->token.text);
    if (!n)
        return no_memory(p);
    n->level = p->level;
    return place(p, n);
}

/* What was read for the token tells a section from a text, and a text that looks like one is taken for it. */
static enum tki_xml_type type_of_characters(tk_str read)
{
    static const char mark[] = "<![CDATA[";
    size_t from = read.n && read.p[0] == '<' ? 0 : 1;
    for (size_t i = from; mark[i]; i++) {
        char c = i - from < read.n ? read.p[i - from] : '\0';
        if ((c >= 'a' && c <= 'z' ? c - 32 : c) != mark[i])
            return TKI_XML_TEXT;
    }
    return TKI_XML_CDATA;
}

/* The declaration that stands before the first element if there is none. */
static int declare(struct parser *p)
{
    node *n = tki_xml_new(p->reader.arena, TKI_XML_DECLARATION, TKI_STR("xml"));
    struct tki_xml_attr *a = tki_arena_alloc(p->reader.arena, sizeof *a);
    if (!n || !a)
        return no_memory(p);
    *a = (struct tki_xml_attr){{"", 0}, TKI_STR("version"), TKI_STR("1.0")};
    n->attr = a;
    n->nattrs = 1;
    n->level = p->level = 1;
    tki_xml_add_child(p->prev, n);
    p->prev = n;
    return 0;
}

static int learn_prefixes(struct parser *p)
{
    int rc = 0;
    for (uint32_t i = 0; i < p->token.nattrs && rc == 0; i++) {
        const struct tki_xml_attr *a = &p->token.attr[i];
        const struct prefix *is = find_prefix(p, a->value);
        if (TKI_STR_IS(a->name, "xmlns")) {
            if (!is || is->level >= p->level)
                rc = set_prefix(p, a->value, (tk_str){"", 0});
        } else if (TKI_STR_IS(a->space, "xmlns")) {
            rc = set_prefix(p, a->value, a->name);
        }
    }
    return rc;
}

/* Whether the element was written with this prefix. */
static bool written_with(tk_str read, tk_str prefix, tk_str name)
{
    size_t n = prefix.n + 1 + name.n;
    if (read.n && read.p[0] == '<')
        read = (tk_str){read.p + 1, read.n - 1};
    return read.n >= n && tki_str_starts(read, prefix) && read.p[prefix.n] == ':' &&
           memcmp(read.p + prefix.n + 1, name.p, name.n) == 0;
}

static int element(struct parser *p)
{
    const struct tki_xml_token *t = &p->token;
    int rc = p->level == 0 ? declare(p) : 0;
    if (rc == 0)
        rc = learn_prefixes(p);
    if (rc)
        return rc;
    const struct prefix *own = find_prefix(p, t->space);
    if (t->space.n && !own) {
        p->why = "XML with a name space that is missing";
        return TKI_XML_FAULT;
    }
    node *n = tki_xml_new(p->reader.arena, TKI_XML_ELEMENT, t->name);
    struct tki_xml_attr *attr = tki_arena_alloc(p->reader.arena, t->nattrs * sizeof *attr);
    if (!n || !attr)
        return no_memory(p);
    for (uint32_t i = 0; i < t->nattrs; i++) {
        const struct prefix *is = find_prefix(p, t->attr[i].space);
        attr[i] = t->attr[i];
        if (is)
            attr[i].space = is->name;
    }
    n->attr = attr;
    n->nattrs = t->nattrs;
    n->level = p->level;
    rc = place(p, n);
    if (rc == 0 && t->space.n && own && written_with(t->read, own->name, t->name))
        n->prefix = own->name;
    p->prev = n;
    p->level++;
    return rc;
}

/* Attributes of <?name a="b"?>: what stands between spaces and has an equal sign. */
static int add_pairs(struct parser *p, node *n, tk_str text)
{
    size_t room = 1, at = 0;
    for (size_t i = 0; i < text.n; i++)
        room += text.p[i] == ' ';
    n->attr = tki_arena_alloc(p->reader.arena, room * sizeof *n->attr);
    if (!n->attr)
        return no_memory(p);
    while (at <= text.n) {
        size_t upto = at;
        while (upto < text.n && text.p[upto] != ' ')
            upto++;
        tk_str pair = tki_xml_trim((tk_str){text.p + at, upto - at});
        const char *eq = tki_str_find(pair, '=');
        at = upto + 1;
        if (!eq || eq == pair.p)
            continue;
        tk_str key = {pair.p, (size_t)(eq - pair.p)}, value = {eq + 1, pair.n - key.n - 1};
        while (value.n && strchr("\"'", value.p[0]) && value.p[0])
            value = (tk_str){value.p + 1, value.n - 1};
        while (value.n && strchr("\"'", value.p[value.n - 1]) && value.p[value.n - 1])
            value.n--;
        if (p->release >= INSTRUCTIONS_SINCE && find_attr(n, key))
            continue;
        struct tki_xml_attr *a = &n->attr[n->nattrs++];
        a->value = value;
        split_name(key, &a->space, &a->name);
    }
    return 0;
}

static int target(struct parser *p)
{
    const struct tki_xml_token *t = &p->token;
    bool late = p->release >= INSTRUCTIONS_SINCE;
    node *n = tki_xml_new(p->reader.arena, TKI_XML_DECLARATION, t->name);
    int rc = n ? add_pairs(p, n, t->text) : no_memory(p);
    if (rc)
        return rc;
    if (late ? p->prev->type == TKI_XML_DOCUMENT : p->prev->type != TKI_XML_DECLARATION)
        p->level++;
    n->level = p->level;
    if (late && !TKI_STR_IS(t->name, "xml")) {
        n->type = TKI_XML_INSTRUCTION;
        n->instruction = tki_xml_trim(t->text);
    }
    rc = place(p, n);
    p->prev = n;
    return rc;
}

static int take(struct parser *p)
{
    switch (p->token.kind) {
    case TKI_XML_START: return element(p);
    case TKI_XML_END: p->level--; return 0;
    case TKI_XML_CHARACTERS: return leaf(p, type_of_characters(p->token.read));
    case TKI_XML_REMARK: return leaf(p, TKI_XML_COMMENT);
    case TKI_XML_TARGET: return target(p);
    case TKI_XML_DIRECTIVE: return leaf(p, TKI_XML_NOTATION);
    }
    return 0;
}

/* Somewhere at the top, or beside the document, must be an element. */
static bool has_element(const node *doc)
{
    for (; doc; doc = doc->next)
        for (const node *n = doc->first; n; n = n->next)
            if (n->type == TKI_XML_ELEMENT)
                return true;
    return false;
}

int tki_xml_parse(node **to, tk_str text, unsigned release, struct tki_arena *arena, const char **why)
{
    struct parser p = {.reader = {.text = text, .arena = arena, .sets = true}, .release = release};
    p.doc = p.prev = tki_xml_new(arena, TKI_XML_DOCUMENT, (tk_str){"", 0});
    int rc = p.doc ? 0 : no_memory(&p);
    if (rc == 0)
        rc = set_prefix(&p, TKI_STR("http://www.w3.org/XML/1998/namespace"), TKI_STR("xml"));
    while (rc == 0) {
        rc = tki_xml_next(&p.reader, &p.token);
        if (rc != 1) {
            p.why = p.reader.why;
            break;
        }
        rc = take(&p);
    }
    if (rc == 0 && !has_element(p.doc)) {
        p.why = "XML without an element";
        rc = TKI_XML_FAULT;
    }
    if (rc == 0 && !tki_str_starts(text, TKI_STR("<?xml")) && p.doc->first)
        tki_xml_remove(p.doc->first);
    *why = p.why;
    *to = p.doc;
    free(p.prefix);
    free(p.token.attr);
    tki_xml_reader_free(&p.reader);
    return rc;
}
