/* json.h - the parts of Jaeger's API JSON: tags, the table of processes, and writing, for
 * json.c. */
#ifndef TKI_FORMAT_JAEGER_JSON_H
#define TKI_FORMAT_JAEGER_JSON_H

#include "format/jaeger/words.h"
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

/* An array of tags at the cursor: those of a span, in its words; and those of processes and logs, as
 * attributes.  hex: binary values are hexadecimal, as in Elasticsearch, not base64. */
void tki_jaeger_json_span_tags(struct tki_js *j, struct tki_jaeger_span *w);
void tki_jaeger_json_tags(struct tki_js *j, bool hex);
/* The first between begin and end of the caller's. */
void tki_jaeger_json_add_span_tags(struct tki_js *j, struct tki_jaeger_span *w, bool hex);
/* A string that is short enough for a value. */
tk_str tki_jaeger_json_text(struct tki_js *j);

/* The processes that a trace's spans name. */
struct tki_jaeger_entry {
    tk_str id; /* or the text of a process that stands inside a span */
    uint64_t hash;
    const char *at; /* the process object; NULL: not met, or dealt with */
    uint32_t row;   /* of b->resources; TK_NONE until a span uses it */
};
struct tki_jaeger_table { /* all-zero is valid and empty; memory is the batch's */
    struct tki_jaeger_entry *entries;
    uint32_t *slots; /* twice cap; number + 1, 0: free */
    uint32_t n, cap, last;
};
void tki_jaeger_table_reset(struct tki_jaeger_table *t);
/* The entry of that id, made when it is new; good until the next call.  NULL: out of memory. */
struct tki_jaeger_entry *tki_jaeger_table_find(struct tki_jaeger_table *t, struct tk_batch *b, tk_str id);

void tki_jaeger_json_begin(struct tki_encode *e);
/* The rows are one whole trace. */
void tki_jaeger_json_put(struct tki_encode *e, const struct tk_batch *b, const uint32_t *rows, size_t nrows);
void tki_jaeger_json_end(struct tki_encode *e);

#endif
