/* reader.h - what commands need of a reader beyond the public calls. */
#ifndef TKI_RUN_READER_H
#define TKI_RUN_READER_H

#include "tracekit.h"

/* The faults that ended a source each, in order; the last is tk_reader_err.  Borrowed until the next call. */
const struct tk_err *tki_reader_faults(const struct tk_reader *r, size_t *n);
/* Files that were named to be read; standard input is one. */
size_t tki_reader_inputs(const struct tk_reader *r);
/* The number of the file, or member of an archive, that the last batch is of: in the order in which they are read. */
size_t tki_reader_source(const struct tk_reader *r);

struct tki_idmap;

struct tki_reader_ask {
    unsigned needs;
    bool work;
    bool copies;                  /* see copy_proto of struct tk_read_opts */
    const struct tki_idmap *only; /* traces: spans of others may be left out, which is much cheaper; statistics count
                                   * them all the same.  Borrowed until the reading ends.  NULL: all */
};
/* As tk_reader_rewind, which is this with the copies that the reader was opened for, and all traces. */
int tki_reader_again(struct tk_reader *r, const struct tki_reader_ask *ask);

#endif
