/* --partial and --merge: the state of what a dump weighs, written where a part of it is, and the report of all parts.
 */
#include <inttypes.h>
#include <unistd.h>

#include "cli/merge.h"
#include "cli/msg.h"
#include "cli/term.h"
#include "cost/cost_state.h"
#include "run/state_pb.h"
#include "sample/replay_state.h"
#include "tracecost.h"

/* Fields of CostSide behind those of replay_state.h: what is kept, where that is a part of some traces. */
enum { SIDE_BYTES = 20, SIDE_SPANS, SIDE_EVENTS, SIDE_LINKS };

/* What states must have in common: the same text for the same measurements. */
static void put_question(struct tki_buf *to, const struct options *o, const struct dump *d)
{
    tki_buf_printf(to, "costs %s a bill\n", o->bill ? "with" : "without");
    tki_buf_lit(to, "costs of all keys");
    for (size_t i = 0; i < o->drops.n; i++)
        tki_buf_printf(to, "%s%s", i ? ", " : " but ", o->drops.item[i]);
    tki_buf_printf(to, "\ncosts under %zu configurations\n", d->nsides);
    for (size_t k = 0; k < d->nsides; k++)
        tki_sampling_question(&d->side[k].sampler, to);
}

/* ---- what the policies were told ---- */

static void put_side(void *dump, size_t k, struct tki_buf *b, tk_id128 id, uint32_t row)
{
    struct dump *d = dump;
    const struct side *s = &d->side[k];
    tki_replay_put_judged(b, &d->scratch, s->replay, id, &tki_ledger_row(&d->ledger, row)->extent);
    if (!s->partial)
        return;
    const struct tki_trace_size *kept = tki_measure_at(&s->measure, row);
    tki_state_number(b, SIDE_BYTES, kept->bytes);
    tki_state_number(b, SIDE_SPANS, kept->spans);
    tki_state_number(b, SIDE_EVENTS, kept->events);
    tki_state_number(b, SIDE_LINKS, kept->links);
}

static int take_side(void *dump, size_t k, struct tki_pb c, tk_id128 id, uint32_t row)
{
    struct dump *d = dump;
    const struct side *s = &d->side[k];
    struct tki_trace_size kept = {0};
    struct tki_replay_judged judged = {0};
    for (unsigned tag; (tag = tki_pb_tag(&c));)
        switch (tag) {
        case TKI_PB(SIDE_BYTES, VARINT): kept.bytes = tki_pb_varint(&c); break;
        case TKI_PB(SIDE_SPANS, VARINT): kept.spans = (uint32_t)tki_pb_varint(&c); break;
        case TKI_PB(SIDE_EVENTS, VARINT): kept.events = (uint32_t)tki_pb_varint(&c); break;
        case TKI_PB(SIDE_LINKS, VARINT): kept.links = (uint32_t)tki_pb_varint(&c); break;
        default:
            if (!tki_replay_get_judged(&c, tag, &judged))
                tki_pb_skip(&c, tag);
        }
    if (c.error)
        return TK_EINVALID;
    *(struct tki_trace_size *)tki_ledger_at(&d->ledger, row, s->measure.column) = kept;
    const struct tki_extent trace = tki_ledger_row(&d->ledger, row)->extent; /* rows may move */
    return tki_replay_take_judged(s->replay, id, &trace, &judged);
}

static struct tki_cost_state state_of(struct dump *d)
{
    return (struct tki_cost_state){
        .ledger = &d->ledger,
        .measure = &d->measure,
        .left = d->without ? &d->without->measure : NULL,
        .kinds = &d->kinds,
        .sample = &d->sample,
        .units = &d->units,
        .bill = d->billed ? &d->bill : NULL,
        .large = d->billed ? &d->large : NULL,
        .found = d->without ? d->without->found : NULL,
        .nfound = d->without ? d->without->n : 0,
        .sides = {.n = d->nsides, .ctx = d, .put = put_side, .take = take_side},
    };
}

static void refuse_unmergeable(const struct dump *d, const char *option)
{
    for (size_t k = 0; k < d->nsides; k++) {
        const char *why = tki_replay_unmergeable(d->side[k].replay);
        if (why)
            tki_die(TKI_EXIT_USAGE,
                    "%s: %s: %s: states of parts do not tell what is kept, so read everything in one run", option,
                    d->side[k].name, why);
    }
}

/* ---- writing ---- */

static int save(void *state, struct tki_state_out *to, struct tk_err *err)
{
    return tki_cost_state_save(state, to, err);
}

void partial(const struct options *o, const char *const *files, size_t nfiles, struct dump *d)
{
    struct tki_cost_state state = state_of(d);
    struct tki_buf question = {0};
    struct tki_reading read = {.stats = d->stats, .complete = d->status == 0, .damage = d->damage};
    refuse_unmergeable(d, "--partial");
    tki_reading_names(&read, files, nfiles);
    put_question(&question, o, d);
    tki_partial_write(o->report.path, o->report.compress, "cost", tki_merge_text(&question), &read, save, &state);
    read.damage = (struct tki_damage){0}; /* the dump's */
    tki_reading_free(&read);
    tki_buf_free(&question);
}

/* ---- merging ---- */

static int load(void *state, struct tki_state_in *from, struct tk_err *err)
{
    return tki_cost_state_load(state, from, err);
}

static uint64_t traces(void *state)
{
    return ((const struct tki_cost_state *)state)->loaded;
}

/* What of traces in several states nobody can tell: what policies would have been told of all of it, and which
 * attributes make it too large for a store. */
static uint64_t shared(void *state)
{
    const struct tki_cost_state *x = state;
    const struct dump *d = x->sides.ctx;
    uint64_t n = 0;
    if (d->nsides)
        return x->shared;
    for (uint32_t i = 0; d->billed && x->shared && i < d->ledger.ids.n; i++)
        n += *(const bool *)tki_ledger_at(&d->ledger, i, x->divided) && is_too_large(d, i);
    return n;
}

void merge(const struct options *o, const char *const *files, size_t nfiles, struct dump *d)
{
    struct tki_buf question = {0};
    open_dump(o, d);
    struct tki_cost_state state = state_of(d);
    tki_cost_state_init(&state);
    put_question(&question, o, d);
    const struct tki_merge_answer answer = {
        .name = "cost",
        .question = tki_merge_text(&question),
        .again = "--bill, --drop and the configurations as they were",
        .rest = "options",
        .whose = d->nsides ? "configurations" : "what --bill says of those that are too large for a store",
        .ctx = &state,
        .load = load,
        .save = save,
        .spans = traces,
        .shared = shared};
    struct tki_merging merging = {.answer = &answer};
    tki_merge_all(&merging, files, nfiles);
    const char *why = tki_cost_state_unmergeable(&state);
    if (why)
        tki_die(TKI_EXIT_IO, "--merge: %s: read everything in one run, or without --bill", why);
    d->status = merging.read.complete ? 0 : TKI_EXIT_IO;
    tki_cost_state_loaded(&state);
    judge(d);
    refuse_unmergeable(d, "--merge");
    if (o->partial) {
        tki_merge_write(&merging, o->report.path, o->report.compress);
    } else {
        d->damage = merging.read.damage;
        merging.read.damage = (struct tki_damage){0};
        conclude(o, d);
    }
    tki_merging_free(&merging);
    tki_buf_free(&question);
}
