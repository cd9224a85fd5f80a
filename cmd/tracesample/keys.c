/* The keys of attributes that the dump has: policies that matched nothing may read one that nothing has. */
#include "base/buf.h"
#include "base/err.h"
#include "cli/msg.h"
#include "report/number.h"
#include "sample/consumer.h"
#include "tracesample.h"

/* Reading all attributes of a larger dump would take longer than judging it: of that only the first spans are read, and
 * what they lack is a hint, no part of the report.  (The reports of parts, merged, are that of the whole, and parts do
 * not tell which spans were the first.)  --lint reads all dumps. */
enum { KEYS_SPANS_MAX = 200000, FIRST_SPANS = 50000 };

/* So many policies are named in the hint. */
enum { HINTS_MAX = 3 };

bool ts_never_matched(const struct ts_run *run, uint32_t policy)
{
    static const enum tki_decision yes[] = {TKI_SAMPLED, TKI_INVERT_SAMPLED, TKI_DROPPED};
    const struct tki_policy_tally *t = &tki_replay_stats(run->replay)->policy[policy];
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        if (t->decided[yes[i]].traces)
            return false;
    return true;
}

/* Returns true if a policy that reads attributes never matched: which key may have been meant?  --lint asks it of the
 * parts of those that matched, too. */
static bool wants_keys(const struct ts_run *run)
{
    bool wanted = false;
    for (uint32_t i = 0; i < run->sampler.npolicies; i++)
        wanted = wanted || ((run->request->lint || ts_never_matched(run, i)) &&
                            tki_policy_reads_attributes(&run->sampler.policies[i]));
    return wanted;
}

struct reading {
    struct tki_seen *keys;
    uint64_t left; /* spans */
};

static int see_keys(void *ctx, struct tk_batch *b, const struct tki_groups *groups, void *part, int code,
                    struct tk_err *err)
{
    struct reading *r = ctx;
    (void)groups;
    (void)part;
    (void)code;
    uint32_t n = b->nspans < r->left ? b->nspans : (uint32_t)r->left;
    r->left -= n;
    if (tki_seen_add(r->keys, b, n) < 0)
        return tki_err_memory(err);
    return r->left == 0;
}

static int read_keys(struct ts_run *run, struct tki_seen *keys, uint64_t spans, struct tk_err *err)
{
    struct reading r = {keys, spans};
    return tki_pass_again(
        &run->pass, &(struct tki_consumer){.needs = TK_NEED_ATTRS | TK_NEED_RESOURCE, .ctx = &r, .fold = see_keys},
        err);
}

int ts_read_keys(struct ts_run *run, bool again, struct tk_err *err)
{
    bool all = run->request->lint || run->in.spans <= KEYS_SPANS_MAX;
    bool wanted = run->in.traces && wants_keys(run);
    if (run->merged)
        run->keys_read = run->keys_read && all && wanted;
    if (run->merged || !again || !wanted)
        return 0;
    /* The reader lists what is damaged in what it read last, so that a dump with damage is not left before its end. */
    bool damaged = run->pass.read_err.code || run->stats.records_skipped;
    if (!all)
        return run->request->partial || damaged ? 0 : read_keys(run, &run->first_keys, FIRST_SPANS, err);
    run->keys_read = true;
    return read_keys(run, &run->keys, UINT64_MAX, err);
}

void ts_hint_keys(const struct ts_run *run)
{
    char number[TKI_QUANTITY_MAX];
    struct tki_buf text = {0};
    uint64_t n = 0;
    for (uint32_t i = 0; run->first_keys.keys.n && i < run->sampler.npolicies; i++) {
        const struct tki_policy *p = &run->sampler.policies[i];
        struct tki_absent absent;
        if (!ts_never_matched(run, i) || !tki_absent_find(&absent, p, &run->first_keys) || n++ >= HINTS_MAX)
            continue;
        tki_buf_printf(&text, "%s%.*s (policy %.*s", n > 1 ? ", " : "", (int)absent.key.n, absent.key.p, (int)p->name.n,
                       p->name.p);
        if (absent.nearest.n)
            tki_buf_printf(&text, "; there is %.*s", (int)absent.nearest.n, absent.nearest.p);
        tki_buf_lit(&text, ")");
    }
    if (n > HINTS_MAX)
        tki_buf_printf(&text, ", and what %s more %s read", tki_count_format(number, n - HINTS_MAX),
                       tki_plural(n - HINTS_MAX, "policy", "policies"));
    if (n && text.err)
        tki_msg("out of memory");
    else if (n)
        tki_msg("among the keys of the first %s spans there is no %.*s", tki_count_format(number, FIRST_SPANS),
                (int)text.n, text.p);
    tki_buf_free(&text);
}
