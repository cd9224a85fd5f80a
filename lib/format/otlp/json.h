/* json.h - what the two halves of the OTLP JSON decoder share: documents and spans, attributes and values. */
#ifndef TKI_FORMAT_OTLP_JSON_H
#define TKI_FORMAT_OTLP_JSON_H

#include "format/js/members.h"

/* A decoder under way. */
struct tki_oj {
    struct tki_js j;
    struct tk_batch *b;
    unsigned needs;
    uint64_t *records;
    struct tki_guess span_guess;
    struct tki_mark record; /* the batch as it was before the record under way */
};

#define KEY(k, camel) TKI_STR_IS(k, camel)
/* Both spellings of a key of several words; the second is none of a strict writer. */
#define KEY2(k, camel, snake) (TKI_STR_IS(k, camel) || (TKI_STR_IS(k, snake) && (x->j.odd = true)))

/* An array of attributes: adjacent rows of the batch; lists inside go to the kids. */
tk_range tki_oj_attributes(struct tki_oj *x);

#endif
