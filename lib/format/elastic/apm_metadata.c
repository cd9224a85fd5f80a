#include "format/elastic/apm.h"
#include "format/js/scan.h"

static const char key[] = "\"metadata\"";
enum { KEY_N = sizeof key - 1 };

static const char *back(const char *start, const char *p)
{
    while (p > start && strchr(" \t\r\n", p[-1]) && p[-1])
        p--;
    return p;
}

/* Returns where the document begins whose first key is at p, or NULL when no document begins there.  Only the first of
 * an object inside another follows a comma, a colon or an open bracket. */
static const char *document_at(const char *start, const char *p, const char *end)
{
    const char *colon = tki_json_ws(p + KEY_N, end), *bracket = back(start, p);
    if (colon >= end || *colon != ':' || bracket == start || *--bracket != '{')
        return NULL;
    const char *before = back(start, bracket);
    return before == start || !strchr(",:[{", before[-1]) ? bracket : NULL;
}

tk_str tki_apm_metadata(tk_str text)
{
    const char *end = text.p + text.n, *p = text.p;
    tk_str found = {0};
    while (p < end && (p = memmem(p, (size_t)(end - p), key, KEY_N))) {
        const char *at = document_at(text.p, p, end);
        const char *to = at ? tki_json_skip_value(at, end) : NULL;
        if (to)
            found = (tk_str){at, (size_t)(to - at)};
        p = to ? to : p + KEY_N;
    }
    return found;
}
