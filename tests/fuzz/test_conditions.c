/* The fuzzer's harness of conditions over the recorded ones of testdata/ottl, and over them with pieces of each other.
 * SEED=N chooses others; ROUNDS=N more or fewer. */
#include "fuzz_ottl.c"

#include "../random_spans.h"
#include "base/buf.h"
#include "tap.h"

enum { ROUNDS = 5000, CONDITIONS_MAX = 4096 };

static char *conditions[CONDITIONS_MAX];
static uint32_t nconditions;

static void load(const char *name)
{
    char path[512], line[4096];
    snprintf(path, sizeof path, "%s/testdata/ottl/%s", getenv("TRACEKIT_TOP") ? getenv("TRACEKIT_TOP") : ".", name);
    FILE *f = fopen(path, "r");
    if (!f)
        bail_out("cannot read %s", path);
    while (fgets(line, sizeof line, f) && nconditions < CONDITIONS_MAX) {
        char *text = strchr(line, '\t');
        line[strcspn(line, "\n")] = '\0';
        if (text)
            conditions[nconditions++] = strdup(text + 1);
    }
    fclose(f);
}

/* A condition, some stretches of which another one's take the place of. */
static void mix(struct rng *r, struct tki_buf *to)
{
    const char *of = conditions[rng_below(r, nconditions)];
    tki_buf_reset(to);
    tki_buf_putc(to, (char)rng_below(r, 5));
    tki_buf_str(to, tki_str(of));
    for (uint32_t changes = rng_below(r, 4); changes; changes--) {
        struct tki_buf next = {0};
        const char *from = conditions[rng_below(r, nconditions)];
        uint32_t n = (uint32_t)strlen(from), at = 1 + rng_below(r, (uint32_t)to->n), begin = rng_below(r, n);
        uint32_t length = rng_below(r, 2) ? 1 : rng_below(r, n - begin + 1), drop = rng_below(r, 8);
        at = at > to->n ? (uint32_t)to->n : at;
        drop = drop > to->n - at ? (uint32_t)to->n - at : drop;
        tki_buf_put(&next, to->p, at);
        tki_buf_put(&next, from + begin, length);
        tki_buf_put(&next, to->p + at + drop, to->n - at - drop);
        tki_buf_free(to);
        *to = next;
    }
}

int main(void)
{
    struct rng r = {rng_seed()};
    struct tki_buf b = {0};
    load("functions.tsv");
    load("values.tsv");
    load("agents.tsv");
    load("xml.tsv");
    ok(nconditions > 1000, "%u conditions are recorded", nconditions);
    for (unsigned long i = rng_rounds(ROUNDS); i; i--) {
        mix(&r, &b);
        LLVMFuzzerTestOneInput((const uint8_t *)b.p, b.n);
    }
    ok(true, "mixtures of them open and answer, or are refused");
    tki_buf_free(&b);
    while (nconditions)
        free(conditions[--nconditions]);
    return done_testing();
}
