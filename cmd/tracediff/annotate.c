/* -t otlp: the spans that were read, with what was found of their time. */
#include <stdlib.h>

#include "analyze/facts.h"
#include "base/err.h"
#include "run/traces.h"
#include "tracediff.h"

static void annotate(const struct tki_facts *f, struct tk_batch *b)
{
    const struct tki_times *t = &f->times;
    for (uint32_t i = 0; i < b->nspans; i++) {
        bool calls = t->child_first[i] != t->child_first[i + 1];
        tk_span_set_int(b, i, "tracekit.self_ns", t->self_ns[i]);
        tk_span_set_int(b, i, "tracekit.critical_path_ns", f->has_cpath ? f->cpath.ns[i] : 0);
        tk_span_set_int(b, i, "tracekit.dark_ns", calls ? tki_node_cover(t, b, i).dark_ns : 0);
    }
}

static int put_trace(struct td_answer *a, int input, struct tki_facts *f, struct tk_writer *w, struct tk_batch *b,
                     struct tk_err *err)
{
    int rc = a->mend[input] ? tki_mend_trace(a->mend[input], b) : TK_OK;
    if (rc == TK_OK) {
        tki_facts_begin(f, b);
        rc = tki_facts_want(f, TKI_FACT_TIMES | TKI_FACT_DARK | TKI_FACT_CPATH);
    }
    if (rc < 0)
        return rc == TK_ENOMEM ? tki_err_memory(err) : tki_err_set(err, rc, "a trace has too many spans");
    annotate(f, b);
    rc = b->err ? tki_err_memory(err) : tk_writer_put(w, b, NULL, 0);
    if (rc < 0 && !b->err)
        *err = *tk_writer_err(w);
    return rc;
}

static int put_set(struct td_answer *a, int input, const bool *roots, struct tki_facts *f, struct tk_writer *w,
                   struct tk_err *err)
{
    bool one = td_inputs(a->request) == 1, *wanted = NULL;
    size_t n = 0;
    for (size_t i = 0; i < a->profile.ntraces; i++)
        n = a->profile.trace[i].number >= n ? (size_t)a->profile.trace[i].number + 1 : n;
    wanted = calloc(n + 1, sizeof *wanted);
    if (!wanted)
        return tki_err_memory(err);
    for (size_t i = 0; i < a->profile.ntraces; i++) {
        const struct tki_trace_rec *t = &a->profile.trace[i];
        wanted[t->number] = wanted[t->number] || ((one || t->set == input) && roots[t->root_key]);
    }
    struct tk_batch *trace;
    int rc = tki_traces_rewind(a->traces[input], TK_NEED_ALL), put = TK_OK;
    while (rc >= 0 && put >= 0 && (rc = tki_traces_next_of(a->traces[input], wanted, n, &trace)) == 1)
        put = put_trace(a, input, f, w, trace, err);
    free(wanted);
    if (rc < 0)
        *err = *tk_traces_err(a->traces[input]);
    return rc < 0 ? rc : put;
}

int td_annotate(struct td_answer *a, const char *path, int compress, struct tk_err *err)
{
    struct tk_writer *w = NULL;
    struct tki_facts facts = {0};
    bool *roots = td_wanted_roots(a);
    int rc = roots ? TK_OK : tki_err_memory(err);
    for (size_t i = 0; rc == TK_OK && i < a->profile.ntraces; i++)
        a->wanted += roots[a->profile.trace[i].root_key];
    if (rc == TK_OK && a->wanted)
        rc = tk_writer_open(&w, path, &(struct tk_write_opts){.format = "otlp", .compress = compress}, err);
    for (int input = 0; rc == TK_OK && w && input < td_inputs(a->request); input++)
        rc = put_set(a, input, roots, &facts, w, err);
    if (rc < 0)
        tk_writer_abort(w);
    else if (w)
        rc = tk_writer_close(w, err);
    tki_facts_free(&facts);
    free(roots);
    return rc;
}
