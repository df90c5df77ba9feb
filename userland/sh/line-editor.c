#include <stdlib.h>
#include "shell.h"
char *edit_line(const char *prompt, bool *interrupted)
{ (void)prompt; (void)interrupted; char *l=NULL; size_t n=0; fputs(prompt,stderr); if (getline(&l,&n,stdin)<0) return NULL; return l; }
void history_load(void){}
int history_count(void){return 0;}
int builtin_history(int argc, char **argv){(void)argc,(void)argv; return 0;}
