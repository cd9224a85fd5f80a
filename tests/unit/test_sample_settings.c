/* Settings with odd values against what four releases of the collector accept: testdata/sampling/settings.tsv. */
#include "sample_help.h"
#include "tap.h"

static const unsigned release[] = {144, 153, 157, 161};
enum { RELEASES = sizeof release / sizeof *release };

static void set_variables(void)
{
    static const char *const set[][2] = {
        {"N", "5"},      {"F", "2.5"},  {"B", "true"},          {"H", "007"}, {"T", "GET"},  {"L", "[GET, POST]"},
        {"M", "{a: b}"}, {"EMPTY", ""}, {"DATE", "2026-11-30"}, {"D", "3s"},  {"W", " sp "}, {"Q", "\"quoted\""}};
    for (size_t i = 0; i < sizeof set / sizeof *set; i++)
        setenv(set[i][0], set[i][1], 1);
    unsetenv("UNSET");
}

/* Returns how many of the releases answer otherwise than is recorded. */
static unsigned differ(const char *answers, const char *settings)
{
    char text[4200]; /* a line and what is around it */
    unsigned wrong = 0;
    bool head = strncmp(settings, "head ", 5) == 0;
    snprintf(text, sizeof text, "processors: {%s: %s}\n", head ? "probabilistic_sampler" : "tail_sampling",
             settings + 5);
    for (int i = 0; i < RELEASES; i++) {
        struct tki_sampler s;
        struct tk_err err = {0};
        bool opens = open_text(&s, text, NULL, release[i], &err) == 0;
        if (opens)
            tki_sampler_close(&s);
        if (opens == (answers[i] == 'a'))
            continue;
        wrong++;
        diag("0.%u %s: %s%s", release[i], settings, opens ? "accepted" : "refused: ", opens ? "" : err.text);
    }
    return wrong;
}

int main(void)
{
    char line[4096];
    unsigned wrong = 0, n = 0;
    char path[1024];
    const char *top = getenv("TRACEKIT_TOP");
    snprintf(path, sizeof path, "%s/testdata/sampling/settings.tsv", top ? top : ".");
    FILE *f = fopen(path, "r");
    if (!f) {
        perror(path);
        return 1;
    }
    set_variables();
    while (fgets(line, sizeof line, f)) {
        line[strcspn(line, "\n")] = '\0';
        char *tab = strchr(line, '\t');
        if (!tab || tab != line + RELEASES)
            continue;
        n++;
        wrong += differ(line, tab + 1);
    }
    fclose(f);
    ok(wrong == 0, "%u settings in %d releases: %u differ", n, RELEASES, wrong);
    ok(n > 400, "%u were read", n);
    return done_testing();
}
