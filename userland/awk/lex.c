/* Tokens of awk, https://pubs.opengroup.org/onlinepubs/9799919799/utilities/awk.html "Lexical Conventions". */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "awk.h"
#include "tools.h"

int awk_token;
struct awk_value awk_token_value;
char *awk_token_text;
int awk_builtin;

static const char *source, *at;
static int line = 1;

static const struct {
	const char *name;
	int token;
} keywords[] = {{"BEGIN", T_BEGIN}, {"END", T_END_RULE}, {"function", T_FUNCTION}, {"func", T_FUNCTION}, {"if", T_IF}, {"else", T_ELSE}, {"while", T_WHILE},
	{"for", T_FOR}, {"do", T_DO}, {"break", T_BREAK}, {"continue", T_CONTINUE}, {"next", T_NEXT}, {"nextfile", T_NEXTFILE}, {"exit", T_EXIT},
	{"return", T_RETURN}, {"delete", T_DELETE}, {"in", T_IN}, {"getline", T_GETLINE}, {"print", T_PRINT}, {"printf", T_PRINTF}};

static const struct {
	char text[4];
	int token;
} operators[] = {{"**=", T_POW_TO}, {"&&", T_AND}, {"||", T_OR}, {"++", T_INCREMENT}, {"--", T_DECREMENT}, {">>", T_APPEND}, {"<=", T_LE},
	{">=", T_GE}, {"==", T_EQ}, {"!=", T_NE}, {"!~", T_NOMATCH}, {"+=", T_ADD_TO}, {"-=", T_SUB_TO}, {"*=", T_MUL_TO}, {"/=", T_DIV_TO},
	{"%=", T_MOD_TO}, {"^=", T_POW_TO}, {"**", '^'}};

void awk_lex_begin(const char *text)
{
	source = at = text;
	awk_advance();
}

noreturn void awk_syntax_error(void)
{
	const char *start = at;
	while (start > source && start[-1] != '\n' && at - start < 20)
		start--;
	errx(2, "line %d: syntax error at or near %.*s", line, at > start ? (int)(at - start) : 11, at > start ? start : "end of file");
}

/* One escape sequence at *text, which is behind the backslash; adds what it stands for. */
static void add_escape(struct text *result, const char **text, const char *end)
{
	static const char letters[] = "abfnrtv", values[] = "\a\b\f\n\r\t\v";
	char c = *(*text)++;
	const char *found = c ? strchr(letters, c) : NULL;
	if (found) {
		text_char(result, values[found - letters]);
	} else if (c >= '0' && c <= '7') {
		int value = c - '0';
		for (int i = 0; i < 2 && *text < end && **text >= '0' && **text <= '7'; i++)
			value = value * 8 + *(*text)++ - '0';
		text_char(result, (char)value);
	} else if (c == '"' || c == '\\' || c == '/') {
		text_char(result, c);
	} else {
		text_char(result, '\\');
		text_char(result, c);
	}
}

struct awk_string *awk_unescape(const char *text, size_t length)
{
	struct text result = {0};
	const char *end = text + length;
	text_string(&result, "");
	while (text < end) {
		if (*text != '\\' || text + 1 >= end) {
			text_char(&result, *text++);
			continue;
		}
		text++;
		add_escape(&result, &text, end);
	}
	struct awk_string *string = awk_string(result.data, result.length);
	text_free(&result);
	return string;
}

static void read_string(void)
{
	struct text result = {0};
	const char *end = at + strlen(at);
	text_string(&result, "");
	for (at++; *at != '"';) {
		if (!*at || *at == '\n')
			errx(2, "line %d: non-terminated string", line);
		if (*at == '\\' && at[1] == '\n') {
			at += 2;
			line++;
		} else if (*at == '\\' && at[1]) {
			at++;
			add_escape(&result, &at, end);
		} else {
			text_char(&result, *at++);
		}
	}
	at++;
	awk_token = T_STRING;
	awk_token_value = awk_text(result.data, result.length);
	text_free(&result);
}

/* \ddd in a regular expression: the character stands for itself. */
static void add_octal(struct text *result)
{
	int value = 0;
	const char *last = at + 3;
	while (at < last && at[1] >= '0' && at[1] <= '7')
		value = value * 8 + *++at - '0';
	if (value && strchr("$()*+.?[\\]^{|}", value))
		text_char(result, '\\');
	text_char(result, (char)value);
}

void awk_read_regex(void)
{
	struct text result = {0};
	bool bracket = false;
	text_string(&result, awk_token == T_DIV_TO ? "=" : "");
	for (; *at != '/' || bracket; at++) {
		if (!*at || *at == '\n')
			errx(2, "line %d: non-terminated regular expression", line);
		if (*at == '\\' && at[1] == '/') {
			at++;
		} else if (*at == '\\' && at[1] >= '0' && at[1] <= '7') {
			add_octal(&result);
			continue;
		} else if (*at == '\\' && at[1]) {
			text_char(&result, *at++);
		} else if (*at == '[' && !bracket) {
			bracket = true;
			if (at[1] == '^')
				text_char(&result, *at++);
			if (at[1] == ']')
				text_char(&result, *at++);
		} else if (*at == ']') {
			bracket = false;
		}
		text_char(&result, *at);
	}
	at++;
	awk_token = T_REGEX;
	awk_token_text = result.data;
}

static void read_name(void)
{
	size_t length = 1;
	while (isalnum((unsigned char)at[length]) || at[length] == '_')
		length++;
	awk_token_text = duplicate_range(at, length);
	at += length;
	for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++) {
		if (strcmp(keywords[i].name, awk_token_text))
			continue;
		awk_token = keywords[i].token;
		return;
	}
	for (awk_builtin = 0; awk_builtin_names[awk_builtin]; awk_builtin++) {
		if (strcmp(awk_builtin_names[awk_builtin], awk_token_text))
			continue;
		awk_token = T_BUILTIN;
		return;
	}
	awk_token = *at == '(' ? T_CALL : T_NAME;
}

void awk_advance(void)
{
	for (;; at++) {
		if (*at == '\\' && at[1] == '\n') {
			at++;
			line++;
		} else if (*at == '\\' && at[1] == '\r' && at[2] == '\n') {
			at += 2;
			line++;
		} else if (*at != ' ' && *at != '\t' && *at != '\r') {
			break;
		}
	}
	if (*at == '#')
		at += strcspn(at, "\n");
	if (!*at) {
		awk_token = T_END;
		return;
	}
	if (*at == '\n') {
		at++;
		line++;
		awk_token = T_NEWLINE;
		return;
	}
	if (isdigit((unsigned char)*at) || (*at == '.' && isdigit((unsigned char)at[1]))) {
		char *end;
		awk_token = T_NUMBER;
		awk_token_value = awk_number(strtod(at, &end));
		at = end;
		return;
	}
	if (*at == '"') {
		read_string();
		return;
	}
	if (isalpha((unsigned char)*at) || *at == '_') {
		read_name();
		return;
	}
	for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
		if (strncmp(operators[i].text, at, strlen(operators[i].text)))
			continue;
		at += strlen(operators[i].text);
		awk_token = operators[i].token;
		return;
	}
	awk_token = (unsigned char)*at++;
}
