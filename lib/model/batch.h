/* batch.h - what decoders and the layers above need of a batch beyond the public adders.
 *
 * A batch keeps two kinds of memory: row arrays that grow by doubling and an arena for strings that had to be
 * unescaped.  tk_batch_reset keeps both, so a recycled batch allocates nothing once warm.
 */
#ifndef TKI_MODEL_BATCH_H
#define TKI_MODEL_BATCH_H

#include "base/str.h"
#include "model/notes.h"

/* Counts of all arrays at a moment, so that the rows of a record that turns out bad can be taken back. */
struct tki_mark {
    uint32_t nspans, nattrs, nkids, nevents, nlinks, nresources, nscopes, nentities;
    uint32_t passed; /* tki_batch_passed */
    struct tk_notes notes;
};
void tki_batch_mark(const struct tk_batch *b, struct tki_mark *m);
/* Moves the mark behind a whole record.  When the batch has failed the mark stays where it is, because rows are
 * missing. */
void tki_batch_mark_whole(const struct tk_batch *b, struct tki_mark *m);
void tki_batch_rollback(struct tk_batch *b, const struct tki_mark *mark);

size_t tki_batch_memory(const struct tk_batch *b); /* bytes it holds, used or not */

/* For tests of what happens when memory ends: an empty batch takes memory n times more, only as much as it needs each
 * time, and fails then.  tki_batch_allowed is how often it still may. */
void tki_batch_fail_after(struct tk_batch *b, uint64_t n);
uint64_t tki_batch_allowed(const struct tk_batch *b);

/* Where records end: what the input writes as one, such as a line of JSON.  Decoders say it behind each record; formats
 * without records say nothing.  ends[i] is the row behind the last span of a record; a record without spans has none.
 */
void tki_batch_end_record(struct tk_batch *b);
const uint32_t *tki_batch_record_ends(const struct tk_batch *b, uint32_t *n);
/* The file that all rows came from, where it is one of several or a member of an archive: its name, which lives as long
 * as its reader.  NULL: it is not known. */
void tki_batch_set_file(struct tk_batch *b, const char *file);
const char *tki_batch_file(const struct tk_batch *b);
/* The first record of the batch goes on with the last one of the batch before: the input was cut inside. */
void tki_batch_set_goes_on(struct tk_batch *b, bool goes_on);
bool tki_batch_goes_on(const struct tk_batch *b);

/* Spans of traces that nobody asked for (struct tki_decode), which were read and are no rows. */
void tki_batch_pass_over(struct tk_batch *b);
uint32_t tki_batch_passed(const struct tk_batch *b);

/* A stack for rows that must end up adjacent although others are added meanwhile (elements of nested
 * arrays): push them, then move everything above `base` into the kids.  tki_batch_stack is its height. */
uint32_t tki_batch_stack(const struct tk_batch *b);
struct tk_attr *tki_batch_push(struct tk_batch *b); /* never NULL */
tk_range tki_batch_pop_kids(struct tk_batch *b, uint32_t base);

/* For a decoder, of a row whose raw view is kept: what was noted as left out since `before` is in that view, and is
 * lost only where the view is not copied.  Takes it from the count; returns the row's `beyond`. */
static inline uint16_t tki_batch_beyond(struct tk_batch *b, enum tk_note note, uint64_t before)
{
    uint64_t n = b->notes->n[note] - before;
    if (__builtin_expect(n == 0, 1))
        return 0;
    b->notes->n[note] = before;
    b->beyond = true;
    return n < UINT16_MAX ? (uint16_t)n : UINT16_MAX;
}

static inline void tki_note(struct tk_batch *b, enum tk_note note)
{
    b->notes->n[note]++;
}

#endif
