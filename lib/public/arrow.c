#include "tracekit/arrow.h"

#include <errno.h>
#include <stdlib.h>

#include "arrow/spans.h"
#include "base/err.h"
#include "tracekit/traces.h"

enum { ROWS_MAX = 65536, BYTES_MAX = 64 << 20, BYTES_EVERY = 256 };

struct stream {
    struct tk_reader *reader;
    struct tk_arrow_opts opts;
    struct tk_traces *traces; /* NULL without facts */
    struct tki_arrow_spans *columns;
    struct tki_facts facts;
    struct tk_batch *batch; /* whose rows from `row` on are to be put */
    uint32_t row;
    bool gathered, told, ended; /* all spans are in traces; at_end was called; nothing more comes */
    int fault;                  /* of the input, told behind all rows: then err is its */
    struct tk_err err;
    char text[sizeof(struct tk_err) + 64];
};

/* ---- rows -------------------------------------------------------------------------------------------------------- */

static int unusable(struct stream *s)
{
    return tki_err_set(&s->err, TK_EUSAGE, "the reader leaves fields out: columns of Arrow take all of them");
}

/* Reads everything into traces.  A fault of the input leaves what came before it. */
static int gather(struct stream *s)
{
    struct tk_batch *b;
    int r;
    while ((r = tk_reader_next(s->reader, &b)) == 1) {
        if ((b->needs & TK_NEED_ALL) != TK_NEED_ALL)
            return unusable(s);
        if ((r = tk_traces_add(s->traces, b, NULL, 0)) < 0) {
            s->err = *tk_traces_err(s->traces);
            return r;
        }
    }
    s->gathered = true;
    if ((s->fault = r) < 0)
        s->err = *tk_reader_err(s->reader);
    return 0;
}

static int next_trace(struct stream *s)
{
    int r = s->gathered ? 0 : gather(s);
    if (r < 0)
        return r;
    if ((r = tk_traces_next(s->traces, &s->batch)) < 0) {
        s->err = *tk_traces_err(s->traces);
        return r;
    }
    if (r == 0)
        return 0;
    tki_facts_begin(&s->facts, s->batch);
    int f = tki_facts_want(&s->facts, tki_arrow_spans_facts);
    return f == TK_ELIMIT ? tki_err_set(&s->err, f, "a trace has too many spans") : f < 0 ? tki_err_memory(&s->err) : 1;
}

/* The next batch with rows to put: 1, 0 at the end, or a code with s->err. */
static int next_batch(struct stream *s)
{
    int r;
    s->row = 0;
    s->batch = NULL;
    if (s->traces)
        return next_trace(s);
    if ((r = tk_reader_next(s->reader, &s->batch)) == 1)
        return (s->batch->needs & TK_NEED_ALL) == TK_NEED_ALL ? 1 : unusable(s);
    s->batch = NULL;
    if (r < 0) {
        s->fault = r;
        s->err = *tk_reader_err(s->reader);
    }
    return 0;
}

static bool full(const struct stream *s)
{
    size_t rows = tki_arrow_spans_rows(s->columns);
    return rows >= s->opts.rows_max || (rows % BYTES_EVERY == 0 && tki_arrow_spans_bytes(s->columns) >= BYTES_MAX);
}

/* Puts rows until a record batch is full, or nothing more comes. */
static int fill(struct stream *s)
{
    int r = 1;
    while (!s->ended && !full(s)) {
        if (!s->batch || s->row == s->batch->nspans) {
            if ((r = next_batch(s)) < 0)
                return r;
            s->ended = r == 0;
            continue;
        }
        if ((r = tki_arrow_spans_put(s->columns, s->batch, s->row++, s->traces ? &s->facts : NULL)) < 0)
            return r == TK_ELIMIT ? tki_err_set(&s->err, r, "a record batch holds no more than 2 GiB of one column")
                                  : tki_err_memory(&s->err);
    }
    return 0;
}

/* ---- the stream -------------------------------------------------------------------------------------------------- */

static int failed(struct stream *s, int code)
{
    s->ended = true;
    switch (code) {
    case TK_ENOMEM: return ENOMEM;
    case TK_ELIMIT: return s->fault ? EIO : EOVERFLOW;
    case TK_EUSAGE: return EINVAL;
    default: return EIO;
    }
}

static void tell_end(struct stream *s)
{
    if (s->opts.at_end && !s->told)
        s->opts.at_end(s->opts.at_end_ctx, s->reader, tki_arrow_spans_notes(s->columns));
    s->told = true;
}

static int get_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out)
{
    struct stream *s = stream->private_data;
    int r = tki_arrow_spans_schema(s->opts.facts, out);
    return r < 0 ? failed(s, tki_err_memory(&s->err)) : 0;
}

static int get_next(struct ArrowArrayStream *stream, struct ArrowArray *out)
{
    struct stream *s = stream->private_data;
    int r = fill(s);
    out->release = NULL;
    if (r < 0)
        return failed(s, r);
    if (tki_arrow_spans_rows(s->columns)) {
        r = tki_arrow_spans_take(s->columns, out);
        return r < 0 ? failed(s, tki_err_memory(&s->err)) : 0;
    }
    tell_end(s);
    return s->fault < 0 ? failed(s, s->fault) : 0;
}

static const char *get_last_error(struct ArrowArrayStream *stream)
{
    struct stream *s = stream->private_data;
    if (!s->err.code)
        return NULL;
    tk_err_format(&s->err, s->text, sizeof s->text);
    return s->text;
}

static void stream_free(struct stream *s)
{
    if (!s)
        return;
    tk_traces_close(s->traces);
    tki_arrow_spans_free(s->columns);
    tki_facts_free(&s->facts);
    tk_reader_close(s->reader);
    free(s);
}

static void release(struct ArrowArrayStream *stream)
{
    stream_free(stream->private_data);
    stream->release = NULL;
}

int tk_arrow_stream(struct ArrowArrayStream *out, struct tk_reader *reader, const struct tk_arrow_opts *opts,
                    struct tk_err *err)
{
    struct stream *s = calloc(1, sizeof *s);
    out->release = NULL;
    if (!s) {
        tk_reader_close(reader);
        return tki_err_memory(err);
    }
    s->reader = reader;
    s->opts = opts ? *opts : (struct tk_arrow_opts){0};
    s->opts.rows_max = s->opts.rows_max ? s->opts.rows_max : ROWS_MAX;
    struct tk_traces_opts traces = {.memory_max = s->opts.memory_max, .tmpdir = s->opts.tmpdir};
    int r = tki_arrow_spans_new(&s->columns, s->opts.facts);
    if (r < 0)
        r = tki_err_memory(err);
    else if (s->opts.facts)
        r = tk_traces_open(&s->traces, &traces, err);
    if (r < 0) {
        stream_free(s);
        return r;
    }
    *out = (struct ArrowArrayStream){.get_schema = get_schema,
                                     .get_next = get_next,
                                     .get_last_error = get_last_error,
                                     .release = release,
                                     .private_data = s};
    return 0;
}
