/* --formats: what is read and written. */
#include "tracecat.h"

static const struct tk_format_info tree = {
    .name = "tree", .about = "waterfalls, for people", .can_write = true, .whole_traces = true, .view = true};

/* Returns the i-th format: those of the library, then tree, which only tracecat has.  Returns NULL behind the last. */
static const struct tk_format_info *format_at(size_t i)
{
    const struct tk_format_info *f = tk_format_at(i);
    return f ? f : i == 0 || tk_format_at(i - 1) ? &tree : NULL;
}

static void put_format(struct tki_doc *d, const struct tk_format_info *f)
{
    tki_doc_row(d);
    tki_doc_cell(d, tki_d_words(f->name));
    tki_doc_cell(d, tki_d_words(f->can_read ? "yes" : "-"));
    tki_doc_cell(d, tki_d_words(f->view ? "view" : f->can_write ? "yes" : "-"));
    tki_doc_cell(d, tki_d_words(f->about));
    tki_doc_cell(d, tki_d_bool(f->can_read));
    tki_doc_cell(d, tki_d_bool(f->can_write));
    tki_doc_cell(d, tki_d_bool(f->view));
    tki_doc_cell(d, tki_d_bool(f->whole_traces));
    tki_doc_cell(d, tki_d_bool(f->binary));
}

void list_formats(const struct options *o)
{
    static const struct tki_doc_column columns[] = {
        {.title = "format", .key = "name", .min = 13},
        {.title = "read", .min = 5, .tight = 1},
        {.title = "write", .min = 5, .tight = 1},
        {.title = "", .tight = 1, .key = "about", .shrink = TKI_WRAP},
        {.key = "read"},
        {.key = "written"},
        {.key = "view"},
        {.key = "whole_traces"},
        {.key = "binary"},
    };
    const struct tk_format_info *f;
    struct tki_report to;
    struct tki_doc d;
    tki_report_settle(&to, &(struct tki_report_ask){.to = o->common.to,
                                                    .json = o->common.json,
                                                    .option = "output",
                                                    .path = o->common.output,
                                                    .compress = o->common.compress});
    tki_doc_init(&d, "formats", 1, "Formats");
    tki_doc_table(&d, "formats", columns, sizeof columns / sizeof *columns);
    tki_doc_main(&d);
    for (size_t i = 0; (f = format_at(i)); i++)
        put_format(&d, f);
    tki_report_write(&to, &d);
    tki_doc_free(&d);
}
