/*
 * mailx, mail: read and write letters of this machine's users
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/mailx.html
 *
 * Aliases: mail
 *
 * Usage: mailx [-EinN] [-F] [-s SUBJECT] USER...
 *        mailx -e | [-HinN] [-F] [-u USER]
 *        mailx -f [-HinN] [-F] [FILE]
 * With USERs sends them what is read from standard input; lines that begin with ~ are commands (~? shows them). Without reads the mailbox
 * (/var/mail/NAME, or MAIL names another): return shows the next letter, r answers, d deletes, s FILE saves, q ends, ? shows the rest.
 *   -e          say by the status only whether there is mail
 *   -E          do not send what is empty
 *   -f          read FILE, or mbox in the home folder
 *   -F          keep what is sent in a file with the name of who gets it
 *   -H          header lines only
 *   -i          interrupts are ignored
 *   -n          without /etc/mailx.rc
 *   -N          without header lines at the start
 *   -s SUBJECT  of the letter
 *   -u USER     read USER's mailbox
 * Commands at the start: /etc/mailx.rc, then MAILRC or ~/.mailrc.
 */
#include "mailx.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "owner.h"
#include "spool.h"

static bool names_record;

static void read_start_files(bool without_system)
{
	const char *own = getenv("MAILRC");
	char *path = own ? duplicate(own) : mailx_mail_path("~/.mailrc");
	if (!without_system)
		mailx_read_commands("/etc/mailx.rc");
	mailx_read_commands(path);
	free(path);
}

static int send_to(char **users, const char *subject)
{
	struct letter letter = {0};
	for (; *users; users++)
		mailx_add_addresses(&letter.to, *users);
	if (subject)
		text_string(&letter.subject, subject);
	if (names_record) {
		char *assignment = format_text("record=%.*s", (int)strcspn(letter.to.data, "@,"), letter.to.data);
		mailx_set_variable(assignment);
		free(assignment);
	}
	bool is_sent = mailx_compose(&letter);
	mailx_letter_free(&letter);
	return !is_sent;
}

static void read_mailbox_commands(void)
{
	char *line = NULL;
	size_t capacity = 0;
	bool goes_on = true;
	while (goes_on) {
		if (isatty(0) && mailx_variable("prompt"))
			fputs(mailx_variable("prompt"), stdout);
		fflush(stdout);
		if (read_line(stdin, &line, &capacity, NULL) >= 0)
			goes_on = mailx_run_mail_command(line);
		else
			break;
	}
	if (goes_on)
		mailx_finish(false);
	free(line);
}

static char *system_mailbox(const char *user)
{
	const char *own = getenv("MAIL");
	return user ? spool_mailbox(user) : own && *own ? duplicate(own) : spool_mailbox(user_name(getuid()));
}

int main(int argc, char **argv)
{
	const char *subject = NULL, *user = NULL;
	bool tests = false, reads_file = false, only_headers = false, without_headers = false, without_system = false;
	for (int option; (option = next_option(argc, argv, "+eEfFHinNs:u:")) != -1;) {
		switch (option) {
		case 'e': tests = true; break;
		case 'E': mailx_discards_empty(true); break;
		case 'f': reads_file = true; break;
		case 'F': names_record = true; break;
		case 'H': only_headers = true; break;
		case 'i': signal(SIGINT, SIG_IGN); break;
		case 'n': without_system = true; break;
		case 'N': without_headers = true; break;
		case 's': subject = optarg; break;
		default: user = optarg; break;
		}
	}
	bool sends = argv[optind] && !reads_file;
	char *path = reads_file ? mailx_mail_path(argv[optind] ? argv[optind] : "&") : system_mailbox(user);
	if (tests)
		return !(mailx_mailbox_open(path, true) && mailx_mailbox.count);
	if (!sends && !mailx_mailbox_open(path, !reads_file)) {
		if (errno != ENOENT || reads_file)
			err(1, "%s", path);
	}
	read_start_files(without_system);
	if (sends)
		return send_to(argv + optind, subject);
	if (!mailx_mailbox.count) {
		printf("No mail for %s\n", user ? user : reads_file ? path : user_name(getuid()));
		return 1;
	}
	if (only_headers) {
		mailx_show_headers(mailx_mailbox.current);
		return 0;
	}
	int fresh = 0;
	for (int i = 0; i < mailx_mailbox.count; i++)
		fresh += !mailx_mailbox.messages[i].is_old;
	if (mailx_variable("header") && !without_headers) {
		printf("\"%s\": %d message%s %d new\n", mailx_mailbox.path, mailx_mailbox.count, mailx_mailbox.count == 1 ? "" : "s", fresh);
		mailx_show_headers(mailx_mailbox.current);
	}
	read_mailbox_commands();
	free(path);
	return 0;
}
