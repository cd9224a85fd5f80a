/* archive.h - the files in a tar archive, one after another, as they stand in the stream.
 *
 * POSIX ustar and pax, GNU's long names, and what came before these (V7), one archive behind another also.  Nothing is
 * written anywhere: a member is a source over the archive, which is read once.  Folders, links, devices and names that
 * begin with a dot, as macOS writes them beside files, are no members; those that are no folders are counted.
 *
 * Faults: TK_ETRUNCATED where the archive ends inside a member, TK_EINVALID where a header is damaged; TK_EUNSUPPORTED
 * for a file with holes (GNU's sparse), which ends alone.
 */
#ifndef TKI_IO_ARCHIVE_H
#define TKI_IO_ARCHIVE_H

#include "io/source.h"

/* Returns true if the input begins with the header of an archive, whose sum is right. */
bool tki_archive_is(tk_str head);

struct tki_archive;

/* Takes `up` when 0 is returned.  Else TK_ENOMEM. */
int tki_archive_open(struct tki_archive **a, struct tki_source *up, struct tk_err *err);
/* Goes to the next file, whatever was left of the one before, which is closed.  Returns 1 with *member, which the
 * caller closes before the archive; 0 at the end; or a negative code with *err.  With TK_EUNSUPPORTED the next call
 * goes on. */
int tki_archive_next(struct tki_archive *a, struct tki_source **member, struct tk_err *err);
/* The path of the file that the last call went to, or failed at; "" when it failed at no file.  Until the next call. */
const char *tki_archive_name(const struct tki_archive *a);
/* How many links, devices and hidden files were passed over. */
uint64_t tki_archive_left_out(const struct tki_archive *a);
uint64_t tki_archive_bytes_read(const struct tki_archive *a); /* from the operating system */
void tki_archive_close(struct tki_archive *a);                /* NULL is fine */

#endif
