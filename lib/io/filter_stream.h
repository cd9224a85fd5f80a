/* filter_stream.h - filters over decompressors that take some input and give some output at each step. */
#ifndef TKI_IO_FILTER_STREAM_H
#define TKI_IO_FILTER_STREAM_H

#include "io/source.h"

struct tki_step {
    const char *in;
    size_t in_n;
    char *out;
    size_t out_n;
};

struct tki_codec {
    const char *name;
    size_t state_bytes;        /* zeroed before init */
    bool (*init)(void *state); /* false: out of memory */
    void (*end)(void *state);  /* of a state whose init went well */
    /* Moves io on.  0: wants to be called again; 1: so far everything is whole, more may follow; negative: TK_EINVALID
     * or TK_ELIMIT with *what saying why, TK_ENOMEM.  What was put out before a fault counts.  last: no input follows
     * this. */
    int (*step)(void *state, struct tki_step *io, bool last, const char **what);
};

int tki_stream_open(const struct tki_codec *codec, struct tki_source **s, struct tki_source *up, struct tk_err *err);

#endif
