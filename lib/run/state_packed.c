#include "run/state_packed.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/sort.h"
#include "run/state_pb.h"

enum { CHUNK = 64 << 10 }; /* bytes of packed numbers in a record */

int tki_state_pack_end(struct tki_state_packer *p, struct tk_err *err)
{
    if (p->packed.n == 0 && !p->packed.err)
        return 0;
    p->b.n = 0;
    tki_state_number(&p->b, 1, p->group);
    tki_state_bytes(&p->b, 2, (tk_str){p->packed.p, p->packed.n});
    p->b.err = p->b.err ? p->b.err : p->packed.err;
    p->packed.n = 0;
    p->last = 0;
    return tki_state_put(p->to, p->record, &p->b, err);
}

int tki_state_pack(struct tki_state_packer *p, uint64_t x, struct tk_err *err)
{
    tki_buf_varint(&p->packed, x - p->last);
    p->last = x;
    return p->packed.n >= CHUNK ? tki_state_pack_end(p, err) : 0;
}

void tki_state_packer_free(struct tki_state_packer *p)
{
    tki_buf_free(&p->packed);
    tki_buf_free(&p->b);
}

bool tki_state_packed(struct tki_pb c, uint64_t *group, struct tki_pb *numbers)
{
    *group = 0;
    *numbers = (struct tki_pb){0};
    for (unsigned tag; (tag = tki_pb_tag(&c));)
        switch (tag) {
        case TKI_PB(1, VARINT): *group = tki_pb_varint(&c); break;
        case TKI_PB(2, LEN): *numbers = tki_pb_message(&c); break;
        default: tki_pb_skip(&c, tag);
        }
    return !c.error;
}

/* ---- traces ---- */

static int add(struct tki_state_traces *t, uint64_t hash)
{
    if (TKI_GROW(t->hash, t->cap, t->n + 1) < 0)
        return TK_ENOMEM;
    t->hash[t->n++] = hash;
    return 0;
}

int tki_state_traces_add(struct tki_state_traces *t, tk_id128 id)
{
    return add(t, tki_hash_id(id));
}

int tki_state_traces_save(struct tki_state_traces *t, unsigned record, struct tki_state_out *to, struct tk_err *err)
{
    struct tki_state_packer p = {.to = to, .record = record};
    int r = 0;
    tki_sort_u64(t->hash, t->n);
    for (size_t i = 0; i < t->n && r == 0; i++)
        r = tki_state_pack(&p, t->hash[i], err);
    if (r == 0)
        r = tki_state_pack_end(&p, err);
    tki_state_packer_free(&p);
    return r;
}

int tki_state_traces_load(struct tki_state_traces *t, struct tki_pb message, struct tki_state_in *from,
                          struct tk_err *err)
{
    struct tki_pb numbers;
    uint64_t group, at = 0;
    if (!tki_state_packed(message, &group, &numbers))
        return tki_state_bad(from, "damaged numbers", err);
    while (numbers.p < numbers.end) {
        at += tki_pb_varint(&numbers);
        if (numbers.error)
            return tki_state_bad(from, "damaged numbers", err);
        if (add(t, at) < 0)
            return tki_err_memory(err);
    }
    return 0;
}

uint64_t tki_state_traces_shared(struct tki_state_traces *t)
{
    uint64_t shared = 0;
    tki_sort_u64(t->hash, t->n);
    for (size_t i = 1; i < t->n; i++)
        shared += t->hash[i] == t->hash[i - 1] && (i == 1 || t->hash[i - 2] != t->hash[i]);
    return shared;
}

void tki_state_traces_free(struct tki_state_traces *t)
{
    free(t->hash);
    *t = (struct tki_state_traces){0};
}
