#include "tap.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned planned, run, failed;
static bool has_plan;

/* A result may be followed by a crash, and the crash must not take the line with it. */
static void end_line(void)
{
    putchar('\n');
    fflush(stdout);
}

/* A '#' in a name would begin a directive, a line end another line. */
static void put_name(const char *format, va_list args)
{
    char name[512];
    vsnprintf(name, sizeof name, format, args);
    for (const char *p = name; *p; p++) {
        if (*p == '#')
            fputs("\\#", stdout);
        else
            putchar(*p == '\n' || *p == '\r' ? ' ' : *p);
    }
}

static bool report(bool held, const char *format, va_list args)
{
    run++;
    if (!held)
        failed++;
    printf("%sok %u - ", held ? "" : "not ", run);
    put_name(format, args);
    end_line();
    return held;
}

static void put_bytes(const char *label, const unsigned char *p, size_t n, size_t from)
{
    printf("#   %s (%zu bytes), from byte %zu:", label, n, from);
    for (size_t i = from; i < n && i < from + 16; i++)
        printf(" %02x", p[i]);
    fputs("  |", stdout);
    for (size_t i = from; i < n && i < from + 16; i++)
        putchar(p[i] >= 0x20 && p[i] < 0x7f ? p[i] : '.');
    putchar('|');
    end_line();
}

/* In quotes, with what is not printable escaped, so that two strings that look alike do not. */
static void put_string(const char *label, const char *s)
{
    printf("#   %s: ", label);
    if (!s) {
        fputs("NULL", stdout);
    } else {
        putchar('"');
        for (; *s; s++) {
            unsigned char c = (unsigned char)*s;
            if (c == '"' || c == '\\')
                printf("\\%c", c);
            else if (c == '\n')
                fputs("\\n", stdout);
            else if (c < 0x20 || c == 0x7f)
                printf("\\x%02x", c);
            else
                putchar(c);
        }
        putchar('"');
    }
    end_line();
}

void plan(unsigned count)
{
    planned = count;
    has_plan = true;
    printf("1..%u", count);
    end_line();
}

void plan_skip_all(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("1..0 # SKIP ", stdout);
    vprintf(format, args);
    va_end(args);
    end_line();
    exit(0);
}

bool tap_ok(bool held, const char *file, int line, const char *cond, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    report(held, format, args);
    va_end(args);
    if (!held)
        diag("  at %s:%d%s%s", file, line, *cond ? ": " : "", cond);
    return held;
}

bool tap_is_int(int64_t got, int64_t want, const char *file, int line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    bool held = report(got == want, format, args);
    va_end(args);
    if (!held)
        diag("  at %s:%d\n  got: %" PRId64 "\n  want: %" PRId64, file, line, got, want);
    return held;
}

bool tap_is_uint(uint64_t got, uint64_t want, const char *file, int line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    bool held = report(got == want, format, args);
    va_end(args);
    if (!held)
        diag("  at %s:%d\n  got: %" PRIu64 " (0x%" PRIx64 ")\n  want: %" PRIu64 " (0x%" PRIx64 ")", file, line, got,
             got, want, want);
    return held;
}

bool tap_is_double(double got, double want, double within, const char *file, int line, const char *format, ...)
{
    /* <= and >= rather than ==: infinities are equal to themselves, and their difference is not a number. */
    bool same = (got <= want && got >= want) || (isnan(got) && isnan(want)) || fabs(got - want) <= within;
    va_list args;
    va_start(args, format);
    bool held = report(same, format, args);
    va_end(args);
    if (!held)
        diag("  at %s:%d\n  got: %.17g\n  want: %.17g, within %g", file, line, got, want, within);
    return held;
}

bool tap_is_str(const char *got, const char *want, const char *file, int line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    bool held = report(got == want || (got && want && strcmp(got, want) == 0), format, args);
    va_end(args);
    if (!held) {
        diag("  at %s:%d", file, line);
        put_string("got", got);
        put_string("want", want);
    }
    return held;
}

bool tap_is_mem(const void *got, size_t got_n, const void *want, size_t want_n, const char *file, int line,
                const char *format, ...)
{
    const unsigned char *g = got, *w = want;
    size_t least = got_n < want_n ? got_n : want_n, same = 0;
    while (same < least && g[same] == w[same])
        same++;
    va_list args;
    va_start(args, format);
    bool held = report(got_n == want_n && same == got_n, format, args);
    va_end(args);
    if (!held) {
        size_t from = same / 8 * 8;
        diag("  at %s:%d: differ from byte %zu", file, line, same);
        put_bytes("got", g, got_n, from);
        put_bytes("want", w, want_n, from);
    }
    return held;
}

void skip(unsigned count, const char *format, ...)
{
    for (unsigned i = 0; i < count; i++) {
        va_list args;
        va_start(args, format);
        printf("ok %u # SKIP ", ++run);
        vprintf(format, args);
        va_end(args);
        end_line();
    }
}

void diag(const char *format, ...)
{
    char text[2048];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    fputs("# ", stdout);
    for (const char *p = text; *p; p++) {
        putchar(*p);
        if (*p == '\n' && p[1])
            fputs("# ", stdout);
    }
    end_line();
}

void bail_out(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("Bail out! ", stdout);
    vprintf(format, args);
    va_end(args);
    end_line();
    exit(255);
}

int tap_result(void)
{
    if (has_plan && run != planned)
        diag("planned %u tests and ran %u", planned, run);
    if (failed)
        diag("%u of %u tests failed", failed, run);
    return failed || !run || (has_plan && run != planned) ? 1 : 0;
}

int done_testing(void)
{
    if (!has_plan)
        plan(run);
    return tap_result();
}
