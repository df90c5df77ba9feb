/** The files of an image before it is written: a tree in memory that layers are laid over. Contents stay where they are. */
import { S_IFDIR, S_IFLNK, S_IFMT } from '../abi/stat.ts';
import type { Timestamp } from '../fs/inode.ts';
import type { Content, TreeEntry } from '../fs/populate.ts';
import { ImageSourceError } from './image-source-error.ts';

export interface ImageNode {
  /** Type (S_IF*) and permission bits. */
  mode: number;
  uid: number;
  gid: number;
  mtime?: Timestamp;
  /** A regular file's bytes. */
  content?: Content;
  /** A symbolic link's target, as a byte string. */
  target?: string;
  /** A device's number. */
  rdev?: number;
  /** Extended attributes by their full names, such as `security.capability`. */
  xattrs?: ReadonlyMap<string, Uint8Array>;
  /** What a directory holds, in the order in which it came. */
  children?: Map<string, ImageNode>;
}

/** Linux follows as many (MAXSYMLINKS). */
const MAX_LINKS = 40;

export function isDirectory(
  node: ImageNode | undefined,
): node is ImageNode & { children: Map<string, ImageNode> } {
  return node?.children !== undefined;
}

/** The mode is made a directory's. */
export function directoryNode(mode: number): ImageNode {
  return { mode: S_IFDIR | (mode & 0o7777), uid: 0, gid: 0, children: new Map() };
}

/** Names of a path without empty ones and "."; throws ImageSourceError for "..", which no archive of a root needs. */
export function pathNames(path: string): string[] {
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  if (names.includes('..')) throw new ImageSourceError(`the path '${path}' leads out of the image`);
  return names;
}

export class ImageTree {
  readonly root = directoryNode(0o755);

  /** Puts `node` under `path`, in place of what is there; a directory over a directory keeps its files. Missing parents are made. */
  put(path: string, node: ImageNode): void {
    const names = pathNames(path);
    const name = names.pop();
    if (name === undefined) {
      if (isDirectory(node)) Object.assign(this.root, { ...node, children: this.root.children });
      return;
    }
    const children = this.directory(names);
    const old = children.get(name);
    if (isDirectory(node) && isDirectory(old))
      Object.assign(old, { ...node, children: old.children });
    else children.set(name, node);
  }

  /** Another name for the file at `existing`. Throws ImageSourceError if there is none. */
  link(path: string, existing: string): void {
    const names = pathNames(existing);
    const name = names.pop() ?? '';
    const node = this.directory(names).get(name);
    if (node === undefined || isDirectory(node)) {
      throw new ImageSourceError(`'${path}' is a link to '${existing}', which is not in the image`);
    }
    this.put(path, node);
  }

  remove(path: string): void {
    const names = pathNames(path);
    const name = names.pop();
    if (name !== undefined) this.directory(names).delete(name);
  }

  /** Removes what the directory at `path` holds. */
  clear(path: string): void {
    this.directory(pathNames(path)).clear();
  }

  /** What is at `path`, through symbolic links; undefined where there is nothing. */
  find(path: string): ImageNode | undefined {
    return this.walk(pathNames(path), false);
  }

  has(path: string): boolean {
    return this.find(path) !== undefined;
  }

  /** What is at `path` itself, not followed if it is a symbolic link. */
  findLink(path: string): ImageNode | undefined {
    const names = pathNames(path);
    const name = names.pop();
    const parent = this.walk(names, false);
    return name === undefined ? this.root : parent?.children?.get(name);
  }

  /** Parents before what they hold; the second name of a file is a link to its first. */
  *entries(): Generator<TreeEntry> {
    yield { ...attributes(this.root), path: '' };
    yield* this.below(this.root, '', new Map());
  }

  private *below(
    directory: ImageNode,
    prefix: string,
    paths: Map<ImageNode, string>,
  ): Generator<TreeEntry> {
    for (const [name, node] of directory.children ?? []) {
      const path = `${prefix}${name}`;
      const first = paths.get(node);
      if (first !== undefined) {
        const { content: _, ...same } = attributes(node);
        yield { ...same, path, linkTo: first };
        continue;
      }
      yield { ...attributes(node), path };
      if (isDirectory(node)) yield* this.below(node, `${path}/`, paths);
      else paths.set(node, path);
    }
  }

  private directory(names: readonly string[]): Map<string, ImageNode> {
    const node = this.walk(names, true);
    if (isDirectory(node)) return node.children;
    throw new ImageSourceError(`'${names.join('/')}' is not a directory`);
  }

  /** Symbolic links are followed inside the image; `isMaking` makes missing directories. */
  private walk(names: readonly string[], isMaking: boolean): ImageNode | undefined {
    const rest = [...names];
    let stack: ImageNode[] = [this.root];
    for (let links = 0; rest.length > 0; ) {
      const name = rest.shift() as string;
      const here = stack.at(-1);
      if (name === '..') {
        if (stack.length > 1) stack.pop();
        continue;
      }
      let next = here?.children?.get(name);
      if (next === undefined) {
        if (!isMaking || !isDirectory(here)) return undefined;
        next = directoryNode(0o755);
        here.children.set(name, next);
      }
      const { target } = next;
      if (target === undefined || (next.mode & S_IFMT) !== S_IFLNK) {
        stack.push(next);
        continue;
      }
      if (++links > MAX_LINKS)
        throw new ImageSourceError(`'${names.join('/')}' has too many symbolic links`);
      rest.unshift(...target.split('/').filter((part) => part !== '' && part !== '.'));
      if (target.startsWith('/')) stack = [this.root];
    }
    return stack.at(-1);
  }
}

function attributes({ children: _, ...node }: ImageNode): Omit<TreeEntry, 'path'> {
  return node;
}
