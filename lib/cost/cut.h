/* cut.h - what is left of traces without some attributes or events: really encoded and compressed without them.
 *
 * Over the first traces of a sample, up to a limit of bytes.  With nothing left out the same traces are the measure.
 */
#ifndef TKI_COST_CUT_H
#define TKI_COST_CUT_H

#include "cost/sample.h"

struct tki_left_out {
    tk_str name;                   /* key of an attribute, or name of an event */
    bool spans, resources, events; /* where it is left out */
};

struct tki_weighed {
    uint64_t proto, zstd, es; /* bytes: OTLP protobuf, that after zstd -3, Jaeger's Elasticsearch documents */
};

/* bytes_max: of OTLP protobuf, looked at.  es: whether documents are written; else 0.  0, TK_ENOMEM, TK_EIO. */
int tki_left_out_weigh(struct tki_sample *s, const struct tki_left_out *cuts, size_t n, uint64_t bytes_max, bool es,
                       struct tki_weighed *to, struct tk_err *err);

#endif
