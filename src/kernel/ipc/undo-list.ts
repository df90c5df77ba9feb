/** What operations with SEM_UNDO are undone for: a process, or several that share it by CLONE_SYSVSEM. Linux: struct sem_undo_list. */
export class UndoList {
  /** Processes that have it; with the last one's end all is undone. */
  users = 1;
}
