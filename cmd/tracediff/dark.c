/* --dark: where time passes in which nothing that is instrumented runs. */
#include <math.h>

#include "parts.h"
#include "report/number.h"

static void put_gap(struct tki_doc *d, const struct td_answer *a, const struct tki_dark *x)
{
    static const char *const types[TKI_PIECE_TYPES] = {
        [TKI_PIECE_LEAD] = "lead", [TKI_PIECE_BETWEEN] = "between", [TKI_PIECE_TRAIL] = "trail"};
    const struct tki_unit_sig *u = &a->profile.unit[x->unit];
    struct tki_path_step step[TKI_PATH_DEPTH_SHOWN], ends[2];
    struct tki_buf words = {0};
    td_gap_words(&words, a, u);
    tki_doc_row(d);
    tki_doc_cell(d, tki_d_mean_ns(x->total_ns));
    tki_doc_cell(d, tki_d_count(x->traces));
    tki_doc_cell(d, tki_d_ns(x->p50_ns));
    tki_doc_cell(d, tki_d_ns(x->p95_ns));
    tki_doc_cell(d, tki_d_text((tk_str){words.p, words.n}));
    tki_doc_cell(d, td_path(a, u->path, step));
    tki_doc_cell(d, tki_d_words(types[u->type]));
    for (int i = 0; i < 2; i++) {
        uint32_t key = i ? u->next : u->prev;
        if (key != TK_NONE)
            ends[i] = td_step(a, key);
        tki_doc_cell(d, key == TK_NONE ? tki_d_none() : tki_d_path(&ends[i], 1, false));
    }
    tki_doc_cell(d, tki_d_share(x->share));
    tki_doc_cell(d, tki_d_ns(x->max_ns));
    tki_doc_cell(d, tki_d_trace_id(a->c.member[x->example].trace->id));
    d->err = words.err ? TK_ENOMEM : d->err;
    tki_buf_free(&words);
}

void td_put_dark(struct tki_doc *d, const struct td_answer *a)
{
    static const struct tki_doc_column columns[] = {
        {.title = "total", .key = "total_ns", .min = 7, .right = true},
        {.title = "traces", .key = "traces", .min = 6, .right = true},
        {.title = "p50", .key = "p50_ns", .min = 7, .right = true},
        {.title = "p95", .key = "p95_ns", .min = 7, .right = true},
        {.title = "where", .shrink = TKI_WRAP},
        {.key = "path"},
        {.key = "type"},
        {.key = "after"},
        {.key = "before"},
        {.key = "share"},
        {.key = "max_ns"},
        {.key = "example"},
    };
    const struct tki_darkness *x = &a->dark;
    tki_doc_verdict(d, NULL);
    if (x->n == 0) {
        tki_doc_say(d, "Nowhere on the critical path of %s does a span wait for ",
                    a->c.nmembers == 1 ? "the trace" : "any trace");
        tki_doc_put(d, NULL, tki_d_ns(a->request->dark_min_ns));
        tki_doc_say(d, " in which nothing runs.");
    } else {
        tki_doc_put(d, NULL, tki_d_mean_ns(x->total_ns));
        tki_doc_say(d, ", ");
        tki_doc_put(d, NULL, tki_d_share(x->duration_ns > 0 ? x->total_ns / x->duration_ns : 0));
        tki_doc_say(d, " of the time of ");
        tki_doc_put(d, NULL, tki_d_count(a->c.nmembers));
        tki_doc_say(d, " %s, is dark: nothing that is instrumented runs.  Most of it is in ",
                    tki_plural(a->c.nmembers, "trace", "traces"));
        struct tki_buf words = {0};
        td_gap_words(&words, a, &a->profile.unit[x->dark[0].unit]);
        tki_doc_put(d, NULL, tki_d_text((tk_str){words.p, words.n}));
        tki_doc_say(d, ".");
        d->err = words.err ? TK_ENOMEM : d->err;
        tki_buf_free(&words);
    }
    tki_doc_close(d);
    tki_doc_data(d, "dark_min_ns", tki_d_ns(a->request->dark_min_ns));
    tki_doc_data(d, "dark_total", tki_d_count(x->n));
    tki_doc_space(d);
    tki_doc_table(d, "dark", columns, sizeof columns / sizeof *columns);
    tki_doc_main(d);
    tki_doc_shown(d, td_rows(a, x->n));
    for (size_t i = 0; i < x->n; i++)
        put_gap(d, a, &x->dark[i]);
}
