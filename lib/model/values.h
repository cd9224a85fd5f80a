/* values.h - what writers of several formats ask about values: whether attributes are equal, times in microseconds. */
#ifndef TKI_MODEL_VALUES_H
#define TKI_MODEL_VALUES_H

#include "model/notes.h"

/* Returns true if value x of batch b and value y of batch c have the same type and content.  Doubles are compared by
 * their bits: a NaN equals itself, 0 and -0 differ. */
bool tki_values_equal(const struct tk_batch *b, const struct tk_value *x, const struct tk_batch *c,
                      const struct tk_value *y);
/* Returns true if the n attributes from x on and those from y on have the same keys and values, in the same order. */
bool tki_attrs_equal(const struct tk_batch *b, const struct tk_attr *x, const struct tk_batch *c,
                     const struct tk_attr *y, uint32_t n);

/* The start and the duration in microseconds, for targets that hold no nanoseconds and no negative duration: cut off, a
 * negative duration is 0, and both are counted in notes. */
void tki_span_micros(const struct tk_span *s, uint64_t *start_us, uint64_t *duration_us,
                     uint64_t notes[TKI_NOTE_COUNT]);

#endif
