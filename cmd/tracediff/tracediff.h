/* tracediff.h - what the parts of tracediff share: the request, and the reports of its answer. */
#ifndef TRACEDIFF_H
#define TRACEDIFF_H

#include "analyze/dark.h"

enum td_format { TD_TEXT, TD_JSON, TD_TSV, TD_FOLDED_CPATH, TD_FOLDED_SELF };

struct td_request {
    const char *const *files[2]; /* of each set; split: all in the first */
    size_t nfiles[2];
    struct tki_compare_opts compare;
    struct tki_dark_opts dark;
    struct tki_profile_opts profile;
    const char *root, *service; /* restrict to requests of that name, of that service; NULL: all */
    bool by_root;
    size_t top; /* rows of each table; 0: all */
    enum td_format format;
};

struct td_answer {
    const struct td_request *request;
    struct tki_profile profile;
    struct tk_read_stats stats[2]; /* of reading the files of each set */
    size_t ngroups;                /* comparisons reported */
};

/* One comparison: of all requests, or with by_root of one kind of request. */
struct td_group {
    uint32_t root; /* its key, or TK_NONE */
    struct tki_comparison c;
    struct tki_darkness d;
};

/* Reads both sets whole into the answer's profile: run.c.  stop is polled. */
struct td_input {
    struct tk_read_opts read;
    struct tk_traces_opts traces;
};
int td_read(struct td_answer *a, int set, const struct td_input *in, struct tk_err *err);

/* Calls report for each comparison; returns how many there were, or a negative code.  *empty counts kinds of
 * requests that only one side has. */
typedef void td_report_fn(struct tki_buf *to, const struct td_answer *a, const struct td_group *g);
int td_compare_all(struct td_answer *a, struct tki_buf *to, td_report_fn *report, size_t *empty);

/* The reports.  Each appends to a buffer; begin and end surround the groups. */
void td_text_begin(struct tki_buf *to, const struct td_answer *a);
void td_text_group(struct tki_buf *to, const struct td_answer *a, const struct td_group *g);
void td_text_dark(struct tki_buf *to, const struct td_answer *a, const struct td_group *g);
void td_text_structure(struct tki_buf *to, const struct td_answer *a, const struct td_group *g);
void td_json_begin(struct tki_buf *to, const struct td_answer *a);
void td_json_group(struct tki_buf *to, const struct td_answer *a, const struct td_group *g);
void td_json_end(struct tki_buf *to, const struct td_answer *a);
void td_tsv_begin(struct tki_buf *to, const struct td_answer *a);
void td_tsv_group(struct tki_buf *to, const struct td_answer *a, const struct td_group *g);
void td_folded_group(struct tki_buf *to, const struct td_answer *a, const struct td_group *g);

/* ---- names and numbers for people: names.c ---- */

enum { TD_COLUMNS = 80, TD_NUMBER = 24 };

/* Appends s in at most `width` columns, cut at the end with "..."; control characters and bytes that are not
 * UTF-8 appear as \xNN.  Returns the columns. */
size_t td_put_text(struct tki_buf *to, tk_str s, size_t width);
/* Appends a path as `service: a > b > other service: c`; when it is too long, the oldest are left out. */
void td_put_path(struct tki_buf *to, const struct tki_profile *p, uint32_t path, size_t width);
/* Appends `service: name`. */
size_t td_put_key(struct tki_buf *to, const struct tki_profile *p, uint32_t key, size_t width);
/* "41.0 ms"; with sign "+41.0 ms".  Three significant digits; returns to. */
char *td_duration(char to[TD_NUMBER], double ns, bool sign);
/* "97 %", "4.1 %". */
char *td_percent(char to[TD_NUMBER], double share);
const char *td_plural(uint64_t n, const char *one, const char *many);
/* Appends a paragraph's words, broken at TD_COLUMNS, later lines indented.  TD_GLUE is a space that does not
 * break; td_glue makes all spaces of a number such. */
#define TD_GLUE "\x1f"
char *td_glue(char *number);
void td_put_wrapped(struct tki_buf *to, tk_str words, size_t indent);
const char *td_side(const struct td_answer *a, int side); /* "fast", "slow"; "A", "B" */
const char *td_kind(uint8_t kind);
const char *td_gap_type(uint8_t type);

#endif
