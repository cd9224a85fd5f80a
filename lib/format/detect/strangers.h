/* strangers.h - what is recognised and not read: a line for each.
 *
 * An input is one when it meets all that the line says: bytes at a place, words near its beginning, keys of JSON.  The
 * first line that is met counts, so lines with words alone come late.  A line is added for what people have; a format
 * that is read needs none.
 */
#ifndef TKI_FORMAT_STRANGERS_H
#define TKI_FORMAT_STRANGERS_H

#include "format/detect/head.h"

enum { TKI_STRANGER_WORDS = 3, TKI_STRANGER_KEYS = 4 };

struct tki_stranger {
    struct {
        const char *p;
        uint16_t n, at;
    } magic;                                    /* p NULL: none */
    const char *words[TKI_STRANGER_WORDS];      /* all of them; NULL ends the list */
    bool binary;                                /* the words stand in bytes that are no text */
    struct tki_key keys[TKI_STRANGER_KEYS + 1]; /* all of them; a name of NULL ends the list */
    bool first;                                 /* has members of a format that is read: asked before the formats */
    const char *name, *advice;                  /* "a Parquet file"; what to do instead */
};

extern const struct tki_stranger tki_strangers[]; /* ends with a name of NULL */

#endif
