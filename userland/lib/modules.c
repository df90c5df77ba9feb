/* Kernel modules: their files, what is said in them, and loading them. */
#include "modules.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "tools.h"

char *read_module_file(const char *path, size_t *length)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;
	if (fd < 0)
		return NULL;
	if (fstat(fd, &status)) {
		close(fd);
		return NULL;
	}
	char *file = allocate((size_t)status.st_size + 1);
	size_t done = 0;
	for (ssize_t count; (count = read(fd, file + done, (size_t)status.st_size - done)) > 0;)
		done += (size_t)count;
	close(fd);
	*length = done;
	return file;
}

const char *module_info(const char *file, size_t length, size_t *size)
{
	Elf64_Ehdr header;
	Elf64_Shdr names, section;
	if (length < sizeof header)
		return NULL;
	memcpy(&header, file, sizeof header);
	if (memcmp(header.e_ident, ELFMAG, SELFMAG) || header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_type != ET_REL || header.e_shentsize != sizeof section || header.e_shstrndx >= header.e_shnum || header.e_shoff > length || (length - header.e_shoff) / sizeof section < header.e_shnum)
		return NULL;
	memcpy(&names, file + header.e_shoff + header.e_shstrndx * sizeof section, sizeof names);
	for (unsigned i = 0; i < header.e_shnum; i++) {
		memcpy(&section, file + header.e_shoff + i * sizeof section, sizeof section);
		Elf64_Off name = names.sh_offset + section.sh_name;
		static const char wanted[] = ".modinfo";
		if (name > length - sizeof wanted || memcmp(file + name, wanted, sizeof wanted))
			continue;
		if (section.sh_offset > length || section.sh_size > length - section.sh_offset)
			return NULL;
		*size = section.sh_size;
		return file + section.sh_offset;
	}
	return NULL;
}

static char *modules_folder(void)
{
	struct utsname system;
	uname(&system);
	return format_text("/lib/modules/%s", system.release);
}

/* "name.ko" or "name", whose dashes count as underscores, against the last part of a path. */
static bool is_named(const char *path, size_t length, const char *name)
{
	const char *base = path;
	for (const char *at = path; at < path + length; at++)
		if (*at == '/')
			base = at + 1;
	size_t base_length = (size_t)(path + length - base), name_length = strlen(name);
	if (name_length > 3 && !strcmp(name + name_length - 3, ".ko"))
		name_length -= 3;
	if (base_length != name_length + 3 || memcmp(base + name_length, ".ko", 3))
		return false;
	for (size_t i = 0; i < name_length; i++)
		if ((name[i] == '-' ? '_' : name[i]) != (base[i] == '-' ? '_' : base[i]))
			return false;
	return true;
}

/* The line of modules.dep that `matches` chooses: its path and what stands behind the colon. */
static bool find_line(bool (*matches)(const char *, size_t, const char *), const char *key, char **path, char **rest)
{
	char *folder = modules_folder(), *list = format_text("%s/modules.dep", folder);
	size_t length = 0;
	char *text = read_module_file(list, &length);
	bool found = false;
	if (text)
		text[length] = 0;
	for (char *line = text; line && *line && !found;) {
		char *end = strchr(line, '\n'), *colon = strchr(line, ':');
		if (!end || !colon || colon > end)
			break;
		if (matches(line, (size_t)(colon - line), key)) {
			*path = format_text("%s/%.*s", folder, (int)(colon - line), line);
			*rest = duplicate_range(colon + 1, (size_t)(end - colon - 1));
			found = true;
		}
		line = end + 1;
	}
	free(text);
	free(list);
	free(folder);
	return found;
}

char *find_module(const char *name)
{
	char *path = NULL, *rest = NULL;
	if (!find_line(is_named, name, &path, &rest))
		return NULL;
	free(rest);
	return path;
}

char *module_dependencies(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *found = NULL, *rest = NULL;
	if (!find_line(is_named, slash ? slash + 1 : path, &found, &rest))
		return duplicate("");
	free(found);
	char *folder = modules_folder();
	struct text list = {0};
	text_string(&list, "");
	for (char *word = strtok(rest, " "); word; word = strtok(NULL, " "))
		text_format(&list, "%s%s/%s", list.length ? " " : "", folder, word);
	free(folder);
	free(rest);
	return text_take(&list);
}

int load_module(const char *path, char **parameters)
{
	struct text words = {0};
	text_string(&words, "");
	for (; *parameters; parameters++)
		text_format(&words, "%s%s", words.length ? " " : "", *parameters);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		text_free(&words);
		return -1;
	}
	long result = syscall(SYS_finit_module, fd, words.data, 0);
	int reason = errno;
	close(fd);
	text_free(&words);
	errno = reason;
	return result ? -1 : 0;
}

const char *module_error(int number)
{
	switch (number) {
	case ENOEXEC:
		return "Invalid module format";
	case ENOENT:
		return "Unknown symbol in module, or unknown parameter (see dmesg)";
	case EINVAL:
		return "Invalid parameters";
	case EEXIST:
		return "File exists";
	default:
		return strerror(number);
	}
}
