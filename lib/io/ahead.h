/* ahead.h - a source that a thread of its own reads ahead.
 *
 * Decompression keeps megabytes of state.  Read in turns by the threads of a reader it would move from one processor's
 * cache to the other's at each turn; here one thread has it, and the others take what it wrote, in order.  What is read
 * is what the source below gives, its fault behind all bytes before it.
 */
#ifndef TKI_IO_AHEAD_H
#define TKI_IO_AHEAD_H

#include "io/source.h"

/* Puts the thread on top of `up`, which is taken when 0 is returned.  Up to 1 MiB is read ahead.  Where a read may wait
 * for somebody (tki_source_waits), *s is `up` itself: closing waits for the thread's last read. */
int tki_ahead_open(struct tki_source **s, struct tki_source *up, struct tk_err *err);

#endif
