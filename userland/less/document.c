/* The text of less: a file or pipe, read in blocks as far as somebody asked. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pager.h"

enum { BLOCK = 65536 };

bool open_document(struct document *document, const char *name)
{
	struct stat status;
	*document = (struct document){.name = name};
	document->fd = name ? open(name, O_RDONLY | O_CLOEXEC) : 0;
	if (document->fd < 0) {
		warn("%s", name);
		return false;
	}
	if (name && fstat(document->fd, &status) == 0 && S_ISDIR(status.st_mode)) {
		warnx("%s is a directory", name);
		close(document->fd);
		return false;
	}
	text_clear(&document->bytes);
	return true;
}

void close_document(struct document *document)
{
	if (document->fd > 0)
		close(document->fd);
	text_free(&document->bytes);
	free(document->starts);
	*document = (struct document){.complete = true};
}

static void add_start(struct document *document, size_t start)
{
	if (document->count == document->capacity) {
		document->capacity = document->capacity * 2 + 256;
		document->starts =
			reallocate(document->starts, (size_t)document->capacity * sizeof(size_t));
	}
	document->starts[document->count++] = start;
}

/* One more block. False at the end. */
static bool read_block(struct document *document)
{
	char block[BLOCK];
	ssize_t got;
	if (document->complete)
		return false;
	do
		got = read(document->fd, block, sizeof block);
	while (got < 0 && errno == EINTR);
	if (got <= 0) {
		document->complete = true;
		return false;
	}
	size_t from = document->bytes.length;
	text_add(&document->bytes, block, (size_t)got);
	if (from == 0 || document->bytes.data[from - 1] == '\n')
		add_start(document, from);
	for (size_t i = from; i + 1 < document->bytes.length; i++)
		if (document->bytes.data[i] == '\n')
			add_start(document, i + 1);
	return true;
}

bool has_line(struct document *document, int line)
{
	/* one line more than asked for, so that its end is known */
	while (line + 1 >= document->count && read_block(document))
		continue;
	return line < document->count;
}

void read_to_end(struct document *document)
{
	while (read_block(document))
		continue;
}

void continue_document(struct document *document)
{
	document->complete = false;
	read_to_end(document);
}

void add_line(struct document *document, const char *bytes, size_t length)
{
	add_start(document, document->bytes.length);
	text_add(&document->bytes, bytes, length);
	text_char(&document->bytes, '\n');
}

const char *line_text(const struct document *document, int line, size_t *length)
{
	size_t start = document->starts[line];
	size_t end = line + 1 < document->count ? document->starts[line + 1] : document->bytes.length;
	if (end > start && document->bytes.data[end - 1] == '\n')
		end--;
	if (end > start && document->bytes.data[end - 1] == '\r')
		end--;
	*length = end - start;
	return document->bytes.data + start;
}
