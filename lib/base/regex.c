#define PCRE2_CODE_UNIT_WIDTH 8
#include "base/regex.h"

#include <pcre2.h>
#include <stdlib.h>

#include "base/err.h"

/* Steps before a match is given up.  RE2 is linear and never gives up, so reaching this is reported as an
 * error and never taken as "no match". */
#define MATCH_LIMIT   10000000
#define JIT_STACK_MAX (1024 * 1024)
/* Of the search that follows all alternatives at once, in ints: it needs room for the states of the expression. */
enum { STATES_FIRST = 4096, STATES_MAX = 1 << 20 };

struct tki_regex {
    pcre2_code *code;
    pcre2_code *at_once; /* the same for that search, which takes valid UTF-8 only; NULL: none */
};

struct tki_regex_scratch {
    pcre2_match_data *data;
    pcre2_match_data *groups; /* with room for the most groups asked for so far; NULL: none yet */
    pcre2_match_context *context;
    pcre2_jit_stack *stack;
};

static int compile_error(struct tk_err *err, int number)
{
    PCRE2_UCHAR text[160];
    if (pcre2_get_error_message(number, text, sizeof text) < 0)
        text[0] = '\0';
    return tki_err_set(err, TK_EUSAGE, "%s", (const char *)text);
}

#define OPTIONS   (PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_ALT_CIRCUMFLEX)
#define ANY_BYTES PCRE2_MATCH_INVALID_UTF

static int compile_text(pcre2_code **code, const struct tki_buf *b, uint32_t options, struct tk_err *err)
{
    pcre2_compile_context *context = pcre2_compile_context_create(NULL);
    if (!context)
        return tki_err_memory(err);
    pcre2_set_newline(context, PCRE2_NEWLINE_LF);
    int number;
    PCRE2_SIZE offset;
    *code = pcre2_compile((PCRE2_SPTR)(b->n ? b->p : ""), b->n, OPTIONS | options, &number, &offset, context);
    pcre2_compile_context_free(context);
    return *code ? 0 : compile_error(err, number);
}

static int take_code(struct tki_regex **re, pcre2_code *code, pcre2_code *at_once, struct tk_err *err)
{
    *re = malloc(sizeof **re);
    if (!*re) {
        pcre2_code_free(code);
        pcre2_code_free(at_once);
        return tki_err_memory(err);
    }
    (void)pcre2_jit_compile(code, PCRE2_JIT_COMPLETE); /* without it pcre2_match interprets: slower, the same */
    **re = (struct tki_regex){code, at_once};
    return 0;
}

int tki_regex_compile(struct tki_regex **re, const tk_str *exprs, size_t n, size_t *bad, struct tk_err *err)
{
    struct tki_buf all = {0};
    pcre2_code *code = NULL, *at_once = NULL;
    int rc = 0;
    *re = NULL;
    *bad = 0;
    /* Each alone first, so that an error names the right one and nothing leaks into its neighbour. */
    for (size_t i = 0; i < n && rc == 0; i++) {
        struct tki_buf one = {0};
        *bad = i;
        rc = tki_regex_translate(exprs[i], &one, err);
        if (rc == 0)
            rc = compile_text(&code, &one, ANY_BYTES | PCRE2_NO_AUTO_CAPTURE, err);
        pcre2_code_free(code);
        code = NULL;
        if (rc == 0) {
            tki_buf_put(&all, i ? "|(?:" : "(?:", i ? 4 : 3);
            tki_buf_put(&all, one.p, one.n);
            tki_buf_putc(&all, ')');
        }
        tki_buf_free(&one);
    }
    if (rc == 0 && all.err)
        rc = tki_err_memory(err);
    if (rc == 0)
        rc = compile_text(&code, &all, ANY_BYTES | PCRE2_NO_AUTO_CAPTURE, err);
    if (rc == 0 && (rc = compile_text(&at_once, &all, PCRE2_NO_AUTO_CAPTURE, err)) < 0)
        pcre2_code_free(code);
    tki_buf_free(&all);
    return rc < 0 ? rc : take_code(re, code, at_once, err);
}

int tki_regex_compile_groups(struct tki_regex **re, tk_str expr, struct tki_regex_groups *groups, struct tk_err *err)
{
    struct tki_buf b = {0};
    pcre2_code *code = NULL;
    *re = NULL;
    int rc = tki_regex_translate_groups(expr, true, &b, groups, err);
    if (rc == 0)
        rc = compile_text(&code, &b, ANY_BYTES, err);
    tki_buf_free(&b);
    return rc < 0 ? rc : take_code(re, code, NULL, err);
}

void tki_regex_free(struct tki_regex *re)
{
    if (!re)
        return;
    pcre2_code_free(re->code);
    pcre2_code_free(re->at_once);
    free(re);
}

struct tki_regex_scratch *tki_regex_scratch_new(void)
{
    struct tki_regex_scratch *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->data = pcre2_match_data_create(1, NULL);
    s->context = pcre2_match_context_create(NULL);
    s->stack = pcre2_jit_stack_create(32 * 1024, JIT_STACK_MAX, NULL); /* NULL where there is no JIT */
    if (!s->data || !s->context) {
        tki_regex_scratch_free(s);
        return NULL;
    }
    pcre2_set_match_limit(s->context, MATCH_LIMIT);
    if (s->stack)
        pcre2_jit_stack_assign(s->context, NULL, s->stack);
    return s;
}

void tki_regex_scratch_free(struct tki_regex_scratch *s)
{
    if (!s)
        return;
    pcre2_match_data_free(s->data);
    pcre2_match_data_free(s->groups);
    pcre2_match_context_free(s->context);
    pcre2_jit_stack_free(s->stack);
    free(s);
}

static int find(const struct tki_regex *re, tk_str subject, size_t from, struct tki_regex_scratch *s,
                pcre2_match_data *data)
{
    PCRE2_SPTR p = (PCRE2_SPTR)(subject.n ? subject.p : "");
    int rc = pcre2_match(re->code, p, subject.n, from, 0, data, s->context);
    if (rc == PCRE2_ERROR_JIT_STACKLIMIT)
        rc = pcre2_match(re->code, p, subject.n, from, PCRE2_NO_JIT, data, s->context);
    return rc >= 0 ? 1 : rc == PCRE2_ERROR_NOMATCH ? 0 : TK_ELIMIT;
}

int tki_regex_find(const struct tki_regex *re, tk_str subject, size_t from, struct tki_regex_scratch *s, size_t *start,
                   size_t *end)
{
    int found = find(re, subject, from, s, s->data);
    if (found > 0) {
        const PCRE2_SIZE *at = pcre2_get_ovector_pointer(s->data);
        *start = at[0];
        *end = at[1];
    }
    return found;
}

int tki_regex_find_groups(const struct tki_regex *re, tk_str subject, struct tki_regex_scratch *s, size_t *at,
                          uint32_t n)
{
    if (!s->groups || pcre2_get_ovector_count(s->groups) <= n) {
        pcre2_match_data_free(s->groups);
        s->groups = pcre2_match_data_create(n + 1, NULL);
        if (!s->groups)
            return TK_ENOMEM;
    }
    int found = find(re, subject, 0, s, s->groups);
    if (found > 0)
        memcpy(at, pcre2_get_ovector_pointer(s->groups), 2 * ((size_t)n + 1) * sizeof *at);
    return found;
}

/* Whether there is a match, without trying one alternative after the other: no expression takes steps without end.  It
 * is some ten times slower for the usual ones. */
static int match_at_once(const struct tki_regex *re, tk_str subject, struct tki_regex_scratch *s)
{
    for (size_t n = STATES_FIRST; n <= STATES_MAX; n *= 4) {
        int *states = malloc(n * sizeof *states);
        if (!states)
            return TK_ENOMEM;
        int rc = pcre2_dfa_match(re->at_once, (PCRE2_SPTR)subject.p, subject.n, 0, PCRE2_DFA_SHORTEST, s->data, NULL,
                                 states, n);
        free(states);
        if (rc >= 0 || rc == PCRE2_ERROR_NOMATCH)
            return rc >= 0;
        if (rc != PCRE2_ERROR_DFA_WSSIZE)
            break;
    }
    return TK_ELIMIT;
}

int tki_regex_match(const struct tki_regex *re, tk_str subject, struct tki_regex_scratch *s)
{
    size_t start, end;
    int found = tki_regex_find(re, subject, 0, s, &start, &end);
    return found == TK_ELIMIT && re->at_once ? match_at_once(re, subject, s) : found;
}
