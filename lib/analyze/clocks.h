/* clocks.h - by how much the clocks of hosts differ, seen in calls between them.
 *
 * When a span on host h calls one on host k and waits for it, the callee lies within the caller, so that the
 * offset o of k's clock against h's is bounded:
 *
 *     callee.end - caller.end  <=  o  <=  callee.start - caller.start
 *
 * One call tells little; many calls of a pair of hosts tell its offset: the median of the middles of these
 * bounds, moved as little as possible where all bounds have a value in common.
 *
 * Messages tell less, since a consumer may begin at any time after its producer did.  A consumer that has ended before
 * its message was sent shows that clocks differ; where messages go both ways the offset lies between
 *
 *     -min(consumer.start - producer.start), of those to h  <=  o  <=  min(consumer.start - producer.start), of those
 * to k
 *
 * and the middle is taken, as if the fastest message took as long in both ways.  Where they go one way only the offset
 * is at least that, and no time is moved for it.  Where there are enough calls messages are not asked.
 */
#ifndef TKI_ANALYZE_CLOCKS_H
#define TKI_ANALYZE_CLOCKS_H

#include "base/map.h"

enum {
    TKI_CLOCK_CALLS = 10, /* a pair with fewer calls is not judged */
    TKI_CLOCK_SHARE = 20, /* nor one where fewer than 1 in 20 calls leave their caller's window */
    TKI_CLOCK_SAMPLE = 128,
    TKI_CLOCK_PAIRS = 1 << 14,
};

enum tki_pair_state {
    TKI_PAIR_UNKNOWN, /* too few calls */
    TKI_PAIR_STEADY,  /* no offset to be seen */
    TKI_PAIR_OFFSET,  /* one offset explains the calls */
    TKI_PAIR_DRIFT,   /* calls leave their callers' windows, and no single offset explains that */
    TKI_PAIR_EARLY,   /* messages are received before they are sent, and none comes back */
};

struct tki_bounds {
    uint64_t rank;
    int64_t low_ns, high_ns;
};

struct tki_pair {
    uint32_t host[2]; /* numbers of hosts, the smaller first */
    uint64_t calls;
    uint64_t outside;        /* of them: the callee left the caller's window */
    int64_t low_ns, high_ns; /* the bounds that all calls have in common; low > high: none */
    int64_t offset_ns;       /* of host[1]'s clock against host[0]'s: with TKI_PAIR_OFFSET, else 0 */
    uint8_t state;           /* enum tki_pair_state, after tki_clocks_finish */
    struct tki_bounds *sample;
    uint32_t nsample, cap;
    uint64_t rank_max; /* calls of a higher rank are left out of the sample */
    /* Of messages: to host[0], to host[1].  early: the consumer had ended before its message was sent. */
    uint64_t messages[2], early[2];
    int64_t least_ns[2]; /* from the begin of a producer to that of its consumer; below 0 the consumer was first */
    bool by_messages;    /* they decided the state */
};

struct tki_clocks {
    struct tki_symtab hosts;
    struct tki_idmap index; /* pairs of hosts, as ids: numbers of pairs */
    struct tki_pair *pair;
    uint32_t npairs, cap;
    uint64_t passed_over; /* calls of pairs beyond TKI_CLOCK_PAIRS */
    uint32_t *host_of;    /* scratch: by resource of a trace */
    size_t hosts_cap;
};

/* The host of a resource as Jaeger has it: host.id, else host.ip, a text or the first of a list, else host.name; ""
 * when there is none, or when the first that is there is empty or no text. */
tk_str tki_host_of(const struct tk_batch *b, uint32_t resource);
/* Likewise, and where none is named what comes closest to one: the host a Jaeger or Zipkin client gives, the
 * node, pod or container, the instance of the service, at last the service.  "" only when nothing is said. */
tk_str tki_machine_of(const struct tk_batch *b, uint32_t resource);

/* Adds the calls and the messages of a trace.  TK_ENOMEM. */
int tki_clocks_add(struct tki_clocks *c, const struct tk_batch *b, const struct tk_tree *tree);
/* Judges all pairs; once, after the last call. */
void tki_clocks_finish(struct tki_clocks *c);
/* The pair's spans that show that its clocks differ. */
uint64_t tki_pair_outside(const struct tki_pair *p);
/* The number of a host, or TKI_MAP_NONE: nothing was added of it. */
uint32_t tki_clocks_host(const struct tki_clocks *c, tk_str name);
/* The state of the pair and the offset of `to`'s clock against `from`'s, by their numbers. */
enum tki_pair_state tki_clocks_offset(const struct tki_clocks *c, uint32_t from, uint32_t to, int64_t *offset_ns);
void tki_clocks_free(struct tki_clocks *c);

#endif
