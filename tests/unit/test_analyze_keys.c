/* Names without their identifiers, keys, paths, and what happens at the limits. */
#include "compare/keys.h"
#include "make_trace.h"
#include "tap.h"

static void test_names(void)
{
    static const char *const names[][2] = {
        {"GET /users/42", "GET /users/*"},
        {"GET /users/42/orders/7?page=3", "GET /users/*/orders/*?page=3"},
        {"GET /api/v1/users", "GET /api/v1/users"},
        {"GET /1.0/keys", "GET /1.0/keys"},
        {"order 5f3a9c1e77", "order *"},
        {"order_5f3a9c1e77_x", "order_*_x"},
        {"feedface deadbeef", "feedface deadbeef"},
        {"job 550e8400-e29b-41d4-a716-446655440000 done", "job * done"},
        {"550e8400-e29b-41d4-a716-44665544000", "*-e29b-41d4-a716-*"},
        {"batch123456x", "batch*x"},
        {"batch12345x", "batch12345x"},
        {"20261121", "*"},
        {"SELECT * FROM t", "SELECT * FROM t"},
        {"/", "/"},
        {"", ""},
        {"\xc3\xa9t\xc3\xa9 12345678", "\xc3\xa9t\xc3\xa9 *"},
        {"12", "12"},
        {"/12", "/*"},
    };
    struct tki_buf b = {0};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        tki_buf_reset(&b);
        tki_normalize_name(&b, text(names[i][0]));
        ok(tki_str_eq((tk_str){b.p, b.n}, text(names[i][1])), "\"%s\" is \"%s\"", names[i][0], names[i][1]);
    }
    tki_buf_free(&b);
}

static void test_keys(void)
{
    struct tki_keys k;
    ok(tki_keys_init(&k, true, 4) == 0 && k.n == 1, "a table of keys knows \"other\"");
    uint32_t a = tki_keys_put(&k, text("s"), TK_KIND_SERVER, text("GET /users/1"));
    ok(a == 1 && tki_keys_put(&k, text("s"), TK_KIND_SERVER, text("GET /users/2")) == a, "normalised names are one");
    ok(tki_keys_put(&k, text("s"), TK_KIND_CLIENT, text("GET /users/2")) == 2, "another kind is another key");
    ok(tki_keys_put(&k, text("t"), TK_KIND_SERVER, text("GET /users/2")) == 3, "so is another service");
    ok(tki_keys_put(&k, text("t"), TK_KIND_SERVER, text("x")) == TKI_KEY_OTHER && k.dropped == 1,
       "past the limit: other");
    ok(tki_keys_put(&k, text("s"), TK_KIND_CLIENT, text("GET /users/9")) == 2 && k.dropped == 1,
       "known ones are still found");
    ok(tki_keys_put(&k, text("t"), TK_KIND_SERVER, text("x")) == TKI_KEY_OTHER && k.dropped == 2,
       "each span past the limit is counted");
    ok(tki_keys_put(&k, text("sGET"), TK_KIND_SERVER, text(" /users/1")) != a, "where the service ends counts");
    ok(k.key[1].of == k.key[2].of && k.key[1].of != k.key[3].of, "services are numbered");
    ok(tki_str_eq(k.key[3].service, text("t")) && tki_str_eq(k.key[3].name, text("GET /users/*")) &&
           k.key[3].kind == TK_KIND_SERVER,
       "the parts of a key");
    struct tki_keys raw;
    tki_keys_init(&raw, false, 0);
    a = tki_keys_put(&raw, text(""), 0, text("GET /users/1"));
    ok(a != tki_keys_put(&raw, text(""), 0, text("GET /users/2")), "names as they are");
    tki_keys_free(&raw);
    tki_keys_free(&k);
}

static void test_paths(void)
{
    struct tki_keys k;
    struct tki_paths p;
    tki_keys_init(&k, true, 0);
    ok(tki_paths_init(&p, 6) == 0 && p.n == TKI_PATH_FIRST, "a table of paths");
    uint32_t a = tki_keys_put(&k, text("s"), 0, text("a")), b = tki_keys_put(&k, text("s"), 0, text("b"));
    uint32_t pa = tki_paths_put(&p, &k, TK_NONE, a), pab = tki_paths_put(&p, &k, pa, b);
    uint32_t paa = tki_paths_put(&p, &k, pa, a), pb = tki_paths_put(&p, &k, TK_NONE, b);
    ok(pa == 2 && pab == 3 && paa == 4 && pb == 5, "numbered as they come");
    ok(tki_paths_put(&p, &k, pa, b) == pab, "found again");
    ok(tki_paths_put(&p, &k, pab, b) == TKI_PATH_OTHER && p.dropped == 1, "past the limit: other");
    ok(tki_paths_put(&p, &k, TKI_PATH_OTHER, b) == TKI_PATH_OTHER && p.dropped == 2, "and so is all below it");
    ok(p.path[pab].depth == 2 && p.path[pab].hash != p.path[paa].hash, "depth and hash");
    ok(tki_path_cmp(&p, &k, pa, pab) < 0 && tki_path_cmp(&p, &k, pab, paa) > 0 && tki_path_cmp(&p, &k, pab, pb) < 0 &&
           tki_path_cmp(&p, &k, pb, pab) > 0 && tki_path_cmp(&p, &k, TKI_PATH_OTHER, pa) < 0 &&
           tki_path_cmp(&p, &k, pb, pb) == 0,
       "order by content, ancestors first");
    uint32_t keys[4];
    ok(tki_path_keys(&p, pab, keys, 4) == 2 && keys[0] == a && keys[1] == b, "keys of a path");
    ok(tki_path_keys(&p, pab, keys, 1) == 1 && keys[0] == b, "the last of them");
    tki_paths_free(&p);
    tki_keys_free(&k);
}

int main(void)
{
    test_names();
    test_keys();
    test_paths();
    return done_testing();
}
