/* Numbers, sizes and durations in the arguments and the output of commands. */
#ifndef NUMBERS_H
#define NUMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decimal integer, whole word; exits with status 1 and `invalid WHAT: 'TEXT'` otherwise. */
long long parse_integer(const char *text, const char *what);
/* The same with an optional suffix: c w b kB K KB KiB MB M GB G T. */
long long parse_size(const char *text, const char *what);
/* Seconds with fraction and suffix s m h d. Exits with 125 if `timeout` asks, 1 otherwise. */
double parse_duration(const char *text, int status);

enum { SIZE_TEXT = 24 };

/* 1.5K, 23M ... rounded up as GNU's -h does; base is 1024 or 1000. Returns text. */
char *human_size(char text[SIZE_TEXT], uint64_t bytes, unsigned base);

/* Number of decimal digits. */
int digits(uint64_t value);

/* Two hexadecimal digits to standard output. */
void put_hex(unsigned char byte, bool upper);

#endif
