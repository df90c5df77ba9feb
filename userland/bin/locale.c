/*
 * locale: language and character set
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/locale.html
 *
 * Usage: locale [-a | -m] | locale [-ck] NAME...
 *   -a   the locales that there are
 *   -c   with the category of each NAME
 *   -k   with NAME= in front of each value
 *   -m   the character sets that there are
 * Without operands: what the environment chooses. NAME: a category such as LC_TIME, or a keyword: charmap,
 * decimal_point, thousands_sep, grouping, yesexpr, noexpr, d_fmt, t_fmt, d_t_fmt, t_fmt_ampm, am_pm, day, abday, mon, abmon.
 */
#include <getopt.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools.h"

static const char *const categories[] = {"LC_CTYPE", "LC_NUMERIC", "LC_TIME", "LC_COLLATE", "LC_MONETARY", "LC_MESSAGES"};
enum { CATEGORIES = sizeof categories / sizeof *categories };

/* A keyword: `count` items of langinfo from `item` on. */
static const struct keyword {
	const char *name, *category;
	nl_item item; /* 0: none of the locales that there are has a value */
	int count;

} keywords[] = {{"charmap", "LC_CTYPE", CODESET, 1}, {"decimal_point", "LC_NUMERIC", RADIXCHAR, 1},
	{"thousands_sep", "LC_NUMERIC", THOUSEP, 1}, {"grouping", "LC_NUMERIC", 0, 1}, {"abday", "LC_TIME", ABDAY_1, 7}, {"day", "LC_TIME", DAY_1, 7},
	{"abmon", "LC_TIME", ABMON_1, 12}, {"mon", "LC_TIME", MON_1, 12}, {"am_pm", "LC_TIME", AM_STR, 2},
	{"d_t_fmt", "LC_TIME", D_T_FMT, 1}, {"d_fmt", "LC_TIME", D_FMT, 1}, {"t_fmt", "LC_TIME", T_FMT, 1},
	{"t_fmt_ampm", "LC_TIME", T_FMT_AMPM, 1}, {"yesexpr", "LC_MESSAGES", YESEXPR, 1}, {"noexpr", "LC_MESSAGES", NOEXPR, 1}};
enum { KEYWORDS = sizeof keywords / sizeof *keywords };

static bool shows_category, shows_keyword;

static void print_choice(void)
{
	const char *all = getenv("LC_ALL"), *language = getenv("LANG");
	bool has_all = all && *all;
	printf("LANG=%s\n", language ? language : "");
	for (int i = 0; i < CATEGORIES; i++) {
		const char *own = getenv(categories[i]);
		if (own && *own && !has_all)
			printf("%s=%s\n", categories[i], own);
		else
			printf("%s=\"%s\"\n", categories[i], has_all ? all : language && *language ? language : "POSIX");
	}
	printf("LC_ALL=%s\n", all ? all : "");
}

static void print_keyword(const struct keyword *keyword)
{
	if (shows_keyword)
		printf("%s=\"", keyword->name);
	for (int i = 0; i < keyword->count; i++)
		printf("%s%s", i ? ";" : "", keyword->item ? nl_langinfo(keyword->item + i) : "");
	puts(shows_keyword ? "\"" : "");
}

static bool print_name(const char *name)
{
	bool found = false;
	const char *shown = NULL;
	for (int i = 0; i < CATEGORIES; i++)
		found |= !strcmp(categories[i], name);
	for (int i = 0; i < KEYWORDS; i++) {
		if (strcmp(keywords[i].name, name) && strcmp(keywords[i].category, name))
			continue;
		if (shows_category && (!shown || strcmp(shown, keywords[i].category)))
			puts(keywords[i].category);
		shown = keywords[i].category;
		print_keyword(&keywords[i]);
		found = true;
	}
	if (!found)
		warnx("unknown name \"%s\"", name);
	return found;
}

int main(int argc, char **argv)
{
	int status = 0;
	for (int option; (option = next_option(argc, argv, "ackm")) != -1;) {
		if (option == 'a' || option == 'm') {
			fputs(option == 'a' ? "C\nC.UTF-8\nPOSIX\n" : "ASCII\nUTF-8\n", stdout);
			return 0;
		}
		shows_category |= option == 'c';
		shows_keyword |= option == 'k';
	}
	if (!argv[optind])
		print_choice();
	for (char **name = argv + optind; *name; name++)
		if (!print_name(*name))
			status = 1;
	return status;
}
