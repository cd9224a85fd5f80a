/* tool_seeds FOLDER - inputs for the fuzzers to start from, in the form that fuzz_decode.c takes: a byte that chooses
 * the format, a byte of options, then the beginning of a file.  tool_seeds --number FORMAT prints the first of these.
 *
 * Each capture of testdata goes to the decoder of its format, and the first capture of a format to all other decoders,
 * too.  So do inputs of tests/prop/inputs.tsv that are made by hand, to their own.  A format without any gets some
 * spans of another, written in that format.  The tool fails when a decoder is left without a seed. */
#include <inttypes.h>

#include "../oracle/captures.h"
#include "base/num.h"
#include "format/otlp/otlp.h"
#include "format/pb/pb.h"
#include "view/targets.h"

enum { SEED_BYTES = 6000, SPANS = 6 };

static const char *folder;
static unsigned written;

static void put(const char *name, unsigned format, unsigned options, tk_str bytes)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s.%u.%u", folder, name, format, options);
    FILE *f = fopen(path, "wb");
    const char head[2] = {(char)format, (char)options};
    if (!f || fwrite(head, 1, 2, f) != 2 || fwrite(bytes.p, 1, bytes.n, f) != bytes.n || fclose(f) != 0) {
        perror(path);
        exit(1);
    }
    written++;
}

/* The first bytes of a capture without its compression; freed with free(). */
static tk_str beginning(const char *path, size_t max)
{
    struct tk_err err = {0};
    struct tki_source *s;
    char *p = malloc(max);
    size_t n = 0;
    if (!p || tki_source_open(&s, path, &err) < 0) {
        fprintf(stderr, "%s: %s\n", path, err.text);
        exit(1);
    }
    for (ssize_t got; n < max && (got = tki_source_read(s, p + n, max - n, &err)) > 0;)
        n += (size_t)got;
    tki_source_close(s);
    return (tk_str){p, n};
}

/* ---- what no capture has ---- */

static struct tk_batch *some_spans(const struct captures *all)
{
    struct tk_batch *b = tk_batch_new();
    for (size_t i = 0; b && i < all->n; i++) {
        if (strcmp(all->at[i].format, "json") != 0)
            continue;
        tk_str line = beginning(all->at[i].path, 1 << 20);
        const char *end = memchr(line.p, '\n', line.n);
        int r = tki_format_decode(&tki_format_otlp_json, (tk_str){line.p, end ? (size_t)(end - line.p) : line.n},
                                  TK_NEED_ALL & ~TK_NEED_RAW, b, NULL);
        free((char *)line.p);
        if (r == 0 && b->nspans >= SPANS)
            return b;
        tk_batch_reset(b);
    }
    fprintf(stderr, "no capture of OTLP JSON has %d spans in a line\n", SPANS);
    exit(1);
}

/* The spans in the format, or the messages of a container around OTLP.  False: there is no way. */
static bool make(struct tki_buf *out, const struct tki_format *f, const struct tk_batch *b)
{
    uint32_t rows[SPANS];
    struct tki_encode e = {.out = out};
    for (uint32_t i = 0; i < SPANS; i++)
        rows[i] = i;
    if (!f->put)
        f = tki_target_find(f->info.name); /* a view of the same name */
    if (f->put) {
        if (f->begin)
            f->begin(&e);
        f->put(&e, b, rows, SPANS);
        if (f->end)
            f->end(&e);
        (f->free_state ? f->free_state : free)(e.state);
        return !out->err;
    }
    struct tki_buf message = {0};
    tki_otlp_proto_put(&message, b, rows, SPANS);
    char length[4] = {(char)(message.n >> 24), (char)(message.n >> 16), (char)(message.n >> 8), (char)message.n};
    if (strcmp(f->info.name, "frames") == 0) {
        tki_buf_put(out, length, sizeof length);
    } else if (strcmp(f->info.name, "grpc") == 0) {
        tki_buf_putc(out, 0);
        tki_buf_put(out, length, sizeof length);
    } else if (strcmp(f->info.name, "delimited") == 0) {
        tki_buf_varint(out, message.n);
    } else if (strcmp(f->info.name, "tempo-proto") == 0) {
        tki_buf_putc(out, TKI_PB(1, LEN));
        tki_buf_varint(out, message.n);
    } else {
        tki_buf_free(&message);
        return false;
    }
    tki_buf_put(out, message.p, message.n);
    tki_buf_free(&message);
    return !out->err;
}

/* ---- all decoders ---- */

/* The captures of the format, as seeds of its own decoder; the first is a seed of all. */
static bool captured(const struct captures *all, unsigned format)
{
    bool first = true;
    for (size_t i = 0; i < all->n; i++) {
        char name[256];
        if (strcmp(all->at[i].format, tki_formats[format]->info.name) != 0)
            continue;
        tk_str bytes = beginning(all->at[i].path, SEED_BYTES);
        snprintf(name, sizeof name, "%s", all->at[i].name);
        for (char *p = name; *p; p++)
            *p = *p == '/' ? '-' : *p;
        put(name, format, 0, bytes);
        put(name, format, 1, bytes);
        for (unsigned other = 0; first && tki_formats[other]; other++)
            if (other != format)
                put(name, other, 1, bytes);
        free((char *)bytes.p);
        first = false;
    }
    return !first;
}

/* The inputs of tests/prop/inputs.tsv that are made by hand: a line each, of an input and its format. */
static bool made_by_hand(unsigned format)
{
    const char *top = getenv("TRACEKIT_TOP") ? getenv("TRACEKIT_TOP") : ".";
    char line[1024];
    bool any = false;
    snprintf(line, sizeof line, "%s/tests/prop/inputs.tsv", top);
    FILE *list = fopen(line, "r");
    if (!list)
        bail_out("cannot read %s", line);
    while (fgets(line, sizeof line, list)) {
        char input[256], name[32], path[768];
        if (sscanf(line, "%255s %31s", input, name) != 2 || strncmp(input, "tests/", 6) != 0 ||
            strcmp(name, tki_formats[format]->info.name) != 0)
            continue;
        snprintf(path, sizeof path, "%s/%s", top, input);
        tk_str bytes = beginning(path, SEED_BYTES);
        for (char *p = input; *p; p++)
            *p = *p == '/' ? '-' : *p;
        put(input, format, 0, bytes);
        put(input, format, 1, bytes);
        free((char *)bytes.p);
        any = true;
    }
    fclose(list);
    return any;
}

/* The number by which fuzz_decode.c knows the format. */
static int say_number(const char *name)
{
    for (unsigned i = 0; tki_formats[i]; i++)
        if (strcmp(tki_formats[i]->info.name, name) == 0)
            return printf("%u\n", i) < 0;
    return 1;
}

int main(int argc, char **argv)
{
    static struct captures all;
    if (argc == 3 && strcmp(argv[1], "--number") == 0)
        return say_number(argv[2]);
    if (argc != 2) {
        fprintf(stderr, "tool_seeds FOLDER\n");
        return 2;
    }
    folder = argv[1];
    captures_testdata(&all);
    struct tk_batch *b = some_spans(&all);
    unsigned missing = 0;
    for (unsigned i = 0; tki_formats[i]; i++) {
        struct tki_buf made = {0};
        const char *name = tki_formats[i]->info.name;
        bool found = !tki_formats[i]->info.can_read || captured(&all, i);
        if (made_by_hand(i) || found)
            continue;
        if (make(&made, tki_formats[i], b)) {
            put(name, i, 0, (tk_str){made.p, made.n});
            put(name, i, 1, (tk_str){made.p, made.n});
        } else {
            fprintf(stderr, "no seed for %s: add a capture to testdata/COUNTS.tsv\n", name);
            missing++;
        }
        tki_buf_free(&made);
    }
    tk_batch_free(b);
    printf("%u seeds\n", written);
    return missing != 0;
}
