/** What fsopen(2) and fspick(2) give: a file system being set up, before it is mounted. Linux: struct fs_context. */
import { EBUSY, EINVAL, ENODATA, fail } from '../abi/errno.ts';
import { MS_LAZYTIME, MS_RDONLY, MS_SYNCHRONOUS } from '../abi/mount.ts';
import type { FileSystem, FileSystemType } from '../fs/filesystem.ts';
import type { Inode } from '../fs/inode.ts';
import { KernelFile } from './kernel-file.ts';

/** Options as text take a page, as mount(2)'s. */
const MAX_OPTIONS = 4096;

/** Parameters of every file system: what they set in the flags. */
const FLAGS: Readonly<Record<string, { readonly set?: number; readonly clear?: number }>> = {
  ro: { set: MS_RDONLY },
  rw: { clear: MS_RDONLY },
  sync: { set: MS_SYNCHRONOUS },
  async: { clear: MS_SYNCHRONOUS },
  lazytime: { set: MS_LAZYTIME },
  nolazytime: { clear: MS_LAZYTIME },
};

/** What is to be done next: give parameters, mount what was made, give parameters of what is mounted; or nothing after an error. */
type Phase = 'parameters' | 'made' | 'mounted' | 'failed';

export class FsContextFile extends KernelFile {
  readonly type: FileSystemType;
  phase: Phase;
  /** The instance, once made. */
  fileSystem: FileSystem | undefined;
  source: string | undefined = undefined;
  /** Whether fsmount took the instance over; else it goes with the last descriptor. */
  isMounted: boolean;
  private readonly parameters: string[] = [];
  private set = 0;
  private cleared = 0;

  /** `mounted`: of fspick, the instance whose parameters change. */
  constructor(inode: Inode, flags: number, type: FileSystemType, mounted?: FileSystem) {
    super(inode, flags);
    this.type = type;
    this.fileSystem = mounted;
    this.isMounted = mounted !== undefined;
    this.phase = mounted ? 'mounted' : 'parameters';
  }

  get options(): string {
    return this.parameters.join(',');
  }

  /** The parameters that were given since the last time. */
  takeOptions(): string {
    const { options } = this;
    this.parameters.length = 0;
    return options;
  }

  get isReadOnly(): boolean {
    return (this.set & MS_RDONLY) !== 0;
  }

  /** Whether ro and rw were said since the last time: what is to be, or undefined. */
  takeReadOnly(): boolean | undefined {
    const isSaid = ((this.set | this.cleared) & MS_RDONLY) !== 0;
    const { isReadOnly } = this;
    this.set = this.cleared = 0;
    return isSaid ? isReadOnly : undefined;
  }

  /** What lazytime and nolazytime say; undefined without them. */
  get keepsTimes(): boolean | undefined {
    if ((this.set & MS_LAZYTIME) !== 0) return true;
    return (this.cleared & MS_LAZYTIME) === 0 ? undefined : false;
  }

  /** A parameter, with a value or as a flag; whether it is for the file system is found out when that is made. Throws EBUSY, EINVAL. */
  addParameter(key: string, value: string | undefined): void {
    if (this.phase !== 'parameters' && this.phase !== 'mounted') throw fail(EBUSY, 'fs context');
    const flag = FLAGS[key];
    if (flag) {
      this.set = (this.set | (flag.set ?? 0)) & ~(flag.clear ?? 0);
      this.cleared = (this.cleared | (flag.clear ?? 0)) & ~(flag.set ?? 0);
    } else if (key === 'source') {
      if (value === undefined || this.source !== undefined) throw fail(EINVAL, 'source');
      this.source = value;
    } else {
      const text = value === undefined ? key : `${key}=${value}`;
      if (text.includes(',') || this.options.length + text.length > MAX_OPTIONS - 2)
        throw fail(EINVAL, 'parameter');
      this.parameters.push(text);
    }
  }

  poll(): number {
    return 0;
  }

  /** Messages of the file system: they are in the log. */
  override read(): number {
    throw fail(ENODATA, 'no message');
  }

  override release(): void {
    if (!this.isMounted) this.fileSystem?.unmount();
    super.release();
  }

  override describe(): string {
    return 'anon_inode:[fscontext]';
  }
}
