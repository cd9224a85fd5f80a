/* tracekit/arrow.h - spans as columns, for pyarrow, polars, pandas, DuckDB and whatever else speaks Arrow.
 *
 * A stream of record batches through the Arrow C stream interface (Arrow specification, "The Arrow C data interface"
 * and "The Arrow C stream interface"): its structures are declared here, and no library of Arrow is needed.  A row is a
 * span.
 *
 *   column                    type                what it is
 *   start_time_unix_nano      timestamp[ns, UTC]  null: not known
 *   duration_time_unix_nano   int64               nanoseconds; null: not known
 *   trace_id                  utf8                32 hexadecimal digits
 *   span_id, parent_span_id   utf8                16 digits; null: none, a root has no parent
 *   trace_state               utf8
 *   service_name, service_namespace, service_instance_id   utf8, of the resource
 *   name                      utf8
 *   kind, status_code         int32               as OTLP numbers them: server is 2, an error is 2
 *   status_status_message     utf8
 *   resource_attributes       map<utf8, utf8>     values as text, lists and maps as JSON; of equal keys the last one
 *   scope_name, scope_version utf8
 *   scope_attributes, span_attributes   map<utf8, utf8>
 *   events_json, links_json   utf8                lists, as -t rows writes them
 *   dropped_attributes_count, dropped_events_count, dropped_links_count, flags   uint32
 *
 * and with tk_arrow_opts.facts, for which traces are put together first:
 *
 *   self_time_ns, critical_path_ns, dark_time_ns   int64, null: the span has no usable window, or is a copy
 *   depth                     uint32              0: a root, or a span whose parent is not there
 *   root_service_name, root_name   utf8           of the trace; null: its root is missing
 *   trace_duration_ns         int64               null: not known
 *   weight                    double              how many traces this one stands for, 1 where nothing says it
 *
 * The first names and types are those of the OpenTelemetry extension of DuckDB, but for the maps, which it has as JSON.
 * Texts that are empty are null, names of spans apart.
 */
#ifndef TRACEKIT_ARROW_H
#define TRACEKIT_ARROW_H

#include "tracekit/io.h"

#ifdef __cplusplus
extern "C" {
#endif

#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE           2
#define ARROW_FLAG_MAP_KEYS_SORTED    4

struct ArrowSchema {
    const char *format;
    const char *name;
    const char *metadata;
    int64_t flags;
    int64_t n_children;
    struct ArrowSchema **children;
    struct ArrowSchema *dictionary;
    void (*release)(struct ArrowSchema *);
    void *private_data;
};

struct ArrowArray {
    int64_t length;
    int64_t null_count;
    int64_t offset;
    int64_t n_buffers;
    int64_t n_children;
    const void **buffers;
    struct ArrowArray **children;
    struct ArrowArray *dictionary;
    void (*release)(struct ArrowArray *);
    void *private_data;
};

#endif

#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE

struct ArrowArrayStream {
    int (*get_schema)(struct ArrowArrayStream *, struct ArrowSchema *out);
    int (*get_next)(struct ArrowArrayStream *, struct ArrowArray *out);
    const char *(*get_last_error)(struct ArrowArrayStream *);
    void (*release)(struct ArrowArrayStream *);
    void *private_data;
};

#endif

struct tk_arrow_opts {  /* all zero: the columns of spans, in the order of the input */
    bool facts;         /* whole traces, and the columns that are known of them */
    uint32_t rows_max;  /* of a record batch; 0: 65536.  A batch also ends at 64 MiB */
    size_t memory_max;  /* with facts, as in tk_traces_opts */
    const char *tmpdir; /* likewise; copied */
    /* Called once, when everything has been read, before the last call of get_next returns: the place to look at
     * tk_reader_stats, tk_reader_notes and tk_reader_problems.  notes has what had to be changed for the columns. */
    void (*at_end)(void *ctx, const struct tk_reader *reader, const struct tk_notes *notes);
    void *at_end_ctx;
};

/* Makes *out a stream over what the reader still gives.  Takes the reader, which must decode every field: it is closed
 * when the stream is released, and at once when this fails.  TK_EUSAGE: the reader leaves fields out.
 *
 * get_next returns 0 or an errno: EIO for a fault of the input or of the temporary file, after all rows that came
 * before it, ENOMEM, EOVERFLOW for texts that 32-bit offsets cannot reach; get_last_error says more, as tk_err_format
 * does. The stream belongs to one thread at a time; its batches are the consumer's and outlive it. */
TK_API int tk_arrow_stream(struct ArrowArrayStream *out, struct tk_reader *reader, const struct tk_arrow_opts *opts,
                           struct tk_err *err);

#ifdef __cplusplus
}
#endif
#endif
