/* tracediff.h - what the parts of tracediff share: the request, its answer, and the report of it. */
#ifndef TRACEDIFF_H
#define TRACEDIFF_H

#include "cli/progress.h"
#include "compare/dark.h"

enum td_folded { TD_NOT_FOLDED, TD_FOLDED_CPATH, TD_FOLDED_SELF };

struct td_request {
    const char *const *files[2]; /* of each set; split: all in the first */
    size_t nfiles[2];
    struct tki_compare_opts compare;
    struct tki_dark_opts dark;
    struct tki_profile_opts profile;
    const char *root, *service; /* restrict to requests of that name, of that service; NULL: all */
    bool by_root;
    size_t top;            /* rows of each table; 0: all */
    enum td_folded folded; /* stacks instead of a report */
};

struct td_answer {
    const struct td_request *request;
    struct tki_profile profile;
    struct tk_read_stats stats[2]; /* of reading the files of each set */
    size_t ngroups;                /* comparisons reported */
    bool skipped;                  /* malformed records were skipped */
};

/* One comparison: of all requests, or with by_root of one kind of request. */
struct td_group {
    uint32_t root; /* its key, or TK_NONE */
    struct tki_comparison c;
    struct tki_darkness d;
};

/* Reads one set whole into the answer's profile. */
struct td_input {
    struct tk_read_opts read;
    struct tk_traces_opts traces;
    struct tki_progress *progress;
};
int td_read(struct td_answer *a, int set, const struct td_input *in, struct tk_err *err);

struct tki_doc;

/* Reports each comparison: a->ngroups of them, into the document, or as folded stacks into text.  *empty counts kinds
 * of requests that only one side has. */
int td_compare_all(struct td_answer *a, struct tki_doc *d, struct tki_buf *text, size_t *empty);

/* The report: begun, a group for each comparison, ended.  complete: all of the input was read. */
void td_report_begin(struct tki_doc *d, const struct td_answer *a, bool complete);
void td_report_group(struct tki_doc *d, const struct td_answer *a, const struct td_group *g);
void td_report_end(struct tki_doc *d);
/* Appends the folded stacks of a group. */
void td_folded_group(struct tki_buf *to, const struct td_answer *a, const struct td_group *g);

#endif
