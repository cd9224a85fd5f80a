/* Any bytes, through every decoder and through the whole reader: for clang's fuzzer, and for test_bytes.c.
 *
 * The first byte of the input chooses the reader with detection, filters and cutting (0), or a format; the
 * second byte chooses limits; the rest is what is read.  What an OTLP decoder accepts is written in both
 * encodings of OTLP and must come back with as many spans, attributes, events and links. */
#include "fuzz_bytes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buf.h"
#include "format/format.h"

static _Noreturn void wrong(const char *what, const struct tk_err *err)
{
    fprintf(stderr, "fuzz: %s: %s\n", what, err->text);
    abort();
}

static void encode(const struct tki_format *f, const struct tk_batch *b, struct tki_buf *out)
{
    uint32_t *rows = malloc((b->nspans ? b->nspans : 1) * sizeof *rows);
    if (!rows)
        return;
    for (uint32_t i = 0; i < b->nspans; i++)
        rows[i] = i;
    struct tki_encode e = {.out = out};
    if (f->begin)
        f->begin(&e);
    f->put(&e, b, rows, b->nspans);
    if (f->end)
        f->end(&e);
    free(e.state);
    free(rows);
}

static void write_and_read_again(const struct tk_batch *b)
{
    static const struct tki_format *const both[] = {&tki_format_otlp_json, &tki_format_otlp_proto};
    for (int i = 0; i < 2; i++) {
        struct tki_buf out = {0};
        struct tk_err err = {0};
        struct tk_batch *again = tk_batch_new();
        encode(both[i], b, &out);
        if (again && tki_format_decode(both[i], (tk_str){out.p, out.n}, TK_NEED_ALL, again, &err) < 0)
            wrong("what was written cannot be read", &err);
        if (again && (again->nspans != b->nspans || again->nevents != b->nevents || again->nlinks != b->nlinks))
            wrong("what was written comes back different", &err);
        tk_batch_free(again);
        tki_buf_free(&out);
    }
}

static void decode(const struct tki_format *f, tk_str in, unsigned how)
{
    struct tk_err err = {0};
    struct tk_batch *b = tk_batch_new();
    unsigned needs = how & 1 ? (how & 4 ? TK_NEED_ALL : TK_NEED_ALL & ~TK_NEED_RAW) : how;
    f->bid(in, how & 2);
    int r = b ? tki_format_decode(f, in, needs, b, &err) : -1;
    if (r > 0)
        wrong("a decoder answers 0 or an error", &err);
    bool otlp = f == &tki_format_otlp_json || f == &tki_format_otlp_proto;
    if (r == 0 && otlp && (needs | TK_NEED_RAW) == TK_NEED_ALL)
        write_and_read_again(b);
    tk_batch_free(b);
}

static void read_whole(tk_str in, unsigned how)
{
    char path[64];
    const char *paths[] = {path};
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    if (fd < 0 || write(fd, in.p, in.n) != (ssize_t)in.n)
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    struct tk_read_opts opts = {.keep_going = how & 1, .threads = how >> 1 & 1, .rewindable = how >> 2 & 1,
                                .record_max = how & 8 ? 4096 : 0};
    struct tk_err err = {0};
    struct tk_reader *r;
    struct tk_batch *b;
    if (tk_reader_open(&r, paths, 1, &opts, &err) == 0) {
        while (tk_reader_next(r, &b) == 1)
            ;
        if (opts.rewindable && tk_reader_rewind(r, TK_NEED_ALL, false) == 0)
            while (tk_reader_next(r, &b) == 1)
                ;
        tk_reader_close(r);
    }
    close(fd);
}

unsigned fuzz_choices(void)
{
    unsigned n = 0;
    while (tki_formats[n])
        n++;
    return n + 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    /* A copy of the exact size, so that a read past its end is seen. */
    char *copy = malloc(size - 2 ? size - 2 : 1);
    if (!copy)
        return 0;
    memcpy(copy, data + 2, size - 2);
    tk_str in = {copy, size - 2};
    unsigned choice = data[0] % fuzz_choices();
    if (choice == 0)
        read_whole(in, data[1]);
    else if (tki_formats[choice - 1]->info.can_read)
        decode(tki_formats[choice - 1], in, data[1]);
    free(copy);
    return 0;
}
