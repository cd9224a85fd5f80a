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
/* Lines "NAME : VALUE" or "NAME: VALUE" by table, as js/fields.h has the members of objects: what each says and where
 * that goes.  The last row has no name. */
struct tki_text_field {
    const char *name;
    void (*read)(struct tki_text *t, tk_str value, void *to); /* the value without spaces around it */
    size_t at;
};
/* Returns false if no row has the current line. */
bool tki_text_field(struct tki_text *t, const struct tki_text_field *fields, void *to);

/* Readers of fields: a text; a time in any form that tki_parse_time reads, Go's "2006-01-02 15:04:05.99 +0000 UTC",
 * too; ids, one that is none gives 0; a kind or a status by its name or by OTLP's constant, "" is unset; a count of 32
 * bits. */
void tki_text_str(struct tki_text *t, tk_str s, void *to);
void tki_text_time(struct tki_text *t, tk_str s, void *to);
void tki_text_trace_id(struct tki_text *t, tk_str s, void *to);
void tki_text_span_id(struct tki_text *t, tk_str s, void *to);
void tki_text_kind(struct tki_text *t, tk_str s, void *to);
void tki_text_status(struct tki_text *t, tk_str s, void *to);
void tki_text_count(struct tki_text *t, tk_str s, void *to);

/* Returns true if the current line begins so, white space aside. */
bool tki_text_begins(const struct tki_text *t, const char *with);

/* Passes over the current line, and counts it unless it is empty. */
void tki_text_drop(struct tki_text *t);

struct tk_value tki_text_string(struct tki_text *t, tk_str s);

/* The first line of a record, with its line break.  Words, each with a blank behind it, between two places of a line.
 */
tk_str tki_text_head(tk_str record);
unsigned tki_text_columns(const char *from, const char *to);
/* Where a word begins, or NULL. */
const char *tki_text_find(tk_str s, const char *word);
/* Adds a span with its resource and scope, which are rows already unless their number is TK_NONE. */
void tki_text_span(struct tki_text *t, const struct tk_span *s, const struct tk_resource *r, uint32_t *resource,
                   const struct tk_scope *scope, uint32_t *scope_row);

#endif
