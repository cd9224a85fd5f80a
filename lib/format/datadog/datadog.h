/* datadog.h - what the decoder of Datadog's spans shares with that of their links and events. */
#ifndef TKI_FORMAT_DATADOG_DATADOG_H
#define TKI_FORMAT_DATADOG_DATADOG_H

#include "format/js/fields.h"
#include "format/js/records.h"

struct tki_dd {
    struct tki_records r;
    struct tk_batch *b;
    unsigned needs, depth, depth_inside; /* of lists, and of spans in spans */
    tk_str service;                      /* of the resource's row */
    uint32_t resource, scope;
};

/* A span, until all its members are known. */
struct tki_dd_parts {
    struct tk_span s;
    tk_str service, resource, type, message;
    tk_str links, events;               /* JSON in tags, known to be well-formed; TKI_PADDING zeros follow it */
    const char *link_list, *event_list; /* where lists of their own are, or NULL */
    const char *children;               /* likewise, of spans inside this one */
    uint64_t duration_ns;
    bool backwards, ended; /* a negative duration; end_ns is known */
};

/* The 64 bits of an id at the cursor; *high: the upper ones when it has 128, else 0. */
uint64_t tki_dd_id(struct tki_js *j, uint64_t *high);
tki_js_reader tki_dd_trace_id; /* to a tk_id128, whose upper half stays where the id has 64 bits */
tki_js_reader tki_dd_span_id;  /* to a uint64_t */

/* Returns true if a tag's text is a list of links or events, which is then taken. */
bool tki_dd_text(struct tki_dd *x, struct tki_dd_parts *p, tk_str key, tk_str text);
/* The rows of both, from lists of their own or, where these are empty, from tags.  The cursor stays. */
void tki_dd_links(struct tki_dd *x, struct tki_dd_parts *p);
void tki_dd_events(struct tki_dd *x, struct tki_dd_parts *p);

#endif
