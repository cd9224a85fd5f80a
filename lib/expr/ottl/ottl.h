/* ottl.h - conditions in the OpenTelemetry Transformation Language, as the tail sampling processor evaluates them.
 *
 * A condition is a text in the context of a span or of an event of a span.  It is opened for a release of the
 * collector, because functions and rules came and changed, and refused where that release refuses to start: unknown
 * functions, paths and names, wrong expressions, literals of a type that a function does not take.  What cannot be
 * replayed (the clock, random ids) and functions that are not evaluated here are refused by their name.
 *
 * An open condition does not change and may be shared between threads; an evaluation needs a tki_ottl_run, which
 * belongs to one thread.  Fields that conditions read are put into one list, so that whoever evaluates them can say
 * what must be decoded.
 *
 * Facts: pkg/ottl of the OpenTelemetry Collector, releases 0.130 to 0.165.
 */
#ifndef TKI_OTTL_OTTL_H
#define TKI_OTTL_OTTL_H

#include "base/regex.h"
#include "field/field.h"

enum { TKI_OTTL_TEXT_MAX = 1024 * 1024, TKI_OTTL_DEPTH_MAX = 200 };

struct tki_ottl; /* a condition */
struct tki_ov;   /* value.h */

struct tki_ottl_fields {     /* what conditions read, each field once; all zero is empty */
    struct tki_field *field; /* owned */
    uint32_t n, cap;
};

struct tki_ottl_rules { /* of the collector */
    unsigned release;   /* the minor number, 161 for 0.161 */
    bool lambdas;       /* its feature gate ottl.functions.enableLambda is on */
};

/* Opens a condition; it borrows text, and lives in the arena but for what tki_ottl_close frees.  TK_EUSAGE: the
 * collector does not start; TK_EUNSUPPORTED: it cannot be replayed; TK_ELIMIT, TK_ENOMEM; all with the offset in the
 * text. */
int tki_ottl_open(struct tki_ottl **to, tk_str text, enum tki_ottl_context context, struct tki_ottl_rules rules,
                  struct tki_ottl_fields *fields, struct tki_arena *arena, struct tk_err *err);
void tki_ottl_close(struct tki_ottl *c); /* NULL is allowed */

enum { TKI_OTTL_FAULT = 2 };

struct tki_ottl_run {               /* an evaluation; of one thread */
    struct tki_at *at;              /* the span; event: which one, in the context of an event */
    const struct tki_field *fields; /* of the list that the conditions were opened with */
    struct tki_regex_scratch *regex;
    struct tki_arena *memory; /* of what functions make; the caller resets it between spans */
    const char *why;          /* after TKI_OTTL_FAULT and errors: what is wrong, constant text */
    unsigned release;         /* set from the condition */
    /* Values of fields that were asked for already, since tki_ottl_begin; NULL: each is asked for anew. */
    struct tki_ov *value;
    uint64_t *known;      /* a bit for each */
    struct tki_ov *local; /* values of parameters of functions; set by tki_ottl_test */
};

/* Begins with a span, and with another event of it: empties the memory, and makes room for what n fields are there, so
 * that conditions that read the same ones ask once.  0 or TK_ENOMEM. */
int tki_ottl_begin(struct tki_ottl_run *r, uint32_t nfields);

/* 1: the condition holds; 0: it does not; TKI_OTTL_FAULT: the collector gets an error.  TK_EUNSUPPORTED: the
 * collector's process ends at this span; TK_ELIMIT: a regular expression was given up, or a value is too large;
 * TK_ENOMEM. */
int tki_ottl_test(const struct tki_ottl *c, struct tki_ottl_run *r);

#endif
