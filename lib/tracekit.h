/* tracekit.h - read, hold and write captured distributed traces.
 *
 * The model is OpenTelemetry's (spec: opentelemetry-proto trace.proto): resources own scopes, scopes own
 * spans, spans own attributes, events and links.  A `struct tk_batch` holds the rows of one piece of input:
 * flat arrays, 32-bit indexes between them, strings as views (pointer and length, not terminated) into
 * memory that lives exactly as long as the batch.  Nothing in a batch is freed one by one.
 *
 * Conventions.  A function that can fail returns 0 or a negative TK_E* code; an iterator returns 1 (an item),
 * 0 (the end) or a negative code.  Details go into a caller-owned `struct tk_err`, which may be NULL.
 * Pointers handed in are borrowed unless the comment says "copies" or "takes".  No function prints, exits or
 * touches signals.  Objects are not shared between threads unless the comment says so.
 */
#ifndef TRACEKIT_H
#define TRACEKIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TK_API __attribute__((visibility("default")))

/* ---- small values, passed by value; all-zero is valid ---------------------------------------------------- */

typedef struct {
    const char *p; /* may be NULL when n is 0; not terminated */
    size_t n;      /* bytes */
} tk_str;

typedef struct {
    uint64_t hi, lo; /* a trace id: hi is its first eight bytes, big-endian; all zero is "no id" */
} tk_id128;

typedef struct {
    uint32_t first, count; /* rows [first, first + count) of an array of the same batch */
} tk_range;

/* ---- errors ------------------------------------------------------------------------------------------------ */

enum tk_code {
    TK_OK = 0,
    TK_ENOMEM = -1,       /* out of memory */
    TK_EIO = -2,          /* the operating system refused a read, write or open: see sys_errno */
    TK_EFORMAT = -3,      /* the bytes are of no known format, or not of the format asked for */
    TK_EINVALID = -4,     /* a record breaks the rules of its format */
    TK_ETRUNCATED = -5,   /* the input ends inside a record */
    TK_ELIMIT = -6,       /* a named limit was reached */
    TK_EUNSUPPORTED = -7, /* recognised, and not something this version reads, writes or replays */
    TK_EUSAGE = -8,       /* an argument or a configuration file is wrong */
};

struct tk_err {
    int code;         /* enum tk_code */
    int sys_errno;    /* 0 or the errno of the failed call */
    bool has_offset;  /* offset is meaningful */
    uint64_t offset;  /* bytes from the start of the source, after decompression */
    uint64_t record;  /* 1 for the source's first record; 0 when not known */
    char source[256]; /* file name, or "standard input", or "" */
    char text[384];   /* what is wrong, one line, no final full stop */
};

/* Writes "SOURCE: record R, byte B: TEXT" (the parts that are known) into buf; always terminated. */
TK_API void tk_err_format(const struct tk_err *err, char *buf, size_t size);

/* ---- the model --------------------------------------------------------------------------------------------- */

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
    tk_str service; /* value of service.name when it is a string, else "" */
    tk_str raw;     /* the encoded Resource as it was read, see tk_batch.raw; n = 0: none */
    uint32_t dropped_attrs;
    bool present; /* false: nothing was said of the resource, which differs from an empty one */
};

struct tk_scope {
    tk_str name, version, schema_url;
    tk_range attrs;
    tk_str raw;
    uint32_t dropped_attrs;
    bool present;
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
    tk_str raw; /* the encoded Span as it was read, see tk_batch.raw; n = 0: none */
    tk_range attrs, events, links;
    uint32_t dropped_attrs, dropped_events, dropped_links;
    uint32_t flags;           /* bits 0-7 W3C trace flags, 8 and 9 "is remote"; copied as a whole */
    uint32_t resource, scope; /* rows of the batch; always valid */
    uint8_t kind;             /* enum tk_kind; other values are kept */
    uint8_t status;           /* enum tk_status; other values are kept */
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
    TK_NEED_RAW = 1 << 7,      /* raw views, so that a span can leave as it came */
    TK_NEED_ALL = 0xff,
};

enum tk_raw { TK_RAW_NONE, TK_RAW_OTLP_JSON, TK_RAW_OTLP_PROTO };

/* What had to be mended or could not be kept: counted, never silent.  tk_note_text says each in words. */
enum tk_note {
    TK_NOTE_ID_REPLACED,        /* an id that was not hexadecimal or base64 was replaced by a hash of its text */
    TK_NOTE_ID_BASE64,          /* ids were base64, not hexadecimal */
    TK_NOTE_COUNT_NEGATIVE,     /* a negative dropped count was taken as 0 */
    TK_NOTE_INT_RANGE,          /* numbers that are no 64-bit integers, where one is due, were kept as doubles */
    TK_NOTE_ENUM_RANGE,         /* kinds or status codes beyond 255 were taken as unset */
    TK_NOTE_UTF8_REPLACED,      /* invalid UTF-8 was replaced by U+FFFD */
    TK_NOTE_LATE_CONTEXT,       /* resource or scope data came after spans already delivered of a very large record */
    TK_NOTE_OTHER_LOGS,         /* lists of logs were skipped, */
    TK_NOTE_OTHER_METRICS,      /* of metrics, */
    TK_NOTE_OTHER_PROFILES,     /* of profiles: another signal than traces */
    TK_NOTE_TEXT_SKIPPED,       /* text before and between documents, as loggers print it, was passed over */
    TK_NOTE_PARTIAL,            /* traces that their server calls incomplete */
    TK_NOTE_LEGACY_DROPPED,     /* instrumentationLibrarySpans beside scopeSpans were dropped, as collectors do */
    TK_NOTE_ANNOTATION_DROPPED, /* booleans of Zipkin v1 that are no address, and addresses of nobody */
    TK_NOTE_DUPLICATE_TAG,      /* the target holds one value a key: later duplicates replaced earlier ones */
    TK_NOTE_LOST_PRECISION,     /* times cut to the target's microseconds */
    TK_NOTE_LOST_TYPE,          /* attribute values became text */
    TK_NOTE_LOST_LINK,          /* link attributes, trace state or flags the target cannot hold */
    TK_NOTE_LOST_RESOURCE,      /* schema URLs, dropped counts, entities of resources the target cannot hold */
    TK_NOTE_LOST_SCOPE,         /* scope attributes, schema URLs or counts the target cannot hold */
    TK_NOTE_LOST_EVENT,         /* event details the target cannot hold */
    TK_NOTE_LOST_NAME,          /* span names where the target has names of services */
    TK_NOTE_LOST_SPAN,          /* span fields the target cannot hold: flags, dropped counts */
    TK_NOTE_DURATION_CLAMPED,   /* a negative duration was written as 0 */
    TK_NOTE_SPAN_UNWRITABLE,    /* spans left out: the target cannot hold a span without ids */
    TK_NOTE_SERVICE_DOCS,       /* documents of services beside spans were skipped */
    TK_NOTE_DEPENDENCY_DOCS,    /* documents of dependencies beside spans were skipped */
    TK_NOTE_OTHER_DOCS,         /* other documents beside spans were skipped */
    TK_NOTE_UNTIMED,            /* spans left out of a timeline: they have no start */
    TK_NOTE_OTHER_NAME,         /* counted under "(other)": a view holds so many names and no more */
    TK_NOTE_WEIGHTED,           /* spans that a view counted more than once: they carry a sampling threshold */
    TK_NOTE_ERROR_DOCS,         /* errors that are not events of a span were skipped */
    TK_NOTE_NO_START,           /* spans whose start is not known: 0 */
    TK_NOTE_ID_DERIVED,         /* spans whose ids are made of longer ones, which are attributes */
    TK_NOTE_REST_MISFIT,        /* --lossless tags that were made for other values than stand there, or are damaged */
    TK_NOTE_OVERSIZE,           /* documents larger than the target's service takes */
    TK_NOTE_COUNT
};
TK_API const char *tk_note_text(enum tk_note note);

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
    uint32_t needs; /* enum tk_need: what was decoded */
    uint8_t raw;    /* enum tk_raw: the encoding that the raw views are in */
    int err;        /* sticky: 0 or TK_ENOMEM, TK_ELIMIT; adders then return a scratch row */
    uint64_t notes[TK_NOTE_COUNT];
    struct tki_batch *priv;
};

TK_API struct tk_batch *tk_batch_new(void); /* NULL: out of memory */
TK_API void tk_batch_free(struct tk_batch *b);
TK_API void tk_batch_reset(struct tk_batch *b); /* empties it and keeps its memory */

/* Adders never return NULL: after a failure they return a scratch row and set b->err.  A row's pointer is
 * good until the next add to the same array. */
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

/* ---- sampling weight (W3C tracestate, OpenTelemetry "ot" member) --------------------------------------------- */

/* Finds `ot=th:` and returns 1 with the 56-bit rejection threshold, 0 when there is none or it is malformed. */
TK_API int tk_state_threshold(tk_str trace_state, uint64_t *threshold);
/* Likewise `ot=rv:`, the explicit 56-bit randomness. */
TK_API int tk_state_randomness(tk_str trace_state, uint64_t *randomness);
/* The adjusted count of something kept at that threshold: 2^56 / (2^56 - threshold). */
TK_API double tk_threshold_weight(uint64_t threshold);

/* ---- formats --------------------------------------------------------------------------------------------------- */

struct tk_format_info {
    const char *name;  /* as for -f and -t */
    const char *about; /* one line */
    bool can_read, can_write;
    bool whole_traces; /* writing needs each trace as one batch */
    bool binary;
    bool view; /* for people and other programs: leaves things out by design, and is never read */
};
/* The i-th format, or NULL past the last. */
TK_API const struct tk_format_info *tk_format_at(size_t i);

/* ---- reading ----------------------------------------------------------------------------------------------------- */

struct tk_read_opts {   /* all zero: detect everything, decode everything, on this thread */
    const char *format; /* NULL: detect */
    unsigned needs;     /* enum tk_need, or 0 for TK_NEED_ALL */
    unsigned threads;   /* that read and decode, with the caller's; 0 and 1: only the caller's */
    size_t record_max;  /* bytes of the largest record that is held at once; 0: 64 MiB */
    bool keep_going;    /* skip malformed records and count them */
    bool copy_proto;    /* with TK_NEED_RAW: spans that come as OTLP protobuf will only be copied: leave their fields
                         * there,    but for ids, times, kind and status */
    const tk_str *attr_keys; /* of span attributes only these are wanted, others may be left out; borrowed */
    size_t nattr_keys;       /* 0: all are wanted */
    bool rewindable;         /* keep what cannot be opened twice (standard input, pipes) for tk_reader_rewind */
    /* Called once a batch, on the thread that decoded it, before tk_reader_next hands it out in order: the
     * place for pure work that should run in parallel.  What it returns is given to tk_reader_work. */
    void *(*work)(void *ctx, struct tk_batch *b, void *previous);
    void (*work_free)(void *previous);
    void *work_ctx;
};

struct tk_read_stats {
    uint64_t bytes_read; /* from files and pipes, as they are */
    uint64_t bytes;      /* after decompression */
    uint64_t records, spans;
    uint64_t records_skipped;
    uint64_t notes[TK_NOTE_COUNT];
};

struct tk_reader;
/* Opens a stream over the sources in order; none, or "-", is standard input.  paths is borrowed until close. */
TK_API int tk_reader_open(struct tk_reader **r, const char *const *paths, size_t npaths,
                          const struct tk_read_opts *opts, struct tk_err *err);
/* The next batch, borrowed until the next call.  After a negative result everything whole before the fault
 * has been delivered. */
TK_API int tk_reader_next(struct tk_reader *r, struct tk_batch **b);
/* What opts.work returned for the batch handed out last. */
TK_API void *tk_reader_work(const struct tk_reader *r);
TK_API const struct tk_err *tk_reader_err(const struct tk_reader *r);
TK_API const struct tk_read_stats *tk_reader_stats(const struct tk_reader *r);
/* With keep_going: the first few problems, in order. */
TK_API const struct tk_err *tk_reader_problems(const struct tk_reader *r, size_t *n);
/* Name and format of the source that the last batch came from. */
TK_API const char *tk_reader_source(const struct tk_reader *r, const char **format);
/* Starts again at the first source, with other needs, all attributes, and with or without opts.work; statistics start
 * again. Only for a reader opened as rewindable whose tk_reader_next has answered 0 or an error. */
TK_API int tk_reader_rewind(struct tk_reader *r, unsigned needs, bool work);
TK_API void tk_reader_close(struct tk_reader *r); /* NULL is fine */

/* ---- writing ------------------------------------------------------------------------------------------------------
 */

struct tk_write_opts {
    const char *format; /* NULL: "json" */
    int compress;       /* 0: none; 1-19: zstd at that level */
    unsigned threads;   /* of compression */
    bool lossless;      /* what the format cannot hold goes into a tag that readers put back */
};

struct tk_writer;
/* path NULL or "-" is standard output.  A file appears under its name only when tk_writer_close succeeds. */
TK_API int tk_writer_open(struct tk_writer **w, const char *path, const struct tk_write_opts *opts, struct tk_err *err);
/* Writes rows[0..nrows) of the batch's spans, or all of them when rows is NULL. */
TK_API int tk_writer_put(struct tk_writer *w, const struct tk_batch *b, const uint32_t *rows, size_t nrows);
/* What had to be changed or left out so far, by enum tk_note. */
TK_API const uint64_t *tk_writer_notes(const struct tk_writer *w);
TK_API const struct tk_err *tk_writer_err(const struct tk_writer *w);
/* Ends the output and closes it: delayed errors appear here.  Frees w in any case; NULL is fine. */
TK_API int tk_writer_close(struct tk_writer *w, struct tk_err *err);
/* Removes what was written and frees w. */
TK_API void tk_writer_abort(struct tk_writer *w);

/* ---- whole traces ---------------------------------------------------------------------------------------------------
 */

struct tk_traces_opts {
    size_t memory_max;  /* bytes of spans held before spilling to a temporary file; 0: 256 MiB */
    const char *tmpdir; /* NULL: $TMPDIR, else /tmp */
};

struct tk_traces;
/* Collects spans in any order, then yields each trace as one batch, traces in the order in which their first
 * spans came, spans in the order in which they came.  The order does not depend on memory_max. */
TK_API int tk_traces_open(struct tk_traces **t, const struct tk_traces_opts *opts, struct tk_err *err);
/* Copies the rows (all when rows is NULL); the batch must have been decoded with every field. */
TK_API int tk_traces_add(struct tk_traces *t, const struct tk_batch *b, const uint32_t *rows, size_t nrows);
/* The next trace; the batch is borrowed until the next call.  No more adding after the first call. */
TK_API int tk_traces_next(struct tk_traces *t, struct tk_batch **trace);
TK_API const struct tk_err *tk_traces_err(const struct tk_traces *t);
TK_API void tk_traces_close(struct tk_traces *t);

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
#define TK_NONE UINT32_MAX
/* Builds t for the batch; t must be all zero or built before (its memory is used again). */
TK_API int tk_tree_build(struct tk_tree *t, const struct tk_batch *b);
TK_API void tk_tree_free(struct tk_tree *t);

TK_API const char *tk_version(void);

#ifdef __cplusplus
}
#endif
#endif
