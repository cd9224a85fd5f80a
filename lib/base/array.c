#include "base/array.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tracekit.h"

enum { FIRST = 16 }; /* elements */

static size_t load(const void *cap, size_t size)
{
    uint32_t narrow;
    size_t wide;
    if (size == sizeof narrow) {
        memcpy(&narrow, cap, sizeof narrow);
        return narrow;
    }
    assert(size == sizeof wide);
    memcpy(&wide, cap, sizeof wide);
    return wide;
}

static void store(void *cap, size_t size, size_t value)
{
    uint32_t narrow = (uint32_t)value;
    memcpy(cap, size == sizeof narrow ? (void *)&narrow : (void *)&value, size);
}

/* Gives each column room for `to` elements.  Columns that grew before one failed keep their room. */
static bool resize(const struct tki_column *columns, size_t n, size_t to)
{
    for (size_t i = 0; i < n; i++) {
        void *p;
        memcpy(&p, columns[i].array, sizeof p); /* the pointer may be of any type */
        p = to <= PTRDIFF_MAX / columns[i].size ? realloc(p, to * columns[i].size) : NULL;
        if (!p)
            return false;
        memcpy(columns[i].array, &p, sizeof p);
    }
    return true;
}

int tki_columns_grow(const struct tki_column *columns, size_t n, void *cap, size_t cap_size, size_t want, bool zero)
{
    size_t had = load(cap, cap_size), max = cap_size == sizeof(uint32_t) ? UINT32_MAX : SIZE_MAX;
    if (want <= had)
        return 0;
    if (want > max)
        return TK_ENOMEM;
    size_t to = had <= max / 2 ? 2 * had : max;
    to = to < FIRST ? FIRST : to;
    to = to < want ? want : to;
    if (!resize(columns, n, to)) {
        if (to == want || !resize(columns, n, want))
            return TK_ENOMEM;
        to = want;
    }
    for (size_t i = 0; zero && i < n; i++) {
        char *p;
        memcpy(&p, columns[i].array, sizeof p);
        memset(p + had * columns[i].size, 0, (to - had) * columns[i].size);
    }
    store(cap, cap_size, to);
    return 0;
}
