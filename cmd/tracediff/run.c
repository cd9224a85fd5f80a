/* Reading the two sets, and one comparison for each kind of request that was asked for. */
#include <stdlib.h>

#include "base/err.h"
#include "cli/msg.h"
#include "run/pass.h"
#include "tracediff.h"

static int profile_traces(struct td_answer *a, int set, struct tk_traces *t, struct tk_err *err)
{
    struct tk_batch *trace;
    int rc;
    while ((rc = tk_traces_next(t, &trace)) == 1) {
        rc = tki_profile_add(&a->profile, trace, set);
        if (rc == TK_ENOMEM)
            return tki_err_memory(err);
        if (rc < 0)
            return tki_err_set(err, rc, "a trace has too many spans");
    }
    if (rc < 0 && err)
        *err = *tk_traces_err(t);
    return rc;
}

static int add_spans(void *traces, struct tk_batch *b, const struct tki_groups *groups, void *part, int code,
                     struct tk_err *err)
{
    (void)groups;
    (void)part;
    (void)code;
    int rc = tk_traces_add(traces, b, NULL, 0);
    if (rc < 0)
        *err = *tk_traces_err(traces);
    return rc;
}

static void tick(void *progress, const struct tk_read_stats *stats)
{
    tki_progress_read(progress, "reading", stats);
}

/* After a fault of the input what came before it is still compared: the fault is returned at the end. */
static int read_traces(struct td_answer *a, int set, struct tki_pass *pass, struct tk_traces *t, struct tk_err *err)
{
    int rc = tki_pass_read(pass, err);
    if (rc < 0)
        return rc;
    a->stats[set] = *tk_reader_stats(pass->reader);
    a->skipped = tki_msg_problems(pass->reader) || a->skipped;
    rc = profile_traces(a, set, t, err);
    if (pass->read_err.code < 0) {
        *err = pass->read_err;
        rc = pass->read_err.code;
    }
    return rc;
}

int td_read(struct td_answer *a, int set, const struct td_input *in, struct tk_err *err)
{
    struct tk_traces *t = NULL;
    struct tki_pass pass = {.tick = tick, .tick_ctx = in->progress};
    int rc = tk_traces_open(&t, &in->traces, err);
    tki_pass_add(&pass, &(struct tki_consumer){.needs = TK_NEED_COPY, .ctx = t, .fold = add_spans});
    if (rc == 0)
        rc = tki_pass_open(&pass, a->request->files[set], a->request->nfiles[set], &in->read, false, err);
    if (rc == 0)
        rc = read_traces(a, set, &pass, t, err);
    tki_pass_close(&pass);
    tk_traces_close(t);
    return rc;
}

/* A root is asked for by its name as it is shown, or as it was before normalisation. */
static bool *wanted_roots(const struct td_answer *a)
{
    const struct tki_keys *keys = &a->profile.keys;
    struct tki_buf name = {0};
    bool *ok = calloc(keys->n, sizeof *ok);
    if (a->request->root)
        tki_normalize_name(&name, tki_str(a->request->root));
    for (uint32_t i = 0; ok && i < keys->n; i++) {
        const struct tki_key *k = &keys->key[i];
        bool root = !a->request->root || tki_str_eq(k->name, tki_str(a->request->root)) ||
                    (keys->normalize && tki_str_eq(k->name, (tk_str){name.p, name.n}));
        bool service = !a->request->service || tki_str_eq(k->service, tki_str(a->request->service));
        ok[i] = root && service;
    }
    if (name.err) {
        free(ok);
        ok = NULL;
    }
    tki_buf_free(&name);
    return ok;
}

/* Where groups go: one of the two. */
struct groups_to {
    struct tki_doc *doc;
    struct tki_buf *folded;
};

/* 1: compared and reported; 0: a side is empty. */
static int compare_group(struct td_answer *a, struct td_group *g, const bool *roots, struct groups_to *to)
{
    struct tki_compare_opts o = a->request->compare;
    o.root_ok = roots;
    int rc = tki_compare(&g->c, &a->profile, &o);
    if (rc == TK_OK && g->c.side[0].traces && g->c.side[1].traces) {
        rc = tki_dark_find(&g->d, &g->c, &a->profile, &a->request->dark);
        if (rc == TK_OK) {
            if (a->request->folded)
                td_folded_group(to->folded, a, g);
            else
                td_report_group(to->doc, a, g);
            a->ngroups++;
            rc = 1;
        }
        tki_darkness_free(&g->d);
    }
    tki_comparison_free(&g->c);
    return rc;
}

struct root_count {
    uint64_t traces;
    uint32_t key;
};

static int cmp_root(const void *pa, const void *pb, void *ctx)
{
    const struct root_count *a = pa, *b = pb;
    const struct tki_keys *keys = ctx;
    if (a->traces != b->traces)
        return a->traces > b->traces ? -1 : 1;
    const struct tki_key *k = &keys->key[a->key], *l = &keys->key[b->key];
    int c = tki_str_cmp(k->service, l->service);
    c = c ? c : tki_str_cmp(k->name, l->name);
    return c ? c : k->kind - l->kind;
}

/* One comparison for each root operation, the most frequent first. */
static int compare_roots(struct td_answer *a, bool *wanted, struct groups_to *to, size_t *empty)
{
    uint32_t n = a->profile.keys.n;
    struct root_count *roots = calloc(n, sizeof *roots);
    bool *one = calloc(n, sizeof *one);
    int rc = roots && one ? 0 : TK_ENOMEM;
    if (rc == 0) {
        for (uint32_t i = 0; i < n; i++)
            roots[i].key = i;
        for (size_t i = 0; i < a->profile.ntraces; i++)
            roots[a->profile.trace[i].root_key].traces += wanted[a->profile.trace[i].root_key];
        qsort_r(roots, n, sizeof *roots, cmp_root, &a->profile.keys);
    }
    for (uint32_t i = 0; i < n && rc >= 0 && roots[i].traces; i++) {
        struct td_group g = {.root = roots[i].key};
        one[roots[i].key] = true;
        rc = compare_group(a, &g, one, to);
        one[roots[i].key] = false;
        *empty += rc == 0;
    }
    free(roots);
    free(one);
    return rc < 0 ? rc : TK_OK;
}

int td_compare_all(struct td_answer *a, struct tki_doc *d, struct tki_buf *text, size_t *empty)
{
    struct groups_to to = {d, text};
    struct td_group g = {.root = TK_NONE};
    bool *wanted = wanted_roots(a);
    int rc = TK_ENOMEM;
    *empty = 0;
    if (wanted)
        rc = a->request->by_root ? compare_roots(a, wanted, &to, empty) : compare_group(a, &g, wanted, &to);
    free(wanted);
    return rc < 0 ? rc : TK_OK;
}
