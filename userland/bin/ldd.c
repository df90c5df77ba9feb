/*
 * ldd: the libraries that programs are bound to
 * https://man7.org/linux/man-pages/man1/ldd.1.html
 *
 * Usage: ldd FILE...
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "elf-image.h"
#include "files.h"
#include "tools.h"

static char interpreter[4096];
static bool is_dynamic;

static int look(struct elf_image *image, const char *member)
{
	(void)member;
	is_dynamic = elf_section_of_type(image, SHT_DYNAMIC) != NULL;
	for (size_t i = 0; i < image->segment_count; i++) {
		const Elf64_Phdr *segment = &image->segments[i];
		is_dynamic |= segment->p_type == PT_DYNAMIC;
		if (segment->p_type == PT_INTERP && segment->p_offset < image->length)
			snprintf(interpreter, sizeof interpreter, "%.*s", (int)(image->length - segment->p_offset), (const char *)image->data + segment->p_offset);
	}
	return 0;
}

/* The dynamic linker lists what it would load, and runs nothing (ld.so(8), --list). */
static int list(const char *path)
{
	fflush(stdout);
	pid_t child = fork();
	if (child < 0)
		err(1, "fork");
	if (child == 0) {
		execl(interpreter, interpreter, "--list", path, (char *)NULL);
		warn("%s", interpreter);
		_exit(127);
	}
	int status;
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

/* A library has no linker of its own: any that a program of this system has. */
static bool find_interpreter(void)
{
	static const char *const known[] = {"/lib/ld-linux-riscv64-lp64d.so.1", "/lib/ld-musl-riscv64.so.1", NULL};
	for (const char *const *path = known; !*interpreter && *path; path++)
		if (!access(*path, X_OK))
			snprintf(interpreter, sizeof interpreter, "%s", *path);
	return *interpreter != 0;
}

static int show(const char *path, bool is_one_of_many)
{
	*interpreter = 0;
	is_dynamic = false;
	if (is_one_of_many)
		printf("%s:\n", path);
	if (access(path, F_OK)) {
		fflush(stdout);
		warnx("%s: No such file or directory", path);
		return 1;
	}
	if (each_object(path, look))
		return 1;
	if (!is_dynamic) {
		printf("\tnot a dynamic executable\n");
		return 1;
	}
	if (!*interpreter && !find_interpreter()) {
		warnx("%s: there is no dynamic linker on this system", path);
		return 1;
	}
	return list(path);
}

int main(int argc, char **argv)
{
	int status = 0;
	while (next_option(argc, argv, "") != -1)
		;
	if (!argv[optind])
		usage_error("missing file arguments");
	bool has_many = argv[optind + 1] != NULL;
	for (char **operand = argv + optind; *operand; operand++) {
		char *path = strchr(*operand, '/') ? duplicate(*operand) : format_text("./%s", *operand);
		status |= show(path, has_many);
		free(path);
	}
	return status;
}
