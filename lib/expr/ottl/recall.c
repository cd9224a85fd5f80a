#include "expr/ottl/recall.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/hash.h"

enum { SLOT_BYTES = 64 };
_Static_assert(sizeof(struct tki_ottl_answered) == SLOT_BYTES, "a slot is a line of a cache");

enum {
    SLOTS = 256,         /* values of a field; two where each may be */
    ANSWERS = 64 * 1024, /* of a field; with more questions there are fewer slots */
    TRIAL = 4096,        /* look-ups after which it is asked whether it pays */
    PAUSE = 256 * 1024,  /* look-ups that are left out when it does not */
};

struct tki_ottl_field_answers {
    struct tki_ottl_answered *slot;
    uint8_t *answer;  /* enum tki_ottl_answer, by slot and question */
    const char **why; /* of faults, likewise */
    char *text;       /* by slot */
    uint32_t slots;   /* a power of two; 0: nothing is asked about the field alone */
    uint32_t questions, asked, found, paused;
};

/* ---- room ---- */

static uint32_t slots_for(uint32_t questions)
{
    uint32_t slots = SLOTS;
    while (slots > 2 && (uint64_t)slots * questions > ANSWERS)
        slots /= 2;
    return questions ? slots : 0;
}

/* Of most fields of a large configuration no value ever comes.  Without memory nothing is remembered. */
static void make_slots(struct tki_ottl_field_answers *a)
{
    a->slot = aligned_alloc(SLOT_BYTES, (size_t)a->slots * SLOT_BYTES);
    a->answer = calloc(a->slots, a->questions);
    a->why = calloc(a->slots, a->questions * sizeof *a->why);
    a->text = malloc((size_t)a->slots * TKI_ANSWERED_TEXT_MAX);
    if (!a->slot || !a->answer || !a->why || !a->text) {
        a->slots = 0;
        return;
    }
    for (uint32_t i = 0; i < a->slots; i++)
        a->slot[i] = (struct tki_ottl_answered){.number = i, .text = a->text + (size_t)i * TKI_ANSWERED_TEXT_MAX};
}

void tki_ottl_forget(struct tki_ottl_run *r)
{
    struct tki_ottl_memory *m = r->known;
    if (!m)
        return;
    for (uint32_t i = 0; m->answers && i < m->set->n; i++) {
        free(m->answers[i].answer);
        free(m->answers[i].why);
        free(m->answers[i].text);
        free(m->answers[i].slot);
    }
    free(m->of_key);
    free(m->present);
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

enum tki_ottl_owner tki_ottl_owner(const struct tki_field *f)
{
    bool of_scope =
        f->id == TKI_F_ATTR || f->id == TKI_F_ATTRS || f->id == TKI_F_DROPPED_ATTRS || f->id == TKI_F_SCHEMA_URL;
    if (of_scope && f->scope == TKI_SCOPE_RESOURCE)
        return TKI_OTTL_OF_RESOURCE;
    if ((of_scope && f->scope == TKI_SCOPE_INSTRUMENTATION) || f->id == TKI_F_LIB_NAME || f->id == TKI_F_LIB_VERSION)
        return TKI_OTTL_OF_SCOPE;
    if (f->id == TKI_F_ATTR && f->scope == TKI_SCOPE_SPAN && f->form == TKI_AS_VALUE)
        return TKI_OTTL_OF_ATTRIBUTE;
    return TKI_OTTL_OF_SPAN;
}

static bool is_span_attribute(const struct tki_field *f)
{
    return tki_ottl_owner(f) == TKI_OTTL_OF_ATTRIBUTE;
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
    enum tki_ottl_owner owner = tki_ottl_owner(f);
    return owner == TKI_OTTL_OF_RESOURCE ? &m->resource_since : owner == TKI_OTTL_OF_SCOPE ? &m->scope_since : &m->turn;
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
    m->present = calloc(set->n + (size_t)1, sizeof *m->present);
    int rc = m->field && m->value && m->answers && m->present ? make_keys(m) : TK_ENOMEM;
    for (uint32_t i = 0; i < set->n && rc == 0; i++) {
        m->field[i].since = since(m, &set->field[i]);
        m->answers[i].questions = set->alone[i].questions;
        m->answers[i].slots = slots_for(set->alone[i].questions);
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
    tki_ov_put_from(to, &v);
    if (to->type == TKI_OV_ITEMS)
        to->bytes = r->fields[field].id == TKI_F_LINKS;
}

static inline bool is_key(const struct tki_field *f, tk_str key)
{
    return f->key.n == key.n && tki_same_bytes(f->key.p, key.p, key.n);
}

/* Of a key that is there twice the first attribute counts. */
static void fill_attributes(struct tki_ottl_run *r)
{
    struct tki_ottl_memory *m = r->known;
    const struct tk_batch *b = r->at->b;
    tk_range range = b->spans[r->at->row].attrs;
    const struct tk_attr *a = b->attrs + range.first;
    m->npresent = 0;
    for (const struct tk_attr *end = a + range.count; a < end; a++) {
        uint32_t h = hash_of_key(m, a->key);
        while (m->of_key[h] && !is_key(&m->set->field[m->of_key[h] - 1], a->key))
            h = (h + 1) & m->key_mask;
        struct tki_ottl_known_field *k = m->of_key[h] ? &m->field[m->of_key[h] - 1] : NULL;
        if (!k || k->there == m->turn)
            continue;
        tki_ov_put_of(&k->value, b, &a->value);
        k->turn = k->there = m->turn;
        m->present[m->npresent++] = m->of_key[h] - 1;
    }
    m->filled = m->turn;
}

static inline void know_attributes(struct tki_ottl_run *r)
{
    if (r->known->filled != r->known->turn)
        fill_attributes(r);
}

const uint32_t *tki_ottl_present(struct tki_ottl_run *r, uint32_t *n)
{
    know_attributes(r);
    *n = r->known->npresent;
    return r->known->present;
}

bool tki_ottl_is_present(struct tki_ottl_run *r, uint32_t field)
{
    know_attributes(r);
    return r->known->field[field].there == r->known->turn;
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
        know_attributes(r);
        if (k->turn == m->turn)
            return &k->value;
        k->value = tki_ov_nil();
    }
    k->turn = m->turn;
    return &k->value;
}

/* ---- values that come again ---- */

/* What a value is, but for what lies between the ends of a long text. */
struct gist {
    uint64_t g[4];
    uint32_t n;
    uint8_t type;
};

/* Returns false for values that are not remembered. */
static bool gist_of(const struct tki_ov *v, struct gist *g)
{
    *g = (struct gist){.type = v->type};
    switch ((enum tki_ovtype)v->type) {
    case TKI_OV_NIL: return true;
    case TKI_OV_BOOL: g->g[0] = v->v.b; return true;
    case TKI_OV_INT:
    case TKI_OV_FLOAT: memcpy(g->g, &v->v, sizeof *g->g); return true;
    case TKI_OV_STRING: break;
    default: return false;
    }
    struct tki_ends e = tki_ends(v->v.s, v->n);
    g->g[0] = e.a;
    g->g[1] = e.b;
    g->n = v->n;
    if (v->n > 16) {
        g->g[2] = tki_load_le64(v->v.s + 8);
        g->g[3] = tki_load_le64(v->v.s + v->n - 16);
    }
    return v->n <= TKI_ANSWERED_TEXT_MAX;
}

static inline bool is_of(const struct tki_ottl_answered *s, const struct tki_ov *v, const struct gist *g)
{
    uint64_t differs = (s->gist[0] ^ g->g[0]) | (s->gist[1] ^ g->g[1]) | (s->gist[2] ^ g->g[2]) |
                       (s->gist[3] ^ g->g[3]) | (s->n ^ g->n) | (uint64_t)(s->type ^ g->type);
    return !differs && s->used && (g->n <= 32 || memcmp(s->text, v->v.s, g->n) == 0);
}

/* Of a text its length, its ends and its middle: texts that are alike there take turns. */
static uint64_t hash_of(const struct tki_ov *v, const struct gist *g)
{
    uint64_t middle = g->n > 32 ? tki_load_le64(v->v.s + g->n / 2 - 4) : g->g[2] + g->type;
    uint64_t h = (g->g[0] * 0x9e3779b97f4a7c15u ^ (g->g[1] + g->n)) * 0xd6e8feb86659fd93u;
    return tki_mix64(h ^ middle);
}

static struct tki_ottl_answered *take(const struct tki_ottl_field_answers *a, struct tki_ottl_answered *s,
                                      const struct tki_ov *v, const struct gist *g)
{
    s->used = true;
    s->type = g->type;
    s->mark = 0;
    memcpy(s->gist, g->g, sizeof s->gist);
    s->n = g->n;
    if (g->n > 32)
        memcpy(s->text, v->v.s, g->n);
    memset(a->answer + (size_t)s->number * a->questions, TKI_UNANSWERED, a->questions);
    return s;
}

struct tki_ottl_answer_at tki_ottl_answer_at(const struct tki_ottl_memory *m, uint32_t field,
                                             const struct tki_ottl_answered *s, uint32_t question)
{
    const struct tki_ottl_field_answers *a = &m->answers[field];
    size_t at = (size_t)s->number * a->questions + question - 1;
    return (struct tki_ottl_answer_at){a->answer + at, a->why + at};
}

static struct tki_ottl_answered *find(struct tki_ottl_field_answers *a, const struct tki_ov *v, const struct gist *g)
{
    uint64_t h = hash_of(v, g);
    struct tki_ottl_answered *s = &a->slot[h & (a->slots - 1)], *other = &a->slot[(h & (a->slots - 1)) ^ 1];
    a->found++;
    if (is_of(s, v, g))
        return s;
    if (is_of(other, v, g))
        return other;
    a->found--;
    return take(a, other->turn < s->turn ? other : s, v, g);
}

struct tki_ottl_answered *tki_ottl_look_up(struct tki_ottl_memory *m, uint32_t field, const struct tki_ov *v)
{
    struct tki_ottl_field_answers *a = &m->answers[field];
    struct gist g;
    if (a->paused) {
        a->paused--;
        return NULL;
    }
    if (!a->slots || !gist_of(v, &g))
        return NULL;
    if (!a->slot)
        make_slots(a);
    if (!a->slots)
        return NULL;
    if (++a->asked == TRIAL) {
        a->paused = a->found < TRIAL / 2 ? PAUSE : 0;
        a->asked = a->found = 0;
    }
    struct tki_ottl_answered *s = find(a, v, &g);
    s->turn = m->turn;
    return s;
}
