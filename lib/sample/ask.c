#include "sample/ask.h"

#include <stdlib.h>

enum { RECALLED_WORDS_MAX = 64 * 1024 /* of bits, for a field */ };

enum { STATUSES = sizeof((struct tki_asker *)0)->status_known };

enum mark { UNKNOWN, SAYS_NOTHING, SAYS_SOMETHING };

/* ---- room ---- */

/* What is said of a value: bits of the policies that say yes, then of those that it opens. */
static size_t words_of(const struct tki_sampler *s)
{
    return 2 * (size_t)s->nwords;
}

static uint32_t asked_fields(const struct tki_sampler *s)
{
    return s->asked_end[TKI_OTTL_OWNERS - 1];
}

/* Of very many policies nothing is remembered. */
static int make_recalled(struct tki_asker *a, const struct tki_sampler *s, const struct tki_ottl_run *ottl)
{
    uint32_t n = asked_fields(s);
    a->recalled = calloc(n + (size_t)1, sizeof *a->recalled);
    a->nrecalled = a->recalled ? n : 0;
    for (uint32_t i = 0; i < a->nrecalled; i++) {
        uint32_t spots = tki_ottl_spots(ottl, s->asked[i].field);
        a->recalled[i].spots = spots * words_of(s) > RECALLED_WORDS_MAX ? 0 : spots;
    }
    return a->recalled ? 0 : TK_ENOMEM;
}

int tki_asker_make(struct tki_asker *a, const struct tki_sampler *s, const struct tki_ottl_run *ottl)
{
    uint32_t n = s->asked_end[TKI_OTTL_OF_ATTRIBUTE];
    a->absent = calloc((n + (size_t)1) * words_of(s), sizeof *a->absent);
    a->awake = malloc((n + (size_t)1) * sizeof *a->awake);
    a->absent_known = calloc(n + (size_t)1, sizeof *a->absent_known);
    a->lasting = calloc(words_of(s), sizeof *a->lasting);
    a->now = calloc(words_of(s), sizeof *a->now);
    a->said = calloc(words_of(s), sizeof *a->said);
    a->of_status = calloc(STATUSES * (size_t)s->nwords, sizeof *a->of_status);
    a->nothing = calloc(s->nwords, sizeof *a->nothing);
    if (!a->nothing || !a->of_status || !a->absent || !a->awake || !a->absent_known || !a->lasting || !a->now ||
        !a->said)
        return TK_ENOMEM;
    for (a->nawake = 0; a->nawake < n; a->nawake++)
        a->awake[a->nawake] = a->nawake;
    a->status_alone = s->of_all.n == 0 && asked_fields(s) == 0;
    for (uint32_t w = 0; w < s->nwords; w++)
        a->status_alone = a->status_alone && s->of_events[w] == 0;
    tki_asker_begin(a);
    return make_recalled(a, s, ottl);
}

void tki_asker_free(struct tki_asker *a)
{
    for (uint32_t i = 0; i < a->nrecalled; i++)
        free(a->recalled[i].words);
    free(a->recalled);
    free(a->absent);
    free(a->awake);
    free(a->absent_known);
    free(a->lasting);
    free(a->now);
    free(a->said);
    free(a->of_status);
    free(a->nothing);
}

void tki_asker_begin(struct tki_asker *a)
{
    a->resource = a->scope = TK_NONE;
}

/* ---- asking ---- */

void tki_ask_note(struct tki_eval *e, const struct tki_policy *p, int said, uint64_t *bits)
{
    if (said > 0) {
        tki_bit_set(bits, said == TKI_SAID_ERROR ? p->error_bit : p->bit);
    } else if (said < 0 && e->err == 0) {
        e->err = said;
        e->err_leaf = p->bit;
        e->err_why = (tk_str){0};
    }
}

static void ask(struct tki_eval *e, struct tki_look *look, const struct tki_policy *p, uint64_t *bits)
{
    look->policy = p;
    int said = p->type->on_span(p, look);
    bool first = said < 0 && e->err == 0;
    tki_ask_note(e, p, said, bits);
    if (first)
        e->err_why = look->said;
}

/* Returns true if something is said. */
static bool add_words(const struct tki_sampler *s, uint64_t *to, const uint64_t *more)
{
    uint64_t any = 0;
    for (size_t w = 0; w < words_of(s); w++) {
        to[w] |= more[w];
        any |= more[w];
    }
    return any;
}

/* What the value that the span has of a field says. */
static void ask_field(const struct tki_sampler *s, struct tki_eval *e, struct tki_look *look,
                      const struct tki_asked_field *a, uint64_t *to)
{
    for (uint32_t i = 0; i < a->alone.n; i++) {
        const struct tki_policy *p = a->alone.leaf[i];
        int said = p->quick ? tki_ottl_test_opener(p->openers, tki_look_run(look)) : -1;
        if (said > 0)
            tki_bit_set(to, p->bit);
        else if (said < 0)
            ask(e, look, p, to);
    }
    for (uint32_t i = 0; i < a->nopens; i++)
        if (tki_ottl_test_opener(a->opens[i].opener, tki_look_run(look)))
            tki_bit_set(to + s->nwords, a->opens[i].policy->bit); /* of an error too: then all of it says so */
}

/* What a value says that is remembered from now on.  Without memory it is asked again each time. */
static void find_out(const struct tki_sampler *s, struct tki_eval *e, struct tki_look *look, uint32_t asked,
                     const struct tki_ottl_spot *spot, uint64_t *to)
{
    struct tki_recalled *r = &e->asker.recalled[asked];
    uint64_t *said = e->asker.said;
    memset(said, 0, words_of(s) * sizeof *said);
    ask_field(s, e, look, &s->asked[asked], said);
    bool says = add_words(s, to, said);
    if (says && !r->words)
        r->words = malloc(r->spots * words_of(s) * sizeof *r->words);
    if (e->err || (says && !r->words))
        return;
    if (says)
        memcpy(r->words + spot->number * words_of(s), said, words_of(s) * sizeof *said);
    *spot->mark = says ? SAYS_SOMETHING : SAYS_NOTHING;
}

static void add_field(const struct tki_sampler *s, struct tki_eval *e, struct tki_look *look, uint32_t asked,
                      uint64_t *to)
{
    const struct tki_asked_field *a = &s->asked[asked];
    struct tki_recalled *r = &e->asker.recalled[asked];
    struct tki_ottl_spot spot;
    if (!r->spots || !tki_ottl_spot(tki_look_run(look), a->field, &spot)) {
        ask_field(s, e, look, a, to);
        return;
    }
    if (*spot.mark == SAYS_SOMETHING)
        add_words(s, to, r->words + spot.number * words_of(s));
    else if (*spot.mark == UNKNOWN)
        find_out(s, e, look, asked, &spot, to);
}

/* Attributes that the span does not have.  Those whose absence says nothing are asked once; the others keep their
 * order, so that of several errors the same one is the first whatever came before. */
static void add_absent(const struct tki_sampler *s, struct tki_eval *e, struct tki_look *look, uint64_t *to)
{
    struct tki_asker *a = &e->asker;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < a->nawake; i++) {
        uint32_t asked = a->awake[i];
        uint64_t *known = a->absent + asked * words_of(s);
        a->awake[kept++] = asked;
        if (tki_ottl_is_present(tki_look_run(look), s->asked[asked].field))
            continue;
        if (!a->absent_known[asked]) {
            ask_field(s, e, look, &s->asked[asked], known);
            a->absent_known[asked] = e->err == 0;
        }
        if (!add_words(s, to, known))
            kept -= a->absent_known[asked];
    }
    a->nawake = kept;
}

static void add_attributes(const struct tki_sampler *s, struct tki_eval *e, struct tki_look *look, uint64_t *to)
{
    uint32_t n;
    const uint32_t *field = tki_ottl_present(tki_look_run(look), &n);
    for (uint32_t i = 0; i < n; i++)
        if (s->asked_of[field[i]] != TK_NONE)
            add_field(s, e, look, s->asked_of[field[i]], to);
    if (e->asker.nawake)
        add_absent(s, e, look, to);
}

/* What its resource and its scope say. */
static void begin_with_lasting(const struct tki_sampler *s, struct tki_eval *e, struct tki_look *look,
                               const struct tk_span *span, uint64_t *to)
{
    struct tki_asker *a = &e->asker;
    if (span->resource != a->resource || span->scope != a->scope) {
        memset(a->lasting, 0, words_of(s) * sizeof *a->lasting);
        for (uint32_t i = s->asked_end[TKI_OTTL_OF_SPAN]; i < asked_fields(s); i++)
            add_field(s, e, look, i, a->lasting);
        a->resource = span->resource;
        a->scope = span->scope;
    }
    memcpy(to, a->lasting, words_of(s) * sizeof *to);
}

static void ask_opened(const struct tki_sampler *s, struct tki_eval *e, struct tki_look *look, const uint64_t *open,
                       uint64_t *bits)
{
    for (uint32_t w = 0; w < s->nwords; w++)
        for (uint64_t left = open[w]; left; left &= left - 1)
            ask(e, look, s->leaves.leaf[w * 64 + (uint32_t)__builtin_ctzll(left)], bits);
}

static void ask_leaves(struct tki_eval *e, struct tki_look *look, const struct tki_leaves *leaves, uint64_t *bits)
{
    for (uint32_t i = 0; i < leaves->n; i++)
        ask(e, look, leaves->leaf[i], bits);
}

/* There are three statuses, and a few that are none. */
static void ask_of_status(const struct tki_sampler *s, struct tki_eval *e, struct tki_look *look, unsigned status,
                          uint64_t *bits)
{
    struct tki_asker *a = &e->asker;
    uint64_t *known = a->of_status + (size_t)status * s->nwords;
    if (status >= STATUSES) {
        ask_leaves(e, look, &s->of_status, bits);
        return;
    }
    if (!a->status_known[status])
        ask_leaves(e, look, &s->of_status, known);
    a->status_known[status] = e->err == 0;
    for (uint32_t w = 0; w < s->nwords; w++)
        bits[w] |= known[w];
}

void tki_ask_span(const struct tki_sampler *s, struct tki_eval *e, struct tki_look *look, uint64_t *bits)
{
    const struct tk_span *span = &look->at.b->spans[look->at.row];
    uint64_t *now = e->asker.now;
    if (s->of_status.n)
        ask_of_status(s, e, look, span->status, bits);
    ask_leaves(e, look, &s->of_all, bits);
    if (asked_fields(s)) {
        begin_with_lasting(s, e, look, span, now);
        if (s->asked_end[TKI_OTTL_OF_ATTRIBUTE])
            add_attributes(s, e, look, now);
        for (uint32_t i = s->asked_end[TKI_OTTL_OF_ATTRIBUTE]; i < s->asked_end[TKI_OTTL_OF_SPAN]; i++)
            add_field(s, e, look, i, now);
        for (uint32_t w = 0; w < s->nwords; w++)
            bits[w] |= now[w];
        ask_opened(s, e, look, now + s->nwords, bits);
    }
    if (span->events.count)
        ask_opened(s, e, look, s->of_events, bits);
}
