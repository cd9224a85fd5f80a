/* --backend help: which places to keep traces there are, and what they charge. */
#include <math.h>

#include "money.h"

static void put_price(struct tki_doc *d, const struct tki_backend *b, const struct tki_charge *c)
{
    const struct tki_cost_item item = {.backend = b, .charge = c};
    char price[120], grade[2] = {c->grade, 0};
    tki_doc_row(d);
    tki_doc_cell(d, tki_d_words(b->name));
    tki_doc_cell(d, tki_d_words(c->id));
    tki_doc_cell(d, tki_d_words(charge_price(&item, true, price, sizeof price)));
    tki_doc_cell(d, c->ntiers && !isnan(c->tier[0].price.mid) ? tki_d_given(c->tier[0].price.mid) : tki_d_none());
    tki_doc_cell(d, tki_d_words(c->unit));
    tki_doc_cell(d, tki_d_given(c->per));
    tki_doc_cell(d, tki_d_given(c->free));
    tki_doc_cell(d, tki_d_words(c->ntiers ? c->date : NULL));
    tki_doc_cell(d, tki_d_words(c->grade ? grade : NULL));
    tki_doc_cell(d, tki_d_words(c->what));
    tki_doc_cell(d, tki_d_words(c->compressed ? "after" : "before"));
    tki_doc_cell(d, tki_d_words(c->source));
    tki_doc_cell(d, tki_d_words(c->note));
    tki_doc_cell(d, tki_d_words(b->title));
    tki_doc_cell(d, tki_d_bool(c->undated));
}

/* What there is, a line each, before what each charges. */
static void put_backend(struct tki_doc *d, const struct tki_backend *b)
{
    size_t priced = 0;
    for (size_t k = 0; k < b->ncharges; k++)
        priced += b->charge[k].ntiers && !isnan(b->charge[k].tier[0].price.mid);
    tki_doc_row(d);
    tki_doc_cell(d, tki_d_words(b->name));
    tki_doc_cell(d, tki_d_words(b->title));
    tki_doc_cell(d, tki_d_count(priced));
    tki_doc_cell(d, tki_d_count(b->ncharges));
}

static void put_backends(struct tki_doc *d, const struct money *m)
{
    static const struct tki_doc_column columns[] = {
        {.title = "backend", .key = "name"},
        {.title = "where traces are kept", .key = "title", .shrink = TKI_WRAP},
        {.title = "priced", .key = "priced", .right = true},
        {.title = "charges", .key = "charges", .right = true},
    };
    tki_doc_verdict(d, NULL);
    tki_doc_put(d, NULL, tki_d_count(m->backends.n));
    tki_doc_say(d, " places to keep traces, such as --backend s3,clickhouse.  A charge without a price gets yours: "
                   "--backend NAME:CHARGE=DOLLARS, or --prices FILE.");
    tki_doc_space(d);
    tki_doc_table(d, "backends", columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < m->backends.n; i++)
        put_backend(d, m->backends.list[i]);
    tki_doc_space(d);
}

void put_prices(const struct tki_report *report, const struct money *m)
{
    static const struct tki_doc_column columns[] = {
        {.title = "backend", .key = "backend"},
        {.title = "charge", .key = "charge"},
        {.title = "price in $", .shrink = TKI_WRAP, .min = 12},
        {.key = "dollars"},
        {.key = "unit"},
        {.key = "per"},
        {.key = "free"},
        {.title = "date", .key = "date"},
        {.title = "grade", .key = "grade"},
        {.title = "for", .key = "what", .shrink = TKI_WRAP, .min = 16},
        {.key = "metered"},
        {.title = "source", .key = "source", .shrink = TKI_WRAP, .min = 16},
        {.key = "note"},
        {.key = "title"},
        {.key = "undated"},
    };
    struct tki_doc d;
    tki_doc_init(&d, "prices", 2, "What backends bill");
    put_backends(&d, m);
    tki_doc_table(&d, "prices", columns, sizeof columns / sizeof *columns);
    tki_doc_main(&d);
    for (size_t i = 0; i < m->backends.n; i++)
        for (size_t k = 0; k < m->backends.list[i]->ncharges; k++)
            put_price(&d, m->backends.list[i], &m->backends.list[i]->charge[k]);
    tki_report_write(report, &d);
    tki_doc_free(&d);
}
