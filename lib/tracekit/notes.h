/* tracekit/notes.h - what had to be mended or could not be kept: counted, never silent. */
#ifndef TRACEKIT_NOTES_H
#define TRACEKIT_NOTES_H

#include "tracekit/base.h"

#ifdef __cplusplus
extern "C" {
#endif

enum tk_note {
    TK_NOTE_ID_REPLACED,        /* an id that was not hexadecimal or base64 was replaced by a hash of its text */
    TK_NOTE_ID_BASE64,          /* ids were base64, not hexadecimal */
    TK_NOTE_COUNT_NEGATIVE,     /* a negative dropped count was taken as 0 */
    TK_NOTE_INT_RANGE,          /* numbers that are no 64-bit integers, where one is due, were kept as doubles */
    TK_NOTE_ENUM_RANGE,         /* kinds or status codes beyond 255 were taken as unset */
    TK_NOTE_UTF8_REPLACED,      /* invalid UTF-8 was replaced by U+FFFD */
    TK_NOTE_LATE_CONTEXT,       /* resource or scope data came after spans already delivered of a very large record */
    TK_NOTE_OTHER_LOGS,         /* lists of logs were skipped, */
    TK_NOTE_OTHER_METRICS,      /* of metrics, */
    TK_NOTE_OTHER_PROFILES,     /* of profiles: another signal than traces */
    TK_NOTE_TEXT_SKIPPED,       /* text before and between documents, as loggers print it, was passed over */
    TK_NOTE_PARTIAL,            /* traces that their server calls incomplete */
    TK_NOTE_LEGACY_DROPPED,     /* instrumentationLibrarySpans beside scopeSpans were dropped, as collectors do */
    TK_NOTE_ANNOTATION_DROPPED, /* booleans of Zipkin v1 that are no address, and addresses of nobody */
    TK_NOTE_DUPLICATE_TAG,      /* the target holds one value a key: later duplicates replaced earlier ones */
    TK_NOTE_LOST_PRECISION,     /* times cut to the target's microseconds */
    TK_NOTE_LOST_TYPE,          /* attribute values became text */
    TK_NOTE_LOST_LINK,          /* link attributes, trace state or flags the target cannot hold */
    TK_NOTE_LOST_RESOURCE,      /* schema URLs, dropped counts, entities of resources the target cannot hold */
    TK_NOTE_LOST_SCOPE,         /* scope attributes, schema URLs or counts the target cannot hold */
    TK_NOTE_LOST_EVENT,         /* event details the target cannot hold */
    TK_NOTE_LOST_NAME,          /* span names where the target has names of services */
    TK_NOTE_LOST_SPAN,          /* span fields the target cannot hold: flags, dropped counts */
    TK_NOTE_DURATION_CLAMPED,   /* a negative duration was written as 0 */
    TK_NOTE_SPAN_UNWRITABLE,    /* spans left out: the target cannot hold a span without ids */
    TK_NOTE_SERVICE_DOCS,       /* documents of services beside spans were skipped */
    TK_NOTE_DEPENDENCY_DOCS,    /* documents of dependencies beside spans were skipped */
    TK_NOTE_OTHER_DOCS,         /* other documents beside spans were skipped */
    TK_NOTE_UNTIMED,            /* spans left out of a timeline: they have no start */
    TK_NOTE_OTHER_NAME,         /* counted under "(other)": a view holds so many names and no more */
    TK_NOTE_WEIGHTED,           /* spans that a view counted more than once: they carry a sampling threshold */
    TK_NOTE_ERROR_DOCS,         /* errors that are not events of a span were skipped */
    TK_NOTE_NO_START,           /* spans whose start is not known: 0 */
    TK_NOTE_ID_DERIVED,         /* spans whose ids are made of longer ones, which are attributes */
    TK_NOTE_REST_MISFIT,        /* --lossless tags that were made for other values than stand there, or are damaged */
    TK_NOTE_OVERSIZE,           /* documents larger than the target's service takes */
    TK_NOTE_IDS_ONLY,           /* documents with a span's ids, but without its name and start, were skipped */
    TK_NOTE_DURATION_UNSET,     /* durations that are not known, as a start or an end is missing, were written as 0 */
    TK_NOTE_DURATION_CUT,       /* durations of 2^63 ns and more were written as 2^63 - 1 */
    TK_NOTE_TIME_COARSE,        /* times of events that their format has in whole seconds: placed inside their spans */
    TK_NOTE_COLUMN_DROPPED,     /* values of columns that no field takes were left out */
    TK_NOTE_WORD_UNKNOWN,       /* kinds or status codes that are no known words were taken as unset */
    TK_NOTE_ARCHIVE_LEFT_OUT,   /* members of archives that are links, devices or hidden files were left out */
    TK_NOTE_MEMBER_DROPPED,     /* members of objects in JSON that no field takes were left out */
    TK_NOTE_FIELD_DROPPED,      /* fields of protobuf and Thrift that no field here takes were left out */
    TK_NOTE_LOG_RECORDS,        /* records of logs in JSON between documents of spans were passed over */
    /* New ones are added here, at the end: a note keeps its number. */
};
/* In words, behind a count: "3 ids were base64", and of 1 "id was base64".  "" for a note that this library does not
 * know; the second function has the words for several. */
TK_API const char *tk_note_text_of(enum tk_note note, uint64_t count);
TK_API const char *tk_note_text(enum tk_note note);

/* A count for each note.  It may hold notes that were added after a program was compiled: tk_notes_next yields them. */
struct tk_notes;
TK_API uint64_t tk_notes_get(const struct tk_notes *n, enum tk_note note); /* 0 for an unknown note */
/* An iterator over the notes that were counted, in order; *at is 0 before the first call. */
TK_API int tk_notes_next(const struct tk_notes *n, size_t *at, enum tk_note *note, uint64_t *count);

#ifdef __cplusplus
}
#endif
#endif
