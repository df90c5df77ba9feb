/* Arithmetic as on paper, digit by digit: magnitudes are text without leading zeros. */
#include "big-integer.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tools.h"

static const char *without_zeros(const char *text)
{
	while (*text == '0' && text[1])
		text++;
	return text;
}

static int compare(const char *a, const char *b)
{
	size_t x = strlen(a), y = strlen(b);
	int order = x == y ? strcmp(a, b) : x < y ? -1 : 1;
	return order < 0 ? -1 : order > 0;
}

/* The digit of value 10^place. */
static int digit(const char *text, size_t length, size_t place)
{
	return place < length ? text[length - 1 - place] - '0' : 0;
}

/* a + sign * b, which must not be negative; there may be zeros in front. */
static char *add(const char *a, const char *b, int sign)
{
	size_t x = strlen(a), y = strlen(b), length = (x > y ? x : y) + 1;
	char *result = allocate(length + 1);
	int carry = 0;
	result[length] = 0;
	for (size_t i = 0; i < length; i++) {
		int sum = digit(a, x, i) + sign * digit(b, y, i) + carry;
		carry = sum < 0 ? -1 : sum / 10;
		result[length - 1 - i] = (char)('0' + sum - 10 * carry);
	}
	return result;
}

static char *multiply(const char *a, const char *b)
{
	size_t x = strlen(a), y = strlen(b);
	char *result = allocate(x + y + 1);
	memset(result, '0', x + y);
	result[x + y] = 0;
	for (size_t i = 0; i < x; i++) {
		int carry = 0;
		for (size_t j = 0; j <= y; j++) {
			char *cell = &result[x + y - 1 - i - j];
			int sum = *cell - '0' + digit(a, x, i) * digit(b, y, j) + carry;
			*cell = (char)('0' + sum % 10);
			carry = sum / 10;
		}
	}
	return result;
}

/* The quotient, or the remainder. */
static char *divide(const char *a, const char *b, bool wants_rest)
{
	size_t length = strlen(a);
	char *quotient = duplicate(a), *rest = duplicate("0");
	for (size_t i = 0; i < length; i++) {
		char *next = format_text("%s%c", without_zeros(rest), a[i]);
		quotient[i] = '0';
		while (compare(without_zeros(next), b) >= 0) {
			char *less = add(without_zeros(next), b, -1);
			free(next);
			next = less;
			quotient[i]++;
		}
		free(rest);
		rest = next;
	}
	free(wants_rest ? quotient : rest);
	return wants_rest ? rest : quotient;
}

int integer_compare(const char *a, const char *b)
{
	bool below = *a == '-', other = *b == '-';
	const char *x = without_zeros(a + below), *y = without_zeros(b + other);
	if (!strcmp(x, "0") && !strcmp(y, "0"))
		return 0;
	if (below != other)
		return below ? -1 : 1;
	return below ? compare(y, x) : compare(x, y);
}

char *integer_calculate(const char *a, const char *b, char operator)
{
	bool below = *a == '-', other = *b == '-', is_negative = below != other;
	const char *x = without_zeros(a + below), *y = without_zeros(b + other);
	char *magnitude;
	switch (operator) {
	case '*': magnitude = multiply(x, y); break;
	case '/': magnitude = divide(x, y, false); break;
	case '%':
		magnitude = divide(x, y, true);
		is_negative = below;
		break;
	default:
		other ^= operator == '-';
		bool is_less = compare(x, y) < 0;
		magnitude = below == other ? add(x, y, 1) : is_less ? add(y, x, -1) : add(x, y, -1);
		is_negative = below == other || !is_less ? below : other;
	}
	const char *digits = without_zeros(magnitude);
	char *result = format_text("%s%s", is_negative && strcmp(digits, "0") ? "-" : "", digits);
	free(magnitude);
	return result;
}
