/* Trees of XML as text. */
#include "expr/xml/xml.h"

typedef struct tki_xml_node node;

enum { WRITTEN_MAX = 64 << 20 };

void tki_xml_inner_text(const node *n, struct tki_buf *to)
{
    if (n->type == TKI_XML_TEXT || n->type == TKI_XML_CDATA)
        tki_buf_str(to, n->data);
    else if (n->type != TKI_XML_COMMENT)
        for (const node *c = n->first; c; c = c->next)
            tki_xml_inner_text(c, to);
}

int tki_xml_text_of(const node *n, struct tki_arena *arena, tk_str *to)
{
    struct tki_buf b = {.max = WRITTEN_MAX};
    tki_xml_inner_text(n, &b);
    char *p = b.err ? NULL : tki_arena_alloc(arena, b.n);
    int rc = b.err ? b.err : p ? 0 : TK_ENOMEM;
    if (rc == 0 && b.n)
        memcpy(p, b.p, b.n);
    *to = (tk_str){p ? p : "", rc ? 0 : b.n};
    tki_buf_free(&b);
    return rc;
}

struct writer {
    struct tki_buf *to;
    uint32_t steps, depth;
};

static void put_escaped(struct tki_buf *to, tk_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        switch (s.p[i]) {
        case '&': tki_buf_lit(to, "&amp;"); break;
        case '\'': tki_buf_lit(to, "&#39;"); break;
        case '<': tki_buf_lit(to, "&lt;"); break;
        case '>': tki_buf_lit(to, "&gt;"); break;
        case '"': tki_buf_lit(to, "&#34;"); break;
        default: tki_buf_putc(to, s.p[i]);
        }
    }
}

/* What xml:space says; else as around it. */
static bool keeps_space(const node *n, bool around)
{
    for (uint32_t i = 0; i < n->nattrs; i++) {
        const struct tki_xml_attr *a = &n->attr[i];
        if (TKI_STR_IS(a->space, "xml") && TKI_STR_IS(a->name, "space"))
            return TKI_STR_IS(a->value, "preserve") || (!TKI_STR_IS(a->value, "default") && around);
    }
    return around;
}

static void put_name(struct tki_buf *to, tk_str space, tk_str name)
{
    if (space.n) {
        tki_buf_str(to, space);
        tki_buf_putc(to, ':');
    }
    tki_buf_str(to, name);
}

static void put_attrs(struct tki_buf *to, const node *n)
{
    for (uint32_t i = 0; i < n->nattrs; i++) {
        tki_buf_putc(to, ' ');
        put_name(to, n->attr[i].space, n->attr[i].name);
        tki_buf_lit(to, "=\"");
        put_escaped(to, n->attr[i].value);
        tki_buf_putc(to, '"');
    }
}

static void put_node(struct writer *w, const node *n, bool space);

static void put_children(struct writer *w, const node *n, bool space)
{
    if (++w->depth > 2 * TKI_XML_DEPTH_MAX + 2) /* one document may be put into another */
        w->to->err = w->to->err ? w->to->err : TK_ELIMIT;
    for (const node *c = n->first; c && !w->to->err; c = c->next) {
        if (++w->steps > TKI_XML_STEPS_MAX)
            w->to->err = TK_ELIMIT;
        else
            put_node(w, c, space);
    }
    w->depth--;
}

static void put_marked(struct tki_buf *to, const char *begin, tk_str text, const char *end)
{
    tki_buf_str(to, tki_str(begin));
    tki_buf_str(to, text);
    tki_buf_str(to, tki_str(end));
}

static void put_instruction(struct tki_buf *to, const node *n)
{
    put_marked(to, "<?", n->data, n->instruction.n ? " " : "");
    put_marked(to, "", n->instruction, "?>");
}

static void put_node(struct writer *w, const node *n, bool space)
{
    struct tki_buf *to = w->to;
    space = keeps_space(n, space);
    switch (n->type) {
    case TKI_XML_TEXT: put_escaped(to, space ? n->data : tki_xml_trim(n->data)); return;
    case TKI_XML_CDATA: put_marked(to, "<![CDATA[", n->data, "]]>"); return;
    case TKI_XML_COMMENT: put_marked(to, "<!--", n->data, "-->"); return;
    case TKI_XML_NOTATION: put_marked(to, "<!", n->data, ">"); return;
    case TKI_XML_INSTRUCTION: put_instruction(to, n); return;
    case TKI_XML_DECLARATION:
        put_marked(to, "<?", n->data, "");
        put_attrs(to, n);
        tki_buf_lit(to, "?>");
        put_children(w, n, space);
        return;
    case TKI_XML_DOCUMENT:
    case TKI_XML_ELEMENT:
    case TKI_XML_ATTRIBUTE: break;
    }
    tki_buf_putc(to, '<');
    put_name(to, n->prefix, n->data);
    put_attrs(to, n);
    tki_buf_putc(to, '>');
    put_children(w, n, space);
    tki_buf_lit(to, "</");
    put_name(to, n->prefix, n->data);
    tki_buf_putc(to, '>');
}

int tki_xml_write(const node *n, struct tki_buf *to)
{
    struct writer w = {.to = to};
    to->max = to->max ? to->max : WRITTEN_MAX;
    put_children(&w, n, keeps_space(n, true));
    return to->err;
}
