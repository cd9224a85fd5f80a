/* URL(text): its parts, as Go's net/url takes it apart. */
#include "base/go_number.h"
#include "base/ip.h"
#include "expr/ottl/members.h"

typedef struct tki_ottl_node node;
typedef struct tki_ottl_run run;

enum part { PATH, USER, HOST, ZONE, FRAGMENT, QUERY };

struct url {
    run *r;
    tk_str scheme, opaque, username, password, host, path, raw_path, query, fragment, raw_fragment;
    bool has_user, has_password, omits_host, force_query;
};

static int wrong(struct url *u, const char *why)
{
    return tki_ottl_fault(u->r, why);
}

/* ---- escapes ---- */

static bool alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool among(char c, const char *set)
{
    return c && strchr(set, c);
}

/* Returns true if the character must be escaped in the part. */
static bool escaped_in(char c, enum part part)
{
    if (alnum(c) || among(c, "-_.~"))
        return false;
    if ((part == HOST || part == ZONE) && among(c, "!$&'()*+,;=:[]<>\""))
        return false;
    if (among(c, "$&+,/:;=?@"))
        return part == PATH ? c == '?' : part == USER ? among(c, "@/?:") : part != FRAGMENT;
    return !(part == FRAGMENT && among(c, "!()*"));
}

static int nibble(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : tki_lower(c) >= 'a' && tki_lower(c) <= 'f' ? tki_lower(c) - 'a' + 10 : -1;
}

/* The byte of an escape; returns false if there is none at s.p[i], or if the part does not allow it. */
static bool unescape_byte(tk_str s, size_t i, enum part part, char *to)
{
    if (i + 2 >= s.n || nibble(s.p[i + 1]) < 0 || nibble(s.p[i + 2]) < 0)
        return false;
    *to = (char)(nibble(s.p[i + 1]) << 4 | nibble(s.p[i + 2]));
    bool percent = *to == '%';
    if (part == HOST)
        return nibble(s.p[i + 1]) >= 8 || percent;
    return part != ZONE || percent || *to == ' ' || !escaped_in(*to, HOST);
}

static int unescape(struct url *u, tk_str s, enum part part, tk_str *to)
{
    char *p = tki_ottl_alloc(u->r, s.n + 1);
    size_t n = 0;
    if (!p)
        return TK_ENOMEM;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '%') {
            if (!unescape_byte(s, i, part, &c))
                return wrong(u, "an escape that is none, or not allowed here, in a URL");
            i += 2;
        } else if (c == '+' && part == QUERY) {
            c = ' ';
        } else if ((part == HOST || part == ZONE) && (unsigned char)c < 0x80 && escaped_in(c, part)) {
            return wrong(u, "a character that no host in a URL has");
        }
        p[n++] = c;
    }
    *to = (tk_str){p, n};
    return 0;
}

static void put_escaped(struct tki_buf *b, tk_str s, enum part part)
{
    for (size_t i = 0; i < s.n; i++)
        if (escaped_in(s.p[i], part))
            tki_buf_printf(b, "%%%02X", (unsigned char)s.p[i]);
        else
            tki_buf_putc(b, s.p[i]);
}

/* The text as it was written, where that is a way to write it, else escaped anew. */
static void put_as_written(struct tki_buf *b, tk_str raw, tk_str s, enum part part)
{
    bool fits = raw.n > 0;
    for (size_t i = 0; i < raw.n && fits; i++)
        fits = among(raw.p[i], "!$&'()*+,;=:@[]%") || !escaped_in(raw.p[i], part);
    if (fits)
        tki_buf_str(b, raw);
    else if (part == PATH && TKI_STR_IS(s, "*"))
        tki_buf_putc(b, '*');
    else
        put_escaped(b, s, part);
}

/* ---- taking apart ---- */

static tk_str before(tk_str s, size_t n)
{
    return (tk_str){s.p, n};
}

static tk_str behind(tk_str s, size_t n)
{
    return (tk_str){s.p + n, s.n - n};
}

static bool first_of(tk_str s, char c, size_t *at)
{
    const char *p = tki_str_find(s, c);
    *at = p ? (size_t)(p - s.p) : s.n;
    return p != NULL;
}

static bool last_of(tk_str s, char c, size_t *at)
{
    for (*at = s.n; *at > 0;)
        if (s.p[--*at] == c)
            return true;
    *at = s.n;
    return false;
}

static int take_scheme(struct url *u, tk_str *rest)
{
    for (size_t i = 0; i < rest->n; i++) {
        char c = rest->p[i];
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (i > 0 && (alnum(c) || among(c, "+-."))))
            continue;
        if (c == ':' && i == 0)
            return wrong(u, "a URL without scheme in front of its colon");
        if (c != ':')
            return 0;
        char *p = tki_ottl_alloc(u->r, i);
        if (!p)
            return TK_ENOMEM;
        for (size_t k = 0; k < i; k++)
            p[k] = tki_lower(rest->p[k]);
        u->scheme = (tk_str){p, i};
        *rest = behind(*rest, i + 1);
        return 0;
    }
    return 0;
}

static bool is_port(tk_str s) /* with its colon; none at all is one */
{
    for (size_t i = 1; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return s.n == 0 || s.p[0] == ':';
}

static int bracketed_host(struct url *u, tk_str s)
{
    size_t close, zone = 0;
    tk_str host, port, tail = {"", 0};
    unsigned char ip[TKI_IP_BYTES];
    if (!last_of(s, ']', &close) || !is_port(behind(s, close + 1)))
        return wrong(u, "a host in brackets that is not closed, or without a port behind them");
    tk_str inside = (tk_str){s.p + 1, close - 1};
    while (zone + 3 <= inside.n && memcmp(inside.p + zone, "%25", 3) != 0)
        zone++;
    if (zone + 3 > inside.n)
        zone = inside.n;
    int rc = unescape(u, behind(s, close + 1), HOST, &port);
    if (rc == 0)
        rc = unescape(u, before(inside, zone), HOST, &host);
    if (rc == 0 && zone < inside.n)
        rc = unescape(u, behind(inside, zone), ZONE, &tail);
    if (rc)
        return rc;
    size_t percent;
    tk_str address = first_of(host, '%', &percent) ? before(host, percent) : host;
    bool empty_zone = tail.n == 1 || percent + 1 == host.n;
    if (!tki_str_find(address, ':') || !tki_parse_ip(address, ip) || empty_zone)
        return wrong(u, "a host in brackets that is no address of version 6");
    char *p = tki_ottl_alloc(u->r, host.n + tail.n + port.n + 2);
    if (!p)
        return TK_ENOMEM;
    size_t n = 0;
    p[n++] = '[';
    memcpy(p + n, host.p, host.n);
    n += host.n;
    if (tail.n)
        memcpy(p + n, tail.p, tail.n);
    n += tail.n;
    p[n++] = ']';
    if (port.n)
        memcpy(p + n, port.p, port.n);
    u->host = (tk_str){p, n + port.n};
    return 0;
}

static int take_host(struct url *u, tk_str s)
{
    size_t bracket, colon, last;
    if (last_of(s, '[', &bracket))
        return bracket ? wrong(u, "a bracket in the middle of a host in a URL") : bracketed_host(u, s);
    if (first_of(s, ':', &colon)) {
        last_of(s, ':', &last);
        bool strict = TKI_STR_IS(u->scheme, "http") || TKI_STR_IS(u->scheme, "https");
        if (!is_port(behind(s, strict ? colon : last)))
            return wrong(u, "a port in a URL that is no number");
    }
    return unescape(u, s, HOST, &u->host);
}

static int take_user(struct url *u, tk_str s)
{
    size_t colon;
    for (size_t i = 0; i < s.n; i++)
        if (!alnum(s.p[i]) && !among(s.p[i], "-._:~!$&'()*+,;=%@"))
            return wrong(u, "a character that no user in a URL has");
    u->has_user = true;
    u->has_password = first_of(s, ':', &colon);
    int rc = unescape(u, before(s, colon), USER, &u->username);
    return rc || !u->has_password ? rc : unescape(u, behind(s, colon + 1), USER, &u->password);
}

static int take_authority(struct url *u, tk_str s)
{
    size_t at;
    bool user = last_of(s, '@', &at);
    int rc = take_host(u, user ? behind(s, at + 1) : s);
    return rc || !user ? rc : take_user(u, before(s, at));
}

/* Behind the scheme. */
static int take_rest(struct url *u, tk_str rest)
{
    size_t mark, slash, colon;
    if (first_of(rest, '?', &mark)) {
        u->force_query = mark + 1 == rest.n;
        u->query = behind(rest, mark + 1);
        rest = before(rest, mark);
    }
    bool rooted = rest.n && rest.p[0] == '/';
    if (!rooted && u->scheme.n) {
        u->opaque = rest;
        return 0;
    }
    first_of(rest, '/', &slash);
    if (!rooted && first_of(before(rest, slash), ':', &colon))
        return wrong(u, "a URL whose first part has a colon");
    bool two = rest.n >= 2 && rest.p[1] == '/' && rooted, three = two && rest.n >= 3 && rest.p[2] == '/';
    if (two && (u->scheme.n || !three)) {
        tk_str authority = behind(rest, 2);
        first_of(authority, '/', &slash);
        rest = behind(authority, slash);
        int rc = take_authority(u, before(authority, slash));
        if (rc)
            return rc;
    } else {
        u->omits_host = u->scheme.n && rooted;
    }
    u->raw_path = rest;
    return unescape(u, rest, PATH, &u->path);
}

static int parse(struct url *u, tk_str s)
{
    size_t hash;
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
            return wrong(u, "a control character in a URL");
    bool fragment = first_of(s, '#', &hash);
    tk_str rest = before(s, hash);
    if (TKI_STR_IS(rest, "*")) {
        u->path = rest;
    } else {
        int rc = take_scheme(u, &rest);
        if (rc == 0)
            rc = take_rest(u, rest);
        if (rc)
            return rc;
    }
    if (!fragment)
        return 0;
    u->raw_fragment = behind(s, hash + 1);
    return unescape(u, u->raw_fragment, FRAGMENT, &u->fragment);
}

/* ---- putting together ---- */

static void put_user(struct tki_buf *b, const struct url *u)
{
    put_escaped(b, u->username, USER);
    if (!u->has_password)
        return;
    tki_buf_putc(b, ':');
    put_escaped(b, u->password, USER);
}

static void put_path(struct tki_buf *b, const struct url *u)
{
    struct tki_buf path = {0};
    size_t slash, colon;
    put_as_written(&path, u->raw_path, u->path, PATH);
    tk_str p = {path.n ? path.p : "", path.n};
    if (p.n && p.p[0] != '/' && u->host.n)
        tki_buf_putc(b, '/');
    first_of(p, '/', &slash);
    if (b->n == 0 && first_of(before(p, slash), ':', &colon)) /* it would be a scheme */
        tki_buf_lit(b, "./");
    tki_buf_str(b, p);
    tki_buf_free(&path);
}

static void put_url(struct tki_buf *b, const struct url *u)
{
    if (u->scheme.n) {
        tki_buf_str(b, u->scheme);
        tki_buf_putc(b, ':');
    }
    if (u->opaque.n) {
        tki_buf_str(b, u->opaque);
    } else {
        bool authority = u->scheme.n || u->host.n || u->has_user;
        if (authority && !(u->omits_host && !u->host.n && !u->has_user)) {
            if (u->host.n || u->path.n || u->has_user)
                tki_buf_lit(b, "//");
            if (u->has_user) {
                put_user(b, u);
                tki_buf_putc(b, '@');
            }
            put_escaped(b, u->host, HOST);
        }
        put_path(b, u);
    }
    if (u->force_query || u->query.n) {
        tki_buf_putc(b, '?');
        tki_buf_str(b, u->query);
    }
    if (u->fragment.n) {
        tki_buf_putc(b, '#');
        put_as_written(b, u->raw_fragment, u->fragment, FRAGMENT);
    }
}

/* ---- the function ---- */

static int put(run *r, struct tki_ottl_members *m, const char *key, tk_str value)
{
    return tki_ottl_put(r, m, tki_str(key), tki_ov_str(value));
}

static int put_built(run *r, struct tki_ottl_members *m, const char *key, struct tki_buf *b)
{
    struct tki_ov text;
    int rc = tki_ottl_keep(r, b, &text);
    return rc ? rc : tki_ottl_put(r, m, tki_str(key), text);
}

static int put_host(run *r, struct tki_ottl_members *m, const struct url *u)
{
    size_t colon;
    tk_str host = u->host, port = {"", 0};
    int64_t number;
    if (last_of(host, ':', &colon) && is_port(behind(host, colon))) {
        port = behind(host, colon + 1);
        host = before(host, colon);
    }
    if (host.n >= 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
        host = (tk_str){host.p + 1, host.n - 2};
    int rc = put(r, m, "url.domain", host);
    if (rc || !port.n)
        return rc;
    if (tki_go_parse_int(port, 10, &number))
        return tki_ottl_fault(r, "a port beyond 64 bits");
    return tki_ottl_put(r, m, TKI_STR("url.port"), (struct tki_ov){.type = TKI_OV_PORT, .v.i = number});
}

static int put_parts(run *r, struct tki_ottl_members *m, const struct url *u)
{
    struct tki_buf original = {0}, user = {0};
    size_t dot;
    put_url(&original, u);
    int rc = put_built(r, m, "url.original", &original);
    if (rc == 0)
        rc = put_host(r, m, u);
    if (rc == 0)
        rc = put(r, m, "url.scheme", u->scheme);
    if (rc == 0)
        rc = put(r, m, "url.path", u->path);
    if (rc == 0 && u->fragment.n)
        rc = put(r, m, "url.fragment", u->fragment);
    if (rc == 0 && u->has_user) {
        put_user(&user, u);
        rc = put_built(r, m, "url.user_info", &user);
    }
    if (rc == 0 && u->username.n)
        rc = put(r, m, "url.username", u->username);
    if (rc == 0 && u->has_password)
        rc = put(r, m, "url.password", u->password);
    if (rc == 0 && u->query.n)
        rc = put(r, m, "url.query", u->query);
    if (rc == 0 && last_of(u->path, '.', &dot) && dot + 1 < u->path.n)
        rc = put(r, m, "url.extension", behind(u->path, dot + 1));
    return rc;
}

/* A text that begins with a question mark: { "query": { name: [ values ] } }. */
static int put_query(run *r, struct tki_ottl_members *m, tk_str s)
{
    struct tki_ottl_members all = {0};
    struct url u = {.r = r};
    while (s.n) {
        size_t end, equals, semicolon;
        first_of(s, '&', &end);
        tk_str pair = before(s, end), name, value;
        s = behind(s, end < s.n ? end + 1 : end);
        if (first_of(pair, ';', &semicolon))
            return tki_ottl_fault(r, "a semicolon in a query");
        if (!pair.n)
            continue;
        first_of(pair, '=', &equals);
        int rc = unescape(&u, before(pair, equals), QUERY, &name);
        if (rc == 0)
            rc = unescape(&u, behind(pair, equals < pair.n ? equals + 1 : equals), QUERY, &value);
        if (rc)
            return rc;
        struct tki_ov list = tki_ov_list(NULL, 0), whole = tki_ottl_map_of(&all);
        tki_ov_find(NULL, &whole, name, &list);
        struct tki_ov *items = tki_ottl_alloc(r, ((size_t)list.n + 1) * sizeof *items);
        if (!items)
            return TK_ENOMEM;
        if (list.n)
            memcpy(items, list.v.items, list.n * sizeof *items);
        items[list.n] = tki_ov_str(value);
        rc = tki_ottl_put(r, &all, name, tki_ov_list(items, list.n + 1));
        if (rc)
            return rc;
    }
    return all.n ? tki_ottl_put(r, m, TKI_STR("query"), tki_ottl_map_of(&all)) : 0;
}

static int url(run *r, const node *n, struct tki_ov *to)
{
    struct tki_ottl_members m = {0};
    struct url u = {.r = r};
    tk_str s;
    int rc = tki_ottl_arg_str(r, n, 0, &s);
    if (rc)
        return rc;
    if (s.n == 0)
        return tki_ottl_fault(r, "an empty URL");
    if (s.p[0] == '?') {
        rc = put_query(r, &m, behind(s, 1));
    } else {
        rc = parse(&u, s);
        if (rc == 0)
            rc = put_parts(r, &m, &u);
    }
    *to = tki_ottl_map_of(&m);
    return rc;
}

const struct tki_ottl_func tki_ottl_urls[] = {{.name = "URL", .param = {{"uri", TKI_OW_STRING, false}}, .call = url},
                                              {0}};
