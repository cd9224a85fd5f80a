/* skywalking.h - ids of SkyWalking as ids of 16 and 8 bytes. */
#ifndef TKI_FORMAT_SKYWALKING_SKYWALKING_H
#define TKI_FORMAT_SKYWALKING_SKYWALKING_H

#include "format/codec/codec.h"

/* SkyWalking names a span by its segment and its number there, and its ids are texts: a UUID with or without dashes, or
 * the 32 digits of one, the number of a thread and a time, with dots between.  The collector's receiver makes ids of
 * such texts by rules that can be followed elsewhere, and these functions follow them.  Any other text is replaced by
 * its hash and noted; an empty text is 0. */
tk_id128 tki_sw_trace_id(struct tk_batch *b, tk_str trace);
uint64_t tki_sw_span_id(struct tk_batch *b, tk_str segment, int64_t span);

#endif
