/* Parsing of crontabs. Beyond POSIX: names of months and days, steps (every/N), @daily and the like, NAME=value. */
#include "crontab-table.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tools.h"

struct field {
	const char *what;
	unsigned first, last;
	const char *const *names;
};

static const char *const month_names[] = {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec", NULL};
static const char *const day_names[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat", NULL};
static const struct field fields[] = {
	{"bad minute", 0, 59, NULL}, {"bad hour", 0, 23, NULL}, {"bad day-of-month", 1, 31, NULL},
	{"bad month", 1, 12, month_names}, {"bad day-of-week", 0, 7, day_names}};
static const struct {
	const char *name, *line;
} nicknames[] = {
	{"@yearly", "0 0 1 1 *"}, {"@annually", "0 0 1 1 *"}, {"@monthly", "0 0 1 * *"}, {"@weekly", "0 0 * * 0"},
	{"@daily", "0 0 * * *"}, {"@midnight", "0 0 * * *"}, {"@hourly", "0 * * * *"}};

/* A number or a name; false if it is none of the field's. */
static bool take_value(const struct field *field, const char **text, unsigned *value)
{
	char *end;
	if (isdigit((unsigned char)**text)) {
		unsigned long number = strtoul(*text, &end, 10);
		*text = end;
		*value = (unsigned)number;
		return number >= field->first && number <= field->last;
	}
	for (unsigned i = 0; field->names && field->names[i]; i++) {
		if (strncasecmp(*text, field->names[i], 3))
			continue;
		*text += 3;
		*value = field->first + i;
		return true;
	}
	return false;
}

static bool parse_field(const struct field *field, const char **text, uint64_t *bits, bool *is_any)
{
	*is_any = **text == '*';
	*bits = 0;
	for (;; ++*text) {
		unsigned first = field->first, last = field->last, step = 1;
		bool is_range = **text == '*';
		if (is_range) {
			++*text;
		} else {
			if (!take_value(field, text, &first))
				return false;
			last = first;
			if (**text == '-') {
				++*text;
				is_range = true;
				if (!take_value(field, text, &last) || last < first)
					return false;
			}
		}
		if (**text == '/') {
			char *end;
			step = isdigit((unsigned char)(*text)[1]) ? (unsigned)strtoul(*text + 1, &end, 10) : 0;
			if (!step || !is_range)
				return false;
			*text = end;
		}
		for (unsigned value = first; value <= last && value < 64; value += step)
			*bits |= UINT64_C(1) << value;
		if (**text != ',')
			break;
	}
	return !**text || isblank((unsigned char)**text);
}

static void split_command(struct crontab_line *line, const char *text)
{
	struct text command = {0}, input = {0}, *part = &command;
	text_string(&command, "");
	for (; *text; text++) {
		if (*text == '\\' && text[1] == '%') {
			text_char(part, *++text);
		} else if (*text != '%') {
			text_char(part, *text);
		} else if (part == &command) {
			part = &input;
			text_string(part, "");
		} else {
			text_char(part, '\n');
		}
	}
	if (part == &input)
		text_char(&input, '\n');
	line->command = text_take(&command);
	line->input = part == &input ? text_take(&input) : NULL;
}

/* Null, or what is wrong. */
static const char *parse_times(struct crontab_line *line, const char **text)
{
	uint64_t *bits[] = {&line->minutes, &line->hours, &line->days, &line->months, &line->week_days};
	bool is_any[5];
	for (int i = 0; i < 5; i++) {
		*text += strspn(*text, " \t");
		if (!parse_field(&fields[i], text, bits[i], &is_any[i]))
			return fields[i].what;
	}
	line->week_days |= line->week_days >> 7 & 1; /* Sunday is 0 and 7 */
	line->any_day = is_any[2];
	line->any_week_day = is_any[4];
	return NULL;
}

static const char *parse_line(struct crontab_line *line, const char *text)
{
	const char *problem = NULL;
	size_t length = strcspn(text, " \t");
	if (*text == '@') {
		const char *times = NULL;
		for (size_t i = 0; i < sizeof nicknames / sizeof *nicknames; i++)
			if (strlen(nicknames[i].name) == length && !strncasecmp(nicknames[i].name, text, length))
				times = nicknames[i].line;
		line->at_start = length == 7 && !strncasecmp(text, "@reboot", length);
		if (!times && !line->at_start)
			return "bad time specifier";
		if (times)
			parse_times(line, &times);
		text += length;
	} else {
		problem = parse_times(line, &text);
	}
	text += strspn(text, " \t");
	if (!problem && !*text)
		problem = "bad command";
	if (!problem)
		split_command(line, text);
	return problem;
}

/* NAME=value, blanks and quotes around each allowed; false if it is none. */
static bool parse_setting(const char *text, char **setting)
{
	const char *name = text, *end = text;
	while (isalnum((unsigned char)*end) || *end == '_')
		end++;
	const char *equals = end + strspn(end, " \t");
	if (end == name || isdigit((unsigned char)*name) || *equals != '=')
		return false;
	const char *value = equals + 1 + strspn(equals + 1, " \t");
	size_t length = strlen(value);
	while (length && isblank((unsigned char)value[length - 1]))
		length--;
	if (length > 1 && strchr("'\"", *value) && value[length - 1] == *value) {
		value++;
		length -= 2;
	}
	*setting = format_text("%.*s=%.*s", (int)(end - name), name, (int)length, value);
	return true;
}

void crontab_parse(struct crontab *crontab, const char *text, void (*report)(size_t line, const char *problem))
{
	size_t settings = 0, number = 1;
	*crontab = (struct crontab){.settings = allocate(sizeof(char *))};
	crontab->settings[0] = NULL;
	for (; *text; number++) {
		size_t length = strcspn(text, "\n");
		char *line = duplicate_range(text, length), *start = line + strspn(line, " \t"), *setting;
		text += length + (text[length] == '\n');
		struct crontab_line parsed = {0};
		if (!*start || *start == '#') {
			free(line);
			continue;
		}
		if (parse_setting(start, &setting)) {
			crontab->settings = reallocate(crontab->settings, (settings + 2) * sizeof(char *));
			crontab->settings[settings++] = setting;
			crontab->settings[settings] = NULL;
		} else {
			const char *problem = parse_line(&parsed, start);
			if (problem) {
				report(number, problem);
			} else {
				crontab->lines = reallocate(crontab->lines, (crontab->count + 1) * sizeof *crontab->lines);
				crontab->lines[crontab->count++] = parsed;
			}
		}
		free(line);
	}
}

void crontab_free(struct crontab *crontab)
{
	for (size_t i = 0; i < crontab->count; i++) {
		free(crontab->lines[i].command);
		free(crontab->lines[i].input);
	}
	for (char **setting = crontab->settings; setting && *setting; setting++)
		free(*setting);
	free(crontab->settings);
	free(crontab->lines);
	*crontab = (struct crontab){0};
}

static bool has(uint64_t bits, int value)
{
	return bits >> value & 1;
}

bool crontab_is_due(const struct crontab_line *line, const struct tm *time)
{
	if (line->at_start || !has(line->minutes, time->tm_min) || !has(line->hours, time->tm_hour) || !has(line->months, time->tm_mon + 1))
		return false;
	bool day = has(line->days, time->tm_mday), week_day = has(line->week_days, time->tm_wday);
	return line->any_day || line->any_week_day ? day && week_day : day || week_day;
}
