/* Any bytes through the whole reader - decompression, detection, cutting, decoding, going on behind a fault - for
 * clang's fuzzer, and for test_damaged.c.
 *
 * The first byte of the input holds options, the second what is to be decoded (0: everything); the rest is the file. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tracekit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { KEEP_GOING = 1, THREAD = 2, REWIND = 4, SMALL_RECORDS = 8 };

static _Noreturn void wrong(const char *what)
{
    fprintf(stderr, "fuzz: %s\n", what);
    abort();
}

/* Reads to the end or to the fault, and returns the spans. */
static uint64_t drain(struct tk_reader *r)
{
    struct tk_batch *b;
    uint64_t spans = 0;
    int got;
    while ((got = tk_reader_next(r, &b)) == 1)
        spans += b->nspans;
    if (got < 0 && (tk_reader_err(r)->code != got || !tk_reader_err(r)->text[0]))
        wrong("a fault is not told in words");
    if (got == 0 && tk_reader_stats(r)->spans != spans)
        wrong("spans are counted that were not delivered");
    return spans;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    char path[64];
    const char *paths[] = {path};
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    if (fd < 0 || write(fd, data + 2, size - 2) != (ssize_t)(size - 2))
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    struct tk_read_opts opts = {
        .keep_going = data[0] & KEEP_GOING,
        .threads = data[0] & THREAD ? 1 : 0,
        .rewindable = data[0] & REWIND,
        .record_max = data[0] & SMALL_RECORDS ? 4096 : 0,
        .needs = data[1],
    };
    struct tk_err err = {0};
    struct tk_reader *r;
    if (tk_reader_open(&r, paths, 1, &opts, &err) == 0) {
        uint64_t spans = drain(r);
        if (opts.rewindable && tk_reader_rewind(r, data[1], false) == 0 && drain(r) != spans)
            wrong("the second reading delivers something else");
        tk_reader_close(r);
    }
    close(fd);
    return 0;
}
