/* tracekit/build.h - spans made by a program instead of being read.
 *
 * Rows are named by their index, which stays good while others are added; a pointer to a row does not.  Make a resource
 * (and a scope) first, then spans, then what belongs to them, in any order.  Texts, keys and bytes are copied.  Setting
 * a key that is there replaces its value.
 *
 * Failures are sticky: any call may follow a failed one and does nothing; ask b->err once, at the end.  It is
 * TK_ENOMEM, TK_ELIMIT (too many rows, or a text of 4 GiB) or TK_EUSAGE (an index that no row has).
 *
 * Rows that were read can be changed with the same calls: what is changed is no longer written from its raw view.
 */
#ifndef TRACEKIT_BUILD_H
#define TRACEKIT_BUILD_H

#include "tracekit/model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- values ------------------------------------------------------------------------------------------------------ */

TK_API struct tk_value tk_value_str(struct tk_batch *b, tk_str text);
TK_API struct tk_value tk_value_bytes(struct tk_batch *b, const void *p, size_t n);
TK_API struct tk_value tk_value_int(int64_t x);
TK_API struct tk_value tk_value_double(double x);
TK_API struct tk_value tk_value_bool(bool x);
/* The elements are values of the same batch; an array may hold arrays. */
TK_API struct tk_value tk_value_array(struct tk_batch *b, const struct tk_value *elements, uint32_t n);
/* Likewise; keys are copied. */
TK_API struct tk_value tk_value_map(struct tk_batch *b, const struct tk_attr *members, uint32_t n);

/* ---- resources and scopes ---------------------------------------------------------------------------------------- */

/* Returns the new row.  service becomes the attribute service.name; NULL or "": there is none. */
TK_API uint32_t tk_resource_new(struct tk_batch *b, const char *service);
TK_API void tk_resource_set(struct tk_batch *b, uint32_t resource, const char *key, struct tk_value value);
TK_API void tk_resource_set_str(struct tk_batch *b, uint32_t resource, const char *key, const char *text);
TK_API void tk_resource_set_int(struct tk_batch *b, uint32_t resource, const char *key, int64_t x);
/* Sets the attribute service.name and with it the field service. */
TK_API void tk_resource_set_service(struct tk_batch *b, uint32_t resource, const char *service);

/* Returns the new row.  name and version may be NULL. */
TK_API uint32_t tk_scope_new(struct tk_batch *b, const char *name, const char *version);
TK_API void tk_scope_set(struct tk_batch *b, uint32_t scope, const char *key, struct tk_value value);

/* ---- spans ------------------------------------------------------------------------------------------------------- */

/* Returns the new row.  resource or scope TK_NONE: nothing is said of it.  parent_id 0: a root. */
TK_API uint32_t tk_span_new(struct tk_batch *b, uint32_t resource, uint32_t scope, tk_id128 trace_id, uint64_t span_id,
                            uint64_t parent_id);
TK_API void tk_span_set_name(struct tk_batch *b, uint32_t span, const char *name);
TK_API void tk_span_set_kind(struct tk_batch *b, uint32_t span, enum tk_kind kind);
TK_API void tk_span_set_times(struct tk_batch *b, uint32_t span, uint64_t start_ns, uint64_t end_ns);
/* message may be NULL. */
TK_API void tk_span_set_status(struct tk_batch *b, uint32_t span, enum tk_status status, const char *message);
/* The text of the header tracestate. */
TK_API void tk_span_set_state(struct tk_batch *b, uint32_t span, const char *trace_state);

TK_API void tk_span_set(struct tk_batch *b, uint32_t span, const char *key, struct tk_value value);
TK_API void tk_span_set_str(struct tk_batch *b, uint32_t span, const char *key, const char *text);
TK_API void tk_span_set_int(struct tk_batch *b, uint32_t span, const char *key, int64_t x);
TK_API void tk_span_set_double(struct tk_batch *b, uint32_t span, const char *key, double x);
TK_API void tk_span_set_bool(struct tk_batch *b, uint32_t span, const char *key, bool x);
TK_API void tk_span_set_bytes(struct tk_batch *b, uint32_t span, const char *key, const void *p, size_t n);

/* Events and links are numbered within their span, from 0: the number that is returned stays good, while their rows may
 * move. */
TK_API uint32_t tk_span_add_event(struct tk_batch *b, uint32_t span, const char *name, uint64_t time_ns);
TK_API void tk_event_set(struct tk_batch *b, uint32_t span, uint32_t event, const char *key, struct tk_value value);
TK_API uint32_t tk_span_add_link(struct tk_batch *b, uint32_t span, tk_id128 trace_id, uint64_t span_id);
TK_API void tk_link_set(struct tk_batch *b, uint32_t span, uint32_t link, const char *key, struct tk_value value);

#ifdef __cplusplus
}
#endif
#endif
