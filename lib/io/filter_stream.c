#include "io/filter_stream.h"

#include <stdlib.h>

#include "base/err.h"

enum { INPUT_BYTES = 128 * 1024 };

struct stream {
    struct tki_source source;
    const struct tki_codec *codec;
    char *input;
    size_t at, n; /* of the input */
    bool ended;   /* the input */
    bool whole;   /* nothing is missing if the input ends here */
    int fault;
    const char *what;
    uint64_t produced; /* bytes */
    max_align_t state[];
};

static int fail(const struct stream *f, struct tk_err *err)
{
    if (f->fault == TK_ENOMEM)
        return tki_err_memory(err);
    if (f->fault == TK_ETRUNCATED)
        return tki_err_at(err, TK_ETRUNCATED, f->produced, "the input ends inside %s data", f->codec->name);
    if (f->fault == TK_ELIMIT)
        return tki_err_at(err, TK_ELIMIT, f->produced, "%s: %s", f->codec->name, f->what);
    return tki_err_at(err, TK_EINVALID, f->produced, "damaged %s data: %s", f->codec->name, f->what);
}

static ptrdiff_t read_stream(struct tki_source *s, void *to, size_t cap, struct tk_err *err)
{
    struct stream *f = (struct stream *)s;
    struct tki_step io = {.out = to, .out_n = cap};
    while (io.out_n == cap && !f->fault) {
        if (f->at == f->n && !f->ended) {
            ptrdiff_t n = tki_source_read(s->up, f->input, INPUT_BYTES, err);
            if (n < 0)
                return n;
            f->at = 0;
            f->n = (size_t)n;
            f->ended = n == 0;
        }
        if (f->at == f->n && f->ended && f->whole)
            return 0;
        size_t before = f->n - f->at;
        io.in = f->input + f->at;
        io.in_n = before;
        int r = f->codec->step(f->state, &io, f->ended, &f->what);
        f->at = f->n - io.in_n;
        f->whole = r == 1;
        if (r < 0)
            f->fault = r;
        else if (f->ended && !f->whole && io.in_n == before && io.out_n == cap)
            f->fault = TK_ETRUNCATED;
    }
    size_t n = cap - io.out_n;
    f->produced += n;
    return n ? (ptrdiff_t)n : fail(f, err);
}

static void close_stream(struct tki_source *s)
{
    struct stream *f = (struct stream *)s;
    f->codec->end(f->state);
    free(f->input);
    tki_source_close(s->up);
    free(s->peeked);
    free(f);
}

int tki_stream_open(const struct tki_codec *codec, struct tki_source **out, struct tki_source *up, struct tk_err *err)
{
    struct stream *f = calloc(1, sizeof *f + codec->state_bytes);
    *out = NULL;
    if (!f || !(f->input = malloc(INPUT_BYTES)) || !codec->init(f->state)) {
        if (f)
            free(f->input);
        free(f);
        return tki_err_memory(err);
    }
    f->codec = codec;
    f->source.read = read_stream;
    f->source.close = close_stream;
    f->source.up = up;
    *out = &f->source;
    return 0;
}
