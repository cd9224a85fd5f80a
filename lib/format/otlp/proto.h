/* proto.h - what the parts of the OTLP protobuf decoder share. */
#ifndef TKI_FORMAT_OTLP_PROTO_H
#define TKI_FORMAT_OTLP_PROTO_H

#include "format/codec/codec.h"

/* The fields of a TracesData message in [d->pos, end).  whole: the message is one record, kept or refused as a whole;
 * else each ResourceSpans is one. */
int tki_otlp_proto_messages(struct tki_decode *d, size_t end, bool whole);

enum tki_otlp_signal { TKI_OTLP_TRACES, TKI_OTLP_LOGS, TKI_OTLP_METRICS, TKI_OTLP_PROFILES };
/* What ResourceSpans, ResourceLogs, ... have in common: the same layers stand around what they carry. */
enum tki_otlp_signal tki_otlp_signal_of(tk_str resource);

/* Returns the bits of a bid for a TracesData message, or -1 when the text is not one.  Only the first elements are
 * looked at, as many as are enough to be sure: damage behind them is reported when it is read.  cut: the message goes
 * on behind the bytes. */
int tki_otlp_probe(tk_str s, bool cut);
unsigned tki_otlp_bid_proto(const struct tki_head *h);
unsigned tki_otlp_bid_framed(const struct tki_head *h);

#endif
