/* What the columns of a table may be, told by their names: a proposal for --columns. */
#include <ctype.h>
#include <stdio.h>

#include "format/detect/refused.h"

enum { NAME_MAX_BYTES = 40, COLUMNS_MAX = 64 };

static const struct {
    const char *field, *words; /* words: letters of column names, in lower case, with spaces around */
} fields[] = {{"trace_id", " traceid trace "},
              {"span_id", " spanid span id "},
              {"parent_span_id", " parentid parentspanid parent parentspan "},
              {"service", " service servicename svc app application "},
              {"name", " name spanname operation operationname op "},
              {"start", " start starttime timestamp begin begintime ts time "},
              {"end", " end endtime stop finish "},
              {"duration", " duration dur elapsed latency took "}};
enum { TRACE, SPAN, PARENT, SERVICE, NAME, START, END, DURATION, FIELDS };

/* What ends the name of a column of time: its unit, as --columns has it, which is ns for "". */
static const struct {
    const char *letters, *unit;
} units[] = {{"unixnano", ""}, {"nanos", ""},    {"nano", ""},     {"ns", ""},   {"unixmicro", "us"}, {"micros", "us"},
             {"us", "us"},     {"unixms", "ms"}, {"millis", "ms"}, {"ms", "ms"}, {"msec", "ms"}};

static bool is_word(const char *words, const char *letters, size_t n)
{
    char word[NAME_MAX_BYTES + 3];
    snprintf(word, sizeof word, " %.*s ", (int)n, letters);
    return n && strstr(words, word);
}

/* The field whose words the letters are, or FIELDS; *unit: NULL when they say none. */
static unsigned field_of(const char *letters, size_t n, const char **unit)
{
    *unit = NULL;
    for (unsigned f = 0; f < FIELDS; f++)
        if (is_word(fields[f].words, letters, n))
            return f;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        size_t end = strlen(units[i].letters);
        if (n <= end || memcmp(letters + n - end, units[i].letters, end) != 0)
            continue;
        *unit = units[i].unit;
        for (unsigned f = START; f < FIELDS; f++)
            if (is_word(fields[f].words, letters, n - end))
                return f;
    }
    return FIELDS;
}

/* Returns false for names that --columns wants in quotes. */
static bool letters_of(tk_str name, char to[NAME_MAX_BYTES], size_t *n)
{
    *n = 0;
    if (!name.n || name.n > NAME_MAX_BYTES)
        return false;
    for (size_t i = 0; i < name.n; i++) {
        unsigned char c = (unsigned char)name.p[i];
        if (isalnum(c))
            to[(*n)++] = (char)tolower(c);
        else if (!strchr("_.-", c) || !c)
            return false;
    }
    return true;
}

void tki_guess_columns(struct tki_buf *to, tk_str header, char separator)
{
    tk_str column[FIELDS] = {{0}};
    const char *unit[FIELDS] = {NULL}, *said;
    const char *p = header.p, *end = header.p + header.n;
    for (unsigned i = 0; i < COLUMNS_MAX && p < end; i++) {
        const char *next = memchr(p, separator, (size_t)(end - p));
        tk_str name = {p, (size_t)((next ? next : end) - p)};
        while (name.n && (name.p[name.n - 1] == '\r' || name.p[name.n - 1] == ' '))
            name.n--;
        char letters[NAME_MAX_BYTES];
        size_t n;
        unsigned f = letters_of(name, letters, &n) ? field_of(letters, n, &said) : FIELDS;
        if (f < FIELDS && !column[f].p) {
            column[f] = name;
            unit[f] = said;
        }
        p = next ? next + 1 : end;
    }
    if (!column[TRACE].p || !column[SPAN].p || !column[START].p)
        return;
    bool unclear = !column[END].p && column[DURATION].p && !unit[DURATION];
    tki_buf_lit(to, ", perhaps ");
    for (unsigned f = 0; f < FIELDS; f++) {
        if (!column[f].p || (f == DURATION && column[END].p))
            continue;
        tki_buf_printf(to, "%s%s=", f ? "," : "", fields[f].field);
        tki_buf_str(to, column[f]);
        if (unit[f] && *unit[f])
            tki_buf_printf(to, ":%s", unit[f]);
        else if (f == DURATION && unclear)
            tki_buf_lit(to, ":UNIT");
    }
    if (unclear)
        tki_buf_lit(to, " (UNIT is s, ms, us or ns)");
}
