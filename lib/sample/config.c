/* Finds tail_sampling in a collector's configuration and reads it. */
#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "sample/compile.h"

#define POLICIES_MAX 10000 /* policies and sub-policies of one configuration */

/* Every key that some policy's settings may hold; a table picks those of one type. */
struct settings {
    tk_str key, hash_salt, error_mode;
    struct tki_strings values, status_codes;
    struct fy_node *values_node, *subs;
    int64_t threshold_ms, upper_threshold_ms, min_value, max_value, cache_max_size, min_spans, max_spans, rate, burst;
    double sampling_percentage;
    bool enabled_regex_matching, invert_match, value;
};

#define AT(member) offsetof(struct settings, member)
static const struct tki_field no_fields[] = {{0}};
static const struct tki_field latency_fields[] = {{"threshold_ms", TKI_FIELD_I64, AT(threshold_ms)},
                                                  {"upper_threshold_ms", TKI_FIELD_I64, AT(upper_threshold_ms)},
                                                  {0}};
static const struct tki_field status_fields[] = {{"status_codes", TKI_FIELD_STRINGS, AT(status_codes)}, {0}};
static const struct tki_field probabilistic_fields[] = {
    {"hash_salt", TKI_FIELD_STRING, AT(hash_salt)}, {"sampling_percentage", TKI_FIELD_DOUBLE, AT(sampling_percentage)}, {0}};
static const struct tki_field string_fields[] = {{"key", TKI_FIELD_STRING, AT(key)},
                                                 {"values", TKI_FIELD_STRINGS, AT(values)},
                                                 {"enabled_regex_matching", TKI_FIELD_BOOL, AT(enabled_regex_matching)},
                                                 {"cache_max_size", TKI_FIELD_I64, AT(cache_max_size)},
                                                 {"invert_match", TKI_FIELD_BOOL, AT(invert_match)},
                                                 {0}};
static const struct tki_field numeric_fields[] = {{"key", TKI_FIELD_STRING, AT(key)},
                                                  {"min_value", TKI_FIELD_I64, AT(min_value)},
                                                  {"max_value", TKI_FIELD_I64, AT(max_value)},
                                                  {"invert_match", TKI_FIELD_BOOL, AT(invert_match)},
                                                  {0}};
static const struct tki_field boolean_fields[] = {{"key", TKI_FIELD_STRING, AT(key)},
                                                  {"value", TKI_FIELD_BOOL, AT(value)},
                                                  {"invert_match", TKI_FIELD_BOOL, AT(invert_match)},
                                                  {0}};
static const struct tki_field state_fields[] = {
    {"key", TKI_FIELD_STRING, AT(key)}, {"values", TKI_FIELD_STRINGS, AT(values)}, {0}};
static const struct tki_field count_fields[] = {
    {"min_spans", TKI_FIELD_I32, AT(min_spans)}, {"max_spans", TKI_FIELD_I32, AT(max_spans)}, {0}};
static const struct tki_field and_fields[] = {{"and_sub_policy", TKI_FIELD_NODE, AT(subs)}, {0}};
static const struct tki_field not_fields[] = {{"not_sub_policy", TKI_FIELD_NODE, AT(subs)}, {0}};
static const struct tki_field drop_fields[] = {{"drop_sub_policy", TKI_FIELD_NODE, AT(subs)}, {0}};
static const struct tki_field rate_fields[] = {
    {"spans_per_second", TKI_FIELD_I64, AT(rate)}, {"burst_capacity", TKI_FIELD_I64, AT(burst)}, {0}};
static const struct tki_field bytes_fields[] = {
    {"bytes_per_second", TKI_FIELD_I64, AT(rate)}, {"burst_capacity", TKI_FIELD_I64, AT(burst)}, {0}};
static const struct tki_field ottl_fields[] = {{"error_mode", TKI_FIELD_STRING, AT(error_mode)},
                                               {"span", TKI_FIELD_ANY, 0},
                                               {"spanevent", TKI_FIELD_ANY, 0},
                                               {0}};
static const struct tki_field composite_fields[] = {{"max_total_spans_per_second", TKI_FIELD_I64, AT(rate)},
                                                    {"policy_order", TKI_FIELD_ANY, 0},
                                                    {"composite_sub_policy", TKI_FIELD_ANY, 0},
                                                    {"rate_allocation", TKI_FIELD_ANY, 0},
                                                    {0}};
#undef AT

/* By enum tki_policy_type: the settings' keys; always_sample and trace_flags have none. */
static const struct tki_field *const tables[TKI_POLICY_TYPES] = {
    [TKI_ALWAYS_SAMPLE] = no_fields,          [TKI_LATENCY] = latency_fields,
    [TKI_STATUS_CODE] = status_fields,        [TKI_PROBABILISTIC] = probabilistic_fields,
    [TKI_STRING_ATTRIBUTE] = string_fields,   [TKI_NUMERIC_ATTRIBUTE] = numeric_fields,
    [TKI_BOOLEAN_ATTRIBUTE] = boolean_fields, [TKI_TRACE_STATE] = state_fields,
    [TKI_TRACE_FLAGS] = no_fields,            [TKI_SPAN_COUNT] = count_fields,
    [TKI_AND] = and_fields,                   [TKI_NOT] = not_fields,
    [TKI_DROP] = drop_fields,                 [TKI_RATE_LIMITING] = rate_fields,
    [TKI_BYTES_LIMITING] = bytes_fields,      [TKI_OTTL_CONDITION] = ottl_fields,
    [TKI_COMPOSITE] = composite_fields,
};

struct load {
    struct tki_sampler *s;
    struct tk_err *err;
    size_t npolicies;
};

int tki_sampler_warn(struct tki_sampler *s, const char *format, ...)
{
    char text[512];
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    char **more = realloc(s->warnings, (s->nwarnings + 1) * sizeof *more);
    char *copy = more ? strdup(text) : NULL;
    if (more)
        s->warnings = more;
    if (!copy)
        return TK_ENOMEM;
    s->warnings[s->nwarnings++] = copy;
    return 0;
}

static int type_of(tk_str name)
{
    for (int t = 0; t < TKI_POLICY_TYPES; t++)
        if (tki_str_eq(name, tki_str(tki_policy_infos[t].name)))
            return t;
    return -1;
}

/* ---- one policy ---------------------------------------------------------------------------------------------- */

static int fail(struct load *l, struct fy_node *node, int code, const char *format, ...) __attribute__((format(printf, 4, 5)));
static int fail(struct load *l, struct fy_node *node, int code, const char *format, ...)
{
    char text[sizeof l->err->text];
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    return tki_yaml_fail(&l->s->yaml, node, code, l->err, "%s", text);
}

#define NAME(p) (int)((p)->name.n < 80 ? (p)->name.n : 80), (p)->name.p

/* Which types may stand where: as the collector has it. */
static bool allowed(enum tki_policy_type type, enum tki_policy_type parent)
{
    switch (type) {
    case TKI_COMPOSITE:
    case TKI_AND:
    case TKI_DROP:
        return parent == TKI_POLICY_TYPES;
    case TKI_NOT:
        return parent == TKI_POLICY_TYPES || parent == TKI_AND || parent == TKI_DROP;
    default:
        return true;
    }
}

static int set_codes(struct load *l, struct tki_policy *p, const struct settings *set, struct fy_node *at)
{
    if (set->status_codes.n == 0)
        return fail(l, at, TK_EUSAGE, "policy '%.*s': status_code needs at least one of OK, ERROR, UNSET", NAME(p));
    for (size_t i = 0; i < set->status_codes.n; i++) {
        tk_str code = set->status_codes.s[i];
        if (TKI_STR_IS(code, "OK"))
            p->codes |= 1u << TK_STATUS_OK;
        else if (TKI_STR_IS(code, "ERROR"))
            p->codes |= 1u << TK_STATUS_ERROR;
        else if (TKI_STR_IS(code, "UNSET"))
            p->codes |= 1u << TK_STATUS_UNSET;
        else
            return fail(l, set->status_codes.node[i], TK_EUSAGE,
                        "policy '%.*s': unknown status code '%.*s' (known: OK, ERROR, UNSET)", NAME(p),
                        (int)(code.n < 40 ? code.n : 40), code.p);
    }
    return 0;
}

static int set_strings(struct load *l, struct tki_policy *p, const struct settings *set)
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
        return fail(l, set->values.node[bad], rc, "policy '%.*s': not a regular expression: %s", NAME(p), e.text);
    return 0;
}

static int set_numeric(struct load *l, struct tki_policy *p, const struct settings *set, struct fy_node *at)
{
    p->key = set->key;
    p->min = set->min_value;
    p->max = set->max_value;
    if (l->s->release < TKI_RELEASE_NUMERIC)
        return 0;
    if (set->min_value == 0 && set->max_value == 0)
        return fail(l, at, TK_EUSAGE,
                    "policy '%.*s': numeric_attribute has neither min_value nor max_value (0 means not set), "
                    "which the collector cannot run",
                    NAME(p));
    if (set->min_value == 0)
        p->min = INT64_MIN;
    if (set->max_value == 0)
        p->max = INT64_MAX;
    return 0;
}

static int set_probabilistic(struct load *l, struct tki_policy *p, const struct settings *set, struct fy_node *at)
{
    if (isnan(set->sampling_percentage))
        return fail(l, at, TK_EUSAGE, "policy '%.*s': sampling_percentage is not a number", NAME(p));
    p->percentage = set->sampling_percentage;
    p->threshold = tki_probabilistic_threshold(set->sampling_percentage);
    return tki_compile_salt(l->s, set->hash_salt.n ? set->hash_salt : TKI_STR("default-hash-seed"), &p->salt)
               ? tki_err_memory(l->err)
               : 0;
}

static int load_policy(struct load *l, struct fy_node *node, struct tki_policy *p, enum tki_policy_type parent);

static int set_subs(struct load *l, struct tki_policy *p, struct fy_node *subs, struct fy_node *at)
{
    bool one = p->type == TKI_NOT;
    if (one && tki_yaml_is_null(subs))
        return fail(l, at, TK_EUSAGE, "policy '%.*s': not has no not_sub_policy", NAME(p));
    if (!one && !tki_yaml_is_null(subs) && !tki_yaml_is_list(subs))
        return fail(l, subs, TK_EUSAGE, "policy '%.*s': %s_sub_policy: expected a list", NAME(p), tki_policy_infos[p->type].name);
    size_t n = one ? 1 : tki_yaml_count(subs);
    if (n > POLICIES_MAX)
        return fail(l, at, TK_ELIMIT, "more than %d policies", POLICIES_MAX);
    p->subs = tki_arena_alloc(&l->s->arena, n * sizeof *p->subs);
    if (!p->subs)
        return tki_err_memory(l->err);
    memset(p->subs, 0, n * sizeof *p->subs);
    for (size_t i = 0; i < n; i++) {
        p->nsubs = (uint32_t)i + 1; /* so that closing frees what was begun */
        int rc = load_policy(l, one ? subs : tki_yaml_item(subs, i), &p->subs[i], p->type);
        if (rc < 0)
            return rc;
    }
    return 0;
}

static int set_policy(struct load *l, struct tki_policy *p, const struct settings *set, struct fy_node *at)
{
    p->invert = set->invert_match;
    switch (p->type) {
    case TKI_LATENCY:
        p->min = set->threshold_ms;
        p->max = set->upper_threshold_ms;
        return 0;
    case TKI_STATUS_CODE:
        return set_codes(l, p, set, at);
    case TKI_PROBABILISTIC:
        return set_probabilistic(l, p, set, at);
    case TKI_STRING_ATTRIBUTE:
        return set_strings(l, p, set);
    case TKI_NUMERIC_ATTRIBUTE:
        return set_numeric(l, p, set, at);
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
    case TKI_DROP:
        return set_subs(l, p, set->subs, at);
    default:
        return 0;
    }
}

/* name and type, then the blocks: each is checked, and the one named like the type is used. */
static int load_head(struct load *l, struct fy_node *node, struct tki_policy *p, struct fy_node **type_node, tk_str *type)
{
    struct head {
        struct fy_node *name, *type;
    } head = {0};
    size_t n = tki_yaml_count(node);
    for (size_t i = 0; i < n; i++) {
        tk_str key;
        struct fy_node *key_node, *value = tki_yaml_pair(node, i, &key, &key_node);
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
        rc = tki_yaml_text_value(&l->s->yaml, head.name, &texts.name, "name", l->err);
    if (rc == 0 && head.type)
        rc = tki_yaml_text_value(&l->s->yaml, head.type, &texts.type, "type", l->err);
    p->name = texts.name.n ? texts.name : TKI_STR("");
    *type = texts.type.n ? texts.type : TKI_STR("");
    *type_node = head.type;
    return rc;
}

static int load_block(struct load *l, const struct tki_policy *p, tk_str key, struct fy_node *key_node,
                      struct fy_node *value, struct settings *used, struct fy_node **at)
{
    int t = type_of(key);
    if (t < 0 || !tables[t] || t == TKI_ALWAYS_SAMPLE || t == TKI_TRACE_FLAGS)
        return fail(l, key_node, TK_EUSAGE,
                    "unknown key '%.*s' in policy '%.*s' (known: name, type, and the settings of its type, '%s')",
                    (int)(key.n < 60 ? key.n : 60), key.n ? key.p : "", NAME(p), tki_policy_infos[p->type].name);
    char what[128];
    snprintf(what, sizeof what, "%s of policy '%.*s'", tki_policy_infos[t].name, NAME(p));
    struct settings ignored = {0};
    if (t == (int)p->type)
        *at = key_node;
    else if (tki_sampler_warn(l->s, "%s:%d: settings '%s' of policy '%.*s' have no effect: its type is %s", l->s->yaml.path,
                              tki_yaml_pos(key_node).line, tki_policy_infos[t].name, NAME(p),
                              tki_policy_infos[p->type].name) < 0)
        return tki_err_memory(l->err);
    return tki_yaml_decode(&l->s->yaml, value, tables[t], t == (int)p->type ? used : &ignored, what, l->err);
}

static int check_type(struct load *l, struct tki_policy *p, struct fy_node *node, struct fy_node *type_node, tk_str type,
                      enum tki_policy_type parent)
{
    struct fy_node *at = type_node ? type_node : node;
    if (type.n == 0)
        return fail(l, at, TK_EUSAGE, "policy '%.*s' has no type", NAME(p));
    int t = type_of(type);
    if (t < 0)
        return fail(l, at, TK_EUSAGE, "unknown sampling policy type %.*s of policy '%.*s'; policies of extensions cannot be replayed",
                    (int)(type.n < 60 ? type.n : 60), type.p, NAME(p));
    p->type = (enum tki_policy_type)t;
    if (!allowed(p->type, parent))
        return fail(l, at, TK_EUSAGE, "policy '%.*s' of type %s cannot stand inside '%s'", NAME(p), tki_policy_infos[t].name,
                    tki_policy_infos[parent].name);
    if (l->s->release < tki_policy_infos[t].since)
        return fail(l, at, TK_EUSAGE, "unknown sampling policy type %s of policy '%.*s': it came with collector 0.%u, and 0.%u was asked for",
                    tki_policy_infos[t].name, NAME(p), tki_policy_infos[t].since, l->s->release);
    if (t >= TKI_REPLAYED)
        return fail(l, at, TK_EUNSUPPORTED, "policy '%.*s' of type %s is not replayed by this version", NAME(p),
                    tki_policy_infos[t].name);
    return 0;
}

static int load_policy(struct load *l, struct fy_node *node, struct tki_policy *p, enum tki_policy_type parent)
{
    struct fy_node *type_node, *at = NULL;
    struct settings set = {0};
    tk_str type;
    p->bit = TK_NONE;
    if (++l->npolicies > POLICIES_MAX)
        return fail(l, node, TK_ELIMIT, "more than %d policies", POLICIES_MAX);
    if (!tki_yaml_is_map(node))
        return fail(l, node, TK_EUSAGE, "a policy: expected a mapping with name and type");
    p->pos = tki_yaml_pos(node);
    int rc = load_head(l, node, p, &type_node, &type);
    if (rc == 0 && parent == TKI_POLICY_TYPES && p->name.n == 0)
        rc = fail(l, node, TK_EUSAGE, "a policy without a name");
    if (rc == 0)
        rc = check_type(l, p, node, type_node, type, parent);
    size_t n = tki_yaml_count(node);
    for (size_t i = 0; i < n && rc == 0; i++) {
        tk_str key;
        struct fy_node *key_node, *value = tki_yaml_pair(node, i, &key, &key_node);
        if (!TKI_STR_IS(key, "name") && !TKI_STR_IS(key, "type"))
            rc = load_block(l, p, key, key_node, value, &set, &at);
    }
    return rc < 0 ? rc : set_policy(l, p, &set, at ? at : node);
}

/* ---- the processor ------------------------------------------------------------------------------------------------ */

struct processor {
    struct fy_node *policies, *cache, *strategy_node, *size_node, *storage;
    int64_t decision_wait, after_root, num_traces, expected, maximum_size, shards;
    tk_str strategy;
    bool block, drop_pending, first_match;
};
#define AT(member) offsetof(struct processor, member)
static const struct tki_field processor_fields[] = {
    {"policies", TKI_FIELD_NODE, AT(policies)},
    {"decision_wait", TKI_FIELD_DURATION, AT(decision_wait)},
    {"decision_wait_after_root_received", TKI_FIELD_DURATION, AT(after_root)},
    {"num_traces", TKI_FIELD_U64, AT(num_traces)},
    {"expected_new_traces_per_sec", TKI_FIELD_U64, AT(expected)},
    {"decision_cache", TKI_FIELD_NODE, AT(cache)},
    {"sample_on_first_match", TKI_FIELD_BOOL, AT(first_match)},
    {"block_on_overflow", TKI_FIELD_BOOL, AT(block)},
    {"drop_pending_traces_on_shutdown", TKI_FIELD_BOOL, AT(drop_pending)},
    {"maximum_trace_size_bytes", TKI_FIELD_U64, AT(maximum_size)},
    {"sampling_strategy", TKI_FIELD_STRING, AT(strategy)},
    {"num_shards", TKI_FIELD_U64, AT(shards)},
    {"tail_storage", TKI_FIELD_NODE, AT(storage)},
    {0}};
#undef AT
static const struct tki_field cache_fields[] = {
    {"sampled_cache_size", TKI_FIELD_I64, 0}, {"non_sampled_cache_size", TKI_FIELD_I64, sizeof(int64_t)}, {0}};

static int check_processor(struct load *l, struct fy_node *node, const struct processor *p)
{
    if (p->strategy.n && !TKI_STR_IS(p->strategy, "trace-complete")) {
        struct fy_node *at = tki_yaml_get(node, "sampling_strategy");
        if (TKI_STR_IS(p->strategy, "span-ingest"))
            return fail(l, at, TK_EUNSUPPORTED, "sampling_strategy span-ingest is not replayed by this version");
        return fail(l, at, TK_EUSAGE, "unknown sampling_strategy '%.*s' (known: trace-complete, span-ingest)",
                    (int)(p->strategy.n < 40 ? p->strategy.n : 40), p->strategy.p);
    }
    if (p->maximum_size > 0)
        return fail(l, tki_yaml_get(node, "maximum_trace_size_bytes"), TK_EUNSUPPORTED,
                    "maximum_trace_size_bytes is not replayed by this version: it drops traces by size");
    if (p->shards > 256)
        return fail(l, tki_yaml_get(node, "num_shards"), TK_EUSAGE, "num_shards must not exceed 256");
    if (p->shards > 1 && !tki_yaml_is_null(p->storage))
        return fail(l, tki_yaml_get(node, "num_shards"), TK_EUSAGE, "num_shards above 1 does not go with tail_storage");
    int64_t cache[2] = {0};
    return tki_yaml_decode(&l->s->yaml, p->cache, cache_fields, cache, "decision_cache", l->err);
}

static int check_names(struct load *l, struct fy_node *list)
{
    struct tki_symtab names = {0};
    int rc = 0;
    for (uint32_t i = 0; i < l->s->npolicies && rc == 0; i++) {
        const struct tki_policy *p = &l->s->policies[i];
        uint32_t number = tki_symtab_put(&names, p->name);
        if (number == TKI_MAP_NONE)
            rc = tki_err_memory(l->err);
        else if (number != i)
            rc = fail(l, tki_yaml_item(list, i), TK_EUSAGE, "duplicate policy name '%.*s' (first at line %d)", NAME(p),
                      l->s->policies[number].pos.line);
    }
    tki_symtab_free(&names);
    return rc;
}

static int load_processor(struct load *l, struct fy_node *node)
{
    struct tki_sampler *s = l->s;
    struct processor p = {.decision_wait = 30000000000, .num_traces = 50000, .shards = 1};
    int rc = tki_yaml_decode(&s->yaml, node, processor_fields, &p, s->processor, l->err);
    if (rc == 0)
        rc = check_processor(l, node, &p);
    if (rc < 0)
        return rc;
    s->first_match = p.first_match;
    s->decision_wait_ns = p.decision_wait;
    s->num_traces = p.num_traces;
    if (!tki_yaml_is_null(p.policies) && !tki_yaml_is_list(p.policies))
        return fail(l, p.policies, TK_EUSAGE, "policies: expected a list");
    size_t n = tki_yaml_count(p.policies);
    if (n == 0)
        return fail(l, node, TK_EUSAGE, "%s has no policies", s->processor);
    if (n > POLICIES_MAX)
        return fail(l, node, TK_ELIMIT, "more than %d policies", POLICIES_MAX);
    s->policies = tki_arena_alloc(&s->arena, n * sizeof *s->policies);
    if (!s->policies)
        return tki_err_memory(l->err);
    memset(s->policies, 0, n * sizeof *s->policies);
    for (size_t i = 0; i < n && rc == 0; i++) {
        s->npolicies = (uint32_t)i + 1;
        rc = load_policy(l, tki_yaml_item(p.policies, i), &s->policies[i], TKI_POLICY_TYPES);
    }
    return rc < 0 ? rc : check_names(l, p.policies);
}

/* ---- where it stands ------------------------------------------------------------------------------------------------ */

static bool is_type(tk_str id, const char *type)
{
    size_t n = strlen(type);
    return tki_str_starts(id, tki_str(type)) && (id.n == n || id.p[n] == '/');
}

/* The name asked for is the whole id or what follows the slash. */
static bool asked_for(tk_str id, const char *wanted)
{
    if (!wanted || tki_str_eq(id, tki_str(wanted)))
        return true;
    return id.n > 14 && id.p[13] == '/' && tki_str_eq((tk_str){id.p + 14, id.n - 14}, tki_str(wanted));
}

static int not_found(struct load *l, struct fy_node *processors, const char *wanted)
{
    static const char *const others[] = {"adaptive_tail_sampling", "dynamic_sampling", "probabilistic_sampler"};
    for (size_t k = 0; k < sizeof others / sizeof *others; k++)
        for (size_t i = 0; i < tki_yaml_count(processors); i++) {
            tk_str id;
            struct fy_node *key;
            tki_yaml_pair(processors, i, &id, &key);
            if (!wanted && is_type(id, others[k]))
                return fail(l, key, TK_EUNSUPPORTED, "no tail_sampling processor; %.*s is not replayed by this version",
                            (int)(id.n < 80 ? id.n : 80), id.p);
        }
    if (wanted)
        return fail(l, processors, TK_EUSAGE, "no processor %s of type tail_sampling", wanted);
    return fail(l, processors, TK_EUSAGE, "no tail_sampling processor under 'processors'");
}

static int find_processor(struct load *l, struct fy_node *processors, const char *wanted, struct fy_node **found)
{
    struct tki_buf names = {.max = 300};
    struct fy_node *second = NULL;
    size_t hits = 0;
    for (size_t i = 0; i < tki_yaml_count(processors); i++) {
        tk_str id;
        struct fy_node *key, *value = tki_yaml_pair(processors, i, &id, &key);
        if (!is_type(id, "tail_sampling") || !asked_for(id, wanted))
            continue;
        tki_buf_printf(&names, "%s%.*s", names.n ? ", " : "", (int)id.n, id.p);
        if (hits++ == 0) {
            *found = value;
            snprintf(l->s->processor, sizeof l->s->processor, "%.*s", (int)id.n, id.p);
        } else {
            second = key;
        }
    }
    tki_buf_putc(&names, '\0');
    int rc = 0;
    if (hits == 0)
        rc = not_found(l, processors, wanted);
    else if (hits > 1)
        rc = fail(l, second, TK_EUSAGE, "several tail_sampling processors (%s): choose one with --processor",
                  names.err ? "too many to list" : names.p);
    tki_buf_free(&names);
    return rc;
}

/* Processors that stand before it in a pipeline may change what it sees: those that only group, limit or look
 * do not. */
static int look_at_pipelines(struct load *l, struct fy_node *pipelines)
{
    static const char *const harmless[] = {"batch", "memory_limiter", "groupbytrace", "tail_sampling"};
    struct tki_buf names = {0};
    l->s->in_pipeline = tki_yaml_count(pipelines) == 0;
    for (size_t i = 0; i < tki_yaml_count(pipelines); i++) {
        tk_str id;
        struct fy_node *list = tki_yaml_get(tki_yaml_pair(pipelines, i, &id, NULL), "processors");
        size_t n = tki_yaml_is_list(list) ? tki_yaml_count(list) : 0, at = 0;
        while (at < n && !tki_str_eq(tki_yaml_text(tki_yaml_item(list, at)), tki_str(l->s->processor)))
            at++;
        if (at == n || l->s->in_pipeline)
            continue;
        l->s->in_pipeline = true;
        for (size_t k = 0; k < at; k++) {
            tk_str other = tki_yaml_text(tki_yaml_item(list, k));
            bool quiet = false;
            for (size_t h = 0; h < sizeof harmless / sizeof *harmless; h++)
                quiet = quiet || is_type(other, harmless[h]);
            if (!quiet)
                tki_buf_printf(&names, "%s%.*s", names.n ? ", " : "", (int)other.n, other.p);
        }
    }
    char *copy = tki_arena_alloc(&l->s->arena, names.n + 1);
    int rc = names.err || !copy ? tki_err_memory(l->err) : 0;
    if (rc == 0 && names.n) {
        memcpy(copy, names.p, names.n);
        l->s->bypassed = (tk_str){copy, names.n};
    }
    tki_buf_free(&names);
    return rc;
}

/* The configuration may be wrapped, as the Kubernetes operator (spec.config) and the Helm chart (config) do. */
static struct fy_node *unwrap(struct fy_node *root)
{
    struct fy_node *spec = tki_yaml_get(root, "spec");
    if (tki_yaml_get(root, "processors"))
        return root;
    if (tki_yaml_is_map(tki_yaml_get(spec, "config")))
        return tki_yaml_get(spec, "config");
    return tki_yaml_is_map(tki_yaml_get(root, "config")) ? tki_yaml_get(root, "config") : root;
}

static int warn_of_config(struct load *l)
{
    struct tki_sampler *s = l->s;
    int rc = 0;
    if (!s->in_pipeline)
        rc = tki_sampler_warn(s, "%s: no pipeline uses %s", s->yaml.path, s->processor);
    if (rc == 0 && s->bypassed.n)
        rc = tki_sampler_warn(s, "%s: processors before %s in its pipeline are not replayed: %.*s", s->yaml.path,
                              s->processor, (int)s->bypassed.n, s->bypassed.p);
    return rc < 0 ? tki_err_memory(l->err) : 0;
}

int tki_sampler_open(struct tki_sampler *s, const char *path, const char *processor, unsigned release, struct tk_err *err)
{
    struct tk_err scratch = {0};
    *s = (struct tki_sampler){.release = release ? release : TKI_RELEASE_NEWEST};
    struct load l = {.s = s, .err = err ? err : &scratch};
    s->latency_inclusive = s->release < TKI_RELEASE_LATENCY;
    s->invert_decisions = s->release < TKI_RELEASE_PLAIN_INVERT;
    int rc = tki_yaml_open(&s->yaml, path, &s->arena, l.err);
    if (rc < 0)
        return rc;
    struct fy_node *config = unwrap(s->yaml.root), *processors = tki_yaml_get(config, "processors"), *node = NULL;
    if (!tki_yaml_is_map(config))
        rc = fail(&l, config, TK_EUSAGE, "not a collector configuration: expected a mapping");
    else if (!tki_yaml_is_map(processors))
        rc = fail(&l, NULL, TK_EUSAGE, "not a collector configuration with processors: there is no mapping 'processors'");
    if (rc == 0)
        rc = find_processor(&l, processors, processor, &node);
    if (rc == 0)
        rc = load_processor(&l, node);
    if (rc == 0)
        rc = look_at_pipelines(&l, tki_yaml_get(tki_yaml_get(config, "service"), "pipelines"));
    if (rc == 0)
        rc = warn_of_config(&l);
    if (rc == 0)
        rc = tki_compile(s, l.err);
    if (rc < 0)
        tki_sampler_close(s);
    return rc;
}

static void free_policies(struct tki_policy *p, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        tki_regex_free(p[i].regex);
        if (p[i].lookup)
            tki_symtab_free(p[i].lookup);
        free_policies(p[i].subs, p[i].nsubs);
    }
}

void tki_sampler_close(struct tki_sampler *s)
{
    free_policies(s->policies, s->npolicies);
    for (size_t i = 0; i < s->nwarnings; i++)
        free(s->warnings[i]);
    free(s->warnings);
    tki_yaml_close(&s->yaml);
    tki_arena_free(&s->arena);
    *s = (struct tki_sampler){0};
}

unsigned tki_release_parse(const char *text)
{
    const char *p = text + (*text == 'v');
    if (strncmp(p, "0.", 2) == 0)
        p += 2;
    unsigned minor = 0;
    size_t digits = 0;
    for (; isdigit((unsigned char)*p) && digits < 4; digits++)
        minor = minor * 10 + (unsigned)(*p++ - '0');
    if (*p == '.')
        for (p++; isdigit((unsigned char)*p); p++)
            ;
    return digits && !*p ? minor : 0;
}
