/* The report in the format that was asked for. */
#include "tracediff.h"

void td_report_begin(struct td_out *to, const struct td_answer *a)
{
    to->json.to = &to->text;
    switch (a->request->format) {
    case TD_TEXT: td_text_begin(&to->text, a); break;
    case TD_JSON: td_json_begin(&to->json, a); break;
    case TD_TSV: td_tsv_begin(&to->text); break;
    default: /* folded stacks have no header */ break;
    }
}

void td_report_group(struct td_out *to, const struct td_answer *a, const struct td_group *g)
{
    switch (a->request->format) {
    case TD_TEXT: td_text_group(&to->text, a, g); break;
    case TD_JSON: td_json_group(&to->json, a, g); break;
    case TD_TSV: td_tsv_group(&to->text, a, g); break;
    default: td_folded_group(&to->text, a, g); break;
    }
}

void td_report_end(struct td_out *to, const struct td_answer *a)
{
    if (a->request->format == TD_JSON)
        td_json_end(&to->json);
}
