/* Which key was meant by one that nothing has. */
#include <stdlib.h>
#include <string.h>

#include "field/nearest.h"
#include "tap.h"

static void nearest_is(const char *keys, const char *wanted, const char *want)
{
    struct tki_symtab t = {0};
    tk_str rest = tki_str(keys);
    while (rest.n) {
        const char *end = memchr(rest.p, ' ', rest.n);
        tk_str one = {rest.p, end ? (size_t)(end - rest.p) : rest.n};
        tki_symtab_put(&t, one);
        size_t taken = one.n + (end != NULL);
        rest = (tk_str){rest.p + taken, rest.n - taken};
    }
    tk_str got = tki_key_nearest(&t, tki_str(wanted));
    ok(tki_str_eq(got, tki_str(want)), "%s among `%.60s`: `%.*s`", wanted, keys, (int)got.n, got.n ? got.p : "");
    tki_symtab_free(&t);
}

int main(void)
{
    char long_key[300];
    nearest_is("http.urls url.full", "http.url", "url.full");
    nearest_is("http.url", "url.full", "http.url");
    nearest_is("client.address http.method", "net.peer.name", "client.address");
    nearest_is("client.address server.address", "net.peer.name", "server.address");
    nearest_is("a http.status_code", "httpStatusCode", "http.status_code");
    nearest_is("customer.tyer customer.tier", "customer.tiers", "customer.tier");
    nearest_is("order.id order.total", "order.totl", "order.total");
    nearest_is("order.id", "order.total", "");
    nearest_is("ab", "cd", "");
    nearest_is("b", "a", "");
    nearest_is("", "a", "");
    nearest_is("a", "", "");
    memset(long_key, 'k', sizeof long_key - 1);
    long_key[sizeof long_key - 1] = '\0';
    nearest_is("short", long_key, "");
    return done_testing();
}
