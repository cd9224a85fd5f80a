/* func.h - what a function of OTTL is: a row of a table, with its parameters and its code.  Inside lib/expr/ottl only.
 */
#ifndef TKI_OTTL_FUNC_H
#define TKI_OTTL_FUNC_H

#include "expr/ottl/ast.h"

enum tki_ottl_want { /* what a parameter takes; all but the last ones are computed for each span */
                     TKI_OW_ANY,
                     TKI_OW_STRING,  /* a string and nothing else */
                     TKI_OW_TEXT,    /* anything is made text; nil stays nil */
                     TKI_OW_INT,     /* a whole number and nothing else */
                     TKI_OW_INTLIKE, /* also doubles, bools and text; nil stays nil */
                     TKI_OW_FLOAT,   /* a double and nothing else */
                     TKI_OW_FLOATLIKE,
                     TKI_OW_BOOL,
                     TKI_OW_BOOLLIKE,
                     TKI_OW_BYTESLIKE, /* bytes, text and numbers as bytes; nil stays nil */
                     TKI_OW_MAP,
                     TKI_OW_LIST,
                     TKI_OW_TIME,
                     TKI_OW_DURATION,
                     /* from here on written in the condition, and known when it is opened */
                     TKI_OW_CONST_STRING,
                     TKI_OW_CONST_BOOL,
                     TKI_OW_CONST_STRINGS, /* [ "a", "b" ] */
                     /* a list that is written out, whose elements are computed */
                     TKI_OW_VALUES,
                     TKI_OW_STRINGS, /* each a string */
                     TKI_OW_TEXTS,   /* each made text */
                     TKI_OW_LAMBDA,  /* a function that is written out: (k, v) => ... */
};

struct tki_ottl_param {
    const char *name; /* NULL ends them */
    uint8_t want;     /* enum tki_ottl_want */
    bool optional;
};

enum { TKI_OTTL_PARAMS_MAX = 6, TKI_OTTL_SCOPES_MAX = 16 };
/* The release from which lists and maps are compared by what is in them, and all contexts can be named in paths. */
enum { TKI_OTTL_DEEP_SINCE = 122 };

struct tki_ottl_open { /* a condition being checked */
    struct tki_ottl *c;
    const struct tki_ottl_func *const *tables; /* of functions */
    struct tki_ottl_set *set;
    struct tki_arena *arena;
    struct tk_err *err;
    const struct tki_ottl_node *scope[TKI_OTTL_SCOPES_MAX]; /* functions around what is checked, outermost first */
    uint32_t scopes;
};

struct tki_ottl_func {
    const char *name;
    uint16_t since, until; /* the first minor release that has it (0: all from 120 on), and the last one (0: all) */
    bool of_span;          /* not in the context of an event */
    bool plain;            /* the call fails for want of memory at most, or gives up a regular expression */
    bool needs_regex;      /* the call needs the regular expressions of a thread */
    uint8_t which;         /* for the call: among functions that share it */
    struct tki_ottl_param param[TKI_OTTL_PARAMS_MAX + 1];
    /* 0, TKI_OTTL_FAULT with r->why, or a negative code.  NULL: known, and refused for this reason. */
    int (*call)(struct tki_ottl_run *r, const struct tki_ottl_node *n, struct tki_ov *to);
    /* Checks constant arguments, and may leave what it makes of them in n->made.  NULL: nothing to do. */
    int (*prepare)(struct tki_ottl_open *o, struct tki_ottl_node *n);
    const char *refused;
};

/* Tables of functions, each ended by a row without name; NULL ends the list. */
extern const struct tki_ottl_func *const tki_ottl_tables[];
extern const struct tki_ottl_func tki_ottl_types[], tki_ottl_text[], tki_ottl_cases[], tki_ottl_lists[],
    tki_ottl_times[], tki_ottl_hashes[], tki_ottl_parsers[], tki_ottl_net[], tki_ottl_extract[], tki_ottl_format[],
    tki_ottl_urls[], tki_ottl_severity[], tki_ottl_timetexts[], tki_ottl_lambdas[], tki_ottl_agents[], tki_ottl_xml[],
    tki_ottl_absent[];

/* Finds paths, functions and names, checks arguments, computes what is constant. */
int tki_ottl_check(struct tki_ottl_open *o);
/* Then finds what the condition has in common with others of the set. */
int tki_ottl_share(struct tki_ottl_open *o);

/* ---- for functions ---- */

/* "TKI_OTTL_FAULT" with its reason. */
static inline int tki_ottl_fault(struct tki_ottl_run *r, const char *why)
{
    r->why = why;
    return TKI_OTTL_FAULT;
}

/* What depends on a text with an address of the collector's memory (TKI_OV_ADDRESS): TK_EUNSUPPORTED. */
int tki_ottl_unknown(struct tki_ottl_run *r);

/* What a part of a condition says: as tki_ottl_test. */
int tki_ottl_test_part(const struct tki_ottl *c, const struct tki_ottl_node *n, struct tki_ottl_run *r);
/* The value of a node. */
int tki_ottl_value(struct tki_ottl_run *r, const struct tki_ottl_node *n, struct tki_ov *to);
/* What a parameter makes of a value; to may be v. */
int tki_ottl_convert(struct tki_ottl_run *r, enum tki_ottl_want want, const struct tki_ov *v, struct tki_ov *to);
/* The i-th argument, converted as its parameter wants it.  An argument that is not given is nil. */
int tki_ottl_arg(struct tki_ottl_run *r, const struct tki_ottl_node *n, uint32_t i, struct tki_ov *to);
/* Likewise, a string. */
int tki_ottl_arg_str(struct tki_ottl_run *r, const struct tki_ottl_node *n, uint32_t i, tk_str *to);
/* A constant string, or what it is when it is not given. */
tk_str tki_ottl_const_str(const struct tki_ottl_node *n, uint32_t i, const char *absent);
bool tki_ottl_const_bool(const struct tki_ottl_node *n, uint32_t i, bool absent);

/* Memory of the run, good until the caller resets it; NULL: r->why says so, return TK_ENOMEM. */
void *tki_ottl_alloc(struct tki_ottl_run *r, size_t n);
/* Moves a buffer's text to such memory; frees the buffer. */
int tki_ottl_keep(struct tki_ottl_run *r, struct tki_buf *b, struct tki_ov *to);
int tki_ottl_copy(struct tki_ottl_run *r, tk_str s, struct tki_ov *to);

/* A path as the condition could have it: finds its field. */
int tki_ottl_check_path(struct tki_ottl_open *o, struct tki_ottl_node *n);
/* A compiled expression, which lives as long as the condition.  TK_EUSAGE when it is none. */
int tki_ottl_regex(struct tki_ottl_open *o, const struct tki_ottl_node *at, tk_str text, struct tki_regex **to);
/* Takes an expression, which then lives as long as the condition; without memory it is freed. */
int tki_ottl_own_regex(struct tki_ottl_open *o, struct tki_regex *re);
/* Likewise a zone of time. */
int tki_ottl_own_zone(struct tki_ottl_open *o, struct tki_zone *zone);
/* What a function that is written out gives for its arguments, as many as it has parameters. */
int tki_ottl_apply(struct tki_ottl_run *r, const struct tki_ottl_node *lambda, const struct tki_ov *args,
                   struct tki_ov *to);
/* As the collector makes text of its own values: nil is "", bytes are base64, NaN is text too. */
int tki_ottl_as_string(struct tki_ottl_run *r, const struct tki_ov *v, struct tki_ov *to);
/* TK_EUSAGE at a node. */
__attribute__((format(printf, 3, 4))) int tki_ottl_refuse(struct tki_ottl_open *o, const struct tki_ottl_node *at,
                                                          const char *format, ...);

static inline bool tki_ottl_literal_string(const struct tki_ottl_node *n)
{
    return n && n->literal && n->kind == TKI_ON_LITERAL && n->value.type == TKI_OV_STRING;
}

#endif
