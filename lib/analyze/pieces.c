#include "analyze/pieces.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

enum {
    HOPS_MAX = 64,  /* producers behind each other; spans that may wait for one consumer */
    BESIDE_MAX = 64 /* calls of a span that are asked whether they ran in a gap */
};

#define REPLY_NS    1000000 /* a span that waits for a consumer goes on within 1 ms ... */
#define INSIDE      0.9     /* of the time of a call beside the path, that a call inside of it ran */
#define REPLY_SHARE 10      /* ... or within a tenth of the time that it waited */

static int put(struct tki_pieces *p, struct tki_piece x)
{
    if (x.start_ns >= x.end_ns)
        return TK_OK;
    if (TKI_GROW(p->piece, p->cap, p->n + 1) < 0)
        return TK_ENOMEM;
    p->piece[p->n++] = x;
    return TK_OK;
}

/* The child of `over` that `node` lies in, or TK_NONE. */
static uint32_t child_towards(const struct tki_times *t, uint32_t node, uint32_t over)
{
    while (node != TK_NONE && t->over[node] != over)
        node = t->over[node];
    return node;
}

static bool is_kind(const struct tki_times *t, const struct tk_batch *b, uint32_t node, uint8_t kind)
{
    return node < t->n && b->spans[node].kind == kind;
}

static void name_piece(struct tki_piece *x, const struct tk_batch *b, const struct tki_times *t)
{
    if (x->prev == TK_NONE && x->next == TK_NONE) {
        x->type = TKI_PIECE_OWN;
        return;
    }
    x->type = x->prev == TK_NONE ? TKI_PIECE_LEAD : x->next == TK_NONE ? TKI_PIECE_TRAIL : TKI_PIECE_BETWEEN;
    uint32_t server = x->type == TKI_PIECE_LEAD ? x->next : x->type == TKI_PIECE_TRAIL ? x->prev : TK_NONE;
    if (is_kind(t, b, x->node, TK_KIND_CLIENT) && is_kind(t, b, server, TK_KIND_SERVER)) {
        x->type = TKI_PIECE_NETWORK;
        x->prev = TK_NONE;
        x->next = server;
    }
}

/* The sections of a path as pieces.  Two sections of one span that follow each other, with an empty child in between,
 * are one piece. */
static int cut(struct tki_pieces *p, const struct tk_batch *b, const struct tki_times *t, const struct tki_cpath *c)
{
    if (TKI_GROW(p->of_section, p->section_cap, c->nsections + 1) < 0)
        return TK_ENOMEM;
    for (uint32_t i = 0; i < c->nsections;) {
        const struct tki_section *x = &c->section[i];
        uint32_t first = i;
        struct tki_piece piece = {x->start_ns, x->end_ns, x->node, TK_NONE, TK_NONE, TKI_PIECE_OWN};
        if (i > 0 && x->end_ns < t->end_ns[x->node])
            piece.next = child_towards(t, c->section[i - 1].node, x->node);
        while (++i < c->nsections && c->section[i].node == x->node)
            piece.start_ns = c->section[i].start_ns;
        if (i < c->nsections && piece.start_ns > t->start_ns[x->node])
            piece.prev = child_towards(t, c->section[i].node, x->node);
        name_piece(&piece, b, t);
        for (uint32_t k = first; k < i; k++)
            p->of_section[k] = p->n;
        if (put(p, piece) < 0)
            return TK_ENOMEM;
    }
    return TK_OK;
}

/* The piece of `node` in which the moment `at` lies as its end or before it, or NULL. */
static struct tki_piece *piece_at(const struct tki_pieces *p, const struct tki_cpath *c, uint32_t node, int64_t at)
{
    for (uint32_t i = c->first[node]; i != TK_NONE; i = c->section[i].next)
        if (c->section[i].start_ns < at && at <= c->section[i].end_ns)
            return &p->piece[p->of_section[i]];
    return NULL;
}

/* Does the span with this gap wait for the consumer? */
static bool waits(const struct tki_piece *x, const struct tki_times *t, uint32_t consumer)
{
    int64_t rest = x->end_ns - t->end_ns[consumer], waited = t->end_ns[consumer] - x->start_ns;
    return rest >= 0 && waited > 0 && (rest <= REPLY_NS || rest <= waited / REPLY_SHARE);
}

/* Cuts a gap in which a consumer worked that was waited for: what was before, the queue, the work, what came after. */
static int cut_wait(struct tki_pieces *p, const struct tki_times *t, uint32_t at, uint32_t producer, uint32_t consumer)
{
    struct tki_piece x = p->piece[at], queue = x, work = x, after = x;
    int64_t start = t->start_ns[consumer], sent = t->end_ns[producer];
    start = start > x.start_ns ? start : x.start_ns;
    sent = sent > x.start_ns ? sent : x.start_ns;
    sent = sent < start ? sent : start;
    queue.start_ns = sent;
    work.start_ns = queue.end_ns = start;
    after.start_ns = work.end_ns = t->end_ns[consumer];
    queue.type = TKI_PIECE_QUEUE;
    work.type = TKI_PIECE_CONSUMER;
    queue.prev = work.prev = producer;
    queue.next = work.next = consumer;
    p->piece[at].end_ns = sent;
    if (put(p, queue) < 0 || put(p, work) < 0 || put(p, after) < 0)
        return TK_ENOMEM;
    return TK_OK;
}

static int cut_waits(struct tki_pieces *p, const struct tk_batch *b, const struct tk_tree *tree,
                     const struct tki_times *t, const struct tki_cpath *c)
{
    for (uint32_t s = 0; s < t->n; s++) {
        uint32_t producer = tree->parent[s];
        if (!(t->state[s] & TKI_NODE_ASYNC) || producer == TK_NONE || !is_kind(t, b, s, TK_KIND_CONSUMER) ||
            t->start_ns[s] >= t->end_ns[s])
            continue;
        uint32_t node = producer;
        for (int hops = 0; node != TK_NONE && hops < HOPS_MAX; hops++, node = t->over[node]) {
            struct tki_piece *x = piece_at(p, c, node, t->end_ns[s]);
            if (!x || x->end_ns <= x->start_ns || !waits(x, t, s) || x->type == TKI_PIECE_NETWORK)
                continue;
            if (cut_wait(p, t, (uint32_t)(x - p->piece), producer, s) < 0)
                return TK_ENOMEM;
            break;
        }
    }
    return TK_OK;
}

/* ---- calls beside the path ---- */

static int64_t overlap(const struct tki_times *t, uint32_t node, const struct tki_piece *x)
{
    int64_t start = t->start_ns[node] > x->start_ns ? t->start_ns[node] : x->start_ns;
    int64_t end = t->end_ns[node] < x->end_ns ? t->end_ns[node] : x->end_ns;
    return end - start;
}

/* The call of `node` that runs longest in a piece; of equal ones that which began first, then by id.  TK_NONE: none
 * does, or there are too many calls to ask. */
static uint32_t runs_in(const struct tk_batch *b, const struct tk_tree *tree, const struct tki_times *t, uint32_t node,
                        const struct tki_piece *x)
{
    uint32_t best = TK_NONE;
    int64_t most = 0;
    if (node >= t->n || tree->child_first[node + 1] - tree->child_first[node] > BESIDE_MAX)
        return TK_NONE;
    for (uint32_t i = tree->child_first[node]; i < tree->child_first[node + 1]; i++) {
        uint32_t c = tree->child[i];
        if (t->over[c] != node || t->state[c] & (TKI_NODE_COPY | TKI_NODE_INVALID))
            continue;
        int64_t ns = overlap(t, c, x);
        bool first =
            best != TK_NONE && (t->start_ns[c] != t->start_ns[best] ? t->start_ns[c] < t->start_ns[best]
                                                                    : b->spans[c].span_id < b->spans[best].span_id);
        if (ns <= 0 || ns < most || (ns == most && !first))
            continue;
        best = c;
        most = ns;
    }
    return best;
}

/* A gap in which another call ran most of the time, which was no part of the path because it ended behind the start of
 * the next one: that is no dark time but the call's, or that of the one inside of it that ran nearly as long. */
static int cut_beside(struct tki_pieces *p, const struct tk_batch *b, const struct tk_tree *tree,
                      const struct tki_times *t, uint32_t at)
{
    struct tki_piece x = p->piece[at], call = x, after = x;
    uint32_t c = runs_in(b, tree, t, x.node, &x);
    if (c == TK_NONE || 2 * overlap(t, c, &x) < x.end_ns - x.start_ns)
        return TK_OK;
    call.start_ns = t->start_ns[c] > x.start_ns ? t->start_ns[c] : x.start_ns;
    call.end_ns = after.start_ns = t->end_ns[c] < x.end_ns ? t->end_ns[c] : x.end_ns;
    for (uint32_t in = c; in != TK_NONE;) {
        c = in;
        in = runs_in(b, tree, t, c, &call);
        if (in != TK_NONE && (double)overlap(t, in, &call) < INSIDE * (double)(call.end_ns - call.start_ns))
            in = TK_NONE;
    }
    call.node = c;
    call.type = TKI_PIECE_OWN;
    call.prev = call.next = TK_NONE;
    p->piece[at].end_ns = call.start_ns;
    return put(p, call) < 0 || put(p, after) < 0 ? TK_ENOMEM : TK_OK;
}

static int cut_gaps(struct tki_pieces *p, const struct tk_batch *b, const struct tk_tree *tree,
                    const struct tki_times *t, uint32_t first)
{
    for (uint32_t i = first, n = p->n; i < n; i++)
        if (tki_piece_dark(p->piece[i].type) && p->piece[i].start_ns < p->piece[i].end_ns &&
            cut_beside(p, b, tree, t, i) < 0)
            return TK_ENOMEM;
    return TK_OK;
}

/* Leaves out pieces that became empty, and what is at `limit` or later. */
static void keep_before(struct tki_pieces *p, uint32_t first, int64_t limit)
{
    uint32_t n = first;
    for (uint32_t i = first; i < p->n; i++) {
        struct tki_piece x = p->piece[i];
        x.end_ns = x.end_ns < limit ? x.end_ns : limit;
        if (x.start_ns < x.end_ns)
            p->piece[n++] = x;
    }
    p->n = n;
}

static int add_path(struct tki_pieces *p, const struct tk_batch *b, const struct tk_tree *tree,
                    const struct tki_times *t, const struct tki_cpath *c, int64_t limit)
{
    uint32_t first = p->n;
    int rc = cut(p, b, t, c);
    if (rc == TK_OK && tree)
        rc = cut_waits(p, b, tree, t, c);
    if (rc == TK_OK && tree)
        rc = cut_gaps(p, b, tree, t, first);
    keep_before(p, first, limit);
    return rc;
}

int tki_pieces_main(struct tki_pieces *p, const struct tk_batch *b, const struct tk_tree *tree,
                    const struct tki_times *t, const struct tki_cpath *c)
{
    p->n = 0;
    return add_path(p, b, tree, t, c, INT64_MAX);
}

/* The span of the trace that ends last; t->root when that is the root. */
static uint32_t last_node(const struct tki_times *t)
{
    uint32_t last = t->root;
    for (uint32_t s = 0; s < t->n; s++)
        if (!(t->state[s] & (TKI_NODE_COPY | TKI_NODE_INVALID)) && t->end_ns[s] > t->end_ns[last])
            last = s;
    return last;
}

static uint32_t top_of(const struct tki_times *t, uint32_t node)
{
    while (t->over[node] != TK_NONE)
        node = t->over[node];
    return node;
}

int tki_pieces_whole(struct tki_pieces *p, const struct tk_batch *b, const struct tk_tree *tree,
                     const struct tki_times *t, const struct tki_cpath *c)
{
    uint32_t top = top_of(t, last_node(t));
    int64_t limit = INT64_MAX;
    int rc = TK_OK;
    p->n = 0;
    if (top == t->root) {
        rc = tki_pieces_main(p, b, tree, t, c);
        return rc < 0 ? rc : 0;
    }
    for (int hops = 0; rc == TK_OK && top != t->root && hops < HOPS_MAX; hops++) {
        struct tki_times beside = *t;
        beside.root = top;
        rc = tki_cpath_build(&p->side, &beside);
        if (rc == TK_OK)
            rc = add_path(p, b, NULL, t, &p->side, limit);
        uint32_t producer = tree->parent[top];
        if (rc < 0 || producer == TK_NONE)
            return rc < 0 ? rc : 1;
        int64_t sent = t->end_ns[producer] < t->start_ns[top] ? t->end_ns[producer] : t->start_ns[top];
        sent = sent < limit ? sent : limit;
        struct tki_piece queue = {
            sent, t->start_ns[top] < limit ? t->start_ns[top] : limit, producer, producer, top, TKI_PIECE_QUEUE};
        rc = put(p, queue);
        limit = sent;
        top = top_of(t, producer);
    }
    if (rc == TK_OK && top == t->root)
        rc = add_path(p, b, tree, t, c, limit);
    return rc < 0 ? rc : 1;
}

void tki_pieces_free(struct tki_pieces *p)
{
    free(p->piece);
    free(p->of_section);
    tki_cpath_free(&p->side);
    memset(p, 0, sizeof *p);
}
