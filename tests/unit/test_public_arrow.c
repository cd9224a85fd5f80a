/* tracekit/arrow.h as a program outside uses it: columns against the spans of the same dump, and against queries. */
#include <errno.h>

#include "outside.h"

/* ---- a consumer of Arrow ----------------------------------------------------------------------------------------- */

struct table {
    struct ArrowSchema schema;
    struct ArrowArray *batch;
    size_t nbatches;
    int64_t rows;
    int error;
    char text[512];
};

static struct table consume(struct ArrowArrayStream *stream)
{
    struct table t = {0};
    if (stream->get_schema(stream, &t.schema) != 0)
        bail_out("no schema");
    for (;;) {
        t.batch = realloc(t.batch, (t.nbatches + 1) * sizeof *t.batch);
        if (!t.batch)
            bail_out("out of memory");
        t.error = stream->get_next(stream, &t.batch[t.nbatches]);
        if (t.error || !t.batch[t.nbatches].release)
            break;
        t.rows += t.batch[t.nbatches++].length;
    }
    const char *text = stream->get_last_error(stream);
    snprintf(t.text, sizeof t.text, "%s", text ? text : "");
    stream->release(stream); /* batches outlive it */
    return t;
}

static void drop(struct table *t)
{
    for (size_t i = 0; i < t->nbatches; i++)
        t->batch[i].release(&t->batch[i]);
    free(t->batch);
    t->schema.release(&t->schema);
}

static struct table read_table(const char *dump, const struct tk_arrow_opts *opts)
{
    struct ArrowArrayStream stream;
    struct tk_err err = {0};
    if (tk_arrow_stream(&stream, open_dump(dump, NULL), opts, &err) < 0)
        bail_out("%s: %s", dump, err.text);
    return consume(&stream);
}

static size_t column_of(const struct table *t, const char *name)
{
    for (int64_t i = 0; i < t->schema.n_children; i++)
        if (strcmp(t->schema.children[i]->name, name) == 0)
            return (size_t)i;
    bail_out("there is no column %s", name);
}

/* A value: the array that holds it, and its place there. */
struct value {
    const struct ArrowArray *a;
    int64_t i;
};

static struct value value_at(const struct table *t, const char *column, int64_t row)
{
    size_t b = 0, k = column_of(t, column);
    while (row >= t->batch[b].length)
        row -= t->batch[b++].length;
    return (struct value){t->batch[b].children[k], row};
}

static bool is_null(struct value v)
{
    const unsigned char *bits = v.a->buffers[0];
    return bits && !(bits[v.i / 8] >> v.i % 8 & 1);
}

static tk_str text_of(struct value v)
{
    const int32_t *at = v.a->buffers[1];
    const char *p = v.a->buffers[2];
    if (is_null(v))
        return (tk_str){0};
    return (tk_str){p ? p + at[v.i] : "", (size_t)(at[v.i + 1] - at[v.i])};
}

static int64_t int64_of(struct value v)
{
    return ((const int64_t *)v.a->buffers[1])[v.i];
}

static int64_t int32_of(struct value v)
{
    return ((const int32_t *)v.a->buffers[1])[v.i];
}

static bool same(tk_str a, tk_str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* The entry of a map, or NULL's text. */
static tk_str entry_of(struct value map, tk_str key, bool *found)
{
    const int32_t *at = map.a->buffers[1];
    const struct ArrowArray *entries = map.a->children[0];
    *found = false;
    for (int32_t i = at[map.i]; i < at[map.i + 1]; i++)
        if (same(text_of((struct value){entries->children[0], i}), key)) {
            *found = true;
            return text_of((struct value){entries->children[1], i});
        }
    return (tk_str){0};
}

/* ---- columns of spans -------------------------------------------------------------------------------------------- */

static bool same_text(const struct table *t, const char *column, int64_t row, tk_str want)
{
    struct value v = value_at(t, column, row);
    return same(text_of(v), want) && is_null(v) == (want.n == 0);
}

static bool same_ids(const struct table *t, int64_t row, const struct tk_span *s)
{
    char trace[TK_TRACE_ID_SIZE], own[TK_SPAN_ID_SIZE], parent[TK_SPAN_ID_SIZE];
    tk_trace_id_format(s->trace_id, trace);
    tk_span_id_format(s->span_id, own);
    tk_span_id_format(s->parent_id, parent);
    return same_text(t, "trace_id", row, (tk_str){trace, 32}) &&
           same_text(t, "span_id", row, (tk_str){own, s->span_id ? 16 : 0}) &&
           same_text(t, "parent_span_id", row, (tk_str){parent, s->parent_id ? 16 : 0});
}

/* Strings and whole numbers of the attributes, of which each key stands there once. */
static bool same_attrs(const struct table *t, const char *column, int64_t row, const struct tk_batch *b, tk_range attrs)
{
    struct value map = value_at(t, column, row);
    for (uint32_t i = 0; i < attrs.count; i++) {
        const struct tk_attr *a = &b->attrs[attrs.first + i];
        char number[32];
        bool found;
        tk_str got = entry_of(map, a->key, &found), want = {a->value.v.s, a->value.n};
        if (a->value.type == TK_INT)
            want = (tk_str){number, (size_t)snprintf(number, sizeof number, "%lld", (long long)a->value.v.i)};
        if (!found || ((a->value.type == TK_INT || a->value.type == TK_STRING) && !same(got, want)))
            return false;
    }
    const int32_t *at = map.a->buffers[1];
    return at[map.i + 1] - at[map.i] == (int32_t)attrs.count;
}

static bool same_span(const struct table *t, int64_t row, const struct tk_batch *b, const struct tk_span *s)
{
    const struct tk_resource *r = &b->resources[s->resource];
    const struct tk_scope *scope = &b->scopes[s->scope];
    return same_ids(t, row, s) && same_text(t, "name", row, s->name) && same_text(t, "service_name", row, r->service) &&
           same_text(t, "trace_state", row, s->trace_state) &&
           same_text(t, "status_status_message", row, s->status_message) &&
           same_text(t, "scope_name", row, scope->name) && same_text(t, "scope_version", row, scope->version) &&
           int64_of(value_at(t, "start_time_unix_nano", row)) == (int64_t)s->start_ns &&
           int64_of(value_at(t, "duration_time_unix_nano", row)) == (int64_t)(s->end_ns - s->start_ns) &&
           int32_of(value_at(t, "kind", row)) == s->kind && int32_of(value_at(t, "status_code", row)) == s->status &&
           (uint32_t)int32_of(value_at(t, "flags", row)) == s->flags &&
           int32_of(value_at(t, "dropped_events_count", row)) == (int64_t)s->dropped_events &&
           same_attrs(t, "span_attributes", row, b, s->attrs) &&
           same_attrs(t, "resource_attributes", row, b, r->attrs) &&
           same_attrs(t, "scope_attributes", row, b, scope->attrs);
}

static void same_spans(const char *dump, uint32_t rows_max)
{
    struct table t = read_table(dump, &(struct tk_arrow_opts){.rows_max = rows_max});
    struct tk_reader *reader = open_dump(dump, NULL);
    struct tk_batch *b;
    int64_t row = 0, good = 0;
    while (tk_reader_next(reader, &b) == 1)
        for (uint32_t i = 0; i < b->nspans && row < t.rows; i++, row++)
            good += same_span(&t, row, b, &b->spans[i]);
    is_int(t.error, 0, "%s: the stream ends well: %s", dump, t.text);
    is_int(t.rows, (int64_t)tk_reader_stats(reader)->spans, "%s: a row for each span", dump);
    is_int(good, t.rows, "%s: every row is its span's", dump);
    is_uint(t.nbatches, rows_max ? (size_t)((t.rows + rows_max - 1) / rows_max) : 1, "batches of at most %u rows",
            rows_max);
    tk_reader_close(reader);
    drop(&t);
}

/* ---- what is known of whole traces --------------------------------------------------------------------------------
 */

static bool same_fact(const struct table *t, const char *column, int64_t row, struct tk_query_run *r, size_t k)
{
    struct value v = value_at(t, column, row);
    size_t at = (size_t)row;
    switch (tk_query_run_cell(r, at, k)) {
    case TK_CELL_NONE: return is_null(v) || strcmp(column, "weight") == 0;
    case TK_CELL_TEXT: return same(text_of(v), tk_query_run_text(r, at, k));
    case TK_CELL_DOUBLE: return ((const double *)v.a->buffers[1])[v.i] == tk_query_run_number(r, at, k);
    case TK_CELL_INT: return int32_of(v) == tk_query_run_int(r, at, k);
    default: return (is_null(v) ? 0 : int64_of(v)) == tk_query_run_int(r, at, k);
    }
}

static void same_facts(const char *dump)
{
    static const char text[] = "{ } | select(span:self, span:cp, span:dark, span:depth, trace:rootService, "
                               "trace:rootName, trace:duration, trace:weight)";
    static const char *const columns[] = {"self_time_ns",      "critical_path_ns", "dark_time_ns",      "depth",
                                          "root_service_name", "root_name",        "trace_duration_ns", "weight"};
    struct table t = read_table(dump, &(struct tk_arrow_opts){.facts = true});
    struct tk_query *q;
    struct tk_query_run *r;
    struct tk_err err = {0};
    if (tk_query_parse(&q, (tk_str){text, sizeof text - 1}, &err) < 0 || tk_query_run_new(&r, q, &err) < 0)
        bail_out("%s", err.text);
    struct tk_reader *reader = open_dump(dump, NULL);
    is_int(tk_query_run_read(r, reader, &err), 0, "%s: the query is answered: %s", dump, err.text);
    is_int(tk_query_run_finish(r, &err), 0, "to the end");
    is_int(t.error, 0, "%s: the stream ends well: %s", dump, t.text);
    is_int(t.rows, (int64_t)tk_query_run_rows(r), "%s: as many rows as the query has", dump);
    size_t first = tk_query_run_columns(r) - sizeof columns / sizeof *columns;
    for (size_t k = 0; k < sizeof columns / sizeof *columns; k++) {
        int64_t good = 0;
        for (int64_t row = 0; row < t.rows; row++)
            good += same_fact(&t, columns[k], row, r, first + k);
        is_int(good, t.rows, "%s: %s is what the query says", dump, columns[k]);
    }
    tk_reader_close(reader);
    tk_query_run_free(r);
    tk_query_free(q);
    drop(&t);
}

/* ---- the interface -------------------------------------------------------------------------------------------------
 */

static void schema(void)
{
    struct table t = read_table(JAEGER, &(struct tk_arrow_opts){.facts = true});
    struct ArrowSchema *map = t.schema.children[column_of(&t, "span_attributes")];
    is_str(t.schema.format, "+s", "a batch is a struct");
    is_int(t.schema.n_children, 32, "of 32 columns with facts");
    is_str(t.schema.children[0]->format, "tsn:UTC", "times are of UTC");
    is_int(t.schema.children[0]->flags, ARROW_FLAG_NULLABLE, "and may be missing");
    is_str(map->format, "+m", "attributes are a map");
    is_str(map->children[0]->children[0]->name, "key", "of keys");
    is_int(map->children[0]->children[0]->flags, 0, "which are there");
    drop(&t);
    t = read_table(JAEGER, NULL);
    is_int(t.schema.n_children, 24, "24 without");
    drop(&t);
}

/* A consumer may take a column out of a batch, and release the rest first. */
static void moved(void)
{
    struct table t = read_table(JAEGER, NULL);
    struct ArrowArray *from = t.batch[0].children[column_of(&t, "name")], name = *from;
    from->release = NULL;
    tk_str before = text_of((struct value){&name, 0});
    drop(&t);
    ok(before.n && same(text_of((struct value){&name, 0}), before), "a column that was moved outlives its batch");
    name.release(&name);
    ok(!name.release, "and is released by whoever has it");
}

static void count_end(void *ctx, const struct tk_reader *reader, const struct tk_notes *notes)
{
    uint64_t *seen = ctx;
    seen[0]++;
    seen[1] = tk_reader_stats(reader)->spans;
    seen[2] = tk_notes_get(notes, TK_NOTE_DUPLICATE_TAG);
}

static const char span[] = "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"traceId\":"
                           "\"0af7651916cd43dd8448eb211c80319c\",\"spanId\":\"86739281b3ae4141\",\"name\":\"\","
                           "\"attributes\":[{\"key\":\"k\",\"value\":{\"intValue\":\"1\"}},"
                           "{\"key\":\"none\",\"value\":{}},"
                           "{\"key\":\"list\",\"value\":{\"arrayValue\":{\"values\":[{\"boolValue\":true}]}}},"
                           "{\"key\":\"nan\",\"value\":{\"doubleValue\":\"NaN\"}},"
                           "{\"key\":\"k\",\"value\":{\"doubleValue\":2.5}}]}]}]}]}\n";

static struct table of_text(const char *text, const struct tk_arrow_opts *opts, unsigned needs)
{
    struct ArrowArrayStream stream;
    struct tk_reader *reader;
    struct tk_err err = {0};
    struct tk_read_opts read = {.needs = needs};
    if (tk_reader_open_memory(&reader, text, strlen(text), "text", &read, &err) < 0 ||
        tk_arrow_stream(&stream, reader, opts, &err) < 0)
        bail_out("%s", err.text);
    return consume(&stream);
}

static void values(void)
{
    uint64_t seen[3] = {0};
    struct tk_arrow_opts opts = {.facts = true, .at_end = count_end, .at_end_ctx = seen};
    struct table t = of_text(span, &opts, 0);
    struct value map = value_at(&t, "span_attributes", 0);
    bool found;
    is_int(t.rows, 1, "one span");
    ok(is_null(value_at(&t, "start_time_unix_nano", 0)), "a start that is not set is null");
    ok(is_null(value_at(&t, "duration_time_unix_nano", 0)), "so is its duration");
    ok(is_null(value_at(&t, "self_time_ns", 0)), "and its self time");
    ok(is_null(value_at(&t, "parent_span_id", 0)), "a root has no parent");
    ok(!is_null(value_at(&t, "name", 0)), "an empty name is a name");
    ok(same(entry_of(map, (tk_str){"k", 1}, &found), (tk_str){"2.5", 3}), "of equal keys the last one");
    ok(same(entry_of(map, (tk_str){"list", 4}, &found), (tk_str){"[true]", 6}), "a list is JSON");
    ok(same(entry_of(map, (tk_str){"nan", 3}, &found), (tk_str){"NaN", 3}), "what is no number has no quotes");
    ok(entry_of(map, (tk_str){"none", 4}, &found).n == 0 && found, "no value is null");
    is_uint(seen[0], 1, "the end is told once");
    is_uint(seen[1], 1, "with what was read");
    is_uint(seen[2], 1, "and what was replaced");
    drop(&t);
}

static void faults(bool facts)
{
    static char cut[4 * sizeof span];
    snprintf(cut, sizeof cut, "%s%s%.*s", span, span, (int)sizeof span / 2, span);
    struct table t = of_text(cut, &(struct tk_arrow_opts){.facts = facts, .rows_max = 1}, 0);
    is_int(t.rows, 2, "what stands before a fault is given");
    is_int(t.error, EIO, "then the fault");
    ok(strncmp(t.text, "text: ", 6) == 0, "with its place: %s", t.text);
    drop(&t);
    t = of_text(span, &(struct tk_arrow_opts){.facts = facts}, TK_NEED_NAME);
    is_int(t.error, EINVAL, "a reader that leaves fields out is refused");
    ok(strstr(t.text, "all of them") != NULL, "with the reason: %s", t.text);
    drop(&t);
}

int main(void)
{
    same_spans(JAEGER, 0);
    same_spans(SHOP, 7);
    same_spans("testdata/sdk/node-otlp.json", 1);
    same_facts(JAEGER);
    same_facts(SHOP);
    schema();
    moved();
    values();
    faults(false);
    faults(true);
    return done_testing();
}
