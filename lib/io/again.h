/* again.h - descriptors that others made non-blocking are waited for as if they were not. */
#ifndef TKI_IO_AGAIN_H
#define TKI_IO_AGAIN_H

#include <errno.h>
#include <poll.h>
#include <stdbool.h>

/* After a read or write that failed.  Returns true if the call should be tried again.  Waits until the events are
 * possible; errno is that of the call when it is not. */
static inline bool tki_io_again(int fd, short events)
{
    if (errno == EINTR)
        return true;
    if (errno != EAGAIN && errno != EWOULDBLOCK)
        return false;
    struct pollfd p = {.fd = fd, .events = events};
    while (poll(&p, 1, -1) < 0)
        if (errno != EINTR && errno != EAGAIN)
            return false;
    return true;
}

#endif
