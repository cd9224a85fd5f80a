#include "compare/survey_state.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/err.h"
#include "format/otlp/otlp.h"
#include "run/state_pb.h"
#include "run/state_trace.h"
#include "run/state_zip.h"
#include "run/traces.h"

/* The field of State, those of DiffState, and of its messages. */
enum { DIFF = 21 };
enum { CLASS = 1, TRACE };
enum { CLASS_KIND = 1, CLASS_FAILED, CLASS_HALF_OCTAVE, CLASS_TRACES };
enum { TRACE_ID = 1, TRACE_CLASS, TRACE_OTLP };

/* ---- writing ---- */

struct saving {
    const struct tki_survey *s;
    struct tki_state_zip zip;
    struct tki_buf b, spans;
};

static int put_classes(struct saving *x, struct tk_err *err)
{
    int rc = 0;
    for (uint32_t i = 0; i < x->s->nclasses && rc == 0; i++) {
        const struct tki_class *c = &x->s->class[i];
        x->b.n = 0;
        if (c->kind != TK_NONE)
            tki_state_bytes(&x->b, CLASS_KIND, x->s->names.strs[c->kind]);
        tki_state_number(&x->b, CLASS_FAILED, c->failed);
        tki_state_number(&x->b, CLASS_HALF_OCTAVE, c->half_octave);
        tki_state_number(&x->b, CLASS_TRACES, c->traces);
        rc = tki_state_zip_put(&x->zip, CLASS, &x->b, err);
    }
    return rc;
}

static int put_trace(struct saving *x, const struct tk_batch *trace, struct tk_err *err)
{
    tk_id128 id = trace->spans[0].trace_id;
    const struct tki_class *c = tki_survey_class_of(x->s, id);
    if (!c) /* its spans are no trace: their id is 0 */
        return 0;
    x->b.n = x->spans.n = 0;
    tki_otlp_proto_put(&x->spans, trace, NULL, 0);
    tki_state_put_id(&x->b, TRACE_ID, id);
    tki_state_number(&x->b, TRACE_CLASS, (uint64_t)(c - x->s->class));
    tki_state_bytes(&x->b, TRACE_OTLP, (tk_str){x->spans.p, x->spans.n});
    return x->spans.err ? tki_err_memory(err) : tki_state_zip_put(&x->zip, TRACE, &x->b, err);
}

static int put_traces(struct saving *x, struct tk_traces *traces, struct tk_err *err)
{
    struct tk_batch *trace;
    int rc = tki_traces_rewind(traces, TK_NEED_COPY), put = 0;
    while (rc >= 0 && put >= 0 && (rc = tk_traces_next(traces, &trace)) == 1)
        put = trace->nspans ? put_trace(x, trace, err) : 0;
    if (rc < 0)
        *err = *tk_traces_err(traces);
    return rc < 0 ? rc : put;
}

int tki_survey_state_save(const struct tki_survey *s, struct tk_traces *traces, struct tki_state_out *to,
                          struct tk_err *err)
{
    struct saving x = {.s = s, .zip = {.to = to, .record = DIFF}};
    int rc = put_classes(&x, err);
    rc = rc < 0 ? rc : put_traces(&x, traces, err);
    rc = rc < 0 ? rc : tki_state_zip_end(&x.zip, err);
    tki_state_zip_free(&x.zip);
    tki_buf_free(&x.b);
    tki_buf_free(&x.spans);
    return rc;
}

/* ---- reading ---- */

struct loading { /* one state */
    struct tki_survey_state *x;
    uint32_t *class; /* of the survey, by the number in the state */
    size_t n, cap;
};

int tki_survey_state_open(struct tki_survey_state *x, struct tki_survey *s, size_t memory_max, const char *tmpdir,
                          struct tk_err *err)
{
    *x = (struct tki_survey_state){.survey = s};
    return tki_sorter_open(&x->spans, memory_max, tmpdir, err);
}

static int take_class(struct loading *l, struct tki_pb c)
{
    tk_str kind = {NULL, 0};
    uint64_t failed = 0, half_octave = 0, traces = 0;
    for (unsigned tag; (tag = tki_pb_tag(&c));)
        switch (tag) {
        case TKI_PB(CLASS_KIND, LEN): kind = tki_pb_str(&c); break;
        case TKI_PB(CLASS_FAILED, VARINT): failed = tki_pb_varint(&c); break;
        case TKI_PB(CLASS_HALF_OCTAVE, VARINT): half_octave = tki_pb_varint(&c); break;
        case TKI_PB(CLASS_TRACES, VARINT): traces = tki_pb_varint(&c); break;
        default: tki_pb_skip(&c, tag);
        }
    if (c.error || failed > 1 || half_octave > TKI_NO_OCTAVE || !traces || traces > UINT32_MAX)
        return TK_EINVALID;
    uint32_t class = tki_survey_class(l->x->survey, kind.p ? &kind : NULL, failed, (uint8_t)half_octave);
    if (class == TK_NONE || TKI_GROW(l->class, l->cap, l->n + 1) < 0)
        return TK_ENOMEM;
    l->class[l->n++] = class;
    l->x->survey->class[class].traces += traces;
    l->x->loaded += traces;
    return 0;
}

static int take_trace(struct loading *l, struct tki_pb c, struct tk_err *err)
{
    struct tki_survey_state *x = l->x;
    tk_id128 id = {0};
    tk_str spans = {"", 0};
    uint64_t class = 0;
    bool known = false;
    for (unsigned tag; (tag = tki_pb_tag(&c));)
        switch (tag) {
        case TKI_PB(TRACE_ID, LEN): known = tki_state_get_id(tki_pb_str(&c), &id); break;
        case TKI_PB(TRACE_CLASS, VARINT): class = tki_pb_varint(&c); break;
        case TKI_PB(TRACE_OTLP, LEN): spans = tki_pb_str(&c); break;
        default: tki_pb_skip(&c, tag);
        }
    if (c.error || !known || class >= l->n)
        return TK_EINVALID;
    uint32_t before = x->ids.n, n = tki_idmap_put(&x->ids, id);
    if (n == TKI_MAP_NONE)
        return TK_ENOMEM;
    if (n < before) {
        x->shared++;
        return 0;
    }
    if (tki_survey_put(x->survey, id, l->class[class]) < 0)
        return TK_ENOMEM;
    return tki_sorter_add(x->spans, id, 0, spans, err) < 0 ? err->code : 0;
}

static int take(void *ctx, unsigned field, tk_str message, struct tk_err *err)
{
    struct loading *l = ctx;
    const struct tki_pb c = tki_pb_over(message);
    switch (field) {
    case CLASS: return take_class(l, c);
    case TRACE: return take_trace(l, c, err);
    default: return 0;
    }
}

int tki_survey_state_load(struct tki_survey_state *x, struct tki_state_in *from, struct tk_err *err)
{
    struct loading l = {.x = x};
    struct tki_state_unzip unzip = {.from = from};
    unsigned field;
    tk_str message;
    int rc;
    while ((rc = tki_state_next(from, &field, &message, err)) == 1)
        if (field == DIFF && (rc = tki_state_unzip_record(&unzip, message, take, &l, err)) < 0)
            break;
    rc = rc < 0 ? rc : tki_state_unzip_end(&unzip, err);
    tki_state_unzip_free(&unzip);
    free(l.class);
    return rc;
}

int tki_survey_state_traces(struct tki_survey_state *x, struct tk_traces *to, struct tk_err *err)
{
    struct tk_batch *b = tk_batch_new();
    struct tki_sorted next;
    int rc = b ? 0 : tki_err_memory(err);
    while (rc >= 0 && (rc = tki_sorter_next(x->spans, &next, err)) == 1) {
        if (!tki_survey_class_of(x->survey, next.key))
            continue;
        tk_batch_reset(b);
        rc = tki_otlp_proto_add(b, next.payload, TK_NEED_COPY, err);
        if (rc >= 0 && (rc = tk_traces_add(to, b, NULL, 0)) < 0)
            *err = *tk_traces_err(to);
    }
    tk_batch_free(b);
    return rc < 0 ? rc : 0;
}

void tki_survey_state_close(struct tki_survey_state *x)
{
    tki_sorter_close(x->spans);
    tki_idmap_free(&x->ids);
    x->spans = NULL;
}
