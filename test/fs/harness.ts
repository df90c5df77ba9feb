/** A small VFS for tests: one namespace over host memory, and file operations by path as a process would call them. */
import { errnoName, KernelError } from '../../src/abi/errno.ts';
import { HostContext } from '../../src/fs/crash/host-context.ts';
import { PathOperations } from '../../src/fs/crash/path-operations.ts';

export class TestContext extends HostContext {}

export class TestSystem extends PathOperations {}

/** The name of the errno that `call` fails with; 'ok' if it does not. */
export function errnoOf(call: () => void): string {
  try {
    call();
  } catch (error) {
    if (error instanceof KernelError) return errnoName(error.errno);
    throw error;
  }
  return 'ok';
}
