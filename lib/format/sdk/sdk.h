/* sdk.h - what the readers of SDKs' console output share.
 *
 * SDKs print spans to standard output, where a program's own lines stand before and between them, and metrics and
 * log records of the same exporters: metrics and log records are other signals and are counted; any other line is a
 * malformed record.
 */
#ifndef TKI_FORMAT_SDK_SDK_H
#define TKI_FORMAT_SDK_SDK_H

#include "format/js/documents.h"
#include "format/js/fields.h"
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

struct tki_sdk_link {
    struct tki_sdk_context c;
    struct tk_link l;
};

/* How an SDK prints: the members of its objects, and readers of what is at the cursor, which begins struct tki_sdk. */
struct tki_sdk_dialect {
    const struct tki_js_field *span;                   /* of struct tki_sdk_parts */
    const struct tki_js_field *event, *link, *context; /* of struct tk_event, tki_sdk_link, tki_sdk_context */
    tki_js_reader *attrs;                              /* a tk_range */
    char resource_opens;                               /* the bracket of a resource; 0: any value is one */
    tki_js_reader *resource, *scope;                   /* struct tk_resource, tk_scope */
    const char *signs;                                 /* members of which a span has one besides its context, "a|b" */
    const char *ids;                                   /* the context's name */
    const char *expected; /* the message for a document that has no context and is no other signal */
};

struct tki_sdk {
    struct tki_records r;
    const struct tki_sdk_dialect *dialect;
    unsigned needs;
    tk_str resource_text, scope_text; /* of the span before: equal ones share a row */
    uint32_t resource, scope;
};
int tki_sdk_decode(struct tki_decode *d, const struct tki_sdk_dialect *dialect);

/* Parts of a span, for its table (TKI_JS_PART). */
tki_js_reader tki_sdk_own, tki_sdk_attrs, tki_sdk_events, tki_sdk_links, tki_sdk_resource, tki_sdk_scope;
/* The members of a link, where it is an object of its own. */
extern const struct tki_js_field tki_sdk_link_members[];
/* Members that say that a document is no span. */
tki_js_reader tki_sdk_metrics, tki_sdk_log;

/* The ids and flags of a span, of the one that is read or of another: a struct tki_sdk_context, and of a link. */
tki_js_reader tki_sdk_context_of, tki_sdk_link_context;
/* Of a context: whether it came from elsewhere; its state, when that is a text. */
tki_js_reader tki_sdk_remote, tki_sdk_state;
/* The members of an object; PHP prints an empty one as a list, Python a text for one that it cannot show. */
tki_js_reader tki_sdk_object_attrs;
/* Kinds and statuses by their names, behind what a language puts before them. */
tki_js_reader tki_sdk_kind, tki_sdk_status;

#endif
