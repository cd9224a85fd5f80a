/* Documents: what is refused, and each way of writing them. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "report/render.h"
#include "tap.h"

static const char *text_of(struct tki_buf *b)
{
    tki_buf_putc(b, 0);
    b->n--;
    return b->p;
}

/* ---- documents ---- */

static const struct tki_doc_column columns[] = {
    {.title = "service", .key = "name", .shrink = TKI_CUT},
    {.title = "spans", .key = "spans", .right = true},
    {.title = "p50", .key = "p50_ns", .right = true},
    {.title = "", .shrink = TKI_WRAP},
    {.key = "secret"},
};

static void add_row(struct tki_doc *d, const char *name, uint64_t spans, double ns, const char *note)
{
    tki_doc_row(d);
    tki_doc_cell(d, tki_d_name(tki_str(name)));
    tki_doc_cell(d, tki_d_count(spans));
    tki_doc_cell(d, tki_d_mean_ns(ns));
    tki_doc_cell(d, tki_d_words(note));
    tki_doc_cell(d, tki_d_bool(spans > 2));
    tki_doc_data(d, "extra", tki_d_count(spans * 2));
    tki_doc_array(d, "pair");
    tki_doc_data(d, NULL, tki_d_share(0.25));
    tki_doc_data(d, NULL, tki_d_none());
    tki_doc_end(d);
}

static void build(struct tki_doc *d, bool main)
{
    const struct tki_path_step step[] = {{TKI_STR("front"), TKI_STR("GET /"), "server"},
                                         {TKI_STR("back"), TKI_STR("call"), "client"}};
    tki_doc_init(d, "test", 7, "A <test>");
    tki_doc_verdict(d, NULL);
    tki_doc_say(d, "Keeps ");
    tki_doc_put(d, "kept", tki_d_count(1234));
    tki_doc_say(d, " traces.");
    tki_doc_line(d, NULL, "dump");
    tki_doc_put(d, "spans", tki_d_count(2583));
    tki_doc_say(d, " spans in %s", "a\x1b file");
    tki_doc_line(d, "load", "rate");
    tki_doc_put(d, "per_s", tki_d_estimate(tki_d_rate(12.5), 10, NAN, "measured"));
    tki_doc_data(d, "end", tki_d_time(1714564800250000000u));
    tki_doc_space(d);
    tki_doc_section(d, "inner", "Inside");
    tki_doc_indent(d, 2);
    tki_doc_paragraph(d, NULL);
    tki_doc_say(d, "On ");
    tki_doc_put(d, "path", tki_d_path(step, 2, false));
    tki_doc_say(d, ": between ");
    tki_doc_put(d, NULL, tki_d_code(TKI_STR("a b")));
    tki_doc_table(d, "services", columns, 5);
    if (main)
        tki_doc_main(d);
    tki_doc_shown(d, 2);
    add_row(d, "a\tb", 3, 41e6, "a note that is long enough for two lines of it");
    add_row(d, "service-with-a-long-name-eu-west-1", 2, NAN, NULL);
    add_row(d, "hidden", 1, 1, "");
    tki_doc_close(d);
    tki_doc_data(d, "behind", tki_d_bool(false));
    tki_doc_end(d);
    tki_doc_list(d, "list");
    for (int i = 0; i < 2; i++) {
        tki_doc_section(d, NULL, NULL);
        tki_doc_data(d, "i", tki_d_integer(i));
        tki_doc_end(d);
    }
    tki_doc_end(d);
}

static void render_is(const struct tki_doc *d, enum tki_rendering how, size_t width, const char *want)
{
    struct tki_buf b = {0};
    int rc = tki_doc_render(d, how, width, &b);
    is_int(rc, 0, "a document as %s is written", tki_rendering_names[how]);
    is_str(text_of(&b), want, "a document as %s in %zu columns", tki_rendering_names[how], width);
    tki_buf_free(&b);
}

static void test_text(void)
{
    struct tki_doc d;
    build(&d, false);
    render_is(&d, TKI_RENDER_TEXT, 60,
              "Keeps 1,234 traces.\n"
              "dump       2,583 spans in a\\x1b file\n"
              "rate       12.5 /s\n"
              "\n"
              "Inside\n"
              "  On front: GET / > back: call: between `a b`\n"
              "  service               spans      p50\n"
              "  a\\tb                      3  41.0 ms  a note that is long\n"
              "                                        enough for two lines\n"
              "                                        of it\n"
              "  service-wi\xe2\x80\xa6"
              "eu-west-1      2        -  -\n"
              "  and 1 more\n");
    render_is(&d, TKI_RENDER_TEXT, 30,
              "Keeps 1,234 traces.\n"
              "dump       2,583 spans in\n"
              "           a\\x1b file\n"
              "rate       12.5 /s\n"
              "\n"
              "Inside\n"
              "  On ... > back: call: between\n"
              "  `a b`\n"
              "  service   spans      p50\n"
              "  a\\tb          3  41.0 ms\n"
              "      a note that is long\n"
              "      enough for two lines of\n"
              "      it\n"
              "  serv\xe2\x80\xa6t-1      2        -\n"
              "  and 1 more\n");
    tki_doc_free(&d);
}

/* No line is wider than the terminal, whatever its width, once a single cell fits. */
static void test_no_rows(void)
{
    struct tki_doc d;
    tki_doc_init(&d, "test", 7, "Nothing");
    tki_doc_table(&d, "first", columns, 5);
    tki_doc_close(&d);
    tki_doc_line(&d, NULL, "dump");
    tki_doc_say(&d, "is there");
    tki_doc_space(&d);
    tki_doc_table(&d, "none", columns, 5);
    tki_doc_close(&d);
    tki_doc_space(&d);
    tki_doc_data(&d, "between", tki_d_count(1));
    tki_doc_table(&d, "nor", columns, 5);
    tki_doc_close(&d);
    tki_doc_line(&d, NULL, "end");
    tki_doc_say(&d, "here");
    render_is(&d, TKI_RENDER_TEXT, 60,
              "service  spans  p50\n"
              "dump       is there\n"
              "end        here\n");
    tki_doc_free(&d);
}

static void test_no_line_is_wider(void)
{
    struct tki_doc d;
    size_t wide = 0;
    build(&d, false);
    for (size_t width = 24; width <= 130; width++) {
        struct tki_buf b = {0};
        tki_doc_render(&d, TKI_RENDER_TEXT, width, &b);
        for (size_t i = 0; i < b.n;) {
            const char *end = memchr(b.p + i, '\n', b.n - i);
            size_t n = (size_t)(end - b.p) - i;
            wide += tki_text_width((tk_str){b.p + i, n}) > width;
            wide += n > 0 && b.p[i + n - 1] == ' ';
            i += n + 1;
        }
        tki_buf_free(&b);
    }
    is_uint(wide, 0, "no line is wider than the terminal or ends with a space");
    tki_doc_free(&d);
}

static void test_json(void)
{
    struct tki_doc d;
    build(&d, false);
    render_is(&d, TKI_RENDER_JSON, 0,
              "{\n"
              "  \"format\": \"tracekit.test\",\n"
              "  \"version\": 7,\n"
              "  \"verdict\": \"Keeps 1,234 traces.\",\n"
              "  \"kept\": 1234,\n"
              "  \"spans\": 2583,\n"
              "  \"load\": {\n"
              "    \"per_s\": {\n"
              "      \"value\": 12.5,\n"
              "      \"low\": 10,\n"
              "      \"high\": null,\n"
              "      \"from\": \"measured\"\n"
              "    },\n"
              "    \"end\": \"1714564800250000000\"\n"
              "  },\n"
              "  \"inner\": {\n"
              "    \"path\": [\n"
              "      {\n"
              "        \"service\": \"front\",\n"
              "        \"name\": \"GET /\",\n"
              "        \"kind\": \"server\"\n"
              "      },\n"
              "      {\n"
              "        \"service\": \"back\",\n"
              "        \"name\": \"call\",\n"
              "        \"kind\": \"client\"\n"
              "      }\n"
              "    ],\n"
              "    \"services\": [\n"
              "      {\n"
              "        \"name\": \"a\\tb\",\n"
              "        \"spans\": 3,\n"
              "        \"p50_ns\": 41000000,\n"
              "        \"secret\": true,\n"
              "        \"extra\": 6,\n"
              "        \"pair\": [\n"
              "          0.25,\n"
              "          null\n"
              "        ]\n"
              "      },\n"
              "      {\n"
              "        \"name\": \"service-with-a-long-name-eu-west-1\",\n"
              "        \"spans\": 2,\n"
              "        \"p50_ns\": null,\n"
              "        \"secret\": false,\n"
              "        \"extra\": 4,\n"
              "        \"pair\": [\n"
              "          0.25,\n"
              "          null\n"
              "        ]\n"
              "      },\n"
              "      {\n"
              "        \"name\": \"hidden\",\n"
              "        \"spans\": 1,\n"
              "        \"p50_ns\": 1,\n"
              "        \"secret\": false,\n"
              "        \"extra\": 2,\n"
              "        \"pair\": [\n"
              "          0.25,\n"
              "          null\n"
              "        ]\n"
              "      }\n"
              "    ],\n"
              "    \"behind\": false\n"
              "  },\n"
              "  \"list\": [\n"
              "    {\n"
              "      \"i\": 0\n"
              "    },\n"
              "    {\n"
              "      \"i\": 1\n"
              "    }\n"
              "  ]\n"
              "}\n");
    tki_doc_free(&d);
}

static void test_tsv(void)
{
    struct tki_doc d;
    build(&d, true);
    render_is(&d, TKI_RENDER_TSV, 0,
              "name\tspans\tp50_ns\tsecret\n"
              "a\\tb\t3\t41000000\ttrue\n"
              "service-with-a-long-name-eu-west-1\t2\t\tfalse\n"
              "hidden\t1\t1\tfalse\n");
    render_is(&d, TKI_RENDER_CSV, 0,
              "name,spans,p50_ns,secret\n"
              "a\tb,3,41000000,true\n"
              "service-with-a-long-name-eu-west-1,2,,false\n"
              "hidden,1,1,false\n");
    tki_doc_free(&d);
    tki_doc_init(&d, "test", 1, "t");
    tki_doc_data(&d, "comma", tki_d_name(TKI_STR("a,b")));
    tki_doc_data(&d, "quote", tki_d_name(TKI_STR("a \"b\"")));
    tki_doc_data(&d, "break", tki_d_name(TKI_STR("a\nb")));
    tki_doc_data(&d, "blank", tki_d_name(TKI_STR(" a")));
    tki_doc_data(&d, "none", tki_d_none());
    render_is(&d, TKI_RENDER_CSV, 0,
              "name,value\nformat,tracekit.test\nversion,1\n"
              "comma,\"a,b\"\nquote,\"a \"\"b\"\"\"\nbreak,\"a\nb\"\nblank,\" a\"\nnone,\n");
    tki_doc_free(&d);
    tki_doc_init(&d, "test", 1, "t");
    tki_doc_data(&d, "a", tki_d_count(UINT64_MAX));
    tki_doc_object(&d, "o");
    tki_doc_array(&d, "list");
    tki_doc_data(&d, NULL, tki_d_name(TKI_STR("x\\\n\xff")));
    tki_doc_data(&d, NULL, tki_d_number(0.1));
    tki_doc_end(&d);
    tki_doc_data(&d, "none", tki_d_none());
    tki_doc_end(&d);
    render_is(&d, TKI_RENDER_TSV, 0,
              "name\tvalue\n"
              "format\ttracekit.test\n"
              "version\t1\n"
              "a\t18446744073709551615\n"
              "o.list.0\tx\\\\\\n\xef\xbf\xbd\n"
              "o.list.1\t0.1\n"
              "o.none\t\n");
    tki_doc_free(&d);
}

static void test_markdown(void)
{
    struct tki_doc d;
    build(&d, false);
    render_is(&d, TKI_RENDER_MARKDOWN, 0,
              "# A &lt;test\\>\n"
              "\n"
              "**Keeps 1,234 traces.**\n"
              "\n"
              "- **dump**: 2,583 spans in a\\\\x1b file\n"
              "- **rate**: 12.5 /s\n"
              "\n"
              "## Inside\n"
              "\n"
              "On front: GET / \\> back: call: between `a b`\n"
              "\n"
              "| service | spans | p50 |  |\n"
              "|---|---:|---:|---|\n"
              "| a\\\\tb | 3 | 41.0 ms | a note that is long enough for two lines of it |\n"
              "| service-with-a-long-name-eu-west-1 | 2 | - | - |\n"
              "\n"
              "and 1 more\n");
    tki_doc_free(&d);
}

/* ---- rows that are made when they are written ---- */

struct maker {
    size_t calls, fail_at; /* SIZE_MAX: never */
    char name[16];
};

static int make_row(void *ctx, size_t i, struct tki_datum *cells)
{
    struct maker *m = ctx;
    m->calls++;
    if (i == m->fail_at)
        return TK_ENOMEM;
    snprintf(m->name, sizeof m->name, "row %zu", i); /* as long as the next call */
    cells[0] = tki_d_trace_id((tk_id128){i, 0xabc});
    cells[1] = tki_d_name(tki_str(m->name));
    cells[2] = i ? tki_d_ns((int64_t)i * 1500) : tki_d_none();
    return 0;
}

static void test_made_rows(void)
{
    static const struct tki_doc_column made[] = {
        {.title = "trace", .key = "trace:id", .shrink = TKI_PREFIX},
        {.title = "name", .key = "name", .shrink = TKI_CUT},
        {.title = "took", .key = "took", .right = true, .unit = "ns"},
    };
    struct maker m = {.fail_at = SIZE_MAX};
    struct tki_doc_rows rows = {.row = make_row, .ctx = &m, .n = 2};
    struct tki_doc d;
    struct tki_buf b = {0};
    tki_doc_init(&d, "query", 1, "Rows");
    tki_doc_json_lines(&d);
    tki_doc_table(&d, "rows", made, 3);
    tki_doc_main(&d);
    tki_doc_rows(&d, &rows);
    render_is(&d, TKI_RENDER_TEXT, 0,
              "trace                             name      took\n"
              "00000000000000000000000000000abc  row 0        -\n"
              "00000000000000010000000000000abc  row 1  1.50 us\n");
    render_is(&d, TKI_RENDER_TEXT, 30,
              "trace           name      took\n"
              "0000000000000\xe2\x80\xa6  row 0        -\n"
              "0000000000000\xe2\x80\xa6  row 1  1.50 us\n");
    render_is(&d, TKI_RENDER_JSON, 0,
              "{\"trace:id\":\"00000000000000000000000000000abc\",\"name\":\"row 0\",\"took\":null}\n"
              "{\"trace:id\":\"00000000000000010000000000000abc\",\"name\":\"row 1\",\"took\":1500}\n");
    render_is(&d, TKI_RENDER_TSV, 0,
              "trace:id\tname\ttook (ns)\n"
              "00000000000000000000000000000abc\trow 0\t\n"
              "00000000000000010000000000000abc\trow 1\t1500\n");
    render_is(&d, TKI_RENDER_MARKDOWN, 0,
              "# Rows\n\n| trace | name | took |\n|---|---|---:|\n"
              "| `00000000000000000000000000000abc` | row 0 | - |\n"
              "| `00000000000000010000000000000abc` | row 1 | 1.50 us |\n");
    m.fail_at = 1;
    for (int how = TKI_RENDER_TEXT; how <= TKI_RENDER_MARKDOWN; how++)
        is_int(tki_doc_render(&d, (enum tki_rendering)how, 80, &b), TK_ENOMEM, "a row that cannot be made: no %s",
               tki_rendering_names[how]);
    is_uint(b.n, 0, "and nothing is written");
    rows.n = 0;
    render_is(&d, TKI_RENDER_TEXT, 80, "trace  name  took\n");
    render_is(&d, TKI_RENDER_JSON, 80, "");
    render_is(&d, TKI_RENDER_TSV, 80, "trace:id\tname\ttook (ns)\n");
    tki_doc_free(&d);
    tki_buf_free(&b);
}

/* ---- findings ---- */

static void build_findings(struct tki_doc *d)
{
    tki_doc_init(d, "lint", 1, "Findings");
    tki_doc_input(d, "dir a/dump.json");
    tki_doc_input(d, "other");
    tki_doc_list(d, "findings");
    tki_doc_finding(d, "fine", TKI_GOOD);
    tki_doc_say(d, "good");
    tki_doc_end(d);
    tki_doc_finding(d, "orphans", TKI_ERROR);
    tki_doc_put(d, "spans", tki_d_count(8));
    tki_doc_say(d, " spans name <no> parent \"#1\" & more");
    tki_doc_line(d, NULL, "example");
    tki_doc_put(d, "trace_id", tki_d_trace_id((tk_id128){1, 2}));
    tki_doc_next_step(d, "Use %s.", "--repair");
    tki_doc_end(d);
    tki_doc_finding(d, "unset", TKI_WARNING);
    tki_doc_place(d, (struct tki_location){"conf\x1b.yaml", 3, 9});
    tki_doc_say(d, "not set");
    tki_doc_end(d);
    tki_doc_finding(d, "orphans", TKI_NOTE);
    tki_doc_say(d, "again");
    tki_doc_end(d);
    tki_doc_end(d);
}

/* Lines that stay as they are, and bars. */
static void test_literal(void)
{
    static const struct tki_doc_column bars[] = {{.title = "month", .key = "month"},
                                                 {.title = "$", .key = "dollars", .right = true, .bar = true}};
    const double dollars[] = {25, 100, NAN, 0};
    struct tki_doc d;
    struct tki_buf to = {0};
    tki_doc_init(&d, "literal", 1, "Literal");
    tki_doc_literal(&d, "policy", TKI_STR("a:\n  - <b> \x1b\n\n``` c"));
    tki_doc_table(&d, "months", bars, 2);
    for (size_t i = 0; i < 4; i++) {
        tki_doc_row(&d);
        tki_doc_cell(&d, tki_d_count(i));
        tki_doc_cell(&d, tki_d_dollars(dollars[i]));
    }
    tki_doc_render(&d, TKI_RENDER_TEXT, 8, &to);
    ok(strstr(text_of(&to), "a:\n  - <b> \\x1b\n\n``` c\n") == to.p, "as text it is not wrapped, and harmless");
    tki_buf_reset(&to);
    tki_doc_render(&d, TKI_RENDER_JSON, 0, &to);
    ok(strstr(text_of(&to), "\"policy\": \"a:\\n  - <b> \\u001B\\n\\n``` c\"") != NULL, "in JSON it is a string");
    tki_buf_reset(&to);
    tki_doc_render(&d, TKI_RENDER_MARKDOWN, 0, &to);
    ok(strstr(text_of(&to), "\n````\na:\n  - <b> \\x1b\n\n``` c\n````\n") != NULL, "in Markdown a fenced block");
    tki_buf_reset(&to);
    tki_doc_render(&d, TKI_RENDER_HTML, 0, &to);
    ok(strstr(text_of(&to), "<pre>a:\n  - &lt;b&gt; \\x1b\n\n``` c\n</pre>") != NULL, "on a page a pre");
    ok(strstr(to.p, "<span class=\"bar\" style=\"width:2.00em\"></span><span class=\"beside\">25.00</span></td>") &&
           strstr(to.p, "width:8.00em\"></span><span class=\"beside\">100") && strstr(to.p, "width:0.00em"),
       "bars are as long as their numbers, and end where these begin");
    ok(strstr(to.p, "<td class=\"number\"><span class=\"beside\">-</span></td>") != NULL, "what is not known has none");
    tki_buf_free(&to);
    tki_doc_free(&d);
}

static void test_findings(void)
{
    struct tki_doc d;
    build_findings(&d);
    render_is(&d, TKI_RENDER_TEXT, 80,
              "orphans    8 spans name <no> parent \"#1\" & more\n"
              "           example    00000000000000010000000000000002\n"
              "           Use --repair.\n"
              "unset      not set\n"
              "orphans    again\n"
              "ok         fine\n");
    render_is(&d, TKI_RENDER_TAP, 0,
              "TAP version 13\n"
              "1..4\n"
              "ok 1 - fine\n"
              "not ok 2 - orphans: 8 spans name <no> parent \"\\#1\" & more\n"
              "  ---\n"
              "  severity: error\n"
              "  evidence: |\n"
              "    example    00000000000000010000000000000002\n"
              "    Use --repair.\n"
              "  ...\n"
              "ok 3 - unset: warning: conf\\\\x1b.yaml:3:9: not set\n"
              "ok 4 - orphans: note: again\n");
    render_is(&d, TKI_RENDER_JUNIT, 0,
              "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
              "<testsuites tests=\"4\" failures=\"1\">\n"
              "  <testsuite name=\"tracekit.lint\" tests=\"4\" failures=\"1\" errors=\"0\">\n"
              "    <testcase classname=\"tracekit.lint\" name=\"fine\"/>\n"
              "    <testcase classname=\"tracekit.lint\" name=\"orphans\">\n"
              "      <failure type=\"error\" message=\"8 spans name &lt;no&gt; parent &quot;#1&quot; &amp; more\">"
              "example    00000000000000010000000000000002\n"
              "Use --repair.\n"
              "</failure>\n"
              "    </testcase>\n"
              "    <testcase classname=\"tracekit.lint\" name=\"unset\" file=\"conf\\x1b.yaml\" line=\"3\">\n"
              "      <system-out>warning: conf\\x1b.yaml:3:9: not set\n"
              "</system-out>\n"
              "    </testcase>\n"
              "    <testcase classname=\"tracekit.lint\" name=\"orphans\">\n"
              "      <system-out>note: again\n"
              "</system-out>\n"
              "    </testcase>\n"
              "  </testsuite>\n"
              "</testsuites>\n");
    tki_doc_free(&d);
}

/* What GitHub demands of SARIF, looked up in the tree. */
static void test_sarif(void)
{
    struct tki_doc d;
    struct tki_buf b = {0};
    json_t *root = NULL;
    struct tk_err err = {0};
    build_findings(&d);
    tki_doc_render(&d, TKI_RENDER_SARIF, 0, &b);
    is_int(tki_json_read((tk_str){b.p, b.n}, &root, &err), 0, "SARIF is JSON");
    is_str(json_string_value(json_object_get(root, "version")), "2.1.0", "its version");
    json_t *run = json_array_get(json_object_get(root, "runs"), 0);
    json_t *driver = json_object_get(json_object_get(run, "tool"), "driver");
    is_str(json_string_value(json_object_get(driver, "name")), "tracekit", "the tool");
    is_uint(json_array_size(json_object_get(driver, "rules")), 3, "a rule for each id");
    json_t *results = json_object_get(run, "results");
    is_uint(json_array_size(results), 3, "a result for what is not good");
    static const struct {
        const char *rule, *level, *text, *uri;
        int index, line;
    } want[] = {
        {"orphans", "error", "8 spans name <no> parent \"#1\" & more\nUse --repair.", "dir%20a/dump.json", 1, 0},
        {"unset", "warning", "not set", "conf%1B.yaml", 2, 3},
        {"orphans", "note", "again", "dir%20a/dump.json", 1, 0}};
    for (size_t i = 0; i < 3; i++) {
        json_t *r = json_array_get(results, i);
        json_t *place = json_object_get(json_array_get(json_object_get(r, "locations"), 0), "physicalLocation");
        is_str(json_string_value(json_object_get(r, "ruleId")), want[i].rule, "rule of result %zu", i);
        is_int(json_integer_value(json_object_get(r, "ruleIndex")), want[i].index, "and its index");
        is_str(json_string_value(json_object_get(r, "level")), want[i].level, "and its level");
        is_str(json_string_value(json_object_get(json_object_get(r, "message"), "text")), want[i].text, "and its text");
        is_str(json_string_value(json_object_get(json_object_get(place, "artifactLocation"), "uri")), want[i].uri,
               "and its file");
        is_int(json_integer_value(json_object_get(json_object_get(place, "region"), "startLine")), want[i].line,
               "and its line");
    }
    json_decref(root);
    tki_buf_free(&b);
    tki_doc_free(&d);
}

static void test_github(void)
{
    struct tki_doc d;
    struct tki_buf b = {0};
    build_findings(&d);
    tki_doc_render(&d, TKI_RENDER_GITHUB, 0, &b);
    tki_buf_putc(&b, '\0');
    ok(strncmp(b.p, "::notice title=", 15) == 0, "the verdict first");
    ok(strstr(b.p, "\n::error title=orphans::8 spans name <no> parent \"#1\" & more%0A"
                   "example    00000000000000010000000000000002%0AUse --repair.\n"),
       "an error without a place, examples, and what to do");
    ok(strstr(b.p, "\n::warning file=conf%1B.yaml,line=3,col=9,title=unset::not set\n"), "a warning with its place");
    ok(strstr(b.p, "\n::notice title=orphans::again\n"), "a note");
    tki_buf_free(&b);
    tki_doc_free(&d);
}

/* ---- errors ---- */

static void test_errors(void)
{
    struct tki_doc d;
    struct tki_buf b = {0};
    build(&d, false);
    d.err = TK_ENOMEM; /* as when the arena could not grow */
    tki_doc_line(&d, NULL, "more");
    tki_doc_say(&d, "words");
    for (int how = 0; how < TKI_RENDERINGS; how++)
        is_int(tki_doc_render(&d, (enum tki_rendering)how, 80, &b), TK_ENOMEM, "a document with holes is not %s",
               tki_rendering_names[how]);
    is_uint(b.n, 0, "and nothing of it is written");
    tki_doc_free(&d);
    build(&d, false);
    for (int how = 0; how < TKI_RENDERINGS; how++) {
        struct tki_buf small = {.max = 20};
        tki_buf_lit(&small, "before");
        is_int(tki_doc_render(&d, (enum tki_rendering)how, 80, &small), TK_ENOMEM, "%s that does not fit is an error",
               tki_rendering_names[how]);
        is_uint(small.n, 6, "and leaves nothing behind");
        tki_buf_free(&small);
    }
    tki_doc_free(&d);
    tki_buf_free(&b);
}

static void read_fails(const char *text, const char *want)
{
    json_t *doc;
    struct tk_err err = {0};
    is_int(tki_json_read(tki_str(text), &doc, &err), TK_EINVALID, "'%s' is refused", text);
    ok(strncmp(err.text, want, strlen(want)) == 0, "at '%s': '%s'", want, err.text);
}

static void test_json_numbers(void)
{
    struct tki_buf b = {0};
    json_t *list = json_array();
    json_array_append_new(list, tki_json_new_u64(UINT64_C(1) << 53));
    json_array_append_new(list, tki_json_new_u64((UINT64_C(1) << 53) + 1));
    json_array_append_new(list, tki_json_new_i64(-(INT64_C(1) << 53)));
    json_array_append_new(list, tki_json_new_i64(INT64_MIN));
    json_array_append_new(list, tki_json_new_digits(1));
    json_array_append_new(list, tki_json_new_real(0.1));
    json_array_append_new(list, tki_json_new_real(1.0 / 3));
    json_array_append_new(list, tki_json_new_real(-0.0));
    json_array_append_new(list, tki_json_new_real(NAN));
    json_array_append_new(list, tki_json_new_str(TKI_STR("a\"\xff\xc3(")));
    json_array_append_new(list, tki_json_new_str((tk_str){"\0b", 2}));
    tki_json_write(list, true, &b);
    is_str(text_of(&b),
           "[9007199254740992,\"9007199254740993\",-9007199254740992,\"-9223372036854775808\",\"1\",0.1,"
           "0.3333333333333333,0,null,\"a\\\"\xef\xbf\xbd\xef\xbf\xbd(\",\"\\u0000b\"]",
           "numbers that doubles do not hold are strings");
    json_decref(list);
    tki_buf_free(&b);
    read_fails("{\"a\": 1,\n \"b\" 2}", "line 2, column ");
    read_fails("{\"a\": 1, \"a\": 2}", "line 1, column ");
    read_fails("{} {}", "line 1, column ");
    read_fails("", "line 1, column 0");
}

int main(void)
{
    test_text();
    test_no_rows();
    test_no_line_is_wider();
    test_json();
    test_tsv();
    test_markdown();
    test_made_rows();
    test_literal();
    test_findings();
    test_sarif();
    test_github();
    test_errors();
    test_json_numbers();
    return done_testing();
}
