/* printf, https://pubs.opengroup.org/onlinepubs/9799919799/utilities/printf.html. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools.h"

/* The operands behind the format, and what went wrong so far. */
struct operands {
	char **next, **end;
	const char *program;
	int status;
	bool stopped; /* \c was written */
};

static const char *next_operand(struct operands *operands)
{
	return operands->next < operands->end ? *operands->next++ : NULL;
}

static void complain(struct operands *operands, const char *word, const char *what)
{
	fflush(stdout);
	fprintf(stderr, "%s: '%s': %s\n", operands->program, word, what);
	operands->status = 1;
}

/* After strtoX: reports what was left of `word` or out of range. */
static void check_number(struct operands *operands, const char *word, const char *end)
{
	if (end == word)
		complain(operands, word, "expected a numeric value");
	else if (*end)
		complain(operands, word, "value not completely converted");
	else if (errno)
		complain(operands, word, strerror(errno));
}

/* 'c or "c: the character's code; else a null pointer's worth: false. */
static bool character_code(const char *word, uint32_t *code)
{
	if (word[0] != '\'' && word[0] != '"')
		return false;
	size_t size;
	*code = word[1] ? utf8_decode(word + 1, strlen(word + 1), &size) : 0;
	return true;
}

static intmax_t integer_operand(struct operands *operands, bool is_signed)
{
	const char *word = next_operand(operands);
	uint32_t code;
	if (!word || !*word)
		return 0;
	if (character_code(word, &code))
		return code;
	char *end;
	errno = 0;
	intmax_t value = is_signed ? strtoimax(word, &end, 0) : (intmax_t)strtoumax(word, &end, 0);
	check_number(operands, word, end);
	return value;
}

static long double float_operand(struct operands *operands)
{
	const char *word = next_operand(operands);
	uint32_t code;
	if (!word)
		return 0;
	if (character_code(word, &code))
		return code;
	char *end;
	errno = 0;
	long double value = strtold(word, &end);
	check_number(operands, word, end);
	return value;
}

/* %b: the operand's escapes are replaced, then width and precision are obeyed. */
static void write_with_escapes(struct operands *operands, const char *spec)
{
	const char *word = next_operand(operands);
	if (spec[1] == 0) { /* plain %b: straight to the output */
		while (word && *word && !operands->stopped) {
			if (*word != '\\') {
				putchar(*word++);
				continue;
			}
			word = write_escape(word + 1, false);
			operands->stopped = !word;
		}
		return;
	}
	char *buffer = allocate((word ? strlen(word) : 0) + 1), *end = buffer;
	for (; word && *word; word++) {
		static const char letters[] = "abefnrtv\\", values[] = "\a\b\033\f\n\r\t\v\\";
		const char *found = *word == '\\' && word[1] ? strchr(letters, word[1]) : NULL;
		*end++ = found ? values[found - letters] : *word;
		word += found != NULL;
	}
	*end = 0;
	char *format = format_text("%ss", spec);
	printf(format, buffer);
	free(format);
	free(buffer);
}

/* %q: as a word of the shell, with backslashes, or as $'...' where there are control characters. */
static char *quote_word(const char *word)
{
	static const char escaped[] = "abefnrtv", controls[] = "\a\b\033\f\n\r\t\v";
	struct text result = {0};
	bool has_control = false;
	for (const char *c = word; *c; c++)
		has_control |= (unsigned char)*c < 32 || *c == 127;
	text_string(&result, !*word ? "''" : has_control ? "$'" : "");
	for (const char *c = word; *c; c++) {
		const char *control = strchr(controls, *c);
		if (control && *c == 033)
			text_string(&result, "\\E");
		else if (control)
			text_format(&result, "\\%c", escaped[control - controls]);
		else if ((unsigned char)*c < 32 || *c == 127)
			text_format(&result, "\\%03o", (unsigned char)*c);
		else if (has_control ? *c == '\'' || *c == '\\' : strchr(" '\"\\|&;()<>!{}*[]?^$`,", *c) || ((*c == '#' || *c == '~') && c == word))
			text_format(&result, "\\%c", *c);
		else
			text_char(&result, *c);
	}
	if (has_control)
		text_char(&result, '\'');
	return text_take(&result);
}

static void write_conversion(struct operands *operands, const char *spec, char conversion)
{
	bool is_integer = strchr("diouxX", conversion) != NULL;
	bool is_float = strchr("eEfFgGaA", conversion) != NULL;
	if (conversion == 'b') {
		write_with_escapes(operands, spec);
		return;
	}
	char *format = format_text("%s%s%c", spec, is_integer ? "j" : is_float ? "L" : "", conversion);
	if (is_integer) {
		printf(format, integer_operand(operands, conversion == 'd' || conversion == 'i'));
	} else if (is_float) {
		printf(format, float_operand(operands));
	} else if (conversion == 'q') {
		const char *word = next_operand(operands);
		char *quoted = quote_word(word ? word : "");
		format[strlen(format) - 1] = 's';
		printf(format, quoted);
		free(quoted);
	} else if (conversion == 'c') {
		const char *word = next_operand(operands);
		printf(format, word ? *word : 0); /* "" writes a NUL, as others do */
	} else {
		const char *word = next_operand(operands);
		printf(format, word ? word : "");
	}
	free(format);
}

/* One % sequence at `format` (behind the %). Returns what follows, or a null pointer: misuse. */
static const char *convert(struct operands *operands, const char *format)
{
	struct text spec = {0};
	text_char(&spec, '%');
	for (; *format && strchr("-+ #0123456789.*'", *format); format++) {
		if (*format == '*')
			text_format(&spec, "%d", (int)integer_operand(operands, true));
		else
			text_char(&spec, *format);
	}
	while (*format && strchr("hlLjzt", *format))
		format++;
	if (*format && strchr("diouxXeEfFgGaAcsbq", *format)) {
		write_conversion(operands, spec.data, *format);
		text_free(&spec);
		return format + 1;
	}
	fflush(stdout);
	fprintf(stderr, "%s: %s%.1s: invalid conversion specification\n", operands->program, spec.data,
	        format);
	text_free(&spec);
	operands->status = 1;
	return NULL;
}

/* One pass over the format. False if the output ends here. */
static bool write_format(struct operands *operands, const char *format)
{
	while (format && *format && !operands->stopped) {
		if (*format == '\\') {
			format = write_escape(format + 1, true);
		} else if (*format == '%' && format[1] == '%') {
			putchar('%');
			format += 2;
		} else if (*format == '%') {
			format = convert(operands, format + 1);
		} else {
			putchar(*format++);
		}
	}
	return format && !operands->stopped;
}

int printf_command(int argc, char **argv)
{
	int first = argc > 1 && !strcmp(argv[1], "--") ? 2 : 1;
	if (first >= argc) {
		fprintf(stderr, "%s: missing operand\nUsage: printf FORMAT [ARGUMENT]...\n", argv[0]);
		return 2;
	}
	struct operands operands = {argv + first + 1, argv + argc, argv[0], 0, false};
	char **before;
	do {
		before = operands.next;
		if (!write_format(&operands, argv[first]))
			break;
	} while (operands.next < operands.end && operands.next > before);
	return operands.status;
}
