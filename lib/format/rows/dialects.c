/* What columns are called, and what they mean: one table a dialect.  A new store is a table here. */
#include "format/rows/rows.h"

#define F(name, field)                         \
    {                                          \
        name, TKI_F_##field, TKI_AS_SEEN, NULL \
    }
#define AS(name, field, how)                    \
    {                                           \
        name, TKI_F_##field, TKI_AS_##how, NULL \
    }
#define ATTR(name, key)                    \
    {                                      \
        name, TKI_F_ATTR, TKI_AS_SEEN, key \
    }
#define RESOURCE(name, key)                         \
    {                                               \
        name, TKI_F_RESOURCE_ATTR, TKI_AS_SEEN, key \
    }
#define CODE(name)                                                 \
    {                                                              \
        name, TKI_F_ATTR, TKI_AS_CODE, "http.response.status_code" \
    }
#define DETAIL(name)                                                  \
    {                                                                 \
        name, TKI_F_KIND_DETAIL, TKI_AS_SEEN, "azure.dependency.type" \
    }
#define DERIVED(name)                          \
    {                                          \
        name, TKI_F_DERIVED, TKI_AS_SEEN, NULL \
    }
#define END              \
    {                    \
        NULL, 0, 0, NULL \
    }

/* ---- events and links, of all dialects ---- */

const struct tki_row_column tki_event_columns[] = {
    F("name", NAME),
    F("Name", NAME),
    F("event_name", NAME),
    F("annotation.description.value", NAME),
    F("timeUnixNano", START),
    F("time_unix_nano", START),
    F("timestamp", START),
    F("Timestamp", START),
    F("time", START),
    F("@timestamp", START),
    F("event_timestamp_nanos", START),
    F("event_timestamp_unix_nano", START),
    F("element1", START), /* of DuckDB's structs without names, in Parquet */
    F("element2", NAME),
    F("element3", ATTRS),
    F("attributes", ATTRS),
    F("Attributes", ATTRS),
    F("event_attributes", ATTRS),
    F("attributeMap", ATTRS),
    F("annotation.attributes.attributeMap", ATTRS),
    F("droppedAttributesCount", DROPPED_ATTRS),
    F("dropped_attributes_count", DROPPED_ATTRS),
    F("annotation.attributes.droppedAttributesCount", DROPPED_ATTRS),
    END,
};

const struct tki_row_column tki_link_columns[] = {
    F("traceId", TRACE),
    F("trace_id", TRACE),
    F("TraceId", TRACE),
    F("operation_Id", TRACE),
    F("context.trace_id", TRACE),
    F("link_trace_id", TRACE),
    F("spanId", SPAN),
    F("span_id", SPAN),
    F("SpanId", SPAN),
    F("id", SPAN),
    F("context.span_id", SPAN),
    F("link_span_id", SPAN),
    F("traceState", STATE),
    F("trace_state", STATE),
    F("TraceState", STATE),
    F("context.trace_state", STATE),
    F("link_trace_state", STATE),
    F("attributes", ATTRS),
    F("Attributes", ATTRS),
    F("attributes.attributeMap", ATTRS),
    F("link_attributes", ATTRS),
    F("flags", FLAGS),
    F("droppedAttributesCount", DROPPED_ATTRS),
    F("dropped_attributes_count", DROPPED_ATTRS),
    END,
};

/* ---- stores ---- */

/* What OTLP's JSON calls the members of a span, and the parts of a status. */
#define CAMEL                                                                                                   \
    F("traceId", TRACE), F("spanId", SPAN), F("parentSpanId", PARENT), F("traceState", STATE), F("name", NAME), \
        F("kind", KIND), F("status.code", STATUS), F("status.message", MESSAGE), F("events", EVENTS),           \
        F("links", LINKS), F("attributes", ATTRS), F("droppedAttributesCount", DROPPED_ATTRS),                  \
        F("droppedEventsCount", DROPPED_EVENTS), F("droppedLinksCount", DROPPED_LINKS)
#define CAMEL_SCOPE                                                                               \
    F("instrumentationScope.name", SCOPE_NAME), F("instrumentationScope.version", SCOPE_VERSION), \
        F("instrumentationScope.attributes", SCOPE_ATTRS), F("instrumentationScope.schemaUrl", SCOPE_SCHEMA)

/* The table otel_traces of the collector's ClickHouse exporter, in its order: rows without names go by it. */
static const struct tki_row_column clickhouse[] = {
    F("Timestamp", START),
    F("TraceId", TRACE),
    F("SpanId", SPAN),
    F("ParentSpanId", PARENT),
    F("TraceState", STATE),
    F("SpanName", NAME),
    F("SpanKind", KIND),
    F("ServiceName", SERVICE),
    AS("ResourceAttributes", RESOURCE, NESTED),
    F("ResourceAttributesKeys", RESOURCE_KEYS),
    F("ScopeName", SCOPE_NAME),
    F("ScopeVersion", SCOPE_VERSION),
    AS("SpanAttributes", ATTRS, NESTED),
    F("SpanAttributesKeys", ATTR_KEYS),
    AS("Duration", DURATION, NS),
    F("StatusCode", STATUS),
    F("StatusMessage", MESSAGE),
    F("Events.Timestamp", EVENT_TIME),
    F("Events.Name", EVENT_NAME),
    F("Events.Attributes", EVENT_ATTRS),
    F("Links.TraceId", LINK_TRACE),
    F("Links.SpanId", LINK_SPAN),
    F("Links.TraceState", LINK_STATE),
    F("Links.Attributes", LINK_ATTRS),
    F("Events", EVENTS),
    F("Links", LINKS),
    DERIVED("TimestampTime"),
    DERIVED("TimestampDate"),
    END,
};

/* ClickHouse's own spans, system.opentelemetry_span_log. */
static const struct tki_row_column span_log[] = {
    F("trace_id", TRACE),
    AS("span_id", SPAN, DECIMAL),
    AS("parent_span_id", PARENT, DECIMAL),
    F("operation_name", NAME),
    F("kind", KIND),
    AS("start_time_us", START, US),
    AS("finish_time_us", END, US),
    F("attribute", ATTRS),
    RESOURCE("hostname", "host.name"),
    DERIVED("finish_date"),
    END,
};

/* What tracekit writes as rows and as a table, and what databases make of OpenTelemetry's names: DuckDB, Vector,
 * Quickwit, Observability Analytics, Phoenix' OTLP. */
static const struct tki_row_column snake[] = {
    F("trace_id", TRACE),
    F("span_id", SPAN),
    F("parent_span_id", PARENT),
    F("service", SERVICE),
    F("name", NAME),
    F("kind", KIND),
    F("start_time_unix_nano", START),
    F("end_time_unix_nano", END),
    AS("duration_ns", DURATION, NS),
    F("status", STATUS),
    F("status_message", MESSAGE),
    F("trace_state", STATE),
    F("flags", FLAGS),
    F("scope_name", SCOPE_NAME),
    F("scope_version", SCOPE_VERSION),
    F("attributes", ATTRS),
    F("resource", RESOURCE),
    F("events", EVENTS),
    F("links", LINKS),
    /* of others */
    F("parent_id", PARENT),
    F("span_name", NAME),
    F("operation_name", NAME),
    F("span_kind", KIND),
    F("span_start_timestamp_nanos", START),
    F("span_end_timestamp_nanos", END),
    F("start_time", START),
    F("timestamp", START),
    F("end_time", END),
    AS("start_ns", START, NS),
    AS("end_ns", END, NS),
    AS("duration_nano", DURATION, NS),
    AS("duration_nanos", DURATION, NS),
    AS("duration_us", DURATION, US),
    AS("duration_ms", DURATION, MS),
    AS("span_duration_millis", DURATION, MS),
    F("service_name", SERVICE),
    F("status.code", STATUS),
    F("status.message", MESSAGE),
    F("status_code", STATUS),
    F("span_status.code", STATUS),
    F("span_status.message", MESSAGE),
    F("scope", SCOPE_NAME),
    F("scope_attributes", SCOPE_ATTRS),
    F("span_attributes", ATTRS),
    F("resource_attributes", RESOURCE),
    F("resource.attributes", RESOURCE),
    F("resources", RESOURCE),
    F("span_dropped_attributes_count", DROPPED_ATTRS),
    F("span_dropped_events_count", DROPPED_EVENTS),
    F("span_dropped_links_count", DROPPED_LINKS),
    F("dropped_attributes_count", DROPPED_ATTRS),
    F("dropped_events_count", DROPPED_EVENTS),
    F("dropped_links_count", DROPPED_LINKS),
    F("resource_dropped_attributes_count", RESOURCE_DROPPED),
    DERIVED("file"), /* that tracekit read the row from */
    DERIVED("start"),
    DERIVED("is_root"),
    DERIVED("span_fingerprint"),
    END,
};

/* The log group aws/spans of CloudWatch's Transaction Search. */
static const struct tki_row_column aws_spans[] = {
    F("resource.attributes", RESOURCE),
    F("scope.name", SCOPE_NAME),
    F("scope.version", SCOPE_VERSION),
    F("scope.attributes", SCOPE_ATTRS),
    CAMEL,
    F("flags", FLAGS),
    F("startTimeUnixNano", START),
    F("endTimeUnixNano", END),
    AS("durationNano", DURATION, NS),
    F("schemaUrl", SCOPE_SCHEMA),
    END,
};

/* OpenSearch: otel-v1-apm-span of Data Prepper, with names flat and @ for dots, or as objects. */
static const struct tki_row_column data_prepper[] = {
    CAMEL,
    F("startTime", START),
    F("endTime", END),
    AS("durationInNanos", DURATION, NS),
    F("serviceName", SERVICE),
    F("resource.attributes", RESOURCE),
    CAMEL_SCOPE,
    F("instrumentationLibrary.name", SCOPE_NAME),
    F("instrumentationLibrary.version", SCOPE_VERSION),
    F("resource.schemaUrl", RESOURCE_SCHEMA),
    AS("span.attributes.*", ATTR, AT),
    AS("resource.attributes.*", RESOURCE_ATTR, AT),
    DERIVED("traceGroup"),
    DERIVED("traceGroupFields"),
    DERIVED("traceGroupFields.*"),
    DERIVED("@timestamp"),
    DERIVED("time"),
    END,
};

/* OpenSearch: the Simple Schema for Observability, ss4o_traces-*, of the collector's exporter, after its source. */
static const struct tki_row_column ss4o[] = {
    CAMEL, F("startTime", START), F("endTime", END), F("resource", RESOURCE), CAMEL_SCOPE, DERIVED("@timestamp"), END,
};

/* Elasticsearch: traces-*.otel-* of the collector's exporter.  Events are documents of another index. */
static const struct tki_row_column elastic[] = {
    F("@timestamp", START),
    F("trace_id", TRACE),
    F("span_id", SPAN),
    F("trace_state", STATE),
    F("parent_span_id", PARENT),
    F("name", NAME),
    F("kind", KIND),
    AS("duration", DURATION, NS),
    F("attributes", ATTRS),
    F("dropped_attributes_count", DROPPED_ATTRS),
    F("dropped_events_count", DROPPED_EVENTS),
    F("links", LINKS),
    F("dropped_links_count", DROPPED_LINKS),
    F("status.code", STATUS),
    F("status.message", MESSAGE),
    F("resource.attributes", RESOURCE),
    F("resource.schema_url", RESOURCE_SCHEMA),
    F("resource.dropped_attributes_count", RESOURCE_DROPPED),
    F("scope.name", SCOPE_NAME),
    F("scope.version", SCOPE_VERSION),
    F("scope.attributes", SCOPE_ATTRS),
    F("scope.schema_url", SCOPE_SCHEMA),
    DERIVED("data_stream"),
    DERIVED("data_stream.*"),
    END,
};

/* Grafana's frames of traces, from the panel's inspector: times in milliseconds. */
static const struct tki_row_column grafana[] = {
    F("traceID", TRACE),
    F("spanID", SPAN),
    F("parentSpanID", PARENT),
    F("operationName", NAME),
    F("serviceName", SERVICE),
    F("kind", KIND),
    F("statusCode", STATUS),
    F("statusMessage", MESSAGE),
    F("instrumentationLibraryName", SCOPE_NAME),
    F("instrumentationLibraryVersion", SCOPE_VERSION),
    F("traceState", STATE),
    F("serviceTags", RESOURCE),
    AS("startTime", START, MS),
    AS("duration", DURATION, MS),
    F("tags", ATTRS),
    END,
};

/* ---- clouds ---- */

static const struct tki_row_column google_v2[] = {
    AS("name", TRACE, PATH),
    F("spanId", SPAN),
    F("parentSpanId", PARENT),
    F("displayName.value", NAME),
    F("startTime", START),
    F("endTime", END),
    AS("attributes.attributeMap", ATTRS, WRAPPED),
    F("attributes.droppedAttributesCount", DROPPED_ATTRS),
    F("timeEvents.timeEvent", EVENTS),
    F("timeEvents.droppedAnnotationsCount", DROPPED_EVENTS),
    F("links.link", LINKS),
    F("links.droppedLinksCount", DROPPED_LINKS),
    AS("status", STATUS, RPC),
    F("spanKind", KIND),
    ATTR("sameProcessAsParentSpan", "g.co/same_process_as_parent_span"),
    DERIVED("childSpanCount"),
    END,
};

static const struct tki_row_column google_v1[] = {
    F("^traceId", TRACE),
    RESOURCE("^projectId", "gcp.project_id"),
    DERIVED("^spans"),
    AS("spanId", SPAN, DECIMAL),
    AS("parentSpanId", PARENT, DECIMAL),
    F("name", NAME),
    F("kind", KIND),
    F("startTime", START),
    F("endTime", END),
    F("labels", ATTRS),
    END,
};

/* Application Insights: what its SDKs send, */
static const struct tki_row_column azure[] = {
    F("tags.ai.operation.id", TRACE),
    F("data.baseData.id", SPAN),
    F("tags.ai.operation.parentId", PARENT),
    F("data.baseData.name", NAME),
    F("time", START),
    F("data.baseData.duration", DURATION),
    F("data.baseType", KIND),
    DETAIL("data.baseData.type"),
    F("data.baseData.success", SUCCESS),
    F("data.baseData.properties._MS.links", LINKS),
    F("tags.ai.cloud.role", SERVICE),
    CODE("data.baseData.resultCode"),
    CODE("data.baseData.responseCode"),
    ATTR("data.baseData.url", "url.full"),
    ATTR("data.baseData.data", "azure.dependency.data"),
    ATTR("data.baseData.target", "azure.dependency.target"),
    ATTR("data.baseData.source", "azure.request.source"),
    F("data.baseData.properties.*", ATTR),
    RESOURCE("tags.ai.cloud.roleInstance", "service.instance.id"),
    RESOURCE("tags.ai.application.ver", "service.version"),
    DERIVED("data.baseData.ver"),
    DERIVED("name"),
    DERIVED("iKey"),
    DERIVED("ver"),
    DERIVED("tags.ai.operation.name"),
    END,
};

/* the rows of a workspace, */
static const struct tki_row_column azure_rows[] = {
    F("OperationId", TRACE),
    F("Id", SPAN),
    F("ParentId", PARENT),
    F("Name", NAME),
    F("TimeGenerated", START),
    AS("DurationMs", DURATION, MS),
    F("Type", KIND),
    DETAIL("DependencyType"),
    F("Success", SUCCESS),
    F("AppRoleName", SERVICE),
    CODE("ResultCode"),
    ATTR("Url", "url.full"),
    ATTR("Data", "azure.dependency.data"),
    ATTR("Target", "azure.dependency.target"),
    ATTR("Source", "azure.request.source"),
    F("Properties", ATTRS),
    RESOURCE("AppRoleInstance", "service.instance.id"),
    RESOURCE("AppVersion", "service.version"),
    DERIVED("OperationName"),
    DERIVED("TenantId"),
    DERIVED("SourceSystem"),
    DERIVED("_ResourceId"),
    DERIVED("_SubscriptionId"),
    DERIVED("_BilledSize"),
    DERIVED("_IsBillable"),
    END,
};

/* and of the classic tables. */
static const struct tki_row_column azure_classic[] = {
    F("operation_Id", TRACE),
    F("id", SPAN),
    F("operation_ParentId", PARENT),
    F("name", NAME),
    F("timestamp", START),
    AS("duration", DURATION, MS),
    F("itemType", KIND),
    DETAIL("type"),
    F("success", SUCCESS),
    F("cloud_RoleName", SERVICE),
    CODE("resultCode"),
    ATTR("url", "url.full"),
    ATTR("data", "azure.dependency.data"),
    ATTR("target", "azure.dependency.target"),
    ATTR("source", "azure.request.source"),
    F("customDimensions", ATTRS),
    RESOURCE("cloud_RoleInstance", "service.instance.id"),
    RESOURCE("application_Version", "service.version"),
    DERIVED("operation_Name"),
    DERIVED("itemId"),
    DERIVED("itemCount"),
    DERIVED("iKey"),
    DERIVED("appId"),
    DERIVED("appName"),
    END,
};

/* ---- tools around language models ---- */

/* Phoenix' spans, in an answer of its API or one a line.  Their kind is OpenInference's. */
static const struct tki_row_column phoenix[] = {
    F("context.trace_id", TRACE),
    F("context.span_id", SPAN),
    F("parent_id", PARENT),
    F("name", NAME),
    ATTR("span_kind", "openinference.span.kind"),
    F("start_time", START),
    F("end_time", END),
    F("status_code", STATUS),
    F("status_message", MESSAGE),
    F("attributes", ATTRS),
    F("events", EVENTS),
    DERIVED("id"),
    END,
};

/* MLflow 3: Trace.to_json. */
static const struct tki_row_column mlflow[] = {
    DERIVED("^data"),
    F("trace_id", TRACE),
    F("span_id", SPAN),
    F("parent_span_id", PARENT),
    F("name", NAME),
    F("start_time_unix_nano", START),
    F("end_time_unix_nano", END),
    F("status.code", STATUS),
    F("status.message", MESSAGE),
    AS("attributes", ATTRS, TEXTS),
    F("events", EVENTS),
    F("links", LINKS),
    END,
};

/* The first that fits is taken. */
const struct tki_dialect tki_dialects[] = {
    {.name = "clickhouse", .signs = {"TraceId", "SpanId", "SpanName", "Timestamp"}, .columns = clickhouse},
    {.name = "clickhouse-span-log",
     .signs = {"trace_id", "span_id", "operation_name", "start_time_us", "finish_time_us"},
     .columns = span_log},
    {.name = "google-cloud-trace-v1",
     .signs = {"traceId", "spans", "projectId"},
     .list = "spans",
     .columns = google_v1},
    {.name = "google-cloud-trace",
     .signs = {"spanId", "displayName{", "startTime"},
     .columns = google_v2,
     .service_attr = true},
    {.name = "aws-spans",
     .signs = {"traceId", "spanId", "attributes{", "startTimeUnixNano|durationNano", "name"},
     .columns = aws_spans},
    {.name = "data-prepper", .signs = {"traceId", "spanId", "startTime", "durationInNanos"}, .columns = data_prepper},
    {.name = "ss4o", .signs = {"traceId", "spanId", "startTime", "endTime", "instrumentationScope{"}, .columns = ss4o},
    {.name = "elastic-otel",
     .signs = {"trace_id", "span_id", "@timestamp", "duration", "data_stream|data_stream.type|resource"},
     .columns = elastic},
    {.name = "grafana",
     .signs = {"traceID", "spanID", "parentSpanID", "operationName", "serviceName", "startTime"},
     .columns = grafana},
    {.name = "azure", .signs = {"iKey", "tags{", "data{", "time"}, .columns = azure},
    {.name = "azure-rows", .signs = {"OperationId", "Id", "DurationMs", "TimeGenerated"}, .columns = azure_rows},
    {.name = "azure-classic",
     .signs = {"operation_Id", "id", "duration", "timestamp", "name"},
     .columns = azure_classic},
    {.name = "mlflow", .signs = {"info{", "data{"}, .list = "data.spans", .columns = mlflow},
    {.name = "phoenix", .signs = {"context{", "span_kind", "status_code", "start_time"}, .columns = phoenix},
    {.name = "otlp-spans", /* of an answer: Phoenix' spans as OTLP */
     .signs = {"trace_id", "span_id", "name", "start_time_unix_nano", "attributes["},
     .columns = snake,
     .inside = true},
    {.name = "rows",
     .signs = {"trace_id", "span_id", "name|span_name|operation_name",
               "start_time_unix_nano|start_time|span_start_timestamp_nanos|start_ns|timestamp",
               "end_time_unix_nano|end_time|span_end_timestamp_nanos|end_ns|duration_ns|duration_nano|duration_nanos|"
               "duration_us|duration_ms|span_duration_millis",
               "!attributes["},
     .columns = snake},
    {0},
};
