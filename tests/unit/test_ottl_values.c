/* Values of OTTL, held to what the collector's own package answered, release by release: the files of testdata/ottl. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ottl_answer.h"
#include "tap.h"
#include "tracekit.h"

enum { LINE_MAX_BYTES = 4096 };
static const unsigned releases[] = {130, 144, 161, 165};
enum { RELEASES = sizeof releases / sizeof *releases };

static void hold_to(const struct tk_batch *b, const char *top, const char *name)
{
    char path[600], line[LINE_MAX_BYTES];
    snprintf(path, sizeof path, "%s/testdata/ottl/%s", top, name);
    FILE *f = fopen(path, "r");
    ok(f, "%s is there", path);
    while (f && fgets(line, sizeof line, f)) {
        tk_str text = {line + RELEASES + 1, strcspn(line, "\n") - RELEASES - 1};
        char got[RELEASES + 1] = "";
        for (int i = 0; i < RELEASES; i++)
            got[i] = ottl_answer(b, text, (struct tki_ottl_rules){.release = releases[i]});
        ok(memcmp(got, line, RELEASES) == 0, "%.*s is %.*s, and is %s", (int)text.n, text.p, RELEASES, line, got);
    }
    if (f)
        fclose(f);
}

int main(void)
{
    const char *top = getenv("TRACEKIT_TOP");
    char json[600];
    const char *const paths[] = {json};
    struct tk_read_opts opts = {.needs = TK_NEED_ALL};
    struct tk_reader *r;
    struct tk_batch *b;
    struct tk_err err = {0};
    top = top ? top : ".";
    snprintf(json, sizeof json, "%s/testdata/ottl/values.json", top);
    if (tk_reader_open(&r, paths, 1, &opts, &err) < 0 || tk_reader_next(r, &b) != 1) {
        printf("Bail out! %s: %s\n", json, err.text);
        return 1;
    }
    hold_to(b, top, "values.tsv");
    hold_to(b, top, "agents.tsv");
    hold_to(b, top, "xml.tsv");
    tk_reader_close(r);
    return done_testing();
}
