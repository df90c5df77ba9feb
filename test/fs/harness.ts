/** A small VFS for tests: one namespace over host memory, and file operations by path as a process would call them. */
import { ENOENT, errnoName, fail, KernelError } from '../../src/abi/errno.ts';
import { HostContext } from '../../src/fs/crash/host-context.ts';
import { PathOperations } from '../../src/fs/crash/path-operations.ts';
import type { Mount } from '../../src/fs/mount.ts';
import type { MountTable } from '../../src/fs/mount-table.ts';
import { resolve } from '../../src/fs/path.ts';
import { ROOT_IDENTITY } from '../../src/fs/permission.ts';

export class TestContext extends HostContext {
  /** The tree that layers of an overlay are taken from. */
  tree: MountTable | undefined;

  privateMount(path: string): Mount {
    const { tree } = this;
    if (!tree) throw fail(ENOENT, path);
    const place = resolve(path, { root: tree.root, cwd: tree.root, identity: ROOT_IDENTITY });
    return tree.bindFloating(place, false);
  }

  dropMount(mount: Mount): void {
    this.tree?.dissolve(mount);
  }
}

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
