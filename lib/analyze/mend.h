/* mend.h - repairs that change the spans of a trace, each counted and, where a span stays, marked on it.
 *
 * A changed span loses its raw view and gets the attribute "tracekit.repair", words separated by commas:
 *   cycle    its parent link closed a circle and was cut: the span is a root; tracekit.repair.parent_id has the
 *            parent that was named
 *   skew     its times, and those of its events, were moved by tracekit.repair.shift_ns
 *   orphan   its parent is not there, and what encloses it in time became its parent, or nothing did and it is
 *            a root; tracekit.repair.parent_id has the parent that was named
 *   lost     it stands for a span that several spans name as their parent and that is not there: made up, with
 *            their extent
 *   shared   it had the id of its caller, as Zipkin's client and server halves do, and got one of its own, made from
 *            the trace id, the shared one, which is in tracekit.repair.span_id, and its place below the caller; its
 *            parent is the caller, and what it called hangs below its new id
 *   units    its times were in another unit than nanoseconds, and were multiplied by tracekit.repair.unit_ns (see
 *            model/unit.h)
 *   half     its trace id was the lower half of another trace's, and became that
 *   link     its trace was put below the one that its root links to and got the id of that; tracekit.repair.trace_id
 *            has its own, and a root has the linked span as its parent.  Ids of spans that another trace has, too, are
 *            made new, and tracekit.repair.span_id has those that were
 *   clip     it was cut to the window of its parent; tracekit.repair.cut_ns was cut off
 */
#ifndef TKI_ANALYZE_MEND_H
#define TKI_ANALYZE_MEND_H

#include "analyze/clocks.h"

/* in the order in which they are done */
enum tki_mend_kind {
    TKI_MEND_DUP = 1 << 0,
    TKI_MEND_CYCLES = 1 << 1,
    TKI_MEND_SKEW = 1 << 2,   /* one offset for each pair of hosts, and Jaeger's formula for the others */
    TKI_MEND_JAEGER = 1 << 3, /* Jaeger's formula only, trace by trace */
    TKI_MEND_ORPHANS = 1 << 4,
    TKI_MEND_CLIP = 1 << 5,
    TKI_MEND_SHARED = 1 << 6, /* so that ids are unique in a trace */
    TKI_MEND_UNITS = 1 << 7,  /* first of all */
    TKI_MEND_HALVES = 1 << 8, /* of traces that the assembler joined: see tki_traces_join_halves */
    TKI_MEND_LINKS = 1 << 9,  /* likewise tki_traces_join_links */
};

struct tki_mended {
    uint64_t traces;  /* in which anything was changed */
    uint64_t copies;  /* spans left out: the more complete of the copies stayed */
    uint64_t cycles;  /* parent links cut */
    uint64_t shifted; /* spans moved */
    uint64_t
        by_offset; /* of them, those whose move the offset of a pair of hosts decided: the others follow a parent */
    uint64_t by_formula; /* likewise Jaeger's formula */
    uint64_t attached;   /* orphans put below the span that encloses them */
    uint64_t rooted;     /* orphans made roots */
    uint64_t made_up;    /* spans that stand for a lost parent */
    uint64_t unshared;   /* spans with an id of their own */
    uint64_t scaled[3];  /* spans whose times were in seconds, milliseconds, microseconds */
    uint64_t joined;     /* spans with a whole trace id instead of half of it */
    uint64_t linked;     /* traces put below another one */
    uint64_t clipped;    /* spans cut */
    uint64_t clipped_ns;
};

struct tki_mend;
struct tki_mend *tki_mend_new(unsigned kinds); /* NULL: out of memory */
void tki_mend_free(struct tki_mend *m);        /* NULL is fine */
/* With TKI_MEND_SKEW all traces come here first, */
int tki_mend_look(struct tki_mend *m, const struct tk_batch *trace);
/* or clocks that have seen them all, and were judged, are taken over: *c is empty afterwards. */
void tki_mend_take_clocks(struct tki_mend *m, struct tki_clocks *c);
/* Changes the trace in place: 0, TK_ENOMEM, TK_ELIMIT. */
int tki_mend_trace(struct tki_mend *m, struct tk_batch *trace);
const struct tki_mended *tki_mend_counts(const struct tki_mend *m);
/* The tree of the trace that was mended last, as it is now, where only clocks are mended (SKEW or JAEGER alone).  Good
 * until the next one. */
const struct tk_tree *tki_mend_tree(const struct tki_mend *m);
const struct tki_clocks *tki_mend_clocks(const struct tki_mend *m);

#endif
