#include "model/tracestate.h"

static bool lower_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool key_rest(tk_str s)
{
    for (size_t i = 1; i < s.n; i++)
        if (!lower_or_digit(s.p[i]) && s.p[i] != '_' && s.p[i] != '-' && s.p[i] != '*' && s.p[i] != '/')
            return false;
    return true;
}

static bool key_part(tk_str s, size_t max)
{
    return s.n >= 1 && s.n - 1 <= max && s.p[0] >= 'a' && s.p[0] <= 'z' && key_rest(s);
}

static bool valid_key(tk_str s)
{
    const char *at = tki_str_find(s, '@');
    if (!at)
        return key_part(s, 255);
    tk_str tenant = {s.p, (size_t)(at - s.p)}, system = {at + 1, s.n - tenant.n - 1};
    return tenant.n >= 1 && tenant.n - 1 <= 240 && lower_or_digit(tenant.p[0]) && key_rest(tenant) &&
           key_part(system, 13);
}

static bool valid_value(tk_str s)
{
    if (s.n == 0 || s.n > 256 || s.p[s.n - 1] == ' ')
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < 0x20 || s.p[i] > 0x7e || s.p[i] == ',' || s.p[i] == '=')
            return false;
    return true;
}

static bool parse_member(tk_str s, struct tki_state_member *m)
{
    const char *equals = tki_str_find(s, '=');
    if (!equals)
        return false;
    tk_str key = {s.p, (size_t)(equals - s.p)}, value = {equals + 1, s.n - (size_t)(equals - s.p) - 1};
    while (key.n && (key.p[0] == ' ' || key.p[0] == '\t')) {
        key.p++;
        key.n--;
    }
    while (value.n && (value.p[value.n - 1] == ' ' || value.p[value.n - 1] == '\t'))
        value.n--;
    *m = (struct tki_state_member){key, value};
    return valid_key(key) && valid_value(value);
}

int tki_state_parse(tk_str header, struct tki_state_member members[TKI_STATE_MEMBERS])
{
    int n = 0;
    while (header.n) {
        const char *comma = tki_str_find(header, ',');
        tk_str one = {header.p, comma ? (size_t)(comma - header.p) : header.n};
        header.p += one.n + (comma != NULL);
        header.n -= one.n + (comma != NULL);
        if (one.n == 0)
            continue;
        struct tki_state_member m;
        if (!parse_member(one, &m))
            return -1;
        for (int i = 0; i < n; i++)
            if (tki_str_eq(members[i].key, m.key))
                return -1;
        if (n == TKI_STATE_MEMBERS)
            return -1;
        members[n++] = m;
    }
    return n;
}

static char *put(char *to, tk_str s)
{
    if (s.n)
        memcpy(to, s.p, s.n);
    return to + s.n;
}

/* 56 bits as hexadecimal digits without the zeros at the end; "0" for zero. */
static char *put_threshold(char *to, uint64_t threshold)
{
    int n = 14;
    while (n > 1 && (threshold & 0xf) == 0) {
        threshold >>= 4;
        n--;
    }
    for (int i = n - 1; i >= 0; i--, threshold >>= 4)
        to[i] = "0123456789abcdef"[threshold & 0xf];
    return to + n;
}

/* The parts of the ot member except th, each with a semicolon in front. */
static char *put_parts(char *to, tk_str ot)
{
    while (ot.n) {
        const char *semicolon = tki_str_find(ot, ';');
        tk_str one = {ot.p, semicolon ? (size_t)(semicolon - ot.p) : ot.n};
        ot.p += one.n + (semicolon != NULL);
        ot.n -= one.n + (semicolon != NULL);
        if (one.n == 0 || tki_str_starts(one, TKI_STR("th:")))
            continue;
        *to++ = ';';
        to = put(to, one);
    }
    return to;
}

size_t tki_state_write(char to[TKI_STATE_TEXT_MAX], tk_str header, uint64_t threshold)
{
    struct tki_state_member m[TKI_STATE_MEMBERS];
    int n = tki_state_parse(header, m), ot = -1;
    for (int i = 0; i < n; i++)
        if (TKI_STR_IS(m[i].key, "ot"))
            ot = i;
    if (n < 0 || (ot < 0 && n == TKI_STATE_MEMBERS))
        return 0;
    char *at = put(to, TKI_STR("ot=th:"));
    at = put_threshold(at, threshold);
    if (ot >= 0)
        at = put_parts(at, m[ot].value);
    for (int i = 0; i < n; i++) {
        if (i == ot)
            continue;
        *at++ = ',';
        at = put(at, m[i].key);
        *at++ = '=';
        at = put(at, m[i].value);
    }
    return (size_t)(at - to);
}
