/* sequence: calls between services in the order of their times, as a Mermaid sequence diagram, for Markdown.
 *
 *     A->>+B: name          a call; B works until
 *     B-->>-A: duration     its answer, B--xA when it failed, with what it says
 *     A-)B: name            a message, which nobody waits for
 *     Note over A: ...      where a trace begins; a time in which no span ran
 *
 * Calls are those of the graph of services (graph.h): spans whose parent is of another service, and what client and
 * producer spans name that nothing answers.  Equal calls that follow each other are one (outline.h).  What Mermaid
 * would refuse to draw is left out, and the last note says how much.
 */
#include <stdlib.h>

#include "base/text.h"
#include "model/errors.h"
#include "report/number.h"
#include "view/graph.h"
#include "view/outline.h"

enum { MESSAGES_MAX = 400, BYTES_MAX = 45000 /* Mermaid draws no more than 50,000 characters */, TEXT_COLUMNS = 70 };

enum what { CALL, REPLY, NOTE };

/* How many calls one stands for, with the repeats above it, and how the innermost of these follow each other. */
struct times {
    uint64_t n;
    uint8_t manner;
};

struct message {
    int64_t at_ns;
    uint32_t line;
    uint8_t what;
    bool instant; /* a call that ends when it begins */
    bool async;
    uint32_t from, to; /* participants */
    struct times times;
};

struct sequence {
    struct tki_view_trace trace;
    struct tki_facts facts;
    struct tki_outline outline;
    struct tki_view_names names; /* of participants */
    uint32_t declared;           /* of them were written */
    struct message *message;
    size_t n;
    uint32_t cap;
    struct times *times; /* by depth of the lines: of the last one there */
    uint32_t times_cap;
    struct tki_buf text;
    uint64_t written, left_out; /* messages */
    size_t bytes;               /* of the traces before */
    bool begun;
};

static uint32_t participant(struct tki_encode *e, struct sequence *q, tk_str name)
{
    return tki_view_names_put(&q->names, e, name, 4096);
}

static void add(struct tki_encode *e, struct sequence *q, struct message m)
{
    if (TKI_VIEW_ROOM(e, q->message, q->cap, q->n))
        q->message[q->n++] = m;
}

/* ---- what is said ---- */

static void put_text(struct tki_encode *e, struct sequence *q)
{
    struct tki_buf shown = {0};
    tki_buf_fit(&shown, tki_buf_text(&q->text, &e->out->err), TEXT_COLUMNS);
    tki_view_label(e, tki_buf_text(&shown, &e->out->err), tki_view_mermaid_char);
    tki_buf_free(&shown);
    tki_buf_putc(e->out, '\n');
}

/* Participants stand from left to right in the order in which they are first spoken of. */
static void declare(struct tki_encode *e, struct sequence *q, uint32_t until)
{
    for (; q->declared <= until; q->declared++) {
        if (q->declared == 0)
            continue; /* "(other)" unless it is needed */
        tki_buf_printf(e->out, "    participant p%u as ", q->declared);
        tki_view_label(e, tki_view_names_at(&q->names, q->declared), tki_view_mermaid_char);
        tki_buf_putc(e->out, '\n');
    }
}

static void name_of(struct sequence *q, const struct tki_line *l, struct times times)
{
    char number[TKI_QUANTITY_MAX];
    static const char *const manners[] = {
        [TKI_SERIAL] = ", one after the other", [TKI_PARALLEL] = ", in parallel", [TKI_OVERLAPPING] = ", overlapping"};
    tki_buf_str(&q->text, tki_view_name(&q->trace.spans[l->row]));
    if (times.n > 1)
        tki_buf_printf(&q->text, " x%s%s", tki_count_format(number, times.n), manners[times.manner]);
}

static void answer(struct sequence *q, const struct tki_line *l)
{
    const struct tk_span *s = &q->trace.spans[l->row];
    char number[TKI_QUANTITY_MAX];
    double ns = l->kind == TKI_LINE_RUN ? (double)(l->end_ns - l->start_ns) : (double)tki_view_duration(s);
    tki_buf_str(&q->text, tki_str(tki_duration_format(number, ns)));
    if (s->status != TK_STATUS_ERROR)
        return;
    tki_buf_lit(&q->text, ", failed");
    if (tki_outline_tells(&q->outline, &q->trace.b, l->row)) {
        tki_buf_lit(&q->text, ": ");
        tki_buf_str(&q->text, tki_error_text(&q->trace.b, s));
    }
}

static void put_message(struct tki_encode *e, struct sequence *q, const struct message *m)
{
    const struct tki_line *l = &q->outline.line[m->line];
    bool failed = l->kind != TKI_LINE_GAP && q->trace.spans[l->row].status == TK_STATUS_ERROR;
    char number[TKI_QUANTITY_MAX];
    tki_buf_reset(&q->text);
    declare(e, q, m->from > m->to ? m->from : m->to);
    switch ((enum what)m->what) {
    case CALL:
        tki_buf_printf(e->out, "    p%u%sp%u: ", m->from, m->async ? "-)" : "->>+", m->to);
        name_of(q, l, m->times);
        break;
    case REPLY:
        tki_buf_printf(e->out, "    p%u%sp%u: ", m->from, failed ? "--x-" : "-->>-", m->to);
        answer(q, l);
        break;
    case NOTE:
        tki_buf_printf(e->out, "    Note over p%u: ", m->from);
        tki_buf_printf(&q->text, "%s in which no span runs",
                       tki_duration_format(number, (double)(l->end_ns - l->start_ns)));
        break;
    }
    put_text(e, q);
}

/* ---- which there are ---- */

/* Whether another service's span stands below the span. */
static bool is_answered(const struct sequence *q, uint32_t row)
{
    const struct tk_tree *t = &q->facts.tree;
    tk_str own = tki_view_service(&q->trace.b, &q->trace.spans[row]);
    for (uint32_t i = t->child_first[row]; i < t->child_first[row + 1]; i++)
        if (!tki_str_eq(tki_view_service(&q->trace.b, &q->trace.spans[t->child[i]]), own))
            return true;
    return false;
}

/* The two ends of the call that a line is; false: it is none. */
static bool ends_of(struct tki_encode *e, struct sequence *q, const struct tki_line *l, struct message *m)
{
    const struct tk_span *s = &q->trace.spans[l->row];
    uint32_t parent = q->facts.tree.parent[l->row];
    tk_str own = tki_view_service(&q->trace.b, s);
    tk_str caller = parent == TK_NONE ? own : tki_view_service(&q->trace.b, &q->trace.spans[parent]);
    uint8_t kind;
    if (!tki_str_eq(caller, own)) {
        m->async = s->kind == TK_KIND_CONSUMER || q->trace.spans[parent].kind == TK_KIND_PRODUCER;
        m->from = participant(e, q, caller);
        m->to = participant(e, q, own);
        return true;
    }
    if ((s->kind != TK_KIND_CLIENT && s->kind != TK_KIND_PRODUCER) || is_answered(q, l->row))
        return false;
    tk_str peer = tki_graph_peer(&q->trace.b, s, &kind);
    m->async = s->kind == TK_KIND_PRODUCER;
    m->from = participant(e, q, own);
    m->to = peer.n ? participant(e, q, peer) : m->from;
    return m->to != m->from;
}

/* The children of the longest of a run stand for those of all. */
static struct times times_of(struct tki_encode *e, struct sequence *q, const struct tki_line *l)
{
    struct times t = {1, TKI_SERIAL};
    if (!TKI_VIEW_ROOM(e, q->times, q->times_cap, l->depth))
        return t;
    if (l->depth)
        t = q->times[l->depth - 1];
    if (l->kind == TKI_LINE_RUN)
        t = (struct times){t.n * l->count, l->manner};
    q->times[l->depth] = t;
    return t;
}

static void collect(struct tki_encode *e, struct sequence *q)
{
    q->n = 0;
    for (size_t i = 0; i < q->outline.n; i++) {
        const struct tki_line *l = &q->outline.line[i];
        struct message m = {.line = (uint32_t)i, .at_ns = l->start_ns, .what = NOTE};
        if (l->kind == TKI_LINE_GAP) {
            if (l->row != TK_NONE) {
                m.from = m.to = participant(e, q, tki_view_service(&q->trace.b, &q->trace.spans[l->row]));
                add(e, q, m);
            }
            continue;
        }
        m.times = times_of(e, q, l);
        if (!ends_of(e, q, l, &m))
            continue;
        m.what = CALL;
        m.instant = l->end_ns <= l->start_ns;
        add(e, q, m);
        if (m.async)
            continue;
        struct message back = m;
        back.what = REPLY;
        back.at_ns = m.instant ? l->start_ns : l->end_ns;
        back.from = m.to;
        back.to = m.from;
        add(e, q, back);
    }
}

/* At one moment: answers to what began before, notes, calls, answers to what began now; of answers the inner ones
 * first, of calls the outer ones. */
static int phase(const struct message *m)
{
    return m->what == REPLY ? (m->instant ? 3 : 0) : m->what == NOTE ? 1 : 2;
}

static int by_time(const void *a, const void *b)
{
    const struct message *x = a, *y = b;
    int px = phase(x), py = phase(y);
    if (x->at_ns != y->at_ns)
        return x->at_ns < y->at_ns ? -1 : 1;
    if (px != py)
        return px - py;
    int order = (x->line > y->line) - (x->line < y->line);
    return x->what == REPLY ? -order : order;
}

/* ---- a trace ---- */

static void head(struct tki_encode *e, struct sequence *q)
{
    char number[TKI_QUANTITY_MAX];
    uint32_t root = q->facts.root != TK_NONE ? q->facts.root : q->facts.tree.order[0];
    const struct tk_span *s = &q->trace.spans[root];
    uint32_t at = participant(e, q, tki_view_service(&q->trace.b, s));
    if (!q->begun)
        tki_buf_lit(e->out, "sequenceDiagram\n");
    q->begun = true;
    declare(e, q, at);
    tki_buf_printf(e->out, "    Note over p%u: ", at);
    tki_buf_reset(&q->text);
    tki_buf_str(&q->text, tki_view_name(s));
    tki_buf_printf(&q->text, ", %s, trace ", tki_duration_format(number, (double)q->facts.duration_ns));
    tki_view_trace_id(&q->text, s->trace_id);
    q->text.n -= q->text.err ? 0 : 24; /* its first digits */
    put_text(e, q);
}

static void put(struct tki_encode *e, const struct tk_batch *b, const uint32_t *rows, size_t nrows)
{
    struct sequence *q = tki_view_state(e, sizeof *q);
    if (!q || !nrows || !tki_view_trace(&q->trace, e, b, rows, nrows))
        return;
    tki_facts_begin(&q->facts, &q->trace.b);
    int r = tki_facts_want(&q->facts, TKI_OUTLINE_FACTS);
    if (r == 0)
        r = tki_outline_build(&q->outline, &q->facts, TKI_FOLDED);
    if (r < 0) {
        e->out->err = r;
        return;
    }
    collect(e, q);
    if (q->n)
        qsort(q->message, q->n, sizeof *q->message, by_time);
    if (q->written >= MESSAGES_MAX || q->bytes > BYTES_MAX) {
        q->left_out += q->n;
        return;
    }
    size_t before = e->out->n;
    head(e, q);
    for (size_t i = 0; i < q->n && !tki_view_failed(e); i++)
        if (q->written < MESSAGES_MAX && q->bytes + e->out->n - before < BYTES_MAX) {
            put_message(e, q, &q->message[i]);
            q->written++;
        } else {
            q->left_out++;
        }
    q->bytes += e->out->n - before;
}

static void end(struct tki_encode *e)
{
    struct sequence *q = tki_view_state(e, sizeof *q);
    if (!q)
        return;
    if (!q->begun)
        tki_buf_lit(e->out, "sequenceDiagram\n");
    if (q->left_out)
        tki_buf_printf(e->out, "    Note over p1: %llu more are left out#59; --trace or --limit chooses\n",
                       (unsigned long long)q->left_out);
}

static void free_state(void *state)
{
    struct sequence *q = state;
    tki_view_trace_free(&q->trace);
    tki_facts_free(&q->facts);
    tki_outline_free(&q->outline);
    tki_view_names_free(&q->names);
    tki_buf_free(&q->text);
    free(q->message);
    free(q->times);
    free(q);
}

const struct tki_format tki_view_sequence = {
    .info = {.name = "sequence",
             .about = "calls between services in their order, as a Mermaid sequence diagram",
             .can_write = true,
             .whole_traces = true,
             .view = true},
    .put = put,
    .end = end,
    .free_state = free_state,
};
