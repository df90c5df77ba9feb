/* Escape sequences of roff as manual pages use them (groff(7), man(7)). */
#include <string.h>

#include "man.h"

static const struct {
	const char *name, *text;
} characters[] = {
	{"-", "-"},	 {"aq", "'"}, {"ga", "`"},	{"ha", "^"},  {"ti", "~"},	{"rs", "\\"}, {"bu", "•"},
	{"em", "—"}, {"en", "–"}, {"lq", "“"},	{"rq", "”"},  {"oq", "‘"},	{"cq", "’"},  {"dq", "\""},
	{"co", "©"}, {"rg", "®"}, {"tm", "™"},	{"mu", "×"},  {"+-", "±"},	{"->", "→"},  {"<-", "←"},
	{"<=", "≤"}, {">=", "≥"}, {"!=", "≠"},	{"mc", "µ"},  {"de", "°"},	{"ha", "^"},  {"at", "@"},
	{"sh", "#"}, {"Do", "$"}, {"lB", "["},	{"rB", "]"},  {"lC", "{"},	{"rC", "}"},  {"ba", "|"},
	{"or", "|"}, {"hy", "-"}, {"Fo", "«"},	{"Fc", "»"},  {"ss", "ß"},	{":a", "ä"},  {":o", "ö"},
	{":u", "ü"}, {":A", "Ä"}, {":O", "Ö"},	{":U", "Ü"},  {"'e", "é"},	{"`e", "è"},  {"pc", "·"},
	{"12", "½"}, {"14", "¼"}, {"Tm", "TM"}, {"R", "®"},	  {"L\"", "“"}, {"R\"", "”"}, {"C`", "\""},
	{"C'", "\""}, {"lq", "“"}, {"S", ""},
};

static const char *character_text(const char *name, size_t length)
{
	for (size_t i = 0; i < sizeof characters / sizeof *characters; i++) {
		if (strlen(characters[i].name) == length && !memcmp(characters[i].name, name, length))
			return characters[i].text;
	}
	return "";
}

/* A name in one of the forms x, (xx and [xxx]; returns what follows it. */
static const char *read_name(const char *at, const char *end, const char **name, size_t *length)
{
	*name = at;
	*length = 0;
	if (at >= end)
		return end;
	if (*at == '[') {
		*name = ++at;
		while (at < end && *at != ']')
			at++;
		*length = (size_t)(at - *name);
		return at < end ? at + 1 : end;
	}
	size_t wanted = *at == '(' ? 2 : 1;
	*name = at += *at == '(';
	*length = (size_t)(end - at) < wanted ? (size_t)(end - at) : wanted;
	return at + *length;
}

static char font_of(const char *name, size_t length)
{
	if (length == 0)
		return 'P';
	char last = name[length - 1];
	if (length == 2 && name[0] == 'B' && last == 'I')
		return 'B';
	if (last == 'B' || last == '3')
		return 'B';
	if (last == 'I' || last == '2')
		return 'I';
	return last == 'P' ? 'P' : 'R';
}

/* Arguments that only printers know: \s+2, \h'3n', \v'1'. */
static const char *skip_argument(char letter, const char *at, const char *end)
{
	const char *name;
	size_t length;
	if (letter == 's') {
		while (at < end && (*at == '+' || *at == '-'))
			at++;
		return read_name(at, end, &name, &length);
	}
	if (letter == 'n' || letter == 'm' || letter == 'k' || letter == 'g')
		return read_name(at, end, &name, &length);
	if (at < end && *at == '\'') {
		for (at++; at < end && *at != '\''; at++)
			continue;
		return at < end ? at + 1 : end;
	}
	return at;
}

const char *man_read_escape(const char *at, const char *end, struct man_escape *escape)
{
	const char *name;
	size_t length;
	*escape = (struct man_escape){.text = ""};
	if (at >= end)
		return end;
	char letter = *at++;
	switch (letter) {
	case 'f':
		at = read_name(at, end, &name, &length);
		escape->font = font_of(name, length);
		break;
	case '(':
	case '[':
		at = read_name(at - 1, end, &name, &length);
		escape->text = character_text(name, length);
		break;
	case '*':
		at = read_name(at, end, &name, &length);
		escape->text = character_text(name, length);
		break;
	case '-':
		escape->text = "-";
		break;
	case 'e':
	case '\\':
		escape->text = "\\";
		break;
	case '\'':
		escape->text = "´";
		break;
	case '`':
		escape->text = "`";
		break;
	case '.':
		escape->text = ".";
		break;
	case ' ':
	case '~':
	case '0':
		escape->text = " ";
		escape->is_fixed = true;
		break;
	case 'c':
		escape->continues = true;
		break;
	case '"':
	case '#':
		escape->is_comment = true;
		break;
	default:
		if (strchr("snmkghvwoXZzbDlL", letter))
			at = skip_argument(letter, at, end);
	}
	return at;
}
