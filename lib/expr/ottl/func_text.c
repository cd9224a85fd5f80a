/* Functions of strings. */
#include "base/utf8.h"
#include "expr/ottl/func.h"

typedef struct tki_ottl_node node;
typedef struct tki_ottl_run run;

/* ---- matching ---- */

static int match_known(struct tki_ottl_open *o, node *n)
{
    struct tki_regex *re = NULL;
    if (!tki_ottl_literal_string(n->kid[1]))
        return o->c->release < 139
                   ? tki_ottl_refuse(o, n->kid[1], "%s takes a pattern that is written out", n->func->name)
                   : 0;
    int rc = tki_ottl_regex(o, n->kid[1], tki_ov_text(&n->kid[1]->value), &re);
    n->made = re;
    return rc;
}

static int matches(run *r, const struct tki_regex *re, tk_str s, struct tki_ov *to)
{
    int said = tki_regex_match(re, s, r->regex);
    *to = tki_ov_bool(said > 0);
    if (said < 0)
        r->why = "a regular expression that takes too many steps";
    return said < 0 ? said : 0;
}

/* A pattern that is computed is compiled for each span. */
static int match_computed(run *r, const node *n, tk_str s, struct tki_ov *to)
{
    struct tki_regex *re = NULL;
    struct tk_err e = {0};
    tk_str pattern;
    size_t bad;
    int rc = tki_ottl_arg_str(r, n, 1, &pattern);
    if (rc)
        return rc;
    rc = tki_regex_compile(&re, &pattern, 1, &bad, &e);
    if (rc == TK_EUSAGE || rc == TK_EUNSUPPORTED)
        return tki_ottl_fault(r, "a computed pattern that is no regular expression");
    if (rc == 0)
        rc = matches(r, re, s, to);
    tki_regex_free(re);
    return rc;
}

static int is_match(run *r, const node *n, struct tki_ov *to)
{
    struct tki_ov v;
    int rc = tki_ottl_arg(r, n, 0, &v);
    if (rc)
        return rc;
    if (v.type != TKI_OV_NIL)
        return n->made ? matches(r, n->made, tki_ov_text(&v), to) : match_computed(r, n, tki_ov_text(&v), to);
    *to = tki_ov_bool(false);
    if (n->made)
        return 0;
    rc = match_computed(r, n, TKI_STR(""), &v); /* the pattern is looked at all the same */
    return rc;
}

/* ---- ends ---- */

static int two_strings(run *r, const node *n, tk_str *s, tk_str *t)
{
    int rc = tki_ottl_arg_str(r, n, 0, s);
    return rc ? rc : tki_ottl_arg_str(r, n, 1, t);
}

static bool ends_with(tk_str s, tk_str end)
{
    return s.n >= end.n && tki_str_eq((tk_str){s.p + s.n - end.n, end.n}, end);
}

static int has_prefix(run *r, const node *n, struct tki_ov *to)
{
    tk_str s, t;
    int rc = two_strings(r, n, &s, &t);
    *to = tki_ov_bool(rc == 0 && tki_str_starts(s, t));
    return rc;
}

static int has_suffix(run *r, const node *n, struct tki_ov *to)
{
    tk_str s, t;
    int rc = two_strings(r, n, &s, &t);
    *to = tki_ov_bool(rc == 0 && ends_with(s, t));
    return rc;
}

static int trim_prefix(run *r, const node *n, struct tki_ov *to)
{
    tk_str s, t;
    int rc = two_strings(r, n, &s, &t);
    if (rc == 0 && tki_str_starts(s, t))
        s = (tk_str){s.p + t.n, s.n - t.n};
    *to = tki_ov_str(s);
    return rc;
}

static int trim_suffix(run *r, const node *n, struct tki_ov *to)
{
    tk_str s, t;
    int rc = two_strings(r, n, &s, &t);
    if (rc == 0 && ends_with(s, t))
        s.n -= t.n;
    *to = tki_ov_str(s);
    return rc;
}

/* The bytes of the character at s.p[i]. */
static size_t character(tk_str s, size_t i)
{
    size_t n = 1;
    while (i + n < s.n && ((unsigned char)s.p[i + n] & 0xc0) == 0x80 && (unsigned char)s.p[i] >= 0xc0 && n < 4)
        n++;
    return n;
}

static bool in_set(tk_str set, tk_str c)
{
    for (size_t i = 0, n; i < set.n; i += n) {
        n = character(set, i);
        if (tki_str_eq((tk_str){set.p + i, n}, c))
            return true;
    }
    return false;
}

static int trim(run *r, const node *n, struct tki_ov *to)
{
    tk_str s, set = tki_ottl_const_str(n, 1, " ");
    int rc = tki_ottl_arg_str(r, n, 0, &s);
    if (rc)
        return rc;
    while (s.n && in_set(set, (tk_str){s.p, character(s, 0)})) {
        size_t c = character(s, 0);
        s = (tk_str){s.p + c, s.n - c};
    }
    for (;;) {
        size_t last = s.n ? s.n - 1 : 0;
        while (last && ((unsigned char)s.p[last] & 0xc0) == 0x80)
            last--;
        if (!s.n || !in_set(set, (tk_str){s.p + last, s.n - last}))
            break;
        s.n = last;
    }
    *to = tki_ov_str(s);
    return 0;
}

/* ---- parts ---- */

static bool inside_character(tk_str s, size_t i)
{
    return i < s.n && ((unsigned char)s.p[i] & 0xc0) == 0x80;
}

static int substring(run *r, const node *n, struct tki_ov *to)
{
    struct tki_ov start, length;
    tk_str s;
    int rc = tki_ottl_arg_str(r, n, 0, &s);
    if (rc == 0)
        rc = tki_ottl_arg(r, n, 1, &start);
    if (rc == 0)
        rc = tki_ottl_arg(r, n, 2, &length);
    if (rc)
        return rc;
    if (start.v.i < 0 || length.v.i <= 0)
        return tki_ottl_fault(r, "a substring that begins below 0 or has no length");
    uint64_t end = (uint64_t)start.v.i + (uint64_t)length.v.i;
    if (end > INT64_MAX && r->release < 151) { /* the sum wraps and passes the check of the range */
        r->why = "the collector dies of this: Substring beyond 64 bits";
        return TK_EUNSUPPORTED;
    }
    if (end > s.n)
        return tki_ottl_fault(r, "a substring beyond the end of the text");
    size_t from = (size_t)start.v.i, upto = (size_t)end;
    if (n->nkids > 3 && tki_ottl_const_bool(n, 3, false)) {
        /* Characters are not cut: one that begins in front of the range or ends behind it is left out. */
        while (inside_character(s, from))
            from++;
        while (upto > from && inside_character(s, upto))
            upto--;
        upto = upto < from ? from : upto;
    }
    *to = tki_ov_str((tk_str){s.p + from, upto - from});
    return 0;
}

static int split(run *r, const node *n, struct tki_ov *to)
{
    tk_str s, by = tki_ottl_const_str(n, 1, "");
    int rc = tki_ottl_arg_str(r, n, 0, &s);
    if (rc)
        return rc;
    uint32_t parts = 0, room = (uint32_t)(by.n ? s.n / by.n + 1 : s.n + 1);
    struct tki_ov *items = tki_ottl_alloc(r, room * sizeof *items);
    if (!items)
        return TK_ENOMEM;
    size_t from = 0;
    if (by.n == 0) { /* a character is a part */
        for (size_t c; from < s.n; from += c) {
            c = character(s, from);
            items[parts++] = tki_ov_str((tk_str){s.p + from, c});
        }
    } else {
        for (size_t i = 0; i + by.n <= s.n;) {
            if (memcmp(s.p + i, by.p, by.n) != 0) {
                i++;
                continue;
            }
            items[parts++] = tki_ov_str((tk_str){s.p + from, i - from});
            from = i += by.n;
        }
        items[parts++] = tki_ov_str((tk_str){s.p + from, s.n - from});
    }
    *to = tki_ov_list(items, parts);
    to->shape = TKI_OV_STRINGS;
    return 0;
}

/* An element as Concat writes it: anything as text, nil as <nil>; those of the collector's lists as it makes text. */
static int put_element(run *r, struct tki_buf *b, const struct tki_ov *v, bool of_slice)
{
    struct tki_ov text;
    int rc = of_slice ? tki_ottl_as_string(r, v, &text) : tki_ottl_convert(r, TKI_OW_TEXT, v, &text);
    if (rc == 0 && text.type == TKI_OV_NIL)
        tki_buf_lit(b, "<nil>");
    else if (rc == 0)
        tki_buf_str(b, tki_ov_text(&text));
    return rc;
}

static int concat(run *r, const node *n, struct tki_ov *to)
{
    tk_str between = tki_ottl_const_str(n, 1, "");
    const struct tk_batch *batch = r->at ? r->at->b : NULL;
    struct tki_buf b = {0};
    struct tki_ov list;
    int rc = tki_ottl_value(r, n->kid[0], &list);
    if (rc == 0 && list.type == TKI_OV_NIL)
        list = tki_ov_list(NULL, 0);
    bool bytes = list.type == TKI_OV_BYTES; /* a slice of numbers for Go */
    if (rc == 0 && list.type != TKI_OV_LIST && !bytes)
        rc = tki_ottl_fault(r, "a value that is no list");
    for (uint32_t i = 0; rc == 0 && i < list.n; i++) {
        struct tki_ov item = bytes ? tki_ov_int((unsigned char)list.v.s[i]) : tki_ov_item(batch, &list, i);
        if (i)
            tki_buf_str(&b, between);
        rc = put_element(r, &b, &item, tki_ov_is_slice(&list));
    }
    if (rc == 0)
        return tki_ottl_keep(r, &b, to);
    tki_buf_free(&b);
    return rc;
}

/* Up to 0.160 the list had to be written out; 0.165 refuses a literal that is none. */
static int concat_known(struct tki_ottl_open *o, node *n)
{
    const node *list = n->kid[0];
    if (list->kind != TKI_ON_LIST && (o->c->release < 161 || (o->c->release >= 165 && list->literal)))
        return tki_ottl_refuse(o, list, "Concat takes a list%s", o->c->release < 161 ? " that is written out" : "");
    return 0;
}

#define STRING(name)                 \
    {                                \
        (name), TKI_OW_STRING, false \
    }
#define CONST(name)                        \
    {                                      \
        (name), TKI_OW_CONST_STRING, false \
    }

#define TRIM(first, last)                                                                     \
    {                                                                                         \
        .name = "Trim", .since = (first), .until = (last),                                    \
        .param = {STRING("target"), {"replacement", TKI_OW_CONST_STRING, true}}, .call = trim \
    }

const struct tki_ottl_func tki_ottl_text[] = {
    {.name = "IsMatch",
     .plain = true,
     .needs_regex = true,
     .param = {{"target", TKI_OW_TEXT, false}, STRING("pattern")},
     .call = is_match,
     .prepare = match_known},
    {.name = "HasPrefix",
     .plain = true,
     .since = 126,
     .until = 138,
     .param = {STRING("target"), CONST("prefix")},
     .call = has_prefix},
    {.name = "HasPrefix",
     .plain = true,
     .since = 139,
     .param = {STRING("target"), STRING("prefix")},
     .call = has_prefix},
    {.name = "HasSuffix",
     .plain = true,
     .since = 126,
     .until = 138,
     .param = {STRING("target"), CONST("suffix")},
     .call = has_suffix},
    {.name = "HasSuffix",
     .plain = true,
     .since = 139,
     .param = {STRING("target"), STRING("suffix")},
     .call = has_suffix},
    {.name = "TrimPrefix", .since = 141, .param = {STRING("target"), STRING("prefix")}, .call = trim_prefix},
    {.name = "TrimSuffix", .since = 141, .param = {STRING("target"), STRING("suffix")}, .call = trim_suffix},
    /* The two were registered as Trim at first, and the last of these counted. */
    {.name = "Trim", .since = 139, .until = 140, .param = {STRING("target"), STRING("suffix")}, .call = trim_suffix},
    TRIM(0, 138),
    TRIM(141, 0),
    {.name = "Substring",
     .until = 153,
     .param = {STRING("target"), {"start", TKI_OW_INT, false}, {"length", TKI_OW_INT, false}},
     .call = substring},
    {.name = "Substring",
     .since = 154,
     .param = {STRING("target"),
               {"start", TKI_OW_INT, false},
               {"length", TKI_OW_INT, false},
               {"utf8_safe", TKI_OW_CONST_BOOL, true}},
     .call = substring},
    {.name = "Split", .param = {STRING("target"), CONST("delimiter")}, .call = split},
    {.name = "Concat",
     .param = {{"vals", TKI_OW_ANY, false}, CONST("delimiter")},
     .call = concat,
     .prepare = concat_known},
    {0}};
