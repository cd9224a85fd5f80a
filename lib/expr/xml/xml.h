/* xml.h - XML as two packages of Go read it: encoding/xml the text, antchfx/xmlquery the tree.
 *
 * What they accept that XML does not, and what they get wrong, is part of the answer: a comment before the first
 * element is a neighbour of the document, a text that begins with "![CDATA[" is taken for such a section.  Where the
 * package follows a pointer that is not there, the collector's process ends: TKI_XML_DIES.
 *
 * All is in an arena; texts borrow from the input or are in it, too.
 *
 * Facts: encoding/xml of Go 1.26; xmlquery 1.4.3 to 1.5.2, of which pkg/ottl uses 1.5.0 from collector 0.138 on. */
#ifndef TKI_XML_XML_H
#define TKI_XML_XML_H

#include "base/arena.h"
#include "base/buf.h"

enum {
    TKI_XML_FAULT = 2,          /* the package has an error */
    TKI_XML_DIES = 3,           /* the collector's process ends */
    TKI_XML_DEPTH_MAX = 1000,   /* elements inside each other; the packages go on to 10,000 and beyond */
    TKI_XML_SPACES_MAX = 1000,  /* name spaces that are known at a time */
    TKI_XML_STEPS_MAX = 1 << 24 /* nodes that are looked at for one answer */
};

/* ---- names and space ---- */

bool tki_xml_begins_name(uint32_t code_point);
bool tki_xml_is_name_character(uint32_t code_point);
bool tki_xml_is_name(tk_str s);
bool tki_xml_is_space(uint32_t code_point);
tk_str tki_xml_trim(tk_str s);

/* ---- tokens ---- */

struct tki_xml_attr {
    tk_str space, name, value;
};

enum tki_xml_kind {
    TKI_XML_START,
    TKI_XML_END,
    TKI_XML_CHARACTERS,
    TKI_XML_REMARK,
    TKI_XML_TARGET, /* <?name text?> */
    TKI_XML_DIRECTIVE,
};

struct tki_xml_token {
    enum tki_xml_kind kind;
    tk_str space, name; /* START, END, TARGET; the space is the URL, or the prefix if that is unknown */
    tk_str text;
    tk_str read; /* what was read for this token: the first byte may be that of the token before */
    struct tki_xml_attr *attr;
    uint32_t nattrs, attrs_cap;
};

struct tki_xml_space { /* what a prefix means; until the element ends that is this deep */
    tk_str prefix, url;
    uint32_t depth;
};

struct tki_xml_reader {
    tk_str text;
    struct tki_arena *arena;
    size_t at;
    bool ahead;                /* the byte at `at` was read, and given back */
    bool end_next;             /* the element that was read is closed already */
    const char *why;           /* after anything but 0 and 1 */
    struct tki_xml_attr *open; /* elements: space is the prefix */
    uint32_t depth, open_cap;
    struct tki_xml_space *space;
    uint32_t nspaces, spaces_cap;
    struct tki_buf buf;
    bool sets; /* other sets of characters than UTF-8 are read: they are not read here */
};

/* 1: a token, good until the next call but for its texts; 0: the end; TKI_XML_FAULT; TK_EUNSUPPORTED: another set of
 * characters; TK_ELIMIT, TK_ENOMEM. */
int tki_xml_next(struct tki_xml_reader *r, struct tki_xml_token *t);
void tki_xml_reader_free(struct tki_xml_reader *r);

/* ---- trees ---- */

enum tki_xml_type {
    TKI_XML_DOCUMENT,
    TKI_XML_DECLARATION,
    TKI_XML_ELEMENT,
    TKI_XML_TEXT,
    TKI_XML_CDATA,
    TKI_XML_COMMENT,
    TKI_XML_ATTRIBUTE, /* what a path found; parent is its element, in no tree */
    TKI_XML_NOTATION,
    TKI_XML_INSTRUCTION,
};

struct tki_xml_node {
    struct tki_xml_node *parent, *first, *last, *before, *next;
    enum tki_xml_type type;
    int level;
    tk_str data; /* name of an element or an attribute, text of the others */
    tk_str prefix, instruction;
    struct tki_xml_attr *attr;
    uint32_t nattrs;
};

/* Reads a document; without a declaration in front it loses its first child, as the functions of OTTL do it.  0,
 * TKI_XML_FAULT and TKI_XML_DIES with *why, or a negative code. */
int tki_xml_parse(struct tki_xml_node **to, tk_str text, unsigned release, struct tki_arena *arena, const char **why);
struct tki_xml_node *tki_xml_new(struct tki_arena *arena, enum tki_xml_type type, tk_str data); /* NULL: no memory */

/* These do what xmlquery's functions do, also with nodes that are elsewhere already. */
void tki_xml_add_child(struct tki_xml_node *parent, struct tki_xml_node *n);
void tki_xml_remove(struct tki_xml_node *n);
void tki_xml_remove_attr(struct tki_xml_node *n, tk_str name);

/* The texts inside, without comments. */
void tki_xml_inner_text(const struct tki_xml_node *n, struct tki_buf *to);
/* As InnerText, in the arena.  0, TK_ENOMEM, TK_ELIMIT. */
int tki_xml_text_of(const struct tki_xml_node *n, struct tki_arena *arena, tk_str *to);
/* What is inside of the node, as XML.  0, TK_ENOMEM, TK_ELIMIT: it does not end, or is too large. */
int tki_xml_write(const struct tki_xml_node *n, struct tki_buf *to);

#endif
