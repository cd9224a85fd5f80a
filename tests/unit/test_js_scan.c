/* Walking over JSON: every set of instructions against a walk character by character. */
#include <inttypes.h>
#include <stdlib.h>

#include "format/js/scan.c" /* each variant by name: a machine only ever takes one of them */
#include "random_spans.h"
#include "tap.h"

enum { TEXT_MAX = 4000 };

typedef const char *skip_fn(const char *p, const char *end);
typedef const char *skip_without_fn(const char *p, const char *end, const struct tki_wanted *w);

static const char *skip_slowly(const char *p, const char *end)
{
    const char open = *p, close = (char)(open + 2);
    bool inside = false;
    for (int depth = 0; p < end; p++) {
        if (*p == '\\' && p + 1 < end && (p[1] == '\\' || p[1] == '"')) /* outside of strings it is not JSON */
            p++;
        else if (*p == '"')
            inside = !inside;
        else if (!inside && *p == open)
            depth++;
        else if (!inside && *p == close && --depth == 0)
            return p + 1;
    }
    return NULL;
}

/* Text in which all that matters is frequent; it need not be JSON. */
static size_t bracket_text(struct rng *r, char *to)
{
    static const char alphabet[] = "[]{}\"\\\"[]{}_Yy\x7f,:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    size_t n = 2 + rng_below(r, TEXT_MAX - 2), common = 4 + rng_below(r, sizeof alphabet - 5);
    to[0] = rng_below(r, 2) ? '[' : '{';
    for (size_t i = 1; i < n; i++)
        to[i] = alphabet[rng_below(r, (uint32_t)common)];
    memset(to + n, 0, TKI_PADDING);
    return n;
}

static void test_skip(struct rng *r, skip_fn *walk, const char *name)
{
    char *text = malloc(TEXT_MAX + TKI_PADDING);
    unsigned wrong = 0, closed = 0;
    for (int i = 0; i < 20000; i++) {
        size_t n = bracket_text(r, text);
        const char *want = skip_slowly(text, text + n);
        wrong += walk(text, text + n) != want;
        closed += want != NULL;
    }
    is_uint(wrong, 0, "%s finds the closing bracket", name);
    ok(closed > 1000 && closed < 19000, "%s: some are closed, some are not (%u)", name, closed);
    free(text);
}

static void test_skip_without(struct rng *r, skip_without_fn *walk, const char *name)
{
    char *text = malloc(TEXT_MAX + TKI_PADDING);
    const tk_str keys[] = {{"key", 3}, {"another", 7}, {"K", 1}};
    static const char *const there[] = {"\"key\"",  "\"another\"", "\"k\\u0065y\"", "\"K\"", "\"ke",
                                        "\"keys\"", "\"anothe\"",  "\"Ke\"",        "\\n"};
    enum { FOUND = 4, ALL = sizeof there / sizeof *there };
    const struct tki_wanted wanted = tki_wanted_of(keys, sizeof keys / sizeof *keys);
    unsigned missed = 0, found = 0, wrong = 0;
    for (int i = 0; i < 20000; i++) {
        size_t n = 40 + rng_below(r, TEXT_MAX - 40);
        memset(text, 'k', n);
        memset(text + n, 0, TKI_PADDING);
        for (size_t k = 0; k < n; k += 1 + rng_below(r, 90))
            text[k] = rng_below(r, 3) ? '"' : 'a';
        unsigned which = rng_below(r, ALL);
        const char *key = there[which];
        memcpy(text + 1 + rng_below(r, (uint32_t)(n - strlen(key) - 2)), key, strlen(key));
        text[0] = '[';
        text[n - 1] = ']';
        const char *close = skip_slowly(text, text + n), *got = walk(text, text + n, &wanted);
        missed += which < FOUND && got;
        found += which >= FOUND && close && !got;
        wrong += got && got != close;
    }
    is_uint(missed, 0, "%s overlooks none", name);
    is_uint(found, 0, "%s finds none where none is", name);
    is_uint(wrong, 0, "%s finds the closing bracket", name);
    free(text);
}

int main(void)
{
    struct rng r = {rng_seed()};
    diag("SEED=%" PRIu64, rng_seed());
    test_skip(&r, skip_everywhere, "the walk for every machine");
    test_skip_without(&r, skip_without_everywhere, "the search for every machine");
#if TKI_WIDE
    if (tki_has_avx2()) {
        test_skip(&r, skip_avx2, "the walk with AVX2");
        test_skip_without(&r, skip_without_avx2, "the search with AVX2");
    }
    if (tki_has_avx512()) {
        test_skip(&r, skip_avx512, "the walk with AVX-512");
        test_skip_without(&r, skip_without_avx512, "the search with AVX-512");
    }
#endif
    return done_testing();
}
