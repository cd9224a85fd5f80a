/* xpath_scan.h - the items of a path, one after the other. Inside lib/expr/xml only. */
#ifndef TKI_XML_XPATH_SCAN_H
#define TKI_XML_XPATH_SCAN_H

#include "expr/xml/xpath_in.h"

enum xpath_item {
    I_END,
    I_COMMA,
    I_SLASH,
    I_SLASHES,
    I_AT,
    I_DOT,
    I_DOTS,
    I_OPEN,
    I_CLOSE,
    I_OPEN_TEST,
    I_CLOSE_TEST,
    I_STAR,
    I_PLUS,
    I_MINUS,
    I_EQ,
    I_NE,
    I_LT,
    I_LE,
    I_GT,
    I_GE,
    I_BANG,
    I_DOLLAR,
    I_UNION,
    I_NAME,
    I_STRING,
    I_NUMBER,
    I_AXIS
};

struct xpath_scan {
    struct xpath_read *r;
    size_t pos; /* behind the character */
    uint32_t c; /* 0: the end */
    size_t size;
    enum xpath_item item;
    size_t began;
    tk_str name, prefix, text;
    double number;
    bool calls; /* a name with a bracket behind it */
    unsigned depth, parts;
};

/* Says what is wrong with the path, once. */
void tki_xpath_bad(struct xpath_scan *s, const char *what);
/* The first item, and the next one. */
void tki_xpath_begin_scan(struct xpath_scan *s);
void tki_xpath_next_item(struct xpath_scan *s);

#endif
