/* Choosing the format of a source that is open, and what lies around its documents. */
#include <stdlib.h>

#include "base/err.h"
#include "format/js/scan.h"
#include "format/rows/rows.h"
#include "io/envelope.h"
#include "io/prefix.h"
#include "run/feed.h"

/* Documents without any trace that no format claims. */
static bool is_empty_json(tk_str head)
{
    while (head.n && memchr(" \t\r\n", head.p[head.n - 1], 4))
        head.n--;
    while (head.n && memchr(" \t\r\n", head.p[0], 4))
        head = (tk_str){head.p + 1, head.n - 1};
    return head.n == 0 || TKI_STR_IS(head, "null") || TKI_STR_IS(head, "{}") || TKI_STR_IS(head, "[]");
}

/* last: nothing else is left to be tried. */
static int choose_format(struct tki_feed *f, bool last, struct tk_err *err)
{
    size_t n = 0;
    if (f->format_name) {
        f->format = tki_format_find(f->format_name);
        if (!f->format || !f->format->decode)
            return tki_err_set(err, TK_EUSAGE, "no format '%s' to read", f->format_name);
        return 0;
    }
    const char *head = tki_source_peek(f->source, TKI_PEEK_MAX, &n, err);
    if (!head && err->code < 0)
        return err->code;
    bool eof = n < TKI_PEEK_MAX;
    if (eof && is_empty_json((tk_str){head, n})) {
        f->format = &tki_format_otlp_json;
        return 0;
    }
    const char *first = tki_json_ws(head, head + n);
    if (f->columns) /* they say what it is; its first byte says in which shape */
        f->format = first < head + n && (*first == '{' || *first == '[') ? &tki_format_rows : &tki_format_table;
    else
        f->format = tki_format_detect((tk_str){head, n}, eof, err);
    if (!f->format && err->code == TK_EFORMAT && last)
        f->format = tki_format_behind_text((tk_str){head, n});
    return f->format ? 0 : err->code;
}

/* Takes away what stands before each line, where that is containerd's, or where what is left is of a format. */
static bool open_prefix(struct tki_feed *f, const struct tki_prefixes *learned, bool any, bool *failed)
{
    struct tk_err err = {0};
    struct tki_buf inside = {0};
    struct tki_source *opened;
    size_t n = 0;
    bool cri = false;
    const char *head = tki_source_peek(f->source, TKI_PEEK_MAX, &n, &err);
    bool found = head && tki_prefix_peek((tk_str){head, n}, learned, &inside, &cri);
    *failed = inside.err != 0 || (!head && err.code == TK_ENOMEM);
    found = found && !*failed;
    tk_str text = {inside.p, inside.n};
    if (found && !cri)
        found = any && (tki_format_detect(text, n < TKI_PEEK_MAX, &err) || (learned && tki_format_behind_text(text)));
    tki_buf_free(&inside);
    if (!found)
        return false;
    if (tki_prefix_open(&opened, f->source, learned, &err) < 0) {
        *failed = true;
        return false;
    }
    f->source = opened;
    f->wrapped = true;
    return true;
}

/* What all lines have in common is learned where the known forms of prefixes do not help. */
static bool open_learned(struct tki_feed *f, tk_str head, bool *failed)
{
    struct tki_prefixes learned;
    tki_prefixes_learn(&learned, head);
    return learned.n && open_prefix(f, &learned, true, failed);
}

static bool leads_to_format(tk_str text, bool eof, unsigned depth, bool *failed);

/* The text is base64 or compressed, as streams and queues keep it. */
static bool decoded_leads(tk_str text, bool eof, unsigned depth, bool *failed)
{
    struct tki_source *s;
    struct tk_err err = {0};
    bool found = false;
    if (tki_source_open_memory(&s, text.p, text.n, 0, &err) < 0) {
        *failed = true;
        return false;
    }
    const struct tki_source *bottom = s;
    if (tki_source_add_filters(&s, 1, &err) == 0 && s != bottom) {
        size_t n = 0;
        const char *head = tki_source_peek(s, TKI_PEEK_MAX, &n, &err);
        found = head && leads_to_format((tk_str){head, n}, eof && n < TKI_PEEK_MAX, depth, failed);
    }
    *failed |= err.code == TK_ENOMEM;
    tki_source_close(s);
    return found;
}

/* The first rule by which the head holds text that is of a format, or leads to one; else tki_envelope_rules. */
static unsigned rule_of(tk_str head, bool eof, bool answer, unsigned depth, bool *joined, bool *failed)
{
    unsigned rule = 0;
    for (bool found = false; rule < tki_envelope_rules; rule++) {
        struct tki_buf inside = {0};
        if (answer && !tki_envelope_of_answer(rule))
            continue;
        tki_envelope_peek(rule, head, &inside, joined);
        *failed |= inside.err != 0;
        tk_str text = {inside.p, inside.err ? 0 : inside.n};
        found = text.n && leads_to_format(text, eof, depth, failed);
        tki_buf_free(&inside);
        if (found)
            break;
    }
    return rule;
}

static bool begins_as_json(tk_str head)
{
    const char *end = head.p + head.n, *first = tki_json_ws(head.p, end);
    return first < end && (*first == '{' || *first == '[');
}

static bool is_cut_from_text(const struct tki_format *f)
{
    return f->cutter == &tki_cut_json || f->cutter == &tki_cut_lines;
}

/* Returns true if the text inside an envelope is of a format, itself or in up to depth further envelopes. */
static bool leads_to_format(tk_str text, bool eof, unsigned depth, bool *failed)
{
    struct tk_err err = {0};
    const struct tki_format *format = tki_format_detect(text, eof, &err);
    bool answer = !format && err.code == TK_EUNSUPPORTED && begins_as_json(text), joined;
    *failed |= err.code == TK_ENOMEM;
    if (!format && !answer)
        format = tki_format_behind_text(text);
    if (format)
        return is_cut_from_text(format);
    return depth && (decoded_leads(text, eof, depth - 1, failed) ||
                     rule_of(text, eof, answer, depth - 1, &joined, failed) < tki_envelope_rules);
}

/* Opens the envelope around documents of a format, where the head is of none, or refused by its name.  Returns true if
 * there was one. */
static bool open_envelope(struct tki_feed *f, bool refused, unsigned depth, bool *failed)
{
    struct tk_err err = {0};
    size_t n = 0;
    if (open_prefix(f, NULL, true, failed))
        return true;
    const char *head = tki_source_peek(f->source, TKI_PEEK_MAX, &n, &err);
    tk_str text = {head, head ? n : 0};
    if (!head || tki_format_behind_text(text)) /* documents among lines of text, in no envelope */
        return false;
    if (!*failed && open_learned(f, text, failed))
        return true;
    /* Of documents that are known and not read only answers are envelopes; words of another text may stand in any log.
     */
    bool joined, answer = refused && begins_as_json(text);
    unsigned rule = rule_of(text, n < TKI_PEEK_MAX, answer, depth, &joined, failed);
    struct tki_source *opened;
    if (*failed || rule == tki_envelope_rules || tki_envelope_open(&opened, f->source, rule, joined, &err) < 0)
        return false;
    f->source = opened;
    f->wrapped = true;
    return true;
}

/* An envelope may lie in another: journald around Docker. */
static int choose_inside(struct tki_feed *f, struct tk_err *err)
{
    enum { ENVELOPES_MAX = 4 };
    bool failed = false;
    f->wrapped = false;
    if (!f->format_name)
        open_prefix(f, NULL, false, &failed);
    if (failed)
        return tki_err_memory(err);
    int r = choose_format(f, false, err);
    for (unsigned depth = ENVELOPES_MAX; r < 0 && r != TK_ENOMEM && !f->format_name && depth-- &&
                                         open_envelope(f, r == TK_EUNSUPPORTED, depth, &failed);) {
        struct tk_err inside = {0};
        if ((r = tki_source_add_filters(&f->source, 1, &inside)) < 0 || (r = choose_format(f, false, &inside)) < 0)
            memcpy(err->text, inside.text, sizeof err->text);
    }
    if (failed)
        return tki_err_memory(err);
    return r == TK_EFORMAT ? choose_format(f, true, err) : r;
}

/* Streams mix formats: a large document is opened where its own format says. */
static void choose_split(struct tki_cut *c, tk_str head)
{
    struct tki_feed *f = c->choose_ctx;
    bool whole = head.n < TKI_PEEK_MAX;
    const struct tki_format *own = tki_format_detect((tk_str){head.p, whole ? head.n : TKI_PEEK_MAX}, whole, NULL);
    if (!own || own->cutter != c->cutter)
        return;
    f->format = own;
    c->split = own->split;
}

/* A stream that mixes formats may hold documents that count for those behind them, of a format that is not the first.
 */
static tk_str (*choose_context(struct tki_feed *f))(tk_str)
{
    size_t n = 0;
    struct tk_err err;
    if (f->format->context || f->format_name || f->format->cutter != &tki_cut_json)
        return f->format->context;
    const char *head = tki_source_peek(f->source, TKI_PEEK_MAX, &n, &err);
    char *copy = head ? calloc(1, n + TKI_PADDING) : NULL;
    tk_str (*found)(tk_str) = NULL;
    if (copy)
        memcpy(copy, head, n);
    for (const struct tki_format *const *p = tki_formats; copy && *p && !found; p++)
        if ((*p)->context && (*p)->context((tk_str){copy, n}).n)
            found = (*p)->context;
    free(copy);
    return found;
}

/* Prepares the cutting of the open source, whose format is found. */
static int begin_cutting(struct tki_feed *f, struct tk_err *err)
{
    f->cut = (struct tki_cut){.cutter = f->format->cutter,
                              .split = f->format->split,
                              .lines = f->format->lines,
                              .spans = f->format->spans,
                              .window = TKI_SPLIT,
                              .record_max = f->record_max,
                              .unnamed = f->columns && f->columns->numbered};
    f->cut.context = choose_context(f);
    f->cut.inside = TKI_INSIDE < f->record_max ? TKI_INSIDE : f->record_max;
    if (f->format->cutter == &tki_cut_json && !f->format_name && !f->columns) {
        f->cut.choose = choose_split;
        f->cut.choose_ctx = f;
    }
    if (f->cut.cutter->open(&f->cut) < 0)
        return tki_err_memory(err);
    f->cutting = true;
    f->eof = false;
    f->fault = (struct tk_err){0};
    return 0;
}

int tki_feed_begin(struct tki_feed *f, struct tk_err *err)
{
    int r = choose_inside(f, err);
    return r < 0 ? r : begin_cutting(f, err);
}
