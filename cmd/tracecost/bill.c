/* --bill: which attributes, events, resource keys, services and operations carry the bytes, and what leaving some out
 * saves; and --drop, what is left without some keys. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"
#include "cli/msg.h"
#include "tracecost.h"

enum { CANDIDATES = 10, CUT_BYTES = 1 << 20 };
/* Tempo refuses traces above it: max_bytes_per_trace, as it comes. */
#define TEMPO_TRACE_MAX UINT64_C(5000000)

/* ---- measuring, after the dump was read ---- */

static int by_bytes(const void *pa, const void *pb)
{
    const struct saving *a = pa, *b = pb;
    return (a->bytes < b->bytes) - (a->bytes > b->bytes);
}

/* Of what the first backend stores. */
static const struct tki_estimate *stored(const struct tki_saved *s, bool docs)
{
    return docs ? &s->es : &s->zstd;
}

static int by_saving(const void *pa, const void *pb, void *docs)
{
    double a = stored(&((const struct saving *)pa)->saved, *(bool *)docs)->value;
    double b = stored(&((const struct saving *)pb)->saved, *(bool *)docs)->value;
    return (a < b) - (a > b);
}

/* The rows with the most bytes that can be left out. */
static size_t candidates(const struct tki_bill *bill, struct saving to[3 * CANDIDATES])
{
    static const enum tki_bill_kind kinds[] = {TKI_BILL_ATTR, TKI_BILL_EVENT, TKI_BILL_RESOURCE};
    size_t n = 0;
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        const struct tki_bill_table *t = &bill->table[kinds[k]];
        uint32_t number[CANDIDATES];
        size_t many = tki_bill_rank(t, number, CANDIDATES);
        for (size_t i = 0; i < many; i++)
            to[n++] =
                (struct saving){.kind = kinds[k], .name = t->names.strs[number[i]], .bytes = t->row[number[i]].bytes};
    }
    qsort(to, n, sizeof *to, by_bytes);
    return n < CANDIDATES ? n : CANDIDATES;
}

static void weigh(struct dump *d, const struct tki_left_out *cuts, size_t n, uint64_t bytes_max, bool es,
                  struct tki_weighed *to)
{
    struct tk_err err = {0};
    if (tki_left_out_weigh(&d->sample, cuts, n, bytes_max, es, to, &err) < 0)
        tki_die_err(&err);
}

/* What leaving these out saves, of the traces that weigh `with` as they are. */
static struct tki_saved cut(struct dump *d, const struct tki_weighed *with, const struct tki_left_out *cuts, size_t n,
                            uint64_t bytes_max, bool es)
{
    struct tki_weighed without;
    struct tki_saved saved;
    weigh(d, cuts, n, bytes_max, es, &without);
    if (tki_left_out_saved(with, &without, TKI_REDRAW_SEED, &saved) < 0)
        tki_die(TKI_EXIT_IO, "out of memory");
    tki_weighed_free(&without);
    return saved;
}

static void measure_savings(const struct options *o, struct dump *d)
{
    struct saving all[3 * CANDIDATES];
    struct tki_weighed with;
    d->nsavings = candidates(&d->bill, all);
    bool docs = o->docs;
    weigh(d, NULL, 0, CUT_BYTES, docs, &with);
    for (size_t i = 0; i < d->nsavings; i++) {
        struct saving *s = &d->saving[i];
        *s = all[i];
        const struct tki_left_out one = {s->name, s->kind == TKI_BILL_ATTR, s->kind == TKI_BILL_RESOURCE,
                                         s->kind == TKI_BILL_EVENT};
        s->saved = cut(d, &with, &one, 1, CUT_BYTES, docs);
        /* Of the bytes as they are sent the whole dump is known. */
        s->saved.proto = (struct tki_estimate){(double)s->bytes / (double)d->bill.bytes, NAN, NAN};
    }
    tki_weighed_free(&with);
    qsort_r(d->saving, d->nsavings, sizeof *d->saving, by_saving, &docs);
}

void measure_bill(const struct options *o, struct dump *d)
{
    if (o->bill)
        measure_savings(o, d);
}

/* ---- traces that a store refuses ---- */

bool is_too_large(const struct dump *d, uint32_t row)
{
    return tki_measure_at(&d->measure, row)->bytes > TEMPO_TRACE_MAX;
}

static void put_too_large(struct tki_doc *doc, const struct basis *b)
{
    const struct tki_bill_table *t = &b->d->large.table[TKI_BILL_ATTR];
    uint64_t n = 0;
    uint32_t top;
    for (uint32_t i = 0; i < b->d->ledger.ids.n; i++)
        n += is_too_large(b->d, i);
    tki_doc_data(doc, "traces_above_tempo_limit", tki_d_count(n));
    if (!n)
        return;
    tki_doc_line(doc, NULL, "too large");
    tki_doc_put(doc, NULL, tki_d_count(n));
    tki_doc_say(doc, " %s above ", n == 1 ? "trace is" : "traces are");
    tki_doc_put(doc, NULL, tki_d_bytes(TEMPO_TRACE_MAX));
    tki_doc_say(doc, ", which Tempo refuses unless max_bytes_per_trace says otherwise");
    if (tki_bill_rank(t, &top, 1)) {
        tki_doc_say(doc, ": the attribute ");
        tki_doc_put(doc, NULL, tki_d_code(t->names.strs[top]));
        tki_doc_say(doc, " has ");
        tki_doc_put(doc, NULL, tki_d_share((double)t->row[top].bytes / (double)b->d->large.bytes));
        tki_doc_say(doc, " of their bytes");
    }
}

/* ---- the tables ---- */

static const char *const kind_names[TKI_BILL_KINDS] = {"attribute", "event", "resource", "service", "operation"};

/* Dollars of everything. */
static struct tki_range all_dollars(const struct basis *b)
{
    for (size_t i = 0; i < b->nrows; i++)
        if (b->row[i].share == 1)
            return b->row[i].dollars;
    bool known = b->row[0].traces > 0 && !isnan(b->row[0].share);
    return known ? tki_range_scale(b->row[0].dollars, 1 / b->row[0].share) : tki_range_exact(NAN);
}

static struct tki_datum money(double dollars)
{
    return isnan(dollars) ? tki_d_none() : tki_d_dollars(dollars);
}

static struct tki_datum share(double x)
{
    return isnan(x) ? tki_d_none() : tki_d_share(x);
}

/* For people: low to high, or the value where no range is known. */
static struct tki_datum between(struct tki_datum mid, double low, double high)
{
    return isnan(low) || isnan(high) || low == high ? mid : tki_d_range(mid, low, high);
}

static struct tki_cost cost_of(const struct basis *b, const struct tki_saved *saved)
{
    struct priced p = {.name = "all", .streams = {b->all, b->notable, b->d->read}};
    tki_saved_apply(saved, &p.streams.all);
    tki_saved_apply(saved, &p.streams.notable);
    money_price(b->money, &p);
    return p.cost[0];
}

static struct tki_estimate turned(struct tki_estimate e)
{
    return (struct tki_estimate){e.value, e.high, e.low};
}

/* Dollars that are saved: at the low end of what is measured with the least that is saved, at the high end with most.
 */
static struct tki_range saved_dollars(const struct basis *b, const struct tki_saved *s)
{
    static const struct tki_saved nothing = {{0, NAN, NAN}, {0, NAN, NAN}, {0, NAN, NAN}};
    const struct tki_saved ends = {turned(s->proto), turned(s->zstd), turned(s->es)};
    const struct tki_cost all = cost_of(b, &nothing), left = cost_of(b, &ends);
    if (!all.complete)
        return tki_range_exact(NAN);
    return (struct tki_range){fmax(0, all.dollars.low - left.dollars.low), fmax(0, all.dollars.mid - left.dollars.mid),
                              fmax(0, all.dollars.high - left.dollars.high)};
}

static void put_saving(struct tki_doc *doc, const struct basis *b, const struct saving *s)
{
    const struct tki_estimate *z = stored(&s->saved, b->o->docs);
    const struct tki_range dollars = saved_dollars(b, &s->saved);
    tki_doc_row(doc);
    tki_doc_cell(doc, tki_d_name(s->name));
    tki_doc_cell(doc, tki_d_words(kind_names[s->kind]));
    tki_doc_cell(doc, tki_d_bytes(s->bytes));
    tki_doc_cell(doc, tki_d_share(s->saved.proto.value));
    tki_doc_cell(doc, between(tki_d_share(z->value), z->low, z->high));
    tki_doc_cell(doc, tki_d_share(z->value));
    tki_doc_cell(doc, share(z->low));
    tki_doc_cell(doc, share(z->high));
    tki_doc_cell(doc, money_between(&dollars));
    tki_doc_cell(doc, money(dollars.mid));
    tki_doc_cell(doc, money(dollars.low));
    tki_doc_cell(doc, money(dollars.high));
}

static void put_savings(struct tki_doc *doc, const struct basis *b)
{
    static const struct tki_doc_column columns[] = {
        {.title = "without", .key = "name", .shrink = TKI_CUT},
        {.title = "kind", .key = "kind"},
        {.title = "bytes", .key = "bytes", .right = true},
        {.title = "of sent", .key = "bytes_share", .right = true},
        {.title = "of stored", .right = true},
        {.key = "stored_share"},
        {.key = "stored_share_low"},
        {.key = "stored_share_high"},
        {.title = "$/month", .right = true},
        {.key = "dollars_per_month"},
        {.key = "dollars_low"},
        {.key = "dollars_high"},
    };
    tki_doc_space(doc);
    tki_doc_paragraph(doc, NULL);
    tki_doc_say(doc, "What leaving out saves a month: bytes as they are sent, of the whole dump; and of what is stored,"
                     " by compressing traces of the sample without it, low to high.");
    tki_doc_table(doc, "savings", columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < b->d->nsavings; i++)
        put_saving(doc, b, &b->d->saving[i]);
    tki_doc_close(doc);
}

/* What --drop saves, of everything; a key that is nowhere is said. */
void put_drop(struct tki_doc *doc, const struct basis *b)
{
    const struct without *w = b->d->without;
    if (!w)
        return;
    const struct tki_estimate *z = stored(&w->saved, b->o->docs);
    const struct tki_range dollars = saved_dollars(b, &w->saved);
    uint64_t found = 0;
    for (size_t i = 0; i < w->n; i++)
        found += w->found[i];
    tki_doc_line(doc, "drop", "dropped");
    tki_doc_say(doc, found ? "saves " : "saves nothing");
    if (found) {
        tki_doc_put(doc, NULL, tki_d_share(w->saved.proto.value));
        tki_doc_say(doc, " of the bytes that are sent, ");
        tki_doc_put(doc, NULL, between(tki_d_share(z->value), z->low, z->high));
        tki_doc_say(doc, " of those stored");
    }
    if (found && !isnan(dollars.mid)) {
        tki_doc_say(doc, ", $");
        tki_doc_put(doc, NULL, money_between(&dollars));
        tki_doc_say(doc, " a month");
    }
    tki_doc_data(doc, "bytes_share", tki_d_share(w->saved.proto.value));
    tki_doc_data(doc, "stored_share", tki_d_share(z->value));
    tki_doc_data(doc, "stored_share_low", share(z->low));
    tki_doc_data(doc, "stored_share_high", share(z->high));
    tki_doc_data(doc, "dollars_per_month", money(dollars.mid));
    tki_doc_data(doc, "dollars_low", money(dollars.low));
    tki_doc_data(doc, "dollars_high", money(dollars.high));
    tki_doc_close(doc);
    tki_doc_array(doc, "dropped_keys");
    for (size_t i = 0; i < w->n; i++) {
        tki_doc_object(doc, NULL);
        tki_doc_data(doc, "key", tki_d_name(w->cuts[i].name));
        tki_doc_data(doc, "times", tki_d_count(w->found[i]));
        tki_doc_end(doc);
    }
    tki_doc_end(doc);
    for (size_t i = 0; i < w->n; i++)
        if (!w->found[i]) {
            tki_doc_line(doc, NULL, "");
            tki_doc_say(doc, "no span and no resource has the attribute ");
            tki_doc_put(doc, NULL, tki_d_code(w->cuts[i].name));
        }
}

/* "frontend: GET /" of an operation's name, service, zero byte, name. */
static struct tki_datum row_name(struct tki_doc *doc, enum tki_bill_kind kind, tk_str name)
{
    size_t service = strnlen(name.p, name.n);
    char *text = tki_arena_alloc(&doc->arena, name.n + 2);
    if (kind != TKI_BILL_OPERATION)
        return tki_d_name(name);
    if (!text) {
        doc->err = TK_ENOMEM;
        return tki_d_none();
    }
    int n = snprintf(text, name.n + 2, "%.*s: %.*s", (int)service, name.p, (int)(name.n - service - 1),
                     name.p + service + 1);
    return tki_d_name((tk_str){text, (size_t)n});
}

/* values: NULL: what that kind does not have */
static void put_bill_row(struct tki_doc *doc, const struct basis *b, enum tki_bill_kind kind, struct tki_datum name,
                         const struct tki_bill_row *row, const struct tki_sketch *values)
{
    double part = b->d->bill.bytes ? (double)row->bytes / (double)b->d->bill.bytes : 0;
    tki_doc_row(doc);
    tki_doc_cell(doc, tki_d_words(kind_names[kind]));
    tki_doc_cell(doc, name);
    tki_doc_cell(doc, tki_d_count(row->n));
    tki_doc_cell(doc, values ? tki_d_count((uint64_t)tki_bill_distinct(row, values)) : tki_d_none());
    tki_doc_cell(doc, tki_d_bytes(row->bytes));
    tki_doc_cell(doc, tki_d_share(part));
    tki_doc_cell(doc, money(all_dollars(b).mid * part));
}

static void put_bill_rows(struct tki_doc *doc, const struct basis *b, enum tki_bill_kind kind)
{
    const struct tki_bill_table *t = &b->d->bill.table[kind];
    uint32_t *number = malloc((b->o->bill_rows + 1) * sizeof *number);
    if (!number)
        tki_die(TKI_EXIT_IO, "out of memory");
    size_t n = tki_bill_rank(t, number, b->o->bill_rows);
    for (size_t i = 0; i < n; i++)
        put_bill_row(doc, b, kind, row_name(doc, kind, t->names.strs[number[i]]), &t->row[number[i]],
                     t->values ? &t->values[number[i]] : NULL);
    if (t->rest.n)
        put_bill_row(doc, b, kind, tki_d_words("(beyond the table)"), &t->rest, t->values ? &t->rest_values : NULL);
    free(number);
}

static void put_full(struct tki_doc *doc, const struct tki_bill *bill)
{
    bool full = false;
    for (int k = 0; k < TKI_BILL_KINDS; k++)
        full = full || bill->table[k].full;
    tki_doc_data(doc, "bill_full", tki_d_bool(full));
    if (!full)
        return;
    tki_doc_line(doc, NULL, "full");
    tki_doc_say(doc, "the bill has room for ");
    tki_doc_put(doc, NULL, tki_d_count(TKI_BILL_ROWS));
    tki_doc_say(doc, " names of a kind: later ones are in (beyond the table)");
}

void put_bill(struct tki_doc *doc, const struct basis *b)
{
    static const struct tki_doc_column columns[] = {
        {.title = "kind", .key = "kind"},
        {.title = "name", .key = "name", .shrink = TKI_CUT},
        {.title = "times", .key = "times", .right = true},
        {.title = "values", .key = "distinct_values", .right = true},
        {.title = "bytes", .key = "bytes", .right = true, .bar = true},
        {.title = "of all", .key = "bytes_share", .right = true},
        {.title = "$/month", .key = "dollars_per_month", .right = true},
    };
    if (!b->o->bill || !b->d->read)
        return;
    put_savings(doc, b);
    tki_doc_space(doc);
    tki_doc_paragraph(doc, NULL);
    tki_doc_say(
        doc, "The bill, as OTLP protobuf: a service has the bytes of its attributes, so the kinds overlap.  Values are"
             " counted by a sketch, within some 7 %% from a few hundred on; dollars are by the share of bytes.");
    tki_doc_table(doc, "bill", columns, sizeof columns / sizeof *columns);
    for (int k = 0; k < TKI_BILL_KINDS; k++)
        put_bill_rows(doc, b, (enum tki_bill_kind)k);
    tki_doc_close(doc);
    put_full(doc, &b->d->bill);
    put_too_large(doc, b);
}
