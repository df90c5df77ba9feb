/*
 * file: what kind of file it is
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/file.html
 *
 * Usage: file [-bdhiL] [-M TESTS] [-m TESTS] FILE...
 *   -b            without the name
 *   -d            the tests that file has itself, behind or before those of -m and -M
 *   -i, --mime    the type and the character set as in mail, as file(1) of Debian has it (for POSIX: regular file)
 *   --mime-type, --mime-encoding   one of the two
 *   -L            follow symbolic links
 *   -h            links themselves (default)
 *   -M TESTS      tests in a file, lines of OFFSET TYPE VALUE MESSAGE, instead of file's own
 *   -m TESTS      the same before file's own
 * With POSIXLY_CORRECT in the environment as POSIX has it, where Debian's differs: links are followed, a script is "commands text", -i says
 * "regular file".
 */
#include <ctype.h>
#include <elf.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "files.h"
#include "magic.h"
#include "regular.h"
#include "tools.h"

enum { MIME_TYPE = 256, MIME_ENCODING };

static bool shows_type, shows_encoding;
static bool as_posix;
static const struct magic_test *tests[2]; /* before and behind file's own */
static bool has_own_tests = true;

static bool is_mime(void)
{
	return shows_type || shows_encoding;
}

static void put_mime(const char *type, const char *encoding)
{
	if (shows_type)
		fputs(type, stdout);
	if (shows_type && shows_encoding)
		fputs("; charset=", stdout);
	if (shows_encoding)
		fputs(encoding, stdout);
}

static unsigned short half(const unsigned char *at, bool big)
{
	return (unsigned short)(big ? at[0] << 8 | at[1] : at[1] << 8 | at[0]);
}

static void put_elf(const unsigned char *data, bool interpreted)
{
	static const struct {
		unsigned short number;
		const char *name;
	} machines[] = {{EM_RISCV, "UCB RISC-V"}, {EM_X86_64, "x86-64"}, {EM_386, "Intel 80386"}, {EM_AARCH64, "ARM aarch64"}, {EM_ARM, "ARM"}};
	static const char *const types[] = {"no file type", "relocatable", "executable", "shared object", "core file"};
	bool big = data[EI_DATA] == ELFDATA2MSB;
	unsigned type = half(data + 16, big), machine = half(data + 18, big);
	static const char *const mimes[] = {"octet-stream", "x-object", "x-executable", "x-sharedlib", "x-coredump"};
	const char *name = "unknown machine", *kind = type < 5 ? types[type] : "unknown type";
	for (size_t i = 0; i < sizeof machines / sizeof *machines; i++)
		if (machines[i].number == machine)
			name = machines[i].name;
	if (type == ET_DYN && interpreted)
		kind = "pie executable";
	if (is_mime()) {
		char *mime = format_text("application/%s", type == ET_DYN && interpreted ? "x-pie-executable" : mimes[type < 5 ? type : 0]);
		put_mime(mime, "binary");
		free(mime);
		return;
	}
	printf("ELF %s %s %s, %s", data[EI_CLASS] == ELFCLASS64 ? "64-bit" : "32-bit", big ? "MSB" : "LSB", kind, name);
	if (type == ET_EXEC || type == ET_DYN)
		printf(interpreted ? ", dynamically linked" : ", statically linked");
}

static bool has_interpreter(const unsigned char *data, size_t length)
{
	Elf64_Ehdr header;
	if (length < sizeof header || data[EI_CLASS] != ELFCLASS64 || data[EI_DATA] != ELFDATA2LSB)
		return false;
	memcpy(&header, data, sizeof header);
	for (size_t i = 0; i < header.e_phnum; i++) {
		Elf64_Phdr segment;
		size_t at = header.e_phoff + i * header.e_phentsize;
		if (at + sizeof segment > length)
			return false;
		memcpy(&segment, data + at, sizeof segment);
		if (segment.p_type == PT_INTERP)
			return true;
	}
	return false;
}

static const struct {
	size_t at;
	const char *bytes;
	size_t length;
	const char *text, *mime;
} signatures[] = {
	{0, "\x1f\x8b", 2, "gzip compressed data", "application/gzip"}, {0, "BZh", 3, "bzip2 compressed data", "application/x-bzip2"},
	{0, "\xfd" "7zXZ", 5, "XZ compressed data", "application/x-xz"}, {0, "(\xb5/\xfd", 4, "Zstandard compressed data", "application/zstd"},
	{0, "PK\3\4", 4, "Zip archive data", "application/zip"}, {257, "ustar", 5, "POSIX tar archive", "application/x-tar"},
	{0, "!<arch>\n", 8, "current ar archive", "application/x-archive"}, {0, "\x89PNG\r\n", 6, "PNG image data", "image/png"},
	{0, "\xff\xd8\xff", 3, "JPEG image data", "image/jpeg"}, {0, "GIF8", 4, "GIF image data", "image/gif"},
	{0, "%PDF-", 5, "PDF document", "application/pdf"}, {0, "\0asm", 4, "WebAssembly (wasm) binary module", "application/wasm"},
	{0, "\x1f\x9d", 2, "compress'd data", "application/x-compress"}, {0, "070707", 6, "ASCII cpio archive (pre-SVR4 or odc)", "application/x-cpio"},
	{0, "070701", 6, "ASCII cpio archive (SVR4 with no CRC)", "application/x-cpio"}, {0, "070702", 6, "ASCII cpio archive (SVR4 with CRC)", "application/x-cpio"},
	{1080, "\x53\xef", 2, "Linux ext2 filesystem data", "application/octet-stream"},
};

static const struct {
	const char *word, *mime;
} scripts[] = {{"sh", "text/x-shellscript"}, {"bash", "text/x-shellscript"}, {"dash", "text/x-shellscript"}, {"ksh", "text/x-shellscript"},
	{"awk", "text/x-awk"}, {"perl", "text/x-perl"}, {"python", "text/x-script.python"}, {"python3", "text/x-script.python"}, {"make", "text/x-makefile"}};

/* Of the interpreter behind #!, or behind env. */
static const char *script_mime(const char *line)
{
	char word[64] = "";
	for (int words = 0; words < 2; words++) {
		line += strspn(line, " \t");
		size_t length = strcspn(line, " \t\n");
		snprintf(word, sizeof word, "%.*s", (int)length, line);
		line += length;
		if (strcmp(path_name(word), "env"))
			break;
	}
	for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++)
		if (!strcmp(path_name(word), scripts[i].word))
			return scripts[i].mime;
	return "text/plain";
}

/* In Debian's words, or POSIX's. */
static void put_script(const char *data)
{
	size_t start = 2 + strspn(data + 2, " "), end = start + strcspn(data + start, "\n");
	const char *mime = script_mime(data + 2);
	bool is_shell = !strcmp(mime, "text/x-shellscript"), is_bash = is_shell && strstr(data, "bash") && strstr(data, "bash") < data + end;
	if (as_posix)
		fputs("commands text, ", stdout);
	else if (is_shell)
		printf("%s shell script, ", is_bash ? "Bourne-Again" : "POSIX");
	else
		printf("a %.*s script, ", (int)(end - start), data + start);
}

/* What the lines of a text look like; null: no language that is known here. */
static const char *language_of(const char *text)
{
	static const struct {
		const char *pattern, *name, *posix_name;
	} languages[] = {
		{"^#[ \t]*include[ \t]*[<\"]|^(static|extern|int|void|char|struct|union|typedef)[ \t*]+[A-Za-z_].*[({;][ \t]*$", "C", "c"},
		{"^ {6,}(program|subroutine|integer|real|function|PROGRAM|SUBROUTINE|INTEGER|REAL|FUNCTION)[ \t]", "FORTRAN program", "fortran"},
	};
	for (size_t i = 0; i < sizeof languages / sizeof *languages; i++) {
		regex_t regex;
		bool found = !regular_compile(&regex, languages[i].pattern, REG_EXTENDED | REG_NEWLINE) && !regular_find(&regex, text, 0, NULL, 0);
		regfree(&regex);
		if (found)
			return as_posix ? languages[i].posix_name : languages[i].name;
	}
	return NULL;
}

static void put_text(const unsigned char *data, size_t length)
{
	bool wide = false, crlf = false;
	for (size_t i = 0, size; i < length; i += size) {
		uint32_t code = utf8_decode((const char *)data + i, length - i, &size);
		bool control = code < 32 && !strchr("\t\n\r\f\b\033\a", (int)code);
		if (control || code == 127 || (code == 0xfffd && length - i > 4)) {
			if (is_mime())
				put_mime("application/octet-stream", "binary");
			else
				printf("data");
			return;
		}
		wide |= code >= 128;
		crlf |= code == '\r';
	}
	bool is_script = length > 2 && data[0] == '#' && data[1] == '!';
	if (is_mime()) {
		put_mime(is_script ? script_mime((const char *)data + 2) : "text/plain", wide ? "utf-8" : "us-ascii");
		return;
	}
	const char *language = is_script ? NULL : language_of((const char *)data);
	if (is_script)
		put_script((const char *)data);
	else if (language)
		printf(as_posix ? "%s program text, " : "%s source, ", language);
	printf("%s text%s%s", wide ? "Unicode text, UTF-8" : "ASCII", is_script ? " executable" : "", crlf ? ", with CRLF line terminators" : "");
}

static void put_contents(const char *path)
{
	static unsigned char data[8193];
	FILE *input = fopen(path, "r");
	if (!input) {
		printf(as_posix ? "cannot open" : "regular file, no read permission");
		return;
	}
	size_t length = fread(data, 1, sizeof data - 1, input);
	fclose(input);
	data[length] = 0;
	if (!is_mime() && magic_print(tests[0], data, length))
		return;
	if (!has_own_tests) {
		printf("data");
		return;
	}
	if (length > 20 && !memcmp(data, ELFMAG, SELFMAG)) {
		put_elf(data, has_interpreter(data, length));
		return;
	}
	for (size_t i = 0; i < sizeof signatures / sizeof *signatures; i++) {
		if (signatures[i].at + signatures[i].length > length || memcmp(data + signatures[i].at, signatures[i].bytes, signatures[i].length))
			continue;
		if (is_mime())
			put_mime(signatures[i].mime, "binary");
		else
			printf("%s", signatures[i].text);
		return;
	}
	if (is_mime() || !magic_print(tests[1], data, length))
		put_text(data, length);
}

static void put_special(const struct stat *status, const char *path)
{
	char target[4096];
	ssize_t length;
	switch (status->st_mode & S_IFMT) {
	case S_IFDIR: printf("%sdirectory", status->st_mode & S_ISVTX ? "sticky, " : ""); break;
	case S_IFLNK:
		length = readlink(path, target, sizeof target);
		printf("symbolic link to %.*s", length < 0 ? 0 : (int)length, target);
		break;
	case S_IFCHR: printf("character special (%u/%u)", major(status->st_rdev), minor(status->st_rdev)); break;
	case S_IFBLK: printf("block special (%u/%u)", major(status->st_rdev), minor(status->st_rdev)); break;
	case S_IFIFO: printf("fifo (named pipe)"); break;
	case S_IFSOCK: printf("socket"); break;
	default: printf("empty");
	}
}

static const char *special_mime(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR: return "inode/directory";
	case S_IFLNK: return "inode/symlink";
	case S_IFCHR: return "inode/chardevice";
	case S_IFBLK: return "inode/blockdevice";
	case S_IFIFO: return "inode/fifo";
	case S_IFSOCK: return "inode/socket";
	default: return "inode/x-empty";
	}
}

/* The tests of a file go before file's own, or behind a -d. */
static void add_tests(const char *name, bool is_behind)
{
	static struct magic_test *last[2];
	last[is_behind] = magic_read(name, last[is_behind]);
	if (!tests[is_behind])
		tests[is_behind] = last[is_behind];
}

static void show_file(const char *path, bool follows)
{
	struct stat status;
	if (lstat(path, &status) || (follows && stat(path, &status) && lstat(path, &status))) {
		printf("cannot open `%s' (No such file or directory)", path);
		return;
	}
	if (as_posix && shows_type && shows_encoding && S_ISREG(status.st_mode))
		printf("regular file");
	else if (S_ISREG(status.st_mode) && (status.st_size || status.st_blocks))
		put_contents(path);
	else if (is_mime() && !as_posix)
		put_mime(special_mime(status.st_mode), "binary");
	else
		put_special(&status, path);
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {{"brief", no_argument, NULL, 'b'}, {"dereference", no_argument, NULL, 'L'}, {"no-dereference", no_argument, NULL, 'h'},
		{"mime", no_argument, NULL, 'i'}, {"mime-type", no_argument, NULL, MIME_TYPE}, {"mime-encoding", no_argument, NULL, MIME_ENCODING}, {0}};
	as_posix = getenv("POSIXLY_CORRECT");
	bool brief = false, follows = as_posix, adds_own = false, only_tests = false;
	for (int option; (option = next_long_option(argc, argv, "bdhiLM:m:", longs)) != -1;) {
		brief |= option == 'b';
		follows = option == 'L' ? true : option == 'h' ? false : follows;
		shows_type |= option == 'i' || option == MIME_TYPE;
		shows_encoding |= option == 'i' || option == MIME_ENCODING;
		adds_own |= option == 'd';
		only_tests |= option == 'M';
		if (option == 'm' || option == 'M')
			add_tests(optarg, adds_own);
	}
	has_own_tests = adds_own || !only_tests;
	if (!argv[optind])
		usage_error("missing file operand");
	int widest = 0;
	for (char **path = argv + optind; *path && !as_posix; path++)
		widest = (int)strlen(*path) > widest ? (int)strlen(*path) : widest;
	for (char **path = argv + optind; *path; path++) {
		if (!brief)
			printf("%s:%*s", *path, as_posix ? 1 : widest - (int)strlen(*path) + 1, "");
		show_file(*path, follows);
		putchar('\n');
	}
	return 0;
}
