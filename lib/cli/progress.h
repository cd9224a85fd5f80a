/* progress.h - one line on standard error that says how far a long job is, and goes away by itself.
 *
 * It appears only when standard error is a terminal (or with --progress=always) and one second has passed,
 * changes at most six times a second, is removed before each message (msg.h) and at the end.  One at a
 * time; one thread.
 */
#ifndef TKI_CLI_PROGRESS_H
#define TKI_CLI_PROGRESS_H

#include "base/buf.h"

struct tki_progress {           /* all zero is a progress that never shows */
    bool on;                    /* may show */
    bool shown;                 /* the line is on the terminal now */
    bool plain;                 /* not a terminal: whole lines instead of one that is redrawn */
    uint64_t start_ns, next_ns; /* monotonic */
    uint64_t total_bytes;
    struct tki_buf line;
};

/* when: enum tki_when. */
void tki_progress_open(struct tki_progress *p, int when);
/* True when it is time to show: cheap enough for each batch. */
bool tki_progress_due(struct tki_progress *p);
/* Shows the text, cut to the terminal's width.  To be called only when due. */
__attribute__((format(printf, 2, 3))) void tki_progress_show(struct tki_progress *p, const char *format, ...);
/* When due: bytes, share and time left when the total is known, spans and speed. */
void tki_progress_read(struct tki_progress *p, const char *what, const struct tk_read_stats *stats);
/* Removes the line. */
void tki_progress_close(struct tki_progress *p);

/* Sum of the sizes of the files; 0 when one of them is not a regular file (standard input, a pipe). */
uint64_t tki_files_size(const char *const *paths, size_t npaths);

#endif
