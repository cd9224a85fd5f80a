/* Causes, gaps, clues and moments in words. */
#include <math.h>

#include "parts.h"
#include "report/number.h"

static const char *const names[TKI_CAUSE_KINDS] = {
    [TKI_CAUSE_SLOWER] = "slower",         [TKI_CAUSE_DARK] = "dark_time",        [TKI_CAUSE_N_PLUS_ONE] = "n_plus_one",
    [TKI_CAUSE_RETRY] = "retry",           [TKI_CAUSE_MORE_CALLS] = "more_calls", [TKI_CAUSE_NEW_CALLS] = "new_calls",
    [TKI_CAUSE_CACHE_MISS] = "cache_miss", [TKI_CAUSE_RECURSION] = "recursion",   [TKI_CAUSE_SERIAL] = "serial",
    [TKI_CAUSE_NETWORK] = "network",       [TKI_CAUSE_QUEUE] = "queue",           [TKI_CAUSE_CONSUMER] = "consumer",
    [TKI_CAUSE_TIMEOUT] = "timeout",       [TKI_CAUSE_STRAGGLER] = "straggler",   [TKI_CAUSE_POOL] = "pool",
    [TKI_CAUSE_COLD_START] = "cold_start", [TKI_CAUSE_ERROR] = "error",           [TKI_CAUSE_SILENT] = "silent_error",
    [TKI_CAUSE_SERVICE] = "service",       [TKI_CAUSE_BELOW] = "below",           [TKI_CAUSE_EVERYWHERE] = "everywhere",
};

const char *td_cause_name(uint8_t kind)
{
    return names[kind];
}

static void put_z(struct tki_buf *to, const char *text)
{
    tki_buf_str(to, tki_str(text));
}

static void put_str(struct tki_buf *to, tk_str s)
{
    tki_buf_str(to, s.n ? s : TKI_STR("(no name)"));
}

/* `service: name` */
static void put_key(struct tki_buf *to, const struct td_answer *a, uint32_t key)
{
    const struct tki_key *k = &a->profile.keys.key[key];
    if (k->service.n) {
        tki_buf_str(to, k->service);
        tki_buf_lit(to, ": ");
    }
    put_str(to, k->name);
}

static void put_name(struct tki_buf *to, const struct td_answer *a, uint32_t key)
{
    tki_buf_putc(to, '`');
    put_str(to, a->profile.keys.key[key].name);
    tki_buf_putc(to, '`');
}

static void put_ns(struct tki_buf *to, double ns)
{
    char text[TKI_QUANTITY_MAX];
    tki_buf_printf(to, "%s", tki_duration_format(text, ns));
}

static void put_number(struct tki_buf *to, double x)
{
    char text[TKI_QUANTITY_MAX];
    tki_buf_printf(to, "%s", tki_number_format(text, x));
}

/* ": 420 ms, else 4.1 ms"; brief: nothing */
static void put_times(struct tki_buf *to, const struct td_answer *a, const double ns[2], bool brief)
{
    if (brief)
        return;
    tki_buf_lit(to, ": ");
    put_ns(to, ns[1]);
    if (a->mode == TD_ALONE)
        return;
    tki_buf_lit(to, ", else ");
    put_ns(to, ns[0]);
}

static void put_else(struct tki_buf *to, const struct td_answer *a, double n)
{
    if (a->mode == TD_ALONE)
        return;
    tki_buf_lit(to, ", else ");
    put_number(to, n);
}

static void gap_words(struct tki_buf *to, const struct td_answer *a, const struct tki_unit_sig *u)
{
    switch (u->type) {
    case TKI_PIECE_LEAD:
        tki_buf_lit(to, " before ");
        put_name(to, a, u->next);
        break;
    case TKI_PIECE_TRAIL:
        tki_buf_lit(to, " after ");
        put_name(to, a, u->prev);
        break;
    case TKI_PIECE_BETWEEN:
        tki_buf_lit(to, " between ");
        put_name(to, a, u->prev);
        tki_buf_lit(to, " and ");
        put_name(to, a, u->next);
        break;
    default: break;
    }
}

static void calls_words(struct tki_buf *to, const struct td_answer *a, const struct tki_cause *c,
                        const struct tki_explained *x, bool brief)
{
    switch (x->kind) {
    case TKI_CAUSE_N_PLUS_ONE:
        tki_buf_lit(to, "N+1: ");
        put_number(to, x->calls[1]);
        tki_buf_lit(to, " x ");
        put_key(to, a, c->site[0].key);
        put_z(to, brief ? "" : ", one after the other");
        put_else(to, a, x->calls[0]);
        break;
    case TKI_CAUSE_RETRY:
        put_z(to, x->round_ns ? "timeout and " : "");
        put_z(to, x->backs_off * 2 > x->again ? "retries with back-off: " : "retries: ");
        put_number(to, x->calls[1]);
        tki_buf_lit(to, " x ");
        put_key(to, a, c->site[0].key);
        if (brief)
            return;
        tki_buf_lit(to, ", of which ");
        put_number(to, x->failed[1]);
        put_z(to, x->failed[1] == 1 ? " fails" : " fail");
        if (x->round_ns) {
            tki_buf_lit(to, " after ");
            put_ns(to, (double)x->round_ns);
        }
        put_else(to, a, x->calls[0]);
        break;
    case TKI_CAUSE_RECURSION:
        tki_buf_lit(to, "recursion: ");
        put_key(to, a, c->site[0].key);
        put_z(to, a->mode == TD_ALONE ? " calls itself, again and again" : " calls itself more often");
        if (a->mode == TD_ALONE)
            put_times(to, a, x->value_ns, brief);
        break;
    case TKI_CAUSE_CACHE_MISS:
        put_key(to, a, c->site[0].key);
        tki_buf_lit(to, " is called after ");
        put_name(to, a, x->behind);
        tki_buf_lit(to, ", as on a cache miss");
        put_times(to, a, x->value_ns, brief);
        break;
    case TKI_CAUSE_NEW_CALLS:
        put_z(to, a->turned ? "calls that B does not make: " : "calls that the others do not make: ");
        put_key(to, a, c->site[0].key);
        put_times(to, a, x->value_ns, brief);
        break;
    default: { /* where medians are alike, means tell */
        const double *calls = x->calls[1] > x->calls[0] ? x->calls : x->depth;
        tki_buf_lit(to, "more calls: ");
        put_number(to, calls[1]);
        tki_buf_lit(to, " x ");
        put_key(to, a, c->site[0].key);
        put_else(to, a, calls[0]);
    }
    }
}

static void unit_words(struct tki_buf *to, const struct td_answer *a, const struct tki_cause *c,
                       const struct tki_explained *x, bool brief)
{
    const struct tki_unit_sig *u = &a->profile.unit[c->site[0].unit];
    switch (x->kind) {
    case TKI_CAUSE_DARK:
        if (u->type == TKI_PIECE_QUEUE) {
            tki_buf_lit(to, "dark time before ");
            put_key(to, a, u->next);
            tki_buf_lit(to, ", which ");
            put_name(to, a, u->prev);
            tki_buf_lit(to, " does not wait for");
            break;
        }
        put_z(to, u->path == TKI_PATH_ROOTS ? "dark time between roots," : "dark time in ");
        if (u->path != TKI_PATH_ROOTS)
            put_key(to, a, c->site[0].key);
        if (!brief)
            gap_words(to, a, u);
        break;
    case TKI_CAUSE_NETWORK:
        tki_buf_lit(to, "network from ");
        put_key(to, a, c->site[0].key);
        tki_buf_lit(to, " to ");
        put_key(to, a, u->next);
        break;
    case TKI_CAUSE_QUEUE:
        tki_buf_lit(to, "queue: consumer ");
        put_key(to, a, u->next);
        tki_buf_lit(to, " starts late after ");
        put_name(to, a, u->prev);
        break;
    case TKI_CAUSE_CONSUMER:
        tki_buf_lit(to, "slow consumer, which is waited for, ");
        put_key(to, a, u->next);
        break;
    case TKI_CAUSE_POOL:
        tki_buf_lit(to, "waiting for a pool or lock in ");
        put_key(to, a, c->site[0].key);
        if (!brief)
            gap_words(to, a, u);
        put_z(to, brief ? "" : ", the longer the more is in flight");
        break;
    case TKI_CAUSE_ERROR:
        tki_buf_lit(to, "errors: ");
        put_key(to, a, c->site[0].key);
        put_z(to, brief ? " fails" : " fails, and waits");
        if (!brief)
            gap_words(to, a, u);
        break;
    default:
        put_key(to, a, c->site[0].key);
        if (!brief)
            gap_words(to, a, u);
    }
    put_times(to, a, x->value_ns, brief);
}

static void straggler_words(struct tki_buf *to, const struct td_answer *a, const struct tki_cause *c,
                            const struct tki_explained *x, bool brief)
{
    bool any = c->site[0].type == TKI_SITE_FAN;
    tki_buf_lit(to, "straggler: one of ");
    put_number(to, x->calls[1]);
    put_z(to, any ? " calls side by side in " : " x ");
    put_key(to, a, c->site[0].key);
    put_z(to, any ? ", another one each time" : " side by side");
    if (brief)
        return;
    put_z(to, any ? ", takes " : " takes ");
    put_ns(to, x->longest_ns[1]);
    tki_buf_lit(to, ", the others ");
    put_ns(to, x->middle_ns);
}

static void own_words(struct tki_buf *to, const struct td_answer *a, const struct tki_cause *c,
                      const struct tki_explained *x, bool brief)
{
    double calls[2] = {x->longest_ns[0], x->longest_ns[1]};
    switch (x->kind) {
    case TKI_CAUSE_TIMEOUT:
        tki_buf_lit(to, "timeout: ");
        put_key(to, a, c->site[0].key);
        tki_buf_lit(to, " ends after ");
        put_ns(to, (double)x->round_ns);
        if (brief || a->mode == TD_ALONE)
            return;
        tki_buf_lit(to, ", else ");
        put_ns(to, calls[0]);
        return;
    case TKI_CAUSE_STRAGGLER: straggler_words(to, a, c, x, brief); return;
    case TKI_CAUSE_ERROR:
        tki_buf_lit(to, "errors: ");
        put_key(to, a, c->site[0].key);
        tki_buf_lit(to, " fails");
        put_times(to, a, calls, brief);
        return;
    case TKI_CAUSE_SILENT:
        put_key(to, a, c->site[0].key);
        tki_buf_lit(to, " runs into an error and reports none");
        put_times(to, a, calls, brief);
        return;
    default:
        put_z(to, a->mode == TD_ALONE ? "" : "slow ");
        put_key(to, a, c->site[0].key);
        put_times(to, a, x->value_ns, brief);
    }
}

static bool is_own(const struct td_answer *a, const struct tki_cause *c, const struct tki_explained *x)
{
    const struct tki_site *s = &c->site[0];
    if (x->kind == TKI_CAUSE_STRAGGLER)
        return true;
    return s->type == TKI_SITE_UNIT && a->profile.unit[s->unit].type == TKI_PIECE_OWN && x->kind != TKI_CAUSE_POOL &&
           x->kind != TKI_CAUSE_COLD_START;
}

/* Where they are made, and which they are where they are all of one operation. */
static void serial_words(struct tki_buf *to, const struct td_answer *a, const struct tki_site *site)
{
    const struct tki_profile *p = &a->profile;
    put_z(to, "serial calls instead of parallel ones in ");
    put_key(to, a, site->repeated ? p->paths.path[p->paths.path[site->path].parent].key : site->key);
    if (site->repeated) {
        tki_buf_lit(to, ", of ");
        put_name(to, a, site->key);
    }
}

static void place_words(struct tki_buf *to, const struct td_answer *a, const struct tki_cause *c,
                        const struct tki_explained *x, bool brief)
{
    if (x->kind == TKI_CAUSE_COLD_START)
        tki_buf_lit(to, "cold start, the first call of a process: ");
    switch (c->site[0].type) {
    case TKI_SITE_SPREAD:
        tki_buf_printf(to, a->mode == TD_ALONE ? "everything together" : "everything takes longer");
        break;
    case TKI_SITE_SERVICE:
        tki_buf_lit(to, "all of service ");
        put_str(to, a->profile.keys.key[c->site[0].key].service);
        break;
    case TKI_SITE_FAN:
    case TKI_SITE_BELOW:
        put_z(to, c->site[0].in_a_row ? "calls one after the other in " : "");
        put_key(to, a, c->site[0].key);
        put_z(to, c->site[0].in_a_row ? "" : " and what it calls");
        break;
    case TKI_SITE_SERIAL: serial_words(to, a, &c->site[0]); break;
    default: unit_words(to, a, c, x, brief); return;
    }
    put_times(to, a, x->value_ns, brief);
}

void td_gap_words(struct tki_buf *to, const struct td_answer *a, const struct tki_unit_sig *u)
{
    uint32_t key = u->path >= TKI_PATH_FIRST ? a->profile.paths.path[u->path].key : TK_NONE;
    if (key == TK_NONE)
        tki_buf_lit(to, "(between roots)");
    else
        put_key(to, a, key);
    gap_words(to, a, u);
}

static tk_str column_name(const struct td_answer *a, uint32_t column)
{
    return a->look.names.strs[a->look.column[column].name];
}

/* " of web": of what resource the attribute is. */
static void put_owner(struct tki_buf *to, const struct td_answer *a, uint32_t column, bool elsewhere)
{
    if (!elsewhere)
        return;
    tki_buf_lit(to, " of ");
    put_str(to, a->look.services.strs[a->look.column[column].of]);
}

static void equation(struct tki_buf *to, const struct td_answer *a, uint32_t column, uint32_t value, bool elsewhere)
{
    tki_buf_str(to, column_name(a, column));
    tki_buf_lit(to, " = ");
    tki_buf_str(to, a->look.values.strs[value]);
    put_owner(to, a, column, elsewhere);
}

void td_clue_words(struct tki_buf *to, const struct td_answer *a, const struct tki_clue *c)
{
    switch (c->type) {
    case TKI_CLUE_VALUE:
        equation(to, a, c->column, c->value, c->elsewhere);
        if (c->column2 != TK_NONE) {
            tki_buf_lit(to, " and ");
            equation(to, a, c->column2, c->value2, c->elsewhere2);
        }
        return;
    case TKI_CLUE_PRESENT:
        tki_buf_str(to, column_name(a, c->column));
        put_owner(to, a, c->column, c->elsewhere);
        tki_buf_lit(to, " is set");
        return;
    case TKI_CLUE_ABSENT:
        tki_buf_str(to, column_name(a, c->column));
        put_owner(to, a, c->column, c->elsewhere);
        tki_buf_lit(to, " is not set");
        return;
    default:
        tki_buf_str(to, column_name(a, c->column));
        put_z(to, c->type == TKI_CLUE_LARGER ? " is larger: " : " is smaller: ");
        put_number(to, c->median[1]);
        tki_buf_lit(to, ", else ");
        put_number(to, c->median[0]);
    }
}

/* A moment to the second, of a dump or a burst that lasts for some seconds to the millisecond. */
static void put_moment(struct tki_buf *to, int64_t ns, bool fine)
{
    char text[TK_TIME_SIZE];
    tk_time_format((uint64_t)ns, text);
    tki_buf_put(to, text, fine ? 23 : 19);
    tki_buf_putc(to, 'Z');
}

void td_when_words(struct tki_buf *to, const struct tki_moment *w)
{
    const int64_t minute = INT64_C(60000000000);
    bool fine = w->last_ns - w->first_ns < minute || (w->type == TKI_WHEN_BURST && w->to_ns - w->from_ns < minute);
    switch (w->type) {
    case TKI_WHEN_BURST:
        tki_buf_lit(to, "from ");
        put_moment(to, w->from_ns, fine);
        tki_buf_lit(to, " to ");
        put_moment(to, w->to_ns, fine);
        return;
    case TKI_WHEN_SINCE:
        tki_buf_lit(to, "since ");
        put_moment(to, w->from_ns, fine);
        return;
    case TKI_WHEN_UNTIL:
        tki_buf_lit(to, "until ");
        put_moment(to, w->to_ns, fine);
        return;
    case TKI_WHEN_RHYTHM:
        tki_buf_lit(to, "every ");
        put_ns(to, (double)w->period_ns);
        return;
    default: return;
    }
}

/* "; no span answers it, though else one of shop: GET does: the context is lost" */
static void peer_words(struct tki_buf *to, const struct td_answer *a, const struct tki_explained *x)
{
    if (x->lost != TK_NONE) {
        tki_buf_lit(to, "; no span answers it, else ");
        put_key(to, a, x->lost);
        tki_buf_lit(to, " does: its context is lost");
    } else if (x->uninstrumented) {
        tki_buf_lit(to, "; no span answers it: the peer is not instrumented");
    }
}

void td_cause_words(struct tki_buf *to, const struct td_answer *a, size_t cause, bool brief)
{
    const struct tki_cause *c = &a->causes.cause[cause];
    const struct tki_explained *x = &a->explained[cause];
    if (c->site[0].type == TKI_SITE_CALLS)
        calls_words(to, a, c, x, brief);
    else if (is_own(a, c, x))
        own_words(to, a, c, x, brief);
    else
        place_words(to, a, c, x, brief);
    peer_words(to, a, x);
    for (uint32_t i = 0; i < x->clues.n; i++) {
        put_z(to, i == 0 ? "; where " : x->clues.clue[i].also ? " and " : ", or ");
        td_clue_words(to, a, &x->clues.clue[i]);
    }
    if (x->when.type != TKI_WHEN_ALWAYS) {
        put_z(to, x->clues.n ? ", " : "; ");
        td_when_words(to, &x->when);
    }
}
