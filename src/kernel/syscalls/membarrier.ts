/** membarrier(2). Linux: kernel/sched/membarrier.c. */
import { EINVAL, EPERM, fail } from '../../abi/errno.ts';
import { spaceOf } from '../futex.ts';
import { restartSequences } from '../rseq.ts';
import type { Task } from '../task.ts';

const QUERY = 0;
const GLOBAL = 1;
const GLOBAL_EXPEDITED = 2;
const REGISTER_GLOBAL_EXPEDITED = 4;
const PRIVATE_EXPEDITED = 8;
const REGISTER_PRIVATE_EXPEDITED = 16;
const PRIVATE_EXPEDITED_SYNC_CORE = 32;
const REGISTER_PRIVATE_EXPEDITED_SYNC_CORE = 64;
const PRIVATE_EXPEDITED_RSEQ = 128;
const REGISTER_PRIVATE_EXPEDITED_RSEQ = 256;
const GET_REGISTRATIONS = 512;
const SUPPORTED = 2 * GET_REGISTRATIONS - 1;
const FLAG_CPU = 1;

/** membarrier(2). Errors: EINVAL, EPERM for a barrier that was not registered for. */
export function membarrier(task: Task, command: number, flags: number, cpu: number): number {
  if ((command === PRIVATE_EXPEDITED_RSEQ ? flags & ~FLAG_CPU : flags) !== 0)
    throw fail(EINVAL, 'flags');
  const { process, kernel } = task;
  switch (command) {
    case QUERY:
      return SUPPORTED;
    case GLOBAL:
    case GLOBAL_EXPEDITED:
    case PRIVATE_EXPEDITED_SYNC_CORE:
      checkRegistered(task, command);
      // Each hart answers when it has stopped between two instructions and looked for new code.
      kernel.arch.platform.fenceI();
      return 0;
    case PRIVATE_EXPEDITED:
      checkRegistered(task, command);
      // As the harts answer that they have forgotten a page that cannot be mapped.
      kernel.arch.flushTlb(spaceOf(task).pageTable.asid, 0);
      return 0;
    case PRIVATE_EXPEDITED_RSEQ:
      checkRegistered(task, command);
      restartSequences(process, flags === 0 ? undefined : cpu);
      kernel.arch.flushTlb(spaceOf(task).pageTable.asid, 0);
      return 0;
    case REGISTER_GLOBAL_EXPEDITED:
    case REGISTER_PRIVATE_EXPEDITED:
    case REGISTER_PRIVATE_EXPEDITED_SYNC_CORE:
    case REGISTER_PRIVATE_EXPEDITED_RSEQ:
      process.membarriers |= command;
      return 0;
    case GET_REGISTRATIONS:
      return process.membarriers;
    default:
      throw fail(EINVAL, `command ${command}`);
  }
}

/** The register command of a private one is the next higher bit. */
function checkRegistered({ process }: Task, command: number): void {
  if (command <= GLOBAL_EXPEDITED) return;
  if ((process.membarriers & (command << 1)) === 0) throw fail(EPERM, 'not registered');
}
