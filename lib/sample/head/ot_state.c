#include "sample/head/ot_state.h"

#include "base/num.h"

enum { HEADER_MAX = 1024, MEMBERS_MAX = 31, VALUE_MAX = 256, KEY_MAX = 256, TENANT_MAX = 241, SYSTEM_MAX = 14 };

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Takes what stands before the next separator from *rest. */
static tk_str next_part(tk_str *rest, char separator)
{
    const char *end = tki_str_find(*rest, separator);
    tk_str part = {rest->p, end ? (size_t)(end - rest->p) : rest->n};
    size_t taken = part.n + (end != NULL);
    rest->p += taken;
    rest->n -= taken;
    return part;
}

static tk_str trim(tk_str s)
{
    while (s.n && (s.p[0] == ' ' || s.p[0] == '\t'))
        s = (tk_str){s.p + 1, s.n - 1};
    while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
        s.n--;
    return s;
}

static bool split(tk_str member, char equality, tk_str *key, tk_str *value)
{
    const char *at = tki_str_find(member, equality);
    if (!at)
        return false;
    *key = (tk_str){member.p, (size_t)(at - member.p)};
    *value = (tk_str){at + 1, member.n - key->n - 1};
    return true;
}

static bool key_chars(tk_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!is_lower(s.p[i]) && !is_digit(s.p[i]) && !strchr("_-*/", s.p[i]))
            return false;
    return s.n > 0;
}

/* Of any length. */
static bool valid_key(tk_str s)
{
    const char *at = tki_str_find(s, '@');
    if (!at)
        return key_chars(s) && is_lower(s.p[0]);
    tk_str tenant = {s.p, (size_t)(at - s.p)}, system = {at + 1, s.n - tenant.n - 1};
    return key_chars(tenant) && key_chars(system) && (is_lower(tenant.p[0]) || is_digit(tenant.p[0])) &&
           is_lower(system.p[0]);
}

static bool short_key(tk_str s)
{
    const char *at = tki_str_find(s, '@');
    size_t tenant = at ? (size_t)(at - s.p) : 0;
    return s.n <= KEY_MAX && (!at || (tenant <= TENANT_MAX && s.n - tenant - 1 <= SYSTEM_MAX));
}

static bool valid_value(tk_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < 0x20 || s.p[i] > 0x7e || s.p[i] == ',' || s.p[i] == '=')
            return false;
    return s.n > 0 && s.n <= VALUE_MAX && s.p[s.n - 1] != ' ';
}

/* ---- the member ot ---- */

static bool valid_part(tk_str key, tk_str value)
{
    for (size_t i = 0; i < key.n; i++)
        if (!is_lower(key.p[i]) && (i == 0 || !is_digit(key.p[i])))
            return false;
    for (size_t i = 0; i < value.n; i++)
        if (!is_lower(value.p[i]) && !is_digit(value.p[i]) && !(value.p[i] >= 'A' && value.p[i] <= 'Z') &&
            !strchr("._-", value.p[i]))
            return false;
    return key.n > 0;
}

/* Digits of a number of 56 bits that stand behind its point. */
static bool parse_bits(tk_str s, size_t least, uint64_t *to)
{
    if (s.n < least || s.n > 14 || !tki_hex_short(s, to))
        return false;
    *to <<= 4 * (14 - s.n);
    return true;
}

static bool valid_ot(tk_str ot)
{
    tk_str rest = ot, key, value;
    if (ot.n > VALUE_MAX || ot.p[ot.n - 1] == ';')
        return false;
    while (rest.n)
        if (!split(next_part(&rest, ';'), ':', &key, &value) || !valid_part(key, value))
            return false;
    return true;
}

/* False: something in it is wrong; the rest counts. */
static bool parse_ot(struct tki_ot_state *s, tk_str ot)
{
    tk_str rest = ot, key, value;
    bool good = true;
    *s = (struct tki_ot_state){.header = s->header};
    if (!valid_ot(ot))
        return false;
    s->ot = ot;
    while (rest.n) {
        if (!split(next_part(&rest, ';'), ':', &key, &value))
            continue;
        if (TKI_STR_IS(key, "rv")) {
            s->rv_text = value;
            s->has_rv = parse_bits(value, 14, &s->rv);
            good = good && s->has_rv;
        } else if (TKI_STR_IS(key, "th")) {
            s->th_text = value;
            s->has_th = parse_bits(value, 1, &s->th);
            good = good && s->has_th;
        }
    }
    return good;
}

/* ---- the whole ---- */

static bool valid_header(tk_str header)
{
    tk_str rest = header, key, value;
    while (rest.n) {
        tk_str member = trim(next_part(&rest, ','));
        if (member.n && (!split(member, '=', &key, &value) || !valid_key(key) || !valid_value(value)))
            return false;
    }
    return header.n <= HEADER_MAX;
}

/* The next member that counts, from the first on with *n = 0; returns false at the end. */
static bool next_member(tk_str *rest, int *n, tk_str *member, tk_str *key, tk_str *value)
{
    while (rest->n && *n < MEMBERS_MAX) {
        *member = trim(next_part(rest, ','));
        ++*n;
        if (split(*member, '=', key, value) && short_key(*key))
            return true;
    }
    return false;
}

static bool has_long_key(tk_str header)
{
    tk_str rest = header, key, value;
    while (rest.n)
        if (split(trim(next_part(&rest, ',')), '=', &key, &value) && !short_key(key))
            return true;
    return false;
}

bool tki_ot_state_parse(struct tki_ot_state *s, tk_str header)
{
    tk_str rest = header, member, key, value;
    bool good = true;
    int n = 0;
    *s = (struct tki_ot_state){0};
    if (!valid_header(header))
        return false;
    s->header = header;
    while (next_member(&rest, &n, &member, &key, &value))
        if (TKI_STR_IS(key, "ot"))
            good = parse_ot(s, value) && good;
    return good && rest.n == 0 && !has_long_key(header);
}

void tki_ot_state_set_rv(struct tki_ot_state *s, uint64_t rv)
{
    s->has_rv = true;
    s->rv = rv;
    s->rv_text = (tk_str){0};
}

void tki_ot_state_set_th(struct tki_ot_state *s, uint64_t th)
{
    if (s->has_th && s->th > th)
        return;
    s->has_th = true;
    s->th = th;
    s->th_text = (tk_str){0};
}

static char *put(char *to, tk_str s)
{
    if (s.n)
        memcpy(to, s.p, s.n);
    return to + s.n;
}

/* With its name; zeros at the end are left out of a threshold. */
static char *put_bits(char *to, const char *name, tk_str text, uint64_t bits, bool whole)
{
    char digits[16];
    size_t n = 14;
    to = put(to, tki_str(name));
    *to++ = ':';
    if (text.n)
        return put(to, text);
    tki_fmt_hex64(digits, bits << 8);
    while (!whole && n > 1 && digits[n - 1] == '0')
        n--;
    return put(to, (tk_str){digits, n});
}

static char *put_ot(const struct tki_ot_state *s, char *to)
{
    tk_str rest = s->ot, key, value;
    const char *begin = to;
    if (s->has_rv)
        to = put_bits(to, "rv", s->rv_text, s->rv, true);
    if (s->has_th && to > begin)
        *to++ = ';';
    if (s->has_th)
        to = put_bits(to, "th", s->th_text, s->th, false);
    while (rest.n) {
        tk_str part = next_part(&rest, ';');
        if (!split(part, ':', &key, &value) || TKI_STR_IS(key, "rv") || TKI_STR_IS(key, "th"))
            continue;
        if (to > begin)
            *to++ = ';';
        to = put(to, part);
    }
    return to;
}

size_t tki_ot_state_write(const struct tki_ot_state *s, char to[TKI_OT_STATE_MAX])
{
    tk_str rest = s->header, member, key, value;
    int n = 0;
    char *at = put(to, TKI_STR("ot=")), *begin = at;
    at = put_ot(s, at);
    if (at == begin)
        at = to; /* it holds nothing: no member */
    while (next_member(&rest, &n, &member, &key, &value)) {
        if (TKI_STR_IS(key, "ot"))
            continue;
        if (at > to)
            *at++ = ',';
        at = put(at, member);
    }
    return (size_t)(at - to);
}
