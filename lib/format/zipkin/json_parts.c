/* The parts of spans that versions 1 and 2 of Zipkin's JSON have both. */
#include "format/zipkin/json.h"

#define KEY(k, name) TKI_STR_IS(k, name)

void tki_zipkin_json_endpoint(struct tki_js *j, struct tki_zipkin_endpoint *e)
{
    tk_str k;
    if (!tki_js_object(j))
        return;
    while (tki_js_key(j, &k)) {
        if (KEY(k, "serviceName")) {
            e->service = tki_js_str(j);
        } else if (KEY(k, "ipv4")) {
            e->ipv4 = tki_js_str(j);
        } else if (KEY(k, "ipv6")) {
            e->ipv6 = tki_js_str(j);
        } else if (KEY(k, "port")) {
            int64_t port = tki_js_i64(j);
            e->port = port > 0 && port < 65536 ? (uint32_t)port : 0;
        } else {
            tki_js_drop(j, k, NULL);
        }
    }
}
