/** /proc/<pid>/map_files: a link to the file of each mapping, named by its addresses. proc_pid_map_files(5). */

import { EACCES, ENOENT, EPERM, fail } from '../../abi/errno.ts';
import type { Dentry } from '../../fs/dentry.ts';
import { pathOf } from '../../fs/path.ts';
import { CAP_CHECKPOINT_RESTORE, CAP_SYS_ADMIN } from '../credentials.ts';
import type { MappedFile, Vma } from '../mm/vma.ts';
import type { Process } from '../process.ts';
import { mayTrace } from '../ptrace-access.ts';
import { type Owner, ProcDirectory, type ProcInode, ProcMagicLinkInode } from './proc-inode.ts';
import type { ViewFileSystem } from './view-file-system.ts';

const NAME = /^(0|[1-9a-f][0-9a-f]{0,15})-([1-9a-f][0-9a-f]{0,15})$/;

/** A mapping whose file has a name. */
function isListed(vma: Vma): boolean {
  return vma.file?.dentry !== undefined;
}

export class MapFilesDirectory extends ProcDirectory {
  private readonly process: Process;
  /** The file that each handed-out link leads to. */
  private readonly files = new Map<ProcInode, MappedFile>();

  constructor(fs: ViewFileSystem, process: Process) {
    super(fs, 0o500);
    this.process = process;
  }

  names(): string[] {
    this.check();
    const names: string[] = [];
    for (const vma of this.process.addressSpace?.vmas ?? []) {
      if (isListed(vma)) names.push(`${vma.start.toString(16)}-${vma.end.toString(16)}`);
    }
    return names;
  }

  make(name: string): ProcInode | undefined {
    this.check();
    const file = this.find(name);
    const dentry = file?.dentry;
    if (!file || !dentry) return undefined;
    const root = this.process.root;
    const show = (): string => pathOf(dentry, root);
    const inode = new ProcMagicLinkInode(this.fs, file.isWritable ? 0o600 : 0o400, show, () =>
      this.follow(name, dentry),
    );
    this.files.set(inode, file);
    return inode;
  }

  override isCurrent(name: string, inode: ProcInode): boolean {
    const isSame = this.find(name) === this.files.get(inode);
    if (!isSame) this.files.delete(inode);
    return isSame;
  }

  protected override ownerOf(): Owner {
    return { uid: this.uid, gid: this.gid };
  }

  private find(name: string): MappedFile | undefined {
    const match = NAME.exec(name);
    if (!match) return undefined;
    const vma = this.process.addressSpace?.vmas.find(Number.parseInt(match[1] ?? '', 16));
    const isExact = vma && vma.start.toString(16) === match[1] && vma.end.toString(16) === match[2];
    return isExact && isListed(vma) ? vma.file : undefined;
  }

  /** Whoever follows reaches files that no path leads to: a privilege of its own, unlike reading the link. */
  private follow(name: string, dentry: Dentry): Dentry {
    const reader = this.fs.kernel.current?.credentials;
    const mayFollow =
      !reader ||
      reader.hasCapability(CAP_SYS_ADMIN) ||
      reader.hasCapability(CAP_CHECKPOINT_RESTORE);
    if (!mayFollow) throw fail(EPERM, 'map_files: CAP_CHECKPOINT_RESTORE is needed');
    if (!this.find(name)) throw fail(ENOENT, 'the mapping is gone');
    return dentry;
  }

  private check(): void {
    const reader = this.fs.kernel.current;
    if (reader && !mayTrace(reader, this.process.leader)) throw fail(EACCES, 'map_files');
  }
}
