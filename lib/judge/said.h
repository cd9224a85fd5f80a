/* said.h - what rules ask about a span, found in one walk over its attributes; both old and new names of the semantic
 * conventions are known. */
#ifndef TKI_JUDGE_SAID_H
#define TKI_JUDGE_SAID_H

#include "base/buf.h"
#include "base/str.h"

enum tki_saying {
    TKI_SAID_HTTP_STATUS,
    TKI_SAID_METHOD,
    TKI_SAID_METHOD_OLD, /* http.method */
    TKI_SAID_ROUTE,
    TKI_SAID_PATH,
    TKI_SAID_URL,
    TKI_SAID_ADDRESS,
    TKI_SAID_PORT,
    TKI_SAID_PEER,
    TKI_SAID_DB,
    TKI_SAID_TYPE, /* span.type, of Elastic APM and Datadog */
    TKI_SAID_RPC,
    TKI_SAID_RPC_STATUS,
    TKI_SAID_ERROR_TYPE,
    TKI_SAID_ERROR,
    TKI_SAID_MESSAGING,
    TKI_SAID_DESTINATION,
    TKI_SAID_GENAI,
    TKI_SAYINGS
};

struct tki_said {
    const struct tk_batch *b;
    const struct tk_span *s;
    const struct tk_tree *tree;
    uint32_t row;
    const struct tk_value *v[TKI_SAYINGS]; /* NULL: not there */
    bool exception;                        /* an event that records one which was not handled */
};

void tki_said_get(struct tki_said *f, const struct tk_batch *b, const struct tk_tree *tree, uint32_t row);

/* The value as text; "" where it is none. */
tk_str tki_said_text(const struct tki_said *f, enum tki_saying which);
/* The value as a whole number, be it written as text; -1 where it is none. */
int64_t tki_said_number(const struct tki_said *f, enum tki_saying which);

tk_str tki_service_of(const struct tk_batch *b, uint32_t row);
/* Returns true if the span answers a call that came from elsewhere: its parent is none, missing or of another service.
 */
bool tki_is_entry(const struct tk_batch *b, const struct tk_tree *tree, uint32_t row);
/* The text of a string attribute of the resource; "" where it has none. */
tk_str tki_resource_text(const struct tk_batch *b, uint32_t resource, const char *key);

#endif
