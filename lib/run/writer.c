#include "run/writer.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/err.h"
#include "format/lossless/lossless.h"
#include "io/sink.h"
#include "model/batch.h"
#include "model/complete.h"

struct tk_writer {
    const struct tki_format *format;
    struct tki_sink *sink;
    struct tki_buf buf;
    bool lossless; /* through format/lossless */
    struct tki_encode encode;
    uint32_t *all; /* 0, 1, 2 ...: for calls without rows */
    size_t nall;
    bool begun;
    struct tki_complete *complete;
    struct tk_err err;
};

int tk_writer_open(struct tk_writer **out, const char *path, const struct tk_write_opts *opts, struct tk_err *err)
{
    static const struct tk_write_opts defaults;
    *out = NULL;
    if (!opts)
        opts = &defaults;
    const struct tki_format *f = tki_target_find(opts->format ? opts->format : "json");
    if (!f || !f->put)
        return tki_err_set(err, TK_EUSAGE, "no format '%s' to write", opts->format);
    struct tk_writer *w = calloc(1, sizeof *w);
    if (!w)
        return tki_err_memory(err);
    w->format = f;
    w->lossless = opts->lossless;
    w->encode.out = &w->buf;
    w->complete = tki_complete_new();
    int r = w->complete ? tki_sink_open(&w->sink, path, opts->compress, opts->threads, err) : tki_err_memory(err);
    if (r < 0) {
        tki_complete_free(w->complete);
        free(w);
        return r;
    }
    tki_err_source(&w->err, path && strcmp(path, "-") != 0 ? path : "standard output");
    *out = w;
    return 0;
}

/* What stands before the first rows may depend on them. */
static void begin(struct tk_writer *w, bool files)
{
    if (w->begun)
        return;
    w->begun = true;
    w->encode.files = files;
    if (w->format->begin)
        w->format->begin(&w->encode);
}

/* Hands the buffer to the sink. */
static int flush(struct tk_writer *w)
{
    if (w->err.code < 0)
        return w->err.code;
    if (w->buf.err)
        return tki_err_set(&w->err, w->buf.err,
                           w->buf.err == TK_ENOMEM ? "out of memory" : "an output record is too large");
    int r = tki_sink_write(w->sink, w->buf.p, w->buf.n, &w->err);
    w->buf.n = 0;
    if (r < 0)
        w->err.code = r;
    return r;
}

/* Grows the list of all rows to n. */
static int all_rows(struct tk_writer *w, size_t n)
{
    size_t had = w->nall;
    if (TKI_GROW(w->all, w->nall, n) < 0)
        return tki_err_memory(&w->err);
    for (size_t i = had; i < w->nall; i++)
        w->all[i] = (uint32_t)i;
    return 0;
}

int tk_writer_put(struct tk_writer *w, const struct tk_batch *b, const uint32_t *rows, size_t nrows)
{
    if (w->err.code < 0)
        return w->err.code;
    if (!rows) {
        nrows = b->nspans;
        if (all_rows(w, nrows) < 0)
            return w->err.code;
        rows = w->all;
    }
    if (nrows == 0)
        return 0;
    if (tki_complete_view(w->complete, b, rows, nrows, &b, &w->err) < 0)
        return w->err.code;
    begin(w, tki_batch_file(b));
    tki_format_put(w->format, w->lossless, &w->encode, b, rows, nrows);
    w->encode.puts++;
    return flush(w);
}

int tki_writer_put_encoded(struct tk_writer *w, const struct tki_encode *e)
{
    if (w->err.code < 0)
        return w->err.code;
    const struct tki_buf *encoded = e->out;
    if (encoded->err)
        return tki_err_set(&w->err, encoded->err,
                           encoded->err == TK_ENOMEM ? "out of memory" : "an output record is too large");
    tki_notes_add(&w->encode.noted, &e->noted);
    if (encoded->n)
        begin(w, e->files);
    if (w->buf.n && flush(w) < 0) /* what begin wrote */
        return w->err.code;
    int r = tki_sink_write(w->sink, encoded->p, encoded->n, &w->err);
    if (r < 0)
        w->err.code = r;
    return r;
}

const struct tki_format *tki_writer_format(const struct tk_writer *w)
{
    return w->format;
}

void tki_writer_set_zone(struct tk_writer *w, int64_t (*east_s)(uint64_t unix_s))
{
    w->encode.east_s = east_s;
}

uint64_t tki_writer_bytes(const struct tk_writer *w)
{
    return tki_sink_bytes(w->sink);
}

const struct tk_notes *tk_writer_notes(const struct tk_writer *w)
{
    return &w->encode.noted;
}

const struct tk_err *tk_writer_err(const struct tk_writer *w)
{
    return &w->err;
}

static void free_writer(struct tk_writer *w)
{
    tki_buf_free(&w->buf);
    tki_encode_forget(&w->encode, w->format);
    free(w->all);
    tki_complete_free(w->complete);
    free(w);
}

int tk_writer_close(struct tk_writer *w, struct tk_err *err)
{
    if (!w)
        return 0;
    if (w->err.code < 0) {
        if (err)
            *err = w->err;
        int code = w->err.code;
        tk_writer_abort(w);
        return code;
    }
    begin(w, false);
    if (w->format->end)
        w->format->end(&w->encode);
    int r = flush(w);
    if (r < 0) {
        tki_sink_abort(w->sink);
    } else {
        r = tki_sink_close(w->sink, &w->err);
    }
    if (r < 0 && err) {
        *err = w->err;
        err->code = r;
    }
    free_writer(w);
    return r;
}

void tk_writer_abort(struct tk_writer *w)
{
    if (!w)
        return;
    tki_sink_abort(w->sink);
    free_writer(w);
}
