/* Values of options: the text behind an option, by the kind of its row; and what was meant by a text that is none. */
#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/num.h"
#include "cli/moment.h"
#include "cli/opts_in.h"
#include "cli/quantity.h"
#include "report/number.h"

/* ---- guesses ---- */

/* Insertions, deletions, replacements and exchanges of neighbours that make a into b. */
static unsigned distance(const char *a, size_t na, const char *b, size_t nb)
{
    enum { MOST = 40 };
    unsigned d[MOST + 1][MOST + 1];
    if (na > MOST || nb > MOST)
        return UINT32_MAX;
    for (size_t i = 0; i <= na; i++)
        for (size_t j = 0; j <= nb; j++) {
            if (!i || !j) {
                d[i][j] = (unsigned)(i + j);
                continue;
            }
            unsigned best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            if (d[i - 1][j] + 1 < best)
                best = d[i - 1][j] + 1;
            if (d[i][j - 1] + 1 < best)
                best = d[i][j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && d[i - 2][j - 2] + 1 < best)
                best = d[i - 2][j - 2] + 1;
            d[i][j] = best;
        }
    return d[na][nb];
}

struct tki_guess tki_guess_of(const char *text, size_t n)
{
    struct tki_guess g = {.text = text, .n = n, .least = n < 9 ? 3 : 4}; /* up to 2 or 3 mistakes are a slip */
    if (n < g.least)
        g.least = (unsigned)n;
    return g;
}

void tki_guess_try(struct tki_guess *g, const char *candidate)
{
    unsigned d = distance(g->text, g->n, candidate, strlen(candidate));
    if (d < g->least) {
        g->least = d;
        g->best = candidate;
    }
}

/* ---- values ---- */

static int list_put(struct tki_list *l, const char *text, struct tk_err *err)
{
    if ((l->n & (l->n - 1)) == 0) { /* the array is full at each power of two */
        const char **item = realloc(l->item, (l->n ? l->n * 2 : 1) * sizeof *item);
        if (!item)
            return tki_err_memory(err);
        l->item = item;
    }
    l->item[l->n++] = text;
    return 0;
}

/* Messages show an argument up to this many bytes. */
#define SHOWN "%.80s"

static int wrong(const struct tki_opt *row, const char *text, const char *what, struct tk_err *err)
{
    return tki_err_set(err, TK_EUSAGE, "--%s: '" SHOWN "' is not %s", row->name, text, what);
}

static const char *limit_text(char to[TKI_QUANTITY_MAX], const struct tki_opt *row, uint64_t limit)
{
    if (row->kind == TKI_DURATION)
        return tki_duration_exact(to, (int64_t)limit);
    if (row->kind == TKI_SIZE)
        return tki_size_format(to, limit);
    snprintf(to, TKI_QUANTITY_MAX, "%" PRIu64, limit);
    return to;
}

static int check_limits(const struct tki_opt *row, const char *text, uint64_t x, struct tk_err *err)
{
    char limit[TKI_QUANTITY_MAX];
    if (x < row->min)
        return tki_err_set(err, TK_EUSAGE, "--%s: " SHOWN " is less than %s", row->name, text,
                           limit_text(limit, row, row->min));
    if (row->max && x > row->max)
        return tki_err_set(err, TK_EUSAGE, "--%s: " SHOWN " is more than %s", row->name, text,
                           limit_text(limit, row, row->max));
    return 0;
}

/* Text is n bytes of the argument. */
static int none_of(const struct tki_opt *row, const char *text, size_t n, struct tk_err *err)
{
    struct tki_buf known = {0};
    struct tki_guess guess = tki_guess_of(text, n);
    const struct tk_format_info *f;
    bool write = row->kind == TKI_WRITABLE;
    for (size_t i = 0; (write || row->kind == TKI_READABLE) && (f = tk_format_at(i)); i++)
        if (write ? f->can_write : f->can_read)
            tki_guess_try(&guess, f->name);
    for (size_t i = 0; row->choices && row->choices[i]; i++)
        tki_guess_try(&guess, row->choices[i]);
    enum { SHORT = 60 };                             /* bytes of a list that does not hide the guess */
    bool meant = guess.best && guess.least * 3 <= n; /* of three letters one may be wrong */
    tki_opts_words(row, ", ", &known);
    tki_buf_putc(&known, 0);
    if (meant)
        tki_err_set(err, TK_EUSAGE, "--%s: there is no '%.*s' (did you mean '%s'?)%s%s", row->name,
                    (int)(n < 40 ? n : 40), text, guess.best, known.n < SHORT ? "; there are " : "",
                    known.n < SHORT && !known.err ? known.p : "");
    else
        tki_err_set(err, TK_EUSAGE, "--%s: '%.*s' is none of %s", row->name, (int)(n < 40 ? n : 40), text,
                    known.err ? "" : known.p);
    tki_buf_free(&known);
    return TK_EUSAGE;
}

/* The index of a choice, in any case of letters; -1: there is none of that name. */
static int find_choice(const struct tki_opt *row, tk_str text)
{
    for (int i = 0; row->choices && row->choices[i]; i++)
        if (tki_str_same_letters(tki_str(row->choices[i]), text))
            return i;
    return -1;
}

static int parse_choice(const struct tki_opt *row, const char *text, int *to, struct tk_err *err)
{
    int i = find_choice(row, tki_str(text));
    if (i < 0)
        return none_of(row, text, strlen(text), err);
    *to = i;
    return 0;
}

static int parse_set(const struct tki_opt *row, const char *text, uint64_t *to, struct tk_err *err)
{
    uint64_t set = 0;
    for (bool more = true; more;) {
        size_t n = strcspn(text, ",");
        int i = find_choice(row, (tk_str){text, n});
        if (i < 0)
            return none_of(row, text, n, err);
        set |= 1ull << i;
        more = text[n] == ',';
        text += n + more;
    }
    *to = set;
    return 0;
}

static int parse_format(const struct tki_opt *row, const char *text, const char **to, struct tk_err *err)
{
    bool write = row->kind == TKI_WRITABLE;
    const struct tk_format_info *f;
    for (size_t i = 0; (f = tk_format_at(i)); i++)
        if (tki_str_same_letters(tki_str(f->name), tki_str(text))) {
            if (!(write ? f->can_write : f->can_read))
                return tki_err_set(err, TK_EUSAGE, "--%s: the format '%s' can only be %s", row->name, f->name,
                                   write ? "read" : "written");
            *to = f->name;
            return 0;
        }
    int i = find_choice(row, tki_str(text));
    if (i < 0)
        return none_of(row, text, strlen(text), err);
    *to = row->choices[i];
    return 0;
}

/* Says which numbers are times, and how to write this one so that it is one. */
static int wrong_time(const struct tki_opt *row, const char *text, struct tk_err *err)
{
    size_t digits = tki_time_digits(tki_str(text));
    if (digits)
        return tki_err_set(err, TK_EUSAGE,
                           "--%s: " SHOWN " has %zu %s: Unix time has 10 in seconds, 13 in milliseconds, 16 in "
                           "microseconds, 19 in nanoseconds; for other seconds write @" SHOWN,
                           row->name, text, digits, tki_plural(digits, "digit", "digits"), text);
    return wrong(row, text,
                 "a time such as 2024-05-01T12:00:00Z, 2024-05-01, 12:00, -1h (before the last span starts) or "
                 "1714564800 (Unix time: 10 digits are seconds, 13 milliseconds, 16 microseconds, 19 nanoseconds)",
                 err);
}

/* Kinds whose field is 64 bits of whole number. */
static int parse_whole(const struct tki_opt *row, const char *text, void *field, struct tk_err *err)
{
    tk_str s = tki_str(text);
    uint64_t x = 0;
    int64_t ns;
    switch (row->kind) {
    case TKI_UINT:
        if (!tki_parse_u64(s, &x))
            return wrong(row, text, "a whole number", err);
        break;
    case TKI_SIZE:
        if (!tki_size_parse(s, &x))
            return wrong(row, text, "a size such as 64MiB, 1.5GB or 4096", err);
        break;
    case TKI_DURATION:
        if (!tki_duration_parse(s, &ns))
            return wrong(row, text, "a duration such as 250ms, 1.5s or 1h30m", err);
        x = (uint64_t)ns;
        break;
    default: assert(false); break; /* no other kind has a whole number */
    }
    int rc = check_limits(row, text, x, err);
    if (!rc)
        memcpy(field, &x, sizeof x);
    return rc;
}

static int parse_moment(const struct tki_opt *row, const char *text, struct tki_moment *to, struct tk_err *err)
{
    return tki_moment_parse(tki_str(text), to) ? 0 : wrong_time(row, text, err);
}

static int parse_real(const struct tki_opt *row, const char *text, double *to, struct tk_err *err)
{
    tk_str s = tki_str(text);
    double x;
    if (row->kind == TKI_RATE && !tki_rate_parse(s, &x))
        return wrong(row, text, "a rate such as 1000/s, 60/m or 1000", err);
    if (row->kind == TKI_SHARE && !tki_share_parse(s, &x))
        return wrong(row, text, "a share such as 10% or 0.1", err);
    if (row->kind == TKI_DOUBLE && (!tki_parse_double(s, &x) || !isfinite(x)))
        return wrong(row, text, "a number", err);
    *to = x;
    return 0;
}

int tki_opt_value(const struct tki_opt *row, const char *text, void *field, struct tk_err *err)
{
    switch (row->kind) {
    case TKI_FLAG: *(bool *)field = true; return 0;
    case TKI_STRING: *(const char **)field = text; return 0;
    case TKI_LIST: return list_put(field, text, err);
    case TKI_UINT:
    case TKI_SIZE:
    case TKI_DURATION: return parse_whole(row, text, field, err);
    case TKI_TIME: return parse_moment(row, text, field, err);
    case TKI_RATE:
    case TKI_SHARE:
    case TKI_DOUBLE: return parse_real(row, text, field, err);
    case TKI_CHOICE: return parse_choice(row, text, field, err);
    case TKI_SET: return parse_set(row, text, field, err);
    case TKI_READABLE:
    case TKI_WRITABLE: return parse_format(row, text, field, err);
    }
    return 0;
}

bool tki_opt_is_value(const struct tki_opt *row, const char *text)
{
    union {
        bool flag;
        int choice;
        uint64_t whole;
        struct tki_moment moment;
        double real;
        const char *name;
    } scratch;
    if (row->kind == TKI_STRING)
        return find_choice(row, tki_str(text)) >= 0;
    return row->kind != TKI_FLAG && row->kind != TKI_LIST && tki_opt_value(row, text, &scratch, NULL) == 0;
}
