/* Dark time in the report: where nothing that was instrumented ran. */
#include "report.h"

#include <math.h>

static void say_where(struct tki_doc *d, const struct td_answer *a, const struct tki_gap_sig *s)
{
    tk_str prev = s->prev == TK_NONE ? TKI_STR("") : a->profile.keys.key[s->prev].name;
    tk_str next = s->next == TK_NONE ? TKI_STR("") : a->profile.keys.key[s->next].name;
    struct tki_datum before = tki_d_code(prev.n ? prev : TKI_STR("(no name)"));
    struct tki_datum behind = tki_d_code(next.n ? next : TKI_STR("(no name)"));
    switch (s->type) {
    case TKI_GAP_BETWEEN:
        tki_doc_say(d, " between ");
        tki_doc_put(d, NULL, before);
        tki_doc_say(d, " and ");
        tki_doc_put(d, NULL, behind);
        break;
    case TKI_GAP_LEAD:
        tki_doc_say(d, " before ");
        tki_doc_put(d, NULL, behind);
        break;
    case TKI_GAP_TRAIL:
        tki_doc_say(d, " after ");
        tki_doc_put(d, NULL, before);
        break;
    default: tki_doc_say(d, " without any span inside");
    }
}

static void put_finding(struct tki_doc *d, const struct td_answer *a, const struct tki_dark *dark)
{
    const struct tki_gap_sig *s = &a->profile.gap[dark->gap];
    struct tki_path_step step[TKI_PATH_DEPTH_SHOWN];
    tki_doc_paragraph(d, NULL);
    tki_doc_put(d, NULL, td_path(a, s->path, step));
    tki_doc_say(d, ":");
    tki_doc_section(d, NULL, NULL);
    tki_doc_indent(d, 2);
    tki_doc_paragraph(d, NULL);
    tki_doc_put(d, NULL, tki_d_ns(dark->p50_ns));
    say_where(d, a, s);
    tki_doc_say(d, ", in ");
    tki_doc_put(d, NULL, tki_d_share(dark->share[dark->side]));
    tki_doc_say(d, " of %s and ", td_side(a, dark->side));
    tki_doc_put(d, NULL, tki_d_share(dark->share[!dark->side]));
    tki_doc_say(d, " of %s traces, on the critical path in ", td_side(a, !dark->side));
    tki_doc_put(d, NULL, tki_d_share(dark->cpath_share));
    tki_doc_say(d, ", ");
    tki_doc_put(d, NULL, tki_d_share(dark->root_share));
    tki_doc_say(d, " of their duration");
    if (dark->different) {
        tki_doc_say(d, "; ");
        tki_doc_put(d, NULL, tki_d_signed(tki_d_mean_ns(dark->diff_ns)));
        tki_doc_say(d, " on average");
    }
    tki_doc_labels(d, sizeof "example");
    if (dark->nexamples)
        tki_doc_line(d, NULL, "example");
    for (uint32_t i = 0; i < dark->nexamples; i++) {
        if (i)
            tki_doc_break(d);
        tki_doc_put(d, NULL, tki_d_trace_id(dark->example[i]));
    }
    tki_doc_labels(d, TKI_LABEL);
    tki_doc_end(d);
}

static void data_dark(struct tki_doc *d, const struct td_answer *a, const struct tki_dark *dark)
{
    static const char *const types[] = {"whole", "lead", "between", "trail"};
    const struct tki_gap_sig *s = &a->profile.gap[dark->gap];
    struct tki_path_step step[TKI_PATH_DEPTH_SHOWN];
    tki_doc_object(d, NULL);
    tki_doc_data(d, "path", td_path(a, s->path, step));
    tki_doc_data(d, "type", tki_d_words(types[s->type]));
    if (s->prev == TK_NONE)
        tki_doc_data(d, "after", tki_d_none());
    else
        td_put_key(d, "after", a, s->prev);
    if (s->next == TK_NONE)
        tki_doc_data(d, "before", tki_d_none());
    else
        td_put_key(d, "before", a, s->next);
    tki_doc_data(d, "different", tki_d_bool(dark->different));
    tki_doc_data(d, "q", tki_d_number(dark->q));
    tki_doc_data(d, "traces_a", tki_d_count(dark->traces[0]));
    tki_doc_data(d, "traces_b", tki_d_count(dark->traces[1]));
    tki_doc_data(d, "share_a", tki_d_share(dark->share[0]));
    tki_doc_data(d, "share_b", tki_d_share(dark->share[1]));
    tki_doc_data(d, "cpath_ns_a", tki_d_ns(llround(dark->mean_ns[0])));
    tki_doc_data(d, "cpath_ns_b", tki_d_ns(llround(dark->mean_ns[1])));
    tki_doc_data(d, "diff_ns", tki_d_ns(llround(dark->diff_ns)));
    tki_doc_data(d, "side", tki_d_words(dark->side ? "b" : "a"));
    tki_doc_data(d, "p50_ns", tki_d_ns(dark->p50_ns));
    tki_doc_data(d, "p95_ns", tki_d_ns(dark->p95_ns));
    tki_doc_data(d, "cpath_p50_ns", tki_d_ns(dark->cpath_p50_ns));
    tki_doc_data(d, "duration_share", tki_d_share(dark->root_share));
    tki_doc_data(d, "cpath_trace_share", tki_d_share(dark->cpath_share));
    tki_doc_array(d, "examples");
    for (uint32_t i = 0; i < dark->nexamples; i++)
        tki_doc_data(d, NULL, tki_d_trace_id(dark->example[i]));
    tki_doc_end(d);
    tki_doc_end(d);
}

static void put_nothing(struct tki_doc *d, const struct td_answer *a)
{
    tki_doc_space(d);
    tki_doc_paragraph(d, NULL);
    tki_doc_say(d, "Dark time: nothing of ");
    tki_doc_put(d, NULL, tki_d_ns(a->request->dark.min_ns));
    tki_doc_say(d, " and ");
    tki_doc_put(d, NULL, tki_d_share(a->request->dark.share_min));
    tki_doc_say(d, " of the median duration on the critical path");
}

/* Findings that tell the sides apart come first. */
void td_put_dark(struct tki_doc *d, const struct td_answer *a, const struct tki_darkness *dark)
{
    size_t top = a->request->top && a->request->top < dark->n ? a->request->top : dark->n;
    tki_doc_close(d);
    tki_doc_data(d, "dark_total", tki_d_count(dark->n));
    tki_doc_array(d, "dark");
    for (size_t i = 0; i < top; i++)
        data_dark(d, a, &dark->dark[i]);
    tki_doc_end(d);
    if (dark->n == 0)
        put_nothing(d, a);
    for (size_t i = 0; i < top; i++) {
        const struct tki_dark *x = &dark->dark[i];
        if (i == 0 || x->different != dark->dark[i - 1].different) {
            tki_doc_space(d);
            tki_doc_paragraph(d, NULL);
            tki_doc_say(d, "Dark time, where nothing that is instrumented ran, %s",
                        x->different ? "and the sides differ:" : "no significant difference:");
        }
        tki_doc_section(d, NULL, NULL);
        tki_doc_indent(d, 2);
        put_finding(d, a, x);
        tki_doc_end(d);
    }
    if (dark->n > top) {
        tki_doc_section(d, NULL, NULL);
        tki_doc_indent(d, 2);
        tki_doc_paragraph(d, NULL);
        tki_doc_say(d, "and ");
        tki_doc_put(d, NULL, tki_d_count(dark->n - top));
        tki_doc_say(d, " more");
        tki_doc_end(d);
    }
}
