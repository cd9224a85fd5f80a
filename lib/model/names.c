/* The names of span kinds and status codes, once for all. */
#include "model/names.h"

static const struct name {
    const char *name, *title, *constant;
} kinds[] =
    {
        {"unspecified", "Unspecified", "SPAN_KIND_UNSPECIFIED"},
        {"internal", "Internal", "SPAN_KIND_INTERNAL"},
        {"server", "Server", "SPAN_KIND_SERVER"},
        {"client", "Client", "SPAN_KIND_CLIENT"},
        {"producer", "Producer", "SPAN_KIND_PRODUCER"},
        {"consumer", "Consumer", "SPAN_KIND_CONSUMER"},
},
  statuses[] = {
      {"unset", "Unset", "STATUS_CODE_UNSET"},
      {"ok", "Ok", "STATUS_CODE_OK"},
      {"error", "Error", "STATUS_CODE_ERROR"},
};

static_assert(sizeof kinds / sizeof *kinds == TKI_KIND_NAMES, "a name for each kind");
static_assert(sizeof statuses / sizeof *statuses == TKI_STATUS_NAMES, "a name for each status");

const char *tk_kind_name(unsigned kind)
{
    return kind < TKI_KIND_NAMES ? kinds[kind].name : NULL;
}

const char *tk_status_name(unsigned status)
{
    return status < TKI_STATUS_NAMES ? statuses[status].name : NULL;
}

const char *tki_kind_title(unsigned kind)
{
    return kind < TKI_KIND_NAMES ? kinds[kind].title : NULL;
}

const char *tki_kind_constant(unsigned kind)
{
    return kind < TKI_KIND_NAMES ? kinds[kind].constant : NULL;
}

const char *tki_status_constant(unsigned status)
{
    return status < TKI_STATUS_NAMES ? statuses[status].constant : NULL;
}

static int find(const struct name *names, int n, tk_str s)
{
    for (int i = 0; i < n; i++)
        if (tki_str_same_letters(s, tki_str(names[i].name)))
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
