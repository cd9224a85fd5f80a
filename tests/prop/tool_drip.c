/* tool_drip SEED FILE: writes the file to standard output in pieces of random size, so that whoever reads the
 * pipe gets its bytes split anywhere. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "random_spans.h"

int main(int argc, char **argv)
{
    static char block[1 << 16];
    FILE *f = argc == 3 ? fopen(argv[2], "rb") : NULL;
    struct rng r = {argc == 3 ? strtoull(argv[1], NULL, 10) : 0};
    if (!f) {
        fprintf(stderr, "usage: tool_drip SEED FILE\n");
        return 2;
    }
    /* Mostly a few bytes, now and then as much as a pipe holds: else a megabyte takes too long. */
    for (size_t got = 1; got;) {
        size_t most = rng_below(&r, 8) ? 200 : sizeof block;
        got = fread(block, 1, 1 + rng_below(&r, (uint32_t)most), f);
        for (size_t at = 0; at < got;) {
            ssize_t n = write(STDOUT_FILENO, block + at, got - at);
            if (n < 0)
                return 1;
            at += (size_t)n;
        }
    }
    fclose(f);
    return 0;
}
