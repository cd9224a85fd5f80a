/* Values of OTTL, held to what the collector's own package answered, release by release: testdata/ottl/values.tsv. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ottl_answer.h"
#include "tap.h"
#include "tracekit.h"

enum { LINE_MAX_BYTES = 4096 };
static const unsigned releases[] = {130, 144, 161, 165};
enum { RELEASES = sizeof releases / sizeof *releases };

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
            got[i] = ottl_answer(b, text, (struct tki_ottl_rules){.release = releases[i]});
        ok(memcmp(got, line, RELEASES) == 0, "%.*s is %.*s, and is %s", (int)text.n, text.p, RELEASES, line, got);
    }
    fclose(f);
    tk_reader_close(r);
    return done_testing();
}
