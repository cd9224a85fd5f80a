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
    free(m->of_key);
    free(m->answers);
    free(m->field);
    free(m->value);
    free(m);
    r->known = NULL;
}

static uint32_t hash_of_key(const struct tki_ottl_memory *m, tk_str key)
{
    struct tki_ends e = tki_ends(key.p, key.n);
    uint64_t h = (e.a * 0x9e3779b97f4a7c15u ^ (e.b + key.n)) * 0xd6e8feb86659fd93u;
    return (uint32_t)(h >> 40) & m->key_mask;
}

static bool is_span_attribute(const struct tki_field *f)
{
    return f->id == TKI_F_ATTR && f->scope == TKI_SCOPE_SPAN && f->form == TKI_AS_VALUE;
}

/* Each field of a set has a key of its own. */
static int make_keys(struct tki_ottl_memory *m)
{
    const struct tki_ottl_set *set = m->set;
    uint32_t n = 16;
    while (n < 4 * (uint64_t)set->n)
        n *= 2;
    m->key_mask = n - 1;
    m->of_key = calloc(n, sizeof *m->of_key);
    for (uint32_t i = 0; m->of_key && i < set->n; i++) {
        if (!is_span_attribute(&set->field[i]))
            continue;
        uint32_t h = hash_of_key(m, set->field[i].key);
        while (m->of_key[h])
            h = (h + 1) & m->key_mask;
        m->of_key[h] = i + 1;
    }
    return m->of_key ? 0 : TK_ENOMEM;
}

/* How long the value of a field stays. */
static const uint64_t *since(const struct tki_ottl_memory *m, const struct tki_field *f)
{
    bool of_scope =
        f->id == TKI_F_ATTR || f->id == TKI_F_ATTRS || f->id == TKI_F_DROPPED_ATTRS || f->id == TKI_F_SCHEMA_URL;
    if (of_scope && f->scope == TKI_SCOPE_RESOURCE)
        return &m->resource_since;
    if ((of_scope && f->scope == TKI_SCOPE_INSTRUMENTATION) || f->id == TKI_F_LIB_NAME || f->id == TKI_F_LIB_VERSION)
        return &m->scope_since;
    return &m->turn;
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
    int rc = m->field && m->value && m->answers ? make_keys(m) : TK_ENOMEM;
    for (uint32_t i = 0; i < set->n && rc == 0; i++) {
        m->field[i].since = since(m, &set->field[i]);
        rc = make_slots(&m->answers[i], set->alone[i].questions);
    }
    if (rc < 0)
        tki_ottl_forget(r);
    return rc;
}

uint32_t tki_ottl_spots(const struct tki_ottl_run *r, uint32_t field)
{
    return r->known->answers[field].slots;
}

/* ---- values of the span ---- */

void tki_ottl_begin(struct tki_ottl_run *r)
{
    struct tki_ottl_memory *m = r->known;
    tki_arena_reset(r->memory);
    if (!m)
        return;
    m->turn++;
    const struct tk_span *s = r->at && r->at->b && r->batch ? &r->at->b->spans[r->at->row] : NULL;
    bool known = s && m->batch == r->batch;
    if (!known || s->resource != m->resource)
        m->resource_since = m->turn;
    if (!known || s->scope != m->scope)
        m->scope_since = m->turn;
    m->batch = r->batch;
    m->resource = s ? s->resource : 0;
    m->scope = s ? s->scope : 0;
}

void tki_ottl_read_field(struct tki_ottl_run *r, uint32_t field, struct tki_ov *to)
{
    struct tki_value v = tki_field_get(r->at, &r->fields[field]);
    *to = tki_ov_from(&v);
    if (to->type == TKI_OV_ITEMS)
        to->bytes = r->fields[field].id == TKI_F_LINKS;
}

/* Of a key that is there twice the first attribute counts. */
static void fill_attributes(struct tki_ottl_run *r)
{
    struct tki_ottl_memory *m = r->known;
    const struct tk_batch *b = r->at->b;
    tk_range range = b->spans[r->at->row].attrs;
    const struct tk_attr *a = b->attrs + range.first;
    for (const struct tk_attr *end = a + range.count; a < end; a++) {
        uint32_t h = hash_of_key(m, a->key);
        while (m->of_key[h] && !tki_str_eq(m->set->field[m->of_key[h] - 1].key, a->key))
            h = (h + 1) & m->key_mask;
        struct tki_ottl_known_field *k = m->of_key[h] ? &m->field[m->of_key[h] - 1] : NULL;
        if (!k || k->turn == m->turn)
            continue;
        k->value = tki_ov_of(b, &a->value);
        k->turn = m->turn;
    }
    m->filled = m->turn;
}

const struct tki_ov *tki_ottl_known(struct tki_ottl_run *r, uint32_t field)
{
    struct tki_ottl_memory *m = r->known;
    struct tki_ottl_known_field *k = &m->field[field];
    if (k->turn >= *k->since)
        return &k->value;
    if (!is_span_attribute(&r->fields[field])) {
        tki_ottl_read_field(r, field, &k->value);
    } else {
        if (m->filled != m->turn)
            fill_attributes(r);
        if (k->turn == m->turn)
            return &k->value;
        k->value = tki_ov_nil();
    }
    k->turn = m->turn;
    return &k->value;
}

/* ---- values that come again ---- */

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
    if (!a->used || a->type != v->type || a->i != i || a->n != n)
        return false;
    struct tki_ends x = tki_ends(a->text, n), y = tki_ends(n ? v->v.s : "", n);
    return x.a == y.a && x.b == y.b && (n <= 16 || memcmp(a->text, v->v.s, n) == 0);
}

/* Of a text its length, its ends and its middle: texts that are alike there take turns. */
static uint64_t hash_of(const struct tki_ov *v, int64_t i, uint32_t n)
{
    if (!n)
        return tki_mix64((uint64_t)i + v->type);
    struct tki_ends e = tki_ends(v->v.s, n);
    uint64_t middle = n > 16 ? tki_load_le64(v->v.s + n / 2 - 4) : 0;
    return tki_mix64(((e.a * 0x9e3779b97f4a7c15u ^ (e.b + n)) * 0xd6e8feb86659fd93u) ^ middle);
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
    uint64_t h = hash_of(v, i, n);
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
