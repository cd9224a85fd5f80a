/* --bill: which attributes, events, resource keys, services and operations carry the bytes, and what leaving some out
 * saves; and --drop, what is left without some keys. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"
#include "cli/msg.h"
#include "tracecost.h"

enum { CANDIDATES = 10, CUT_BYTES = 1 << 20, DROP_BYTES = 4 << 20 };
/* Tempo refuses traces above it: max_bytes_per_trace, as it comes. */
#define TEMPO_TRACE_MAX UINT64_C(5000000)

/* ---- measuring, after the dump was read ---- */

static double saved(uint64_t without, uint64_t with)
{
    return with ? fmax(0, 1 - (double)without / (double)with) : 0;
}

static int by_bytes(const void *pa, const void *pb)
{
    const struct saving *a = pa, *b = pb;
    return (a->bytes < b->bytes) - (a->bytes > b->bytes);
}

static int by_saving(const void *pa, const void *pb)
{
    const struct saving *a = pa, *b = pb;
    return (a->zstd < b->zstd) - (a->zstd > b->zstd);
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

static void measure_cut(struct dump *d, const struct tki_left_out *cuts, size_t n, uint64_t bytes_max, bool es,
                        struct tki_weighed *to)
{
    struct tk_err err = {0};
    if (tki_left_out_weigh(&d->sample, cuts, n, bytes_max, es, to, &err) < 0)
        tki_die_err(&err);
}

static void measure_savings(struct dump *d)
{
    struct saving all[3 * CANDIDATES];
    struct tki_weighed with, without;
    d->nsavings = candidates(&d->bill, all);
    measure_cut(d, NULL, 0, CUT_BYTES, false, &with);
    for (size_t i = 0; i < d->nsavings; i++) {
        struct saving *s = &all[i];
        const struct tki_left_out cut = {s->name, s->kind == TKI_BILL_ATTR, s->kind == TKI_BILL_RESOURCE,
                                         s->kind == TKI_BILL_EVENT};
        measure_cut(d, &cut, 1, CUT_BYTES, false, &without);
        s->zstd = saved(without.zstd, with.zstd);
        d->saving[i] = *s;
    }
    qsort(d->saving, d->nsavings, sizeof *d->saving, by_saving);
}

static void measure_drop(const struct options *o, struct dump *d)
{
    struct tki_weighed with, without;
    struct tki_left_out *cuts = calloc(o->drops.n, sizeof *cuts);
    if (!cuts)
        tki_die(TKI_EXIT_IO, "out of memory");
    for (size_t i = 0; i < o->drops.n; i++)
        cuts[i] = (struct tki_left_out){tki_str(o->drops.item[i]), true, true, false};
    measure_cut(d, NULL, 0, DROP_BYTES, true, &with);
    measure_cut(d, cuts, o->drops.n, DROP_BYTES, true, &without);
    d->drop_proto = saved(without.proto, with.proto);
    d->drop_zstd = saved(without.zstd, with.zstd);
    d->drop_es = saved(without.es, with.es);
    free(cuts);
}

void measure_bill(const struct options *o, struct dump *d)
{
    if (o->bill)
        measure_savings(d);
    if (o->drops.n)
        measure_drop(o, d);
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
static double all_dollars(const struct basis *b)
{
    for (size_t i = 0; i < b->nrows; i++)
        if (b->row[i].share == 1)
            return b->row[i].dollars.mid;
    return b->row[0].traces > 0 && !isnan(b->row[0].share) ? b->row[0].dollars.mid / b->row[0].share : NAN;
}

static struct tki_datum money(double dollars)
{
    return isnan(dollars) ? tki_d_none() : tki_d_dollars(dollars);
}

static void put_savings(struct tki_doc *doc, const struct basis *b)
{
    static const struct tki_doc_column columns[] = {
        {.title = "without", .key = "name", .shrink = TKI_CUT},
        {.title = "kind", .key = "kind"},
        {.title = "bytes", .key = "bytes", .right = true},
        {.title = "of all", .key = "bytes_share", .right = true},
        {.title = "stored", .key = "stored_share", .right = true},
        {.title = "$/month", .key = "dollars_per_month", .right = true},
    };
    tki_doc_space(doc);
    tki_doc_paragraph(doc, NULL);
    tki_doc_say(
        doc, "What leaving out saves: of the bytes, and of what is stored, by compressing traces of the sample without"
             " it.");
    tki_doc_table(doc, "savings", columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < b->d->nsavings; i++) {
        const struct saving *s = &b->d->saving[i];
        tki_doc_row(doc);
        tki_doc_cell(doc, tki_d_name(s->name));
        tki_doc_cell(doc, tki_d_words(kind_names[s->kind]));
        tki_doc_cell(doc, tki_d_bytes(s->bytes));
        tki_doc_cell(doc, tki_d_share((double)s->bytes / (double)b->d->bill.bytes));
        tki_doc_cell(doc, tki_d_share(s->zstd));
        tki_doc_cell(doc, money(all_dollars(b) * s->zstd));
    }
    tki_doc_close(doc);
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
    double share = b->d->bill.bytes ? (double)row->bytes / (double)b->d->bill.bytes : 0;
    tki_doc_row(doc);
    tki_doc_cell(doc, tki_d_words(kind_names[kind]));
    tki_doc_cell(doc, name);
    tki_doc_cell(doc, tki_d_count(row->n));
    tki_doc_cell(doc, values ? tki_d_count((uint64_t)tki_bill_distinct(row, values)) : tki_d_none());
    tki_doc_cell(doc, tki_d_bytes(row->bytes));
    tki_doc_cell(doc, tki_d_share(share));
    tki_doc_cell(doc, money(all_dollars(b) * share));
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
        {.title = "bytes", .key = "bytes", .right = true},
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
