/* drag.h - what each span of a trace keeps it waiting, and how much longer it might.
 *
 *   drag   how much shorter the trace would be if the span took no time, with all that it calls
 *   slack  how much longer the span may take, and the trace be as long as it is
 *
 * Both follow from one rule, that of replays (analyze/replay.h).  A span off the critical path has no drag; one with
 * drag has no slack.  Spans that hold up nobody have neither: they are no part of this.
 */
#ifndef TKI_ANALYZE_DRAG_H
#define TKI_ANALYZE_DRAG_H

#include "analyze/cpath.h"
#include "analyze/replay.h"

struct tki_drag { /* all zero is valid; its memory is used again */
    struct tki_replay replay;
    uint32_t n;                  /* of replay.order: the nodes that have a drag and a slack */
    int64_t *drag_ns, *slack_ns; /* by node */
    int64_t *late_ns, *sum_ns;   /* private */
    int64_t *gap_ns;
    double *base;
    uint32_t *kid, *waits, *rank;
    size_t cap;
};

/* 1; 0: the trace is too large, and would take too long (TKI_DRAG_WORK).  TK_ENOMEM. */
enum { TKI_DRAG_WORK = 100000000 };
int tki_drag_measure(struct tki_drag *x, const struct tki_times *t, const struct tki_cpath *path);
void tki_drag_free(struct tki_drag *x);

#endif
