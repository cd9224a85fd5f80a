/* absent.h - what policies ask for and no trace of the dump has: attributes, an extent, a number of spans. */
#ifndef TKI_SAMPLE_ABSENT_H
#define TKI_SAMPLE_ABSENT_H

#include "base/map.h"
#include "model/ledger.h"
#include "sample/sampler.h"

enum { TKI_SEEN_MAX = 10000 };

struct tki_seen {
    struct tki_symtab keys; /* of spans and resources, up to TKI_SEEN_MAX */
    bool full;              /* there were more: nothing is known to be absent */
    tk_str late[256];       /* of keys, by what tki_hash_text says: those that were met lately */
};

/* The keys of the first n spans of a batch, and of their resources, that was decoded with TK_NEED_ATTRS and
 * TK_NEED_RESOURCE.  0 or TK_ENOMEM. */
int tki_seen_add(struct tki_seen *k, const struct tk_batch *b, uint32_t n);
int tki_seen_key(struct tki_seen *k, tk_str key); /* likewise, of one key */
void tki_seen_free(struct tki_seen *k);

struct tki_absent {
    tk_str key;     /* borrowed from the policy */
    tk_str nearest; /* borrowed from the keys; without bytes: none is near */
};
/* Returns true if the policy, or one inside it, reads an attribute: only then can one be absent. */
bool tki_policy_reads_attributes(const struct tki_policy *p);
/* The first attribute that the policy, or one inside it, reads and that was not seen.  Returns false if there is none.
 */
bool tki_absent_find(struct tki_absent *a, const struct tki_policy *p, const struct tki_seen *k);

struct tki_most tki_most_of(const struct tki_ledger *l);
/* Returns true, and says what the most is, if the policy, or one inside it, asks for more than any trace has. */
bool tki_policy_out_of_reach(struct tki_buf *to, const struct tki_policy *p, const struct tki_most *most);

#endif
