/* --partial and --merge: the traces that are looked at, with how many they stand for, written where a part of the dump
 * is, and the report of all parts. */
#include "base/array.h"
#include "base/err.h"
#include "cli/merge.h"
#include "cli/msg.h"
#include "compare/survey_state.h"
#include "skew.h"

/* States of one question go together: it is always the same, as what is compared how is asked of all of them. */
static const char question[] = "differences by a survey of 10000 traces\n";
_Static_assert(TKI_SURVEY_TRACES == 10000, "states of another number of traces are of another question");

struct saved {
    const struct tki_survey *survey;
    struct tk_traces *traces;
};

static int save(void *saved, struct tki_state_out *to, struct tk_err *err)
{
    const struct saved *s = saved;
    return tki_survey_state_save(s->survey, s->traces, to, err);
}

void td_partial(const struct td_answer *a, const struct tki_report *report, bool complete)
{
    struct saved saved = {&a->survey[0], a->traces[0]};
    struct tki_reading read = {.stats = a->stats[0], .complete = complete, .damage = a->damage};
    tki_reading_names(&read, a->request->files[0], a->request->nfiles[0]);
    tki_partial_write(report->path, report->compress, "diff", tki_str(question), &read, save, &saved);
    read.damage = (struct tki_damage){0}; /* the answer's */
    tki_reading_free(&read);
}

/* ---- merging ---- */

struct merged {
    struct tki_survey_state state;
    struct saved saved;
};

static int load(void *merged, struct tki_state_in *from, struct tk_err *err)
{
    return tki_survey_state_load(&((struct merged *)merged)->state, from, err);
}

static int save_merged(void *merged, struct tki_state_out *to, struct tk_err *err)
{
    return save(&((struct merged *)merged)->saved, to, err);
}

static uint64_t traces(void *merged)
{
    return ((const struct merged *)merged)->state.loaded;
}

static uint64_t shared(void *merged)
{
    return ((const struct merged *)merged)->state.shared;
}

/* The traces that the survey of all states takes. */
static int take_traces(struct td_answer *a, int set, const struct td_input *in, struct merged *x, struct tk_err *err)
{
    int rc =
        tki_survey_take(&a->survey[set], TKI_SURVEY_TRACES) < 0 ? tki_err_memory(err) : td_open_traces(a, set, in, err);
    return rc < 0 ? rc : tki_survey_state_traces(&x->state, a->traces[set], err);
}

static void add_damage(struct tki_damage *to, const struct tki_damage *from)
{
    if (TKI_GROW(to->fault, to->cap, to->n + from->n) < 0)
        tki_die(TKI_EXIT_IO, "out of memory");
    for (size_t i = 0; i < from->n; i++)
        to->fault[to->n++] = from->fault[i];
}

/* Past the limits what comes first is told apart: of a whole dump by the order in which it came. */
static void refuse_full(const struct td_answer *a, int set)
{
    uint64_t past = a->profile.keys.dropped + a->profile.paths.dropped + a->profile.units_dropped;
    if (!a->survey[set].sampled && past + td_clocks(a, set)->passed_over)
        tki_die(TKI_EXIT_IO,
                "--merge: there are more operations, paths or pairs of hosts than are told apart, and which "
                "of them are depends on their order: read everything in one run");
}

void td_merge(struct td_answer *a, struct td_request *r, int set, const struct td_input *in, struct tki_merging *names,
              const struct tki_report *report, bool *complete)
{
    struct merged x = {.saved = {&a->survey[set], NULL}};
    struct tk_err err = {0};
    const struct tki_merge_answer answer = {.name = "diff",
                                            .question = tki_str(question),
                                            .again = "states of this version",
                                            .rest = "options",
                                            .whose = "a comparison",
                                            .ctx = &x,
                                            .load = load,
                                            .save = save_merged,
                                            .spans = traces,
                                            .shared = shared};
    if (tki_survey_state_open(&x.state, &a->survey[set], in->traces.memory_max / 2, in->traces.tmpdir, &err) < 0)
        tki_die_err(&err);
    struct tki_merging m = {.answer = &answer};
    tki_merge_all(&m, r->files[set], r->nfiles[set]);
    if (take_traces(a, set, in, &x, &err) < 0)
        tki_die_err(&err);
    tki_survey_state_close(&x.state);
    x.saved.traces = a->traces[set];
    *complete = *complete && m.read.complete;
    if (r->partial) {
        tki_merge_write(&m, report->path, report->compress);
        tki_merging_free(&m);
        return;
    }
    a->stats[set] = m.read.stats;
    add_damage(&a->damage, &m.read.damage);
    r->files[set] = m.read.dump;
    r->nfiles[set] = m.read.ndumps;
    if (td_profile_set(a, set, &err) < 0)
        tki_die_err(&err);
    refuse_full(a, set);
    m.answer = NULL;
    *names = m;
}
