/**
 * Directories of a Linux host as descriptors: each name is opened relative to the directory before it, as openat(2) does,
 * so that nobody can swap a directory for a symbolic link between a check and its use.
 */
import { closeSync, constants, existsSync, openSync } from 'node:fs';
import type { DirectoryWalk, Entered } from '../virtio/9p/directory-walk.ts';

/** Linux, asm-generic/fcntl.h: a descriptor that only names the file. Node does not export it. */
const O_PATH = 0o10000000;
/** A symbolic link is ENOTDIR. */
const DIRECTORY = O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** Paths below this directory are resolved from the descriptor that is named: Node has no openat. */
const DESCRIPTORS = '/proc/self/fd';

function pathOf(descriptor: number): string {
  return `${DESCRIPTORS}/${descriptor}`;
}

/** Whether this host has what DescriptorWalk needs. */
export function hasDescriptorPaths(): boolean {
  return process.platform === 'linux' && existsSync(DESCRIPTORS);
}

export class DescriptorWalk implements DirectoryWalk {
  private readonly root: number;

  /** Throws node's error where `root` cannot be opened. The descriptor is kept for the life of the process. */
  constructor(root: string) {
    this.root = openSync(root, O_PATH | constants.O_DIRECTORY);
  }

  enter(names: readonly string[]): Entered {
    const directory = this.descend(names);
    return { path: pathOf(directory), leave: () => this.close(directory) };
  }

  pin(names: readonly string[]): Entered {
    const directory = this.descend(names.slice(0, -1));
    const file = this.step(directory, names.at(-1) ?? '.', O_PATH | constants.O_NOFOLLOW);
    return { path: pathOf(file), leave: () => this.close(file) };
  }

  private descend(names: readonly string[]): number {
    let current = this.root;
    for (const name of names) current = this.step(current, name, DIRECTORY);
    return current;
  }

  /** Open a name in a directory, which is closed. */
  private step(directory: number, name: string, flags: number): number {
    try {
      return openSync(`${pathOf(directory)}/${name}`, flags);
    } finally {
      this.close(directory);
    }
  }

  private close(descriptor: number): void {
    if (descriptor !== this.root) closeSync(descriptor);
  }
}
