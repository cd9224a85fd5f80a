/* The backends that are known, and how one is chosen with what is different about it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/err.h"
#include "base/shipped.h"
#include "cost/backend_in.h"

const struct tki_backend *tki_backends_find(const struct tki_backends *c, tk_str name)
{
    for (size_t i = 0; i < c->n; i++)
        if (tki_str_eq(name, tki_str(c->list[i]->name)))
            return c->list[i];
    return NULL;
}

/* ---- documents ---- */

/* Sets the members of `from` in `to`; charges with the same id, and assumptions, are changed, not replaced. */
static int merge_charges(json_t *to, const json_t *from)
{
    size_t i, k;
    json_t *add;
    json_array_foreach(from, i, add)
    {
        const char *id = json_string_value(json_object_get(add, "id"));
        for (k = 0; k < json_array_size(to); k++) {
            const char *have = json_string_value(json_object_get(json_array_get(to, k), "id"));
            if (id && have && strcmp(id, have) == 0)
                break;
        }
        json_t *charge = json_array_get(to, k);
        /* A price takes the place of tiers, and tiers that of a price. */
        if (charge && json_object_get(add, "price"))
            json_object_del(charge, "tiers");
        if (charge && json_object_get(add, "tiers"))
            json_object_del(charge, "price");
        if (charge ? json_object_update(charge, add) : json_array_append(to, add))
            return TK_ENOMEM;
    }
    return 0;
}

static int merge(json_t *to, const json_t *from)
{
    const char *key;
    json_t *v;
    json_object_foreach((json_t *)(uintptr_t)from, key, v)
    {
        json_t *have = json_object_get(to, key);
        int rc;
        if (json_is_array(have) && json_is_array(v) && strcmp(key, "charges") == 0)
            rc = merge_charges(have, v);
        else if (json_is_object(have) && json_is_object(v) && strcmp(key, "assume") == 0)
            rc = json_object_update(have, v);
        else
            rc = json_object_set(to, key, v);
        if (rc)
            return TK_ENOMEM;
    }
    return 0;
}

/* The backend of a whole document, in the catalog's memory. */
static struct tki_backend *make(struct tki_backends *c, struct tki_members *m, const json_t *doc)
{
    const char *parts[TKI_BACKEND_PARTS] = {0};
    struct tki_backend *b = tki_arena_alloc(&c->arena, sizeof *b);
    if (!b) {
        m->rc = m->rc < 0 ? m->rc : tki_err_memory(m->err);
        return NULL;
    }
    tki_backend_read(m, doc, b, parts);
    for (size_t i = 0; i < TKI_BACKEND_PARTS && parts[0] && m->rc == 0; i++) {
        b->part[i] = tki_backends_find(c, tki_str(parts[i]));
        if (!b->part[i] || b->part[i]->nparts)
            tki_member_fault(m, i ? "parts.rest" : "parts.notable", "there is no backend '%.40s' in one part",
                             parts[i]);
        b->nparts = i + 1;
    }
    return m->rc < 0 ? NULL : b;
}

static int put(struct tki_backends *c, const struct tki_backend *b)
{
    size_t i = 0;
    while (i < c->n && strcmp(c->list[i]->name, b->name) < 0)
        i++;
    bool same = i < c->n && strcmp(c->list[i]->name, b->name) == 0;
    if (!same) {
        if (TKI_GROW(c->list, c->cap, c->n + 1) < 0)
            return TK_ENOMEM;
        memmove(c->list + i + 1, c->list + i, (c->n - i) * sizeof *c->list);
        c->n++;
    }
    c->list[i] = b;
    return 0;
}

/* A hybrid is made of others, which may have come anew. */
static int remake_hybrids(struct tki_backends *c, struct tk_err *err)
{
    for (size_t i = 0; i < c->n; i++) {
        struct tki_members m = {.arena = &c->arena, .err = err};
        if (!c->list[i]->nparts)
            continue;
        const struct tki_backend *b = make(c, &m, json_object_get(c->docs, c->list[i]->name));
        if (!b)
            return m.rc;
        c->list[i] = b;
    }
    return 0;
}

int tki_backends_add(struct tki_backends *c, tk_str text, struct tk_err *err)
{
    struct tki_members m = {.arena = &c->arena, .err = err};
    const char *name = NULL, *extends = NULL;
    json_t *doc, *whole = NULL;
    int rc = tki_json_read(text, &doc, err);
    if (rc < 0)
        return rc;
    tki_backend_head(&m, doc, &name, &extends);
    if (m.rc == 0 && extends) {
        const json_t *base = json_object_get(c->docs, extends);
        if (!base)
            tki_member_fault(&m, "extends", "there is no backend '%.40s'", extends);
        else if (!(whole = json_deep_copy(base)) || merge(whole, doc) < 0 ||
                 json_object_set_new(whole, "name", json_string(name)) < 0)
            m.rc = tki_err_memory(err);
    } else if (m.rc == 0) {
        whole = json_incref(doc);
    }
    const struct tki_backend *b = m.rc == 0 ? make(c, &m, whole) : NULL;
    if (b && (json_object_set(c->docs, name, whole) < 0 || put(c, b) < 0))
        m.rc = tki_err_memory(err);
    json_decref(doc);
    json_decref(whole);
    return m.rc < 0 ? m.rc : remake_hybrids(c, err);
}

int tki_backends_open(struct tki_backends *c, struct tk_err *err)
{
    *c = (struct tki_backends){.docs = json_object()};
    int rc = c->docs ? 0 : tki_err_memory(err);
    /* Hybrids come after what they are made of. */
    for (int hybrids = 0; hybrids < 2; hybrids++)
        for (const struct tki_shipped *s = tki_shipped_backends; s->name && rc == 0; s++)
            if ((strncmp(s->name, "hybrid", 6) == 0) == hybrids) {
                rc = tki_backends_add(c, (tk_str){(const char *)s->text, s->n}, err);
                if (rc == TK_EINVALID)
                    tki_err_source(err, s->name);
            }
    if (rc < 0)
        tki_backends_close(c);
    return rc;
}

void tki_backends_close(struct tki_backends *c)
{
    json_decref(c->docs);
    free(c->list);
    tki_arena_free(&c->arena);
    *c = (struct tki_backends){0};
}
