#include "tracekit/sample.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "public/replay.h"
#include "public/whole.h"
#include "sample/consumer.h"

struct tk_sampler {
    struct tki_sampler s;
    char *name, *text; /* of a configuration that is no file: positions name it, settings may lie in it */
    char newer[128];   /* "": no warning of that */
};

struct tk_replay {
    const struct tk_sampler *sampler;
    struct tki_ledger ledger; /* of all traces */
    struct tki_groups groups;
    struct tki_replay *replay;
    struct tki_consumer consumer;
    void *part; /* of the consumer, from batch to batch */
    struct tki_tally in, kept;
    bool judged;
};

/* ---- configurations ---- */

static int release_of(const char *collector, unsigned *release, struct tk_err *err)
{
    *release = collector ? tki_release_parse(collector) : 0;
    if (collector && !*release)
        return tki_err_set(err, TK_EUSAGE, "'%.40s' is no version of the collector such as 0.140", collector);
    return 0;
}

static int open_sampler(struct tk_sampler *s, const char *const *paths, const tk_str *texts, size_t npaths,
                        const char *processor, const char *collector, struct tk_err *err)
{
    unsigned release;
    int rc = release_of(collector, &release, err);
    if (release)
        (void)tki_release_doubt(release, s->newer, sizeof s->newer);
    if (rc == 0)
        rc = tki_sampler_parse(&s->s, paths, texts, npaths, processor, release, err);
    return rc;
}

static void free_sampler(struct tk_sampler *s)
{
    free(s->name);
    free(s->text);
    free(s);
}

int tk_sampler_open(struct tk_sampler **out, const char *const *paths, size_t npaths, const char *processor,
                    const char *collector, struct tk_err *err)
{
    struct tk_sampler *s = calloc(1, sizeof *s);
    *out = NULL;
    if (!s)
        return tki_err_memory(err);
    int rc = npaths ? open_sampler(s, paths, NULL, npaths, processor, collector, err)
                    : tki_err_set(err, TK_EUSAGE, "no configuration is given");
    if (rc < 0)
        free_sampler(s);
    else
        *out = s;
    return rc;
}

int tk_sampler_parse(struct tk_sampler **out, tk_str yaml, const char *name, const char *processor,
                     const char *collector, struct tk_err *err)
{
    struct tk_sampler *s = calloc(1, sizeof *s);
    *out = NULL;
    if (!s)
        return tki_err_memory(err);
    s->name = strdup(name ? name : "configuration");
    s->text = malloc(yaml.n + 1);
    int rc = s->name && s->text ? 0 : tki_err_memory(err);
    if (rc == 0) {
        if (yaml.n)
            memcpy(s->text, yaml.p, yaml.n);
        s->text[yaml.n] = 0;
        const char *const names[] = {s->name};
        const tk_str texts[] = {{s->text, yaml.n}};
        rc = open_sampler(s, names, texts, 1, processor, collector, err);
    }
    if (rc < 0)
        free_sampler(s);
    else
        *out = s;
    return rc;
}

void tk_sampler_close(struct tk_sampler *s)
{
    if (!s)
        return;
    tki_sampler_close(&s->s);
    free_sampler(s);
}

const char *tk_sampler_processor(const struct tk_sampler *s)
{
    return s->s.tail || !s->s.nheads ? s->s.processor : s->s.heads[0].name;
}

const char *tk_sampler_warning(const struct tk_sampler *s, size_t i)
{
    if (i < s->s.warnings.n)
        return s->s.warnings.text[i];
    return i == s->s.warnings.n && s->newer[0] ? s->newer : NULL;
}

tk_str tk_sampler_policy(const struct tk_sampler *s, size_t i, const char **type)
{
    if (i >= s->s.npolicies)
        return (tk_str){NULL, 0};
    if (type)
        *type = s->s.policies[i].type->name;
    return s->s.policies[i].name;
}

unsigned tk_sampler_needs(const struct tk_sampler *s)
{
    const tk_str *keys;
    size_t n;
    return tki_sampler_needs(&s->s, &keys, &n) | TK_NEED_WEIGHT;
}

const tk_str *tk_sampler_keys(const struct tk_sampler *s, size_t *n)
{
    const tk_str *keys;
    tki_sampler_needs(&s->s, &keys, n);
    return keys;
}

/* ---- judging ---- */

int tk_replay_open(struct tk_replay **out, const struct tk_sampler *s, struct tk_err *err)
{
    struct tk_replay *r = calloc(1, sizeof *r);
    *out = NULL;
    if (!r)
        return tki_err_memory(err);
    r->sampler = s;
    int rc = tki_replay_open(&r->replay, &s->s, s->s.nheads ? NULL : &r->ledger, err);
    if (rc < 0) {
        free(r);
        return rc;
    }
    r->consumer = tki_replay_consumer(r->replay);
    *out = r;
    return 0;
}

void tk_replay_close(struct tk_replay *r)
{
    if (!r)
        return;
    r->consumer.part_free(r->part);
    tki_replay_close(r->replay);
    tki_groups_free(&r->groups);
    tki_ledger_free(&r->ledger);
    free(r);
}

int tk_replay_add(struct tk_replay *r, struct tk_batch *b, struct tk_err *err)
{
    if (r->judged)
        return tki_err_set(err, TK_EUSAGE, "the traces were judged: no span is added to them");
    if (tki_groups_make(&r->groups, b, NULL, 0) < 0 || tki_ledger_fold(&r->ledger, &r->groups) < 0)
        return tki_err_memory(err);
    int rc = r->consumer.work(r->replay, b, &r->groups, &r->part);
    return r->consumer.fold(r->replay, b, &r->groups, r->part, rc, err);
}

static int add(void *replay, struct tk_batch *b, struct tk_err *err)
{
    return tk_replay_add(replay, b, err);
}

int tk_replay_read(struct tk_replay *r, struct tk_reader *reader, struct tk_err *err)
{
    return tki_each_batch(reader, add, r, err);
}

int tk_replay_judge(struct tk_replay *r, struct tk_err *err)
{
    if (r->judged)
        return tki_err_set(err, TK_EUSAGE, "the traces were judged before");
    uint64_t in_part = 0;
    int rc = tki_replay_judge(r->replay, err);
    if (rc == 0)
        tki_replay_total(r->replay, &r->ledger, &r->in, &r->kept, &in_part);
    r->judged = rc == 0;
    return rc;
}

bool tki_replay_is_judged(const struct tk_replay *r)
{
    return r->judged;
}

bool tk_replay_keeps(const struct tk_replay *r, tk_id128 trace_id)
{
    return r->judged && tki_replay_keeps_trace(r->replay, trace_id);
}

int tk_replay_select(struct tk_replay *r, struct tk_batch *b, uint32_t *rows, size_t *nrows, bool mark,
                     struct tk_err *err)
{
    *nrows = 0;
    if (!r->judged)
        return tki_err_set(err, TK_EUSAGE, "the traces are not judged yet");
    for (uint32_t i = 0; i < b->nspans; i++)
        rows[i] = i;
    *nrows = tki_replay_keep(r->replay, b, rows, b->nspans, mark);
    return b->err < 0 ? tki_err_memory(err) : 0;
}

/* ---- counts ---- */

double tk_replay_count(const struct tk_replay *r, enum tk_replay_count what)
{
    const struct tki_replay_stats *st = tki_replay_stats(r->replay);
    if (!r->judged)
        return NAN;
    switch (what) {
    case TK_REPLAY_TRACES: return (double)r->in.traces;
    case TK_REPLAY_SPANS: return (double)r->in.spans;
    case TK_REPLAY_STAND_FOR: return tki_weight_total(r->in.wtraces);
    case TK_REPLAY_KEPT_TRACES: return (double)r->kept.traces;
    case TK_REPLAY_KEPT_SPANS: return (double)r->kept.spans;
    case TK_REPLAY_KEPT_STAND_FOR: return tki_weight_total(r->kept.wtraces);
    case TK_REPLAY_DROPPED_TRACES: return (double)st->dropped.traces;
    case TK_REPLAY_DROPPED_SPANS: return (double)st->dropped.spans;
    }
    return NAN;
}

double tk_replay_policy(const struct tk_replay *r, size_t policy, enum tk_policy_count what)
{
    if (!r->judged || policy >= r->sampler->s.npolicies)
        return NAN;
    const struct tki_policy_tally *t = &tki_replay_stats(r->replay)->policy[policy];
    switch (what) {
    case TK_POLICY_MATCHED:
        return (double)(t->decided[TKI_SAMPLED].traces + t->decided[TKI_INVERT_SAMPLED].traces +
                        t->decided[TKI_DROPPED].traces);
    case TK_POLICY_FIRST: return (double)t->first.traces;
    case TK_POLICY_ALONE: return (double)t->alone.traces;
    }
    return NAN;
}
