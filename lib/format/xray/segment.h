/* segment.h - segment documents of AWS X-Ray, both ways.
 *
 * A document is a segment (the work of one service for one request) with subsegments inside it, or a subsegment
 * that was sent on its own.  It becomes a resource and a span for the segment and each subsegment, named as the
 * OpenTelemetry collector's awsxrayreceiver names them: http.*, db.*, aws.*, enduser.id, aws.xray.*; annotations
 * under their own keys with the list of them in aws.xray.annotations; each namespace of metadata as JSON text in
 * aws.xray.metadata.NAMESPACE; exceptions as events.
 *
 * Beyond that receiver nothing is left out.  error, fault and throttle make the status (and aws.xray.error ...
 * where the HTTP status does not imply them), links are links, and a member that has no word of its own is kept
 * as aws.xray.PATH.  Times are the digits of the document: a double holds no nanoseconds.  Whole numbers stay
 * whole.  An unknown namespace, a database URL without a name and missing metadata objects are no errors.
 */
#ifndef TKI_FORMAT_XRAY_SEGMENT_H
#define TKI_FORMAT_XRAY_SEGMENT_H

#include "format/js/fields.h"
#include "model/put.h"

/* Members that are read when the others are known. */
enum tki_xray_part {
    TKI_XRAY_HTTP,
    TKI_XRAY_CAUSE,
    TKI_XRAY_AWS,
    TKI_XRAY_SQL,
    TKI_XRAY_SERVICE,
    TKI_XRAY_ANNOTATIONS,
    TKI_XRAY_METADATA,
    TKI_XRAY_LINKS,
    TKI_XRAY_SUBSEGMENTS,
    TKI_XRAY_PARTS
};

struct tki_xray_flag {
    bool given, is;
};

/* A segment or subsegment being read. */
struct tki_xray_segment {
    struct tk_batch *b;
    unsigned needs;
    const char *at; /* where the object begins, for messages */
    bool met;       /* a member of a segment was there */
    bool timed;
    tk_str id, name, trace_id, parent_id, ns, type, user, origin, arn;
    uint64_t start_ns, end_ns;
    struct tki_xray_flag error, fault, throttle, in_progress, traced;
    const char *part[TKI_XRAY_PARTS]; /* where in the text; NULL: not there */
    uint32_t stack;                   /* height of the batch's stack when it began: above it, members without a word */
};

/* With the cursor at the object. */
void tki_xray_segment_begin(struct tki_xray_segment *x, const struct tki_js *j, unsigned needs);
/* The member `key`, whose value the cursor is at. */
void tki_xray_segment_member(struct tki_xray_segment *x, struct tki_js *j, tk_str key);
/* When the object has ended: adds its resource and its spans, or fails the cursor.  `trace` is the trace id if
 * the document does not say it.  Must be called, also after an error. */
void tki_xray_segment_end(struct tki_xray_segment *x, struct tki_js *j, tk_str trace);

/* ---- among the files of this folder ---- */

/* Any value as text, to a tk_str: a string as it is, of other values their JSON; n = 0 for null. */
tki_js_reader tki_xray_text;
tki_js_reader tki_xray_flag; /* to a struct tki_xray_flag */
#define TKI_XRAY_TEXT(name, type, member) TKI_JS_INTO(name, tki_xray_text, type, member)

/* Reads the members of the object at the cursor; one without a row is kept as aws.xray.PATHkey. */
void tki_xray_members(struct tki_xray_segment *x, struct tki_js *j, const struct tki_js_field *fields, void *to,
                      const char *path);
/* The same of a part that was met before; nothing if it was not. */
void tki_xray_part(struct tki_xray_segment *x, struct tki_js *j, enum tki_xray_part part,
                   const struct tki_js_field *fields, void *to, const char *path);

/* Keeps the member at the cursor so; `wanted`: else it is skipped. */
void tki_xray_extra(struct tki_xray_segment *x, struct tki_js *j, bool wanted, const char *path, tk_str key);
/* Returns true if the segment's own are wanted. */
static inline bool tki_xray_wants(const struct tki_xray_segment *x)
{
    return x->needs & (TK_NEED_ATTRS | TK_NEED_RESOURCE);
}
/* Takes what was kept since the stack's height was `base`, and makes attributes of it if they are wanted. */
void tki_xray_extras(struct tk_batch *b, uint32_t base, bool wanted);

/* aws.c: the resource of a document, and the parts of `aws` and `sql` that are a span's attributes. */
uint32_t tki_xray_resource(struct tki_xray_segment *x, struct tki_js *j);
void tki_xray_aws(struct tki_xray_segment *x, struct tki_js *j, bool root);
void tki_xray_sql(struct tki_xray_segment *x, struct tki_js *j);

/* cause.c.  The status message, n = 0: none; exceptions are counted.  Members without a word are kept. */
tk_str tki_xray_cause(struct tki_xray_segment *x, struct tki_js *j, uint32_t *exceptions);
/* The exceptions as events. */
tk_range tki_xray_exceptions(struct tki_xray_segment *x, struct tki_js *j);

#endif
