/* scan.h - walking over JSON without decoding it, string-aware, several bytes a cycle. */
#ifndef TKI_FORMAT_JS_SCAN_H
#define TKI_FORMAT_JS_SCAN_H

#include "format/codec/codec.h"

/* p is at '{' or '['; returns behind the bracket that closes it, or NULL when it is not in [p, end).  What is
 * between is not validated.  Reads the padding behind end. */
const char *tki_json_skip(const char *p, const char *end);
/* The same, and certain that none of the strings stands between the brackets.  NULL may also mean that one of them
 * could stand there: escapes may spell it, or it may stand close behind the bracket. */
const char *tki_json_skip_without(const char *p, const char *end, const struct tki_wanted *strings);
/* p is behind the opening quote; returns behind the closing one, or NULL. */
const char *tki_json_skip_string(const char *p, const char *end);
/* Returns what is behind any value; a number or a word goes up to the next delimiter or end.  Returns NULL when the
 * value does not end before `end`, or p is at no value. */
const char *tki_json_skip_value(const char *p, const char *end);

static inline const char *tki_json_ws(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
        p++;
    return p;
}

#endif
