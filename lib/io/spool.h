/* spool.h - bytes kept aside in an unlinked temporary file, to be read again from the start.
 *
 * How a command makes a second pass over a pipe.  Up to memory_max bytes stay in memory.
 */
#ifndef TKI_IO_SPOOL_H
#define TKI_IO_SPOOL_H

#include "io/source.h"

struct tki_spool;
int tki_spool_open(struct tki_spool **s, size_t memory_max, const char *tmpdir, struct tk_err *err);
int tki_spool_write(struct tki_spool *s, const void *p, size_t n, struct tk_err *err);
/* A source over everything written; the spool must outlive it and is not written any more. */
int tki_spool_source(struct tki_spool *s, struct tki_source **source, struct tk_err *err);
void tki_spool_close(struct tki_spool *s); /* NULL is fine */
/* An unlinked temporary file in tmpdir (NULL: $TMPDIR, else /tmp); its descriptor, or a negative TK_E*. */
int tki_tmpfile(const char *tmpdir, struct tk_err *err);

#endif
