/* Lanes: over random traces the slices of a lane nest, in one trace and over many; and what the views make of them. */
#include "make_trace.h"
#include "tap.h"
#include "view/lanes.h"

enum { TRACES = 400, SPANS_MAX = 60, SLICES_MAX = TRACES * SPANS_MAX };

struct slice {
    uint32_t lane, trace, row;
    uint64_t start_ns, end_ns;
};

static struct slice slices[SLICES_MAX];
static uint32_t nslices;

static const uint32_t *all_rows(uint32_t n)
{
    static uint32_t rows[SPANS_MAX + 1];
    for (uint32_t i = 0; i < n; i++)
        rows[i] = i;
    return rows;
}

static bool is_ancestor(const struct tk_tree *t, uint32_t above, uint32_t row)
{
    while (row != TK_NONE && row != above)
        row = t->parent[row];
    return row == above;
}

/* Any two slices of one lane are apart, or the inner is a descendant of the outer in the same trace. */
static bool nests(const struct tki_view_trace *t, const struct slice *a, const struct slice *b)
{
    if (a->lane != b->lane || a->end_ns <= b->start_ns || b->end_ns <= a->start_ns)
        return true;
    if (a->trace != b->trace)
        return false;
    const struct slice *outer = a, *inner = b;
    if (b->start_ns <= a->start_ns && b->end_ns >= a->end_ns &&
        (b->start_ns < a->start_ns || b->end_ns > a->end_ns || is_ancestor(&t->tree, b->row, a->row))) {
        outer = b;
        inner = a;
    }
    return outer->start_ns <= inner->start_ns && outer->end_ns >= inner->end_ns &&
           is_ancestor(&t->tree, outer->row, inner->row);
}

static void add_slices(const struct tki_view_trace *t, const struct tki_lanes *l, uint32_t trace)
{
    for (uint32_t i = 0; i < l->nsorted; i++) {
        uint32_t row = l->sorted[i];
        const struct tk_span *s = &t->spans[row];
        slices[nslices++] = (struct slice){.lane = l->lane[row],
                                           .trace = trace,
                                           .row = row,
                                           .start_ns = s->start_ns,
                                           .end_ns = s->start_ns + tki_view_duration(s)};
    }
}

struct tally {
    uint32_t wrong_pairs, wrong_groups, unsorted, not_with_parent, with_parent;
};

/* A span that is alone in its parent's window, lies in it and is of its group, is on its lane. */
static void check_parents(const struct tki_view_trace *t, const struct tki_lanes *l, const uint32_t *group,
                          struct tally *tally)
{
    for (uint32_t i = 0; i < l->nsorted; i++) {
        uint32_t row = l->sorted[i], parent = t->tree.parent[row];
        if (l->lanes[l->lane[row]].group != group[row])
            tally->wrong_groups++;
        if (i && t->spans[l->sorted[i - 1]].start_ns > t->spans[row].start_ns)
            tally->unsorted++;
        if (parent == TK_NONE || group[parent] != group[row] ||
            t->tree.child_first[parent + 1] - t->tree.child_first[parent] != 1)
            continue;
        const struct tk_span *s = &t->spans[row], *p = &t->spans[parent];
        uint64_t end_ns = p->start_ns + tki_view_duration(p);
        if (s->start_ns < p->start_ns || s->start_ns >= end_ns || s->start_ns + tki_view_duration(s) > end_ns)
            continue;
        tally->with_parent++;
        tally->not_with_parent += l->lane[row] != l->lane[parent];
    }
}

static void random_lanes(uint64_t seed, uint32_t ticks, bool groups, bool together)
{
    struct tk_batch *b = tk_batch_new();
    struct tki_buf out = {0};
    struct tki_encode e = {.out = &out};
    struct tki_view_trace t = {0};
    struct tki_lanes l = {0};
    struct tally tally = {0};
    uint32_t first = 0;
    bool fine = true;
    nslices = 0;
    for (uint32_t trace = 0; trace < TRACES; trace++) {
        uint32_t group[SPANS_MAX + 1];
        random_trace(b, &seed, SPANS_MAX, ticks);
        uint64_t shift = below(&seed, 20 * ticks);
        for (uint32_t i = 0; i < b->nspans; i++) {
            b->spans[i].start_ns += shift;
            b->spans[i].end_ns += shift;
            group[i] = groups ? b->spans[i].resource : 0;
        }
        fine = fine && tki_view_trace(&t, &e, b, all_rows(b->nspans), b->nspans) && tki_lanes_put(&l, &t, group);
        add_slices(&t, &l, trace);
        for (uint32_t i = first; i < nslices; i++)
            for (uint32_t j = together ? 0 : first; j < i; j++)
                tally.wrong_pairs += !nests(&t, &slices[j], &slices[i]);
        check_parents(&t, &l, group, &tally);
        first = nslices;
        if (!together)
            tki_lanes_reset(&l);
    }
    ok(fine, "no failure");
    ok(tally.with_parent > 100, "spans that lie with their parent: %u", tally.with_parent);
    is_uint(tally.wrong_pairs, 0, "slices of a lane nest");
    is_uint(tally.wrong_groups, 0, "lanes belong to one group");
    is_uint(tally.unsorted, 0, "rows come by start");
    is_uint(tally.not_with_parent, 0, "an only child inside its parent is on its lane");
    tki_lanes_free(&l);
    tki_view_trace_free(&t);
    tki_buf_free(&out);
    tk_batch_free(b);
}

static void many_at_once(void)
{
    enum { N = 50000 };
    struct tk_batch *b = tk_batch_new();
    struct tki_buf out = {0};
    struct tki_encode e = {.out = &out};
    struct tki_view_trace t = {0};
    struct tki_lanes l = {0};
    uint32_t *zeros = calloc(N + 1, sizeof *zeros), *rows = calloc(N + 1, sizeof *rows);
    add_span(b, 1, 0, 0, 1000000, 2, "s", "root");
    for (uint32_t i = 1; i <= N; i++) {
        add_span(b, i + 1, 1, i, 500000 + i, 1, "s", "child");
        rows[i] = i;
    }
    ok(tki_view_trace(&t, &e, b, rows, N + 1) && tki_lanes_put(&l, &t, zeros), "fifty thousand children at once");
    is_uint(l.nlanes, N, "a lane for each, the first with the root");
    tk_batch_reset(b);
    add_span(b, 1, 0, 2000000, 3000000, 2, "s", "later");
    ok(tki_view_trace(&t, &e, b, rows, 1) && tki_lanes_put(&l, &t, zeros), "a later trace");
    is_uint(l.nlanes, N, "takes no new lane");
    is_uint(l.lanes[l.lane[0]].number, 0, "but the lowest");
    add_span(b, 1, 0, 10, 20, 2, "s", "earlier");
    ok(tki_view_trace(&t, &e, b, rows, 1) && tki_lanes_put(&l, &t, zeros), "the same again");
    is_uint(l.lanes[l.lane[0]].number, 1, "finds the next lane");
    free(rows);
    free(zeros);
    tki_lanes_free(&l);
    tki_view_trace_free(&t);
    tk_batch_free(b);
    tki_buf_free(&out);
}

static void names(void)
{
    struct tki_buf out = {0};
    struct tki_encode e = {.out = &out};
    struct tki_view_names n = {0};
    is_uint(tki_view_names_put(&n, &e, text("a"), 2), 1, "the first name");
    is_uint(tki_view_names_put(&n, &e, text("b"), 2), 2, "the second");
    is_uint(tki_view_names_put(&n, &e, text("c"), 2), 0, "the third is one of the others");
    is_uint(tki_view_names_put(&n, &e, text("a"), 2), 1, "the first is still there");
    is_uint(e.notes[TK_NOTE_OTHER_NAME], 1, "one was counted");
    is_uint(tki_view_names_at(&n, 0).n, 7, "(other)");
    tki_view_names_free(&n);
    tki_buf_free(&out);
}

static void is_text(struct tki_buf *out, const char *want)
{
    tki_buf_putc(out, 0);
    is_str(out->p, want, "%s", want);
    tki_buf_reset(out);
}

static void times(void)
{
    struct tki_buf out = {0};
    tki_view_time(&out, 0);
    is_text(&out, "1970-01-01T00:00:00.000000000Z");
    tki_view_time(&out, 951782399999999999);
    is_text(&out, "2000-02-28T23:59:59.999999999Z");
    tki_view_time(&out, 951782400000000000);
    is_text(&out, "2000-02-29T00:00:00.000000000Z");
    tki_view_time(&out, 4107542400000000001);
    is_text(&out, "2100-03-01T00:00:00.000000001Z");
    tki_view_time(&out, UINT64_MAX);
    is_text(&out, "2554-07-21T23:34:33.709551615Z");
    tki_view_thousandths(&out, 7, 7);
    is_text(&out, "0");
    tki_view_thousandths(&out, 4, 5);
    is_text(&out, "-0.001");
    tki_view_thousandths(&out, 1234567, 0);
    is_text(&out, "1234.567");
    tki_view_thousandths(&out, 0, UINT64_MAX);
    is_text(&out, "-18446744073709551.615");
    tki_buf_free(&out);
}

int main(void)
{
    random_lanes(1, 10, false, false);
    random_lanes(2, 1000, false, false);
    random_lanes(3, 10, true, true);
    random_lanes(4, 1000, true, true);
    many_at_once();
    names();
    times();
    return done_testing();
}
