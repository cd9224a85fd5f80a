/* state_trace.h - what a ledger knows of a trace, as fields 1 to 9 of a message (Trace of the schema): messages of
 * other answers begin with the same ones.
 */
#ifndef TKI_RUN_STATE_TRACE_H
#define TKI_RUN_STATE_TRACE_H

#include "format/pb/pb.h"
#include "model/slow.h"

/* An id, as 16 bytes; false: they are no id. */
void tki_state_put_id(struct tki_buf *b, unsigned field, tk_id128 id);
bool tki_state_get_id(tk_str s, tk_id128 *id);

void tki_state_put_trace(struct tki_buf *b, tk_id128 id, const struct tki_trace_row *row);

struct tki_state_trace {
    tk_id128 id;
    struct tki_trace_row row;
    uint64_t duration_ns;
    bool known; /* it has an id */
};
/* Takes the field of that tag; false: it is none of these, and is still to be read.  All zero at first. */
bool tki_state_get_trace(struct tki_pb *c, unsigned tag, struct tki_state_trace *to);
/* Its root, as fields 10 to 13; the times lie near those of the trace. */
void tki_state_put_kind(struct tki_buf *b, const struct tki_kind_row *kind, const struct tki_extent *trace);
/* Likewise; the root's times are whole after tki_state_kind_end, with the trace that is whole before. */
bool tki_state_get_kind(struct tki_pb *c, unsigned tag, struct tki_kind_row *to);
void tki_state_kind_end(struct tki_kind_row *kind, const struct tki_extent *trace);

/* After the last field: false, this is no trace. */
bool tki_state_trace_end(struct tki_state_trace *t);

#endif
