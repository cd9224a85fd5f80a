/* apm.h - Elastic APM: names of fields, the walk over them, and lines of metadata. */
#ifndef TKI_FORMAT_ELASTIC_APM_H
#define TKI_FORMAT_ELASTIC_APM_H

#include "format/js/records.h"

/* The last line of metadata, which is a document whose first key is "metadata", in a text; n = 0: none. */
tk_str tki_apm_metadata(tk_str text);

/* The name that OpenTelemetry has for a field, or the field's own; a view of a constant or of `path`. */
tk_str tki_apm_name(tk_str path);

/* Returns true if a field of an indexed document describes the resource. */
bool tki_apm_of_resource(tk_str path);

/* A transaction or span, until all its fields are known. */
struct tki_apm_event {
    struct tk_span s;
    uint64_t duration_ns, transaction_id;
    tk_str type, action, kind, event; /* event: processor.event of an indexed document */
    bool transaction, span, error, metric, started, timed, exit, unsampled;
    tk_range links;
};

enum tki_apm_pass { TKI_APM_OF_RESOURCE, TKI_APM_OF_SPAN };

struct tki_apm {
    struct tki_records r;
    struct tk_batch *b;
    unsigned needs, depth;
    bool uncarried;       /* what metadata came before is not known */
    const char *metadata; /* the members of the last metadata, or NULL */
    uint32_t resource;    /* the row of it; TK_NONE: not made yet */
    uint32_t own;         /* the row made last for a document of its own, or TK_NONE */
    uint32_t scope;
    struct tki_buf path; /* of the leaf under way */
    enum tki_apm_pass pass;
    bool indexed; /* an indexed document, not a line of the intake */
    struct tki_apm_event e;
    uint32_t leaves; /* of the resource: first attribute of the range under way */
};

/* Walks the leaves of the object at `at`, which has this path and depth.  Leaves that describe the resource, or else
 * all others, become attributes and fields of x->e.  The cursor stays where it is, unless it fails. */
void tki_apm_walk(struct tki_apm *x, const char *at, enum tki_apm_pass pass, tk_str path, unsigned depth);

/* The path of an event of the intake. */
static inline tk_str tki_apm_event_name(const struct tki_apm *x)
{
    return x->e.transaction ? TKI_STR("transaction") : TKI_STR("span");
}

#endif
