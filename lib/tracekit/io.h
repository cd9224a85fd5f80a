/* tracekit/io.h - reading and writing captured traces, batch by batch. */
#ifndef TRACEKIT_IO_H
#define TRACEKIT_IO_H

#include "tracekit/model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- formats ----------------------------------------------------------------------------------------------------- */

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
    bool proto_only;    /* with TK_NEED_RAW: spans that come as OTLP JSON will not be copied: what they hold beyond the
                         * model's fields is counted as lost */
    const tk_str *attr_keys; /* of span attributes only these are wanted, others may be left out; borrowed */
    size_t nattr_keys;       /* 0: all are wanted */
    /* NULL, or what the columns of rows are, as tracekit-formats(5) has it: "trace_id=tid,span_id=sid,start=ts:ms".
     * Then the input is JSON of rows or a table, whatever else it might be.  Copied. */
    const char *columns;
    bool rewindable; /* keep what cannot be opened twice (standard input, pipes) for tk_reader_rewind */
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
};

struct tk_reader;
/* Opens a stream over the sources in order; none, or "-", is standard input.  paths are copied. */
TK_API int tk_reader_open(struct tk_reader **r, const char *const *paths, size_t npaths,
                          const struct tk_read_opts *opts, struct tk_err *err);
/* Likewise one source that is no file with a name.  `name` stands for it in errors and in tk_reader_source; it is
 * copied, and NULL says what kind of source it is.  Its format and compression are detected as those of files are. */
/* The bytes are borrowed until close. */
TK_API int tk_reader_open_memory(struct tk_reader **r, const void *p, size_t n, const char *name,
                                 const struct tk_read_opts *opts, struct tk_err *err);
/* A file, a pipe or a socket, read from where it stands; borrowed until close, and not closed.  Of a file, close moves
 * the position behind what was read, which may be more than the spans that were handed out came from. */
TK_API int tk_reader_open_fd(struct tk_reader **r, int fd, const char *name, const struct tk_read_opts *opts,
                             struct tk_err *err);
/* Puts up to cap bytes at `to` and returns their number, 0 at the end, or a negative enum tk_code; then *err, which is
 * all zero before, may say more in text and sys_errno.  It is not called again after 0 or a failure.  Any thread of the
 * reader may call it, never two at a time, the first one before tk_reader_open_callback returns. */
typedef ptrdiff_t tk_read_fn(void *ctx, void *to, size_t cap, struct tk_err *err);
TK_API int tk_reader_open_callback(struct tk_reader **r, tk_read_fn *read, void *ctx, const char *name,
                                   const struct tk_read_opts *opts, struct tk_err *err);
/* The next batch, borrowed until the next call.  A fault ends its own source: everything whole before it is delivered,
 * then what the other sources hold, and in the end the fault is the result, the last one of several.  When memory ended
 * everything before the batch that it ended in has been delivered. */
TK_API int tk_reader_next(struct tk_reader *r, struct tk_batch **b);
/* What opts.work returned for the batch handed out last. */
TK_API void *tk_reader_work(const struct tk_reader *r);
TK_API const struct tk_err *tk_reader_err(const struct tk_reader *r);
TK_API const struct tk_read_stats *tk_reader_stats(const struct tk_reader *r);
/* What had to be mended in the batches handed out so far; borrowed until close. */
TK_API const struct tk_notes *tk_reader_notes(const struct tk_reader *r);
/* With keep_going: the first few problems, in order. */
TK_API const struct tk_err *tk_reader_problems(const struct tk_reader *r, size_t *n);
/* Name and format of the source that the last batch came from. */
TK_API const char *tk_reader_source(const struct tk_reader *r, const char **format);
/* Starts again at the first source, with other needs, all attributes, with or without opts.work, and new statistics:
 * after the end or an error of a rewindable reader.  An error stays one, and input that changed is one (TK_EIO). */
TK_API int tk_reader_rewind(struct tk_reader *r, unsigned needs, bool work);
TK_API void tk_reader_close(struct tk_reader *r); /* NULL is fine */

/* ---- writing ----------------------------------------------------------------------------------------------------- */

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
/* What had to be changed or left out so far; borrowed until close. */
TK_API const struct tk_notes *tk_writer_notes(const struct tk_writer *w);
TK_API const struct tk_err *tk_writer_err(const struct tk_writer *w);
/* Ends the output and closes it: delayed errors appear here.  Frees w in any case; NULL is fine. */
TK_API int tk_writer_close(struct tk_writer *w, struct tk_err *err);
/* Removes what was written and frees w. */
TK_API void tk_writer_abort(struct tk_writer *w);

#ifdef __cplusplus
}
#endif
#endif
