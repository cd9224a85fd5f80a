/* logs.h - log lines by trace: read once, then added to the spans that they belong to, as events.
 *
 * A line becomes an event "log" of the span that it names; where it names none, or one that the trace does not have, of
 * the shortest span that runs at its time, else of the root.  The event has its time, and the attributes log.message,
 * log.severity and log.file.name.  Up to memory_max bytes of lines stay in memory, all of them go to an unlinked
 * temporary file beyond; of each trace id 24 bytes stay.  One thread at a time.
 */
#ifndef TKI_RUN_LOGS_H
#define TKI_RUN_LOGS_H

#include "tracekit.h"

enum { TKI_LOG_FAULTS = 8 };

struct tki_log_counts {
    uint64_t lines, with_id; /* that were read; that name a trace, or have the id of one that was read */
    uint64_t joined;         /* lines that became events */
    uint64_t by_time;        /* of these: lines whose span is not said, or not there */
    uint64_t spans, silent;  /* spans that were asked about; those without a line */
    uint64_t absent;         /* trace ids that lines name and no trace has */
    uint64_t absent_lines;
    struct {
        const char *fault;
        uint64_t lines;
    } invalid[TKI_LOG_FAULTS]; /* headers that are wrong, by what is wrong */
    unsigned ninvalid;
    uint64_t other_invalid;
};

struct tki_logs;
int tki_logs_open(struct tki_logs **l, size_t memory_max, struct tk_err *err);
/* Reads a file, compressed or not.  Lines of more than a mebibyte are cut, documents
 * that hold many lines (logdoc.h) at 64 MiB; parts into which containerd cut a line are put together. */
int tki_logs_read(struct tki_logs *l, const char *path, struct tk_err *err);
/* Adds the lines of a whole trace to its spans.  TK_ENOMEM, TK_EIO. */
int tki_logs_join(struct tki_logs *l, struct tk_batch *trace, struct tk_err *err);
/* After the last trace. */
const struct tki_log_counts *tki_logs_counts(struct tki_logs *l);
void tki_logs_close(struct tki_logs *l); /* NULL is fine */

#endif
