/* plan.h - what a run of tracecat does, decided before anything is opened.
 *
 * plan_of turns options into a plan.  It is pure: it opens, reads and asks nothing, so that each combination of options
 * is a case of a table (tests/unit/test_tracecat_plan.c).  What executes the plan (convert.c, summary.c) decides
 * nothing of this again.
 *
 *   read -> [on decoding threads: select, ask, redact, encode or look]
 *        -> [put together whole traces -> repair -> ask -> redact] -> [sort] -> limit -> output
 */
#ifndef TRACECAT_PLAN_H
#define TRACECAT_PLAN_H

#include "cli/report.h"
#include "expr/traceql/query.h"
#include "field/field.h"
#include "filter.h"
#include "view/targets.h"

enum plan_answer {
    PLAN_SPANS,  /* spans, in a format of the library */
    PLAN_TREE,   /* waterfalls */
    PLAN_LIST,   /* a line for each trace */
    PLAN_TABLE,  /* the table that a query ends in */
    PLAN_TOP,    /* a line for each operation, or another group of spans */
    PLAN_STATS,  /* one screen of statistics */
    PLAN_VERIFY, /* what is wrong with the traces */
    PLAN_CHECK,  /* what is asserted of them */
};

/* One reading of the input: what is decoded, and what decoding threads do with each batch of spans. */
struct plan_reading {
    unsigned needs;                  /* enum tk_need; never 0 */
    bool keys_only;                  /* of span attributes only those that the query names */
    bool copy_proto;                 /* spans that come as OTLP protobuf will only be copied */
    bool proto_only;                 /* no span that comes as OTLP JSON will be copied */
    bool ask, redact;                /* leaves out spans that the query does not select; takes values out */
    const struct tki_format *encode; /* not NULL: encodes what is left */
    bool top;                        /* looks at what is left for --top */
};

/* The query, if there is one. */
struct plan_query {
    struct tki_query *query; /* NULL: none; the plan's */
    enum tki_query_shape shape;
    bool whole;      /* is asked of whole traces, else of spans */
    bool spans;      /* selects spans, else the traces that have them */
    bool ordered;    /* its results are sorted before they go on */
    uint64_t limit;  /* results that go on; UINT64_MAX: all */
    int64_t step_ns; /* of metrics; 0: one interval */
};

enum top_by { TOP_OPERATION, TOP_SERVICE, TOP_FIELD };

/* Of PLAN_TOP. */
struct plan_top {
    enum top_by by;
    enum top_order order;
    struct tki_field field; /* of TOP_FIELD */
    struct tki_arena arena; /* its key */
    struct tki_reads reads; /* what must be decoded for it */
    struct tki_query *has;  /* which spans have that attribute; NULL: it is none */
    size_t memory;          /* of spans, before a temporary file is used */
};

struct plan {
    const struct options *o; /* borrowed: what goes on as it was given (threads, colour, rules of redaction) */
    enum plan_answer answer;
    struct tki_report report;        /* of tables and reports: how and where they are written */
    const struct tki_format *format; /* of PLAN_SPANS */
    uint64_t compress;               /* 0: none, else the level of zstd */

    struct filter filter; /* which spans are selected, whatever else is asked */
    struct plan_query query;
    struct plan_top top;
    struct plan_reading reading[2];
    int readings; /* 2: the first one only finds the traces of the query, or the longest ones; the second reads them */
    bool rank;    /* the first of two readings finds the longest traces, as many as the limit says */

    /* Metrics of spans: roots may tell the rate of their traces in tags; then the input is read again, with the rates.
     */
    bool weigh;
    bool whole;                     /* whole traces are put together, for these steps or for the answer */
    unsigned mend;                  /* enum tki_mend_kind bits; 0: nothing is repaired */
    bool ask_traces, redact_traces; /* the other steps over whole traces */
    bool sort, sort_traces;         /* spans, or whole traces, by o->sort */
    bool show;                      /* of PLAN_LIST: one trace alone becomes a tree */
    enum sort_key list_order;       /* of PLAN_LIST */
    uint64_t list_limit;            /* of PLAN_LIST and PLAN_TOP: lines; UINT64_MAX: as many as there are, or usual */
    bool by_trace;                  /* what reaches the end is one whole trace after another */
    uint64_t limit;                 /* traces that are put out; UINT64_MAX: all */
    /* Bytes of spans, or of values for quantiles, that are held before a temporary file is used; 0: none are. */
    size_t logs_memory; /* of log lines, likewise */
    size_t traces_memory, sort_memory, values_memory;
};

/* Fills the plan.  to_terminal: standard output is a terminal.  Returns 0, or TK_EUSAGE or TK_ENOMEM with err->text;
 * where the query is wrong err->has_offset is set, with the byte of it.  plan_free is due in any case. */
int plan_of(struct plan *p, const struct options *o, bool to_terminal, struct tk_err *err);
void plan_free(struct plan *p);

enum { ROUTE_MAX = 4096 };
/* Says what is wrong with --route and its --output, which may be NULL (route.c): 0 or TK_EUSAGE. */
int route_check(const char *pattern, uint64_t parts, struct tk_err *err);

/* Appends the plan in words, for --explain-plan. */
void plan_print(const struct plan *p, struct tki_buf *to);

#endif
