/* regex.h - regular expressions with the meaning that Go's regexp package (RE2 syntax) gives them.
 *
 * An expression is read by the rules of RE2, refused where RE2 refuses it (look-around, back-references,
 * possessive and atomic groups, counts above 1000, stacked repetitions), and written again for PCRE2 so that
 * every construct means the same: `$` only at the end of the text, `\s` without the vertical tab, `\v` one
 * character, `\pX` by script and category.  Nothing is captured but where groups are asked for; RE2 and PCRE2 both take
 * the alternatives in their order, so that they agree on what matches and on what groups hold.
 *
 * A compiled expression is shared between threads; a scratch belongs to one thread.
 */
#ifndef TKI_BASE_REGEX_H
#define TKI_BASE_REGEX_H

#include "base/buf.h"

struct tki_regex;
struct tki_regex_scratch;

/* Matches when any of the expressions does.  On an error *bad gets the index of the expression at fault. */
int tki_regex_compile(struct tki_regex **re, const tk_str *exprs, size_t n, size_t *bad, struct tk_err *err);
void tki_regex_free(struct tki_regex *re);

struct tki_regex_scratch *tki_regex_scratch_new(void); /* NULL: out of memory */
void tki_regex_scratch_free(struct tki_regex_scratch *s);

/* 1: matches somewhere; 0: nowhere; TK_ELIMIT: given up after too many steps, so the answer is not known.  What takes
 * too many steps by backtracking is asked again of a search that has none, as RE2's has none; only subjects that are
 * not valid UTF-8, and expressions of very many states, are then given up. */
int tki_regex_match(const struct tki_regex *re, tk_str subject, struct tki_regex_scratch *s);
/* From a byte on, and where: the first match, as Go's FindIndex has it.  1, 0, or TK_ELIMIT after too many steps. */
int tki_regex_find(const struct tki_regex *re, tk_str subject, size_t from, struct tki_regex_scratch *s, size_t *start,
                   size_t *end);

struct tki_regex_groups { /* the groups of an expression that capture, from the first one on */
    tk_str *name;         /* empty: none; owned array of borrowed texts */
    uint32_t n, cap;
};

/* One expression whose groups can be asked for.  The texts of groups are the expression's; free groups->name in any
 * case. */
int tki_regex_compile_groups(struct tki_regex **re, tk_str expr, struct tki_regex_groups *groups, struct tk_err *err);
/* The first match: at[0] and at[1] are where it begins and ends, at[2 * i] and at[2 * i + 1] those of group i from 1
 * on, SIZE_MAX for a group that took no part; n: how many groups there are.  As tki_regex_match. */
int tki_regex_find_groups(const struct tki_regex *re, tk_str subject, struct tki_regex_scratch *s, size_t *at,
                          uint32_t n);

/* Writes the expression for PCRE2: for tki_regex_compile and its tests.  keep: groups capture. */
int tki_regex_translate_groups(tk_str expr, bool keep, struct tki_buf *out, struct tki_regex_groups *groups,
                               struct tk_err *err);
int tki_regex_translate(tk_str expr, struct tki_buf *out, struct tk_err *err);

#endif
