/* Functions that change the case of strings. */
#include "base/case.h"
#include "base/utf8.h"
#include "expr/ottl/func.h"

typedef struct tki_ottl_node node;
typedef struct tki_ottl_run run;

/* The character at s.p[*i], which is moved behind it; U+FFFD for a byte that is no UTF-8. */
static uint32_t next_character(tk_str s, size_t *i)
{
    const unsigned char *p = (const unsigned char *)s.p + *i;
    size_t left = s.n - *i, n = *p < 0x80 ? 1 : *p >= 0xf0 ? 4 : *p >= 0xe0 ? 3 : 2;
    if (n > left || (n > 1 && tki_utf8_valid(s.p + *i, n) != n)) {
        ++*i;
        return 0xfffd;
    }
    uint32_t c = n == 1 ? *p : *p & (0x7fu >> n);
    for (size_t k = 1; k < n; k++)
        c = c << 6 | (p[k] & 0x3fu);
    *i += n;
    return c;
}

static int map_case(run *r, tk_str s, uint32_t (*of)(uint32_t), struct tki_ov *to)
{
    char *p = tki_ottl_alloc(r, 3 * s.n + 4); /* no character becomes more than three times as long */
    size_t n = 0;
    if (!p)
        return TK_ENOMEM;
    for (size_t i = 0; i < s.n;)
        n += tki_utf8_put(p + n, of(next_character(s, &i)));
    *to = tki_ov_str((tk_str){p, n});
    return 0;
}

/* ---- snake_case and CamelCase: of ASCII letters alone ---- */

enum kind { OTHER, UPPER, LOWER, DIGIT };

static enum kind kind_of(char c)
{
    return c >= 'A' && c <= 'Z' ? UPPER : c >= 'a' && c <= 'z' ? LOWER : c >= '0' && c <= '9' ? DIGIT : OTHER;
}

static bool separates(char c)
{
    return c == ' ' || c == '_' || c == '-' || c == '.';
}

static tk_str without_space(tk_str s)
{
    while (s.n && strchr(" \t\n\v\f\r", s.p[0]) && s.p[0])
        s = (tk_str){s.p + 1, s.n - 1};
    while (s.n && strchr(" \t\n\v\f\r", s.p[s.n - 1]) && s.p[s.n - 1])
        s.n--;
    return s;
}

/* Words begin where the kind of letters changes; upper-case letters in a row are one word, but for the last one if
 * lower-case letters follow. */
static int snake(run *r, tk_str s, struct tki_ov *to)
{
    s = without_space(s);
    char *p = tki_ottl_alloc(r, 3 * s.n + 1);
    size_t n = 0;
    if (!p)
        return TK_ENOMEM;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        enum kind kind = kind_of(c), next = i + 1 < s.n ? kind_of(s.p[i + 1]) : OTHER;
        bool changes = kind != OTHER && next != OTHER && kind != next;
        if (changes && kind == UPPER && next == LOWER && i > 0 && kind_of(s.p[i - 1]) == UPPER)
            p[n++] = '_';
        p[n++] = !changes && separates(c) ? '_' : tki_lower(c);
        if (changes && (kind == LOWER || kind == DIGIT || next == DIGIT))
            p[n++] = '_';
    }
    *to = tki_ov_str((tk_str){p, n});
    return 0;
}

/* Letters behind a separator or a digit become upper case, upper-case letters behind others of them lower case. */
static int camel(run *r, tk_str s, struct tki_ov *to)
{
    s = without_space(s);
    if (TKI_STR_IS(s, "ID")) /* an abbreviation that the collector's library knows */
        s = TKI_STR("id");
    char *p = tki_ottl_alloc(r, s.n + 1);
    size_t n = 0;
    bool begins = true, was_upper = false;
    if (!p)
        return TK_ENOMEM;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        enum kind kind = kind_of(c);
        if (begins && kind == LOWER)
            c = (char)(c - 32);
        else if (!begins && was_upper && kind == UPPER)
            c = tki_lower(c);
        was_upper = kind == UPPER;
        if (kind != OTHER)
            p[n++] = c;
        begins = kind == DIGIT || (kind == OTHER && separates(c));
    }
    *to = tki_ov_str((tk_str){p, n});
    return 0;
}

static int to_lower(run *r, const node *n, struct tki_ov *to)
{
    tk_str s;
    int rc = tki_ottl_arg_str(r, n, 0, &s);
    return rc ? rc : map_case(r, s, tki_lower_of, to);
}

static int to_upper(run *r, const node *n, struct tki_ov *to)
{
    tk_str s;
    int rc = tki_ottl_arg_str(r, n, 0, &s);
    return rc ? rc : map_case(r, s, tki_upper_of, to);
}

static int to_snake(run *r, const node *n, struct tki_ov *to)
{
    tk_str s;
    int rc = tki_ottl_arg_str(r, n, 0, &s);
    return rc ? rc : snake(r, s, to);
}

static int to_camel(run *r, const node *n, struct tki_ov *to)
{
    tk_str s;
    int rc = tki_ottl_arg_str(r, n, 0, &s);
    return rc ? rc : camel(r, s, to);
}

static int convert_case(run *r, const node *n, struct tki_ov *to)
{
    tk_str word = tki_ottl_const_str(n, 1, "");
    return TKI_STR_IS(word, "lower")   ? to_lower(r, n, to)
           : TKI_STR_IS(word, "upper") ? to_upper(r, n, to)
           : TKI_STR_IS(word, "snake") ? to_snake(r, n, to)
                                       : to_camel(r, n, to);
}

static int case_known(struct tki_ottl_open *o, node *n)
{
    tk_str word = tki_ottl_const_str(n, 1, "");
    if (TKI_STR_IS(word, "lower") || TKI_STR_IS(word, "upper") || TKI_STR_IS(word, "snake") ||
        TKI_STR_IS(word, "camel"))
        return 0;
    return tki_ottl_refuse(o, n->kid[1], "ConvertCase takes lower, upper, snake or camel");
}

#define OF_STRING(name_, call_)                                                       \
    {                                                                                 \
        .name = (name_), .param = {{"target", TKI_OW_STRING, false}}, .call = (call_) \
    }

const struct tki_ottl_func tki_ottl_cases[] = {
    OF_STRING("ToLowerCase", to_lower),
    OF_STRING("ToUpperCase", to_upper),
    OF_STRING("ToSnakeCase", to_snake),
    OF_STRING("ToCamelCase", to_camel),
    {.name = "ConvertCase",
     .param = {{"target", TKI_OW_STRING, false}, {"to_case", TKI_OW_CONST_STRING, false}},
     .call = convert_case,
     .prepare = case_known},
    {0}};
