/* tracecost.h - the options of tracecost and what measuring a dump gives. */
#ifndef TRACECOST_H
#define TRACECOST_H

#include "cli/report.h"
#include "cli/sampling.h"
#include "cost/measure.h"
#include "cost/price.h"

enum { SHARES_MAX = 16 };
enum { RATE_OF_TRACES, RATE_OF_SPANS, RATE_OF_KEPT };

struct options {
    struct tki_common common;
    struct tki_sampling sampling;
    double rate; /* of traces or spans, per second */
    int rate_of;
    double spans;        /* a trace's spans, given instead of measured */
    uint64_t span_bytes; /* a span's bytes, given instead of measured */
    bool rate_given, spans_given, span_bytes_given;
    struct tki_list shares; /* --share, as text */
    double share[SHARES_MAX];
    size_t nshares;
    int64_t retention_ns;
    double month_days, ratio, replicas;
    double price_gb; /* per GB and month, instead of a provider's */
    bool retention_given, price_gb_given, list_prices;
    const char *price;
    int report_to; /* -t, an index into tki_report_names */
    bool report_to_given, tsv;
    struct tki_report report; /* settled */
};

/* What the dump says; without a dump only the options speak. */
struct dump {
    bool read, replayed;
    struct tki_measured all, kept; /* kept: after the policy */
    char processor[128];           /* that was replayed */
    int status;                    /* exit status that reading asks for */
};

/* Reads the files, replaying the policy when there is one.  Ends the command on a fault that leaves nothing to say. */
void read_dump(const struct options *o, const char *const *files, size_t nfiles, struct dump *d);

/* Writes the report. */
void report(const struct options *o, const struct dump *d);
void report_prices(const struct options *o);

#endif
