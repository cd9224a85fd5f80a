/* tracestate.h - the W3C tracestate header, parsed as strictly as go.opentelemetry.io/otel/trace does, and
 * the threshold in its OpenTelemetry member, written. */
#ifndef TKI_MODEL_TRACESTATE_H
#define TKI_MODEL_TRACESTATE_H

#include "base/str.h"

#define TKI_STATE_MEMBERS 32

struct tki_state_member {
    tk_str key, value; /* views of the header */
};

/* The number of members (0 for an empty header), or -1 when the header is not valid: a bad key or value, a
 * key twice, more than 32 members. */
int tki_state_parse(tk_str header, struct tki_state_member members[TKI_STATE_MEMBERS]);

#define TKI_STATE_TEXT_MAX (TKI_STATE_MEMBERS * 516 + 32)
/* Writes the header with `ot=th:THRESHOLD` in place of the threshold it had: the member first, th first in
 * it, the rest as it was.  Returns the length, or 0 when the header is not valid or is full, and is better
 * left alone. */
size_t tki_state_write(char to[TKI_STATE_TEXT_MAX], tk_str header, uint64_t threshold);

#endif
