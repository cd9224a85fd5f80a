/* What stands before lines of logs, and the lines without it, in pieces of every size. */
#include "io/prefix.h"
#include "io_help.h"

#define TIME "2026-05-01T12:00:00.123456789Z "

static void test_prefixes(void)
{
    static const struct {
        const char *prefix, *rest;
    } lines[] = {{TIME, "{x}"},
                 {"2026-05-01T12:00:00+02:00 ", "{x}"},
                 {TIME "stdout F ", "{x}"},
                 {TIME "stderr P ", "{x"},
                 {TIME "stdout F:tag ", ""},
                 {"[pod/checkout-7d9f/app] ", "{x}"},
                 {"[pod/checkout-7d9f/app] " TIME, "{x}"},
                 {"web-1  | ", "  indented"},
                 {"\x1b[36mweb-1  | \x1b[0m", "{x}"},
                 {"Nov 21 10:00:00 host shop[5]: ", "{x}"},
                 {"2026-05-01T12:00:00+0200 host shop[5]: ", "{x}"},
                 {TIME "{app=\"shop\", pod=\"a\\\"b\"} ", "{x}"},
                 {TIME, "{\"app\": 1}"},
                 {TIME, "{app=\"shop\""},
                 {"", "{x}"},
                 {"", ""},
                 {"", "[main] INFO {x}"},
                 {"", "[pod/x"},
                 {"", "a || b"},
                 {"", "web-1|{x}"},
                 {"", "2026-05-01T12:00:00Z"},
                 {"", "2026-99-01T12:00:00Z x"},
                 {TIME, "stdout X {x}"},
                 {TIME, "stdout F"},
                 {"Nov 21 10:00:00 ", "host shop: {x}"},
                 {TIME, "host shop[]: {x}"}};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        char line[200];
        int n = snprintf(line, sizeof line, "%s%s", lines[i].prefix, lines[i].rest);
        struct tki_prefix x = tki_prefix_of((tk_str){line, (size_t)n});
        is_uint(x.n, strlen(lines[i].prefix), "what stands before it: %s", line);
        is_int(x.cri, strstr(lines[i].prefix, "std") != NULL, "and whether it is containerd's");
        is_int(x.partial, strstr(lines[i].prefix, " P ") != NULL, "and whether it goes on");
    }
}

static const struct sample {
    const char *name, *in, *inside;
} samples[] = {
    {"kubectl", TIME "{\n" TIME "  \"a\": 1\n" TIME "}\n", "{\n  \"a\": 1\n}\n"},
    {"containerd, in parts of two streams",
     TIME "stdout P {\"a\n" TIME "stderr P oh\n" TIME "stdout F \":1}\n" TIME "stderr F no\n", "{\"a\":1}\nohno\n"},
    {"containerd, the last part missing", TIME "stdout F {}\n" TIME "stdout P {\"a", "{}\n{\"a"},
    {"compose, and lines of others", "web-1  | {}\nAttaching to web-1\nweb-1  | []", "{}\nAttaching to web-1\n[]"},
    {"empty lines", "\n" TIME "\n" TIME "x\r\n\n", "\n\nx\r\n\n"},
};

static void test_source(size_t chunk, size_t cap)
{
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        struct tki_source *up, *inside;
        struct tk_err err = {0};
        if (tki_source_open_memory(&up, samples[i].in, strlen(samples[i].in), chunk, &err) < 0 ||
            tki_prefix_open(&inside, up, NULL, &err) < 0)
            bail_out("no memory");
        struct outcome o = drain(inside, cap, NULL);
        tki_buf_putc(&o.bytes, 0);
        is_str(o.bytes.p, samples[i].inside, "%s: the lines, %zu bytes at a time", samples[i].name, chunk);
        is_int(o.code, 0, "%s: to the end", samples[i].name);
        tki_buf_free(&o.bytes);
        tki_source_close(inside);
    }
}

/* A line that is longer than what is looked at for a prefix, and than what is read at once. */
static void test_long(void)
{
    struct rng r = {7};
    struct tki_buf in = {0}, want = random_bytes(&r, 300000);
    tki_buf_lit(&in, TIME);
    tki_buf_put(&in, want.p, want.n);
    tki_buf_lit(&in, "\n" TIME "x");
    tki_buf_lit(&want, "\nx");
    struct tki_source *up, *inside;
    struct tk_err err = {0};
    if (tki_source_open_memory(&up, in.p, in.n, 0, &err) < 0 || tki_prefix_open(&inside, up, NULL, &err) < 0)
        bail_out("no memory");
    struct outcome o = drain(inside, 0, &r);
    ok(o.code == 0 && o.bytes.n == want.n && memcmp(o.bytes.p, want.p, want.n) == 0, "a long line");
    tki_buf_free(&o.bytes);
    tki_buf_free(&in);
    tki_buf_free(&want);
    tki_source_close(inside);
}

static void test_peek(void)
{
    bool cri;
    struct tki_buf b = {0};
    ok(tki_prefix_peek(TKI_STR("\n" TIME "stdout F {}\n" TIME "stdout F [\n"), NULL, &b, &cri) && cri,
       "containerd's is known");
    tki_buf_putc(&b, 0);
    is_str(b.p, "{}\n[\n", "and its lines");
    tki_buf_reset(&b);
    ok(!tki_prefix_peek(TKI_STR("{}\n" TIME "{}\n"), NULL, &b, &cri) && !b.n, "the first line decides");
    ok(!tki_prefix_peek(TKI_STR(" \n"), NULL, &b, &cri), "white space has nothing before it");
    tki_buf_free(&b);
}

static void test_learned(void)
{
    static const struct {
        const char *name, *before[2], *parts[3]; /* before: of every other line */
    } cases[] = {
        {"stern", {"app-7d9f app ", "app-7d9f app "}, {"app-7d9f app "}},
        {"mail", {"> ", "> "}, {"> "}},
        {"a tail", {TIME "web/1 ", "2026-05-01T13:00:00Z web/1 "}, {"web/1 "}},
        {"Heroku", {TIME "app[web.1]: ", TIME "app[web.1]: "}, {"app[web.1]: "}},
        {"RFC 5424", {"<14>1 " TIME "h a 1 - - ", "<14>1 2026-05-01T13:00:00Z h a 1 - - "}, {"<14>1 ", "h a 1 - - "}},
        {"one second", {"<14>Nov 21 10:00:00 h a[5]: ", "<14>Nov 21 10:00:00 h a[5]: "}, {"<14>"}},
        {"colours",
         {"\x1b[36mweb\x1b[0m \x1b[35mapp\x1b[0m ", "\x1b[36mweb\x1b[0m \x1b[35mapp\x1b[0m "},
         {"\x1b[36mweb\x1b[0m \x1b[35mapp\x1b[0m "}},
        {"nothing", {"a ", "b "}, {0}},
        {"JSON", {"", ""}, {0}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        static const char *const lines[] = {"{", "  \"a\": 1,", "  \"b\": [", "  ]", "}"};
        struct tki_buf in = {0}, inside = {0};
        struct tki_prefixes x;
        bool cri;
        for (int k = 0; k < 5; k++)
            tki_buf_printf(&in, "%s%s\n", cases[i].before[k % 2], lines[k]);
        tki_prefixes_learn(&x, (tk_str){in.p, in.n});
        unsigned n = 0;
        for (; n < 3 && cases[i].parts[n]; n++)
            ok(n < x.n && tki_str_eq((tk_str){x.common[n].text, x.common[n].n}, tki_str(cases[i].parts[n])),
               "%s: part %u", cases[i].name, n);
        is_uint(x.n, n, "%s: and no other", cases[i].name);
        if (n) {
            ok(tki_prefix_peek((tk_str){in.p, in.n}, &x, &inside, &cri), "%s: it stands there", cases[i].name);
            tki_buf_putc(&inside, 0);
            is_str(inside.p, "{\n  \"a\": 1,\n  \"b\": [\n  ]\n}\n", "%s: without it", cases[i].name);
        }
        tki_buf_free(&in);
        tki_buf_free(&inside);
    }
}

int main(void)
{
    test_prefixes();
    for (size_t chunk = 1; chunk < 70; chunk = chunk * 2 + 1)
        test_source(chunk, chunk > 30 ? 3 : 1000);
    test_long();
    test_peek();
    test_learned();
    return done_testing();
}
