/* xpath_in.h - the tree of a path, and the queries that are made of it. Inside lib/expr/xml only. */
#ifndef TKI_XML_XPATH_IN_H
#define TKI_XML_XPATH_IN_H

#include "expr/xml/xpath.h"

/* The releases of the collector from which a version of the package is used. */
enum { XPATH_1_3_5 = 133, XPATH_1_3_6 = 147, XPATH_1_3_8 = 158, XPATH_1_3_9 = 165 };

/* ---- what is written ---- */

enum xpath_axis {
    AXIS_CHILD,
    AXIS_ATTRIBUTE,
    AXIS_SELF,
    AXIS_PARENT,
    AXIS_DESCENDANT,
    AXIS_DESCENDANT_OR_SELF,
    AXIS_FOLLOWING_SIBLING,
    AXIS_PRECEDING_SIBLING,
    AXIS_ABSENT, /* known to the package, and not here */
    AXIS_NONE
};

enum xpath_type { XPATH_ROOT, XPATH_ELEMENT, XPATH_ATTRIBUTE, XPATH_TEXT, XPATH_COMMENT, XPATH_ALL };

struct xpath_test { /* of a step */
    enum xpath_type type;
    tk_str name, prefix; /* both empty: any */
};

enum xpath_op {
    OP_OR,
    OP_AND,
    OP_EQ,
    OP_NE,
    OP_LT,
    OP_LE,
    OP_GT,
    OP_GE,
    OP_ADD,
    OP_SUB,
    OP_MUL,
    OP_DIV,
    OP_MOD,
    OP_UNION
};

enum xpath_func {
    FN_BOOLEAN,
    FN_CONCAT,
    FN_CONTAINS,
    FN_COUNT,
    FN_ENDS_WITH,
    FN_FALSE,
    FN_LAST,
    FN_LOCAL_NAME,
    FN_LOWER_CASE,
    FN_NAME,
    FN_NORMALIZE_SPACE,
    FN_NOT,
    FN_NUMBER,
    FN_POSITION,
    FN_STARTS_WITH,
    FN_STRING,
    FN_STRING_LENGTH,
    FN_TRUE,
    FN_ABSENT, /* known to the package, and not here */
    FN_NONE
};

enum xpath_part { PART_ROOT, PART_STEP, PART_FILTER, PART_CALL, PART_OPERATOR, PART_NUMBER, PART_STRING, PART_GROUP };

struct xpath_node {
    enum xpath_part part;
    uint32_t at;                    /* in the text */
    struct xpath_node *in, *second; /* STEP, GROUP: in; FILTER: in and its condition; OPERATOR: both sides */
    enum xpath_axis axis;
    struct xpath_test test;
    enum xpath_op op;
    tk_str text; /* STRING; the name of a CALL, and of the axis of a STEP */
    double number;
    struct xpath_node **arg;
    uint32_t nargs, args_cap;
};

struct xpath_read { /* a path being compiled */
    tk_str text;
    unsigned release;
    struct tki_arena *arena;
    struct tk_err *err;
    int rc; /* the first error */
};

/* The tree; NULL: r->rc.  What stands behind the path is passed over, as the package does. */
struct xpath_node *tki_xpath_parse(struct xpath_read *r);
/* Says what is wrong, once. */
__attribute__((format(printf, 4, 5))) void tki_xpath_fail(struct xpath_read *r, int rc, uint32_t at, const char *format,
                                                          ...);

/* ---- what answers ---- */

enum xpath_kind {
    Q_CONTEXT, /* where the question is asked */
    Q_ROOT,
    Q_ATTRIBUTE,
    Q_CHILD,
    Q_DESCENDANT,
    Q_OVER, /* descendants of descendants */
    Q_FOLLOWING,
    Q_PRECEDING,
    Q_PARENT,
    Q_SELF,
    Q_FILTER,
    Q_CALL,
    Q_NUMBER,
    Q_STRING,
    Q_GROUP,
    Q_COMPARE,
    Q_ARITH,
    Q_LOGIC,
    Q_UNION,
    Q_LAST, /* how many nodes the input has */
    Q_MERGE /* second, asked of each node of in */
};

struct xpath_at { /* a node, or an attribute of it */
    struct tki_xml_node *n;
    int64_t attr; /* -1: the node */
};

struct xpath_list {
    struct xpath_at *at;
    uint32_t n, cap;
};

struct xpath_query {
    enum xpath_kind kind;
    enum xpath_op op;
    enum xpath_func func;
    bool self; /* DESCENDANT, OVER: with itself */
    struct xpath_test test;
    struct xpath_query *in, *second;
    struct xpath_query **arg;
    uint32_t nargs;
    tk_str text;
    double number;
    /* the state */
    bool active, begun, counted;
    struct xpath_at at;
    int64_t place, level;
    uint32_t next;
    struct xpath_list list;
    int64_t *placed; /* FILTER: how many nodes matched, by level */
    uint32_t placed_n;
};

struct tki_xpath {
    const struct xpath_query *query;
    unsigned release;
    bool nothing; /* a truth, which from 0.165 on selects nothing */
};

/* NULL: r->rc. */
struct xpath_query *tki_xpath_build(struct xpath_read *r, const struct xpath_node *n);

enum xpath_value_type { V_BOOL, V_NUMBER, V_STRING, V_SET }; /* in the order of the package */

struct xpath_value {
    enum xpath_value_type type;
    bool yes;
    double number;
    tk_str text;
    struct xpath_query *set;
};

struct xpath_run {
    unsigned release;
    struct tki_arena *arena;
    struct tki_xml_node *root;
    struct xpath_at here; /* the node that is asked about; queries move it */
    uint32_t steps;
    int rc; /* the first error: then queries have no nodes */
    const char *why;
    struct xpath_value (*value)(struct xpath_run *r, struct xpath_query *q); /* of a predicate: tki_xpath_value */
};

/* The next node of a query.  Returns false at the end, and after an error. */
bool tki_xpath_next(struct xpath_run *r, struct xpath_query *q, struct xpath_at *to);
/* The value; a set begins anew. */
struct xpath_value tki_xpath_value(struct xpath_run *r, struct xpath_query *q);
/* As new, where the package makes a copy. */
void tki_xpath_reset(struct xpath_query *q);
/* Sets the state of a query whose value is asked for; of a set alone. */
void tki_xpath_begin(struct xpath_run *r, struct xpath_query *q);

bool tki_xpath_passes(struct xpath_run *r, const struct xpath_test *t, struct xpath_at at);
enum xpath_type tki_xpath_type(struct xpath_at at);
tk_str tki_xpath_name(struct xpath_run *r, struct xpath_at at);
tk_str tki_xpath_text(struct xpath_run *r, struct xpath_at at);
bool tki_xpath_to_child(struct xpath_at *at);
bool tki_xpath_to_parent(struct xpath_at *at);
bool tki_xpath_to_next(struct xpath_at *at);
bool tki_xpath_to_before(struct xpath_at *at);

void tki_xpath_dies(struct xpath_run *r);
void tki_xpath_no_memory(struct xpath_run *r);
bool tki_xpath_truth(struct xpath_run *r, struct xpath_value v);
struct xpath_value tki_xpath_call(struct xpath_run *r, struct xpath_query *q);
struct xpath_value tki_xpath_compare(struct xpath_run *r, enum xpath_op op, struct xpath_value a, struct xpath_value b);
struct xpath_value tki_xpath_compute(struct xpath_run *r, struct xpath_query *q);

static inline bool tki_xpath_has_test(enum xpath_kind kind)
{
    return kind == Q_ATTRIBUTE || kind == Q_CHILD || kind == Q_DESCENDANT || kind == Q_FOLLOWING ||
           kind == Q_PRECEDING || kind == Q_PARENT || kind == Q_SELF;
}

#endif
