/* scan.h - walking over JSON without decoding it, string-aware, several bytes a cycle. */
#ifndef TKI_FORMAT_JS_SCAN_H
#define TKI_FORMAT_JS_SCAN_H

#include "format/codec/codec.h"

/* p is at '{' or '['; returns behind the bracket that closes it, or NULL when it is not in [p, end).  What is
 * between is not validated.  Reads the padding behind end. */
const char *tki_json_skip(const char *p, const char *end);
/* Likewise, if none of the strings is between: certainly then.  NULL may also mean that one could be: where escapes
 * might spell them, or close behind the bracket. */
const char *tki_json_skip_without(const char *p, const char *end, const struct tki_wanted *strings);
/* p is behind the opening quote; returns behind the closing one, or NULL. */
const char *tki_json_skip_string(const char *p, const char *end);
/* Any value; for numbers and words up to the next delimiter or end.  NULL: does not end before end, or p is at
 * no value. */
const char *tki_json_skip_value(const char *p, const char *end);

static inline const char *tki_json_ws(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
        p++;
    return p;
}

#endif
