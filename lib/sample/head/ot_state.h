/* ot_state.h - a trace state as the collector's samplers read and write it.
 *
 * Not as OpenTelemetry's SDKs do (model/tracestate.h): a key may be there twice, the header has at most 1,024 bytes and
 * 31 members, and a bad threshold or randomness makes the whole state bad.  (Collector contrib, pkg/sampling; W3C Trace
 * Context, "tracestate"; OpenTelemetry "TraceState: Probability Sampling".)
 */
#ifndef TKI_HEAD_OT_STATE_H
#define TKI_HEAD_OT_STATE_H

#include "base/str.h"

struct tki_ot_state {
    tk_str header;           /* as it was read; borrowed */
    tk_str ot;               /* the value of its member "ot", the last one */
    bool has_rv, has_th;     /* randomness, rejection threshold: of 56 bits */
    uint64_t rv, th;         /* */
    tk_str rv_text, th_text; /* as they were read; "": they were set since, and are written anew */
};

#define TKI_OT_STATE_MAX 1152 /* bytes that every written state fits */

/* Returns false if the header is not valid; *s is then what the collector makes of it: nothing when it is no list of
 * members at all, else the members that are good. */
bool tki_ot_state_parse(struct tki_ot_state *s, tk_str header);
void tki_ot_state_set_rv(struct tki_ot_state *s, uint64_t rv);
/* A threshold below the one that is there is refused without a word, as the collector does: the state stays. */
void tki_ot_state_set_th(struct tki_ot_state *s, uint64_t th);
/* The member ot first: rv, th, then what else it held; then the other members, in their order.  Returns the length. */
size_t tki_ot_state_write(const struct tki_ot_state *s, char to[TKI_OT_STATE_MAX]);

#endif
