/* json.h - what the parts of the OTLP JSON decoder share: documents, resources and spans, attributes and values. */
#ifndef TKI_FORMAT_OTLP_JSON_H
#define TKI_FORMAT_OTLP_JSON_H

#include "format/js/members.h"
#include "format/js/records.h"

/* A decoder under way. */
struct tki_oj {
    struct tki_js j;
    struct tk_batch *b;
    unsigned needs;
    const struct tki_wanted *wanted;
    const struct tki_idmap *only; /* traces; NULL: all */
    uint64_t *records;
    struct tki_guess span_guess;
    struct tki_mark record; /* the batch as it was before the record under way */
    const char *at;         /* start of the list element under way; NULL: none */
    unsigned at_depth;      /* brackets open around it */
    unsigned around;        /* brackets open around the text, when it starts inside a document */
};

void tki_oj_init(struct tki_oj *x, struct tki_decode *d, uint64_t *records);
/* Reads the members of a ResourceSpans object that the cursor has entered.  Returns false when the object has no list
 * of scopes, or is broken.  An object of another signal (logs, metrics, profiles) is noted. */
bool tki_oj_resource_members(struct tki_oj *x);
/* Returns true if the key names a list of logs, metrics or profiles, which is then noted. */
bool tki_oj_other_signal(struct tki_oj *x, tk_str k);
/* The span at the cursor, which stands alone: no resource and no scope are around it.  Returns true if it has both ids
 * and a start or an end; a data point of a metric has a start and no ids, a log record ids and no start. */
bool tki_oj_bare_span(struct tki_oj *x);

/* A Long of JavaScript, as protobuf.js keeps 64 bits: {"low":-1,"high":2,"unsigned":true}. */
uint64_t tki_oj_long(struct tki_oj *x);

#define KEY(k, camel) TKI_STR_IS(k, camel)
/* Returns true if k is the key in one of its two spellings.  A strict writer does not use the second one. */
#define KEY2(k, camel, snake) (TKI_STR_IS(k, camel) || (TKI_STR_IS(k, snake) && (x->j.odd = true)))

/* An array of attributes: adjacent rows of the batch; lists inside go to the kids. */
tk_range tki_oj_attributes(struct tki_oj *x);

#endif
