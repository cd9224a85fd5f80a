/* svg.h - pictures: boxes and text, as SVG 1.1 that needs nothing but itself, for light and dark pages.
 *
 * Coordinates are pixels from the top left.  A picture is held until it is written, because its size stands first.
 */
#ifndef TKI_VIEW_SVG_H
#define TKI_VIEW_SVG_H

#include "base/buf.h"

enum { TKI_SVG_WIDTH = 1200, TKI_SVG_LINE = 18, TKI_SVG_HUES = 12 };
#define TKI_SVG_COLUMN 7.25 /* pixels of a character */

/* All zero is an empty picture. */
struct tki_svg {
    struct tki_buf body;
    double width, height; /* as far as anything was drawn */
};

/* The class says the colour: h0 to h11, bad, gap, critical, line, hot0 to hot9, cold0 to cold9, none.  about: shown
 * when the mouse rests on it; empty: nothing. */
void tki_svg_box(struct tki_svg *s, double x, double y, double width, double height, const char *class, tk_str about);
/* Text whose line begins at the left or, with `right`, ends at x, y being its base line; cut to `room` pixels. */
void tki_svg_text(struct tki_svg *s, double x, double y, double room, const char *class, tk_str text);
void tki_svg_text_right(struct tki_svg *s, double x, double y, const char *class, tk_str text);
/* Text around a point. */
void tki_svg_text_middle(struct tki_svg *s, double x, double y, double room, const char *class, tk_str text);
/* A curve from one point to another, with an arrow at its end: bend is how far it goes on before it turns, rise how far
 * it runs above the straight way. */
void tki_svg_arrow(struct tki_svg *s, double x1, double y1, double x2, double y2, double bend, double rise,
                   double thick, const char *class);
/* Makes room for what has no box. */
void tki_svg_reach(struct tki_svg *s, double x, double y);
/* Appends the picture. */
void tki_svg_write(const struct tki_svg *s, tk_str title, struct tki_buf *to);
void tki_svg_free(struct tki_svg *s);

/* ---- flame graphs ---- */

/* A box of the graph: it stands on its parent, which comes before it. */
struct tki_flame_box {
    uint32_t parent; /* or TK_NONE */
    uint32_t hue;    /* with one side: what has the same number has the same colour */
    tk_str name;     /* borrowed */
    double ns[2];    /* its own, without what stands on it; of the second side where there are two */
};

/* Boxes as wide as their times with all that stands on them.  sides: what the two are called; boxes are as wide as
 * their times on the second, and coloured by the difference to the first.  NULL: there is one.  Returns 0 or TK_ENOMEM.
 */
int tki_flame_draw(struct tki_svg *s, const struct tki_flame_box *box, uint32_t n, const char *const sides[2]);

#endif
