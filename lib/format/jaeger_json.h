/* jaeger_json.h - the parts of Jaeger's API JSON: reading of tags, and writing, for jaeger_json.c. */
#ifndef TKI_FORMAT_JAEGER_JSON_H
#define TKI_FORMAT_JAEGER_JSON_H

#include "format/jaeger_words.h"
#include "format/js/js.h"
#include "format/js/simd.h"

/* Behind an opening quote: the string when it has no escapes, and p behind its closing quote. */
static inline bool tki_js_plain_string(const char **p, tk_str *s)
{
    const char *q = *p;
    unsigned i;
    while ((i = tki_string_stop(q)) == 16)
        q += 16;
    q += i;
    if (*q != '"')
        return false;
    *s = (tk_str){*p, (size_t)(q - *p)};
    *p = q + 1;
    return true;
}

/* An array of tags at the cursor: those of a span, in its words; and those of processes and logs, as attributes. */
void tki_jaeger_json_span_tags(struct tki_js *j, struct tki_jaeger_span *w);
void tki_jaeger_json_tags(struct tki_js *j);
/* A string that is short enough for a value. */
tk_str tki_jaeger_json_text(struct tki_js *j);

void tki_jaeger_json_begin(struct tki_encode *e);
/* The rows are one whole trace. */
void tki_jaeger_json_put(struct tki_encode *e, const struct tk_batch *b, const uint32_t *rows, size_t nrows);
void tki_jaeger_json_end(struct tki_encode *e);

#endif
