/* scratch.h - one trace while it is looked at, for profile.c and look.c. */
#ifndef TKI_COMPARE_SCRATCH_H
#define TKI_COMPARE_SCRATCH_H

#include "compare/profile.h"

struct tki_scratch {
    struct tk_tree tree;
    struct tki_times times;
    struct tki_cpath cpath;
    struct tki_pieces pieces;
    uint32_t *path, *key; /* by node */
    bool errors;          /* some span failed */
    size_t nodes_cap;
    struct tki_path_row *row; /* of this trace */
    uint32_t nrows;
    size_t rows_cap;
    uint64_t *row_order; /* a path and the number of its row, by path */
    size_t row_order_cap;
    uint32_t *row_of; /* by path; valid when row[row_of[path]].path is path */
    uint32_t row_of_cap;
    struct tki_unit_row *unit;
    uint32_t nunits;
    size_t units_cap;
    uint32_t *unit_of; /* by unit, likewise */
    uint32_t unit_of_cap;
    struct tki_buf buf;
};

/* Fills tree, times, cpath, path and key of the scratch.  1; 0: no span of the trace has a usable window.  TK_ENOMEM,
 * TK_ELIMIT. */
int tki_profile_open(struct tki_profile *p, const struct tk_batch *b, struct tki_repairs *repairs);

#endif
