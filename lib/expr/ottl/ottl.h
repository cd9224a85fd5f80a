/* ottl.h - conditions in the OpenTelemetry Transformation Language, as the tail sampling processor evaluates them.
 *
 * A condition is a text in the context of a span or of an event of a span.  It is opened for a release of the
 * collector, because functions and rules came and changed, and refused where that release refuses to start: unknown
 * functions, paths and names, wrong expressions, literals of a type that a function does not take.  What cannot be
 * replayed (the clock, random ids) and functions that are not evaluated here are refused by their name.
 *
 * An open condition does not change and may be shared between threads; an evaluation needs a tki_ottl_run, which
 * belongs to one thread.  Fields that conditions read are put into one list, so that whoever evaluates them can say
 * what must be decoded, and conditions that ask the same are answered once (struct tki_ottl_set).
 *
 * Facts: pkg/ottl of the OpenTelemetry Collector, releases 0.130 to 0.165.
 */
#ifndef TKI_OTTL_OTTL_H
#define TKI_OTTL_OTTL_H

#include "base/map.h"
#include "base/regex.h"
#include "field/field.h"

enum { TKI_OTTL_TEXT_MAX = 1024 * 1024, TKI_OTTL_DEPTH_MAX = 200 };

struct tki_ottl;      /* a condition */
struct tki_ottl_node; /* a part of one */
struct tki_ov;        /* value.h */

struct tki_ottl_alone;
struct tki_ottl_part;
struct tki_ottl_memory;
struct tki_agents;

/* What conditions that are asked of the same spans have in common: the fields that they read, and the parts that they
 * are made of.  All zero is empty. */
struct tki_ottl_set {
    struct tki_field *field;      /* each once */
    struct tki_ottl_alone *alone; /* of each: what is asked about it alone */
    uint32_t n, cap;
    struct tki_symtab parts; /* by what they consist of: the same text has the same value */
    struct tki_ottl_part *part;
    uint32_t parts_cap, nvalues;
    struct tki_agents *agents; /* NULL: no condition asks for user agents */
};
void tki_ottl_set_free(struct tki_ottl_set *set);

struct tki_ottl_rules { /* of the collector */
    unsigned release;   /* the minor number, 161 for 0.161 */
    bool lambdas;       /* its feature gate ottl.functions.enableLambda is on */
};

/* Opens a condition; it borrows text and the set, and lives in the arena but for what tki_ottl_close frees.  TK_EUSAGE:
 * the collector does not start; TK_EUNSUPPORTED: it cannot be replayed; TK_ELIMIT, TK_ENOMEM; all with the offset in
 * the text. */
int tki_ottl_open(struct tki_ottl **to, tk_str text, enum tki_ottl_context context, struct tki_ottl_rules rules,
                  struct tki_ottl_set *set, struct tki_arena *arena, struct tk_err *err);
void tki_ottl_close(struct tki_ottl *c); /* NULL is allowed */
/* The fields that it reads, by their numbers in the set; good as long as the condition. */
const uint32_t *tki_ottl_reads(const struct tki_ottl *c, uint32_t *n);
/* The field on whose value alone the answer depends; TK_NONE: on several, or on none. */
uint32_t tki_ottl_alone(const struct tki_ottl *c);

/* What can make a condition hold: a part that depends on a field alone and says yes, or an error that counts, of its
 * value. */
struct tki_ottl_opener {
    uint32_t field; /* of the set */
    const struct tki_ottl *c;
    const struct tki_ottl_node *part; /* NULL: that the span has this attribute */
    bool strict;                      /* errors count */
};
enum { TKI_OTTL_OPENERS_MAX = 8 };
struct tki_ottl_openers { /* any of them */
    struct tki_ottl_opener opener[TKI_OTTL_OPENERS_MAX];
    uint32_t n;
};
/* Adds openers, outside of which the condition holds for no span; strict: neither is it an error.  Returns false if
 * there are none, or too many: it must be asked of each span. */
bool tki_ottl_find_openers(const struct tki_ottl *c, const struct tki_ottl_set *set, bool strict,
                           struct tki_ottl_openers *to);

struct tki_ottl_never {
    bool (*absent)(void *ctx, const struct tki_field *f); /* that no span has this attribute; NULL: not known */
    void *ctx;
    /* Set: the attribute that is absent, or else NULL and the path whose values are of another type. */
    const struct tki_field *field;
    tk_str path;
    const char *is, *with; /* "an int", "a string" */
};
/* Returns true if the condition is `true`, as written or as constants make it. */
bool tki_ottl_always_holds(const struct tki_ottl *c);
/* Returns true if the condition holds for no span, and says why; false: it may hold. */
bool tki_ottl_never_holds(const struct tki_ottl *c, const struct tki_ottl_set *set, struct tki_ottl_never *why);

enum tki_ottl_owner {                        /* whose a field is: how long its value stays */
                      TKI_OTTL_OF_ATTRIBUTE, /* of a span, which has it or does not */
                      TKI_OTTL_OF_SPAN,
                      TKI_OTTL_OF_RESOURCE,
                      TKI_OTTL_OF_SCOPE,
                      TKI_OTTL_OWNERS
};
enum tki_ottl_owner tki_ottl_owner(const struct tki_field *f);

enum { TKI_OTTL_FAULT = 2 };

struct tki_ottl_run {               /* an evaluation; of one thread */
    struct tki_at *at;              /* the span; event: which one, in the context of an event */
    const struct tki_field *fields; /* of the set that the conditions were opened with */
    struct tki_regex_scratch *regex;
    struct tki_arena *memory;      /* of what functions make; emptied by tki_ottl_begin */
    uint64_t batch;                /* another number for another batch; 0: each span may be of another one */
    const char *why;               /* after TKI_OTTL_FAULT and errors: what is wrong, constant text */
    unsigned release;              /* set from the condition */
    struct tki_ottl_memory *known; /* NULL: nothing is remembered, all is computed anew */
    struct tki_ov *local;          /* values of parameters of functions; set by tki_ottl_test */
};

/* The run remembers from now on what the conditions of the set have in common; the set is complete, and borrowed.  0 or
 * TK_ENOMEM. */
int tki_ottl_remember(struct tki_ottl_run *r, const struct tki_ottl_set *set);
void tki_ottl_forget(struct tki_ottl_run *r); /* frees what it remembered */
/* Begins with another span, or another event: empties the memory, and forgets what was true of the one before. */
void tki_ottl_begin(struct tki_ottl_run *r);

/* 1: the condition holds; 0: it does not; TKI_OTTL_FAULT: the collector gets an error.  TK_EUNSUPPORTED: the
 * collector's process ends at this span; TK_ELIMIT: a regular expression was given up, or a value is too large;
 * TK_ENOMEM. */
int tki_ottl_test(const struct tki_ottl *c, struct tki_ottl_run *r);

/* 1: it is opened; 0: it is not; or a negative code, as above. */
int tki_ottl_test_opener(const struct tki_ottl_opener *o, struct tki_ottl_run *r);

/* The fields that are attributes of this span, in its order, each once; good until tki_ottl_begin.  The run remembers.
 */
const uint32_t *tki_ottl_present(struct tki_ottl_run *r, uint32_t *n);
/* Returns true if the attribute is one of these. */
bool tki_ottl_is_present(struct tki_ottl_run *r, uint32_t field);

/* Where among the values of a field that the run remembers the value of this span is. */
struct tki_ottl_spot {
    uint32_t number; /* below tki_ottl_spots */
    uint8_t *mark;   /* the caller's, good as long as the span; 0 when another value takes the spot */
};
/* Returns false if the value is not remembered. */
bool tki_ottl_spot(struct tki_ottl_run *r, uint32_t field, struct tki_ottl_spot *to);
/* How many values of the field are remembered at once. */
uint32_t tki_ottl_spots(const struct tki_ottl_run *r, uint32_t field);

#endif
