/* backend.h - a place where traces are kept, as data: what it stores of them, what it bills, and how sure that is.
 *
 * A backend is a JSON document (schema/backend.schema.json, tracekit-prices(5)).  Those that are shipped are in
 * lib/cost/backends; they are part of the library, and installed for people to copy.  A catalog holds them, and what
 * was added to it.  Documents that extend another one change what they name: a price of their own, an assumption.
 *
 * A backend is chosen by its name and, behind a colon, what is different about it:
 *
 *     elasticsearch:ilm=policy.json,warm=0.045
 *     generic:price=0.5,per=GB
 *
 * Strings and arrays belong to the catalog and last as long as it does.  A catalog is not changed while it is used.
 */
#ifndef TKI_COST_BACKEND_H
#define TKI_COST_BACKEND_H

#include "base/arena.h"
#include "base/json.h"
#include "cost/charge.h"
#include "cost/lifecycle.h"

enum {
    TKI_BACKEND_CHARGES = 16, /* at most */
    TKI_BACKEND_ASSUMES = 16,
    TKI_BACKEND_NOTES = 8,
    TKI_BACKEND_PARTS = 2,
};

struct tki_assume {
    const char *key, *what; /* "queries_per_day", "searches a day" */
    double value;
    bool given; /* by the person who asks */
};

struct tki_backend {
    const char *name, *title;
    const char *label; /* as it was asked for, with its parameters */
    double retention_days;
    bool retention_fixed;              /* the service decides */
    double copies;                     /* how often what is stored is stored, the first included */
    bool copies_fixed, copies_further; /* further: people count those beside the first */
    enum tki_quantity stored_of;       /* what is stored, and how much of it */
    struct tki_range stored_factor;
    bool stores;     /* there is something that is stored */
    bool only_given; /* charges without a figure do not count: it has what is given */
    double ratio;    /* given: stored bytes are those of OTLP protobuf, divided; NAN: by the model */
    struct tki_charge charge[TKI_BACKEND_CHARGES];
    size_t ncharges;
    struct tki_assume assume[TKI_BACKEND_ASSUMES];
    size_t nassumes;
    const char *note[TKI_BACKEND_NOTES];
    size_t nnotes;
    struct tki_lifecycle lifecycle; /* without phases: none */
    /* A hybrid has two parts and no charges of its own: traces with errors and slow ones, and the rest. */
    const struct tki_backend *part[TKI_BACKEND_PARTS];
    size_t nparts;
};

struct tki_backends {
    struct tki_arena arena;
    json_t *docs;                    /* an object: name -> document */
    const struct tki_backend **list; /* in order of the names */
    size_t n, cap;
};

/* With the backends that are shipped.  0, TK_ENOMEM; a fault in what is shipped is TK_EINVALID. */
int tki_backends_open(struct tki_backends *c, struct tk_err *err);
void tki_backends_close(struct tki_backends *c);
/* Adds a document, which takes the place of one of the same name, or extends another.  TK_EINVALID with the member in
 * err->text; the source of err is the caller's to set. */
int tki_backends_add(struct tki_backends *c, tk_str text, struct tk_err *err);
const struct tki_backend *tki_backends_find(const struct tki_backends *c, tk_str name);

/* How the text behind --backend names files: TK_EIO, TK_ENOMEM, ... with err filled; text is appended. */
typedef int tki_backend_file(void *ctx, const char *path, struct tki_buf *text, struct tk_err *err);
/* One backend with its parameters, "NAME:KEY=VALUE,...".  TK_EUSAGE with the text for people.  Keys: price and per (of
 * the first charge), ratio, replicas, retention, ilm; ids of charges; names of assumptions; parts of a hybrid. */
int tki_backend_choose(struct tki_backends *c, tk_str spec, tki_backend_file *file, void *ctx,
                       const struct tki_backend **backend, struct tk_err *err);
/* The next specification of a list, from *at on: parts without a colon before their equal sign belong to the one
 * before. False: there is none. */
bool tki_backend_next(tk_str list, size_t *at, tk_str *spec);

/* The value of an assumption; NAN: the backend has none of that name. */
double tki_backend_assumes(const struct tki_backend *b, const char *key);

#endif
