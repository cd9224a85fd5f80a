/* What head samplers decide the spans of a trace by. */
#include "tracesample.h"

#include "base/err.h"

struct saying {
    struct ts_head_reasons *to;
    int err;
};

static void say(void *ctx, size_t head, bool keeps, const struct tki_buf *why)
{
    struct saying *s = ctx;
    struct ts_head_reasons *to = s->to;
    tk_str text = {why->p, why->n < sizeof to->reason->why - 1 ? why->n : sizeof to->reason->why - 1};
    if (why->err)
        s->err = TK_ENOMEM;
    for (uint32_t i = 0; i < to->n; i++) {
        struct ts_head_reason *r = &to->reason[i];
        if (r->head == head && r->keeps == keeps && strlen(r->why) == text.n && memcmp(r->why, text.p, text.n) == 0) {
            r->spans++;
            return;
        }
    }
    if (to->n == TS_HEAD_REASONS_MAX) {
        to->more++;
        return;
    }
    struct ts_head_reason *r = &to->reason[to->n++];
    *r = (struct ts_head_reason){.head = head, .keeps = keeps, .spans = 1};
    if (text.n)
        memcpy(r->why, text.p, text.n);
}

static int look(void *ctx, struct tk_batch *b, const struct tki_groups *groups, void *part, int code,
                struct tk_err *err)
{
    struct ts_run *run = ctx;
    struct saying s = {.to = &run->head_reasons};
    const tk_id128 id = run->request->explain_id;
    (void)groups;
    (void)part;
    (void)code;
    for (uint32_t i = 0; i < b->nspans; i++) {
        const struct tk_span *span = &b->spans[i];
        if (span->trace_id.hi == id.hi && span->trace_id.lo == id.lo)
            tki_heads_explain(run->sampler.heads, run->sampler.nheads, b, span, say, &s);
    }
    return s.err || b->err ? tki_err_memory(err) : 0;
}

bool ts_explain_heads_add(struct ts_run *run)
{
    struct tki_consumer c = {.ctx = run, .fold = look};
    c.needs = tki_sampler_needs(&run->sampler, &c.keys, &c.nkeys);
    return tki_pass_add(&run->pass, &c);
}

void ts_explain_heads(struct tki_doc *d, const struct ts_run *run)
{
    static const struct tki_doc_column columns[] = {
        {.title = "head", .key = "name", .shrink = TKI_CUT},
        {.title = "spans", .key = "spans", .right = true},
        {.title = "decision", .key = "decision"},
        {.title = "because", .key = "because", .shrink = TKI_WRAP},
    };
    const struct ts_head_reasons *all = &run->head_reasons;
    if (!all->n) {
        tki_doc_array(d, "heads");
        tki_doc_end(d);
        return;
    }
    tki_doc_space(d);
    tki_doc_table(d, "heads", columns, sizeof columns / sizeof *columns);
    for (uint32_t i = 0; i < all->n; i++) {
        const struct ts_head_reason *r = &all->reason[i];
        tki_doc_row(d);
        tki_doc_cell(d, tki_d_words(run->sampler.heads[r->head].name));
        tki_doc_cell(d, tki_d_count(r->spans));
        tki_doc_cell(d, tki_d_words(r->keeps ? "kept" : "lost"));
        tki_doc_cell(d, tki_d_words(r->why));
    }
    tki_doc_close(d);
}
