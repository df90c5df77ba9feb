/* The representation, comparison, sums and products. */
#include "number.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "tools.h"

struct number *number_new(size_t whole, size_t scale)
{
	struct number *number = allocate(sizeof *number + whole + scale + 1);
	*number = (struct number){.users = 1, .whole = whole, .scale = scale};
	memset(number->digits, 0, whole + scale + 1);
	return number;
}

struct number *number_keep(struct number *number)
{
	number->users++;
	return number;
}

void number_drop(struct number *number)
{
	if (number && !--number->users)
		free(number);
}

/* Takes leading zeros away, and the sign of zero. */
static struct number *normal(struct number *number)
{
	size_t zeros = 0;
	while (zeros < number->whole && !number->digits[zeros])
		zeros++;
	if (zeros) {
		memmove(number->digits, number->digits + zeros, number->whole - zeros + number->scale);
		number->whole -= zeros;
	}
	if (number_is_zero(number))
		number->negative = false;
	return number;
}

struct number *number_from(long value)
{
	char text[24];
	unsigned long size = value < 0 ? 0 - (unsigned long)value : (unsigned long)value;
	size_t length = 0;
	for (; size; size /= 10)
		text[length++] = (char)(size % 10);
	struct number *number = number_new(length, 0);
	for (size_t i = 0; i < length; i++)
		number->digits[i] = (uint8_t)text[length - 1 - i];
	number->negative = value < 0;
	return number;
}

static unsigned digit_value(char c)
{
	return c <= '9' ? (unsigned)(c - '0') : (unsigned)(c - 'A') + 10;
}

/* Digits that the base does not have count as its highest. */
static struct number *read_in_base(const char *text, size_t length, unsigned base)
{
	struct number *value = number_from(0), *factor = number_from((long)base);
	size_t fraction = 0;
	bool has_point = false;
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '.') {
			has_point = true;
			continue;
		}
		unsigned digit = digit_value(text[i]);
		struct number *product = number_multiply(value, factor, 0), *added = number_from((long)(digit < base ? digit : base - 1));
		number_drop(value);
		value = number_add(product, added);
		number_drop(product);
		number_drop(added);
		fraction += has_point;
	}
	if (fraction) {
		struct number *divisor = number_power(factor, (long)fraction, 0), *quotient = number_divide(value, divisor, fraction);
		number_drop(divisor);
		number_drop(value);
		value = quotient;
	}
	number_drop(factor);
	return value;
}

struct number *number_read(const char *text, size_t length, unsigned base)
{
	if (length == 1 && *text != '.')
		return number_from((long)digit_value(*text));
	if (base != 10)
		return read_in_base(text, length, base);
	const char *point = memchr(text, '.', length);
	size_t whole = point ? (size_t)(point - text) : length, scale = point ? length - whole - 1 : 0;
	struct number *number = number_new(whole, scale);
	size_t at = 0;
	for (size_t i = 0; i < length; i++)
		if (text[i] != '.')
			number->digits[at++] = (uint8_t)(digit_value(text[i]) < 10 ? digit_value(text[i]) : 9);
	return normal(number);
}

long number_integer(const struct number *number)
{
	long value = 0;
	for (size_t i = 0; i < number->whole; i++) {
		if (value > (LONG_MAX - 9) / 10)
			return number->negative ? LONG_MIN : LONG_MAX;
		value = value * 10 + number->digits[i];
	}
	return number->negative ? -value : value;
}

bool number_is_zero(const struct number *number)
{
	for (size_t i = 0; i < number->whole + number->scale; i++)
		if (number->digits[i])
			return false;
	return true;
}

/* The digit at 10^place. */
static unsigned digit_at(const struct number *number, long place)
{
	long index = (long)number->whole - 1 - place;
	return index < 0 || index >= (long)(number->whole + number->scale) ? 0 : number->digits[index];
}

static int compare_sizes(const struct number *a, const struct number *b)
{
	if (a->whole != b->whole)
		return a->whole < b->whole ? -1 : 1;
	long last = -(long)(a->scale > b->scale ? a->scale : b->scale);
	for (long place = (long)a->whole - 1; place >= last; place--) {
		unsigned left = digit_at(a, place), right = digit_at(b, place);
		if (left != right)
			return left < right ? -1 : 1;
	}
	return 0;
}

int number_compare(const struct number *a, const struct number *b)
{
	if (a->negative != b->negative)
		return a->negative ? -1 : 1;
	return a->negative ? -compare_sizes(a, b) : compare_sizes(a, b);
}

struct number *number_with_scale(const struct number *number, size_t scale)
{
	struct number *result = number_new(number->whole, scale);
	size_t kept = scale < number->scale ? scale : number->scale;
	memcpy(result->digits, number->digits, number->whole + kept);
	result->negative = number->negative;
	return normal(result);
}

struct number *number_negated(const struct number *number)
{
	struct number *result = number_with_scale(number, number->scale);
	result->negative = !number->negative && !number_is_zero(number);
	return result;
}

/* |a| + |b|, or |a| - |b| where |a| is not the smaller one. */
static struct number *combine(const struct number *a, const struct number *b, bool subtracts)
{
	size_t whole = (a->whole > b->whole ? a->whole : b->whole) + 1, scale = a->scale > b->scale ? a->scale : b->scale;
	struct number *result = number_new(whole, scale);
	int carry = 0;
	for (long place = -(long)scale; place < (long)whole; place++) {
		int right = (int)digit_at(b, place), digit = (int)digit_at(a, place) + (subtracts ? -right : right) + carry;
		carry = digit < 0 ? -1 : digit / 10;
		result->digits[(long)whole - 1 - place] = (uint8_t)(digit < 0 ? digit + 10 : digit % 10);
	}
	return result;
}

static struct number *sum(const struct number *a, const struct number *b, bool b_negative)
{
	struct number *result;
	if (a->negative == b_negative) {
		result = combine(a, b, false);
		result->negative = a->negative;
	} else {
		bool swaps = compare_sizes(a, b) < 0;
		result = swaps ? combine(b, a, true) : combine(a, b, true);
		result->negative = swaps ? b_negative : a->negative;
	}
	return normal(result);
}

struct number *number_add(const struct number *a, const struct number *b)
{
	return sum(a, b, b->negative);
}

struct number *number_subtract(const struct number *a, const struct number *b)
{
	return sum(a, b, !b->negative);
}

struct number *number_multiply(const struct number *a, const struct number *b, size_t scale)
{
	size_t left = a->whole + a->scale, right = b->whole + b->scale;
	struct number *product = number_new(a->whole + b->whole, a->scale + b->scale);
	for (size_t i = left; i-- > 0;) {
		unsigned carry = 0, digit = a->digits[i];
		if (!digit)
			continue;
		for (size_t j = right; j-- > 0;) {
			unsigned value = product->digits[i + j + 1] + digit * b->digits[j] + carry;
			product->digits[i + j + 1] = (uint8_t)(value % 10);
			carry = value / 10;
		}
		product->digits[i] = (uint8_t)(product->digits[i] + carry);
	}
	product->negative = a->negative != b->negative;
	size_t longest = a->scale > b->scale ? a->scale : b->scale, full = a->scale + b->scale;
	if (scale > longest)
		longest = scale;
	struct number *result = number_with_scale(product, longest < full ? longest : full);
	number_drop(product);
	return result;
}
