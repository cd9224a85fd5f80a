/* --drag: how much each operation keeps requests waiting, and how much longer it might take. */
#include "analyze/drag.h"

#include <math.h>
#include <stdlib.h>

#include "base/err.h"
#include "compare/scratch.h"
#include "parts.h"
#include "report/number.h"
#include "run/traces.h"

enum { OPERATIONS_SHOWN = 20 };

/* One trace, by operation. */
struct one {
    int64_t drag_ns, slack_ns; /* the most, the least of its calls */
    uint64_t calls;
};

struct drags {
    struct td_answer *a;
    struct tki_drag drag;
    struct one *one;   /* by key */
    uint32_t *touched; /* keys of the trace at hand */
    struct tki_idmap members;
};

static void add_trace(struct drags *x, const struct tki_member *m)
{
    const struct tki_scratch *s = x->a->profile.scratch;
    uint32_t n = 0;
    for (uint32_t i = 0; i < x->drag.n; i++) {
        uint32_t node = x->drag.replay.order[i];
        struct one *o = &x->one[s->key[node]];
        if (node >= s->times.n || node == s->times.root)
            continue;
        if (o->calls++ == 0) {
            x->touched[n++] = s->key[node];
            o->slack_ns = INT64_MAX;
        }
        o->drag_ns = x->drag.drag_ns[node] > o->drag_ns ? x->drag.drag_ns[node] : o->drag_ns;
        o->slack_ns = x->drag.slack_ns[node] < o->slack_ns ? x->drag.slack_ns[node] : o->slack_ns;
    }
    for (uint32_t i = 0; i < n; i++) {
        struct one *o = &x->one[x->touched[i]];
        struct td_dragged *to = &x->a->dragged[x->touched[i]];
        to->traces++;
        to->weight += m->weight;
        to->calls += m->weight * (double)o->calls;
        to->drag_ns += m->weight * (double)o->drag_ns;
        to->slack_ns += m->weight * (double)o->slack_ns;
        *o = (struct one){0};
    }
}

static int look(struct drags *x, struct tk_batch *trace)
{
    struct td_answer *a = x->a;
    uint32_t at = trace->nspans ? tki_idmap_get(&x->members, trace->spans[0].trace_id) : TKI_MAP_NONE;
    int rc = at == TKI_MAP_NONE ? 0 : a->mend[0] ? tki_mend_trace(a->mend[0], trace) : TK_OK;
    if (rc >= 0 && at != TKI_MAP_NONE)
        rc = tki_profile_open(&a->profile, trace, NULL);
    if (rc <= 0)
        return rc;
    rc = tki_drag_measure(&x->drag, &a->profile.scratch->times, &a->profile.scratch->cpath);
    a->drag_skipped += rc == 0;
    if (rc == 1)
        add_trace(x, &a->c.member[at]);
    return rc;
}

static int look_at_all(struct drags *x, struct tk_err *err)
{
    struct tk_batch *trace;
    int rc = tki_traces_rewind(x->a->traces[0], TK_NEED_ALL), seen = TK_OK;
    while (rc >= 0 && seen >= 0 && (rc = tk_traces_next(x->a->traces[0], &trace)) == 1)
        seen = look(x, trace);
    if (rc < 0)
        *err = *tk_traces_err(x->a->traces[0]);
    if (seen < 0)
        return seen == TK_ENOMEM ? tki_err_memory(err) : tki_err_set(err, seen, "a trace has too many spans");
    return rc < 0 ? rc : TK_OK;
}

int td_drag(struct td_answer *a, struct tk_err *err)
{
    size_t n = (size_t)a->profile.keys.n + 1;
    struct drags x = {.a = a, .one = calloc(n, sizeof *x.one), .touched = calloc(n, sizeof *x.touched)};
    a->dragged = calloc(n, sizeof *a->dragged);
    int rc = x.one && x.touched && a->dragged ? TK_OK : TK_ENOMEM;
    for (size_t i = 0; rc == TK_OK && i < a->c.nmembers; i++)
        rc = tki_idmap_put(&x.members, a->c.member[i].trace->id) == TKI_MAP_NONE ? TK_ENOMEM : TK_OK;
    rc = rc < 0 ? tki_err_memory(err) : look_at_all(&x, err);
    tki_drag_free(&x.drag);
    tki_idmap_free(&x.members);
    free(x.one);
    free(x.touched);
    return rc;
}

/* ---- the report ---- */

static int cmp_dragged(const void *pa, const void *pb, void *answer)
{
    const struct td_answer *a = answer;
    uint32_t i = *(const uint32_t *)pa, k = *(const uint32_t *)pb;
    const struct td_dragged *x = &a->dragged[i], *y = &a->dragged[k];
    const struct tki_key *kx = &a->profile.keys.key[i], *ky = &a->profile.keys.key[k];
    if (x->drag_ns != y->drag_ns)
        return x->drag_ns > y->drag_ns ? -1 : 1;
    int c = tki_str_cmp(kx->service, ky->service);
    c = c ? c : tki_str_cmp(kx->name, ky->name);
    return c ? c : kx->kind - ky->kind;
}

static void put_operation(struct tki_doc *d, const struct td_answer *a, uint32_t key)
{
    const struct td_dragged *x = &a->dragged[key];
    struct tki_path_step step = td_step(a, key);
    tki_doc_row(d);
    tki_doc_cell(d, tki_d_ns(llround(x->drag_ns / x->weight)));
    tki_doc_cell(d, tki_d_ns(llround(x->slack_ns / x->weight)));
    tki_doc_cell(d, tki_d_count(x->traces));
    tki_doc_cell(d, tki_d_number(x->calls / x->weight));
    tki_doc_cell(d, tki_d_path(&step, 1, false));
}

static void put_verdict(struct tki_doc *d, const struct td_answer *a, const uint32_t *order, size_t n)
{
    const struct td_dragged *x = n ? &a->dragged[order[0]] : NULL;
    tki_doc_verdict(d, NULL);
    if (!x || x->drag_ns <= 0) {
        tki_doc_say(d, "No call keeps a request waiting: what there is, roots spend themselves.");
    } else {
        tki_doc_say(d, "Most is waited for ");
        td_put_key(d, NULL, a, order[0]);
        tki_doc_say(d, ": without one such call a request would be ");
        tki_doc_put(d, NULL, tki_d_ns(llround(x->drag_ns / x->weight)));
        tki_doc_say(d, " shorter, in ");
        td_say_count(d, x->traces);
        tki_doc_say(d, " of ");
        td_say_count(d, a->c.nmembers);
        tki_doc_say(d, " %s.", td_requests(a->c.nmembers));
    }
    tki_doc_close(d);
}

void td_put_drag(struct tki_doc *d, const struct td_answer *a)
{
    static const struct tki_doc_column columns[] = {
        {.title = "drag", .key = "drag_ns", .min = 8, .right = true},
        {.title = "slack", .key = "slack_ns", .min = 8, .right = true},
        {.title = "requests", .key = "traces", .min = 8, .right = true},
        {.title = "calls", .key = "calls", .min = 6, .right = true},
        {.title = "operation", .key = "operation"},
    };
    uint32_t *order = malloc(((size_t)a->profile.keys.n + 1) * sizeof *order);
    size_t n = 0;
    if (!order) {
        d->err = TK_ENOMEM;
        return;
    }
    for (uint32_t i = 0; i < a->profile.keys.n; i++)
        if (a->dragged[i].traces)
            order[n++] = i;
    qsort_r(order, n, sizeof *order, cmp_dragged, (void *)a);
    put_verdict(d, a, order, n);
    tki_doc_data(d, "too_large", tki_d_count(a->drag_skipped));
    tki_doc_space(d);
    tki_doc_table(d, "drag", columns, sizeof columns / sizeof *columns);
    tki_doc_main(d);
    tki_doc_shown(d, a->request->tables ? td_rows(a, n) : OPERATIONS_SHOWN);
    for (size_t i = 0; i < n; i++)
        put_operation(d, a, order[i]);
    free(order);
    tki_doc_space(d);
    tki_doc_paragraph(d, NULL);
    tki_doc_say(d,
                "Drag: how much shorter a request would be without the call that it waits for most, with all below it. "
                "Slack: how much longer the call with the least of it may take before the request takes longer. "
                "Means over the requests that make such calls; drags of different operations do not add up.");
    if (a->drag_skipped) {
        tki_doc_say(d, " ");
        td_say_count(d, a->drag_skipped);
        tki_doc_say(d, " traces are too large for this and are left out.");
    }
}
