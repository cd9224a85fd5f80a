/* The keys of a head: where they are met, how deep, whatever stands around them. */
#include "format_help.h"

enum { KEYS_MANY = 3000 };

static const struct tki_key keys[] = {{"a", 1}, {"b", 2}, {"c", 3}, {"d", 16}};

/* Which of the keys are there, a bit for each. */
static unsigned keys_of(const struct tki_head *h, bool logged)
{
    unsigned bits = 0;
    for (unsigned i = 0; i < sizeof keys / sizeof *keys; i++) {
        const struct tki_key one[] = {keys[i], {NULL, 0}};
        bits |= (logged ? tki_logged_keys_met(h, one) : tki_keys_met(h, one)) << i;
    }
    return bits;
}

static unsigned met(tk_str text, bool logged)
{
    struct tki_head h;
    tki_head_init(&h, text, true);
    tki_head_rest(&h);
    unsigned bits = keys_of(&h, logged);
    tki_head_free(&h);
    return bits;
}

static void test_depths(void)
{
    static const struct {
        const char *text;
        unsigned bits, logged;
    } cases[] = {
        {"{\"a\":1}", 1, 1},
        {"[{\"a\":1}]", 0, 0},
        {"[{\"b\":{\"b\":1}}]", 2, 2},
        {"{\"x\":{\"a\":1},\"a\":2}", 1, 1},
        {"{\"a\":\"b\",\"x\":\"c\\\":\",\"\\\"d\":1}", 1, 1},
        {"{\"x\":\"{\\\"a\\\":1}\"}", 0, 0},
        {"\xef\xbb\xbf\n {\"a\" : [ {\"c\"\n:1", 5, 5},
        {"\x1e{\"a\":1}\n\x1e{\"b\":1}\n", 3, 3},
        {"{\"x\":1}{\"a\":1}", 1, 1},
        {"]}{\"a\":1}", 0, 1},
        {"{\"a", 0, 0},
        {"{\"a\"", 0, 0},
        {"{\"a\\", 0, 0},
        {"{\"a\":\"\\", 1, 1},
        /* What breaks off hides nothing behind it, */
        {"{\"x\":{\"y\":[\n{\"a\":1}", 0, 0},
        {"{\"x\":{\"y\":[1\n{\"a\":1}", 1, 1},
        {"{\"x\":\"y\n{\"a\":1}", 1, 1},
        /* and line breaks in strings do no harm. */
        {"{\"x\":\"y\nz\",\"a\":1}", 1, 1},
        {"starting\n{\"a\":1}\nmore \"{ of it\n{\"b\":1}\n", 0, 3},
        {"[main] INFO\n{\"a\":1}\n", 0, 1},
        {"INFO x {\"resourceSpans\":[{\"c\":1}]}\n{\"a\":1}", 0, 5},
        {"{oops\n{\"a\":1}\n", 1, 1},
        {"\n\x01\n{\"a\":1}\n", 0, 0},
        {"\n{\"[\"a\":1}\n", 0, 0},
        {"", 0, 0},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        tk_str text = tki_str(cases[i].text);
        is_uint(met(text, false), cases[i].bits, "%.*s", (int)text.n, text.p);
        is_uint(met(text, true), cases[i].logged, "and among lines");
    }
    struct tki_buf b = {0};
    for (unsigned depth = 1; depth <= 17; depth++) {
        b.n = 0;
        for (unsigned i = 0; i < depth; i++)
            tki_buf_lit(&b, "[");
        tki_buf_lit(&b, "{\"d\":1");
        is_uint(met((tk_str){b.p, b.n}, false), depth < 16 ? 8 : 0, "%u brackets deep", depth + 1);
    }
    tki_buf_free(&b);
}

static void test_many(void)
{
    struct tki_buf b = {0};
    tki_buf_lit(&b, "{\"b\":1");
    for (int i = 0; i < KEYS_MANY; i++)
        tki_buf_printf(&b, ",\"key%d\":{\"%d\":1}", i, i);
    tki_buf_lit(&b, ",\"a\":[]}");
    struct tki_head h;
    tki_head_init(&h, (tk_str){b.p, b.n}, false);
    ok(tki_head_document(&h) && h.eof && h.text.n == b.n, "one document");
    is_uint(keys_of(&h, false), 3, "the first key and the last of many are met");
    int found = 0;
    for (int i = 0; i < KEYS_MANY; i++) {
        char key[16];
        snprintf(key, sizeof key, "key%d", i);
        found += tki_keys_met(&h, TKI_KEYS({key, 1})) == 1;
    }
    is_int(found, KEYS_MANY, "and all between");
    tki_head_free(&h);
    tki_buf_free(&b);
}

static void test_bits(void)
{
    struct tki_head h;
    tki_head_init(&h, TKI_STR("{\"spanId\":1,\"x\":{\"traceId\":2}}"), true);
    tki_head_rest(&h);
    is_uint(tki_key_bits(&h, TKI_KEYS({"spanId", 1}, {"traceId", 2}, {"name", 1})), 8 * 13, "eight bits for each byte");
    is_uint(tki_key_bits(&h, TKI_KEYS({"spanId", 1}, {"traceId", 1})), 8 * 6, "of keys that are where they should be");
    is_uint(tki_logged_key_bits(&h, TKI_KEYS({"spanId", 1})), 8 * 6, "also among lines");
    is_uint(tki_keys_met(&h, TKI_KEYS({"spanId", 1}, {"traceId", 2}, {"name", 1})), 2, "and their number");
    tki_head_free(&h);
}

static void test_documents(void)
{
    tk_str text = TKI_STR("{\"a\":1}\n\x1e[{\"b\":2}] {\"c\":");
    struct tki_head h;
    tki_head_init(&h, text, false);
    is_uint(keys_of(&h, false), 0, "nothing is taken in yet");
    ok(tki_head_document(&h) && h.text.n == 7 && h.eof, "the first document");
    is_uint(keys_of(&h, false), 1, "its keys");
    ok(tki_head_document(&h) && h.text.n == 18, "the second");
    is_uint(keys_of(&h, false), 3, "the keys of both");
    ok(!tki_head_document(&h) && h.text.n == text.n && !h.eof, "one that does not end");
    is_uint(keys_of(&h, false), 7, "all keys");
    tki_head_rest(&h);
    ok(!tki_head_document(&h) && h.text.n == text.n, "nothing is left");
    is_uint(keys_of(&h, false), 7, "nothing is met again");
    tki_head_free(&h);
}

int main(void)
{
    test_depths();
    test_many();
    test_bits();
    test_documents();
    return done_testing();
}
