/* The reader's fuzzing harness over the captures, whole, cut short and damaged, the same way each time. */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz_reader.c"
#include "tap.h"

enum { HEAD_MAX = 6000, ROUNDS = 400 };

static uint64_t state = 20261121;

static uint64_t next_random(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state * 0x2545f4914f6cdd1du;
}

static void damage(uint8_t *p, size_t n)
{
    static const char telling[] = "{}[]\",:\\0-9eE.\xff\x80\x7f ";
    for (uint64_t times = next_random() % 4; times && n; times--) {
        size_t at = next_random() % n;
        switch (next_random() % 4) {
        case 0: p[at] ^= (uint8_t)(1u << next_random() % 8); break;
        case 1: p[at] = (uint8_t)telling[next_random() % sizeof telling]; break;
        case 2: p[at] = (uint8_t)next_random(); break;
        default: {
            size_t from = next_random() % n, most = n - (at > from ? at : from);
            memmove(p + at, p + from, next_random() % (most + 1));
        }
        }
    }
}

static size_t slurp(const char *path, uint8_t **p)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return 0;
    fseek(f, 0, SEEK_END);
    size_t n = (size_t)ftell(f);
    rewind(f);
    *p = malloc(n + 2);
    if (*p && fread(*p + 2, 1, n, f) != n)
        n = 0;
    fclose(f);
    return *p ? n : 0;
}

static void try_file(const char *path)
{
    uint8_t *whole = NULL, *part = malloc(HEAD_MAX + 2);
    size_t n = slurp(path, &whole), head = n < HEAD_MAX ? n : HEAD_MAX;
    for (unsigned options = 0; n && options < 16; options++) {
        whole[0] = (uint8_t)options;
        whole[1] = 0;
        LLVMFuzzerTestOneInput(whole, n + 2);
    }
    for (int round = 0; n && part && round < ROUNDS; round++) {
        /* Often from the beginning, sometimes from inside; any length. */
        size_t from = round % 4 == 3 ? next_random() % n : 0;
        size_t len = next_random() % (n - from < head ? n - from + 1 : head + 1);
        memcpy(part + 2, whole + 2 + from, len);
        damage(part + 2, len);
        part[0] = (uint8_t)next_random();
        part[1] = (uint8_t)(round % 2 ? 0 : next_random());
        LLVMFuzzerTestOneInput(part, len + 2);
    }
    ok(n > 0, "%s, and %d damaged pieces of it", path, ROUNDS);
    free(part);
    free(whole);
}

/* An input on which something went wrong once, with its first two bytes. */
static void try_found(const char *path)
{
    uint8_t *p = NULL;
    size_t n = slurp(path, &p);
    if (n)
        LLVMFuzzerTestOneInput(p + 2, n);
    ok(n > 0, "%s", path);
    free(p);
}

static void try_all(const char *pattern, void (*try)(const char *path))
{
    glob_t found;
    if (glob(pattern, 0, NULL, &found) == 0) {
        for (size_t k = 0; k < found.gl_pathc; k++)
            try(found.gl_pathv[k]);
        globfree(&found);
    }
}

int main(void)
{
    diag("seed %llu", (unsigned long long)state);
    try_all("tests/fuzz/found/*", try_found);
    try_all("testdata/*/*.json*", try_file);
    try_all("testdata/*/*.bin*", try_file);
    return done_testing();
}
