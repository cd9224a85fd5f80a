#include "compare/survey.h"

#include <math.h>
#include <stdlib.h>

#include "base/array.h"

/* ---- classes ---- */

static uint8_t half_octave(int64_t ns)
{
    if (ns <= 0)
        return 0;
    int octave = 63 - __builtin_clzll((uint64_t)ns);
    return (uint8_t)(2 * octave + (ldexp((double)ns, -octave) >= M_SQRT2));
}

uint32_t tki_survey_class(struct tki_survey *s, const tk_str *kind, bool failed, uint8_t half_octave)
{
    uint32_t number = kind ? tki_symtab_put(&s->names, *kind) : TK_NONE;
    if (kind && number == TKI_MAP_NONE)
        return TK_NONE;
    uint32_t at = tki_wordmap_put(&s->classes, (uint64_t)number << 9 | (uint64_t)failed << 8 | half_octave);
    if (at == TKI_MAP_NONE || TKI_GROW(s->class, s->classes_cap, (size_t)at + 1) < 0)
        return TK_NONE;
    if (at == s->nclasses)
        s->class[s->nclasses++] = (struct tki_class){.kind = number, .failed = failed, .half_octave = half_octave};
    return at;
}

int tki_survey_put(struct tki_survey *s, tk_id128 id, uint32_t class)
{
    if (TKI_GROW(s->placed, s->placed_cap, s->nplaced + 1) < 0)
        return TK_ENOMEM;
    s->placed[s->nplaced++] = (struct tki_placed){id, tki_hash_id(id), class};
    return TK_OK;
}

int tki_survey_add(struct tki_survey *s, const struct tki_kinds *k)
{
    for (uint32_t i = 0; i < k->ledger->ids.n; i++) {
        const struct tki_kind_row *root = tki_ledger_at(k->ledger, i, k->column);
        int64_t ns;
        uint8_t step = tki_kinds_duration(k, i, &ns) ? half_octave(ns) : TKI_NO_OCTAVE;
        bool failed = tki_ledger_row(k->ledger, i)->errors > 0;
        uint32_t class = tki_survey_class(s, root->kind ? &k->names.strs[root->kind - 1] : NULL, failed, step);
        if (class == TK_NONE || tki_survey_put(s, k->ledger->ids.ids[i], class) < 0)
            return TK_ENOMEM;
        s->class[class].traces++;
    }
    return TK_OK;
}

/* ---- traces ---- */

static uint64_t taken_with(const struct tki_survey *s, uint64_t of_each)
{
    uint64_t n = 0;
    for (uint32_t i = 0; i < s->nclasses; i++)
        n += s->class[i].traces < of_each ? s->class[i].traces : of_each;
    return n;
}

/* The largest number of each class with which all have no more than so many. */
static uint64_t most_of_each(const struct tki_survey *s, uint64_t most)
{
    uint64_t low = TKI_CLASS_LEAST, high = most > low ? most : low;
    while (low < high) {
        uint64_t middle = low + (high - low + 1) / 2;
        if (taken_with(s, middle) <= most)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

static int cmp_id(const struct tki_placed *a, const struct tki_placed *b)
{
    if (a->id.hi != b->id.hi)
        return a->id.hi < b->id.hi ? -1 : 1;
    return (a->id.lo > b->id.lo) - (a->id.lo < b->id.lo);
}

static int cmp_in_class(const void *pa, const void *pb)
{
    const struct tki_placed *a = pa, *b = pb;
    if (a->class != b->class)
        return a->class < b->class ? -1 : 1;
    return a->hash != b->hash ? (a->hash < b->hash ? -1 : 1) : cmp_id(a, b);
}

static int cmp_by_id(const void *pa, const void *pb)
{
    return cmp_id(pa, pb);
}

/* Leaves the traces that are taken. */
static void choose(struct tki_survey *s, uint64_t of_each)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->nplaced; i++) {
        struct tki_class *c = &s->class[s->placed[i].class];
        if (c->taken >= of_each || c->taken >= c->traces)
            continue;
        c->taken++;
        c->limit = c->taken == c->traces ? UINT64_MAX : s->placed[i].hash;
        s->placed[kept++] = s->placed[i];
    }
    s->nplaced = kept;
}

int tki_survey_take(struct tki_survey *s, uint64_t most)
{
    s->traces = taken_with(s, UINT64_MAX);
    s->sampled = s->traces > most;
    if (s->nplaced)
        qsort(s->placed, s->nplaced, sizeof *s->placed, cmp_in_class);
    choose(s, s->sampled ? most_of_each(s, most) : UINT64_MAX);
    s->class_of = malloc((s->nplaced + 1) * sizeof *s->class_of);
    if (!s->class_of)
        return TK_ENOMEM;
    if (s->nplaced)
        qsort(s->placed, s->nplaced, sizeof *s->placed, cmp_by_id);
    for (size_t i = 0; i < s->nplaced; i++) {
        uint32_t n = tki_idmap_put(&s->only, s->placed[i].id);
        if (n == TKI_MAP_NONE)
            return TK_ENOMEM;
        s->class_of[n] = s->placed[i].class;
    }
    free(s->placed);
    s->placed = NULL;
    s->nplaced = s->placed_cap = 0;
    return TK_OK;
}

const struct tki_class *tki_survey_class_of(const struct tki_survey *s, tk_id128 id)
{
    uint32_t n = tki_idmap_get(&s->only, id);
    return n == TKI_MAP_NONE ? NULL : &s->class[s->class_of[n]];
}

void tki_survey_free(struct tki_survey *s)
{
    tki_symtab_free(&s->names);
    tki_wordmap_free(&s->classes);
    tki_idmap_free(&s->only);
    free(s->class);
    free(s->placed);
    free(s->class_of);
    *s = (struct tki_survey){0};
}
