/* The parser of sed scripts. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "characters.h"
#include "sed.h"
#include "tools.h"

static const char *script, *at;

static noreturn void fail(const char *reason)
{
	errx(1, "-e expression #1, char %d: %s", (int)(at - script), reason);
}

static void skip_spaces(void)
{
	while (isblank((unsigned char)*at))
		at++;
}

static unsigned long parse_number(void)
{
	unsigned long value = 0;
	while (isdigit((unsigned char)*at))
		value = value * 10 + (unsigned long)(*at++ - '0');
	return value;
}

/* Copies a bracket expression up to its closing bracket, if it has one. */
static void add_bracket(struct text *text)
{
	const char *end = at + 1;
	end += *end == '^';
	end += *end == ']';
	while (*end && *end != ']' && *end != '\n') {
		const char *close = *end == '[' && strchr(":.=", end[1]) ? strchr(end + 2, end[1]) : NULL;
		end = close && close[1] == ']' ? close + 2 : end + 1;
	}
	if (*end != ']')
		return;
	for (; at < end; at++) {
		bool newline = *at == '\\' && at[1] == 'n';
		text_char(text, newline ? '\n' : *at);
		at += newline;
	}
}

/* The value of digits of a base, at most so many; false if there is none. */
static bool parse_digits(int base, int most, int *value)
{
	char digits[4] = "", *end;
	for (int i = 0; i < most && isxdigit((unsigned char)at[i + 1]); i++)
		digits[i] = at[i + 1];
	*value = (int)strtol(digits, &end, base) & 255;
	at += end - digits;
	return end > digits;
}

/* The character of an escape sequence whose letter is at `at`, which moves to its end; -1 if it is none. */
static int parse_escape(void)
{
	static const char letters[] = "afnrtv", characters[] = "\a\f\n\r\t\v";
	int value;
	const char *letter = *at ? strchr(letters, *at) : NULL;
	if (letter)
		return characters[letter - letters];
	if (*at == 'c' && at[1] && at[1] != '\n')
		return toupper((unsigned char)*++at) ^ 64;
	if ((*at == 'x' && parse_digits(16, 2, &value)) || (*at == 'o' && parse_digits(8, 3, &value)) || (*at == 'd' && parse_digits(10, 3, &value)))
		return value;
	return -1;
}

/*
 * Text up to the delimiter, which is consumed. \delimiter loses its backslash; in a pattern \n
 * becomes a newline, and within a bracket expression the delimiter ends nothing.
 */
static char *parse_delimited(char delimiter, bool pattern, const char *unterminated)
{
	struct text text = {0};
	text_string(&text, "");
	for (; *at != delimiter; at++) {
		if (!*at || (*at == '\n' && pattern))
			fail(unterminated);
		if (*at == '\\' && at[1] == delimiter) {
			at++;
			if (!pattern && (delimiter == '&' || isdigit((unsigned char)delimiter)))
				text_char(&text, '\\');
		} else if (pattern && *at == '\\' && at[1] == 'n') {
			text_char(&text, '\n');
			at++;
			continue;
		} else if (pattern && *at == '[') {
			add_bracket(&text);
		} else if (*at == '\\' && at[1]) {
			at++;
			int character = pattern ? -1 : parse_escape();
			if (character < 0 || strchr("\\&\n", character))
				text_char(&text, '\\');
			text_char(&text, character < 0 ? *at : (char)character);
			continue;
		}
		text_char(&text, *at);
	}
	at++;
	return text.data;
}

static struct pattern *compile(const char *text, int flags)
{
	if (!*text)
		return NULL;
	struct pattern *pattern = allocate(sizeof *pattern);
	pattern_compile(pattern, text, flags | (sed_flag.extended ? REG_EXTENDED : 0), 1);
	return pattern;
}

static struct sed_address *parse_address(bool second)
{
	struct sed_address address = {0};
	if (isdigit((unsigned char)*at)) {
		address.first = parse_number();
		address.kind = SED_LINE;
		if (*at == '~' && !second) {
			at++;
			address.kind = SED_STEP;
			address.step = parse_number();
		} else if (!address.first && !second) {
			address.kind = SED_ZERO;
		}
	} else if (*at == '$') {
		at++;
		address.kind = SED_LAST;
	} else if (second && (*at == '+' || *at == '~')) {
		address.kind = *at++ == '+' ? SED_PLUS : SED_MULTIPLE;
		address.first = parse_number();
	} else if (*at == '/' || *at == '\\') {
		if (*at == '\\')
			at++;
		char delimiter = *at++;
		char *text = parse_delimited(delimiter, true, "unterminated address regex");
		int flags = 0;
		for (; *at == 'I' || *at == 'M'; at++)
			flags |= *at == 'I' ? REG_ICASE : REG_NEWLINE;
		address.kind = SED_PATTERN;
		address.pattern = compile(text, flags);
		free(text);
	} else {
		return NULL;
	}
	struct sed_address *result = allocate(sizeof *result);
	*result = address;
	return result;
}

/* The name of a file, up to the end of the line; on the heap. */
static char *parse_file_name(void)
{
	skip_spaces();
	size_t length = strcspn(at, "\n");
	if (!length)
		fail("missing filename in r/R/w/W commands");
	char *name = duplicate_range(at, length);
	at += length;
	return name;
}

static void parse_flags(struct sed_command *command, const char *pattern)
{
	int flags = 0;
	for (;; at++) {
		if ((*at == 'g' && command->global) || (*at == 'p' && command->print))
			fail(*at == 'g' ? "multiple `g' options to `s' command" : "multiple `p' options to `s' command");
		if (*at == 'g')
			command->global = true;
		else if (*at == 'p')
			command->print = true;
		else if (*at == 'e')
			command->executes = true;
		else if (*at == 'i' || *at == 'I')
			flags |= REG_ICASE;
		else if (*at == 'm' || *at == 'M')
			flags |= REG_NEWLINE;
		else if (isdigit((unsigned char)*at)) {
			command->occurrence = parse_number();
			if (!command->occurrence)
				fail("number option to `s' command may not be zero");
			at--;
		} else if (*at == 'w') {
			at++;
			command->output = sed_open_output(parse_file_name());
			break;
		} else {
			break;
		}
	}
	command->pattern = compile(pattern, flags);
}

static void parse_substitution(struct sed_command *command)
{
	char delimiter = *at++;
	if (!delimiter || delimiter == '\n' || delimiter == '\\')
		fail("unterminated `s' command");
	char *pattern = parse_delimited(delimiter, true, "unterminated `s' command");
	command->replacement = parse_delimited(delimiter, false, "unterminated `s' command");
	parse_flags(command, pattern);
	size_t groups = command->pattern ? command->pattern->regex.re_nsub : 9;
	for (const char *c = command->replacement; *c; c++)
		if (*c == '\\' && *++c >= '1' && *c <= '9' && (size_t)(*c - '0') > groups)
			errx(1, "-e expression #1, char %d: invalid reference \\%c on `s' command's RHS", (int)(at - script), *c);
	free(pattern);
}

/* The next character of an operand of y, whose escapes are \\ and those that are left; moves *text. */
static const char *take_character(const char **text, size_t *size)
{
	*text += **text == '\\' && (*text)[1];
	const char *start = *text;
	*size = character_size(start, strlen(start));
	*text += *size;
	return start;
}

static void parse_map(struct sed_command *command)
{
	char delimiter = *at++;
	const char *from = parse_delimited(delimiter, false, "unterminated `y' command");
	const char *to = parse_delimited(delimiter, false, "unterminated `y' command");
	size_t count = 0;
	command->map = allocate((strlen(from) + 1) * sizeof *command->map);
	while (*from && *to) {
		struct sed_pair *pair = &command->map[count++];
		pair->from = take_character(&from, &pair->from_size);
		pair->to = take_character(&to, &pair->to_size);
	}
	if (*from || *to)
		fail("strings for `y' command are different lengths");
	command->map[count] = (struct sed_pair){0};
}

/* a, i, c: "a text" on one line, or "a\" and lines that go on after a backslash. */
static char *parse_text(void)
{
	struct text text = {0};
	skip_spaces();
	if (*at == '\\') {
		at++;
		if (at[strspn(at, " \t")] == '\n')
			at += strspn(at, " \t") + 1;
	} else if (!*at) {
		fail("expected \\ after `a', `c' or `i'");
	}
	for (; *at && *at != '\n'; at++) {
		int character = -1;
		if (*at == '\\' && at[1]) {
			at++;
			character = parse_escape();
		}
		text_char(&text, character < 0 ? *at : (char)character);
	}
	text_char(&text, '\n');
	return text.data;
}

static char *parse_label(bool colon)
{
	skip_spaces();
	size_t length = strcspn(at, colon ? "\n;" : "\n;}");
	while (length && isspace((unsigned char)at[length - 1]))
		length--;
	if (colon && !length)
		fail("\":\" lacks a label");
	char *label = duplicate_range(at, length);
	at += length;
	return label;
}

static void parse_command(struct sed_command *command)
{
	switch (command->name = *at++) {
	case '=': case 'd': case 'D': case 'g': case 'G': case 'h': case 'H': case 'n': case 'N':
	case 'p': case 'P': case 'x': case 'z': case 'F': case '{': case '}':
		break;
	case 'q': case 'Q': case 'l':
		skip_spaces();
		command->number = isdigit((unsigned char)*at) ? (int)parse_number() : command->name == 'l' ? sed_flag.line_length : 0;
		break;
	case 'a': case 'i': case 'c': command->text = parse_text(); break;
	case 'b': case 't': case 'T': command->text = parse_label(false); break;
	case ':':
		if (command->addresses[0])
			fail(": doesn't want any addresses");
		command->text = parse_label(true);
		break;
	case 'r': command->text = parse_file_name(); break;
	case 'e': case 'v':
		skip_spaces();
		command->text = duplicate_range(at, strcspn(at, "\n"));
		at += strcspn(at, "\n");
		break;
	case 'R': command->input = sed_open_input(parse_file_name()); break;
	case 'w': case 'W': command->output = sed_open_output(parse_file_name()); break;
	case 's': parse_substitution(command); break;
	case 'y': parse_map(command); break;
	case 0: at--; fail("missing command");
	default: errx(1, "-e expression #1, char %d: unknown command: `%c'", (int)(at - script), command->name);
	}
}

/* A command ends at a newline, a semicolon, or before a closing brace or a comment. */
static void end_command(char name)
{
	skip_spaces();
	if (name == '{' || *at == 0 || *at == '}' || *at == '#')
		return;
	if (*at != ';' && *at != '\n') {
		at++;
		fail(name == 's' ? "unknown option to `s'" : "extra characters after command");
	}
	at++;
}

static void resolve(struct sed_program *program)
{
	for (size_t i = 0; i < program->count; i++) {
		struct sed_command *command = &program->commands[i];
		if (!strchr("btT", command->name))
			continue;
		command->target = program->count;
		for (size_t j = 0; *command->text && j < program->count; j++)
			if (program->commands[j].name == ':' && !strcmp(program->commands[j].text, command->text))
				command->target = j;
		if (*command->text && command->target == program->count)
			errx(1, "can't find label for jump to `%s'", command->text);
	}
}

void sed_parse(const char *source, struct sed_program *program)
{
	size_t open[64], depth = 0;
	for (script = at = source;;) {
		while (isspace((unsigned char)*at) || *at == ';')
			at++;
		if (*at == '#') {
			at += strcspn(at, "\n");
			continue;
		}
		if (!*at)
			break;
		struct sed_command command = {0};
		command.addresses[0] = parse_address(false);
		skip_spaces();
		if (command.addresses[0] && *at == ',') {
			at++;
			skip_spaces();
			command.addresses[1] = parse_address(true);
			if (!command.addresses[1])
				fail("unexpected `,'");
			skip_spaces();
		}
		if (command.addresses[0] && command.addresses[0]->kind == SED_ZERO && (!command.addresses[1] || command.addresses[1]->kind != SED_PATTERN))
			fail("invalid usage of line address 0");
		for (; *at == '!' || isblank((unsigned char)*at); at++)
			command.negated |= *at == '!';
		parse_command(&command);
		program->commands = reallocate(program->commands, (program->count + 1) * sizeof command);
		if (command.name == '{') {
			if (depth == sizeof open / sizeof *open)
				fail("too many `{'s");
			open[depth++] = program->count;
		} else if (command.name == '}') {
			if (!depth)
				fail("unexpected `}'");
			program->commands[open[--depth]].target = program->count;
		}
		program->commands[program->count++] = command;
		end_command(command.name);
	}
	if (depth) {
		at = script;
		fail("unmatched `{'");
	}
	resolve(program);
}
