/* The view chrome as its readers understand it: events sorted by time, those of one time in the order of the file;
 * slices on a stack for each thread; the ends of arrows bound to the innermost slice that is open then.  Over the
 * captures and the corpus: every slice nests, every arrow has two ends, and these are the spans that it means. */
#include <jansson.h>
#include <math.h>
#include <unistd.h>

#include "captures.h"
#include "model/span.h"

enum { DEPTH_MAX = 4096 };

struct event {
    int64_t ts_ns, dur_ns;
    size_t place; /* in the file */
    const json_t *json;
    char ph;
    int64_t tid, id;
};

struct thread {
    int64_t tid;
    const struct event *stack[DEPTH_MAX];
    size_t depth;
};

struct arrow {
    const struct event *from, *to; /* slices */
    bool link;
};

struct tally {
    uint64_t slices, arrows, links, overlaps, unbound, wrong;
};

static int64_t ns_of(const json_t *o, const char *key)
{
    return llround(json_number_value(json_object_get(o, key)) * 1000);
}

static const char *arg(const struct event *e, const char *key)
{
    const char *s = json_string_value(json_object_get(json_object_get(e->json, "args"), key));
    return s ? s : "";
}

static int by_time(const void *a, const void *b)
{
    const struct event *x = a, *y = b;
    if (x->ts_ns != y->ts_ns)
        return x->ts_ns < y->ts_ns ? -1 : 1;
    return (x->place > y->place) - (x->place < y->place);
}

static struct thread *thread_of(struct thread **threads, size_t *n, int64_t tid)
{
    for (size_t i = 0; i < *n; i++)
        if ((*threads)[i].tid == tid)
            return &(*threads)[i];
    *threads = realloc(*threads, (*n + 1) * sizeof **threads);
    if (!*threads)
        bail_out("out of memory");
    (*threads)[*n] = (struct thread){.tid = tid};
    return &(*threads)[(*n)++];
}

static void slice(struct thread *t, const struct event *e, struct tally *tally)
{
    tally->slices++;
    if (t->depth) {
        const struct event *around = t->stack[t->depth - 1];
        tally->overlaps += e->ts_ns + e->dur_ns > around->ts_ns + around->dur_ns;
    }
    if (t->depth == DEPTH_MAX)
        bail_out("more than %d slices inside each other", DEPTH_MAX);
    t->stack[t->depth++] = e;
}

static void check_arrow(const struct arrow *a, struct tally *tally)
{
    tally->arrows++;
    tally->links += a->link;
    if (!a->from || !a->to) {
        tally->unbound++;
        return;
    }
    if (!a->link) {
        /* The two halves of a Zipkin span share their id. */
        bool parent = strcmp(arg(a->from, "span_id"), arg(a->to, "parent_id")) == 0 ||
                      strcmp(arg(a->from, "span_id"), arg(a->to, "span_id")) == 0;
        tally->wrong += !parent || strcmp(arg(a->from, "trace_id"), arg(a->to, "trace_id")) != 0;
        return;
    }
    char want[64];
    size_t i;
    json_t *link;
    bool found = false;
    snprintf(want, sizeof want, "%s:%s", arg(a->from, "trace_id"), arg(a->from, "span_id"));
    json_array_foreach(json_object_get(json_object_get(a->to->json, "args"), "links"), i, link) found =
        found || strcmp(json_string_value(link), want) == 0;
    tally->wrong += !found;
}

static struct tally understand(struct event *events, size_t n)
{
    struct tally tally = {0};
    struct thread *threads = NULL;
    size_t nthreads = 0;
    struct arrow *arrows = calloc(n + 1, sizeof *arrows);
    if (!arrows)
        bail_out("out of memory");
    qsort(events, n, sizeof *events, by_time);
    for (size_t i = 0; i < n; i++) {
        const struct event *e = &events[i];
        struct thread *t = thread_of(&threads, &nthreads, e->tid);
        while (t->depth && t->stack[t->depth - 1]->ts_ns + t->stack[t->depth - 1]->dur_ns <= e->ts_ns)
            t->depth--;
        const struct event *open = t->depth ? t->stack[t->depth - 1] : NULL;
        if (e->ph == 'X')
            slice(t, e, &tally);
        if (e->ph != 's' && e->ph != 'f')
            continue;
        if (e->id < 1 || (size_t)e->id > n)
            bail_out("an arrow is numbered %lld", (long long)e->id);
        struct arrow *a = &arrows[e->id];
        a->link = strcmp(json_string_value(json_object_get(e->json, "cat")), "link") == 0;
        const struct event **end = e->ph == 's' ? &a->from : &a->to;
        tally.wrong += *end != NULL;
        *end = open;
        tally.unbound += !open;
    }
    for (size_t i = 1; i <= n; i++)
        if (arrows[i].from || arrows[i].to)
            check_arrow(&arrows[i], &tally);
    free(arrows);
    free(threads);
    return tally;
}

/* The view of a capture, as jansson reads it; *timed: spans that have a start. */
static json_t *view(const char *path, uint64_t *timed)
{
    char name[] = "/tmp/tracekit-chrome-XXXXXX";
    int fd = mkstemp(name);
    struct tk_reader *r;
    struct tk_traces *t;
    struct tk_writer *w;
    struct tk_batch *b;
    struct tk_err err;
    if (fd < 0 || tk_reader_open(&r, &path, 1, NULL, &err) < 0 || tk_traces_open(&t, NULL, &err) < 0 ||
        tk_writer_open(&w, name, &(struct tk_write_opts){.format = "chrome"}, &err) < 0)
        bail_out("cannot begin");
    close(fd);
    *timed = 0;
    while (tk_reader_next(r, &b) == 1) {
        for (uint32_t i = 0; i < b->nspans; i++)
            *timed += tki_span_started_alone(&b->spans[i]);
        if (tk_traces_add(t, b, NULL, 0) < 0)
            bail_out("cannot collect");
    }
    while (tk_traces_next(t, &b) == 1)
        if (tk_writer_put(w, b, NULL, 0) < 0)
            bail_out("cannot write");
    if (tk_writer_close(w, &err) < 0)
        bail_out("cannot write: %s", err.text);
    tk_traces_close(t);
    tk_reader_close(r);
    json_error_t e;
    json_t *root = json_load_file(name, JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, &e);
    if (!root)
        diag("%s: %s at %d", path, e.text, e.position);
    unlink(name);
    return root;
}

static void check(const struct capture *x)
{
    uint64_t timed;
    json_t *root = view(x->path, &timed), *list = json_object_get(root, "traceEvents"), *o;
    size_t i, n = 0;
    if (!ok(json_is_array(list), "%s: is JSON", x->name))
        return;
    struct event *events = calloc(json_array_size(list) + 1, sizeof *events);
    if (!events)
        bail_out("out of memory");
    json_array_foreach(list, i, o)
    {
        char ph = json_string_value(json_object_get(o, "ph"))[0];
        if (ph != 'M')
            events[n++] = (struct event){.ts_ns = ns_of(o, "ts"),
                                         .dur_ns = ns_of(o, "dur"),
                                         .place = i,
                                         .json = o,
                                         .ph = ph,
                                         .tid = (int64_t)json_number_value(json_object_get(o, "tid")),
                                         .id = (int64_t)json_number_value(json_object_get(o, "id"))};
    }
    struct tally tally = understand(events, n);
    is_uint(tally.slices, timed, "%s: a slice for each span that has a start", x->name);
    is_uint(tally.overlaps, 0, "%s: slices nest", x->name);
    is_uint(tally.unbound, 0, "%s: the ends of %d arrows, %d of them links, lie on slices", x->name, (int)tally.arrows,
            (int)tally.links);
    is_uint(tally.wrong, 0, "%s: and on those that they mean", x->name);
    free(events);
    json_decref(root);
}

int main(void)
{
    static struct captures all;
    captures_testdata(&all);
    captures_corpus(&all);
    for (size_t i = 0; i < all.n; i++)
        if (all.at[i].format[0] && strcmp(all.at[i].format, "xray") != 0)
            check(&all.at[i]);
    return done_testing();
}
