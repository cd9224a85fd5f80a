/* Regular expressions: what RE2 accepts, refuses and means.  The expectations are those of Go's regexp. */
#include "base/regex.h"
#include "tap.h"

static struct tki_regex_scratch *scratch;

static void matches(const char *expr, const char *subject, int wanted)
{
    struct tki_regex *re;
    struct tk_err err = {0};
    size_t bad;
    tk_str e = tki_str(expr);
    if (tki_regex_compile(&re, &e, 1, &bad, &err) < 0) {
        ok(false, "`%s`: %s", expr, err.text);
        return;
    }
    ok(tki_regex_match(re, tki_str(subject), scratch) == wanted, "`%s` %s a text of %zu bytes", expr,
       wanted ? "matches" : "does not match", strlen(subject));
    tki_regex_free(re);
}

static void refused(const char *expr, const char *why)
{
    struct tki_regex *re = NULL;
    struct tk_err err = {0};
    size_t bad;
    tk_str e = tki_str(expr);
    int rc = tki_regex_compile(&re, &e, 1, &bad, &err);
    ok(rc == TK_EUSAGE && strstr(err.text, why), "`%s` is refused: %s", expr, err.text);
    tki_regex_free(re);
}

static void test_meaning(void)
{
    matches("", "", 1);
    matches("b", "abc", 1); /* not anchored */
    matches("^b", "abc", 0);
    matches("c$", "abc\n", 0); /* only the very end */
    matches("(?m)c$", "abc\n", 1);
    matches("(?m)^d", "abc\nd", 1);
    matches("(?m)^$", "a\n", 1); /* also behind a final newline */
    matches("a.c", "a\nc", 0);
    matches("(?s)a.c", "a\nc", 1);
    matches("a.c", "a\rc", 1); /* only \n is a newline */
    matches("^\\s$", "\v", 0); /* \s has no vertical tab */
    matches("^[[:space:]]$", "\v", 1);
    matches("^[\\S]$", "\v", 1);
    matches("^\\v$", "\v", 1); /* one character, not a class */
    matches("^\\v$", "\n", 0);
    matches("^\\w+$", "a_9", 1);
    matches("^\\w$", "\xc3\xa9", 0); /* ASCII only */
    matches("^\\d$", "\xd9\xa1", 0);
    matches("\\bfoo\\b", "a foo.", 1);
    matches("^.$", "\xe2\x82\xac", 1); /* characters, not bytes */
    matches("^\\pL\\p{Lu}\\p{Greek}\\P{Greek}$", "a\xc3\x89\xce\xb1z", 1);
    matches("^\\p{^Greek}$", "\xce\xb1", 0);
    matches("(?i)STRASSE|k", "\xe2\x84\xaa", 1); /* the Kelvin sign folds */
    matches("(?i)^[\\W]$", "\xe2\x84\xaa", 0);   /* \w is folded before it is negated */
    matches("^[\\W]$", "\xe2\x84\xaa", 1);
    matches("(?i:a)b", "AB", 0);
    matches("(a(?i)b)c", "aBC", 0); /* a flag ends with its group */
    matches("(a(?i)b)c", "aBc", 1);
    matches("x{2,3}", "xx", 1);
    matches("^x{,3}$", "x{,3}", 1); /* not a count */
    matches("^x{2$", "x{2", 1);
    matches("^{$", "{", 1);
    matches("^[]a]$", "]", 1);
    matches("^[^]a]$", "b", 1);
    matches("^[a\\-z]$", "m", 0);
    matches("^[[:alpha:]-]$", "-", 1);
    matches("^[\\d-z]$", "-", 1);
    matches("^\\x41\\x{1F600}\\101$",
            "A\xf0\x9f\x98\x80"
            "A",
            1);
    matches("^\\Qa.b*\\E+$", "a.b***", 1);
    matches("^a\\.b\\/c\\-$", "a.b/c-", 1);
    matches("(?P<name>a)(?<other>b)(c)", "abc", 1);
    matches("a+?b*?c??", "a", 1);
    matches("^(|a)b$", "b", 1);
    matches("^*b\\z*", "ab", 1);
    matches("/api/orders/\\d*7$", "/api/orders/1237", 1);
}

static void test_refused(void)
{
    refused("a(?=b)", "look-around");
    refused("a(?!b)", "look-around");
    refused("(?<=a)b", "look-around");
    refused("(?<!a)b", "look-around");
    refused("(?>a)", "atomic");
    refused("(a)\\1", "back-reference");
    refused("a++", "possessive");
    refused("a**", "repetition of a repetition");
    refused("a{2}{3}", "repetition of a repetition");
    refused("*a", "repetition of nothing");
    refused("(*a)", "repetition of nothing");
    refused("a|+", "repetition of nothing");
    refused("a{1001}", "repeat count");
    refused("a{2,1}", "repeat count");
    refused("(a", "not closed");
    refused("a)", "too many");
    refused("[a", "closing bracket");
    refused("[z-a]", "backwards");
    refused("[[:nope:]]", "unknown class");
    refused("\\p{Nope}", "unknown property");
    refused("a\\", "trailing backslash");
    refused("\\Z", "does not have");
    refused("\\h", "does not have");
    refused("\\K", "does not have");
    refused("\\R", "does not have");
    refused("(?x)a", "does not have");
    refused("(?#note)", "does not have");
    refused("(?&n)", "does not have");
    refused("\\x{110000}", "\\x escape");
    refused("\\xg", "\\x escape");
    refused("\xff", "UTF-8");
}

static void test_several(void)
{
    struct tki_regex *re;
    struct tk_err err = {0};
    size_t bad = 9;
    tk_str some[] = {TKI_STR("(?i)^a"), TKI_STR("B$"), TKI_STR("x|y")};
    ok(tki_regex_compile(&re, some, 3, &bad, &err) == 0, "three at once");
    ok(tki_regex_match(re, TKI_STR("Abc"), scratch) == 1 && tki_regex_match(re, TKI_STR("cb"), scratch) == 0,
       "flags stay inside");
    ok(tki_regex_match(re, TKI_STR("zyz"), scratch) == 1, "alternatives stay inside");
    tki_regex_free(re);
    some[1] = TKI_STR("B(");
    ok(tki_regex_compile(&re, some, 3, &bad, &err) == TK_EUSAGE && bad == 1 && !re, "an error names the expression");
}

/* What explodes when one alternative is tried after the other is answered as RE2 answers it; where that cannot be done,
 * there is no answer. */
static void test_limit(void)
{
    struct tki_regex *re;
    struct tk_err err = {0};
    size_t bad, start, end;
    tk_str e = TKI_STR("^(a|aa)+$");
    char text[200];
    const tk_str all = {text, sizeof text};
    memset(text, 'a', sizeof text);
    text[sizeof text - 1] = 'b';
    ok(tki_regex_compile(&re, &e, 1, &bad, &err) == 0, "an expression that explodes");
    ok(tki_regex_match(re, all, scratch) == 0, "does not match");
    ok(tki_regex_find(re, all, 0, scratch, &start, &end) == TK_ELIMIT,
       "where it would is given up, not taken for a no");
    ok(tki_regex_match(re, (tk_str){text, 20}, scratch) == 1, "and works again");
    text[100] = '\xff';
    ok(tki_regex_match(re, all, scratch) == TK_ELIMIT, "nor is there an answer where bytes are no UTF-8");
    tki_regex_free(re);
    static const char *const hard[] = {"(a+)+$", "(a|a)*b$", "(a*)*(a*)*(a*)*(a*)*c", "(?:a?){300}a{300}c", NULL};
    for (size_t i = 0; hard[i]; i++) {
        e = tki_str(hard[i]);
        memset(text, 'a', sizeof text);
        text[sizeof text - 1] = 'x';
        ok(tki_regex_compile(&re, &e, 1, &bad, &err) == 0, "%s", hard[i]);
        ok(tki_regex_match(re, all, scratch) == 0, "%s does not match", hard[i]);
        tki_regex_free(re);
    }
}

int main(void)
{
    scratch = tki_regex_scratch_new();
    test_meaning();
    test_refused();
    test_several();
    test_limit();
    tki_regex_scratch_free(scratch);
    return done_testing();
}
