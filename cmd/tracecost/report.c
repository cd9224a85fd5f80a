/* The report: what it costs, in a sentence and in a table; then what that rests on. */
#include <math.h>

#include "cli/msg.h"
#include "report/number.h"
#include "tracecost.h"

enum { LABEL = 12 }; /* columns of "span bytes" and a gap */

/* ---- the verdict ---- */

/* "0.66 to 1.49"; one number where that is all. */
static struct tki_datum dollars(const struct tki_range *x)
{
    const struct tki_datum mid = tki_d_dollars(x->mid);
    return x->low == x->high ? mid : tki_d_range(mid, x->low, x->high);
}

static void say_dollars(struct tki_doc *d, const struct tki_range *x)
{
    tki_doc_say(d, "$");
    tki_doc_put(d, NULL, dollars(x));
}

static const struct row *find_share(const struct basis *b, double share)
{
    for (size_t i = 0; i < b->nrows; i++)
        if (b->row[i].share == share)
            return &b->row[i];
    return NULL;
}

/* What a dump of this length cannot know. */
static const char *not_in_it(double seconds)
{
    if (seconds < 86400)
        return "; nights and weekends are not in it";
    return seconds < 7 * 86400 ? "; weekends are not in it" : "";
}

static void say_basis(struct tki_doc *d, const struct basis *b)
{
    const struct tki_measured *m = &b->d->all[GROUP_ALL];
    if (!b->d->read) {
        tki_doc_say(d, "  From what was given, without a dump.");
        return;
    }
    tki_doc_say(d, "  From ");
    if (m->seconds > 0)
        tki_doc_put(d, NULL, tki_d_mean_ns(m->seconds * 1e9));
    else
        tki_doc_say(d, "a moment");
    tki_doc_say(d, " of traffic");
    if (m->seconds > 0) {
        tki_doc_say(d, " at ");
        tki_doc_put(d, NULL, tki_d_number(m->represented / m->seconds));
        tki_doc_say(d, " traces/s");
    }
    if (b->o->rate_text) {
        tki_doc_say(d, ", projected to ");
        tki_doc_put(d, NULL, tki_d_number(b->traces_per_s));
        tki_doc_say(d, " traces/s");
    }
    tki_doc_say(d, "%s.", not_in_it(m->seconds));
}

static void say_compression(struct tki_doc *d, const struct basis *b, const struct row *r)
{
    double written = r->kept.per_s[TKI_Q_PROTO].mid * 86400 * b->retention_days * b->o->replicas / 1e9;
    if (b->o->ratio_given || isnan(r->kept.per_s[TKI_Q_COLUMNAR].mid)) {
        tki_doc_say(d, ", %s",
                    b->o->ratio_given ? "compressed as given"
                                      : "as written: without a dump nothing is known of"
                                        " compression");
        return;
    }
    tki_doc_say(d, ", compressed ");
    tki_doc_put(d, NULL, tki_d_number(written / r->stored_gb.mid));
    tki_doc_say(d, ":1 as %s", isnan(b->o->calibrated_columnar) ? "measured" : "calibrated");
}

static void verdict(struct tki_doc *d, const struct basis *b)
{
    const struct row *all = find_share(b, 1), *first = all ? all : &b->row[0];
    tki_doc_verdict(d, NULL);
    tki_doc_say(d, "Keeping %s costs ", all ? "all" : first->name);
    say_dollars(d, &first->dollars);
    tki_doc_say(d, " a month %s %s", b->price.date[0] ? "on" : "at", b->price.item);
    say_compression(d, b, first);
    if (b->d->all[GROUP_ALL].weighted && first != &b->row[0]) {
        tki_doc_say(d, "; what is in the dump ");
        say_dollars(d, &b->row[0].dollars);
    }
    for (size_t i = 0; i < b->nrows; i++) {
        const struct row *r = &b->row[i];
        if (!r->side)
            continue;
        tki_doc_say(d, "; what %s keeps ",
                    r->side == &b->d->side[0] && b->o->sampling.configs.n ? "the policy" : r->name);
        say_dollars(d, &r->dollars);
        tki_doc_say(d, ": ");
        tki_doc_put(d, NULL, tki_d_share(r->traces));
        tki_doc_say(d, " of traces and ");
        tki_doc_put(d, NULL, tki_d_share(r->bytes));
        tki_doc_say(d, " of bytes");
    }
    tki_doc_say(d, ".");
    say_basis(d, b);
}

/* ---- the table ---- */

static const struct tki_doc_column row_columns[] = {
    {.title = "kept", .key = "kept", .shrink = TKI_CUT, .floor = 12},
    {.title = "traces", .key = "traces_share", .right = true, .tight = 1},
    {.title = "spans/s", .key = "spans_per_s", .right = true, .tight = 1},
    {.title = "bytes", .right = true, .tight = 1},
    {.title = "a day", .right = true, .tight = 1},
    {.title = "a month", .right = true, .tight = 1},
    {.title = "stored", .right = true, .tight = 1},
    {.title = "$/month", .right = true},
    {.key = "gb_per_s"},
    {.key = "gb_per_day"},
    {.key = "tb_per_month"},
    {.key = "stored_gb"},
    {.key = "stored_gb_low"},
    {.key = "stored_gb_high"},
    {.key = "dollars_per_month"},
    {.key = "dollars_low"},
    {.key = "dollars_high"},
    {.key = "dollars_per_million_spans"},
    {.key = "spans_share"},
    {.key = "bytes_share"},
};

static void put_row(struct tki_doc *d, const struct basis *b, const struct row *r)
{
    double spans_per_s = r->kept.per_s[TKI_Q_SPANS].mid, bytes_per_s = r->kept.per_s[TKI_Q_PROTO].mid;
    double day = bytes_per_s * 86400, month = day * b->o->month_days;
    double spans_month = spans_per_s * 86400 * b->o->month_days / 1e6;
    tki_doc_row(d);
    tki_doc_cell(d, tki_d_words(r->name));
    tki_doc_cell(d, tki_d_share(r->traces));
    tki_doc_cell(d, tki_d_number(spans_per_s));
    tki_doc_cell(d, tki_d_byte_rate(bytes_per_s));
    tki_doc_cell(d, tki_d_mean_bytes(day));
    tki_doc_cell(d, tki_d_mean_bytes(month));
    tki_doc_cell(d, tki_d_mean_bytes(r->stored_gb.mid * 1e9));
    tki_doc_cell(d, dollars(&r->dollars));
    tki_doc_cell(d, tki_d_number(bytes_per_s / 1e9));
    tki_doc_cell(d, tki_d_number(day / 1e9));
    tki_doc_cell(d, tki_d_number(month / 1e12));
    tki_doc_cell(d, tki_d_number(r->stored_gb.mid));
    tki_doc_cell(d, tki_d_number(r->stored_gb.low));
    tki_doc_cell(d, tki_d_number(r->stored_gb.high));
    tki_doc_cell(d, tki_d_dollars(r->dollars.mid));
    tki_doc_cell(d, tki_d_dollars(r->dollars.low));
    tki_doc_cell(d, tki_d_dollars(r->dollars.high));
    tki_doc_cell(d, spans_month > 0 ? tki_d_dollars(r->dollars.mid / spans_month) : tki_d_none());
    tki_doc_cell(d, tki_d_share(r->spans));
    tki_doc_cell(d, tki_d_share(r->bytes));
}

static void put_rows(struct tki_doc *d, const struct basis *b)
{
    tki_doc_table(d, "rows", row_columns, sizeof row_columns / sizeof *row_columns);
    tki_doc_main(d);
    for (size_t i = 0; i < b->nrows; i++)
        put_row(d, b, &b->row[i]);
}

/* ---- what it rests on ---- */

static void put_store(struct tki_doc *d, const struct basis *b)
{
    const struct options *o = b->o;
    tki_doc_data(d, "month_days", tki_d_given(o->month_days));
    tki_doc_line(d, NULL, "store");
    tki_doc_say(d, "kept ");
    tki_doc_put(d, "retention_days", tki_d_given(b->retention_days));
    tki_doc_say(d, " %s, ", b->retention_days == 1 ? "day" : "days");
    tki_doc_put(d, "replicas", tki_d_given(o->replicas));
    tki_doc_say(d, " %s", o->replicas == 1 ? "copy" : "copies");
    tki_doc_line(d, "price", "price");
    tki_doc_put(d, "item", tki_d_words(b->price.item));
    tki_doc_say(d, ": $");
    tki_doc_put(d, "dollars_per_gb_month", tki_d_given(b->price.tiers[0].dollars));
    tki_doc_say(d, " per GB and month");
    if (b->price.date[0])
        tki_doc_say(d, " (%s%s%s)", b->price.note, b->price.note[0] ? ", " : "", b->price.date);
    tki_doc_data(d, "date", tki_d_words(b->price.date));
}

/* The parts of the range of dollars, apart. */
static void put_uncertainty(struct tki_doc *d, const struct basis *b)
{
    const struct tki_range *proto = &b->all.per_s[TKI_Q_PROTO], *zstd = &b->all.per_s[TKI_Q_ZSTD];
    if (!b->d->read || !(proto->mid > 0))
        return;
    tki_doc_line(d, "uncertainty", "ranges");
    tki_doc_say(d, "of the bytes by the dump being a sample ");
    tki_doc_put(d, "sampling",
                tki_d_range(tki_d_signed(tki_d_share(0)), proto->low / proto->mid - 1, proto->high / proto->mid - 1));
    if (zstd->mid > 0 && !b->o->ratio_given && isnan(b->o->calibrated_columnar)) {
        tki_doc_say(d, "; of compression ");
        tki_doc_put(d, "compression",
                    tki_d_range(tki_d_signed(tki_d_share(0)), zstd->low / zstd->mid / (proto->low / proto->mid) - 1,
                                zstd->high / zstd->mid / (proto->high / proto->mid) - 1));
        tki_doc_say(d, "; of what a columnar store makes of it ");
        tki_doc_put(d, "store",
                    tki_d_range(tki_d_signed(tki_d_share(0)), tki_columnar_model.low / tki_columnar_model.mid - 1,
                                tki_columnar_model.high / tki_columnar_model.mid - 1));
    }
}

static void put_notes(struct tki_doc *d)
{
    tki_doc_space(d);
    tki_doc_paragraph(d, NULL);
    tki_doc_say(
        d, "Bytes are those of OTLP protobuf as written, in powers of 1000; stored is what a columnar store makes of"
           " them, by zstd -3 of these traces.  Dollars are for what is stored once the retention time has passed,"
           " without requests and traffic.");
}

int report(const struct options *o, const struct dump *dump)
{
    struct basis b;
    struct tki_doc d;
    settle(o, dump, &b);
    tki_doc_init(&d, "cost", 2, "What keeping these traces costs");
    tki_doc_labels(&d, LABEL);
    tki_doc_data(&d, "complete", tki_d_bool(dump->status == 0));
    verdict(&d, &b);
    tki_doc_space(&d);
    put_rows(&d, &b);
    tki_doc_space(&d);
    bool failed = put_fail_on(&d, &b);
    put_dump(&d, &b);
    put_store(&d, &b);
    put_uncertainty(&d, &b);
    put_policies(&d, &b);
    put_encodings(&d, &b);
    put_losses(&d, &b);
    put_bill(&d, &b);
    put_notes(&d);
    tki_report_write(&o->report, &d);
    tki_doc_free(&d);
    return dump->status ? dump->status : failed ? 1 : 0;
}

void report_prices(const struct options *o)
{
    static const struct tki_doc_column columns[] = {
        {.title = "name", .key = "name"},
        {.title = "$/GB-month", .key = "dollars_per_gb_month", .right = true},
        {.title = "item", .key = "item", .shrink = TKI_WRAP},
        {.title = "read", .key = "read"},
        {.title = "note", .key = "note", .shrink = TKI_WRAP},
    };
    struct tki_doc d;
    tki_doc_init(&d, "prices", 1, "Prices of storage");
    tki_doc_table(&d, "prices", columns, sizeof columns / sizeof *columns);
    tki_doc_main(&d);
    for (const struct tki_price *p = tki_prices; p->name; p++) {
        tki_doc_row(&d);
        tki_doc_cell(&d, tki_d_words(p->name));
        tki_doc_cell(&d, tki_d_given(p->tiers[0].dollars));
        tki_doc_cell(&d, tki_d_words(p->item));
        tki_doc_cell(&d, tki_d_words(p->date));
        tki_doc_cell(&d, tki_d_words(p->note));
    }
    tki_report_write(&o->report, &d);
    tki_doc_free(&d);
}
