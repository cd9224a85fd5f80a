/* Sets that TraceQL chooses: --a '{ ... }' --b '{ ... }'. */
#include <stdlib.h>

#include "base/err.h"
#include "expr/traceql/query.h"
#include "tracediff.h"

struct td_choice {
    struct tki_query *query[2];
    struct tki_query_eval *eval[2];
};

int td_inputs(const struct td_request *r)
{
    return r->two && !r->query[0] && !r->query[1] ? 2 : 1;
}

int td_choice_open(struct td_answer *a, struct tk_err *err)
{
    if (!a->request->query[0] && !a->request->query[1])
        return TK_OK;
    a->choice = calloc(1, sizeof *a->choice);
    if (!a->choice)
        return tki_err_memory(err);
    for (int set = 0; set < 2; set++) {
        const char *text = a->request->query[set];
        int rc = text ? tki_query_parse(&a->choice->query[set], tki_str(text), err) : TK_OK;
        if (rc < 0)
            return rc;
        if (text && !tki_query_finds_spans(a->choice->query[set]))
            return tki_err_set(err, TK_EUSAGE, "it selects no traces: it ends in a table");
        if (text && tki_query_eval_new(&a->choice->eval[set], a->choice->query[set]) < 0)
            return tki_err_memory(err);
    }
    return TK_OK;
}

void td_choice_close(struct td_answer *a)
{
    for (int set = 0; set < 2 && a->choice; set++) {
        tki_query_eval_free(a->choice->eval[set]);
        tki_query_free(a->choice->query[set]);
    }
    free(a->choice);
    a->choice = NULL;
}

/* 1: the query selects spans of the trace; 0. */
static int selects(struct tki_query_eval *e, const struct tk_batch *trace)
{
    const struct tki_qresult *results = NULL;
    int rc = tki_query_trace(e, trace, &results);
    return rc < 0 ? rc : results != NULL;
}

int td_choose(struct td_answer *a, const struct tk_batch *trace, int input)
{
    if (!a->choice)
        return input;
    int is[2] = {0, 0};
    for (int set = 0; set < 2; set++) {
        is[set] = a->choice->eval[set] ? selects(a->choice->eval[set], trace) : 0;
        if (is[set] < 0)
            return is[set];
    }
    for (int set = 0; set < 2; set++) /* one query: what it does not select is the other set */
        if (!a->choice->eval[set])
            is[set] = !is[!set];
    a->both += is[0] && is[1];
    a->neither += !is[0] && !is[1];
    return is[0] ? 0 : is[1] ? 1 : 2;
}
