/*
 * man: show pages of the manual
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/man.html
 *
 * Aliases: apropos whatis
 *
 * Usage: man [-aw] [-M PATH] [-P PAGER] [[-s] SECTION] NAME...
 *        man [-M PATH] [-s SECTION] -f NAME... | -k WORD...
 *        man -l FILE...
 *        whatis NAME...
 *        apropos WORD...
 * Shows the page of each NAME, of the first section that has one: 1 commands, 8 administration,
 * 3 the C library, 2 system calls, 5 files, 7 concepts. NAME(SECTION) and NAME.SECTION name one.
 *   -a, --all             the pages of all sections, not only the first
 *   -f, --whatis          one line about each NAME
 *   -k, --apropos         pages whose name or summary matches WORD, a regular expression
 *   -l, --local-file      render the FILE itself
 *   -M, --manpath=PATH    folders of manuals, separated by colons
 *   -P, --pager=PAGER     show with PAGER
 *   -s, --sections=LIST   only these sections, in this order, separated by colons or commas
 *   -S LIST               the same
 *   -w, --where           print where the pages are
 * Environment: MANPATH, MANPAGER, PAGER, MANSECT, MANWIDTH, COLUMNS, NO_COLOR.
 */
#include <ctype.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "man.h"
#include "regular.h"

enum { NOT_FOUND = 16 }; /* man-db's status, in POSIX any above 0 */

static struct {
	bool shows_all, shows_where, is_whatis, is_apropos, is_file;
	const char *path, *pager, *sections;
} options = {.path = "/usr/local/share/man:/usr/share/man"};

static struct man_page *pages;
static int page_count;

/* -1: not wanted; else the place of the section in the order. */
static int section_rank(const char *section)
{
	int rank = 0;
	for (const char *at = options.sections; *at; rank++) {
		size_t length = strcspn(at, ":,");
		/* "3" is meant for "3p" too */
		if (!strncmp(section, at, length) && (!section[length] || length == 1))
			return rank;
		at += length + (at[length] != 0);
	}
	return -1;
}

static int by_section(const void *left, const void *right)
{
	const struct man_page *a = *(struct man_page *const *)left, *b = *(struct man_page *const *)right;
	int order = section_rank(a->section) - section_rank(b->section);
	return order ? order : strcmp(a->section, b->section);
}

/* The pages of that name, in the order of the sections; returns their number. */
static int find_pages(const char *name, struct man_page **found, int most)
{
	int count = 0;
	for (int i = 0; i < page_count && count < most; i++) {
		if (!strcasecmp(pages[i].name, name) && section_rank(pages[i].section) >= 0)
			found[count++] = &pages[i];
	}
	qsort(found, (size_t)count, sizeof *found, by_section);
	return count;
}

static int text_columns(void)
{
	const char *wanted = getenv("MANWIDTH");
	int columns, rows;
	terminal_size(1, &columns, &rows);
	if (wanted && atoi(wanted) > 0)
		columns = atoi(wanted);
	return columns * 39 / 40; /* a margin, as man-db leaves it */
}

static const char *pager_command(void)
{
	const char *pager = options.pager;
	if (!pager)
		pager = getenv("MANPAGER");
	if (!pager || !*pager)
		pager = getenv("PAGER");
	return pager && *pager ? pager : "less -R";
}

static enum man_look look_for(const char *pager)
{
	const char *terminal = getenv("TERM"), *no_colour = getenv("NO_COLOR");
	bool is_plain = !isatty(1) || (terminal && !strcmp(terminal, "dumb")) || (no_colour && *no_colour);
	return is_plain || !strstr(pager, "less") ? MAN_PLAIN : MAN_COLOURS;
}

static void show_text(const char *source, size_t length)
{
	const char *pager = pager_command();
	if (!isatty(1)) {
		man_render(source, length, text_columns(), MAN_PLAIN, stdout);
		return;
	}
	setenv("LESS", "-R", 0);
	void (*handler)(int) = signal(SIGPIPE, SIG_IGN);
	FILE *out = popen(pager, "w");
	if (!out)
		err(1, "%s", pager);
	man_render(source, length, text_columns(), look_for(pager), out);
	pclose(out);
	signal(SIGPIPE, handler);
}

/* "read(2)" and "read.2": the name and the section. */
static bool split_name(const char *word, char **name, char **section)
{
	size_t length = strlen(word);
	const char *open = strrchr(word, length && word[length - 1] == ')' ? '(' : '.');
	if (!open || open == word || !isdigit((unsigned char)open[1]))
		return false;
	*name = duplicate_range(word, (size_t)(open - word));
	*section = duplicate_range(open + 1, (size_t)(word + length - (*open == '(') - (open + 1)));
	return true;
}

static int show_found(struct man_page **found, int count)
{
	for (int i = 0; i < count && (i == 0 || options.shows_all); i++) {
		size_t length;
		const char *source = options.shows_where ? "" : man_load(found[i], &length);
		if (options.shows_where)
			puts(found[i]->where);
		else if (source)
			show_text(source, length);
		else
			return 1;
	}
	return 0;
}

static int show_name(const char *word)
{
	enum { MOST = 32 };
	struct man_page *found[MOST];
	int count = find_pages(word, found, MOST);
	char *name = NULL, *section = NULL;
	const char *sections = options.sections;
	if (!count && split_name(word, &name, &section)) {
		options.sections = section;
		count = find_pages(name, found, MOST);
	}
	int status = show_found(found, count);
	options.sections = sections;
	if (!count && section)
		fprintf(stderr, "No manual entry for %s in section %s\n", name, section);
	else if (!count)
		fprintf(stderr, "No manual entry for %s\n", word);
	free(name);
	free(section);
	return count ? status : NOT_FOUND;
}

static int show_file(const char *path)
{
	struct man_page page = {.where = path, .is_compressed = strlen(path) > 3 && !strcmp(path + strlen(path) - 3, ".gz")};
	size_t length;
	const char *source = man_load(&page, &length);
	if (!source)
		return 1;
	show_text(source, length);
	return 0;
}

static int by_name(const void *left, const void *right)
{
	const struct man_page *a = left, *b = right;
	int order = strcmp(a->name, b->name);
	return order ? order : strcmp(a->section, b->section);
}

/* Lines of the pages whose name (and with -k: summary) matches. */
static int list_matching(const char *word)
{
	regex_t pattern;
	bool found = false;
	if (options.is_apropos && regular_compile(&pattern, word, REG_EXTENDED | REG_ICASE | REG_NOSUB))
		errx(1, "%s: not a regular expression", word);
	for (int i = 0; i < page_count; i++) {
		struct man_page *page = &pages[i];
		size_t length;
		if (section_rank(page->section) < 0 || (!options.is_apropos && strcasecmp(page->name, word)))
			continue;
		const char *source = man_load(page, &length);
		char *summary = source ? man_summary(source, length) : NULL;
		char *dash = summary ? strstr(summary, " - ") : NULL;
		const char *text = dash ? dash + 3 : summary ? summary : "(unknown)";
		if (!options.is_apropos || !regular_find(&pattern, page->name, 0, NULL, 0) || !regular_find(&pattern, text, 0, NULL, 0)) {
			char *title = format_text("%s (%s)", page->name, page->section);
			printf("%-20s - %s\n", title, text);
			free(title);
			found = true;
		}
		free(summary);
	}
	if (options.is_apropos)
		regfree(&pattern);
	if (!found)
		fprintf(stderr, "%s: nothing appropriate.\n", word);
	return found ? 0 : NOT_FOUND;
}

static void read_options(int argc, char **argv)
{
	static const struct option long_options[] = {
		{"all", no_argument, 0, 'a'}, {"whatis", no_argument, 0, 'f'}, {"apropos", no_argument, 0, 'k'}, {"local-file", no_argument, 0, 'l'},
		{"manpath", required_argument, 0, 'M'}, {"pager", required_argument, 0, 'P'}, {"sections", required_argument, 0, 's'},
		{"where", no_argument, 0, 'w'}, {"path", no_argument, 0, 'w'}, {0}};
	for (int option; (option = next_long_option(argc, argv, "afklM:P:s:S:w", long_options)) != -1;) {
		switch (option) {
		case 'a':
			options.shows_all = true;
			break;
		case 'f':
			options.is_whatis = true;
			break;
		case 'k':
			options.is_apropos = true;
			break;
		case 'l':
			options.is_file = true;
			break;
		case 'M':
			options.path = optarg;
			break;
		case 'P':
			options.pager = optarg;
			break;
		case 'w':
			options.shows_where = true;
			break;
		default:
			options.sections = optarg;
		}
	}
}

static bool is_section(const char *word)
{
	return isdigit((unsigned char)*word) && (!word[1] || (isalpha((unsigned char)word[1]) && !word[2]));
}

/* An empty part of MANPATH stands for the usual folders. */
static void take_environment(void)
{
	const char *path = getenv("MANPATH"), *sections = getenv("MANSECT"), *usual = options.path;
	options.sections = sections && *sections ? sections : "1:8:3:2:4:5:9:6:7";
	if (!path || !*path)
		return;
	size_t length = strlen(path);
	const char *gap = strstr(path, "::");
	if (*path == ':')
		options.path = format_text("%s%s", usual, path);
	else if (path[length - 1] == ':')
		options.path = format_text("%s%s", path, usual);
	else
		options.path = gap ? format_text("%.*s%s%s", (int)(gap - path + 1), path, usual, gap + 1) : path;
}

int main(int argc, char **argv)
{
	int status = 0;
	take_environment();
	options.is_whatis = !strcmp(program_name(), "whatis");
	options.is_apropos = !strcmp(program_name(), "apropos");
	read_options(argc, argv);
	bool lists = options.is_whatis || options.is_apropos;
	if (!lists && !options.is_file && optind + 1 < argc && is_section(argv[optind]))
		options.sections = argv[optind++];
	if (optind == argc && options.shows_where && !lists) {
		puts(options.path);
		return 0;
	}
	if (optind == argc && lists)
		usage_error("whatis what?");
	if (optind == argc) {
		fputs("What manual page do you want?\nFor example, try 'man man'; 'man -k word' searches.\n", stderr);
		return 1;
	}
	if (!options.is_file)
		man_find_pages(options.path, &pages, &page_count);
	if (lists)
		qsort(pages, (size_t)page_count, sizeof *pages, by_name);
	for (; optind < argc; optind++) {
		const char *word = argv[optind];
		int one = lists ? list_matching(word) : options.is_file || strchr(word, '/') ? show_file(word) : show_name(word);
		status = one ? one : status;
	}
	return status;
}
