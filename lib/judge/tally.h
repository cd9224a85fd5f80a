/* tally.h - what the files of lib/judge share: counts of each rule by service, and the list of findings. */
#ifndef TKI_JUDGE_TALLY_H
#define TKI_JUDGE_TALLY_H

#include "base/map.h"
#include "judge/judge.h"

struct tki_tally { /* of a rule and a service */
    uint64_t seen, hit, traces;
    uint64_t last; /* private: the number of the last trace that has a hit */
    tk_id128 trace;
    uint64_t span, first_ns, last_ns;
    tk_str place;
};

struct tki_service {
    uint64_t spans, internal, called; /* called: spans whose parent is another service's */
    bool tiny;                        /* SPA-005 by the letter: all services of the trace, all kinds */
    bool routes;                      /* has server spans with a route */
    bool kubernetes;
};

struct tki_tallies {
    struct tki_arena arena; /* texts of findings */
    struct tki_symtab services;
    struct tki_service *service;
    struct tki_tally *tally; /* [service * TKI_RULES + rule] */
    uint32_t service_cap, tally_cap;
    uint64_t traces, passed_over;
    uint32_t *of_row; /* the services of the trace that is looked at; TKI_MAP_NONE: beyond the limit */
    uint32_t row_cap;
    struct tki_judgement *found;
    size_t nfound, found_cap;
    struct tki_judgement scratch; /* where findings go when memory ended */
    bool failed;                  /* sticky: out of memory */
};

/* Numbers the services of the trace's rows. */
void tki_tallies_trace(struct tki_tallies *t, const struct tk_batch *b);
struct tki_tally *tki_tallies_at(const struct tki_tallies *t, uint32_t service, enum tki_rule_id rule);
/* n things that the rule looked at in the row's service, of which `hit` fail; place is copied when it is the first. */
void tki_tallies_add(struct tki_tallies *t, const struct tk_batch *b, uint32_t row, enum tki_rule_id rule,
                     uint64_t seen, uint64_t hit, tk_str place);
/* A new finding with nothing but its rule and service; never NULL. */
struct tki_judgement *tki_judgement_new(struct tki_tallies *t, enum tki_rule_id rule, uint32_t service);
__attribute__((format(printf, 2, 3))) tk_str tki_tallies_print(struct tki_tallies *t, const char *format, ...);
tk_str tki_tallies_copy(struct tki_tallies *t, tk_str s);
/* "12 of 400 SPANS FAIL": the message of a rule, from its row of the table. */
void tki_judgement_say(struct tki_tallies *t, struct tki_judgement *j);
void tki_tallies_free(struct tki_tallies *t);

#define TKI_CUT(s) (int)((s).n < 120 ? (s).n : 120), (s).n ? (s).p : ""

#endif
