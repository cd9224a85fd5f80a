#include "expr/ottl/recall.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/hash.h"

enum {
    SLOTS = 256,         /* values of a field; two where each may be */
    ANSWERS = 64 * 1024, /* of a field; with more questions there are fewer slots */
    TRIAL = 4096,        /* look-ups after which it is asked whether it pays */
    PAUSE = 256 * 1024,  /* look-ups that are left out when it does not */
};

struct tki_ottl_field_answers {
    struct tki_ottl_answered *slot;
    uint32_t slots; /* a power of two; 0: nothing is asked about the field alone */
    uint32_t questions, asked, found, paused;
    uint64_t values; /* that came to have a slot */
};

/* ---- room ---- */

static uint32_t slots_for(uint32_t questions)
{
    uint32_t slots = SLOTS;
    while (slots > 2 && (uint64_t)slots * questions > ANSWERS)
        slots /= 2;
    return questions ? slots : 0;
}

static int make_slots(struct tki_ottl_field_answers *a, uint32_t questions)
{
    a->slots = slots_for(questions);
    a->questions = questions;
    if (!a->slots)
        return 0;
    a->slot = calloc(a->slots, sizeof *a->slot);
    uint8_t *answer = calloc(a->slots, questions);
    const char **why = calloc(a->slots, questions * sizeof *why);
    if (!a->slot || !answer || !why) {
        free(answer);
        free(why);
        a->slots = 0;
        return TK_ENOMEM;
    }
    for (uint32_t i = 0; i < a->slots; i++) {
        a->slot[i].number = i;
        a->slot[i].answer = answer + (size_t)i * questions;
        a->slot[i].why = why + (size_t)i * questions;
    }
    return 0;
}

void tki_ottl_forget(struct tki_ottl_run *r)
{
    struct tki_ottl_memory *m = r->known;
    if (!m)
        return;
    for (uint32_t i = 0; m->answers && i < m->set->n; i++) {
        if (m->answers[i].slots) {
            free(m->answers[i].slot[0].answer);
            free(m->answers[i].slot[0].why);
        }
        free(m->answers[i].slot);
    }
    free(m->answers);
    free(m->field);
    free(m->value);
    free(m);
    r->known = NULL;
}

int tki_ottl_remember(struct tki_ottl_run *r, const struct tki_ottl_set *set)
{
    struct tki_ottl_memory *m = calloc(1, sizeof *m);
    r->fields = set->field;
    r->known = m;
    if (!m)
        return TK_ENOMEM;
    m->set = set;
    m->field = calloc(set->n + (size_t)1, sizeof *m->field);
    m->value = calloc(set->nvalues + (size_t)1, sizeof *m->value);
    m->answers = calloc(set->n + (size_t)1, sizeof *m->answers);
    int rc = m->field && m->value && m->answers ? 0 : TK_ENOMEM;
    for (uint32_t i = 0; i < set->n && rc == 0; i++)
        rc = make_slots(&m->answers[i], set->alone[i].questions);
    if (rc < 0)
        tki_ottl_forget(r);
    return rc;
}

uint32_t tki_ottl_spots(const struct tki_ottl_run *r, uint32_t field)
{
    return r->known->answers[field].slots;
}

/* ---- values ---- */

/* What a value is but for its text.  Returns false for values that are not remembered. */
static bool plain(const struct tki_ov *v, int64_t *i)
{
    *i = 0;
    switch ((enum tki_ovtype)v->type) {
    case TKI_OV_NIL: return true;
    case TKI_OV_BOOL: *i = v->v.b; return true;
    case TKI_OV_FLOAT: memcpy(i, &v->v.d, sizeof *i); return true;
    case TKI_OV_INT: *i = v->v.i; return true;
    case TKI_OV_STRING: return v->n <= TKI_ANSWERED_TEXT_MAX;
    default: return false;
    }
}

static bool is_of(const struct tki_ottl_answered *a, const struct tki_ov *v, int64_t i, uint32_t n)
{
    return a->used && a->type == v->type && a->i == i && a->n == n && memcmp(a->text, n ? v->v.s : "", n) == 0;
}

static struct tki_ottl_answered *take(struct tki_ottl_field_answers *a, struct tki_ottl_answered *s,
                                      const struct tki_ov *v, int64_t i, uint32_t n)
{
    s->used = true;
    s->type = v->type;
    s->value = ++a->values;
    s->i = i;
    s->n = n;
    if (n)
        memcpy(s->text, v->v.s, n);
    memset(s->answer, TKI_UNANSWERED, a->questions);
    return s;
}

static struct tki_ottl_answered *find(struct tki_ottl_field_answers *a, const struct tki_ov *v, int64_t i)
{
    uint32_t n = v->type == TKI_OV_STRING ? v->n : 0;
    uint64_t h = n ? tki_hash(v->v.s, n) : tki_mix64((uint64_t)i + v->type);
    struct tki_ottl_answered *s = &a->slot[h & (a->slots - 1)], *other = &a->slot[(h & (a->slots - 1)) ^ 1];
    a->found++;
    if (is_of(s, v, i, n))
        return s;
    if (is_of(other, v, i, n))
        return other;
    a->found--;
    return take(a, other->turn < s->turn ? other : s, v, i, n);
}

struct tki_ottl_answered *tki_ottl_look_up(struct tki_ottl_memory *m, uint32_t field, const struct tki_ov *v)
{
    struct tki_ottl_field_answers *a = &m->answers[field];
    int64_t i;
    if (a->paused) {
        a->paused--;
        return NULL;
    }
    if (!a->slots || !plain(v, &i))
        return NULL;
    if (++a->asked == TRIAL) {
        a->paused = a->found < TRIAL / 2 ? PAUSE : 0;
        a->asked = a->found = 0;
    }
    struct tki_ottl_answered *s = find(a, v, i);
    s->turn = m->turn;
    return s;
}
