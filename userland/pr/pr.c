/*
 * pr: print files in pages and columns
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pr.html
 *
 * Usage: pr [OPTION]... [FILE]...
 *   +FIRST[:LAST]   only these pages
 *   -COLUMNS        text goes down so many columns
 *   -a              text goes across the columns
 *   -d              an empty line behind each
 *   -e[CHAR][GAP]   input tabs (or CHAR) become spaces, up to each GAP-th column (8)
 *   -f, -F          a form feed ends a page, not newlines
 *   -h TEXT         in the header, in place of the file's name
 *   -i[CHAR][GAP]   spaces of the output become tabs (or CHAR)
 *   -l LINES        of a page, header included (66; up to 10: as with -t)
 *   -m              the files beside each other, one in each column
 *   -n[CHAR][WIDTH] lines are numbered: WIDTH digits (5), then CHAR (a tab)
 *   -o COLUMNS      blank ones in front of each line
 *   -p              wait for Enter on the terminal before each page
 *   -r              no messages about files that cannot be opened
 *   -s[CHAR]        CHAR (a tab) between columns, which are not aligned
 *   -t              no header and no trailer
 *   -w WIDTH        of a line in several columns (72)
 */
#include <ctype.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "numbers.h"
#include "pr.h"
#include "tools.h"

struct pr_options pr_flag = {.first = 1, .columns = 1, .page_length = 66, .width = 72, .expand_char = '\t', .expand_gap = 8, .tab_char = '\t', .tab_gap = 8,
	.number_char = '\t', .number_width = 5, .separator = '\t'};

static int status;

static bool open_source(const char *name, struct source *source)
{
	struct stat about;
	bool is_standard = !strcmp(name, "-");
	*source = (struct source){.name = name, .file = is_standard ? stdin : fopen(name, "re")};
	if (!source->file || fstat(fileno(source->file), &about) < 0) {
		if (!pr_flag.is_silent)
			warn("%s", name);
		status = 1;
		return false;
	}
	source->time = is_standard || pr_flag.merges ? time(NULL) : about.st_mtime;
	return true;
}

/* "c12": a character that is no digit, and a number; both may be absent. */
static void parse_pair(const char *text, char *character, int *number)
{
	if (*text && !isdigit((unsigned char)*text))
		*character = *text++;
	if (*text)
		*number = (int)parse_integer(text, "number");
	if (*number < 1)
		errx(1, "invalid number: '%s'", text);
}

/* +PAGES and -COLUMNS, which getopt() does not know. True if the argument was one. */
static bool parse_plain(const char *text)
{
	char *end;
	if (*text == '+' && isdigit((unsigned char)text[1])) {
		pr_flag.first = strtol(text + 1, &end, 10);
		pr_flag.last = *end == ':' ? strtol(end + 1, &end, 10) : 0;
	} else if (*text == '-' && isdigit((unsigned char)text[1])) {
		pr_flag.columns = (int)strtol(text + 1, &end, 10);
	} else {
		return false;
	}
	if (*end || pr_flag.first < 1 || pr_flag.columns < 1 || pr_flag.columns > 1000)
		errx(1, "invalid number: '%s'", text);
	return true;
}

static int take_plain(char **argv)
{
	int kept = 1;
	bool is_over = false;
	for (int i = 1; argv[i]; i++) {
		is_over |= !strcmp(argv[i], "--");
		if (is_over || !parse_plain(argv[i]))
			argv[kept++] = argv[i];
	}
	argv[kept] = NULL;
	return kept;
}

static void set_option(int option)
{
	switch (option) {
	case 'a': pr_flag.across = true; break;
	case 'd': pr_flag.is_double = true; break;
	case 'e':
		pr_flag.expands = true;
		if (optarg)
			parse_pair(optarg, &pr_flag.expand_char, &pr_flag.expand_gap);
		break;
	case 'f': case 'F': pr_flag.form_feed = true; break;
	case 'h': pr_flag.header = optarg; break;
	case 'i':
		pr_flag.tabs_out = true;
		if (optarg)
			parse_pair(optarg, &pr_flag.tab_char, &pr_flag.tab_gap);
		break;
	case 'l': pr_flag.page_length = (int)parse_integer(optarg, "page length"); break;
	case 'm': pr_flag.merges = true; break;
	case 'n':
		pr_flag.numbers = true;
		if (optarg)
			parse_pair(optarg, &pr_flag.number_char, &pr_flag.number_width);
		break;
	case 'o': pr_flag.margin = (int)parse_integer(optarg, "line offset"); break;
	case 'p': pr_flag.pauses = true; break;
	case 'r': pr_flag.is_silent = true; break;
	case 's':
		pr_flag.separates = true;
		pr_flag.separator = optarg ? *optarg : '\t';
		break;
	case 't': pr_flag.is_bare = pr_flag.keeps_form_feeds = true; break;
	default:
		pr_flag.width = (int)parse_integer(optarg, "page width");
		pr_flag.has_width = true;
	}
}

int main(int argc, char **argv)
{
	static char *standard[] = {"-", NULL};
	argc = take_plain(argv);
	for (int option; (option = next_option(argc, argv, "ade::fFh:i::l:mn::o:prs::tw:")) != -1;)
		set_option(option);
	char **names = argv[optind] ? argv + optind : standard;
	int count = 0;
	while (names[count])
		count++;
	enum { MOST = 100000 };
	if (pr_flag.page_length < 1 || pr_flag.page_length > MOST || pr_flag.width < 1 || pr_flag.width > MOST || pr_flag.margin < 0 || pr_flag.margin > MOST || pr_flag.number_width > 30)
		errx(1, "a length or a width is out of range");
	pr_flag.is_bare |= pr_flag.page_length <= HEADER_LINES + TRAILER_LINES;
	if (pr_flag.merges && pr_flag.columns > 1)
		errx(1, "cannot specify number of columns when printing in parallel");
	if (pr_flag.merges)
		pr_flag.columns = count;
	pr_flag.tabs_out |= pr_flag.columns > 1;
	if (pr_column_width() < 1)
		errx(1, "page width too narrow");
	struct source *sources = allocate((size_t)count * sizeof *sources);
	int opened = 0;
	for (int i = 0; i < count; i++) {
		if (!open_source(names[i], &sources[opened]))
			continue;
		if (pr_flag.merges) {
			opened++;
			continue;
		}
		if (!pr_put_pages(sources, 1))
			status = 1;
	}
	if (opened && !pr_put_pages(sources, opened))
		status = 1;
	free(sources);
	return status;
}
