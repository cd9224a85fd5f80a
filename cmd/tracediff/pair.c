/* --pair: two traces side by side. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "compare/pair.h"
#include "parts.h"
#include "report/number.h"
#include "run/traces.h"

#define ROW_SHARE 0.01 /* of the difference: what makes less is summed up for people */

enum { ROWS_FEW = 30, INDENT_MAX = 12 };

/* ---- which two ---- */

static int several(const tk_id128 ids[2], struct tk_err *err)
{
    char text[2][TK_TRACE_ID_SIZE];
    for (int i = 0; i < 2; i++)
        tk_trace_id_format(ids[i], text[i]);
    return tki_err_set(err, TK_EUSAGE, "--pair: more than one trace begins so, such as %s and %s: give more digits",
                       text[0], text[1]);
}

static int absent(const struct tki_pasted *p, struct tk_err *err)
{
    char text[40];
    bool whole = p->whole || p->digits < TKI_PASTED_MIN;
    snprintf(text, sizeof text, "%016" PRIx64 "%016" PRIx64, p->id.hi, p->id.lo);
    return tki_err_set(err, TK_EUSAGE, "--pair: no trace id %s %s", whole ? "is" : "begins with",
                       text + 32 - p->digits);
}

static int checked(int r, struct tk_err *err)
{
    return r == TK_ENOMEM ? tki_err_memory(err) : r < 0 ? tki_err_set(err, r, "a trace has too many spans") : TK_OK;
}

/* wanted: the two; NULL: that of each input. */
static int take(struct td_answer *a, const struct tki_pasted *wanted, const struct tk_batch *trace, int input,
                struct tk_err *err)
{
    if (!wanted)
        return checked(tki_pair_take(a->pair, input, &a->profile, trace), err);
    tk_id128 id = trace->nspans ? trace->spans[0].trace_id : (tk_id128){0, 0};
    for (int side = 0; side < 2; side++) {
        if (!tki_pasted_is(&wanted[side], id))
            continue;
        if (a->pair_met[side] && !tki_id_eq(a->pair_id[side], id))
            return several((tk_id128[]){a->pair_id[side], id}, err);
        a->pair_met[side] = true;
        a->pair_id[side] = id;
        int r = checked(tki_pair_take(a->pair, side, &a->profile, trace), err);
        if (r < 0)
            return r;
    }
    return TK_OK;
}

static int take_all(struct td_answer *a, const struct tki_pasted *wanted, int input, struct tk_err *err)
{
    struct tk_batch *trace;
    int rc = tki_traces_rewind(a->traces[input], TK_NEED_ALL);
    while (rc >= 0 && (rc = tk_traces_next(a->traces[input], &trace)) == 1) {
        int r = a->mend[input] ? checked(tki_mend_trace(a->mend[input], trace), err) : TK_OK;
        r = r < 0 ? r : take(a, wanted, trace, input, err);
        if (r < 0)
            return r;
    }
    if (rc < 0)
        *err = *tk_traces_err(a->traces[input]);
    return rc < 0 ? rc : TK_OK;
}

/* Without ids each file must hold one trace. */
static int check_counts(const struct td_answer *a, struct tk_err *err)
{
    size_t n[2] = {0, 0};
    for (size_t i = 0; i < a->profile.ntraces; i++)
        n[a->profile.trace[i].set]++;
    for (int set = 0; set < 2 && !a->request->pair_ids; set++)
        if (n[set] != 1)
            return tki_err_set(err, TK_EUSAGE, "%s holds %zu traces: name two, as --pair=ID,ID",
                               a->request->files[set][0], n[set]);
    return TK_OK;
}

int td_pair(struct td_answer *a, struct tk_err *err)
{
    int rc = check_counts(a, err);
    if (rc == TK_OK && !(a->pair = calloc(1, sizeof *a->pair)))
        return tki_err_memory(err);
    for (int input = 0; rc == TK_OK && input < td_inputs(a->request); input++)
        rc = take_all(a, a->request->pair_ids ? a->request->pair_id : NULL, input, err);
    for (int side = 0; rc == TK_OK && side < 2; side++) {
        char id[TK_TRACE_ID_SIZE];
        if (a->pair->tree[side].found)
            continue;
        if (!a->request->pair_ids)
            return tki_err_set(err, TK_EUSAGE, "the trace of %s has no usable times", a->request->files[side][0]);
        if (!a->pair_met[side])
            return absent(&a->request->pair_id[side], err);
        tk_trace_id_format(a->pair_id[side], id);
        return tki_err_set(err, TK_EUSAGE, "the trace %s has no usable times", id);
    }
    if (rc == TK_OK && tki_pair_align(a->pair, &a->profile) < 0)
        rc = tki_err_memory(err);
    for (int set = 0; set < 2; set++)
        a->mended[set] = a->mend[set] ? *tki_mend_counts(a->mend[set]) : (struct tki_mended){0};
    return rc;
}

/* Of the kind of a cause the trace of the other side whose duration is the one in the middle. */
static const struct tki_trace_rec *middle_of(const struct td_answer *a, const struct tki_cause *c)
{
    const struct tki_kind *k = &a->causes_of.kind[c->kind];
    const struct tki_trace_rec *best = NULL;
    for (size_t i = k->first; i < k->first + k->n; i++) {
        const struct tki_member *m = &a->causes_of.member[i];
        if (m->side == 0 &&
            (!best || llabs(m->trace->duration_ns - k->median_ns) < llabs(best->duration_ns - k->median_ns)))
            best = m->trace;
    }
    return best;
}

int td_examples(struct td_answer *a, struct tk_err *err)
{
    if (a->look.ncauses == 0 || !a->explained)
        return TK_OK;
    const struct tki_trace_rec *slow = a->c.member[a->explained[0].example].trace;
    const struct tki_trace_rec *fast = middle_of(a, &a->causes.cause[0]);
    const struct tki_pasted wanted[2] = {{.id = fast ? fast->id : (tk_id128){0, 0}, .whole = true},
                                         {.id = slow->id, .whole = true}};
    int rc = TK_OK;
    if (!(a->pair = calloc(1, sizeof *a->pair)))
        return tki_err_memory(err);
    for (int input = 0; rc == TK_OK && input < td_inputs(a->request); input++)
        rc = take_all(a, wanted, input, err);
    return rc;
}

void td_pair_free(struct td_answer *a)
{
    if (a->pair)
        tki_pair_free(a->pair);
    free(a->pair);
}

/* ---- the report ---- */

static int64_t difference(const struct tki_aligned *x)
{
    return x->tree[1].duration_ns - x->tree[0].duration_ns;
}

static const struct tki_pair_node *node_of(const struct tki_aligned *x, const struct tki_pair_row *r, int side)
{
    return r->node[side] == TK_NONE ? NULL : &x->tree[side].node[r->node[side]];
}

static uint32_t key_of(const struct tki_aligned *x, const struct tki_pair_row *r)
{
    return node_of(x, r, r->node[1] != TK_NONE)->key;
}

static struct tki_datum change(int64_t ns)
{
    return tki_d_signed(tki_d_ns(ns));
}

/* How much of a difference a part makes; what others make up for is none of it.  Of two that took as long any is. */
static int64_t towards(int64_t diff, int64_t part)
{
    return diff > 0 ? part : diff < 0 ? -part : llabs(part);
}

static void put_verdict(struct tki_doc *d, const struct td_answer *a)
{
    const struct tki_aligned *x = a->pair;
    const struct tki_pair_row *best = NULL;
    int64_t diff = difference(x);
    for (uint32_t i = 0; i < x->nrows; i++)
        if (!best || towards(diff, tki_pair_delta(x, &x->row[i])) > towards(diff, tki_pair_delta(x, best)))
            best = &x->row[i];
    tki_doc_verdict(d, NULL);
    tki_doc_say(d, "A took ");
    tki_doc_put(d, "duration_a_ns", tki_d_ns(x->tree[0].duration_ns));
    tki_doc_say(d, ", B ");
    tki_doc_put(d, "duration_b_ns", tki_d_ns(x->tree[1].duration_ns));
    tki_doc_say(d, ": ");
    tki_doc_put(d, "diff_ns", change(diff));
    if (best && tki_pair_delta(x, best)) {
        tki_doc_say(d, ", the largest part ");
        tki_doc_put(d, NULL, change(tki_pair_delta(x, best)));
        tki_doc_say(d, " in ");
        td_put_key(d, NULL, a, key_of(x, best));
        if (best->node[0] == TK_NONE || best->node[1] == TK_NONE)
            tki_doc_say(d, ", which %s alone calls there", best->node[0] == TK_NONE ? "B" : "A");
    }
    tki_doc_say(d, ".  ");
    tki_doc_put(d, "matched", tki_d_count(x->matched));
    tki_doc_say(d, " spans are in both, ");
    tki_doc_put(d, "only_a", tki_d_count(x->tree[0].n - x->matched));
    tki_doc_say(d, " in A alone, ");
    tki_doc_put(d, "only_b", tki_d_count(x->tree[1].n - x->matched));
    tki_doc_say(d, " in B alone");
    if (x->choices) {
        tki_doc_say(d, "; of ");
        tki_doc_put(d, "by_order", tki_d_count(x->choices));
        tki_doc_say(d, " only their order says which is which");
    } else {
        tki_doc_data(d, "by_order", tki_d_count(0));
    }
    tki_doc_say(d, ".");
}

static void put_row(struct tki_doc *d, const struct td_answer *a, const struct tki_pair_row *r)
{
    const struct tki_aligned *x = a->pair;
    const struct tki_key *k = &a->profile.keys.key[key_of(x, r)];
    struct tki_buf text = {0};
    struct tki_path_step step = td_step(a, key_of(x, r));
    bool failed = false;
    for (uint32_t i = 0; i < r->depth && i < INDENT_MAX; i++)
        tki_buf_lit(&text, ". ");
    if (k->service.n)
        tki_buf_printf(&text, "%.*s: ", (int)k->service.n, k->service.p);
    tki_buf_str(&text, k->name);
    tki_doc_row(d);
    tki_doc_cell(d, change(tki_pair_delta(x, r)));
    for (int side = 0; side < 2; side++) {
        const struct tki_pair_node *n = node_of(x, r, side);
        failed = failed || (n && n->failed);
        tki_doc_cell(d, n ? tki_d_ns(n->end_ns - n->start_ns) : tki_d_none());
    }
    if (failed)
        tki_buf_lit(&text, " (error)");
    tki_doc_cell(d, tki_d_name((tk_str){text.p, text.n}));
    tki_doc_cell(d, tki_d_path(&step, 1, false));
    tki_doc_cell(d, tki_d_count(r->depth));
    for (int side = 0; side < 2; side++)
        tki_doc_cell(d, node_of(x, r, side) ? tki_d_ns(node_of(x, r, side)->path_ns) : tki_d_none());
    d->err = text.err ? TK_ENOMEM : d->err;
    tki_buf_free(&text);
}

/* Of large trees the rows that matter, and those above them. */
static bool *choose_rows(const struct td_answer *a, struct tki_doc *d)
{
    const struct tki_aligned *x = a->pair;
    bool *shown = calloc(x->nrows + (size_t)1, sizeof *shown);
    bool all = x->nrows <= ROWS_FEW || a->request->tables || a->request->intervals;
    if (!shown)
        d->err = TK_ENOMEM;
    for (uint32_t i = 0; shown && i < x->nrows; i++) {
        bool much = (double)llabs(tki_pair_delta(x, &x->row[i])) >= ROW_SHARE * fabs((double)difference(x));
        if (!all && !much)
            continue;
        shown[i] = true;
        for (uint32_t k = i, depth = x->row[i].depth; k-- > 0 && depth > 0;)
            if (x->row[k].depth < depth) {
                depth = x->row[k].depth;
                shown[k] = true;
            }
    }
    return shown;
}

static void rest_row(struct tki_doc *d, int64_t ns, const char *words)
{
    tki_doc_row(d);
    tki_doc_cell(d, change(ns));
    tki_doc_cell(d, tki_d_none());
    tki_doc_cell(d, tki_d_none());
    tki_doc_cell(d, tki_d_words(words));
    for (int i = 0; i < 4; i++)
        tki_doc_cell(d, tki_d_none());
}

void td_put_pair(struct tki_doc *d, const struct td_answer *a)
{
    static const struct tki_doc_column columns[] = {
        {.title = "B - A", .key = "delta_ns", .min = 8, .right = true},
        {.title = "A", .key = "a_ns", .min = 7, .right = true},
        {.title = "B", .key = "b_ns", .min = 7, .right = true},
        {.title = "span"},
        {.key = "operation"},
        {.key = "depth"},
        {.key = "path_a_ns"},
        {.key = "path_b_ns"},
    };
    const struct tki_aligned *x = a->pair;
    int64_t other = 0, all = 0;
    uint32_t left = 0;
    put_verdict(d, a);
    tki_doc_close(d);
    tki_doc_space(d);
    tki_doc_table(d, "pair", columns, sizeof columns / sizeof *columns);
    tki_doc_main(d);
    bool *shown = choose_rows(a, d);
    for (uint32_t i = 0; shown && i < x->nrows; i++) {
        int64_t delta = tki_pair_delta(x, &x->row[i]);
        all += delta;
        if (shown[i]) {
            put_row(d, a, &x->row[i]);
        } else {
            other += delta;
            left++;
        }
    }
    if (left)
        rest_row(d, other, "other spans");
    if (all != difference(x))
        rest_row(d, difference(x) - all, "between roots");
    free(shown);
    tki_doc_space(d);
    tki_doc_paragraph(d, NULL);
    tki_doc_say(d,
                "A and B: how long the span took.  B - A: the difference of the time that the request waited for the "
                "span itself, on the critical path; it adds up to ");
    tki_doc_put(d, NULL, change(difference(x)));
    tki_doc_say(d, ".");
}
