/* The report as a document: the verdict and the causes, the evidence, how it was computed. */
#include "parts.h"

void td_report(struct tki_doc *d, const struct td_answer *a, bool complete)
{
    static const char *const modes[] = {"sets", "split", "slow", "tail", "alone"};
    const struct td_request *r = a->request;
    tki_doc_init(d, "diff", 2, "What makes the difference");
    tki_report_damage(d, complete, &a->damage);
    tki_doc_data(d, "mode",
                 tki_d_words(r->what_if ? "what-if"
                             : r->drag  ? "drag"
                             : r->pair  ? "pair"
                             : r->dark  ? "dark"
                                        : modes[a->mode]));
    if (r->nfiles[0])
        tki_doc_input(d, r->files[0][0]);
    if (r->what_if) {
        td_put_whatif(d, a);
    } else if (r->drag) {
        td_put_drag(d, a);
    } else if (r->pair) {
        td_put_pair(d, a);
    } else if (r->dark) {
        td_put_dark(d, a);
    } else {
        td_put_causes(d, a);
        td_put_figures(d, a);
        td_put_sides(d, a);
        td_put_paths(d, a);
        if (r->tables)
            td_put_structure(d, a);
    }
    td_put_terms(d, a);
}
