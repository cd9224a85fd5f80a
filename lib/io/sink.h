/* sink.h - bytes to a file or standard output, optionally compressed.
 *
 * A file gets its name by tki_sink_close, so that a failed run never leaves a half file under the good name
 * (devices and pipes are written in place).  Until then it has none, and a process that is killed leaves nothing;
 * where the file system cannot do that, it has a temporary one in its own folder.  A file that is replaced hands on
 * its mode, and its owner and group where the user may give them; other hard links to it keep the old one.  EPIPE is
 * reported as TK_EIO with sys_errno EPIPE: the command ends quietly.
 */
#ifndef TKI_IO_SINK_H
#define TKI_IO_SINK_H

#include "base/str.h"

struct tki_sink;
/* path NULL or "-": standard output.  level 0: plain; 1-19: zstd; workers: threads of the compressor. */
int tki_sink_open(struct tki_sink **s, const char *path, int level, unsigned workers, struct tk_err *err);
int tki_sink_write(struct tki_sink *s, const void *p, size_t n, struct tk_err *err); /* buffered */
int tki_sink_flush(struct tki_sink *s, struct tk_err *err);
uint64_t tki_sink_bytes(const struct tki_sink *s);          /* taken so far, before compression */
int tki_sink_close(struct tki_sink *s, struct tk_err *err); /* frees s in any case */
void tki_sink_abort(struct tki_sink *s);                    /* removes what was written; NULL is fine */

#endif
