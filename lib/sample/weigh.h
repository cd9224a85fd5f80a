/* weigh.h - the bytes that the collector counts for spans: their size in its own protobuf messages.
 *
 * Its messages differ from what this library writes: ids, status, resource and scope are written also when they are
 * empty, and before 0.165 the schema URLs of resource and scope are lost on the way in.  (Collector, pdata:
 * ProtoMarshaler.)
 */
#ifndef TKI_SAMPLE_WEIGH_H
#define TKI_SAMPLE_WEIGH_H

#include "tracekit.h"

/* The size of a message in the one around it, with tag and length; of scope and resource also that of the schema URL
 * beside it, if schemas are not lost. */
uint32_t tki_weigh_span(const struct tk_batch *b, const struct tk_span *s);
uint32_t tki_weigh_scope(const struct tk_batch *b, const struct tk_scope *s, bool schemas);
uint32_t tki_weigh_resource(const struct tk_batch *b, const struct tk_resource *r, bool schemas);

#endif
