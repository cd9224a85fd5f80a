/* outside.h - tests that are outside programs: they see the installed headers, and hold the library's answers to those
 * of the commands on the same dumps. */
#ifndef TEST_OUTSIDE_H
#define TEST_OUTSIDE_H

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tracekit.h>

#include "tap.h"

#define JAEGER "testdata/jaeger/api-traces.json"
#define SHOP   "testdata/shop/collector-proto.bin"

/* A path under the top of the tree; good for four calls. */
static inline const char *top_path(const char *name)
{
    static char paths[4][1024];
    static unsigned turn;
    const char *top = getenv("TRACEKIT_TOP");
    char *to = paths[turn++ % 4];
    snprintf(to, sizeof paths[0], "%s/%s", top ? top : ".", name);
    return to;
}

static inline struct tk_reader *open_dump(const char *name, const struct tk_read_opts *opts)
{
    struct tk_reader *r;
    struct tk_err err = {0};
    const char *path = top_path(name);
    if (tk_reader_open(&r, &path, 1, opts, &err) < 0)
        bail_out("%s: %s", path, err.text);
    return r;
}

/* What a command prints; its messages are left out.  To be freed. */
__attribute__((format(printf, 1, 2))) static inline char *command(const char *format, ...)
{
    char line[4096], *text = calloc(1, 1 << 20);
    const char *bin = getenv("BIN");
    int n = snprintf(line, sizeof line, "exec 2>/dev/null; cd '%s' && '%s'/", top_path(""),
                     bin ? bin : "build/default/bin");
    va_list args;
    va_start(args, format);
    vsnprintf(line + n, sizeof line - (size_t)n, format, args);
    va_end(args);
    FILE *f = popen(line, "r");
    if (!f || !text)
        bail_out("cannot run %s", line);
    (void)!fread(text, 1, (1 << 20) - 1, f);
    int status = pclose(f);
    if (status != 0)
        bail_out("%s: status %d", line, status);
    return text;
}

/* Behind the next member of that name in JSON; NULL: there is none. */
static inline const char *member(const char *json, const char *name)
{
    char key[256];
    snprintf(key, sizeof key, "\"%s\":", name);
    const char *p = json ? strstr(json, key) : NULL;
    if (!p)
        return NULL;
    p += strlen(key);
    return p + strspn(p, " \n[{");
}

/* The number there; NaN where it is null or no number. */
static inline double number(const char *json, const char *name)
{
    const char *p = member(json, name);
    char *end;
    double x = p ? strtod(p, &end) : 0;
    return p && end != p ? x : (double)NAN;
}

/* As many digits as a report shows. */
#define same_number(got, want, ...) is_double((got), (want), isnan(want) ? 0 : 1e-9 * (1 + fabs(want)), __VA_ARGS__)

#endif
