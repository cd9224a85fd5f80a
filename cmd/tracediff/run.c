/* Reading the sets, what is compared with what, and the causes. */
#include <math.h>
#include <stdlib.h>

#include "base/err.h"
#include "cli/msg.h"
#include "run/again.h"
#include "run/grouped.h"
#include "run/kinds.h"
#include "run/pass.h"
#include "run/traces.h"
#include "skew.h"

/* Spans as they come, for the traces of a set. */
struct incoming {
    struct tk_traces *traces;
    struct tk_notes beyond; /* what only their raw views hold */
    bool surveyed;          /* more than TKI_SURVEY_TRACES are too many: they will be chosen when all were met */
    bool grouped;
    uint32_t last; /* grouped: the row of the trace that came last */
    struct tki_ledger ledger;
    struct tki_kinds kinds;
    const struct tki_pass *pass;
};

/* Rows of the ledger are in the order in which traces begin. */
static int stand_together(struct incoming *in, const struct tki_groups *groups, struct tk_err *err)
{
    for (uint32_t i = 0; i < groups->nrows; i++) {
        uint32_t row = groups->ledger_row[groups->group[i]];
        if (row < in->last)
            return tki_grouped_comes_back(in->pass->reader, in->ledger.ids.ids[row], err);
        in->last = row;
    }
    return TK_OK;
}

static int add_spans(void *ctx, struct tk_batch *b, const struct tki_groups *groups, void *part, int code,
                     struct tk_err *err)
{
    struct incoming *in = ctx;
    (void)part;
    (void)code;
    tki_pass_count_beyond(b, &in->beyond);
    int rc = in->grouped ? stand_together(in, groups, err) : TK_OK;
    if (rc < 0 || (in->surveyed && in->ledger.ids.n > TKI_SURVEY_TRACES))
        return rc;
    rc = tk_traces_add(in->traces, b, NULL, 0);
    if (rc < 0)
        *err = *tk_traces_err(in->traces);
    return rc;
}

static void tick(void *progress, const struct tk_read_stats *stats)
{
    tki_progress_read(progress, "reading", stats);
}

/* What an input said and lost while it was read. */
static void say_read(struct td_answer *a, int set, const struct tk_reader *r, const struct tk_notes *more)
{
    struct tk_notes notes = *tk_reader_notes(r);
    if (more)
        tki_notes_add(&notes, more);
    a->stats[set] = *tk_reader_stats(r);
    tki_msg_notes(&notes, td_inputs(a->request) == 1 ? NULL : set ? "B" : "A");
    a->skipped = tki_msg_problems(r) || a->skipped;
    tki_damage_add(&a->damage, r);
}

/* What profiles are made of; a query may ask for anything. */
static unsigned profile_needs(const struct td_answer *a)
{
    return a->choice ? TK_NEED_ALL : TK_NEED_NAME | TK_NEED_LINKS | TK_NEED_RESOURCE | TK_NEED_WEIGHT;
}

/* A second look is at some traces only: what they say is read again.  Who looks at all of them again keeps everything.
 */
static bool is_brief(const struct td_answer *a)
{
    const struct td_request *r = a->request;
    return !a->choice && !r->pair && !r->annotated && !r->what_if && !r->drag && !r->page && !r->partial && !r->merge;
}

/* Of many traces a sample tells as much.  Who asks for all of them, or for what only few have, gets all. */
static bool is_surveyed(const struct td_answer *a)
{
    const struct td_request *r = a->request;
    return !r->every && !a->choice && !r->pair && !r->annotated && !r->what_if && !r->drag && !r->dark;
}

int td_open_traces(struct td_answer *a, int set, const struct td_input *in, struct tk_err *err)
{
    tk_traces_close(a->traces[set]);
    int rc = tk_traces_open(&a->traces[set], &in->traces, err);
    if (rc < 0)
        return rc;
    tki_traces_need(a->traces[set], profile_needs(a));
    if (!a->request->annotated) /* numbers of operations go by the order of traces, and sums of fractions by them */
        tki_traces_by_id(a->traces[set]);
    if (is_brief(a) && tki_traces_brief(a->traces[set], &in->traces, &a->pass[set]) < 0)
        return tki_err_memory(err);
    return TK_OK;
}

static int add_again(void *traces, const struct tk_batch *b, const uint32_t *rows, size_t nrows, struct tk_err *err)
{
    int rc = tk_traces_add(traces, b, rows, nrows);
    if (rc < 0)
        *err = *tk_traces_err(traces);
    return rc;
}

static unsigned reading_needs(const struct td_answer *a)
{
    return is_brief(a) ? profile_needs(a) | TK_NEED_RAW : TK_NEED_COPY;
}

/* Now that all traces were met: which of them are looked at.  These are read again, unless all are. */
static int take_sample(struct td_answer *a, int set, const struct td_input *in, const struct incoming *spans,
                       struct tk_err *err)
{
    struct tki_survey *s = &a->survey[set];
    struct tki_pass *pass = &a->pass[set];
    if (tki_survey_add(s, &spans->kinds) < 0 || tki_survey_take(s, TKI_SURVEY_TRACES) < 0)
        return tki_err_memory(err);
    if (!s->sampled)
        return TK_OK;
    int rc = td_open_traces(a, set, in, err);
    return rc < 0 ? rc
                  : tki_read_again(pass, reading_needs(a), &s->only, pass->read_err.code < 0, add_again, a->traces[set],
                                   err);
}

/* What the traces that are in the profile stand for. */
static void weigh_sample(struct td_answer *a, int set)
{
    for (size_t i = 0; i < a->profile.ntraces && a->survey[set].sampled; i++) {
        struct tki_trace_rec *t = &a->profile.trace[i];
        const struct tki_class *c = t->set == set ? tki_survey_class_of(&a->survey[set], t->id) : NULL;
        if (!c)
            continue;
        t->stands = (double)c->traces / (double)c->taken;
        t->limit = c->limit;
    }
}

int td_profile_set(struct td_answer *a, int set, struct tk_err *err)
{
    int rc = td_profile_traces(a, set, profile_needs(a), err);
    if (rc == TK_OK)
        weigh_sample(a, set);
    a->whole[set] = rc == TK_OK;
    return rc;
}

/* After a fault of the input what came before it is still compared: the fault is returned at the end. */
static int read_traces(struct td_answer *a, int set, const struct td_input *in, const struct incoming *spans,
                       struct tk_err *err)
{
    struct tki_pass *pass = &a->pass[set];
    int rc = tki_pass_read(pass, err);
    if (rc < 0)
        return rc;
    say_read(a, set, pass->reader, &spans->beyond);
    if (spans->surveyed)
        rc = take_sample(a, set, in, spans, err);
    if (rc == TK_OK && !a->request->partial)
        rc = td_profile_set(a, set, err);
    if (rc == TK_OK && pass->read_err.code < 0) {
        *err = pass->read_err;
        rc = pass->read_err.code;
    }
    return rc;
}

static int read_grouped(struct td_answer *a, int set, const struct td_input *in, struct tk_err *err)
{
    struct tk_read_opts o = in->read;
    o.needs = profile_needs(a) | (is_brief(a) ? TK_NEED_RAW : 0u); /* resources are kept as they came */
    o.rewindable = true;
    int rc = tk_reader_open(&a->reader[set], a->request->files[set], a->request->nfiles[set], &o, err);
    if (rc == 0)
        rc = tki_traces_of_grouped(&a->traces[set], a->reader[set], o.needs, err);
    if (rc == 0 && is_brief(a) && a->request->repair == TD_REPAIR_SKEW &&
        tki_traces_brief(a->traces[set], &in->traces, NULL) < 0)
        rc = tki_err_memory(err);
    if (rc < 0)
        return rc;
    rc = td_profile_traces(a, set, profile_needs(a), err);
    say_read(a, set, a->reader[set], NULL);
    a->whole[set] = rc == TK_OK;
    const struct tk_err *fault = tki_traces_fault(a->traces[set]);
    if (rc == TK_OK && fault->code < 0) {
        *err = *fault;
        rc = fault->code;
    }
    return rc;
}

/* In any order; or traces of which a sample is looked at, and their order does not matter. */
static int read_all(struct td_answer *a, int set, const struct td_input *in, struct incoming *spans, struct tk_err *err)
{
    struct tki_pass *pass = &a->pass[set];
    int rc = td_open_traces(a, set, in, err);
    spans->traces = a->traces[set];
    spans->pass = pass;
    if (spans->surveyed) {
        tki_kinds_init(&spans->kinds, &spans->ledger);
        pass->ledger = &spans->ledger;
        struct tki_consumer roots = tki_kinds_consumer(&spans->kinds);
        tki_pass_add(pass, &roots);
    }
    pass->tick = tick;
    pass->tick_ctx = in->progress;
    tki_pass_add(pass, &(struct tki_consumer){.needs = reading_needs(a), .ctx = spans, .fold = add_spans});
    if (rc == 0)
        rc = tki_pass_open(pass, a->request->files[set], a->request->nfiles[set], &in->read,
                           is_brief(a) || spans->surveyed, err);
    if (rc == 0)
        rc = read_traces(a, set, in, spans, err);
    pass->tick = NULL;
    return rc;
}

int td_read(struct td_answer *a, int set, const struct td_input *in, struct tk_err *err)
{
    struct incoming spans = {.surveyed = is_surveyed(a), .grouped = a->request->grouped};
    if (spans.grouped && !spans.surveyed) {
        a->progress = in->progress;
        int rc = read_grouped(a, set, in, err);
        a->progress = NULL;
        return rc;
    }
    int rc = read_all(a, set, in, &spans, err);
    if (rc < 0 && !a->whole[set])
        tki_pass_close(&a->pass[set]); /* its threads may still look at roots */
    a->pass[set].ledger = NULL;
    tki_kinds_free(&spans.kinds);
    tki_ledger_free(&spans.ledger);
    return rc;
}

/* "frontend: POST /api/checkout", as roots are listed, or "frontend: *" for all of a service. */
static bool is_listed(const struct tki_key *k, const char *root)
{
    tk_str s = tki_str(root);
    if (s.n == k->service.n + 3 && tki_str_starts(s, k->service) && memcmp(s.p + k->service.n, ": *", 3) == 0)
        return true;
    return s.n == k->service.n + 2 + k->name.n && tki_str_starts(s, k->service) &&
           memcmp(s.p + k->service.n, ": ", 2) == 0 && tki_str_eq((tk_str){s.p + k->service.n + 2, k->name.n}, k->name);
}

/* A root is asked for by its name as it is shown, or as it was before normalisation. */
bool *td_wanted_roots(const struct td_answer *a)
{
    const struct tki_keys *keys = &a->profile.keys;
    struct tki_buf name = {0};
    bool *ok = calloc((size_t)keys->n + 1, sizeof *ok);
    if (a->request->root)
        tki_normalize_name(&name, tki_str(a->request->root));
    for (uint32_t i = 0; ok && i < keys->n; i++) {
        const struct tki_key *k = &keys->key[i];
        ok[i] = !a->request->root || tki_str_eq(k->name, tki_str(a->request->root)) || is_listed(k, a->request->root) ||
                (keys->normalize && tki_str_eq(k->name, (tk_str){name.p, name.n}));
    }
    if (name.err) {
        free(ok);
        ok = NULL;
    }
    tki_buf_free(&name);
    return ok;
}

/* ---- what is compared ---- */

static int compare_by(struct td_answer *a, const bool *roots, enum td_mode mode)
{
    static const uint8_t splits[] = {TKI_TWO_SETS, TKI_SPLIT_QUANTILES, TKI_SPLIT_SLOW, TKI_SPLIT_TAIL, TKI_SPLIT_NONE};
    struct tki_compare_opts o = a->request->compare;
    o.root_ok = roots;
    o.within = true;
    o.replicates = a->request->intervals ? o.replicates : 0;
    o.split = mode == TD_SPLIT ? o.split : splits[mode];
    if (mode == TD_TAIL) {
        o.q[0] = 0.5;
        o.q[1] = 0.95;
    }
    tki_comparison_free(&a->c);
    a->mode = mode;
    return tki_compare(&a->c, &a->profile, &o);
}

/* Of one dump: the slow ones; when there are none the slow end; when that cannot be told, or all are slow, everything
 * together. */
static int compare_all(struct td_answer *a, const bool *roots)
{
    if (a->request->two)
        return compare_by(a, roots, TD_SETS);
    int rc = compare_by(a, roots, a->request->split ? TD_SPLIT : TD_SLOW);
    if (rc < 0)
        return rc;
    bool told = a->c.nmembers > a->c.few, none = a->c.side[1].traces == 0;
    if (a->mode == TD_SLOW && told && none && a->c.nmembers >= TKI_SLOW_TRACES_MIN)
        rc = compare_by(a, roots, TD_TAIL);
    a->alike = a->mode == TD_TAIL && a->c.side[0].traces && a->c.side[1].traces == 0;
    if (rc == TK_OK && (a->c.side[0].traces == 0 || a->c.side[1].traces == 0))
        rc = compare_by(a, roots, TD_ALONE);
    return rc;
}

/* With the same repairs as the first time. */
static int look_at_one(struct td_answer *a, int set, struct tk_batch *trace)
{
    int rc = a->mend[set] ? tki_mend_trace(a->mend[set], trace) : TK_OK;
    int of = rc < 0 ? rc : td_choose(a, trace, set);
    return of < 0 ? of : of > 1 ? TK_OK : tki_look_trace(&a->look, trace, of);
}

/* The traces of an input that are looked at, by number; *n bounds the numbers.  NULL: out of memory. */
static bool *looked_at(const struct td_answer *a, int input, size_t *n)
{
    const struct tki_trace_rec *t;
    bool one = td_inputs(a->request) == 1;
    *n = 0;
    for (size_t i = 0; (t = tki_look_wanted(&a->look, i)); i++)
        if (t->number >= *n)
            *n = (size_t)t->number + 1;
    bool *wanted = calloc(*n + 1, sizeof *wanted);
    for (size_t i = 0; wanted && (t = tki_look_wanted(&a->look, i)); i++)
        wanted[t->number] = wanted[t->number] || one || t->set == input;
    return wanted;
}

static int look_at_set(struct td_answer *a, int set, struct tk_err *err)
{
    size_t n;
    bool *wanted = looked_at(a, set, &n);
    struct tk_batch *trace;
    if (!wanted)
        return tki_err_memory(err);
    int rc = n ? tki_traces_rewind(a->traces[set], TK_NEED_ALL) : TK_OK, seen = TK_OK;
    while (n && rc >= 0 && seen >= 0 && (rc = tki_traces_next_of(a->traces[set], wanted, n, &trace)) == 1)
        seen = look_at_one(a, set, trace);
    free(wanted);
    if (rc < 0)
        *err = *tk_traces_err(a->traces[set]);
    else if (seen < 0)
        tki_err_memory(err);
    return rc < 0 ? rc : seen;
}

static int look_at(struct td_answer *a, struct tk_err *err)
{
    double least_ns = a->request->tables ? -INFINITY : TD_WORTH * a->causes.excess_ns;
    int rc = tki_look_open(&a->look, &a->causes, &a->causes_of, &a->profile, least_ns);
    for (int set = 0; rc == TK_OK && set < td_inputs(a->request); set++)
        if ((rc = look_at_set(a, set, err)) < 0)
            return rc;
    if (rc == TK_OK)
        rc = tki_look_finish(&a->look);
    a->explained = calloc(a->look.ncauses + 1, sizeof *a->explained);
    if (!a->explained)
        rc = TK_ENOMEM;
    for (size_t i = 0; i < a->look.ncauses && rc == TK_OK; i++) {
        rc = tki_explain(&a->explained[i], &a->look, i);
        if (a->turned &&
            a->explained[i].kind == TKI_CAUSE_CACHE_MISS) /* B, the faster one, lacks calls: no cache says so */
            a->explained[i].kind = TKI_CAUSE_NEW_CALLS;
    }
    return rc < 0 ? tki_err_memory(err) : rc;
}

/* The comparison with A and B changed: its members and kinds are copies. */
static int turn(struct td_answer *a)
{
    struct tki_comparison *t = &a->causes_of;
    t->member = malloc((t->nmembers + 1) * sizeof *t->member);
    t->kind = malloc((t->nkinds + 1) * sizeof *t->kind);
    if (!t->member || !t->kind)
        return TK_ENOMEM;
    for (size_t i = 0; i < t->nmembers; i++) {
        t->member[i] = a->c.member[i];
        t->member[i].side = !a->c.member[i].side;
    }
    for (size_t i = 0; i < t->nkinds; i++) {
        t->kind[i] = a->c.kind[i];
        for (int side = 0; side < 2; side++) {
            t->kind[i].traces[side] = a->c.kind[i].traces[!side];
            t->kind[i].stands[side] = a->c.kind[i].stands[!side];
            t->kind[i].drawn[side] = a->c.kind[i].drawn[!side];
            t->kind[i].weight[side] = a->c.kind[i].weight[!side];
        }
    }
    for (int side = 0; side < 2; side++)
        t->side[side] = a->c.side[!side];
    return TK_OK;
}

static bool any_outlying(const struct tki_causes *x)
{
    for (size_t i = 0; i < x->n; i++)
        if (x->cause[i].outlying && x->cause[i].lost_ns >= TD_WORTH * x->excess_ns)
            return true;
    return false;
}

/* Of two sets, too, what makes the slower one slow.  Where B may be the faster one by chance, a part of its requests
 * may have a cause all the same. */
static int find_causes(struct td_answer *a, const struct tki_compare_opts *o)
{
    bool back = a->mode == TD_SETS && tki_compare_leans_back(&a->c);
    a->causes_of = a->c;
    if (back && !a->levels.level[TKI_LEVEL_MEAN].certain) {
        int rc = tki_causes_find(&a->causes, &a->causes_of, &a->profile, o);
        if (rc < 0 || any_outlying(&a->causes))
            return rc;
        tki_causes_free(&a->causes);
    }
    a->turned = back;
    int rc = a->turned ? turn(a) : TK_OK;
    return rc < 0 ? rc : tki_causes_find(&a->causes, &a->causes_of, &a->profile, o);
}

/* What was compared, explained.  Returns 0 or TK_ENOMEM, or looking at traces again failed: *err. */
static int explain(struct td_answer *a, struct tk_err *err)
{
    struct tki_compare_opts o = a->request->compare;
    bool sets = a->mode == TD_SETS, empty = sets && (a->c.side[0].traces == 0 || a->c.side[1].traces == 0);
    o.split = sets ? TKI_TWO_SETS : TKI_SPLIT_SLOW;
    int rc = sets && !empty ? tki_levels_compare(&a->levels, &a->c, o.seed, o.replicates) : TK_OK;
    if (rc == TK_OK && !empty)
        rc = find_causes(a, &o);
    if (rc == TK_OK)
        rc = tki_steps_find(&a->steps, &a->c, &a->profile);
    if (rc < 0)
        return tki_err_memory(err);
    return empty ? TK_OK : look_at(a, err);
}

static void forget(struct td_answer *a)
{
    free(a->explained);
    a->explained = NULL;
    tki_steps_free(&a->steps);
    tki_look_free(&a->look);
    tki_causes_free(&a->causes);
}

/* Few are slow, and nothing of theirs stands out. */
static bool tells_nothing(const struct td_answer *a)
{
    double slow = a->c.side[1].stands;
    bool any = false;
    for (size_t i = 0; i < a->look.ncauses; i++)
        any = any || (a->explained[i].told && a->causes.cause[i].lost_ns > 0);
    return a->mode == TD_SLOW && !any && slow * TD_FEW_SLOW <= a->c.side[0].stands + slow;
}

/* Where that tells nothing, the slow end of all may tell more. */
static int explain_all(struct td_answer *a, const bool *roots, struct tk_err *err)
{
    int rc = explain(a, err);
    if (rc < 0 || !tells_nothing(a))
        return rc;
    a->few_slow = (uint64_t)llround(a->c.side[1].stands);
    forget(a);
    rc = compare_by(a, roots, TD_TAIL);
    if (rc == TK_OK && (a->c.side[0].traces == 0 || a->c.side[1].traces == 0)) {
        a->few_slow = 0;
        rc = compare_by(a, roots, TD_SLOW);
    }
    return rc < 0 ? tki_err_memory(err) : explain(a, err);
}

int td_compare(struct td_answer *a, struct tk_err *err)
{
    uint64_t neither = a->neither, both = a->both;
    bool *roots = td_wanted_roots(a);
    bool alone = a->request->dark || a->request->what_if || a->request->drag;
    int rc = roots ? tki_profile_link(&a->profile) : TK_ENOMEM;
    double wanted = 0;
    for (size_t i = 0; rc == TK_OK && i < a->profile.ntraces; i++)
        wanted += roots[a->profile.trace[i].root_key] ? a->profile.trace[i].stands : 0;
    a->wanted = (uint64_t)llround(wanted);
    for (int set = 0; set < 2; set++)
        a->mended[set] = a->mend[set] ? *tki_mend_counts(a->mend[set]) : (struct tki_mended){0};
    if (rc == TK_OK && a->wanted)
        rc = alone ? compare_by(a, roots, TD_ALONE) : compare_all(a, roots);
    if (rc == TK_OK && a->wanted && a->request->dark)
        rc = tki_dark_find(&a->dark, &a->c, &a->profile, a->request->dark_min_ns);
    if (rc < 0)
        tki_err_memory(err);
    else if (a->wanted && !alone)
        rc = explain_all(a, roots, err);
    free(roots);
    if (!alone) { /* as they were counted the first time */
        a->neither = neither;
        a->both = both;
    }
    return rc;
}

void td_answer_free(struct td_answer *a)
{
    forget(a);
    free(a->dragged);
    tki_darkness_free(&a->dark);
    if (a->turned) {
        free(a->causes_of.member);
        free(a->causes_of.kind);
    }
    tki_comparison_free(&a->c);
    tki_profile_free(&a->profile);
    td_choice_close(a);
    td_pair_free(a);
    free(a->after_ns);
    tki_damage_free(&a->damage);
    for (int set = 0; set < 2; set++) {
        tk_traces_close(a->traces[set]);
        tk_reader_close(a->reader[set]);
        tki_pass_close(&a->pass[set]);
        tki_survey_free(&a->survey[set]);
        tki_mend_free(a->mend[set]);
        tki_clocks_free(&a->clocks[set]);
    }
}

/* ---- roots ---- */

struct root_count {
    double traces;
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

enum { ROOTS_SHOWN = 20 };

void td_list_roots(struct tki_buf *to, const struct td_answer *a)
{
    uint32_t n = a->profile.keys.n, found = 0;
    struct root_count *roots = calloc((size_t)n + 1, sizeof *roots);
    if (!roots) {
        to->err = TK_ENOMEM;
        return;
    }
    for (uint32_t i = 0; i < n; i++)
        roots[i].key = i;
    for (size_t i = 0; i < a->profile.ntraces; i++)
        roots[a->profile.trace[i].root_key].traces += a->profile.trace[i].stands;
    qsort_r(roots, n, sizeof *roots, cmp_root, (void *)&a->profile.keys);
    while (found < n && roots[found].traces > 0)
        found++;
    for (uint32_t i = 0; i < found && i < ROOTS_SHOWN; i++) {
        const struct tki_key *k = &a->profile.keys.key[roots[i].key];
        tki_buf_printf(to, "  %lld  %.*s: %.*s\n", llround(roots[i].traces), (int)k->service.n, k->service.p,
                       (int)k->name.n, k->name.p);
    }
    if (found > ROOTS_SHOWN)
        tki_buf_printf(to, "  and %u more\n", found - ROOTS_SHOWN);
    free(roots);
}
