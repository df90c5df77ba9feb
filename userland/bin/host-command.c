/*
 * host-command: run a command that a program of the host offers
 * hartix(7)
 *
 * Usage: host-command FILE [ARGUMENT]...
 * The interpreter of commands of the host (#!/bin/host-command): the command has FILE's base name. Its
 * standard streams, arguments, environment and directory are this program's; so is its exit status.
 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "files.h"
#include "tools.h"

/* Abstract, so that it needs no file system: src/machine-thread/host-commands.ts listens. */
static const char NAME[] = "\0hartix-commands";
enum { CHUNK = 16384, HEADER = 5, CANNOT_EXECUTE = 126 };

/* A frame: its kind, its length in four bytes, least significant first, and that many bytes. */
static void send_frame(int host, char kind, const char *bytes, size_t length)
{
	char header[HEADER] = {kind, (char)length, (char)(length >> 8), (char)(length >> 16), (char)(length >> 24)};
	if (write_all(host, header, sizeof header) || write_all(host, bytes, length))
		err(CANNOT_EXECUTE, "the host");
}

static void receive(int host, char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t count = read(host, bytes, length);
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			err(CANNOT_EXECUTE, "the host");
		if (count == 0)
			errx(CANNOT_EXECUTE, "the host has ended the command");
		bytes += count;
		length -= (size_t)count;
	}
}

static int connect_host(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	memcpy(address.sun_path, NAME, sizeof NAME - 1);
	int host = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + sizeof NAME - 1);
	if (host < 0)
		err(CANNOT_EXECUTE, "socket");
	if (connect(host, (struct sockaddr *)&address, length) < 0)
		errx(CANNOT_EXECUTE, "the host offers no commands");
	return host;
}

/* What the command begins with: its name and arguments, its environment, its directory. */
static void send_start(int host, char **arguments)
{
	char directory[PATH_MAX];
	const char *name = strrchr(arguments[0], '/');
	name = name ? name + 1 : arguments[0];
	send_frame(host, 'a', name, strlen(name));
	for (int i = 1; arguments[i]; i++)
		send_frame(host, 'a', arguments[i], strlen(arguments[i]));
	for (char **variable = environ; *variable; variable++)
		send_frame(host, 'e', *variable, strlen(*variable));
	if (getcwd(directory, sizeof directory))
		send_frame(host, 'd', directory, strlen(directory));
	send_frame(host, 's', "", 0);
}

/* The host wants input: what there is now, nothing at its end. */
static void send_input(int host)
{
	char bytes[CHUNK];
	ssize_t count;
	do
		count = read(STDIN_FILENO, bytes, sizeof bytes);
	while (count < 0 && errno == EINTR);
	send_frame(host, 'i', bytes, count < 0 ? 0 : (size_t)count);
}

/* Output of the command, to descriptor `fd`; the host is told when nobody reads it any more. */
static void pass_output(int host, int fd, size_t length)
{
	char bytes[CHUNK];
	while (length > 0) {
		size_t part = length < sizeof bytes ? length : sizeof bytes;
		receive(host, bytes, part);
		length -= part;
		if (fd >= 0 && write_all(fd, bytes, part)) {
			send_frame(host, fd == STDOUT_FILENO ? '1' : '2', "", 0);
			fd = -1;
		}
	}
}

int main(int argc, char **argv)
{
	if (next_option(argc, argv, "+") != -1 || optind >= argc)
		usage_error("a command is missing");
	int host = connect_host();
	send_start(host, argv + optind);
	for (bool wants_input = false;;) {
		struct pollfd ready[] = {{.fd = host, .events = POLLIN}, {.fd = STDIN_FILENO, .events = POLLIN}};
		if (poll(ready, wants_input ? 2 : 1, -1) < 0)
			continue;
		if (wants_input && ready[1].revents) {
			send_input(host);
			wants_input = false;
		}
		if (!ready[0].revents)
			continue;
		unsigned char header[HEADER];
		receive(host, (char *)header, sizeof header);
		size_t length = header[1] | (size_t)header[2] << 8 | (size_t)header[3] << 16 | (size_t)header[4] << 24;
		switch (header[0]) {
		case 'x':
			return (int)length;
		case 'r':
			wants_input = true;
			break;
		case 'o':
			pass_output(host, STDOUT_FILENO, length);
			break;
		default:
			pass_output(host, STDERR_FILENO, length);
		}
	}
}
