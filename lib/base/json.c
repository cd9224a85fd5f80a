#include "base/json.h"

#include <math.h>

#include "base/err.h"
#include "base/num.h"
#include "base/utf8.h"

#define EXACT_MAX (UINT64_C(1) << 53) /* doubles hold every whole number up to here */

json_t *tki_json_new_str(tk_str s)
{
    size_t valid = tki_utf8_valid(s.p, s.n);
    if (valid == s.n)
        return json_stringn_nocheck(s.n ? s.p : "", s.n);
    struct tki_buf b = {0};
    while (s.n) {
        tki_buf_put(&b, s.p, valid);
        s = (tk_str){s.p + valid, s.n - valid};
        if (!s.n)
            break;
        tki_buf_lit(&b, "\xef\xbf\xbd");
        s = (tk_str){s.p + 1, s.n - 1};
        valid = tki_utf8_valid(s.p, s.n);
    }
    json_t *text = b.err ? NULL : json_stringn_nocheck(b.p, b.n);
    tki_buf_free(&b);
    return text;
}

json_t *tki_json_new_digits(uint64_t x)
{
    char digits[TKI_U64_DIGITS];
    return json_stringn_nocheck(digits, tki_fmt_u64(digits, x));
}

json_t *tki_json_new_u64(uint64_t x)
{
    return x > EXACT_MAX ? tki_json_new_digits(x) : json_integer((json_int_t)x);
}

json_t *tki_json_new_i64(int64_t x)
{
    char digits[TKI_U64_DIGITS];
    if (x >= -(int64_t)EXACT_MAX && x <= (int64_t)EXACT_MAX)
        return json_integer(x);
    return json_stringn_nocheck(digits, tki_fmt_i64(digits, x));
}

json_t *tki_json_new_real(double x)
{
    if (!isfinite(x))
        return json_null();
    return json_real(x == 0 ? 0 : x); /* -0 would only surprise */
}

/* ---- writing ---- */

static int append(const char *p, size_t n, void *to)
{
    struct tki_buf *b = to;
    tki_buf_put(b, p, n);
    return b->err ? -1 : 0;
}

struct writing {
    struct tki_buf *to;
    bool compact;
    unsigned depth;
};

static void put_leaf(struct writing *w, const json_t *v)
{
    if (json_is_real(v))
        tki_buf_double(w->to, json_real_value(v));
    else if (!v || json_dump_callback(v, append, w->to, JSON_ENCODE_ANY) < 0)
        w->to->err = w->to->err ? w->to->err : TK_ENOMEM;
}

static void put_key(struct writing *w, const char *key)
{
    json_t *text = json_string_nocheck(key);
    put_leaf(w, text);
    json_decref(text);
    tki_buf_str(w->to, w->compact ? TKI_STR(":") : TKI_STR(": "));
}

static void put_line(struct writing *w)
{
    if (w->compact)
        return;
    tki_buf_putc(w->to, '\n');
    for (unsigned i = 0; i < w->depth; i++)
        tki_buf_lit(w->to, "  ");
}

static void put_value(struct writing *w, const json_t *v);

static void put_object(struct writing *w, const json_t *v)
{
    const char *key;
    json_t *member;
    bool any = false;
    tki_buf_putc(w->to, '{');
    w->depth++;
    json_object_foreach((json_t *)(uintptr_t)v, key, member)
    {
        if (any)
            tki_buf_putc(w->to, ',');
        put_line(w);
        put_key(w, key);
        put_value(w, member);
        any = true;
    }
    w->depth--;
    if (any)
        put_line(w);
    tki_buf_putc(w->to, '}');
}

static void put_array(struct writing *w, const json_t *v)
{
    size_t n = json_array_size(v);
    tki_buf_putc(w->to, '[');
    w->depth++;
    for (size_t i = 0; i < n; i++) {
        if (i)
            tki_buf_putc(w->to, ',');
        put_line(w);
        put_value(w, json_array_get(v, i));
    }
    w->depth--;
    if (n)
        put_line(w);
    tki_buf_putc(w->to, ']');
}

static void put_value(struct writing *w, const json_t *v)
{
    if (json_is_object(v))
        put_object(w, v);
    else if (json_is_array(v))
        put_array(w, v);
    else
        put_leaf(w, v);
}

void tki_json_write(const json_t *doc, bool compact, struct tki_buf *to)
{
    struct writing w = {.to = to, .compact = compact};
    put_value(&w, doc);
    if (!compact)
        tki_buf_putc(to, '\n');
}

int tki_json_read(tk_str text, json_t **doc, struct tk_err *err)
{
    json_error_t e;
    *doc = json_loadb(text.n ? text.p : "", text.n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &e);
    if (*doc)
        return 0;
    if (json_error_code(&e) == json_error_out_of_memory)
        return tki_err_memory(err);
    return tki_err_at(err, TK_EINVALID, e.position < 0 ? 0 : (uint64_t)e.position, "line %d, column %d: %s", e.line,
                      e.column, e.text);
}
