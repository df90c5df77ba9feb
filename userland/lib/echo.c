/* echo, https://pubs.opengroup.org/onlinepubs/9799919799/utilities/echo.html, with -n -e -E. */
#include <stdio.h>
#include <string.h>

#include "tools.h"

/* Value of up to `most` digits of `base` at *string, which moves past them. */
static int digits_value(const char **string, int base, int most)
{
	static const char digits[] = "0123456789abcdef";
	int value = 0;
	for (; most > 0 && **string; most--, ++*string) {
		const char *digit = strchr(digits, **string | (**string >= 'A' ? 0x20 : 0));
		if (!digit || digit - digits >= base)
			break;
		value = value * base + (int)(digit - digits);
	}
	return value;
}

const char *write_escape(const char *string, bool c_style)
{
	static const char letters[] = "abefnrtv\\";
	static const char values[] = "\a\b\033\f\n\r\t\v\\";
	const char *found = *string ? strchr(letters, *string) : NULL;
	if (found) {
		putchar(values[found - letters]);
		return string + 1;
	}
	if (*string == 'c')
		return NULL;
	if (*string >= '0' && *string <= '7') {
		bool leading_zero = !c_style && *string == '0';
		string += leading_zero;
		putchar(digits_value(&string, 8, 3));
		return string;
	}
	if (*string == 'x' && string[1] && strchr("0123456789abcdefABCDEF", string[1])) {
		string++;
		putchar(digits_value(&string, 16, 2));
		return string;
	}
	putchar('\\');
	return string;
}

/* False if \c ended the output. */
static bool write_argument(const char *string, bool escapes)
{
	while (*string) {
		if (*string == '\\' && escapes) {
			string = write_escape(string + 1, false);
			if (!string)
				return false;
		} else {
			putchar(*string++);
		}
	}
	return true;
}

static bool is_option(const char *word)
{
	return word[0] == '-' && word[1] && !word[1 + strspn(word + 1, "neE")];
}

int echo_command(int argc, char **argv, bool escapes)
{
	bool newline = true;
	int i = 1;
	for (; i < argc && is_option(argv[i]); i++) {
		newline &= !strchr(argv[i], 'n');
		for (const char *letter = argv[i] + 1; *letter; letter++)
			escapes = *letter == 'e' || (*letter == 'n' && escapes);
	}
	for (int first = i; i < argc; i++) {
		if (i > first)
			putchar(' ');
		if (!write_argument(argv[i], escapes))
			return 0;
	}
	if (newline)
		putchar('\n');
	return 0;
}
