/* Functions of addresses, encodings and numbers of cards. */
#include "base/digest.h"
#include "base/ip.h"
#include "base/num.h"
#include "base/utf8.h"
#include "expr/ottl/charsets.h"
#include "expr/ottl/func.h"

typedef struct tki_ottl_node node;
typedef struct tki_ottl_run run;

/* ---- addresses ---- */

static bool is_v4(const unsigned char ip[TKI_IP_BYTES])
{
    static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
    return memcmp(ip, mapped, sizeof mapped) == 0;
}

struct network {
    unsigned char ip[TKI_IP_BYTES];
    unsigned bits; /* of all 128 */
};

static bool parse_cidr(tk_str s, struct network *to)
{
    const char *slash = tki_str_find(s, '/');
    size_t n = slash ? (size_t)(slash - s.p) : 0;
    uint64_t bits = 0;
    if (!slash || s.n - n - 1 == 0 || s.n - n - 1 > 3 || !tki_parse_ip((tk_str){s.p, n}, to->ip))
        return false;
    for (size_t i = n + 1; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        bits = bits * 10 + (uint64_t)(s.p[i] - '0');
    }
    bool four = !memchr(s.p, ':', n);
    to->bits = (unsigned)bits + (four ? 96 : 0);
    return bits <= (four ? 32u : 128u);
}

static bool contains(const struct network *net, const unsigned char ip[TKI_IP_BYTES])
{
    unsigned whole = net->bits / 8, rest = net->bits % 8;
    if (is_v4(net->ip) != is_v4(ip) || memcmp(net->ip, ip, whole) != 0)
        return false;
    return rest == 0 || (net->ip[whole] ^ ip[whole]) >> (8 - rest) == 0;
}

static int is_in_cidr(run *r, const node *n, struct tki_ov *to)
{
    const node *list = n->kid[1];
    unsigned char ip[TKI_IP_BYTES];
    tk_str s;
    bool in = false;
    int rc = tki_ottl_arg_str(r, n, 0, &s);
    if (rc)
        return rc;
    bool address = tki_parse_ip(s, ip);
    for (uint32_t i = 0; i < list->nkids && address && !in; i++) {
        struct network net;
        struct tki_ov v;
        rc = tki_ottl_value(r, list->kid[i], &v);
        if (rc)
            return rc;
        if (v.type != TKI_OV_STRING || !parse_cidr(tki_ov_text(&v), &net))
            return tki_ottl_fault(r, "a network that is none");
        in = contains(&net, ip);
    }
    *to = tki_ov_bool(in);
    return 0;
}

static int networks_known(struct tki_ottl_open *o, node *n)
{
    const node *list = n->kid[1];
    struct network net;
    for (uint32_t i = 0; i < list->nkids; i++)
        if (tki_ottl_literal_string(list->kid[i]) && !parse_cidr(tki_ov_text(&list->kid[i]->value), &net))
            return tki_ottl_refuse(o, list->kid[i], "no network such as 10.0.0.0/8");
    return 0;
}

/* ---- community ids ---- */

static bool protocol_of(tk_str name, unsigned char *to)
{
    static const struct {
        const char *name;
        unsigned char number;
    } all[] = {{"ICMP", 1}, {"TCP", 6}, {"UDP", 17}, {"RSVP", 46}, {"ICMP6", 58}, {"SCTP", 132}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (tki_str_eq(name, tki_str(all[i].name))) {
            *to = all[i].number;
            return true;
        }
    return false;
}

struct flow_end {
    unsigned char ip[TKI_IP_BYTES];
    uint32_t from, port; /* the address begins at ip[from]: 12 for one of version 4 */
};

static int flow_end(run *r, const node *n, uint32_t at, struct flow_end *to)
{
    struct tki_ov port;
    tk_str s;
    int rc = tki_ottl_arg_str(r, n, at, &s);
    if (rc == 0)
        rc = tki_ottl_arg(r, n, at + 1, &port);
    if (rc)
        return rc;
    if (port.v.i < 0 || port.v.i > 65535)
        return tki_ottl_fault(r, "a port that is not between 0 and 65535");
    if (!tki_parse_ip(s, to->ip))
        return tki_ottl_fault(r, "an address that is none");
    to->from = is_v4(to->ip) ? 12 : 0;
    to->port = (uint32_t)port.v.i;
    return 0;
}

/* The end that stands first is the shorter address, the lower one, or the one with the lower port. */
static bool swapped(const struct flow_end *x, const struct flow_end *y)
{
    if (x->from != y->from)
        return x->from < y->from;
    int c = memcmp(x->ip, y->ip, TKI_IP_BYTES);
    return c > 0 || (c == 0 && x->port > y->port);
}

static size_t put_bytes(unsigned char *to, size_t n, const void *from, size_t bytes)
{
    memcpy(to + n, from, bytes);
    return n + bytes;
}

static int community_id(run *r, const node *n, struct tki_ov *to)
{
    unsigned char tuple[2 + 2 * TKI_IP_BYTES + 6], bytes[TKI_DIGEST_BYTES], protocol = 6;
    struct flow_end x, y;
    struct tki_ov seed;
    struct tki_buf b = {0};
    tk_str name;
    int rc = flow_end(r, n, 0, &x);
    if (rc == 0)
        rc = flow_end(r, n, 2, &y);
    if (rc == 0 && n->kid[4]) {
        rc = tki_ottl_arg_str(r, n, 4, &name);
        if (rc == 0 && !protocol_of(name, &protocol))
            rc = tki_ottl_fault(r, "a protocol that community ids do not know");
    }
    if (rc == 0)
        rc = tki_ottl_arg(r, n, 5, &seed);
    if (rc)
        return rc;
    int64_t number = seed.type == TKI_OV_INT ? seed.v.i : 0;
    if (number < 0 || number > 65535)
        return tki_ottl_fault(r, "a seed that is not between 0 and 65535");
    const struct flow_end *first = swapped(&x, &y) ? &y : &x, *second = first == &x ? &y : &x;
    tuple[0] = (unsigned char)(number >> 8);
    tuple[1] = (unsigned char)number;
    size_t size = put_bytes(tuple, 2, first->ip + first->from, TKI_IP_BYTES - first->from);
    size = put_bytes(tuple, size, second->ip + second->from, TKI_IP_BYTES - second->from);
    const unsigned char rest[6] = {protocol,
                                   0,
                                   (unsigned char)(first->port >> 8),
                                   (unsigned char)first->port,
                                   (unsigned char)(second->port >> 8),
                                   (unsigned char)second->port};
    size = put_bytes(tuple, size, rest, sizeof rest);
    size_t digest = tki_digest(TKI_DIGEST_SHA1, (tk_str){(const char *)tuple, size}, bytes);
    tki_buf_lit(&b, "1:");
    tki_buf_base64(&b, bytes, digest);
    return tki_ottl_keep(r, &b, to);
}

/* ---- Luhn's sum ---- */

static int is_valid_luhn(run *r, const node *n, struct tki_ov *to)
{
    struct tki_ov v;
    int rc = tki_ottl_arg(r, n, 0, &v);
    unsigned sum = 0, digits = 0;
    if (rc)
        return rc;
    if (v.type == TKI_OV_NIL)
        return tki_ottl_fault(r, "no text with digits");
    for (uint32_t i = v.n; i > 0; i--) {
        char c = v.v.s[i - 1];
        if (c == ' ')
            continue;
        if (c < '0' || c > '9')
            return tki_ottl_fault(r, "a letter that is no digit");
        unsigned d = (unsigned)(c - '0') << (digits++ % 2);
        sum += d > 9 ? d - 9 : d;
    }
    *to = tki_ov_bool(digits > 0 && sum % 10 == 0);
    return 0;
}

/* ---- base64 ---- */

struct alphabet {
    bool url, padded;
};

static bool alphabet_of(tk_str name, struct alphabet *to)
{
    *to = (struct alphabet){TKI_STR_IS(name, "base64-url") || TKI_STR_IS(name, "base64-raw-url"),
                            TKI_STR_IS(name, "base64") || TKI_STR_IS(name, "base64-url")};
    return to->url || to->padded || TKI_STR_IS(name, "base64-raw");
}

static int base64_encode(run *r, const node *n, struct tki_ov *to)
{
    struct tki_buf b = {0};
    struct alphabet a;
    tk_str s, name = {"base64", 6};
    int rc = tki_ottl_arg_str(r, n, 0, &s);
    if (rc == 0 && n->kid[1])
        rc = tki_ottl_arg_str(r, n, 1, &name);
    if (rc)
        return rc;
    if (!alphabet_of(name, &a))
        return tki_ottl_fault(r, "an unknown variant of base64");
    tki_buf_base64(&b, s.p, s.n);
    while (!a.padded && b.n && b.p[b.n - 1] == '=')
        b.n--;
    for (size_t i = 0; i < b.n && a.url; i++)
        b.p[i] = b.p[i] == '+' ? '-' : b.p[i] == '/' ? '_' : b.p[i];
    return tki_ottl_keep(r, &b, to);
}

static int sextet(char c, bool url)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == (url ? '-' : '+') ? 62 : c == (url ? '_' : '/') ? 63 : -1;
}

/* As strict as Go's decoder: padding where the alphabet has it, line breaks do not count. */
static int base64_decode(run *r, tk_str s, struct alphabet a, struct tki_ov *to)
{
    char *p = tki_ottl_alloc(r, s.n + 1);
    size_t n = 0, letters = 0, padding = 0;
    uint32_t bits = 0;
    if (!p)
        return TK_ENOMEM;
    for (size_t i = 0; i < s.n; i++) {
        int x = sextet(s.p[i], a.url);
        if (s.p[i] == '\r' || s.p[i] == '\n')
            continue;
        if (s.p[i] == '=' && a.padded) {
            padding++;
            continue;
        }
        if (x < 0 || padding)
            return tki_ottl_fault(r, "text that is no base64");
        bits = bits << 6 | (uint32_t)x;
        if (++letters % 4 != 1)
            p[n++] = (char)(bits >> (letters % 4 == 2 ? 4 : letters % 4 == 3 ? 2 : 0));
    }
    size_t rest = letters % 4;
    if (rest == 1 || padding != (a.padded && rest ? 4 - rest : 0))
        return tki_ottl_fault(r, "text that is no base64");
    *to = tki_ov_str((tk_str){p, n});
    return 0;
}

/* ---- character sets ---- */

enum charset { AS_IS, UTF16LE, UTF16BE, CHARSETS };

static enum charset charset_of(tk_str name)
{
    static const struct {
        const char *name;
        enum charset set;
    } all[] = {{"", AS_IS},           {"nop", AS_IS},        {"ascii", AS_IS},      {"us-ascii", AS_IS},
               {"utf8", AS_IS},       {"utf-8", AS_IS},      {"utf8-raw", AS_IS},   {"utf16", UTF16LE},
               {"utf-16", UTF16LE},   {"utf-16le", UTF16LE}, {"utf-16be", UTF16BE}, {"csutf16le", UTF16LE},
               {"csutf16be", UTF16BE}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (tki_str_same_letters(name, tki_str(all[i].name)))
            return all[i].set;
    return CHARSETS;
}

/* One of those with a table, or NULL. */
static const struct tki_charset *table_of(tk_str name)
{
    for (const struct tki_charset *c = tki_charsets; c->names; c++)
        for (const char *p = c->names; *p;) {
            size_t n = strcspn(p, " ");
            if (tki_str_same_letters(name, (tk_str){p, n}))
                return c;
            p += n + (p[n] == ' ');
        }
    return NULL;
}

/* Names of character sets that the collector decodes, and this does not. */
static bool decoded_elsewhere(tk_str name)
{
    static const char *const all[] = {"euc-jp",
                                      "cseucpkdfmtjapanese",
                                      "shift_jis",
                                      "csshiftjis",
                                      "ms_kanji",
                                      "big5",
                                      "csbig5",
                                      "hz-gb-2312",
                                      "gbk",
                                      "cp936",
                                      "csgbk",
                                      "ms936",
                                      "windows-936",
                                      "gb18030",
                                      "csgb18030",
                                      "iso-2022-jp",
                                      "csiso2022jp",
                                      "euc-kr",
                                      "cseuckr",
                                      "ibm037",
                                      "cp037",
                                      "csibm037",
                                      "ebcdic-cp-us",
                                      "ebcdic-cp-ca",
                                      "ebcdic-cp-wt",
                                      "ebcdic-cp-nl",
                                      "ibm01140",
                                      "cp01140",
                                      "ccsid01140",
                                      "csibm01140",
                                      "ibm1047",
                                      "ibm-1047",
                                      "csibm1047",
                                      "iso-8859-6-e",
                                      "iso_8859-6-e",
                                      "csiso88596e",
                                      "iso-8859-6-i",
                                      "iso_8859-6-i",
                                      "csiso88596i",
                                      "iso-8859-8-e",
                                      "iso_8859-8-e",
                                      "csiso88598e",
                                      "iso-8859-8-i",
                                      "iso_8859-8-i",
                                      "csiso88598i",
                                      "csutf16",
                                      "ebcdic-us-37+euro",
                                      "extended_unix_code_packed_format_for_japanese"};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (tki_str_same_letters(name, tki_str(all[i])))
            return true;
    return false;
}

static int decode_utf16(run *r, tk_str s, bool big, struct tki_ov *to)
{
    char *p = tki_ottl_alloc(r, 2 * s.n + 8);
    size_t n = 0;
    if (!p)
        return TK_ENOMEM;
    for (size_t i = 0; i < s.n; i += 2) {
        const unsigned char *u = (const unsigned char *)s.p + i;
        uint32_t c = 0xfffd, low = 0;
        if (i + 1 < s.n)
            c = big ? (uint32_t)u[0] << 8 | u[1] : (uint32_t)u[1] << 8 | u[0];
        if (c >= 0xd800 && c < 0xdc00 && i + 3 < s.n)
            low = big ? (uint32_t)u[2] << 8 | u[3] : (uint32_t)u[3] << 8 | u[2];
        if (low >= 0xdc00 && low < 0xe000) {
            c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
            i += 2;
        }
        n += tki_utf8_put(p + n, c >= 0xd800 && c < 0xe000 ? 0xfffd : c);
    }
    *to = tki_ov_str((tk_str){p, n});
    return 0;
}

static int decode_table(run *r, tk_str s, const struct tki_charset *c, struct tki_ov *to)
{
    char *p = tki_ottl_alloc(r, 3 * s.n + 1);
    size_t n = 0;
    if (!p)
        return TK_ENOMEM;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char x = (unsigned char)s.p[i];
        n += tki_utf8_put(p + n, x < 0x80 ? x : c->high[x - 0x80]);
    }
    *to = tki_ov_str((tk_str){p, n});
    return 0;
}

static int decode(run *r, const node *n, struct tki_ov *to)
{
    struct alphabet a;
    struct tki_ov v;
    tk_str name;
    int rc = tki_ottl_arg(r, n, 0, &v);
    if (rc == 0)
        rc = tki_ottl_arg_str(r, n, 1, &name);
    if (rc)
        return rc;
    if (v.type != TKI_OV_STRING && v.type != TKI_OV_BYTES)
        return tki_ottl_fault(r, "a value that cannot be decoded");
    tk_str s = tki_ov_text(&v);
    if (alphabet_of(name, &a))
        return base64_decode(r, s, a, to);
    switch (charset_of(name)) {
    case AS_IS: *to = tki_ov_str(s); return 0;
    case UTF16LE: return decode_utf16(r, s, false, to);
    case UTF16BE: return decode_utf16(r, s, true, to);
    case CHARSETS: break;
    }
    const struct tki_charset *table = table_of(name);
    if (table)
        return decode_table(r, s, table, to);
    if (!decoded_elsewhere(name))
        return tki_ottl_fault(r, "an unknown encoding");
    r->why = "Decode from this character set is not evaluated by this version";
    return TK_EUNSUPPORTED;
}

/* An unknown encoding is refused from 0.151 on; before, an error of evaluation. */
static int encoding_known(struct tki_ottl_open *o, node *n)
{
    struct alphabet a;
    if (!tki_ottl_literal_string(n->kid[1]))
        return o->c->release < 139 ? tki_ottl_refuse(o, n->kid[1], "Decode takes an encoding that is written out") : 0;
    tk_str name = tki_ov_text(&n->kid[1]->value);
    if (alphabet_of(name, &a) || charset_of(name) != CHARSETS || table_of(name))
        return 0;
    if (decoded_elsewhere(name))
        return tki_ottl_refuse(o, n->kid[1], "Decode from this character set is not evaluated by this version");
    return o->c->release >= 151 ? tki_ottl_refuse(o, n->kid[1], "an unknown encoding") : 0;
}

static int base64_decode_all(run *r, const node *n, struct tki_ov *to)
{
    tk_str s;
    int rc = tki_ottl_arg_str(r, n, 0, &s);
    return rc ? rc : base64_decode(r, s, (struct alphabet){false, true}, to);
}

#define STRING(name)                 \
    {                                \
        (name), TKI_OW_STRING, false \
    }

const struct tki_ottl_func tki_ottl_net[] = {
    {.name = "IsInCIDR",
     .since = 146,
     .param = {STRING("target"), {"networks", TKI_OW_STRINGS, false}},
     .call = is_in_cidr,
     .prepare = networks_known},
    {.name = "CommunityID",
     .since = 141,
     .param = {STRING("source_ip"),
               {"source_port", TKI_OW_INT, false},
               STRING("destination_ip"),
               {"destination_port", TKI_OW_INT, false},
               {"protocol", TKI_OW_STRING, true},
               {"seed", TKI_OW_INT, true}},
     .call = community_id},
    {.name = "IsValidLuhn", .since = 122, .param = {{"target", TKI_OW_TEXT, false}}, .call = is_valid_luhn},
    {.name = "Base64Encode",
     .since = 147,
     .param = {STRING("target"), {"variant", TKI_OW_STRING, true}},
     .call = base64_encode},
    {.name = "Base64Decode", .until = 160, .param = {STRING("target")}, .call = base64_decode_all},
    {.name = "Decode",
     .param = {{"target", TKI_OW_ANY, false}, STRING("encoding")},
     .call = decode,
     .prepare = encoding_known},
    {0}};
