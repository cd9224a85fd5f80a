/* Flame graphs: boxes that stand on each other, as wide as their time. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "report/number.h"
#include "tracekit/model.h"
#include "view/svg.h"

enum { LEFT = 10, TOP = 10, LEAST_TEXT = 30 };
#define LEAST_WIDTH 0.4 /* pixels: what is narrower is not drawn */

struct flame {
    const struct tki_flame_box *box;
    uint32_t n, deepest;
    double (*all)[2]; /* by box: with all that stands on it */
    double *left;     /* by box: where it begins, in ns */
    double *next;     /* by box: where the next one on it begins */
    uint32_t *depth;
    double sum[2], most; /* of all that stand on none; the largest difference */
    double unseen;       /* ns of the boxes that are too narrow, without what stands on others of them */
    uint32_t nunseen;
    const char *const *sides; /* NULL: one */
    bool two;
};

static int make_room(struct flame *f)
{
    f->all = calloc(f->n + 1u, sizeof *f->all);
    f->left = calloc(f->n + 1u, sizeof *f->left);
    f->next = calloc(f->n + 1u, sizeof *f->next);
    f->depth = calloc(f->n + 1u, sizeof *f->depth);
    return f->all && f->left && f->next && f->depth ? 0 : TK_ENOMEM;
}

static void free_room(struct flame *f)
{
    free(f->all);
    free(f->left);
    free(f->next);
    free(f->depth);
}

static void add_up(struct flame *f)
{
    for (uint32_t i = f->n; i-- > 0;) {
        uint32_t parent = f->box[i].parent;
        for (int side = 0; side < 2; side++) {
            f->all[i][side] += f->box[i].ns[side];
            if (parent == TK_NONE)
                f->sum[side] += f->all[i][side];
            else
                f->all[parent][side] += f->all[i][side];
        }
    }
}

static void place(struct flame *f)
{
    double next = 0;
    int side = f->two;
    for (uint32_t i = 0; i < f->n; i++) {
        uint32_t parent = f->box[i].parent;
        double *at = parent == TK_NONE ? &next : &f->next[parent];
        f->depth[i] = parent == TK_NONE ? 0 : f->depth[parent] + 1;
        f->left[i] = f->next[i] = *at;
        *at += f->all[i][side];
        double more = fabs(f->all[i][1] - f->all[i][0]);
        f->most = more > f->most ? more : f->most;
        if (f->all[i][side] * TKI_SVG_WIDTH >= LEAST_WIDTH * f->sum[side] && f->depth[i] > f->deepest)
            f->deepest = f->depth[i];
    }
}

static void class_of(const struct flame *f, uint32_t i, char to[16])
{
    double more = f->all[i][1] - f->all[i][0];
    if (f->two)
        snprintf(to, 16, "%s%d", more < 0 ? "cold" : "hot", f->most > 0 ? (int)(9 * sqrt(fabs(more) / f->most)) : 0);
    else
        snprintf(to, 16, "h%u", (unsigned)(f->box[i].hue % TKI_SVG_HUES));
}

static void about(const struct flame *f, uint32_t i, struct tki_buf *to)
{
    char first[TKI_QUANTITY_MAX], second[TKI_QUANTITY_MAX], share[TKI_QUANTITY_MAX];
    const double *all = f->all[i];
    double sum = f->sum[f->two];
    tki_buf_reset(to);
    tki_buf_str(to, f->box[i].name);
    if (f->two)
        tki_buf_printf(to, ": %s %s, %s %s", f->sides[1], tki_duration_format(second, all[1]), f->sides[0],
                       tki_duration_format(first, all[0]));
    else
        tki_buf_printf(to, ": %s", tki_duration_format(first, all[0]));
    tki_buf_printf(to, " (%s of all)", tki_percent_format(share, sum > 0 ? all[f->two] / sum : 0));
}

static void draw_box(struct flame *f, uint32_t i, struct tki_svg *s, struct tki_buf *text)
{
    double sum = f->sum[f->two], scale = sum > 0 ? (TKI_SVG_WIDTH - LEFT) / sum : 0;
    double width = f->all[i][f->two] * scale, y = TOP + (double)(f->deepest - f->depth[i]) * TKI_SVG_LINE;
    char class[16];
    if (width < LEAST_WIDTH) {
        f->nunseen += f->all[i][f->two] > 0;
        f->unseen += f->box[i].ns[f->two];
        return;
    }
    class_of(f, i, class);
    about(f, i, text);
    double x = LEFT + f->left[i] * scale;
    tki_svg_box(s, x, y, width > 1.5 ? width - 0.5 : width, TKI_SVG_LINE - 1, class, tki_buf_text(text, &s->body.err));
    if (width >= LEAST_TEXT)
        tki_svg_text(s, x + 3, y + 13, width - 6, "on", f->box[i].name);
}

/* Below the boxes: what the widths and the colours are, and what is not there. */
static void legend(const struct flame *f, struct tki_svg *s)
{
    char sum[TKI_QUANTITY_MAX], unseen[TKI_QUANTITY_MAX];
    struct tki_buf text = {0};
    double y = TOP + (f->deepest + 2.0) * TKI_SVG_LINE;
    tki_duration_format(sum, f->sum[f->two]);
    if (f->two)
        tki_buf_printf(&text, "width: time of a %s request, %s; red: more than %s, blue: less", f->sides[1], sum,
                       f->sides[0]);
    else
        tki_buf_printf(&text, "width: time with all that stands on it, %s in all", sum);
    if (f->nunseen)
        tki_buf_printf(&text, "; %u too narrow to draw, %s", (unsigned)f->nunseen,
                       tki_duration_format(unseen, f->unseen));
    tki_svg_text(s, LEFT, y, TKI_SVG_WIDTH, "dim", tki_buf_text(&text, &s->body.err));
    tki_buf_free(&text);
}

int tki_flame_draw(struct tki_svg *s, const struct tki_flame_box *box, uint32_t n, const char *const sides[2])
{
    struct flame f = {.box = box, .n = n, .sides = sides, .two = sides != NULL};
    struct tki_buf text = {0};
    int r = make_room(&f);
    if (r == 0) {
        add_up(&f);
        place(&f);
        for (uint32_t i = 0; i < n; i++)
            draw_box(&f, i, s, &text);
        tki_svg_reach(s, TKI_SVG_WIDTH, 0);
        legend(&f, s);
    }
    tki_buf_free(&text);
    free_room(&f);
    return r;
}
