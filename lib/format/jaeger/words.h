/* words.h - the words of the Jaeger family, both ways, whatever the encoding.
 *
 * An encoding (JSON, protobuf, Thrift, Elasticsearch) finds tags, references, logs and processes in its own
 * syntax and hands them over here; on the way out it asks here which tags, references and fields a span has.
 *
 * Reading, where it differs from the collector's translator: no status is made up from http.status_code;
 * duplicates of a tag stay, in order; span.kind and otel.status_code stay attributes when their value is
 * unknown; an error that is the text "true" is an error and stays an attribute; the tags of a process without a service
 * are kept; span.kind, error, otel.status_*, w3c.tracestate and otel.dropped_* count when they come last among
 * duplicates, otel.scope.* when they come first, because that is where the writer puts them.
 *
 * Own conventions, turned back by the writer: the attribute `@jaeger@warnings` (array of strings, Jaeger's
 * own name) holds a span's warnings; `@jaeger@flags` (int) holds flags beyond "sampled".  Jaeger's flags
 * below 256 are its own (1 sampled, 2 debug, 8 firehose), of which only the first is also W3C's; from 256 on
 * they are OpenTelemetry's, copied by Jaeger 2, and are taken whole.
 */
#ifndef TKI_FORMAT_JAEGER_WORDS_H
#define TKI_FORMAT_JAEGER_WORDS_H

#include "format/codec/codec.h"

/* keys of span tags that are not mere attributes */
enum tki_jaeger_word {
    TKI_JAEGER_NONE,
    TKI_JAEGER_SCOPE_NAME,
    TKI_JAEGER_SCOPE_VERSION,
    TKI_JAEGER_KIND,
    TKI_JAEGER_STATUS_CODE,
    TKI_JAEGER_ERROR,
    TKI_JAEGER_STATUS_TEXT,
    TKI_JAEGER_HTTP_TEXT, /* http.status_message: read, never taken away */
    TKI_JAEGER_STATE,
    TKI_JAEGER_DROPPED_ATTRS,
    TKI_JAEGER_DROPPED_EVENTS,
    TKI_JAEGER_DROPPED_LINKS,
    TKI_JAEGER_WEIGHT, /* sampler.type, sampler.param: attributes that tell the sampling rate */
    TKI_JAEGER_REST,   /* what Jaeger cannot hold, see lossless.h */
    TKI_JAEGER_WORDS
};

/* ---- reading ---- */

struct tki_jaeger_slot {
    struct tk_value value;
    uint32_t row; /* of b->attrs, or TK_NONE */
};

/* A span being read.  Its plain fields are set in `s` by the encoding. */
struct tki_jaeger_span {
    struct tk_batch *b;
    unsigned needs;
    struct tk_span s;
    uint64_t parent_id;  /* of the field parentSpanID, 0: none */
    bool parent_rules;   /* that field is the parent whatever the references say: Elasticsearch */
    int64_t duration_ns; /* added to s.start_ns at the end */
    uint32_t flags;      /* as the format has them */
    uint32_t met;        /* bits of enum tki_jaeger_word: slots that hold a value */
    struct tki_jaeger_slot slot[TKI_JAEGER_WORDS];
    uint32_t refs_first; /* references read: rows of b->links from here on, until the end */
    tk_range warnings;   /* kids */
};

enum tki_jaeger_word tki_jaeger_word_slow(tk_str key);
/* The word that a tag's key is. */
static inline enum tki_jaeger_word tki_jaeger_word(tk_str key)
{
    /* Lengths of the words: most keys end here. */
    const uint64_t lengths = 1u << 5 | 1u << 9 | 1u << 12 | 1u << 13 | 1u << 14 | 1u << 15 | 1u << 16 | 1u << 18 |
                             1u << 19 | 1u << 23 | 1u << 24 | 1u << 25 | 1u << 29;
    return key.n < 32 && lengths >> key.n & 1 ? tki_jaeger_word_slow(key) : TKI_JAEGER_NONE;
}

/* Returns true if a tag with that word must be decoded for these needs. */
static inline bool tki_jaeger_wants(unsigned needs, enum tki_jaeger_word w)
{
    static const unsigned of[TKI_JAEGER_WORDS] = {
        [TKI_JAEGER_NONE] = TK_NEED_ATTRS,
        [TKI_JAEGER_SCOPE_NAME] = TK_NEED_ATTRS | TK_NEED_SCOPE,
        [TKI_JAEGER_SCOPE_VERSION] = TK_NEED_ATTRS | TK_NEED_SCOPE,
        [TKI_JAEGER_KIND] = ~0u,
        [TKI_JAEGER_STATUS_CODE] = ~0u,
        [TKI_JAEGER_ERROR] = ~0u,
        [TKI_JAEGER_STATUS_TEXT] = TK_NEED_ATTRS | TK_NEED_STATE,
        [TKI_JAEGER_HTTP_TEXT] = TK_NEED_ATTRS | TK_NEED_STATE,
        [TKI_JAEGER_STATE] = TK_NEED_ATTRS | TK_NEED_STATE,
        [TKI_JAEGER_DROPPED_ATTRS] = TK_NEED_ATTRS | TK_NEED_STATE,
        [TKI_JAEGER_DROPPED_EVENTS] = TK_NEED_ATTRS | TK_NEED_STATE,
        [TKI_JAEGER_DROPPED_LINKS] = TK_NEED_ATTRS | TK_NEED_STATE,
        [TKI_JAEGER_WEIGHT] = TK_NEED_ATTRS | TK_NEED_WEIGHT,
        [TKI_JAEGER_REST] = ~0u,
    };
    return needs & of[w];
}

/* The order of calls for a span: begin; references, tags, logs, warnings, each list whole, in any order; end.
 */
void tki_jaeger_span_begin(struct tki_jaeger_span *x, struct tk_batch *b, unsigned needs);
void tki_jaeger_ref(struct tki_jaeger_span *x, bool follows, tk_id128 trace_id, uint64_t span_id);

void tki_jaeger_tags_begin(struct tki_jaeger_span *x);
void tki_jaeger_word_tag(struct tki_jaeger_span *x, enum tki_jaeger_word w, const struct tk_attr *a);
static inline void tki_jaeger_tag(struct tki_jaeger_span *x, enum tki_jaeger_word w, const struct tk_attr *a)
{
    if (__builtin_expect(w != TKI_JAEGER_NONE, 0))
        tki_jaeger_word_tag(x, w, a);
    else
        *tk_batch_add_attr(x->b) = *a;
}
void tki_jaeger_tags_end(struct tki_jaeger_span *x);

/* A log: its fields were added to b->attrs from `first` on. */
void tki_jaeger_log(struct tki_jaeger_span *x, uint64_t time_ns, uint32_t first);

/* Settles parent, links, status, flags and scope, and adds the span's row.  s.resource must be set, or be set
 * in the row later. */
void tki_jaeger_span_end(struct tki_jaeger_span *x);

/* A process into a resource row: reserve a place for the service, add its tags to b->attrs, then end. */
uint32_t tki_jaeger_process_begin(struct tk_batch *b);
void tki_jaeger_process_end(struct tk_batch *b, uint32_t resource, uint32_t first, tk_str service, unsigned needs);

/* ---- writing ---- */

struct tki_jaeger_ref {
    tk_id128 trace_id;
    uint64_t span_id;
    bool follows;
};

struct tki_jaeger_refs {
    const struct tk_batch *b;
    const struct tk_span *s;
    uint64_t *notes;
    uint32_t next; /* link */
    bool parent_due;
    bool parent_follows;
    uint32_t parent_link; /* the link that told the parent's reference type, or TK_NONE */
};
void tki_jaeger_refs_begin(struct tki_jaeger_refs *r, const struct tk_batch *b, const struct tk_span *s,
                           uint64_t notes[TKI_NOTE_COUNT]);
bool tki_jaeger_refs_next(struct tki_jaeger_refs *r, struct tki_jaeger_ref *ref);

enum { TKI_JAEGER_TAGS_MAX = 10 };
/* What a span says in tags beside its attributes. */
struct tki_jaeger_tags {
    struct tk_attr before[2];
    struct tk_attr after[TKI_JAEGER_TAGS_MAX];
    unsigned nbefore, nafter;
    const struct tk_attr *warnings; /* NULL: none */
    uint32_t flags;
};
/* Counts what cannot be said. */
void tki_jaeger_tags_of(struct tki_jaeger_tags *t, const struct tk_batch *b, const struct tk_span *s,
                        uint64_t notes[TKI_NOTE_COUNT]);
/* Returns true if an attribute is written as something else than a tag. */
bool tki_jaeger_not_tag_slow(const struct tk_batch *b, const struct tk_attr *a);
static inline bool tki_jaeger_not_tag(const struct tk_batch *b, const struct tk_attr *a)
{
    return __builtin_expect(a->key.n > 8 && a->key.p[0] == '@', 0) && tki_jaeger_not_tag_slow(b, a);
}

/* The field `event` to be written before a log's attributes; n = 0: none. */
tk_str tki_jaeger_log_name(const struct tk_batch *b, const struct tk_event *e, uint64_t notes[TKI_NOTE_COUNT]);

/* A process: its service, and the attribute that it was taken from and that is therefore no tag (NULL: none).
 * What cannot be said is counted. */
struct tki_jaeger_process {
    const struct tk_attr *service_attr;
    struct tk_value service;
};
struct tki_jaeger_process tki_jaeger_process_of(const struct tk_batch *b, const struct tk_resource *r,
                                                uint64_t notes[TKI_NOTE_COUNT]);
/* Counts what tags cannot say of a scope: once for a run of spans that share it. */
void tki_jaeger_scope_losses(const struct tk_scope *s, uint64_t notes[TKI_NOTE_COUNT]);

/* The processes of a trace: equal resources are one process.  One block of memory, freed with free(). */
struct tki_jaeger_processes;
/* Starts a trace of the batch: makes e->state or enlarges it, and returns it.  NULL: out of memory, which e->out->err
 * says. */
struct tki_jaeger_processes *tki_jaeger_processes_begin(struct tki_encode *e, const struct tk_batch *b);
/* The number of the resource's process, from 0 on. */
uint32_t tki_jaeger_processes_put(struct tki_jaeger_processes *p, const struct tk_batch *b, uint32_t resource);
uint32_t tki_jaeger_processes_count(const struct tki_jaeger_processes *p);
/* The resource row of a process. */
uint32_t tki_jaeger_processes_at(const struct tki_jaeger_processes *p, uint32_t process);

/* ---- writers, for the formats' rows ---- */

/* jaeger.thrift: TagType, SpanRefType */
enum { TKI_JAEGER_TAG_STRING, TKI_JAEGER_TAG_DOUBLE, TKI_JAEGER_TAG_BOOL, TKI_JAEGER_TAG_LONG, TKI_JAEGER_TAG_BINARY };
enum { TKI_JAEGER_REF_CHILD_OF, TKI_JAEGER_REF_FOLLOWS_FROM };

void tki_jaeger_thrift_put(struct tki_encode *e, const struct tk_batch *b, const uint32_t *rows, size_t nrows);

/* Elasticsearch: lines for _bulk, before a span's document the one of its service and operation, when it is new that
 * day. */
void tki_jaeger_es_put(struct tki_encode *e, const struct tk_batch *b, const uint32_t *rows, size_t nrows);
void tki_jaeger_es_free(void *state);

#endif
