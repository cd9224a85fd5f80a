/* sdk.h - what the readers of SDKs' console output share.
 *
 * SDKs print spans to standard output, where a program's own lines stand before and between them, and metrics and
 * log records of the same exporters: those are other signals, which are counted; a line is a malformed record.
 */
#ifndef TKI_FORMAT_SDK_SDK_H
#define TKI_FORMAT_SDK_SDK_H

#include "format/format.h"
#include "format/js/bid.h"
#include "format/js/js.h"

/* Adds up the bits of the rules that the first document of the head meets that meets any. */
unsigned tki_sdk_bid(tk_str head, const struct tki_key_bid *rules);

/* A decoder of one document, an object.  Adds its rows, or fails the cursor. */
struct tki_sdk {
    struct tki_js j;
    unsigned needs;
    tk_str resource_text, scope_text; /* of the span before: equal ones share a row */
    uint32_t resource, scope;
    const char *record;
    struct tki_mark mark;
    uint64_t records;
};
/* Runs it over the documents of a piece, alone or in lists. */
int tki_sdk_decode(struct tki_decode *d, void (*document)(struct tki_sdk *x));
/* Fails at the document under way. */
void tki_sdk_fail(struct tki_sdk *x, const char *what);
/* The document under way is none of spans: takes its rows back, and notes what it is. */
void tki_sdk_skip(struct tki_sdk *x, enum tk_note note);

/* The value of service.name among attributes, when it is a string. */
tk_str tki_sdk_service(const struct tk_batch *b, tk_range attrs);

#endif
