#include "view/svg.h"

#include "base/text.h"
#include "report/html.h"

enum { MARGIN = 10 };

static const char style[] =
    "svg { background: #fff; --fore: #1f2328; --dim: #656d76; --line: #d0d7de; --bad: #cf222e; --paper: #fff; }\n"
    "@media (prefers-color-scheme: dark) { svg { background: #0d1117; --fore: #e6edf3; --dim: #8d96a0; --line: #30363d; "
    "--bad: #ff7b72; --paper: #0d1117; } }\n"
    "text { font: 12px ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace; fill: var(--fore); white-space: pre; }\n"
    ".title { font-weight: 600; } .dim { fill: var(--dim); } .wrong { fill: var(--bad); } .on { fill: #fff; }\n"
    ".small { font-size: 11px; } .paper { fill: var(--paper); }\n"
    ".line { fill: var(--line); } .critical { fill: var(--fore); } .bad { fill: var(--bad); } .gap { fill: var(--line); }\n"
    ".none { fill: none; stroke: var(--dim); stroke-dasharray: 4 3; } .node { fill: var(--paper); stroke: var(--fore); }\n"
    "path { fill: none; stroke: var(--dim); } path.wrong { fill: none; stroke: var(--bad); } path.async { stroke-dasharray: 5 4; }\n"
    "marker path { fill: var(--dim); stroke: none; } marker.wrong path { fill: var(--bad); }\n"
    ".h0 { fill: hsl(200 52% 38%); } .h1 { fill: hsl(145 45% 32%); } .h2 { fill: hsl(28 75% 40%); }\n"
    ".h3 { fill: hsl(280 40% 48%); } .h4 { fill: hsl(330 50% 45%); } .h5 { fill: hsl(175 60% 30%); }\n"
    ".h6 { fill: hsl(45 80% 33%); } .h7 { fill: hsl(245 45% 52%); } .h8 { fill: hsl(5 45% 45%); }\n"
    ".h9 { fill: hsl(95 45% 32%); } .h10 { fill: hsl(215 20% 42%); } .h11 { fill: hsl(310 35% 40%); }\n";

static void temperatures(struct tki_buf *to)
{
    for (int i = 0; i < 10; i++)
        tki_buf_printf(to, ".hot%d { fill: hsl(0 %d%% %d%%); } .cold%d { fill: hsl(215 %d%% %d%%); }\n", i, 12 + 7 * i,
                       58 - 2 * i, i, 12 + 6 * i, 58 - 2 * i);
}

void tki_svg_reach(struct tki_svg *s, double x, double y)
{
    s->width = x > s->width ? x : s->width;
    s->height = y > s->height ? y : s->height;
}

void tki_svg_box(struct tki_svg *s, double x, double y, double width, double height, const char *class, tk_str about)
{
    tki_buf_printf(&s->body, "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"2\"", class,
                   x, y, width, height);
    if (about.n) {
        tki_buf_lit(&s->body, "><title>");
        tki_html_text(&s->body, about);
        tki_buf_lit(&s->body, "</title></rect>\n");
    } else {
        tki_buf_lit(&s->body, "/>\n");
    }
    tki_svg_reach(s, x + width, y + height);
}

static void text_at(struct tki_svg *s, double x, double y, const char *anchor, const char *class, size_t columns,
                    tk_str text)
{
    struct tki_buf shown = {0};
    tki_buf_fit_middle(&shown, text, columns);
    tki_buf_printf(&s->body, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\"%s>", class, x, y, anchor);
    tki_html_text(&s->body, tki_buf_text(&shown, &s->body.err));
    tki_buf_lit(&s->body, "</text>\n");
    tki_buf_free(&shown);
    tki_svg_reach(s, x, y);
}

static size_t columns_of(double room)
{
    return room < TKI_SVG_COLUMN ? 0 : (size_t)(room / TKI_SVG_COLUMN);
}

void tki_svg_text(struct tki_svg *s, double x, double y, double room, const char *class, tk_str text)
{
    if (columns_of(room))
        text_at(s, x, y, "", class, columns_of(room), text);
}

void tki_svg_text_right(struct tki_svg *s, double x, double y, const char *class, tk_str text)
{
    text_at(s, x, y, " text-anchor=\"end\"", class, SIZE_MAX, text);
}

void tki_svg_text_middle(struct tki_svg *s, double x, double y, double room, const char *class, tk_str text)
{
    if (columns_of(room))
        text_at(s, x, y, " text-anchor=\"middle\"", class, columns_of(room), text);
}

void tki_svg_arrow(struct tki_svg *s, double x1, double y1, double x2, double y2, double bend, double rise,
                   double thick, const char *class)
{
    bool wrong = strstr(class, "wrong") != NULL;
    tki_buf_printf(
        &s->body,
        "<path class=\"%s\" stroke-width=\"%.1f\" marker-end=\"url(#%s)\" d=\"M%.1f %.1f C%.1f %.1f %.1f %.1f "
        "%.1f %.1f\"/>\n",
        class, thick, wrong ? "wrong" : "head", x1, y1, x1 + bend, y1 - rise, x2 - bend, y2 - rise, x2, y2);
}

void tki_svg_write(const struct tki_svg *s, tk_str title, struct tki_buf *to)
{
    double width = s->width + MARGIN, height = s->height + MARGIN;
    tki_buf_printf(to,
                   "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\" "
                   "role=\"img\">\n<title>",
                   width, height, width, height);
    tki_html_text(to, title);
    tki_buf_lit(to, "</title>\n<style>\n");
    tki_buf_put(to, style, sizeof style - 1);
    temperatures(to);
    tki_buf_lit(to, "</style>\n<defs>");
    for (int i = 0; i < 2; i++)
        tki_buf_printf(to,
                       "<marker id=\"%s\" class=\"%s\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"9\" "
                       "markerHeight=\"9\" markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path d=\"M0 0 L8 4 L0 8 "
                       "z\"/></marker>",
                       i ? "wrong" : "head", i ? "wrong" : "head");
    tki_buf_lit(to, "</defs>\n");
    if (s->body.err)
        to->err = s->body.err;
    else
        tki_buf_put(to, s->body.p, s->body.n);
    tki_buf_lit(to, "</svg>\n");
}

void tki_svg_free(struct tki_svg *s)
{
    tki_buf_free(&s->body);
}
