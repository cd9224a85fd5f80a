/* survey_state.h - the traces of a survey as records of a state (run/state.h): the message DiffState, compressed
 * (run/state_zip.h).
 *
 * A state has all classes with the number of their traces, and the traces that the survey takes, with all that their
 * spans say.  The survey of several states is that of the dump that they are parts of, if every trace is whole in one
 * of them.  So a state is bounded by TKI_SURVEY_TRACES and the number of classes, not by the dump.
 *
 * While loading the spans of all states are held, in memory up to a limit and then in a temporary file.
 */
#ifndef TKI_COMPARE_SURVEY_STATE_H
#define TKI_COMPARE_SURVEY_STATE_H

#include "compare/survey.h"
#include "io/sorter.h"
#include "run/state.h"

struct tki_survey_state {
    struct tki_survey *survey; /* borrowed; of what was loaded, until traces are taken */
    struct tki_sorter *spans;  /* by trace */
    struct tki_idmap ids;      /* traces that were loaded */
    uint64_t loaded;           /* traces of the dumps so far */
    uint64_t shared;           /* traces that were there before */
};

/* Each 0, or negative with *err. */
/* After tki_survey_take: the traces are those that the survey takes, which are handed out from the first. */
int tki_survey_state_save(const struct tki_survey *s, struct tk_traces *traces, struct tki_state_out *to,
                          struct tk_err *err);
/* The survey is empty. */
int tki_survey_state_open(struct tki_survey_state *x, struct tki_survey *s, size_t memory_max, const char *tmpdir,
                          struct tk_err *err);
/* Adds all records of the state, to its end. */
int tki_survey_state_load(struct tki_survey_state *x, struct tki_state_in *from, struct tk_err *err);
/* After tki_survey_take: adds the traces that it takes. */
int tki_survey_state_traces(struct tki_survey_state *x, struct tk_traces *to, struct tk_err *err);
void tki_survey_state_close(struct tki_survey_state *x);

#endif
