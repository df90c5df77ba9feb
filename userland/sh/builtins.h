/* The builtins that are not in the file of what they belong to. */
#ifndef SH_BUILTINS_H
#define SH_BUILTINS_H

#include "mode.h"
#include "shell.h"

/* directory.c */
int builtin_cd(int argc, char **argv);
int builtin_pwd(int argc, char **argv);

/* type.c */
int builtin_type(int argc, char **argv);
int describe_commands(int argc, char **argv); /* command -v and -V */

/* fc.c */
int builtin_fc(int argc, char **argv);

/* hash.c */
int builtin_hash(int argc, char **argv);

/* assign.c */
int builtin_export(int argc, char **argv);
int builtin_readonly(int argc, char **argv);
int builtin_unset(int argc, char **argv);
int builtin_local(int argc, char **argv);
int builtin_getopts(int argc, char **argv);

/* read.c */
int builtin_read(int argc, char **argv);

/* ulimit.c */
int builtin_ulimit(int argc, char **argv);

#endif
