#include "model/logdoc.h"

#include <stdlib.h>

#include "base/json.h"

struct giver {
    int (*each)(void *ctx, tk_str line);
    void *ctx;
    int rc; /* what each answered, or TK_ENOMEM */
};

/* Takes the line, which may be NULL. */
static void give(struct giver *g, json_t *line)
{
    char *text = line ? json_dumps(line, JSON_COMPACT) : NULL;
    json_decref(line);
    if (!text)
        g->rc = TK_ENOMEM;
    else if (g->rc >= 0)
        g->rc = g->each(g->ctx, tki_str(text));
    free(text);
}

static void copy(json_t *to, const char *name, json_t *value)
{
    if (value && to)
        json_object_set(to, name, value);
}

/* ---- Loki: {"data":{"resultType":"streams","result":[{"stream":{},"values":[["NS","LINE",{}]]}]}} ---- */

static void loki_value(struct giver *g, json_t *labels, json_t *value)
{
    json_t *line = json_is_object(labels) ? json_copy(labels) : json_object(), *more = json_array_get(value, 2);
    if (json_is_object(more))
        json_object_update(line, more);
    /* Structured metadata, or in answers of later versions below its name. */
    json_t *metadata = json_object_get(more, "structuredMetadata");
    if (json_is_object(metadata))
        json_object_update(line, metadata);
    copy(line, "time", json_array_get(value, 0));
    copy(line, "message", json_array_get(value, 1));
    give(g, line);
}

static bool read_loki(struct giver *g, json_t *doc)
{
    json_t *data = json_object_get(doc, "data"), *result = json_object_get(data ? data : doc, "result"), *stream,
           *value;
    const char *type = json_string_value(json_object_get(data ? data : doc, "resultType"));
    size_t i, k;
    if (!type || strcmp(type, "streams") != 0 || !json_is_array(result))
        return false;
    json_array_foreach(result, i, stream)
        json_array_foreach(json_object_get(stream, "values"), k, value) if (g->rc >= 0)
            loki_value(g, json_object_get(stream, "stream"), value);
    return true;
}

/* ---- CloudWatch: {"events":[{"timestamp":MS,"message":"LINE"}]}, {"logEvents":[...]}; and of its Insights
 * {"results":[[{"field":"@message","value":"LINE"},...]]} ---- */

static bool read_events(struct giver *g, json_t *doc)
{
    json_t *events = json_object_get(doc, "events"), *event;
    size_t i;
    events = events ? events : json_object_get(doc, "logEvents");
    event = json_array_get(events, 0);
    if (!json_is_string(json_object_get(event, "message")) || !json_object_get(event, "timestamp"))
        return false;
    json_array_foreach(events, i, event) if (g->rc >= 0) give(g, json_incref(event));
    return true;
}

static bool read_insights(struct giver *g, json_t *doc)
{
    json_t *rows = json_object_get(doc, "results"), *row, *cell, *first = json_array_get(json_array_get(rows, 0), 0);
    size_t i, k;
    if (!json_is_string(json_object_get(first, "field")))
        return false;
    json_array_foreach(rows, i, row)
    {
        json_t *line = json_object();
        json_array_foreach(row, k, cell)
        {
            const char *field = json_string_value(json_object_get(cell, "field"));
            if (field)
                copy(line, strcmp(field, "@message") == 0 ? "message" : field, json_object_get(cell, "value"));
        }
        if (g->rc >= 0)
            give(g, line);
        else
            json_decref(line);
    }
    return true;
}

/* ---- OTLP: {"resourceLogs":[{"resource":{},"scopeLogs":[{"logRecords":[{}]}]}]} ---- */

static void otlp_record(struct giver *g, json_t *record)
{
    json_t *line = json_object(), *body = json_object_get(record, "body"),
           *time = json_object_get(record, "timeUnixNano");
    const char *ns = json_string_value(time), *severity = json_string_value(json_object_get(record, "severityText"));
    json_int_t number = json_integer_value(json_object_get(record, "severityNumber"));
    static const char *const names[] = {"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"};
    json_t *text = json_object_get(body, "stringValue");
    bool unset = !time || (ns && strcmp(ns, "0") == 0) || json_integer_value(time) == 0;
    copy(line, "time", unset && (!ns || strcmp(ns, "0") == 0) ? json_object_get(record, "observedTimeUnixNano") : time);
    copy(line, "trace_id", json_object_get(record, "traceId"));
    copy(line, "span_id", json_object_get(record, "spanId"));
    if (severity && *severity)
        copy(line, "level", json_object_get(record, "severityText"));
    else if (number >= 1 && number <= 24 && line)
        json_object_set_new(line, "level", json_string(names[(number - 1) / 4]));
    if (!text && body) { /* a value of another kind is shown as it stands */
        char *shown = json_dumps(body, JSON_COMPACT | JSON_ENCODE_ANY);
        if (shown && line)
            json_object_set_new(line, "message", json_string(shown));
        free(shown);
    }
    copy(line, "message", text);
    give(g, line);
}

static bool read_otlp(struct giver *g, json_t *doc)
{
    json_t *all = json_object_get(doc, "resourceLogs"), *resource, *scope, *record;
    size_t i, k, n;
    if (!json_is_array(all))
        return false;
    json_array_foreach(all, i, resource) json_array_foreach(json_object_get(resource, "scopeLogs"), k, scope)
        json_array_foreach(json_object_get(scope, "logRecords"), n, record) if (g->rc >= 0) otlp_record(g, record);
    return true;
}

int tki_log_document(tk_str text, int (*each)(void *ctx, tk_str line), void *ctx)
{
    static const char *const signs[] = {"\"streams\"", "\"events\"", "\"logEvents\"", "\"results\"",
                                        "\"resourceLogs\""};
    bool may = false;
    for (size_t i = 0; text.n && text.p[0] == '{' && i < sizeof signs / sizeof *signs; i++)
        may = may || memmem(text.p, text.n, signs[i], strlen(signs[i]));
    if (!may)
        return 0;
    struct giver g = {each, ctx, 0};
    json_error_t why;
    json_t *doc = json_loadb(text.p, text.n, JSON_ALLOW_NUL, &why);
    bool is = json_is_object(doc) &&
              (read_loki(&g, doc) || read_events(&g, doc) || read_insights(&g, doc) || read_otlp(&g, doc));
    json_decref(doc);
    return !is ? 0 : g.rc < 0 ? g.rc : 1;
}
