/* survey.h - which traces of a large dump are looked at, and how many each of them stands for.
 *
 * Traces are put into classes: root operation, whether a span of theirs failed, and half octave of the root's duration
 * (of the whole trace where it has several roots or none).  Of each class the same number is taken, the largest with
 * which all classes together have no more than so many, but at least TKI_CLASS_LEAST: those whose ids have the smallest
 * hashes.  So classes that are rare, slow ones above all, are taken whole, and each trace of another one stands for as
 * many as the class has to each that was taken.  Sums over kinds of requests, and so the number of traces, are exact.
 *
 * Nothing depends on the order of the traces, nor on how they are divided: of two parts of a dump each takes at least
 * as many of a class as the whole does, and those with the smallest hashes of all are among these.
 */
#ifndef TKI_COMPARE_SURVEY_H
#define TKI_COMPARE_SURVEY_H

#include "model/slow.h"

enum { TKI_SURVEY_TRACES = 10000, TKI_CLASS_LEAST = 5 };

struct tki_class {
    uint32_t kind; /* as struct tki_kind_row */
    bool failed;
    uint8_t half_octave; /* of nanoseconds; TKI_NO_OCTAVE: it has no duration */
    uint64_t traces, taken;
    uint64_t limit; /* all traces of the class are taken whose hash is not above it */
};
enum { TKI_NO_OCTAVE = 255 };

struct tki_survey {
    bool sampled;          /* else all traces are looked at, and there is nothing here but their number */
    uint64_t traces;       /* of the dump */
    struct tki_idmap only; /* those that are taken */
    uint32_t *class_of;    /* by number there */
    struct tki_class *class;
    size_t nclasses;
};
/* All zero is valid. */

/* After reading.  most: that are looked at.  0 or TK_ENOMEM. */
int tki_survey_take(struct tki_survey *s, const struct tki_kinds *k, uint64_t most);
/* The class of a trace that was taken; NULL: all traces are looked at. */
const struct tki_class *tki_survey_class(const struct tki_survey *s, tk_id128 id);
void tki_survey_free(struct tki_survey *s);

#endif
