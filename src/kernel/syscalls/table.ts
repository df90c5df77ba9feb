/** THE system-call table, in groups. */
import type { Row } from '../syscall-row.ts';
import { FILE_ROWS } from './file-table.ts';
import { IPC_ROWS } from './ipc-table.ts';
import { MEMORY_ROWS } from './memory-table.ts';
import { PROCESS_ROWS } from './process-table.ts';
import { SOCKET_ROWS } from './socket-table.ts';

export const SYSCALLS: readonly Row[] = [
  ...PROCESS_ROWS,
  ...MEMORY_ROWS,
  ...FILE_ROWS,
  ...SOCKET_ROWS,
  ...IPC_ROWS,
];
