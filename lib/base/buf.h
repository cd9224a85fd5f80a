/* buf.h - a growable run of bytes with a sticky error, so that writers need no check per call.
 *
 * Born with a maximum: growing past it sets err to TK_ELIMIT, out of memory to TK_ENOMEM; from then on
 * appends do nothing.  Whoever uses the bytes asks for err before the buffer is reset, or takes them by tki_buf_text.
 * An all-zero buf is valid, empty and limited only by memory.
 */
#ifndef TKI_BASE_BUF_H
#define TKI_BASE_BUF_H

#include "base/str.h"

struct tki_buf {
    char *p;
    size_t n, cap;
    size_t max; /* 0: no limit */
    int err;
};

void tki_buf_free(struct tki_buf *b);
static inline void tki_buf_reset(struct tki_buf *b)
{
    b->n = 0;
    b->err = 0;
}
/* Slow path of tki_buf_room. */
bool tki_buf_grow(struct tki_buf *b, size_t n);
/* A pointer to at least n writable bytes at the end, or NULL (err is set); the caller then adds to b->n. */
static inline char *tki_buf_room(struct tki_buf *b, size_t n)
{
    if (__builtin_expect(b->cap - b->n < n || b->err, 0) && !tki_buf_grow(b, n))
        return NULL;
    return b->p + b->n;
}
static inline void tki_buf_put(struct tki_buf *b, const void *p, size_t n)
{
    if (!n)
        return;
    char *to = tki_buf_room(b, n);
    if (to) {
        memcpy(to, p, n);
        b->n += n;
    }
}
static inline void tki_buf_putc(struct tki_buf *b, char c)
{
    char *to = tki_buf_room(b, 1);
    if (to) {
        *to = c;
        b->n++;
    }
}
static inline void tki_buf_str(struct tki_buf *b, tk_str s)
{
    tki_buf_put(b, s.p, s.n);
}
/* What b holds.  It lacks something when b has failed: then *err, which is the error of whoever takes the bytes,
 * becomes b's, unless it is set already.  Valid until b is changed. */
static inline tk_str tki_buf_text(const struct tki_buf *b, int *err)
{
    if (b->err && !*err)
        *err = b->err;
    return (tk_str){b->p, b->n};
}
#define tki_buf_lit(b, literal) tki_buf_put((b), "" literal, sizeof(literal) - 1)
/* Appends several texts. */
void tki_buf_join(struct tki_buf *b, const tk_str *s, size_t n);
#define tki_buf_cat(b, ...) \
    tki_buf_join((b), (const tk_str[]){__VA_ARGS__}, sizeof((const tk_str[]){__VA_ARGS__}) / sizeof(tk_str))
/* For text that is written rarely. */
__attribute__((format(printf, 2, 3))) void tki_buf_printf(struct tki_buf *b, const char *format, ...);

#endif
