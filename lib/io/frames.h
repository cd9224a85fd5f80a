/* frames.h - decompression of frame after frame, or member after member, by several threads.
 *
 * What is read is what the filter alone would give, errors and their offsets included.  At most four units of whole
 * frames are under way, each of at most 4 MiB compressed and 8 MiB decompressed; input that cannot be cut so (a
 * single large frame, for one) is read by the filter alone.
 */
#ifndef TKI_IO_FRAMES_H
#define TKI_IO_FRAMES_H

#include "io/source.h"

/* Puts the filter on top of `up`, which is taken when 0 is returned.  threads: with the caller's, at least 2. */
int tki_frames_open(struct tki_source **s, const struct tki_filter *filter, struct tki_source *up, unsigned threads,
                    struct tk_err *err);

#endif
