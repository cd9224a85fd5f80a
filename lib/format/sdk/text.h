/* text.h - what the readers of consoles share that print a span over several lines of text.
 *
 * A record is walked line by line.  Such consoles print no types or print them as words; their times are texts.
 */
#ifndef TKI_FORMAT_SDK_TEXT_H
#define TKI_FORMAT_SDK_TEXT_H

#include "format/codec/records.h"

struct tki_text {
    struct tki_decode *d;
    struct tk_batch *b;
    const char *p, *end; /* behind the current line, and of the record */
    unsigned columns;    /* words before each line, as compose and kubectl print them */
    tk_str line;         /* the current line without its line break and those words */
    tk_str text;         /* the same without white space around it */
    int code;            /* sticky: the text is in d->err, the place in d->fault */
};

/* The record, which lies in d->in; no line is current. */
void tki_text_init(struct tki_text *t, struct tki_decode *d, tk_str record, unsigned columns);
/* Goes to the next line.  Returns false behind the last one, or after a failure. */
bool tki_text_next(struct tki_text *t);
/* Fails at the current line. */
void tki_text_fail(struct tki_text *t, const char *what);
/* Returns true if the current line is "NAME : VALUE" or "NAME: VALUE" and gives the value without spaces around it. */
bool tki_text_is(const struct tki_text *t, const char *name, tk_str *value);
/* Returns true if the current line begins so, white space aside. */
bool tki_text_begins(const struct tki_text *t, const char *with);

/* Passes over the current line, and counts it unless it is empty. */
void tki_text_drop(struct tki_text *t);

/* The time in any form that tki_parse_time reads; Go's "2006-01-02 15:04:05.99 +0000 UTC", too. */
uint64_t tki_text_time(struct tki_text *t, tk_str s);
/* The ids; one that is none gives 0. */
tk_id128 tki_text_trace_id(struct tki_text *t, tk_str s);
uint64_t tki_text_span_id(struct tki_text *t, tk_str s);
/* A kind or a status by its name or by OTLP's constant; "" is unset. */
uint8_t tki_text_kind(struct tki_text *t, tk_str s);
uint8_t tki_text_status(struct tki_text *t, tk_str s);
void tki_text_attr(struct tki_text *t, tk_range *attrs, tk_str key, struct tk_value v);
struct tk_value tki_text_string(struct tki_text *t, tk_str s);

#endif
