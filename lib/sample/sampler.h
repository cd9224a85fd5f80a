/* sampler.h - the sampling of an OpenTelemetry Collector's configuration, compiled for replay: head samplers, then tail
 * sampling.
 *
 * A policy is a tree (policy/policy.h); what spans say about a trace is one bit for each policy that has evidence, so
 * that a decision is a function of those bits, of the policies' states and of the clock.  The sampler holds the
 * policies, and for evaluation the lists of those with evidence of each kind.
 *
 * Semantics follow the source of tailsamplingprocessor (collector contrib), by version; the rules are
 * documented in tracekit-policy(5).  A configuration that this version cannot replay exactly is refused.
 * A sampler does not change once it is open and may be shared between threads.
 */
#ifndef TKI_SAMPLE_SAMPLER_H
#define TKI_SAMPLE_SAMPLER_H

#include "sample/config/collector.h"
#include "sample/config/release.h"
#include "sample/head/head.h"
#include "sample/policy/policy.h"

/* Collector releases are 0.MINOR.x.  Those from which a type of policies decides otherwise stand in its file. */
enum tki_release {
    TKI_RELEASE_OLDEST = 120,            /* the oldest one that decisions were compared with */
    TKI_RELEASE_NULL_IS_ZERO = 127,      /* a key that is written without a value is 0, before it had its default */
    TKI_THRESHOLDS_SINCE = 157,          /* with usetracestate the threshold is written into what is kept */
    TKI_LATE_THRESHOLD_SINCE = 162,      /* likewise into what comes late */
    TKI_CREDIT_BY_THRESHOLD_SINCE = 162, /* recordpolicy names the policy with the smallest threshold */
    TKI_RELEASE_PLAIN_INVERT = 144,      /* invert_match gives plain decisions, before it had decisions of its own */
    TKI_RELEASE_SCHEMAS = 165,           /* the processor keeps the schema URLs of resources and scopes */
    TKI_RELEASE_NEWEST = 165,            /* the newest one whose source was read */
};

/* Policies that read an attribute, by its key, so that a span's attributes are gone through once. */
struct tki_key {
    tk_str key;
    const struct tki_policy **leaves;
    uint32_t nleaves;
};

struct tki_opens { /* what opens a policy */
    const struct tki_policy *policy;
    const struct tki_ottl_opener *opener;
};

struct tki_leaves { /* policies with evidence of one kind */
    const struct tki_policy **leaf;
    uint32_t n;
};

/* What is asked about a field of the conditions: by policies that depend on it alone, and for those that it opens. */
struct tki_asked_field {
    uint32_t field;
    struct tki_leaves alone;
    const struct tki_opens *opens;
    uint32_t nopens;
};

/* What the processor's own keys say of waiting and of memory. */
struct tki_waits {
    int64_t decision_wait_ns, after_root_ns; /* after_root 0: the root changes nothing */
    uint64_t num_traces;
    bool num_traces_given;          /* in the configuration */
    int64_t kept_cache, lost_cache; /* entries; 0 and less: there is none */
    uint64_t trace_bytes_max;       /* 0: no limit */
    uint32_t shards;                /* at least 1 */
    bool block, drop_pending, ingest;
};

struct tki_sampler {
    struct tki_arena arena;
    char processor[128]; /* "tail_sampling/NAME" */
    uint64_t settings;   /* a hash of the settings of all processors, or of the strategies: 0 without a configuration */
    unsigned release;    /* minor */
    bool inverts;        /* invert_match yields decisions of its own */
    bool first_match;    /* sample_on_first_match */
    struct tki_waits waits;
    struct tki_around around;             /* processors beside it that hold spans or refuse them */
    bool consistent;                      /* the gate usetracestate is on */
    bool lambdas;                         /* the gate ottl.functions.enableLambda is on */
    bool tail_storage;                    /* the gate tailstorageextension is on */
    bool record_policy;                   /* the gate recordpolicy is on: kept spans say which policy kept them */
    bool budgets;                         /* a policy has one: what a trace takes another one lacks */
    bool sized;                           /* the bytes of traces count */
    struct tki_head heads[TKI_HEADS_MAX]; /* they decide before, span by span */
    size_t nheads;
    bool tail;                   /* there are policies, and they decide; else all that the heads keep is kept */
    bool strategies;             /* they are Jaeger's strategies, by which clients decide at the root */
    bool by_start;               /* traces are judged in the order in which they start */
    struct tki_policy *policies; /* as in the file */
    uint32_t npolicies;
    uint32_t *order;          /* as evaluated: those that drop first */
    struct tki_leaves leaves; /* by bit: all policies with evidence */
    uint32_t nwords;          /* of a trace's bits; with stops the second half are the error bits */
    uint64_t *stops;          /* a bit for each policy that stops; NULL: there is none */
    struct tki_key *keys;     /* of on_attr */
    uint32_t nkeys;
    uint64_t key_lengths;          /* bit n & 63 for each key of n bytes */
    struct tki_leaves of_status;   /* on_span, of the status alone */
    struct tki_leaves of_all;      /* on_span, of each span */
    struct tki_asked_field *asked; /* on_span, by what the fields belong to */
    uint32_t asked_end[TKI_OTTL_OWNERS];
    uint32_t *asked_of;  /* a field's place among them; TK_NONE: it has none */
    uint64_t *of_events; /* bits of the policies that a span with events opens */
    struct tki_leaves on_arrival, on_trace;
    bool stepwise; /* some on_arrival is not monotone: every state of a trace counts */
    struct tki_draws draws;
    struct tki_ottl_set ottl;     /* of the conditions of all policies */
    struct tki_leaves drawn;      /* policies whose bit comes from a draw */
    size_t state_size;            /* bytes of the states of all policies */
    struct tki_reads reads;       /* what the policies read, and what replay reads beside */
    struct tki_warnings warnings; /* about the configuration */
    struct tki_warnings hints;    /* what is odd about the pipeline around it, and changes nothing here */
};

/* Adds what a span, or several in their order, says of a trace to what was said before. */
static inline void tki_evidence_add(const struct tki_sampler *s, uint64_t *to, const uint64_t *more)
{
    uint32_t w = s->stops ? s->nwords / 2 : s->nwords;
    for (uint32_t k = 0; k < w && !s->stops; k++)
        to[k] |= more[k];
    for (uint32_t k = 0; k < w && s->stops; k++) {
        uint64_t open = ~((to[k] | to[w + k]) & s->stops[k]);
        to[k] |= more[k] & open;
        to[w + k] |= more[w + k] & open;
    }
}

/* npaths 0: nothing decides yet (tki_sampler_put_head).  paths: the collector's configuration, or what else samples
 * (config/deployed.h), of several files merged as the collector merges them; "-" is standard input; borrowed while the
 * sampler is open.  processor: NULL, or which of several ("tail_sampling/NAME", or NAME).  release: minor number of the
 * collector whose decisions are wanted, 0 for the newest known. */
int tki_sampler_open(struct tki_sampler *s, const char *const *paths, size_t npaths, const char *processor,
                     unsigned release, struct tk_err *err);
/* The same of texts; paths are their names, for messages, and both are borrowed.  texts NULL: of files. */
int tki_sampler_parse(struct tki_sampler *s, const char *const *paths, const tk_str *texts, size_t npaths,
                      const char *processor, unsigned release, struct tk_err *err);
/* The same; gates is what --feature-gates of the collector takes, "+a,-b", several of them, or NULL.  A gate of the
 * processor that the release does not know, or does not let be changed, is an error. */
int tki_sampler_open_gated(struct tki_sampler *s, const char *const *paths, size_t npaths, const char *processor,
                           unsigned release, const char *const *gates, size_t ngates, struct tk_err *err);
void tki_sampler_close(struct tki_sampler *s);
/* Puts a head sampler in front of all others; with s all zero, alone.  TK_ELIMIT: there are TKI_HEADS_MAX. */
int tki_sampler_put_head(struct tki_sampler *s, const struct tki_head *head, struct tk_err *err);
/* Why decisions as that release makes them are not certain, written to `to`; NULL: they are. */
const char *tki_release_doubt(unsigned release, char *to, size_t n);

/* The bytes of traces count from now on, also where no policy asks for them. */
void tki_sampler_weigh(struct tki_sampler *s);

/* What must be decoded for judging (enum tk_need), and the span attributes that are looked at, which belong to the
 * sampler. */
unsigned tki_sampler_needs(const struct tki_sampler *s, const tk_str **keys, size_t *nkeys);

/* Returns true if the collector itself writes thresholds, of what is certain as well. */
static inline bool tki_sampler_writes_thresholds(const struct tki_sampler *s)
{
    return s->tail && s->consistent && s->release >= TKI_THRESHOLDS_SINCE;
}

/* The combined decision.  decisions (may be NULL) gets one per policy, in file order; policies that were not
 * reached get TKI_DECISIONS.  *by gets the policy the collector would name, or TK_NONE. */
bool tki_sampler_decide(const struct tki_sampler *s, const struct tki_moment *m, enum tki_decision *decisions,
                        uint32_t *by);

/* Rules of combination alone, over decisions in order of evaluation (TKI_DECISIONS: an error or not reached).
 */
bool tki_decisions_combine(const enum tki_decision *decisions, size_t n, uint32_t *by);

/* All that may become of a trace whatever the order of the traces of a tick is: TKI_MAY_... ; see
 * tki_policy_type.possible. */
enum { TKI_MAY_KEEP = 1, TKI_MAY_LOSE = 2, TKI_MAY_DROP = 4 };
unsigned tki_sampler_possible(const struct tki_sampler *s, const struct tki_moment *m);
/* Of a trace that is kept, what is not the same in every order, or may not be: what some policy says of it, and which
 * policy recordpolicy names. */
enum { TKI_OPEN_MATCHES = 1, TKI_OPEN_CREDIT = 2 };
unsigned tki_sampler_left_open(const struct tki_sampler *s, const struct tki_moment *m);
/* How many of the traces of a tick are kept of which chance decides, in every order; all have been surveyed. */
struct tki_bounds tki_sampler_bounds(const struct tki_sampler *s, const struct tki_moment *traces, size_t n);
/* Calls every policy that has a budget. */
void tki_sampler_tick(const struct tki_sampler *s, const struct tki_moment *m, enum tki_tick when);

/* ---- probability ---- */

/* The chance in units of 2^-56, rounded, that a trace with a random id is kept, given everything else about it.  bits
 * is room for nwords.  Every decision that is tried starts from the states in before, in m->states, which are left
 * changed. */
uint64_t tki_sampler_chance(const struct tki_sampler *s, const struct tki_moment *m, uint64_t *bits,
                            const char *before);
#define TKI_CHANCE_ONE   ((uint64_t)1 << 56)
#define TKI_CHANCE_CELLS 65536 /* combinations of draws a configuration may have; more is TK_ELIMIT */
/* a * b for chances, rounded. */
uint64_t tki_chance_multiply(uint64_t a, uint64_t b);

#endif
