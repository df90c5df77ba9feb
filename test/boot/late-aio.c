/* Two reads of one io_submit(2), in the file of argv[1]: what says where its blocks are is read first, and is on the disk, too. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

static char first[4096], second[4096];

int main(int argc, char **argv) {
  aio_context_t context = 0;
  struct io_event events[2];
  if (argc < 2 || syscall(SYS_io_setup, 4, &context)) return 1;
  struct iocb one = {.aio_fildes = open(argv[1], O_RDONLY), .aio_lio_opcode = IOCB_CMD_PREAD, .aio_buf = (long)first, .aio_nbytes = 4096, .aio_data = 1};
  struct iocb two = one, *both[] = {&one, &two};
  two.aio_buf = (long)second, two.aio_offset = 400000, two.aio_data = 2;
  printf("submit %ld\n", (long)syscall(SYS_io_submit, context, 2, both));
  printf("events %ld\n", (long)syscall(SYS_io_getevents, context, 2, 2, events, NULL));
  for (int i = 0; i < 2; i++) printf("%lld: %lld\n", (long long)events[i].data, (long long)events[i].res);
  printf("%c %c\n", first[0], second[0]);
  return 0;
}
