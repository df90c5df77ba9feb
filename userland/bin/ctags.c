/*
 * ctags: list where things are defined in C files, for vi
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/ctags.html
 *
 * Usage: ctags [-a] [-f TAGS] FILE...
 *        ctags -x FILE...
 * The file tags gets a line for each function, type, macro, struct, union and enum that FILE.c or FILE.h defines: its name, the file and
 * the line to look for, sorted. main is named M and the file. Then `vi -t NAME`, `:ta NAME` and ^] in vi go there.
 *   -a       the lines that TAGS has stay
 *   -f TAGS  write to TAGS
 *   -x       print names, line numbers, files and lines, write nothing
 */
#include <ctype.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "tools.h"

static struct tag {
	char *name, *file, *text;
	int line;
} *tags;
static size_t tag_count;

/* One file as it is read: words and signs, without comments, texts and directives. */
static struct source {
	const char *name, *at, *line_start;
	int line;
	int depth;        /* of braces */
	int at_if[64], ifs; /* the depth where each #if began: its other branches begin there too */
	bool is_other;      /* such a branch has begun: what was read before it is no part of what follows */
} source;

struct word {
	const char *start, *line_start;
	size_t length;
	int line;
};

static void add_tag(const char *name, size_t length, const char *line_start, int line)
{
	tags = reallocate(tags, (tag_count + 1) * sizeof *tags);
	struct tag *tag = &tags[tag_count++];
	*tag = (struct tag){duplicate_range(name, length), duplicate(source.name), duplicate_range(line_start, strcspn(line_start, "\n")), line};
	if (!strcmp(tag->name, "main")) {
		const char *base = path_name(source.name);
		size_t size = strlen(base);
		free(tag->name);
		tag->name = format_text("M%.*s", (int)(size > 2 && !strcmp(base + size - 2, ".c") ? size - 2 : size), base);
	}
}

static void add_word(struct word word)
{
	add_tag(word.start, word.length, word.line_start, word.line);
}

static void step(void)
{
	if (*source.at++ == '\n') {
		source.line++;
		source.line_start = source.at;
	}
}

static bool is_name(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static size_t name_length(const char *text)
{
	size_t length = 0;
	while (is_name(text[length]))
		length++;
	return length;
}

static void skip_quoted(char quote)
{
	for (step(); *source.at && *source.at != quote && *source.at != '\n'; step())
		if (*source.at == '\\' && source.at[1])
			step();
	if (*source.at == quote)
		step();
}

/* A comment at the place that is read; false: there is none. */
static bool skip_comment(void)
{
	if (source.at[0] != '/' || (source.at[1] != '*' && source.at[1] != '/'))
		return false;
	if (source.at[1] == '/') {
		while (*source.at && *source.at != '\n')
			step();
		return true;
	}
	for (source.at += 2; *source.at && (source.at[0] != '*' || source.at[1] != '/');)
		step();
	source.at += *source.at ? 2 : 0;
	return true;
}

/* At a #: macros become tags, the branches of #if begin at one depth, and the rest of the line is skipped. */
static void read_directive(void)
{
	const char *word = source.at + 1 + strspn(source.at + 1, " \t");
	size_t length = name_length(word);
	const char *name = word + length + strspn(word + length, " \t");
	if (length == 6 && !strncmp(word, "define", 6) && name_length(name))
		add_tag(name, name_length(name), source.line_start, source.line);
	if (!strncmp(word, "if", 2) && source.ifs < 64)
		source.at_if[source.ifs++] = source.depth;
	else if (!strncmp(word, "el", 2) && source.ifs)
		source.is_other = source.depth != source.at_if[source.ifs - 1], source.depth = source.at_if[source.ifs - 1];
	else if (!strncmp(word, "endif", 5) && source.ifs)
		source.ifs--;
	while (*source.at && *source.at != '\n') {
		if (skip_comment())
			continue;
		if (*source.at == '\\' && source.at[1])
			step();
		step();
	}
}

/* The next word or sign; a text is a sign ". False at the end. */
static bool next_word(struct word *word)
{
	bool line_begins = source.at == source.line_start;
	for (;; line_begins |= source.at == source.line_start) {
		if (!*source.at)
			return false;
		if (*source.at == '#' && line_begins)
			read_directive();
		else if (isspace((unsigned char)*source.at))
			step();
		else if (!skip_comment())
			break;
	}
	*word = (struct word){source.at, source.line_start, 1, source.line};
	if (*source.at == '"' || *source.at == '\'') {
		skip_quoted(*source.at);
		word->start = "\"";
		return true;
	}
	if (is_name(*source.at))
		word->length = name_length(source.at);
	source.at += word->length;
	return true;
}

static bool is_word(struct word word, const char *text)
{
	return word.length == strlen(text) && !memcmp(word.start, text, word.length);
}

static bool is_one_of(struct word word, const char *const *list)
{
	while (*list && !is_word(word, *list))
		list++;
	return *list;
}

static const char *const kinds[] = {"struct", "union", "enum", NULL};
static const char *const attributes[] = {"__attribute__", "__attribute", "__declspec", "_Alignas", "alignas", "__asm__", "__asm", "asm", "typeof", "__typeof__", NULL};
static const char *const no_functions[] = {"void", "char", "short", "int", "long", "float", "double", "signed", "unsigned", "const", "volatile", "static", "extern",
                                           "inline", "register", "typedef", "return", "if", "while", "for", "switch", "sizeof", "defined", NULL};

/* A declaration outside of functions, as far as it is read. */
struct declaration {
	struct word function, before, last, pointed; /* the name with a ( behind it; the word before; the last name outside of parentheses; that of (*NAME) */
	int parens, brackets, words_behind; /* words behind the function's ) */
	bool is_type, is_assigned, takes_tag, in_kind, in_function, skips;
};

static void read_sign(struct declaration *now, char sign)
{
	bool was_name = now->before.length && is_name(*now->before.start);
	if (sign == '(') {
		bool is_pointer = source.at[strspn(source.at, " \t")] == '*'; /* TYPE (*NAME) */
		bool is_call = was_name && !is_pointer && !is_one_of(now->before, no_functions) && !now->is_assigned && !now->skips;
		if (is_call && now->function.length)
			now->words_behind = INT_MIN; /* what parameters of the old style are not */
		else if (is_call)
			now->function = now->before;
		now->parens++;
	} else if (sign == ')') {
		now->parens--;
		now->skips &= now->parens > 0;
	} else if (sign == '[' || sign == ']') {
		now->brackets += sign == '[' ? 1 : -1;
	} else if (sign == '=') {
		now->is_assigned = true;
	} else if (sign == '{') {
		bool is_function = now->function.length && !now->is_assigned && !now->in_kind;
		if (is_function)
			add_word(now->function);
		now->in_function = is_function;
		now->in_kind = now->takes_tag = false;
		source.depth++;
	} else if ((sign == ';' || sign == ',') && !now->parens) {
		struct word name = now->pointed.length ? now->pointed : now->function.length ? now->function : now->last;
		if (now->is_type && name.length)
			add_word(name);
		bool is_old_style = sign == ';' && now->function.length && now->words_behind > 1 && !now->is_type;
		if (sign == ';' && !is_old_style)
			*now = (struct declaration){0};
		now->pointed.length = 0;
	}
}

static void read_name(struct declaration *now, struct word word)
{
	if (now->takes_tag && !now->skips) {
		struct source here = source; /* struct NAME { defines NAME */
		struct word next;
		now->in_kind = next_word(&next) && is_word(next, "{");
		if (now->in_kind)
			add_word(word);
		source = here;
		now->takes_tag = false;
	} else if (is_one_of(word, attributes)) {
		now->skips = true;
	} else if (is_one_of(word, kinds) && !now->parens) {
		now->takes_tag = now->in_kind = true;
	} else if (is_word(word, "typedef")) {
		now->is_type = true;
	} else if (!now->parens && !now->brackets && !now->skips) {
		now->words_behind += now->function.length != 0;
		now->last = word;
	} else if (now->parens == 1 && is_word(now->before, "*") && !now->pointed.length && !now->function.length) {
		now->pointed = word;
	}
}

static void read_words(void)
{
	struct declaration now = {0};
	struct word word;
	while (next_word(&word)) {
		if (source.is_other && !source.depth)
			now = (struct declaration){0};
		source.is_other = false;
		if (source.depth) {
			source.depth += is_word(word, "{") - is_word(word, "}");
			if (!source.depth && now.in_function)
				now = (struct declaration){0};
			continue;
		}
		bool opens_language = is_word(word, "{") && is_word(now.before, "\"") && is_word(now.last, "extern");
		if (opens_language) /* extern "C" {: what is in it is outside too */
			now = (struct declaration){0};
		else if (is_name(*word.start))
			read_name(&now, word);
		else
			read_sign(&now, *word.start);
		now.before = word;
	}
}

static int read_source(const char *name)
{
	char *text = read_file(name, NULL);
	if (!text) {
		warn("%s", name);
		return 1;
	}
	source = (struct source){.name = name, .at = text, .line_start = text, .line = 1};
	read_words();
	free(text);
	return 0;
}

static int compare_tags(const void *a, const void *b)
{
	const struct tag *first = a, *second = b;
	int order = strcmp(first->name, second->name);
	if (!order)
		order = strcmp(first->file, second->file);
	return order ? order : first->line - second->line;
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* NAME, FILE and /^LINE$/ with tabs between. */
static char *tag_line(const struct tag *tag)
{
	struct text line = {0};
	text_format(&line, "%s\t%s\t/^", tag->name, tag->file);
	for (const char *c = tag->text; *c; c++) {
		if (*c == '/' || *c == '\\')
			text_char(&line, '\\');
		text_char(&line, *c);
	}
	text_string(&line, "$/");
	return text_take(&line);
}

static int write_tags(const char *name, bool keeps)
{
	char **lines = NULL, *old = keeps ? read_file(name, NULL) : NULL;
	size_t count = 0;
	for (char *line = old ? strtok(old, "\n") : NULL; line; line = strtok(NULL, "\n")) {
		lines = reallocate(lines, (count + 1) * sizeof *lines);
		lines[count++] = line;
	}
	lines = reallocate(lines, (count + tag_count + 1) * sizeof *lines);
	for (size_t i = 0; i < tag_count; i++)
		lines[count++] = tag_line(&tags[i]);
	qsort(lines, count, sizeof *lines, compare_lines);
	FILE *file = fopen(name, "we");
	for (size_t i = 0; file && i < count; i++)
		if (!i || strcmp(lines[i], lines[i - 1]))
			fprintf(file, "%s\n", lines[i]);
	if (!file || fclose(file) != 0) {
		warn("%s", name);
		return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	const char *name = "tags";
	bool keeps = false, prints = false;
	int status = 0;
	for (int option; (option = next_option(argc, argv, "af:x")) != -1;) {
		switch (option) {
		case 'a': keeps = true; break;
		case 'f': name = optarg; break;
		default: prints = true; break;
		}
	}
	if (!argv[optind])
		usage_error("missing operand");
	for (int i = optind; argv[i]; i++)
		status |= read_source(argv[i]);
	if (!prints)
		return status | write_tags(name, keeps);
	qsort(tags, tag_count, sizeof *tags, compare_tags);
	for (size_t i = 0; i < tag_count; i++)
		printf("%-16s %4d %-16s %s\n", tags[i].name, tags[i].line, tags[i].file, tags[i].text);
	return status;
}
