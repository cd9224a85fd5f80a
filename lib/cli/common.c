#include <unistd.h>

#include "cli/opts.h"

const char *const tki_whens[] = {"auto", "always", "never", NULL};

unsigned tki_common_threads(const struct tki_common *c)
{
    if (c->threads_given)
        return (unsigned)c->threads;
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online < 1 ? 1 : online > 8 ? 8 : (unsigned)online;
}

void tki_common_read_opts(const struct tki_common *c, struct tk_read_opts *opts)
{
    *opts = (struct tk_read_opts){
        .format = c->from,
        .threads = tki_common_threads(c),
        .record_max = (size_t)c->record_max,
        .keep_going = c->keep_going,
    };
}

void tki_common_write_opts(const struct tki_common *c, struct tk_write_opts *opts)
{
    *opts = (struct tk_write_opts){
        .format = c->to,
        .compress = (int)c->compress,
        .threads = tki_common_threads(c),
    };
}

void tki_common_traces_opts(const struct tki_common *c, struct tk_traces_opts *opts)
{
    *opts = (struct tk_traces_opts){.memory_max = (size_t)c->memory};
}
