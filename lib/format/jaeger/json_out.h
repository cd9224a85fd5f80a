/* json_out.h - writing the parts of spans that Jaeger's API and its documents in Elasticsearch have in common. */
#ifndef TKI_FORMAT_JAEGER_JSON_OUT_H
#define TKI_FORMAT_JAEGER_JSON_OUT_H

#include "format/jaeger/words.h"
#include "format/js/js.h"

struct tki_jaeger_out {
    struct tki_buf *b;
    const struct tk_batch *batch;
    uint64_t *notes;
    struct tki_buf scratch;
    bool comma; /* one is due before the next element */
    /* Documents: trace ids always have 32 digits, binary tags are hexadecimal, empty lists null, and whole numbers
     * beyond what JavaScript's hold stay numbers. */
    bool document;
};

#define LIT(o, literal) tki_buf_lit((o)->b, literal)

static inline void tki_jaeger_out_element(struct tki_jaeger_out *o)
{
    if (o->comma)
        tki_buf_putc(o->b, ',');
    o->comma = true;
}

static inline void tki_jaeger_out_text(struct tki_jaeger_out *o, tk_str s)
{
    tki_buf_json_str(o->b, s, o->notes);
}

void tki_jaeger_out_trace_id(struct tki_jaeger_out *o, tk_id128 id);
/* Elements of a list of tags. */
void tki_jaeger_out_tag(struct tki_jaeger_out *o, const struct tk_attr *a);
void tki_jaeger_out_tags(struct tki_jaeger_out *o, const struct tk_attr *a, uint32_t n);

/* These members of a span, and a comma before. */
void tki_jaeger_out_references(struct tki_jaeger_out *o, const struct tk_span *s);
void tki_jaeger_out_logs(struct tki_jaeger_out *o, const struct tk_span *s);

/* A span up to its tags: its ids, name, references and times.  t: what it says in tags, filled here. */
void tki_jaeger_out_span(struct tki_jaeger_out *o, const struct tk_span *s, struct tki_jaeger_tags *t);

#endif
