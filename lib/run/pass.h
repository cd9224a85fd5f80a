/* pass.h - one reading of a dump for several consumers, over one ledger.
 *
 *   reader -> select -> groups -> work of each consumer      on the decoding threads, batch by batch
 *          -> fold into the ledger, fold of each consumer    in order, on the caller's thread
 *
 * A consumer says what must be decoded, what it does with a batch on any thread (work: pure, into its own part), and
 * how a part is taken in, in order (fold).  Several samplers, a meter and a summary are consumers of one reading.
 * Results do not depend on the number of threads, because nothing is shared before fold.
 *
 * How a reading ended is part of its result: tki_pass_read asks the reader, always, and so does a second reading
 * (tki_pass_again), of which the reader says whether the input was what it had been.
 *
 * A pass belongs to one thread.  All zero is valid.
 */
#ifndef TKI_RUN_PASS_H
#define TKI_RUN_PASS_H

#include "base/map.h"
#include "model/ledger.h"

struct tki_consumer {
    unsigned needs;     /* enum tk_need; TK_NEED_WEIGHT is added when there is a ledger */
    const tk_str *keys; /* of span attributes that it reads, with TK_NEED_ATTRS; borrowed */
    size_t nkeys;       /* 0 with TK_NEED_ATTRS: all */
    bool copies;        /* of tki_pass_again, and `only`: see struct tki_reader_ask */
    const struct tki_idmap *only;
    void *ctx;
    /* Called on the thread that decoded the batch.  groups: the selected spans by trace; NULL without a ledger.
     * *part is this consumer's memory of the batch's slot, NULL at first.  0 or a negative code; what it means is
     * fold's to say.  NULL: no work. */
    int (*work)(void *ctx, struct tk_batch *b, const struct tki_groups *groups, void **part);
    void (*part_free)(void *part); /* NULL: free() */
    /* Called in order.  code: what work returned.  groups->ledger_row is filled.  0 or negative with *err. */
    int (*fold)(void *ctx, struct tk_batch *b, const struct tki_groups *groups, void *part, int code,
                struct tk_err *err);
};

enum { TKI_PASS_CONSUMERS = 16 };

struct tki_pass {
    struct tki_ledger *ledger; /* NULL: none is kept */
    struct tki_consumer consumer[TKI_PASS_CONSUMERS];
    size_t nconsumers;
    /* Which spans count: writes their rows and returns their number.  Pure; NULL: all.  in_order: called in order
     * instead, before the work, on the caller's thread; then it may count. */
    size_t (*select)(void *ctx, const struct tk_batch *b, uint32_t *rows);
    void *select_ctx;
    bool in_order;
    void (*tick)(void *ctx, const struct tk_read_stats *stats); /* after each batch, for progress; NULL: none */
    void *tick_ctx;

    /* What the reading has shown. */
    struct tk_reader *reader;
    struct tk_err read_err; /* code 0: every input was read to its end */
    uint64_t spans;         /* that the first reading delivered */

    /* private */
    struct tk_read_opts opts;
    tk_str *keys;
    void *part; /* of in_order */
};

/* Adds a consumer (copied); returns false when there are TKI_PASS_CONSUMERS already. */
bool tki_pass_add(struct tki_pass *p, const struct tki_consumer *c);
/* Opens the reader for what the consumers need together.  opts: format, threads, limits; its needs, keys and work are
 * set here.  again: tki_pass_again will be called. */
int tki_pass_open(struct tki_pass *p, const char *const *paths, size_t npaths, const struct tk_read_opts *opts,
                  bool again, struct tk_err *err);
/* Reads to the end.  0: p->read_err says how the reading ended; what came before a fault was taken in.  Negative: a
 * consumer failed, or memory ran out; *err says. */
int tki_pass_read(struct tki_pass *p, struct tk_err *err);
/* Reads everything once more, for this consumer alone, which gets no groups; its work runs before its fold, on the
 * caller's thread.  Its fold may return 1: that was enough, and the rest is not read.  A fault that the first reading
 * met as well is not told again; another one, and that the input is not what it was, is left in p->read_err. */
int tki_pass_again(struct tki_pass *p, const struct tki_consumer *c, struct tk_err *err);
/* Counts what only the raw views of a batch hold: it is left out by who reads with TK_NEED_COPY and writes no spans. */
void tki_pass_count_beyond(const struct tk_batch *b, struct tk_notes *notes);
void tki_pass_close(struct tki_pass *p); /* the reader too; the ledger is the caller's */

#endif
