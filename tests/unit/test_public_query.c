/* tracekit/query.h as a program outside uses it. */
#include "outside.h"

static struct tk_query *parse(const char *text)
{
    struct tk_query *q;
    struct tk_err err = {0};
    if (tk_query_parse(&q, (tk_str){text, strlen(text)}, &err) < 0)
        bail_out("%s: %s", text, err.text);
    return q;
}

/* Value of a cell against that of the command's line of JSON. */
static bool same_cell(struct tk_query_run *r, size_t row, size_t column, const char *line)
{
    const char *p = member(line, tk_query_run_column(r, column));
    tk_str text = tk_query_run_text(r, row, column);
    if (!p)
        return false;
    switch (tk_query_run_cell(r, row, column)) {
    case TK_CELL_NONE: return strncmp(p, "null", 4) == 0 && text.n == 0;
    case TK_CELL_BOOL: return strncmp(p, tk_query_run_int(r, row, column) ? "true" : "false", 4) == 0;
    case TK_CELL_INT:
    case TK_CELL_DURATION:
        return strtoll(p, NULL, 10) == tk_query_run_int(r, row, column) &&
               tk_query_run_number(r, row, column) == (double)tk_query_run_int(r, row, column);
    case TK_CELL_DOUBLE: {
        double want = strtod(p, NULL), got = tk_query_run_number(r, row, column);
        return fabs(want - got) <= 1e-9 * fabs(want);
    }
    case TK_CELL_TEXT:
        return *p == '"' && strncmp(p + 1, text.p, text.n) == 0 && p[1 + text.n] == '"' &&
               isnan(tk_query_run_number(r, row, column));
    }
    return false;
}

/* The table is the command's, line by line. */
static void same_table(const char *dump, const char *text, uint64_t step_ns, const char *options, unsigned threads)
{
    struct tk_query *q = parse(text);
    struct tk_query_run *r;
    struct tk_err err = {0};
    struct tk_read_opts opts = {.needs = tk_query_needs(q), .threads = threads};
    char *json = command("tracecat --json %s --query '%s' %s", options, text, dump), *line = json;
    opts.attr_keys = tk_query_keys(q, &opts.nattr_keys);
    struct tk_reader *reader = open_dump(dump, &opts);
    if (tk_query_run_new(&r, q, &err) < 0)
        bail_out("%s", err.text);
    tk_query_run_step(r, step_ns);
    is_int(tk_query_run_read(r, reader, &err), 0, "%s: the dump is read: %s", text, err.text);
    is_uint(tk_query_run_rows(r), 0, "there are no rows before the end");
    is_int(tk_query_run_finish(r, &err), 0, "the table is finished: %s", err.text);
    size_t rows = tk_query_run_rows(r), columns = tk_query_run_columns(r), same = 0, lines = 0;
    while (*line) {
        char *end = strchr(line, '\n');
        if (end)
            *end = 0;
        bool all = columns > 0 && lines < rows;
        for (size_t k = 0; k < columns && all; k++)
            all = same_cell(r, lines, k, line);
        if (!all)
            diag("row %zu: %s", lines, line);
        same += all;
        lines++;
        line = end ? end + 1 : line + strlen(line);
    }
    ok(rows > 0 && same == rows && lines == rows, "%s: %zu of %zu rows are those of the command, which has %zu", text,
       same, rows, lines);
    ok(!tk_query_run_column(r, columns) && tk_query_run_cell(r, rows, 0) == TK_CELL_NONE &&
           tk_query_run_cell(r, 0, columns) == TK_CELL_NONE && isnan(tk_query_run_number(r, rows, 0)),
       "beyond the table there is nothing");
    tk_query_run_free(r);
    tk_query_free(q);
    tk_reader_close(reader);
    free(json);
}

/* Ids of the spans that are selected, in order, as the command prints them. */
static void same_spans(const char *dump, const char *text)
{
    struct tk_query *q = parse(text);
    struct tk_query_run *r;
    struct tk_traces *traces;
    struct tk_batch *b;
    struct tk_err err = {0};
    struct tk_reader *reader = open_dump(dump, NULL);
    char *json = command("tracecat --spans -t rows --group --query '%s' %s", text, dump);
    const char *p = json;
    size_t selected = 0, same = 0, printed = 0;
    if (tk_query_run_new(&r, q, &err) < 0 || tk_traces_open(&traces, NULL, &err) < 0)
        bail_out("%s", err.text);
    while (tk_reader_next(reader, &b) == 1)
        tk_traces_add(traces, b, NULL, 0);
    while (tk_traces_next(traces, &b) == 1) {
        uint32_t *rows = malloc(b->nspans * sizeof *rows);
        size_t n = 0;
        if (!rows || tk_query_run_select(r, b, rows, &n, &err) < 0)
            bail_out("%s", err.text);
        for (size_t i = 0; i < n; i++, selected++) {
            char id[TK_SPAN_ID_SIZE];
            tk_span_id_format(b->spans[rows[i]].span_id, id);
            p = member(p, "span_id");
            same += p && strncmp(p + 1, id, 16) == 0;
        }
        free(rows);
    }
    for (p = json; (p = member(p, "span_id")); printed++)
        ;
    ok(selected > 0 && same == selected && printed == selected,
       "%s: %zu of %zu spans are those of the command, which has %zu", text, same, selected, printed);
    is_int(tk_query_run_add(r, b, &err), TK_EUSAGE, "such a query has no table");
    is_int(tk_query_run_finish(r, &err), TK_EUSAGE, "and none to be finished");
    tk_query_run_free(r);
    tk_query_free(q);
    tk_traces_close(traces);
    tk_reader_close(reader);
    free(json);
}

static void test_mistakes(void)
{
    struct tk_query *q;
    struct tk_query_run *r;
    struct tk_err err = {0};
    struct tk_batch *b = tk_batch_new();
    uint32_t rows[1];
    size_t n;
    is_int(tk_query_parse(&q, (tk_str){"{ .a = }", 8}, &err), TK_EUSAGE, "what is no query is refused");
    ok(!q && err.has_offset && err.offset == 7 && err.text[0], "with its place: %s", err.text);
    tk_query_free(NULL);
    tk_query_run_free(NULL);

    q = parse("{ } | order by span:duration desc");
    tk_query_run_new(&r, q, &err);
    is_int(tk_query_run_select(r, b, rows, &n, &err), TK_EUNSUPPORTED, "an order is not known trace by trace");
    ok(strstr(err.text, "select()") != NULL, "which is said: %s", err.text);
    tk_query_run_free(r);
    tk_query_free(q);

    q = parse("{ } | rate()");
    is_int(tk_query_gives(q), TK_GIVES_SERIES, "metrics give series");
    tk_query_run_new(&r, q, &err);
    is_int(tk_query_run_select(r, b, rows, &n, &err), TK_EUSAGE, "and no spans");
    is_int(tk_query_run_finish(r, &err), 0, "no traces are an empty table");
    is_int(tk_query_run_finish(r, &err), TK_EUSAGE, "that is finished once");
    is_int(tk_query_run_add(r, b, &err), TK_EUSAGE, "and takes nothing afterwards");
    tk_query_run_free(r);
    tk_query_free(q);
    tk_batch_free(b);
}

/* What came before a fault is taken in. */
static void test_fault(void)
{
    static const char line[] = "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"traceId\":"
                               "\"5b8efff798038103d269b633813fc60c\",\"spanId\":\"eee19b7ec3c1b174\",\"name\":\"work\","
                               "\"startTimeUnixNano\":\"1790000000000000000\",\"endTimeUnixNano\":"
                               "\"1790000000000000001\"}]}]}]}\n{\"resourceSpans\":[{\"scope";
    struct tk_query *q = parse("{ } | count()");
    struct tk_query_run *r;
    struct tk_reader *reader;
    struct tk_err err = {0};
    if (tk_query_run_new(&r, q, &err) < 0 ||
        tk_reader_open_memory(&reader, line, sizeof line - 1, NULL, NULL, &err) < 0)
        bail_out("%s", err.text);
    is_int(tk_query_run_read(r, reader, &err), TK_ETRUNCATED, "a fault of the input is returned");
    is_str(err.source, "memory", "with its source");
    is_int(tk_query_run_finish(r, &err), 0, "and the table is finished");
    is_uint(tk_query_run_rows(r), 1, "with what came before");
    tk_query_run_free(r);
    tk_query_free(q);
    tk_reader_close(reader);
}

int main(void)
{
    same_table(JAEGER, "{ } | count()", 0, "", 0);
    same_table(JAEGER, "{ kind = server } | select(duration, span.http.status_code, status, trace:duration)", 0, "", 0);
    same_table(JAEGER, "{ status = error } | select(name, span.http.status_code)", 0, "", 2);
    same_table(SHOP, "{ } | by(resource.service.name) | avg(duration)", 0, "", 0);
    same_table(SHOP, "{ } >> { status = error } | select(name)", 0, "", 0);
    same_table(SHOP, "{ } | rate() by (resource.service.name)", 0, "", 2);
    same_table(SHOP, "{ } | quantile_over_time(duration, .5, .99) by (name)", 0, "", 0);
    same_table(SHOP, "{ } | rate()", 1000000000, "--step 1s", 0);
    same_table(JAEGER, "{ } | rate() by (resource.service.name)", 0, "", 0);
    same_spans(JAEGER, "{ kind = server && duration > 20ms }");
    same_spans(SHOP, "{ status = error } | limit 5");
    test_mistakes();
    test_fault();
    return done_testing();
}
