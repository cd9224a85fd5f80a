/* lint.h - what is odd about a sampling configuration: policies that never match or change nothing, settings that
 * defeat others, and what a dump shows of them.
 *
 *     tki_lint_config -> tki_lint_span for each span of a dump -> tki_lint_dump -> tki_lint_put
 *
 * Findings have an id (the kind of oddity), a severity, a place in the configuration and a sentence.
 */
#ifndef TKI_CHECK_LINT_H
#define TKI_CHECK_LINT_H

#include "report/document.h"
#include "sample/absent.h"
#include "sample/replay.h"

struct tki_lint_finding {
    const char *id;
    enum tki_severity severity;
    struct tki_pos pos;
    char text[320];
};

struct tki_lint {
    const struct tki_sampler *s; /* borrowed */
    struct tki_lint_finding *all;
    size_t n, cap;
    uint64_t **mask;   /* by policy: the bits of those inside it that ask single spans; NULL: fewer than two */
    bool *on_one_span; /* by policy: a span has them all */
    int err;           /* sticky: TK_ENOMEM */
};

/* What the configuration alone says.  0 or TK_ENOMEM. */
int tki_lint_config(struct tki_lint *l, const struct tki_sampler *s);
/* bits: the evidence of one span. */
void tki_lint_span(struct tki_lint *l, const uint64_t *bits);
/* After judging: what the dump shows.  seen: the keys of all attributes; NULL: not known. */
int tki_lint_dump(struct tki_lint *l, const struct tki_replay *r, const struct tki_seen *seen);
/* A finding for each, in a document that is open.  strict: warnings are errors. */
void tki_lint_put(const struct tki_lint *l, bool strict, struct tki_doc *d);
size_t tki_lint_count(const struct tki_lint *l, enum tki_severity at_least);
void tki_lint_free(struct tki_lint *l);

#endif
