/* tap.h - what a test program in C needs to speak TAP, the Test Anything Protocol.
 *
 * A program calls plan() first with the number of tests, or done_testing() last without a plan; each check prints one
 * line and returns whether it held; a check that fails shows what it got and what it wanted.  main ends with
 * `return tap_result();` or `return done_testing();`.  One thread at a time.
 */
#ifndef TRACEKIT_TESTS_TAP_H
#define TRACEKIT_TESTS_TAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TAP_PRINTF(f, a) __attribute__((format(printf, f, a)))

void plan(unsigned count);
/* Ends the program: nothing in it can be tested here, and why. */
_Noreturn void plan_skip_all(const char *format, ...) TAP_PRINTF(1, 2);

/* Each takes the test's name as a printf format. */
#define ok(cond, ...)           tap_ok((cond), __FILE__, __LINE__, #cond, __VA_ARGS__)
#define is_int(got, want, ...)  tap_is_int((got), (want), __FILE__, __LINE__, __VA_ARGS__)
#define is_uint(got, want, ...) tap_is_uint((got), (want), __FILE__, __LINE__, __VA_ARGS__)
/* Equal within the distance given; two NaN are equal. */
#define is_double(got, want, within, ...) tap_is_double((got), (want), (within), __FILE__, __LINE__, __VA_ARGS__)
/* Strings; NULL is equal to NULL only. */
#define is_str(got, want, ...) tap_is_str((got), (want), __FILE__, __LINE__, __VA_ARGS__)
/* Bytes with their lengths. */
#define is_mem(got, got_n, want, want_n, ...) \
    tap_is_mem((got), (got_n), (want), (want_n), __FILE__, __LINE__, __VA_ARGS__)
#define pass(...) tap_ok(true, __FILE__, __LINE__, "", __VA_ARGS__)
#define fail(...) tap_ok(false, __FILE__, __LINE__, "", __VA_ARGS__)

/* Counts as `count` tests that passed, with the reason why they could not be run. */
void skip(unsigned count, const char *format, ...) TAP_PRINTF(2, 3);
/* A comment for who reads the output. */
void diag(const char *format, ...) TAP_PRINTF(1, 2);
/* Ends the program: nothing that follows would mean anything. */
_Noreturn void bail_out(const char *format, ...) TAP_PRINTF(1, 2);

/* The exit status: 0 when every test held and the plan was kept. */
int tap_result(void);
/* Prints the plan, for programs that did not call plan(), and returns tap_result(). */
int done_testing(void);

bool tap_ok(bool held, const char *file, int line, const char *cond, const char *format, ...) TAP_PRINTF(5, 6);
bool tap_is_int(int64_t got, int64_t want, const char *file, int line, const char *format, ...) TAP_PRINTF(5, 6);
bool tap_is_uint(uint64_t got, uint64_t want, const char *file, int line, const char *format, ...) TAP_PRINTF(5, 6);
bool tap_is_double(double got, double want, double within, const char *file, int line, const char *format, ...)
    TAP_PRINTF(6, 7);
bool tap_is_str(const char *got, const char *want, const char *file, int line, const char *format, ...)
    TAP_PRINTF(5, 6);
bool tap_is_mem(const void *got, size_t got_n, const void *want, size_t want_n, const char *file, int line,
                const char *format, ...) TAP_PRINTF(7, 8);

#endif
