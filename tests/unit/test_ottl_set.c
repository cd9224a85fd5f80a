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
    struct seen {
        uint64_t value;
        int said;
    } seen[TEXTS][SPOTS];
    uint64_t again;
};

/* Of one value and one spot, a condition about that field alone says the same as it did before. */
static bool spots_are_right(struct asked *a, const int *said)
{
    for (uint32_t i = 0; i < TEXTS; i++) {
        struct tki_ottl_spot spot;
        uint32_t field = tki_ottl_alone(a->c[i]);
        if (field == TK_NONE || !tki_ottl_spot(&a->remembers, field, &spot))
            continue;
        if (spot.number >= SPOTS || spot.number >= tki_ottl_spots(&a->remembers, field) || !spot.value)
            return false;
        struct seen *s = &a->seen[i][spot.number];
        if (s->value == spot.value && s->said != said[i])
            return false;
        a->again += s->value == spot.value;
        *s = (struct seen){spot.value, said[i]};
    }
    return true;
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
        for (uint32_t i = 0; i < TEXTS && same; i++)
            if (tki_ottl_guard(a->c[i]) != TK_NONE && !tki_ottl_test_guard(a->c[i], &a->remembers))
                same = said[i] == 0;
        if (!same && differ++ == 0)
            diag("span %u", a->at.row);
    }
    return differ;
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
    ok(tki_ottl_guard(a.c[3]) == tki_ottl_alone(a.c[0]), "but the name can rule it out");
    ok(tki_ottl_guard(a.c[0]) == TK_NONE && tki_ottl_guard(a.c[6]) == TK_NONE, "others have no guard");
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
        tki_ottl_close(a.c[i]);
    tki_ottl_set_free(&a.set);
    tki_regex_scratch_free(regex);
    tki_arena_free(&memory[0]);
    tki_arena_free(&memory[1]);
    tki_arena_free(&arena);
    tk_batch_free(b);
    return done_testing();
}
