#include "base/num.h"
#include "base/time.h"
#include "format/codec/codec.h"
#include "format/js/decimal.h"
#include "format/js/ids.h"
#include "format/rows/rows.h"

/* ---- what it is ---- */

struct tki_cell tki_cell_json(const struct tki_js *j, const char *at)
{
    return (struct tki_cell){.json = j->p, .end = j->end, .at = at};
}

bool tki_cell_empty(const struct tki_cell *c)
{
    if (!c->json)
        return c->text.n == 0;
    return *c->json == 'n' || (c->json[0] == '"' && c->json[1] == '"');
}

bool tki_cell_nothing(const struct tki_cell *c)
{
    static const char *const none[] = {"0", "{}", "[]", "false", NULL};
    tk_str s = c->json ? (tk_str){c->json, (size_t)(c->end - c->json)} : c->text;
    if (tki_cell_empty(c))
        return true;
    for (const char *const *n = none; *n; n++) {
        size_t k = strlen(*n);
        if (tki_str_starts(s, tki_str(*n)) && (s.n == k || (c->json && memchr(",}] \r\n\t", s.p[k], 7))))
            return true;
    }
    return false;
}

/* ---- failures ---- */

void tki_cell_fail(struct tki_rows *x, const struct tki_cell *c, const char *what)
{
    tki_js_fail_at(&x->r.j, c->at, what);
}

bool tki_cell_failed(struct tki_rows *x, const struct tki_cell *c, const struct tki_js *j)
{
    const tk_str in = x->d->in;
    if (!j->error)
        return false;
    bool here = j->error_at >= in.p && j->error_at <= in.p + in.n;
    tki_js_fail_at(&x->r.j, here ? j->error_at : c->at, j->error);
    return true;
}

static struct tki_js cursor(struct tki_rows *x, const struct tki_cell *c)
{
    struct tki_js j;
    tki_js_init(&j, (tk_str){c->json, (size_t)(c->end - c->json)}, 0, x->r.j.batch);
    return j;
}

/* ---- texts ---- */

tk_str tki_cell_text(struct tki_rows *x, const struct tki_cell *c)
{
    if (!c->json)
        return c->text;
    struct tki_js j = cursor(x, c);
    tk_str s = *c->json == '"' || *c->json == 'n' ? tki_js_str(&j) : tki_js_raw(&j);
    if (tki_cell_failed(x, c, &j))
        return (tk_str){0};
    return s;
}

tk_str tki_text_unescaped(struct tki_rows *x, tk_str s)
{
    if (!tki_str_find(s, '\\'))
        return s;
    tki_buf_reset(&x->scratch);
    tki_unescape(&x->scratch, s);
    return tk_batch_copy(x->r.j.batch, tki_buf_text(&x->scratch, &x->scratch.err));
}

tk_str tki_text_unquoted(struct tki_rows *x, tk_str s, char quote)
{
    if (!tki_str_find(s, quote))
        return s;
    tki_buf_reset(&x->scratch);
    for (size_t i = 0; i < s.n; i++) {
        tki_buf_putc(&x->scratch, s.p[i]);
        i += s.p[i] == quote && i + 1 < s.n && s.p[i + 1] == quote;
    }
    return tk_batch_copy(x->r.j.batch, tki_buf_text(&x->scratch, &x->scratch.err));
}

bool tki_cell_open(struct tki_rows *x, const struct tki_cell *c, struct tki_js *j)
{
    struct tk_batch *b = x->r.j.batch;
    if (tki_cell_empty(c))
        return false;
    if (c->json && (*c->json == '{' || *c->json == '[')) {
        *j = cursor(x, c);
        return true;
    }
    tk_str s = tki_cell_text(x, c);
    tki_buf_reset(&x->scratch);
    if (tki_is_literal(s) ? !tki_literal_json(&x->scratch, s, b->notes->n) : !(s.n && (*s.p == '{' || *s.p == '['))) {
        tki_cell_fail(x, c, "expected an object or a list");
        return false;
    }
    if (tki_is_literal(s))
        s = (tk_str){x->scratch.p, x->scratch.n};
    if (x->scratch.err)
        b->err = b->err ? b->err : TK_ENOMEM;
    return tki_js_inner(j, b, s) && !b->err;
}

/* ---- numbers and times ---- */

static bool is_number(tk_str s)
{
    size_t i = s.n && (*s.p == '-' || *s.p == '+');
    bool digits = false;
    for (; i < s.n; i++) {
        digits = digits || (s.p[i] >= '0' && s.p[i] <= '9');
        if (!strchr("0123456789.eE+-", s.p[i]) || (s.p[i] == '-' && s.p[i - 1] != 'e' && s.p[i - 1] != 'E'))
            return false;
    }
    return digits;
}

/* Decimal places between a unit and nanoseconds. */
static unsigned places(uint8_t as, unsigned otherwise)
{
    switch (as) {
    case TKI_AS_NS: return 0;
    case TKI_AS_US: return 3;
    case TKI_AS_MS: return 6;
    case TKI_AS_S: return 9;
    default: return otherwise;
    }
}

/* The unit of a number that is a time of our days: seconds have 10 digits, and each unit three more. */
static unsigned places_seen(tk_str s)
{
    size_t n = 0;
    while (n < s.n && s.p[n] >= '0' && s.p[n] <= '9')
        n++;
    return n <= 11 ? 9 : n <= 14 ? 6 : n <= 17 ? 3 : 0;
}

static uint64_t decimal(struct tki_rows *x, const struct tki_cell *c, tk_str s, unsigned scale)
{
    bool negative;
    uint64_t v;
    if (tki_decimal(s, scale, &negative, &v))
        return negative ? 0 - v : v;
    tki_cell_fail(x, c, "expected a number");
    return 0;
}

uint64_t tki_cell_time(struct tki_rows *x, const struct tki_cell *c, uint8_t as)
{
    tk_str s = tki_cell_text(x, c);
    uint64_t ns = 0;
    if (!s.n)
        return 0;
    if (is_number(s)) {
        ns = decimal(x, c, s, places(as, places_seen(s)));
        return ns > INT64_MAX && *s.p == '-' ? 0 : ns; /* before 1970 */
    }
    if (!tki_parse_time(s, &ns))
        tki_cell_fail(x, c, "expected a time, as 2006-01-02 15:04:05.999999999 or a number");
    return ns;
}

uint64_t tki_cell_duration(struct tki_rows *x, const struct tki_cell *c, uint8_t as)
{
    tk_str s = tki_cell_text(x, c);
    int64_t ns;
    if (!s.n)
        return 0;
    if (is_number(s))
        return decimal(x, c, s, places(as, 0));
    if (tki_parse_time_span(s, &ns) || tki_parse_duration(s, &ns))
        return (uint64_t)ns;
    tki_cell_fail(x, c, "expected a duration, as a number, 1.5ms or 0.00:00:01.500");
    return 0;
}

uint64_t tki_cell_number(struct tki_rows *x, const struct tki_cell *c)
{
    tk_str s = tki_cell_text(x, c);
    return s.n ? decimal(x, c, s, 0) : 0;
}

bool tki_cell_truth(struct tki_rows *x, const struct tki_cell *c)
{
    static const char *const no[] = {"false", "0", "no", "f", "n", NULL};
    tk_str s = tki_cell_text(x, c);
    for (const char *const *w = no; *w; w++)
        if (tki_str_same_letters(s, tki_str(*w)))
            return false;
    return s.n > 0;
}

/* ---- ids ---- */

static tk_str path_id(tk_str s)
{
    static const char before[] = "/traces/";
    const char *p = s.n ? memmem(s.p, s.n, before, sizeof before - 1) : NULL;
    if (!p)
        return s;
    p += sizeof before - 1;
    const char *end = s.p + s.n, *slash = memchr(p, '/', (size_t)(end - p));
    return (tk_str){p, (size_t)((slash ? slash : end) - p)};
}

tk_id128 tki_cell_trace_id(struct tki_rows *x, const struct tki_cell *c, uint8_t as)
{
    if (c->json && as == TKI_AS_SEEN && *c->json != '"') { /* bytes */
        struct tki_js j = cursor(x, c);
        tk_id128 id = tki_js_trace_id(&j);
        tki_cell_failed(x, c, &j);
        return id;
    }
    tk_str s = tki_cell_text(x, c);
    return tki_trace_id(x->r.j.batch, as == TKI_AS_PATH ? path_id(s) : s, &x->r.j.odd);
}

uint64_t tki_cell_span_id(struct tki_rows *x, const struct tki_cell *c, uint8_t as)
{
    if (tki_cell_empty(c))
        return 0;
    if (as == TKI_AS_DECIMAL)
        return tki_cell_number(x, c);
    if (c->json && (*c->json == '[' || *c->json == '{')) {
        struct tki_js j = cursor(x, c);
        uint64_t id = tki_js_span_id(&j);
        tki_cell_failed(x, c, &j);
        return id;
    }
    return tki_span_id(x->r.j.batch, tki_cell_text(x, c), &x->r.j.odd);
}

/* ---- words ---- */

/* The word's place, whatever case and prefix it has; or the number that stands there; -1: neither. */
static int place_of(tk_str s, const char *const *words)
{
    static const char *const prefixes[] = {"SPAN_KIND_", "SpanKind.", "STATUS_CODE_", "StatusCode.", "KIND_", "RPC_"};
    uint64_t n;
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (tki_str_starts(s, tki_str(prefixes[i]))) {
            s = (tk_str){s.p + strlen(prefixes[i]), s.n - strlen(prefixes[i])};
            break;
        }
    for (int i = 0; words[i]; i++)
        if (tki_str_same_letters(s, tki_str(words[i])))
            return i;
    return tki_parse_u64(s, &n) && n <= UINT8_MAX ? (int)n : -1;
}

uint8_t tki_cell_kind(struct tki_rows *x, const struct tki_cell *c)
{
    static const char *const kinds[] = {"unspecified", "internal", "server", "client", "producer", "consumer", NULL};
    /* What stores call them that know requests and calls only. */
    static const struct {
        const char *word;
        uint8_t kind;
    } others[] = {{"RequestData", TK_KIND_SERVER}, {"RemoteDependencyData", TK_KIND_CLIENT},
                  {"AppRequests", TK_KIND_SERVER}, {"AppDependencies", TK_KIND_CLIENT},
                  {"request", TK_KIND_SERVER},     {"dependency", TK_KIND_CLIENT}};
    tk_str s = tki_cell_text(x, c);
    int i = place_of(s, kinds);
    if (i >= 0 || !s.n)
        return i > 0 ? (uint8_t)i : 0;
    for (size_t k = 0; k < sizeof others / sizeof *others; k++)
        if (tki_str_same_letters(s, tki_str(others[k].word)))
            return others[k].kind;
    tki_note(x->r.j.batch, TK_NOTE_WORD_UNKNOWN);
    return 0;
}

/* One that is no known word is counted. */
static uint8_t status_word(struct tki_rows *x, tk_str s)
{
    static const char *const codes[] = {"unset", "ok", "error", NULL};
    int i = place_of(s, codes);
    if (i < 0 && s.n)
        tki_note(x->r.j.batch, TK_NOTE_WORD_UNKNOWN);
    return i > 0 ? (uint8_t)i : TK_STATUS_UNSET;
}

/* The object {code, message}.  With google.rpc's codes an empty one is OK: absent codes are 0. */
static uint8_t status_object(struct tki_rows *x, const struct tki_cell *c, bool rpc, tk_str *message)
{
    struct tki_js j;
    tk_str k, code = {0};
    if (!tki_cell_open(x, c, &j) || !tki_js_object(&j))
        return TK_STATUS_UNSET;
    while (tki_js_key(&j, &k))
        if (TKI_STR_IS(k, "code"))
            code = tki_js_peek(&j) == '"' || *j.p == 'n' ? tki_js_str(&j) : tki_js_raw(&j);
        else if (TKI_STR_IS(k, "message"))
            *message = tki_js_str(&j);
        else
            tki_js_skip(&j);
    if (tki_cell_failed(x, c, &j))
        return TK_STATUS_UNSET;
    if (!rpc)
        return status_word(x, code);
    return code.n && !TKI_STR_IS(code, "0") && !TKI_STR_IS(code, "OK") ? TK_STATUS_ERROR : TK_STATUS_OK;
}

uint8_t tki_cell_status(struct tki_rows *x, const struct tki_cell *c, uint8_t as, tk_str *message)
{
    if (as == TKI_AS_RPC || (c->json && *c->json == '{'))
        return status_object(x, c, as == TKI_AS_RPC, message);
    return status_word(x, tki_cell_text(x, c));
}
