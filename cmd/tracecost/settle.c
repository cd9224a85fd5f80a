/* What the report rests on: the rate, the quantities of what arrives, and a row for each share and policy. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/msg.h"
#include "report/number.h"
#include "tracecost.h"

/* How many traces arrived for each that the dump holds. */
static double before_sampling(const struct tki_measured *all)
{
    return all->traces ? all->represented / (double)all->traces : 1;
}

static void settle_stream(const struct options *o, const struct dump *d, struct basis *b)
{
    const struct tki_measured *all = d->read ? &d->all[GROUP_ALL] : NULL;
    b->stream = (struct tki_stream){.per = rate_per(o),
                                    .measured = !o->rate_text,
                                    .spans_per_trace = o->spans_given ? o->spans : NAN,
                                    .span_bytes = o->span_bytes_given ? (double)o->span_bytes : NAN,
                                    .all = all,
                                    .encodings = all ? &d->encodings : NULL,
                                    .columnar_span = o->calibrated_columnar,
                                    .es_span = o->calibrated_elastic};
    if (o->rate_text)
        b->stream.per_s = o->rate_of == RATE_OF_KEPT && all ? o->rate * before_sampling(all) : o->rate;
    else if (all && all->seconds > 0)
        b->stream.per_s = all->represented / all->seconds;
    else
        tki_die(TKI_EXIT_USAGE, "the dump's traces do not begin at different times: give the rate with --rate");
    b->rate_from = o->rate_text ? "given" : "measured";
    b->spans_from = o->spans_given ? "given" : "measured";
    b->bytes_from = o->span_bytes_given ? "given" : "measured";
    tki_stream_quantities(&b->stream, NULL, &b->all);
    if (all)
        tki_stream_quantities(&b->stream, &d->all[GROUP_NOTABLE], &b->notable);
    b->traces_per_s = b->all.per_s[TKI_Q_TRACES].mid;
    b->spans_per_trace = o->spans_given ? o->spans : all->spans_per_trace.value;
    b->span_bytes = o->span_bytes_given ? (double)o->span_bytes : all->span_bytes.value;
}

/* ---- rows ---- */

static double share_of(const struct row *r, const struct basis *b, enum tki_quantity q)
{
    return b->all.per_s[q].mid > 0 ? r->kept.per_s[q].mid / b->all.per_s[q].mid : 0;
}

static void price_row(struct row *r, struct basis *b)
{
    const struct tki_cost *first;
    struct priced *p = &b->priced[r - b->row];
    p->name = r->name;
    p->streams = (struct tki_streams){r->kept, r->notable, b->d->read};
    money_price(b->money, p);
    first = &p->cost[0];
    r->stored_gb = tki_range_scale(first->stored_bytes, 1e-9);
    r->dollars = first->complete ? first->dollars : tki_range_exact(NAN);
    r->traces = share_of(r, b, TKI_Q_TRACES);
    r->spans = share_of(r, b, TKI_Q_SPANS);
    r->bytes = share_of(r, b, TKI_Q_PROTO);
}

static double over(double part, double whole)
{
    return whole > 0 ? part / whole : NAN;
}

static void add_as_it_is(struct basis *b)
{
    const struct tki_measured *all = b->d->all;
    struct row *r = &b->row[b->nrows++];
    snprintf(r->name, sizeof r->name, "as it is");
    tki_stream_quantities(&b->stream, &b->d->as_it_is, &r->kept);
    r->notable = b->notable;
    tki_quantities_scale(&r->notable, over((double)all[GROUP_NOTABLE].traces, all[GROUP_NOTABLE].represented));
    r->errors = over((double)all[GROUP_ERRORS].traces, all[GROUP_ERRORS].represented);
    r->slow = over((double)all[GROUP_SLOW].traces, all[GROUP_SLOW].represented);
    r->share = NAN;
    price_row(r, b);
}

/* A share of traces at random keeps the same share of spans and bytes; a policy does not. */
static void add_share(struct basis *b, double share)
{
    struct row *r = &b->row[b->nrows++];
    if (b->d->all[GROUP_ALL].weighted && share == 1)
        snprintf(r->name, sizeof r->name, "before sampling");
    else
        tki_percent_format(r->name, share);
    r->kept = b->all;
    r->notable = b->notable;
    tki_quantities_scale(&r->kept, share);
    tki_quantities_scale(&r->notable, share);
    r->errors = r->slow = r->share = share;
    price_row(r, b);
}

static void add_side(struct basis *b, const struct side *s)
{
    const struct tki_measured *all = b->d->all;
    struct row *r = &b->row[b->nrows++];
    snprintf(r->name, sizeof r->name, "%s", s->name);
    tki_stream_quantities(&b->stream, &s->kept[GROUP_ALL], &r->kept);
    tki_stream_quantities(&b->stream, &s->kept[GROUP_NOTABLE], &r->notable);
    r->errors = over(s->kept[GROUP_ERRORS].represented, all[GROUP_ERRORS].represented);
    r->slow = over(s->kept[GROUP_SLOW].represented, all[GROUP_SLOW].represented);
    r->share = NAN;
    r->side = s;
    price_row(r, b);
}

static void measure_without(const struct basis *b, const struct tki_measured *kept, struct tki_quantities *q)
{
    struct tki_stream s = b->stream;
    s.encodings = &b->d->without->encodings;
    tki_stream_quantities(&s, kept, q);
    const struct tki_measured *all = &b->d->without->kept[GROUP_ALL];
    if (all->bytes)
        q->per_s[TKI_Q_JSON] = tki_range_scale(q->per_s[TKI_Q_PROTO], (double)all->json_bytes / (double)all->bytes);
}

static void take_range(struct tki_range *to, const struct tki_range *of)
{
    to->low = fmin(of->low, to->mid);
    to->high = fmax(of->high, to->mid);
}

/* What is left is everything less what is saved, which was found on the same traces: by ranges of its own leaving
 * something out could cost more. */
static void pair_with(const struct basis *b, const struct tki_quantities *all, struct tki_quantities *q)
{
    struct tki_quantities left = *all;
    tki_saved_apply(&b->d->without->saved, &left);
    take_range(&q->per_s[TKI_Q_PROTO], &left.per_s[TKI_Q_PROTO]);
    take_range(&q->per_s[TKI_Q_ZSTD], &left.per_s[TKI_Q_ZSTD]);
    take_range(&q->per_s[TKI_Q_ES_JSON], &left.per_s[TKI_Q_ES_JSON]);
    if (isnan(b->stream.columnar_span)) /* else in proportion to protobuf */
        take_range(&q->per_s[TKI_Q_COLUMNAR], &left.per_s[TKI_Q_COLUMNAR]);
    if (isnan(b->stream.es_span))
        take_range(&q->per_s[TKI_Q_ES_STORED], &left.per_s[TKI_Q_ES_STORED]);
}

/* Everything, without some keys. */
static void add_drop(struct basis *b)
{
    const struct dump *d = b->d;
    struct row *r = &b->row[b->nrows++];
    size_t n = (size_t)snprintf(r->name, sizeof r->name, "without ");
    for (size_t i = 0; i < b->o->drops.n && n < sizeof r->name; i++)
        n += (size_t)snprintf(r->name + n, sizeof r->name - n, "%s%s", i ? ", " : "", b->o->drops.item[i]);
    measure_without(b, &d->without->kept[GROUP_ALL], &r->kept);
    measure_without(b, &d->without->kept[GROUP_NOTABLE], &r->notable);
    pair_with(b, &b->all, &r->kept);
    pair_with(b, &b->notable, &r->notable);
    r->errors = r->slow = 1;
    r->share = NAN;
    r->dropped = true;
    price_row(r, b);
}

void settle(const struct options *o, const struct dump *d, const struct money *m, struct basis *b)
{
    *b = (struct basis){.o = o, .d = d, .money = m, .priced = calloc(ROWS_MAX, sizeof *b->priced)};
    if (!b->priced)
        tki_die(TKI_EXIT_IO, "out of memory");
    settle_stream(o, d, b);
    if (d->all[GROUP_ALL].weighted)
        add_as_it_is(b);
    for (size_t i = 0; i < o->nshares; i++)
        add_share(b, o->share[i]);
    if (o->drops.n && d->read)
        add_drop(b);
    for (size_t k = 0; k < d->nsides; k++)
        add_side(b, &d->side[k]);
}
