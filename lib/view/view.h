/* view.h - what the views share: formats written for people and for other programs, and never read back.
 *
 * Views that need each trace whole (info.whole_traces) get it as one batch and look at it through
 * tki_view_trace.  Views that add up hold a bounded number of names; what has no place goes to the name
 * "(other)" and is counted as TK_NOTE_OTHER_NAME.
 */
#ifndef TKI_VIEW_VIEW_H
#define TKI_VIEW_VIEW_H

#include "base/array.h"
#include "base/map.h"
#include "format/codec/codec.h"
#include "model/span.h"
#include "model/weight.h"

tk_str tki_view_kind(unsigned kind);     /* "server" */
tk_str tki_view_status(unsigned status); /* "error" */
/* A trace id in 32 digits; a span id in 16, none is nothing. */
void tki_view_trace_id(struct tki_buf *out, tk_id128 id);
void tki_view_span_id(struct tki_buf *out, uint64_t id);
/* A value as JSON. */
void tki_view_value(struct tki_encode *e, const struct tk_batch *b, const struct tk_value *v);
/* Returns true if an attribute behind a[i] has its key: the last one counts. */
bool tki_view_replaced(const struct tk_attr *a, uint32_t i, uint32_t n);
/* Attributes as a JSON object with the last value of each key. */
void tki_view_object(struct tki_encode *e, const struct tk_batch *b, const struct tk_attr *a, uint32_t n);
/* Likewise JSON, lists of a span's events and links, as rows and tables have them. */
void tki_view_events(struct tki_encode *e, const struct tk_batch *b, const struct tk_span *s);
void tki_view_links(struct tki_encode *e, const struct tk_batch *b, const struct tk_span *s);
/* A value as text: strings as they are, anything else as JSON without quotes around it; no value is nothing. */
void tki_view_value_text(struct tki_encode *e, const struct tk_batch *b, const struct tk_value *v);
/* Text as UTF-8: what is not is U+FFFD and counted.  special writes what an ASCII character needs and returns true,
 * or returns false for one that stands for itself.  NULL: all stand for themselves. */
void tki_view_text(struct tki_encode *e, tk_str s, bool (*special)(struct tki_buf *out, char c));
/* Likewise for pictures: a character that nobody sees, and which could change how the rest is shown, becomes a space.
 */
void tki_view_label(struct tki_encode *e, tk_str s, bool (*special)(struct tki_buf *out, char c));
/* For tki_view_label: text of Mermaid, within quotes and without. */
bool tki_view_mermaid_char(struct tki_buf *out, char c);
/* The time in UTC as RFC 3339 has it, with nine decimals: 30 bytes.  Years beyond 9999 do not fit in 64 bits. */
void tki_view_time(struct tki_buf *out, uint64_t ns);
/* Likewise for people, to the millisecond: "2026-11-21 08:08:51.679 +02:00", or Z when east_s is NULL. */
/* When an event was, from the start of its span on: "+1.00 ms", "-574 us".  A time of whole units, before the start and
 * in the same unit, is "+<1 s": it was not before.  Nothing where a time is missing; first_ns: as for
 * tki_span_started. */
void tki_view_event_time(struct tki_buf *out, const struct tk_span *s, const struct tk_event *e, uint64_t first_ns);
void tki_view_moment(struct tki_buf *out, uint64_t ns, int64_t (*east_s)(uint64_t unix_s));
/* Whole and thousandth part of x - from, as microseconds are written of nanoseconds: 12.345, 7, -0.001. */
void tki_view_thousandths(struct tki_buf *out, uint64_t x, uint64_t from);

/* Service of a span, "(no service)" when it has no name; name of a span, "(no name)". */
tk_str tki_view_service(const struct tk_batch *b, const struct tk_span *s);
tk_str tki_view_name(const struct tk_span *s);
/* How many spans a span of a trace of that rate stands for; counted when it is not 1. */
double tki_view_weight(struct tki_encode *e, tki_rate trace);
static inline bool tki_view_timed(const struct tk_span *s)
{
    return tki_span_started_alone(s);
}
/* Nanoseconds by the rule of span.h: 0 when they are not known, or it ends before it starts. */
static inline uint64_t tki_view_duration(const struct tk_span *s)
{
    int64_t ns;
    (void)tki_span_duration(s, &ns);
    return (uint64_t)ns;
}
/* The same where it is written; what is odd about it is counted. */
uint64_t tki_view_duration_written(struct tki_encode *e, const struct tk_span *s);
static inline bool tki_view_failed(struct tki_encode *e)
{
    return e->out->err != 0;
}
/* Makes the output fail: the only way in which an encoder does. */
void tki_view_out_of_memory(struct tki_encode *e);
/* e->state, made of n zero bytes when it is not there; NULL: out of memory. */
void *tki_view_state(struct tki_encode *e, size_t n);

/* One trace with its tree.  All-zero is valid; its memory is used again. */
struct tki_view_trace {
    struct tk_batch b; /* a shallow copy: spans are the rows that were put, in their order */
    struct tk_tree tree;
    struct tk_span *spans;
    uint32_t cap;
    tki_rate rate;
};
/* false: out of memory. */
bool tki_view_trace(struct tki_view_trace *t, struct tki_encode *e, const struct tk_batch *b, const uint32_t *rows,
                    size_t nrows);
void tki_view_trace_free(struct tki_view_trace *t);

/* Names, numbered in the order in which they came, at most max of them and "(other)", which is number 0.
 * All-zero is valid. */
struct tki_view_names {
    struct tki_symtab table;
};
uint32_t tki_view_names_put(struct tki_view_names *n, struct tki_encode *e, tk_str name, uint32_t max);
static inline tk_str tki_view_names_at(const struct tki_view_names *n, uint32_t i)
{
    return n->table.strs[i];
}
void tki_view_names_free(struct tki_view_names *n);

/* Makes room for row i of an array, new rows zero.  Returns false when out of memory, which *e then says. */
#define TKI_VIEW_ROOM(e, array, cap, i) \
    (TKI_GROW_ZERO(array, cap, (size_t)(i) + 1) == 0 || (tki_view_out_of_memory(e), false))

#endif
