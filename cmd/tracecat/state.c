/* --partial and --merge: the state of an answer, written where a part of the dump is, and the answer of all of them. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/err.h"
#include "cli/msg.h"
#include "plan.h"
#include "run/summary_state.h"

static const char answer[] = "stats";

/* The options that select, as the plan has understood them: the same text for the same question. */
static void put_question(struct tki_buf *to, const struct plan *p)
{
    for (size_t i = 0; i < p->filter.nids; i++) /* sorted */
        tki_buf_printf(to, "trace %016" PRIx64 "%016" PRIx64 " of %u digits\n", p->filter.ids[i].id.hi,
                       p->filter.ids[i].id.lo, p->filter.ids[i].digits);
    if (p->o->since_given)
        tki_buf_printf(to, "since %" PRIu64 "\n", p->filter.since_ns);
    if (p->o->until_given)
        tki_buf_printf(to, "until %" PRIu64 "\n", p->filter.until_ns);
}

static void write_state(const struct plan *p, const struct tki_summary *s, const struct tki_ledger *ledger,
                        const struct summary_read *read, const uint64_t *parts, size_t nparts, tk_str question)
{
    struct tki_state_out *to;
    struct tk_err err = {0};
    struct tki_state_head head = {.answer = tki_str(answer),
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
    if (tki_summary_save(s, ledger, to, &err) < 0) {
        tki_state_abort(to);
        tki_die_err(&err);
    }
    if (tki_state_finish(to, &err) < 0)
        tki_die_err(&err);
}

static tk_str text_of(const struct tki_buf *b)
{
    if (b->err)
        tki_die(TKI_EXIT_IO, "out of memory");
    return (tk_str){b->n ? b->p : "", b->n};
}

void state_write(const struct plan *p, const struct tki_summary *s, const struct tki_ledger *ledger,
                 const struct summary_read *read)
{
    struct tki_buf question = {0};
    put_question(&question, p);
    write_state(p, s, ledger, read, NULL, 0, text_of(&question));
    tki_buf_free(&question);
}

/* ---- merging ---- */

struct merge {
    struct tki_summary summary;
    struct tki_ledger ledger;
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

/* Takes in what a state says of itself; what does not fit to the others ends the command. */
static void take_head(struct merge *m, const char *path, const struct tki_state_head *h)
{
    if (!tki_str_eq(h->answer, tki_str(answer)))
        tki_die(TKI_EXIT_IO, "%s: the state of another answer (%.*s), which this version does not merge", path,
                (int)(h->answer.n < 40 ? h->answer.n : 40), h->answer.p);
    if (!m->first) {
        m->first = path;
        tki_buf_str(&m->question, h->question);
    }
    if (!tki_str_eq(h->question, text_of(&m->question)))
        tki_die(TKI_EXIT_IO,
                "%s: its --trace, --since or --until were not those of %s: make the states of one question again", path,
                m->first);
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

static void take(struct merge *m, const char *path)
{
    struct tki_state_in *in;
    struct tki_state_head head;
    struct tk_err err = {0};
    uint64_t before = m->summary.counts.spans;
    if (tki_state_open(&in, path, &head, &err) < 0)
        tki_die_err(&err);
    take_head(m, path, &head);
    if (tki_summary_load(&m->summary, &m->ledger, in, &err) < 0)
        tki_die_err(&err);
    for (size_t i = 0; i < head.nparts; i++)
        take_part(m, path, head.parts[i]);
    if (!head.nparts && m->summary.counts.spans > before) /* parts of no spans are all the same */
        take_part(m, path, tki_state_hash(in));
    tki_state_close(in);
}

static void write_merged(const struct plan *p, struct merge *m)
{
    struct tki_doc d;
    if (m->read.damage.n)
        qsort(m->read.damage.fault, m->read.damage.n, sizeof *m->read.damage.fault, compare_faults);
    if (p->o->partial) {
        write_state(p, &m->summary, &m->ledger, &m->read, m->part, m->nparts, text_of(&m->question));
        return;
    }
    if (tki_summary_finish(&m->summary, &m->ledger) < 0)
        tki_die(TKI_EXIT_IO, "out of memory");
    summary_report(&d, p->o, &m->summary, &m->read);
    tki_report_write(&p->report, &d);
    tki_doc_free(&d);
}

int state_merge(const struct plan *p, const char *const *files, size_t nfiles)
{
    struct merge m = {.read.complete = true};
    if (!nfiles)
        take(&m, "-");
    for (size_t i = 0; i < nfiles; i++)
        take(&m, files[i]);
    write_merged(p, &m);
    if (m.read.complete && m.summary.counts.spans == 0)
        tki_msg("the states hold no spans");
    int status = !m.read.complete ? TKI_EXIT_IO : m.read.selected && !m.summary.counts.spans ? TKI_EXIT_NO : 0;
    tki_summary_free(&m.summary);
    tki_ledger_free(&m.ledger);
    tki_damage_free(&m.read.damage);
    tki_buf_free(&m.question);
    free(m.part);
    free(m.path);
    return status;
}
