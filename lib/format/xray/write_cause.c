/* The cause of a document: its exceptions, those of a stack's text too.  The text is how a runtime prints a stack: of
 * Java, V8 and .NET, frames innermost first behind a line that names the exception; of Go the same, a frame two lines;
 * of Python outermost first, and the exception behind them. */
#include "base/hash.h"
#include "base/text.h"
#include "format/xray/write.h"

/* ---- lines ---- */

static bool cut_last_line(tk_str *rest, tk_str *line)
{
    if (!rest->n)
        return false;
    const char *nl = memrchr(rest->p, '\n', rest->n);
    size_t n = nl ? (size_t)(nl + 1 - rest->p) : 0;
    *line = (tk_str){rest->p + n, rest->n - n};
    rest->n = n - (nl != NULL);
    return true;
}

static bool cut_start(tk_str *s, tk_str start)
{
    if (!tki_str_starts(*s, start))
        return false;
    *s = (tk_str){s->p + start.n, s->n - start.n};
    return true;
}

static bool is_blank(tk_str s)
{
    size_t n = 0;
    while (n < s.n && strchr(" \t\r", s.p[n]) && s.p[n])
        n++;
    return n == s.n;
}

/* ---- frames ---- */

struct frame {
    tk_str label, path, line;
};

static bool number(tk_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return s.n > 0 && s.n < 10;
}

/* `path:line`, `path: line` or `path:line line`, at the last colon. */
static void place(tk_str s, struct frame *f)
{
    const char *colon = s.n ? memrchr(s.p, ':', s.n) : NULL;
    f->path = s;
    f->line = (tk_str){0};
    if (!colon)
        return;
    tk_str line = {colon + 1, (size_t)(s.p + s.n - colon - 1)};
    if (!cut_start(&line, TKI_STR("line ")))
        cut_start(&line, TKI_STR(" "));
    if (!number(line) && !TKI_STR_IS(line, "<unknown>"))
        return;
    f->path.n = (size_t)(colon - s.p);
    f->line = number(line) ? line : (tk_str){0};
}

/* `\tat label(place)` */
static bool java_frame(tk_str l, struct frame *f)
{
    const char *open = tki_str_find(l, '(');
    if (!open || l.p[l.n - 1] != ')')
        return false;
    f->label = (tk_str){l.p, (size_t)(open - l.p)};
    place((tk_str){open + 1, (size_t)(l.p + l.n - open - 2)}, f);
    return true;
}

/* `    at label (path:line:column)`, or the place alone; *lost: the column. */
static bool v8_frame(tk_str l, struct frame *f, bool *lost)
{
    const char *open = l.n && l.p[l.n - 1] == ')' ? tki_str_find(l, '(') : NULL;
    if (open) {
        f->label = (tk_str){l.p, (size_t)(open - l.p)};
        f->label.n -= f->label.n && f->label.p[f->label.n - 1] == ' ';
        l = (tk_str){open + 1, (size_t)(l.p + l.n - open - 2)};
    }
    place(l, f);
    if (f->line.n) {
        tk_str column = f->line;
        place(f->path, f);
        *lost |= f->line.n > 0;
        f->line = f->line.n ? f->line : column;
    }
    return true;
}

/* `   at label in path:line N`, or the label alone. */
static bool dotnet_frame(tk_str l, struct frame *f)
{
    const char *in = l.n ? memmem(l.p, l.n, ") in ", 5) : NULL;
    f->label = (tk_str){l.p, in ? (size_t)(in + 1 - l.p) : l.n};
    if (in)
        place((tk_str){in + 5, (size_t)(l.p + l.n - in - 5)}, f);
    return true;
}

/* `  File "path", line N, in label` */
static bool python_frame(tk_str l, struct frame *f)
{
    const char *quote = tki_str_find(l, '"');
    if (!quote)
        return false;
    f->path = (tk_str){l.p, (size_t)(quote - l.p)};
    l = (tk_str){quote + 1, (size_t)(l.p + l.n - quote - 1)};
    if (cut_start(&l, TKI_STR(", line "))) {
        size_t n = 0;
        while (n < l.n && l.p[n] >= '0' && l.p[n] <= '9')
            n++;
        f->line = (tk_str){l.p, number((tk_str){l.p, n}) ? n : 0};
        l = (tk_str){l.p + n, l.n - n};
    }
    if (cut_start(&l, TKI_STR(", in ")))
        f->label = l;
    return true;
}

/* `\tpath:line +0x1d` behind a line that is the label; *lost: the address. */
static bool go_frame(tk_str l, tk_str before, struct frame *f, bool *lost)
{
    const char *plus = l.n ? memmem(l.p, l.n, " +0x", 4) : NULL;
    if (!before.n)
        return false;
    *lost |= plus != NULL;
    f->label = before;
    place((tk_str){l.p, plus ? (size_t)(plus - l.p) : l.n}, f);
    return f->line.n > 0;
}

struct stack {
    tk_str text;     /* what is left of it */
    tk_str before;   /* the line before */
    bool go, python; /* its forms are recognised as a whole; of Python the text is read from its end */
    bool lost;       /* something was there that is not written */
};

static bool frame_of(struct stack *s, tk_str l, struct frame *f)
{
    *f = (struct frame){0};
    if (s->python)
        return cut_start(&l, TKI_STR("  File \"")) && python_frame(l, f);
    if (cut_start(&l, TKI_STR("\tat ")))
        return java_frame(l, f);
    if (cut_start(&l, TKI_STR("    at ")))
        return v8_frame(l, f, &s->lost);
    if (cut_start(&l, TKI_STR("   at ")))
        return dotnet_frame(l, f);
    return s->go && cut_start(&l, TKI_STR("\t")) && go_frame(l, s->before, f, &s->lost);
}

/* The line that names the exception is no loss: its words are members. */
static struct stack stack_of(struct tki_xray_out *o, tk_str text, tk_str type, tk_str message)
{
    struct stack s = {.text = text, .go = tki_str_starts(text, TKI_STR("goroutine "))};
    tki_buf_reset(&o->scratch);
    tki_buf_cat(&o->scratch, type, TKI_STR(": "), message);
    tk_str head = tki_buf_text(&o->scratch, &o->b->err);
    s.python = text.n && memmem(text.p, text.n, "  File \"", 8) && !memmem(text.p, text.n, "\tat ", 4);
    while (s.text.n && s.text.p[s.text.n - 1] == '\n')
        s.text.n--;
    if (s.python && s.text.n > head.n && memcmp(s.text.p + s.text.n - head.n, head.p, head.n) == 0)
        s.text.n -= head.n;
    else if (!s.python && !cut_start(&s.text, head) && message.n == 0)
        cut_start(&s.text, type);
    return s;
}

static void write_frame(struct tki_xray_out *o, const struct frame *f, bool first)
{
    if (first)
        tki_xw_key(o, "stack");
    tki_buf_str(o->b, first ? TKI_STR("[{") : TKI_STR(",{"));
    tki_xw_member(o, "path", f->path);
    if (f->line.n) {
        uint64_t x = 0;
        tki_parse_u64(f->line, &x);
        tki_xw_key(o, "line");
        tki_buf_u64(o->b, x);
    }
    tki_xw_member(o, "label", f->label);
    tki_buf_putc(o->b, '}');
}

/* The frames up to those of another exception.  true: that caused this one, and *line names it. */
static bool frames(struct tki_xray_out *o, struct stack *s, tk_str *line)
{
    struct frame f;
    uint32_t n = 0;
    bool caused = false;
    while (s->python ? cut_last_line(&s->text, line) : tki_line_next(&s->text, line)) {
        if (frame_of(s, *line, &f)) {
            write_frame(o, &f, n++ == 0);
        } else if (!s->python && cut_start(line, TKI_STR("Caused by: "))) {
            caused = true;
            break;
        } else if (s->python && tki_str_starts(*line, TKI_STR("Traceback (most"))) {
            s->lost |= s->text.n > 0; /* exceptions that were being handled */
            break;
        } else {
            s->lost |= !is_blank(*line) && !s->go;
        }
        s->before = *line;
    }
    if (n)
        tki_buf_putc(o->b, ']');
    s->lost |= !n;
    return caused;
}

/* ---- exceptions ---- */

static tk_str event_text(const struct tki_xray_out *o, const struct tk_event *e, const char *key)
{
    const struct tk_attr *a = tk_attr_find(o->batch, e->attrs, key);
    return a ? tki_v_text(&a->value) : (tk_str){0};
}

/* Exceptions need ids: the one that was read, else one of the span and the place in it. */
static void id_member(struct tki_xray_out *o, const char *member, uint64_t i)
{
    uint64_t seed[4] = {o->s->trace_id.hi, o->s->trace_id.lo, o->s->span_id, i};
    tki_xw_key(o, member);
    tki_buf_putc(o->b, '"');
    tki_buf_hex64(o->b, tki_mix64(seed[0] ^ tki_mix64(seed[1] ^ tki_mix64(seed[2] ^ tki_mix64(seed[3])))) | 1);
    tki_buf_putc(o->b, '"');
}

static void exception_id(struct tki_xray_out *o, tk_str id, uint32_t i)
{
    if (id.n)
        tki_xw_member(o, "id", id);
    else
        id_member(o, "id", i);
}

static bool known(tk_str key)
{
    static const char *const keys[] = {"exception.type",
                                       "exception.message",
                                       "exception.stacktrace",
                                       "aws.xray.exception.id",
                                       "aws.xray.exception.remote",
                                       "aws.xray.exception.cause",
                                       "aws.xray.exception.truncated",
                                       "aws.xray.exception.skipped"};
    for (unsigned i = 0; i < sizeof keys / sizeof *keys; i++)
        if (tki_str_eq(key, tki_str(keys[i])))
            return true;
    return false;
}

/* `type: message` at the start of a line; the message may have more lines, up to a frame or another mark. */
static void name_of(struct stack *s, tk_str line, tk_str *type, tk_str *message)
{
    const char *colon = line.n ? memmem(line.p, line.n, ": ", 2) : NULL;
    struct frame f;
    tk_str rest = s->text, next;
    *type = (tk_str){line.p, colon ? (size_t)(colon - line.p) : line.n};
    *message = (tk_str){colon ? colon + 2 : "", colon ? line.n - type->n - 2 : 0};
    while (colon && tki_line_next(&rest, &next) && !tki_str_starts(next, TKI_STR("\t")) &&
           !tki_str_starts(next, TKI_STR("Caused by: ")) && !frame_of(s, next, &f)) {
        message->n = (size_t)(next.p + next.n - message->p);
        s->text = rest;
    }
}

static bool is_remote(const struct tki_xray_out *o, const struct tk_event *e)
{
    const struct tk_attr *remote = tk_attr_find(o->batch, e->attrs, "aws.xray.exception.remote");
    if (remote && remote->value.type == TK_BOOL)
        return remote->value.v.b;
    return o->s->kind == TK_KIND_CLIENT || o->s->kind == TK_KIND_PRODUCER;
}

static void count_member(struct tki_xray_out *o, const struct tk_event *e, const char *key, const char *member)
{
    const struct tk_attr *a = tk_attr_find(o->batch, e->attrs, key);
    if (a && a->value.type != TK_EMPTY)
        tki_xw_value(o, member, &a->value);
}

/* The i-th exception, and those that caused it, as its stack says. */
static void exception(struct tki_xray_out *o, const struct tk_event *e, uint32_t i)
{
    tk_str type = event_text(o, e, "exception.type"), message = event_text(o, e, "exception.message"), line;
    struct stack s = stack_of(o, event_text(o, e, "exception.stacktrace"), type, message);
    bool given = s.text.n > 0;
    tki_buf_putc(o->b, '{');
    exception_id(o, event_text(o, e, "aws.xray.exception.id"), i);
    tki_xw_member(o, "message", message);
    tki_xw_member(o, "type", type);
    tki_xw_bool(o, "remote", is_remote(o, e));
    count_member(o, e, "aws.xray.exception.truncated", "truncated");
    count_member(o, e, "aws.xray.exception.skipped", "skipped");
    tki_xw_member(o, "cause", event_text(o, e, "aws.xray.exception.cause"));
    for (uint64_t k = 1; given && frames(o, &s, &line); k++) {
        name_of(&s, line, &type, &message);
        id_member(o, "cause", k << 32 | i);
        tki_buf_lit(o->b, "},{");
        id_member(o, "id", k << 32 | i);
        tki_xw_member(o, "message", message);
        tki_xw_member(o, "type", type);
        tki_xw_bool(o, "remote", is_remote(o, e));
    }
    tki_buf_putc(o->b, '}');
    bool lost = s.lost || e->time_ns || e->dropped_attrs;
    for (uint32_t k = 0; k < e->attrs.count; k++)
        lost |= !known(o->batch->attrs[e->attrs.first + k].key);
    o->notes[TK_NOTE_LOST_EVENT] += lost;
}

/* Returns true if a status message is the id of an exception in another document: reading leaves it so. */
static bool is_id(tk_str s)
{
    uint64_t x;
    return s.n == 16 && tki_hex16(s.p, &x);
}

void tki_xw_cause(struct tki_xray_out *o)
{
    uint32_t n = o->batch->needs & TK_NEED_EVENTS ? o->s->events.count : 0, written = 0;
    tk_str message = o->s->status_message;
    for (uint32_t i = 0; i < n; i++) {
        const struct tk_event *e = &o->batch->events[o->s->events.first + i];
        if (!TKI_STR_IS(e->name, "exception")) {
            o->notes[TK_NOTE_LOST_EVENT]++;
            continue;
        }
        if (!written)
            tki_xw_key(o, "cause");
        tki_buf_str(o->b, written++ ? TKI_STR(",") : TKI_STR("{\"exceptions\":["));
        exception(o, e, i);
    }
    if (written) {
        tki_buf_lit(o->b, "]}");
        o->notes[TK_NOTE_LOST_SPAN] += message.n > 0;
    } else if (is_id(message) && o->s->status == TK_STATUS_ERROR) {
        tki_xw_member(o, "cause", message);
    } else if (message.n && o->s->status == TK_STATUS_ERROR) {
        tki_xw_key(o, "cause");
        tki_buf_lit(o->b, "{\"exceptions\":[{");
        exception_id(o, (tk_str){0}, 0);
        tki_xw_member(o, "message", message);
        tki_buf_lit(o->b, "}]}");
    } else {
        o->notes[TK_NOTE_LOST_SPAN] += message.n > 0;
    }
}
