/** The root of procfs: the rows of entries.ts, self, and a directory per process. */
import { ENOENT, fail } from '../../abi/errno.ts';
import type { Task } from '../task.ts';
import { ENTRIES } from './entries.ts';
import { ownerOfProcess, ProcessDirectory } from './pid-directory.ts';
import { type Owner, ProcDirectory, type ProcInode, ProcLinkInode } from './proc-inode.ts';
import { inodeOfRow } from './row.ts';

const LINKS = ['self', 'thread-self'];
/** Where processes are listed: after the names that are always there. */
const FIRST_PROCESS = ENTRIES.length + LINKS.length;

export class ProcRoot extends ProcDirectory {
  /** Row names, self and thread-self, then the processes in order of pid. */
  names(): string[] {
    const pids = [...this.fs.kernel.pids.processes.keys()].sort((a, b) => a - b);
    return [...ENTRIES.map(({ name }) => name), ...LINKS, ...pids.map(String)];
  }

  protected override positionOf(name: string, index: number): number {
    return index < FIRST_PROCESS ? index : FIRST_PROCESS + Number(name);
  }

  make(name: string): ProcInode | undefined {
    if (name === 'self') return new ProcLinkInode(this.fs, () => String(this.reader().process.pid));
    if (name === 'thread-self') {
      return new ProcLinkInode(this.fs, () => {
        const { process, tid } = this.reader();
        return `${process.pid}/task/${tid}`;
      });
    }
    const row = ENTRIES.find((candidate) => candidate.name === name);
    if (row) return inodeOfRow(this.fs, row);
    const task = this.taskOf(name);
    return task && new ProcessDirectory(this.fs, task.process, task, false);
  }

  override isCurrent(name: string, inode: ProcInode): boolean {
    return !(inode instanceof ProcessDirectory) || inode.task === this.taskOf(name);
  }

  protected override ownerOf(name: string): Owner | undefined {
    const task = this.taskOf(name);
    return task && ownerOfProcess(task);
  }

  /** Of a process its leader; a thread's number is none that is listed, and has the whole process's directory, with its own name and state. */
  private taskOf(name: string): Task | undefined {
    if (!/^[1-9][0-9]*$/.test(name)) return undefined;
    const { pids } = this.fs.kernel;
    return pids.process(Number(name))?.leader ?? pids.task(Number(name));
  }

  private reader(): Task {
    const { current } = this.fs.kernel;
    if (!current) throw fail(ENOENT, 'nobody reads');
    return current;
  }
}
