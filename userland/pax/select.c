/* Which members are meant, and the names that they get. */
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pax.h"
#include "regular.h"
#include "tools.h"

static struct pattern {
	const char *text;
	char *folder; /* the folder that -d does not stop at: what is below it is meant too */
	bool is_matched;
} *patterns;
static size_t pattern_count;

static struct substitution {
	regex_t old;
	char *new;
	bool is_global, tells;
} *substitutions;
static size_t substitution_count;

void pax_set_patterns(char **texts)
{
	while (texts[pattern_count])
		pattern_count++;
	patterns = allocate((pattern_count + 1) * sizeof *patterns);
	for (size_t i = 0; i < pattern_count; i++)
		patterns[i] = (struct pattern){.text = texts[i]};
}

static bool is_below(const char *name, const char *folder)
{
	size_t length = strlen(folder);
	return !strncmp(name, folder, length) && name[length] == '/';
}

static bool matches(struct pattern *pattern, const char *name, bool is_folder)
{
	if (pattern->folder && is_below(name, pattern->folder))
		return true;
	if ((pax.first_only && pattern->is_matched) || fnmatch(pattern->text, name, 0))
		return false;
	pattern->is_matched = true;
	if (is_folder && !pax.names_itself) {
		free(pattern->folder);
		pattern->folder = duplicate(name);
	}
	return true;
}

bool pax_is_wanted(const char *name, bool is_folder)
{
	bool is_matched = !pattern_count;
	for (size_t i = 0; i < pattern_count && !is_matched; i++)
		is_matched = matches(&patterns[i], name, is_folder);
	return pattern_count && pax.complements ? !is_matched : is_matched;
}

bool pax_is_done(void)
{
	if (!pax.first_only || !pattern_count)
		return false;
	for (size_t i = 0; i < pattern_count; i++)
		if (!patterns[i].is_matched || patterns[i].folder)
			return false;
	return true;
}

void pax_tell_unmatched(void)
{
	for (size_t i = 0; i < pattern_count; i++)
		if (!patterns[i].is_matched)
			pax_failx("%s: no member matches", patterns[i].text);
}

/* The part up to the delimiter, which a backslash keeps; *at goes behind it. */
static char *take_part(const char **at, char delimiter, const char *all)
{
	struct text part = {0};
	while (**at && **at != delimiter) {
		if (**at == '\\' && (*at)[1] == delimiter)
			++*at;
		else if (**at == '\\' && (*at)[1])
			text_char(&part, *(*at)++);
		text_char(&part, *(*at)++);
	}
	if (!**at)
		usage_error("invalid replacement '%s': -s ,OLD,NEW,gp is wanted", all);
	++*at;
	text_add(&part, "", 0);
	return text_take(&part);
}

void pax_add_substitution(const char *text)
{
	const char *at = text;
	char message[128];
	if (!*at)
		usage_error("-s wants ,OLD,NEW,");
	char delimiter = *at++;
	char *old = take_part(&at, delimiter, text);
	substitutions = reallocate(substitutions, (substitution_count + 1) * sizeof *substitutions);
	struct substitution *one = &substitutions[substitution_count++];
	*one = (struct substitution){.new = take_part(&at, delimiter, text)};
	for (; *at; at++) {
		if (!strchr("gpGP", *at))
			usage_error("invalid flag '%c' of -s: g and p are known", *at);
		one->is_global |= *at == 'g' || *at == 'G';
		one->tells |= *at == 'p' || *at == 'P';
	}
	int error = regular_compile(&one->old, old, 0);
	if (error) {
		regerror(error, &one->old, message, sizeof message);
		usage_error("-s: %s: %s", old, message);
	}
	free(old);
}

/* What stands for a match: & all of it, \1 to \9 its groups. */
static void put_new(struct text *result, const char *new, const char *at, const regmatch_t *groups)
{
	for (; *new; new++) {
		int group = *new == '&' ? 0 : *new == '\\' && new[1] >= '1' && new[1] <= '9' ? new[1] - '0' : -1;
		if (*new == '\\' && new[1])
			new++;
		if (group < 0)
			text_char(result, *new);
		else if (groups[group].rm_so >= 0)
			text_add(result, at + groups[group].rm_so, (size_t)(groups[group].rm_eo - groups[group].rm_so));
	}
}

static bool substitute(const struct substitution *one, const char *name, struct text *result)
{
	enum { GROUPS = 10 };
	regmatch_t groups[GROUPS];
	const char *at = name;
	int flags = 0;
	bool is_changed = false;
	while (!regular_find(&one->old, at, GROUPS, groups, flags)) {
		is_changed = true;
		text_add(result, at, (size_t)groups[0].rm_so);
		put_new(result, one->new, at, groups);
		const char *end = at + groups[0].rm_eo;
		bool is_empty = groups[0].rm_so == groups[0].rm_eo;
		if (is_empty && *end)
			text_char(result, *end);
		at = end + (is_empty && *end);
		flags = REG_NOTBOL;
		if (!one->is_global || !*at)
			break;
	}
	text_string(result, at);
	return is_changed;
}

static char *substitute_name(const char *name, bool may_tell)
{
	for (size_t i = 0; i < substitution_count; i++) {
		struct text result = {0};
		text_add(&result, "", 0);
		if (!substitute(&substitutions[i], name, &result)) {
			text_free(&result);
			continue;
		}
		if (substitutions[i].tells && may_tell)
			fprintf(stderr, "%s >> %s\n", name, result.data);
		return text_take(&result);
	}
	return duplicate(name);
}

char *pax_substitute(const char *name)
{
	return substitute_name(name, false);
}

/* The answer about one name on the terminal: null leaves it out; the end of the terminal's input ends the program. */
static char *ask(const char *name)
{
	static FILE *terminal;
	char *line = NULL;
	size_t capacity = 0;
	if (!terminal)
		terminal = fopen("/dev/tty", "r+e");
	if (!terminal)
		err(1, "there is no terminal to ask for a name: /dev/tty");
	fprintf(terminal, "%s\nname, empty to leave it out, or a dot as it is: ", name);
	fflush(terminal);
	ssize_t length = getline(&line, &capacity, terminal);
	if (length < 0)
		exit(1);
	/* Between reading and writing a stream wants this. */
	fseek(terminal, 0, SEEK_CUR);
	line[strcspn(line, "\n")] = 0;
	char *answer = !*line ? NULL : strcmp(line, ".") ? duplicate(line) : duplicate(name);
	free(line);
	return answer;
}

char *pax_rename(const char *name)
{
	char *changed = substitute_name(name, true);
	if (*changed && pax.asks) {
		char *answer = ask(changed);
		free(changed);
		return answer;
	}
	if (*changed)
		return changed;
	free(changed);
	return NULL;
}

/* A path of parts that any file system here can have. */
static bool is_valid(const char *path)
{
	for (const char *at = path; *at; at += at[0] == '/') {
		size_t length = strcspn(at, "/");
		if (length > NAME_MAX)
			return false;
		at += length;
	}
	return strlen(path) < PATH_MAX;
}

/* The path with each part cut to what a name may have, between characters of UTF-8. */
static char *shorten(const char *path)
{
	struct text result = {0};
	for (const char *at = path; *at;) {
		size_t length = strcspn(at, "/"), kept = length > NAME_MAX ? NAME_MAX : length;
		while (kept && kept < length && ((unsigned char)at[kept] & 0xc0) == 0x80)
			kept--;
		text_add(&result, at, kept);
		at += length;
		if (*at)
			text_char(&result, *at++);
	}
	text_add(&result, "", 0);
	return text_take(&result);
}

bool pax_make_valid(struct pax_member *member)
{
	bool has_name = is_valid(member->name), has_link = !member->link || (member->is_hard_link ? is_valid(member->link) : strlen(member->link) < PATH_MAX);
	if ((has_name && has_link) || pax.invalid == INVALID_UTF_8)
		return true;
	if (pax.invalid == INVALID_BYPASS) {
		pax_failx("%s: left out: %s is too long", member->name, has_name ? "the target of the link" : "the name");
		return false;
	}
	char *name = pax.invalid == INVALID_RENAME ? ask(member->name) : shorten(member->name);
	if (!name)
		return false;
	free(member->name);
	member->name = name;
	if (pax.invalid == INVALID_WRITE && member->is_hard_link) {
		char *link = shorten(member->link);
		free(member->link);
		member->link = link;
	}
	return true;
}
