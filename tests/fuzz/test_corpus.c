/* The decoding fuzzer's harness over the captures and deterministic mutations of them.  SEED=N chooses
 * others; ROUNDS=N more or fewer. */
#include "fuzz_decode.c"

#include <signal.h>
#include <unistd.h>

#include "../oracle/captures.h"
#include "random_spans.h"

enum { ROUNDS = 20000, SMALL = 20000 };

/* What an abort was about, for repeating it. */
static struct tki_buf current;
static unsigned long current_round;

static void on_abort(int sig)
{
    char path[64];
    snprintf(path, sizeof path, "/tmp/tracekit-fuzz-%ld", (long)getpid());
    FILE *f = fopen(path, "wb"); /* the process is lost anyway */
    if (f) {
        fwrite(current.p, 1, current.n, f);
        fclose(f);
    }
    fprintf(stderr, "# round %lu; its input is in %s\n", current_round, path);
    signal(sig, SIG_DFL);
    raise(sig);
}

static void run(unsigned format, const struct tki_buf *in)
{
    current.n = 0;
    tki_buf_putc(&current, (char)format);
    tki_buf_putc(&current, (char)(current_round & 1));
    tki_buf_put(&current, in->p, in->n);
    LLVMFuzzerTestOneInput((const uint8_t *)current.p, current.n);
}

static void replace(struct tki_buf *b, size_t at, size_t old, const void *p, size_t n)
{
    struct tki_buf to = {0};
    tki_buf_put(&to, b->p, at);
    tki_buf_put(&to, p, n);
    tki_buf_put(&to, b->p + at + old, b->n - at - old);
    tki_buf_free(b);
    *b = to;
}

/* From a place on, the next byte of the set; b->n when there is none. */
static size_t next_of(const struct tki_buf *b, size_t at, const char *set)
{
    while (at < b->n && (b->p[at] == 0 || !strchr(set, b->p[at])))
        at++;
    return at;
}

/* A value of JSON in the place of another, so that the document stays one. */
static void mutate_token(struct rng *r, struct tki_buf *b)
{
    static const char *const values[] = {
        "null",
        "0",
        "-1",
        "true",
        "\"\"",
        "{}",
        "[]",
        "1e400",
        "-0",
        "0.5",
        "1e-7",
        "18446744073709551615",
        "9223372036854775808",
        "-9223372036854775808",
        "\"\\u0000\"",
        "\"\\ud800\"",
        "\"\\ud83d\\ude00\"",
        "\"NaN\"",
        "\"5\"",
        "\"0x12\"",
        "[[]]",
        "{\"stringValue\":\"x\"}",
        "{\"values\":[{}]}",
        "\"AAAAAAAAAAA=\"",
        "1.7e18",
        "\"error\"",
        "\"true\"",
        "\"0000000000000000\"",
        "\"5b8efff798038103d269b633813fc60c\"",
        "\"otlp.link.0\"",
        "\"span.kind\"",
        "\"event\"",
        "\"name|{\\\"a\\\":1}|3\"",
        "\"\\\"n\\\": {\\\"a\\\":[1,2]}\"",
        "\"a: {\\\"b\\\":null}\"",
    };
    size_t at = next_of(b, rng_below(r, (uint32_t)b->n), ":");
    if (at == b->n)
        return;
    at++;
    size_t end = at;
    if (b->p[at] == '"') {
        end = next_of(b, at + 1, "\"");
        end += end < b->n;
    } else {
        end = next_of(b, at, ",]}");
    }
    const char *v = values[rng_below(r, sizeof values / sizeof *values)];
    replace(b, at, end - at, v, strlen(v));
}

static void mutate(struct rng *r, struct tki_buf *b, bool json)
{
    for (uint32_t times = 1 + rng_below(r, 4); times && b->n; times--) {
        size_t at = rng_below(r, (uint32_t)b->n), n = rng_below(r, 64), other = rng_below(r, (uint32_t)b->n);
        char byte = (char)rng_next(r);
        n = n < b->n - at ? n : b->n - at;
        switch (json ? rng_below(r, 10) : 3 + rng_below(r, 7)) {
        case 0:
        case 1:
        case 2: mutate_token(r, b); break;
        case 3: b->p[at] = (char)(b->p[at] ^ 1 << rng_below(r, 8)); break;
        case 4: b->p[at] = byte; break;
        case 5: replace(b, at, n, "", 0); break;
        case 6: replace(b, at, 0, &byte, 1); break;
        case 7: memmove(b->p + at, b->p + other, n < b->n - other ? n : b->n - other); break;
        case 8: b->p[at] = "\0\x7f\xff{}[]\",:\\0-"[rng_below(r, 13)]; break;
        default:
            if (rng_below(r, 4) == 0)
                b->n = at;
        }
    }
}

struct seed {
    struct tki_buf bytes;
    unsigned format;
    bool json;
};

/* The beginning of a large capture that is whole records by itself; false: none is small. */
static bool shorten(const struct capture *c, struct tki_buf *b)
{
    size_t end = 0;
    if (b->n <= SMALL)
        return true;
    if (strcmp(c->format, "otlp-framed") == 0)
        while (end + 4 + tki_load_be32(b->p + end) <= SMALL)
            end += 4 + tki_load_be32(b->p + end);
    else if (strcmp(c->format, "json") == 0)
        for (size_t at = 0; (at = next_of(b, at, "\n")) < SMALL; at++)
            end = at + 1;
    b->n = end;
    return end > 0;
}

int main(void)
{
    static struct captures all;
    static struct seed seeds[64];
    unsigned nseeds = 0;
    struct rng r = {rng_seed()};
    unsigned long rounds = rng_rounds(ROUNDS);
    diag("SEED=%llu", (unsigned long long)r.state);
    signal(SIGABRT, on_abort);
    captures_testdata(&all);
    for (size_t i = 0; i < all.n && nseeds < 64; i++) {
        struct seed *s = &seeds[nseeds];
        if (!capture_bytes(&all.at[i], &s->bytes))
            continue;
        s->format = 0;
        while (strcmp(tki_formats[s->format]->info.name, all.at[i].format) != 0)
            s->format++;
        s->json = !tki_formats[s->format]->info.binary;
        run(s->format, &s->bytes);
        ok(true, "%s, whole", all.at[i].name);
        nseeds += shorten(&all.at[i], &s->bytes);
    }
    ok(nseeds >= 10, "%u captures are small enough to be mutated", nseeds);
    for (current_round = 1; current_round <= rounds; current_round++) {
        const struct seed *s = &seeds[rng_below(&r, nseeds)];
        struct tki_buf b = {0};
        tki_buf_put(&b, s->bytes.p, s->bytes.n);
        mutate(&r, &b, s->json);
        run(s->format, &b);
        tki_buf_free(&b);
    }
    ok(true, "%lu mutations of them", rounds);
    while (nseeds)
        tki_buf_free(&seeds[--nseeds].bytes);
    tki_buf_free(&current);
    return done_testing();
}
