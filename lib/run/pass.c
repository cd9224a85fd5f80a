#include "run/pass.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/err.h"
#include "format/lossless/lossless.h"
#include "run/reader.h"

/* What the decoding threads make of one batch. */
struct piece {
    struct tki_groups groups;
    uint32_t *rows;
    size_t rows_cap;
    uint32_t nrows;
    int code; /* of selecting and grouping */
    void *part[TKI_PASS_CONSUMERS];
    int codes[TKI_PASS_CONSUMERS];
    void (*part_free[TKI_PASS_CONSUMERS])(void *part);
};

bool tki_pass_add(struct tki_pass *p, const struct tki_consumer *c)
{
    if (p->nconsumers == TKI_PASS_CONSUMERS)
        return false;
    p->consumer[p->nconsumers++] = *c;
    return true;
}

/* ---- on the decoding threads ---- */

static void free_part(void *part, void (*part_free)(void *part))
{
    if (part && part_free)
        part_free(part);
    else
        free(part);
}

static void free_piece(void *work)
{
    struct piece *x = work;
    tki_groups_free(&x->groups);
    free(x->rows);
    for (size_t i = 0; i < TKI_PASS_CONSUMERS; i++)
        free_part(x->part[i], x->part_free[i]);
    free(x);
}

static int select_rows(const struct tki_pass *p, struct piece *x, const struct tk_batch *b)
{
    if (TKI_GROW(x->rows, x->rows_cap, b->nspans + (size_t)1) < 0)
        return TK_ENOMEM;
    x->nrows = (uint32_t)p->select(p->select_ctx, b, x->rows);
    return 0;
}

static void look_at(const struct tki_pass *p, struct piece *x, struct tk_batch *b)
{
    x->code = p->select ? select_rows(p, x, b) : 0;
    if (x->code == 0 && p->ledger)
        x->code = tki_groups_make(&x->groups, b, p->select ? x->rows : NULL, x->nrows);
    for (size_t i = 0; i < p->nconsumers && x->code == 0; i++) {
        const struct tki_consumer *c = &p->consumer[i];
        x->part_free[i] = c->part_free;
        x->codes[i] = c->work ? c->work(c->ctx, b, p->ledger ? &x->groups : NULL, &x->part[i]) : 0;
    }
}

static void *work(void *ctx, struct tk_batch *b, void *previous)
{
    const struct tki_pass *p = ctx;
    struct piece *x = previous ? previous : calloc(1, sizeof *x);
    if (x)
        look_at(p, x, b);
    return x;
}

/* ---- in order ---- */

static int fold(struct tki_pass *p, struct piece *x, struct tk_batch *b, struct tk_err *err)
{
    if (!x || x->code < 0 || (p->ledger && tki_ledger_fold(p->ledger, &x->groups) < 0))
        return tki_err_memory(err);
    for (size_t i = 0; i < p->nconsumers; i++) {
        const struct tki_consumer *c = &p->consumer[i];
        int rc = c->fold ? c->fold(c->ctx, b, p->ledger ? &x->groups : NULL, x->part[i], x->codes[i], err) : 0;
        if (rc < 0)
            return rc;
    }
    return 0;
}

/* How a reading ended: 0 to go on with p->read_err set, or memory that ran out. */
static int ended(struct tki_pass *p, int code, struct tk_err *err)
{
    if (code == 0)
        return 0;
    p->read_err = *tk_reader_err(p->reader);
    p->read_err.code = code;
    if (code == TK_ENOMEM)
        return tki_err_memory(err);
    return 0;
}

int tki_pass_read(struct tki_pass *p, struct tk_err *err)
{
    struct tk_batch *b;
    int code;
    while ((code = tk_reader_next(p->reader, &b)) == 1) {
        struct piece *x = p->in_order ? (p->part = work(p, b, p->part)) : tk_reader_work(p->reader);
        int rc = fold(p, x, b, err);
        if (rc < 0)
            return rc;
        if (p->tick)
            p->tick(p->tick_ctx, tk_reader_stats(p->reader));
    }
    p->spans = tk_reader_stats(p->reader)->spans;
    return ended(p, code, err);
}

/* ---- opening ---- */

static bool has_key(const tk_str *keys, size_t n, tk_str key)
{
    for (size_t i = 0; i < n; i++)
        if (tki_str_eq(keys[i], key))
            return true;
    return false;
}

/* What the consumers need together.  Attributes are wanted by key only when each consumer that reads some names them.
 */
static int union_of(struct tki_pass *p, struct tk_read_opts *opts)
{
    size_t most = 0;
    bool named = true;
    opts->needs = p->ledger ? TK_NEED_WEIGHT : 0;
    for (size_t i = 0; i < p->nconsumers; i++) {
        const struct tki_consumer *c = &p->consumer[i];
        opts->needs |= c->needs;
        named = named && (!(c->needs & TK_NEED_ATTRS) || c->nkeys);
        most += c->nkeys;
    }
    opts->attr_keys = NULL;
    opts->nattr_keys = 0;
    if (!(opts->needs & TK_NEED_ATTRS) || !named || !most)
        return 0;
    p->keys = malloc(most * sizeof *p->keys);
    if (!p->keys)
        return TK_ENOMEM;
    for (size_t i = 0; i < p->nconsumers; i++)
        for (size_t k = 0; k < p->consumer[i].nkeys; k++)
            if (!has_key(p->keys, opts->nattr_keys, p->consumer[i].keys[k]))
                p->keys[opts->nattr_keys++] = p->consumer[i].keys[k];
    opts->attr_keys = p->keys;
    return 0;
}

int tki_pass_open(struct tki_pass *p, const char *const *paths, size_t npaths, const struct tk_read_opts *opts,
                  bool again, struct tk_err *err)
{
    p->opts = *opts;
    if (union_of(p, &p->opts) < 0)
        return tki_err_memory(err);
    if (!p->opts.needs)
        p->opts.needs = TK_NEED_WEIGHT; /* 0 would be everything */
    p->opts.rewindable = again;
    if (!p->in_order) {
        p->opts.work = work;
        p->opts.work_free = free_piece;
        p->opts.work_ctx = p;
    }
    return tk_reader_open(&p->reader, paths, npaths, &p->opts, err);
}

void tki_pass_count_beyond(const struct tk_batch *b, struct tk_notes *notes)
{
    tki_format_count_beyond(NULL, b, NULL, 0, notes->n);
}

void tki_pass_close(struct tki_pass *p)
{
    tk_reader_close(p->reader);
    if (p->part)
        free_piece(p->part);
    free(p->keys);
    *p = (struct tki_pass){0};
}

/* ---- once more ---- */

/* A fault that the first reading did not meet, or one that came earlier, is a fault of its own.  That the input is what
 * it was is the reader's to say. */
static int ended_again(struct tki_pass *p, int code, struct tk_err *err)
{
    bool fewer = tk_reader_stats(p->reader)->spans < p->spans;
    return code < 0 && (p->read_err.code == 0 || fewer) ? ended(p, code, err) : 0;
}

int tki_pass_again(struct tki_pass *p, const struct tki_consumer *c, struct tk_err *err)
{
    void *part = NULL;
    struct tk_batch *b;
    const struct tki_reader_ask ask = {.needs = c->needs, .copies = c->copies || p->opts.copy_proto, .only = c->only};
    int code = tki_reader_again(p->reader, &ask), rc = 0;
    if (code < 0) {
        if (err)
            *err = *tk_reader_err(p->reader);
        return code;
    }
    while (rc == 0 && (code = tk_reader_next(p->reader, &b)) == 1) {
        int done = c->work ? c->work(c->ctx, b, NULL, &part) : 0;
        rc = c->fold(c->ctx, b, NULL, part, done, err);
        if (p->tick)
            p->tick(p->tick_ctx, tk_reader_stats(p->reader));
    }
    free_part(part, c->part_free);
    if (rc != 0)
        return rc < 0 ? rc : 0;
    return ended_again(p, code, err);
}
