/* logline.h - which trace and span a line of a log belongs to, when it was written, how bad it is, and what it says.
 *
 * Lines are JSON objects, key=value pairs or text, in any mixture, also within envelopes: docker's json-file, the files
 * of containerd, times and names before a line, JSON behind text.  Fields are found by the names that loggers give
 * them, compared without case, dots, dashes and underscores: trace_id, traceId, otelTraceID, dd.trace_id and more.
 * Trace context headers (context.h) count as ids wherever they stand.  In text 32 hexadecimal digits alone may be an
 * id, too, which only the dump can tell.
 */
#ifndef TKI_MODEL_LOGLINE_H
#define TKI_MODEL_LOGLINE_H

#include "base/buf.h"

enum tki_log_id {
    TKI_LOG_NO_ID,
    TKI_LOG_GUESSED, /* digits of the right shape in text */
    TKI_LOG_NAMED    /* a field or a header that is made for it */
};

struct tki_log_line {
    uint8_t id;        /* enum tki_log_id */
    tk_id128 trace_id; /* hi 0: only the low half is known */
    uint64_t span_id;  /* 0: not said */
    uint64_t time_ns;  /* 0: not said */
    tk_str level, message;
    const char *fault; /* not NULL: the line has a trace context header, and this is wrong with it */
    bool continues;    /* belongs to the line before: a stack trace goes on */
};

/* Scratch memory, for many lines.  All zero is valid. */
struct tki_log_scratch {
    struct tki_buf plain, text;
};

/* Reads one line without its line break.  Strings of *l point into the line or the scratch memory, and are good until
 * the next call.  TK_ENOMEM. */
int tki_log_line_read(struct tki_log_scratch *s, tk_str line, struct tki_log_line *l);
void tki_log_scratch_free(struct tki_log_scratch *s);

#endif
