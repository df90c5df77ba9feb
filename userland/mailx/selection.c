/* Lists of messages in mailx's commands: 3, 1-4, ., ^, $, *, +, -, name, /subject, :n. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mailx.h"

bool *mailx_is_selected;

static bool contains(const char *text, const char *part)
{
	size_t length = strlen(part);
	for (; *text; text++)
		if (!strncasecmp(text, part, length))
			return true;
	return !length;
}

/* The number of the message that a word means; -1: it is not one. */
static int number_of(const char *word, bool takes_deleted)
{
	int at = mailx_mailbox.current;
	if (isdigit((unsigned char)*word))
		return atoi(word) - 1;
	if (!strcmp(word, "."))
		return at;
	int step = *word == '-' ? -1 : 1;
	if (!strcmp(word, "^") || !strcmp(word, "$")) {
		step = *word == '^' ? 1 : -1;
		at = *word == '^' ? 0 : mailx_mailbox.count - 1;
	} else if (!strcmp(word, "+") || !strcmp(word, "-")) {
		at += step;
	} else {
		return -1;
	}
	while (at >= 0 && at < mailx_mailbox.count && mailx_mailbox.messages[at].is_deleted != takes_deleted)
		at += step;
	return at >= mailx_mailbox.count ? -1 : at;
}

static bool has_kind(const struct message *message, char kind)
{
	switch (kind) {
	case 'd': return message->is_deleted;
	case 'n': return !message->is_old && !message->is_read;
	case 'o': return message->is_old;
	case 'r': return message->is_read;
	case 'u': return !message->is_read;
	default: return false;
	}
}

/* Marks the messages of one word; whether there were any. */
static bool select_word(const char *word, bool takes_deleted)
{
	char *end;
	bool any = false;
	const char *dash = isdigit((unsigned char)*word) || strchr("^$.", *word) ? strchr(word + 1, '-') : NULL;
	if (dash) {
		char *first_word = duplicate_range(word, (size_t)(dash - word));
		int first = number_of(first_word, takes_deleted), last = number_of(dash + 1, takes_deleted);
		free(first_word);
		for (int i = first; i >= 0 && last >= 0 && i <= last && i < mailx_mailbox.count; i++)
			if (mailx_mailbox.messages[i].is_deleted == takes_deleted)
				any = mailx_is_selected[i] = true;
		return any;
	}
	int number = number_of(word, takes_deleted);
	strtol(word, &end, 10);
	bool is_number = number >= 0 && (!*end || end == word);
	if (is_number) {
		bool is_there = number < mailx_mailbox.count && mailx_mailbox.messages[number].is_deleted == takes_deleted;
		if (is_there)
			mailx_is_selected[number] = true;
		return is_there;
	}
	for (int i = 0; i < mailx_mailbox.count; i++) {
		const struct message *message = &mailx_mailbox.messages[i];
		char *text = mailx_message_field(message, *word == '/' ? "Subject" : "From");
		bool matches = *word == '*' && !word[1] ? true : *word == ':' ? has_kind(message, word[1]) : contains(text ? text : "", word + (*word == '/'));
		free(text);
		bool counts = message->is_deleted == takes_deleted || (*word == ':' && word[1] == 'd');
		if (matches && counts)
			any = mailx_is_selected[i] = true;
	}
	return any;
}

bool mailx_select_messages(const char *list, bool takes_deleted)
{
	mailx_is_selected = reallocate(mailx_is_selected, (size_t)mailx_mailbox.count + 1);
	memset(mailx_is_selected, 0, (size_t)mailx_mailbox.count + 1);
	char *copy = duplicate(list);
	bool any = false;
	for (char *word = strtok(copy, " \t"); word; word = strtok(NULL, " \t")) {
		any = true;
		if (select_word(word, takes_deleted))
			continue;
		printf("%s: no such message\n", word);
		free(copy);
		return false;
	}
	free(copy);
	if (any)
		return true;
	int at = mailx_mailbox.current;
	if (at < 0 || mailx_mailbox.messages[at].is_deleted != takes_deleted)
		at = number_of(takes_deleted ? "^" : "+", takes_deleted);
	if (at < 0) {
		puts("No applicable messages");
		return false;
	}
	mailx_is_selected[at] = true;
	return true;
}
