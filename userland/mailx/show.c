/* Showing messages and their header lines, and marking them, in mailx. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mailx.h"

void mailx_each_selected(void (*act)(struct message *message, void *context), void *context)
{
	int last = mailx_mailbox.current;
	for (int i = 0; i < mailx_mailbox.count; i++)
		if (mailx_is_selected[i])
			act(&mailx_mailbox.messages[last = i], context);
	mailx_mailbox.current = last;
}

static int number_in_mailbox(const struct message *message)
{
	return (int)(message - mailx_mailbox.messages) + 1;
}

static void show_header(const struct message *message)
{
	char *subject = mailx_message_field(message, "Subject"), *sender = mailx_message_sender(message);
	const char *date = message->text + 5 + strcspn(message->text + 5, " \n");
	int lines = 0, size = (int)strcspn(date, "\n");
	for (const char *at = message->text; (at = strchr(at, '\n')); at++)
		lines++;
	char state = message->is_saved ? '*' : message->is_kept ? 'P' : message->is_read ? (message->is_old ? 'O' : 'R') : message->is_old ? 'U' : 'N';
	printf("%c%c%3d %-18.18s %-16.16s %4d/%-5zu %s\n", number_in_mailbox(message) - 1 == mailx_mailbox.current ? '>' : ' ', state == 'O' ? ' ' : state, number_in_mailbox(message), sender,
		   size ? date + 1 : "", lines, message->length, subject ? subject : "");
	free(subject);
	free(sender);
}

static int rows_of_screen(void)
{
	int columns, rows;
	const char *screen = mailx_variable("screen");
	terminal_size(1, &columns, &rows);
	return screen && atoi(screen) > 0 ? atoi(screen) : rows > 6 ? rows - 4 : 20;
}

void mailx_show_headers(int around)
{
	int rows = rows_of_screen(), first = around < 0 ? 0 : around / rows * rows;
	for (int i = first; i < mailx_mailbox.count && i < first + rows; i++)
		if (!mailx_mailbox.messages[i].is_deleted)
			show_header(&mailx_mailbox.messages[i]);
}

void mailx_mark_read(struct message *message)
{
	message->is_changed |= !message->is_read;
	message->is_read = true;
}

/* Through PAGER where it is longer than the variable crt says. */
static FILE *open_output(const struct message *message)
{
	const char *crt = mailx_variable("crt"), *pager = getenv("PAGER");
	int lines = 0;
	for (const char *at = message->text; (at = strchr(at, '\n')); at++)
		lines++;
	fflush(stdout);
	if (!crt || !isatty(1) || lines <= (*crt ? atoi(crt) : rows_of_screen()))
		return stdout;
	FILE *pipe = popen(pager && *pager ? pager : "more", "we");
	return pipe ? pipe : stdout;
}

void mailx_type_message(struct message *message, void *shows_all)
{
	FILE *output = open_output(message);
	fprintf(output, "Message %d:\n", number_in_mailbox(message));
	mailx_message_write(message, output, true, !shows_all);
	if (output != stdout)
		pclose(output);
	mailx_mark_read(message);
}

void mailx_top_message(struct message *message, void *unused)
{
	int left = atoi(mailx_variable("toplines"));
	(void)unused;
	printf("Message %d:\n", number_in_mailbox(message));
	for (const char *at = message->text, *next; left-- > 0 && (next = strchr(at, '\n')); at = next + 1)
		fwrite(at, 1, (size_t)(next + 1 - at), stdout);
	mailx_mark_read(message);
}

void mailx_delete_message(struct message *message, void *is_deleted)
{
	message->is_deleted = is_deleted != NULL;
	message->is_changed = true;
}

void mailx_hold_message(struct message *message, void *unused)
{
	(void)unused;
	message->is_kept = true;
}

void mailx_touch_message(struct message *message, void *unused)
{
	(void)unused;
	mailx_mark_read(message);
}

void mailx_size_message(struct message *message, void *unused)
{
	(void)unused;
	printf("%d: %zu\n", number_in_mailbox(message), message->length);
}

void mailx_header_message(struct message *message, void *unused)
{
	(void)unused;
	show_header(message);
}

void mailx_next_message(const char *list)
{
	if (*list) {
		if (mailx_select_messages(list, false)) {
			int i = 0;
			while (!mailx_is_selected[i])
				i++;
			mailx_mailbox.current = i;
			mailx_type_message(&mailx_mailbox.messages[i], NULL);
		}
		return;
	}
	int at = mailx_mailbox.current;
	if (at >= 0 && (mailx_mailbox.messages[at].is_read || mailx_mailbox.messages[at].is_deleted))
		at++;
	while (at >= 0 && at < mailx_mailbox.count && mailx_mailbox.messages[at].is_deleted)
		at++;
	if (at < 0 || at >= mailx_mailbox.count) {
		puts("At EOF");
		return;
	}
	mailx_mailbox.current = at;
	mailx_type_message(&mailx_mailbox.messages[at], NULL);
}

void mailx_scroll_headers(const char *arguments)
{
	int rows = rows_of_screen(), at = mailx_mailbox.current + (*arguments == '-' ? -rows : rows);
	at = at < 0 ? 0 : at >= mailx_mailbox.count ? mailx_mailbox.count - 1 : at;
	mailx_mailbox.current = at;
	mailx_show_headers(at);
}
