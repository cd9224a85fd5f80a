/* notes.h - the counts that tk_notes_get and tk_notes_next read.
 *
 * Code that decodes counts with tki_note.  Encoders count in a plain array, which tki_encode lays over a tk_notes.
 */
#ifndef TKI_MODEL_NOTES_H
#define TKI_MODEL_NOTES_H

#include "tracekit.h"

/* Not public: a program that had arrays of this size would break when a note is added.  The last note of enum tk_note
 * stands here; tests/unit/test_notes.c finds out when it is not the last any more. */
enum { TKI_NOTE_COUNT = TK_NOTE_LOG_RECORDS + 1 };

struct tk_notes {
    uint64_t n[TKI_NOTE_COUNT]; /* by enum tk_note */
};

void tki_notes_add(struct tk_notes *to, const struct tk_notes *more);

#endif
