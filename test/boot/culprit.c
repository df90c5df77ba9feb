/* Who wrote it? A variable by stores of two functions and by read(2), and a file. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char text[16];
static volatile int value;

__attribute__((noinline)) static void innocent(void)
{
	for (int i = 0; i < 1000; i++)
		value = i;
}

__attribute__((noinline)) static void guilty(int number)
{
	value = number;
}

int main(void)
{
	int fd[2];
	printf("%p %p\n", (void *)&value, (void *)text);
	fflush(stdout);
	innocent();
	guilty(0x5eed);
	pipe(fd);
	write(fd[1], "by the kernel", 13);
	read(fd[0], text, 13);
	int file = open("/tmp/culprit", O_CREAT | O_WRONLY, 0644);
	write(file, "first", 5);
	write(file, "second", 6);
	for (volatile int i = 0; i < 10000; i++)
		;
	puts(text);
	return value == 0x5eed ? 0 : 1;
}
