/* ids.h - trace and span ids out of the texts that tools write. */
#ifndef TKI_MODEL_IDS_H
#define TKI_MODEL_IDS_H

#include "model/batch.h"

/* Hexadecimal of any case and up to full length (short ones are padded on the left), "0x" before it, base64 of
 * the bytes, base64 or hexadecimal of the hexadecimal text, a UUID for a trace.  Anything else becomes a hash of the
 * text, so that equal texts stay equal, and is noted.  An empty text is 0.  *odd is set when the text was not plain
 * full-length hexadecimal. */
tk_id128 tki_trace_id(struct tk_batch *b, tk_str text, bool *odd);
uint64_t tki_span_id(struct tk_batch *b, tk_str text, bool *odd);

/* Spans repeat the id of the one before: the text parsed last.  All-zero is valid. */
struct tki_id_memo {
    tk_str text;
    tk_id128 id;
};
static inline tk_id128 tki_trace_id_memo(struct tki_id_memo *m, struct tk_batch *b, tk_str text, bool *odd)
{
    if (!tki_str_eq(text, m->text)) {
        m->id = tki_trace_id(b, text, odd);
        m->text = text;
    }
    return m->id;
}

#endif
