/* What a condition says of a span or an event. */
#include "base/err.h"
#include "expr/ottl/func.h"
#include "expr/ottl/recall.h"
#include "model/tracestate.h"

typedef struct tki_ottl_node node;
typedef struct tki_ottl_run run;

static const struct tk_batch *batch(const run *r)
{
    return r->at ? r->at->b : NULL;
}

/* ---- memory ---- */

void *tki_ottl_alloc(run *r, size_t n)
{
    void *p = tki_arena_alloc(r->memory, n);
    if (!p)
        r->why = "out of memory";
    return p;
}

int tki_ottl_copy(run *r, tk_str s, struct tki_ov *to)
{
    char *p = tki_ottl_alloc(r, s.n + 1);
    if (!p)
        return TK_ENOMEM;
    if (s.n)
        memcpy(p, s.p, s.n);
    *to = tki_ov_str((tk_str){p, s.n});
    return 0;
}

int tki_ottl_keep(run *r, struct tki_buf *b, struct tki_ov *to)
{
    int rc = b->err ? b->err : tki_ottl_copy(r, (tk_str){b->p, b->n}, to);
    if (rc < 0)
        r->why = rc == TK_ELIMIT ? "a text that is too large" : "out of memory";
    tki_buf_free(b);
    return rc;
}

/* ---- keys ---- */

/* One key of a value.  absent: the map has no such key. */
static int index_by(run *r, const struct tki_ov *of, const struct tki_ov *key, struct tki_ov *to, bool *absent)
{
    *absent = false;
    if (of->type == TKI_OV_MAP) {
        if (key->type != TKI_OV_STRING)
            return tki_ottl_fault(r, "the key of a map must be a string");
        *absent = !tki_ov_find(batch(r), of, tki_ov_text(key), to);
        return 0;
    }
    if (of->type != TKI_OV_LIST && of->type != TKI_OV_BYTES)
        return tki_ottl_fault(r, "a key on what is neither a map nor a list");
    if (key->type != TKI_OV_INT)
        return tki_ottl_fault(r, "the index of a list must be a whole number");
    if (key->v.i < 0 || key->v.i >= (int64_t)of->n)
        return tki_ottl_fault(r, "an index out of bounds");
    if (of->type == TKI_OV_BYTES) /* a byte is a number of a type that equals none */
        *to = (struct tki_ov){.type = TKI_OV_PORT, .v.i = (unsigned char)of->v.s[key->v.i]};
    else
        *to = tki_ov_item(batch(r), of, (uint32_t)key->v.i);
    return 0;
}

/* Of a path a key that is not there gives nil, and so does all that stands behind it; of a function's result it is an
 * error. */
static int follow_keys(run *r, const node *n, struct tki_ov *v)
{
    for (uint32_t i = 0; i < n->nkeys; i++) {
        struct tki_ov key, of = *v;
        bool absent;
        int rc = tki_ottl_value(r, n->key[i], &key);
        if (rc == 0 && of.type == TKI_OV_BYTES && n->kind == TKI_ON_PATH)
            rc = tki_ottl_fault(r, "a key on bytes");
        if (rc == 0)
            rc = index_by(r, &of, &key, v, &absent);
        if (rc)
            return rc;
        if (absent && n->kind != TKI_ON_PATH)
            return tki_ottl_fault(r, "a key that is not in the map");
        if (absent) {
            *v = tki_ov_nil();
            return 0;
        }
    }
    return 0;
}

static int trace_state_member(run *r, const node *n, struct tki_ov *v)
{
    struct tki_state_member m[TKI_STATE_MEMBERS];
    struct tki_ov key;
    int rc = tki_ottl_value(r, n->key[0], &key);
    if (rc)
        return rc;
    int members = tki_state_parse(tki_ov_text(v), m);
    *v = members < 0 ? tki_ov_nil() : tki_ov_str(TKI_STR(""));
    if (members >= 0 && key.type != TKI_OV_STRING)
        return tki_ottl_fault(r, "the key of the trace state must be a string");
    for (int i = 0; i < members; i++)
        if (tki_str_eq(m[i].key, tki_ov_text(&key)))
            *v = tki_ov_str(m[i].value);
    return 0;
}

/* Where the value of a field is: among those that are known, or in the room.  Texts that are made of ids do not last.
 */
static const struct tki_ov *field_at(run *r, uint32_t field, struct tki_ov *room)
{
    if (r->known && r->fields[field].form == TKI_AS_VALUE)
        return tki_ottl_known(r, field);
    tki_ottl_read_field(r, field, room);
    return room;
}

static int path_value(run *r, const node *n, struct tki_ov *to)
{
    if (n->place == TKI_OP_FAULT)
        return tki_ottl_fault(r, "event_index is not set in tail sampling");
    if (n->place == TKI_OP_CONSTANT) {
        *to = n->value;
        return to->type == TKI_OV_NIL ? 0 : follow_keys(r, n, to);
    }
    const struct tki_ov *v = field_at(r, n->field, to);
    if (v != to)
        *to = *v;
    if (n->nkeys == 0)
        return 0;
    if (n->place == TKI_OP_STATE)
        return trace_state_member(r, n, to);
    /* A key on an attribute that is not there gives nil, on one without a value an error. */
    if (to->type == TKI_OV_NIL && !tki_field_attr_row(r->at, &r->fields[n->field]))
        return 0;
    return follow_keys(r, n, to);
}

/* ---- arithmetic ---- */

static int whole_arith(run *r, uint8_t op, int64_t x, int64_t y, int64_t *to)
{
    if (op == '/' && y == 0)
        return tki_ottl_fault(r, "a division by 0");
    if (op == '/')
        *to = y == -1 ? (int64_t)(0 - (uint64_t)x) : x / y;
    else
        *to = (int64_t)(op == '+'   ? (uint64_t)x + (uint64_t)y
                        : op == '-' ? (uint64_t)x - (uint64_t)y
                                    : (uint64_t)x * (uint64_t)y);
    return 0;
}

static int real_arith(run *r, uint8_t op, double x, double y, struct tki_ov *to)
{
    if (op == '/' && y == 0)
        return tki_ottl_fault(r, "a division by 0");
    *to = tki_ov_float(op == '+' ? x + y : op == '-' ? x - y : op == '*' ? x * y : x / y);
    return 0;
}

/* Moves a time by nanoseconds. */
static void move_time(struct tki_ov *t, int64_t ns)
{
    int64_t rest = (int64_t)t->v.t.ns + ns % 1000000000;
    uint64_t sec = (uint64_t)t->v.t.sec + (uint64_t)(ns / 1000000000);
    if (rest < 0) {
        rest += 1000000000;
        sec--;
    } else if (rest >= 1000000000) {
        rest -= 1000000000;
        sec++;
    }
    t->v.t.sec = (int64_t)sec;
    t->v.t.ns = (uint32_t)rest;
}

/* As Go's Sub: what does not fit is the largest or the smallest duration. */
static int64_t time_between(const struct tki_ov *x, const struct tki_ov *y)
{
    tki_int128 sec = (tki_int128)tki_ov_go_seconds(x) - tki_ov_go_seconds(y);
    tki_int128 d = sec * 1000000000 + (int64_t)x->v.t.ns - (int64_t)y->v.t.ns;
    return d > INT64_MAX ? INT64_MAX : d < INT64_MIN ? INT64_MIN : (int64_t)d;
}

static int time_arith(run *r, uint8_t op, const struct tki_ov *x, const struct tki_ov *y, struct tki_ov *to)
{
    bool minus = op == '-', tx = x->type == TKI_OV_TIME, ty = y->type == TKI_OV_TIME, dx = x->type == TKI_OV_DURATION,
         dy = y->type == TKI_OV_DURATION;
    if (op != '+' && !minus)
        return tki_ottl_fault(r, "times and durations can only be added and subtracted");
    if (tx && ty && minus) {
        *to = tki_ov_duration(time_between(x, y));
    } else if (tx && dy) {
        struct tki_ov t = *x;
        move_time(&t, minus ? (int64_t)(0 - (uint64_t)y->v.i) : y->v.i);
        *to = t;
    } else if (dx && ty && !minus) {
        struct tki_ov t = *y;
        move_time(&t, x->v.i);
        *to = t;
    } else if (dx && dy) {
        uint64_t a = (uint64_t)x->v.i, b = (uint64_t)y->v.i;
        *to = tki_ov_duration((int64_t)(minus ? a - b : a + b));
    } else {
        return tki_ottl_fault(r, "arithmetic with a time or duration and something else");
    }
    return 0;
}

static bool is_number(const struct tki_ov *v)
{
    return v->type == TKI_OV_INT || v->type == TKI_OV_FLOAT;
}

static bool is_time(const struct tki_ov *v)
{
    return v->type == TKI_OV_TIME || v->type == TKI_OV_DURATION;
}

static double as_double(const struct tki_ov *v)
{
    return v->type == TKI_OV_INT ? (double)v->v.i : v->v.d;
}

static int arith(run *r, const node *n, struct tki_ov *to)
{
    struct tki_ov x, y;
    int rc = tki_ottl_value(r, n->kid[0], &x);
    if (rc == 0)
        rc = tki_ottl_value(r, n->kid[1], &y);
    if (rc)
        return rc;
    if ((!is_number(&x) && !is_time(&x)) || (!is_number(&y) && !is_time(&y)))
        return tki_ottl_fault(r, "arithmetic with what is no number, time or duration");
    if (is_time(&x) || is_time(&y))
        return time_arith(r, n->op, &x, &y, to);
    if (x.type == TKI_OV_INT && y.type == TKI_OV_INT) {
        *to = tki_ov_int(0);
        return whole_arith(r, n->op, x.v.i, y.v.i, &to->v.i);
    }
    return real_arith(r, n->op, as_double(&x), as_double(&y), to);
}

static int negate(run *r, const node *n, struct tki_ov *to)
{
    int rc = tki_ottl_value(r, n->kid[0], to);
    if (rc)
        return rc;
    if (to->type == TKI_OV_INT)
        to->v.i = (int64_t)(0 - (uint64_t)to->v.i);
    else if (to->type == TKI_OV_FLOAT)
        to->v.d = -to->v.d;
    else
        return tki_ottl_fault(r, "a sign in front of what is no number");
    return 0;
}

/* ---- lists and maps that are written out ---- */

static int list_value(run *r, const node *n, struct tki_ov *to)
{
    struct tki_ov *items = tki_ottl_alloc(r, n->nkids * sizeof *items);
    int rc = items ? 0 : TK_ENOMEM;
    for (uint32_t i = 0; i < n->nkids && rc == 0; i++)
        rc = tki_ottl_value(r, n->kid[i], &items[i]);
    *to = tki_ov_list(items, n->nkids);
    to->shape = TKI_OV_WRITTEN;
    return rc;
}

static int map_value(run *r, const node *n, struct tki_ov *to)
{
    struct tki_ov_pair *pairs = tki_ottl_alloc(r, n->nkids * sizeof *pairs);
    int rc = pairs ? 0 : TK_ENOMEM;
    uint32_t used = 0;
    for (uint32_t i = 0; i < n->nkids && rc == 0; i++) {
        struct tki_ov_pair p;
        uint32_t k = 0;
        p.key = n->kid[i]->name;
        rc = tki_ottl_value(r, n->kid[i]->kid[0], &p.value);
        if (rc == 0 && !tki_ov_fits_map(&p.value))
            rc = tki_ottl_fault(r, "a value that a map cannot hold");
        if (rc)
            break;
        if (p.value.type == TKI_OV_LIST)
            p.value.shape = TKI_OV_SLICE; /* it is copied */
        while (k < used && !tki_str_eq(pairs[k].key, p.key))
            k++;
        pairs[k] = p;
        used += k == used;
    }
    *to = tki_ov_map(pairs, used);
    return rc;
}

/* ---- functions that are written out ---- */

static int local_value(run *r, const node *n, struct tki_ov *to)
{
    *to = r->local[n->field];
    return n->nkeys ? follow_keys(r, n, to) : 0;
}

static int truth(run *r, const node *n);

int tki_ottl_apply(run *r, const node *lambda, const struct tki_ov *args, struct tki_ov *to)
{
    const node *body = lambda->kid[0];
    for (uint32_t i = 0; i < lambda->nkeys; i++)
        r->local[lambda->field + i] = args[i];
    if (!lambda->op) {
        int rc = tki_ottl_value(r, body, to);
        return rc == 0 && to->type == TKI_OV_NIL ? tki_ottl_fault(r, "a function that gives nothing") : rc;
    }
    int said = truth(r, body);
    *to = tki_ov_bool(said == 1);
    return said == 0 || said == 1 ? 0 : said;
}

/* ---- values and truth ---- */

/* A part that stands in several conditions is computed once. */
static int computed(run *r, const node *n, struct tki_ov *to)
{
    uint32_t number = r->known ? r->known->set->part[n->part].value : 0;
    struct tki_ottl_known_value *known = number ? &r->known->value[number - 1] : NULL;
    int rc = 0;
    if (known && known->turn == r->known->turn) {
        *to = known->value;
        return 0;
    }
    if (n->kind == TKI_ON_ARITH)
        rc = arith(r, n, to);
    else
        rc = n->func->call(r, n, to);
    if (rc == 0 && n->nkeys)
        rc = follow_keys(r, n, to);
    if (rc == 0 && known)
        *known = (struct tki_ottl_known_value){*to, r->known->turn};
    return rc;
}

int tki_ottl_value(run *r, const node *n, struct tki_ov *to)
{
    switch ((enum tki_ottl_kind)n->kind) {
    case TKI_ON_LITERAL: *to = n->value; return 0;
    case TKI_ON_PATH: return path_value(r, n, to);
    case TKI_ON_LOCAL: return local_value(r, n, to);
    case TKI_ON_CALL:
    case TKI_ON_ARITH: return computed(r, n, to);
    case TKI_ON_LIST: return list_value(r, n, to);
    case TKI_ON_MAP: return map_value(r, n, to);
    case TKI_ON_NEGATE: return negate(r, n, to);
    default: return tki_ottl_fault(r, "a condition where a value is expected");
    }
}

/* A value where it is already, or in the room; NULL: *rc says why there is none. */
static const struct tki_ov *operand(run *r, const node *n, struct tki_ov *room, int *rc)
{
    if (n->kind == TKI_ON_LITERAL)
        return &n->value;
    if (n->kind == TKI_ON_PATH && n->place == TKI_OP_FIELD && n->nkeys == 0)
        return field_at(r, n->field, room);
    *rc = tki_ottl_value(r, n, room);
    return *rc ? NULL : room;
}

int tki_ottl_unknown(run *r)
{
    r->why = "a text with an address of the collector's memory, which is another one each time";
    return TK_EUNSUPPORTED;
}

static bool is_text(const struct tki_ov *v)
{
    return v->type == TKI_OV_STRING || v->type == TKI_OV_ADDRESS;
}

static int compare(run *r, const node *n)
{
    struct tki_ov left, right;
    bool dies = false;
    int rc = 0;
    const struct tki_ov *x = operand(r, n->kid[0], &left, &rc), *y = x ? operand(r, n->kid[1], &right, &rc) : NULL;
    if (!y)
        return rc;
    if (x->type == TKI_OV_STRING && y->type == TKI_OV_STRING && n->op <= TKI_NE) /* by far the most */
        return tki_str_eq(tki_ov_text(x), tki_ov_text(y)) == (n->op == TKI_EQ);
    if (r->release < TKI_OTTL_DEEP_SINCE && (x->type == TKI_OV_LIST || x->type == TKI_OV_MAP))
        return n->op == TKI_NE;
    if (n->op > TKI_NE && (x->type == TKI_OV_ADDRESS || y->type == TKI_OV_ADDRESS) && is_text(x) && is_text(y))
        return tki_ottl_unknown(r);
    bool holds = tki_ov_compare(batch(r), x, y, n->op, &dies);
    if (!dies)
        return holds;
    r->why = "the collector dies of this: it cannot compare two results of Split";
    return TK_EUNSUPPORTED;
}

/* The kids in order, until one says what decides. */
static int series(run *r, const node *n, int decides)
{
    for (uint32_t i = 0; i < n->nkids; i++) {
        int said = truth(r, n->kid[i]);
        if (said != !decides)
            return said;
    }
    return !decides;
}

/* 1, 0, TKI_OTTL_FAULT, or a negative code. */
static int computed_truth(run *r, const node *n)
{
    struct tki_ov v;
    int rc;
    switch ((enum tki_ottl_kind)n->kind) {
    case TKI_ON_COMPARE: return compare(r, n);
    case TKI_ON_AND: return series(r, n, 0);
    case TKI_ON_OR: return series(r, n, 1);
    case TKI_ON_NOT: rc = truth(r, n->kid[0]); return rc == 0 || rc == 1 ? !rc : rc;
    default: break;
    }
    rc = tki_ottl_value(r, n, &v);
    if (rc)
        return rc;
    return v.type == TKI_OV_BOOL ? v.v.b : tki_ottl_fault(r, "a function that gives no bool, as a condition");
}

/* ---- what was answered before ---- */

static struct tki_ottl_answered *answers_for(run *r, uint32_t field)
{
    struct tki_ottl_memory *m = r->known;
    struct tki_ottl_known_field *k = &m->field[field];
    if (k->looked < *k->since) {
        k->answered = tki_ottl_look_up(m, field, tki_ottl_known(r, field));
        k->looked = m->turn;
    }
    return k->answered;
}

/* What a question about one field says, remembered or computed. */
static int answer(run *r, const node *n)
{
    struct tki_ottl_answered *s = answers_for(r, n->on);
    struct tki_ottl_answer_at at = {0};
    if (s)
        at = tki_ottl_answer_at(r->known, n->on, s, n->question);
    switch (s ? (enum tki_ottl_answer) * at.answer : TKI_UNANSWERED) {
    case TKI_ANSWER_NO: return 0;
    case TKI_ANSWER_YES: return 1;
    case TKI_ANSWER_FAULT: return tki_ottl_fault(r, *at.why);
    case TKI_UNANSWERED: break;
    }
    int said = computed_truth(r, n);
    if (s && said >= 0)
        *at.answer = (uint8_t)(said == 1 ? TKI_ANSWER_YES : said == 0 ? TKI_ANSWER_NO : TKI_ANSWER_FAULT);
    if (s && said == TKI_OTTL_FAULT)
        *at.why = r->why;
    return said;
}

static int truth(run *r, const node *n)
{
    return n->question && r->known ? answer(r, n) : computed_truth(r, n);
}

bool tki_ottl_spot(run *r, uint32_t field, struct tki_ottl_spot *to)
{
    struct tki_ottl_answered *s = r->known ? answers_for(r, field) : NULL;
    if (s)
        *to = (struct tki_ottl_spot){s->number, &s->mark};
    return s != NULL;
}

int tki_ottl_test_part(const struct tki_ottl *c, const node *n, run *r)
{
    r->release = c->release;
    r->local = c->nlocals ? tki_ottl_alloc(r, c->nlocals * sizeof *r->local) : NULL;
    if (c->nlocals && !r->local)
        return TK_ENOMEM;
    return truth(r, n);
}

int tki_ottl_test(const struct tki_ottl *c, run *r)
{
    return tki_ottl_test_part(c, c->root, r);
}
