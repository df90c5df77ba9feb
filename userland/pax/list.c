/* Tables of contents: names, the long form, and -o listopt. */
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <time.h>

#include "mode.h"
#include "owner.h"
#include "pax.h"
#include "tools.h"

void pax_tell(const char *name)
{
	if (pax.verbose)
		fprintf(stderr, "%s\n", name);
}

static const char *user_of(const struct pax_member *member)
{
	return member->user && *member->user ? member->user : user_name(member->status.st_uid);
}

static const char *group_of(const struct pax_member *member)
{
	return member->group && *member->group ? member->group : group_name(member->status.st_gid);
}

static bool is_device(const struct pax_member *member)
{
	return S_ISCHR(member->status.st_mode) || S_ISBLK(member->status.st_mode);
}

/* As `ls -l`: times of the last half year with the hour, others with the year. */
static void put_long(const struct pax_member *member)
{
	enum { HALF_YEAR = 31556952 / 2 };
	char mode[11], date[32], size[48];
	time_t when = member->status.st_mtime, now = time(NULL);
	bool is_recent = when > now - HALF_YEAR && when <= now;
	strftime(date, sizeof date, is_recent ? "%b %e %H:%M" : "%b %e  %Y", localtime(&when));
	if (is_device(member))
		snprintf(size, sizeof size, "%u, %u", major(member->status.st_rdev), minor(member->status.st_rdev));
	else
		snprintf(size, sizeof size, "%lld", (long long)member->status.st_size);
	printf("%s %2lu %-8s %-8s %8s %s %s", mode_string(member->status.st_mode, mode), (unsigned long)member->status.st_nlink, user_of(member), group_of(member), size, date, member->name);
	if (member->link)
		printf(member->is_hard_link ? " == %s" : " -> %s", member->link);
	putchar('\n');
}

/* A text or a number by its keyword; false if there is none of that name. */
static bool find_value(const struct pax_member *member, const char *keyword, const char **text, long long *number)
{
	static char digits[32];
	const struct stat *status = &member->status;
	const struct {
		const char *keyword, *text;
		long long number;
	} values[] = {{"path", member->name, 0}, {"linkpath", member->link ? member->link : "", 0}, {"uname", user_of(member), 0}, {"gname", group_of(member), 0}, {"size", NULL, status->st_size},
		{"uid", NULL, status->st_uid}, {"gid", NULL, status->st_gid}, {"mode", NULL, status->st_mode}, {"mtime", NULL, status->st_mtime}, {"atime", NULL, status->st_atime}, {"nlink", NULL, (long long)status->st_nlink},
		{"devmajor", NULL, major(status->st_rdev)}, {"devminor", NULL, minor(status->st_rdev)}};
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		if (strcmp(values[i].keyword, keyword))
			continue;
		*number = values[i].text ? strtoll(values[i].text, NULL, 10) : values[i].number;
		snprintf(digits, sizeof digits, "%lld", values[i].number);
		*text = values[i].text ? values[i].text : digits;
		return true;
	}
	return false;
}

static void put_time(const struct pax_member *member, const char *keyword, const char *flags)
{
	char date[256];
	char *name = duplicate(keyword);
	char *format = strchr(name, '=');
	if (format)
		*format++ = 0;
	time_t when = !strcmp(name, "atime") ? member->status.st_atime : member->status.st_mtime;
	if (!strftime(date, sizeof date, format && *format ? format : "%b %e %H:%M %Y", localtime(&when)))
		*date = 0;
	char *form = format_text("%%%ss", flags);
	printf(form, date);
	free(form);
	free(name);
}

/* One conversion: flags and width of printf, a keyword in brackets, and a letter. */
static void put_conversion(const struct pax_member *member, const char *flags, const char *keyword, char letter)
{
	char mode[11];
	const char *text = "";
	long long number = 0;
	char *form = format_text(strchr("diouxXc", letter) ? "%%%sll%c" : "%%%ss", flags, letter == 'c' ? 'd' : letter);
	switch (letter) {
	case 'T': put_time(member, *keyword ? keyword : "mtime", flags); break;
	case 'M': printf(form, mode_string(member->status.st_mode, mode)); break;
	case 'D':
		if (is_device(member))
			printf("%u,%u", major(member->status.st_rdev), minor(member->status.st_rdev));
		break;
	case 'F': printf(form, member->name); break;
	case 'L': {
		char *both = S_ISLNK(member->status.st_mode) ? format_text("%s -> %s", member->name, member->link) : duplicate(member->name);
		printf(form, both);
		free(both);
		break;
	}
	default:
		if (!*keyword || !find_value(member, keyword, &text, &number))
			errx(1, "-o listopt: unknown keyword '%s' of %%%c", keyword, letter);
		if (letter == 's')
			printf(form, text);
		else
			printf(form, number);
	}
	free(form);
}

/* Reads the conversion behind a percent sign and prints it; what follows it. */
static const char *take_conversion(const struct pax_member *member, const char *at)
{
	struct text flags = {0}, keyword = {0};
	for (; *at && strchr("-+ #0123456789.(", *at); at++) {
		if (*at != '(') {
			text_char(&flags, *at);
			continue;
		}
		while (*++at && *at != ')')
			text_char(&keyword, *at);
		if (!*at)
			usage_error("-o listopt: a keyword has no end");
	}
	if (!*at || !strchr("diouxXsTMDFL", *at))
		usage_error("-o listopt: unknown conversion '%%%c'", *at ? *at : ' ');
	put_conversion(member, flags.data ? flags.data : "", keyword.data ? keyword.data : "", *at);
	text_free(&flags);
	text_free(&keyword);
	return at + 1;
}

void pax_list(const struct pax_member *member)
{
	if (!pax.list_format) {
		if (pax.verbose)
			put_long(member);
		else
			puts(member->name);
		return;
	}
	for (const char *at = pax.list_format; *at;) {
		if (*at == '%' && at[1] == '%') {
			putchar('%');
			at += 2;
		} else if (*at == '%') {
			at = take_conversion(member, at + 1);
		} else if (*at == '\\' && at[1]) {
			at = write_escape(at + 1, true);
			if (!at)
				return;
		} else {
			putchar(*at++);
		}
	}
	putchar('\n');
}
