/* ast.h - the tree of a condition: made by the parser, checked and prepared by the checker, then constant. */
#ifndef TKI_OTTL_AST_H
#define TKI_OTTL_AST_H

#include "base/regex.h"
#include "base/zone.h"
#include "expr/ottl/ottl.h"
#include "expr/ottl/value.h"

enum tki_ottl_kind {
    TKI_ON_LITERAL, /* value */
    TKI_ON_ENUM,    /* name; a literal once it is checked */
    TKI_ON_PATH,    /* name: "span.attributes"; keys */
    TKI_ON_CALL,    /* name, kids: arguments in the order of the function's parameters once checked; keys */
    TKI_ON_NAME,    /* an argument or a member of a map: name, kid 0; gone once it is checked */
    TKI_ON_LIST,    /* kids */
    TKI_ON_MAP,     /* kids with names */
    TKI_ON_NEGATE,  /* kid 0 */
    TKI_ON_ARITH,   /* op of kids 0 and 1 */
    TKI_ON_COMPARE, /* op of kids 0 and 1 */
    TKI_ON_NOT,     /* kid 0 */
    TKI_ON_AND,     /* kids */
    TKI_ON_OR,      /* kids */
    TKI_ON_LAMBDA,  /* kid 0 of keys, which are its parameters: names; field: the place of the first one's value */
    TKI_ON_LOCAL,   /* a parameter: field is its place; keys */
};

enum tki_ottl_place {                  /* what a checked path is */
                      TKI_OP_FIELD,    /* fields[field] of the condition */
                      TKI_OP_CONSTANT, /* value: what is the same for every span */
                      TKI_OP_FAULT,    /* an error for every span and event */
                      TKI_OP_STATE,    /* fields[field] is the trace state, the key must be text */
};

struct tki_ottl_func;

struct tki_ottl_node {
    uint8_t kind;  /* enum tki_ottl_kind */
    uint8_t op;    /* ARITH: '+', '-', '*', '/'; COMPARE: enum tki_ov_op */
    uint8_t place; /* PATH: enum tki_ottl_place */
    bool literal;  /* its value can be had when the condition is read: the collector then looks at it at once */
    uint32_t at;   /* where it begins in the text */
    uint32_t nkids, nkeys;
    struct tki_ottl_node **kid; /* an argument that is not given is NULL */
    struct tki_ottl_node **key;
    tk_str name;         /* NAME: of a named argument or a member of a map, whose value is kid 0 */
    struct tki_ov value; /* LITERAL, CONSTANT */
    uint32_t field;
    const struct tki_ottl_func *func;
    void *made; /* what the function prepared from constant arguments; see func.h */
    /* What it has in common with others of the set. */
    uint32_t part;     /* its number there */
    uint32_t on;       /* the field on whose value alone it depends; or these: */
    uint32_t question; /* that it puts to that field, from 1 on; 0: none, or a part of a larger one does */
    bool inside;       /* of a function that is written out: it has a parameter of it */
};
#define TKI_ON_NOTHING TK_NONE
#define TKI_ON_SEVERAL (TK_NONE - 1)

struct tki_ottl_alone { /* what is asked about one field alone */
    uint32_t questions;
};

struct tki_ottl_part {
    uint32_t uses;     /* nodes that are this part */
    uint32_t value;    /* number of its value, from 1 on; 0: it is not remembered */
    uint32_t question; /* to the field on which it depends alone, from 1 on; 0: none */
};

struct tki_ottl {
    tk_str text;
    enum tki_ottl_context context;
    unsigned release;
    struct tki_ottl_node *root;
    struct tki_regex **regexes; /* of calls, freed with the condition */
    uint32_t nregexes, regexes_cap;
    struct tki_zone **zones; /* likewise */
    uint32_t nzones, zones_cap;
    uint32_t *reads; /* fields, each once */
    uint32_t nreads, reads_cap;
    uint32_t nlocals; /* places of parameters */
    bool lambdas;     /* the feature gate for them is on */
};

/* Reads the text into a tree in the arena.  TK_EUSAGE with the offset, TK_ENOMEM, TK_ELIMIT. */
int tki_ottl_read(struct tki_ottl *c, struct tki_arena *arena, struct tk_err *err);

#endif
