/* survey.h - which traces of a large dump are looked at, and how many each of them stands for.
 *
 * Traces are put into classes: root operation, whether a span of theirs failed, and half octave of the root's duration
 * (of the whole trace where it has several roots or none).  Of each class the same number is taken, the largest with
 * which all classes together have no more than so many, but at least TKI_CLASS_LEAST: those whose ids have the smallest
 * hashes.  So classes that are rare, slow ones above all, are taken whole, and each trace of another one stands for as
 * many as the class has to each that was taken.  Sums over kinds of requests, and so the number of traces, are exact.
 *
 * Nothing depends on the order of the traces, nor on how they are divided: of two parts of a dump each takes at least
 * as many of a class as the whole does, and those with the smallest hashes of all are among these.  So the survey of a
 * dump can be made of those of its parts (survey_state.h).
 */
#ifndef TKI_COMPARE_SURVEY_H
#define TKI_COMPARE_SURVEY_H

#include "model/slow.h"

enum { TKI_SURVEY_TRACES = 10000, TKI_CLASS_LEAST = 5, TKI_NO_OCTAVE = 255 };

struct tki_class {
    uint32_t kind; /* of names; TK_NONE: traces without a root */
    bool failed;
    uint8_t half_octave; /* of nanoseconds; TKI_NO_OCTAVE: it has no duration */
    uint64_t traces, taken;
    uint64_t limit; /* all traces of the class are taken whose hash is not above it */
};

struct tki_survey {
    bool sampled;            /* else all traces are taken */
    uint64_t traces;         /* of the dump */
    struct tki_symtab names; /* of kinds, as in tki_kinds */
    struct tki_class *class;
    uint32_t nclasses, classes_cap;
    struct tki_wordmap classes; /* of kind, failure and half octave: private */
    struct tki_placed {
        tk_id128 id;
        uint64_t hash;
        uint32_t class;
    } * placed; /* until traces are taken */
    size_t nplaced, placed_cap;
    struct tki_idmap only; /* those that are taken, in the order of their ids */
    uint32_t *class_of;    /* by number there */
};
/* All zero is valid. */

/* Each 0 or TK_ENOMEM. */
/* Adds all traces that were read. */
int tki_survey_add(struct tki_survey *s, const struct tki_kinds *k);
/* The number of a class, which is made when it is not there; TK_NONE: out of memory.  kind: NULL: there is no root. */
uint32_t tki_survey_class(struct tki_survey *s, const tk_str *kind, bool failed, uint8_t half_octave);
/* Adds a trace that may be taken; class[].traces is the caller's to count. */
int tki_survey_put(struct tki_survey *s, tk_id128 id, uint32_t class);
/* After the last one.  most: that are looked at. */
int tki_survey_take(struct tki_survey *s, uint64_t most);

/* The class of a trace that was taken; NULL: it was not. */
const struct tki_class *tki_survey_class_of(const struct tki_survey *s, tk_id128 id);
void tki_survey_free(struct tki_survey *s);

#endif
