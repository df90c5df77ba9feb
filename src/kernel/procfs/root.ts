/** The root of procfs: the rows of entries.ts, self, and a directory per process. */
import { ENOENT, fail } from '../../abi/errno.ts';
import type { Process } from '../process.ts';
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
    const process = this.processOf(name);
    return process && new ProcessDirectory(this.fs, process, process.leader, false);
  }

  override isCurrent(name: string, inode: ProcInode): boolean {
    if (!(inode instanceof ProcessDirectory)) return true;
    return inode.process === this.processOf(name) && inode.task === inode.process.leader;
  }

  protected override ownerOf(name: string): Owner | undefined {
    const process = this.processOf(name);
    return process && ownerOfProcess(process.leader);
  }

  /** A thread's number leads to its process too, though it is not listed. */
  private processOf(name: string): Process | undefined {
    if (!/^[1-9][0-9]*$/.test(name)) return undefined;
    const { pids } = this.fs.kernel;
    return pids.process(Number(name)) ?? pids.task(Number(name))?.process;
  }

  private reader(): Task {
    const { current } = this.fs.kernel;
    if (!current) throw fail(ENOENT, 'nobody reads');
    return current;
  }
}
