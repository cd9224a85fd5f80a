/* write.h - writing segment documents: what the files of the writing half share. */
#ifndef TKI_FORMAT_XRAY_WRITE_H
#define TKI_FORMAT_XRAY_WRITE_H

#include "base/num.h"
#include "format/js/any.h"
#include "format/xray/words.h"
#include "model/put.h"

/* Attributes that become members.  Old and new names of one thing share a word. */
enum tki_xray_word {
    TKI_XW_METHOD,
    TKI_XW_URL,
    TKI_XW_USER_AGENT,
    TKI_XW_CLIENT_IP,
    TKI_XW_STATUS,
    TKI_XW_LENGTH,
    TKI_XW_FORWARDED,
    TKI_XW_SCHEME,
    TKI_XW_HOST,
    TKI_XW_TARGET,
    TKI_XW_SERVER_NAME,
    TKI_XW_NET_HOST_NAME,
    TKI_XW_NET_HOST_PORT,
    TKI_XW_HOST_NAME,
    TKI_XW_SERVER_ADDRESS,
    TKI_XW_SERVER_PORT,
    TKI_XW_PEER_NAME,
    TKI_XW_PEER_PORT,
    TKI_XW_PEER_IP,
    TKI_XW_PATH,
    TKI_XW_QUERY,
    TKI_XW_LOCAL_SERVICE,
    TKI_XW_REMOTE_SERVICE,
    TKI_XW_AWS_KIND,
    TKI_XW_PEER_SERVICE,
    TKI_XW_AWS_SERVICE,
    TKI_XW_RPC_SYSTEM,
    TKI_XW_RPC_SERVICE,
    TKI_XW_RPC_METHOD,
    TKI_XW_DB_URL,
    TKI_XW_DB_SYSTEM,
    TKI_XW_DB_NAME,
    TKI_XW_DB_STATEMENT,
    TKI_XW_DB_USER,
    TKI_XW_OPERATION,
    TKI_XW_ACCOUNT,
    TKI_XW_REGION,
    TKI_XW_REQUEST,
    TKI_XW_QUEUE,
    TKI_XW_TABLE,
    TKI_XW_TABLES,
    TKI_XW_RETRIES,
    TKI_XW_USER,
    TKI_XW_ANNOTATIONS,
    TKI_XW_IN_PROGRESS,
    TKI_XW_TRACED,
    TKI_XW_INFERRED,
    TKI_XW_PRECURSORS,
    TKI_XW_ERROR,
    TKI_XW_FAULT,
    TKI_XW_THROTTLE,
    TKI_XW_NAMESPACE,
    TKI_XW_WORDS
};

/* A member of metadata, or a namespace of it. */
struct tki_xray_item {
    const char *prefix; /* before the key, or "" */
    tk_str key;
    const struct tk_value *value;
    const struct tk_batch *b; /* that the value belongs to */
    size_t at;                /* when it was added */
};

struct tki_xray_out {
    struct tki_buf *b;
    const struct tk_batch *batch;
    uint64_t *notes;
    const struct tk_span *s;
    const struct tk_resource *r;
    const struct tk_attr *word[TKI_XW_WORDS]; /* NULL: not there, or used */
    bool subsegment;
    uint32_t resource, scope, inner; /* of the span before; of the subsegment before; for counting losses once a run */
    tk_str name, ns;
    struct tk_batch *parsed; /* metadata that was JSON text */
    struct tki_xray_item *items;
    size_t nitems, items_cap;
    struct tki_buf scratch;
};

/* Returns the word of a key, or -1 when the key is none of the words. */
int tki_xw_word_of(tk_str key);
/* Returns the value of a word that is text; n = 0 when it is no text. */
tk_str tki_xw_text(const struct tki_xray_out *o, enum tki_xray_word w);
/* The same, and the attribute is taken: it becomes a member and is not written as metadata. */
tk_str tki_xw_take(struct tki_xray_out *o, enum tki_xray_word w);
/* Takes a whole number.  Returns false when the word's value is no whole number. */
bool tki_xw_take_int(struct tki_xray_out *o, enum tki_xray_word w, int64_t *x);
/* 1 or 0, taken; -1: not a bool. */
int tki_xw_take_bool(struct tki_xray_out *o, enum tki_xray_word w);
/* A resource attribute that is text. */
tk_str tki_xw_resource(const struct tki_xray_out *o, const char *key);

/* `"key":` with a comma before it where one is due. */
void tki_xw_key(struct tki_xray_out *o, const char *key);
void tki_xw_member(struct tki_xray_out *o, const char *key, tk_str s); /* nothing for an empty text */
void tki_xw_bool(struct tki_xray_out *o, const char *key, bool x);
void tki_xw_value(struct tki_xray_out *o, const char *key, const struct tk_value *v);

/* write_parts.c: each writes its member, or nothing, and takes the attributes that it is made of. */
void tki_xw_http(struct tki_xray_out *o);
void tki_xw_aws(struct tki_xray_out *o);
void tki_xw_sql(struct tki_xray_out *o);
tk_str tki_xw_origin(const struct tki_xray_out *o);

void tki_xw_cause(struct tki_xray_out *o); /* write_cause.c */

/* write_meta.c.  `annotated`: a list of keys, or NULL. */
void tki_xw_annotations(struct tki_xray_out *o, const struct tk_value *annotated);
void tki_xw_metadata(struct tki_xray_out *o, const struct tk_value *annotated);

void tki_xray_begin(struct tki_encode *e);
void tki_xray_put(struct tki_encode *e, const struct tk_batch *b, const uint32_t *rows, size_t nrows);
void tki_xray_end(struct tki_encode *e);

#endif
