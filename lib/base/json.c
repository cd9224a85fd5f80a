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

static int append(const char *p, size_t n, void *to)
{
    struct tki_buf *b = to;
    tki_buf_put(b, p, n);
    return b->err ? -1 : 0;
}

void tki_json_write(const json_t *doc, bool compact, struct tki_buf *to)
{
    size_t flags = JSON_ENCODE_ANY | JSON_REAL_PRECISION(15) | (compact ? JSON_COMPACT : JSON_INDENT(2));
    if (!doc || json_dump_callback(doc, append, to, flags) < 0) {
        to->err = to->err ? to->err : TK_ENOMEM;
        return;
    }
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
