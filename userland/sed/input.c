/* Input lines of sed with one line read ahead, and where output goes (-i: the file itself). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "sed.h"
#include "tools.h"

unsigned long sed_line_number;
bool sed_line_ended = true;
int sed_status;

/* Where lines come from and go to; `next` is read ahead so that $ is known. */
static struct {
	char **names;
	const char *name;      /* of the file that is read */
	const char *line_name, *next_name; /* of the files of the current line, and of `next` */
	FILE *file;
	char *next;
	size_t capacity;
	long length;           /* of next; -1: no more */
	bool next_ended;       /* next had its newline */
	FILE *output;
	char *temporary;       /* -i: what becomes the file */
	bool missing_newline;  /* the last output lacked one, as its input did */
} stream;

FILE *sed_out(void)
{
	return stream.output ? stream.output : stdout;
}

void sed_put(FILE *file, const char *text, size_t length, bool newline)
{
	if (stream.missing_newline && file == sed_out())
		putc(sed_flag.ending, file);
	fwrite(text, 1, length, file);
	if (newline)
		putc(sed_flag.ending, file);
	if (file == sed_out())
		stream.missing_newline = !newline;
	else
		fflush(file);
}

static void begin_output(void)
{
	if (!sed_flag.in_place)
		return;
	struct stat status;
	stream.temporary = format_text("%s.sedXXXXXX", stream.name);
	int fd = mkstemp(stream.temporary);
	if (fd < 0)
		err(4, "couldn't open temporary file %s", stream.temporary);
	if (!fstat(fileno(stream.file), &status)) {
		if (fchmod(fd, status.st_mode & 07777) || fchown(fd, status.st_uid, status.st_gid))
			errno = 0; /* the owner may not be ours to give */
	}
	stream.output = fdopen(fd, "w");
}

static void end_output(void)
{
	if (!stream.output)
		return;
	fclose(stream.output);
	stream.output = NULL;
	stream.missing_newline = false;
	if (sed_flag.suffix) {
		char *kept = strchr(sed_flag.suffix, '*') ? format_text("%.*s%s%s", (int)strcspn(sed_flag.suffix, "*"), sed_flag.suffix, stream.name, strchr(sed_flag.suffix, '*') + 1) : format_text("%s%s", stream.name, sed_flag.suffix);
		rename(stream.name, kept);
		free(kept);
	}
	if (rename(stream.temporary, stream.name))
		err(4, "cannot rename %s", stream.temporary);
	free(stream.temporary);
	stream.temporary = NULL;
}

static bool open_next(void)
{
	while (*stream.names) {
		stream.name = *stream.names++;
		bool standard = !strcmp(stream.name, "-") && !sed_flag.in_place;
		FILE *file = standard ? stdin : open_wide(stream.name);
		if (file && !standard && is_folder(stream.name)) {
			warnx(sed_flag.in_place ? "couldn't edit %s: not a regular file" : "couldn't read %s: Is a directory", stream.name);
			sed_status = sed_flag.in_place ? 4 : 2;
			fclose(file);
			continue;
		}
		if (!file) {
			warn("can't read %s", stream.name);
			sed_status = 2;
			continue;
		}
		stream.file = file;
		return true;
	}
	return false;
}

/* What came before the error is all there is: -i leaves the file as it was. */
static noreturn void read_failed(void)
{
	int error = errno;
	fflush(stdout);
	if (stream.temporary)
		unlink(stream.temporary);
	errno = error;
	err(4, "read error on %s", stream.file == stdin ? "stdin" : stream.name);
}

/* Reads ahead; over the end of a file only if files are one stream or the file is exhausted. */
static void read_ahead(void)
{
	for (;;) {
		if (stream.file) {
			stream.length = getdelim(&stream.next, &stream.capacity, sed_flag.ending, stream.file);
			if (stream.length >= 0) {
				stream.next_ended = stream.length && stream.next[stream.length - 1] == sed_flag.ending;
				stream.length -= stream.next_ended;
				stream.next_name = stream.name;
				return;
			}
			if (ferror(stream.file))
				read_failed();
			if (stream.file != stdin)
				fclose(stream.file);
			stream.file = NULL;
			if (sed_flag.separate)
				return;
		}
		if (!open_next()) {
			stream.length = -1;
			return;
		}
	}
}

/* Between separate files: ends the output of one, begins the next. False if there is none. */
static bool next_file(void)
{
	end_output();
	while (stream.length < 0) {
		if (!open_next())
			return false;
		begin_output();
		if (sed_flag.separate)
			sed_line_number = 0;
		read_ahead();
		if (stream.length < 0)
			end_output();
	}
	return true;
}

const char *sed_file_name(void)
{
	return stream.line_name;
}

bool sed_is_last(void)
{
	return stream.length < 0;
}

bool sed_take_line(struct text *space, bool append)
{
	if (stream.length < 0 && (!sed_flag.separate || append || !next_file()))
		return false;
	if (append)
		text_char(space, sed_flag.ending);
	else
		text_clear(space);
	text_add(space, stream.next, (size_t)stream.length);
	sed_line_ended = stream.next_ended;
	stream.line_name = stream.next_name;
	sed_line_number++;
	read_ahead();
	return true;
}

void sed_begin(char **operands)
{
	static char *standard[] = {"-", NULL};
	stream.names = *operands ? operands : standard;
	stream.length = -1;
	if (!sed_flag.separate)
		read_ahead();
}

void sed_end(void)
{
	/* What -i has not read yet stays as it was. */
	while (sed_flag.in_place && stream.length >= 0) {
		sed_put(sed_out(), stream.next, (size_t)stream.length, stream.next_ended);
		read_ahead();
	}
	end_output();
}
