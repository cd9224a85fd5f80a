/* sampler.h - a tail sampling configuration of the OpenTelemetry Collector, compiled for replay.
 *
 * A policy is a tree; its leaves ask something of a trace.  Every leaf but always_sample owns one bit of a
 * trace's evidence, so that a decision is a boolean function of those bits:
 *   - "any span or resource": status_code, the attribute policies, trace_state, trace_flags: set while
 * reading;
 *   - latency: set while reading, in order of arrival;
 *   - span_count and probabilistic: set when the trace is judged.
 * invert_match is applied to the bit when deciding.
 *
 * Semantics follow the source of tailsamplingprocessor (collector contrib), by version; the rules are
 * documented in tracekit-policy(5).  A configuration that this version cannot replay exactly is refused.
 * A sampler does not change once it is open and may be shared between threads.
 */
#ifndef TKI_SAMPLE_SAMPLER_H
#define TKI_SAMPLE_SAMPLER_H

#include "base/arena.h"
#include "base/map.h"
#include "base/regex.h"
#include "sample/config/yaml.h"

/* Collector releases are 0.MINOR.x; these are the ones whose decisions differ. */
enum tki_release {
    TKI_RELEASE_DROP = 126,         /* drop policies */
    TKI_RELEASE_NUMERIC = 132,      /* numeric_attribute: a bound of 0 is "not set", before it was 0 */
    TKI_RELEASE_PLAIN_INVERT = 144, /* invert_match gives plain decisions, before it had decisions of its own */
    TKI_RELEASE_NOT = 145,          /* not and trace_flags policies */
    TKI_RELEASE_LATENCY = 157,      /* latency: above the threshold, before at or above */
    TKI_RELEASE_NEWEST = 164,       /* the newest one whose source was read */
};

enum tki_policy_type {
    TKI_ALWAYS_SAMPLE,
    TKI_LATENCY,
    TKI_STATUS_CODE,
    TKI_PROBABILISTIC,
    TKI_STRING_ATTRIBUTE,
    TKI_NUMERIC_ATTRIBUTE,
    TKI_BOOLEAN_ATTRIBUTE,
    TKI_TRACE_STATE,
    TKI_TRACE_FLAGS,
    TKI_SPAN_COUNT,
    TKI_AND,
    TKI_NOT,
    TKI_DROP,
    TKI_REPLAYED, /* the types from here on are known and not replayed */
    TKI_RATE_LIMITING = TKI_REPLAYED,
    TKI_BYTES_LIMITING,
    TKI_OTTL_CONDITION,
    TKI_COMPOSITE,
    TKI_POLICY_TYPES
};

struct tki_policy_info {
    const char *name;
    unsigned since; /* minor release it came with; 0: older than what matters here */
    const char *about;
};
extern const struct tki_policy_info tki_policy_infos[TKI_POLICY_TYPES];

enum tki_decision {
    TKI_NOT_SAMPLED,
    TKI_SAMPLED,
    TKI_INVERT_NOT_SAMPLED,
    TKI_INVERT_SAMPLED,
    TKI_DROPPED,
    TKI_DECISIONS
};
extern const char *const tki_decision_names[TKI_DECISIONS];

struct tki_policy {
    tk_str name;
    enum tki_policy_type type;
    struct tki_pos pos;
    uint32_t bit; /* TK_NONE for always_sample, and, not, drop */
    bool invert;
    tk_str key;                /* *_attribute, trace_state */
    struct tki_strings values; /* string_attribute (exact), trace_state: those that can match */
    struct tki_symtab *lookup; /* the same when there are many of them */
    struct tki_regex *regex;   /* string_attribute with enabled_regex_matching and some value */
    int64_t min, max;          /* numeric_attribute; span_count (max 0: none); latency in ms (max 0: none) */
    bool value;                /* boolean_attribute */
    unsigned codes;            /* status_code: bits 1 << enum tk_status */
    uint32_t salt;             /* probabilistic: row of sampler->salts */
    uint64_t threshold;        /* probabilistic: kept when the hash is not above */
    double percentage;
    struct tki_policy *subs; /* and, not, drop */
    uint32_t nsubs;
};

struct tki_salt {
    tk_str text;
    uint64_t state; /* of FNV-1a behind the salt */
};

/* Attribute leaves by key, so that a span's attributes are gone through once. */
struct tki_key {
    tk_str key;
    const struct tki_policy **leaves;
    uint32_t nleaves;
};

struct tki_sampler {
    struct tki_arena arena;
    char processor[128];      /* "tail_sampling/NAME" */
    unsigned release;         /* minor */
    bool latency_inclusive;   /* d >= threshold when there is no upper one */
    bool invert_decisions;    /* invert_match yields decisions of its own */
    bool first_match;         /* sample_on_first_match */
    int64_t decision_wait_ns; /* for the report: traces are judged whole */
    int64_t num_traces;
    struct tki_policy *policies; /* as in the file */
    uint32_t npolicies;
    uint32_t *order;                  /* as evaluated: drop policies first */
    const struct tki_policy **leaves; /* leaves[bit] */
    uint32_t nbits, nwords;
    struct tki_key *keys;
    tk_str *key_names; /* of keys */
    uint32_t nkeys;
    uint64_t key_lengths;               /* bit n & 63 for each key of n bytes */
    const struct tki_policy **spanwise; /* status_code, trace_state, trace_flags leaves */
    uint32_t nspanwise;
    const struct tki_policy **latencies;
    uint32_t nlatencies;
    const struct tki_policy **late; /* span_count, probabilistic */
    uint32_t nlate;
    struct tki_salt *salts;
    uint32_t nsalts;
    bool uses_attrs, uses_state;
    struct tki_warnings warnings; /* about the configuration */
};

/* paths: the collector's configuration, of several files merged as the collector merges them; "-" is standard input;
 * borrowed while the sampler is open.  processor: NULL, or which of several ("tail_sampling/NAME", or NAME).  release:
 * minor number of the collector whose decisions are wanted, 0 for the newest known. */
int tki_sampler_open(struct tki_sampler *s, const char *const *paths, size_t npaths, const char *processor,
                     unsigned release, struct tk_err *err);
void tki_sampler_close(struct tki_sampler *s);
/* "0.157", "v0.157.1", "157": the minor number; 0 when it is none. */
unsigned tki_release_parse(const char *text);

/* What a reader must decode for judging. */
unsigned tki_sampler_needs(const struct tki_sampler *s);

/* The decision of one policy, given a trace's bits. */
enum tki_decision tki_policy_decide(const struct tki_sampler *s, const struct tki_policy *p, const uint64_t *bits);

/* The combined decision.  decisions (may be NULL) gets one per policy, in file order; policies that were not
 * reached get TKI_DECISIONS.  *by gets the policy the collector would name, or TK_NONE. */
bool tki_sampler_decide(const struct tki_sampler *s, const uint64_t *bits, enum tki_decision *decisions, uint32_t *by);

/* Rules of combination alone, over decisions in order of evaluation (TKI_DECISIONS: an error or not reached).
 */
bool tki_decisions_combine(const enum tki_decision *decisions, size_t n, uint32_t *by);

/* ---- probability ---- */

uint64_t tki_fnv64(uint64_t state, const void *p, size_t n); /* FNV-1a, 64 bits */
#define TKI_FNV64_START 14695981039346656037u
uint64_t tki_probabilistic_hash(const struct tki_salt *salt, tk_id128 id);
/* trunc(MaxUint64 * (percentage / 100)) in Go's math/big arithmetic: the product rounded to a mantissa of 64
 * bits, half to even, then cut off; 0 below 0 and MaxUint64 from 1 on. */
uint64_t tki_probabilistic_threshold(double percentage);
/* Given the other bits, the chance in units of 2^-56 that a trace with a random id is kept; rounded.  The
 * bits of probabilistic leaves are left changed. */
uint64_t tki_sampler_chance(const struct tki_sampler *s, uint64_t *bits);
#define TKI_CHANCE_ONE   ((uint64_t)1 << 56)
#define TKI_CHANCE_CELLS 65536 /* combinations of draws a configuration may have; more is TK_ELIMIT */
/* a * b for chances, rounded. */
uint64_t tki_chance_multiply(uint64_t a, uint64_t b);

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

#endif
