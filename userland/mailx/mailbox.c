/* Mailboxes: files of messages that begin with a line "From ". */
#include "mailx.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/file.h>
#include <unistd.h>

#include "files.h"

struct mailbox mailx_mailbox = {.current = -1};

static size_t read_length; /* of the file: what was added behind it since stays */

/* Behind the header's end, and where the line "From " ends. */
static const char *first_field(const struct message *message)
{
	const char *newline = strchr(message->text, '\n');
	return newline ? newline + 1 : message->text + message->length;
}

const char *mailx_message_body(const struct message *message)
{
	const char *at = first_field(message);
	while (*at && *at != '\n') {
		at = strchr(at, '\n');
		if (!at)
			return message->text + message->length;
		at++;
	}
	return *at ? at + 1 : at;
}

char *mailx_message_field(const struct message *message, const char *name)
{
	size_t length = strlen(name);
	const char *body = mailx_message_body(message), *at = first_field(message);
	for (const char *next; at < body && (next = strchr(at, '\n')); at = next + 1) {
		if (strncasecmp(at, name, length) || at[length] != ':')
			continue;
		struct text value = {0};
		at += length + 1;
		at += strspn(at, " \t");
		text_add(&value, at, (size_t)(next - at));
		for (at = next + 1; (*at == ' ' || *at == '\t') && at < body; at = next + 1) { /* lines that go on */
			next = strchr(at, '\n');
			at += strspn(at, " \t");
			text_char(&value, ' ');
			text_add(&value, at, (size_t)(next - at));
		}
		return text_take(&value);
	}
	return NULL;
}

char *mailx_message_sender(const struct message *message)
{
	char *sender = mailx_message_field(message, "Reply-To");
	if (!sender)
		sender = mailx_message_field(message, "From");
	if (!sender)
		sender = duplicate_range(message->text + 5, strcspn(message->text + 5, " \n"));
	char *comment = strchr(sender, '('), *open = strchr(sender, '<'), *close = open ? strchr(open, '>') : NULL;
	if (close) {
		char *address = duplicate_range(open + 1, (size_t)(close - open - 1));
		free(sender);
		return address;
	}
	if (comment)
		*comment = 0;
	for (size_t end = strlen(sender); end && isspace((unsigned char)sender[end - 1]);)
		sender[--end] = 0;
	return sender;
}

static void add_message(const char *start, size_t length)
{
	mailx_mailbox.messages = reallocate(mailx_mailbox.messages, (size_t)(mailx_mailbox.count + 1) * sizeof *mailx_mailbox.messages);
	struct message *message = &mailx_mailbox.messages[mailx_mailbox.count++];
	*message = (struct message){.text = duplicate_range(start, length), .length = length};
	char *status = mailx_message_field(message, "Status");
	message->is_old = status && strchr(status, 'O');
	message->is_read = status && strchr(status, 'R');
	free(status);
}

static void forget(void)
{
	for (int i = 0; i < mailx_mailbox.count; i++)
		free(mailx_mailbox.messages[i].text);
	free(mailx_mailbox.messages);
	free(mailx_mailbox.path);
	mailx_mailbox = (struct mailbox){.current = -1};
}

bool mailx_mailbox_open(const char *path, bool is_system)
{
	size_t length;
	char *data = read_file(path, &length);
	if (!data)
		return false;
	forget();
	mailx_mailbox.path = duplicate(path);
	mailx_mailbox.is_system = is_system;
	read_length = length;
	for (char *start = data, *next; *start; start = next) {
		next = strstr(start, "\n\nFrom ");
		next = next ? next + 2 : start + strlen(start);
		if (!strncmp(start, "From ", 5))
			add_message(start, (size_t)(next - start));
	}
	free(data);
	for (int i = mailx_mailbox.count - 1; i >= 0; i--) /* the first new one, or one not read, or the first */
		if (!mailx_mailbox.messages[i].is_old || mailx_mailbox.current < 0 || (mailx_mailbox.messages[mailx_mailbox.current].is_read && !mailx_mailbox.messages[i].is_read))
			mailx_mailbox.current = i;
	if (mailx_mailbox.count && mailx_mailbox.messages[mailx_mailbox.current].is_read)
		mailx_mailbox.current = 0;
	return true;
}

void mailx_message_write(const struct message *message, FILE *output, bool with_header, bool hides_fields)
{
	const char *body = mailx_message_body(message), *at = message->text;
	bool is_hidden = false;
	for (const char *next; with_header && at < body && (next = strchr(at, '\n')); at = next + 1) {
		bool is_first = at == message->text;
		if (*at != ' ' && *at != '\t')
			is_hidden = hides_fields && !is_first && *at != '\n' && mailx_is_hidden_field(at);
		if (!is_hidden)
			fwrite(at, 1, (size_t)(next + 1 - at), output);
	}
	fwrite(body, 1, message->length - (size_t)(body - message->text), output);
}

/* The message with its Status as it is now. */
static void write_with_status(const struct message *message, FILE *output)
{
	const char *body = mailx_message_body(message), *at = message->text;
	for (const char *next; at < body && (next = strchr(at, '\n')); at = next + 1) {
		if (*at == '\n')
			fprintf(output, "Status: %sO\n", message->is_read ? "R" : "");
		if (strncasecmp(at, "Status:", 7))
			fwrite(at, 1, (size_t)(next + 1 - at), output);
	}
	fwrite(body, 1, message->length - (size_t)(body - message->text), output);
}

bool mailx_message_append(const struct message *message, const char *path, bool with_header)
{
	FILE *file = fopen(path, "ae");
	if (file && with_header)
		write_with_status(message, file);
	else if (file)
		mailx_message_write(message, file, false, false);
	if (file && fclose(file) == 0)
		return true;
	warn("%s", path);
	return false;
}

/* To mbox, as what was read goes there. */
static bool move_to_mbox(const struct message *message)
{
	char *mbox = mailx_mail_path("&");
	bool is_good = mailx_message_append(message, mbox, true);
	free(mbox);
	return is_good;
}

/* What stays, and what has come since, in place of the mailbox's contents. */
static bool write_back(const bool *stays)
{
	size_t length = 0;
	int fd = open(mailx_mailbox.path, O_RDWR | O_CLOEXEC);
	if (fd < 0 || flock(fd, LOCK_EX) < 0) {
		warn("%s", mailx_mailbox.path);
		return false;
	}
	char *data = read_file(mailx_mailbox.path, &length);
	FILE *file = fdopen(fd, "r+");
	if (!data || !file || ftruncate(fd, 0) < 0)
		err(1, "%s", mailx_mailbox.path);
	for (int i = 0; i < mailx_mailbox.count; i++)
		if (stays[i])
			write_with_status(&mailx_mailbox.messages[i], file);
	if (length > read_length)
		fwrite(data + read_length, 1, length - read_length, file);
	free(data);
	bool is_empty = ftell(file) == 0;
	if (fclose(file) != 0) {
		warn("%s", mailx_mailbox.path);
		return false;
	}
	if (is_empty && !mailx_variable("keep"))
		unlink(mailx_mailbox.path); /* it cannot be where the folder is root's: then it stays empty */
	return true;
}

bool mailx_mailbox_close(void)
{
	bool is_good = true, changes = false, *stays = allocate((size_t)mailx_mailbox.count + 1);
	for (int i = 0; i < mailx_mailbox.count; i++) {
		struct message *message = &mailx_mailbox.messages[i];
		bool leaves = mailx_mailbox.is_system && !message->is_deleted && !message->is_kept && !message->is_saved && message->is_changed && message->is_read && !mailx_variable("hold");
		if (leaves)
			is_good &= move_to_mbox(message);
		stays[i] = !message->is_deleted && !leaves && !(message->is_saved && mailx_mailbox.is_system && !mailx_variable("keepsave") && !message->is_kept);
		changes |= !stays[i] || message->is_changed || !message->is_old;
	}
	if (is_good && changes)
		is_good = write_back(stays);
	free(stays);
	return is_good;
}

char *mailx_mail_path(const char *name)
{
	const char *home = getenv("HOME"), *folder = mailx_variable("folder"), *mbox = getenv("MBOX");
	home = home ? home : "/";
	if (!strcmp(name, "&"))
		return mbox ? duplicate(mbox) : path_join(home, "mbox");
	if (*name == '+' && folder) {
		char *base = *folder == '/' ? duplicate(folder) : path_join(home, folder), *path = path_join(base, name + 1);
		free(base);
		return path;
	}
	if (*name == '~' && (name[1] == '/' || !name[1]))
		return format_text("%s%s", home, name + 1);
	return duplicate(name);
}
