/* tracediff.h - what the parts of tracediff share: the request, and the reports of its answer. */
#ifndef TRACEDIFF_H
#define TRACEDIFF_H

#include "cli/json_out.h"
#include "cli/progress.h"
#include "compare/dark.h"
#include "report/number.h"

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

struct td_out { /* where the report goes */
    struct tki_buf text;
    struct tki_json json; /* writes to text */
};
/* Reports each comparison: a->ngroups of them.  *empty counts kinds of requests that only one side has. */
int td_compare_all(struct td_answer *a, struct td_out *to, size_t *empty);

/* The report in the format of the request. */
void td_report_begin(struct td_out *to, const struct td_answer *a);
void td_report_group(struct td_out *to, const struct td_answer *a, const struct td_group *g);
void td_report_end(struct td_out *to, const struct td_answer *a);

/* The formats. */
void td_text_begin(struct tki_buf *to, const struct td_answer *a);
void td_text_group(struct tki_buf *to, const struct td_answer *a, const struct td_group *g);
void td_text_dark(struct tki_buf *to, const struct td_answer *a, const struct td_group *g);
void td_text_structure(struct tki_buf *to, const struct td_answer *a, const struct td_group *g);
void td_json_begin(struct tki_json *j, const struct td_answer *a);
void td_json_group(struct tki_json *j, const struct td_answer *a, const struct td_group *g);
void td_json_end(struct tki_json *j);
void td_tsv_begin(struct tki_buf *to);
void td_tsv_group(struct tki_buf *to, const struct td_answer *a, const struct td_group *g);
void td_folded_group(struct tki_buf *to, const struct td_answer *a, const struct td_group *g);

/* ---- names and numbers for people: names.c ---- */

enum { TD_COLUMNS = 80 };

/* Appends a path as `service: a > b > other service: c`; when it is too long, the oldest are left out. */
void td_put_path(struct tki_buf *to, const struct tki_profile *p, uint32_t path, size_t width);
/* Appends `service: name`. */
size_t td_put_key(struct tki_buf *to, const struct tki_profile *p, uint32_t key, size_t width);
/* "41.0 ms"; with sign "+41.0 ms".  Less than half a nanosecond is nothing.  Returns to. */
char *td_duration(char to[TKI_QUANTITY_MAX], double ns, bool sign);
/* Appends a paragraph's words, broken at TD_COLUMNS, later lines indented.  TD_GLUE is a space that does not
 * break; td_glue makes all spaces of a number such. */
#define TD_GLUE "\x1f"
char *td_glue(char *number);
void td_put_wrapped(struct tki_buf *to, tk_str words, size_t indent);
const char *td_side(const struct td_answer *a, int side); /* "fast", "slow"; "A", "B" */
const char *td_kind(uint8_t kind);
const char *td_gap_type(uint8_t type);

#endif
