/* array.h - the one way in which arrays of rows grow.
 *
 * The owner of an array keeps its pointer (NULL: empty), its capacity and its count, and frees it with free().
 * Capacities are uint32_t or size_t.  Text and bytes grow in a struct tki_buf instead (buf.h), and what is freed
 * together in an arena.
 *
 *     if (TKI_GROW(t->row, t->cap, t->n + 1) < 0)
 *         return TK_ENOMEM;
 *     t->row[t->n++] = row;
 *
 * An array at least doubles when it grows, so that adding rows one by one takes time in proportion to their number.
 * When there is no memory for twice the size, what is needed now is tried.
 */
#ifndef TKI_BASE_ARRAY_H
#define TKI_BASE_ARRAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One of several arrays that have the same capacity. */
struct tki_column {
    void *array; /* the address of the pointer */
    size_t size; /* bytes of an element */
};
#define TKI_COLUMN(array)         \
    {                             \
        &(array), sizeof *(array) \
    }

/* Makes room for `want` elements in each column; the values that were there stay.  `cap` is the address of the
 * capacity, which has cap_size bytes.  New elements have no value, or are zero.  Returns 0, or TK_ENOMEM when there is
 * no memory or the number does not fit: then the capacity is as it was, and all that was there is good. */
int tki_columns_grow(const struct tki_column *columns, size_t n, void *cap, size_t cap_size, size_t want, bool zero);

#define TKI_GROW_COLUMNS(columns, cap, want, zero) \
    ((size_t)(want) <= (cap)                       \
         ? 0                                       \
         : tki_columns_grow((columns), sizeof(columns) / sizeof *(columns), &(cap), sizeof(cap), (want), (zero)))

/* Makes room for `want` elements of one array; `array` and `cap` are evaluated more than once.  Returns 0 or TK_ENOMEM.
 */
#define TKI_GROW(array, cap, want) \
    ((size_t)(want) <= (cap)       \
         ? 0                       \
         : tki_columns_grow(&(struct tki_column)TKI_COLUMN(array), 1, &(cap), sizeof(cap), (want), false))
/* The same; new elements are zero. */
#define TKI_GROW_ZERO(array, cap, want) \
    ((size_t)(want) <= (cap)            \
         ? 0                            \
         : tki_columns_grow(&(struct tki_column)TKI_COLUMN(array), 1, &(cap), sizeof(cap), (want), true))

/* For arrays that lie in one piece of memory: 64, or the power of two above it that has room for n. */
static inline size_t tki_room(size_t n)
{
    size_t cap = 64;
    while (cap < n && cap <= SIZE_MAX / 2)
        cap *= 2;
    return cap < n ? n : cap;
}

#endif
