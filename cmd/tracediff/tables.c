/* The reports for other tools: tab-separated values, and folded stacks for flame graphs. */
#include <math.h>
#include <stdlib.h>

#include "base/num.h"
#include "tracediff.h"

/* Appends s without what would break a line or a field. */
static void put_clean(struct tki_buf *to, tk_str s, char separator, char instead)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        tki_buf_putc(to, c == (unsigned char)separator ? instead : c < 0x20 || c == 0x7f ? ' ' : (char)c);
    }
}

static void put_frame(struct tki_buf *to, const struct tki_key *k, char separator, char instead)
{
    if (k->service.n) {
        put_clean(to, k->service, separator, instead);
        tki_buf_lit(to, ": ");
    }
    put_clean(to, k->name.n ? k->name : TKI_STR("(no name)"), separator, instead);
}

/* All frames of a path, however deep, joined by `between`. */
static void put_frames(struct tki_buf *to, const struct tki_profile *p, uint32_t path, const char *between,
                       char separator, char instead)
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
            tki_buf_put(to, between, strlen(between));
        put_frame(to, &p->keys.key[keys[i]], separator, instead);
    }
    free(keys);
}

static void put_ns(struct tki_buf *to, double ns)
{
    tki_buf_putc(to, '\t');
    tki_buf_i64(to, llround(ns));
}

static void put_number(struct tki_buf *to, double x)
{
    tki_buf_printf(to, "\t%.6g", x == 0 ? 0 : x);
}

void td_tsv_begin(struct tki_buf *to)
{
    tki_buf_lit(to, "root\tpath\ttraces_a\ttraces_b\tshare_a\tshare_b\tcalls_a\tcalls_b\ttotal_ns_a\ttotal_ns_b\t"
                    "self_ns_a\tself_ns_b\tcpath_ns_a\tcpath_ns_b\tdiff_ns\tdiff_lo_ns\tdiff_hi_ns\tdiff_share\t"
                    "more_calls_ns\tslower_calls_ns\tshift_ns\tcliffs_delta\tp\tq\tsignificant\n");
}

void td_tsv_group(struct tki_buf *to, const struct td_answer *a, const struct td_group *g)
{
    const struct tki_comparison *c = &g->c;
    size_t top = a->request->top && a->request->top < c->npaths ? a->request->top : c->npaths;
    for (size_t i = 0; i < top; i++) {
        const struct tki_path_diff *d = &c->path[i];
        const struct tki_test *t = &d->test[TKI_CPATH];
        if (g->root == TK_NONE)
            tki_buf_putc(to, '*');
        else
            put_frame(to, &a->profile.keys.key[g->root], '\t', ' ');
        tki_buf_putc(to, '\t');
        put_frames(to, &a->profile, d->path, " > ", '\t', ' ');
        tki_buf_printf(to, "\t%llu\t%llu", (unsigned long long)d->traces[0], (unsigned long long)d->traces[1]);
        put_number(to, d->share[0]);
        put_number(to, d->share[1]);
        put_number(to, d->calls[0]);
        put_number(to, d->calls[1]);
        static const int metrics[] = {TKI_TOTAL, TKI_SELF, TKI_CPATH};
        for (int k = 0; k < 3; k++) {
            put_ns(to, d->ns[metrics[k]][0]);
            put_ns(to, d->ns[metrics[k]][1]);
        }
        put_ns(to, d->diff_ns);
        if (d->has_interval) {
            put_ns(to, d->interval.lo);
            put_ns(to, d->interval.hi);
        } else {
            tki_buf_lit(to, "\t\t");
        }
        put_number(to, c->diff_ns != 0 ? d->diff_ns / c->diff_ns : 0);
        put_ns(to, d->more_ns);
        put_ns(to, d->slower_ns);
        if (t->done) {
            put_ns(to, t->shift_ns);
            put_number(to, t->delta);
            put_number(to, t->p);
            put_number(to, t->q);
            tki_buf_printf(to, "\t%d\n", t->significant);
        } else {
            tki_buf_lit(to, "\t\t\t\t\t\n");
        }
    }
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

void td_folded_group(struct tki_buf *to, const struct td_answer *a, const struct td_group *g)
{
    const struct tki_comparison *c = &g->c;
    int metric = a->request->format == TD_FOLDED_SELF ? TKI_SELF : TKI_CPATH;
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
        put_frames(to, &a->profile, d->path, ";", ';', ',');
        tki_buf_printf(to, " %lld %lld\n", x, y);
    }
    free(order);
}
