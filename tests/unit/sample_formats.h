/* sample_formats.h - the same traces in several formats, and what a sampler keeps of each. */
#ifndef TEST_SAMPLE_FORMATS_H
#define TEST_SAMPLE_FORMATS_H

#include "sample_help.h"

enum { FORMATS = 4, TRACES = 24 };
static const char *const formats[FORMATS] = {"json", "otlp", "jaeger", "zipkin"};

/* A trace that differs from the others in everything that a policy may ask for.  Times are whole microseconds, values
 * of attributes are of a type that is text, a number or a boolean: what all formats hold, apart from types in Zipkin.
 */
static inline void make_trace(struct tk_batch *b, uint64_t t)
{
    static const char *const services[] = {"shop", "cart", "web"}, *const routes[] = {"/cart", "/cart/7", "/health"};
    tk_batch_reset(b);
    b->needs = TK_NEED_ALL;
    tk_batch_add_scope(b);
    uint32_t r = new_resource(b);
    tk_range attrs = {b->nattrs, 0};
    put_text(b, &attrs, "service.name", services[t % 3]);
    b->resources[r].attrs = attrs;
    b->resources[r].service = tki_str(services[t % 3]);
    for (uint64_t i = 0; i <= t % 5; i++) {
        char name[32], state[64];
        snprintf(name, sizeof name, "op-%d", (int)((t + i) % 4));
        snprintf(state, sizeof state, "vendor=v%d", (int)(t % 4));
        attrs = (tk_range){b->nattrs, 0};
        put_text(b, &attrs, "http.route", routes[(t + i) % 3]);
        put_attr(b, &attrs, "items", TK_INT)->value.v.i = (int64_t)(t * i);
        put_attr(b, &attrs, "gift", TK_BOOL)->value.v.b = t % 7 == 0;
        tk_str copy = tk_batch_copy(b, tki_str(name)), header = tk_batch_copy(b, tki_str(state));
        struct tk_span *s = new_span(b, t + 1, 10 * i, 10 * i + 5 + 3 * t);
        s->trace_id.hi *= 2 * t + 1;
        s->attrs = attrs;
        s->name = copy;
        s->kind = TK_KIND_INTERNAL;
        s->parent_id = i ? i : 0;
        s->status = (uint8_t)(t % 4 == 3 ? TK_STATUS_ERROR : t % 4 == 1 ? TK_STATUS_OK : TK_STATUS_UNSET);
        s->flags = t % 3 == 0;
        if (t % 2)
            s->trace_state = header;
    }
}

/* Where formats[f] of the traces is; made by write_formats. */
static inline const char *format_path(int f)
{
    static char path[FORMATS][300];
    const char *dir = getenv("TMPDIR");
    snprintf(path[f], sizeof path[f], "%s/tracekit-test-%ld.%s", dir ? dir : "/tmp", (long)getpid(), formats[f]);
    return path[f];
}

static inline void give_up(const char *what, const struct tk_err *err)
{
    printf("Bail out! %s: %s\n", what, err->text);
    exit(1);
}

static inline void write_formats(void)
{
    struct tk_batch *b = tk_batch_new();
    for (int f = 0; f < FORMATS; f++) {
        struct tk_writer *w;
        struct tk_err err = {0};
        const struct tk_write_opts opts = {.format = formats[f]};
        if (tk_writer_open(&w, format_path(f), &opts, &err) < 0)
            give_up(formats[f], &err);
        for (uint64_t t = 0; t < TRACES; t++) {
            make_trace(b, t);
            if (tk_writer_put(w, b, NULL, 0) < 0)
                give_up(formats[f], tk_writer_err(w));
        }
        if (tk_writer_close(w, &err) < 0)
            give_up(formats[f], &err);
    }
    tk_batch_free(b);
}

static inline void remove_formats(void)
{
    for (int f = 0; f < FORMATS; f++)
        unlink(format_path(f));
}

/* A bit for each trace that is kept, when only that is decoded which the sampler reads. */
static inline uint32_t kept_of(const struct tki_sampler *s, int f)
{
    const char *const path = format_path(f);
    struct tk_read_opts opts = {.format = formats[f], .work = tki_eval_work, .work_free = tki_eval_free};
    struct tk_reader *reader;
    struct tki_replay *r;
    struct tk_batch *b;
    struct tk_err err = {0};
    uint32_t kept = 0;
    opts.work_ctx = (void *)(uintptr_t)s;
    opts.rewindable = true;
    opts.needs = tki_sampler_needs(s, &opts.attr_keys, &opts.nattr_keys);
    if (tk_reader_open(&reader, &path, 1, &opts, &err) < 0 || tki_replay_open(&r, s, NULL, &err) < 0)
        give_up(path, &err);
    while (tk_reader_next(reader, &b) == 1)
        if (tki_replay_add(r, b, NULL, 0, tk_reader_work(reader), &err) < 0)
            give_up(path, &err);
    tki_replay_judge(r, NULL);
    if (tk_reader_rewind(reader, TK_NEED_COPY, false) < 0)
        give_up(path, tk_reader_err(reader));
    while (tk_reader_next(reader, &b) == 1) {
        uint32_t *rows = malloc(b->nspans * sizeof *rows);
        size_t n = tki_replay_select(r, b, rows, all_rows(b, rows), false);
        for (size_t i = 0; i < n; i++)
            kept |= 1u << (b->spans[rows[i]].trace_id.lo - 1);
        free(rows);
    }
    if (tk_reader_err(reader)->code)
        give_up(path, tk_reader_err(reader));
    tki_replay_close(r);
    tk_reader_close(reader);
    return kept;
}

#endif
