/*
 * P-FIL-05: `update COUNT MARKS OFFSET` replaces ./target so many times: a new file is written and synced, renamed over it, and the
 * folder synced; only then is the number of the update written to the file MARKS at OFFSET, as what was promised. Each target has
 * 20,000 lines of its number. Prints what unlink and stat say of the temporary file, and the first line of the target.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINES = 20000, SECTOR = 512 };

static void must(int ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	exit(1);
}

static void update(int folder, int number)
{
	FILE *temporary = fopen("target.tmp", "w");
	must(temporary != NULL, "open");
	for (int line = 0; line < LINES; line++)
		fprintf(temporary, "%d\n", number);
	must(fflush(temporary) == 0, "write");
	must(fsync(fileno(temporary)) == 0, "fsync file");
	fclose(temporary);
	must(rename("target.tmp", "target") == 0, "rename");
	must(fsync(folder) == 0, "fsync folder");
}

int main(int argc, char **argv)
{
	if (argc != 4)
		return 2;
	int count = atoi(argv[1]), folder = open(".", O_RDONLY | O_DIRECTORY);
	int marks = open(argv[2], O_WRONLY | O_DSYNC);
	must(folder >= 0 && marks >= 0, "open");
	for (int number = 1; number <= count; number++) {
		char mark[SECTOR] = {0};
		update(folder, number);
		snprintf(mark, sizeof mark, "%d\n", number);
		must(pwrite(marks, mark, SECTOR, atoll(argv[3])) == SECTOR, "mark");
	}
	char first[32] = "";
	FILE *target = fopen("target", "r");
	must(target && fgets(first, sizeof first, target), "read");
	printf("%d %d %s", unlink("target.tmp") < 0 && errno == ENOENT ? 0 : 1, access("target.tmp", F_OK) < 0 ? 0 : 1, first);
	return 0;
}
