/* Files of messages to be translated: po, as msgfmt reads and xgettext writes them. */
#ifndef PO_H
#define PO_H

#include <stdbool.h>
#include <stddef.h>

enum { PO_FORMS = 8 };

struct po_entry {
	char *domain, *id, *plural; /* plural: null where there is none */
	char *texts[PO_FORMS];      /* null: not given */
	bool is_fuzzy, has_format;  /* flags of the comment in front */
	size_t line;                /* where msgid stands */
};

/* All entries of a file, added to a list on the heap; false after a message, with the file's name and the line. */
bool po_read(const char *path, struct po_entry **entries, size_t *count);
/* The text with \n, \101 and their like replaced; on the heap. */
char *po_unescape(const char *text);
/* The text between double quotes, with escapes, as a directive has it; on the heap. */
char *po_quote(const char *text);

#endif
