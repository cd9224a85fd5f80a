#include "cli/merge.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/err.h"
#include "cli/msg.h"

/* What states hold, and who merges them. */
static const struct known {
    const char *name, *what, *by;
} known[] = {{"stats", "a summary", "tracecat --merge"},
             {"top", "a table of calls", "tracecat --top --merge"},
             {"metrics", "a query", "tracecat --merge --query, as it was then"},
             {"sample", "what a policy keeps", "tracesample --merge"},
             {"cost", "what traces weigh", "tracecost --merge"},
             {"diff", "a comparison", "tracediff --merge"}};

tk_str tki_merge_text(const struct tki_buf *b)
{
    if (b->err)
        tki_die(TKI_EXIT_IO, "out of memory");
    return (tk_str){b->n ? b->p : "", b->n};
}

/* ---- writing ---- */

static void write_state(const char *path, int level, const struct tki_state_head *head, tki_state_saver *save,
                        void *ctx)
{
    struct tki_state_out *to;
    struct tk_err err = {0};
    if (tki_state_create(&to, path, level, head, &err) < 0)
        tki_die_err(&err);
    if (save(ctx, to, &err) < 0) {
        tki_state_abort(to);
        tki_die_err(&err);
    }
    if (tki_state_finish(to, &err) < 0)
        tki_die_err(&err);
}

static struct tki_state_head head_of(const char *answer, tk_str question, const struct tki_reading *read)
{
    return (struct tki_state_head){.answer = tki_str(answer),
                                   .question = question,
                                   .read = read->stats,
                                   .selected = read->selected,
                                   .complete = read->complete,
                                   .faults = read->damage.fault,
                                   .nfaults = read->damage.n,
                                   .dumps = read->dump,
                                   .ndumps = read->ndumps};
}

void tki_reading_names(struct tki_reading *r, const char *const *files, size_t nfiles)
{
    size_t cap = 0;
    if (TKI_GROW(r->dump, cap, nfiles) < 0)
        tki_die(TKI_EXIT_IO, "out of memory");
    for (size_t i = 0; i < nfiles; i++)
        if (strcmp(files[i], "-") != 0)
            r->dump[r->ndumps++] = files[i];
}

void tki_reading_free(struct tki_reading *r)
{
    tki_damage_free(&r->damage);
    free(r->dump);
}

void tki_partial_write(const char *path, int level, const char *answer, tk_str question, const struct tki_reading *read,
                       tki_state_saver *save, void *ctx)
{
    const struct tki_state_head head = head_of(answer, question, read);
    write_state(path, level, &head, save, ctx);
}

void tki_merge_write(const struct tki_merging *m, const char *path, int level)
{
    struct tki_state_head head = head_of(m->answer->name, tki_merge_text(&m->question), &m->read);
    head.parts = m->part;
    head.nparts = m->nparts;
    write_state(path, level, &head, m->answer->save, m->answer->ctx);
}

/* ---- merging ---- */

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

static void add_dumps(struct tki_merging *m, const struct tki_state_head *h)
{
    if (TKI_GROW(m->read.dump, m->dump_cap, m->read.ndumps + h->ndumps) < 0)
        tki_die(TKI_EXIT_IO, "out of memory");
    for (size_t i = 0; i < h->ndumps; i++) {
        size_t size = strlen(h->dumps[i]) + 1;
        char *name = tki_arena_alloc(&m->names, size);
        if (!name)
            tki_die(TKI_EXIT_IO, "out of memory");
        m->read.dump[m->read.ndumps++] = memcpy(name, h->dumps[i], size);
    }
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

/* For "%.*s": the first line of a that differs from b's, or what is left of a. */
static tk_str other_line(tk_str a, tk_str b)
{
    size_t start = 0;
    for (size_t i = 0; i < a.n && i < b.n && a.p[i] == b.p[i]; i++)
        if (a.p[i] == '\n')
            start = i + 1;
    tk_str line = {a.p + start, a.n - start};
    const char *end = tki_str_find(line, '\n');
    line.n = end ? (size_t)(end - line.p) : line.n;
    line.n = line.n < 200 ? line.n : 200;
    return line;
}

/* The state is of the answer and the question that were asked for: else the command ends. */
static void check_answer(const struct tki_merge_answer *a, const char *path, const struct tki_state_head *h,
                         struct tki_state_in *in)
{
    bool same = tki_str_eq(h->answer, tki_str(a->name));
    if (same && begins_with(h->question, a->question))
        return;
    read_whole(in);
    for (size_t i = 0; !same && i < sizeof known / sizeof *known; i++)
        if (tki_str_eq(h->answer, tki_str(known[i].name)))
            tki_die(TKI_EXIT_USAGE, "%s: the state of %s: give it to %s", path, known[i].what, known[i].by);
    if (!same)
        tki_die(TKI_EXIT_USAGE, "%s: the state of another answer: %.*s", path,
                (int)(h->answer.n < 40 ? h->answer.n : 40), h->answer.p);
    tk_str was = other_line(h->question, a->question), want = other_line(a->question, h->question);
    tki_die(TKI_EXIT_USAGE, "%s: the state of %.*s, not %.*s: give %s then", path, (int)was.n, was.p, (int)want.n,
            want.p, a->again);
}

/* Takes in what a state says of itself; what does not fit to the others ends the command. */
static void take_head(struct tki_merging *m, const char *path, const struct tki_state_head *h, struct tki_state_in *in)
{
    check_answer(m->answer, path, h, in);
    if (!m->first) {
        m->first = path;
        tki_buf_str(&m->question, h->question);
    }
    if (!tki_str_eq(h->question, tki_merge_text(&m->question))) {
        read_whole(in);
        tki_die(TKI_EXIT_IO, "%s: its %s were not those of %s: make the states of one question again", path,
                m->answer->rest, m->first);
    }
    add_stats(&m->read.stats, &h->read);
    add_faults(&m->read.damage, h);
    add_dumps(m, h);
    m->read.selected |= h->selected;
    m->read.complete &= h->complete;
}

/* A part that is given twice would count twice. */
static void take_part(struct tki_merging *m, const char *path, uint64_t hash)
{
    for (size_t i = 0; i < m->nparts; i++)
        if (m->part[i] == hash)
            tki_die(TKI_EXIT_IO, "%s and %s hold the same part: give each part of the dump once", m->path[i], path);
    if (TKI_GROW(m->part, m->part_cap, m->nparts + 1) < 0 || TKI_GROW(m->path, m->path_cap, m->nparts + 1) < 0)
        tki_die(TKI_EXIT_IO, "out of memory");
    m->part[m->nparts] = hash;
    m->path[m->nparts++] = path;
}

static void take(struct tki_merging *m, const char *path)
{
    const struct tki_merge_answer *a = m->answer;
    struct tki_state_in *in;
    struct tki_state_head head;
    struct tk_err err = {0};
    uint64_t before = a->spans(a->ctx);
    if (tki_state_open(&in, path, &head, &err) < 0)
        tki_die_err(&err);
    take_head(m, path, &head, in);
    if (a->load(a->ctx, in, &err) < 0)
        tki_die_err(&err);
    for (size_t i = 0; i < head.nparts; i++)
        take_part(m, path, head.parts[i]);
    if (!head.nparts && a->spans(a->ctx) > before) /* parts of no spans are all the same */
        take_part(m, path, tki_state_hash(in));
    tki_state_close(in);
}

/* Whatever the order of the states. */
static int compare_faults(const void *x, const void *y)
{
    const struct tk_err *a = x, *b = y;
    int c = strcmp(a->source, b->source);
    return c ? c : a->offset != b->offset ? (a->offset < b->offset ? -1 : 1) : strcmp(a->text, b->text);
}

static int compare_names(const void *x, const void *y)
{
    return strcmp(*(const char *const *)x, *(const char *const *)y);
}

static void sort_dumps(struct tki_reading *r)
{
    size_t n = 0;
    if (r->ndumps)
        qsort(r->dump, r->ndumps, sizeof *r->dump, compare_names);
    for (size_t i = 0; i < r->ndumps; i++)
        if (n == 0 || strcmp(r->dump[n - 1], r->dump[i]) != 0)
            r->dump[n++] = r->dump[i];
    r->ndumps = n;
}

void tki_merge_all(struct tki_merging *m, const char *const *files, size_t nfiles)
{
    const struct tki_merge_answer *a = m->answer;
    m->read.complete = true;
    if (!nfiles)
        take(m, "-");
    for (size_t i = 0; i < nfiles; i++)
        take(m, files[i]);
    uint64_t shared = a->shared ? a->shared(a->ctx) : 0;
    if (shared)
        tki_die(TKI_EXIT_IO,
                "%" PRIu64
                " %s in more than one of the states: for %s a part holds whole traces, as --route divides them",
                shared, shared == 1 ? "trace stands" : "traces stand", a->whose);
    if (m->read.damage.n)
        qsort(m->read.damage.fault, m->read.damage.n, sizeof *m->read.damage.fault, compare_faults);
    sort_dumps(&m->read);
    if (m->read.complete && a->spans(a->ctx) == 0)
        tki_msg("the states hold no spans");
}

void tki_merging_free(struct tki_merging *m)
{
    tki_reading_free(&m->read);
    tki_buf_free(&m->question);
    tki_arena_free(&m->names);
    free(m->part);
    free(m->path);
}
