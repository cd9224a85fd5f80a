#include "sample/tail_sampling.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/err.h"

/* Seconds, of which each takes 8 bytes. */
#define WAIT_MAX    4000000000
#define WAIT_MAX_GB 32

struct processor {
    struct tki_yaml_node *policies, *cache, *storage;
    int64_t decision_wait, after_root, num_traces, expected, maximum_size, shards;
    tk_str strategy;
    bool block, drop_pending, first_match;
};
#define AT(member) offsetof(struct processor, member)
static const struct tki_setting processor_settings[] = {
    {"policies", TKI_SETTING_NODE, AT(policies)},
    {"decision_wait", TKI_SETTING_DURATION, AT(decision_wait)},
    {"decision_wait_after_root_received", TKI_SETTING_DURATION, AT(after_root)},
    {"num_traces", TKI_SETTING_U64, AT(num_traces)},
    {"expected_new_traces_per_sec", TKI_SETTING_U64, AT(expected)},
    {"decision_cache", TKI_SETTING_NODE, AT(cache)},
    {"sample_on_first_match", TKI_SETTING_BOOL, AT(first_match)},
    {"block_on_overflow", TKI_SETTING_BOOL, AT(block)},
    {"drop_pending_traces_on_shutdown", TKI_SETTING_BOOL, AT(drop_pending)},
    {"maximum_trace_size_bytes", TKI_SETTING_U64, AT(maximum_size)},
    {"sampling_strategy", TKI_SETTING_STRING, AT(strategy)},
    {"num_shards", TKI_SETTING_U32, AT(shards)},
    {"tail_storage", TKI_SETTING_NODE, AT(storage)},
    {0}};
#undef AT
static const struct tki_newer processor_newer[] = {{"decision_wait_after_root_received", 144},
                                                   {"sample_on_first_match", 126},
                                                   {"block_on_overflow", 131},
                                                   {"drop_pending_traces_on_shutdown", 141},
                                                   {"maximum_trace_size_bytes", 145},
                                                   {"sampling_strategy", 149},
                                                   {"num_shards", 159},
                                                   {"tail_storage", 150},
                                                   {0}};
static const struct tki_setting cache_settings[] = {
    {"sampled_cache_size", TKI_SETTING_I64, 0}, {"non_sampled_cache_size", TKI_SETTING_I64, sizeof(int64_t)}, {0}};

/* The storage that is named is an extension: no decision depends on it. */
static int check_storage(struct tki_load *l, const struct tki_yaml_node *node, const struct tki_yaml_node *storage,
                         bool gate)
{
    tk_str id = {0};
    if (tki_yaml_is_null(storage))
        return 0;
    int rc = tki_yaml_text_value(&l->y, storage, &id, "tail_storage");
    bool unset = !id.n && storage->kind == TKI_YAML_SCALAR && tki_str_find(storage->text, '$');
    if (rc < 0 || unset || (id.n && gate))
        return rc;
    return tki_yaml_fail(&l->y, tki_yaml_get(node, "tail_storage"), TK_EUSAGE,
                         id.n ? "tail_storage requires the feature gate "
                                "processor.tailsamplingprocessor.tailstorageextension"
                              : "tail_storage: the name of an extension must not be empty");
}

/* The collector holds a batch for each second of the wait, and ends where there is no memory for them. */
static int check_wait(struct tki_load *l, const struct tki_yaml_node *node, const char *key, int64_t ns)
{
    int64_t seconds = ns / 1000000000;
    if (seconds <= WAIT_MAX)
        return 0;
    return tki_yaml_fail(&l->y, tki_yaml_get(node, key), TK_EUSAGE,
                         "%s is %" PRId64 " seconds: the collector takes memory for each of them when it starts, more "
                         "than %d GB, and ends",
                         key, seconds, WAIT_MAX_GB);
}

static int check(struct tki_load *l, const struct tki_yaml_node *node, const struct processor *p, bool storage_gate)
{
    const struct tki_yaml_node *at = tki_yaml_get(node, "sampling_strategy");
    if (at && !TKI_STR_IS(p->strategy, "trace-complete") && !TKI_STR_IS(p->strategy, "span-ingest"))
        return tki_yaml_fail(&l->y, at, TK_EUSAGE,
                             "unknown sampling_strategy '%.*s' (known: trace-complete, span-ingest)",
                             (int)(p->strategy.n < 40 ? p->strategy.n : 40), p->strategy.p);
    if (p->shards > 256)
        return tki_yaml_fail(&l->y, tki_yaml_get(node, "num_shards"), TK_EUSAGE, "num_shards must not exceed 256");
    if (p->shards > 1 && !tki_yaml_is_null(p->storage))
        return tki_yaml_fail(&l->y, tki_yaml_get(node, "num_shards"), TK_EUSAGE,
                             "num_shards above 1 does not go with tail_storage");
    int rc = check_wait(l, node, "decision_wait", p->decision_wait);
    rc = rc == 0 ? check_wait(l, node, "decision_wait_after_root_received", p->after_root) : rc;
    return rc == 0 ? check_storage(l, node, p->storage, storage_gate) : rc;
}

/* span-ingest judges each message by itself, which a policy with a memory cannot. */
static int check_ingest(struct tki_load *l, const struct tki_sampler *s)
{
    for (uint32_t i = 0; i < s->npolicies && s->waits.ingest; i++) {
        const struct tki_policy *p = &s->policies[i];
        if (p->stateful)
            return tki_yaml_fail(&l->y, NULL, TK_EUSAGE,
                                 "sampling_strategy span-ingest needs policies without a state, and '%.*s' has one",
                                 (int)(p->name.n < 80 ? p->name.n : 80), p->name.p);
    }
    return 0;
}

static int load_caches(struct tki_load *l, const struct processor *p, struct tki_waits *w)
{
    int64_t cache[2] = {0};
    int rc = tki_yaml_decode(&l->y, p->cache, cache_settings, cache, "decision_cache");
    w->kept_cache = cache[0];
    w->lost_cache = cache[1];
    return rc;
}

int tki_tail_sampling_load(struct tki_load *l, const struct tki_yaml_node *node, tk_str id, struct tki_sampler *s)
{
    char name[128];
    struct processor p = {.decision_wait = 30000000000, .num_traces = 50000, .shards = 1};
    snprintf(name, sizeof name, "%.*s", (int)id.n, id.p);
    int rc = tki_yaml_newer(&l->y, node, processor_newer, s->release, name);
    if (rc == 0)
        rc = tki_yaml_decode(&l->y, node, processor_settings, &p, name);
    if (rc == 0)
        rc = check(l, node, &p, s->tail_storage);
    s->tail = true;
    s->first_match = p.first_match;
    s->waits = (struct tki_waits){.decision_wait_ns = p.decision_wait,
                                  .after_root_ns = p.after_root,
                                  .num_traces = (uint64_t)p.num_traces,
                                  .num_traces_given = tki_yaml_get(node, "num_traces") != NULL,
                                  .trace_bytes_max = (uint64_t)p.maximum_size,
                                  .shards = p.shards > 1 ? (uint32_t)p.shards : 1,
                                  .block = p.block,
                                  .drop_pending = p.drop_pending,
                                  .ingest = TKI_STR_IS(p.strategy, "span-ingest")};
    if (rc == 0)
        rc = load_caches(l, &p, &s->waits);
    if (rc < 0)
        return rc;
    if (!tki_yaml_is_null(p.policies) && !tki_yaml_is_list(p.policies))
        return tki_yaml_fail(&l->y, p.policies, TK_EUSAGE, "policies: expected a list");
    if (tki_yaml_count(p.policies) == 0) {
        const char *file = tki_yaml_is_null(node) ? "" : node->pos.file;
        return tki_warn(l->y.warnings, "%s%s%s has no policies: the collector starts, and keeps nothing", file,
                        *file ? ": " : "", name) < 0
                   ? tki_err_memory(l->y.err)
                   : 0;
    }
    l->shards = s->waits.shards;
    rc = tki_load_policies(l, p.policies, &s->policies, &s->npolicies);
    return rc < 0 ? rc : check_ingest(l, s);
}
