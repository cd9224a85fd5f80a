/* --logs: lines of logs under the spans that they belong to, as a stage. */
#include <inttypes.h>

#include "base/err.h"
#include "cli/msg.h"
#include "pipe.h"
#include "report/number.h"
#include "run/logs.h"

static int put(void *ctx, struct tk_batch *trace, struct tk_err *err)
{
    int r = tki_logs_join(ctx, trace, err);
    return r < 0 ? r : 1;
}

static void done(void *ctx)
{
    const struct tki_log_counts *c = tki_logs_counts(ctx);
    char a[TKI_QUANTITY_MAX], b[TKI_QUANTITY_MAX], x[TKI_QUANTITY_MAX], y[TKI_QUANTITY_MAX];
    tki_msg("%s log %s, %s with a trace id; %s joined to spans, %s of them by time", tki_count_format(a, c->lines),
            tki_plural(c->lines, "line", "lines"), tki_count_format(b, c->with_id), tki_count_format(x, c->joined),
            tki_count_format(y, c->by_time));
    tki_msg("%s of %s spans have no log line", tki_count_format(a, c->silent), tki_count_format(b, c->spans));
    if (c->absent)
        tki_msg("%s trace %s of logs %s in no trace that was read: %s %s", tki_count_format(a, c->absent),
                tki_plural(c->absent, "id", "ids"), tki_plural(c->absent, "is", "are"),
                tki_count_format(b, c->absent_lines), tki_plural(c->absent_lines, "line", "lines"));
    for (unsigned i = 0; i < c->ninvalid; i++)
        tki_msg("%s log %s an invalid header: %s", tki_count_format(a, c->invalid[i].lines),
                tki_plural(c->invalid[i].lines, "line has", "lines have"), c->invalid[i].fault);
    if (c->other_invalid)
        tki_msg("%s more have an invalid header", tki_count_format(a, c->other_invalid));
}

static void free_logs(void *ctx)
{
    tki_logs_close(ctx);
}

struct stage logs_stage(const struct plan *p)
{
    struct tki_logs *l = NULL;
    struct tk_err err = {0};
    int r = tki_logs_open(&l, p->logs_memory, &err);
    for (size_t i = 0; i < p->o->logs.n && r == 0; i++) {
        tki_tell_keyboard(p->o->logs.item[i]);
        r = tki_logs_read(l, p->o->logs.item[i], &err);
    }
    if (r < 0)
        tki_die_err(&err);
    return (struct stage){.name = "logs", .ctx = l, .put = put, .done = done, .free = free_logs};
}
