/*
 * gettext, ngettext: a message in the user's language
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/gettext.html
 *
 * Aliases: ngettext
 *
 * Usage: gettext [-e | -E] [-d DOMAIN] [DOMAIN] MESSAGE
 *        gettext [-e | -E] [-n] -s [-d DOMAIN] MESSAGE...
 *        ngettext [-e | -E] [-d DOMAIN] [DOMAIN] MESSAGE PLURAL N
 * Prints what DOMAIN.mo (see msgfmt) has for MESSAGE, or MESSAGE itself; ngettext the form for N things.
 *   -d DOMAIN  or from TEXTDOMAIN; TEXTDOMAINDIR is the folder of LANGUAGE/LC_MESSAGES/DOMAIN.mo (/usr/share/locale)
 *   -e         replace \n, \t and their like in MESSAGE
 *   -E         do not (as without)
 *   -n         with -s: without the newline
 *   -s         all MESSAGEs with blanks between and a newline
 */
#include <getopt.h>
#include <libintl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "po.h"
#include "tools.h"

static const char *domain;
static bool has_escapes;

/* The operand, with escapes replaced where -e says so; on the heap. */
static char *read_operand(const char *text)
{
	return has_escapes ? po_unescape(text) : duplicate(text);
}

static void put_message(const char *operand)
{
	char *message = read_operand(operand);
	fputs(domain && *domain ? dgettext(domain, message) : message, stdout);
	free(message);
}

static void put_plural(const char *one, const char *many, const char *number)
{
	char *first = read_operand(one), *second = read_operand(many), *end;
	unsigned long n = strtoul(number, &end, 10);
	if (end == number || *end)
		errx(1, "not a number: %s", number);
	fputs(domain && *domain ? dngettext(domain, first, second, n) : n == 1 ? first : second, stdout);
	free(first);
	free(second);
}

int main(int argc, char **argv)
{
	bool is_plural = !strcmp(program_name(), "ngettext"), separates = false, ends_line = true;
	domain = getenv("TEXTDOMAIN");
	for (int option; (option = next_option(argc, argv, is_plural ? "+d:eE" : "+d:eEns")) != -1;) {
		switch (option) {
		case 'd': domain = optarg; break;
		case 'e': has_escapes = true; break;
		case 'E': has_escapes = false; break;
		case 'n': ends_line = false; break;
		default: separates = true; break;
		}
	}
	int wanted = is_plural ? 3 : 1, given = argc - optind;
	if (given < wanted)
		usage_error("missing operand");
	if (!separates && given > wanted)
		domain = argv[optind++], given--;
	if (!separates && given > wanted)
		usage_error("too many operands");
	setlocale(LC_ALL, "");
	const char *folder = getenv("TEXTDOMAINDIR");
	if (domain && *domain)
		bindtextdomain(domain, folder && *folder ? folder : "/usr/share/locale");
	if (is_plural) {
		put_plural(argv[optind], argv[optind + 1], argv[optind + 2]);
	} else {
		for (int i = optind; i < argc; i++) {
			put_message(argv[i]);
			if (i + 1 < argc)
				putchar(' ');
		}
		if (separates && ends_line)
			putchar('\n');
	}
	return fflush(stdout) ? 1 : 0;
}
