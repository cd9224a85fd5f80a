#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>

struct tki_arena_block {
    struct tki_arena_block *next;
    size_t size; /* bytes behind the header */
};

enum { ALIGN = 16, FIRST = 4096, HEADER = (sizeof(struct tki_arena_block) + ALIGN - 1) / ALIGN * ALIGN };

static void use(struct tki_arena *a, struct tki_arena_block *b)
{
    a->block = b;
    a->p = (char *)b + HEADER;
    a->end = a->p + b->size;
}

static int add_block(struct tki_arena *a, size_t n)
{
    size_t size = a->block ? a->block->size * 2 : FIRST;
    if (size < n)
        size = n;
    if (size > SIZE_MAX - HEADER)
        return -1;
    struct tki_arena_block *b = malloc(HEADER + size);
    if (!b && n < size) /* no room to grow ahead: what is needed now */
        b = malloc(HEADER + (size = n));
    if (!b)
        return -1;
    b->next = a->block;
    b->size = size;
    a->total += size;
    use(a, b);
    return 0;
}

void *tki_arena_alloc(struct tki_arena *a, size_t n)
{
    if (n > SIZE_MAX / 2)
        return NULL;
    n = (n + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    if ((size_t)(a->end - a->p) < n || !a->block)
        if (add_block(a, n) < 0)
            return NULL;
    void *p = a->p;
    a->p += n;
    return p;
}

static void free_blocks(struct tki_arena_block *b)
{
    while (b) {
        struct tki_arena_block *next = b->next;
        free(b);
        b = next;
    }
}

void tki_arena_free(struct tki_arena *a)
{
    free_blocks(a->block);
    *a = (struct tki_arena){0};
}

void tki_arena_reset(struct tki_arena *a)
{
    if (!a->block)
        return;
    struct tki_arena_block *largest = a->block; /* the newest, unless memory was short when it was made */
    for (struct tki_arena_block *b = a->block; b; b = b->next)
        if (b->size > largest->size)
            largest = b;
    for (struct tki_arena_block *b = a->block, *next; b; b = next) {
        next = b->next;
        if (b != largest)
            free(b);
    }
    largest->next = NULL;
    a->total = largest->size;
    use(a, largest);
}
