/* --partial and --merge: the state of an answer, written where a part of the dump is, and the answer of all of them. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/err.h"
#include "cli/msg.h"
#include "pipe.h"
#include "run/summary_state.h"
#include "run/top_state.h"

/* What stands in the head of a state. */
static const char *answer_of(const struct plan *p)
{
    return p->answer == PLAN_TOP ? "top" : p->answer == PLAN_TABLE ? "metrics" : "stats";
}

/* What the table is: the first line of the question, but for --stats. */
static void put_table(struct tki_buf *to, const struct plan *p)
{
    if (p->answer == PLAN_TOP) {
        tki_buf_printf(to, "by %s\n", p->o->top);
    } else if (p->answer == PLAN_TABLE) {
        tki_query_print(p->query.query, to);
        if (p->query.step_ns)
            tki_buf_printf(to, ", in steps of %" PRId64 " ns\n", p->query.step_ns);
        else
            tki_buf_lit(to, ", in one interval\n");
    }
}

/* The options that select, as the plan has understood them: the same text for the same question. */
static void put_question(struct tki_buf *to, const struct plan *p)
{
    put_table(to, p);
    for (size_t i = 0; i < p->filter.nids; i++) /* sorted */
        tki_buf_printf(to, "trace %016" PRIx64 "%016" PRIx64 " of %u digits\n", p->filter.ids[i].id.hi,
                       p->filter.ids[i].id.lo, p->filter.ids[i].digits);
    if (p->o->since_given)
        tki_buf_printf(to, "since %" PRIu64 "\n", p->filter.since_ns);
    if (p->o->until_given)
        tki_buf_printf(to, "until %" PRIu64 "\n", p->filter.until_ns);
}

static tk_str text_of(const struct tki_buf *b)
{
    if (b->err)
        tki_die(TKI_EXIT_IO, "out of memory");
    return (tk_str){b->n ? b->p : "", b->n};
}

typedef int saver(void *ctx, struct tki_state_out *to, struct tk_err *err);

static void write_state(const struct plan *p, const struct summary_read *read, tk_str question, const uint64_t *parts,
                        size_t nparts, saver *save, void *ctx)
{
    struct tki_state_out *to;
    struct tk_err err = {0};
    struct tki_state_head head = {.answer = tki_str(answer_of(p)),
                                  .question = question,
                                  .read = read->stats,
                                  .selected = read->selected,
                                  .complete = read->complete,
                                  .faults = read->damage.fault,
                                  .nfaults = read->damage.n,
                                  .parts = parts,
                                  .nparts = nparts};
    if (tki_state_create(&to, p->o->common.output, (int)p->compress, &head, &err) < 0)
        tki_die_err(&err);
    if (save(ctx, to, &err) < 0) {
        tki_state_abort(to);
        tki_die_err(&err);
    }
    if (tki_state_finish(to, &err) < 0)
        tki_die_err(&err);
}

void state_write(const struct plan *p, const struct summary_read *read, saver *save, void *ctx)
{
    struct tki_buf question = {0};
    put_question(&question, p);
    write_state(p, read, text_of(&question), NULL, 0, save, ctx);
    tki_buf_free(&question);
}

/* ---- merging ---- */

struct merge {
    const struct plan *plan;
    struct tki_summary summary; /* of --stats */
    struct tki_ledger ledger;
    struct tki_top_state top; /* of --top */
    struct query query;       /* of metrics */
    struct summary_read read;
    struct tki_buf question; /* of the first state */
    const char *first;       /* its path */
    uint64_t *part;          /* hashes of the parts that count already, ... */
    const char **path;       /* ... and the states that they were in */
    size_t nparts, part_cap, path_cap;
};

static void add_stats(struct tk_read_stats *to, const struct tk_read_stats *from)
{
    to->bytes_read += from->bytes_read;
    to->bytes += from->bytes;
    to->records += from->records;
    to->spans += from->spans;
    to->records_skipped += from->records_skipped;
}

static void add_faults(struct tki_damage *to, const struct tki_state_head *h)
{
    if (TKI_GROW(to->fault, to->cap, to->n + h->nfaults) < 0)
        tki_die(TKI_EXIT_IO, "out of memory");
    for (size_t i = 0; i < h->nfaults; i++)
        to->fault[to->n++] = h->faults[i];
}

/* Before a head is taken at its word: a state that is damaged ends the command with that. */
static void read_whole(struct tki_state_in *in)
{
    struct tk_err err = {0};
    unsigned field;
    tk_str message;
    int r;
    while ((r = tki_state_next(in, &field, &message, &err)) == 1)
        ;
    if (r < 0)
        tki_die_err(&err);
}

static bool begins_with(tk_str s, tk_str with)
{
    return s.n >= with.n && memcmp(s.p, with.p, with.n) == 0;
}

/* The answer and, of a table, what it is are those that were asked for: else the command ends. */
static void check_answer(const struct plan *p, const char *path, const struct tki_state_head *h,
                         struct tki_state_in *in)
{
    struct tki_buf table = {0};
    put_table(&table, p);
    tk_str want = text_of(&table);
    if (tki_str_eq(h->answer, tki_str(answer_of(p))) && begins_with(h->question, want)) {
        tki_buf_free(&table);
        return;
    }
    read_whole(in);
    if (tki_str_eq(h->answer, TKI_STR("top")) && p->answer != PLAN_TOP)
        tki_die(TKI_EXIT_USAGE, "%s: the state of a table of calls: give --top with --merge", path);
    if (tki_str_eq(h->answer, TKI_STR("metrics")) && p->answer != PLAN_TABLE)
        tki_die(TKI_EXIT_USAGE, "%s: the state of a query: give --query with --merge, as it was then", path);
    if (!tki_str_eq(h->answer, tki_str(answer_of(p))))
        tki_die(TKI_EXIT_USAGE, "%s: the state of another answer: %.*s", path,
                (int)(h->answer.n < 40 ? h->answer.n : 40), h->answer.p);
    const char *end = memchr(h->question.p, '\n', h->question.n);
    tki_die(TKI_EXIT_USAGE, "%s: the state of %s%.*s, not %.*s: give %s then", path,
            p->answer == PLAN_TOP ? "a table " : "", end ? (int)(end - h->question.p) : 0, h->question.p,
            (int)want.n - 1, want.p,
            p->answer == PLAN_TOP ? "--top=WHAT as it was" : "--query and --step as they were");
}

/* Takes in what a state says of itself; what does not fit to the others ends the command. */
static void take_head(struct merge *m, const char *path, const struct tki_state_head *h, struct tki_state_in *in)
{
    check_answer(m->plan, path, h, in);
    if (!m->first) {
        m->first = path;
        tki_buf_str(&m->question, h->question);
    }
    if (!tki_str_eq(h->question, text_of(&m->question))) {
        read_whole(in);
        tki_die(TKI_EXIT_IO,
                "%s: its --trace, --since or --until were not those of %s: make the states of one question again", path,
                m->first);
    }
    add_stats(&m->read.stats, &h->read);
    add_faults(&m->read.damage, h);
    m->read.selected |= h->selected;
    m->read.complete &= h->complete;
}

/* Whatever the order of the states. */
static int compare_faults(const void *x, const void *y)
{
    const struct tk_err *a = x, *b = y;
    int c = strcmp(a->source, b->source);
    return c ? c : a->offset != b->offset ? (a->offset < b->offset ? -1 : 1) : strcmp(a->text, b->text);
}

/* A part that is given twice would count twice. */
static void take_part(struct merge *m, const char *path, uint64_t hash)
{
    for (size_t i = 0; i < m->nparts; i++)
        if (m->part[i] == hash)
            tki_die(TKI_EXIT_IO, "%s and %s hold the same part: give each part of the dump once", m->path[i], path);
    if (TKI_GROW(m->part, m->part_cap, m->nparts + 1) < 0 || TKI_GROW(m->path, m->path_cap, m->nparts + 1) < 0)
        tki_die(TKI_EXIT_IO, "out of memory");
    m->part[m->nparts] = hash;
    m->path[m->nparts++] = path;
}

static uint64_t spans_of(const struct merge *m)
{
    return m->plan->answer == PLAN_TOP     ? tki_top_sums(m->top.top)->spans
           : m->plan->answer == PLAN_TABLE ? query_table_traces(m->query.table) /* whole ones: what a part holds */
                                           : m->summary.counts.spans;
}

static void take(struct merge *m, const char *path)
{
    struct tki_state_in *in;
    struct tki_state_head head;
    struct tk_err err = {0};
    uint64_t before = spans_of(m);
    if (tki_state_open(&in, path, &head, &err) < 0)
        tki_die_err(&err);
    take_head(m, path, &head, in);
    int r = m->plan->answer == PLAN_TOP     ? tki_top_state_load(&m->top, in, &err)
            : m->plan->answer == PLAN_TABLE ? query_table_load(m->query.table, in, &err)
                                            : tki_summary_load(&m->summary, &m->ledger, in, &err);
    if (r < 0)
        tki_die_err(&err);
    for (size_t i = 0; i < head.nparts; i++)
        take_part(m, path, head.parts[i]);
    if (!head.nparts && spans_of(m) > before) /* parts of no spans are all the same */
        take_part(m, path, tki_state_hash(in));
    tki_state_close(in);
}

static int save_merged(void *merge, struct tki_state_out *to, struct tk_err *err)
{
    struct merge *m = merge;
    return m->plan->answer == PLAN_TOP     ? tki_top_state_save(&m->top, to, err)
           : m->plan->answer == PLAN_TABLE ? query_table_save(m->query.table, to, err)
                                           : tki_summary_save(&m->summary, &m->ledger, to, err);
}

static void report_merged(struct merge *m)
{
    const struct plan *p = m->plan;
    struct tki_doc d;
    struct tk_err err = {0};
    if (p->answer == PLAN_TOP) {
        if (tki_top_finish(m->top.top, &err) < 0)
            tki_die_err(&err);
        top_report(p, m->top.top, &m->read);
        return;
    }
    if (p->answer == PLAN_TABLE) {
        if (query_table_print(m->query.table, &p->report, &err) < 0)
            tki_die_err(&err);
        return;
    }
    if (tki_summary_finish(&m->summary, &m->ledger) < 0)
        tki_die(TKI_EXIT_IO, "out of memory");
    summary_report(&d, p->o, &m->summary, &m->read);
    tki_report_write(&p->report, &d);
    tki_doc_free(&d);
}

static void write_merged(struct merge *m)
{
    bool metrics = m->plan->answer == PLAN_TABLE;
    uint64_t shared = metrics ? query_table_shared(m->query.table) : tki_state_traces_shared(&m->top.traces);
    if (shared)
        tki_die(TKI_EXIT_IO,
                "%" PRIu64
                " %s in more than one of the states: for %s a part holds whole traces, as --route divides them",
                shared, shared == 1 ? "trace stands" : "traces stand", metrics ? "queries" : "--top");
    if (m->read.damage.n)
        qsort(m->read.damage.fault, m->read.damage.n, sizeof *m->read.damage.fault, compare_faults);
    if (m->plan->o->partial)
        write_state(m->plan, &m->read, text_of(&m->question), m->part, m->nparts, save_merged, m);
    else
        report_merged(m);
}

static void open_top(struct merge *m)
{
    struct tki_top_opts opts = {.memory_max = m->plan->top.memory};
    struct tki_top_sums none = {0};
    struct tk_err err = {0};
    if (tki_top_open(&m->top.top, &opts, &err) < 0 || tki_top_put_sums(m->top.top, &none, &err) < 0)
        tki_die_err(&err);
    m->top.memory_max = m->plan->top.memory;
    m->top.keep = m->plan->o->partial;
}

int state_merge(const struct plan *p, const char *const *files, size_t nfiles)
{
    struct merge m = {.plan = p, .read.complete = true};
    if (p->answer == PLAN_TOP)
        open_top(&m);
    if (p->answer == PLAN_TABLE)
        query_open(&m.query, p);
    if (!nfiles)
        take(&m, "-");
    for (size_t i = 0; i < nfiles; i++)
        take(&m, files[i]);
    write_merged(&m);
    if (m.read.complete && spans_of(&m) == 0)
        tki_msg("the states hold no spans");
    bool nothing = p->answer == PLAN_TABLE ? !query_table_any(m.query.table) : m.read.selected && !spans_of(&m);
    int status = !m.read.complete ? TKI_EXIT_IO : nothing ? TKI_EXIT_NO : 0;
    if (p->answer == PLAN_TABLE)
        query_close(&m.query);
    tki_top_close(m.top.top);
    tki_top_state_free(&m.top);
    tki_summary_free(&m.summary);
    tki_ledger_free(&m.ledger);
    tki_damage_free(&m.read.damage);
    tki_buf_free(&m.question);
    free(m.part);
    free(m.path);
    return status;
}
