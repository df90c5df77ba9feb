/** What a row of procfs's tables may be: a file of text, a directory of rows, a link. */
import type { File } from '../../fs/file.ts';
import type { Inode } from '../../fs/inode.ts';
import type { Kernel } from '../kernel.ts';
import {
  ProcDirectory,
  type ProcInode,
  ProcLinkInode,
  ProcSpecialInode,
  ProcTextInode,
} from './proc-inode.ts';
import type { ViewFileSystem } from './view-file-system.ts';

/** One file below /proc that belongs to no process, or below /sys. Exactly one of show, entries, link and open says what it is. */
export interface ProcRow {
  readonly name: string;
  /** Permission bits; 0444 when absent. */
  readonly mode?: number;
  show?(kernel: Kernel): string;
  /** Takes one write(2). Throws EINVAL and the like. */
  store?(kernel: Kernel, text: string): void;
  /** A directory; a function where the entries come and go. */
  readonly entries?: readonly ProcRow[] | ((kernel: Kernel) => readonly ProcRow[]);
  /** What the entry is about, where entries come and go: with another subject it is another file. */
  readonly subject?: object;
  link?(kernel: Kernel): string;
  /** A file with reads of its own. */
  open?(kernel: Kernel, inode: Inode, flags: number): File;
}

export function inodeOfRow(fs: ViewFileSystem, row: ProcRow): ProcInode {
  const { kernel } = fs;
  const { entries, link, store, open } = row;
  if (entries) return new RowDirectory(fs, entries);
  if (link) return new ProcLinkInode(fs, () => link(kernel));
  const mode = row.mode ?? 0o444;
  if (open) return new ProcSpecialInode(fs, mode, (inode, flags) => open(kernel, inode, flags));
  return new ProcTextInode(fs, mode, {
    show: () => row.show?.(kernel) ?? '',
    ...(store && { store: (text: string) => store(kernel, text) }),
  });
}

export class RowDirectory extends ProcDirectory {
  /** Not saved. */
  private ownRows: (() => readonly ProcRow[]) | undefined;
  /** Subjects of the entries that were handed out. */
  private readonly subjects = new Map<string, object | undefined>();

  constructor(fs: ViewFileSystem, rows: NonNullable<ProcRow['entries']>) {
    super(fs);
    this.ownRows = typeof rows === 'function' ? () => rows(fs.kernel) : () => rows;
  }

  private get rows(): () => readonly ProcRow[] {
    return (this.ownRows ??= this.twinOf(RowDirectory).rows);
  }

  names(): string[] {
    return this.rows().map(({ name }) => name);
  }

  make(name: string): ProcInode | undefined {
    const row = this.find(name);
    this.subjects.set(name, row?.subject);
    return row && inodeOfRow(this.fs, row);
  }

  override isCurrent(name: string): boolean {
    const row = this.find(name);
    return row !== undefined && row.subject === this.subjects.get(name);
  }

  private find(name: string): ProcRow | undefined {
    return this.rows().find((candidate) => candidate.name === name);
  }
}
