/* The names of span kinds and status codes, once for all. */
#include "model/names.h"

#include <strings.h>

static const char *const kinds[] = {"unspecified", "internal", "server", "client", "producer", "consumer"};
static const char *const statuses[] = {"unset", "ok", "error"};

static_assert(sizeof kinds / sizeof *kinds == TKI_KIND_NAMES, "a name for each kind");
static_assert(sizeof statuses / sizeof *statuses == TKI_STATUS_NAMES, "a name for each status");

const char *tk_kind_name(unsigned kind)
{
    return kind < TKI_KIND_NAMES ? kinds[kind] : NULL;
}

const char *tk_status_name(unsigned status)
{
    return status < TKI_STATUS_NAMES ? statuses[status] : NULL;
}

static int find(const char *const *names, int n, tk_str s)
{
    for (int i = 0; i < n; i++)
        if (s.n == strlen(names[i]) && strncasecmp(names[i], s.p, s.n) == 0)
            return i;
    return -1;
}

int tki_kind_find(tk_str name)
{
    return find(kinds, TKI_KIND_NAMES, name);
}

int tki_status_find(tk_str name)
{
    return find(statuses, TKI_STATUS_NAMES, name);
}
