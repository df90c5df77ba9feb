/* P-FIL-01: copies a file, an int at a time. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static int complain(const char *what)
{
	perror(what);
	return 1;
}

int main(int argc, char **argv)
{
	int piece;
	ssize_t got = 0;
	if (argc != 3) {
		fputs("USAGE: copy src dest\n", stderr);
		return 1;
	}
	int from = open(argv[1], O_RDONLY);
	if (from < 0)
		return complain(argv[1]);
	int to = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC, 0777);
	if (to < 0)
		return complain(argv[2]);
	while ((got = read(from, &piece, sizeof piece)) > 0)
		if (write(to, &piece, got) != got)
			return complain("write");
	return got < 0 ? complain("read") : close(to) < 0 ? complain(argv[2]) : 0;
}
