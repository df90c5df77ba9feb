/*
 * cp: copy files and trees
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/cp.html
 *
 * Usage: cp [OPTION]... [-T] SOURCE DEST
 *        cp [OPTION]... SOURCE... DIRECTORY
 *        cp [OPTION]... -t DIRECTORY SOURCE...
 *   -a, --archive         the same as -dRp
 *   -d                    the same as -P
 *   -f, --force           remove a destination that cannot be opened
 *   -H, -L, -P            follow links that are operands, all links, none
 *   -i, --interactive     ask before overwriting
 *   -l, --link            make hard links instead
 *   -n, --no-clobber      do not overwrite
 *   -p                    preserve mode, owner and times
 *   -r, -R, --recursive   copy directories and their contents
 *   -s, --symbolic-link   make symbolic links instead
 *   -t DIRECTORY          copy into DIRECTORY
 *   -T                    treat DEST as a file
 *   -u, --update          only if SOURCE is newer or DEST is absent
 *   -v, --verbose         say what is done
 *       --reflink[=WHEN]  share the blocks: always, auto (else copy; also without it) or never
 *       --remove-destination
 *                         remove each destination before opening it
 */
#include <getopt.h>
#include <string.h>

#include "copy.h"
#include "tools.h"

static struct copy_options options;

static int copy(const char *from, const char *to)
{
	return copy_path(from, to, &options);
}

static void apply_option(int option)
{
	switch (option) {
	case 'a': options.recursive = options.preserve = true, options.follow = 'P'; break;
	case 'd': options.follow = 'P'; break;
	case 'f': options.force = true; break;
	case 'H':
	case 'L':
	case 'P': options.follow = (char)option; break;
	case 'i': options.ask = true, options.no_clobber = false; break;
	case 'l': options.link = true; break;
	case 'n': options.no_clobber = true, options.ask = false; break;
	case 'p': options.preserve = true; break;
	case 'r':
	case 'R': options.recursive = true; break;
	case 's': options.symbolic = true; break;
	case 'u': options.update = true; break;
	case 'v': options.verbose = true; break;
	case 'c': options.reflink = 'a'; break;
	default: options.remove_before = true;
	}
}

/* How blocks are shared; 0 for no such word. */
static char when(const char *word)
{
	return !strcmp(word, "always") ? 'a' : !strcmp(word, "auto") ? 't' : !strcmp(word, "never") ? 'n' : 0;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"archive", no_argument, NULL, 'a'}, {"force", no_argument, NULL, 'f'},
		{"interactive", no_argument, NULL, 'i'}, {"link", no_argument, NULL, 'l'},
		{"no-clobber", no_argument, NULL, 'n'}, {"recursive", no_argument, NULL, 'r'},
		{"symbolic-link", no_argument, NULL, 's'}, {"target-directory", required_argument, NULL, 't'},
		{"no-target-directory", no_argument, NULL, 'T'}, {"update", no_argument, NULL, 'u'},
		{"verbose", no_argument, NULL, 'v'}, {"preserve", no_argument, NULL, 'p'},
		{"no-dereference", no_argument, NULL, 'P'}, {"dereference", no_argument, NULL, 'L'},
		{"remove-destination", no_argument, NULL, 'D'}, {"reflink", optional_argument, NULL, 'c'}, {0}};
	const char *folder = NULL;
	bool plain = false;
	for (int option; (option = next_long_option(argc, argv, "adfHLPilnprRst:Tuv", longs)) != -1;) {
		if (option == 't')
			folder = optarg;
		else if (option == 'T')
			plain = true;
		else
			apply_option(option);
		if (option == 'c' && optarg && !(options.reflink = when(optarg)))
			usage_error("invalid argument '%s' for '--reflink'", optarg);
	}
	if (!options.follow)
		options.follow = options.recursive ? 'P' : 'L';
	return each_pair(argc - optind, argv + optind, folder, plain, copy);
}
