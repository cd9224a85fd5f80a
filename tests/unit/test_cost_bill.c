/* The bill of attributes: exact bytes, the number of values, the same whatever the pieces; and what cuts leave. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cost/bill.h"
#include "format/otlp/otlp.h"
#include "random_spans.h"
#include "tap.h"

static size_t span_size(struct tki_buf *scratch, const struct tk_batch *b, uint32_t row)
{
    uint32_t *size = calloc(b->nspans, sizeof *size);
    tki_otlp_proto_sizes(scratch, b, &row, 1, size);
    size_t n = size[row];
    free(size);
    return n;
}

/* The sizes of attributes and events are those that writing them makes. */
static void test_sizes(void)
{
    struct rng r = {rng_seed() + 3};
    for (int i = 0; i < 30; i++) {
        struct tk_batch *b = tk_batch_new();
        struct tki_buf scratch = {0};
        random_batch(&r, b, 1 + rng_below(&r, 20));
        b->raw = TK_RAW_NONE;
        bool same = true;
        for (uint32_t k = 0; k < b->nspans; k++) {
            struct tk_span *s = &b->spans[k];
            size_t parts = 0;
            for (uint32_t j = 0; j < s->attrs.count; j++)
                parts += tki_otlp_proto_attr_size(b, &b->attrs[s->attrs.first + j]);
            for (uint32_t j = 0; j < s->events.count; j++)
                parts += tki_otlp_proto_event_size(b, &b->events[s->events.first + j]);
            /* The length in front of the span is longer for a longer span. */
            size_t with = span_size(&scratch, b, k);
            s->attrs.count = s->events.count = 0;
            size_t without = span_size(&scratch, b, k);
            same = same && with >= without + parts && with <= without + parts + 3;
        }
        ok(same, "attributes and events have the sizes that they are written with");
        tki_buf_free(&scratch);
        tk_batch_free(b);
    }
}

static struct tk_batch *spans_with(uint32_t n, uint32_t values)
{
    struct tk_batch *b = tk_batch_new();
    uint32_t shop = tk_resource_new(b, "shop"), scope = tk_scope_new(b, "library", NULL);
    for (uint32_t i = 0; i < n; i++) {
        char text[32];
        uint32_t row = tk_span_new(b, shop, scope, (tk_id128){1, i / 4 + 1}, i + 1, 0);
        b->spans[row].name = i % 3 ? TKI_STR("GET /") : TKI_STR("POST /cart");
        int length = snprintf(text, sizeof text, "user-%u", (unsigned)(i % values));
        struct tk_attr *a = tk_batch_add_attr(b);
        *a = (struct tk_attr){TKI_STR("user.id"), {.type = TK_STRING, .n = (uint32_t)length}};
        a->value.v.s = tk_batch_copy(b, (tk_str){text, (size_t)length}).p;
        b->spans[row].attrs = (tk_range){b->nattrs - 1, 1};
    }
    return b;
}

/* values: NULL: of a kind without. */
static const struct tki_bill_row *find(const struct tki_bill *bill, enum tki_bill_kind kind, tk_str name,
                                       const struct tki_sketch **values)
{
    uint32_t at = tki_symtab_get(&bill->table[kind].names, name);
    if (at == TKI_MAP_NONE)
        bail_out("no row %.*s", (int)name.n, name.p);
    if (values)
        *values = &bill->table[kind].values[at];
    return &bill->table[kind].row[at];
}

static void look(struct tki_bill *bill, const struct tk_batch *b, const uint32_t *rows, size_t n)
{
    struct tki_sizes sizes = {0};
    struct tki_bill_part part = {0};
    if (tki_sizes_of(&sizes, b, NULL, 0) < 0 || tki_bill_look(&part, b, rows, n, &sizes) < 0 ||
        tki_bill_take(bill, &part) < 0)
        bail_out("out of memory");
    tki_bill_part_free(&part);
    tki_sizes_free(&sizes);
}

static void test_bill(void)
{
    enum { N = 3000 };
    struct tk_batch *b = spans_with(N, 1000);
    struct tki_bill whole = {0}, pieces = {0};
    uint32_t rows[N], number[4];
    uint64_t bytes = 0;
    look(&whole, b, NULL, 0);
    for (uint32_t i = 0; i < N; i++) {
        rows[i] = i;
        bytes += tki_otlp_proto_attr_size(b, &b->attrs[b->spans[i].attrs.first]);
    }
    for (uint32_t i = 0; i < N; i += 100)
        look(&pieces, b, rows + i, 100);
    const struct tki_sketch *values, *values_again;
    const struct tki_bill_row *key = find(&whole, TKI_BILL_ATTR, TKI_STR("user.id"), &values);
    const struct tki_bill_row *again = find(&pieces, TKI_BILL_ATTR, TKI_STR("user.id"), &values_again);
    is_uint(key->n, N, "as many as there are");
    is_uint(key->bytes, bytes, "and their bytes");
    ok(again->n == key->n && again->bytes == key->bytes && memcmp(values, values_again, sizeof *values) == 0,
       "in pieces it is the same");
    double distinct = tki_bill_distinct(key, values);
    ok(distinct > 800 && distinct < 1200, "1,000 values are about %.0f", distinct);
    is_uint(tki_bill_rank(&whole.table[TKI_BILL_OPERATION], number, 4), 2, "two operations");
    const struct tki_bill_row *get = find(&whole, TKI_BILL_OPERATION, (tk_str){"shop\0GET /", 10}, NULL);
    const struct tki_bill_row *post = find(&whole, TKI_BILL_OPERATION, (tk_str){"shop\0POST /cart", 15}, NULL);
    is_uint(get->n + post->n, N, "each span is in one");
    is_uint(get->bytes + post->bytes, whole.bytes, "and all bytes are");
    is_uint(find(&whole, TKI_BILL_SERVICE, TKI_STR("shop"), NULL)->bytes, whole.bytes, "and in one service");
    is_uint(find(&whole, TKI_BILL_RESOURCE, TKI_STR("service.name"), NULL)->n, 1,
            "a resource is sent once for its spans");
    tki_bill_free(&whole);
    tki_bill_free(&pieces);
    tk_batch_free(b);

    b = spans_with(40, 7);
    look(&whole, b, NULL, 0);
    key = find(&whole, TKI_BILL_ATTR, TKI_STR("user.id"), &values);
    distinct = tki_bill_distinct(key, values);
    ok(distinct >= 6 && distinct <= 8, "7 values are %.0f, or one off", distinct);
    tki_bill_free(&whole);
    tk_batch_free(b);
}

static struct tk_batch *spans_with_keys(uint32_t first, uint32_t n)
{
    struct tk_batch *b = tk_batch_new();
    uint32_t shop = tk_resource_new(b, "shop"), scope = tk_scope_new(b, "library", NULL);
    for (uint32_t i = 0; i < n; i++) {
        char text[32];
        int length = snprintf(text, sizeof text, "key-%u", (unsigned)(first + i));
        uint32_t row = tk_span_new(b, shop, scope, (tk_id128){1, i + 1}, i + 1, 0);
        struct tk_attr *a = tk_batch_add_attr(b);
        *a = (struct tk_attr){tk_batch_copy(b, (tk_str){text, (size_t)length}), {.type = TK_BOOL}};
        b->spans[row].attrs = (tk_range){b->nattrs - 1, 1};
    }
    return b;
}

/* More names than there is room for: nothing is lost, and it is said. */
static void test_full(void)
{
    enum { N = TKI_BILL_ROWS + 500 };
    struct tk_batch *b = spans_with_keys(0, N);
    struct tki_bill bill = {0};
    look(&bill, b, NULL, 0);
    const struct tki_bill_table *t = &bill.table[TKI_BILL_ATTR];
    ok(t->full && t->names.n == TKI_BILL_ROWS, "the table is full, which is said");
    is_uint(t->rest.n, 500, "what no row is for is counted together");
    ok(!bill.table[TKI_BILL_SERVICE].full, "other tables are not");
    tki_bill_free(&bill);
    tk_batch_free(b);
}

static bool same_keys(const struct tki_bill_table *a, const struct tki_bill_table *b)
{
    bool same = a->names.n == b->names.n && a->rest.n == b->rest.n && a->rest.bytes == b->rest.bytes;
    for (uint32_t i = 0; same && i < a->names.n; i++)
        same = tki_str_eq(a->names.strs[i], b->names.strs[i]) && a->row[i].n == b->row[i].n;
    return same;
}

/* Batches with more names than there is room for, looked at by one thread or by turns: the bill is the same. */
static void test_parts(void)
{
    static const uint32_t first[] = {0, 4000, 2000, 8000, 9000, 0, 12000, 7000, 3000, 14000, 9500};
    struct tki_bill one = {0}, turns = {0};
    struct tki_bill_part part[4] = {0};
    for (size_t i = 0; i < sizeof first / sizeof *first; i++) {
        struct tk_batch *b = spans_with_keys(first[i], 3500);
        struct tki_sizes sizes = {0};
        if (tki_sizes_of(&sizes, b, NULL, 0) < 0 || tki_bill_look(&part[3], b, NULL, 0, &sizes) < 0 ||
            tki_bill_take(&one, &part[3]) < 0 || tki_bill_look(&part[i % 3], b, NULL, 0, &sizes) < 0 ||
            tki_bill_take(&turns, &part[i % 3]) < 0)
            bail_out("out of memory");
        tki_sizes_free(&sizes);
        tk_batch_free(b);
    }
    ok(one.table[TKI_BILL_ATTR].full && one.table[TKI_BILL_ATTR].names.n == TKI_BILL_ROWS, "the bill is full");
    ok(same_keys(&one.table[TKI_BILL_ATTR], &turns.table[TKI_BILL_ATTR]), "its names do not depend on the threads");
    for (int i = 0; i < 4; i++)
        tki_bill_part_free(&part[i]);
    tki_bill_free(&one);
    tki_bill_free(&turns);
}

/* The bill counts the JSON of attributes for whoever asks for sizes: it is what is written. */
static void test_json(void)
{
    enum { ROUNDS = 50 };
    struct rng r = {rng_seed() + 3};
    struct tki_bill bill = {0};
    struct tki_bill_part part = {0};
    struct tki_sizes sizes = {.bare = true};
    struct tki_buf out = {0};
    unsigned same = 0, apart = 0;
    for (int i = 0; i < ROUNDS; i++) {
        struct tk_batch *b = tk_batch_new();
        uint64_t notes[TKI_NOTE_COUNT] = {0};
        random_batch(&r, b, 1 + rng_below(&r, 60));
        tki_buf_reset(&out);
        tki_otlp_json_put(&out, b, NULL, 0, notes);
        if (tki_sizes_of(&sizes, b, NULL, 0) < 0)
            bail_out("out of memory");
        apart += sizes.apart && sizes.json_bytes < out.n;
        if (tki_bill_look(&part, b, NULL, 0, &sizes) < 0 || tki_bill_take(&bill, &part) < 0)
            bail_out("out of memory");
        same += sizes.json_bytes == out.n && !sizes.apart;
        tk_batch_free(b);
    }
    is_uint(apart, ROUNDS, "attributes are counted apart");
    is_uint(same, ROUNDS, "and make what is written");
    tki_buf_free(&out);
    tki_sizes_free(&sizes);
    tki_bill_part_free(&part);
    tki_bill_free(&bill);
}

int main(void)
{
    test_sizes();
    test_json();
    test_bill();
    test_full();
    test_parts();
    return done_testing();
}
