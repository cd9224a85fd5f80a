/* Functions of OTTL, held to what the collector's own package answered: testdata/ottl/functions.tsv. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "expr/ottl/ottl.h"
#include "model/batch.h"
#include "tap.h"

enum { RELEASE = 161, LINE_MAX_BYTES = 1 << 16 };

/* t true, f false, e an error, r refused, u not replayed, ? anything else. */
static char answer(const struct tk_batch *b, tk_str text)
{
    struct tki_arena arena = {0}, memory = {0};
    struct tki_ottl_set set = {0};
    struct tki_ottl *c;
    struct tk_err err = {0};
    struct tki_at at = {.b = b, .event = TK_NONE, .link = TK_NONE};
    int rc = tki_ottl_open(&c, text, TKI_OTTL_SPAN, (struct tki_ottl_rules){RELEASE, true}, &set, &arena, &err);
    char said = rc == TK_EUSAGE ? 'r' : rc == TK_EUNSUPPORTED ? 'u' : '?';
    if (rc == 0) {
        struct tki_ottl_run r = {.at = &at, .fields = set.field, .memory = &memory};
        r.regex = tki_regex_scratch_new();
        rc = tki_ottl_test(c, &r);
        said = rc == 1 ? 't' : rc == 0 ? 'f' : rc == TKI_OTTL_FAULT ? 'e' : rc == TK_EUNSUPPORTED ? 'u' : '?';
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
    char path[600], *line = malloc(LINE_MAX_BYTES);
    struct tk_batch *b = tk_batch_new();
    snprintf(path, sizeof path, "%s/testdata/ottl/functions.tsv", top ? top : ".");
    FILE *f = fopen(path, "r");
    if (!f || !line || !b) {
        printf("Bail out! %s\n", path);
        return 1;
    }
    tk_batch_add_resource(b);
    tk_batch_add_scope(b);
    tk_batch_add_span(b);
    bool zones = access("/usr/share/zoneinfo/Europe/Berlin", R_OK) == 0;
    while (fgets(line, LINE_MAX_BYTES, f)) {
        tk_str text = {line + 2, strcspn(line, "\n") - 2};
        if (!zones && strstr(line, "Time(")) {
            skip(1, "no zones of time on this machine");
            continue;
        }
        char got = answer(b, text);
        ok(got == line[0], "%.*s is %c, and is %c", (int)text.n, text.p, line[0], got);
    }
    fclose(f);
    free(line);
    tk_batch_free(b);
    return done_testing();
}
