/* What the name of an output file says, case by case. */
#include <string.h>

#include "cli/suffix.h"
#include "tap.h"

static const struct {
    const char *path;
    enum tki_suffix_of what;
    const char *format;
    bool zstd;
} says[] = {
    {NULL, TKI_SUFFIX_SPANS, NULL, false},
    {"-", TKI_SUFFIX_REPORT, NULL, false},
    {"", TKI_SUFFIX_SPANS, NULL, false},
    {"a", TKI_SUFFIX_SPANS, NULL, false},
    {".json", TKI_SUFFIX_SPANS, NULL, false}, /* a hidden file, as .profile is one */
    {"a.", TKI_SUFFIX_SPANS, NULL, false},
    {"a..", TKI_SUFFIX_SPANS, NULL, false},
    {"/a.xyz/b", TKI_SUFFIX_SPANS, NULL, false},
    {"/dev/stdout", TKI_SUFFIX_REPORT, NULL, false},
    {"../a.json", TKI_SUFFIX_SPANS, "json", false},
    {"a.b.json", TKI_SUFFIX_SPANS, "json", false},
    {"a.JsonL", TKI_SUFFIX_SPANS, "json", false},
    {"a.ndjson.zst", TKI_SUFFIX_SPANS, "json", true},
    {"a.pb.ZSTD", TKI_SUFFIX_SPANS, "otlp", true},
    {"a.zst", TKI_SUFFIX_SPANS, NULL, true},
    {"a.zst", TKI_SUFFIX_REPORT, NULL, true},
    {"a.binpb", TKI_SUFFIX_SPANS, "otlp", false},
    {"a.otlp", TKI_SUFFIX_SPANS, "otlp", false},
    {"a.tsv", TKI_SUFFIX_SPANS, "table", false},
    {"a.folded", TKI_SUFFIX_SPANS, "folded", false},
    {"a.gv", TKI_SUFFIX_SPANS, "dot", false},
    {"a.mmd", TKI_SUFFIX_SPANS, "mermaid", false},
    {"a.speedscope.json", TKI_SUFFIX_SPANS, "speedscope", false},
    {"speedscope.json", TKI_SUFFIX_SPANS, "json", false},
    {"a.tsv", TKI_SUFFIX_REPORT, "tsv", false},
    {"a.md", TKI_SUFFIX_REPORT, "md", false},
    {"a.txt.zst", TKI_SUFFIX_REPORT, "text", true},
    {"a.jsonl", TKI_SUFFIX_REPORT, "json", false},
    {"a.xyz", TKI_SUFFIX_NAMED, NULL, false},
    {"a.json.zst", TKI_SUFFIX_NAMED, NULL, true},
};

static const struct {
    const char *path;
    enum tki_suffix_of what;
    const char *text; /* how the message begins */
} refused[] = {
    {"a.xyz", TKI_SUFFIX_SPANS, "--output=a.xyz: the suffix .xyz says no format: give one with -t (known are "},
    {"b/a.xlsx.zst", TKI_SUFFIX_SPANS, "--output=b/a.xlsx.zst: the suffix .xlsx says no format: give one with -t ("},
    {"a.txt", TKI_SUFFIX_SPANS, "--output=a.txt: the suffix .txt says no format: "},
    {"a.md", TKI_SUFFIX_SPANS, "--output=a.md: the suffix .md says no format: "},
    {"a.pb", TKI_SUFFIX_REPORT, "--output=a.pb: a report is not written as .pb (known are .json .jsonl "},
    {"a.speedscope.json", TKI_SUFFIX_REPORT, "--output=a.speedscope.json: a report is not written as .json ("},
    {"a.json.gz", TKI_SUFFIX_SPANS, "--output=a.json.gz: files are compressed with zstd only"},
    {"a.GZ", TKI_SUFFIX_NAMED, "--output=a.GZ: files are compressed with zstd only"},
    {"a.xz", TKI_SUFFIX_REPORT, "--output=a.xz: files are compressed with zstd only"},
};

int main(void)
{
    struct tki_suffix s;
    for (size_t i = 0; i < sizeof says / sizeof *says; i++) {
        struct tk_err err = {0};
        const char *path = says[i].path;
        ok(tki_suffix_read(&s, "output", path, says[i].what, &err) == 0, "'%s' is a name: %s", path ? path : "",
           err.text);
        is_str(s.format ? s.format : "", says[i].format ? says[i].format : "", "'%s' says the format",
               path ? path : "");
        ok(s.zstd == says[i].zstd, "'%s' is compressed or not", path ? path : "");
    }
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct tk_err err = {0};
        is_int(tki_suffix_read(&s, "output", refused[i].path, refused[i].what, &err), TK_EUSAGE, "'%s' is refused",
               refused[i].path);
        ok(strncmp(err.text, refused[i].text, strlen(refused[i].text)) == 0, "with a reason: %s", err.text);
    }
    return done_testing();
}
