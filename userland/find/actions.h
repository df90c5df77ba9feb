/* The actions of find. */
#ifndef FIND_ACTIONS_H
#define FIND_ACTIONS_H

#include "find.h"

bool find_print(struct find_node *node, struct find_file *file);
bool find_print0(struct find_node *node, struct find_file *file);
bool find_printf(struct find_node *node, struct find_file *file);
void find_check_format(const char *format); /* of -printf; exits with a message */
bool find_list(struct find_node *node, struct find_file *file);
bool find_delete(struct find_node *node, struct find_file *file);
bool find_quit(struct find_node *node, struct find_file *file);
/* Letter of the node: ; one file, d in its folder, ? asks first, + gathers files. */
bool find_execute(struct find_node *node, struct find_file *file);
/* Reads the words of a command up to ; or {} +. */
void find_parse_command(struct find_node *node, const char *name, char ***argv);

#endif
