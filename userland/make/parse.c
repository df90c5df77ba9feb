/* Makefiles: macros, rules, conditionals, include. */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "parse.h"
#include "tools.h"

char *make_goal;

/* The rule whose recipe lines follow: one of its targets, or a pattern. */
static struct make_words current_targets;
static struct make_rule **current_rules;
static size_t current_count;
static struct make_pattern *current_pattern;
static bool has_rule;

_Noreturn void make_stop(const char *file, size_t line, const char *format, ...)
{
	va_list arguments;
	fflush(stdout);
	if (file)
		fprintf(stderr, "%s:%zu: *** ", file, line);
	else
		fprintf(stderr, "%s: *** ", program_name());
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputs(".  Stop.\n", stderr);
	exit(2);
}

static bool continues(const char *line)
{
	size_t slashes = 0, length = strlen(line);
	while (slashes < length && line[length - 1 - slashes] == '\\')
		slashes++;
	return slashes % 2;
}

/* Lines joined by backslashes: the break and the blanks around it become one blank. A recipe's lines stay as they are. */
static char *next_line(struct make_source *source)
{
	if (source->at == source->count)
		return NULL;
	struct text line = {0};
	bool is_recipe = source->lines[source->at][0] == '\t' && has_rule;
	source->first = source->at + 1;
	for (;;) {
		const char *part = source->lines[source->at++];
		bool more = continues(part) && source->at < source->count;
		if (line.length && !is_recipe)
			part += strspn(part, " \t");
		else if (line.length && *part == '\t')
			part++;
		text_string(&line, part);
		if (!more)
			return text_take(&line);
		if (is_recipe) {
			text_char(&line, '\n');
			continue;
		}
		line.data[--line.length] = 0;
		while (line.length && strchr(" \t", line.data[line.length - 1]))
			line.data[--line.length] = 0;
		text_char(&line, ' ');
	}
}

static void cut_comment(char *line)
{
	char *to = line;
	for (char *at = line; *at; at++) {
		if (*at == '\\' && at[1] == '#')
			at++;
		else if (*at == '#')
			break;
		*to++ = *at;
	}
	*to = 0;
}

static void end_rule(void)
{
	make_free_words(&current_targets);
	free(current_rules);
	current_rules = NULL;
	current_count = 0;
	current_pattern = NULL;
	has_rule = false;
}

static void add_recipe_line(const char *line, const struct make_source *source)
{
	if (current_pattern) {
		if (!current_pattern->recipe.count) {
			current_pattern->file = source->name;
			current_pattern->line = source->first;
		}
		make_add_word(&current_pattern->recipe, line);
	}
	for (size_t i = 0; i < current_count; i++) {
		struct make_rule *rule = current_rules[i];
		if (!rule->recipe.count) {
			rule->file = source->name;
			rule->line = source->first;
		}
		make_add_word(&rule->recipe, line);
	}
}

static void special_target(const char *name, const struct make_words *prerequisites)
{
	if (!strcmp(name, ".SUFFIXES")) {
		make_set_suffixes(prerequisites);
		return;
	}
	make_exports_all |= !strcmp(name, ".EXPORT_ALL_VARIABLES");
	make_flag.is_silent |= !strcmp(name, ".SILENT") && !prerequisites->count;
	make_flag.ignores_errors |= !strcmp(name, ".IGNORE") && !prerequisites->count;
	for (size_t i = 0; i < prerequisites->count; i++) {
		struct make_target *target = make_target(prerequisites->items[i], true);
		target->is_phony |= !strcmp(name, ".PHONY");
		target->is_precious |= !strcmp(name, ".PRECIOUS");
	}
}

static void add_prerequisites(struct make_rule *rule, const struct make_words *prerequisites)
{
	bool is_ordered = false;
	for (size_t i = 0; i < prerequisites->count; i++) {
		if (!strcmp(prerequisites->items[i], "|"))
			is_ordered = true;
		else
			make_add_word(is_ordered ? &rule->ordered : &rule->prerequisites, prerequisites->items[i]);
	}
	for (size_t i = 0; i < rule->prerequisites.count; i++)
		make_target(rule->prerequisites.items[i], true)->is_mentioned = true;
}

static void add_pattern(const struct make_words *targets, const struct make_words *prerequisites, const struct make_source *source)
{
	struct make_pattern *pattern = allocate(sizeof *pattern);
	*pattern = (struct make_pattern){.file = source->name, .line = source->first};
	for (size_t i = 0; i < targets->count; i++)
		make_add_word(&pattern->targets, targets->items[i]);
	for (size_t i = 0; i < prerequisites->count; i++)
		make_add_word(&pattern->prerequisites, prerequisites->items[i]);
	make_add_pattern(pattern);
	current_pattern = pattern;
}

static void add_rule(const char *name, const struct make_words *prerequisites, bool is_double, const struct make_source *source)
{
	const char *from, *to;
	if (*name == '.' && isupper((unsigned char)name[1]) && name[1]) {
		special_target(name, prerequisites);
	} else if (!prerequisites->count && make_is_suffix_rule(name, &from, &to)) {
		struct make_words targets = {0}, sources = {0};
		/* .c.a makes members of libraries. */
		char *target = strcmp(to, ".a") ? format_text("%%%s", to) : duplicate("(%.o)"), *prerequisite = format_text("%%%s", from);
		make_add_word(&targets, target);
		make_add_word(&sources, prerequisite);
		add_pattern(&targets, &sources, source);
		make_free_words(&targets);
		make_free_words(&sources);
		free(target);
		free(prerequisite);
		return;
	}
	struct make_target *target = make_target(name, true);
	target->is_double |= is_double;
	struct make_rule *rule = make_add_rule(target);
	rule->file = source->name;
	rule->line = source->first;
	add_prerequisites(rule, prerequisites);
	current_rules = reallocate(current_rules, (current_count + 1) * sizeof *current_rules);
	current_rules[current_count++] = rule;
	if (!make_goal && strcmp(source->name, "built-in") && (*name != '.' || strchr(name, '/')))
		make_goal = duplicate(name);
}

/* targets: %.o: %.c — a rule for each of the targets. */
static void add_static_pattern(const struct make_words *targets, char *text, const struct make_source *source)
{
	char *colon = strchr(text, ':');
	*colon = 0;
	struct make_words pattern = {0}, prerequisites = {0};
	make_split(&pattern, text);
	make_split(&prerequisites, colon + 1);
	for (size_t i = 0; i < targets->count; i++) {
		const char *stem;
		size_t length;
		struct make_words made = {0};
		if (!pattern.count || !make_match(pattern.items[0], targets->items[i], &stem, &length))
			make_stop(source->name, source->first, "target '%s' doesn't match the target pattern", targets->items[i]);
		for (size_t j = 0; j < prerequisites.count; j++) {
			char *word = make_substitute(prerequisites.items[j], stem, length);
			make_add_word(&made, word);
			free(word);
		}
		add_rule(targets->items[i], &made, false, source);
		make_free_words(&made);
	}
	make_free_words(&pattern);
	make_free_words(&prerequisites);
}

/* The first character of `set` outside of references to macros. */
static char *find_outside(char *text, const char *set)
{
	int nested = 0;
	for (char *at = text; *at; at++) {
		nested += *at == '$' && (at[1] == '(' || at[1] == '{');
		nested -= nested && (*at == ')' || *at == '}');
		if (!nested && strchr(set, *at))
			return at;
	}
	return NULL;
}

static void parse_rule(char *line, const struct make_source *source)
{
	end_rule();
	char *semicolon = find_outside(line, ";");
	if (semicolon)
		*semicolon = 0;
	char *expanded = make_expand(line), *text = make_trim(expanded), *colon = strchr(text, ':');
	if (!*text) {
		free(expanded);
		return;
	}
	if (!colon)
		make_stop(source->name, source->first, "missing separator");
	bool is_double = colon[1] == ':';
	struct make_words prerequisites = {0}, *targets = &current_targets;
	*colon = 0;
	char *rest = colon + 1 + is_double;
	make_split_targets(targets, text);
	has_rule = true;
	if (strchr(rest, ':')) {
		add_static_pattern(targets, rest, source);
	} else {
		make_split_targets(&prerequisites, rest);
		bool is_pattern = targets->count && strchr(targets->items[0], '%');
		if (is_pattern)
			add_pattern(targets, &prerequisites, source);
		for (size_t i = 0; i < targets->count && !is_pattern; i++)
			add_rule(targets->items[i], &prerequisites, is_double, source);
		make_free_words(&prerequisites);
	}
	if (semicolon)
		add_recipe_line(semicolon + 1 + strspn(semicolon + 1, " \t"), source);
	free(expanded);
}

static void parse_include(char *text, bool is_optional)
{
	char *expanded = make_expand(text);
	struct make_words files = {0};
	make_split(&files, expanded);
	free(expanded);
	for (size_t i = 0; i < files.count; i++)
		make_read(files.items[i], is_optional);
	make_free_words(&files);
}

static bool parse_directive(char *text, struct make_source *source)
{
	if (make_starts_word(text, "include"))
		parse_include(text + 7, false);
	else if (make_starts_word(text, "-include") || make_starts_word(text, "sinclude"))
		parse_include(text + 8, true);
	else if (make_starts_word(text, "define"))
		make_parse_define(text + 6, source);
	else if (make_starts_word(text, "export"))
		make_parse_export(text + 6, true);
	else if (make_starts_word(text, "unexport"))
		make_parse_export(text + 8, false);
	else
		return false;
	return true;
}

/* Directives that are followed by an assignment, where the word is not itself what is set (export = 1). */
static bool may_hold_assignment(const char *text)
{
	size_t length = make_starts_word(text, "export") || make_starts_word(text, "define") ? 6 : make_starts_word(text, "unexport") ? 8 : 0;
	const char *rest = text + length + strspn(text + length, " \t");
	return length && !(*rest && strchr("=?+:!", *rest));
}

static void parse_lines(struct make_source *source)
{
	int depth = make_condition_depth();
	end_rule();
	for (char *line; (line = next_line(source)); free(line)) {
		if (*line == '\t' && has_rule) {
			if (make_is_active())
				add_recipe_line(line + 1, source);
			continue;
		}
		cut_comment(line);
		char *text = line + strspn(line, " \t");
		if (make_parse_conditional(line, source) || !make_is_active() || !text[strspn(text, " \t")])
			continue;
		if ((!may_hold_assignment(text) && make_parse_assignment(text, ORIGIN_FILE)) || parse_directive(text, source)) {
			end_rule();
			continue;
		}
		parse_rule(text, source);
	}
	end_rule();
	if (make_condition_depth() != depth)
		make_stop(source->name, source->count, "missing 'endif'");
}

void make_read_text(const char *text, const char *name)
{
	struct make_source source = {.name = name};
	for (const char *at = text; *at;) {
		size_t length = strcspn(at, "\n");
		source.lines = reallocate(source.lines, (source.count + 1) * sizeof *source.lines);
		source.lines[source.count++] = duplicate_range(at, length);
		at += length + (at[length] == '\n');
	}
	parse_lines(&source);
	for (size_t i = 0; i < source.count; i++)
		free(source.lines[i]);
	free(source.lines);
}

void make_read(const char *file, bool is_optional)
{
	size_t length;
	char *text;
	if (!strcmp(file, "-")) {
		struct text input = {0};
		text_string(&input, "");
		for (int c; (c = getchar()) != EOF;)
			text_char(&input, (char)c);
		text = text_take(&input);
	} else {
		text = read_file(file, &length);
	}
	if (!text) {
		if (is_optional)
			return;
		make_stop(NULL, 0, "%s: %s", file, strerror(errno));
	}
	make_read_text(text, duplicate(file));
	free(text);
}
