/* head.h - the first bytes of a source, as formats look at them to recognise their own.
 *
 * The keys of JSON are collected in one walk, whoever asks for them; so a format is recognised by keys in any order,
 * without a tree.
 */
#ifndef TKI_FORMAT_HEAD_H
#define TKI_FORMAT_HEAD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct tki_head {
    tk_str text; /* what was taken in: some documents, or all */
    bool eof;    /* nothing follows the text, or it is whole documents */
    bool json;   /* it begins with a bracket, behind white space and a byte order mark */
    bool logged; /* it begins with something else that can be a line, behind which documents may stand */
    bool failed; /* out of memory: keys are missing */

    /* private */
    tk_str all;
    bool all_eof;
    unsigned depth; /* brackets that are open behind the text */
    struct tki_head_key *slots;
    uint32_t nslots, nkeys;
};

/* Nothing is taken in yet.  The bytes are borrowed. */
void tki_head_init(struct tki_head *h, tk_str all, bool eof);
/* Takes in the next JSON document and returns true; or takes in the rest and returns false, when no document begins
 * there, or the document does not end. */
bool tki_head_document(struct tki_head *h);
void tki_head_rest(struct tki_head *h); /* takes in all there is */
void tki_head_free(struct tki_head *h);

/* ---- keys of JSON ---- */

struct tki_key {
    const char *name; /* NULL ends a list */
    unsigned depth;   /* found at most this many brackets deep, 16 at most; the document's own bracket is 1 */
};
#define TKI_KEYS(...) ((const struct tki_key[]){__VA_ARGS__, {NULL, 0}})

/* How many of the keys are there; 0 when the text is not JSON. */
unsigned tki_keys_met(const struct tki_head *h, const struct tki_key *keys);
/* The least depth at which the key was met, 16 at most; 0: it was not. */
unsigned tki_key_depth(const struct tki_head *h, tk_str key);
/* The first byte of the key's value, where the text has the key first; 0: it was not met. */
char tki_key_value(const struct tki_head *h, tk_str key);
/* Returns the bits of a bid for the keys that are there: see codec.h. */
unsigned tki_key_bits(const struct tki_head *h, const struct tki_key *keys);
/* The same if all of them are there, else 0. */
unsigned tki_all_keys_bits(const struct tki_head *h, const struct tki_key *keys);
/* As the others, also where a program's own lines stand before documents: of those at the start of a line, and of
 * OTLP's, which loggers print behind a prefix. */
unsigned tki_logged_keys_met(const struct tki_head *h, const struct tki_key *keys);
unsigned tki_logged_key_bits(const struct tki_head *h, const struct tki_key *keys);
unsigned tki_logged_all_keys_bits(const struct tki_head *h, const struct tki_key *keys);

#endif
