/* suffix.h - what the name of an output file says about how it is written: one table for all commands.
 *
 * A suffix is what follows the last dot of the last part of
 * the path; ".hidden" and "name." have none.  Letters may have either case.
 */
#ifndef TKI_CLI_SUFFIX_H
#define TKI_CLI_SUFFIX_H

#include "tracekit.h"

/* What is written: spans, a report, or what an option has named already, so that only the compression is asked for. */
enum tki_suffix_of { TKI_SUFFIX_SPANS, TKI_SUFFIX_REPORT, TKI_SUFFIX_NAMED };

enum { TKI_ZSTD_LEVEL = 3 }; /* of a file whose name alone says that it is compressed, and of -z */

struct tki_suffix {
    /* Of spans a name as for -t; of a report "json", "tsv", "md" or "text".  NULL: the name says nothing, and the
     * option or the command's default counts. */
    const char *format;
    bool zstd; /* the file is compressed: ".json.zst", ".zst" */
};

/* What path says, the argument of that option ("output"); NULL and "-" are standard output, which says nothing.
 * Returns 0, or TK_EUSAGE with err->text, which names the option or the suffixes that help: a suffix that nothing is
 * written as, or that of a compression which is not written. */
int tki_suffix_read(struct tki_suffix *s, const char *option, const char *path, enum tki_suffix_of what,
                    struct tk_err *err);

#endif
