/* Patterns (POSIX XCU 2.14) and pathname expansion (2.6.6). */
#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <wctype.h>

#include "shell.h"

bool has_glob(const char *pattern)
{
	for (; *pattern; pattern++) {
		if (*pattern == '\\' && pattern[1])
			pattern++;
		else if (*pattern == '*' || *pattern == '?' || (*pattern == '[' && strchr(pattern, ']')))
			return true;
	}
	return false;
}

static uint32_t decode(const char **text)
{
	size_t size;
	uint32_t code = utf8_decode(*text, strlen(*text), &size);
	if (code == 0xfffd && size == 1)
		code = 0xdc00 + (unsigned char)**text; /* invalid bytes stay different from each other */
	*text += size;
	return code;
}

/* [:class:] at *pattern (behind "[:"), which moves behind its end. */
static bool in_class(const char **pattern, uint32_t code, bool *valid)
{
	const char *end = strstr(*pattern, ":]");
	char name[16] = "";
	*valid = end && end - *pattern < (long)sizeof name;
	if (!*valid)
		return false;
	memcpy(name, *pattern, (size_t)(end - *pattern));
	*pattern = end + 2;
	return iswctype((wint_t)code, wctype(name));
}

/*
 * One element of a bracket expression at *pattern: a character, quoted or not, or [.x.] or [=x=]
 * (which in the locales that we have stands for itself).
 */
static uint32_t read_element(const char **pattern)
{
	const char *next = *pattern;
	if (next[0] == '[' && (next[1] == '.' || next[1] == '=')) {
		const char *inner = next + 2;
		uint32_t code = *inner ? decode(&inner) : 0;
		if (code && inner[0] == next[1] && inner[1] == ']') {
			*pattern = inner + 2;
			return code;
		}
	}
	if (*next == '\\' && next[1])
		next++;
	uint32_t code = decode(&next);
	*pattern = next;
	return code;
}

/* [...] at *pattern (behind the bracket). Returns 1 or 0, or -1 if it is not closed. */
static int match_bracket(const char **pattern, uint32_t code)
{
	const char *next = *pattern;
	bool negated = *next == '!' || *next == '^', found = false;
	next += negated;
	for (bool first = true; first || *next != ']'; first = false) {
		bool valid;
		const char *class = next + 2;
		if (!*next)
			return -1;
		if (next[0] == '[' && next[1] == ':') {
			bool matches = in_class(&class, code, &valid);
			if (valid) {
				found |= matches;
				next = class;
				continue;
			}
		}
		uint32_t low = read_element(&next), high = low;
		if (*next == '-' && next[1] && next[1] != ']') {
			next++;
			high = read_element(&next);
		}
		found |= low <= code && code <= high;
	}
	*pattern = next + 1;
	return found != negated;
}

bool pattern_matches(const char *pattern, const char *string)
{
	const char *star = NULL, *retry = NULL; /* where to go on when the match fails */
	while (*string || *pattern) {
		const char *next = pattern, *rest = string;
		bool matched = false;
		if (*pattern == '*') {
			star = ++pattern;
			retry = string;
			continue;
		}
		if (*pattern && *string) {
			uint32_t code = decode(&rest);
			next++;
			int bracket = *pattern == '[' ? match_bracket(&next, code) : -1;
			if (*pattern == '?') {
				matched = true;
			} else if (bracket >= 0) {
				matched = bracket;
			} else {
				next = pattern;
				if (*next == '\\' && next[1])
					next++;
				matched = decode(&next) == code;
			}
		}
		if (matched) {
			pattern = next;
			string = rest;
		} else if (star && *retry) {
			decode(&retry);
			string = retry;
			pattern = star;
		} else {
			return false;
		}
	}
	return true;
}

char *remove_affix(const char *value, const char *pattern, int operator)
{
	size_t length = strlen(value);
	bool longest = operator >= 256, prefix = (operator & 0xff) == '#';
	char *copy = arena_string(&scratch, value, length);
	for (size_t i = 0; i <= length; i++) {
		size_t cut = longest == prefix ? length - i : i;
		if (cut < length && (value[cut] & 0xc0) == 0x80)
			continue; /* not inside a character */
		if (prefix) {
			copy[cut] = 0;
			if (pattern_matches(pattern, copy))
				return arena_string(&scratch, value + cut, length - cut);
			copy[cut] = value[cut];
		} else if (pattern_matches(pattern, value + cut)) {
			copy[cut] = 0;
			return copy;
		}
	}
	return copy;
}

static int compare_names(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

/* Removes the backslashes of a pattern component without special characters. */
static void add_plain(struct text *path, const char *component, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (component[i] == '\\' && i + 1 < length)
			i++;
		text_char(path, component[i]);
	}
}

static void glob_from(struct text *path, const char *pattern, struct words *result);

/* Every entry of the folder `path` that matches the component, then the rest of the pattern. */
static void glob_folder(struct text *path, const char *component, const char *rest,
						struct words *result)
{
	DIR *folder = opendir(path->length ? path->data : ".");
	if (!folder)
		return;
	size_t length = path->length;
	for (struct dirent *entry; (entry = readdir(folder));) {
		const char *name = entry->d_name;
		if (*name == '.' && *component != '.' && !(*component == '\\' && component[1] == '.'))
			continue;
		if (!pattern_matches(component, name))
			continue;
		if (*rest && entry->d_type != DT_DIR && entry->d_type != DT_LNK &&
			entry->d_type != DT_UNKNOWN)
			continue;
		text_string(path, name);
		glob_from(path, rest, result);
		path->length = length;
		path->data[length] = 0;
	}
	closedir(folder);
}

/* `path` is what is decided; `pattern` begins with the slashes before its next component. */
static void glob_from(struct text *path, const char *pattern, struct words *result)
{
	struct stat status;
	size_t length = path->length;
	size_t slashes = strspn(pattern, "/");
	text_add(path, pattern, slashes);
	pattern += slashes;
	size_t size = strcspn(pattern, "/");
	char *component = arena_string(&scratch, pattern, size);
	if (!size) {
		if (!slashes || stat(path->data, &status) == 0)
			add_word(result, arena_string(&scratch, path->data, path->length));
	} else if (has_glob(component)) {
		glob_folder(path, component, pattern + size, result);
	} else {
		add_plain(path, component, size);
		if (lstat(path->data, &status) == 0)
			glob_from(path, pattern + size, result);
	}
	path->length = length;
	path->data[length] = 0;
}

void glob_words(const char *pattern, struct words *result)
{
	struct text path = {0};
	int first = result->count;
	text_clear(&path);
	glob_from(&path, pattern, result);
	text_free(&path);
	if (result->count > first)
		qsort(result->items + first, (size_t)(result->count - first), sizeof(char *),
			  compare_names);
}
