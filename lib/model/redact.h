/* redact.h - takes values out of spans before they leave.
 *
 * A rule is ACTION:WHAT.  ACTION is drop, mask (the text "***") or hash (the first 16 bytes of HMAC-SHA256 of the
 * value as text, in hexadecimal, so that equal values stay equal).  WHAT is
 *   KEY           whole values of attributes whose key matches: * stands for any characters, ? for one, ASCII
 *                 letters of both cases are the same
 *   /REGEX/       what matches in any value, name of a span, an event or a scope, status message, version of a scope,
 *                 schema URL, or type of an entity; drop takes the whole value or text
 *   KEY=/REGEX/   what matches in values of these attributes
 * KEY may also be @name, @event, @status, @state: names of spans and events, status messages, and trace states,
 * which can only be dropped.
 *
 * Attributes of spans, events, links, resources and scopes are looked at, and members of maps within them, whose
 * key is taken alone and with the keys above it, joined by dots.  A rule for a whole array or map changes what is
 * in it.  Rules apply in their order; a rule for a whole value is the last for it.  Raw views are dropped, and
 * with them fields that are not known.  Ids, times, keys and trace states stay; keys and trace states in which a
 * /REGEX/ matches are counted.
 */
#ifndef TKI_MODEL_REDACT_H
#define TKI_MODEL_REDACT_H

#include "base/mac.h"

enum tki_redact_action { TKI_DROP, TKI_MASK, TKI_HASH, TKI_REDACT_ACTIONS };
enum tki_redact_left { TKI_LEFT_KEYS, TKI_LEFT_STATES, TKI_REDACT_LEFT };

struct tki_redact;         /* the rules: read only once made, threads share it */
struct tki_redact_scratch; /* of one thread */

/* mac is borrowed; NULL refuses hash.  On an error *bad gets the index of the rule at fault. */
int tki_redact_new(struct tki_redact **r, const char *const *rules, size_t nrules, const struct tki_mac *mac,
                   size_t *bad, struct tk_err *err);
void tki_redact_free(struct tki_redact *r);
bool tki_redact_hashes(const char *rule); /* the rule is one of hashing and needs a key */

struct tki_redact_scratch *tki_redact_scratch_new(const struct tki_redact *r); /* NULL: out of memory */
void tki_redact_scratch_free(struct tki_redact_scratch *s);
/* Changes these spans of the batch in place (all when rows is NULL), and all resources and scopes: 0, TK_ENOMEM, or
 * TK_ELIMIT when a regular expression takes too many steps. */
int tki_redact_batch(const struct tki_redact *r, struct tki_redact_scratch *s, struct tk_batch *b, const uint32_t *rows,
                     size_t nrows);
/* Adds what was done since the last call to hits, by rule, and to done, by action; and what is left to left. */
void tki_redact_take(struct tki_redact_scratch *s, uint64_t *hits, uint64_t done[TKI_REDACT_ACTIONS],
                     uint64_t left[TKI_REDACT_LEFT]);

#endif
