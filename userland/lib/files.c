/* What commands do with files: input operands, folders, paths, questions. */
#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools.h"

enum { WIDE = 32 << 10 }; /* bytes in the buffer of a stream, where musl's have 1024 */

const char *open_failure = "%s";

FILE *open_input(const char *operand)
{
	if (!strcmp(operand, "-"))
		return stdin;
	FILE *input = fopen(operand, "r");
	if (!input)
		warn(open_failure, operand);
	return input;
}

FILE *open_wide(const char *path)
{
	static char buffer[WIDE];
	FILE *input = fopen(path, "r");
	if (input)
		setvbuf(input, buffer, _IOFBF, sizeof buffer);
	return input;
}

int each_input(char **operands, int (*visit)(FILE *input, const char *operand))
{
	static char *standard[] = {"-", NULL};
	char *buffer = allocate(WIDE);
	int status = 0;
	for (char **operand = *operands ? operands : standard; *operand; operand++) {
		FILE *input = open_input(*operand);
		if (!input) {
			status = 1;
			continue;
		}
		if (input != stdin)
			setvbuf(input, buffer, _IOFBF, WIDE);
		errno = 0;
		if (visit(input, *operand))
			status = 1;
		if (ferror(input)) {
			warn("%s", *operand);
			status = 1;
		}
		if (input != stdin)
			fclose(input);
		else
			clearerr(stdin);
	}
	free(buffer);
	return status;
}

bool confirm(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	fflush(stdout);
	fprintf(stderr, "%s: ", program_name());
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc(' ', stderr);
	int answer = getchar();
	for (int c = answer; c != '\n' && c != EOF;)
		c = getchar();
	return answer == 'y' || answer == 'Y';
}

char *path_join(const char *folder, const char *name)
{
	size_t length = strlen(folder), rest = strlen(name), separator = length && folder[length - 1] == '/' ? 0 : 1;
	char *path = allocate(length + separator + rest + 1);
	memcpy(path, folder, length);
	path[length] = '/';
	memcpy(path + length + separator, name, rest + 1);
	return path;
}

const char *path_name(const char *path)
{
	const char *name = path;
	for (const char *at = path; *at; at++)
		if (*at == '/' && at[1] && at[1] != '/')
			name = at + 1;
	return name;
}

char *path_into(const char *folder, const char *path)
{
	const char *name = path_name(path);
	char *last = duplicate_range(name, strcspn(name, "/"));
	char *joined = path_join(folder, last);
	free(last);
	return joined;
}

bool is_folder(const char *path)
{
	struct stat status;
	return !stat(path, &status) && S_ISDIR(status.st_mode);
}

static int by_name(const void *a, const void *b)
{
	const struct folder_entry *first = a, *second = b;
	return strcmp(first->name, second->name);
}

struct folder_entry *folder_entries(const char *path)
{
	DIR *folder = opendir(path);
	if (!folder)
		return NULL;
	size_t count = 0, capacity = 16;
	struct folder_entry *entries = allocate(capacity * sizeof *entries);
	for (struct dirent *entry; (entry = readdir(folder));) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		if (count + 1 == capacity)
			entries = reallocate(entries, (capacity *= 2) * sizeof *entries);
		entries[count++] = (struct folder_entry){duplicate(entry->d_name), entry->d_type};
	}
	closedir(folder);
	entries[count] = (struct folder_entry){0};
	qsort(entries, count, sizeof *entries, by_name);
	return entries;
}

void free_entries(struct folder_entry *entries)
{
	for (struct folder_entry *entry = entries; entry->name; entry++)
		free(entry->name);
	free(entries);
}

char **folder_names(const char *path)
{
	struct folder_entry *entries = folder_entries(path);
	size_t count = 0;
	if (!entries)
		return NULL;
	while (entries[count].name)
		count++;
	char **names = allocate((count + 1) * sizeof *names);
	for (size_t i = 0; i <= count; i++)
		names[i] = entries[i].name;
	free(entries);
	return names;
}

void free_names(char **names)
{
	for (char **name = names; *name; name++)
		free(*name);
	free(names);
}

static int make_folder(const char *path, unsigned mode, bool verbose)
{
	if (!mkdir(path, mode)) {
		if (verbose)
			printf("%s: created directory '%s'\n", program_name(), path);
		return 0;
	}
	if (!is_folder(path)) {
		if (errno != EEXIST && errno != ENOTDIR)
			return -1;
		errno = errno == EEXIST ? EEXIST : ENOTDIR;
		return -1;
	}
	return 0;
}

int make_folders(const char *path, bool last, unsigned mode, bool verbose)
{
	char *copy = duplicate(path);
	mode_t mask = umask(0);
	/* POSIX mkdir -p: whoever makes folders above another can go on in them. */
	umask(mask & ~(mode_t)(S_IWUSR | S_IXUSR));
	for (char *slash = strchr(copy + 1, '/'); *copy && slash; slash = strchr(slash + 1, '/')) {
		if (slash[1] == '/' || !slash[1])
			continue;
		*slash = 0;
		int failed = make_folder(copy, 0777, verbose);
		*slash = '/';
		if (failed) {
			umask(mask);
			free(copy);
			return -1;
		}
	}
	umask(mask);
	free(copy);
	return last ? make_folder(path, mode, verbose) : 0;
}

int write_all(int fd, const void *bytes, size_t length)
{
	for (const char *at = bytes; length;) {
		ssize_t written = write(fd, at, length);
		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -1;
		at += written;
		length -= (size_t)written;
	}
	return 0;
}

int copy_stream(int from, int to)
{
	static char buffer[65536];
	for (;;) {
		ssize_t count = read(from, buffer, sizeof buffer);
		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			return (int)count;
		if (write_all(to, buffer, (size_t)count))
			return -2;
	}
}

char *read_file(const char *path, size_t *length)
{
	int fd = open(path, O_RDONLY);
	if (fd < 0)
		return NULL;
	size_t size = 0, capacity = 4096;
	char *data = allocate(capacity);
	for (;;) {
		ssize_t count = read(fd, data + size, capacity - size - 1);
		if (count <= 0) {
			int error = errno;
			close(fd);
			errno = error;
			if (count < 0) {
				free(data);
				return NULL;
			}
			break;
		}
		size += (size_t)count;
		if (size + 1 == capacity)
			data = reallocate(data, capacity *= 2);
	}
	data[size] = 0;
	if (length)
		*length = size;
	return data;
}

long read_line(FILE *input, char **line, size_t *capacity, bool *ended)
{
	long length = getline(line, capacity, input);
	if (length < 0)
		return -1;
	bool newline = length > 0 && (*line)[length - 1] == '\n';
	if (newline)
		(*line)[--length] = 0;
	if (ended)
		*ended = newline;
	return length;
}
