/* tracediff.h - what the parts of tracediff share: the request, its answer, and the report of it. */
#ifndef TRACEDIFF_H
#define TRACEDIFF_H

#include "analyze/mend.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "compare/dark.h"
#include "compare/explain.h"
#include "compare/levels.h"
#include "compare/steps.h"
#include "compare/survey.h"
#include "model/context.h"
#include "run/pass.h"

/* --repair: clocks of hosts that differ. */
enum td_repair { TD_REPAIR_SKEW, TD_REPAIR_NONE, TD_REPAIR_JAEGER };

enum td_folded { TD_NOT_FOLDED, TD_FOLDED_CPATH, TD_FOLDED_SELF };

/* --fail-on: B's level may be larger than A's by so much. */
struct td_gate {
    const char *text; /* NULL: none */
    int level;        /* enum tki_level */
    double share;     /* of A's, or */
    int64_t ns;
};

enum { TD_FEW_SLOW = 20 }; /* slow requests are few when they are no more than one of so many */
#define TD_WORTH 0.01      /* of the difference: a cause that makes less is not shown without --tables */

struct td_request {
    const char *const *files[2]; /* of each set; one set: all in the first */
    size_t nfiles[2];
    bool partial, merge;  /* --partial; the files are states */
    bool every;           /* of many traces, too, all are looked at */
    bool grouped;         /* the spans of each trace stand together */
    bool two;             /* two sets */
    bool by_number;       /* because there are two files, which nothing else said */
    const char *query[2]; /* TraceQL that says which traces of the first files are of which set; NULL: none */
    bool split;           /* cut as --split says; else by what is slow */
    struct tki_compare_opts compare;
    struct tki_profile_opts profile;
    const char *root;      /* restrict to requests of that root, or with 'SERVICE: *' of that service; NULL: all */
    bool tables;           /* all tables for people */
    bool intervals;        /* of paths: somebody sees them */
    size_t rows;           /* of each table; 0: all */
    enum td_folded folded; /* stacks instead of a report */
    bool flame;            /* these are drawn */
    struct td_gate gate;
    enum td_repair repair;
    bool pair, pair_ids; /* two traces side by side; by their ids */
    struct tki_pasted pair_id[2];
    bool page;           /* the report is a page, with figures */
    const char *what_if; /* a pattern, what_if_n bytes of it; NULL: none */
    size_t what_if_n;
    double factor;
    bool annotated; /* instead of a report the spans, with what was found of their time */
    bool drag;      /* only what keeps requests waiting */
    bool dark;      /* only where dark time is */
    int64_t dark_min_ns;
};

/* What was compared with what. */
enum td_mode {
    TD_SETS,  /* two sets */
    TD_SPLIT, /* as --split says */
    TD_SLOW,  /* what is slow for its kind with what is not */
    TD_TAIL,  /* nothing is, or nothing to speak of: the slowest twentieth of each kind with the faster half */
    TD_ALONE, /* nothing to compare with: all traces together */
};

struct td_dragged { /* an operation, summed over the traces that have it */
    uint64_t traces;
    double weight, calls, drag_ns, slack_ns; /* weighted sums */
};

struct td_choice;
struct td_answer {
    const struct td_request *request;
    struct tki_aligned *pair;
    tk_id128 pair_id[2]; /* of the traces that were met for the request's */
    bool pair_met[2];
    double *after_ns;         /* --what-if: by member */
    uint64_t keys_changed;    /* operations that its pattern fits */
    struct td_choice *choice; /* by queries; NULL: sets are files */
    uint64_t neither, both;   /* traces that no query selects, and are left out; that both do, and are A's */
    struct tki_profile profile;
    struct tk_read_stats stats[2]; /* of reading the files of each set */
    struct tk_traces *traces[2];   /* for a second look */
    struct tk_reader *reader[2];   /* of grouped input, which is read again for it; else NULL */
    struct tki_pass pass[2];       /* of other input, likewise */
    struct tki_progress *progress; /* while sets are read; else NULL */
    struct tki_mend *mend[2];      /* NULL: the traces are taken as they are */
    struct tki_clocks clocks[2];   /* of sets without a mend: as they were found */
    struct tki_mended mended[2];   /* what was moved */
    bool whole[2];                 /* all traces that were read are in the profile */
    struct tki_survey survey[2];   /* which traces are in the profile, where it has not all */
    bool skipped;                  /* malformed records were skipped */
    struct tki_damage damage;
    enum td_mode mode;
    uint64_t few_slow; /* TD_TAIL although so many are slow: they are few, and nothing of theirs stands out */
    bool alike;        /* of one dump: none is slow for its kind, and the slow end took no longer than the others */
    struct tki_comparison c;
    bool turned;                     /* of two sets B is the faster one: what makes A slow is explained */
    struct tki_comparison causes_of; /* what the causes are of: c, with the sides changed where it is turned; borrows */
    struct tki_causes causes;
    struct tki_look look;
    struct tki_explained *explained; /* by cause, look.ncauses of them */
    struct tki_steps steps;
    struct tki_levels levels; /* of two sets */
    struct tki_darkness dark;
    struct td_dragged *dragged; /* --drag: by key; else NULL */
    uint64_t drag_skipped;      /* traces that are too large for it */
    uint64_t wanted;            /* traces that --root leaves */
};

/* Reads one set whole into the answer's profile. */
struct td_input {
    struct tk_read_opts read;
    struct tk_traces_opts traces;
    struct tki_progress *progress;
};
int td_read(struct td_answer *a, int set, const struct td_input *in, struct tk_err *err);
/* Of td_read: the traces of a set, empty; and what they say, into the profile, when they are there. */
int td_open_traces(struct td_answer *a, int set, const struct td_input *in, struct tk_err *err);
int td_profile_set(struct td_answer *a, int set, struct tk_err *err);
/* Writes the state of set 0, which was read (state.c). */
void td_partial(const struct td_answer *a, const struct tki_report *report, bool complete);
/* Instead of td_read: from states, whose dumps become the files of the request; *names holds their names.  With
 * --partial, too, their state is written.  *complete: all was read for them. */
struct tki_merging;
void td_merge(struct td_answer *a, struct td_request *r, int set, const struct td_input *in, struct tki_merging *names,
              const struct tki_report *report, bool *complete);
/* How many inputs are read: sets that queries choose are of one. */
int td_inputs(const struct td_request *r);
/* The set of a trace: 0, 1; 2 when it is of neither (choice.c).  TK_ENOMEM, TK_ELIMIT. */
int td_choose(struct td_answer *a, const struct tk_batch *trace, int input);
/* Makes a->choice of the request's queries.  TK_EUSAGE: a text that is none. */
int td_choice_open(struct td_answer *a, struct tk_err *err);
void td_choice_close(struct td_answer *a);
/* Finds what to compare, and the causes.  a->wanted is 0 where no request has the root asked for. */
int td_compare(struct td_answer *a, struct tk_err *err);
/* Instead of td_compare: two traces, aligned (pair.c). */
int td_pair(struct td_answer *a, struct tk_err *err);
/* After td_compare, for a page: the example of the first cause, and one of the other side. */
int td_examples(struct td_answer *a, struct tk_err *err);
/* Reads "db/SELECT* x0.5"; false: it is none. */
bool td_whatif_parse(const char *text, struct td_request *r);
/* After td_compare: replays all traces (whatif.c). */
int td_whatif(struct td_answer *a, struct tk_err *err);
/* After td_compare: the drag and the slack of all operations (drag.c). */
int td_drag(struct td_answer *a, struct tk_err *err);
/* Instead of td_compare: writes the spans that were read to path (NULL: standard output), each with its self time, its
 * time on the critical path and its dark time (annotate.c). */
int td_annotate(struct td_answer *a, const char *path, int compress, struct tk_err *err);
/* By key: whether requests with that root were asked for; freed by the caller.  NULL: out of memory. */
bool *td_wanted_roots(const struct td_answer *a);
void td_pair_free(struct td_answer *a);
void td_answer_free(struct td_answer *a);

struct tki_doc;
void td_report(struct tki_doc *d, const struct td_answer *a, bool complete);
/* Appends the folded stacks of both sides. */
void td_folded(struct tki_buf *to, const struct td_answer *a);
/* Appends them as a picture, SVG. */
void td_flame(struct tki_buf *to, const struct td_answer *a);
/* The roots that there are, most frequent first, for who asked for another: one a line. */
void td_list_roots(struct tki_buf *to, const struct td_answer *a);

#endif
