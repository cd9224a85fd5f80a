/* Any text as a query: what is accepted prints to a text that is accepted and prints the same. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expr/traceql/query.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool print(tk_str text, struct tki_buf *to, struct tk_err *err)
{
    struct tki_query *q;
    if (tki_query_parse(&q, text, err) < 0)
        return false;
    tki_query_print(q, to);
    tki_query_free(q);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tki_buf once = {0}, twice = {0};
    struct tk_err err = {0};
    char *copy = malloc(size + 1); /* of the exact size, so that a read past its end is seen */
    if (!copy)
        abort();
    if (size)
        memcpy(copy, data, size);
    if (print((tk_str){copy, size}, &once, &err)) {
        /* Parentheses that the printer adds may be too many or the text too long. */
        bool again = print((tk_str){once.p, once.n}, &twice, &err);
        bool limit = !again && (err.code == TK_ELIMIT || strstr(err.text, "nested"));
        if (!limit && (!again || once.n != twice.n || memcmp(once.p, twice.p, once.n) != 0)) {
            fprintf(stderr, "fuzz: %.*s\nbecame %.*s\n%s\n", (int)once.n, once.p, (int)twice.n, twice.p ? twice.p : "",
                    err.text);
            abort();
        }
    } else {
        if (!err.text[0] || (err.has_offset && err.offset > size))
            abort();
    }
    tki_buf_free(&once);
    tki_buf_free(&twice);
    free(copy);
    return 0;
}
