/* context.h - trace context as requests and logs carry it: traceparent, B3, uber-trace-id, X-Amzn-Trace-Id.
 *
 * Specifications: W3C Trace Context level 2, 3.2 (traceparent); B3 Propagation, single and multiple headers; Jaeger
 * client libraries, "uber-trace-id"; AWS X-Ray, "Tracing header".  All functions are pure.
 */
#ifndef TKI_MODEL_CONTEXT_H
#define TKI_MODEL_CONTEXT_H

#include "base/str.h"

enum tki_context_form {
    TKI_CONTEXT_NONE,
    TKI_CONTEXT_W3C,  /* 00-TRACE-SPAN-FLAGS */
    TKI_CONTEXT_B3,   /* TRACE-SPAN[-STATE[-PARENT]] */
    TKI_CONTEXT_UBER, /* TRACE:SPAN:PARENT:FLAGS */
    TKI_CONTEXT_XRAY, /* Root=1-SECONDS-REST[;Parent=SPAN][;Sampled=1] */
    TKI_CONTEXT_B3_ID /* X-B3-TraceId alone */
};

struct tki_context {
    enum tki_context_form form;
    tk_id128 trace_id;
    uint64_t span_id;  /* 0: none is named */
    bool half;         /* the trace id has 64 bits */
    const char *fault; /* NULL: valid; else the first thing that is wrong, in reading order */
};

/* Reads the value of a header of that form, without the blanks around it.  Returns true if it is valid; else c->fault
 * says why not. */
bool tki_context_read(enum tki_context_form form, tk_str value, struct tki_context *c);
/* The form of the header of that name, in letters of any case, with dashes or underscores; NONE: another header. */
enum tki_context_form tki_context_header(tk_str name);

enum { TKI_PASTED_MIN = 4 }; /* digits that the beginning of an id has at least */

/* A trace id as people paste it. */
struct tki_pasted {
    tk_id128 id;     /* as a number */
    unsigned digits; /* that were given: fewer than 32 may be the beginning of an id */
    bool whole;      /* a whole id, also with leading zeros left out: not the beginning of another */
};
/* Takes up to 32 hexadecimal digits, with or without 0x; a UUID; base64; a value of one of the headers above, with or
 * without the name of the header and quotes; an id of X-Ray; any text with 32 such digits in it once.  Returns NULL, or
 * what is wrong with the text. */
const char *tki_pasted_read(tk_str text, struct tki_pasted *p);
/* Returns true if that is the id, or the id begins with the digits that were given, at least TKI_PASTED_MIN. */
bool tki_pasted_is(const struct tki_pasted *p, tk_id128 id);
/* The number that the first digits of an id make.  An id of 64 bits has 16 digits, every other 32. */
tk_id128 tki_first_digits(tk_id128 id, unsigned digits);

#endif
