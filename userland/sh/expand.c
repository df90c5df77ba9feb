/* Word expansion, POSIX XCU 2.6: tilde, parameters, commands, arithmetic, fields, pathnames,
 * quotes. */
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "shell.h"

void add_word(struct words *words, char *item)
{
	if (words->count + 2 > words->capacity) {
		int capacity = words->capacity * 2 + 14;
		char **items = arena_allocate(&scratch, (size_t)capacity * sizeof *items);
		if (words->count)
			memcpy(items, words->items, (size_t)words->count * sizeof *items);
		words->items = items;
		words->capacity = capacity;
	}
	words->items[words->count++] = item;
	words->items[words->count] = NULL;
}

void expansion_add(struct expansion *expansion, const char *bytes, size_t length, int mark)
{
	text_add(&expansion->bytes, bytes, length);
	text_add(&expansion->marks, bytes, length); /* makes room */
	memset(expansion->marks.data + expansion->marks.length - length, mark, length);
}

void expansion_free(struct expansion *expansion)
{
	text_free(&expansion->bytes);
	text_free(&expansion->marks);
}

static const char *home_of(const char *user)
{
	if (!*user)
		return get_variable("HOME");
	struct passwd *entry = getpwnam(user);
	return entry ? entry->pw_dir : NULL;
}

/* Replaces a tilde prefix at *text, which moves behind it. */
static void expand_tilde(const char **text, struct expansion *expansion, bool is_last)
{
	const char *start = *text + 1;
	size_t length = strcspn(start, expansion->flags & EXPAND_ASSIGNMENT ? "/:" : "/");
	if (!start[length] && !is_last)
		return; /* the name goes on in a part that is quoted or an expansion */
	char *user = arena_string(&scratch, start, length);
	const char *home = home_of(user);
	if (!home)
		return;
	expansion_add(expansion, home, strlen(home), MARK_QUOTED);
	if (!*home)
		expansion_add(expansion, "", 1, MARK_QUOTED | MARK_EMPTY);
	*text = start + length;
}

static void expand_literal(const struct part *part, struct expansion *expansion, bool is_first)
{
	const char *text = part->text;
	if (part->quoted) {
		expansion_add(expansion, text, strlen(text), MARK_QUOTED);
		if (!*text)
			expansion_add(expansion, "", 1, MARK_QUOTED | MARK_EMPTY);
		return;
	}
	if (is_first && *text == '~')
		expand_tilde(&text, expansion, !part->next);
	while (*text && expansion->flags & EXPAND_ASSIGNMENT) {
		const char *colon = strstr(text, ":~");
		if (!colon)
			break;
		expansion_add(expansion, text, (size_t)(colon + 1 - text), 0);
		text = colon + 1;
		const char *before = text;
		expand_tilde(&text, expansion, !part->next);
		if (text == before)
			expansion_add(expansion, text++, 1, 0);
	}
	expansion_add(expansion, text, strlen(text), 0);
}

static void expand_command(const struct part *part, struct expansion *expansion)
{
	size_t length;
	char *output = command_output(part->command, &length);
	while (length && output[length - 1] == '\n')
		length--;
	expansion_add(expansion, output, length, part->quoted ? MARK_QUOTED : MARK_SPLIT);
	if (part->quoted && !length)
		expansion_add(expansion, "", 1, MARK_QUOTED | MARK_EMPTY);
}

char *expand_arithmetic(const struct word *word)
{
	char *expression = expand_single(word, 0);
	char number[32];
	int length = snprintf(number, sizeof number, "%lld", evaluate_arithmetic(expression));
	return arena_string(&scratch, number, (size_t)length);
}

void expand_parts(const struct part *part, struct expansion *expansion)
{
	for (bool is_first = true; part; part = part->next, is_first = false) {
		switch (part->kind) {
		case PART_LITERAL:
			expand_literal(part, expansion, is_first);
			break;
		case PART_PARAMETER:
			expand_parameter(part, expansion);
			break;
		case PART_COMMAND:
			expand_command(part, expansion);
			break;
		case PART_ARITHMETIC: {
			char *value = expand_arithmetic(part->word);
			expansion_add(expansion, value, strlen(value), part->quoted ? MARK_QUOTED : MARK_SPLIT);
			break;
		}
		}
	}
}

/* The bytes from `start` to `end`; quoted ones get a backslash if they are special in a pattern. */
static char *take_bytes(const struct expansion *expansion, size_t start, size_t end,
						bool as_pattern)
{
	char *result = arena_allocate(&scratch, (end - start) * 2 + 1), *next = result;
	for (size_t i = start; i < end; i++) {
		int mark = expansion->marks.data[i];
		char c = expansion->bytes.data[i];
		if (mark & (MARK_EMPTY | MARK_BREAK))
			continue;
		if (as_pattern && mark & MARK_QUOTED && strchr("*?[]\\-!^", c))
			*next++ = '\\';
		*next++ = c;
	}
	return result;
}

static void add_field(const struct expansion *expansion, size_t start, size_t end,
					  struct words *result)
{
	if (expansion->flags & EXPAND_GLOB && !option_set['f']) {
		char *pattern = take_bytes(expansion, start, end, true);
		int count = result->count;
		if (has_glob(pattern))
			glob_words(pattern, result);
		if (result->count > count)
			return;
	}
	add_word(result, take_bytes(expansion, start, end, false));
}

/* Field splitting (2.6.5), and the field breaks of "$@". */
static void split_fields(const struct expansion *expansion, struct words *result)
{
	const char *separators = get_variable("IFS");
	if (!separators)
		separators = " \t\n";
	size_t length = expansion->bytes.length, start = 0;
	bool in_field = false; /* something stands since `start` */
	bool after_white =
		false; /* a field was ended by white space: one other separator still belongs to it */
	for (size_t i = 0; i < length; i++) {
		int mark = expansion->marks.data[i];
		char c = expansion->bytes.data[i];
		if (mark & MARK_BREAK) {
			if (in_field)
				add_field(expansion, start, i, result);
			in_field = after_white = false;
		} else if (mark & MARK_SPLIT && c && strchr(separators, c)) {
			bool white = c == ' ' || c == '\t' || c == '\n';
			if (in_field)
				add_field(expansion, start, i, result);
			else if (!white && !after_white)
				add_word(result, arena_string(&scratch, "", 0));
			after_white = white && (in_field || after_white);
			in_field = false;
		} else {
			if (!in_field)
				start = i;
			in_field = true;
			after_white = false;
		}
	}
	if (in_field)
		add_field(expansion, start, length, result);
}

static char *expand_declaration(const struct assignment *assignment)
{
	const char *value = expand_single(assignment->value, EXPAND_ASSIGNMENT);
	size_t name = strlen(assignment->name), length = strlen(value);
	char *result = arena_allocate(&scratch, name + length + 2);
	memcpy(result, assignment->name, name);
	result[name] = '=';
	memcpy(result + name + 1, value, length);
	return result;
}

void expand_words(const struct word *word, struct words *result)
{
	for (; word; word = word->next) {
		if (word->declaration) {
			add_word(result, expand_declaration(word->declaration));
			continue;
		}
		if (word->is_fixed) {
			add_word(result, word->plain);
			continue;
		}
		struct expansion expansion = {.flags = EXPAND_SPLIT | EXPAND_GLOB};
		expand_parts(word->parts, &expansion);
		split_fields(&expansion, result);
		expansion_free(&expansion);
	}
}

char *expand_single(const struct word *word, int flags)
{
	if (word->plain && *word->plain != '~' &&
		!(flags & EXPAND_ASSIGNMENT && strchr(word->plain, '~')))
		return word->plain;
	struct expansion expansion = {.flags = flags};
	expand_parts(word->parts, &expansion);
	char *result = take_bytes(&expansion, 0, expansion.bytes.length, flags & EXPAND_PATTERN);
	expansion_free(&expansion);
	return result;
}
