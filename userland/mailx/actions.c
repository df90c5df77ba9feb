/* What mailx does with messages beyond showing them: saving, piping, editing, answering; and with folders and variables. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "files.h"
#include "mailx.h"

/* s, c and w: to the file that is the last word, or named after the first sender. */
struct target {
	char *path;
	bool marks, with_header, is_good;
};

static void save_message(struct message *message, void *context)
{
	struct target *target = context;
	target->is_good &= mailx_message_append(message, target->path, target->with_header);
	if (!target->is_good || !target->marks)
		return;
	message->is_saved = message->is_changed = true;
	mailx_mark_read(message);
}

void mailx_save(char *arguments, bool marks, bool with_header, bool by_sender)
{
	char *space = strrchr(arguments, ' '), *name = by_sender ? NULL : space ? space + 1 : arguments;
	bool has_name = name && *name, was_there = false;
	if (space && !by_sender)
		*space = 0;
	else if (!by_sender)
		arguments = name + strlen(name);
	name = has_name ? duplicate(name) : NULL;
	if (!mailx_select_messages(arguments, false))
		return;
	for (int i = 0; i < mailx_mailbox.count && !name; i++)
		if (mailx_is_selected[i]) {
			char *sender = mailx_message_sender(&mailx_mailbox.messages[i]);
			sender[strcspn(sender, "@")] = 0;
			name = by_sender ? sender : duplicate("&");
		}
	struct target target = {mailx_mail_path(name), marks, with_header, true};
	was_there = access(target.path, F_OK) == 0;
	mailx_each_selected(save_message, &target);
	if (target.is_good)
		printf("\"%s\" [%s]\n", target.path, was_there ? "Appended" : "New file");
	free(target.path);
	free(name);
}

static void pipe_message(struct message *message, void *pipe)
{
	mailx_message_write(message, pipe, true, false);
	mailx_mark_read(message);
}

/* pipe [LIST] COMMAND: the command is what stands in quotes, or the last word. */
void mailx_pipe_to(char *arguments)
{
	size_t length = strlen(arguments);
	char quote = length ? arguments[length - 1] : 0, *start = NULL;
	if (quote == '"' || quote == '\'') {
		arguments[length - 1] = 0;
		start = strchr(arguments, quote);
	}
	char *space = start ? NULL : strrchr(arguments, ' '), *command = start ? start + 1 : space ? space + 1 : arguments;
	command = duplicate(command);
	*(start ? start : space ? space : arguments) = 0;
	if (!*command && mailx_variable("cmd"))
		command = duplicate(mailx_variable("cmd"));
	FILE *pipe = mailx_select_messages(arguments, false) ? popen(command, "we") : NULL;
	if (pipe) {
		mailx_each_selected(pipe_message, pipe);
		pclose(pipe);
	}
	free(command);
}

/* e and v: in a file of their own, and back if the editor changed it. */
static void edit_message(struct message *message, void *editor)
{
	char *name = duplicate("/tmp/mailXXXXXX");
	int fd = mkstemp(name);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
	if (file)
		mailx_message_write(message, file, true, false);
	if (!file || fclose(file) != 0) {
		warn("%s", name);
		return;
	}
	char *command = format_text("%s %s", (const char *)editor, name);
	fflush(stdout);
	size_t length;
	char *text = system(command) == 0 ? read_file(name, &length) : NULL;
	bool is_changed = text && (length != message->length || memcmp(text, message->text, length)) && !strncmp(text, "From ", 5);
	if (is_changed) {
		free(message->text);
		*message = (struct message){.text = text, .length = length, .is_old = true, .is_read = true, .is_changed = true, .is_kept = message->is_kept};
	} else {
		free(text);
	}
	unlink(name);
	free(command);
	free(name);
}

void mailx_edit(const char *list, const char *name, const char *usual)
{
	const char *editor = getenv(name);
	char *command = duplicate(editor && *editor ? editor : usual);
	if (mailx_select_messages(list, false))
		mailx_each_selected(edit_message, command);
	free(command);
}

/* An answer; `to_all`: to the others of To and Cc as well. */
void mailx_reply(const char *list, bool to_all)
{
	struct letter letter = {0};
	if (!mailx_select_messages(list, false))
		return;
	for (int i = 0; i < mailx_mailbox.count; i++) {
		const struct message *message = &mailx_mailbox.messages[i];
		if (!mailx_is_selected[i])
			continue;
		char *sender = mailx_message_sender(message), *subject = mailx_message_field(message, "Subject"), *to = mailx_message_field(message, "To"), *cc = mailx_message_field(message, "Cc");
		mailx_add_addresses(&letter.to, sender);
		if (to_all && to)
			mailx_add_addresses(&letter.to, to);
		if (to_all && cc)
			mailx_add_addresses(&letter.cc, cc);
		if (!letter.subject.data && subject)
			text_format(&letter.subject, "%s%s", strncasecmp(subject, "re:", 3) ? "Re: " : "", subject);
		mailx_mailbox.current = i;
		free(sender);
		free(subject);
		free(to);
		free(cc);
	}
	mailx_compose(&letter);
	mailx_letter_free(&letter);
}

void mailx_write_letter(const char *addresses)
{
	struct letter letter = {0};
	mailx_add_addresses(&letter.to, addresses);
	if (letter.to.length)
		mailx_compose(&letter);
	else
		puts("No recipients");
	mailx_letter_free(&letter);
}

void mailx_open_folder(const char *name)
{
	if (!*name) {
		printf("\"%s\": %d message%s\n", mailx_mailbox.path ? mailx_mailbox.path : "", mailx_mailbox.count, mailx_mailbox.count == 1 ? "" : "s");
		return;
	}
	char *path = mailx_mail_path(name);
	if (access(path, R_OK) != 0) {
		warn("%s", path);
	} else {
		mailx_mailbox_close();
		mailx_mailbox_open(path, false);
		mailx_show_headers(mailx_mailbox.current);
	}
	free(path);
}

void mailx_run_system(const char *command)
{
	const char *shell = getenv("SHELL");
	fflush(stdout);
	if (system(*command ? command : shell && *shell ? shell : "sh") < 0)
		warn("sh");
}

void mailx_list_folders(void)
{
	const char *lister = getenv("LISTER"), *folder = mailx_variable("folder");
	char *path = folder ? mailx_mail_path("+") : NULL, *command = format_text("%s %s", lister && *lister ? lister : "ls", path ? path : "");
	if (folder)
		mailx_run_system(command);
	else
		puts("No value set for \"folder\"");
	free(command);
	free(path);
}

void mailx_set_all(const char *arguments)
{
	if (!*arguments)
		mailx_show_variables();
	while (*arguments) {
		struct text word = {0};
		char quote = 0;
		text_clear(&word);
		for (; *arguments && (quote || !isblank((unsigned char)*arguments)); arguments++) {
			if (*arguments == quote)
				quote = 0;
			else if (!quote && (*arguments == '"' || *arguments == '\''))
				quote = *arguments;
			else
				text_char(&word, *arguments);
		}
		mailx_set_variable(word.data);
		text_free(&word);
		arguments += strspn(arguments, " \t");
	}
}

void mailx_unset_all(const char *names)
{
	char *copy = duplicate(names);
	for (char *name = strtok(copy, " \t"); name; name = strtok(NULL, " \t")) {
		char *negated = format_text("no%s", name);
		mailx_set_variable(negated);
		free(negated);
	}
	free(copy);
}
