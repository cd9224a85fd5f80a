/* misses.h - reads of a cache that are followed by what the cache is there to spare: a read of a cache, and right
 * behind it a call of something else, which the same operation makes behind that read only, and mostly does not make at
 * all, or whose answer it writes back.
 *
 * A cache is what spans say it is, by db.system or db.system.name: redis, valkey, memcached and the like; a read is an
 * operation, or a name, that begins with a word such as GET, MGET, HGET.  Calls that are always made behind the read,
 * and never written back, are the next step and no miss.  Memory: bounded numbers of places; those past them are
 * counted.
 */
#ifndef TKI_ANALYZE_MISSES_H
#define TKI_ANALYZE_MISSES_H

#include "analyze/facts.h"
#include "analyze/operations.h"

enum { TKI_MISSES_PLACES = 1 << 15 };

struct tki_miss {
    uint32_t parent, read, call; /* numbers of operations */
    uint64_t missed, written;    /* reads with the call right behind them; of these, with a write to the cache behind */
    uint64_t traces;             /* in which the calls take enough of the critical path */
    int64_t ns;                  /* in these */
    int64_t most_ns;             /* in the example, the first of those with most */
    tk_id128 trace;              /* the example */
    uint64_t span;               /* the call */
    uint32_t row[2];             /* of the trace that was added last: read and call, of those that take most */
    int64_t row_ns;
    uint64_t first_ns, last_ns; /* of such calls */
    uint64_t last;              /* private: the trace that was counted last */
    uint64_t reads, calls;      /* from tki_misses_find on: all of them below the parent */
};

struct tki_misses { /* all zero is valid and empty */
    struct tki_operations ops;
    struct tki_idmap map; /* places: parent, read and call */
    struct tki_miss *miss;
    uint32_t cap;
    struct tki_idmap below; /* private: parent and operation; how often it is called there */
    uint64_t *times;
    uint32_t times_cap;
    uint64_t traces, passed_over; /* passed_over: places past a limit */
    struct tki_call_rows rows;    /* private */
};

enum { TKI_MISSES_FACTS = TKI_FACT_TREE | TKI_FACT_TIMES | TKI_FACT_CPATH };
/* Adds a trace, of which calls behind a read count that take min_ns.  TK_ENOMEM. */
int tki_misses_add(struct tki_misses *m, const struct tki_facts *f, int64_t min_ns);
/* Lists the places, in so many traces at least: those that take most first.  The caller frees the list.  NULL: out of
 * memory. */
struct tki_miss **tki_misses_find(struct tki_misses *m, uint64_t least_traces, size_t *n);
void tki_misses_reset(struct tki_misses *m);
void tki_misses_free(struct tki_misses *m);

#endif
