/** System calls on processes, memory, signals and time (table). */
import type { Row } from '../syscall-row.ts';

export const PROCESS_ROWS: readonly Row[] = [];
