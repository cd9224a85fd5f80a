/* outline.h - one trace as lines to look at: spans under their parents, repeats folded, dark time between its
 * neighbours.
 *
 * What the waterfalls (tree, html, svg) show in common:
 *   - children follow their parent, in the order of the tree;
 *   - a run of TKI_RUN_MIN or more siblings next to each other with the same service, name, kind and status, of which
 *     none hides an error below it, is one line; the children of the longest of them stand for those of all, or the
 *     line is a heading with all of them below it;
 *   - a time in which none of a span's children ran is a line where it lies between them, when it takes a twentieth
 *     of the trace or more, and no other span of the parent ran meanwhile.  A run is not broken by more than two.
 *
 * An all-zero outline is valid; its memory is used again for the next trace.
 */
#ifndef TKI_VIEW_OUTLINE_H
#define TKI_VIEW_OUTLINE_H

#include "analyze/facts.h"

enum { TKI_RUN_MIN = 3 };

enum tki_repeats {             /* what becomes of a run */
                   TKI_EACH,   /* there are none: each span is a line */
                   TKI_FOLDED, /* one line */
                   TKI_HEADED, /* one line, and below it the lines of its spans */
};

enum tki_line_kind {
    TKI_LINE_SPAN,
    TKI_LINE_RUN, /* several spans */
    TKI_LINE_GAP, /* no span */
};

enum tki_manner { /* how the spans of a run follow each other */
                  TKI_SERIAL,
                  TKI_PARALLEL, /* at one moment all of them run */
                  TKI_OVERLAPPING
};

struct tki_line {
    uint8_t kind, manner;     /* enum tki_line_kind, tki_manner */
    bool last;                /* of its parent's lines */
    bool critical;            /* the critical path goes through it */
    uint32_t depth;           /* 0: roots */
    uint32_t row;             /* SPAN; RUN: the longest; GAP: the span that waits, TK_NONE between roots */
    uint32_t count, spans;    /* RUN: how many, and with all that is below them */
    uint32_t prev, next;      /* GAP: spans before and behind it, or TK_NONE */
    int64_t start_ns, end_ns; /* Unix time: of all of them; windows after repair */
    int64_t self_ns;
    int64_t sum_ns;      /* RUN: durations of all of them */
    const uint32_t *run; /* RUN: the rows, in the tree */
};

struct tki_outline {
    struct tki_line *line;
    size_t n, cap;
    uint32_t *size, *errors, *told; /* by row: spans of the subtree; errors and told errors below the span */
    uint32_t rows_cap;
    struct tki_line *pending; /* private, as what follows */
    struct tki_outline_frame *frame;
    size_t pending_cap, frame_cap;
};

enum { TKI_OUTLINE_FACTS = TKI_FACT_SUMS | TKI_FACT_TREE | TKI_FACT_TIMES | TKI_FACT_DARK | TKI_FACT_CPATH };

/* The lines of a trace of which TKI_OUTLINE_FACTS are known, which must stay.  TK_ENOMEM. */
int tki_outline_build(struct tki_outline *o, const struct tki_facts *f, enum tki_repeats repeats);
void tki_outline_free(struct tki_outline *o);

const char *tki_manner_text(enum tki_manner manner); /* such as "one after the other" */

/* Whether this span is where an error is told: it failed, says why, and none below it does. */
bool tki_outline_tells(const struct tki_outline *o, const struct tk_batch *b, uint32_t row);

#endif
