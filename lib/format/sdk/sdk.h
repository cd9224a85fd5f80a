/* sdk.h - what the readers of SDKs' console output share.
 *
 * SDKs print spans to standard output, where a program's own lines stand before and between them, and metrics and
 * log records of the same exporters: metrics and log records are other signals and are counted; any other line is a
 * malformed record.
 */
#ifndef TKI_FORMAT_SDK_SDK_H
#define TKI_FORMAT_SDK_SDK_H

#include "format/js/documents.h"
#include "format/js/records.h"

struct tki_sdk_context {
    tk_id128 trace_id;
    uint64_t span_id;
    tk_str state;
    uint32_t flags;
    bool remote_given, remote, given;
};

/* A span, until all its members are known. */
struct tki_sdk_parts {
    struct tk_span s;
    struct tki_sdk_context own, parent;
    tk_str openinference_kind; /* an attribute that stands beside the others */
    bool has_resource, has_scope, metrics, log;
};

struct tki_sdk;
/* How an SDK prints: names of members, and readers of what is at the cursor.  A name of no bytes: none. */
struct tki_sdk_dialect {
    tk_str name, attributes; /* of spans and events, the latter of links as well */
    tk_str start, end, events, links, context;
    tk_str time, dropped; /* of events, the latter of links as well */
    tk_str trace_id, span_id, state, flags, remote;
    uint64_t (*time_ns)(struct tki_js *j); /* also of spans */
    uint32_t (*trace_flags)(struct tki_js *j);
    tk_str (*trace_state)(struct tki_js *j); /* NULL: as it stands */
    tk_range (*attrs)(struct tki_js *j, bool wanted);
    void (*member)(struct tki_sdk *x, struct tki_sdk_parts *p, tk_str k); /* of a span, any but those above */
    const char *const *signs; /* members of which a span has one besides its ids; NULL-terminated */
    const char *expected;     /* the message for a document that has no context and is no other signal */
};

struct tki_sdk {
    struct tki_records r;
    const struct tki_sdk_dialect *dialect;
    unsigned needs;
    tk_str resource_text, scope_text; /* of the span before: equal ones share a row */
    uint32_t resource, scope;
};
int tki_sdk_decode(struct tki_decode *d, const struct tki_sdk_dialect *dialect);

/* The ids and flags of a span at the cursor, of the one that is read or of another. */
void tki_sdk_context(struct tki_sdk *x, struct tki_sdk_context *c);
/* The list at the cursor, of events, under a name that is not the dialect's. */
tk_range tki_sdk_events(struct tki_sdk *x);
/* The text of the resource or scope at the cursor, which stays there when it is not that of `row`, the last one's. */
bool tki_sdk_same(struct tki_js *j, uint32_t row, tk_str last, tk_str *text);
/* Keeps a resource as the one under way; its service is that of its attributes. */
uint32_t tki_sdk_resource(struct tki_sdk *x, struct tk_resource r, tk_str text);

#endif
