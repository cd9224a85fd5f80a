/* XML and its paths beyond what is recorded (testdata/ottl/xml.tsv): what is refused by its name, where the collector's
 * process ends or never answers, and how much is taken. */
#include <stdio.h>
#include <stdlib.h>

#include "expr/xml/xpath.h"
#include "tap.h"

enum { NOW = 165 };

/* ---- documents ---- */

/* What becomes of a text: its code, and what it is written as. */
static int written(const char *text, unsigned release, char *to, size_t room)
{
    struct tki_arena arena = {0};
    struct tki_buf b = {0};
    struct tki_xml_node *doc;
    const char *why = NULL;
    int rc = tki_xml_parse(&doc, tki_str(text), release, &arena, &why);
    if (rc == 0)
        rc = tki_xml_write(doc, &b);
    snprintf(to, room, "%.*s", (int)b.n, b.n ? b.p : "");
    tki_buf_free(&b);
    tki_arena_free(&arena);
    return rc;
}

static void is_written(const char *text, unsigned release, const char *want)
{
    char got[400];
    int rc = written(text, release, got, sizeof got);
    ok(rc == 0 && strcmp(got, want) == 0, "%s is %s, and is %s (%d)", text, want, got, rc);
}

static void ends(const char *text, unsigned release, int want)
{
    char got[400];
    int rc = written(text, release, got, sizeof got);
    ok(rc == want, "%.60s ends with %d, and with %d", text, want, rc);
}

/* depth elements inside each other. */
static char *nested(unsigned depth)
{
    char *text = malloc(7 * (size_t)depth + 1), *p = text;
    for (unsigned i = 0; i < depth; i++, p += 3)
        memcpy(p, "<a>", 3);
    for (unsigned i = 0; i < depth; i++, p += 4)
        memcpy(p, "</a>", 4);
    *p = '\0';
    return text;
}

static void test_documents(void)
{
    is_written("<a>'&lt;&#x41;\r\n</a>", NOW, "<a>&#39;&lt;A\n</a>");
    is_written("<a><![CDATA[<b>]]></a>", NOW, "<a><![CDATA[<b>]]></a>");
    is_written("<?xml version='1.0'?><a/>", NOW, "<?xml version=\"1.0\"?><a></a>");
    is_written("<x:a xmlns:x='u'><x:b/></x:a>", NOW, "<x:a xmlns:x=\"u\"><x:b></x:b></x:a>");
    is_written("<a><?go x=\"1\"?></a>", 138, "<a><?go x=\"1\"?></a>");
    is_written("<a><?go x y=\"1\"?></a>", 137, "<a><?go y=\"1\"?></a>");
    is_written("<a>![CDATA[x</a>", NOW, "<a><![CDATA[![CDATA[x]]></a>");
    ends("<x:a/>", NOW, TKI_XML_FAULT);
    ends("", NOW, TKI_XML_FAULT);
    ends("<?xml version='1.0' encoding='latin1'?><a/>", NOW, TK_EUNSUPPORTED);
    char *deep = nested(TKI_XML_DEPTH_MAX), *deeper = nested(TKI_XML_DEPTH_MAX + 1);
    ends(deep, NOW, 0);
    ends(deeper, NOW, TK_ELIMIT);
    free(deep);
    free(deeper);
}

/* ---- paths ---- */

static int compiled(const char *path, unsigned release, struct tk_err *err)
{
    struct tki_arena arena = {0};
    struct tki_xpath *x;
    *err = (struct tk_err){0};
    int rc = tki_xpath_compile(&x, tki_str(path), release, &arena, err);
    tki_arena_free(&arena);
    return rc;
}

static void refused(const char *path, unsigned release, int code, const char *text)
{
    struct tk_err err;
    int rc = compiled(path, release, &err);
    ok(rc == code && strcmp(err.text, text) == 0, "%s is %d: %s; and is %d: %s", path, code, text, rc, err.text);
}

static void test_refused(void)
{
    static const char *const axes[] = {"ancestor", "ancestor-or-self", "following", "preceding", "namespace"};
    static const char *const calls[] = {"ceiling(1)",
                                        "floor(1)",
                                        "matches(a,'b')",
                                        "namespace-uri()",
                                        "replace(a,'b','')",
                                        "reverse(a)",
                                        "round(1)",
                                        "string-join(a,'')",
                                        "substring(a,1)",
                                        "substring-after(a,b)",
                                        "substring-before(a,b)",
                                        "sum(a)",
                                        "translate(a,'b','')"};
    char path[80], text[160];
    for (size_t i = 0; i < sizeof axes / sizeof *axes; i++) {
        snprintf(path, sizeof path, "/a/%s::b", axes[i]);
        snprintf(text, sizeof text, "the axis %s of XPath is not evaluated", axes[i]);
        refused(path, NOW, TK_EUNSUPPORTED, text);
    }
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        snprintf(path, sizeof path, "/a[%s]", calls[i]);
        snprintf(text, sizeof text, "the function %.*s() of XPath is not evaluated", (int)strcspn(calls[i], "("),
                 calls[i]);
        refused(path, NOW, TK_EUNSUPPORTED, text);
    }
    refused("//a[name(1,2)]", NOW, TK_EUSAGE, "a wrong number of arguments for the function name() of a path");
    refused("//a[foo()]", NOW, TK_EUSAGE, "paths have no function foo()");
    refused("/a/sideways::b", NOW, TK_EUSAGE, "paths have no axis sideways");
    refused("//a[", NOW, TK_EUSAGE, "something that is no step in the path //a[");
    refused("//a['b]", NOW, TK_EUSAGE, "a string without its end in the path //a['b]");
    refused("//a[@b=$c]", NOW, TK_EUSAGE, "a variable, which nothing gives a value, in the path //a[@b=$c]");
    refused("//a[@b=$c]", 157, TK_EUNSUPPORTED, "a variable, which nothing gives a value, in the path //a[@b=$c]");
    refused("a = b", 146, TK_EUNSUPPORTED, "a comparison in the place of nodes is not evaluated");
    refused("", NOW, TK_EUSAGE, "nothing in the path ");
}

/* How many nodes a path finds, or the code. */
static int found(const char *path, const char *text, unsigned release)
{
    struct tki_arena arena = {0};
    struct tki_xpath *x;
    struct tki_xpath_found nodes = {0};
    struct tki_xml_node *doc;
    struct tk_err err;
    const char *why = NULL;
    int rc = tki_xpath_compile(&x, tki_str(path), release, &arena, &err);
    rc = rc ? rc : -1000 - tki_xml_parse(&doc, tki_str(text), release, &arena, &why);
    if (rc == -1000) {
        rc = tki_xpath_select(x, doc, &arena, &nodes, &why);
        rc = rc ? -2000 - rc : (int)nodes.n;
    }
    tki_arena_free(&arena);
    return rc;
}

static void finds(const char *path, const char *text, unsigned release, int want)
{
    int got = found(path, text, release);
    ok(got == want, "%s finds %d in %s as of 0.%u, and %d", path, want, text, release, got);
}

static void test_paths(void)
{
    const char *doc = "<a><b x='1'>t</b><b x='2'><c/></b><b x='z'>t</b></a>";
    finds("//b", doc, NOW, 3);
    finds("//b | //c | //b", doc, NOW, 4);
    finds("//b[.='t']/@x", doc, NOW, 2);
    finds("(//b)[last()]", doc, NOW, 1);
    finds("a = b", doc, NOW, 0);
    /* Texts that are no numbers are no numbers from 0.158 on; before, the collector's process ended. */
    finds("//b[@x>1]", doc, 158, 1);
    finds("//b[@x>1]", doc, 157, -2000 - TKI_XML_DIES);
    finds("//b[contains(@x,@x)]", doc, NOW, -2000 - TKI_XML_DIES);
    finds("//b[true()=1]", doc, 164, -2000 - TKI_XML_DIES);
    finds("//b[true()=1]", doc, 165, 3);
}

int main(void)
{
    test_documents();
    test_refused();
    test_paths();
    return done_testing();
}
