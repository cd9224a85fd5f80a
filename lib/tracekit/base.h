/* tracekit/base.h - small values, errors and the version. */
#ifndef TRACEKIT_BASE_H
#define TRACEKIT_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TK_API __attribute__((visibility("default")))

/* ---- small values, passed by value; all-zero is valid ------------------------------------------------------------ */

typedef struct {
    const char *p; /* may be NULL when n is 0; not terminated */
    size_t n;      /* bytes */
} tk_str;

typedef struct {
    uint64_t hi, lo; /* a trace id: hi is its first eight bytes, big-endian; all zero is "no id" */
} tk_id128;

typedef struct {
    uint32_t first, count; /* rows [first, first + count) of an array of the same batch */
} tk_range;

#define TK_NONE UINT32_MAX /* no row */

/* ---- errors ------------------------------------------------------------------------------------------------------ */

enum tk_code {
    TK_OK = 0,
    TK_ENOMEM = -1,       /* out of memory */
    TK_EIO = -2,          /* the operating system refused a read, write or open: see sys_errno */
    TK_EFORMAT = -3,      /* the bytes are of no known format, or not of the format asked for */
    TK_EINVALID = -4,     /* a record breaks the rules of its format */
    TK_ETRUNCATED = -5,   /* the input ends inside a record */
    TK_ELIMIT = -6,       /* a named limit was reached */
    TK_EUNSUPPORTED = -7, /* recognised, and not something this version reads, writes or replays */
    TK_EUSAGE = -8,       /* an argument or a configuration file is wrong */
};

struct tk_err {
    int code;         /* enum tk_code */
    int sys_errno;    /* 0 or the errno of the failed call */
    bool has_offset;  /* offset is meaningful */
    uint64_t offset;  /* bytes from the start of the source, after decompression */
    uint64_t record;  /* 1 for the source's first record; 0 when not known */
    char source[256]; /* file name, or "standard input", or "" */
    char text[384];   /* what is wrong, one line, no final full stop */
};

/* Writes "SOURCE: record R, byte B: TEXT" (the parts that are known) into buf; always terminated. */
TK_API void tk_err_format(const struct tk_err *err, char *buf, size_t size);

/* ---- ids and times as texts -------------------------------------------------------------------------------------- */

enum { TK_TRACE_ID_SIZE = 33, TK_SPAN_ID_SIZE = 17, TK_TIME_SIZE = 31 }; /* with the terminator */

/* 32 hexadecimal digits of either case, or 16, which are the lower half.  TK_EINVALID: it is no trace id. */
TK_API int tk_trace_id_parse(tk_str text, tk_id128 *id);
TK_API int tk_span_id_parse(tk_str text, uint64_t *id);                  /* 16 digits */
TK_API char *tk_trace_id_format(tk_id128 id, char to[TK_TRACE_ID_SIZE]); /* lower case; returns to */
TK_API char *tk_span_id_format(uint64_t id, char to[TK_SPAN_ID_SIZE]);
/* RFC 3339, as 2026-11-21T09:30:00.25Z; zones and up to nine decimals count.  TK_EINVALID: it is no time, or one
 * before 1970 or after 2554. */
TK_API int tk_time_parse(tk_str text, uint64_t *ns);
/* In UTC, with nine decimals: 2026-11-21T09:30:00.250000000Z. */
TK_API char *tk_time_format(uint64_t ns, char to[TK_TIME_SIZE]);

/* ---- version ----------------------------------------------------------------------------------------------------- */

/* Of this header, at compile time. */
#define TK_VERSION_MAJOR 0
#define TK_VERSION_MINOR 1
#define TK_VERSION_PATCH 0
/* For comparisons: #if TK_VERSION_NUMBER >= TK_VERSION_MAKE(0, 2, 0). */
#define TK_VERSION_MAKE(major, minor, patch) ((major)*1000000 + (minor)*1000 + (patch))
#define TK_VERSION_NUMBER                    TK_VERSION_MAKE(TK_VERSION_MAJOR, TK_VERSION_MINOR, TK_VERSION_PATCH)

/* Of the library that runs: "0.1.0", and the same as a number. */
TK_API const char *tk_version(void);
TK_API unsigned tk_version_number(void);

#ifdef __cplusplus
}
#endif
#endif
