/* tracecost.h - the options of tracecost, what reading a dump gives, and the parts of the report. */
#ifndef TRACECOST_H
#define TRACECOST_H

#include "cli/report.h"
#include "cli/sampling.h"
#include "cli/slow.h"
#include "cost/bill.h"
#include "cost/cut.h"
#include "cost/stream.h"
#include "cost/units.h"
#include "money.h"
#include "sample/memory.h"
#include "sample/replay.h"

enum { SHARES_MAX = 16, SIDES_MAX = 8 };

/* What --rate counts. */
enum rate_of { RATE_OF_TRACES, RATE_OF_SPANS, RATE_OF_BYTES, RATE_OF_KEPT };

struct options {
    struct tki_common common;
    struct tki_sampling sampling;
    const char *rate_text, *slow_text;
    double rate; /* of traces, spans or bytes, per second */
    enum rate_of rate_of;
    double spans;        /* a trace's spans, given instead of measured */
    uint64_t span_bytes; /* a span's bytes, given instead of measured */
    bool spans_given, span_bytes_given, exact, partial, merge;
    struct tki_list shares; /* --share, as text */
    double share[SHARES_MAX];
    size_t nshares;
    struct tki_list calibrate;                      /* as text */
    double calibrated_columnar, calibrated_elastic; /* stored bytes a span; NAN: by the model */
    uint64_t bill_rows;                             /* of a kind */
    bool bill, docs;                                /* docs: the first backend stores Jaeger's documents */
    struct tki_list drops;                          /* --drop */
    struct tki_slow_rule slow;
    struct money_options ask;
    struct tki_list fail_on; /* --fail-on, as text */
    int report_to;           /* -t, an index into tki_report_names */
    bool report_to_given;
    struct tki_report report; /* settled */
};

/* Which traces one looks for. */
enum group { GROUP_ALL, GROUP_ERRORS, GROUP_SLOW, GROUP_NOTABLE, GROUPS }; /* notable: either */

/* What one configuration keeps. */
struct side {
    char name[160]; /* of its row */
    char processor[128];
    struct tki_sampler sampler;
    struct tki_replay *replay;
    bool partial; /* of some traces it keeps a part: `measure` holds what */
    struct tki_measure measure;
    struct tki_measured kept[GROUPS];
    struct tki_own_times own;
    bool has_own;
};

/* What leaving something out saves. */
struct saving {
    enum tki_bill_kind kind;
    tk_str name;    /* of the bill */
    uint64_t bytes; /* of the dump, as OTLP protobuf */
    struct tki_saved saved;
};
enum { SAVINGS_MAX = 10 };

/* --drop: the dump without some keys, measured beside it. */
struct without {
    struct tki_left_out *cuts; /* in order of --drop; owned */
    size_t n;
    uint64_t *found; /* by cut: times that it stands in spans and resources; owned */
    struct tki_measure measure;
    struct tki_blocks blocks;
    struct tki_encodings encodings;
    struct tki_measured kept[GROUPS];
    struct tki_saved saved; /* with the interval of what is saved */
};

/* What the dump says; without a dump only the options speak. */
struct dump {
    bool read;
    int status; /* exit status that reading asks for */
    struct tki_damage damage;
    struct tk_read_stats stats;
    struct tki_buf scratch;
    const struct tk_reader *reader; /* while it is read */
    struct tki_ledger ledger;
    struct tki_measure measure;
    struct tki_kinds kinds;
    struct tki_sample sample;
    struct tki_units units; /* go to the blocks, and to those of `without` */
    struct tki_blocks blocks;
    struct tki_redraw redraw;
    uint8_t *flags; /* by row: bit GROUP_... */
    struct tki_measured all[GROUPS], as_it_is;
    struct tki_encodings encodings;
    bool billed;
    struct tki_bill bill, large; /* of all spans; of those of traces that are too large for a store */
    struct saving saving[SAVINGS_MAX];
    size_t nsavings;
    struct without *without; /* with --drop; owned */
    struct side side[SIDES_MAX];
    size_t nsides;
};

/* Reads the files, replaying the policies when there are some.  Ends the command on a fault that leaves nothing to say.
 */
void read_dump(const struct options *o, const char *const *files, size_t nfiles, struct dump *d);
void open_dump(const struct options *o, struct dump *d); /* before reading, or before states are loaded */
void judge(struct dump *d);
void conclude(const struct options *o, struct dump *d); /* what was read, or loaded: before the report */
/* --partial, of a dump that was read, and --merge: state.c. */
void partial(const struct options *o, const char *const *files, size_t nfiles, struct dump *d);
void merge(const struct options *o, const char *const *files, size_t nfiles, struct dump *d);
void free_dump(struct dump *d);
/* What the rate counts, for the estimates. */
enum tki_mean rate_per(const struct options *o);

/* A line of the table: what is kept, each second. */
struct row {
    char name[176];
    struct tki_quantities kept, notable;
    double traces, spans, bytes; /* shares of what arrives */
    double errors, slow;         /* shares of the traces with an error, and of the slow ones, that are kept; NAN */
    const struct side *side;     /* NULL: a share, or as it is */
    double share;                /* of traces at random; NAN: no such row */
    bool dropped;                /* every trace, without some keys */
    struct tki_range stored_gb, dollars; /* at rest; a month */
};

enum { ROWS_MAX = SHARES_MAX + SIDES_MAX + 2 };

/* What the report rests on. */
struct basis {
    const struct options *o;
    const struct dump *d;
    struct tki_stream stream;
    struct tki_quantities all, notable; /* that arrive */
    double traces_per_s, spans_per_trace, span_bytes;
    const char *rate_from, *spans_from, *bytes_from; /* "given" or "measured" */
    const struct money *money;
    struct priced *priced; /* of each row; owned */
    struct row row[ROWS_MAX];
    size_t nrows;
};

/* Fills the basis; ends the command when a rate is needed.  Free b->priced. */
void settle(const struct options *o, const struct dump *d, const struct money *m, struct basis *b);

/* Writes the report; what to end with. */
int report(const struct options *o, const struct dump *d, const struct money *m);

/* --bill and --drop: what leaving out saves, after reading. */
void measure_bill(const struct options *o, struct dump *d);
bool is_too_large(const struct dump *d, uint32_t row);
void put_bill(struct tki_doc *doc, const struct basis *b);
void put_drop(struct tki_doc *doc, const struct basis *b);
/* --drop while reading: without.c. */
struct without *without_open(const struct tki_list *keys, struct tki_ledger *ledger);
void without_free(struct without *w);
/* What one batch is without the keys: made on the thread that decoded it. */
struct without_part {
    struct tki_cut_batch cut;
    struct tki_sizes sizes;
    uint64_t *found; /* by cut; owned */
    size_t found_cap;
};
int without_look(const struct without *w, const struct tk_batch *b, const struct tki_groups *groups,
                 struct without_part *part);
void without_add(struct without *w, const struct tki_groups *groups, struct without_part *part);
void without_part_free(struct without_part *part);
/* After reading, before the groups are asked for. */
void without_conclude(struct without *w, struct dump *d);

/* --budget; ends the command where there is no dump.  Returns false if nothing is affordable. */
bool put_affordable(struct tki_doc *doc, const struct basis *b);

/* Parts of the report. */
void put_dump(struct tki_doc *doc, const struct basis *b);      /* what was measured, and how sure that is */
void put_encodings(struct tki_doc *doc, const struct basis *b); /* bytes in each encoding */
void put_losses(struct tki_doc *doc, const struct basis *b);    /* what sampling loses */
void put_policies(struct tki_doc *doc, const struct basis *b);  /* what never matched, memory of a collector */
/* "1000/s", "5M spans/s", "500GB/day", "80 kept/s": per second. */
bool parse_flow(const char *text, double *per_s, enum rate_of *of);
/* --rate and --calibrate; ends the command when they are none. */
void settle_rates(const struct tki_command *command, struct options *o);
/* --fail-on: ends the command when it is none; says what is above; returns true if something is. */
void check_fail_on(const struct tki_command *command, const struct options *o, double month_days);
/* The row that limits are held against, and that is shown in detail: what the policy keeps, else everything. */
const struct row *judged_row(const struct basis *b);
bool put_fail_on(struct tki_doc *doc, const struct basis *b);

#endif
