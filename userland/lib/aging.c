#include "aging.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "accounts.h"
#include "tools.h"

enum { SECONDS_PER_DAY = 86400 };

long day_today(void)
{
	return (long)(time(NULL) / SECONDS_PER_DAY);
}

struct spwd *aging_of(const char *name)
{
	const struct spwd *found = getspnam(name);
	if (!found)
		return NULL;
	struct spwd *record = allocate(sizeof *record);
	*record = *found;
	record->sp_namp = duplicate(found->sp_namp);
	record->sp_pwdp = duplicate(found->sp_pwdp);
	return record;
}

bool change_aging(const struct spwd *record)
{
	const long fields[] = {record->sp_lstchg, record->sp_min, record->sp_max, record->sp_warn, record->sp_inact, record->sp_expire};
	struct text line = {0};
	text_format(&line, "%s:%s", record->sp_namp, record->sp_pwdp);
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		text_format(&line, fields[i] < 0 ? ":" : ":%ld", fields[i]);
	text_format(&line, ":");
	bool is_done = change_record(SHADOW_FILE, record->sp_namp, line.data);
	text_free(&line);
	return is_done;
}

bool parse_day(const char *word, long *day)
{
	char *end;
	struct tm date = {0};
	*day = strtol(word, &end, 10);
	if (*word && !*end)
		return *day >= NO_DAY;
	end = strptime(word, "%Y-%m-%d", &date);
	*day = (long)(timegm(&date) / SECONDS_PER_DAY);
	return end && !*end;
}

char *format_day(long day, const char *format)
{
	char text[64];
	time_t moment = (time_t)day * SECONDS_PER_DAY;
	strftime(text, sizeof text, format, gmtime(&moment));
	return duplicate(text);
}

long password_ends(const struct spwd *record)
{
	bool is_ageless = record->sp_lstchg < 0 || record->sp_max < 0 || record->sp_max >= MOST_DAYS;
	return is_ageless ? NO_DAY : record->sp_lstchg + record->sp_max;
}

long password_useless(const struct spwd *record)
{
	long end = password_ends(record);
	return end < 0 || record->sp_inact < 0 ? NO_DAY : end + record->sp_inact;
}

/* passwd(1) as the user: it asks for the old one, and for a new one twice. */
static bool has_changed(const struct passwd *user)
{
	int status = 0;
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		become(user, user->pw_gid);
		execl("/usr/bin/passwd", "passwd", (char *)NULL);
		_exit(127);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	return pid > 0 && !status;
}

bool passes_aging(const struct passwd *user)
{
	const struct spwd *record = strcmp(user->pw_passwd, "x") ? NULL : aging_of(user->pw_name);
	long today = day_today();
	if (!record)
		return true;
	long end = password_ends(record), useless = password_useless(record);
	if ((record->sp_expire >= 0 && today >= record->sp_expire) || (useless >= 0 && today > useless)) {
		fprintf(stderr, "Your account has expired; please contact your system administrator.\n");
		return false;
	}
	bool is_asked = record->sp_lstchg == 0, is_old = end >= 0 && today > end;
	if (is_asked || is_old) {
		fprintf(stderr, "You are required to change your password immediately (%s).\n", is_asked ? "administrator enforced" : "password expired");
		return has_changed(user);
	}
	if (end >= 0 && record->sp_warn >= 0 && today + record->sp_warn >= end)
		fprintf(stderr, "Warning: your password will expire in %ld day%s.\n", end - today, end - today == 1 ? "" : "s");
	return true;
}

bool store_password(const struct passwd *user, const char *hash, bool is_new)
{
	bool is_shadowed = !strcmp(user->pw_passwd, "x"), is_done;
	if (is_shadowed) {
		struct spwd *old = aging_of(user->pw_name), record = {user->pw_name, NULL, NO_DAY, 0, 99999, 7, NO_DAY, NO_DAY, 0};
		if (old)
			record = *old;
		record.sp_pwdp = (char *)hash;
		if (is_new || !old)
			record.sp_lstchg = day_today();
		is_done = change_aging(&record);
	} else {
		char *line = format_text("%s:%s:%u:%u:%s:%s:%s", user->pw_name, hash, user->pw_uid, user->pw_gid, user->pw_gecos, user->pw_dir, user->pw_shell);
		is_done = change_record(PASSWD_FILE, user->pw_name, line);
		free(line);
	}
	if (!is_done)
		warn("%s", is_shadowed ? SHADOW_FILE : PASSWD_FILE);
	return is_done;
}
