/* --formats: what is read and written. */
#include "cli/json_out.h"
#include "cli/msg.h"
#include "io/sink.h"
#include "tracecat.h"

static const struct tk_format_info tree = {
    .name = "tree", .about = "waterfalls, for people", .can_write = true, .whole_traces = true, .view = true};

/* The i-th of the library's, then the one that is not among them; NULL past the last. */
static const struct tk_format_info *format_at(size_t i)
{
    const struct tk_format_info *f = tk_format_at(i);
    return f ? f : i == 0 || tk_format_at(i - 1) ? &tree : NULL;
}

static void put_text(struct tki_buf *to)
{
    const struct tk_format_info *f;
    tki_buf_lit(to, "format         read  write\n");
    for (size_t i = 0; (f = format_at(i)); i++)
        tki_buf_printf(to, "%-14s %-5s %-5s %s\n", f->name, f->can_read ? "yes" : "-",
                       f->view        ? "view"
                       : f->can_write ? "yes"
                                      : "-",
                       f->about);
}

static void put_json(struct tki_buf *to)
{
    const struct tk_format_info *f;
    struct tki_json j = {.to = to};
    tki_json_object(&j, NULL);
    tki_json_text(&j, "schema", "tracekit.formats.v1");
    tki_json_array(&j, "formats");
    for (size_t i = 0; (f = format_at(i)); i++) {
        tki_json_object(&j, NULL);
        tki_json_text(&j, "name", f->name);
        tki_json_text(&j, "about", f->about);
        tki_json_bool(&j, "read", f->can_read);
        tki_json_bool(&j, "written", f->can_write);
        tki_json_bool(&j, "view", f->view);
        tki_json_bool(&j, "whole_traces", f->whole_traces);
        tki_json_bool(&j, "binary", f->binary);
        tki_json_end(&j);
    }
    tki_json_end(&j);
    tki_json_end(&j);
}

void list_formats(const struct options *o)
{
    struct tki_common c = o->common;
    struct tki_buf text = {0};
    struct tki_sink *sink;
    struct tk_err err = {0};
    if (tki_common_name_report(&c, "output", c.output, c.json, NULL, &err) < 0)
        tki_opts_usage(&tracecat_command, "%s", err.text);
    (c.json ? put_json : put_text)(&text);
    if (text.err)
        tki_die(TKI_EXIT_IO, "out of memory");
    if (tki_sink_open(&sink, c.output, (int)c.compress, 0, &err) < 0 ||
        tki_sink_write(sink, text.p, text.n, &err) < 0 || tki_sink_close(sink, &err) < 0)
        tki_die_err(&err);
    tki_buf_free(&text);
}
