/* Functions of OTTL, held to what the collector's own package answered: testdata/ottl/functions.tsv. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "model/batch.h"
#include "ottl_answer.h"
#include "tap.h"

enum { RELEASE = 161, LINE_MAX_BYTES = 1 << 16 };

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
        char got = ottl_answer(b, text, (struct tki_ottl_rules){RELEASE, true});
        ok(got == line[0], "%.*s is %c, and is %c", (int)text.n, text.p, line[0], got);
    }
    fclose(f);
    free(line);
    tk_batch_free(b);
    return done_testing();
}
