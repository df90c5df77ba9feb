/** Fids of a 9p session and the files they stand for: what stays valid over rename and unlink. */
import type { StateValue } from '../../state.ts';
import { StateFields } from '../../state-fields.ts';
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
  /** It was open in a machine that was saved, and could not be opened again: EIO. */
  isLost: boolean;
  /** Names of an open directory as they were when it was read from the start. */
  entries: readonly string[] | undefined;
}

/** Saved in place of an access: the fid was not open, or was not opened again. */
const CLOSED = 'closed';
const LOST = 'lost';

function isAccess(access: string): access is OpenAccess {
  return access === 'read' || access === 'write' || access === 'both';
}

/** A saved path keeps to the rules of FileBackend, or could lead out of the folder. */
function checkPath(path: string): void {
  if (path === '') return;
  if (!path.startsWith('/')) throw new Error(`saved state of 9p fids: no path: ${path}`);
  for (const name of path.slice(1).split('/')) join('', name);
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

  save(): StateValue {
    const nodes = [...new Set([...this.fids.values()].map((fid) => fid.node))];
    return {
      nodes: nodes.map(({ path, isUnlinked }) => ({ path, isUnlinked })),
      fids: [...this.fids].map(([number, fid]) => ({
        number,
        node: nodes.indexOf(fid.node),
        access: this.accessOf(fid),
        hasEntries: fid.entries !== undefined,
        entries: fid.entries ?? [],
      })),
    };
  }

  restore(state: StateValue): void {
    this.clear();
    const fields = new StateFields('9p fids', state);
    const nodes = fields.records('nodes').map((saved) => {
      const path = saved.string('path');
      checkPath(path);
      if (!saved.boolean('isUnlinked')) return this.nodeAt(path);
      return { path, isUnlinked: true, handles: new Map<Handle, OpenAccess>(), fids: 0 };
    });
    for (const saved of fields.records('fids')) {
      const node = nodes[saved.index('node', nodes.length - 1)];
      if (!node) throw new Error('saved state of 9p fids: a fid of no file');
      const fid = this.place(saved.number('number'), node);
      if (saved.boolean('hasEntries')) fid.entries = saved.strings('entries');
      this.reopen(fid, saved.string('access'));
    }
  }

  private accessOf(fid: Fid): string {
    if (fid.isLost) return LOST;
    return (fid.handle === undefined ? undefined : fid.node.handles.get(fid.handle)) ?? CLOSED;
  }

  private reopen(fid: Fid, access: string): void {
    if (access === CLOSED) return;
    fid.isLost = true;
    if (fid.node.isUnlinked || !isAccess(access)) return;
    try {
      this.opened(fid, this.backend.open(fid.node.path, access, false), access);
      fid.isLost = false;
    } catch (error) {
      // Gone, or no longer permitted: the guest is told when it uses the fid.
      if (!(error instanceof Error)) throw error;
    }
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
    const fid: Fid = { node, handle: undefined, isLost: false, entries: undefined };
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
