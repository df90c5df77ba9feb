/*
 * sendmail: put a message into the mailboxes of this machine's users
 * https://refspecs.linuxfoundation.org/LSB_5.0.0/LSB-Core-generic/LSB-Core-generic/baselib-sendmail-1.html
 *
 * Set-user-ID: root
 *
 * Usage: sendmail [-it] [-f NAME] [-F NAME] [-o OPTION] [USER]...
 * Reads a message, header fields first, and adds it to /var/mail/USER; USER@localhost and USER@ this host's name are the same. There is
 * no way to other machines.
 *   -f NAME    the sender (root only)
 *   -F NAME    the sender's full name
 *   -i         a line with nothing but a period does not end the message
 *   -o OPTION  of these only i is known, others are passed over
 *   -t         to those of the fields To, Cc and Bcc; Bcc is left away
 */
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "accounts.h"
#include "files.h"
#include "owner.h"
#include "spool.h"
#include "tools.h"

static char **recipients;
static size_t recipient_count;
static const char *sender, *full_name;

/* USER, USER@host or "Name <USER@host>", a word of it at a time. */
static void add_recipient(const char *address, size_t length)
{
	const char *open = memchr(address, '<', length), *close = open ? memchr(open, '>', length - (size_t)(open - address)) : NULL;
	if (close) {
		address = open + 1;
		length = (size_t)(close - address);
	}
	char *name = duplicate_range(address, length), host[256] = "", *at = strchr(name, '@');
	gethostname(host, sizeof host - 1);
	if (at && (!strcasecmp(at + 1, "localhost") || !strcasecmp(at + 1, host)))
		*at = 0;
	for (size_t i = 0; i < recipient_count; i++)
		if (!strcmp(recipients[i], name))
			return;
	recipients = reallocate(recipients, (recipient_count + 1) * sizeof *recipients);
	recipients[recipient_count++] = name;
}

static void add_list(const char *list)
{
	while (*list) {
		list += strspn(list, ", \t");
		size_t length = strcspn(list, ",");
		bool is_bracketed = memchr(list, '<', length);
		if (!is_bracketed)
			length = strcspn(list, ", \t");
		if (length)
			add_recipient(list, length);
		list += length;
	}
}

static bool is_field(const char *line, const char *name)
{
	size_t length = strlen(name);
	return !strncasecmp(line, name, length) && line[length] == ':';
}

/* The message, with From and Date where the writer gave none, up to the end or a period. */
static char *read_message(bool takes_fields, bool keeps_periods)
{
	struct text head = {0}, body = {0};
	char *line = NULL, date[64];
	size_t capacity = 0;
	bool in_head = true, has_from = false, has_date = false, is_hidden = false;
	text_clear(&head);
	text_clear(&body);
	while (read_line(stdin, &line, &capacity, NULL) >= 0 && (keeps_periods || strcmp(line, "."))) {
		size_t name = strcspn(line, ": \t");
		bool continues = in_head && (*line == ' ' || *line == '\t') && head.length, begins_field = in_head && name && line[name] == ':';
		if (in_head && !continues && !begins_field) {
			in_head = false;
			if (!*line)
				continue;
		}
		if (!in_head) {
			text_format(&body, "%s%s\n", strncmp(line, "From ", 5) ? "" : ">", line);
			continue;
		}
		is_hidden = begins_field ? is_field(line, "bcc") : is_hidden;
		has_from |= begins_field && is_field(line, "from");
		has_date |= begins_field && is_field(line, "date");
		if (takes_fields && (is_field(line, "to") || is_field(line, "cc") || is_field(line, "bcc")))
			add_list(line + name + 1);
		if (!is_hidden)
			text_format(&head, "%s\n", line);
	}
	time_t now = time(NULL);
	strftime(date, sizeof date, "%a, %d %b %Y %T %z", localtime(&now));
	struct text message = {0};
	if (!has_date)
		text_format(&message, "Date: %s\n", date);
	if (!has_from)
		text_format(&message, full_name ? "From: %2$s <%1$s>\n" : "From: %1$s\n", sender, full_name);
	text_format(&message, "%s\n%s\n", head.data, body.data);
	text_free(&head);
	text_free(&body);
	free(line);
	return text_take(&message);
}

/* With a lock on the mailbox, which belongs to its user. False after a message. */
static bool deliver(const char *user, const char *message)
{
	const struct passwd *account = is_account_name(user) ? account_named(user) : NULL;
	if (!account) {
		warnx("%s: there is no such user here", user);
		return false;
	}
	char *path = spool_mailbox(user), date[64];
	uid_t owner = account->pw_uid;
	time_t now = time(NULL);
	struct stat about;
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
	bool is_good = fd >= 0 && flock(fd, LOCK_EX) == 0 && fstat(fd, &about) == 0 && S_ISREG(about.st_mode);
	if (is_good && geteuid() == 0 && about.st_uid != owner)
		is_good = fchown(fd, owner, (gid_t)-1) == 0;
	strftime(date, sizeof date, "%a %b %e %T %Y", localtime(&now));
	char *whole = format_text("From %s %s\n%s", sender, date, message);
	is_good = is_good && write_all(fd, whole, strlen(whole)) == 0;
	if (!is_good)
		warn("%s", path);
	if (fd >= 0)
		close(fd);
	free(whole);
	free(path);
	return is_good;
}

int main(int argc, char **argv)
{
	bool takes_fields = false, keeps_periods = false;
	const char *other = NULL;
	for (int option; (option = next_option(argc, argv, "f:F:io:t")) != -1;) {
		switch (option) {
		case 'f': other = optarg; break;
		case 'F': full_name = optarg; break;
		case 'i': keeps_periods = true; break;
		case 'o': keeps_periods |= !strcmp(optarg, "i"); break;
		default: takes_fields = true; break;
		}
	}
	sender = duplicate(other && getuid() == 0 ? other : user_name(getuid()));
	for (char **name = argv + optind; *name; name++)
		add_list(*name);
	char *message = read_message(takes_fields, keeps_periods);
	if (!recipient_count)
		usage_error("nobody to send it to");
	spool_enter();
	bool is_good = true;
	for (size_t i = 0; i < recipient_count; i++)
		is_good &= deliver(recipients[i], message);
	free(message);
	return !is_good;
}
