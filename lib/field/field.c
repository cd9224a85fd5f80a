#include "field/field.h"

#include <stdlib.h>

#define TRACE TKI_T_WHOLE
#define IDS   TKI_T_ID

const struct tki_field_info tki_fields[TKI_F_COUNT] = {
    /* TraceQL, its older spelling, OTTL, type, traits, needs, facts */
    [TKI_F_ATTR] = {NULL, NULL, "attributes", TKI_V_ANY, 0, 0, 0},
    [TKI_F_ATTRS] = {NULL, NULL, "attributes", TKI_V_MAP, 0, 0, 0},
    [TKI_F_DURATION] = {"span:duration", "duration", NULL, TKI_V_DURATION, 0, 0, 0},
    [TKI_F_NAME] = {"span:name", "name", "span.name", TKI_V_STRING, 0, TK_NEED_NAME, 0},
    [TKI_F_STATUS] = {"span:status", "status", "span.status.code", TKI_V_STATUS, 0, 0, 0},
    [TKI_F_STATUS_MESSAGE] = {"span:statusMessage", "statusMessage", "span.status.message", TKI_V_STRING, 0,
                              TK_NEED_STATE, 0},
    [TKI_F_KIND] = {"span:kind", "kind", "span.kind", TKI_V_KIND, 0, 0, 0},
    [TKI_F_SPAN_ID] = {"span:id", NULL, "span.span_id", TKI_V_ID, IDS, 0, 0},
    [TKI_F_PARENT_ID] = {"span:parentID", NULL, "span.parent_span_id", TKI_V_ID, IDS, 0, 0},
    [TKI_F_TRACE_ID] = {"trace:id", NULL, "span.trace_id", TKI_V_ID, IDS, 0, 0},
    [TKI_F_START] = {NULL, NULL, "span.start_time", TKI_V_TIME, 0, 0, 0},
    [TKI_F_END] = {NULL, NULL, "span.end_time", TKI_V_TIME, 0, 0, 0},
    [TKI_F_FLAGS] = {NULL, NULL, "span.flags", TKI_V_INT, 0, TK_NEED_STATE, 0},
    [TKI_F_STATE] = {NULL, NULL, "span.trace_state", TKI_V_STRING, 0, TK_NEED_STATE, 0},
    [TKI_F_STATE_MEMBER] = {NULL, NULL, "span.trace_state", TKI_V_STRING, 0, TK_NEED_STATE, 0},
    [TKI_F_DROPPED_ATTRS] = {NULL, NULL, "dropped_attributes_count", TKI_V_INT, 0, TK_NEED_STATE, 0},
    [TKI_F_DROPPED_EVENTS] = {NULL, NULL, "span.dropped_events_count", TKI_V_INT, 0, TK_NEED_STATE, 0},
    [TKI_F_DROPPED_LINKS] = {NULL, NULL, "span.dropped_links_count", TKI_V_INT, 0, TK_NEED_STATE, 0},
    [TKI_F_EVENTS] = {NULL, NULL, "span.events", TKI_V_ITEMS, 0, 0, 0},
    [TKI_F_LINKS] = {NULL, NULL, "span.links", TKI_V_ITEMS, 0, 0, 0},
    [TKI_F_EVENT_NAME] = {"event:name", NULL, "spanevent.name", TKI_V_STRING, TKI_T_EVENT, TK_NEED_EVENTS, 0},
    [TKI_F_EVENT_SINCE] = {"event:timeSinceStart", NULL, NULL, TKI_V_DURATION, TKI_T_EVENT, TK_NEED_EVENTS, 0},
    [TKI_F_EVENT_TIME] = {NULL, NULL, "spanevent.time", TKI_V_TIME, TKI_T_EVENT, TK_NEED_EVENTS, 0},
    [TKI_F_LINK_TRACE] = {"link:traceID", NULL, NULL, TKI_V_ID, TKI_T_LINK | IDS, TK_NEED_LINKS, 0},
    [TKI_F_LINK_SPAN] = {"link:spanID", NULL, NULL, TKI_V_ID, TKI_T_LINK | IDS, TK_NEED_LINKS, 0},
    [TKI_F_LIB_NAME] = {"instrumentation:name", NULL, "scope.name", TKI_V_STRING, 0, TK_NEED_SCOPE, 0},
    [TKI_F_LIB_VERSION] = {"instrumentation:version", NULL, "scope.version", TKI_V_STRING, 0, TK_NEED_SCOPE, 0},
    [TKI_F_SCHEMA_URL] = {NULL, NULL, "schema_url", TKI_V_STRING, 0, 0, 0},
    [TKI_F_CHILD_COUNT] = {"span:childCount", "childCount", NULL, TKI_V_INT, TRACE, 0, TKI_FACT_TREE},
    [TKI_F_PARENT] = {NULL, "parent", NULL, TKI_V_ANY, TRACE, 0, TKI_FACT_TREE},
    [TKI_F_SET_LEFT] = {NULL, "nestedSetLeft", NULL, TKI_V_INT, TRACE, 0, TKI_FACT_SETS},
    [TKI_F_SET_RIGHT] = {NULL, "nestedSetRight", NULL, TKI_V_INT, TRACE, 0, TKI_FACT_SETS},
    [TKI_F_SET_PARENT] = {NULL, "nestedSetParent", NULL, TKI_V_INT, TRACE, 0, TKI_FACT_SETS},
    [TKI_F_DEPTH] = {"span:depth", NULL, NULL, TKI_V_INT, TRACE, 0, TKI_FACT_TREE},
    [TKI_F_SELF] = {"span:self", NULL, NULL, TKI_V_DURATION, TRACE, 0, TKI_FACT_TIMES},
    [TKI_F_DARK] = {"span:dark", NULL, NULL, TKI_V_DURATION, TRACE, 0, TKI_FACT_DARK},
    [TKI_F_CPATH] = {"span:cp", NULL, NULL, TKI_V_DURATION, TRACE, 0, TKI_FACT_CPATH},
    [TKI_F_QUEUED] = {"span:queued", NULL, NULL, TKI_V_DURATION, TRACE, 0, TKI_FACT_TIMES},
    [TKI_F_TRACE_DURATION] = {"trace:duration", "traceDuration", NULL, TKI_V_DURATION, TRACE, 0, TKI_FACT_SUMS},
    [TKI_F_ROOT_NAME] = {"trace:rootName", "rootName", NULL, TKI_V_STRING, TRACE, TK_NEED_NAME, TKI_FACT_TREE},
    [TKI_F_ROOT_SERVICE] = {"trace:rootService", "rootServiceName", NULL, TKI_V_STRING, TRACE, 0, TKI_FACT_TREE},
    [TKI_F_TRACE_SPANS] = {"trace:spans", NULL, NULL, TKI_V_INT, TRACE, 0, 0},
    [TKI_F_TRACE_SERVICES] = {"trace:services", NULL, NULL, TKI_V_INT, TRACE, 0, TKI_FACT_SERVICES},
    [TKI_F_TRACE_ERRORS] = {"trace:errors", NULL, NULL, TKI_V_INT, TRACE, 0, TKI_FACT_SUMS},
    [TKI_F_TRACE_WEIGHT] = {"trace:weight", NULL, NULL, TKI_V_FLOAT, TRACE, 0, TKI_FACT_WEIGHT},
};

/* What must be decoded for what a scope has. */
static unsigned scope_needs(const struct tki_field *f)
{
    static const uint16_t needs[TKI_SCOPES] = {TK_NEED_ATTRS | TK_NEED_RESOURCE,
                                               TK_NEED_ATTRS,
                                               TK_NEED_RESOURCE,
                                               TK_NEED_EVENTS,
                                               TK_NEED_LINKS,
                                               TK_NEED_SCOPE};
    bool scoped = f->id == TKI_F_ATTR || f->id == TKI_F_ATTRS || f->id == TKI_F_SCHEMA_URL;
    bool counted = f->id == TKI_F_DROPPED_ATTRS && f->scope > TKI_SCOPE_SPAN;
    return scoped || counted ? needs[f->scope] : 0;
}

uint8_t tki_field_type(const struct tki_field *f)
{
    uint8_t type = tki_fields[f->id].type;
    switch ((enum tki_field_form)f->form) {
    case TKI_AS_VALUE: return type;
    case TKI_AS_UNIX: return type == TKI_V_TIME ? TKI_V_INT : type;
    default: return type == TKI_V_ID || type == TKI_V_KIND ? TKI_V_STRING : type;
    }
}

unsigned tki_field_traits(const struct tki_field *f)
{
    unsigned traits = tki_fields[f->id].traits;
    if (f->id == TKI_F_ATTR || f->id == TKI_F_ATTRS || f->id == TKI_F_DROPPED_ATTRS)
        traits |= f->scope == TKI_SCOPE_EVENT ? TKI_T_EVENT : f->scope == TKI_SCOPE_LINK ? TKI_T_LINK : 0;
    return traits | (f->parent ? TKI_T_WHOLE : 0);
}

unsigned tki_field_facts(const struct tki_field *f)
{
    return tki_fields[f->id].facts | (f->parent ? TKI_FACT_TREE : 0u);
}

/* ---- what must be decoded ---- */

static int add_key(struct tki_reads *r, tk_str key)
{
    for (size_t i = 0; i < r->nkeys; i++)
        if (tki_str_eq(r->keys[i], key))
            return 0;
    if (r->nkeys == r->cap) {
        size_t cap = r->cap ? 2 * r->cap : 8;
        tk_str *more = realloc(r->keys, cap * sizeof *more);
        if (!more)
            return TK_ENOMEM;
        r->keys = more;
        r->cap = cap;
    }
    r->keys[r->nkeys++] = key;
    return 0;
}

int tki_reads_facts(struct tki_reads *r, unsigned facts)
{
    int rc = 0;
    r->facts |= facts;
    r->needs |= tki_facts_needs(facts);
    for (unsigned fact = 1; fact <= facts && rc == 0; fact <<= 1) {
        size_t n = 0;
        const tk_str *keys = facts & fact ? tki_fact_keys((enum tki_fact)fact, &n) : NULL;
        for (size_t i = 0; i < n && rc == 0; i++)
            rc = add_key(r, keys[i]);
    }
    return rc;
}

int tki_reads_field(struct tki_reads *r, const struct tki_field *f)
{
    bool of_span = f->scope == TKI_SCOPE_ANY || f->scope == TKI_SCOPE_SPAN;
    r->needs |= tki_fields[f->id].needs | scope_needs(f);
    r->whole |= (tki_field_traits(f) & TKI_T_WHOLE) != 0;
    r->durations |= tki_fields[f->id].type == TKI_V_DURATION;
    r->all_keys |= f->id == TKI_F_ATTRS && of_span;
    int rc = tki_reads_facts(r, tki_field_facts(f));
    return rc == 0 && f->id == TKI_F_ATTR && of_span ? add_key(r, f->key) : rc;
}

const tk_str *tki_reads_keys(const struct tki_reads *r, size_t *n)
{
    *n = r->all_keys ? 0 : r->nkeys;
    return *n ? r->keys : NULL;
}

void tki_reads_free(struct tki_reads *r)
{
    free(r->keys);
    *r = (struct tki_reads){0};
}
