/* field.h - the one table of what can be asked of a span: for queries, conditions, sampling policies, --by, the bill.
 *
 * A row of the table is a field: how it is written in TraceQL and in OTTL, the type of its values, what must be decoded
 * for it, what must be known of the whole trace.  Attributes are one row, TKI_F_ATTR, with a scope and a key.  A
 * field as it stands in a query or a policy is a `struct tki_field`: small, constant, may be shared between threads.
 *
 * What reads fields adds them to a `struct tki_reads`, which then says what a reader has to decode; nobody writes needs
 * by hand.  tki_field_get is the one place that turns a field into a value.
 *
 * Specifications: Grafana Tempo's TraceQL, versions 2.0 to 3.0; the ottlspan and ottlspanevent contexts of the
 * OpenTelemetry Collector, with paths as their conditions have them.
 */
#ifndef TKI_FIELD_FIELD_H
#define TKI_FIELD_FIELD_H

#include "analyze/facts.h"
#include "base/arena.h"
#include "field/value.h"

enum tki_scope {                /* where attributes, and the fields that several things have, are looked for */
                 TKI_SCOPE_ANY, /* the span, then the resource */
                 TKI_SCOPE_SPAN,
                 TKI_SCOPE_RESOURCE,
                 TKI_SCOPE_EVENT,
                 TKI_SCOPE_LINK,
                 TKI_SCOPE_INSTRUMENTATION,
                 TKI_SCOPES
};

enum tki_field_id {
    TKI_F_ATTR,  /* one attribute: scope and key */
    TKI_F_ATTRS, /* all attributes of a scope: a map */
    TKI_F_DURATION,
    TKI_F_NAME,
    TKI_F_STATUS,
    TKI_F_STATUS_MESSAGE,
    TKI_F_KIND,
    TKI_F_SPAN_ID,
    TKI_F_PARENT_ID,
    TKI_F_TRACE_ID,
    TKI_F_START,
    TKI_F_END,
    TKI_F_FLAGS,
    TKI_F_STATE,         /* the trace state, as it was written */
    TKI_F_STATE_MEMBER,  /* one member of the trace state: key */
    TKI_F_DROPPED_ATTRS, /* by scope */
    TKI_F_DROPPED_EVENTS,
    TKI_F_DROPPED_LINKS,
    TKI_F_EVENTS,
    TKI_F_LINKS,
    TKI_F_EVENT_NAME,
    TKI_F_EVENT_SINCE,
    TKI_F_EVENT_TIME,
    TKI_F_LINK_TRACE,
    TKI_F_LINK_SPAN,
    TKI_F_LIB_NAME,
    TKI_F_LIB_VERSION,
    TKI_F_SCHEMA_URL, /* of the resource or of the instrumentation */
    /* from here on of the tree: only of whole traces */
    TKI_F_CHILD_COUNT,
    TKI_F_PARENT, /* the parent span itself: there or not */
    TKI_F_SET_LEFT,
    TKI_F_SET_RIGHT,
    TKI_F_SET_PARENT,
    TKI_F_DEPTH,
    /* where the time of the trace went */
    TKI_F_SELF,
    TKI_F_DARK,
    TKI_F_CPATH,
    TKI_F_QUEUED,
    /* from here on of the trace as a whole */
    TKI_F_TRACE_DURATION,
    TKI_F_ROOT_NAME,
    TKI_F_ROOT_SERVICE,
    TKI_F_TRACE_SPANS,
    TKI_F_TRACE_SERVICES,
    TKI_F_TRACE_ERRORS,
    TKI_F_TRACE_WEIGHT,
    TKI_F_COUNT
};

enum tki_field_form {                /* what an id, a kind or a time is given as */
                      TKI_AS_VALUE,  /* of the field's own type */
                      TKI_AS_TEXT,   /* ids: lower-case hexadecimal; a span id that is all zero is nil */
                      TKI_AS_STRING, /* OTTL's .string: ids, zeros when there is none; kinds: "Server", "" when unknown
                                      */
                      TKI_AS_DEPRECATED, /* OTTL's kind.deprecated_string: "SPAN_KIND_SERVER" */
                      TKI_AS_UNIX,       /* OTTL's ..._unix_nano: times as whole numbers */
};

struct tki_field {
    uint8_t id;     /* enum tki_field_id */
    uint8_t scope;  /* enum tki_scope: of ATTR, ATTRS, DROPPED_ATTRS, SCHEMA_URL */
    uint8_t form;   /* enum tki_field_form */
    bool parent;    /* of the parent span */
    uint32_t index; /* the asker's number of it, for struct tki_at's cache; else 0 */
    tk_str key;     /* of ATTR, STATE_MEMBER; borrowed */
};

enum tki_field_trait {
    TKI_T_WHOLE = 1 << 0, /* can only be known of a whole trace */
    TKI_T_EVENT = 1 << 1, /* one value for each event */
    TKI_T_LINK = 1 << 2,  /* one value for each link */
    TKI_T_ID = 1 << 3,    /* an id */
};

struct tki_field_info {
    const char *traceql; /* "span:name"; NULL: only the old spelling, or none */
    const char *old;     /* TraceQL's spelling without a scope, or NULL */
    const char *ottl;    /* "span.name"; NULL: OTTL has none */
    uint8_t type;        /* enum tki_vtype */
    uint8_t traits;      /* enum tki_field_trait */
    uint16_t needs;      /* enum tk_need, apart from what facts need */
    uint16_t facts;      /* enum tki_fact */
};
extern const struct tki_field_info tki_fields[TKI_F_COUNT];

uint8_t tki_field_type(const struct tki_field *f);    /* enum tki_vtype; ANY: of attributes */
unsigned tki_field_traits(const struct tki_field *f); /* enum tki_field_trait, of this scope and parent */
unsigned tki_field_facts(const struct tki_field *f);  /* enum tki_fact */

static inline struct tki_field tki_field_attr(enum tki_scope scope, tk_str key)
{
    return (struct tki_field){.id = TKI_F_ATTR, .scope = (uint8_t)scope, .key = key};
}

/* ---- what must be decoded for a set of fields ---- */

struct tki_reads {  /* all zero: nothing */
    unsigned needs; /* enum tk_need */
    unsigned facts; /* enum tki_fact */
    bool whole;     /* needs whole traces */
    bool durations; /* a duration of spans or traces is among them */
    bool all_keys;  /* span attributes of any key count */
    tk_str *keys;   /* span attributes that are looked at, each once; borrowed from the fields */
    size_t nkeys, cap;
};
/* 0 or TK_ENOMEM. */
int tki_reads_field(struct tki_reads *r, const struct tki_field *f);
int tki_reads_facts(struct tki_reads *r, unsigned facts);
/* For tk_read_opts: attr_keys, or NULL and 0 when it may be any, or none is looked at. */
const tk_str *tki_reads_keys(const struct tki_reads *r, size_t *n);
void tki_reads_free(struct tki_reads *r);

/* ---- values ---- */

enum { TKI_ID_TEXTS = 8 };

struct tki_cached { /* what a field is in a resource */
    uint32_t resource;
    struct tki_value value;
};

/* Where fields are asked for.  All zero, with the batch, row and event = link = TK_NONE, is enough for fields of spans.
 */
struct tki_at {
    const struct tk_batch *b;
    uint32_t row;
    uint32_t event, link;           /* numbers among the span's own; TK_NONE: the first that has the field */
    const struct tki_facts *facts;  /* of the trace, with what tki_field_facts asks for; NULL: spans alone */
    struct tki_cached *cached;      /* by index of the field, resource TK_NONE at the start of a batch; NULL: none */
    char id_text[TKI_ID_TEXTS][32]; /* texts of ids: each is good until that many more were asked for */
    unsigned id_turn;
};
struct tki_value tki_field_get(struct tki_at *at, const struct tki_field *f);
/* The row of an attribute, of the span, its resource, its instrumentation or the event at->event; NULL when there is
 * none.  It tells an attribute without a value from one that is not there. */
const struct tk_attr *tki_field_attr_row(const struct tki_at *at, const struct tki_field *f);

/* ---- spelling ---- */

struct tki_scan { /* a place in a text */
    tk_str text;
    uint32_t at;
    struct tki_arena *arena; /* for keys that are not there as they stand */
    struct tk_err *err;
};

/* Reads a field in TraceQL's spelling at s->at: 1; 0 when the word there is no field, and s->at is left; or a negative
 * code with its offset in err. */
int tki_field_scan(struct tki_scan *s, struct tki_field *f);
/* A text that is one field in TraceQL's spelling: span.x, name, trace:duration, parent.x.  TK_EUSAGE says what was
 * expected, and where. */
int tki_field_parse(tk_str text, struct tki_arena *arena, struct tki_field *f, struct tk_err *err);
/* In TraceQL's spelling, quoted where it has to be; fields that TraceQL does not have in OTTL's. */
void tki_field_print(struct tki_buf *to, const struct tki_field *f);

enum tki_ottl_context { TKI_OTTL_SPAN, TKI_OTTL_EVENT };
/* The field of a path of OTTL up to its first key: "attributes", "span.kind.string", "resource.attributes", "name".
 * keyed: whether a key follows, which the caller puts into f->key.  Returns false if there is no such field. */
bool tki_field_ottl(tk_str path, enum tki_ottl_context context, bool keyed, struct tki_field *f);
/* A text that is one path of OTTL with at most one key: resource.attributes["service.name"]. */
int tki_field_parse_ottl(tk_str text, enum tki_ottl_context context, struct tki_arena *arena, struct tki_field *f,
                         struct tk_err *err);

/* A quoted text at s->at, appended to b, with Go's escapes, or in_name with \" and \\ alone.  For lexers. */
int tki_scan_quoted(struct tki_scan *s, struct tki_buf *b, bool in_name);
/* Copies b into the arena and frees it. */
int tki_scan_keep(struct tki_scan *s, struct tki_buf *b, tk_str *to);
/* The letters and digits at s->at, which is moved behind them. */
tk_str tki_scan_word(struct tki_scan *s);

#endif
