/* Any text as a condition of OTTL, for a release that the first byte chooses: what opens is asked of a span, and
 * answers the same when the span's parts are remembered. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "expr/ottl/ottl.h"
#include "model/batch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int ask(const struct tki_ottl *c, const struct tki_ottl_set *set, const struct tk_batch *b, bool remember)
{
    struct tki_arena memory = {0};
    struct tki_at at = {.b = b, .event = TK_NONE, .link = TK_NONE};
    struct tki_ottl_run r = {.at = &at, .fields = set->field, .memory = &memory};
    r.regex = tki_regex_scratch_new();
    if (remember && tki_ottl_remember(&r, set) == 0)
        tki_ottl_begin(&r);
    int said = tki_ottl_test(c, &r);
    tki_ottl_forget(&r);
    tki_regex_scratch_free(r.regex);
    tki_arena_free(&memory);
    return said;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const unsigned releases[] = {165, 161, 153, 144, 130};
    static struct tk_batch *b;
    struct tki_arena arena = {0};
    struct tki_ottl_set set = {0};
    struct tki_ottl *c;
    struct tk_err err = {0};
    if (!b) {
        b = tk_batch_new();
        tk_batch_add_resource(b);
        tk_batch_add_scope(b);
        tk_batch_add_span(b);
    }
    if (size == 0)
        return 0;
    struct tki_ottl_rules rules = {releases[data[0] % (sizeof releases / sizeof *releases)], true};
    char *copy = malloc(size); /* of the exact size, so that a read past its end is seen */
    if (!copy)
        abort();
    memcpy(copy, data + 1, size - 1);
    if (tki_ottl_open(&c, (tk_str){copy, size - 1}, TKI_OTTL_SPAN, rules, &set, &arena, &err) == 0) {
        int once = ask(c, &set, b, false), again = ask(c, &set, b, true);
        if (once != again) {
            fprintf(stderr, "fuzz: %.*s is %d, and then %d\n", (int)(size - 1), copy, once, again);
            abort();
        }
        tki_ottl_close(c);
    } else if (!err.text[0] || (err.has_offset && err.offset > size)) {
        abort();
    }
    tki_ottl_set_free(&set);
    tki_arena_free(&arena);
    free(copy);
    return 0;
}
