/* What the policies say of spans, asked as few as can be, is what each of them says alone. */
#include <inttypes.h>

#include "random_spans.h"
#include "sample/eval.h"
#include "sample/policy/look.h"
#include "sample_help.h"
#include "tap.h"

enum { BATCHES = 6, SPANS = 3000, POLICIES = 150 };

/* Conditions of every kind that is answered in a way of its own: by one value, by what opens them, by absence, by a
 * resource or a scope, by events, and of each span. */
static const char *const conditions[] = {
    "attributes[\"few\"] == 3",
    "attributes[\"few\"] > 4",
    "attributes[\"few\"] == nil",
    "attributes[\"none\"] == nil",
    "attributes[\"none\"] != nil",
    "HasPrefix(attributes[\"text\"], \"value 1\")",
    "attributes[\"text\"] == \"value 17\"",
    "Len(attributes[\"text\"]) > 8",
    "attributes[\"rare\"] == true",
    "attributes[\"rare\"] != true",
    "name == \"b\"",
    "IsMatch(name, \"^[ab]$\")",
    "kind == SPAN_KIND_SERVER",
    "status.code == STATUS_CODE_ERROR",
    "resource.attributes[\"service.name\"] == \"cart\"",
    "resource.attributes[\"service.name\"] != \"cart\"",
    "resource.attributes[\"absent\"] == nil",
    "scope.name == \"x\"",
    "IsRootSpan()",
    "end_time - start_time > Duration(\"3ms\")",
    "Len(attributes) > 2",
    "attributes[\"few\"] + attributes[\"other\"] > 6",
    "Concat([attributes[\"few\"], attributes[\"other\"]], \"/\") == \"3/1\"",
    "attributes[\"map\"][\"x\"] == 1",
    "span_id == SpanID(0x0000000000000007)",
    "trace_state[\"v\"] == \"1\"",
    "true",
};
enum { CONDITIONS = sizeof conditions / sizeof *conditions };

static void put_quoted(struct tki_buf *to, struct rng *r, unsigned depth)
{
    unsigned how = depth ? rng_below(r, 8) : 0;
    if (how < 3) {
        tki_buf_printf(to, "%s", conditions[rng_below(r, CONDITIONS)]);
        return;
    }
    tki_buf_printf(to, "%s", how == 7 ? "not (" : "(");
    put_quoted(to, r, depth - 1);
    if (how < 7) {
        tki_buf_printf(to, "%s", how < 5 ? " and " : " or ");
        put_quoted(to, r, depth - 1);
    }
    tki_buf_lit(to, ")");
}

static void put_list(struct tki_buf *to, const char *key, struct rng *r, unsigned n)
{
    tki_buf_printf(to, ", %s: [", key);
    for (unsigned i = 0; i < n; i++) {
        tki_buf_printf(to, "%s", i ? ", '" : "'");
        if (strcmp(key, "spanevent") == 0)
            tki_buf_printf(to, "%s", rng_below(r, 2) ? "name == \"e1\"" : "attributes[\"few\"] == 3");
        else
            put_quoted(to, r, rng_below(r, 4));
        tki_buf_lit(to, "'");
    }
    tki_buf_lit(to, "]");
}

static char *make_policies(struct rng *r, unsigned n)
{
    static const char *const modes[] = {"ignore", "propagate", "silent"};
    struct tki_buf to = {0};
    for (unsigned i = 0; i < n; i++) {
        tki_buf_printf(&to, "%s{name: p%u, ", i ? ", " : "", i);
        if (rng_below(r, 8) == 0) {
            tki_buf_printf(&to, "type: status_code, status_code: {status_codes: [%s]}}",
                           rng_below(r, 2) ? "ERROR" : "OK, UNSET");
            continue;
        }
        tki_buf_printf(&to, "type: ottl_condition, ottl_condition: {error_mode: %s", modes[rng_below(r, 3)]);
        unsigned events = rng_below(r, 8) == 0, spans = rng_below(r, 3) + !events;
        if (spans)
            put_list(&to, "span", r, spans);
        if (events)
            put_list(&to, "spanevent", r, 1 + rng_below(r, 2));
        tki_buf_lit(&to, "}}");
    }
    tki_buf_putc(&to, '\0');
    return to.p;
}

static void put_span(struct tk_batch *b, struct rng *r, uint32_t i, struct tki_arena *arena)
{
    static const char *const names[] = {"a", "b", "c"};
    struct tk_span *s = tk_batch_add_span(b);
    s->resource = i / 50 % b->nresources;
    s->scope = i / 70 % b->nscopes;
    s->span_id = i + 1;
    s->parent_id = rng_below(r, 3);
    s->name = tki_str(names[rng_below(r, 3)]);
    s->kind = (uint8_t)rng_below(r, 4);
    s->status = (uint8_t)rng_below(r, 6); /* three of them are none */
    s->trace_state = rng_below(r, 10) ? (tk_str){0} : TKI_STR("v=1");
    s->start_ns = T0;
    s->end_ns = T0 + rng_below(r, 6) * 1000000;
    s->attrs = (tk_range){b->nattrs, 0};
    if (rng_below(r, 2))
        put_attr(b, &s->attrs, "few", TK_INT)->value.v.i = rng_below(r, 8);
    if (rng_below(r, 4) == 0)
        put_attr(b, &s->attrs, "other", TK_INT)->value.v.i = rng_below(r, 4);
    if (rng_below(r, 3) == 0) {
        char *text = tki_arena_alloc(arena, 64);
        snprintf(text, 64, "value %u%s", rng_below(r, i % 1000 < 500 ? 20 : 100000),
                 rng_below(r, 9) ? "" : " and so much more that it is long enough");
        put_text(b, &s->attrs, "text", text);
    }
    if (rng_below(r, 100) == 0)
        put_attr(b, &s->attrs, "rare", TK_BOOL)->value.v.b = rng_below(r, 2);
    if (rng_below(r, 20) == 0)
        put_attr(b, &s->attrs, "few", TK_INT)->value.v.i = 3; /* again: the first counts */
    s->events.first = b->nevents;
    for (unsigned k = rng_below(r, 4) ? 0 : 2; k > 0; k--, s->events.count++)
        tk_batch_add_event(b)->name = tki_str(rng_below(r, 2) ? "e1" : "e2");
}

static struct tk_batch *make_batch(struct rng *r, struct tki_arena *arena)
{
    struct tk_batch *b = tk_batch_new();
    static const char *const services[] = {"shop", "cart", "stock"};
    for (unsigned i = 0; i < 3; i++)
        put_text(b, &b->resources[new_resource(b)].attrs, "service.name", services[rng_below(r, 3)]);
    b->scopes[tk_batch_add_scope(b)].name = tki_str("x");
    b->scopes[tk_batch_add_scope(b)].name = tki_str("y");
    for (uint32_t i = 0; i < SPANS; i++)
        put_span(b, r, i, arena);
    return b;
}

/* A policy alone, by an evaluation that remembers nothing. */
static int alone(const struct tki_policy *p, const struct tk_batch *b, uint32_t row, struct tki_ottl_run *run)
{
    struct tki_look look;
    tki_look_begin(&look, b, run);
    look.policy = p;
    tki_look_span(&look, row);
    return p->type->on_span(p, &look);
}

/* How many answers differ. */
static unsigned differences(const struct tki_sampler *s, const struct tki_eval *e, const struct tk_batch *b,
                            struct tki_ottl_run *run)
{
    unsigned differ = 0;
    for (uint32_t row = 0; row < b->nspans; row++)
        for (uint32_t k = 0; k < s->leaves.n; k++) {
            const struct tki_policy *p = s->leaves.leaf[k];
            const uint64_t *bits = e->bits + (size_t)row * s->nwords;
            int want = alone(p, b, row, run);
            bool error = p->error_bit != TK_NONE && tki_bit_get(bits, p->error_bit);
            int got = error ? TKI_SAID_ERROR : tki_bit_get(bits, p->bit);
            if (got != want && differ++ == 0)
                diag("span %u, policy %.*s: %d, not %d", row, (int)p->name.n, p->name.p, got, want);
        }
    return differ;
}

static void test_round(struct rng *r, unsigned npolicies)
{
    struct tki_sampler s;
    struct tk_err err;
    struct tki_arena arena = {0}, memory = {0};
    struct tki_eval *e = NULL;
    char *policies = make_policies(r, npolicies);
    if (open_policies(&s, policies, 161, &err) < 0) {
        fail("%u policies: %s", npolicies, err.text);
        free(policies);
        return;
    }
    struct tki_ottl_run run = {.regex = tki_regex_scratch_new(), .memory = &memory, .fields = s.ottl.field};
    unsigned differ = 0;
    for (unsigned i = 0; i < BATCHES; i++) { /* one after another, as on a thread */
        struct tk_batch *b = make_batch(r, &arena);
        e = tki_eval_work(&s, b, e);
        if (i == 0)
            is_int(e ? e->err : TK_ENOMEM, 0, "%u policies are asked", npolicies);
        differ += differences(&s, e, b, &run);
        tk_batch_free(b);
    }
    is_uint(differ, 0, "and say what each says alone");
    tki_eval_free(e);
    tki_regex_scratch_free(run.regex);
    tki_sampler_close(&s);
    tki_arena_free(&memory);
    tki_arena_free(&arena);
    free(policies);
}

int main(void)
{
    struct rng r = {rng_seed()};
    diag("SEED=%" PRIu64, rng_seed());
    for (unsigned i = 0; i < 8; i++)
        test_round(&r, 1 + rng_below(&r, i % 2 ? POLICIES : 12));
    return done_testing();
}
