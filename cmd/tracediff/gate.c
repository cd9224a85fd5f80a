#include "gate.h"

#include <math.h>

#include "cli/quantity.h"
#include "parts.h"

#define ONE_SIDED_Z 1.6448536269514722 /* 95 % */

bool td_gate_parse(const char *text, struct td_gate *g)
{
    const char *more = strchr(text, '>');
    tk_str name = {text, more ? (size_t)(more - text) : 0};
    bool named = false;
    *g = (struct td_gate){.text = text};
    for (int i = 0; i < TKI_LEVELS && more; i++)
        if (tki_str_eq(name, tki_str(tki_level_name(i)))) {
            g->level = i;
            named = true;
        }
    if (!named)
        return false;
    tk_str limit = tki_str(more + 1);
    if (limit.n && limit.p[0] == '+')
        limit = (tk_str){limit.p + 1, limit.n - 1};
    return limit.n &&
           (limit.p[limit.n - 1] == '%' ? tki_share_parse(limit, &g->share) : tki_duration_parse(limit, &g->ns));
}

static double margin_of(const struct td_answer *a)
{
    const struct td_gate *g = &a->request->gate;
    return g->ns ? (double)g->ns : g->share * a->levels.level[g->level].ns[0];
}

enum td_passes td_gate_ask(const struct td_answer *a)
{
    const struct tki_level_diff *d = &a->levels.level[a->request->gate.level];
    double margin = margin_of(a);
    if (!d->known)
        return TD_UNKNOWN;
    if (d->diff_ns > margin && d->p <= 0.05)
        return TD_FAILS;
    return d->diff_ns + ONE_SIDED_Z * d->se_ns <= margin ? TD_PASSES : TD_UNKNOWN;
}

void td_say_gate(struct tki_doc *d, const struct td_answer *a)
{
    const struct td_gate *g = &a->request->gate;
    const struct tki_level_diff *x = &a->levels.level[g->level];
    static const char *const words[] = {"passes", "fails", "cannot be known"};
    if (!g->text)
        return;
    enum td_passes passes = td_gate_ask(a);
    tki_doc_say(d, "  --fail-on '%s' %s: ", g->text, words[passes]);
    if (!x->known) {
        tki_doc_say(d, "there are too few traces for %s.", tki_level_name(g->level));
        return;
    }
    tki_doc_say(d, "%s differs by ", tki_level_name(g->level));
    tki_doc_put(d, NULL, tki_d_signed(tki_d_mean_ns(x->diff_ns)));
    tki_doc_say(d, ", at most ");
    tki_doc_put(d, NULL, tki_d_signed(tki_d_mean_ns(margin_of(a))));
    tki_doc_say(d, " is allowed; ");
    tki_doc_put(d, NULL, tki_d_mean_ns(x->least_ns));
    tki_doc_say(d, " would have been seen.");
}
