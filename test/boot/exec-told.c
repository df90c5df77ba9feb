/* Runs the program argv[1] (a copy of true) and prints what inotify says of its file, as numbers of times. */
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	char buffer[4096] __attribute__((aligned(8)));
	int fd = inotify_init1(IN_NONBLOCK), opens = 0, closes = 0;
	(void)argc;
	inotify_add_watch(fd, argv[1], IN_OPEN | IN_CLOSE);
	if (!fork()) {
		execl(argv[1], "true", (char *)NULL);
		_exit(1);
	}
	wait(NULL);
	ssize_t length = read(fd, buffer, sizeof buffer);
	for (ssize_t at = 0; at < length; at += (ssize_t)sizeof(struct inotify_event) + ((struct inotify_event *)(buffer + at))->len) {
		unsigned mask = ((struct inotify_event *)(buffer + at))->mask;
		opens += (mask & IN_OPEN) != 0;
		closes += (mask & IN_CLOSE) != 0;
	}
	printf("opens %d\ncloses %d\n", opens, closes);
	return 0;
}
