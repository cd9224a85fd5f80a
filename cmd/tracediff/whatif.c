/* --what-if: how long requests would take if some operations were faster. */
#include "compare/whatif.h"

#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/num.h"
#include "parts.h"
#include "report/number.h"
#include "run/traces.h"

enum { KINDS_SHOWN = 10 };

bool td_whatif_parse(const char *text, struct td_request *r)
{
    const char *x = strrchr(text, 'x');
    if (!x || x == text || x[-1] != ' ' || !tki_parse_double(tki_str(x + 1), &r->factor) || !(r->factor >= 0) ||
        !isfinite(r->factor))
        return false;
    const char *end = x - 1;
    while (end > text && end[-1] == ' ')
        end--;
    r->what_if = text;
    r->what_if_n = (size_t)(end - text);
    return r->what_if_n > 0;
}

/* Which keys are meant: "service/name" fits the pattern; a pattern without a service fits names. */
static bool *changed_keys(const struct td_answer *a, uint64_t *spans)
{
    const struct td_request *r = a->request;
    struct tki_buf pattern = {0}, name = {0};
    bool *changed = calloc((size_t)a->profile.keys.n + 1, sizeof *changed);
    tki_buf_put(&pattern, r->what_if, r->what_if_n);
    tki_buf_putc(&pattern, 0);
    *spans = 0;
    for (uint32_t i = 0; changed && i < a->profile.keys.n && !pattern.err && !name.err; i++) {
        const struct tki_key *k = &a->profile.keys.key[i];
        name.n = 0;
        if (memchr(r->what_if, '/', r->what_if_n)) {
            tki_buf_str(&name, k->service);
            tki_buf_putc(&name, '/');
        }
        tki_buf_str(&name, k->name);
        tki_buf_putc(&name, 0);
        changed[i] = !name.err && fnmatch(pattern.p, name.p, 0) == 0;
        *spans += changed[i];
    }
    if (pattern.err || name.err) {
        free(changed);
        changed = NULL;
    }
    tki_buf_free(&pattern);
    tki_buf_free(&name);
    return changed;
}

static int replay_all(struct td_answer *a, struct tki_whatif *x, struct tki_idmap *map, struct tk_err *err)
{
    struct tk_batch *trace;
    int rc = tki_traces_rewind(a->traces[0], TK_NEED_ALL);
    while (rc >= 0 && (rc = tk_traces_next(a->traces[0], &trace)) == 1) {
        uint32_t at = trace->nspans ? tki_idmap_get(map, trace->spans[0].trace_id) : TKI_MAP_NONE;
        int64_t before;
        int r = a->mend[0] ? tki_mend_trace(a->mend[0], trace) : TK_OK;
        if (r >= 0 && at != TKI_MAP_NONE)
            r = tki_whatif_replay(x, &a->profile, trace, &a->after_ns[at], &before);
        if (r < 0)
            return r == TK_ENOMEM ? tki_err_memory(err) : tki_err_set(err, r, "a trace has too many spans");
    }
    if (rc < 0)
        *err = *tk_traces_err(a->traces[0]);
    return rc < 0 ? rc : TK_OK;
}

int td_whatif(struct td_answer *a, struct tk_err *err)
{
    struct tki_idmap map = {0};
    bool *changed = changed_keys(a, &a->keys_changed);
    struct tki_whatif x = {.changed = changed, .factor = a->request->factor};
    a->after_ns = calloc(a->c.nmembers + 1, sizeof *a->after_ns);
    int rc = changed && a->after_ns ? TK_OK : TK_ENOMEM;
    for (size_t i = 0; rc == TK_OK && i < a->c.nmembers; i++) {
        a->after_ns[i] = (double)a->c.member[i].trace->duration_ns;
        if (tki_idmap_put(&map, a->c.member[i].trace->id) == TKI_MAP_NONE)
            rc = TK_ENOMEM;
    }
    rc = rc < 0 ? tki_err_memory(err) : replay_all(a, &x, &map, err);
    tki_whatif_free(&x);
    tki_idmap_free(&map);
    free(changed);
    return rc;
}

/* ---- the report ---- */

struct effect {                            /* of all, or of a kind */
    double mean[2], p50[2], p95[2], error; /* before, after; the standard error of the mean's change */
};

static int measure(const struct td_answer *a, size_t first, size_t n, struct effect *e)
{
    struct tki_weighted *x = malloc((n + 1) * sizeof *x);
    double weight = 0, squares = 0;
    if (!x)
        return TK_ENOMEM;
    *e = (struct effect){.error = 0};
    for (int after = 0; after < 2; after++) {
        double sum = 0;
        weight = 0;
        for (size_t i = 0; i < n; i++) {
            const struct tki_member *m = &a->c.member[first + i];
            double ns = after ? a->after_ns[first + i] : (double)m->trace->duration_ns;
            x[i] = (struct tki_weighted){llround(ns), m->weight};
            sum += m->weight * ns;
            weight += m->weight;
        }
        tki_sort_weighted(x, n);
        e->mean[after] = weight > 0 ? sum / weight : 0;
        e->p50[after] = n ? (double)tki_quantile(x, n, 0.5) : 0;
        e->p95[after] = n ? (double)tki_quantile(x, n, 0.95) : 0;
    }
    for (size_t i = 0; i < n; i++) {
        const struct tki_member *m = &a->c.member[first + i];
        double off = a->after_ns[first + i] - (double)m->trace->duration_ns - (e->mean[1] - e->mean[0]);
        squares += m->weight * m->weight * off * off;
    }
    e->error = weight > 0 && n > 1 ? sqrt(squares * (double)n / (double)(n - 1)) / weight : 0;
    free(x);
    return TK_OK;
}

static void say_change(struct tki_doc *d, const char *words, const char *key[2], const double ns[2])
{
    tki_doc_say(d, "%s", words);
    tki_doc_put(d, key[1], tki_d_ns(llround(ns[1])));
    tki_doc_say(d, " instead of ");
    tki_doc_put(d, key[0], tki_d_ns(llround(ns[0])));
}

static void put_verdict(struct tki_doc *d, const struct td_answer *a, const struct effect *e)
{
    static const char *const keys[3][2] = {
        {"mean_before_ns", "mean_after_ns"}, {"p50_before_ns", "p50_after_ns"}, {"p95_before_ns", "p95_after_ns"}};
    const struct td_request *r = a->request;
    double change = e->mean[1] - e->mean[0];
    tki_doc_verdict(d, NULL);
    tki_doc_say(d, "If %.*s took ", (int)r->what_if_n, r->what_if);
    tki_doc_put(d, "factor", tki_d_number(r->factor));
    say_change(d, " times as long, requests would take ", (const char *[]){keys[0][0], keys[0][1]}, e->mean);
    tki_doc_say(d, " on average (");
    tki_doc_put(d, "change_ns", tki_d_signed(tki_d_ns(llround(change))));
    if (a->c.nmembers >= TKI_LEVEL_TRACES) {
        tki_doc_say(d, ", 95 %%: ");
        tki_doc_put(d, NULL,
                    tki_d_range(tki_d_signed(tki_d_mean_ns(0)), change - 1.96 * e->error, change + 1.96 * e->error));
    }
    say_change(d, "), p50 ", (const char *[]){keys[1][0], keys[1][1]}, e->p50);
    say_change(d, ", p95 ", (const char *[]){keys[2][0], keys[2][1]}, e->p95);
    tki_doc_say(d, ".");
}

void td_put_whatif(struct tki_doc *d, const struct td_answer *a)
{
    static const struct tki_doc_column columns[] = {
        {.title = "traces", .key = "traces", .min = 6, .right = true},
        {.title = "mean", .key = "mean_before_ns", .min = 8, .right = true},
        {.title = "would be", .key = "mean_after_ns", .min = 8, .right = true},
        {.title = "p95", .key = "p95_before_ns", .min = 8, .right = true},
        {.title = "would be", .key = "p95_after_ns", .min = 8, .right = true},
        {.title = "kind of request", .key = "root"},
    };
    struct effect e;
    int rc = measure(a, 0, a->c.nmembers, &e);
    put_verdict(d, a, &e);
    tki_doc_close(d);
    tki_doc_data(d, "operations", tki_d_count(a->keys_changed));
    tki_doc_space(d);
    tki_doc_table(d, "what_if", columns, sizeof columns / sizeof *columns);
    tki_doc_main(d);
    tki_doc_shown(d, a->request->tables ? td_rows(a, a->c.nkinds) : KINDS_SHOWN);
    for (size_t i = 0; i < a->c.nkinds && rc == TK_OK; i++) {
        const struct tki_kind *k = &a->c.kind[i];
        struct tki_path_step step = td_step(a, k->key);
        rc = measure(a, k->first, k->n, &e);
        tki_doc_row(d);
        tki_doc_cell(d, tki_d_count(k->n));
        tki_doc_cell(d, tki_d_ns(llround(e.mean[0])));
        tki_doc_cell(d, tki_d_ns(llround(e.mean[1])));
        tki_doc_cell(d, tki_d_ns(llround(e.p95[0])));
        tki_doc_cell(d, tki_d_ns(llround(e.p95[1])));
        tki_doc_cell(d, tki_d_path(&step, 1, false));
    }
    d->err = rc < 0 ? TK_ENOMEM : d->err;
    tki_doc_space(d);
    tki_doc_paragraph(d, NULL);
    tki_doc_say(d,
                "Each trace was replayed: a call begins when the one before it has ended, and what a span does itself "
                "takes as long as it did, times the factor where it is asked about.");
}
