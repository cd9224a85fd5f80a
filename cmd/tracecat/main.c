/* tracecat - read any trace dump, write any other. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/inputs.h"
#include "cli/msg.h"
#include "cli/term.h"
#include "plan.h"

/* Ends the command: what is wrong with the options, and with a query where. */
static _Noreturn void refuse(const struct options *o, const struct tk_err *err)
{
    struct tki_buf caret = {0};
    if (err->code == TK_ENOMEM)
        tki_die_err(err);
    if (!err->has_offset)
        tki_opts_usage(&tracecat_command, "%s", err->text);
    tki_msg("--query: %s", err->text);
    tki_buf_caret(&caret, tki_str(o->query), err->offset);
    if (!caret.err)
        fwrite(caret.p, 1, caret.n, stderr);
    exit(TKI_EXIT_USAGE);
}

static void explain(const struct plan *p)
{
    struct tki_buf text = {0};
    plan_print(p, &text);
    if (text.err)
        tki_die(TKI_EXIT_IO, "out of memory");
    fwrite(text.p, 1, text.n, stdout);
    tki_buf_free(&text);
}

static int run(struct options *o, const char *const *files, size_t nfiles)
{
    struct plan plan;
    struct tk_err err = {0};
    int status = TKI_EXIT_GOOD;
    if (tki_zone_set(o->tz, &o->east, &err) < 0 || plan_of(&plan, o, tki_term_is(STDOUT_FILENO), &err) < 0)
        refuse(o, &err);
    if (o->explain_plan) {
        explain(&plan);
    } else {
        tki_refuse_terminal_input(nfiles);
        tki_refuse_own_output(files, nfiles);
        status = o->merge ? state_merge(&plan, files, nfiles)
                 : plan.answer == PLAN_STATS && !plan.query.query && !plan.filter.of_dump
                     ? summarize(&plan, files, nfiles)
                     : convert(&plan, files, nfiles);
    }
    plan_free(&plan);
    return status;
}

int main(int argc, char **argv)
{
    struct options o = {.argc = argc, .argv = argv};
    const char *const *files;
    size_t nfiles;
    int status = TKI_EXIT_GOOD;
    tki_cli_start(tracecat_command.name);
    tki_opts_parse(&tracecat_command, argc, argv, &o, &files, &nfiles);
    if (o.formats) {
        list_formats(&o);
    } else {
        struct tki_inputs inputs = {0};
        tki_inputs_settle(&inputs, &o.common, &files, &nfiles);
        status = run(&o, files, nfiles);
        tki_inputs_free(&inputs);
    }
    tki_list_free(&o.traces);
    tki_list_free(&o.redact);
    tki_list_free(&o.logs);
    tki_cli_finish(status);
}
