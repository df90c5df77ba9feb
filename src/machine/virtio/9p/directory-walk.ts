/** Ways to reach a directory of a shared folder without following a symbolic link. */
import { BackendError, isDirectory, isSymbolicLink } from './backend.ts';
import type { SyncFs } from './sync-fs.ts';

/** A directory or file that was reached. */
export interface Entered {
  /** Stands for it in paths, until leave(). */
  readonly path: string;
  leave(): void;
}

export interface DirectoryWalk {
  /** Enter the directory that these names lead to from the root. Fails with ENOENT or ENOTDIR. */
  enter(names: readonly string[]): Entered;
  /** The same for a file of any kind: its path reaches it even in calls that follow symbolic links. */
  pin(names: readonly string[]): Entered;
}

/** Looks at every name with lstat. What another process of the host changes after the look is not noticed. */
export class LstatWalk implements DirectoryWalk {
  private readonly fs: SyncFs;
  private readonly root: string;

  /** `root` is an absolute path, '' for the whole of `fs`. */
  constructor(fs: SyncFs, root: string) {
    this.fs = fs;
    this.root = root;
  }

  enter(names: readonly string[]): Entered {
    let path = this.root;
    for (const name of names) {
      path += `/${name}`;
      if (!isDirectory(this.modeOf(path))) throw new BackendError('ENOTDIR');
    }
    return { path, leave: () => undefined };
  }

  pin(names: readonly string[]): Entered {
    const directory = this.enter(names.slice(0, -1));
    const path = `${directory.path}/${names.at(-1) ?? '.'}`;
    if (isSymbolicLink(this.modeOf(path))) throw new BackendError('EOPNOTSUPP');
    return { path, leave: () => undefined };
  }

  private modeOf(path: string): number {
    return Number(this.fs.lstatSync(path, { bigint: true }).mode);
  }
}
