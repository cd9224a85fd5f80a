/* squeeze.h - how small zstd makes bytes: really compressed, in blocks, and not kept.
 *
 * A block is a frame of its own, as stores have them: what an earlier block has shown does not help a later one.
 */
#ifndef TKI_IO_SQUEEZE_H
#define TKI_IO_SQUEEZE_H

#include "base/str.h"

struct tki_squeeze;
/* level: of zstd, 1-19.  TK_ENOMEM. */
int tki_squeeze_open(struct tki_squeeze **s, int level);
void tki_squeeze_close(struct tki_squeeze *s); /* NULL is fine */
/* Adds bytes to the block.  0 or TK_ENOMEM. */
int tki_squeeze_put(struct tki_squeeze *s, const void *p, size_t n);
/* Gives back the compressor's memory (megabytes) until the next block begins; between blocks only. */
void tki_squeeze_rest(struct tki_squeeze *s);
uint64_t tki_squeeze_taken(const struct tki_squeeze *s); /* bytes put into the block so far */
/* Writes out all that was taken: *bytes is how many bytes the block has grown since it began or was last asked.  What
 * follows still learns from what came before.  0 or TK_ENOMEM. */
int tki_squeeze_flush(struct tki_squeeze *s, uint64_t *bytes);
/* Ends the block: *bytes is its size.  The next one begins.  0 or TK_ENOMEM. */
int tki_squeeze_end(struct tki_squeeze *s, uint64_t *bytes);

#endif
