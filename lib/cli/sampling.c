#include "cli/sampling.h"

#include <inttypes.h>
#include <stdio.h>

#include "cli/msg.h"

const char *const tki_sampling_heads[] = {"always_on", "always_off",
                                          "traceidratio=", "parentbased_traceidratio=", NULL};
const char *const tki_sampling_processors[] = {"tail_sampling", "probabilistic_sampler", NULL};
const char *const tki_sampling_sdks[] = {"go", "java", "python", "jaeger", NULL};

static bool is_standard_input(const char *path)
{
    return strcmp(path, "-") == 0;
}

void tki_sampling_check(const struct tki_command *command, const struct tki_sampling *o, const char *const *files,
                        size_t nfiles)
{
    size_t readers = 0;
    for (size_t i = 0; i < o->configs.n; i++)
        readers += is_standard_input(o->configs.item[i]);
    if (readers > 1)
        tki_opts_usage(command, "-c -: standard input can be read once");
    bool traces = nfiles == 0;
    for (size_t i = 0; i < nfiles; i++)
        traces = traces || is_standard_input(files[i]);
    if (readers && traces)
        tki_opts_usage(command, "-c -: standard input holds the configuration, so the traces must be in a file");
    for (size_t i = 0; i < o->configs.n; i++)
        tki_tell_keyboard(o->configs.item[i]);
    if (o->version && !tki_release_parse(o->version))
        tki_opts_usage(command, "--collector-version: '%s' is not a version such as 0.140", o->version);
    if (!o->configs.n && (o->processor || o->version))
        tki_opts_usage(command, "--processor and --collector-version go with --config");
    if (o->sdk && !o->head)
        tki_opts_usage(command, "--sdk goes with --head");
}

static void open_sampler(const struct tki_sampling *o, const char *const *paths, size_t npaths, struct tki_sampler *s)
{
    struct tk_err err = {0};
    unsigned release = o->version ? tki_release_parse(o->version) : 0;
    struct tki_head head;
    int rc = tki_sampler_open_gated(s, paths, npaths, o->processor, release, o->gates.item, o->gates.n, &err);
    if (rc == 0 && o->head) {
        rc = tki_head_open_sdk(&head, o->head, o->sdk ? o->sdk : "go", &err);
        snprintf(err.source, sizeof err.source, "--head");
    }
    if (rc == 0 && o->head)
        rc = tki_sampler_put_head(s, &head, &err);
    if (rc == 0)
        return;
    tki_msg_err(&err); /* whatever is wrong with the configuration, it is the caller's */
    tki_cli_finish(rc == TK_ENOMEM ? TKI_EXIT_IO : TKI_EXIT_USAGE);
}

void tki_sampling_open(const struct tki_sampling *o, struct tki_sampler *s)
{
    open_sampler(o, o->configs.item, o->configs.n, s);
}

void tki_sampling_open_baseline(const struct tki_sampling *o, const char *path, struct tki_sampler *s)
{
    open_sampler(o, &path, 1, s);
}

void tki_sampling_warn(const struct tki_sampler *s)
{
    for (size_t i = 0; i < s->warnings.n; i++)
        tki_msg("%s", s->warnings.text[i]);
    char doubt[160];
    if (s->tail && !s->strategies && tki_release_doubt(s->release, doubt, sizeof doubt))
        tki_msg("%s", doubt);
}

void tki_sampling_names(const struct tki_sampling *o, struct tki_buf *to)
{
    for (size_t i = 0; i < o->configs.n; i++)
        tki_buf_printf(to, "%s%s", i ? ", " : "",
                       is_standard_input(o->configs.item[i]) ? "standard input" : o->configs.item[i]);
}

void tki_sampling_question(const struct tki_sampler *s, struct tki_buf *to)
{
    if (s->settings)
        tki_buf_printf(to, "settings %016" PRIx64 " of %s\n", s->settings, s->strategies ? "strategies" : s->processor);
    for (size_t i = 0; i < s->nheads; i++)
        tki_buf_printf(to, "head sampler %s\n", s->heads[i].name);
    tki_buf_printf(to, "decisions as collector 0.%u makes them\n", tki_sampling_release(s));
    tki_buf_printf(to, "gates%s%s%s\n", s->consistent ? " usetracestate" : "", s->lambdas ? " enableLambda" : "",
                   s->record_policy ? " recordpolicy" : "");
}
