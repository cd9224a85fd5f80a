/* Reads the settings of one tail_sampling processor and its policies. */
#include <math.h>
#include <stdio.h>

#include "base/err.h"
#include "sample/compile.h"

#define POLICIES_MAX 10000 /* policies and sub-policies of one configuration */

/* Every key that some policy's settings may hold; a table picks those of one type. */
struct settings {
    tk_str key, hash_salt, error_mode;
    struct tki_strings values, status_codes;
    struct tki_yaml_node *values_node, *subs;
    int64_t threshold_ms, upper_threshold_ms, min_value, max_value, cache_max_size, min_spans, max_spans, rate, burst;
    double sampling_percentage;
    bool enabled_regex_matching, invert_match, value;
};

#define AT(member) offsetof(struct settings, member)
static const struct tki_setting no_fields[] = {{0}};
static const struct tki_setting latency_fields[] = {{"threshold_ms", TKI_SETTING_I64, AT(threshold_ms)},
                                                    {"upper_threshold_ms", TKI_SETTING_I64, AT(upper_threshold_ms)},
                                                    {0}};
static const struct tki_setting status_fields[] = {{"status_codes", TKI_SETTING_STRINGS, AT(status_codes)}, {0}};
static const struct tki_setting probabilistic_fields[] = {
    {"hash_salt", TKI_SETTING_STRING, AT(hash_salt)},
    {"sampling_percentage", TKI_SETTING_DOUBLE, AT(sampling_percentage)},
    {0}};
static const struct tki_setting string_fields[] = {
    {"key", TKI_SETTING_STRING, AT(key)},
    {"values", TKI_SETTING_STRINGS, AT(values)},
    {"enabled_regex_matching", TKI_SETTING_BOOL, AT(enabled_regex_matching)},
    {"cache_max_size", TKI_SETTING_I64, AT(cache_max_size)},
    {"invert_match", TKI_SETTING_BOOL, AT(invert_match)},
    {0}};
static const struct tki_setting numeric_fields[] = {{"key", TKI_SETTING_STRING, AT(key)},
                                                    {"min_value", TKI_SETTING_I64, AT(min_value)},
                                                    {"max_value", TKI_SETTING_I64, AT(max_value)},
                                                    {"invert_match", TKI_SETTING_BOOL, AT(invert_match)},
                                                    {0}};
static const struct tki_setting boolean_fields[] = {{"key", TKI_SETTING_STRING, AT(key)},
                                                    {"value", TKI_SETTING_BOOL, AT(value)},
                                                    {"invert_match", TKI_SETTING_BOOL, AT(invert_match)},
                                                    {0}};
static const struct tki_setting state_fields[] = {
    {"key", TKI_SETTING_STRING, AT(key)}, {"values", TKI_SETTING_STRINGS, AT(values)}, {0}};
static const struct tki_setting count_fields[] = {
    {"min_spans", TKI_SETTING_I32, AT(min_spans)}, {"max_spans", TKI_SETTING_I32, AT(max_spans)}, {0}};
static const struct tki_setting and_fields[] = {{"and_sub_policy", TKI_SETTING_NODE, AT(subs)}, {0}};
static const struct tki_setting not_fields[] = {{"not_sub_policy", TKI_SETTING_NODE, AT(subs)}, {0}};
static const struct tki_setting drop_fields[] = {{"drop_sub_policy", TKI_SETTING_NODE, AT(subs)}, {0}};
static const struct tki_setting rate_fields[] = {
    {"spans_per_second", TKI_SETTING_I64, AT(rate)}, {"burst_capacity", TKI_SETTING_I64, AT(burst)}, {0}};
static const struct tki_setting bytes_fields[] = {
    {"bytes_per_second", TKI_SETTING_I64, AT(rate)}, {"burst_capacity", TKI_SETTING_I64, AT(burst)}, {0}};
static const struct tki_setting ottl_fields[] = {{"error_mode", TKI_SETTING_STRING, AT(error_mode)},
                                                 {"span", TKI_SETTING_ANY, 0},
                                                 {"spanevent", TKI_SETTING_ANY, 0},
                                                 {0}};
static const struct tki_setting composite_fields[] = {{"max_total_spans_per_second", TKI_SETTING_I64, AT(rate)},
                                                      {"policy_order", TKI_SETTING_ANY, 0},
                                                      {"composite_sub_policy", TKI_SETTING_ANY, 0},
                                                      {"rate_allocation", TKI_SETTING_ANY, 0},
                                                      {0}};
#undef AT

/* By enum tki_policy_type: the settings' keys; always_sample and trace_flags have none. */
static const struct tki_setting *const tables[TKI_POLICY_TYPES] = {
    [TKI_ALWAYS_SAMPLE] = no_fields,
    [TKI_LATENCY] = latency_fields,
    [TKI_STATUS_CODE] = status_fields,
    [TKI_PROBABILISTIC] = probabilistic_fields,
    [TKI_STRING_ATTRIBUTE] = string_fields,
    [TKI_NUMERIC_ATTRIBUTE] = numeric_fields,
    [TKI_BOOLEAN_ATTRIBUTE] = boolean_fields,
    [TKI_TRACE_STATE] = state_fields,
    [TKI_TRACE_FLAGS] = no_fields,
    [TKI_SPAN_COUNT] = count_fields,
    [TKI_AND] = and_fields,
    [TKI_NOT] = not_fields,
    [TKI_DROP] = drop_fields,
    [TKI_RATE_LIMITING] = rate_fields,
    [TKI_BYTES_LIMITING] = bytes_fields,
    [TKI_OTTL_CONDITION] = ottl_fields,
    [TKI_COMPOSITE] = composite_fields,
};

static int type_of(tk_str name)
{
    for (int t = 0; t < TKI_POLICY_TYPES; t++)
        if (tki_str_eq(name, tki_str(tki_policy_infos[t].name)))
            return t;
    return -1;
}

/* ---- one policy ---- */

#define NAME(p) (int)((p)->name.n < 80 ? (p)->name.n : 80), (p)->name.p

/* Which types may stand where: as the collector has it. */
static bool allowed(enum tki_policy_type type, enum tki_policy_type parent)
{
    switch (type) {
    case TKI_COMPOSITE:
    case TKI_AND:
    case TKI_DROP: return parent == TKI_POLICY_TYPES;
    case TKI_NOT: return parent == TKI_POLICY_TYPES || parent == TKI_AND || parent == TKI_DROP;
    default: return true;
    }
}

static int set_codes(struct tki_load *l, struct tki_policy *p, const struct settings *set, struct tki_yaml_node *at)
{
    if (set->status_codes.n == 0)
        return tki_yaml_fail(&l->y, at, TK_EUSAGE, "policy '%.*s': status_code needs at least one of OK, ERROR, UNSET",
                             NAME(p));
    for (size_t i = 0; i < set->status_codes.n; i++) {
        tk_str code = set->status_codes.s[i];
        if (TKI_STR_IS(code, "OK"))
            p->codes |= 1u << TK_STATUS_OK;
        else if (TKI_STR_IS(code, "ERROR"))
            p->codes |= 1u << TK_STATUS_ERROR;
        else if (TKI_STR_IS(code, "UNSET"))
            p->codes |= 1u << TK_STATUS_UNSET;
        else
            return tki_yaml_fail(&l->y, set->status_codes.node[i], TK_EUSAGE,
                                 "policy '%.*s': unknown status code '%.*s' (known: OK, ERROR, UNSET)", NAME(p),
                                 (int)(code.n < 40 ? code.n : 40), code.p);
    }
    return 0;
}

static int set_strings(struct tki_load *l, struct tki_policy *p, const struct settings *set)
{
    p->key = set->key;
    p->values = set->values;
    if (!set->enabled_regex_matching)
        return 0;
    if (set->values.n == 0)
        return 0;
    struct tk_err e = {0};
    size_t bad;
    int rc = tki_regex_compile(&p->regex, set->values.s, set->values.n, &bad, &e);
    if (rc < 0)
        return tki_yaml_fail(&l->y, set->values.node[bad], rc, "policy '%.*s': not a regular expression: %s", NAME(p),
                             e.text);
    return 0;
}

static int set_numeric(struct tki_load *l, struct tki_policy *p, const struct settings *set, struct tki_yaml_node *at)
{
    p->key = set->key;
    p->min = set->min_value;
    p->max = set->max_value;
    if (l->s->release < TKI_RELEASE_NUMERIC)
        return 0;
    if (set->min_value == 0 && set->max_value == 0)
        return tki_yaml_fail(&l->y, at, TK_EUSAGE,
                             "policy '%.*s': numeric_attribute has neither min_value nor max_value (0 means not set), "
                             "which the collector cannot run",
                             NAME(p));
    if (set->min_value == 0)
        p->min = INT64_MIN;
    if (set->max_value == 0)
        p->max = INT64_MAX;
    return 0;
}

static int set_probabilistic(struct tki_load *l, struct tki_policy *p, const struct settings *set,
                             struct tki_yaml_node *at)
{
    if (isnan(set->sampling_percentage))
        return tki_yaml_fail(&l->y, at, TK_EUSAGE, "policy '%.*s': sampling_percentage is not a number", NAME(p));
    p->percentage = set->sampling_percentage;
    p->threshold = tki_probabilistic_threshold(set->sampling_percentage);
    return tki_compile_salt(l->s, set->hash_salt.n ? set->hash_salt : TKI_STR("default-hash-seed"), &p->salt)
               ? tki_err_memory(l->y.err)
               : 0;
}

static int load_policy(struct tki_load *l, struct tki_yaml_node *node, struct tki_policy *p,
                       enum tki_policy_type parent);

static int set_subs(struct tki_load *l, struct tki_policy *p, struct tki_yaml_node *subs, struct tki_yaml_node *at)
{
    bool one = p->type == TKI_NOT;
    if (one && tki_yaml_is_null(subs))
        return tki_yaml_fail(&l->y, at, TK_EUSAGE, "policy '%.*s': not has no not_sub_policy", NAME(p));
    if (!one && !tki_yaml_is_null(subs) && !tki_yaml_is_list(subs))
        return tki_yaml_fail(&l->y, subs, TK_EUSAGE, "policy '%.*s': %s_sub_policy: expected a list", NAME(p),
                             tki_policy_infos[p->type].name);
    size_t n = one ? 1 : tki_yaml_count(subs);
    if (n > POLICIES_MAX)
        return tki_yaml_fail(&l->y, at, TK_ELIMIT, "more than %d policies", POLICIES_MAX);
    p->subs = tki_arena_alloc(&l->s->arena, n * sizeof *p->subs);
    if (!p->subs)
        return tki_err_memory(l->y.err);
    memset(p->subs, 0, n * sizeof *p->subs);
    for (size_t i = 0; i < n; i++) {
        p->nsubs = (uint32_t)i + 1; /* so that closing frees what was begun */
        int rc = load_policy(l, one ? subs : subs->item[i], &p->subs[i], p->type);
        if (rc < 0)
            return rc;
    }
    return 0;
}

static int set_policy(struct tki_load *l, struct tki_policy *p, const struct settings *set, struct tki_yaml_node *at)
{
    p->invert = set->invert_match;
    switch (p->type) {
    case TKI_LATENCY:
        p->min = set->threshold_ms;
        p->max = set->upper_threshold_ms;
        return 0;
    case TKI_STATUS_CODE: return set_codes(l, p, set, at);
    case TKI_PROBABILISTIC: return set_probabilistic(l, p, set, at);
    case TKI_STRING_ATTRIBUTE: return set_strings(l, p, set);
    case TKI_NUMERIC_ATTRIBUTE: return set_numeric(l, p, set, at);
    case TKI_BOOLEAN_ATTRIBUTE:
        p->key = set->key;
        p->value = set->value;
        return 0;
    case TKI_TRACE_STATE:
        p->key = set->key;
        p->values = set->values;
        return 0;
    case TKI_SPAN_COUNT:
        p->min = set->min_spans;
        p->max = set->max_spans;
        return 0;
    case TKI_AND:
    case TKI_NOT:
    case TKI_DROP: return set_subs(l, p, set->subs, at);
    default: return 0;
    }
}

/* name and type, then the blocks: each is checked, and the one named like the type is used. */
static int load_head(struct tki_load *l, struct tki_yaml_node *node, struct tki_policy *p,
                     struct tki_yaml_node **type_node, tk_str *type)
{
    struct head {
        struct tki_yaml_node *name, *type;
    } head = {0};
    size_t n = tki_yaml_count(node);
    for (size_t i = 0; i < n; i++) {
        tk_str key = node->key[i]->text;
        struct tki_yaml_node *value = node->item[i];
        if (TKI_STR_IS(key, "name"))
            head.name = value;
        else if (TKI_STR_IS(key, "type"))
            head.type = value;
    }
    struct texts {
        tk_str name, type;
    } texts = {0};
    int rc = 0;
    if (head.name)
        rc = tki_yaml_text_value(&l->y, head.name, &texts.name, "name");
    if (rc == 0 && head.type)
        rc = tki_yaml_text_value(&l->y, head.type, &texts.type, "type");
    p->name = texts.name.n ? texts.name : TKI_STR("");
    *type = texts.type.n ? texts.type : TKI_STR("");
    *type_node = head.type;
    return rc;
}

static int load_block(struct tki_load *l, const struct tki_policy *p, tk_str key, struct tki_yaml_node *key_node,
                      struct tki_yaml_node *value, struct settings *used, struct tki_yaml_node **at)
{
    int t = type_of(key);
    if (t < 0 || !tables[t] || t == TKI_ALWAYS_SAMPLE || t == TKI_TRACE_FLAGS)
        return tki_yaml_fail(
            &l->y, key_node, TK_EUSAGE,
            "unknown key '%.*s' in policy '%.*s' (known: name, type, and the settings of its type, '%s')",
            (int)(key.n < 60 ? key.n : 60), key.n ? key.p : "", NAME(p), tki_policy_infos[p->type].name);
    char what[128];
    snprintf(what, sizeof what, "%s of policy '%.*s'", tki_policy_infos[t].name, NAME(p));
    struct settings ignored = {0};
    if (t == (int)p->type)
        *at = key_node;
    else if (tki_warn(l->y.warnings, "%s:%d: settings '%s' of policy '%.*s' have no effect: its type is %s",
                      key_node->pos.file, key_node->pos.line, tki_policy_infos[t].name, NAME(p),
                      tki_policy_infos[p->type].name) < 0)
        return tki_err_memory(l->y.err);
    return tki_yaml_decode(&l->y, value, tables[t], t == (int)p->type ? used : &ignored, what);
}

static int check_type(struct tki_load *l, struct tki_policy *p, struct tki_yaml_node *node,
                      struct tki_yaml_node *type_node, tk_str type, enum tki_policy_type parent)
{
    struct tki_yaml_node *at = type_node ? type_node : node;
    if (type.n == 0)
        return tki_yaml_fail(&l->y, at, TK_EUSAGE, "policy '%.*s' has no type", NAME(p));
    int t = type_of(type);
    if (t < 0)
        return tki_yaml_fail(
            &l->y, at, TK_EUSAGE,
            "unknown sampling policy type %.*s of policy '%.*s'; policies of extensions cannot be replayed",
            (int)(type.n < 60 ? type.n : 60), type.p, NAME(p));
    p->type = (enum tki_policy_type)t;
    if (!allowed(p->type, parent))
        return tki_yaml_fail(&l->y, at, TK_EUSAGE, "policy '%.*s' of type %s cannot stand inside '%s'", NAME(p),
                             tki_policy_infos[t].name, tki_policy_infos[parent].name);
    if (l->s->release < tki_policy_infos[t].since)
        return tki_yaml_fail(&l->y, at, TK_EUSAGE,
                             "unknown sampling policy type %s of policy '%.*s': it came with collector 0.%u, "
                             "and 0.%u was asked for",
                             tki_policy_infos[t].name, NAME(p), tki_policy_infos[t].since, l->s->release);
    if (t >= TKI_REPLAYED)
        return tki_yaml_fail(&l->y, at, TK_EUNSUPPORTED, "policy '%.*s' of type %s is not replayed by this version",
                             NAME(p), tki_policy_infos[t].name);
    return 0;
}

static int load_policy(struct tki_load *l, struct tki_yaml_node *node, struct tki_policy *p,
                       enum tki_policy_type parent)
{
    struct tki_yaml_node *type_node, *at = NULL;
    struct settings set = {0};
    tk_str type;
    p->bit = TK_NONE;
    if (++l->npolicies > POLICIES_MAX)
        return tki_yaml_fail(&l->y, node, TK_ELIMIT, "more than %d policies", POLICIES_MAX);
    if (!tki_yaml_is_map(node))
        return tki_yaml_fail(&l->y, node, TK_EUSAGE, "a policy: expected a mapping with name and type");
    p->pos = node->pos;
    int rc = load_head(l, node, p, &type_node, &type);
    if (rc == 0 && parent == TKI_POLICY_TYPES && p->name.n == 0)
        rc = tki_yaml_fail(&l->y, node, TK_EUSAGE, "a policy without a name");
    if (rc == 0)
        rc = check_type(l, p, node, type_node, type, parent);
    size_t n = tki_yaml_count(node);
    for (size_t i = 0; i < n && rc == 0; i++) {
        tk_str key = node->key[i]->text;
        if (!TKI_STR_IS(key, "name") && !TKI_STR_IS(key, "type"))
            rc = load_block(l, p, key, node->key[i], node->item[i], &set, &at);
    }
    return rc < 0 ? rc : set_policy(l, p, &set, at ? at : node);
}

/* ---- the processor ---- */

struct processor {
    struct tki_yaml_node *policies, *cache, *strategy_node, *size_node, *storage;
    int64_t decision_wait, after_root, num_traces, expected, maximum_size, shards;
    tk_str strategy;
    bool block, drop_pending, first_match;
};
#define AT(member) offsetof(struct processor, member)
static const struct tki_setting processor_fields[] = {
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
    {"num_shards", TKI_SETTING_U64, AT(shards)},
    {"tail_storage", TKI_SETTING_NODE, AT(storage)},
    {0}};
#undef AT
static const struct tki_setting cache_fields[] = {
    {"sampled_cache_size", TKI_SETTING_I64, 0}, {"non_sampled_cache_size", TKI_SETTING_I64, sizeof(int64_t)}, {0}};

static int check_processor(struct tki_load *l, struct tki_yaml_node *node, const struct processor *p)
{
    if (p->strategy.n && !TKI_STR_IS(p->strategy, "trace-complete")) {
        struct tki_yaml_node *at = tki_yaml_get(node, "sampling_strategy");
        if (TKI_STR_IS(p->strategy, "span-ingest"))
            return tki_yaml_fail(&l->y, at, TK_EUNSUPPORTED,
                                 "sampling_strategy span-ingest is not replayed by this version");
        return tki_yaml_fail(&l->y, at, TK_EUSAGE,
                             "unknown sampling_strategy '%.*s' (known: trace-complete, span-ingest)",
                             (int)(p->strategy.n < 40 ? p->strategy.n : 40), p->strategy.p);
    }
    if (p->maximum_size > 0)
        return tki_yaml_fail(&l->y, tki_yaml_get(node, "maximum_trace_size_bytes"), TK_EUNSUPPORTED,
                             "maximum_trace_size_bytes is not replayed by this version: it drops traces by size");
    if (p->shards > 256)
        return tki_yaml_fail(&l->y, tki_yaml_get(node, "num_shards"), TK_EUSAGE, "num_shards must not exceed 256");
    if (p->shards > 1 && !tki_yaml_is_null(p->storage))
        return tki_yaml_fail(&l->y, tki_yaml_get(node, "num_shards"), TK_EUSAGE,
                             "num_shards above 1 does not go with tail_storage");
    int64_t cache[2] = {0};
    return tki_yaml_decode(&l->y, p->cache, cache_fields, cache, "decision_cache");
}

static int check_names(struct tki_load *l, struct tki_yaml_node *list)
{
    struct tki_symtab names = {0};
    int rc = 0;
    for (uint32_t i = 0; i < l->s->npolicies && rc == 0; i++) {
        const struct tki_policy *p = &l->s->policies[i];
        uint32_t number = tki_symtab_put(&names, p->name);
        if (number == TKI_MAP_NONE)
            rc = tki_err_memory(l->y.err);
        else if (number != i)
            rc = tki_yaml_fail(&l->y, list->item[i], TK_EUSAGE, "duplicate policy name '%.*s' (first at line %d)",
                               NAME(p), l->s->policies[number].pos.line);
    }
    tki_symtab_free(&names);
    return rc;
}

int tki_load_processor(struct tki_load *l, struct tki_yaml_node *node)
{
    struct tki_sampler *s = l->s;
    struct processor p = {.decision_wait = 30000000000, .num_traces = 50000, .shards = 1};
    int rc = tki_yaml_decode(&l->y, node, processor_fields, &p, s->processor);
    if (rc == 0)
        rc = check_processor(l, node, &p);
    if (rc < 0)
        return rc;
    s->first_match = p.first_match;
    s->decision_wait_ns = p.decision_wait;
    s->num_traces = p.num_traces;
    if (!tki_yaml_is_null(p.policies) && !tki_yaml_is_list(p.policies))
        return tki_yaml_fail(&l->y, p.policies, TK_EUSAGE, "policies: expected a list");
    size_t n = tki_yaml_count(p.policies);
    if (n == 0)
        return tki_yaml_fail(&l->y, node, TK_EUSAGE, "%s has no policies", s->processor);
    if (n > POLICIES_MAX)
        return tki_yaml_fail(&l->y, node, TK_ELIMIT, "more than %d policies", POLICIES_MAX);
    s->policies = tki_arena_alloc(&s->arena, n * sizeof *s->policies);
    if (!s->policies)
        return tki_err_memory(l->y.err);
    memset(s->policies, 0, n * sizeof *s->policies);
    for (size_t i = 0; i < n && rc == 0; i++) {
        s->npolicies = (uint32_t)i + 1;
        rc = load_policy(l, p.policies->item[i], &s->policies[i], TKI_POLICY_TYPES);
    }
    return rc < 0 ? rc : check_names(l, p.policies);
}
