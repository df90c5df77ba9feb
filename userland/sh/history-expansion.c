/* History expansion at the terminal: !! !n !-n !name !?text? ^old^new^, their words and modifiers, as in bash. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "editor.h"

static const char *at; /* what is left of the line */
static char *old_text, *new_text; /* of the last substitution */
static bool only_prints; /* :p */

static bool fail(const char *start, const char *reason)
{
	shell_warning("%.*s: %s", (int)(at - start), start, reason);
	return false;
}

struct pieces {
	char **items;
	int count;
};

/* Words as the shell's: blanks end them, quotes do not, operators are words of their own. */
static struct pieces split_words(const char *line)
{
	struct pieces words = {0};
	for (const char *start; *(line += strspn(line, " \t"));) {
		start = line;
		if (strchr("|&;<>()", *line)) {
			char first = *line++;
			while (*line && strchr("|&;<>", *line) && (*line == first || *line == '&' || *line == '|'))
				line++;
		} else {
			char quote = 0;
			for (; *line && (quote || !strchr(" \t|&;<>()", *line)); line++) {
				if (*line == '\\' && quote != '\'' && line[1])
					line++;
				else if (*line == quote)
					quote = 0;
				else if (!quote && (*line == '\'' || *line == '"' || *line == '`'))
					quote = *line;
			}
		}
		words.items = reallocate(words.items, (size_t)(words.count + 1) * sizeof *words.items);
		words.items[words.count++] = duplicate_range(start, (size_t)(line - start));
	}
	return words;
}

static void free_words(struct pieces *words)
{
	for (int i = 0; i < words->count; i++)
		free(words->items[i]);
	free(words->items);
}

/* The line that the event behind the ! names, on the heap; null if there is none. `so_far`: !# */
static char *find_event(const char *so_far)
{
	int count = history_count(), index = -1;
	if (*at == '#') {
		at++;
		return duplicate(so_far);
	}
	if (*at == '!') {
		at++;
		index = count - 1;
	} else if (isdigit((unsigned char)*at) || (*at == '-' && isdigit((unsigned char)at[1]))) {
		char *end;
		long number = strtol(at, &end, 10);
		at = end;
		index = (int)(number < 0 ? count + number : number - 1);
	} else if (strchr(":^$*%", *at)) {
		index = count - 1;
	} else {
		bool anywhere = *at == '?';
		at += anywhere;
		size_t length = strcspn(at, anywhere ? "?\n" : " \t\n:^$*%;&|<>()\"'");
		char *wanted = duplicate_range(at, length);
		at += length + (anywhere && at[length] == '?');
		for (index = count - 1; index >= 0; index--)
			if (anywhere ? strstr(history_line(index), wanted) != NULL : !strncmp(history_line(index), wanted, length))
				break;
		free(wanted);
	}
	return index >= 0 && index < count ? duplicate(history_line(index)) : NULL;
}

/* One end of a range of words; -1: there is none. */
static int read_word_number(int last)
{
	char *end;
	if (*at == '^' || *at == '$') {
		return *at++ == '^' ? 1 : last;
	}
	if (!isdigit((unsigned char)*at))
		return -1;
	long number = strtol(at, &end, 10);
	at = end;
	return number > last ? last + 1 : (int)number;
}

/* The words that are chosen behind the event, in place of the line. False if there are no such words. */
static bool choose_words(char **line)
{
	bool has_colon = *at == ':';
	if (!strchr("^$*-%", at[has_colon]) && !(has_colon && isdigit((unsigned char)at[1])))
		return true;
	if (!at[has_colon])
		return true;
	at += has_colon;
	struct pieces words = split_words(*line);
	int last = words.count - 1, from = *at == '*' ? 1 : *at == '-' ? 0 : read_word_number(last), to = from;
	bool is_star = *at == '*', is_range = *at == '-';
	at += is_star || is_range;
	if (is_star)
		to = last;
	else if (is_range && (to = read_word_number(last)) < 0)
		to = last - 1;
	bool good = from >= 0 && to <= last && (from <= to || is_star);
	struct text result = {0};
	text_clear(&result);
	for (int i = from; good && i <= to; i++)
		text_format(&result, "%s%s", i > from ? " " : "", words.items[i]);
	free_words(&words);
	free(*line);
	*line = text_take(&result);
	return good;
}

static char *replace(const char *line, bool everywhere)
{
	struct text result = {0};
	const char *found = *old_text ? strstr(line, old_text) : NULL;
	if (!found)
		return NULL;
	text_clear(&result);
	for (; found; found = everywhere ? strstr(line, old_text) : NULL) {
		text_add(&result, line, (size_t)(found - line));
		for (const char *c = new_text; *c; c++) {
			if (*c == '&')
				text_string(&result, old_text);
			else
				text_char(&result, *c == '\\' && c[1] == '&' ? *++c : *c);
		}
		line = found + strlen(old_text);
	}
	text_string(&result, line);
	return text_take(&result);
}

/* Text up to the delimiter, which may have a backslash; moves behind it. */
static char *take_part(char delimiter)
{
	struct text part = {0};
	text_clear(&part);
	for (; *at && *at != '\n' && *at != delimiter; at++) {
		at += *at == '\\' && at[1] == delimiter;
		text_char(&part, *at);
	}
	at += *at == delimiter;
	return text_take(&part);
}

static void read_substitution(char delimiter)
{
	char *old = take_part(delimiter);
	if (*old || !old_text) {
		free(old_text);
		old_text = old;
	} else {
		free(old);
	}
	free(new_text);
	new_text = take_part(delimiter);
}

/* q: quoted as one word; x: as several. */
static char *quote(const char *text, bool by_words)
{
	struct text result = {0};
	text_string(&result, "'");
	for (; *text; text++) {
		if (*text == '\'')
			text_string(&result, "'\\''");
		else if (by_words && (*text == ' ' || *text == '\t'))
			text_format(&result, "'%c'", *text);
		else
			text_char(&result, *text);
	}
	text_char(&result, '\'');
	return text_take(&result);
}

/* One modifier behind its colon. False if it cannot be. */
static bool modify(char **line)
{
	bool everywhere = *at == 'g' || *at == 'a';
	at += everywhere;
	char *slash = strrchr(*line, '/'), *dot = strrchr(*line, '.'), *result = NULL;
	switch (*at++) {
	case 'h': result = slash ? duplicate_range(*line, (size_t)(slash - *line)) : duplicate(*line); break;
	case 't': result = duplicate(slash ? slash + 1 : *line); break;
	case 'r': result = dot ? duplicate_range(*line, (size_t)(dot - *line)) : duplicate(*line); break;
	case 'e': result = duplicate(dot ? dot : ""); break;
	case 'p':
		only_prints = true;
		return true;
	case 'q': result = quote(*line, false); break;
	case 'x': result = quote(*line, true); break;
	case 's':
		if (!*at || *at == '\n')
			return false;
		at++;
		read_substitution(at[-1]);
		result = replace(*line, everywhere);
		break;
	case '&': result = old_text ? replace(*line, everywhere) : NULL; break;
	default: break;
	}
	if (!result)
		return false;
	free(*line);
	*line = result;
	return true;
}

/* The event at `at`, behind its !, added to the result. False after a message. */
static bool add_event(struct text *result)
{
	const char *start = at - 1;
	char *line = find_event(result->data);
	if (!line)
		return fail(start, "event not found");
	bool good = choose_words(&line);
	if (!good)
		fail(start, "bad word specifier");
	while (good && *at == ':' && at[1]) {
		at++;
		good = modify(&line);
		if (!good)
			fail(start, "modifier failed");
	}
	if (good)
		text_string(result, line);
	free(line);
	return good;
}

/* Whether the ! at `mark` means itself: before blanks, = and (, in [!...], $! and ${!...}. */
static bool is_plain(const char *line, const char *mark, bool in_double_quotes)
{
	char next = mark[1], before = mark > line ? mark[-1] : 0;
	if (!next || strchr(" \t\n=(", next) || (in_double_quotes && next == '"'))
		return true;
	return before == '$' || (before == '[' && strchr(mark, ']')) || (before == '{' && mark - line > 1 && mark[-2] == '$');
}

/* ^old^new^: the last line with this changed. */
static bool substitute_last(struct text *result)
{
	const char *start = at++;
	read_substitution('^');
	char *changed = history_count() ? replace(history_line(history_count() - 1), false) : NULL;
	if (!changed)
		return fail(start, "substitution failed");
	text_string(result, changed);
	text_string(result, at);
	free(changed);
	return true;
}

enum history_outcome expand_history(const char *line, struct text *result)
{
	bool has_changed = false;
	char quote_mark = 0;
	text_clear(result);
	only_prints = false;
	at = line;
	if (*line == '^')
		return substitute_last(result) ? HISTORY_CHANGED : HISTORY_FAILED;
	while (*at) {
		if (*at == '\\' && quote_mark != '\'' && at[1]) {
			text_add(result, at, 2);
			at += 2;
			continue;
		}
		if (*at == '\'' && quote_mark != '"')
			quote_mark = quote_mark ? 0 : '\'';
		else if (*at == '"' && quote_mark != '\'')
			quote_mark = quote_mark ? 0 : '"';
		if (*at != '!' || quote_mark == '\'' || is_plain(line, at, quote_mark == '"')) {
			text_char(result, *at++);
			continue;
		}
		at++;
		has_changed = true;
		if (!add_event(result))
			return HISTORY_FAILED;
	}
	return !has_changed ? HISTORY_SAME : only_prints ? HISTORY_PRINTED : HISTORY_CHANGED;
}
