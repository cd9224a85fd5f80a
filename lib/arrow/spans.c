#include "arrow/spans.h"

#include <stdlib.h>

#include "view/view.h"

/* What a value is taken from. */
struct row {
    struct tki_encode *e; /* writes to the column that is asked */
    const struct tk_batch *b;
    const struct tk_span *s;
    const struct tk_resource *r;
    const struct tk_scope *scope;
    uint32_t i;
    const struct tki_facts *f; /* NULL: the columns of spans alone */
};

typedef void put_value(struct tki_arrow_column *c, const struct row *x);

/* ---- values ------------------------------------------------------------------------------------------------------ */

/* Text that is there; empty text too. */
static void name_of(struct tki_arrow_column *c, const struct row *x, tk_str s)
{
    tki_view_text(x->e, s, NULL);
    tki_arrow_text_end(c);
}

static void text(struct tki_arrow_column *c, const struct row *x, tk_str s)
{
    if (s.n)
        name_of(c, x, s);
    else
        tki_arrow_null(c);
}

static void span_id(struct tki_arrow_column *c, const struct row *x, uint64_t id)
{
    if (!id) {
        tki_arrow_null(c);
        return;
    }
    tki_view_span_id(x->e->out, id);
    tki_arrow_text_end(c);
}

static void map(struct tki_arrow_column *c, const struct row *x, tk_range attrs)
{
    const struct tk_attr *a = x->b->attrs + attrs.first;
    struct tki_arrow_column *key = &c->entry[0], *value = &c->entry[1];
    for (uint32_t i = 0; i < attrs.count; i++) {
        if (tki_view_replaced(a, i, attrs.count)) {
            x->e->notes[TK_NOTE_DUPLICATE_TAG]++;
            continue;
        }
        x->e->out = &key->data;
        name_of(key, x, a[i].key);
        x->e->out = &value->data;
        if (a[i].value.type == TK_EMPTY) {
            tki_arrow_null(value);
            continue;
        }
        tki_view_value_text(x->e, x->b, &a[i].value);
        tki_arrow_text_end(value);
    }
    tki_arrow_map_end(c);
}

/* A string attribute of the resource. */
static void of_resource(struct tki_arrow_column *c, const struct row *x, const char *key)
{
    const struct tk_attr *a = tk_attr_find(x->b, x->r->attrs, key);
    text(c, x, a && a->value.type == TK_STRING ? (tk_str){a->value.v.s, a->value.n} : (tk_str){0});
}

/* ---- columns of spans -------------------------------------------------------------------------------------------- */

static void start(struct tki_arrow_column *c, const struct row *x)
{
    bool known = x->f ? tki_span_started(x->s, x->f->times.first_ns) : tki_view_timed(x->s);
    if (known && x->s->start_ns <= INT64_MAX)
        tki_arrow_int(c, (int64_t)x->s->start_ns);
    else
        tki_arrow_null(c);
}

static void duration(struct tki_arrow_column *c, const struct row *x)
{
    int64_t ns;
    if (tki_span_duration(x->s, &ns) == TKI_DURATION_UNSET)
        tki_arrow_null(c);
    else
        tki_arrow_int(c, (int64_t)tki_view_duration_written(x->e, x->s));
}

static void trace_id(struct tki_arrow_column *c, const struct row *x)
{
    tki_view_trace_id(x->e->out, x->s->trace_id);
    tki_arrow_text_end(c);
}

static void own_id(struct tki_arrow_column *c, const struct row *x)
{
    span_id(c, x, x->s->span_id);
}

static void parent_id(struct tki_arrow_column *c, const struct row *x)
{
    span_id(c, x, x->s->parent_id);
}

static void state(struct tki_arrow_column *c, const struct row *x)
{
    text(c, x, x->s->trace_state);
}

static void service(struct tki_arrow_column *c, const struct row *x)
{
    text(c, x, x->r->service);
}

static void namespace(struct tki_arrow_column *c, const struct row *x)
{
    of_resource(c, x, "service.namespace");
}

static void instance(struct tki_arrow_column *c, const struct row *x)
{
    of_resource(c, x, "service.instance.id");
}

static void name(struct tki_arrow_column *c, const struct row *x)
{
    name_of(c, x, x->s->name);
}

static void kind(struct tki_arrow_column *c, const struct row *x)
{
    tki_arrow_int(c, x->s->kind);
}

static void status(struct tki_arrow_column *c, const struct row *x)
{
    tki_arrow_int(c, x->s->status);
}

static void message(struct tki_arrow_column *c, const struct row *x)
{
    text(c, x, x->s->status_message);
}

static void resource_attrs(struct tki_arrow_column *c, const struct row *x)
{
    map(c, x, x->r->attrs);
}

static void scope_name(struct tki_arrow_column *c, const struct row *x)
{
    text(c, x, x->scope->name);
}

static void scope_version(struct tki_arrow_column *c, const struct row *x)
{
    text(c, x, x->scope->version);
}

static void scope_attrs(struct tki_arrow_column *c, const struct row *x)
{
    map(c, x, x->scope->attrs);
}

static void span_attrs(struct tki_arrow_column *c, const struct row *x)
{
    map(c, x, x->s->attrs);
}

static void events(struct tki_arrow_column *c, const struct row *x)
{
    tki_view_events(x->e, x->b, x->s);
    tki_arrow_text_end(c);
}

static void links(struct tki_arrow_column *c, const struct row *x)
{
    tki_view_links(x->e, x->b, x->s);
    tki_arrow_text_end(c);
}

static void dropped_attrs(struct tki_arrow_column *c, const struct row *x)
{
    tki_arrow_int(c, x->s->dropped_attrs);
}

static void dropped_events(struct tki_arrow_column *c, const struct row *x)
{
    tki_arrow_int(c, x->s->dropped_events);
}

static void dropped_links(struct tki_arrow_column *c, const struct row *x)
{
    tki_arrow_int(c, x->s->dropped_links);
}

static void flags(struct tki_arrow_column *c, const struct row *x)
{
    tki_arrow_int(c, x->s->flags);
}

/* ---- columns of whole traces ---------------------------------------------------------------------------------------
 */

static bool windowed(const struct row *x)
{
    return x->f->has_cpath && !(x->f->times.state[x->i] & (TKI_NODE_COPY | TKI_NODE_INVALID));
}

static void self_time(struct tki_arrow_column *c, const struct row *x)
{
    if (windowed(x))
        tki_arrow_int(c, x->f->times.self_ns[x->i]);
    else
        tki_arrow_null(c);
}

static void critical_path(struct tki_arrow_column *c, const struct row *x)
{
    if (windowed(x))
        tki_arrow_int(c, x->f->cpath.ns[x->i]);
    else
        tki_arrow_null(c);
}

static void dark(struct tki_arrow_column *c, const struct row *x)
{
    if (windowed(x))
        tki_arrow_int(c, tki_node_cover(&x->f->times, x->b, x->i).dark_ns);
    else
        tki_arrow_null(c);
}

static void depth(struct tki_arrow_column *c, const struct row *x)
{
    tki_arrow_int(c, x->f->tree.depth[x->i]);
}

static void root_service(struct tki_arrow_column *c, const struct row *x)
{
    uint32_t root = x->f->root;
    if (root == TK_NONE)
        tki_arrow_null(c);
    else
        text(c, x, x->b->resources[x->b->spans[root].resource].service);
}

static void root_name(struct tki_arrow_column *c, const struct row *x)
{
    uint32_t root = x->f->root;
    if (root == TK_NONE)
        tki_arrow_null(c);
    else
        name_of(c, x, x->b->spans[root].name);
}

static void trace_duration(struct tki_arrow_column *c, const struct row *x)
{
    if (x->f->duration == TKI_DURATION_UNSET)
        tki_arrow_null(c);
    else
        tki_arrow_int(c, x->f->duration_ns);
}

static void weight(struct tki_arrow_column *c, const struct row *x)
{
    tki_arrow_double(c, tki_rate_weight(x->f->rate));
}

/* ---- the table --------------------------------------------------------------------------------------------------- */

enum { OF_TRACES = 8 }; /* columns that stand at the end */

static const struct {
    struct tki_arrow_field field;
    put_value *put;
} table[] = {
    {{"start_time_unix_nano", TKI_ARROW_TIME, true}, start},
    {{"duration_time_unix_nano", TKI_ARROW_INT64, true}, duration},
    {{"trace_id", TKI_ARROW_TEXT, false}, trace_id},
    {{"span_id", TKI_ARROW_TEXT, true}, own_id},
    {{"parent_span_id", TKI_ARROW_TEXT, true}, parent_id},
    {{"trace_state", TKI_ARROW_TEXT, true}, state},
    {{"service_name", TKI_ARROW_TEXT, true}, service},
    {{"service_namespace", TKI_ARROW_TEXT, true}, namespace},
    {{"service_instance_id", TKI_ARROW_TEXT, true}, instance},
    {{"name", TKI_ARROW_TEXT, false}, name},
    {{"kind", TKI_ARROW_INT32, false}, kind},
    {{"status_code", TKI_ARROW_INT32, false}, status},
    {{"status_status_message", TKI_ARROW_TEXT, true}, message},
    {{"resource_attributes", TKI_ARROW_MAP, false}, resource_attrs},
    {{"scope_name", TKI_ARROW_TEXT, true}, scope_name},
    {{"scope_version", TKI_ARROW_TEXT, true}, scope_version},
    {{"scope_attributes", TKI_ARROW_MAP, false}, scope_attrs},
    {{"span_attributes", TKI_ARROW_MAP, false}, span_attrs},
    {{"events_json", TKI_ARROW_TEXT, false}, events},
    {{"links_json", TKI_ARROW_TEXT, false}, links},
    {{"dropped_attributes_count", TKI_ARROW_UINT32, false}, dropped_attrs},
    {{"dropped_events_count", TKI_ARROW_UINT32, false}, dropped_events},
    {{"dropped_links_count", TKI_ARROW_UINT32, false}, dropped_links},
    {{"flags", TKI_ARROW_UINT32, false}, flags},
    {{"self_time_ns", TKI_ARROW_INT64, true}, self_time},
    {{"critical_path_ns", TKI_ARROW_INT64, true}, critical_path},
    {{"dark_time_ns", TKI_ARROW_INT64, true}, dark},
    {{"depth", TKI_ARROW_UINT32, false}, depth},
    {{"root_service_name", TKI_ARROW_TEXT, true}, root_service},
    {{"root_name", TKI_ARROW_TEXT, true}, root_name},
    {{"trace_duration_ns", TKI_ARROW_INT64, true}, trace_duration},
    {{"weight", TKI_ARROW_DOUBLE, false}, weight},
};

enum { COLUMNS = sizeof table / sizeof *table };

const unsigned tki_arrow_spans_facts = TKI_FACT_SUMS | TKI_FACT_WEIGHT | TKI_FACT_TREE | TKI_FACT_DARK | TKI_FACT_CPATH;

struct tki_arrow_spans {
    struct tki_encode e;
    size_t n; /* columns */
    struct tki_arrow_column column[COLUMNS];
};

static size_t columns(bool facts)
{
    return facts ? COLUMNS : COLUMNS - OF_TRACES;
}

int tki_arrow_spans_new(struct tki_arrow_spans **out, bool facts)
{
    struct tki_arrow_spans *s = calloc(1, sizeof *s);
    int r = s ? 0 : TK_ENOMEM;
    *out = NULL;
    if (s)
        s->n = columns(facts);
    for (size_t i = 0; r == 0 && i < s->n; i++)
        r = tki_arrow_column_init(&s->column[i], table[i].field.type);
    if (r < 0) {
        tki_arrow_spans_free(s);
        return r;
    }
    *out = s;
    return 0;
}

void tki_arrow_spans_free(struct tki_arrow_spans *s)
{
    for (size_t i = 0; s && i < s->n; i++)
        tki_arrow_column_free(&s->column[i]);
    free(s);
}

int tki_arrow_spans_schema(bool facts, struct ArrowSchema *to)
{
    size_t n = columns(facts);
    int r = tki_arrow_schema_new(to, n);
    if (r < 0)
        return r;
    for (size_t i = 0; i < n && r == 0; i++)
        r = tki_arrow_schema_field(to, i, &table[i].field);
    if (r < 0)
        to->release(to);
    return r;
}

int tki_arrow_spans_put(struct tki_arrow_spans *s, const struct tk_batch *b, uint32_t i, const struct tki_facts *f)
{
    const struct tk_span *span = &b->spans[i];
    struct row x = {.e = &s->e,
                    .b = b,
                    .s = span,
                    .r = &b->resources[span->resource],
                    .scope = &b->scopes[span->scope],
                    .i = i,
                    .f = f};
    int r = 0;
    for (size_t k = 0; k < s->n; k++) {
        s->e.out = &s->column[k].data;
        table[k].put(&s->column[k], &x);
    }
    for (size_t k = 0; k < s->n && r == 0; k++)
        r = tki_arrow_error(&s->column[k]);
    return r;
}

size_t tki_arrow_spans_rows(const struct tki_arrow_spans *s)
{
    return (size_t)s->column[0].rows;
}

size_t tki_arrow_spans_bytes(const struct tki_arrow_spans *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++)
        n += tki_arrow_bytes(&s->column[i]);
    return n;
}

const struct tk_notes *tki_arrow_spans_notes(const struct tki_arrow_spans *s)
{
    return &s->e.noted;
}

int tki_arrow_spans_take(struct tki_arrow_spans *s, struct ArrowArray *to)
{
    return tki_arrow_export(s->column, s->n, to);
}
