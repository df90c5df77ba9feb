/*
 * xgettext: collect the messages of C files for translation
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/xgettext.html
 *
 * Usage: xgettext [-jn] [-d NAME] [-K WORD]... [-p FOLDER] FILE...
 *        xgettext -a [-n] [-d NAME] [-p FOLDER] [-x EXCLUDED] FILE...
 * Writes messages.po with the texts that stand in calls of gettext, ngettext and their relatives in FILEs; - is standard input.
 *   -a           all texts
 *   -d NAME      NAME.po
 *   -j           behind what the file has already
 *   -K WORD      calls of WORD too, whose argument is the text; WORD:2 its second one, WORD:1,2 these are singular and plural; "": no others
 *   -n           where each stands, as a comment
 *   -p FOLDER    the file goes there
 *   -x EXCLUDED  not those of this po file
 */
#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "po.h"
#include "tools.h"

static struct keyword {
	const char *name;
	size_t length;
	int singular, plural; /* arguments, from 1; 0: none */
} *keywords;
static size_t keyword_count;

static struct found {
	char *id, *plural, *places;
} *list;
static size_t list_count;

static struct po_entry *known; /* of the file that is added to, and those that are not wanted */
static size_t known_count;
static bool takes_all, shows_places;

static void add_keyword(const char *word)
{
	size_t length = strcspn(word, ":");
	struct keyword keyword = {word, length, 1, 0};
	if (word[length]) {
		char *end;
		keyword.singular = (int)strtol(word + length + 1, &end, 10);
		keyword.plural = *end == ',' ? atoi(end + 1) : 0;
	}
	keywords = reallocate(keywords, (keyword_count + 1) * sizeof *keywords);
	keywords[keyword_count++] = keyword;
}

static void add_usual_keywords(void)
{
	static const char *const usual[] = {"gettext:1", "gettext_l:1", "ngettext:1,2", "ngettext_l:1,2", "dgettext:2", "dgettext_l:2", "dcgettext:2", "dcgettext_l:2",
										"dngettext:2,3", "dngettext_l:2,3", "dcngettext:2,3", "dcngettext_l:2,3"};
	for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
		add_keyword(usual[i]);
}

static void add_found(const char *id, const char *plural, const char *file, size_t line)
{
	char *place = format_text("%s:%zu", file, line);
	for (size_t i = 0; i < known_count; i++)
		if (!strcmp(known[i].id, id))
			return;
	for (size_t i = 0; i < list_count; i++) {
		struct found *found = &list[i];
		if (strcmp(found->id, id))
			continue;
		char *places = format_text("%s %s", found->places, place);
		free(found->places);
		free(place);
		found->places = places;
		if (!found->plural && plural)
			found->plural = duplicate(plural);
		return;
	}
	list = reallocate(list, (list_count + 1) * sizeof *list);
	list[list_count++] = (struct found){duplicate(id), plural ? duplicate(plural) : NULL, place};
}

/* The place in a file that is read. */
struct reader {
	const char *at, *name;
	size_t line;
};

/* Over blanks, comments and lines of #include. */
static void skip_blanks(struct reader *reader)
{
	for (;;) {
		const char *at = reader->at;
		bool is_include = *at == '#' && !strncmp(at + 1 + strspn(at + 1, " \t"), "include", 7);
		if (is_include || (*at == '/' && at[1] == '/')) {
			reader->at += strcspn(at, "\n");
		} else if (*at == '/' && at[1] == '*') {
			const char *end = strstr(at + 2, "*/");
			for (end = end ? end + 2 : at + strlen(at); reader->at < end; reader->at++)
				reader->line += *reader->at == '\n';
		} else if (isspace((unsigned char)*at) || (*at == '\\' && at[1] == '\n')) {
			reader->line += *at == '\n';
			reader->at++;
		} else {
			return;
		}
	}
}

/* A text in quotes at the place; texts in a row are one. Null: there is none. */
static char *read_string(struct reader *reader)
{
	struct text text = {0};
	bool any = false;
	while (*reader->at == '"') {
		const char *start = ++reader->at;
		for (; *reader->at && *reader->at != '"'; reader->at++)
			reader->at += *reader->at == '\\' && reader->at[1];
		char *raw = duplicate_range(start, (size_t)(reader->at - start)), *plain = po_unescape(raw);
		text_string(&text, plain);
		free(raw);
		free(plain);
		reader->at += *reader->at == '"';
		any = true;
		skip_blanks(reader);
	}
	return any ? text_take(&text) : NULL;
}

static void skip_character(struct reader *reader)
{
	for (reader->at++; *reader->at && *reader->at != '\'' && *reader->at != '\n'; reader->at++)
		reader->at += *reader->at == '\\' && reader->at[1];
	reader->at += *reader->at == '\'';
}

static void read_words(struct reader *reader, bool in_call, const struct keyword *keyword);

static const struct keyword *find_keyword(const char *word, size_t length)
{
	for (size_t i = 0; i < keyword_count; i++)
		if (keywords[i].length == length && !strncmp(keywords[i].name, word, length))
			return &keywords[i];
	return NULL;
}

/* A name, and the call that it may begin. */
static void read_name(struct reader *reader)
{
	const char *start = reader->at;
	while (isalnum((unsigned char)*reader->at) || *reader->at == '_')
		reader->at++;
	const struct keyword *keyword = find_keyword(start, (size_t)(reader->at - start));
	skip_blanks(reader);
	if (*reader->at == '(') {
		reader->at++;
		read_words(reader, true, keyword);
	}
}

/* Up to the ) of a call, or the end. The texts of a keyword's arguments are what is looked for, if they are nothing but texts. */
static void read_words(struct reader *reader, bool in_call, const struct keyword *keyword)
{
	int argument = 1, words = 0; /* in the argument */
	char *singular = NULL, *plural = NULL;
	size_t line = reader->line;
	for (skip_blanks(reader); *reader->at; skip_blanks(reader), words++) {
		char sign = *reader->at;
		if (in_call && (sign == ')' || sign == ',')) {
			reader->at++;
			argument++;
			words = -1;
			if (sign == ')')
				break;
		} else if (sign == '"') {
			size_t here = reader->line;
			char *text = read_string(reader), **place = keyword && argument == keyword->singular ? &singular : keyword && argument == keyword->plural ? &plural : NULL;
			if (takes_all)
				add_found(text, NULL, reader->name, here);
			line = place == &singular ? here : line;
			bool is_it = place && !*place && !words;
			if (is_it)
				*place = text;
			else
				free(text);
		} else if (sign == '\'') {
			skip_character(reader);
		} else if (isalpha((unsigned char)sign) || sign == '_') {
			read_name(reader);
		} else {
			reader->at++;
			if (sign == '(' && in_call)
				read_words(reader, true, NULL);
		}
	}
	if (!takes_all && singular)
		add_found(singular, plural, reader->name, line);
	free(singular);
	free(plural);
}

static int read_source(FILE *input, const char *name)
{
	struct text text = {0};
	char block[4096];
	text_clear(&text);
	for (size_t length; (length = fread(block, 1, sizeof block, input)) > 0;)
		text_add(&text, block, length);
	struct reader reader = {text.data, name, 1};
	while (*reader.at) {
		read_words(&reader, false, NULL);
		reader.at += *reader.at != 0;
	}
	text_free(&text);
	return 0;
}

static void write_directive(FILE *file, const char *name, const char *text)
{
	char *quoted = po_quote(text);
	fprintf(file, "%s %s\n", name, quoted);
	free(quoted);
}

static void write_list(FILE *file)
{
	for (size_t i = 0; i < list_count; i++) {
		fputs(i || ftell(file) > 0 ? "\n" : "", file);
		if (shows_places)
			fprintf(file, "#: %s\n", list[i].places);
		if (strchr(list[i].id, '%'))
			fputs("#, c-format\n", file);
		write_directive(file, "msgid", list[i].id);
		if (list[i].plural) {
			write_directive(file, "msgid_plural", list[i].plural);
			write_directive(file, "msgstr[0]", "");
			write_directive(file, "msgstr[1]", "");
		} else {
			write_directive(file, "msgstr", "");
		}
	}
}

int main(int argc, char **argv)
{
	const char *domain = "messages", *folder = ".", *excluded = NULL;
	bool joins = false, has_usual = true;
	for (int option; (option = next_option(argc, argv, "ad:jK:np:x:")) != -1;) {
		switch (option) {
		case 'a': takes_all = true; break;
		case 'd': domain = optarg; break;
		case 'j': joins = true; break;
		case 'K':
			if (*optarg)
				add_keyword(optarg);
			else
				has_usual = false;
			break;
		case 'n': shows_places = true; break;
		case 'p': folder = optarg; break;
		default: excluded = optarg; break;
		}
	}
	if (!argv[optind])
		usage_error("missing operand");
	if (has_usual)
		add_usual_keywords();
	char *name = format_text("%s/%s.po", folder, domain);
	if ((excluded && !po_read(excluded, &known, &known_count)) || (joins && access(name, F_OK) == 0 && !po_read(name, &known, &known_count)))
		return 1;
	int status = each_input(argv + optind, read_source);
	FILE *file = fopen(name, joins ? "ae" : "we");
	if (!file)
		err(1, "%s", name);
	fseek(file, 0, SEEK_END);
	write_list(file);
	if (fclose(file) != 0)
		err(1, "%s", name);
	free(name);
	return status;
}
