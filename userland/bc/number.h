/* Decimal numbers of any length, which never change once they are made, and count who holds them. */
#ifndef BC_NUMBER_H
#define BC_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct number {
	size_t users;
	bool negative;
	size_t whole, scale; /* digits before and behind the point; no leading zero before it */
	uint8_t digits[];    /* values 0 to 9, the first one leads */
};

struct number *number_new(size_t whole, size_t scale); /* zeros, held once */
struct number *number_keep(struct number *number);
void number_drop(struct number *number);
struct number *number_from(long value);
/* Digits 0-9 and A-Z in base 2 to 36 with at most one point; one digit alone has its own value in any base. */
struct number *number_read(const char *text, size_t length, unsigned base);
/* Towards zero; LONG_MAX or LONG_MIN where it does not fit. */
long number_integer(const struct number *number);
bool number_is_zero(const struct number *number);
int number_compare(const struct number *a, const struct number *b);
/* With `scale` digits behind the point: more are zeros, fewer are cut off. */
struct number *number_with_scale(const struct number *number, size_t scale);
struct number *number_negated(const struct number *number);

/* The results have the scale that POSIX gives them; `scale` is bc's variable. */
struct number *number_add(const struct number *a, const struct number *b);
struct number *number_subtract(const struct number *a, const struct number *b);
struct number *number_multiply(const struct number *a, const struct number *b, size_t scale);
/* Null: division by zero. */
struct number *number_divide(const struct number *a, const struct number *b, size_t scale);
struct number *number_modulo(const struct number *a, const struct number *b, size_t scale);
struct number *number_power(const struct number *a, long exponent, size_t scale);
/* Null: of a negative number. */
struct number *number_root(const struct number *number, size_t scale);

/* print.c: in base `base` (2 on), in lines of at most `line_length` characters (0: one line); no newline behind it. */
void number_print(const struct number *number, unsigned long base, size_t line_length);

#endif
