/* What "command not found" says: where a Hartix user finds what other systems have. */
#include <string.h>

#include "shell.h"

static const struct {
	const char *names; /* between blanks */
	bool bring; /* a file brought in from the host helps */
	const char *hint;
} hints[] = {
	{" cc gcc g++ c99 c++ clang tcc as ld make cmake ninja gdb rustc cargo go ", true,
	 "There is no compiler inside Hartix: compile for riscv64 on the host, run it here.\n"
	 "  npx hartix run hello.c                  compiles it (by zig) and runs it\n"
	 "  zig cc -target riscv64-linux-musl -static hello.c -o hello\n"},
	{" apt apt-get dpkg apk yum dnf pacman brew snap pip pip3 npm npx yarn ", true,
	 "There is no package manager: `help` lists what is here.\n"
	 "Linux programs for riscv64 run unchanged.\n"},
	{" curl wget ssh scp sftp rsync ftp nc netcat telnet ping ip ifconfig ", true,
	 "No network is reached from here: fetch on the host and hand the file in.\n"},
	{" python python2 python3 node perl ruby lua php java tclsh ", true,
	 "There is no such interpreter; there are sh, awk, sed, cut, tr, grep and sort.\n"
	 "A static riscv64 build of it runs here.\n"},
	{" git svn hg ", true, "Version control stays on the host, in a folder that both see.\n"},
	{" gzip gunzip zip unzip xz bzip2 ", true, "Pack and unpack on the host.\n"},
	{" vim nvim nano emacs pico ed ", false, "The editor here is vi.\n"},
	{" man info tldr apropos ", false, "Every command has --help, and `help` lists all.\n"},
	{" sudo su doas ", false, "You are root already: run the command itself.\n"},
	{" bash zsh ksh dash fish csh tcsh ash ", false, "The shell here is sh (POSIX).\n"},
	{" systemctl service journalctl ", false,
	 "init reads /etc/inittab; the kernel's log is dmesg.\n"},
	{" shutdown ", false, "Use poweroff, reboot, or leave the shell with exit.\n"},
	{" htop btop ", false, "Try top.\n"},
};

static const char bring[] =
	"To bring files in: hartix run FILE, hartix --mount HOST:GUEST, or hartix --here.\n";

void explain_missing(const char *name)
{
	shell_warning("%s: command not found", name);
	size_t length = strlen(name);
	for (size_t i = 0; i < sizeof hints / sizeof *hints; i++) {
		for (const char *found = hints[i].names; (found = strstr(found, name)); found += length) {
			if (found == hints[i].names || found[-1] != ' ' || found[length] != ' ')
				continue;
			fputs(hints[i].hint, stderr);
			if (hints[i].bring)
				fputs(bring, stderr);
			return;
		}
	}
}
