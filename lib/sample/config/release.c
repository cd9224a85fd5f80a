#include "sample/config/release.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

unsigned tki_release_parse(const char *text)
{
    const char *p = text + (*text == 'v');
    bool whole = strncmp(p, "0.", 2) == 0; /* "157" is a minor number alone */
    p += whole ? 2 : 0;
    unsigned minor = 0;
    size_t digits = 0;
    for (; isdigit((unsigned char)*p) && digits < 4; digits++)
        minor = minor * 10 + (unsigned)(*p++ - '0');
    if (*p == '.' && whole)
        for (p++; isdigit((unsigned char)*p); p++)
            ;
    return digits && !*p ? minor : 0;
}
