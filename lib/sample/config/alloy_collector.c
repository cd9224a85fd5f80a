/* Components of Alloy as processors and pipelines of a collector. */
#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/num.h"
#include "base/time.h"
#include "sample/config/alloy.h"

static const tk_str processor_prefix = TKI_STR_INIT("otelcol.processor.");

enum { COMPONENTS_MAX = 1000 };

struct component {
    tk_str type, label; /* "otelcol.processor.batch", "default" */
    struct tki_yaml_node *body;
    tk_str id;   /* "batch/default", of processors */
    bool behind; /* another one sends its traces to it */
};

struct config {
    const struct tki_yaml *y;
    struct component *all;
    size_t n;
};

static struct tki_yaml_node *make(const struct tki_yaml *y, enum tki_yaml_kind kind, struct tki_pos pos, size_t room)
{
    struct tki_yaml_node *node = tki_arena_alloc(y->arena, sizeof *node);
    if (!node) {
        tki_err_memory(y->err);
        return NULL;
    }
    *node = (struct tki_yaml_node){.kind = (uint8_t)kind, .pos = pos, .values = 1};
    node->key = tki_arena_alloc(y->arena, (room + 1) * sizeof(struct tki_yaml_node *));
    node->item = tki_arena_alloc(y->arena, (room + 1) * sizeof(struct tki_yaml_node *));
    if (node->key && node->item)
        return node;
    tki_err_memory(y->err);
    return NULL;
}

static struct tki_yaml_node *text_of(const struct tki_yaml *y, tk_str text, struct tki_pos pos)
{
    struct tki_yaml_node *node = make(y, TKI_YAML_SCALAR, pos, 0);
    if (node) {
        node->text = text;
        node->is_text = true;
        node->alloy = TKI_ALLOY_VALUE;
    }
    return node;
}

/* Adds to a mapping, or with an empty key to a list, that has room for it. */
static int put(const struct tki_yaml *y, struct tki_yaml_node *to, tk_str key, struct tki_yaml_node *item)
{
    if (!to || !item)
        return TK_ENOMEM;
    to->key[to->n] = to->kind == TKI_YAML_MAP ? text_of(y, key, item->pos) : NULL;
    if (to->kind == TKI_YAML_MAP && !to->key[to->n])
        return TK_ENOMEM;
    to->item[to->n++] = item;
    return 0;
}

/* ---- components ---- */

static int note(struct config *c, tk_str type, tk_str label, struct tki_yaml_node *body)
{
    if (c->n == COMPONENTS_MAX)
        return tki_yaml_fail(c->y, body, TK_ELIMIT, "more than %d components", COMPONENTS_MAX);
    struct component *k = &c->all[c->n++];
    *k = (struct component){.type = type, .label = label, .body = body};
    if (!tki_str_starts(type, processor_prefix))
        return 0;
    size_t n = type.n - processor_prefix.n;
    char *id = tki_arena_alloc(c->y->arena, n + label.n + 2);
    if (!id)
        return tki_err_memory(c->y->err);
    memcpy(id, type.p + processor_prefix.n, n);
    id[n] = '/';
    if (label.n)
        memcpy(id + n + 1, label.p, label.n);
    id[n + 1 + label.n] = '\0';
    k->id = (tk_str){id, label.n ? n + 1 + label.n : n};
    return 0;
}

/* The components of a body; those of a declared one count as if they stood there. */
static int collect(struct config *c, const struct tki_yaml_node *body)
{
    int rc = 0;
    for (uint32_t i = 0; i < body->n && rc == 0; i++) {
        const struct tki_yaml_node *of_name = body->item[i];
        tk_str name = body->key[i]->text;
        bool declare = TKI_STR_IS(name, "declare");
        if (!tki_yaml_is_map(of_name) || (!declare && !tki_str_starts(name, TKI_STR("otelcol."))))
            continue;
        for (uint32_t k = 0; k < of_name->n && rc == 0; k++) {
            if (!tki_yaml_is_map(of_name->item[k]))
                continue;
            rc = declare ? collect(c, of_name->item[k]) : note(c, name, of_name->key[k]->text, of_name->item[k]);
        }
    }
    return rc;
}

/* ---- pipelines ---- */

/* The component that "otelcol.processor.batch.default.input" names. */
static struct component *named(const struct config *c, tk_str reference)
{
    for (size_t i = 0; i < c->n; i++) {
        struct component *k = &c->all[i];
        size_t n = k->type.n + 1 + k->label.n;
        if (reference.n > n && tki_str_starts(reference, k->type) && reference.p[k->type.n] == '.' &&
            tki_str_eq((tk_str){reference.p + k->type.n + 1, k->label.n}, k->label) && reference.p[n] == '.')
            return k;
    }
    return NULL;
}

/* Where a component sends its traces: the first of those that are processors, or else of any. */
static struct component *next_of(const struct config *c, const struct component *from, bool mark)
{
    const struct tki_yaml_node *traces = tki_yaml_get(tki_yaml_get(from->body, "output"), "traces");
    struct component *first = NULL;
    for (uint32_t i = 0; tki_yaml_is_list(traces) && i < traces->n; i++) {
        struct component *to = named(c, tki_yaml_text(traces->item[i]));
        if (!to)
            continue;
        to->behind = to->behind || mark;
        if (!first || (!first->id.n && to->id.n))
            first = to;
    }
    return first;
}

/* The processors that traces go through from there on. */
static int pipeline(const struct config *c, const struct component *from, struct tki_yaml_node *pipelines)
{
    char name[32];
    struct tki_yaml_node *list = make(c->y, TKI_YAML_LIST, from->body->pos, c->n),
                         *one = make(c->y, TKI_YAML_MAP, from->body->pos, 1);
    int rc = list && one ? 0 : TK_ENOMEM;
    for (size_t steps = 0; from && rc == 0 && steps < c->n; steps++, from = next_of(c, from, false))
        if (from->id.n)
            rc = put(c->y, list, TKI_STR(""), text_of(c->y, from->id, from->body->pos));
    if (rc < 0 || list->n == 0)
        return rc;
    size_t n = (size_t)snprintf(name, sizeof name, "traces/%u", (unsigned)pipelines->n + 1);
    char *copy = tki_arena_alloc(c->y->arena, n + 1);
    if (!copy)
        return tki_err_memory(c->y->err);
    memcpy(copy, name, n + 1);
    rc = put(c->y, one, TKI_STR("processors"), list);
    return rc == 0 ? put(c->y, pipelines, (tk_str){copy, n}, one) : rc;
}

/* ---- what Alloy asks for ---- */

enum { REQUIRED_MAX = 3 };

/* Attributes without which Alloy does not start; a collector takes zeros for them. */
static const struct {
    const char *block, *attr[REQUIRED_MAX + 1];
} required[] = {
    {"policies", {"name", "type"}},
    {"and_sub_policy", {"name", "type"}},
    {"composite_sub_policy", {"name", "type"}},
    {"drop_sub_policy", {"name", "type"}},
    {"latency", {"threshold_ms"}},
    {"numeric_attribute", {"key", "min_value", "max_value"}},
    {"probabilistic", {"sampling_percentage"}},
    {"status_code", {"status_codes"}},
    {"string_attribute", {"key", "values"}},
    {"rate_limiting", {"spans_per_second"}},
    {"span_count", {"min_spans"}},
    {"boolean_attribute", {"key", "value"}},
    {"ottl_condition", {"error_mode"}},
    {"trace_state", {"key", "values"}},
    {"composite", {"max_total_spans_per_second", "policy_order"}},
    {"rate_allocation", {"policy", "percent"}},
};

static int check_block(const struct tki_yaml *y, tk_str name, const struct tki_yaml_node *block)
{
    for (size_t i = 0; i < sizeof required / sizeof *required; i++)
        for (size_t k = 0; tki_str_eq(name, tki_str(required[i].block)) && required[i].attr[k]; k++)
            if (!tki_yaml_get(block, required[i].attr[k]))
                return tki_yaml_fail(y, block, TK_EUSAGE, "missing required attribute \"%s\", which Alloy asks for",
                                     required[i].attr[k]);
    return 0;
}

static int missing_block(const struct tki_yaml *y, const struct tki_yaml_node *in, const char *name)
{
    return tki_yaml_fail(y, in, TK_EUSAGE, "missing required block \"%s\", which Alloy asks for", name);
}

/* Of all blocks inside a tail sampling processor. */
static int check_required(const struct tki_yaml *y, const struct tki_yaml_node *body)
{
    int rc = 0;
    for (uint32_t i = 0; tki_yaml_is_map(body) && i < body->n && rc == 0; i++) {
        const struct tki_yaml_node *item = body->item[i];
        bool several = tki_yaml_is_list(item);
        for (uint32_t k = 0; k < (several ? item->n : 1) && rc == 0; k++) {
            const struct tki_yaml_node *block = several ? item->item[k] : item;
            if (!tki_yaml_is_map(block))
                continue;
            rc = check_block(y, body->key[i]->text, block);
            rc = rc == 0 ? check_required(y, block) : rc;
            if (rc == 0 && TKI_STR_IS(body->key[i]->text, "and") && !tki_yaml_get(block, "and_sub_policy"))
                rc = missing_block(y, block, "and_sub_policy");
        }
    }
    return rc;
}

/* decision_wait, in whole milliseconds, and num_traces.  What is no such value is refused where settings are read. */
static int check_above_zero(const struct tki_yaml *y, const struct tki_yaml_node *body, const char *name, bool duration)
{
    const struct tki_yaml_node *node = tki_yaml_get(body, name);
    const tk_str text = node ? tki_yaml_text(node) : (tk_str){0};
    int64_t n = 0;
    if (!(duration ? tki_parse_duration(text, &n) : tki_parse_i64(text, &n)) || (duration ? n / 1000000 : n) > 0)
        return 0;
    return tki_yaml_fail(y, node, TK_EUSAGE, "%s must be greater than zero, which Alloy asks for", name);
}

/* What sampling does not depend on is said, and it is replayed. */
static int warn_of_rest(const struct tki_yaml *y, const struct component *k)
{
    const struct tki_pos *at = &k->body->pos;
    int rc = 0;
    if (!k->label.n)
        rc = tki_warn(y->warnings, "%s:%d: %.*s has no label: Alloy does not start with that", at->file, at->line,
                      (int)k->type.n, k->type.p);
    if (rc == 0 && !tki_yaml_get(k->body, "output"))
        rc = tki_warn(y->warnings, "%s:%d: missing required block \"output\": Alloy does not start without it",
                      at->file, at->line);
    return rc < 0 ? tki_err_memory(y->err) : 0;
}

static int check_component(const struct tki_yaml *y, const struct component *k)
{
    bool tail = TKI_STR_IS(k->type, "otelcol.processor.tail_sampling");
    int rc = 0;
    if (tail) {
        rc = check_required(y, k->body);
        if (rc == 0 && !tki_yaml_get(k->body, "policies"))
            rc = missing_block(y, k->body, "policy");
        rc = rc == 0 ? check_above_zero(y, k->body, "decision_wait", true) : rc;
        rc = rc == 0 ? check_above_zero(y, k->body, "num_traces", false) : rc;
    }
    if (rc == 0 && (tail || TKI_STR_IS(k->type, "otelcol.processor.probabilistic_sampler")))
        rc = warn_of_rest(y, k);
    return rc;
}

/* What tells how the output goes on is no setting of the collector's. */
static struct tki_yaml_node *settings(const struct tki_yaml *y, const struct tki_yaml_node *body)
{
    struct tki_yaml_node *to = make(y, TKI_YAML_MAP, body->pos, body->n);
    for (uint32_t i = 0; to && i < body->n; i++) {
        if (TKI_STR_IS(body->key[i]->text, "output") || TKI_STR_IS(body->key[i]->text, "debug_metrics"))
            continue;
        to->key[to->n] = body->key[i];
        to->item[to->n++] = body->item[i];
    }
    return to;
}

static int assemble(const struct config *c, struct tki_pos pos, struct tki_yaml_node **to)
{
    struct tki_yaml_node *processors = make(c->y, TKI_YAML_MAP, pos, c->n),
                         *pipelines = make(c->y, TKI_YAML_MAP, pos, c->n), *service = make(c->y, TKI_YAML_MAP, pos, 1);
    *to = make(c->y, TKI_YAML_MAP, pos, 2);
    int rc = processors && pipelines && service && *to ? 0 : TK_ENOMEM;
    for (size_t i = 0; i < c->n && rc == 0; i++) {
        (void)next_of(c, &c->all[i], true);
        rc = check_component(c->y, &c->all[i]);
        if (rc == 0 && c->all[i].id.n)
            rc = put(c->y, processors, c->all[i].id, settings(c->y, c->all[i].body));
    }
    for (size_t i = 0; i < c->n && rc == 0; i++)
        if (!c->all[i].behind)
            rc = pipeline(c, &c->all[i], pipelines);
    rc = rc == 0 ? put(c->y, service, TKI_STR("pipelines"), pipelines) : rc;
    rc = rc == 0 ? put(c->y, *to, TKI_STR("processors"), processors) : rc;
    return rc == 0 ? put(c->y, *to, TKI_STR("service"), service) : rc;
}

int tki_alloy_collector(const struct tki_yaml *y, struct tki_pos origin, tk_str text, struct tki_yaml_node **config)
{
    struct tki_yaml_node *body;
    struct config c = {.y = y};
    int rc = tki_alloy_parse(y, origin, text, &body);
    if (rc < 0)
        return rc;
    c.all = tki_arena_alloc(y->arena, COMPONENTS_MAX * sizeof *c.all);
    if (!c.all)
        return tki_err_memory(y->err);
    rc = collect(&c, body);
    return rc == 0 ? assemble(&c, body->pos, config) : rc;
}
