/* Which traces of many are looked at: classes add up, and a division into parts loses none of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare/survey.h"
#include "tap.h"

enum { TRACES = 5000, MOST = 2000, PARTS = 7 };

struct dump {
    struct tki_ledger ledger;
    struct tki_kinds kinds;
};

static uint64_t next(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 11;
}

/* Trace number i says the same wherever it stands. */
static void put(struct dump *d, uint32_t i)
{
    uint64_t state = i + 1;
    for (int k = 0; k < 5; k++)
        next(&state);
    tk_id128 id = {next(&state), next(&state)};
    uint64_t kind = next(&state) % 40, ns = 1000000 << next(&state) % 7, failed = next(&state) % 50 == 0;
    char name[16];
    kind = kind < 30 ? 0 : kind; /* one is frequent, as one is */
    snprintf(name, sizeof name, "op%u", (unsigned)kind);
    ns += next(&state) % ns;
    struct tki_trace_row row = {
        .extent = {.start_ns = 1, .end_ns = 1 + ns}, .spans = 3, .roots = 1, .errors = (uint32_t)failed};
    uint32_t at = tki_ledger_add(&d->ledger, id, &row);
    uint32_t number = tki_symtab_put(&d->kinds.names, (tk_str){name, strlen(name)});
    *(struct tki_kind_row *)tki_ledger_at(&d->ledger, at, d->kinds.column) =
        (struct tki_kind_row){.start_ns = 1, .end_ns = 1 + ns, .span_id = 1, .kind = number + 1};
}

static void drop(struct dump *d)
{
    tki_kinds_free(&d->kinds);
    tki_ledger_free(&d->ledger);
    *d = (struct dump){0};
}

static struct tki_survey survey_of(const struct dump *d, uint64_t most)
{
    struct tki_survey s = {0};
    if (tki_survey_add(&s, &d->kinds) < 0 || tki_survey_take(&s, most) < 0)
        abort();
    return s;
}

/* What a state hands on. */
static void join(struct tki_survey *to, const struct tki_survey *part)
{
    for (uint32_t i = 0; i < part->nclasses; i++) {
        const struct tki_class *c = &part->class[i];
        uint32_t class = tki_survey_class(to, &part->names.strs[c->kind], c->failed, c->half_octave);
        if (class == TK_NONE)
            abort();
        to->class[class].traces += c->traces;
        for (uint32_t k = 0; k < part->only.n; k++)
            if (part->class_of[k] == i && tki_survey_put(to, part->only.ids[k], class) < 0)
                abort();
    }
}

static void check_whole(const struct tki_survey *s)
{
    uint64_t traces = 0, taken = 0, most = 0;
    bool above = true;
    for (size_t i = 0; i < s->nclasses; i++) {
        traces += s->class[i].traces;
        taken += s->class[i].taken;
        most = s->class[i].taken > most ? s->class[i].taken : most;
    }
    ok(traces == TRACES && s->traces == TRACES, "classes add up to the dump");
    ok(taken == s->only.n && taken <= MOST && taken > MOST / 2, "%llu of at most %d are taken",
       (unsigned long long)taken, MOST);
    for (size_t i = 0; i < s->nclasses; i++)
        above = above && (s->class[i].taken == most || s->class[i].taken == s->class[i].traces);
    ok(above, "each class is taken whole, or as many of it as of any");
}

/* All that is taken of a class lies below its limit, and nothing else. */
static void check_limits(const struct tki_survey *s, const struct dump *d)
{
    unsigned wrong = 0;
    for (uint32_t i = 0; i < d->ledger.ids.n; i++) {
        tk_id128 id = d->ledger.ids.ids[i];
        const struct tki_class *c = tki_survey_class_of(s, id);
        wrong += c && tki_hash_id(id) > c->limit;
    }
    ok(wrong == 0, "what is taken lies below the limits");
}

static void check_parts(const struct tki_survey *whole)
{
    unsigned lost = 0, other = 0;
    struct tki_survey all = {0};
    for (uint32_t part = 0; part < PARTS; part++) {
        struct dump d = {0};
        struct tki_survey s;
        tki_kinds_init(&d.kinds, &d.ledger);
        for (uint32_t i = TRACES; i-- > 0;) /* backwards, too */
            if (i % 100 % PARTS == part)
                put(&d, i);
        s = survey_of(&d, MOST);
        join(&all, &s);
        for (uint32_t i = 0; i < d.ledger.ids.n; i++) {
            tk_id128 id = d.ledger.ids.ids[i];
            bool here = tki_survey_class_of(&s, id);
            lost += tki_survey_class_of(whole, id) && !here;
            other += here && !tki_survey_class_of(whole, id);
        }
        tki_survey_free(&s);
        drop(&d);
    }
    if (tki_survey_take(&all, MOST) < 0)
        abort();
    unsigned differ = all.only.n != whole->only.n;
    for (uint32_t i = 0; i < whole->only.n && !differ; i++) {
        const struct tki_class *a = &all.class[all.class_of[i]], *b = &whole->class[whole->class_of[i]];
        tk_id128 x = all.only.ids[i], y = whole->only.ids[i];
        differ +=
            x.hi != y.hi || x.lo != y.lo || a->traces != b->traces || a->taken != b->taken || a->limit != b->limit;
    }
    ok(!differ && all.sampled, "the surveys of the parts are together that of the whole");
    tki_survey_free(&all);
    ok(lost == 0 && other > 0, "what the whole takes, each part takes of its own, and more: %u", other);
}

int main(void)
{
    struct dump d = {0};
    struct tki_survey s;
    tki_kinds_init(&d.kinds, &d.ledger);
    for (uint32_t i = 0; i < TRACES; i++)
        put(&d, i);
    s = survey_of(&d, MOST);
    ok(s.sampled, "a sample is taken");
    check_whole(&s);
    check_limits(&s, &d);
    check_parts(&s);
    tki_survey_free(&s);
    s = survey_of(&d, TRACES);
    ok(!s.sampled && s.only.n == TRACES, "as many as may be are all looked at");
    tki_survey_free(&s);
    drop(&d);
    return done_testing();
}
