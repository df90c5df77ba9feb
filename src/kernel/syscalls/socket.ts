/** socket(2), socketpair(2): no address family is there yet. */
import { EAFNOSUPPORT, fail } from '../../abi/errno.ts';
import type { Result } from '../block.ts';
import { partial } from '../syscall-row.ts';
import type { Task } from '../task.ts';

function createSocket(_task: Task, domain: number): Result {
  throw fail(EAFNOSUPPORT, `address family ${domain}`);
}

export const socket = partial(createSocket, 'no address family');
