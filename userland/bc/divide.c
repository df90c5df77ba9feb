/* Quotients, powers and roots. */
#include <stdlib.h>
#include <string.h>

#include "number.h"
#include "tools.h"

/* Digit by digit, as on paper: of the integers that the digits make, without their points. */
struct number *number_divide(const struct number *a, const struct number *b, size_t scale)
{
	if (number_is_zero(b))
		return NULL;
	const uint8_t *divisor = b->digits;
	size_t size = b->whole + b->scale;
	while (!*divisor) {
		divisor++;
		size--;
	}
	/* a * 10^(scale + b->scale - a->scale) / b, both as integers */
	size_t have = a->whole + a->scale, want = a->whole + b->scale + scale;
	uint8_t *rest = allocate(size + 1);
	memset(rest, 0, size + 1);
	struct number *quotient = number_new(a->whole + b->scale, scale);
	for (size_t i = 0; i < want; i++) {
		memmove(rest, rest + 1, size);
		rest[size] = i < have ? a->digits[i] : 0;
		unsigned digit = 0;
		for (;;) {
			if (!rest[0] && memcmp(rest + 1, divisor, size) < 0)
				break;
			int borrow = 0;
			for (size_t j = size; j-- > 0;) {
				int value = rest[j + 1] - divisor[j] - borrow;
				borrow = value < 0;
				rest[j + 1] = (uint8_t)(value + 10 * borrow);
			}
			rest[0] = (uint8_t)(rest[0] - borrow);
			digit++;
		}
		quotient->digits[i] = (uint8_t)digit;
	}
	free(rest);
	quotient->negative = a->negative != b->negative;
	struct number *result = number_with_scale(quotient, scale);
	number_drop(quotient);
	return result;
}

struct number *number_modulo(const struct number *a, const struct number *b, size_t scale)
{
	struct number *quotient = number_divide(a, b, scale);
	if (!quotient)
		return NULL;
	size_t result_scale = scale + b->scale > a->scale ? scale + b->scale : a->scale;
	struct number *product = number_multiply(quotient, b, result_scale), *rest = number_subtract(a, product);
	struct number *result = number_with_scale(rest, result_scale);
	number_drop(quotient);
	number_drop(product);
	number_drop(rest);
	return result;
}

struct number *number_power(const struct number *a, long exponent, size_t scale)
{
	unsigned long left = exponent < 0 ? 0 - (unsigned long)exponent : (unsigned long)exponent;
	size_t full = a->scale * left, longest = scale > a->scale ? scale : a->scale;
	struct number *result = number_from(1), *square = number_with_scale(a, a->scale);
	for (; left; left >>= 1) {
		struct number *next;
		if (left & 1) {
			next = number_multiply(result, square, result->scale + square->scale);
			number_drop(result);
			result = next;
		}
		if (left > 1) {
			next = number_multiply(square, square, 2 * square->scale);
			number_drop(square);
			square = next;
		}
	}
	number_drop(square);
	struct number *one = number_from(1), *cut;
	if (exponent < 0)
		cut = number_divide(one, result, scale);
	else
		cut = number_with_scale(result, full < longest ? full : longest);
	number_drop(one);
	number_drop(result);
	return cut;
}

/* Newton's steps from above on the integer root of number * 10^(2 scale). */
struct number *number_root(const struct number *number, size_t scale)
{
	if (number->negative)
		return NULL;
	size_t wanted = scale > number->scale ? scale : number->scale, guard = wanted + 1;
	if (number_is_zero(number))
		return number_with_scale(number, wanted);
	struct number *guess = number_new((number->whole + 1) / 2 + 1, guard), *half = number_new(0, 1);
	guess->digits[0] = 1;
	half->digits[0] = 5;
	for (;;) {
		struct number *quotient = number_divide(number, guess, guard), *both = number_add(guess, quotient);
		struct number *next = number_multiply(both, half, guard), *cut = number_with_scale(next, guard);
		number_drop(quotient);
		number_drop(both);
		number_drop(next);
		bool stays = number_compare(cut, guess) >= 0;
		if (stays) {
			number_drop(cut);
			break;
		}
		number_drop(guess);
		guess = cut;
	}
	struct number *result = number_with_scale(guess, wanted);
	number_drop(guess);
	number_drop(half);
	return result;
}
