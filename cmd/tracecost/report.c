/* The report: what it costs, in a sentence and in a table; then what that rests on. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/msg.h"
#include "report/number.h"
#include "tracecost.h"

enum { LABEL = 12 }; /* columns of "span bytes" and a gap */

/* ---- the verdict ---- */

/* What a row costs; "from 24.70" where not all of it can be said. */
static struct tki_datum dollars(struct tki_doc *d, const struct basis *b, const struct row *r)
{
    const struct tki_cost *c = &b->priced[r - b->row].cost[0];
    char number[TKI_QUANTITY_MAX], *text;
    if (c->complete || !(c->dollars.low > 0))
        return money_between(&r->dollars);
    text = tki_arena_alloc(&d->arena, sizeof number + sizeof "from ");
    if (!text) {
        d->err = TK_ENOMEM;
        return tki_d_none();
    }
    snprintf(text, sizeof number + sizeof "from ", "from %s", tki_dollars_format(number, c->dollars.low));
    return tki_d_words(text);
}

static const struct row *find_share(const struct basis *b, double share)
{
    for (size_t i = 0; i < b->nrows; i++)
        if (b->row[i].share == share)
            return &b->row[i];
    return NULL;
}

/* What a dump of this length cannot know.  A dump of one day ends some time before midnight, with its last trace. */
static const char *not_in_it(double seconds)
{
    static const double hour = 3600, day = 86400;
    if (seconds < day - hour)
        return "; nights and weekends are not in it";
    return seconds < 7 * day - hour ? "; weekends are not in it" : "";
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
    if (m->traces == 1)
        tki_doc_say(d, "  No interval here can be trusted: one trace says nothing of others.");
    else if (m->traces < TKI_TRACES_MIN)
        tki_doc_say(d, "  No interval here can be trusted: %u traces say little of others.", (unsigned)m->traces);
    if (m->traces < TKI_TRACES_MIN || m->top_share <= TKI_TOP_SHARE_MAX)
        return;
    tki_doc_say(d, "  No interval here can be trusted: the largest ");
    tki_doc_put(d, NULL, tki_d_share(0.01));
    tki_doc_say(d, " of traces carry ");
    tki_doc_put(d, NULL, tki_d_share(m->top_share));
    tki_doc_say(d, " of the bytes.");
}

static bool is_columnar(const struct tki_backend *b)
{
    return b->stores && b->stored_of == TKI_Q_COLUMNAR && isnan(b->ratio);
}

/* Services at a price of one's own may bill nothing that is stored. */
static bool bills_stored(const struct tki_cost *c)
{
    for (size_t i = 0; i < c->n; i++)
        if (c->item[i].charge->base == TKI_BASE_STORED)
            return true;
    return false;
}

/* Without a dump: what the first backend would cost if nothing were compressed; false: that is not the question. */
static bool cost_as_written(const struct basis *b, const struct row *r, struct tki_cost *c)
{
    struct tki_backend whole = *b->money->backend[0];
    struct tk_err err;
    if (!is_columnar(&whole) || !(r->kept.assumed >> TKI_Q_COLUMNAR & 1) ||
        !bills_stored(&b->priced[r - b->row].cost[0]))
        return false;
    whole.ratio = 1;
    return tki_cost_month(&whole, &b->priced[r - b->row].streams, &b->money->terms, 0, c, &err) == 0 && c->complete;
}

static void say_compression(struct tki_doc *d, const struct basis *b, const struct row *r)
{
    const struct tki_range *q = r->kept.per_s;
    struct tki_cost written;
    if (!is_columnar(b->money->backend[0]) || !(q[TKI_Q_COLUMNAR].mid > 0) ||
        !bills_stored(&b->priced[r - b->row].cost[0]))
        return;
    if (r->kept.assumed >> TKI_Q_COLUMNAR & 1) {
        tki_doc_say(d, ", if a columnar store compresses them ");
        tki_doc_put(d, NULL, tki_d_number(q[TKI_Q_PROTO].mid / q[TKI_Q_COLUMNAR].high));
        tki_doc_say(d, ":1 to ");
        tki_doc_put(d, NULL, tki_d_number(q[TKI_Q_PROTO].mid / q[TKI_Q_COLUMNAR].low));
        tki_doc_say(d, ":1");
        if (!cost_as_written(b, r, &written))
            return;
        tki_doc_say(d, ", and $");
        tki_doc_put(d, NULL, tki_d_dollars(written.dollars.mid));
        tki_doc_say(d, " if nothing were compressed");
        return;
    }
    tki_doc_say(d, "; a columnar store compresses them ");
    tki_doc_put(d, NULL, tki_d_number(q[TKI_Q_PROTO].mid / q[TKI_Q_COLUMNAR].mid));
    tki_doc_say(d, ":1 as %s", isnan(b->o->calibrated_columnar) ? "measured" : "calibrated");
}

/* In every backend, with the date of its prices. */
static void say_backends(struct tki_doc *d, const struct basis *b, const struct row *r)
{
    const struct priced *p = &b->priced[r - b->row];
    for (size_t k = 0; k < b->money->n; k++) {
        tki_doc_say(d, k ? ", " : "");
        say_money(d, &p->cost[k], true);
        tki_doc_say(d, " in %s (", b->money->backend[k]->label);
        say_price_date(d, &p->cost[k]);
        tki_doc_say(d, "%s)", p->cost[k].assumed ? "; sizes assumed" : "");
    }
}

/* The same in few words, beside what everything costs there. */
static void say_stores(struct tki_doc *d, const struct basis *b, const struct row *r)
{
    for (size_t k = 0; k < b->money->n; k++) {
        tki_doc_say(d, k ? ", " : "");
        say_money(d, &b->priced[r - b->row].cost[k], false);
        if (b->money->n > 1)
            tki_doc_say(d, " in %s", b->money->backend[k]->label);
    }
}

/* What the first sentence is about: everything, if that was asked. */
static const struct row *first_row(const struct basis *b)
{
    const struct row *all = find_share(b, 1);
    return all ? all : &b->row[0];
}

static void verdict(struct tki_doc *d, const struct basis *b)
{
    const struct row *first = first_row(b);
    tki_doc_verdict(d, NULL);
    tki_doc_say(d, "Keeping %s costs ", find_share(b, 1) ? "all" : first->name);
    say_backends(d, b, first);
    say_compression(d, b, first);
    if (b->d->all[GROUP_ALL].weighted && first != &b->row[0]) {
        tki_doc_say(d, "; what is in the dump costs ");
        say_stores(d, b, &b->row[0]);
    }
    for (size_t i = 0; i < b->nrows; i++) {
        const struct row *r = &b->row[i];
        if (!r->side)
            continue;
        tki_doc_say(d, "; what %s keeps costs ",
                    r->side == &b->d->side[0] && b->o->sampling.configs.n ? "the policy" : r->name);
        say_stores(d, b, r);
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
    double day = bytes_per_s * 86400, month = day * b->money->terms.month_days;
    double spans_month = spans_per_s * 86400 * b->money->terms.month_days / 1e6;
    tki_doc_row(d);
    tki_doc_cell(d, tki_d_words(r->name));
    tki_doc_cell(d, tki_d_share(r->traces));
    tki_doc_cell(d, tki_d_number(spans_per_s));
    tki_doc_cell(d, tki_d_byte_rate(bytes_per_s));
    tki_doc_cell(d, tki_d_mean_bytes(day));
    tki_doc_cell(d, tki_d_mean_bytes(month));
    tki_doc_cell(d, tki_d_mean_bytes(r->stored_gb.mid * 1e9));
    tki_doc_cell(d, dollars(d, b, r));
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
    const struct priced *p = &b->priced[judged_row(b) - b->row];
    tki_doc_data(d, "month_days", tki_d_given(b->money->terms.month_days));
    for (size_t k = 0; k < b->money->n; k++) {
        const struct tki_cost *c = &p->cost[k];
        const struct tki_backend *is = b->money->backend[k];
        tki_doc_line(d, NULL, k ? "" : "store");
        if (is->nparts) {
            tki_doc_say(d, "%s: traces with errors and slow ones in %s, the rest in %s; ", is->label,
                        is->part[0]->label, is->part[1]->label);
        } else {
            tki_doc_say(d, "%s: %s; kept ", is->label, is->title);
            tki_doc_put(d, NULL, tki_d_number(c->retention_days));
            tki_doc_say(d, " %s, ", c->retention_days == 1 ? "day" : "days");
            tki_doc_put(d, NULL, tki_d_given(c->copies));
            tki_doc_say(d, " %s, ", c->copies == 1 ? "copy" : "copies");
        }
        say_price_date(d, c);
    }
    put_missing(d, b->money, p);
    put_span_cost(d, b->money, p);
}

/* "-12 % to +15 %", of 1. */
static void put_part(struct tki_doc *d, const char *key, double low, double high)
{
    const struct tki_datum range = tki_d_range(tki_d_signed(tki_d_share(0)), low - 1, high - 1);
    bool tiny = fabs(low - 1) < 0.0005 && fabs(high - 1) < 0.0005;
    if (tiny)
        tki_doc_say(d, "less than 0.1 %%");
    if (tiny)
        tki_doc_data(d, key, range);
    else
        tki_doc_put(d, key, range);
}

/* The parts of the range of dollars, apart. */
static void put_uncertainty(struct tki_doc *d, const struct basis *b)
{
    const struct tki_range *proto = &b->all.per_s[TKI_Q_PROTO], *zstd = &b->all.per_s[TKI_Q_ZSTD];
    if (!b->d->read || !(proto->mid > 0))
        return;
    tki_doc_line(d, "uncertainty", "ranges");
    tki_doc_say(d, "bytes, as the dump is a sample: ");
    if (b->d->all[GROUP_ALL].traces == 1)
        tki_doc_say(d, "not known from one trace, and so in no range of dollars");
    else
        put_part(d, "sampling", proto->low / proto->mid, proto->high / proto->mid);
    if (zstd->mid > 0 && isnan(b->o->calibrated_columnar)) {
        tki_doc_say(d, "; compression: ");
        if (isnan(b->d->encodings.of[TKI_E_ZSTD_3].ratio.low))
            tki_doc_say(d, "not known from so few bytes, and so in no range of dollars");
        else
            put_part(d, "compression", zstd->low / zstd->mid / (proto->low / proto->mid),
                     zstd->high / zstd->mid / (proto->high / proto->mid));
        tki_doc_say(d, "; what a columnar store makes of it: ");
        put_part(d, "store", tki_columnar_model.low / tki_columnar_model.mid,
                 tki_columnar_model.high / tki_columnar_model.mid);
    }
}

/* Without a dump: what stands for bytes that were not measured. */
static void put_assumed_sizes(struct tki_doc *d, const struct basis *b, const struct priced *shown)
{
    static const struct tki_doc_column columns[] = {{.key = "of"}, {.key = "factor"}, {.key = "low"}, {.key = "high"}};
    static const char *const words[TKI_Q_COUNT] = {
        [TKI_Q_JSON] = "OTLP JSON",
        [TKI_Q_JAEGER_JSON] = "Jaeger's JSON",
        [TKI_Q_JAEGER_PROTO] = "Jaeger's protobuf",
        [TKI_Q_ZIPKIN_JSON] = "Zipkin's JSON",
        [TKI_Q_ES_JSON] = "Jaeger's documents for Elasticsearch",
        [TKI_Q_ES_STORED] = "what Elasticsearch stores, a copy,",
        [TKI_Q_ZSTD] = "what zstd makes of them",
        [TKI_Q_COLUMNAR] = "what a columnar store holds, a copy,",
    };
    uint32_t used = 0;
    for (size_t k = 0; k < b->money->n; k++)
        for (size_t i = 0; i < shown->cost[k].n; i++)
            used |= shown->cost[k].item[i].assumed ? UINT32_C(1) << shown->cost[k].item[i].charge->of : 0;
    if (!used)
        return;
    tki_doc_table(d, "assumed_sizes", columns, sizeof columns / sizeof *columns);
    for (int q = 0; q < TKI_Q_COUNT; q++)
        if (used >> q & 1) {
            tki_doc_row(d);
            tki_doc_cell(d, tki_d_words(tki_quantity_names[q]));
            tki_doc_cell(d, tki_d_given(tki_assumed_factor[q].mid));
            tki_doc_cell(d, tki_d_given(tki_assumed_factor[q].low));
            tki_doc_cell(d, tki_d_given(tki_assumed_factor[q].high));
        }
    tki_doc_close(d);
    for (int q = 0, first = 1; q < TKI_Q_COUNT; q++)
        if (used >> q & 1) {
            tki_doc_line(d, NULL, first ? "sizes" : "");
            first = 0;
            tki_doc_say(d, "assumed without a dump: %s is ", words[q]);
            tki_doc_put(d, NULL, tki_d_given(tki_assumed_factor[q].mid));
            tki_doc_say(d, " times the bytes of OTLP protobuf (");
            tki_doc_put(d, NULL, tki_d_given(tki_assumed_factor[q].low));
            tki_doc_say(d, " to ");
            tki_doc_put(d, NULL, tki_d_given(tki_assumed_factor[q].high));
            tki_doc_say(d, " in four dumps that were measured); a dump of yours%s says more",
                        q == TKI_Q_ES_STORED  ? ", or --calibrate elasticsearch=700B/span,"
                        : q == TKI_Q_COLUMNAR ? ", or --calibrate tempo=75B/span,"
                                              : "");
        }
}

/* The other end of what is assumed: a copy as it is written. */
static void put_as_written(struct tki_doc *d, const struct basis *b)
{
    const struct row *r = first_row(b);
    struct tki_cost c;
    double stored = 0;
    if (!cost_as_written(b, r, &c))
        return;
    for (size_t i = 0; i < c.n; i++)
        stored += c.item[i].charge->base == TKI_BASE_STORED ? c.item[i].dollars.mid : 0;
    tki_doc_line(d, "as_written", "as written");
    tki_doc_data(d, "kept", tki_d_words(r->name));
    tki_doc_say(d, "if nothing were compressed, ");
    tki_doc_data(d, "stored_gb", tki_d_number(c.stored_bytes.mid / 1e9));
    tki_doc_put(d, NULL, tki_d_mean_bytes(c.stored_bytes.mid));
    tki_doc_say(d, " in %s (%s) would be $", b->money->backend[0]->label, r->name);
    tki_doc_put(d, "dollars_per_month", tki_d_dollars(c.dollars.mid));
    tki_doc_say(d, " a month, $");
    tki_doc_put(d, "dollars_stored", tki_d_dollars(stored));
    tki_doc_say(d, " of that for what is stored");
}

static void put_notes(struct tki_doc *d, const struct basis *b)
{
    const struct tki_backend *first = b->money->backend[0];
    bool columnar = b->d->read && is_columnar(first);
    tki_doc_space(d);
    tki_doc_paragraph(d, NULL);
    tki_doc_say(d, "Bytes are those of OTLP protobuf as written, in powers of 1000%s",
                !columnar                          ? ".  "
                : isnan(b->o->calibrated_columnar) ? "; stored is what a columnar store makes of them, by zstd -3 of"
                                                     " these traces.  "
                                                   : "; stored is by what --calibrate says.  ");
    tki_doc_say(d, "Dollars are list prices, for a month in which everything is kept that ever will be.");
}

/* Returns false if a budget does not even buy the errors and the slow traces. */
static bool put_money(struct tki_doc *d, const struct basis *b)
{
    bool affordable = true;
    const struct priced *shown = &b->priced[judged_row(b) - b->row];
    const struct tki_streams all = {b->all, b->notable, b->d->read};
    if (b->money->n > 1)
        tki_doc_space(d);
    put_costs(d, b->money, b->priced, b->nrows);
    tki_doc_space(d);
    if (!isnan(b->money->budget)) {
        affordable = put_affordable(d, b);
        tki_doc_space(d);
    }
    put_charges(d, b->money, shown);
    tki_doc_space(d);
    put_months(d, b->money, shown);
    put_break_even(d, b->money, &all);
    tki_doc_space(d);
    put_assumptions(d, b->money);
    money_warn(b->money, shown);
    return affordable;
}

int report(const struct options *o, const struct dump *dump, const struct money *m)
{
    struct basis b;
    struct tki_doc d;
    settle(o, dump, m, &b);
    tki_doc_init(&d, "cost", 3, "What keeping these traces costs");
    tki_doc_labels(&d, LABEL);
    tki_report_damage(&d, dump->status == 0, &dump->damage);
    verdict(&d, &b);
    tki_doc_space(&d);
    bool failed = put_fail_on(&d, &b);
    put_rows(&d, &b);
    tki_doc_space(&d);
    put_dump(&d, &b);
    put_store(&d, &b);
    put_uncertainty(&d, &b);
    put_assumed_sizes(&d, &b, &b.priced[judged_row(&b) - b.row]);
    put_as_written(&d, &b);
    put_policies(&d, &b);
    put_drop(&d, &b);
    put_encodings(&d, &b);
    put_losses(&d, &b);
    put_bill(&d, &b);
    failed = !put_money(&d, &b) || failed;
    put_notes(&d, &b);
    tki_report_write(&o->report, &d);
    tki_doc_free(&d);
    free(b.priced);
    return dump->status ? dump->status : failed ? 1 : 0;
}
