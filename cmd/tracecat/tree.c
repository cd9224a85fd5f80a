/* The output of -t tree: the view of the library, as wide and as colourful as the terminal. */
#include <stdlib.h>
#include <unistd.h>

#include "base/err.h"
#include "cli/pager.h"
#include "cli/term.h"
#include "io/sink.h"
#include "pipe.h"
#include "view/tree.h"

enum { FILE_WIDTH = 80 };

struct tree_output {
    struct tki_tree_view *view;
    struct tki_sink *sink; /* NULL: the terminal, through the pager */
    struct tki_pager pager;
    struct tki_buf text;
};

static void free_tree(struct tree_output *t)
{
    tki_tree_view_free(t->view);
    tki_buf_free(&t->text);
    free(t);
}

static void *open_tree(const struct output_args *a, struct tk_err *err)
{
    struct tree_output *t = calloc(1, sizeof *t);
    const struct options *o = a->plan->o;
    if (t)
        t->view = tki_tree_view_new(&(struct tki_tree_opts){
            .width = a->path ? FILE_WIDTH : tki_term_width(STDOUT_FILENO),
            .color = !a->path && tki_term_color(o->common.color, STDOUT_FILENO),
            .verbose = o->verbose,
            .east_s = o->east,
        });
    if (!t || !t->view) {
        free(t);
        tki_err_memory(err);
        return NULL;
    }
    if (!a->path && tki_term_is(STDOUT_FILENO)) {
        tki_pager_open(&t->pager, o->no_pager);
        return t;
    }
    if (tki_sink_open(&t->sink, a->path, (int)a->plan->compress, 0, err) == 0)
        return t;
    free_tree(t);
    return NULL;
}

static int put_trace(void *out, const struct tk_batch *b, const uint32_t *rows, size_t nrows, struct tk_err *err)
{
    struct tree_output *t = out;
    (void)rows; /* all of them */
    (void)nrows;
    tki_buf_reset(&t->text);
    int r = tki_tree_view_put(t->view, b, &t->text, err);
    return r < 0 ? r : tree_say(t, &t->text, err);
}

int tree_say(void *out, const struct tki_buf *text, struct tk_err *err)
{
    struct tree_output *t = out;
    if (text->err)
        return tki_err_memory(err);
    return t->sink ? tki_sink_write(t->sink, text->p, text->n, err) : tki_pager_write(&t->pager, text->p, text->n, err);
}

static int close_tree(void *out, int *status, struct tk_err *err)
{
    struct tree_output *t = out;
    (void)status;
    int r = t->sink ? tki_sink_close(t->sink, err) : tki_pager_close(&t->pager, err);
    free_tree(t);
    return r;
}

static void abort_tree(void *out)
{
    struct tree_output *t = out;
    struct tk_err err = {0};
    if (t->sink)
        tki_sink_abort(t->sink);
    else
        (void)tki_pager_close(&t->pager, &err); /* what was shown stays */
    free_tree(t);
}

const struct output output_tree = {
    .open = open_tree,
    .put = put_trace,
    .close = close_tree,
    .abort = abort_tree,
};
