#include "format/js/time.h"

#include "base/time.h"

uint64_t tki_js_time(struct tki_js *j)
{
    uint64_t ns = 0;
    tki_js_peek(j);
    const char *at = j->p;
    tk_str s = tki_js_str(j);
    if (s.n && !j->error && !tki_parse_time(s, &ns)) {
        j->p = at;
        tki_js_fail(j, "expected a time like 2006-01-02T15:04:05.999999999Z");
    }
    return ns;
}
