/* The tests of find and the table of its primaries. */
#include <ctype.h>
#include <dirent.h>
#include <fnmatch.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "actions.h"
#include "files.h"
#include "find.h"
#include "mode.h"
#include "moment.h"
#include "owner.h"
#include "regular.h"
#include "tools.h"

bool find_has_action;

static bool compares(const struct find_node *node, long long value)
{
	return node->comparison == '+' ? value > node->number : node->comparison == '-' ? value < node->number : value == node->number;
}

static bool always(struct find_node *node, struct find_file *file)
{
	(void)file;
	return node->letter == 't';
}

static bool prune(struct find_node *node, struct find_file *file)
{
	(void)node;
	file->pruned = true;
	return true;
}

static bool matches(struct find_node *node, struct find_file *file)
{
	char target[4096];
	int flags = isupper((unsigned char)node->letter) ? FNM_CASEFOLD : 0;
	const char *name = path_name(file->path);
	char *last = duplicate_range(name, strcspn(name, "/") ? strcspn(name, "/") : strlen(name));
	bool result = false;
	ssize_t length;
	switch (tolower((unsigned char)node->letter)) {
	case 'n': result = !fnmatch(node->text, last, flags); break;
	case 'p': result = !fnmatch(node->text, file->path, flags); break;
	default:
		length = readlink(file->path, target, sizeof target - 1);
		target[length < 0 ? 0 : length] = 0;
		result = length >= 0 && !fnmatch(node->text, target, flags);
	}
	free(last);
	return result;
}

static bool matches_pattern(struct find_node *node, struct find_file *file)
{
	regmatch_t match;
	return !regular_find(node->output, file->path, 1, &match, 0) && !match.rm_so && !file->path[match.rm_eo];
}

static bool has_type(struct find_node *node, struct find_file *file)
{
	char text[11], letter = mode_string(find_type_of(file), text)[0];
	return strchr(node->text, letter == '-' ? 'f' : letter) != NULL;
}

/* Of links the type that -type does not tell: of what they point to, with -L their own. */
static bool has_other_type(struct find_node *node, struct find_file *file)
{
	struct stat other;
	bool follows = find_flag.follow == 'L' || (find_flag.follow == 'H' && file->depth == 0);
	bool found = follows ? !lstat(file->path, &other) : S_ISLNK(find_type_of(file)) && !stat(file->path, &other);
	char text[11], letter = mode_string(found ? other.st_mode : find_type_of(file), text)[0];
	return strchr(node->text, letter == '-' ? 'f' : letter) != NULL;
}

static bool has_size(struct find_node *node, struct find_file *file)
{
	return compares(node, (find_status_of(file)->st_size + node->unit - 1) / node->unit);
}

static bool has_number(struct find_node *node, struct find_file *file)
{
	const struct stat *status = find_status_of(file);
	switch (node->letter) {
	case 'i': return compares(node, (long long)status->st_ino);
	case 'l': return compares(node, (long long)status->st_nlink);
	case 'u': return compares(node, status->st_uid);
	default: return compares(node, status->st_gid);
	}
}

static struct timespec time_of(struct find_file *file, char letter)
{
	const struct stat *status = find_status_of(file);
	return letter == 'a' ? status->st_atim : letter == 'c' ? status->st_ctim : status->st_mtim;
}

/* Whole units of time, days or minutes, that have passed. */
static bool has_age(struct find_node *node, struct find_file *file)
{
	long long age = node->time.tv_sec - time_of(file, node->letter).tv_sec;
	if (node->unit == 60 && node->comparison != '-')
		return compares(node, (age + 59) / 60);
	return compares(node, age / node->unit);
}

static bool is_newer(struct find_node *node, struct find_file *file)
{
	struct timespec time = time_of(file, node->letter);
	return time.tv_sec != node->time.tv_sec ? time.tv_sec > node->time.tv_sec : time.tv_nsec > node->time.tv_nsec;
}

static bool has_mode(struct find_node *node, struct find_file *file)
{
	mode_t mode = find_status_of(file)->st_mode & 07777, wanted = (mode_t)node->number;
	return node->letter == '-' ? (mode & wanted) == wanted : node->letter == '/' ? !wanted || mode & wanted : mode == wanted;
}

static bool is_empty(struct find_node *node, struct find_file *file)
{
	(void)node;
	mode_t type = find_type_of(file);
	if (S_ISREG(type))
		return find_status_of(file)->st_size == 0;
	if (!S_ISDIR(type))
		return false;
	char **names = folder_names(file->path);
	bool empty = names && !*names;
	if (names)
		free_names(names);
	return empty;
}

static bool is_accessible(struct find_node *node, struct find_file *file)
{
	return !access(file->path, (int)node->number);
}

static bool has_no_owner(struct find_node *node, struct find_file *file)
{
	return node->letter == 'u' ? !getpwuid(find_status_of(file)->st_uid) : !getgrgid(find_status_of(file)->st_gid);
}

static bool is_same(struct find_node *node, struct find_file *file)
{
	const struct stat *status = find_status_of(file);
	return (long long)status->st_ino == node->number && (long long)status->st_dev == node->unit;
}

static void parse_number(struct find_node *node, const char *text, const char *name, const char **rest)
{
	char *end;
	node->comparison = *text == '+' || *text == '-' ? *text : 0;
	text += node->comparison != 0;
	node->number = strtoll(text, &end, 10);
	if (end == text || (*end && !rest))
		errx(1, "invalid argument `%s' to `%s'", text, name);
	if (rest)
		*rest = end;
}

static void parse_size_unit(struct find_node *node, const char *text)
{
	const char *unit;
	static const char letters[] = "cwbkMG";
	static const long long values[] = {1, 2, 512, 1024, 1048576, 1073741824};
	parse_number(node, text, "-size", &unit);
	const char *found = *unit ? strchr(letters, *unit) : letters + 2;
	if (!found || (*unit && unit[1]))
		errx(1, "invalid -size type `%c'", *unit);
	node->unit = values[found - letters];
}

static void parse_mode(struct find_node *node, const char *text)
{
	node->letter = *text == '-' || *text == '/' ? *text : 0;
	text += node->letter != 0;
	if (!mode_valid(text))
		errx(1, "invalid mode '%s'", text);
	node->number = mode_apply(text, 0, 0, 0);
}

static void parse_reference(struct find_node *node, const char *path, const char *kind)
{
	struct stat status;
	struct timespec now;
	if (!strcmp(kind, "t")) {
		clock_gettime(CLOCK_REALTIME, &now);
		if (!parse_moment(path, now, &node->time))
			errx(1, "I cannot figure out how to interpret '%s' as a date or time", path);
		return;
	}
	if (stat(path, &status))
		err(1, "'%s'", path);
	node->time = *kind == 'a' ? status.st_atim : *kind == 'c' ? status.st_ctim : status.st_mtim;
	node->number = (long long)status.st_ino;
	node->unit = (long long)status.st_dev;
}

static void parse_owner_name(struct find_node *node, const char *text, bool user)
{
	uid_t uid;
	gid_t gid;
	node->letter = user ? 'u' : 'g';
	if (user ? user_number(text, &uid) : group_number(text, &gid))
		errx(1, "'%s' is not the name of a known %s", text, user ? "user" : "group");
	node->number = user ? uid : gid;
}

static void parse_regex(struct find_node *node, const char *text, bool ignore_case)
{
	regex_t *pattern = allocate(sizeof *pattern);
	if (regular_compile(pattern, text, ignore_case ? REG_ICASE : 0))
		errx(1, "failed to compile regular expression '%s'", text);
	node->output = pattern;
}

/* name, test, letter, and what its argument is: 0 none, or a letter that find_primary knows */
static const struct {
	const char *name;
	bool (*test)(struct find_node *, struct find_file *);
	char letter, argument;
} primaries[] = {
	{"-true", always, 't', 0}, {"-false", always, 'f', 0}, {"-prune", prune, 0, 0}, {"-depth", always, 't', 'D'},
	{"-d", always, 't', 'D'}, {"-xdev", always, 't', 'X'}, {"-mount", always, 't', 'X'}, {"-maxdepth", always, 't', 'M'},
	{"-mindepth", always, 't', 'm'}, {"-noleaf", always, 't', 0}, {"-follow", always, 't', 'L'},
	{"-name", matches, 'n', 't'}, {"-iname", matches, 'N', 't'}, {"-path", matches, 'p', 't'}, {"-wholename", matches, 'p', 't'},
	{"-ipath", matches, 'P', 't'}, {"-lname", matches, 'l', 't'}, {"-regex", matches_pattern, 'r', 'r'},
	{"-iregex", matches_pattern, 'R', 'r'}, {"-type", has_type, 0, 't'}, {"-xtype", has_other_type, 0, 't'}, {"-size", has_size, 0, 's'},
	{"-inum", has_number, 'i', 'n'}, {"-links", has_number, 'l', 'n'}, {"-uid", has_number, 'u', 'n'}, {"-gid", has_number, 'g', 'n'},
	{"-user", has_number, 'u', 'u'}, {"-group", has_number, 'g', 'g'}, {"-mtime", has_age, 'm', 'd'}, {"-atime", has_age, 'a', 'd'},
	{"-ctime", has_age, 'c', 'd'}, {"-mmin", has_age, 'm', 'i'}, {"-amin", has_age, 'a', 'i'}, {"-cmin", has_age, 'c', 'i'},
	{"-newer", is_newer, 'm', 'N'}, {"-anewer", is_newer, 'a', 'N'}, {"-cnewer", is_newer, 'c', 'N'}, {"-newermt", is_newer, 'm', 'T'},
	{"-samefile", is_same, 0, 'N'}, {"-perm", has_mode, 0, 'p'}, {"-empty", is_empty, 0, 0}, {"-readable", is_accessible, 'r', 'a'},
	{"-writable", is_accessible, 'w', 'a'}, {"-executable", is_accessible, 'x', 'a'}, {"-nouser", has_no_owner, 'u', 0},
	{"-nogroup", has_no_owner, 'g', 0}, {"-print", find_print, 0, '!'}, {"-print0", find_print0, 0, '!'}, {"-printf", find_printf, 0, 'F'},
	{"-fprint", find_print, 0, 'f'}, {"-ls", find_list, 0, '!'}, {"-delete", find_delete, 0, 'Y'}, {"-quit", find_quit, 0, '!'},
	{"-exec", find_execute, ';', 'e'}, {"-execdir", find_execute, 'd', 'e'}, {"-ok", find_execute, '?', 'e'},
};

static int parse_depth(const char *name, const char *text)
{
	if (!*text || text[strspn(text, "0123456789")])
		errx(1, "Expected a positive decimal integer argument to %s, but got '%s'", name, text);
	return atoi(text);
}

static void take_argument(struct find_node *node, char kind, const char *name, char ***argv)
{
	const char *text = strchr("tMmrsnugdiNTpFf", kind) && kind ? **argv : NULL;
	if (strchr("tMmrsnugdiNTpFf", kind) && kind) {
		if (!text)
			errx(1, "missing argument to `%s'", name);
		++*argv;
	}
	node->text = text;
	find_has_action |= kind && strchr("!FfeY", kind);
	switch (kind) {
	case 'D':
	case 'Y': find_flag.contents_first = true; break;
	case 'X': find_flag.same_device = true; break;
	case 'L': find_flag.follow = 'L'; break;
	case 'M': find_flag.most_depth = parse_depth(name, text); break;
	case 'm': find_flag.least_depth = parse_depth(name, text); break;
	case 'r': parse_regex(node, text, node->letter == 'R'); break;
	case 's': parse_size_unit(node, text); break;
	case 'n': parse_number(node, text, name, NULL); break;
	case 'u':
	case 'g': parse_owner_name(node, text, kind == 'u'); break;
	case 'd':
	case 'i':
		parse_number(node, text, name, NULL);
		node->unit = kind == 'd' ? 86400 : 60;
		clock_gettime(CLOCK_REALTIME, &node->time);
		break;
	case 'N': parse_reference(node, text, "m"); break;
	case 'T': parse_reference(node, text, "t"); break;
	case 'p': parse_mode(node, text); break;
	case 'a': node->number = node->letter == 'r' ? R_OK : node->letter == 'w' ? W_OK : X_OK; break;
	case 'f':
		node->output = fopen(text, "w");
		if (!node->output)
			err(1, "'%s'", text);
		break;
	case 'e': find_parse_command(node, name, argv); break;
	case 'F': find_check_format(text); break;
	default: break;
	}
}

struct find_node *find_primary(const char *name, char ***argv)
{
	for (size_t i = 0; i < sizeof primaries / sizeof *primaries; i++) {
		if (strcmp(primaries[i].name, name))
			continue;
		struct find_node *node = allocate(sizeof *node);
		*node = (struct find_node){.test = primaries[i].test, .letter = primaries[i].letter};
		take_argument(node, primaries[i].argument, name, argv);
		if (node->text && (!strcmp(name, "-type") || !strcmp(name, "-xtype")) && strspn(node->text, "bcdpfls,") != strlen(node->text))
			errx(1, "Unknown argument to %s: %s", name, node->text);
		return node;
	}
	return NULL;
}
