#include "base/err.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static int fill(struct tk_err *err, int code, const char *format, va_list args)
{
    if (err) {
        err->code = code;
        err->sys_errno = 0;
        err->has_offset = false;
        err->offset = 0;
        vsnprintf(err->text, sizeof err->text, format, args);
    }
    return code;
}

int tki_err_set(struct tk_err *err, int code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fill(err, code, format, args);
    va_end(args);
    return code;
}

int tki_err_at(struct tk_err *err, int code, uint64_t offset, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fill(err, code, format, args);
    va_end(args);
    if (err) {
        err->has_offset = true;
        err->offset = offset;
    }
    return code;
}

int tki_err_sys(struct tk_err *err, const char *format, ...)
{
    int saved = errno;
    va_list args;
    va_start(args, format);
    fill(err, TK_EIO, format, args);
    va_end(args);
    if (err) {
        err->sys_errno = saved;
        size_t n = strlen(err->text);
        char words[128]; /* strerror may share its memory between threads */
        const char *why = strerror_r(saved, words, sizeof words);
        snprintf(err->text + n, sizeof err->text - n, "%s%s", n ? ": " : "", why);
    }
    return TK_EIO;
}

int tki_err_memory(struct tk_err *err)
{
    return tki_err_set(err, TK_ENOMEM, "out of memory");
}

void tki_err_source(struct tk_err *err, const char *name)
{
    if (!err)
        return;
    size_t n = strlen(name), max = sizeof err->source - 1;
    if (n <= max) {
        memcpy(err->source, name, n + 1);
        return;
    }
    size_t half = (max - 3) / 2;
    memcpy(err->source, name, half);
    memcpy(err->source + half, "...", 3);
    memcpy(err->source + half + 3, name + n - half, half + 1);
}

void tk_err_format(const struct tk_err *err, char *buf, size_t size)
{
    char where[96] = "";
    size_t n = 0;
    if (err->record)
        n += (size_t)snprintf(where, sizeof where, "record %" PRIu64, err->record);
    if (err->has_offset)
        snprintf(where + n, sizeof where - n, "%sbyte %" PRIu64, n ? ", " : "", err->offset);
    snprintf(buf, size, "%s%s%s%s%s", err->source, *err->source ? ": " : "", where, *where ? ": " : "",
             *err->text ? err->text : "unknown error");
}
