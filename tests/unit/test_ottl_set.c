/* Conditions of one set, asked of many spans by an evaluation that remembers: it says what one says that does not. */
#include <stdio.h>

#include "expr/ottl/ottl.h"
#include "sample_help.h"
#include "tap.h"

enum { SPANS = 20000, SPOTS = 256 };

static const char *const texts[] = {
    "name == \"GET /1\"",
    "name == \"GET /2\"",
    "IsMatch(name, \"^GET /[34]$\")",
    "name == \"GET /1\" and kind == SPAN_KIND_SERVER",
    "not (name == \"GET /1\") and kind == SPAN_KIND_CLIENT",
    "attributes[\"few\"] == 3",
    "attributes[\"few\"] > 7 or attributes[\"few\"] == nil",
    "attributes[\"few\"] == \"3\"",
    "attributes[\"few\"] == 3.0",
    "HasPrefix(attributes[\"few\"], \"a\")", /* an error where it is a number, or not there */
    "IsMatch(attributes[\"many\"], \"7$\")",
    "attributes[\"many\"] == \"value 17\"",
    "ToUpperCase(attributes[\"many\"]) == \"VALUE 170\"",
    "end_time - start_time > Duration(\"5ms\")",
    "end_time - start_time > Duration(\"9ms\") and name == \"GET /2\"",
    "end_time - start_time < Duration(\"1ms\") or attributes[\"few\"] == 3",
    "Len(name) == 6",
    "Len(name) + attributes[\"few\"] == 9", /* an error where few is no number */
    "resource.attributes[\"service.name\"] == \"shop\"",
    "resource.attributes[\"service.name\"] == \"cart\" and attributes[\"few\"] == 3",
    "HasPrefix(attributes[\"few\"], \"a\") and kind == SPAN_KIND_SERVER",
    "attributes[\"twice\"] == 1",
    "attributes[\"long\"] == \"the ends are alike, 3, of all of these texts\" and kind == SPAN_KIND_CLIENT",
    "scope.name == \"x\"",
    "instrumentation_scope.name == \"y\" and kind != SPAN_KIND_CLIENT",
    "IsRootSpan() and name == \"GET /5\"",
    "attributes[\"map\"][\"x\"] == nil",
    "kind == SPAN_KIND_SERVER and attributes[\"few\"] == 3",
    "Substring(attributes[\"few\"], 0, 3) == \"abc\" and attributes[\"rare\"] == 1",
    "(attributes[\"few\"] == 3 or attributes[\"rare\"] == 1) and attributes[\"twice\"] == 1",
    "attributes[\"rare\"] == 1 or name == \"GET /3\"",
    "Concat([attributes[\"few\"], attributes[\"rare\"]], \"/\") == \"abc/1\"",
    "Concat([attributes[\"few\"], attributes[\"rare\"]], \"/\") == \"<nil>/<nil>\"", /* where neither is there */
    "attributes[\"few\"] + attributes[\"rare\"] > 5", /* an error where one of them is not there */
    "not (attributes[\"few\"] == 3 and attributes[\"rare\"] == 1)",
    "attributes[\"map\"][\"x\"] == 1 and IsRootSpan()",
    "attributes[\"gone\"] == 1 and end_time - start_time > Duration(\"5ms\")",
    "HasPrefix(attributes[\"gone\"], \"a\") or kind == SPAN_KIND_SERVER",
    "end_time - start_time > Duration(\"5ms\") and Len(attributes) > 4",
    "true",
};
enum { TEXTS = sizeof texts / sizeof *texts };

static void put_values(struct tk_batch *b, struct tk_span *s, uint32_t i, struct tki_arena *arena)
{
    char *text = tki_arena_alloc(arena, 128);
    uint32_t few = i * 7 % 13;
    if (few < 9) {
        put_attr(b, &s->attrs, "few", TK_INT)->value.v.i = few;
    } else if (few < 11) {
        put_text(b, &s->attrs, "few", few == 9 ? "3" : "abc");
    } else if (few == 11) {
        put_attr(b, &s->attrs, "few", TK_DOUBLE)->value.v.d = 3;
    }
    /* Values come again, then they do not, then they do. */
    snprintf(text, 128, "value %u%.*s", i < 6000 || i > 16000 ? i % 40 : i, i % 50 == 0 ? 100 : 0,
             "long long long long long long long long long long long long long long long long long long long long "
             "long long long long");
    put_text(b, &s->attrs, "many", text);
    if (i % 17 == 0)
        put_attr(b, &s->attrs, "rare", TK_INT)->value.v.i = i % 3;
    put_attr(b, &s->attrs, "twice", TK_INT)->value.v.i = i % 2;
    put_attr(b, &s->attrs, "twice", TK_INT)->value.v.i = 1;
    char *alike = tki_arena_alloc(arena, 64);
    snprintf(alike, 64, "the ends are alike, %u, of all of these texts", i % 5);
    put_text(b, &s->attrs, "long", alike);
}

static struct tk_batch *make_batch(struct tki_arena *arena)
{
    struct tk_batch *b = tk_batch_new();
    static const char *const names[] = {"GET /1", "GET /2", "GET /3", "GET /4", "GET /5", "GET /60", ""};
    put_text(b, &b->resources[new_resource(b)].attrs, "service.name", "shop");
    put_text(b, &b->resources[new_resource(b)].attrs, "service.name", "cart");
    b->scopes[tk_batch_add_scope(b)].name = tki_str("x");
    b->scopes[tk_batch_add_scope(b)].name = tki_str("y");
    for (uint32_t i = 0; i < SPANS; i++) {
        struct tk_span *s = tk_batch_add_span(b);
        s->resource = i / 100 % 2;
        s->scope = i / 300 % 2;
        s->span_id = i + 1;
        s->parent_id = i % 3;
        s->name = tki_str(names[i * 5 % 7]);
        s->kind = (uint8_t)(i % 6);
        s->start_ns = T0;
        s->end_ns = T0 + i % 11 * 1000000;
        put_values(b, s, i, arena);
    }
    return b;
}

struct asked {
    struct tki_ottl *c[TEXTS];
    struct tki_ottl_set set;
    struct tki_ottl_run plain, remembers;
    struct tki_at at;
    uint8_t seen[TEXTS][SPOTS]; /* what was said of the value of a spot, and 1 */
    uint64_t again;
    struct tki_ottl_openers openers[TEXTS][2]; /* strict: the second */
    bool opens[TEXTS][2];
    uint64_t closed[TEXTS];
};

/* Of one value and one spot, a condition about that field alone says the same as it did before. */
static bool spots_are_right(struct asked *a, const int *said)
{
    bool fresh[TEXTS] = {false};
    uint8_t *mark[TEXTS] = {NULL};
    for (uint32_t i = 0; i < TEXTS; i++) {
        struct tki_ottl_spot spot;
        uint32_t field = tki_ottl_alone(a->c[i]);
        if (field == TK_NONE || !tki_ottl_spot(&a->remembers, field, &spot))
            continue;
        if (spot.number >= SPOTS || spot.number >= tki_ottl_spots(&a->remembers, field))
            return false;
        mark[i] = spot.mark;
        fresh[i] = *spot.mark == 0;
        uint8_t *seen = &a->seen[i][spot.number];
        if (!fresh[i] && *seen != said[i] + 1)
            return false;
        a->again += !fresh[i];
        *seen = (uint8_t)(said[i] + 1);
    }
    for (uint32_t i = 0; i < TEXTS; i++)
        if (fresh[i])
            *mark[i] = 1;
    return true;
}

/* What none of its openers opens does not hold; strict, it is no error either. */
static bool openers_are_right(struct asked *a, const int *said)
{
    bool right = true;
    for (uint32_t i = 0; i < TEXTS; i++)
        for (int strict = 0; strict <= 1; strict++) {
            const struct tki_ottl_openers *o = &a->openers[i][strict];
            bool open = !a->opens[i][strict];
            for (uint32_t k = 0; k < o->n && !open; k++)
                open = tki_ottl_test_opener(&o->opener[k], &a->remembers) != 0;
            right = right && (open || said[i] == 0 || (!strict && said[i] == TKI_OTTL_FAULT));
            a->closed[i] += !open && !strict;
        }
    return right;
}

/* The number of spans for which an answer differs. */
static uint32_t differences(struct asked *a, bool spots_first)
{
    uint32_t differ = 0;
    for (a->at.row = 0; a->at.row < SPANS; a->at.row++) {
        int said[TEXTS];
        bool same = true;
        for (uint32_t i = 0; i < TEXTS; i++) {
            tki_ottl_begin(&a->plain);
            said[i] = tki_ottl_test(a->c[i], &a->plain);
        }
        tki_ottl_begin(&a->remembers);
        if (spots_first)
            same = spots_are_right(a, said);
        for (uint32_t i = 0; i < TEXTS && same; i++) {
            a->plain.why = a->remembers.why = NULL;
            same = tki_ottl_test(a->c[i], &a->remembers) == said[i];
            if (said[i] == TKI_OTTL_FAULT && tki_ottl_test(a->c[i], &a->plain) == said[i])
                same = same && a->remembers.why && strcmp(a->plain.why, a->remembers.why) == 0;
        }
        if (same && !spots_first)
            same = spots_are_right(a, said);
        same = same && openers_are_right(a, said);
        if (!same && differ++ == 0)
            diag("span %u", a->at.row);
    }
    return differ;
}

static uint32_t number_of(const char *text)
{
    uint32_t i = 0;
    while (i < TEXTS && strcmp(texts[i], text) != 0)
        i++;
    return i;
}

/* How many openers a condition has; 0: it is asked of every span. */
static void has_openers(const struct asked *a, const char *text, uint32_t n, uint32_t strict)
{
    uint32_t i = number_of(text);
    is_uint(a->opens[i][0] ? a->openers[i][0].n : 0, n, "openers of %s", text);
    is_uint(a->opens[i][1] ? a->openers[i][1].n : 0, strict, "and where errors count");
}

static void test_openers(const struct asked *a)
{
    has_openers(a, "name == \"GET /1\" and kind == SPAN_KIND_SERVER", 1, 1);
    has_openers(a, "kind == SPAN_KIND_SERVER and attributes[\"few\"] == 3", 1, 1);
    uint32_t i = number_of("kind == SPAN_KIND_SERVER and attributes[\"few\"] == 3");
    ok(a->openers[i][0].opener[0].field != a->openers[i][1].opener[0].field,
       "the attribute opens it, but where an error of the kind would count");
    has_openers(a, "(attributes[\"few\"] == 3 or attributes[\"rare\"] == 1) and attributes[\"twice\"] == 1", 1, 2);
    has_openers(a, "attributes[\"rare\"] == 1 or name == \"GET /3\"", 2, 2);
    has_openers(a, "Concat([attributes[\"few\"], attributes[\"rare\"]], \"/\") == \"abc/1\"", 2, 2);
    has_openers(a, "Concat([attributes[\"few\"], attributes[\"rare\"]], \"/\") == \"<nil>/<nil>\"", 0, 0);
    has_openers(a, "attributes[\"few\"] + attributes[\"rare\"] > 5", 2, 0);
    has_openers(a, "not (attributes[\"few\"] == 3 and attributes[\"rare\"] == 1)", 0, 0);
    has_openers(a, "end_time - start_time > Duration(\"5ms\") and Len(attributes) > 4", 1, 0);
    i = number_of("Substring(attributes[\"few\"], 0, 3) == \"abc\" and attributes[\"rare\"] == 1");
    ok(a->openers[i][0].opener[0].field == tki_ottl_alone(a->c[number_of("attributes[\"few\"] == 3")]),
       "what may end the collector's process is not passed over");
}

int main(void)
{
    struct tki_arena arena = {0}, memory[2] = {{0}, {0}};
    struct tk_batch *b = make_batch(&arena);
    struct tk_err err = {0};
    static struct asked a;
    a = (struct asked){.at = {.b = b, .event = TK_NONE, .link = TK_NONE}};
    struct tki_regex_scratch *regex = tki_regex_scratch_new();
    for (uint32_t i = 0; i < TEXTS; i++)
        is_int(tki_ottl_open(&a.c[i], tki_str(texts[i]), TKI_OTTL_SPAN, (struct tki_ottl_rules){.release = 161}, &a.set,
                             &arena, &err),
               0, "opens: %s", texts[i]);
    ok(tki_ottl_alone(a.c[0]) == tki_ottl_alone(a.c[2]) && tki_ottl_alone(a.c[0]) != TK_NONE,
       "two conditions ask about the name alone");
    ok(tki_ottl_alone(a.c[3]) == TK_NONE, "one that asks about the kind too does not");
    for (uint32_t i = 0; i < TEXTS; i++)
        for (int strict = 0; strict <= 1; strict++)
            a.opens[i][strict] = tki_ottl_find_openers(a.c[i], &a.set, strict, &a.openers[i][strict]);
    test_openers(&a);
    ok(a.set.nvalues >= 2, "what stands in several is computed once: %u", a.set.nvalues);
    a.plain = (struct tki_ottl_run){.at = &a.at, .fields = a.set.field, .regex = regex, .memory = &memory[0]};
    a.remembers = (struct tki_ottl_run){.at = &a.at, .regex = regex, .memory = &memory[1]};
    for (int pass = 0; pass < 4; pass++) {
        is_int(tki_ottl_remember(&a.remembers, &a.set), 0, "remembers");
        a.remembers.batch = pass / 2; /* resources and scopes stay known, or not */
        is_int(differences(&a, pass % 2), 0, "of %d spans the same is said", SPANS);
        if (pass == 3) {
            tk_str shop = {b->attrs[b->resources[0].attrs.first].value.v.s, 4};
            b->attrs[b->resources[0].attrs.first].value.v.s = "cart";
            a.remembers.batch++;
            is_int(differences(&a, false), 0, "and when the resources are those of another batch");
            b->attrs[b->resources[0].attrs.first].value.v.s = shop.p;
        }
        tki_ottl_forget(&a.remembers);
        ok(a.again > SPANS, "values come again: %llu", (unsigned long long)a.again);
        a.again = 0;
        memset(a.seen, 0, sizeof a.seen);
    }
    for (uint32_t i = 0; i < TEXTS; i++)
        ok(!a.opens[i][0] || a.closed[i] > SPANS / 4, "%s: not asked %llu times", texts[i],
           (unsigned long long)a.closed[i]);
    for (uint32_t i = 0; i < TEXTS; i++)
        tki_ottl_close(a.c[i]);
    tki_ottl_set_free(&a.set);
    tki_regex_scratch_free(regex);
    tki_arena_free(&memory[0]);
    tki_arena_free(&memory[1]);
    tki_arena_free(&arena);
    tk_batch_free(b);
    return done_testing();
}
