#include "cli/suffix.h"

#include "base/buf.h"
#include "base/err.h"

static const struct {
    const char *suffix;
    const char *spans, *report; /* the format; NULL: not written under that name */
} known[] = {
    {".speedscope.json", "speedscope", NULL}, /* before .json */
    {".json", "json", "json"},
    {".jsonl", "json", "json"},
    {".ndjson", "json", "json"},
    {".pb", "otlp", NULL},
    {".binpb", "otlp", NULL},
    {".otlp", "otlp", NULL},
    {".tsv", "table", "tsv"},
    {".csv", NULL, "csv"},
    {".md", NULL, "md"},
    {".txt", NULL, "text"},
    {".flame.svg", "flamegraph", NULL}, /* before .svg */
    {".graph.svg", "servicegraph", NULL},
    {".svg", "svg", NULL},
    {".html", "html", "html"},
    {".htm", "html", "html"},
    {".folded", "folded", NULL},
    {".dot", "dot", NULL},
    {".gv", "dot", NULL},
    {".mmd", "mermaid", NULL},
    {".mermaid", "mermaid", NULL},
    {".prom", "openmetrics", NULL},
};
enum { KNOWN = sizeof known / sizeof *known };

static const char *const zstds[] = {".zst", ".zstd", NULL};
static const char *const others[] = {".gz", ".gzip", ".xz", ".bz2", ".lz4", ".lzma", ".zip", ".tgz", NULL};

static bool ends_with(tk_str s, const char *suffix)
{
    tk_str end = tki_str(suffix);
    return s.n > end.n && tki_str_same_letters((tk_str){s.p + s.n - end.n, end.n}, end);
}

static bool ends_with_any(tk_str s, const char *const *suffixes, size_t *n)
{
    for (; *suffixes; suffixes++)
        if (ends_with(s, *suffixes)) {
            *n = strlen(*suffixes);
            return true;
        }
    return false;
}

static const char *format_at(size_t i, enum tki_suffix_of what)
{
    return what == TKI_SUFFIX_SPANS ? known[i].spans : known[i].report;
}

/* The last dot and what follows; nothing if the dot begins or ends the name. */
static tk_str suffix_of(tk_str name)
{
    for (size_t i = name.n; i-- > 1;)
        if (name.p[i] == '.')
            return i + 1 < name.n ? (tk_str){name.p + i, name.n - i} : (tk_str){"", 0};
    return (tk_str){"", 0};
}

static int refuse(const char *option, const char *path, tk_str suffix, enum tki_suffix_of what, struct tk_err *err)
{
    struct tki_buf names = {0};
    for (size_t i = 0; i < KNOWN; i++)
        if (format_at(i, what))
            tki_buf_printf(&names, "%s%s", names.n ? " " : "", known[i].suffix);
    tki_buf_putc(&names, 0);
    int shown = suffix.n < 20 ? (int)suffix.n : 20;
    if (what == TKI_SUFFIX_SPANS)
        tki_err_set(err, TK_EUSAGE, "--%s=%.80s: the suffix %.*s says no format: give one with -t (known are %s)",
                    option, path, shown, suffix.p, names.err ? "" : names.p);
    else
        tki_err_set(err, TK_EUSAGE, "--%s=%.80s: a report is not written as %.*s (known are %s)", option, path, shown,
                    suffix.p, names.err ? "" : names.p);
    tki_buf_free(&names);
    return TK_EUSAGE;
}

int tki_suffix_read(struct tki_suffix *s, const char *option, const char *path, enum tki_suffix_of what,
                    struct tk_err *err)
{
    *s = (struct tki_suffix){0};
    if (!path || strcmp(path, "-") == 0)
        return 0;
    const char *slash = strrchr(path, '/');
    tk_str name = tki_str(slash ? slash + 1 : path);
    size_t n;
    if (ends_with_any(name, others, &n))
        return tki_err_set(err, TK_EUSAGE,
                           "--%s=%.80s: files are compressed with zstd only: end the name in .zst, or write into "
                           "a pipe",
                           option, path);
    s->zstd = ends_with_any(name, zstds, &n);
    if (s->zstd)
        name.n -= n;
    if (what == TKI_SUFFIX_NAMED)
        return 0;
    tk_str suffix = suffix_of(name);
    for (size_t i = 0; i < KNOWN && suffix.n; i++)
        if (ends_with(name, known[i].suffix)) {
            s->format = format_at(i, what);
            return s->format ? 0 : refuse(option, path, suffix, what, err);
        }
    return suffix.n ? refuse(option, path, suffix, what, err) : 0;
}
