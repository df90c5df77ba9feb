/* Numbers as text. Digits of bases over 16 are decimal numbers with a blank before each. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"
#include "tools.h"

static size_t column, limit;

static void put(char c)
{
	if (limit && column == limit - 2) {
		fputs("\\\n", stdout);
		column = 0;
	}
	putchar(c);
	column++;
}

static int digits_of(unsigned long value)
{
	int count = 1;
	while (value >= 10) {
		value /= 10;
		count++;
	}
	return count;
}

static void put_digit(unsigned long digit, unsigned long base, bool follows_point)
{
	if (base <= 16) {
		put("0123456789ABCDEF"[digit]);
		return;
	}
	char text[24];
	snprintf(text, sizeof text, " %0*lu", digits_of(base - 1), digit);
	for (char *at = text + follows_point; *at; at++)
		put(*at);
}

/* Divides the whole number in place, and gives the rest. */
static unsigned long divide_small(uint8_t *digits, size_t count, unsigned long base)
{
	unsigned long rest = 0;
	for (size_t i = 0; i < count; i++) {
		unsigned long value = rest * 10 + digits[i];
		digits[i] = (uint8_t)(value / base);
		rest = value % base;
	}
	return rest;
}

static void put_whole(const struct number *number, unsigned long base)
{
	uint8_t *digits = allocate(number->whole + 1);
	unsigned long *found = NULL;
	size_t count = 0, room = 0, first = 0;
	memcpy(digits, number->digits, number->whole);
	while (first < number->whole) {
		if (count == room)
			found = reallocate(found, (room = room ? 2 * room : 64) * sizeof *found);
		found[count++] = divide_small(digits + first, number->whole - first, base);
		while (first < number->whole && !digits[first])
			first++;
	}
	while (count)
		put_digit(found[--count], base, false);
	free(found);
	free(digits);
}

/* As many digits as say what `scale` decimal digits say: until base^n is at least 10^scale. */
static void put_fraction(const struct number *number, unsigned long base)
{
	struct number *fraction = number_new(0, number->scale), *factor = number_from((long)base), *reached = number_from(1);
	memcpy(fraction->digits, number->digits + number->whole, number->scale);
	bool is_first = true;
	while (reached->whole <= number->scale) {
		struct number *product = number_multiply(fraction, factor, number->scale), *whole = number_with_scale(product, 0), *next = number_multiply(reached, factor, 0);
		put_digit((unsigned long)number_integer(whole), base, is_first);
		is_first = false;
		number_drop(fraction);
		fraction = number_subtract(product, whole);
		number_drop(product);
		number_drop(whole);
		number_drop(reached);
		reached = next;
	}
	number_drop(fraction);
	number_drop(factor);
	number_drop(reached);
}

void number_print(const struct number *number, unsigned long base, size_t line_length)
{
	column = 0;
	limit = line_length;
	if (number->negative)
		put('-');
	if (number_is_zero(number)) {
		put('0');
		return;
	}
	if (base == 10) {
		for (size_t i = 0; i < number->whole + number->scale; i++) {
			if (i == number->whole)
				put('.');
			put((char)('0' + number->digits[i]));
		}
		return;
	}
	put_whole(number, base);
	if (!number->scale)
		return;
	put('.');
	put_fraction(number, base);
}
