/* json.h - what the JSON dialects of Jaeger share: spans and their parts, tags, the table of processes; and writing
 * the API's JSON.
 *
 * A dialect (the API's JSON, Elasticsearch's documents, protobuf and Thrift structs as JSON) walks its documents, takes
 * the members that no other dialect has, and calls these functions for the others.
 */
#ifndef TKI_FORMAT_JAEGER_JSON_H
#define TKI_FORMAT_JAEGER_JSON_H

#include "format/jaeger/words.h"
#include "format/js/ids.h"
#include "format/js/records.h"
#include "format/js/simd.h"

/* The processes that a trace's spans name. */
struct tki_jaeger_entry {
    tk_str id; /* or the text of a process that stands inside a span */
    uint64_t hash;
    const char *at; /* the process object; NULL: not met, or dealt with */
    uint32_t row;   /* of b->resources; TK_NONE until a span uses it */
};
struct tki_jaeger_table { /* all-zero is valid and empty; memory is the batch's */
    struct tki_jaeger_entry *entries;
    uint32_t *slots; /* twice cap; number + 1, 0: free */
    uint32_t n, cap, last;
};
void tki_jaeger_table_reset(struct tki_jaeger_table *t);
/* The entry of that id, made when it is new; good until the next call.  NULL: out of memory. */
struct tki_jaeger_entry *tki_jaeger_table_find(struct tki_jaeger_table *t, struct tk_batch *b, tk_str id);

struct tki_jaeger_json;
/* How a dialect spells what all of them have; NULL: as the API does. */
struct tki_jaeger_dialect {
    tk_str (*name)(tk_str key); /* the API's name of a key */
    tk_id128 (*trace_id)(struct tki_jaeger_json *s);
    uint64_t (*span_id)(struct tki_jaeger_json *s);
    uint64_t (*time)(struct tki_js *j);               /* nanoseconds */
    bool (*tag)(struct tki_js *j, struct tk_attr *a); /* the tag at the cursor; false: null */
    bool hex;                                         /* binary values are hexadecimal, not base64 */
};

struct tki_jaeger_json {
    struct tki_records r;
    const struct tki_jaeger_dialect *dialect;
    unsigned needs;
    struct tki_id_memo ids;
    struct tki_jaeger_table processes;
    /* What is known of the span that is being read; its begin clears this: */
    tk_str process_id;
    tk_str process;         /* the text of one inside the span; p is NULL: none */
    const char *references; /* those that came before the trace id */
    bool has_trace, has_span, has_name, has_start;
    struct tki_jaeger_span w;
};
void tki_jaeger_json_init(struct tki_jaeger_json *s, const struct tki_jaeger_dialect *dialect,
                          const struct tki_decode *d);

/* tki_js_key with the API's name. */
static inline bool tki_jaeger_json_key(struct tki_jaeger_json *s, tk_str *k)
{
    bool more = tki_js_key(&s->r.j, k);
    if (more && s->dialect->name)
        *k = s->dialect->name(*k);
    return more;
}

tk_id128 tki_jaeger_json_trace_id(struct tki_jaeger_json *s);
uint64_t tki_jaeger_json_span_id(struct tki_jaeger_json *s);
tk_str tki_jaeger_json_text(struct tki_js *j); /* a string that is short enough for a value */

/* Arrays of tags at the cursor: those of a span, in its words (`add`: between begin and end of the caller's); those of
 * processes and logs, as attributes. */
void tki_jaeger_json_span_tags(struct tki_jaeger_json *s);
void tki_jaeger_json_add_span_tags(struct tki_jaeger_json *s);
void tki_jaeger_json_tags(struct tki_jaeger_json *s);
/* The same for Elasticsearch's object `tag`, whose keys have "@" for dots. */
void tki_jaeger_json_add_span_tag_object(struct tki_jaeger_json *s);
void tki_jaeger_json_tag_object(struct tki_jaeger_json *s);

void tki_jaeger_json_span_begin(struct tki_jaeger_json *s);
/* Takes the value of a span's member that all dialects have.  Returns false when the member is another one; the cursor
 * is then still at its value. */
bool tki_jaeger_json_member(struct tki_jaeger_json *s, tk_str k);
/* Returns true if the object at *start, whose members were read or in which the cursor failed, is no span by these
 * signs. One that has a name or a start is not looked at again. */
static inline bool tki_jaeger_json_no_span(const struct tki_jaeger_json *s, const struct tki_js *start,
                                           const struct tki_span_signs *signs)
{
    return (s->r.j.error || !(s->has_name || s->has_start)) && tki_js_no_span(start, &s->r.j, signs);
}
void tki_jaeger_json_logs(struct tki_jaeger_json *s);
void tki_jaeger_json_duration(struct tki_jaeger_json *s); /* microseconds */
/* The trace's id and the process's row are set in the span, or will be in its row.  Not after an error. */
void tki_jaeger_json_span_end(struct tki_jaeger_json *s);

/* The process object at the cursor, or at some other place, into a resource row. */
void tki_jaeger_json_process(struct tki_jaeger_json *s, uint32_t row);
void tki_jaeger_json_process_at(struct tki_jaeger_json *s, const char *at, uint32_t row);
/* The row of a process with that key (its id or its text), which is read at its first use; `at`: where it is if the
 * entry does not say. */
uint32_t tki_jaeger_json_resource(struct tki_jaeger_json *s, struct tki_jaeger_table *t, tk_str key, const char *at);

/* Moves the cursor to a place that tki_js_later told. */
static inline void tki_jaeger_json_jump(struct tki_js *j, const char *to)
{
    if (!j->error)
        j->p = to;
}

/* Reads what is at such a place, unless that is NULL, and goes back. */
void tki_jaeger_json_at(struct tki_jaeger_json *s, const char *at, void (*read)(struct tki_jaeger_json *s));

void tki_jaeger_json_begin(struct tki_encode *e);
/* The rows are one whole trace. */
void tki_jaeger_json_put(struct tki_encode *e, const struct tk_batch *b, const uint32_t *rows, size_t nrows);
void tki_jaeger_json_end(struct tki_encode *e);

#endif
