/* Thrift's two protocols: every type, every way in which lengths and types can be wrong; and finding records.
 */
#include "thrift_help.h"

/* A struct with a field of every type, and lists and maps of them. */
static void every_type(struct maker *m, bool compact)
{
    make_start(m, compact);
    make_open(m);
    make_bool(m, 1, true);
    make_bool(m, 2, false);
    make_field(m, TKI_THRIFT_I8, 3);
    tki_buf_putc(&m->out, (char)200);
    make_i16(m, 4, -2);
    make_i32(m, 5, INT32_MIN);
    make_i64(m, 6, INT64_MIN);
    make_double(m, 30, -0.5);
    make_str(m, 31, "text");
    make_list(m, 400, TKI_THRIFT_BOOL, 3);
    tki_buf_put(&m->out, "\1\2\1", 3);
    make_field(m, TKI_THRIFT_SET, 401);
    make_list_head(m, TKI_THRIFT_I64, 2);
    make_number(m, 1, 8);
    make_number(m, -1, 8);
    make_field(m, TKI_THRIFT_MAP, 402);
    if (compact)
        tki_buf_put(&m->out, "\1\x8c", 2);
    else
        tki_buf_put(&m->out, "\x0b\x0c\0\0\0\1", 6);
    m->compact ? make_varint(m, 1) : make_be(m, 1, 4);
    tki_buf_putc(&m->out, 'k');
    tki_buf_putc(&m->out, 0); /* a struct without fields */
    make_list(m, 403, TKI_THRIFT_LIST, 1);
    make_list_head(m, TKI_THRIFT_UUID, 1);
    tki_buf_put(&m->out, "0123456789abcdef", 16);
    make_struct(m, 404);
    make_i32(m, 1, 9);
    make_close(m);
    make_i64(m, 3, 77); /* out of order */
    make_close(m);
}

static void test_values(bool compact)
{
    struct maker m = {0};
    every_type(&m, compact);
    const char *name = compact ? "compact" : "binary";
    struct tki_thrift c = tki_thrift_over(made(&m), compact);
    unsigned fields = 0;
    int64_t i64 = 0, last = 0;
    int32_t i32 = 0;
    int16_t i16 = 0;
    double d = 0;
    tk_str s = {0};
    uint32_t list = 0;
    unsigned bools = 0;
    if (tki_thrift_struct(&c))
        for (unsigned f; (f = tki_thrift_field(&c)); fields++)
            switch (f) {
            case TKI_THRIFT(1, BOOL): bools |= tki_thrift_bool(&c); break;
            case TKI_THRIFT(2, BOOL): bools |= (unsigned)tki_thrift_bool(&c) << 1; break;
            case TKI_THRIFT(4, I16): i16 = tki_thrift_i16(&c); break;
            case TKI_THRIFT(5, I32): i32 = tki_thrift_i32(&c); break;
            case TKI_THRIFT(6, I64): i64 = tki_thrift_i64(&c); break;
            case TKI_THRIFT(3, I64): last = tki_thrift_i64(&c); break;
            case TKI_THRIFT(30, DOUBLE): d = tki_thrift_double(&c); break;
            case TKI_THRIFT(31, STRING): s = tki_thrift_str(&c); break;
            case TKI_THRIFT(400, LIST):
                list = tki_thrift_list(&c, TKI_THRIFT_BOOL);
                for (uint32_t i = 0; i < list; i++)
                    bools |= (unsigned)tki_thrift_bool(&c) << (4 + i);
                break;
            default: tki_thrift_skip(&c, f);
            }
    ok(!c.error && c.p == c.end && c.depth == 0 && fields == 14, "%s: all fields and no more", name);
    ok(i16 == -2 && i32 == INT32_MIN && i64 == INT64_MIN && last == 77, "%s: whole numbers", name);
    ok(d == -0.5 && tki_str_eq(s, TKI_STR("text")) && list == 3 && bools == (1 | 1 << 4 | 1 << 6),
       "%s: doubles, strings, booleans", name);
    c = tki_thrift_over(made(&m), compact);
    tki_thrift_skip(&c, TKI_THRIFT_STRUCT);
    ok(!c.error && c.p == c.end, "%s: skipped whole", name);
    unsigned wrong = 0;
    for (size_t n = 0; n < m.out.n; n++) {
        char *cut = malloc(n + 1); /* its own block: reading beyond is seen */
        if (!cut)
            bail_out("out of memory");
        memcpy(cut, m.out.p, n);
        c = tki_thrift_over((tk_str){cut, n}, compact);
        tki_thrift_skip(&c, TKI_THRIFT_STRUCT);
        wrong += !c.error || !c.missing;
        free(cut);
    }
    is_uint(wrong, 0, "%s: cut anywhere, bytes are missing and nothing else is wrong", name);
    tki_buf_free(&m.out);
}

struct bad {
    bool compact;
    unsigned type;
    const char *bytes;
    size_t n;
    size_t at;
    const char *error;
};
#define B(bytes) (bytes), sizeof(bytes) - 1

static void test_malformed(void)
{
    static const struct bad cases[] = {
        {false, TKI_THRIFT_STRING, B("\xff\xff\xff\xff"), 0, "a negative length"},
        {true, TKI_THRIFT_STRING, B("\x80\x80\x80\x80\x08"), 0, "a negative length"},
        {false, TKI_THRIFT_LIST, B("\x0a\x80\0\0\0"), 0, "a negative count"},
        {true, TKI_THRIFT_LIST, B("\xf6\xff\xff\xff\xff\x0f"), 0, "a negative count"},
        {false, TKI_THRIFT_MAP, B("\x0a\x0a\x80\0\0\0"), 0, "a negative count"},
        {false, TKI_THRIFT_LIST, B("\x01\0\0\0\1"), 0, "a list has elements of an unknown type"},
        {true, TKI_THRIFT_LIST, B("\x1f"), 0, "a list has elements of an unknown type"},
        {false, TKI_THRIFT_STRUCT, B("\x01\0\1"), 0, "a field has an unknown type"},
        {false, TKI_THRIFT_STRUCT, B("\x11\0\1"), 0, "a field has an unknown type"},
        {true, TKI_THRIFT_STRUCT, B("\x1e"), 0, "a field has an unknown type"},
        {false, TKI_THRIFT_MAP, B("\x0a\x05\0\0\0\1\0\0\0\0\0\0\0\0"), 14, "a value has an unknown type"},
        {true, TKI_THRIFT_I64, B("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"), 0, "malformed number"},
        {true, TKI_THRIFT_I64, B("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), 0, "malformed number"},
        {true, TKI_THRIFT_STRUCT, B("\x0c\x80\x80\x08"), 1, "a number is out of its type's range"},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct bad *x = &cases[i];
        struct tki_thrift c = tki_thrift_over((tk_str){x->bytes, x->n}, x->compact);
        tki_thrift_skip(&c, x->type);
        is_str(c.error, x->error, "%u: %s", i, x->error);
        ok(!c.missing && c.error_at == (const unsigned char *)x->bytes + x->at, "%u: at byte %d", i, (int)x->at);
    }
    /* Counts and lengths that are large, not impossible: believed when the bytes come. */
    static const struct bad more[] = {
        {false, TKI_THRIFT_STRING, B("\x7f\xff\xff\xff"), 0, NULL},
        {false, TKI_THRIFT_LIST, B("\x0c\x7f\xff\xff\xff\0"), 0, NULL},
        {true, TKI_THRIFT_LIST, B("\xfc\xff\xff\xff\xff\x07"), 0, NULL},
        {true, TKI_THRIFT_MAP, B("\xff\x7f\x66"), 0, NULL},
        {true, TKI_THRIFT_STRING, B("\xff"), 0, NULL},
    };
    for (unsigned i = 0; i < sizeof more / sizeof *more; i++) {
        struct tki_thrift c = tki_thrift_over((tk_str){more[i].bytes, more[i].n}, more[i].compact);
        tki_thrift_skip(&c, more[i].type);
        ok(c.error && c.missing, "%u: bytes are missing", i);
    }
    struct tki_thrift c = tki_thrift_over((tk_str){"\x2a", 1}, true);
    ok(tki_thrift_i16(&c) == 21 && !c.error, "i16");
    c = tki_thrift_over((tk_str){"\x80\x80\x04", 3}, true);
    tki_thrift_i16(&c);
    is_str(c.error, "a number is out of its type's range", "an i16 of 17 bits");
    c = tki_thrift_over((tk_str){"\x80\x80\x80\x80\x10", 5}, true);
    tki_thrift_i32(&c);
    is_str(c.error, "a number is out of its type's range", "an i32 of 33 bits");
    c = tki_thrift_over((tk_str){"\x0b\0\0\0\1\0", 6}, false);
    is_uint(tki_thrift_list(&c, TKI_THRIFT_STRUCT), 0, "a list of others than wanted has no elements");
    is_str(c.error, "a list has elements of another type than its field wants", "and is an error");
    c = tki_thrift_over((tk_str){"\0\0\0\0\0", 5}, false);
    ok(tki_thrift_list(&c, TKI_THRIFT_STRUCT) == 0 && !c.error, "an empty list may be of any type");
}

static void test_depth(void)
{
    for (int compact = 0; compact < 2; compact++)
        for (int levels = TKI_THRIFT_DEPTH_MAX - 1; levels <= TKI_THRIFT_DEPTH_MAX; levels++) {
            struct tki_buf b = {0};
            for (int i = 0; i < levels; i++)
                tki_buf_put(&b, compact ? "\x1c" : "\x0c\0\1", compact ? 1 : 3);
            for (int i = 0; i <= levels; i++)
                tki_buf_putc(&b, 0);
            struct tki_thrift c = tki_thrift_over((tk_str){b.p, b.n}, compact);
            tki_thrift_skip(&c, TKI_THRIFT_STRUCT);
            is_str(c.error, levels < TKI_THRIFT_DEPTH_MAX ? NULL : "values are nested more than 32 deep", "%d structs",
                   levels + 1);
            tki_buf_free(&b);
        }
    struct tki_buf lists = {0};
    for (int i = 0; i < 100000; i++)
        tki_buf_put(&lists, "\x19", 1);
    struct tki_thrift c = tki_thrift_over((tk_str){lists.p, lists.n}, true);
    tki_thrift_skip(&c, TKI_THRIFT_LIST);
    is_str(c.error, "values are nested more than 32 deep", "lists in lists");
    tki_buf_free(&lists);
}

static void test_begin(void)
{
    static const struct {
        const char *bytes;
        size_t n;
        bool lists;
        const char *want; /* a message's name, "list", "struct"; with c for compact */
    } cases[] = {
        {B("\x80\1\0\1\0\0\0\1x\0\0\0\5"), false, "x"},
        {B("\0\0\0\1x\4\0\0\0\5"), false, "x"},
        {B("\x82\x21\5\1x"), false, "x c"},
        {B("\x82\x81\xac\2\1x"), false, "x c"},
        {B("\x0c\0\1"), false, "struct"},
        {B("\x0a\0\3"), false, "struct"},
        {B("\x1c\x18"), false, "struct c"},
        {B("\x29\x1c"), false, "struct c"},
        {B("\x0c\2\x18"), false, "struct c"}, /* number 1 in the long form */
        {B("\x0c\0\0\0\1"), true, "list"},
        {B("\x1c\x16"), true, "list c"},
        {B("\x0a\0\1"), true, "struct"},
        {B("\x16\2"), true, "struct c"},
        {B("\x80\2\0\1\0\0\0\1x\0\0\0\5"), false, "an unknown version of the binary protocol"},
        {B("\x82\x82\5\1x"), false, "an unknown version of the compact protocol"},
        {B("\x82\xa1\5\1x"), false, "a message of an unknown type"},
        {B("\x80\1\0\0\0\0\0\1x\0\0\0\5"), false, "a message of an unknown type"},
        {B("\0\0\0\0\1\0\0\0\0"), false, "a message has no plausible name"},
        {B("\x82\x21\5\xff\xff\xff\xff\x0f"), false, "a negative length"},
        {B("\x82"), false, "the bytes end inside a value"},
        {B("\x80\1\0\1\0\0\0\1x\0\0\0"), false, "the bytes end inside a value"},
        {B("\0\0\0\1x"), false, "the bytes end inside a value"},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tki_thrift c = tki_thrift_over((tk_str){cases[i].bytes, cases[i].n}, false);
        struct tki_thrift_start s;
        char got[80];
        if (!tki_thrift_begin(&c, cases[i].lists, &s))
            snprintf(got, sizeof got, "%s", c.error);
        else
            snprintf(got, sizeof got, "%.*s%s", s.message ? (int)s.name.n : 6,
                     s.message ? s.name.p
                     : s.list  ? "list"
                               : "struct",
                     c.compact ? " c" : "");
        is_str(got, cases[i].want, "%u: %s", i, cases[i].want);
    }
}

static void test_writing(void)
{
    struct tki_buf b = {0};
    struct maker m = {0};
    make_start(&m, false);
    make_open(&m);
    make_bool(&m, 1, true);
    make_i16(&m, 2, -3);
    make_i32(&m, 3, INT32_MIN);
    make_i64(&m, 4, INT64_MIN);
    make_double(&m, 5, -1.5);
    make_str(&m, 260, "text");
    make_list(&m, 7, TKI_THRIFT_STRUCT, 70000);
    make_struct(&m, 8);
    make_close(&m);
    tki_thrift_put_bool(&b, 1, true);
    tki_thrift_put_i16(&b, 2, -3);
    tki_thrift_put_i32(&b, 3, INT32_MIN);
    tki_thrift_put_i64(&b, 4, INT64_MIN);
    tki_thrift_put_double(&b, 5, -1.5);
    tki_thrift_put_str(&b, 260, TKI_STR("text"));
    tki_thrift_put_list(&b, 7, TKI_THRIFT_STRUCT, 70000);
    tki_thrift_put_field(&b, TKI_THRIFT_STRUCT, 8);
    tki_thrift_put_stop(&b);
    is_mem(b.p, b.n, m.out.p, m.out.n, "written as put together");
    tki_thrift_put_str(&b, 1, (tk_str){b.p, (size_t)INT32_MAX + 1});
    is_int(b.err, TK_ELIMIT, "a string that is too long");
    tki_buf_free(&b);
    tki_buf_free(&m.out);
}

int main(void)
{
    test_values(false);
    test_values(true);
    test_malformed();
    test_depth();
    test_begin();
    test_writing();
    return done_testing();
}
