/* Folded stacks of both sides, for flame graphs of the difference: "a;b;c 120 340". */
#include <math.h>
#include <stdlib.h>

#include "tracediff.h"

/* Appends s without what would end a line or a frame. */
static void put_clean(struct tki_buf *to, tk_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        tki_buf_putc(to, c == ';' ? ',' : c < 0x20 || c == 0x7f ? ' ' : (char)c);
    }
}

static void put_frame(struct tki_buf *to, const struct tki_key *k)
{
    if (k->service.n) {
        put_clean(to, k->service);
        tki_buf_lit(to, ": ");
    }
    put_clean(to, k->name.n ? k->name : TKI_STR("(no name)"));
}

/* All frames of a path, however deep. */
static void put_frames(struct tki_buf *to, const struct tki_profile *p, uint32_t path)
{
    if (path < TKI_PATH_FIRST) {
        tki_buf_str(to, path == TKI_PATH_OTHER ? TKI_STR("(other paths)") : TKI_STR("(between roots)"));
        return;
    }
    uint32_t depth = p->paths.path[path].depth, *keys = malloc(depth * sizeof *keys);
    if (!keys) {
        to->err = TK_ENOMEM;
        return;
    }
    tki_path_keys(&p->paths, path, keys, depth);
    for (uint32_t i = 0; i < depth; i++) {
        if (i)
            tki_buf_putc(to, ';');
        put_frame(to, &p->keys.key[keys[i]]);
    }
    free(keys);
}

struct by_name {
    const struct tki_profile *p;
    const struct tki_path_diff *path;
};

static int cmp_name(const void *pa, const void *pb, void *ctx)
{
    const struct by_name *c = ctx;
    return tki_path_cmp(&c->p->paths, &c->p->keys, c->path[*(const size_t *)pa].path,
                        c->path[*(const size_t *)pb].path);
}

void td_folded(struct tki_buf *to, const struct td_answer *a)
{
    const struct tki_comparison *c = &a->c;
    int metric = a->request->folded == TD_FOLDED_SELF ? TKI_SELF : TKI_CPATH;
    size_t *order = malloc((c->npaths + 1) * sizeof *order);
    if (!order) {
        to->err = TK_ENOMEM;
        return;
    }
    for (size_t i = 0; i < c->npaths; i++)
        order[i] = i;
    qsort_r(order, c->npaths, sizeof *order, cmp_name, &(struct by_name){&a->profile, c->path});
    for (size_t i = 0; i < c->npaths; i++) {
        const struct tki_path_diff *d = &c->path[order[i]];
        long long x = llround(d->ns[metric][0]), y = llround(d->ns[metric][1]);
        if (x == 0 && y == 0)
            continue;
        put_frames(to, &a->profile, d->path);
        tki_buf_printf(to, " %lld %lld\n", x, y);
    }
    free(order);
}
