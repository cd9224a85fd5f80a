/* rules.h - the rules by which instrumentation is judged: a row of the table for each, what it looks at in the row's
 * own words, and what to do about it.
 *
 * Levels are OpenTelemetry Weaver's.  A rule of the Instrumentation Score (draft 0.1, instrumentation-score/spec) has
 * its id and weight; all others are none of its and never enter the score.  A rule that looks at single spans is a
 * function here (spans.c); the others are counted where what they need is gathered: resources.c, names.c, shapes.c,
 * hops.c, gaps.c, waste.c.
 */
#ifndef TKI_JUDGE_RULES_H
#define TKI_JUDGE_RULES_H

#include "judge/said.h"

enum tki_level { TKI_LEVEL_INFORMATION, TKI_LEVEL_IMPROVEMENT, TKI_LEVEL_VIOLATION };

enum tki_rule_id {
    TKI_RULE_SERVICE_NAME,
    TKI_RULE_INSTANCE_ID,
    TKI_RULE_INSTANCE_SHARED,
    TKI_RULE_POD_UID,
    TKI_RULE_KEY_LEVEL,
    TKI_RULE_INTERNAL_SPANS,
    TKI_RULE_TINY_SPANS,
    TKI_RULE_CLIENT_ROOT,
    TKI_RULE_SILENT_HTTP,
    TKI_RULE_SILENT_EXCEPTION,
    TKI_RULE_SILENT_TIMEOUT,
    TKI_RULE_SILENT_ERROR,
    TKI_RULE_SILENT_RPC,
    TKI_RULE_CLIENT_FAULT,
    TKI_RULE_FALSE_ERROR,
    TKI_RULE_OK_DESPITE,
    TKI_RULE_TWINS,
    TKI_RULE_DROPPED,
    TKI_RULE_NAME_GENERIC,
    TKI_RULE_NAME_UNBOUNDED,
    TKI_RULE_NAME_DATA,
    TKI_RULE_KIND_INTERNAL,
    TKI_RULE_MISSING_ATTRIBUTE,
    TKI_RULE_UNINSTRUMENTED,
    TKI_RULE_PHANTOM_PARENT,
    TKI_RULE_LOST_PARENTS,
    TKI_RULE_MERGED,
    TKI_RULE_CUT_IDS,
    TKI_RULE_CONTEXT_LOST,
    TKI_RULE_CONTEXT_INSIDE,
    TKI_RULE_CONTEXT_BROKER,
    TKI_RULE_OWN_SAMPLING,
    TKI_RULE_PIPELINE_GAP,
    TKI_RULE_TWO_TRACES,
    TKI_RULE_N_PLUS_ONE, /* from here: what wastes time (waste.h) */
    TKI_RULE_RETRIES,
    TKI_RULE_STRAGGLER,
    TKI_RULE_TIMEOUT,
    TKI_RULE_RECURSION,
    TKI_RULE_SERIAL,
    TKI_RULE_POOL,
    TKI_RULE_CACHE_MISS,
    TKI_RULE_PARENTS, /* SPA-002: enters the score; the check "orphans" tells of it */
    TKI_RULES
};

enum tki_finds { TKI_DOES_NOT_APPLY, TKI_PASSES, TKI_FAILS };

struct tki_rule {
    const char *id;                                   /* a word of --verify, and of the report */
    uint8_t level;                                    /* enum tki_level */
    const char *score;                                /* its id in the Instrumentation Score; NULL: none of its */
    uint8_t weight;                                   /* there: 40 critical, 30 important, 20 normal, 10 low */
    const char *of;                                   /* what is counted, in the plural */
    const char *fault;                                /* what those that fail do */
    const char *next;                                 /* what to do */
    enum tki_finds (*span)(const struct tki_said *f); /* NULL: no rule of single spans */
};
extern const struct tki_rule tki_rules[TKI_RULES];

/* The words of the rules in their order, but for the last: X(word) for each. */
/* clang-format off */
#define TKI_RULE_WORDS(X) \
    X("service-name") X("instance-id") X("instance-shared") X("pod-uid") X("key-level") X("internal-spans") \
    X("tiny-spans") X("client-root") X("silent-http") X("silent-exception") X("silent-timeout") X("silent-error") \
    X("silent-rpc") X("client-fault") X("false-error") X("ok-despite") X("attribute-twins") X("dropped") \
    X("name-generic") X("name-unbounded") X("name-data") X("kind-internal") X("missing-attribute") \
    X("uninstrumented-peer") X("phantom-parent") X("lost-parents") X("merged-trace") X("cut-ids") X("context-lost") \
    X("context-lost-inside") X("context-lost-broker") X("own-sampling") X("pipeline-gap") X("two-traces") \
    X("n-plus-one") X("retries") X("straggler") X("timeout") X("recursion") X("serial") X("pool") \
    X("cache-miss")
/* clang-format on */

const char *tki_rule_level_name(enum tki_level level); /* "violation" */

#endif
