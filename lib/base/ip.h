/* ip.h - addresses of the Internet Protocol as text. */
#ifndef TKI_BASE_IP_H
#define TKI_BASE_IP_H

#include "base/str.h"

#define TKI_IP_BYTES 16
/* Into 16 bytes, an address of version 4 in its mapped form, ::ffff:10.0.0.1.  Returns false if the text is no address;
 * a zone or a port makes it none. */
bool tki_parse_ip(tk_str s, unsigned char to[TKI_IP_BYTES]);

#endif
