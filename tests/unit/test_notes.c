/* Notes: counts that a program reads through calls, so that more can be added. */
#include <stdio.h>
#include <string.h>

#include "model/batch.h"
#include "tap.h"

static void texts(void)
{
    for (int i = 0; i < TKI_NOTE_COUNT; i++)
        ok(tk_note_text((enum tk_note)i)[0] != 0, "note %d has a text", i);
    is_str(tk_note_text_of(TK_NOTE_ID_BASE64, 1), "id was base64", "one");
    is_str(tk_note_text_of(TK_NOTE_ID_BASE64, 2), "ids were base64", "two");
    for (int i = 0; i < TKI_NOTE_COUNT; i++) /* all of one thing have verbs of one thing */
        ok(strcmp(tk_note_text_of((enum tk_note)i, 1), tk_note_text((enum tk_note)i)) != 0, "note %d of one thing", i);
    is_str(tk_note_text((enum tk_note)TKI_NOTE_COUNT), "",
           "TKI_NOTE_COUNT stands behind the last note of enum tk_note");
    is_str(tk_note_text((enum tk_note) - 1), "", "what is no note has no text");
}

/* What a program sees, as text. */
static const char *seen(const struct tk_notes *n)
{
    static char text[256];
    size_t at = 0, len = 0;
    enum tk_note note;
    uint64_t count;
    text[0] = 0;
    while (tk_notes_next(n, &at, &note, &count) > 0)
        len += (size_t)snprintf(text + len, sizeof text - len, "%d:%d ", (int)note, (int)count);
    ok(tk_notes_next(n, &at, &note, &count) == 0, "the end stays the end");
    return text;
}

static void iteration(void)
{
    struct tk_notes n = {0};
    is_str(seen(&n), "", "nothing is counted");
    n.n[0] = 3;
    n.n[TKI_NOTE_COUNT - 1] = 5;
    char want[64];
    snprintf(want, sizeof want, "0:3 %d:5 ", TKI_NOTE_COUNT - 1);
    is_str(seen(&n), want, "the first and the last note");
    is_uint(tk_notes_get(&n, (enum tk_note)0), 3, "one by its number");
    is_uint(tk_notes_get(&n, (enum tk_note)(TKI_NOTE_COUNT - 1)), 5, "the last");
    is_uint(tk_notes_get(&n, (enum tk_note)TKI_NOTE_COUNT), 0, "a note of a newer header was never counted");
    is_uint(tk_notes_get(&n, (enum tk_note) - 1), 0, "nor was what is no note");
}

static void batches(void)
{
    struct tk_batch *b = tk_batch_new();
    struct tki_mark mark;
    tki_note(b, TK_NOTE_PARTIAL);
    tki_batch_mark(b, &mark);
    tki_note(b, TK_NOTE_PARTIAL);
    tki_note(b, TK_NOTE_OVERSIZE);
    is_uint(tk_notes_get(b->notes, TK_NOTE_PARTIAL), 2, "counted in a batch");
    tki_batch_rollback(b, &mark);
    is_uint(tk_notes_get(b->notes, TK_NOTE_PARTIAL), 1, "what a bad record counted is taken back");
    is_uint(tk_notes_get(b->notes, TK_NOTE_OVERSIZE), 0, "all of it");
    tk_batch_reset(b);
    is_str(seen(b->notes), "", "a batch that is used again begins without");
    tk_batch_free(b);
}

int main(void)
{
    texts();
    iteration();
    batches();
    return done_testing();
}
