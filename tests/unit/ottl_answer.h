/* ottl_answer.h - what a condition of OTTL answers for the first span of a batch. */
#ifndef TEST_OTTL_ANSWER_H
#define TEST_OTTL_ANSWER_H

#include "base/arena.h"
#include "expr/ottl/ottl.h"

/* t true, f false, e an error, r refused, u not replayed, ? anything else; so, too, when it is another answer with what
 * was remembered of the span. */
static inline char ottl_answer(const struct tk_batch *b, tk_str text, struct tki_ottl_rules rules)
{
    struct tki_arena arena = {0}, memory = {0};
    struct tki_ottl_set set = {0};
    struct tki_ottl *c;
    struct tk_err err = {0};
    struct tki_at at = {.b = b, .event = TK_NONE, .link = TK_NONE};
    int rc = tki_ottl_open(&c, text, TKI_OTTL_SPAN, rules, &set, &arena, &err);
    char said = rc == TK_EUSAGE ? 'r' : rc == TK_EUNSUPPORTED ? 'u' : '?';
    if (rc == 0) {
        struct tki_ottl_run r = {.at = &at, .fields = set.field, .memory = &memory};
        r.regex = tki_regex_scratch_new();
        rc = tki_ottl_test(c, &r);
        said = rc == 1 ? 't' : rc == 0 ? 'f' : rc == TKI_OTTL_FAULT ? 'e' : rc == TK_EUNSUPPORTED ? 'u' : '?';
        if (tki_ottl_remember(&r, &set) == 0) {
            tki_ottl_begin(&r);
            said = tki_ottl_test(c, &r) == rc ? said : '?';
        }
        tki_ottl_forget(&r);
        tki_regex_scratch_free(r.regex);
        tki_ottl_close(c);
    }
    tki_ottl_set_free(&set);
    tki_arena_free(&memory);
    tki_arena_free(&arena);
    return said;
}

#endif
