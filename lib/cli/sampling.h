/* sampling.h - the options of commands that replay tail sampling, and what they do with them. */
#ifndef TKI_CLI_SAMPLING_H
#define TKI_CLI_SAMPLING_H

#include "cli/opts.h"
#include "sample/sampler.h"

struct tki_sampling {
    struct tki_list configs; /* -c, in order */
    const char *processor, *version;
    const char *head, *sdk;    /* --head; of tracesample */
    struct tki_list gates;     /* --feature-gates; likewise */
    struct tki_list baselines; /* --baseline; likewise */
};

#define TKI_OPT_CONFIG(at, text)                                                                              \
    {                                                                                                         \
        .letter = 'c', .name = "config", .arg = "FILE", .kind = TKI_LIST, .field = (at), .group = "Sampling", \
        .help = text "; - is standard input, several are merged as the collector merges them",                \
        .brief = "the collector's configuration"                                                              \
    }
#define TKI_OPT_PROCESSOR(at)                                                                                      \
    {                                                                                                              \
        .name = "processor", .arg = "NAME", .kind = TKI_STRING, .field = (at), .choices = tki_sampling_processors, \
        .group = "Sampling", .help = "which of several tail_sampling/NAME processors"                              \
    }
#define TKI_OPT_COLLECTOR_VERSION(at)                                                                             \
    {                                                                                                             \
        .name = "collector-version", .arg = "VERSION", .kind = TKI_STRING, .field = (at), .group = "Sampling",    \
        .help = "decide as that version does, such as 0.140 (default: that of an image beside it, or the newest)" \
    }

/* The release that decides; those that are newer are not known. */
static inline unsigned tki_sampling_release(const struct tki_sampler *s)
{
    return s->release < TKI_RELEASE_NEWEST ? s->release : TKI_RELEASE_NEWEST;
}

extern const char *const tki_sampling_heads[], *const tki_sampling_sdks[],
                                                   *const tki_sampling_processors[]; /* for completion */
#define TKI_OPT_HEAD(at)                                                                                    \
    {                                                                                                       \
        .name = "head", .arg = "SAMPLER", .kind = TKI_STRING, .field = (at), .choices = tki_sampling_heads, \
        .group = "Sampling",                                                                                \
        .help = "a sampler of SDKs decides first, such as traceidratio=0.1; without --config alone",        \
        .brief = "traceidratio=0.1 and the like, before it or alone"                                        \
    }
#define TKI_OPT_SDK(at)                                                                                    \
    {                                                                                                      \
        .name = "sdk", .arg = "SDK", .kind = TKI_STRING, .field = (at), .choices = tki_sampling_sdks,      \
        .group = "Sampling", .help = "whose arithmetic --head has: go (the default), java, python, jaeger" \
    }

#define TKI_OPT_GATES(at)                                                                              \
    {                                                                                                  \
        .name = "feature-gates", .arg = "GATES", .kind = TKI_LIST, .field = (at), .group = "Sampling", \
        .help = "the collector's feature gates: +NAME turns one on, -NAME off, several with commas"    \
    }

/* Ends the command with a message about usage when the options do not go together, or with the files to be read. */
void tki_sampling_check(const struct tki_command *command, const struct tki_sampling *o, const char *const *files,
                        size_t nfiles);
/* Opens the sampler; ends the command when the configuration is wrong. */
void tki_sampling_open(const struct tki_sampling *o, struct tki_sampler *s);
/* The same of another configuration, with the same release and head sampler. */
void tki_sampling_open_baseline(const struct tki_sampling *o, const char *path, struct tki_sampler *s);
/* What should be known of the configuration, one message each. */
void tki_sampling_warn(const struct tki_sampler *s);
/* What decides, as the sampler has understood it, as lines: the same text for the same decisions. */
void tki_sampling_question(const struct tki_sampler *s, struct tki_buf *to);
/* "a.yaml, b.yaml": for reports. */
void tki_sampling_names(const struct tki_sampling *o, struct tki_buf *to);

#endif
