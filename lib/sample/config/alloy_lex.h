/* alloy_lex.h - the tokens of Alloy's syntax.  Inside lib/sample/config only. */
#ifndef TKI_CONFIG_ALLOY_LEX_H
#define TKI_CONFIG_ALLOY_LEX_H

#include "sample/config/yaml.h"

enum tki_alloy_token {
    TKI_ALLOY_END,
    TKI_ALLOY_NAME,
    TKI_ALLOY_STRING, /* value: what it stands for */
    TKI_ALLOY_NUMBER,
    TKI_ALLOY_SIGN, /* one or two characters: { } [ ] ( ) , . = + - * / % ^ ! == != < <= > >= && || */
    TKI_ALLOY_BAD,  /* why says what is wrong */
};

struct tki_alloy_lexer { /* all borrowed; begin with at == text.p */
    const struct tki_yaml *y;
    struct tki_pos origin; /* the file, and lines and columns of it before the text */
    tk_str text;
    const char *at; /* what comes next */
    int line;       /* of at, from 1 */
    const char *line_start;

    enum tki_alloy_token token;
    tk_str written, value; /* of the token */
    struct tki_pos pos;    /* of the token */
    bool new_line;         /* a line ended before the token */
    const char *why;
};

/* Reads the next token.  0 or TK_ENOMEM. */
int tki_alloy_next(struct tki_alloy_lexer *l);

#endif
