/* policy.h - what a sampling policy is, and what a type of policies is: one file in this folder, one const struct in
 * it, one line in table.c.
 *
 * A type says everything about its policies itself; nothing outside its file asks which type a policy has.
 *
 *   - settings: the keys of its block in the configuration, which are decoded into the policy's data.
 *   - prepare: checks them, prepares what evaluation wants, and says which fields of spans the policy reads
 *     (tki_policy_reads).  What a reader must decode follows from that, and an evaluation gets to no other field.
 *   - Evidence: what spans say about a trace is one bit for each policy that has on_attr, on_span, on_arrival or
 *     on_trace, set when any of these says yes.  on_attr and on_span are pure and run on the threads that decode;
 *     on_arrival runs when a span has been added to its trace, in order of arrival; on_trace when the trace is judged.
 *   - decide: what the policy says of the trace when its time has come, from its bit, from what the policies inside it
 *     say, from its state and the clock.
 *   - ask, answer: how it explains itself.
 *
 * Policies do not change once they are open, and may be shared between threads; what changes is their state, which
 * belongs to a replay.
 */
#ifndef TKI_POLICY_POLICY_H
#define TKI_POLICY_POLICY_H

#include "base/regex.h"
#include "expr/ottl/ottl.h"
#include "field/field.h"
#include "sample/config/yaml.h"

enum tki_decision {
    TKI_NOT_SAMPLED,
    TKI_SAMPLED,
    TKI_INVERT_NOT_SAMPLED,
    TKI_INVERT_SAMPLED,
    TKI_DROPPED,
    TKI_NOT_EVALUATED, /* the policy, or one inside it, could not be evaluated: it says nothing of the trace */
    TKI_DECISIONS
};
extern const char *const tki_decision_names[TKI_DECISIONS];

static inline bool tki_keeps(enum tki_decision d)
{
    return d == TKI_SAMPLED || d == TKI_INVERT_SAMPLED;
}

struct tki_policy {
    tk_str name;
    const struct tki_policy_type *type;
    struct tki_pos pos;
    void *data;               /* of its type */
    struct tki_field *fields; /* that it reads */
    uint32_t nfields;
    uint32_t bit;       /* of a trace's evidence; TK_NONE: the type has none */
    bool invert;        /* the bit counts the other way round */
    bool monotone;      /* what on_arrival says yes to once, it says yes to from then on: the last state decides.
                         * For traces without a start of 0 */
    bool stops;         /* the first span that says yes, or is an error, says all: what comes behind does not count */
    uint32_t error_bit; /* of such a policy, set when the first one is an error; else TK_NONE */
    uint32_t alone;     /* a field of the set of conditions, on whose value alone on_span depends; TK_NONE: on more */
    bool quick;         /* on_span says what its only opener says, but for what it adds to an error */
    bool opens;         /* on_span says 0 but where one of its openers opens it, or, by_events, the span has events */
    bool by_events;
    const struct tki_ottl_opener *openers;
    uint32_t nopeners;
    uint32_t draw;      /* which draw its bit comes from, see tki_policy_draws; TK_NONE: from none */
    uint64_t threshold; /* of that draw: the bit is set when the number drawn is not above it */
    bool stateful;      /* it, or one inside it, needs more than the spans of one message: span-ingest refuses it */
    size_t state_size;  /* bytes of its state, where prepare sets it; 0: those of the type */
    size_t state;       /* where its state lies among those of all policies */
    struct tki_policy *subs; /* the policies inside it */
    uint32_t nsubs;
};

/* ---- what a policy may look at ---- */

/* One span.  Opaque: only fields that the policy said it reads can be had of it. */
struct tki_look;
/* The value of the n-th field that the policy said it reads. */
struct tki_value tki_look_at(struct tki_look *look, uint32_t n);
/* For conditions that were opened with the set of the opening: an evaluation that has begun with the span. */
struct tki_ottl_run *tki_look_ottl(struct tki_look *look);
/* What on_span found, in words that stay; without it the values of the fields are told.  fault: an error of evaluation.
 */
void tki_look_say(struct tki_look *look, tk_str said, bool fault);

/* What has arrived of a trace so far; when it is judged, all of it. */
struct tki_arrived {
    tk_id128 id;
    /* The extent, as the collector's latency policy keeps it: a start of 0 is "none yet", and is replaced by the next
     * span's; end_ns may be before start_ns. */
    uint64_t start_ns, end_ns;
    uint32_t spans;
    uint64_t bytes;  /* as protobuf, where a policy asks for it */
    uint64_t random; /* 56 bits: the first ot=rv of its spans, else the low bits of its id; with usetracestate */
    bool consistent; /* a span has ot=rv or ot=th; with usetracestate */
};

/* Its extent as that release computes it: up to 0.161 times and differences of 64 bits with a sign, which end at the
 * greatest and the least; from 0.162 on they wrap around. */
int64_t tki_arrived_ms(const struct tki_arrived *a, unsigned release);

/* What is asked of policies whose budget may be short, where chance decides which of the traces of one tick comes
 * first: first all traces are surveyed, then each is asked for what may become of it. */
enum tki_asking { TKI_SURVEY, TKI_POSSIBLE };
/* The moments of a tick at which such a policy is called. */
enum tki_tick { TKI_TICK_BEGINS, TKI_TICK_SURVEYED, TKI_TICK_ENDS };

/* How many of some traces, in every order of their tick. */
struct tki_bounds {
    size_t least, most;
};

/* A trace at the moment when it is decided. */
struct tki_moment {
    const uint64_t *bits; /* its evidence */
    const struct tki_arrived *trace;
    int64_t now_ns; /* the collector's clock */
    char *states;   /* of the policies, each at its own place: what a decision leaves there, the next one finds */
    bool inverts;   /* inverted policies have decisions of their own, as before 0.144 */
    enum tki_asking asking; /* of `possible` */
};

/* ---- what is odd about it ---- */

/* What a type is asked by lint, and whom it tells. */
struct tki_lint_ask {
    unsigned release;
    int64_t decision_wait_ns;
    bool beside;    /* the policy stands in the list of the processor, beside others that keep */
    bool keeps_all; /* set by a policy that keeps every trace */
    const struct tki_ottl_set *ottl;
    bool (*absent)(void *ctx,
                   const struct tki_field *f); /* that nothing in the dump has this attribute; NULL: no dump */
    void *ctx;
    /* id: what kind of oddity, "never-matches"; text: without the policy's name. */
    void (*say)(void *ctx, const struct tki_policy *p, const char *id, const char *text);
    /* The same of what may well be meant so. */
    void (*note)(void *ctx, const struct tki_policy *p, const char *id, const char *text);
};

/* ---- a type ---- */

struct tki_place {      /* where policies of a type may stand */
    const char *parent; /* name of the type they may stand in; "": in the list of the processor; NULL ends a table */
    unsigned since;     /* minor release from which the collector takes them there */
};

/* The most that a trace of a dump has. */
struct tki_most {
    int64_t extent_ms;
    uint64_t spans;
};

struct tki_opening; /* what opening a policy has at hand, below */

enum { TKI_SAID_ERROR = 2 };

struct tki_policy_type {
    const char *name;
    const char *about; /* one line for -c help, without full stop */
    unsigned since;    /* minor release of the collector that it came with; 0: older than what matters here */
    const struct tki_place *places; /* NULL: anywhere */
    bool drops;                     /* its yes drops the trace, so it is asked before all that do not drop */

    const struct tki_setting *settings; /* keys of its block, with offsets in its data; NULL: it has no block */
    const struct tki_newer *newer;      /* of them, those that came later than the type; NULL: none */
    size_t data_size;
    const char *subs_key; /* the key in its block under which the policies inside it stand; NULL: none */
    bool one_sub;         /* there must be exactly one, and it is no list */
    /* Checks the settings and prepares the data, after the policies inside it were opened.  NULL: nothing to do. */
    int (*prepare)(struct tki_opening *o, struct tki_policy *p);
    void (*dispose)(struct tki_policy *p); /* frees what is not in the arena; the data may be half prepared */

    /* Evidence; NULL where the type has none of the kind.  1, 0, or TK_ELIMIT: a regular expression was given up;
     * on_span of a policy that stops also TKI_SAID_ERROR; other negative codes with their reason said end the replay.
     */
    /* An attribute of a key that the policy reads, of a resource or of a span; of a key that is there twice the first.
     */
    int (*on_attr)(const struct tki_policy *p, const struct tki_value *v, bool of_resource,
                   struct tki_regex_scratch *scratch);
    int (*on_span)(const struct tki_policy *p, struct tki_look *look);
    bool (*on_arrival)(const struct tki_policy *p, const struct tki_arrived *so_far);
    bool (*on_trace)(const struct tki_policy *p, const struct tki_arrived *trace);

    size_t state_size; /* bytes of state, zero at first, aligned to 8 */
    bool budgets;      /* its state is a budget: what a trace takes another one lacks */
    bool sized;        /* it asks for the bytes of traces */
    /* NULL: the type is known by its name, and not replayed.  tki_decide_by_evidence for those that only have a bit. */
    enum tki_decision (*decide)(const struct tki_policy *p, const struct tki_moment *m);
    /* A bit for each decision that the policy may have, whatever the order of the traces of a tick is.  sure: it is
     * asked in any case.  NULL: the one of decide. */
    unsigned (*possible)(const struct tki_policy *p, const struct tki_moment *m, bool sure);
    /* The policy inside that its last decision is put down to, by its state; NULL: it is its own. */
    const struct tki_policy *(*credits)(const struct tki_policy *p, const struct tki_moment *m);
    /* Types with `credits`: how many policies inside that may be, of all orders of the tick. */
    uint32_t (*keepers)(const struct tki_policy *p, const struct tki_moment *m);
    /* Types with budgets. */
    void (*tick)(const struct tki_policy *p, const struct tki_moment *m, enum tki_tick when);
    /* How many of the traces of a tick of which chance decides it keeps, when all have been surveyed.  NULL: where a
     * budget is inside, nothing is known. */
    struct tki_bounds (*bounds)(const struct tki_policy *p, const struct tki_moment *traces, size_t n);
    /* With usetracestate, since 0.160: divides the budget among all traces of a tick by their randomness, before any of
     * them is decided; m: of any trace of the tick, whose states and clock count. */
    void (*share)(const struct tki_policy *p, const struct tki_moment *m, const struct tki_moment *traces, size_t n);
    /* How many of 2^56 equal parts of all traces it leaves out by chance, when it has said yes to one.  NULL: none. */
    uint64_t (*leaves_out)(const struct tki_policy *p, const struct tki_moment *m);

    /* What it asks for: `"http.route" = "/cart"`; NULL: the answer says everything. */
    void (*ask)(struct tki_buf *to, const struct tki_policy *p);
    /* What the trace answers: after on_arrival said yes for the first time, else when the trace is judged.  NULL: the
     * values that on_attr and on_span were given are the answer. */
    void (*answer)(struct tki_buf *to, const struct tki_policy *p, const struct tki_arrived *a, bool yes);
    /* Returns true, and says what the most is, if it asks for more than any trace has.  NULL: it never does. */
    bool (*out_of_reach)(struct tki_buf *to, const struct tki_policy *p, const struct tki_most *most);
    /* Tells what is odd about its settings, whatever a dump holds.  NULL: nothing can be. */
    void (*lint)(const struct tki_policy *p, struct tki_lint_ask *ask);
    /* Tells what is in it, one of several, that nothing in the dump can match: ask->absent says so.  NULL: nothing is.
     */
    void (*lint_parts)(const struct tki_policy *p, struct tki_lint_ask *ask);
    /* How many spans a trace may have at most to be let through; NULL: any number. */
    double (*spans_max)(const struct tki_policy *p);
    /* A value in such an answer; NULL: as values are usually written there. */
    void (*put_value)(struct tki_buf *to, const struct tki_value *v);
};

/* All types, NULL at the end: table.c. */
extern const struct tki_policy_type *const tki_policy_types[];

static inline bool tki_policy_has_bit(const struct tki_policy_type *t)
{
    return t->on_attr || t->on_span || t->on_arrival || t->on_trace;
}

/* ---- for opening ---- */

/* Draws: numbers that a hash makes of a trace's id and a text.  Policies that share the text share the number. */
struct tki_draws {
    tk_str *text;
    uint32_t n;
};

enum { TKI_BOUND_IS_STATE_SINCE = 152 /* before, span-ingest took policies with an upper bound */ };

struct tki_opening {
    const struct tki_yaml *y;
    unsigned release;                  /* minor, of the collector whose decisions are wanted */
    uint32_t shards;                   /* num_shards: each has its share of a rate */
    bool consistent;                   /* the gate usetracestate is on */
    bool lambdas;                      /* the gate ottl.functions.enableLambda is on */
    const struct tki_yaml_node *at;    /* the policy's block, or the policy, for messages */
    const struct tki_yaml_node *block; /* its settings; NULL: none */
    struct tki_draws *draws;
    struct tki_ottl_set *ottl; /* of the conditions of all policies */
};

/* The policy reads this field.  0, or a negative code with *o->y->err. */
int tki_policy_reads(struct tki_opening *o, struct tki_policy *p, struct tki_field field);
/* The policy's bit comes from the draw of that text, and is set when the number is not above the threshold; on_trace
 * computes it.  With this the chance of a trace to be kept can be computed over all ids. */
int tki_policy_draws(struct tki_opening *o, struct tki_policy *p, tk_str text, uint64_t threshold);
/* "policy 'NAME': TEXT" at the node, or at the policy's block when node is NULL; returns code. */
__attribute__((format(printf, 5, 6))) int tki_policy_fail(struct tki_opening *o, const struct tki_policy *p,
                                                          const struct tki_yaml_node *node, int code,
                                                          const char *format, ...);

/* ---- for deciding ---- */

static inline bool tki_bit_get(const uint64_t *bits, uint32_t bit)
{
    return bits[bit / 64] >> bit % 64 & 1;
}

static inline void tki_bit_set(uint64_t *bits, uint32_t bit)
{
    bits[bit / 64] |= (uint64_t)1 << bit % 64;
}

static inline void tki_bit_put(uint64_t *bits, uint32_t bit, bool on)
{
    bits[bit / 64] = (bits[bit / 64] & ~((uint64_t)1 << bit % 64)) | (uint64_t)on << bit % 64;
}

/* The policy's bit, inverted when the policy is. */
enum tki_decision tki_decide_by_evidence(const struct tki_policy *p, const struct tki_moment *m);
static inline enum tki_decision tki_policy_decide(const struct tki_policy *p, const struct tki_moment *m)
{
    return p->type->decide(p, m);
}
/* yes if every policy inside it says yes, inverted or not, and when there is none; else NOT_SAMPLED, or ERROR if the
 * first that does not say yes is an error.  They are asked in their order, up to that one. */
enum tki_decision tki_subs_decide(const struct tki_policy *p, const struct tki_moment *m, enum tki_decision yes);
static inline uint64_t tki_policy_leaves_out(const struct tki_policy *p, const struct tki_moment *m)
{
    return p->type->leaves_out ? p->type->leaves_out(p, m) : 0;
}

/* A bit for each decision that it may have: see tki_policy_type.possible. */
static inline unsigned tki_policy_possible(const struct tki_policy *p, const struct tki_moment *m, bool sure)
{
    return p->type->possible ? p->type->possible(p, m, sure) : 1u << p->type->decide(p, m);
}
/* The same for tki_subs_decide. */
unsigned tki_subs_possible(const struct tki_policy *p, const struct tki_moment *m, bool sure, enum tki_decision yes);
/* Returns true if it, or a policy inside it, has a budget. */
bool tki_policy_has_budget(const struct tki_policy *p);
/* The decisions that keep, as bits. */
#define TKI_KEEPING ((1u << TKI_SAMPLED) | (1u << TKI_INVERT_SAMPLED))
/* The policy's own state. */
static inline void *tki_policy_state(const struct tki_policy *p, const struct tki_moment *m)
{
    return m->states + p->state;
}

/* ---- for explaining ---- */

/* "all of:", or that there is nothing: for types that ask whether the policies inside agree. */
void tki_ask_all_of(struct tki_buf *to, const struct tki_policy *p);
/* In quotes, control characters escaped, cut when it is long. */
void tki_put_quoted(struct tki_buf *to, tk_str s);

#endif
