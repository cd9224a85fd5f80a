#include "report/datum.h"

#include <math.h>

#include "base/num.h"
#include "base/text.h"
#include "report/number.h"

enum { SERVICE_LEAST = 10, DOTS = 6 }; /* columns of a step that says its service */

bool tki_datum_is_number(const struct tki_datum *v)
{
    return v->type == TKI_D_U64 || v->type == TKI_D_I64 || v->type == TKI_D_REAL;
}

/* ---- for people ---- */

static double real_of(const struct tki_datum *v)
{
    return v->type == TKI_D_U64 ? (double)v->v.u64 : v->type == TKI_D_I64 ? (double)v->v.i64 : v->v.real;
}

/* Whole counts and sizes do not go through a double, which would round them. */
static bool format_whole(const struct tki_datum *v, char to[TKI_QUANTITY_MAX])
{
    bool minus = v->type == TKI_D_I64 && v->v.i64 < 0;
    if ((v->type != TKI_D_U64 && v->type != TKI_D_I64) || minus)
        return false;
    if (v->unit == TKI_U_TIME && v->zoned)
        tki_time_format_east(to, v->v.u64, v->east_s);
    else if (v->unit == TKI_U_TIME)
        tki_time_format(to, v->v.u64);
    else if (v->unit == TKI_U_BYTES)
        tki_size_format(to, v->v.u64);
    else if (v->unit == TKI_U_COUNT)
        tki_count_format(to, v->v.u64);
    else
        return false;
    return true;
}

static char *format_real(char to[TKI_QUANTITY_MAX], uint8_t unit, double x)
{
    switch ((enum tki_unit)unit) {
    case TKI_U_COUNT: return tki_number_format(to, x);
    case TKI_U_GIVEN: return tki_exact_format(to, x);
    case TKI_U_SHARE: return tki_percent_format(to, x);
    case TKI_U_NS: return tki_duration_format(to, fabs(x) < 0.5 ? 0 : x);
    case TKI_U_BYTES: return tki_bytes_format(to, x);
    case TKI_U_RATE: return tki_rate_format(to, x);
    case TKI_U_BYTE_RATE: return tki_byte_rate_format(to, x);
    case TKI_U_DOLLARS: return tki_dollars_format(to, x);
    case TKI_U_TIME: return tki_time_format(to, x > 0 ? (uint64_t)x : 0);
    }
    return to;
}

/* What rounds to nothing has no sign. */
static void put_real(struct tki_buf *to, const struct tki_datum *v, double x)
{
    char text[TKI_QUANTITY_MAX];
    format_real(text, v->unit, x);
    if (v->sign && x > 0 && strpbrk(text, "123456789"))
        tki_buf_putc(to, '+');
    tki_buf_str(to, tki_str(text));
}

static void put_number(const struct tki_datum *v, struct tki_buf *to)
{
    char text[TKI_QUANTITY_MAX];
    if (format_whole(v, text)) {
        if (v->sign && real_of(v) > 0)
            tki_buf_putc(to, '+');
        tki_buf_str(to, tki_str(text));
    } else {
        put_real(to, v, real_of(v));
    }
}

/* Appends an id, its beginning when there is no room. */
static void put_id(tk_id128 id, bool trace, size_t width, struct tki_buf *to)
{
    char digits[32];
    tki_fmt_hex64(digits, trace ? id.hi : id.lo);
    if (trace)
        tki_fmt_hex64(digits + 16, id.lo);
    tki_buf_fit(to, (tk_str){digits, trace ? 32 : 16}, width);
}

static tk_str step_name(const struct tki_path_step *s)
{
    return s->name.n ? s->name : TKI_STR("(no name)");
}

/* Columns of s once its control characters are visible.  A failure is left in `to`. */
static size_t columns_of(tk_str s, struct tki_buf *to)
{
    struct tki_buf b = {0};
    size_t n = tki_buf_fit(&b, s, SIZE_MAX);
    to->err = b.err ? b.err : to->err;
    tki_buf_free(&b);
    return n;
}

/* The service is said where it changes. */
static bool says_service(const struct tki_datum *v, uint32_t i, bool first)
{
    const struct tki_path_step *s = &v->v.path.step[i];
    return s->service.n && (first || !tki_str_eq(s->service, s[-1].service));
}

static size_t step_columns(const struct tki_datum *v, uint32_t i, bool first, struct tki_buf *to)
{
    const struct tki_path_step *s = &v->v.path.step[i];
    return columns_of(step_name(s), to) + (says_service(v, i, first) ? columns_of(s->service, to) + 2 : 0);
}

/* The name is worth more than the service, which gives way first. */
static void put_step(const struct tki_datum *v, uint32_t i, bool first, size_t width, struct tki_buf *to)
{
    const struct tki_path_step *s = &v->v.path.step[i];
    size_t used = 0, name = columns_of(step_name(s), to), all = step_columns(v, i, first, to);
    if (all > name && (all <= width || width >= name + SERVICE_LEAST + 2)) {
        used = tki_buf_fit_middle(to, s->service, all <= width ? width : width - name - 2) + 2;
        tki_buf_lit(to, ": ");
    }
    tki_buf_fit_middle(to, step_name(s), width > used ? width - used : 0);
}

size_t tki_datum_path_least(const struct tki_datum *v, bool whole, struct tki_buf *to)
{
    uint32_t n = v->type == TKI_D_PATH ? v->v.path.n : 0;
    if (!n)
        return 0;
    size_t name = columns_of(step_name(&v->v.path.step[n - 1]), to), all = step_columns(v, n - 1, true, to);
    size_t service = all > name ? all - name : 0;
    return (n > 1 || v->v.path.cut ? DOTS : 0) + name +
           (whole || service < SERVICE_LEAST + 2 ? service : SERVICE_LEAST + 2);
}

/* `service: a > b > other service: c`; the oldest steps give way, the last never: its service loses its middle, and it
 * that only where it does not fit alone. */
static void put_path(const struct tki_datum *v, size_t width, struct tki_buf *to)
{
    uint32_t n = v->v.path.n, first = n - 1;
    size_t tail = 0; /* columns of what follows step `first` */
    if (!n)
        return;
    while (first > 0) {
        size_t below = tail + step_columns(v, first, false, to) + 3;
        size_t need = below + step_columns(v, first - 1, true, to) + (first > 1 || v->v.path.cut ? DOTS : 0);
        if (need > width)
            break;
        tail = below;
        first--;
    }
    bool cut = first > 0 || v->v.path.cut;
    size_t dots = cut ? DOTS : 0, left = width > tail + dots ? width - tail - dots : 0;
    if (cut)
        tki_buf_lit(to, "... > ");
    put_step(v, first, true, left, to);
    for (uint32_t i = first + 1; i < n; i++) {
        tki_buf_lit(to, " > ");
        put_step(v, i, false, SIZE_MAX, to);
    }
}

/* Ends that read alike are written once. */
static void put_range(struct tki_buf *to, const struct tki_datum *v)
{
    size_t start = to->n;
    put_real(to, v, v->low);
    size_t n = to->n - start;
    tki_buf_lit(to, " to ");
    size_t second = to->n;
    put_real(to, v, v->high);
    if (!to->err && to->n - second == n && memcmp(to->p + start, to->p + second, n) == 0)
        to->n = start + n;
}

void tki_datum_text(const struct tki_datum *v, size_t width, struct tki_buf *to)
{
    switch ((enum tki_datum_type)v->type) {
    case TKI_D_NONE: tki_buf_putc(to, '-'); break;
    case TKI_D_BOOL: tki_buf_str(to, v->v.b ? TKI_STR("true") : TKI_STR("false")); break;
    case TKI_D_WORDS: tki_buf_fit(to, v->v.str, width); break;
    case TKI_D_NAME: tki_buf_fit_middle(to, v->v.str, width); break;
    case TKI_D_CODE:
        tki_buf_putc(to, '`');
        tki_buf_fit_middle(to, v->v.str, width == SIZE_MAX ? width : width > 2 ? width - 2 : 0);
        tki_buf_putc(to, '`');
        break;
    case TKI_D_TRACE_ID: put_id(v->v.trace_id, true, width, to); break;
    case TKI_D_SPAN_ID: put_id((tk_id128){0, v->v.u64}, false, width, to); break;
    case TKI_D_U64:
    case TKI_D_I64:
    case TKI_D_REAL: put_number(v, to); break;
    case TKI_D_RANGE: put_range(to, v); break;
    case TKI_D_PATH: put_path(v, width, to); break;
    }
}

/* ---- for programs ---- */

static void bare_real(double x, struct tki_buf *to)
{
    if (isfinite(x))
        tki_buf_double(to, x == 0 ? 0 : x); /* as in JSON */
}

static void bare_path(const struct tki_datum *v, struct tki_buf *to)
{
    if (v->v.path.cut)
        tki_buf_lit(to, "... > ");
    for (uint32_t i = 0; i < v->v.path.n; i++) {
        if (i)
            tki_buf_lit(to, " > ");
        if (v->v.path.step[i].service.n) {
            tki_buf_str(to, v->v.path.step[i].service);
            tki_buf_lit(to, ": ");
        }
        tki_buf_str(to, step_name(&v->v.path.step[i]));
    }
}

void tki_datum_bare(const struct tki_datum *v, struct tki_buf *to)
{
    switch ((enum tki_datum_type)v->type) {
    case TKI_D_NONE: break;
    case TKI_D_BOOL: tki_buf_str(to, v->v.b ? TKI_STR("true") : TKI_STR("false")); break;
    case TKI_D_WORDS:
    case TKI_D_NAME:
    case TKI_D_CODE: tki_buf_str(to, v->v.str); break;
    case TKI_D_TRACE_ID: put_id(v->v.trace_id, true, SIZE_MAX, to); break;
    case TKI_D_SPAN_ID: put_id((tk_id128){0, v->v.u64}, false, SIZE_MAX, to); break;
    case TKI_D_U64: tki_buf_u64(to, v->v.u64); break;
    case TKI_D_I64: tki_buf_i64(to, v->v.i64); break;
    case TKI_D_REAL: bare_real(v->v.real, to); break;
    case TKI_D_RANGE:
        bare_real(v->low, to);
        tki_buf_lit(to, " to ");
        bare_real(v->high, to);
        break;
    case TKI_D_PATH: bare_path(v, to); break;
    }
}
