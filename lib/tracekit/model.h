/* tracekit/model.h - spans in memory: rows, batches, sampling weights, the tree of a trace.
 *
 * The model is OpenTelemetry's (spec: opentelemetry-proto trace.proto): resources own scopes, scopes own
 * spans, spans own attributes, events and links.  A `struct tk_batch` holds the rows of one piece of input:
 * flat arrays, 32-bit indexes between them, strings as views (pointer and length, not terminated) into
 * memory that lives exactly as long as the batch.  Nothing in a batch is freed one by one.
 */
#ifndef TRACEKIT_MODEL_H
#define TRACEKIT_MODEL_H

#include "tracekit/base.h"
#include "tracekit/notes.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- rows -------------------------------------------------------------------------------------------------------- */

/* of an attribute value; AnyValue of the protocol */
enum tk_type {
    TK_EMPTY, /* no value set: legal, and different from "" */
    TK_STRING,
    TK_BOOL,
    TK_INT,
    TK_DOUBLE,
    TK_BYTES,
    TK_ARRAY,  /* elements: rows of batch->kids, keys empty */
    TK_KVLIST, /* members: rows of batch->kids */
};

struct tk_value {
    uint8_t type; /* enum tk_type */
    uint32_t n;   /* STRING, BYTES: bytes; ARRAY, KVLIST: number of kids */
    union {
        const char *s; /* STRING, BYTES */
        bool b;
        int64_t i;
        double d;
        uint32_t first; /* ARRAY, KVLIST: index of the first kid */
    } v;
};

struct tk_attr { /* order and duplicate keys are kept as they were read */
    tk_str key;
    struct tk_value value;
};

struct tk_event {
    uint64_t time_ns; /* Unix time; 0 = not set */
    tk_str name;
    tk_range attrs;
    uint32_t dropped_attrs;
};

struct tk_link {
    tk_id128 trace_id;
    uint64_t span_id;
    tk_str trace_state;
    tk_range attrs;
    uint32_t dropped_attrs;
    uint32_t flags;
};

struct tk_entity { /* a reference to an entity that a resource describes */
    tk_str schema_url, type;
    tk_range id_keys, description_keys; /* kids of type STRING */
};

struct tk_resource {
    tk_range attrs;
    tk_range entities;
    tk_str schema_url;
    tk_str service; /* service.name where it is a string.  Readers set it from the attribute; writers write it, also
                     * where no attribute says it or the attribute says something else */
    tk_str raw;     /* see tk_batch.raw; n = 0: none */
    uint32_t dropped_attrs;
    bool present; /* the input has the resource, be it an empty one; one with content counts as present in any case */
    uint16_t beyond; /* see tk_batch.beyond */
};

struct tk_scope {
    tk_str name, version, schema_url;
    tk_range attrs;
    tk_str raw;
    uint32_t dropped_attrs;
    bool present;
    uint16_t beyond;
};

enum tk_kind { /* clang-format off */
    TK_KIND_UNSPECIFIED, TK_KIND_INTERNAL, TK_KIND_SERVER, TK_KIND_CLIENT, TK_KIND_PRODUCER, TK_KIND_CONSUMER
}; /* clang-format on */
enum tk_status { TK_STATUS_UNSET, TK_STATUS_OK, TK_STATUS_ERROR };
/* "server", "error": lower case; NULL for other numbers. */
TK_API const char *tk_kind_name(unsigned kind);
TK_API const char *tk_status_name(unsigned status);

struct tk_span {
    tk_id128 trace_id;
    uint64_t span_id;          /* big-endian value of the eight bytes; 0 = none */
    uint64_t parent_id;        /* 0 = a root */
    uint64_t start_ns, end_ns; /* Unix time; 0 = not set; end may be before start */
    tk_str name;
    tk_str trace_state; /* W3C header text */
    tk_str status_message;
    tk_str raw; /* see tk_batch.raw; n = 0: none */
    tk_range attrs, events, links;
    uint32_t dropped_attrs, dropped_events, dropped_links;
    uint32_t flags;           /* bits 0-7 W3C trace flags, 8 and 9 "is remote"; copied as a whole */
    uint32_t resource, scope; /* rows of the batch; 0 where it has none: nothing is said of them */
    uint8_t kind;             /* enum tk_kind; other values are kept */
    uint8_t status;           /* enum tk_status; other values are kept */
    uint16_t beyond;          /* see tk_batch.beyond */
};

/* What a reader is asked to decode; the rest is skipped and stays empty.  Ids, parent, times, kind, status
 * code, the resource's service, and the counts of events and links are always there. */
enum tk_need {
    TK_NEED_NAME = 1 << 0,     /* span names */
    TK_NEED_ATTRS = 1 << 1,    /* span attributes */
    TK_NEED_EVENTS = 1 << 2,   /* rows of events; without it only span->events.count is meaningful */
    TK_NEED_LINKS = 1 << 3,    /* rows of links; without it only span->links.count is meaningful */
    TK_NEED_RESOURCE = 1 << 4, /* resource attributes and entities */
    TK_NEED_SCOPE = 1 << 5,    /* scopes */
    TK_NEED_STATE = 1 << 6,    /* trace state, status message, flags, dropped counts */
    TK_NEED_ALL = 0x7f,
    TK_NEED_RAW = 1 << 7,    /* raw views, see tk_batch.raw: for rows that are not changed */
    TK_NEED_COPY = 0xff,     /* all of it */
    TK_NEED_WEIGHT = 1 << 8, /* trace states, and of roots the attributes that tell the weight; within TK_NEED_ALL */
};

enum tk_raw { TK_RAW_NONE, TK_RAW_OTLP_JSON, TK_RAW_OTLP_PROTO };

/* ---- batches ----------------------------------------------------------------------------------------------------- */

struct tk_batch {
    struct tk_span *spans;
    struct tk_attr *attrs;
    struct tk_attr *kids; /* elements of arrays and key-value lists */
    struct tk_event *events;
    struct tk_link *links;
    struct tk_resource *resources;
    struct tk_scope *scopes;
    struct tk_entity *entities;
    uint32_t nspans, nattrs, nkids, nevents, nlinks, nresources, nscopes, nentities;
    uint32_t needs; /* enum tk_need: what was decoded; of a new batch TK_NEED_ALL */
    /* enum tk_raw: the encoding of raw views.  A row's raw view is the row as it was read, with fields that are not
     * known here.  A writer of that encoding copies it and does not look at the row's other fields: who changes a row
     * empties its raw view, as the calls of tracekit/build.h do. */
    uint8_t raw;
    /* A row has something in its raw view that no field here takes: row.beyond is how many fields (65535: or more).
     * They are lost, and counted, where the row is written and its raw view is not copied. */
    bool beyond;
    int err;                /* sticky: 0 or TK_ENOMEM, TK_ELIMIT, TK_EUSAGE; adders then return a scratch row */
    struct tk_notes *notes; /* what was mended while this was decoded */
    struct tki_batch *priv;
};

TK_API struct tk_batch *tk_batch_new(void); /* NULL: out of memory */
TK_API void tk_batch_free(struct tk_batch *b);
TK_API void tk_batch_reset(struct tk_batch *b); /* empties it and keeps its memory */

/* Adders never return NULL: after a failure they return a scratch row and set b->err, which is to be asked before rows
 * are moved.  A row's pointer is good until the next add to the same array. */
TK_API struct tk_span *tk_batch_add_span(struct tk_batch *b);
TK_API struct tk_attr *tk_batch_add_attr(struct tk_batch *b);
TK_API struct tk_event *tk_batch_add_event(struct tk_batch *b);
TK_API struct tk_link *tk_batch_add_link(struct tk_batch *b);
TK_API struct tk_entity *tk_batch_add_entity(struct tk_batch *b);
TK_API uint32_t tk_batch_add_resource(struct tk_batch *b); /* index of the new row */
TK_API uint32_t tk_batch_add_scope(struct tk_batch *b);
/* Adds n kids (copies the rows) and returns the index of the first. */
TK_API uint32_t tk_batch_add_kids(struct tk_batch *b, const struct tk_attr *kids, uint32_t n);
/* Copies bytes into the batch's memory; terminated; "" after a failure. */
TK_API tk_str tk_batch_copy(struct tk_batch *b, tk_str s);
/* n bytes of the batch's memory, aligned for any type; NULL after a failure. */
TK_API void *tk_batch_alloc(struct tk_batch *b, size_t n);

/* The first attribute of that key in a range of b->attrs, or NULL. */
TK_API const struct tk_attr *tk_attr_find(const struct tk_batch *b, tk_range attrs, const char *key);

/* ---- sampling weight (W3C tracestate, OpenTelemetry "ot" member) ------------------------------------------------- */

/* Finds `ot=th:` and returns 1 with the 56-bit rejection threshold, 0 when there is none or it is malformed. */
TK_API int tk_state_threshold(tk_str trace_state, uint64_t *threshold);
/* Likewise `ot=rv:`, the explicit 56-bit randomness. */
TK_API int tk_state_randomness(tk_str trace_state, uint64_t *randomness);
/* The adjusted count of something kept at that threshold: 2^56 / (2^56 - threshold). */
TK_API double tk_threshold_weight(uint64_t threshold);

/* ---- the tree of one trace --------------------------------------------------------------------------------------- */

/* The tree of one trace: a batch whose spans all belong to it. */
struct tk_tree {
    uint32_t n;            /* spans */
    uint32_t *parent;      /* row of the parent, or TK_NONE */
    uint32_t *child_first; /* children of s: child[child_first[s] .. child_first[s + 1]), by start, end, id, row */
    uint32_t *child;
    uint32_t *order; /* all spans, each parent before its children, children in order */
    uint32_t *depth; /* 0 for a root */
    uint32_t *root;  /* nroots rows without a parent here, by start, end, id, row */
    uint32_t nroots;
    uint32_t norphans;    /* roots that name a parent which is not in the trace */
    uint32_t nduplicates; /* spans whose id another span had before: children go to the first */
    uint32_t ncycles;     /* parent links cut because they closed a circle */
    uint32_t cap;         /* spans the arrays have room for */
    void *memory;
};
/* Builds t for the batch; t must be all zero or built before (its memory is used again). */
TK_API int tk_tree_build(struct tk_tree *t, const struct tk_batch *b);
TK_API void tk_tree_free(struct tk_tree *t);

#ifdef __cplusplus
}
#endif
#endif
