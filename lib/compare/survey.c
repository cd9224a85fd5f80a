#include "compare/survey.h"

#include <math.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/hash.h"

struct placed { /* a trace */
    uint64_t class, hash;
    uint32_t row;
};

static int cmp_placed(const void *pa, const void *pb)
{
    const struct placed *a = pa, *b = pb;
    if (a->class != b->class)
        return a->class < b->class ? -1 : 1;
    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    return (a->row > b->row) - (a->row < b->row);
}

static uint8_t half_octave(int64_t ns)
{
    if (ns <= 0)
        return 0;
    int octave = 63 - __builtin_clzll((uint64_t)ns);
    return (uint8_t)(2 * octave + (ldexp((double)ns, -octave) >= M_SQRT2));
}

/* Kind, failure and half octave as one number. */
static uint64_t class_of(const struct tki_kinds *k, uint32_t row)
{
    const struct tki_kind_row *root = tki_ledger_at(k->ledger, row, k->column);
    int64_t ns;
    unsigned step = tki_kinds_duration(k, row, &ns) ? half_octave(ns) : TKI_NO_OCTAVE;
    return (uint64_t)root->kind << 9 | (uint64_t)(tki_ledger_row(k->ledger, row)->errors > 0) << 8 | step;
}

static int list_classes(struct tki_survey *s, const struct placed *p)
{
    size_t cap = 0;
    for (size_t i = 0; i < s->traces; i++) {
        if (i == 0 || p[i].class != p[i - 1].class) {
            if (TKI_GROW(s->class, cap, s->nclasses + 1) < 0)
                return TK_ENOMEM;
            s->class[s->nclasses++] = (struct tki_class){
                .kind = (uint32_t)(p[i].class >> 9), .failed = p[i].class >> 8 & 1, .half_octave = (uint8_t)p[i].class};
        }
        s->class[s->nclasses - 1].traces++;
    }
    return TK_OK;
}

static uint64_t taken_with(const struct tki_survey *s, uint64_t of_each)
{
    uint64_t n = 0;
    for (size_t i = 0; i < s->nclasses; i++)
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

static int take(struct tki_survey *s, const struct tki_kinds *k, const struct placed *p, uint64_t of_each)
{
    size_t at = 0, cap = 0;
    if (TKI_GROW(s->class_of, cap, taken_with(s, of_each) + 1) < 0)
        return TK_ENOMEM;
    for (uint32_t i = 0; i < s->nclasses; i++) {
        struct tki_class *c = &s->class[i];
        c->taken = c->traces < of_each ? c->traces : of_each;
        c->limit = c->taken == c->traces ? UINT64_MAX : p[at + c->taken - 1].hash;
        for (size_t j = at; j < at + c->taken; j++) {
            uint32_t n = tki_idmap_put(&s->only, k->ledger->ids.ids[p[j].row]);
            if (n == TKI_MAP_NONE)
                return TK_ENOMEM;
            s->class_of[n] = i;
        }
        at += c->traces;
    }
    return TK_OK;
}

int tki_survey_take(struct tki_survey *s, const struct tki_kinds *k, uint64_t most)
{
    uint32_t n = k->ledger->ids.n;
    *s = (struct tki_survey){.traces = n, .sampled = n > most};
    if (!s->sampled)
        return TK_OK;
    struct placed *p = malloc(n * sizeof *p);
    for (uint32_t i = 0; p && i < n; i++)
        p[i] = (struct placed){class_of(k, i), tki_hash_id(k->ledger->ids.ids[i]), i};
    if (p)
        qsort(p, n, sizeof *p, cmp_placed);
    int rc = p ? list_classes(s, p) : TK_ENOMEM;
    if (rc == TK_OK)
        rc = take(s, k, p, most_of_each(s, most));
    free(p);
    return rc;
}

const struct tki_class *tki_survey_class(const struct tki_survey *s, tk_id128 id)
{
    uint32_t n = s->sampled ? tki_idmap_get(&s->only, id) : TKI_MAP_NONE;
    return n == TKI_MAP_NONE ? NULL : &s->class[s->class_of[n]];
}

void tki_survey_free(struct tki_survey *s)
{
    tki_idmap_free(&s->only);
    free(s->class_of);
    free(s->class);
    *s = (struct tki_survey){0};
}
