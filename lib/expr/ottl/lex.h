/* lex.h - the words of OTTL. */
#ifndef TKI_OTTL_LEX_H
#define TKI_OTTL_LEX_H

#include "base/arena.h"
#include "base/str.h"

enum tki_ottl_token {
    TKI_OT_END,
    TKI_OT_BYTES, /* 0x00ff */
    TKI_OT_FLOAT,
    TKI_OT_INT,
    TKI_OT_STRING,
    TKI_OT_NIL,
    TKI_OT_NOT,
    TKI_OT_OR,
    TKI_OT_AND,
    TKI_OT_TRUE,
    TKI_OT_FALSE,
    TKI_OT_COMPARE, /* == != >= <= > < */
    TKI_OT_ARROW,   /* => */
    TKI_OT_SIGN,    /* + - */
    TKI_OT_TIMES,   /* * / */
    TKI_OT_UPPER,   /* upper-case letters, digits and _ */
    TKI_OT_LOWER,   /* lower-case letters, digits and _ */
    TKI_OT_MARK,    /* ( ) [ ] { } , . : = _ */
};

struct tki_ottl_word {
    uint8_t token; /* enum tki_ottl_token */
    uint32_t at;   /* where it begins */
    tk_str text;   /* as written */
};

struct tki_ottl_words {
    struct tki_ottl_word *word; /* the last one is END */
    uint32_t n;
};

/* Cuts a text into words.  The pattern that comes first in the specification wins, not the longest.  signed_numbers:
 * before 0.144 a sign right in front of digits is part of the number.  Words live in the arena and borrow from the
 * text.  TK_EUSAGE with the offset of what is no word; TK_ENOMEM. */
int tki_ottl_lex(struct tki_ottl_words *to, tk_str text, bool signed_numbers, struct tki_arena *arena,
                 struct tk_err *err);

/* What a STRING says, with Go's escapes.  TK_EUSAGE, TK_ENOMEM. */
int tki_ottl_unquote(const struct tki_ottl_word *word, struct tki_arena *arena, tk_str *to, struct tk_err *err);

#endif
