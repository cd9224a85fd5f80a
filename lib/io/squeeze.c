#include "io/squeeze.h"

#include <stdlib.h>
#include <zstd.h>

enum { OUT = 1 << 16 };

struct tki_squeeze {
    ZSTD_CCtx *zstd; /* NULL: at rest */
    int level;
    uint64_t taken, given, flushed;
    char out[OUT]; /* overwritten: only its length counts */
};

static int wake(struct tki_squeeze *s)
{
    if (s->zstd)
        return 0;
    s->zstd = ZSTD_createCCtx();
    if (s->zstd && !ZSTD_isError(ZSTD_CCtx_setParameter(s->zstd, ZSTD_c_compressionLevel, s->level)))
        return 0;
    tki_squeeze_rest(s);
    return TK_ENOMEM;
}

int tki_squeeze_open(struct tki_squeeze **out, int level)
{
    struct tki_squeeze *s = *out = calloc(1, sizeof *s);
    if (!s)
        return TK_ENOMEM;
    s->level = level;
    if (wake(s) == 0)
        return 0;
    tki_squeeze_close(s);
    *out = NULL;
    return TK_ENOMEM;
}

void tki_squeeze_rest(struct tki_squeeze *s)
{
    ZSTD_freeCCtx(s->zstd);
    s->zstd = NULL;
}

void tki_squeeze_close(struct tki_squeeze *s)
{
    if (!s)
        return;
    ZSTD_freeCCtx(s->zstd);
    free(s);
}

/* Compresses until the input is taken in, or, at the end, until nothing is left inside. */
static int run(struct tki_squeeze *s, ZSTD_inBuffer *in, ZSTD_EndDirective how)
{
    if (wake(s) < 0)
        return TK_ENOMEM;
    for (size_t left = 1; left && (how != ZSTD_e_continue || in->pos < in->size);) {
        ZSTD_outBuffer to = {s->out, OUT, 0};
        left = ZSTD_compressStream2(s->zstd, &to, in, how);
        if (ZSTD_isError(left)) /* with these parameters only memory can be short */
            return TK_ENOMEM;
        s->given += to.pos;
        left += how == ZSTD_e_continue;
    }
    return 0;
}

int tki_squeeze_put(struct tki_squeeze *s, const void *p, size_t n)
{
    ZSTD_inBuffer in = {p, n, 0};
    s->taken += n;
    return run(s, &in, ZSTD_e_continue);
}

uint64_t tki_squeeze_taken(const struct tki_squeeze *s)
{
    return s->taken;
}

int tki_squeeze_flush(struct tki_squeeze *s, uint64_t *bytes)
{
    ZSTD_inBuffer in = {"", 0, 0};
    int rc = run(s, &in, ZSTD_e_flush);
    *bytes = s->given - s->flushed;
    s->flushed = s->given;
    return rc;
}

int tki_squeeze_end(struct tki_squeeze *s, uint64_t *bytes)
{
    ZSTD_inBuffer in = {"", 0, 0};
    int rc = run(s, &in, ZSTD_e_end);
    *bytes = s->given;
    s->taken = s->given = s->flushed = 0;
    return rc;
}
