#include "sample/absent.h"

#include "base/hash.h"
#include "field/nearest.h"

int tki_seen_key(struct tki_seen *k, tk_str key)
{
    tk_str *late = &k->late[tki_hash_text(key.p, key.n) % (sizeof k->late / sizeof *k->late)];
    if (late->n == key.n && key.n && tki_same_bytes(late->p, key.p, key.n))
        return 0;
    if (k->keys.n == TKI_SEEN_MAX && tki_symtab_get(&k->keys, key) == TKI_MAP_NONE) {
        k->full = true;
        return 0;
    }
    uint32_t number = tki_symtab_put(&k->keys, key);
    if (number == TKI_MAP_NONE)
        return TK_ENOMEM;
    *late = k->keys.strs[number];
    return 0;
}

static int see(struct tki_seen *k, const struct tk_batch *b, tk_range attrs)
{
    int rc = 0;
    for (uint32_t i = 0; i < attrs.count && rc == 0; i++)
        rc = tki_seen_key(k, b->attrs[attrs.first + i].key);
    return rc;
}

int tki_seen_add(struct tki_seen *k, const struct tk_batch *b, uint32_t n)
{
    uint32_t resource = TK_NONE;
    int rc = 0;
    for (uint32_t i = 0; i < n && rc == 0; i++) {
        rc = see(k, b, b->spans[i].attrs);
        if (rc == 0 && b->spans[i].resource != resource && b->spans[i].resource < b->nresources)
            rc = see(k, b, b->resources[b->spans[i].resource].attrs);
        resource = b->spans[i].resource;
    }
    /* Some may have no spans. */
    for (uint32_t i = 0; n == b->nspans && i < b->nresources && rc == 0; i++)
        rc = see(k, b, b->resources[i].attrs);
    return rc;
}

void tki_seen_free(struct tki_seen *k)
{
    tki_symtab_free(&k->keys);
    *k = (struct tki_seen){0};
}

bool tki_policy_reads_attributes(const struct tki_policy *p)
{
    for (uint32_t i = 0; i < p->nfields; i++)
        if (p->fields[i].id == TKI_F_ATTR)
            return true;
    for (uint32_t i = 0; i < p->nsubs; i++)
        if (tki_policy_reads_attributes(&p->subs[i]))
            return true;
    return false;
}

bool tki_absent_find(struct tki_absent *a, const struct tki_policy *p, const struct tki_seen *k)
{
    for (uint32_t i = 0; i < p->nfields && !k->full; i++) {
        const struct tki_field *f = &p->fields[i];
        if (f->id != TKI_F_ATTR || f->scope == TKI_SCOPE_EVENT || tki_symtab_get(&k->keys, f->key) != TKI_MAP_NONE)
            continue;
        a->key = f->key;
        a->nearest = tki_key_nearest(&k->keys, f->key);
        return true;
    }
    for (uint32_t i = 0; i < p->nsubs; i++)
        if (tki_absent_find(a, &p->subs[i], k))
            return true;
    return false;
}

struct tki_most tki_most_of(const struct tki_ledger *l)
{
    struct tki_most most = {0};
    for (uint32_t i = 0; i < l->ids.n; i++) {
        const struct tki_trace_row *t = tki_ledger_row(l, i);
        uint64_t start, end;
        most.spans = t->spans > most.spans ? t->spans : most.spans;
        if (!tki_extent_get(&t->extent, &start, &end) || end < start)
            continue;
        int64_t ms = (int64_t)((end - start) / 1000000);
        most.extent_ms = ms > most.extent_ms ? ms : most.extent_ms;
    }
    return most;
}

bool tki_policy_out_of_reach(struct tki_buf *to, const struct tki_policy *p, const struct tki_most *most)
{
    bool said = p->type->out_of_reach && p->type->out_of_reach(to, p, most);
    for (uint32_t i = 0; i < p->nsubs && !said; i++)
        said = tki_policy_out_of_reach(to, &p->subs[i], most);
    return said;
}
