/* table.h - the formats there are, and which of them reads an input.
 *
 * A new format has one line here and one in table.c.  Views, which are only written, have their own table
 * (view/targets.h): they stand above the formats, because they judge what they show.
 */
#ifndef TKI_FORMAT_TABLE_H
#define TKI_FORMAT_TABLE_H

#include "format/lossless/lossless.h"

extern const struct tki_format *const tki_formats[];        /* NULL-terminated */
const struct tki_format *tki_format_find(const char *name); /* NULL: unknown, or a view */

/* The best bidder for the head of a source, or for the rest of one; NULL with *err saying what was tried, or what
 * the input is (TK_EUNSUPPORTED).  A stream of JSON goes to the format of its first document that any format bids for.
 */
const struct tki_format *tki_format_detect(tk_str head, bool eof, struct tk_err *err);

#define TKI_HEAD_MAX (64 * 1024) /* bytes of a document that its format is known by */

/* p is at a line of text, as loggers print it before documents.  The first function returns the format of the first
 * document in that line that has one, with *document where that begins, and *line behind the line.  It returns NULL
 * when there is none, or when *stranger says that the one at *document is known and not read; *document is the first
 * there is then, or NULL.  The second one returns the format of the first such document that a format bids for, where
 * all there is are lines of text; NULL: there is none. */
const struct tki_format *tki_format_in_text(const char *p, const char *end, const char **document, const char **line,
                                            struct tk_err *stranger);
const struct tki_format *tki_format_behind_text(tk_str head);

/* Returns true if the JSON document from p on is of another format than `own`: a decoder that would pass over it
 * refuses it then, so that the reader asks that one. */
bool tki_format_is_other(const char *p, const char *end, const struct tki_format *own);
/* TK_EUNSUPPORTED with *err naming what the document is, when it is recognised and not read, whoever bids for it; or 0.
 */
int tki_format_stranger(tk_str head, bool eof, struct tk_err *err);

/* The format that bids most for a message that lies in a frame.  NULL when none bids, or two bid alike; containers
 * do not bid. */
const struct tki_format *tki_format_payload(tk_str head, bool eof, unsigned *bits);

/* Returns true if everything that is written can come back, with the tag of lossless.h where it is needed. */
bool tki_format_lossless(const struct tki_format *f);

extern const struct tki_format tki_format_otlp_json, tki_format_otlp_proto, tki_format_otlp_framed;
extern const struct tki_format tki_format_tempo, tki_format_tempo_proto;
extern const struct tki_format tki_format_frames, tki_format_grpc, tki_format_delimited;
extern const struct tki_format tki_format_jaeger_json, tki_format_jaeger_proto, tki_format_jaeger_thrift;
extern const struct tki_format tki_format_jaeger_es, tki_format_jaeger_protojson;
extern const struct tki_format tki_format_zipkin_json, tki_format_zipkin_v1, tki_format_zipkin_thrift;
extern const struct tki_format tki_format_zipkin_proto;
extern const struct tki_format tki_format_xray;
extern const struct tki_format tki_format_stdouttrace, tki_format_python_console, tki_format_php_console;
extern const struct tki_format tki_format_collector_debug, tki_format_dotnet_console;
extern const struct tki_format tki_format_nextjs;
extern const struct tki_format tki_format_elastic_apm, tki_format_skywalking, tki_format_datadog;
extern const struct tki_format tki_format_rows, tki_format_table;

#endif
