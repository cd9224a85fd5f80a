/* The reader: any split of the input into reads, any cut of the input's end. */
#include "reader_help.h"

/* The spans of the pieces that a cutter makes of the bytes, shown in windows of limited size. */
static int cut_all(const struct tki_format *f, tk_str in, size_t window, size_t step, struct tki_buf *out,
                   uint64_t *late)
{
    struct tki_cut cut = {
        .cutter = f->cutter, .split = f->split, .window = window, .inside = window, .record_max = 64 << 20};
    struct tk_err err = {0};
    struct tki_piece piece;
    size_t at = 0, shown = step;
    int r = cut.cutter->open(&cut);
    while (r >= 0) {
        bool eof = at + shown >= in.n;
        r = cut.cutter->next(&cut, (tk_str){in.p + at, eof ? in.n - at : shown}, eof, &piece, &err);
        if (r == TKI_CUT_END || r < 0)
            break;
        if (r == TKI_CUT_MORE) {
            shown += step;
            continue;
        }
        struct tki_buf whole = {0};
        tki_buf_str(&whole, piece.prefix);
        tki_buf_str(&whole, piece.body);
        tki_buf_str(&whole, piece.suffix);
        at += piece.consumed;
        shown = step;
        struct tk_batch *b = tk_batch_new();
        if (piece.body.n && tki_format_decode(f, (tk_str){whole.p, whole.n}, TK_NEED_ALL, b, &err) < 0) {
            diag("%s at %d of %.*s", err.text, (int)err.offset, whole.n > 300 ? 300 : (int)whole.n, whole.p);
            fail("every piece can be decoded alone");
        }
        for (uint32_t i = 0; i < b->nspans; i++)
            tki_otlp_proto_put(out, b, &i, 1);
        tk_batch_free(b);
        tki_buf_free(&whole);
    }
    *late = cut.late;
    cut.cutter->close(&cut);
    return r;
}

static void test_splits(const struct tki_format *f)
{
    struct rng r = {rng_seed() + 2};
    for (int round = 0; round < 12; round++) {
        struct tki_buf in = random_lines(&r, f, 1 + rng_below(&r, 4), 30), want = {0};
        uint64_t late;
        tk_str s = {in.p, in.n};
        is_int(cut_all(f, s, in.n + 1, in.n + 1, &want, &late), TKI_CUT_END, "%s is cut to its end", f->info.name);
        for (int i = 0; i < 6; i++) {
            struct tki_buf got = {0};
            size_t step = 1 + rng_below(&r, 400), window = 1 + rng_below(&r, 3000);
            int end = cut_all(f, s, in.n + 1, step, &got, &late);
            ok(end == TKI_CUT_END && got.n == want.n && memcmp(got.p, want.p, got.n) == 0,
               "%s shown by %zu bytes gives the same spans", f->info.name, step);
            got.n = 0;
            end = cut_all(f, s, window, step, &got, &late);
            /* what follows the spans of a split record (schema URLs) is counted, and missing from them */
            if (end != TKI_CUT_END || (!late && got.n != want.n))
                diag("%d: %zu of %zu bytes", end, got.n, want.n);
            ok(end == TKI_CUT_END && (late ? got.n <= want.n : got.n == want.n),
               "%s split at %zu bytes gives the same spans (late: %d)", f->info.name, window, (int)late);
            tki_buf_free(&got);
        }
        tki_buf_free(&in);
        tki_buf_free(&want);
    }
}

/* Cut off anywhere, the input gives its whole spans and then says where it ends. */
static void test_truncation(const struct tki_format *f)
{
    struct rng r = {rng_seed() + 3};
    struct tki_buf in = random_lines(&r, f, 3, 3);
    const char *path = file_with(1, in.p, in.n);
    uint64_t longer = UINT64_MAX;
    bool shrinks = true, says = true, whole = false;
    for (size_t n = in.n; n > 0; n--) {
        if (truncate(path, (off_t)n) < 0)
            bail_out("a file is not cut");
        struct tk_read_opts opts = {.format = f->info.name};
        struct result x = read_all(path, &opts);
        if (x.spans > longer) {
            shrinks = false;
            diag("%zu of %zu bytes: %d spans after %d: %s", n, in.n, (int)x.spans, (int)longer, x.err.text);
        }
        longer = x.spans;
        if (x.code < 0 && !(x.code == TK_ETRUNCATED && x.err.has_offset && x.err.offset == n)) {
            says = false;
            diag("%zu of %zu bytes: %d %s at %d", n, in.n, x.code, x.err.text, (int)x.err.offset);
        }
        whole |= n == in.n && x.code == 0;
        tki_buf_free(&x.proto);
    }
    ok(shrinks, "%s: what was whole before the cut is delivered", f->info.name);
    ok(says, "%s: each cut is reported as one, at its byte", f->info.name);
    ok(whole, "%s: uncut it is whole", f->info.name);
    tki_buf_free(&in);
    unlink(path);
}

static void test_keep_going(void)
{
    static const char text[] = "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"name\":\"a\"}]}]}]}\n"
                               "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"name\":broken}]}]}]}\n"
                               "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"name\":\"c\"}]}]}]}\n";
    const char *path = file_with(2, text, sizeof text - 1);
    struct tk_read_opts opts = {0};
    struct result x = read_all(path, &opts);
    is_int(x.code, TK_EINVALID, "a malformed record stops");
    is_uint(x.spans, 1, "after what was whole before it");
    is_uint(x.err.record, 2, "and its number is told");
    is_uint(x.err.offset, 113, "and the byte");
    is_str(x.err.text, "expected a string, found 'b'", "and what is wrong");
    tki_buf_free(&x.proto);
    opts.keep_going = true;
    x = read_all(path, &opts);
    is_int(x.code, 0, "with keep_going reading goes on");
    is_uint(x.spans, 2, "around the record");
    is_uint(x.skipped, 1, "which is counted");
    tki_buf_free(&x.proto);
    unlink(path);
}

static void test_nothing(void)
{
    static const char *const texts[] = {"", "\n", "null", "{}", "[]", " [ ]\n", "\xef\xbb\xbf{\"resourceSpans\":[]}"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (i == 5)
            continue; /* white space inside is for the format to judge */
        const char *path = file_with(3, texts[i], strlen(texts[i]));
        struct tk_read_opts opts = {0};
        struct result x = read_all(path, &opts);
        is_int(x.code, 0, "\"%s\" is a dump of no traces: %s", texts[i], x.err.text);
        is_uint(x.spans, 0, "with no spans");
        tki_buf_free(&x.proto);
        unlink(path);
    }
    const char *path = "/nonexistent/file";
    struct tk_read_opts opts = {0};
    struct result x = read_all(path, &opts);
    is_int(x.code, TK_EIO, "a missing file is an error: %s", x.err.text);
}

/* The spans' attributes of the wanted keys as text, one line a span. */
static struct tki_buf wanted_values(const char *path, const struct tk_read_opts *opts, const tk_str *keys, size_t n)
{
    struct tki_buf out = {0};
    struct tk_reader *r;
    struct tk_batch *b;
    if (tk_reader_open(&r, &path, 1, opts, NULL) < 0)
        return out;
    while (tk_reader_next(r, &b) == 1)
        for (uint32_t i = 0; i < b->nspans; i++, tki_buf_putc(&out, '\n'))
            for (uint32_t k = 0; k < b->spans[i].attrs.count; k++) {
                const struct tk_attr *a = &b->attrs[b->spans[i].attrs.first + k];
                for (size_t w = 0; w < n; w++)
                    if (tki_str_eq(a->key, keys[w]) && a->value.type == TK_STRING)
                        tki_buf_printf(&out, "%.*s=%.*s;", (int)a->key.n, a->key.p, (int)a->value.n, a->value.v.s);
            }
    tk_reader_close(r);
    return out;
}

/* Asking for some keys only delivers the same values of them, however they are spelled. */
static void test_wanted(void)
{
#define SPAN(attrs) \
    "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"attributes\":[" attrs "],\"name\":\"n\"}]}]}]}\n"
#define LONG             "a long key that comes first, and then some more of it, beyond a block of 64 bytes"
#define ATTR(key, value) "{\"key\":\"" key "\",\"value\":{\"stringValue\":\"" value "\"}}"
    static const char text[] = SPAN(ATTR("other", "1") "," ATTR("want", "2")) SPAN(ATTR("\\u0077ant", "3"))
        SPAN(ATTR("a\\/b", "4") "," ATTR("a/b", "5")) SPAN("{\"value\":{\"stringValue\":\"6\"},\"key\":\"want\"}")
            SPAN("{ \"key\" : \"want\" , \"value\" : {\"stringValue\" : \"7\"}}")
                SPAN(ATTR("not", "want") "," ATTR("want", "8")) SPAN(ATTR("q\\\"", "9")) SPAN(ATTR("", "10"))
                    SPAN(ATTR(LONG, "x") "," ATTR("want", "11")) SPAN(ATTR("want", "12"));
    static const char *const expected[] = {
        "want=2;\nwant=3;\na/b=4;a/b=5;\nwant=6;\nwant=7;\nwant=8;\n\n\nwant=11;\nwant=12;\n",
        "\n\n\n\n\n\nq\"=9;\n=10;\n\n\n", "\n\n\n\n\nnot=want;\n\n\n" LONG "=x;\n\n"};
    const tk_str keys[][2] = {{{"want", 4}, {"a/b", 3}}, {{"q\"", 2}, {"", 0}}, {{LONG, sizeof LONG - 1}, {"not", 3}}};
    const char *json = file_with(0, text, sizeof text - 1);
    struct tk_read_opts all = {0};
    struct result x = read_all(json, &all);
    const char *proto = file_with(1, x.proto.p, x.proto.n);
    for (size_t i = 0; i < 6; i++) {
        struct tk_read_opts opts = {.attr_keys = keys[i / 2], .nattr_keys = 2};
        struct tki_buf some = wanted_values(i % 2 ? proto : json, &opts, keys[i / 2], 2);
        tki_buf_putc(&some, 0);
        is_str(some.p, expected[i / 2], "wanted attributes are all there, case %zu", i);
        tki_buf_free(&some);
    }
    tki_buf_free(&x.proto);
    unlink(json);
    unlink(proto);
}

int main(void)
{
    const struct tki_format *const formats[] = {&tki_format_otlp_json, &tki_format_otlp_proto, &tki_format_otlp_framed};
    diag("SEED=%" PRIu64, rng_seed());
    for (size_t i = 0; i < 3; i++) {
        test_splits(formats[i]);
        test_truncation(formats[i]);
    }
    test_keep_going();
    test_nothing();
    test_wanted();
    return done_testing();
}
