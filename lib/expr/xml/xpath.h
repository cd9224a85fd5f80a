/* xpath.h - paths in XML, as antchfx/xpath reads and answers them.
 *
 * That package is an engine of queries that pull nodes from each other, and keep where they are from one question to
 * the next: what a predicate, a position or a union gives depends on it, and on the release. The engine here has the
 * same queries and the same state. What people use is there: the axes child, attribute, self, parent, descendant,
 * descendant-or-self and the siblings, predicates, unions, comparisons, arithmetic, and or, and the functions of
 * xpath_parse.c. What is not is refused by its name when the path is compiled.
 *
 * Facts: antchfx/xpath 1.3.3 to 1.3.9; pkg/ottl uses 1.3.5 from collector 0.133 on, 1.3.6 from 0.147, 1.3.8 from 0.158,
 * 1.3.9 from 0.165. */
#ifndef TKI_XML_XPATH_H
#define TKI_XML_XPATH_H

#include "expr/xml/xml.h"

struct tki_xpath; /* constant, in an arena */

/* TK_EUSAGE: the collector refuses it; TK_EUNSUPPORTED: it is not replayed; TK_ELIMIT, TK_ENOMEM. */
int tki_xpath_compile(struct tki_xpath **to, tk_str text, unsigned release, struct tki_arena *arena,
                      struct tk_err *err);

struct tki_xpath_found {
    struct tki_xml_node **node; /* in the arena; an attribute has a node of its own */
    uint32_t n, cap;
};

/* The nodes, in the order in which the package gives them.  0; TKI_XML_DIES; TK_ELIMIT, TK_ENOMEM; with *why. */
int tki_xpath_select(const struct tki_xpath *x, struct tki_xml_node *top, struct tki_arena *arena,
                     struct tki_xpath_found *found, const char **why);

#endif
