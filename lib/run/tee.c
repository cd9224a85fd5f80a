#include <stdlib.h>

#include "base/err.h"
#include "run/feed.h"

struct tee {
    struct tki_source source;
    struct tki_spool *spool;
};

static ptrdiff_t read_tee(struct tki_source *s, void *to, size_t cap, struct tk_err *err)
{
    struct tee *t = (struct tee *)s;
    ptrdiff_t n = tki_source_read(s->up, to, cap, err);
    if (n > 0) {
        int r = tki_spool_write(t->spool, to, (size_t)n, err);
        if (r < 0)
            return r;
    }
    return n;
}

static void close_tee(struct tki_source *s)
{
    tki_source_close(s->up);
    free(s->peeked);
    free(s);
}

int tki_source_open_tee(struct tki_source **s, struct tki_source *up, struct tki_spool *spool, struct tk_err *err)
{
    struct tee *t = calloc(1, sizeof *t);
    if (!t)
        return tki_err_memory(err);
    t->source.read = read_tee;
    t->source.close = close_tee;
    t->source.up = up;
    t->spool = spool;
    *s = &t->source;
    return 0;
}
