/* YAML as the collector reads it: aliases, merge keys, limits, several files, variables. */
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "sample/config/yaml.h"
#include "tap.h"

static struct tki_arena arena;
static struct tki_warnings warnings;
static struct tk_err err;
static const struct tki_yaml y = {.arena = &arena, .warnings = &warnings, .err = &err};

static void put_node(struct tki_buf *to, const struct tki_yaml_node *node)
{
    if (!node)
        return;
    if (node->kind == TKI_YAML_SCALAR)
        tki_buf_printf(to, node->is_text ? "'%.*s'" : "%.*s", (int)node->text.n, node->text.n ? node->text.p : "");
    else
        tki_buf_putc(to, node->kind == TKI_YAML_LIST ? '[' : '{');
    for (uint32_t i = 0; i < node->n; i++) {
        if (i)
            tki_buf_putc(to, ' ');
        if (node->kind == TKI_YAML_MAP)
            tki_buf_printf(to, "%.*s:", (int)node->key[i]->text.n, node->key[i]->text.p);
        put_node(to, node->item[i]);
    }
    if (node->kind != TKI_YAML_SCALAR)
        tki_buf_putc(to, node->kind == TKI_YAML_LIST ? ']' : '}');
}

static void is_tree(const struct tki_yaml_node *root, const char *wanted, const char *what)
{
    struct tki_buf b = {0};
    put_node(&b, root);
    tki_buf_putc(&b, '\0');
    ok(strcmp(b.p, wanted) == 0, "%s: %s", what, b.p);
    tki_buf_free(&b);
}

static void reads(const char *text, const char *wanted, const char *what)
{
    struct tki_yaml_node *root;
    err = (struct tk_err){0};
    if (tki_yaml_parse(&y, "c.yaml", tki_str(text), &root) < 0)
        ok(false, "%s: %s: %s", what, err.source, err.text);
    else
        is_tree(root, wanted, what);
}

static void fails(const char *text, int code, const char *place, const char *why)
{
    struct tki_yaml_node *root;
    err = (struct tk_err){0};
    int rc = tki_yaml_parse(&y, "c.yaml", tki_str(text), &root);
    ok(rc == code && strcmp(err.source, place) == 0 && strstr(err.text, why), "%s: %s", err.source, err.text);
}

static void test_trees(void)
{
    reads("", "", "nothing");
    reads("# a comment\n", "", "a comment");
    reads("a: 1\nb: [x, 'y', !!str 5]\nc:\n  d: |\n    text\n", "{a:1 b:[x 'y' '5'] c:{d:'text\n'}}", "all kinds");
    reads("a: &x [1, 2]\nb: *x\nc: &x 3\nd: *x\n", "{a:[1 2] b:[1 2] c:3 d:3}", "an anchor may be given again");
    reads("a: &x 1\nb: {<<: {p: *x, q: 2}, q: 3}\n", "{a:1 b:{q:3 p:1}}", "a mapping's own keys beat merged ones");
    reads("- &m {p: 1, q: 2}\n- &n {q: 9, r: 9}\n- {<<: [*m, *n], s: 4}\n", "[{p:1 q:2} {q:9 r:9} {s:4 p:1 q:2 r:9}]",
          "of merged mappings the first that has a key counts");
    reads("['a''''b', '''''''', 'it''s', '''''''''''''''''''''''''''' ]", "['a''b' ''''' 'it's' ''''''''''''''']",
          "quotes that are written twice");
    reads("['  a b \t\n  c\n\n\r\n d ''\n', ' \n', 'a\r\n\r\nb']", "['  a b c\n\nd ' ' ' ' 'a\nb']",
          "lines between single quotes");
    reads("[\"\\ \n\n      \", \"#\\ \n   \\_\"]", "[' \n' '#  \u00a0']", "escaped blanks at the end of a line");
    reads("a: |2\n      \nb: >+\n   c\n   d\n\n", "{a:'    \n' b:'c d\n\n'}", "blanks that are text");
    reads("{'<<': 1}", "{<<:1}", "a quoted << is a key");
    warnings.n = 0;
    reads("a: 1\n---\nb: 2\n", "{a:1}", "the first of two documents");
    ok(warnings.n == 1 && strcmp(warnings.text[0], "c.yaml:2: a second document: only the first is read") == 0, "%s",
       warnings.n ? warnings.text[0] : "no warning");
}

static void test_errors(void)
{
    fails("a: [1\nb: 2\n", TK_EUSAGE, "c.yaml:2:2", "not valid YAML");
    fails("a: *x\n", TK_EUSAGE, "c.yaml:1:4", "the alias *x names no anchor before it");
    fails("a: *x\nb: &x 1\n", TK_EUSAGE, "c.yaml:1:4", "names no anchor before it");
    fails("a: &x [1, *x]\n", TK_EUSAGE, "c.yaml:1:11", "the alias *x stands inside what it names");
    fails("a: 1\nb: 2\na: 3\n", TK_EUSAGE, "c.yaml:3:1", "the key 'a' stands there twice");
    fails("? [1]\n: 2\n", TK_EUSAGE, "c.yaml:1:4", "a key that is a list or a mapping");
    fails("a: {<<: 1}\n", TK_EUSAGE, "c.yaml:1:5", "<< takes a mapping");
    fails("a: \xff\n", TK_EUSAGE, "c.yaml", "no UTF-8");
    ok(err.has_offset && err.offset == 3, "at byte %llu", (unsigned long long)err.offset);
    fails("a: '\x10'\n", TK_EUSAGE, "c.yaml", "control characters are not allowed (0x10)");
    ok(err.has_offset && err.offset == 4, "at byte %llu", (unsigned long long)err.offset);
    fails("a: \x7f\n", TK_EUSAGE, "c.yaml", "control characters are not allowed (0x7f)");
    reads("a:\t\"\\x10\"\r\n", "{a:'\x10'}", "a tab, an end of a line, and what is written as an escape");
}

/* Lists, each of ten of the one before: 10^n values in n lines. */
static void test_limits(void)
{
    struct tki_buf b = {0};
    tki_buf_lit(&b, "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for (int i = 1; i < 30; i++) {
        tki_buf_printf(&b, "a%d: &a%d [", i, i);
        for (int k = 0; k < 10; k++)
            tki_buf_printf(&b, "%s*a%d", k ? "," : "", i - 1);
        tki_buf_lit(&b, "]\n");
    }
    tki_buf_putc(&b, '\0');
    fails(b.p, TK_ELIMIT, "c.yaml:6:5", "more than 1000000 values");
    tki_buf_reset(&b);
    /* Mappings, each with the keys of the one before and one more. */
    tki_buf_lit(&b, "m0: &m0 {k0: 1}\n");
    for (int i = 1; i < 2000; i++)
        tki_buf_printf(&b, "m%d: &m%d {<<: *m%d, k%d: 1}\n", i, i, i - 1, i);
    tki_buf_putc(&b, '\0');
    fails(b.p, TK_ELIMIT, "c.yaml:1415:16", "the keys << bring more than 1000000 values");
    tki_buf_reset(&b);
    for (int i = 0; i < TKI_YAML_DEPTH_MAX; i++)
        tki_buf_putc(&b, '[');
    for (int i = 0; i < TKI_YAML_DEPTH_MAX; i++)
        tki_buf_putc(&b, ']');
    tki_buf_putc(&b, '\0');
    struct tki_yaml_node *root;
    ok(tki_yaml_parse(&y, "c.yaml", tki_str(b.p), &root) == 0, "%d lists inside each other", TKI_YAML_DEPTH_MAX);
    tki_buf_reset(&b);
    for (int i = 0; i < 100000; i++)
        tki_buf_putc(&b, '[');
    tki_buf_putc(&b, '\0');
    fails(b.p, TK_ELIMIT, "c.yaml:1:65", "more than 64 lists and mappings inside each other");
    tki_buf_free(&b);
}

static void merges(const char *base, const char *later, const char *wanted, const char *what)
{
    struct tki_yaml_node *a = NULL, *b = NULL, *both = NULL;
    if (tki_yaml_parse(&y, "a.yaml", tki_str(base), &a) < 0 || tki_yaml_parse(&y, "b.yaml", tki_str(later), &b) < 0 ||
        tki_yaml_merge(&y, a, b, &both) < 0)
        ok(false, "%s: %s", what, err.text);
    else
        is_tree(both, wanted, what);
}

static void test_merging(void)
{
    merges("", "a: 1\n", "{a:1}", "nothing and something");
    merges("a: 1\n", "", "{a:1}", "something and nothing");
    merges("a: {b: {c: 1, d: 2}, e: 3}\n", "a: {b: {d: 4, f: 5}}\n", "{a:{b:{c:1 d:4 f:5} e:3}}",
           "mappings are merged");
    merges("a: [1, 2, 3]\n", "a: [4]\n", "{a:[4]}", "lists are replaced");
    merges("a: {b: 1}\n", "a: 2\n", "{a:2}", "a mapping is replaced by something else");
    merges("a: 2\n", "a: {b: 1}\n", "{a:{b:1}}", "and the other way round");
    merges("a: {b: 1}\n", "a:\n", "{a:}", "also by nothing");
    merges("a: {b: 1}\n", "a: {}\n", "{a:{b:1}}", "an empty mapping changes nothing");
    merges("a: &x {b: 1}\nc: *x\n", "a: {b: 2}\n", "{a:{b:2} c:{b:1}}", "an alias keeps what it named");
    struct tki_yaml_node *a = NULL, *b = NULL, *both = NULL;
    if (tki_yaml_parse(&y, "a.yaml", TKI_STR("a: {b: 1, c: 2}\n"), &a) == 0 &&
        tki_yaml_parse(&y, "b.yaml", TKI_STR("a:\n  c: 3\n"), &b) == 0 && tki_yaml_merge(&y, a, b, &both) == 0) {
        const struct tki_yaml_node *at = tki_yaml_get(tki_yaml_get(both, "a"), "c");
        ok(strcmp(at->pos.file, "b.yaml") == 0 && at->pos.line == 2, "a value knows its file: %s:%d", at->pos.file,
           at->pos.line);
    }
}

struct all {
    tk_str text;
    struct tki_strings list;
    int64_t whole, wait;
    double number;
    bool yes;
};

static void unset(const char *text, const char *wanted)
{
    static const struct tki_setting settings[] = {
        {"text", TKI_SETTING_STRING, offsetof(struct all, text)},
        {"list", TKI_SETTING_STRINGS, offsetof(struct all, list)},
        {"whole", TKI_SETTING_I64, offsetof(struct all, whole)},
        {"wait", TKI_SETTING_DURATION, offsetof(struct all, wait)},
        {"number", TKI_SETTING_DOUBLE, offsetof(struct all, number)},
        {"yes", TKI_SETTING_BOOL, offsetof(struct all, yes)},
        {0},
    };
    struct tki_yaml_node *root;
    struct all all = {0};
    tki_warnings_free(&warnings);
    int rc = tki_yaml_parse(&y, "c.yaml", tki_str(text), &root);
    if (rc == 0)
        rc = tki_yaml_decode(&y, root, settings, &all, "settings");
    const char *got = rc < 0 ? err.text : warnings.n ? warnings.text[0] : "";
    ok(strcmp(got, wanted) == 0, "%s: %s", text, got);
}

static void test_variables(void)
{
    unsetenv("TK_TEST_NONE");
    setenv("TK_TEST_EMPTY", "", 1);
    setenv("TK_TEST_SET", "1", 1);
    unset("number: ${env:TK_TEST_SET}", "");
    unset("number: ${env:TK_TEST_NONE}",
          "c.yaml:1: ${env:TK_TEST_NONE} is not set: that gives 0 for number, as in the collector");
    unset("\nwhole: '${TK_TEST_NONE}'",
          "c.yaml:2: ${TK_TEST_NONE} is not set: that gives 0 for whole, as in the collector");
    unset("wait: ${env:TK_TEST_EMPTY}",
          "c.yaml:1: ${env:TK_TEST_EMPTY} is empty: that gives 0s for wait, as in the collector");
    unset("wait: ${env:TK_TEST_EMPTY}5s",
          "c.yaml:1: ${env:TK_TEST_EMPTY} is empty: that gives 5s for wait, as in the collector");
    unset("yes: ${env:TK_TEST_NONE}",
          "c.yaml:1: ${env:TK_TEST_NONE} is not set: that gives false for yes, as in the collector");
    unset("text: ${env:TK_TEST_NONE}",
          "c.yaml:1: ${env:TK_TEST_NONE} is not set: that gives \"\" for text, as in the collector");
    unset("list: [a, 'b${env:TK_TEST_NONE}c${TK_TEST_EMPTY}']",
          "c.yaml:1: ${env:TK_TEST_NONE} is not set, ${TK_TEST_EMPTY} is empty: that gives \"bc\" for list, as in the "
          "collector");
    unset("text: a$${TK_TEST_NONE}", "");
    unset("text: '${env:TK_TEST_NONE:-}'", "");
    unset("whole: ${env:TK_TEST_NONE:-7}", "");
}

int main(void)
{
    test_trees();
    test_errors();
    test_limits();
    test_merging();
    test_variables();
    tki_warnings_free(&warnings);
    tki_arena_free(&arena);
    return done_testing();
}
