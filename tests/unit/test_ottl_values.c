/* Values of OTTL, held to what the collector's own package answered, release by release: testdata/ottl/values.tsv. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expr/ottl/ottl.h"
#include "tap.h"
#include "tracekit.h"

enum { LINE_MAX_BYTES = 4096 };
static const unsigned releases[] = {130, 144, 161, 165};
enum { RELEASES = sizeof releases / sizeof *releases };

/* t true, f false, e an error, r refused, ? anything else; of an evaluation that remembers, and of one that does not.
 */
static char answer(const struct tk_batch *b, tk_str text, unsigned release)
{
    struct tki_arena arena = {0}, memory = {0};
    struct tki_ottl_set set = {0};
    struct tki_ottl *c;
    struct tk_err err = {0};
    struct tki_at at = {.b = b, .event = TK_NONE, .link = TK_NONE};
    int rc = tki_ottl_open(&c, text, TKI_OTTL_SPAN, (struct tki_ottl_rules){.release = release}, &set, &arena, &err);
    char said = rc == TK_EUSAGE ? 'r' : '?';
    if (rc == 0) {
        struct tki_ottl_run r = {.at = &at, .fields = set.field, .memory = &memory};
        r.regex = tki_regex_scratch_new();
        rc = tki_ottl_test(c, &r);
        said = rc == 1 ? 't' : rc == 0 ? 'f' : rc == TKI_OTTL_FAULT ? 'e' : '?';
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

int main(void)
{
    const char *top = getenv("TRACEKIT_TOP");
    char json[600], tsv[600], line[LINE_MAX_BYTES];
    const char *const paths[] = {json};
    struct tk_read_opts opts = {.needs = TK_NEED_ALL};
    struct tk_reader *r;
    struct tk_batch *b;
    struct tk_err err = {0};
    snprintf(json, sizeof json, "%s/testdata/ottl/values.json", top ? top : ".");
    snprintf(tsv, sizeof tsv, "%s/testdata/ottl/values.tsv", top ? top : ".");
    FILE *f = fopen(tsv, "r");
    if (!f || tk_reader_open(&r, paths, 1, &opts, &err) < 0 || tk_reader_next(r, &b) != 1) {
        printf("Bail out! %s or %s: %s\n", tsv, json, err.text);
        return 1;
    }
    while (fgets(line, sizeof line, f)) {
        tk_str text = {line + RELEASES + 1, strcspn(line, "\n") - RELEASES - 1};
        char got[RELEASES + 1] = "";
        for (int i = 0; i < RELEASES; i++)
            got[i] = answer(b, text, releases[i]);
        ok(memcmp(got, line, RELEASES) == 0, "%.*s is %.*s, and is %s", (int)text.n, text.p, RELEASES, line, got);
    }
    fclose(f);
    tk_reader_close(r);
    return done_testing();
}
