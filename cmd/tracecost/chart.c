/* The projection as a picture for pages: dollars a month by month, each backend a line with its range as a band. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "money.h"
#include "report/html.h"
#include "report/number.h"

enum {
    WIDTH = 760,
    HEIGHT = 260,
    LEFT = 80,
    RIGHT = 150,
    TOP = 12,
    BOTTOM = 40,
    LETTER_HEIGHT = 13,
    NAME_MAX_BYTES = 18,
    TICKS = 5
};

/* Of middle lightness: to be seen on light and on dark pages. */
static const char *const colours[BACKENDS_MAX] = {"#3b78c2", "#c9503c", "#3f9a5f", "#9a6bb8",
                                                  "#b98416", "#2a9aa6", "#b8588f", "#7d8590"};

struct frame {
    unsigned months;
    double top; /* dollars at the upper edge */
};

static double x_of(const struct frame *f, double month)
{
    double width = WIDTH - LEFT - RIGHT;
    return f->months > 1 ? LEFT + (month - 1) / (f->months - 1) * width : LEFT + width / 2;
}

static double y_of(const struct frame *f, double dollars)
{
    return HEIGHT - BOTTOM - dollars / f->top * (HEIGHT - TOP - BOTTOM);
}

static bool is_known(const struct curve *c, unsigned month)
{
    return !isnan(c->month[month].mid);
}

/* The step between ticks: 1, 2 or 5 times a power of ten. */
static double step_of(double most)
{
    double power = pow(10, floor(log10(most / TICKS))), times = most / TICKS / power;
    return power * (times <= 1 ? 1 : times <= 2 ? 2 : times <= 5 ? 5 : 10);
}

static void put_text(struct tki_buf *to, double x, double y, const char *anchor, const char *text)
{
    tki_buf_printf(to, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", x, y, anchor);
    tki_html_text(to, tki_str(text));
    tki_buf_lit(to, "</text>\n");
}

static void put_axes(struct tki_buf *to, const struct frame *f, double step)
{
    for (double at = 0; at <= f->top * (1 + 1e-9); at += step) {
        char number[TKI_QUANTITY_MAX], text[TKI_QUANTITY_MAX + 2];
        tki_exact_format(number, at);
        snprintf(text, sizeof text, "$%s", number);
        tki_buf_printf(to, "<line class=\"line\" x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\"/>\n", LEFT, y_of(f, at),
                       WIDTH - RIGHT, y_of(f, at));
        put_text(to, LEFT - 6, y_of(f, at) + 4, "end", text);
    }
    unsigned every = (f->months + 11) / 12;
    for (unsigned m = 1; m <= f->months; m += every) {
        char text[16];
        snprintf(text, sizeof text, "%u", m);
        put_text(to, x_of(f, m), HEIGHT - BOTTOM + 16, "middle", text);
    }
    put_text(to, LEFT + (WIDTH - LEFT - RIGHT) / 2.0, HEIGHT - 6, "middle", "month");
}

static void put_points(struct tki_buf *to, const struct frame *f, const struct curve *c, size_t part, bool back)
{
    for (unsigned i = 0; i < f->months; i++) {
        unsigned m = back ? f->months - 1 - i : i;
        const struct tki_range *r = &c->month[m];
        double dollars = part == 0 ? r->low : part == 1 ? r->mid : r->high;
        if (is_known(c, m))
            tki_buf_printf(to, "%.1f,%.1f ", x_of(f, m + 1), y_of(f, dollars));
    }
}

static void put_curve(struct tki_buf *to, const struct frame *f, const struct curve *c, const char *colour)
{
    tki_buf_printf(to, "<polygon fill=\"%s\" fill-opacity=\"0.22\" points=\"", colour);
    put_points(to, f, c, 0, false);
    put_points(to, f, c, 2, true);
    tki_buf_lit(to, "\"/>\n");
    tki_buf_printf(to, "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" points=\"", colour);
    put_points(to, f, c, 1, false);
    tki_buf_lit(to, "\"/>\n");
    for (unsigned m = 0; m < f->months; m++)
        if (is_known(c, m))
            tki_buf_printf(to, "<circle fill=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"2.5\"/>\n", colour, x_of(f, m + 1),
                           y_of(f, c->month[m].mid));
}

/* At most so many bytes, whole characters. */
static const char *cut(const char *name, char to[NAME_MAX_BYTES + 4])
{
    size_t n = strlen(name), most = n < NAME_MAX_BYTES ? n : NAME_MAX_BYTES;
    while (most < n && ((unsigned char)name[most] & 0xc0) == 0x80)
        most--;
    snprintf(to, NAME_MAX_BYTES + 4, "%.*s%s", (int)most, name, most < n ? "…" : "");
    return to;
}

/* Names at the right end of their lines, moved apart: from the cheapest up. */
static void put_names(struct tki_buf *to, const struct frame *f, const struct curve *curve, size_t n)
{
    bool done[BACKENDS_MAX] = {false};
    double free_below = HEIGHT - BOTTOM + LETTER_HEIGHT;
    for (size_t i = 0; i < n; i++) {
        size_t least = n;
        for (size_t k = 0; k < n; k++)
            if (!done[k] && is_known(&curve[k], f->months - 1) &&
                (least == n || curve[k].month[f->months - 1].mid < curve[least].month[f->months - 1].mid))
                least = k;
        if (least == n)
            return;
        done[least] = true;
        double y = fmin(y_of(f, curve[least].month[f->months - 1].mid), free_below - LETTER_HEIGHT);
        free_below = y;
        tki_buf_printf(to, "<rect fill=\"%s\" x=\"%d\" y=\"%.1f\" width=\"8\" height=\"8\"/>\n", colours[least],
                       WIDTH - RIGHT + 12, y - 4);
        char name[NAME_MAX_BYTES + 4];
        put_text(to, WIDTH - RIGHT + 24, y + 4, "start", cut(curve[least].name, name));
    }
}

void put_projection(struct tki_doc *d, const struct curve *curve, size_t n, unsigned months)
{
    struct frame f = {.months = months};
    struct tki_buf svg = {0};
    double most = 0;
    for (size_t k = 0; k < n; k++)
        for (unsigned m = 0; m < months; m++)
            most = fmax(most, curve[k].month[m].high); /* fmax passes over what is not known */
    if (!(most > 0))
        return;
    double step = step_of(most);
    f.top = ceil(most / step) * step;
    tki_buf_printf(&svg,
                   "<svg viewBox=\"0 0 %d %d\" width=\"%d\" role=\"img\" aria-label=\"dollars a month, by month\">\n",
                   WIDTH, HEIGHT, WIDTH);
    put_axes(&svg, &f, step);
    for (size_t k = 0; k < n; k++)
        put_curve(&svg, &f, &curve[k], colours[k]);
    put_names(&svg, &f, curve, n);
    tki_buf_lit(&svg, "</svg>\n");
    if (svg.err)
        d->err = TK_ENOMEM;
    else
        tki_doc_figure(d, "Dollars month by month from an empty store on, low to high as a band",
                       (tk_str){svg.p, svg.n});
    tki_buf_free(&svg);
}
