/* slow.h - which traces are slow: the one rule.
 *
 * The kind of a trace is its root operation: service and name of its root, the first span without a parent (by start,
 * end, id).  A trace is slow when it took more than twice the median of its kind, or when its root did: whoever waits
 * for the root does not wait for what the request leaves behind, and a queue that is always long would hide it.  Of
 * several roots all is waited for.  The median is the smallest duration that at least half of the weight of
 * the kind does not exceed.  A kind with fewer than five traces that have a duration has no slow ones, and neither have
 * traces without a root.  A limit that is given overrides the median.  The comparison of traces (compare/sides.c)
 * follows the same rule, after its repairs.
 *
 * Roots are looked at on the decoding threads (tki_kinds_look, pure) and taken in, in order (tki_kinds_take), beside a
 * ledger that the same groups were folded into.
 */
#ifndef TKI_MODEL_SLOW_H
#define TKI_MODEL_SLOW_H

#include "base/buf.h"
#include "model/ledger.h"

enum { TKI_SLOW_TRACES_MIN = 5 };
#define TKI_SLOW_TIMES 2.0

/* The roots of one batch, by group.  All zero is valid; the memory is used again. */
struct tki_kinds_part {
    struct tki_kinds_root {
        uint32_t row; /* of the batch; TK_NONE: no span of the group is a root */
        bool several;
    } * root;
    size_t cap;
};

struct tki_kinds {
    struct tki_ledger *ledger;
    size_t column;           /* struct tki_kind_row */
    struct tki_symtab names; /* "service", a zero byte, "name": strs[kind] */
    struct tki_buf scratch;
};

struct tki_kind_row {
    uint64_t start_ns, end_ns, span_id; /* of the root */
    uint32_t kind;                      /* number of the name plus 1; 0: no root came */
    bool several;                       /* roots: the whole trace stands for them */
};

struct tki_slow_rule {
    int64_t limit_ns; /* a trace is slow above it; 0: above `times` the median of its kind */
    double times;     /* 0: TKI_SLOW_TIMES */
};

/* Before the ledger's first row; the ledger is borrowed. */
void tki_kinds_init(struct tki_kinds *k, struct tki_ledger *ledger);
/* Each 0 or TK_ENOMEM.  Needs TK_NEED_NAME. */
int tki_kinds_look(struct tki_kinds_part *part, const struct tk_batch *b, const struct tki_groups *groups);
int tki_kinds_take(struct tki_kinds *k, const struct tki_kinds_part *part, const struct tk_batch *b,
                   const struct tki_groups *groups);
/* Adds what other spans of the trace say of its root. */
void tki_kinds_join(struct tki_kind_row *to, const struct tki_kind_row *more);
/* How long a trace took from the start to the end of its root; all of it, where it has several roots or none.  false:
 * it has no times. */
bool tki_kinds_duration(const struct tki_kinds *k, uint32_t row, int64_t *ns);
/* Above which durations the traces of a kind are slow.  INFINITY: none is, there are too few. */
struct tki_slow_limit {
    double whole_ns, root_ns;
    uint64_t by_root; /* traces that only their root makes slow */
};

/* limit[] of every kind.  0, TK_ENOMEM, TK_EIO. */
int tki_slow_limits(const struct tki_kinds *k, const struct tki_slow_rule *rule, struct tki_slow_limit *limit,
                    struct tk_err *err);
/* Sets slow[row] for every row of the ledger, and their number in *n.  0, TK_ENOMEM, TK_EIO. */
int tki_slow_find(const struct tki_kinds *k, const struct tki_slow_rule *rule, bool *slow, uint64_t *n,
                  struct tk_err *err);
void tki_kinds_part_free(struct tki_kinds_part *part);
void tki_kinds_free(struct tki_kinds *k);

#endif
