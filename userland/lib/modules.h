/* Kernel modules: their files, what is said in them, and loading them. */
#ifndef MODULES_H
#define MODULES_H

#include <stddef.h>

/* The whole file, or a null pointer with errno; the caller frees it. */
char *read_module_file(const char *path, size_t *length);

/*
 * The strings of section .modinfo ("name=value", NUL-terminated, one after the other) in a file of `length` bytes; their
 * length in *size. A null pointer when the file is no module.
 */
const char *module_info(const char *file, size_t length, size_t *size);

/* Path of a module by its name ("ramdisk", "ramdisk.ko") below /lib/modules, or a null pointer; the caller frees it. */
char *find_module(const char *name);

/* Paths that must be loaded before `path`, as modules.dep says: separated by blanks; the caller frees it. */
char *module_dependencies(const char *path);

/* finit_module(2) with the parameters of argv, up to a null pointer. 0, or -1 with errno. */
int load_module(const char *path, char **parameters);

/* What the kernel's errno means for a module. */
const char *module_error(int number);

#endif
