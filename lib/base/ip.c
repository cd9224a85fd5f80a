#include "base/ip.h"

#include <arpa/inet.h>

bool tki_parse_ip(tk_str s, unsigned char to[TKI_IP_BYTES])
{
    char text[INET6_ADDRSTRLEN];
    if (!s.n || s.n >= sizeof text || tki_str_find(s, 0))
        return false;
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    memset(to, 0, TKI_IP_BYTES);
    if (inet_pton(AF_INET, text, to + 12) != 1)
        return inet_pton(AF_INET6, text, to) == 1;
    to[10] = to[11] = 0xff;
    return true;
}
