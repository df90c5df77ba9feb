/* The parts of init: what is mounted, which sessions run, how the system ends. */
#ifndef INIT_H
#define INIT_H

#include <stdbool.h>
#include <sys/types.h>

/* mounts.c: mounts what /etc/fstab lists; what the kernel lacks or has mounted is passed over. */
void mount_all(void);
void unmount_all(void);

/* sessions.c: the lines of /etc/inittab. */
void read_inittab(void);
/* One session, on the console, by DIR/bin/console-session. */
void set_console_session(const char *dir);
/* Starts what is to run and does not: `once` entries only the first time. */
void start_sessions(void);
/* The system goes on from a snapshot: sessions begin now, and the console's shell has another environment. */
void resume_sessions(void);
/* A child has ended. True if it was the console's session: the system ends with its status. */
bool session_ended(pid_t pid, int status);

/* shutdown.c: ends all processes, writes everything to disk and stops the machine. */
_Noreturn void shut_down(int command, int status);
/* Starts a program with the signals of a fresh process; its pid, or -1 after a message. */
pid_t start_program(char **argv);

#endif
