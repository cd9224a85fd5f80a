/* arena.h - memory that is given out in order and taken back all at once.
 *
 * An all-zero arena is valid and empty.  tki_arena_reset keeps the largest block, so a recycled arena stops
 * calling malloc once it has seen its largest content.  Not shared between threads.
 */
#ifndef TKI_BASE_ARENA_H
#define TKI_BASE_ARENA_H

#include <stddef.h>

struct tki_arena_block;

struct tki_arena {
    struct tki_arena_block *block; /* newest first */
    char *p, *end;                 /* free part of the newest block */
    size_t total;                  /* bytes in all blocks */
};

void tki_arena_free(struct tki_arena *a);
void tki_arena_reset(struct tki_arena *a);
/* n bytes aligned to 16; NULL when out of memory.  n = 0 gives a valid pointer. */
void *tki_arena_alloc(struct tki_arena *a, size_t n);

#endif
