/* Queries: what is accepted and printed, what is refused and where, precedence, limits. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/term.h"
#include "expr/traceql/query.h"
#include "tap.h"

static char *printed(const char *text, size_t n)
{
    struct tki_query *q;
    struct tk_err err = {0};
    struct tki_buf b = {0};
    if (tki_query_parse(&q, (tk_str){text, n}, &err) < 0) {
        diag("%.*s: byte %u: %s", (int)n, text, (unsigned)err.offset, err.text);
        return NULL;
    }
    tki_query_print(q, &b);
    tki_query_free(q);
    tki_buf_putc(&b, '\0');
    return b.p;
}

static void identity(const char *text, size_t n)
{
    char *once = printed(text, n), *twice = once ? printed(once, strlen(once)) : NULL;
    ok(once && twice && strcmp(once, twice) == 0, "%.*s", (int)n, text);
    if (once && twice && strcmp(once, twice) != 0)
        diag("%s\n%s", once, twice);
    free(once);
    free(twice);
}

static FILE *list(const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/testdata/traceql/%s", getenv("TRACEKIT_TOP") ? getenv("TRACEKIT_TOP") : ".", name);
    FILE *f = fopen(path, "r");
    if (!f)
        bail_out("cannot read %s", path);
    return f;
}

static void test_list(const char *name)
{
    FILE *f = list(name);
    char line[2048];
    unsigned n = 0;
    while (fgets(line, sizeof line, f)) {
        line[strcspn(line, "\n")] = '\0';
        if (!line[0] || line[0] == '#')
            continue;
        n++;
        identity(line, strlen(line));
    }
    fclose(f);
    ok(n > 10, "%s has %u queries", name, n);
}

static void test_refused(void)
{
    FILE *f = list("refused.txt");
    char line[2048];
    while (fgets(line, sizeof line, f)) {
        char *tab = strchr(line, '\t');
        struct tki_query *q;
        struct tk_err err = {0};
        if (!tab)
            bail_out("a line without a tab");
        *tab = '\0';
        int r = tki_query_parse(&q, (tk_str){line, strlen(line)}, &err);
        ok(r == TK_EUSAGE && !q && err.has_offset && err.offset == (uint64_t)atoi(tab + 1), "refused: %s", line);
        if (r == 0)
            tki_query_free(q);
        else
            diag("at %u: %s", (unsigned)err.offset, err.text);
    }
    fclose(f);
}

static void test_print(void)
{
    static const char *const pairs[][2] = {
        {"{.a||.b&&.c}", "{ (.a || .b) && .c }"}, /* one level, from the left, as in Tempo */
        {"{.a && .b || .c}", "{ (.a && .b) || .c }"},
        {"{ .a = 1 && .b = 2 }", "{ (.a = 1) && (.b = 2) }"},
        {"{-.a * 2 > 1}", "{ (-(.a * 2)) > 1 }"},
        {"{-.a + 2 > 1}", "{ ((-.a) + 2) > 1 }"},
        {"{!.a = .b}", "{ (!.a) = .b }"},
        {"{2 ^ 3 ^ 2 = 1}", "{ (2 ^ (3 ^ 2)) = 1 }"},
        {"{2 ^ -3 * 4 = 1}", "{ (2 ^ (-(3 * 4))) = 1 }"},
        {"{8 / 4 / 2 = 1 - 2 - 3}", "{ ((8 / 4) / 2) = ((1 - 2) - 3) }"},
        {"{} && {} || {}", "({ } && { }) || { }"},
        {"{} >> {} && {} > {}", "({ } >> { }) && ({ } > { })"},
        {"{} > {} > {}", "({ } > { }) > { }"},
        {"{} !~ {}", "{ } !~ { }"},
        {"{ .a !~ \"b\" }", "{ .a !~ \"b\" }"},
        {"{ duration > 90s }", "{ span:duration > 90s }"},
        {"{ duration > 1h30m }", "{ span:duration > 90m }"},
        {"{ duration > 1.5ms }", "{ span:duration > 1500us }"},
        {"{ duration > 1d }", "{ span:duration > 24h }"},
        {"{ duration > 9223372036854775807ns }", "{ span:duration > 9223372036854775807ns }"},
        {"{ .a = 1.0 }", "{ .a = 1.0 }"},
        {"{ .a = 1e21 }", "{ .a = 1e+21 }"},
        {"{ .a = .5 }", "{ .a = 0.5 }"},
        {"{ nil != .a }", "{ .a != nil }"},
        {"{ .a = nil }", "{ .a = nil }"},
        {"{ .a = `x\\y` }", "{ .a = \"x\\\\y\" }"},
        {"{ .a = \"\\u00e9\\n\\x01\" }", "{ .a = \"\xc3\xa9\\n\\x01\" }"},
        {"{ trace:id = \"ABC\" }", "{ trace:id = \"00000000000000000000000000000abc\" }"},
        {"{ \"0f\" != span:id }", "{ \"000000000000000f\" != span:id }"},
        {"{ trace:id = \"xyz\" }", "{ trace:id = \"xyz\" }"},
        {"{ span.\"a b\".c = 1 }", "{ span.\"a b.c\" = 1 }"},
        {"{ .\"5\" = 1 }", "{ .\"5\" = 1 }"},
        {"{ parent.\"span.a\" = 1 }", "{ parent.\"span.a\" = 1 }"},
        {"{ parent.duration > 1s }", "{ parent.duration > 1s }"},
        {"{ .name = 1 }", "{ .name = 1 }"},
        {"{.a=1}|{.b=2}", "{ .a = 1 } | { .b = 2 }"},
        {"(({}))", "{ }"},
        {"{ } | count() > -1", "{ } | count() > (-1)"},
        {"{ .a = 10KiB }", "{ .a = 10240 }"},
        {"{ } | rate() > 1s", "{ } | rate() | > 1s"},
        {"{ } | compare({status=error})", "{ } | compare({ span:status = error }, 10)"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        char *got = printed(pairs[i][0], strlen(pairs[i][0]));
        is_str(got, pairs[i][1], "%s", pairs[i][0]);
        free(got);
    }
}

static void test_keys(void)
{
    static const char *const queries[][2] = {
        {"{ .a = 1 && span.b = .a && resource.c = 2 && event.d = 3 } | by(parent.e) | max(.f) > 1", "a b e f"},
        {"{ span.a = 1 } | select(span.b, name)", "a b"},
        {"{ .a = 1 } | rate() by (span.b)", "a b"},
        {"{ name = \"x\" }", ""},
        {"{ .a = 1 && span:dark > 1ms }", "a db.system db.system.name"}, /* spans that are opaque by nature */
        {"{ .a = 1 } | compare({ .b = 2 })", ""},
    };
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
        struct tki_query *q;
        struct tk_err err = {0};
        struct tki_buf b = {0};
        if (tki_query_parse(&q, tki_str(queries[i][0]), &err) < 0)
            bail_out("%s: %s", queries[i][0], err.text);
        size_t n;
        const tk_str *keys = tki_query_keys(q, &n);
        for (size_t k = 0; k < n; k++) {
            if (k)
                tki_buf_putc(&b, ' ');
            tki_buf_str(&b, keys[k]);
        }
        tki_buf_putc(&b, '\0');
        is_str(b.p, queries[i][1], "attributes of %s", queries[i][0]);
        tki_buf_free(&b);
        tki_query_free(q);
    }
}

static void test_limits(void)
{
    struct tki_query *q;
    struct tk_err err = {0};
    struct tki_buf b = {0};
    tki_buf_lit(&b, "{ ");
    for (int i = 0; i < 300; i++)
        tki_buf_putc(&b, '(');
    ok(tki_query_parse(&q, (tk_str){b.p, b.n}, &err) == TK_EUSAGE && strstr(err.text, "deeply"), "deep: %s", err.text);
    tki_buf_reset(&b);
    tki_buf_lit(&b, "{ .a");
    for (int i = 0; i < 2000; i++)
        tki_buf_lit(&b, " || .b");
    tki_buf_lit(&b, " }");
    ok(tki_query_parse(&q, (tk_str){b.p, b.n}, &err) == 0, "a chain of 2000");
    tki_query_free(q);
    tki_buf_reset(&b);
    tki_buf_lit(&b, "{ .a");
    for (int i = 0; i < 9000; i++)
        tki_buf_lit(&b, "||.b");
    ok(tki_query_parse(&q, (tk_str){b.p, b.n}, &err) == TK_EUSAGE && strstr(err.text, "many"), "long: %s", err.text);
    tki_buf_reset(&b);
    for (int i = 0; i < 70000; i++)
        tki_buf_putc(&b, ' ');
    ok(tki_query_parse(&q, (tk_str){b.p, b.n}, &err) == TK_ELIMIT, "%s", err.text);
    tki_buf_free(&b);
}

static void caret(const char *text, uint64_t offset, const char *want)
{
    struct tki_buf b = {0};
    tki_buf_caret(&b, (tk_str){text, strlen(text)}, offset);
    tki_buf_putc(&b, '\0');
    is_str(b.p, want, "caret at %u", (unsigned)offset);
    tki_buf_free(&b);
}

static void test_caret(void)
{
    caret("{ x }", 2, "  { x }\n    ^\n");
    caret("{ x", 99, "  { x\n     ^\n");
    caret("{ a\n  && b }", 9, "    && b }\n       ^\n");
    caret("{ \xc3\xa9\xc3\xa9 = @ }", 9, "  { \xc3\xa9\xc3\xa9 = @ }\n         ^\n");
    caret("{ \"\u65e5\u672c\" @ }", 11, "  { \"\u65e5\u672c\" @ }\n           ^\n"); /* two columns each */
    caret("{ \"e\u0301\" @ }", 8, "  { \"e\u0301\" @ }\n        ^\n");               /* a mark takes none */
    caret("{\t@ }\r\n", 2, "  { @ } \n    ^\n");
    caret("{ \"\x1b[31m\xc2\x9b\xff\" @ }", 13, "  { \"\\x1b[31m\\u{9b}\\xff\" @ }\n                         ^\n");
    caret("{ \u65e5", 3, "  { \u65e5\n    ^\n");
    caret("", 0, "  \n  ^\n");
    char line[201];
    memset(line, 'a', 200);
    line[200] = '\0';
    struct tki_buf b = {0};
    tki_buf_caret(&b, (tk_str){line, 200}, 150);
    ok(b.n < 200 && memcmp(b.p, "  ...aaa", 8) == 0, "a long line is cut");
    tki_buf_free(&b);
}

int main(void)
{
    test_list("documented.txt");
    test_list("shapes.txt");
    test_list("ours.txt");
    test_refused();
    test_print();
    test_keys();
    test_limits();
    test_caret();
    return done_testing();
}
