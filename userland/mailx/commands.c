/* The commands of mailx. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "mailx.h"

static int condition = -1; /* of if: 0: what stands here is passed over, 1: it is read, -1: there is none */

enum command {
	ALIAS, CD, COPY, COPY_AS_SENDER, DELETE, DISCARD, DELETE_AND_TYPE, ECHO, EDIT, ELSE, ENDIF, EXIT, FOLDER, FOLDERS, FOLLOW_UP, FOLLOW_UP_ALL, FROM, HEADERS, HELP, HOLD,
	IF, LIST, MAIL, MBOX, NEXT, PIPE, PRINT_ALL, PRINT, QUIT, REPLY, REPLY_ALL, RETAIN, SAVE, SAVE_AS_SENDER, SET, SHELL, SIZE, SOURCE, TOP, TOUCH, UNALIAS, UNDELETE, UNSET,
	VISUAL, WRITE, WINDOW, NOTHING
};

/* The shortest form of a name has the letters in front of the |. Capital letters count. */
static const struct {
	const char *name;
	enum command command;
	const char *help;
} commands[] = {
	{"a|lias", ALIAS, "NAME ADDRESS...: what NAME stands for"}, {"g|roup", ALIAS, NULL}, {"cd", CD, "FOLDER"}, {"ch|dir", CD, NULL},
	{"c|opy", COPY, "[LIST] FILE: to the file; they stay"}, {"C|opy", COPY_AS_SENDER, NULL}, {"d|elete", DELETE, "[LIST]"}, {"di|scard", DISCARD, "FIELD...: is not shown"},
	{"ig|nore", DISCARD, NULL}, {"dp", DELETE_AND_TYPE, "delete, and show the next one"}, {"dt", DELETE_AND_TYPE, NULL}, {"ec|ho", ECHO, NULL},
	{"e|dit", EDIT, "[LIST]"}, {"el|se", ELSE, NULL}, {"en|dif", ENDIF, NULL}, {"ex|it", EXIT, "end, and leave the mailbox as it was"}, {"x|it", EXIT, NULL},
	{"fi|le", FOLDER, "[FILE]: read another mailbox"}, {"fold|er", FOLDER, NULL}, {"folders", FOLDERS, NULL}, {"fo|llowup", FOLLOW_UP, NULL}, {"F|ollowup", FOLLOW_UP_ALL, NULL},
	{"f|rom", FROM, "[LIST]: header lines"}, {"h|eaders", HEADERS, "[NUMBER]: a screen of header lines"}, {"hel|p", HELP, "this"}, {"?", HELP, NULL}, {"ho|ld", HOLD, "[LIST]: stay in the mailbox"},
	{"pre|serve", HOLD, NULL}, {"i|f", IF, NULL}, {"l|ist", LIST, "the names of the commands"}, {"m|ail", MAIL, "ADDRESS...: write a letter"}, {"mb|ox", MBOX, "[LIST]: to mbox at the end"},
	{"n|ext", NEXT, "[LIST]: show the next one"}, {"pi|pe", PIPE, "[LIST] \"COMMAND\""}, {"|", PIPE, NULL}, {"P|rint", PRINT_ALL, NULL}, {"T|ype", PRINT_ALL, "[LIST]: with all fields"},
	{"p|rint", PRINT, NULL}, {"t|ype", PRINT, "[LIST]: show"}, {"q|uit", QUIT, "end: what was read goes to mbox"}, {"r|eply", REPLY_ALL, "[LIST]: answer to all"},
	{"r|espond", REPLY_ALL, NULL}, {"R|eply", REPLY, "[LIST]: answer to the sender"}, {"R|espond", REPLY, NULL}, {"ret|ain", RETAIN, NULL}, {"s|ave", SAVE, "[LIST] FILE"},
	{"S|ave", SAVE_AS_SENDER, NULL}, {"se|t", SET, "[NAME[=TEXT] | noNAME]..."}, {"sh|ell", SHELL, NULL}, {"si|ze", SIZE, NULL}, {"so|urce", SOURCE, "FILE: commands"}, {"to|p", TOP, "[LIST]: the first lines"},
	{"tou|ch", TOUCH, NULL}, {"una|lias", UNALIAS, NULL}, {"u|ndelete", UNDELETE, "[LIST]"}, {"uns|et", UNSET, NULL}, {"v|isual", VISUAL, "[LIST]: in vi"}, {"w|rite", WRITE, "[LIST] FILE: without the header"},
	{"z", WINDOW, "[+ | -]: another screen of header lines"}, {"#", NOTHING, NULL},
};

static bool is_name_of(const char *name, const char *word, size_t length)
{
	const char *bar = name[1] ? strchr(name, '|') : NULL;
	size_t least = bar ? (size_t)(bar - name) : strlen(name);
	if (length < least || strncmp(word, name, least))
		return false;
	return bar ? !strncmp(word + least, bar + 1, length - least) && length - least <= strlen(bar + 1) : length == least;
}

/* 0-based; -1: there is no such command. */
static int find_command(const char *word, size_t length)
{
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		if (is_name_of(commands[i].name, word, length))
			return (int)commands[i].command;
	return -1;
}

static void put_name(const char *name)
{
	for (; *name; name++)
		if (*name != '|' || !name[1])
			putchar(*name);
}

static void show_help(bool names_only)
{
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
		if (names_only || commands[i].help)
			put_name(commands[i].name);
		if (names_only)
			putchar(i + 1 < sizeof commands / sizeof *commands ? ' ' : '\n');
		else if (commands[i].help)
			printf(" %s\n", commands[i].help);
	}
	if (!names_only)
		puts("LIST: 3 1-4 . ^ $ * + - NAME /SUBJECT :n :o :r :u :d   !COMMAND: by the shell   =: the current number");
}

void mailx_finish(bool keeps_all)
{
	if (!keeps_all)
		mailx_mailbox_close();
	fflush(stdout);
}

static void on_selected(const char *list, bool takes_deleted, void (*act)(struct message *message, void *context), void *context)
{
	if (mailx_select_messages(list, takes_deleted))
		mailx_each_selected(act, context);
}

static void copy_or_save(enum command command, char *arguments)
{
	bool by_sender = command == COPY_AS_SENDER || command == SAVE_AS_SENDER;
	mailx_save(arguments, command == SAVE || command == SAVE_AS_SENDER || command == WRITE, command != WRITE, by_sender);
}

/* The message behind them is the current one then, or the one before where there is none. */
static void remove_messages(const char *list, bool shows_next)
{
	if (!mailx_select_messages(list, false))
		return;
	mailx_each_selected(mailx_delete_message, &mailx_mailbox);
	int at = mailx_mailbox.current;
	while (at < mailx_mailbox.count && mailx_mailbox.messages[at].is_deleted)
		at++;
	bool is_last = at == mailx_mailbox.count;
	while (at > 0 && (is_last || mailx_mailbox.messages[at].is_deleted)) {
		is_last = false;
		at--;
	}
	bool is_there = !mailx_mailbox.messages[at].is_deleted;
	mailx_mailbox.current = at;
	if ((shows_next || mailx_variable("autoprint")) && is_there)
		mailx_type_message(&mailx_mailbox.messages[at], NULL);
}

static void unmark_saved(struct message *message, void *unused)
{
	(void)unused;
	message->is_kept = false;
	mailx_mark_read(message);
	message->is_changed = true;
}

static void run(enum command command, char *arguments)
{
	const char *home = getenv("HOME");
	switch (command) {
	case ALIAS:
		if (strpbrk(arguments, " \t"))
			mailx_set_alias(arguments);
		else
			mailx_show_aliases(arguments);
		break;
	case CD:
		if (chdir(*arguments ? arguments : home ? home : "/") < 0)
			warn("%s", arguments);
		break;
	case COPY: case COPY_AS_SENDER: case SAVE: case SAVE_AS_SENDER: case WRITE: copy_or_save(command, arguments); break;
	case DELETE: remove_messages(arguments, false); break;
	case DELETE_AND_TYPE: remove_messages(arguments, true); break;
	case DISCARD: mailx_hide_fields(arguments, false); break;
	case RETAIN: mailx_hide_fields(arguments, true); break;
	case ECHO: puts(arguments); break;
	case EDIT: mailx_edit(arguments, "EDITOR", "ed"); break;
	case VISUAL: mailx_edit(arguments, "VISUAL", "vi"); break;
	case FOLDER: mailx_open_folder(arguments); break;
	case FOLDERS: mailx_list_folders(); break;
	case FOLLOW_UP: case REPLY_ALL: mailx_reply(arguments, true); break;
	case FOLLOW_UP_ALL: case REPLY: mailx_reply(arguments, false); break;
	case FROM: on_selected(arguments, false, mailx_header_message, NULL); break;
	case HEADERS: mailx_show_headers(*arguments && mailx_select_messages(arguments, false) ? atoi(arguments) - 1 : mailx_mailbox.current); break;
	case HELP: show_help(false); break;
	case LIST: show_help(true); break;
	case HOLD: on_selected(arguments, false, mailx_hold_message, NULL); break;
	case MAIL: mailx_write_letter(arguments); break;
	case MBOX: on_selected(arguments, false, unmark_saved, NULL); break;
	case NEXT: mailx_next_message(arguments); break;
	case PIPE: mailx_pipe_to(arguments); break;
	case PRINT_ALL: on_selected(arguments, false, mailx_type_message, &mailx_mailbox); break;
	case PRINT: on_selected(arguments, false, mailx_type_message, NULL); break;
	case SET: mailx_set_all(arguments); break;
	case UNSET: mailx_unset_all(arguments); break;
	case SHELL: mailx_run_system(""); break;
	case SIZE: on_selected(arguments, false, mailx_size_message, NULL); break;
	case SOURCE:
		if (!mailx_read_commands(arguments))
			warn("%s", arguments);
		break;
	case TOP: on_selected(arguments, false, mailx_top_message, NULL); break;
	case TOUCH: on_selected(arguments, false, mailx_touch_message, NULL); break;
	case UNALIAS: mailx_remove_aliases(arguments); break;
	case UNDELETE: on_selected(arguments, true, mailx_delete_message, NULL); break;
	case WINDOW: mailx_scroll_headers(arguments); break;
	default: break;
	}
}

bool mailx_run_mail_command(char *line)
{
	line += strspn(line, " \t");
	size_t length = 0;
	while (isalpha((unsigned char)line[length]))
		length++;
	if (*line == '!') {
		mailx_run_system(line + 1);
		puts("!");
		return true;
	}
	if (*line == '=') {
		printf("%d\n", mailx_mailbox.current + 1);
		return true;
	}
	length += !length && *line && strchr("#?|", *line);
	char *arguments = line + length + strspn(line + length, " \t");
	int command = length ? find_command(line, length) : NEXT;
	if (command == IF)
		condition = *arguments == 's' || *arguments == 'S' ? mailx_mailbox.path == NULL : mailx_mailbox.path != NULL;
	else if (command == ELSE && condition >= 0)
		condition = !condition;
	else if (command == ENDIF)
		condition = -1;
	if (condition == 0)
		return true;
	if (command == QUIT || command == EXIT) {
		mailx_finish(command == EXIT);
		return false;
	}
	for (size_t end = strlen(arguments); end && isspace((unsigned char)arguments[end - 1]);)
		arguments[--end] = 0;
	if (command < 0)
		printf("Unknown command: %s\n", line);
	else
		run((enum command)command, arguments);
	return true;
}

bool mailx_read_commands(const char *path)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t capacity = 0;
	while (file && read_line(file, &line, &capacity, NULL) >= 0)
		if (line[strspn(line, " \t")])
			mailx_run_mail_command(line);
	free(line);
	if (file)
		fclose(file);
	return file;
}
