#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { FIRST = 256 };

void tki_buf_free(struct tki_buf *b)
{
    free(b->p);
    *b = (struct tki_buf){.max = b->max};
}

bool tki_buf_grow(struct tki_buf *b, size_t n)
{
    if (b->err)
        return false;
    size_t max = b->max ? b->max : SIZE_MAX / 2;
    if (n > max - b->n || b->n > max) {
        b->err = TK_ELIMIT;
        return false;
    }
    size_t cap = b->cap ? b->cap : max < FIRST ? max : FIRST;
    while (cap < b->n + n)
        cap = cap > max / 2 ? max : cap * 2;
    char *p = realloc(b->p, cap);
    if (!p) {
        b->err = TK_ENOMEM;
        return false;
    }
    b->p = p;
    b->cap = cap;
    return true;
}

void tki_buf_printf(struct tki_buf *b, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *to = n < 0 ? NULL : tki_buf_room(b, (size_t)n + 1);
    if (to) {
        vsnprintf(to, (size_t)n + 1, format, again);
        b->n += (size_t)n;
    }
    va_end(again);
}

void tki_buf_join(struct tki_buf *b, const tk_str *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        tki_buf_str(b, s[i]);
}
