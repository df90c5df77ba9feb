/** Fids of a 9p session and the files they stand for: what stays valid over rename and unlink. */
import { BackendError, type FileBackend, type Handle, type OpenAccess } from './backend.ts';

/** One path. All fids on it share the object, so that rename moves them together. */
export interface FileNode {
  path: string;
  /** The name is gone; what is open stays usable. */
  isUnlinked: boolean;
  /** Handles of the fids that have it open, with what each can do. */
  readonly handles: Map<Handle, OpenAccess>;
  fids: number;
}

export interface Fid {
  readonly node: FileNode;
  /** Set by open and create. */
  handle: Handle | undefined;
  /** Names of an open directory as they were when it was read from the start. */
  entries: readonly string[] | undefined;
}

export class FidTable {
  private readonly backend: FileBackend;
  private readonly fids = new Map<number, Fid>();
  private readonly nodes = new Map<string, FileNode>();

  constructor(backend: FileBackend) {
    this.backend = backend;
  }

  get(number: number): Fid {
    const fid = this.fids.get(number);
    if (!fid) throw new BackendError('EBADF');
    return fid;
  }

  /** Fails with EBADF where the number is in use. */
  add(number: number, path: string): Fid {
    if (this.fids.has(number)) throw new BackendError('EBADF');
    return this.place(number, this.nodeAt(path));
  }

  /** A further fid for the same file, which may have lost its name. */
  clone(number: number, from: Fid): Fid {
    if (this.fids.has(number)) throw new BackendError('EBADF');
    return this.place(number, from.node);
  }

  /** Point a fid at another path (Twalk onto itself). It must not be open. */
  move(number: number, path: string): void {
    this.remove(number);
    this.place(number, this.nodeAt(path));
  }

  remove(number: number): void {
    const fid = this.get(number);
    this.fids.delete(number);
    const { node } = fid;
    if (--node.fids === 0 && this.nodes.get(node.path) === node) this.nodes.delete(node.path);
    if (fid.handle === undefined) return;
    node.handles.delete(fid.handle);
    this.backend.close(fid.handle);
  }

  /** End of a session: all fids are clunked. */
  clear(): void {
    for (const number of [...this.fids.keys()]) this.remove(number);
  }

  opened(fid: Fid, handle: Handle, access: OpenAccess): void {
    fid.handle = handle;
    fid.node.handles.set(handle, access);
  }

  /** `from` is now called `to`, and so is all that lies in it; what was at `to` has lost its name. */
  renamed(from: string, to: string): void {
    if (from === to) return;
    this.unlinked(to);
    for (const [path, node] of [...this.nodes]) {
      if (path !== from && !path.startsWith(`${from}/`)) continue;
      this.nodes.delete(path);
      node.path = to + path.slice(from.length);
      this.nodes.set(node.path, node);
    }
  }

  unlinked(path: string): void {
    const node = this.nodes.get(path);
    if (!node) return;
    node.isUnlinked = true;
    this.nodes.delete(path);
  }

  private nodeAt(path: string): FileNode {
    let node = this.nodes.get(path);
    if (!node) {
      node = { path, isUnlinked: false, handles: new Map(), fids: 0 };
      this.nodes.set(path, node);
    }
    return node;
  }

  private place(number: number, node: FileNode): Fid {
    const fid: Fid = { node, handle: undefined, entries: undefined };
    node.fids++;
    this.fids.set(number, fid);
    return fid;
  }
}

/** Path of a file that still has a name. */
export function pathOf(fid: Fid): string {
  if (fid.node.isUnlinked) throw new BackendError('ENOENT');
  return fid.node.path;
}

/** What to ask about a file: its path, or an open handle when the name is gone. */
export function targetOf(fid: Fid, isWrite: boolean): string | Handle {
  const { node } = fid;
  if (!node.isUnlinked) return node.path;
  for (const [handle, access] of node.handles) if (!isWrite || access !== 'read') return handle;
  throw new BackendError('ENOENT');
}

/** Path of `name` in a directory. Names that could lead anywhere else are refused. */
export function childPath(directory: Fid, name: string): string {
  return join(pathOf(directory), name);
}

export function join(directory: string, name: string): string {
  if (name === '' || name === '.' || name === '..' || /[/\0]/.test(name)) {
    throw new BackendError('EINVAL');
  }
  return `${directory}/${name}`;
}

/** The directory of a path; the root's is the root. */
export function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
