/* What a decision cache calls certain holds in every order of a tick: against caches that follow orders drawn at
 * random. */
#include "sample/lru.h"
#include "tap.h"

enum { ORDERS = 40, IDS = 9, SIZE_MAX_ = 4, STEPS = 24 };

struct plain { /* a cache as the collector has it, newest first */
    uint64_t id[SIZE_MAX_];
    unsigned n;
};

static uint64_t state;

static unsigned draw(unsigned below)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(state >> 33) % below;
}

static bool has(const struct plain *p, uint64_t id, unsigned *at)
{
    for (*at = 0; *at < p->n; ++*at)
        if (p->id[*at] == id)
            return true;
    return false;
}

static void front(struct plain *p, uint64_t id, unsigned at)
{
    for (; at > 0; at--)
        p->id[at] = p->id[at - 1];
    p->id[0] = id;
}

static void put(struct plain *p, uint64_t id, unsigned size)
{
    unsigned at;
    if (!has(p, id, &at)) {
        p->n += p->n < size;
        at = p->n - 1;
    }
    front(p, id, at);
}

static unsigned wrong_looks;

enum kind { PUT, MAY_PUT, LOOK };

static void shuffle(uint64_t *id, enum kind *kind, unsigned n)
{
    for (unsigned i = n; i > 1; i--) {
        unsigned j = draw(i);
        uint64_t was = id[j];
        enum kind k = kind[j];
        id[j] = id[i - 1], kind[j] = kind[i - 1];
        id[i - 1] = was, kind[i - 1] = k;
    }
}

/* Those that are looked for come first in the drawn order. */
static void looks_first(uint64_t *id, enum kind *kind, unsigned n)
{
    for (unsigned i = 0, to = 0; i < n; i++)
        if (kind[i] == LOOK) {
            uint64_t was = id[to];
            enum kind k = kind[to];
            id[to] = id[i], kind[to++] = LOOK;
            id[i] = was, kind[i] = k;
        }
}

/* A tick: its ids in an order for each cache, some of them put in some orders only, and some looked for.  The first
 * order is the drawn one. */
static void tick(struct tki_lru *l, struct plain *p, unsigned size)
{
    uint64_t id[3];
    enum kind kind[3];
    unsigned n = 1 + draw(3), i, k, at, surely[IDS + 1] = {0};
    for (i = 0; i < n; i++) {
        unsigned x = draw(8);
        id[i] = (draw(IDS / 3) * 3 + i) + 1; /* different ones */
        kind[i] = x < 2 ? MAY_PUT : x < 4 ? LOOK : PUT;
    }
    tki_lru_tick(l, n);
    for (k = 0; k < ORDERS; k++) {
        shuffle(id, kind, n);
        if (k == 0)
            looks_first(id, kind, n);
        for (i = 0; i < n; i++) {
            bool puts = kind[i] == PUT || (kind[i] == MAY_PUT && draw(2));
            bool found = has(&p[k], id[i], &at);
            if (puts)
                put(&p[k], id[i], size);
            else if (kind[i] == LOOK && found)
                front(&p[k], id[i], at);
            if (k == 0 && kind[i] == LOOK)
                surely[id[i]] = tki_lru_refresh(l, id[i]);
            else if (k == 0 && puts)
                tki_lru_put(l, id[i], (struct tki_lru_why){0}, kind[i] == PUT);
            else if (k == 0)
                tki_lru_may_put(l, id[i]);
            wrong_looks += kind[i] == LOOK && surely[id[i]] && !found;
        }
    }
    tki_lru_tick(l, 0);
}

/* Returns how many answers were wrong: not those of the drawn order, or certain where an order answers otherwise. */
static unsigned ask(struct tki_lru *l, struct plain *p, unsigned *certain)
{
    uint64_t id = draw(IDS) + 1;
    struct tki_lru_answer a = tki_lru_get(l, id);
    unsigned in = 0, at;
    for (unsigned k = 0; k < ORDERS; k++) {
        bool found = has(&p[k], id, &at);
        if (found)
            front(&p[k], id, at);
        if (k == 0 && found != a.in)
            return 1;
        in += found;
    }
    *certain += a.certain && in > 0;
    return a.certain && in != 0 && in != ORDERS;
}

int main(void)
{
    unsigned wrong = 0, certain = 0, asked = 0;
    for (unsigned run = 0; run < 3000; run++) {
        struct tki_lru l;
        struct plain p[ORDERS] = {0};
        unsigned size = 1 + run % SIZE_MAX_;
        state = run + 1;
        tki_lru_init(&l, size);
        for (unsigned i = 0; i < STEPS; i++) {
            if (draw(2))
                tick(&l, p, size);
            else
                asked++, wrong += ask(&l, p, &certain);
        }
        tki_lru_free(&l);
    }
    ok(wrong == 0, "%u of %u answers hold in every order drawn", asked - wrong, asked);
    ok(wrong_looks == 0, "what a look calls certain is in, in every order");
    ok(certain > asked / 50, "%u of them are certain of an id that is in", certain);
    return done_testing();
}
