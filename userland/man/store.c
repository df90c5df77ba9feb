/*
 * Manual pages of a path: files <folder>/man<section>/<name>.<section>[.gz], and members of an
 * archive <folder>/man<section>.a (ar(5)), as the system's own manual is kept: a page of 700 bytes
 * would take a block of the disk otherwise.
 */
#include <ar.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "files.h"
#include "man.h"

enum { MOST_REFERENCES = 8, MOST_BYTES = 16 << 20 };

static struct {
	struct man_page *pages;
	int count, capacity;
} store;

/* "ls.1", "printf.3p.gz": a page of the section that the name ends with; others are ignored. */
static struct man_page *add_page(const char *file, size_t length)
{
	bool is_compressed = length > 3 && !memcmp(file + length - 3, ".gz", 3);
	length -= is_compressed ? 3 : 0;
	if (length == 0)
		return NULL;
	const char *dot = file + length - 1;
	while (dot > file && *dot != '.')
		dot--;
	if (dot == file || dot + 1 == file + length)
		return NULL;
	if (store.count == store.capacity) {
		store.capacity = store.capacity ? 2 * store.capacity : 256;
		store.pages = reallocate(store.pages, (size_t)store.capacity * sizeof *store.pages);
	}
	struct man_page *page = &store.pages[store.count++];
	*page = (struct man_page){
		.name = duplicate_range(file, (size_t)(dot - file)),
		.section = duplicate_range(dot + 1, (size_t)(file + length - dot - 1)),
		.is_compressed = is_compressed,
	};
	return page;
}

static const char *member_name(const struct ar_hdr *header, const char *table, size_t table_size, size_t *length)
{
	const char *name = header->ar_name;
	size_t most = sizeof header->ar_name;
	if (*name == '/') {
		size_t offset = strtoul(name + 1, NULL, 10);
		if (offset >= table_size)
			return NULL;
		name = table + offset;
		most = table_size - offset;
	}
	const char *end = memchr(name, '/', most);
	*length = end ? (size_t)(end - name) : 0;
	return end ? name : NULL;
}

static void add_archive(const char *path)
{
	size_t length;
	char *data = read_file(path, &length);
	if (!data || length < SARMAG || memcmp(data, ARMAG, SARMAG))
		return;
	const char *table = "";
	size_t table_size = 0;
	for (size_t at = SARMAG; length - at >= sizeof(struct ar_hdr);) {
		const struct ar_hdr *header = (const void *)(data + at);
		at += sizeof *header;
		size_t size = strtoul(header->ar_size, NULL, 10), name_length;
		if (memcmp(header->ar_fmag, ARFMAG, sizeof header->ar_fmag) || size > length - at)
			return;
		const char *name = memcmp(header->ar_name, "// ", 3) ? member_name(header, table, table_size, &name_length) : NULL;
		if (!memcmp(header->ar_name, "// ", 3)) {
			table = data + at;
			table_size = size;
		}
		struct man_page *page = name ? add_page(name, name_length) : NULL;
		if (page) {
			page->source = data + at;
			page->size = size;
			page->where = format_text("%s(%.*s)", path, (int)name_length, name);
		}
		at += size + (size & 1);
		if (at > length)
			return;
	}
}

static void add_folder(const char *folder)
{
	DIR *directory = opendir(folder);
	for (struct dirent *entry; directory && (entry = readdir(directory));) {
		struct man_page *page = add_page(entry->d_name, strlen(entry->d_name));
		if (page)
			page->where = format_text("%s/%s", folder, entry->d_name);
	}
	if (directory)
		closedir(directory);
}

static void add_manual(const char *folder)
{
	DIR *directory = opendir(folder);
	for (struct dirent *entry; directory && (entry = readdir(directory));) {
		size_t length = strlen(entry->d_name);
		if (strncmp(entry->d_name, "man", 3) || length < 4)
			continue;
		char *path = format_text("%s/%s", folder, entry->d_name);
		if (length > 5 && !strcmp(entry->d_name + length - 2, ".a"))
			add_archive(path);
		else
			add_folder(path);
		free(path);
	}
	if (directory)
		closedir(directory);
}

void man_find_pages(const char *path, struct man_page **pages, int *count)
{
	store.count = 0;
	while (*path) {
		size_t length = strcspn(path, ":");
		char *folder = duplicate_range(path, length);
		if (length)
			add_manual(folder);
		free(folder);
		path += length + (path[length] == ':');
	}
	*pages = store.pages;
	*count = store.count;
}

static char *read_compressed(const char *path, size_t *length)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) < 0)
		err(1, "pipe");
	pid_t pid = fork();
	if (pid == 0) {
		dup2(ends[1], 1);
		execlp("gzip", "gzip", "-dc", "--", path, (char *)NULL);
		err(127, "gzip");
	}
	close(ends[1]);
	struct text text = {0};
	char block[4096];
	for (ssize_t got; pid > 0 && text.length < MOST_BYTES && (got = read(ends[0], block, sizeof block)) > 0;)
		text_add(&text, block, (size_t)got);
	close(ends[0]);
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	*length = text.length;
	return text.length ? text_take(&text) : NULL;
}

/* ".so man2/dup.2": the name of the page that is meant; null if the source is no reference. */
static char *reference_of(const char *source, size_t length)
{
	if (length < 5 || memcmp(source, ".so ", 4))
		return NULL;
	const char *end = memchr(source, '\n', length);
	const char *start = end ? end : source + length;
	while (start[-1] != '/' && start[-1] != ' ')
		start--;
	return duplicate_range(start, (size_t)((end ? end : source + length) - start));
}

static struct man_page *find_referenced(const char *file)
{
	for (int i = 0; i < store.count; i++) {
		struct man_page *page = &store.pages[i];
		size_t length = strlen(page->name);
		if (!strncmp(page->name, file, length) && file[length] == '.' && !strcmp(file + length + 1, page->section))
			return page;
	}
	return NULL;
}

const char *man_load(struct man_page *page, size_t *length)
{
	for (int depth = 0; depth < MOST_REFERENCES; depth++) {
		if (!page->source) {
			page->source = page->is_compressed ? read_compressed(page->where, &page->size) : read_file(page->where, &page->size);
			if (!page->source) {
				warn("%s", page->where);
				return NULL;
			}
		}
		char *reference = reference_of(page->source, page->size);
		if (!reference) {
			*length = page->size;
			return page->source;
		}
		struct man_page *next = find_referenced(reference);
		if (!next || next == page) {
			warnx("%s: it refers to %s, which is not there", page->where, reference);
			free(reference);
			return NULL;
		}
		free(reference);
		page = next;
	}
	warnx("%s: too many references", page->where);
	return NULL;
}
