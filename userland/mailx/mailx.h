/* The parts of mailx: the mailbox, lists of messages, commands, and letters that are written. */
#ifndef MAILX_H
#define MAILX_H

#include <stdbool.h>
#include <stdio.h>

#include "tools.h"

/* A message of the mailbox. `text` begins with the line "From ..." and ends behind the last line. */
struct message {
	char *text;
	size_t length;
	bool is_old, is_read, is_deleted;    /* by its Status field when the mailbox was opened, or since */
	bool is_kept, is_saved, is_changed; /* hold: stays in the mailbox; was saved; its Status is to be written */
};

/* mailbox.c */
extern struct mailbox {
	char *path;
	bool is_system; /* the user's mailbox: what was read goes to mbox */
	struct message *messages;
	int count, current; /* from 0; -1: none */
} mailx_mailbox;
bool mailx_mailbox_open(const char *path, bool is_system); /* false with errno */
bool mailx_mailbox_close(void);                            /* writes back what stays; false after a message */
/* The value of a field without the blanks around it, on the heap; null: it has none. */
char *mailx_message_field(const struct message *message, const char *name);
const char *mailx_message_body(const struct message *message);
char *mailx_message_sender(const struct message *message); /* for an answer: Reply-To or From, on the heap */
void mailx_message_write(const struct message *message, FILE *output, bool with_header, bool hides_fields);
bool mailx_message_append(const struct message *message, const char *path, bool with_header); /* to a file; false after a message */
char *mailx_mail_path(const char *name); /* +file, %, #, &: a path on the heap, null after a message */

/* variables.c */
const char *mailx_variable(const char *name); /* null: it is not set */
void mailx_set_variable(const char *assignment); /* NAME, NAME=TEXT, noNAME */
void mailx_show_variables(void);
void mailx_set_alias(const char *words); /* "NAME ADDRESS..." */
void mailx_show_aliases(const char *name);
void mailx_remove_aliases(const char *names);
/* Adds the addresses of a list to another, aliases replaced, each once. */
void mailx_add_addresses(struct text *result, const char *list);
void mailx_hide_fields(const char *names, bool is_shown); /* discard and retain */
bool mailx_is_hidden_field(const char *line);

/* selection.c: the numbers of the messages that a list means, in order, marked in is_selected; false after a message */
bool mailx_select_messages(const char *list, bool takes_deleted);
extern bool *mailx_is_selected;

/* show.c: for each_selected, `context` is not used but where it says so */
typedef void mailx_message_function(struct message *message, void *context);
void mailx_each_selected(mailx_message_function *act, void *context);
mailx_message_function mailx_type_message; /* context: not null: with all fields */
mailx_message_function mailx_delete_message; /* context: null: it is deleted no more */
mailx_message_function mailx_top_message, mailx_hold_message, mailx_touch_message, mailx_size_message, mailx_header_message;
void mailx_mark_read(struct message *message);
void mailx_next_message(const char *list);
void mailx_show_headers(int around);
void mailx_scroll_headers(const char *arguments);

/* actions.c */
void mailx_save(char *arguments, bool marks, bool with_header, bool by_sender);
void mailx_pipe_to(char *arguments);
void mailx_edit(const char *list, const char *name, const char *usual);
void mailx_reply(const char *list, bool to_all);
void mailx_write_letter(const char *addresses);
void mailx_open_folder(const char *name);
void mailx_run_system(const char *command);
void mailx_list_folders(void);
void mailx_set_all(const char *arguments);
void mailx_unset_all(const char *names);

/* commands.c */
bool mailx_run_mail_command(char *line); /* false: mailx ends */
bool mailx_read_commands(const char *path); /* false: there is no such file */
void mailx_finish(bool keeps_all); /* x or q */

/* compose.c */
struct letter {
	struct text to, cc, bcc, subject, body;
};
void mailx_letter_free(struct letter *letter);
/* Reads the body with its escapes, and sends it. False: it was not sent. */
bool mailx_compose(struct letter *letter);
bool mailx_discards_empty(bool is_set); /* -E; what it is now */

#endif
