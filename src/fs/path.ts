/** Path resolution: path_resolution(7), POSIX.1 4.13. Names are byte strings (lib/bytes.ts). */
import { EEXIST, EISDIR, ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR, EXDEV, fail } from '../abi/errno.ts';
import {
  RESOLVE_BENEATH,
  RESOLVE_IN_ROOT,
  RESOLVE_NO_MAGICLINKS,
  RESOLVE_NO_SYMLINKS,
  RESOLVE_NO_XDEV,
  X_OK,
} from '../abi/fcntl.ts';
import { MS_NOSYMFOLLOW } from '../abi/mount.ts';
import { S_IFDIR, S_IFLNK, S_IFMT } from '../abi/stat.ts';
import type { Dentry } from './dentry.ts';
import { lookup } from './dentry-cache.ts';
import { checkFollow, type LinkProtection } from './link-protection.ts';
import { type Mount, top } from './mount.ts';
import { parsePath } from './path-names.ts';
import { type AccessIdentity, checkAccess } from './permission.ts';

/** Longest path, with its NUL. */
export const PATH_MAX = 4096;
const MAX_SYMLINKS = 40;

/** From where and as whom a path is walked. */
export interface PathContext {
  /** chroot's root: absolute paths start here and `..` does not leave it. */
  readonly root: Dentry;
  /** Where relative paths start: the cwd, or the directory of a dirfd. */
  readonly cwd: Dentry;
  /** Needs search permission on every directory on the way. */
  readonly identity: AccessIdentity;
  /** RESOLVE_* of abi/fcntl.ts: openat2(2). With RESOLVE_BENEATH and RESOLVE_IN_ROOT `root` is where the walk starts. */
  readonly restrictions?: number;
  /** Of links at the end of the path; none where it is left out. */
  readonly protection?: LinkProtection;
}

/** What the last component of a path is: `.` and `..` and nothing at all (the path "/") name no entry. */
export type LastKind = 'name' | 'dot' | 'dotdot' | 'root';

export interface ParentResult {
  readonly parent: Dentry;
  readonly name: string;
  readonly kind: LastKind;
  /** The path ended in a slash: only a directory will do. */
  readonly hasTrailingSlash: boolean;
}

/** `dentry` is undefined when the last component does not exist; then `parent` and `name` say where it would be made. */
export interface WalkResult extends ParentResult {
  readonly dentry: Dentry | undefined;
}

/**
 * The place that `path` names. Symlinks on the way are followed, the last one if `followsLast` or a slash is behind it.
 * Throws ENOENT (also for the empty path), ENOTDIR, EACCES, ELOOP, ENAMETOOLONG.
 */
export function resolve(path: string, context: PathContext, followsLast = true): Dentry {
  const result = walk(path, context, followsLast, 'find');
  if (result.dentry === undefined) throw fail(ENOENT, path);
  return result.dentry;
}

/**
 * As resolve, but a missing last component is no error: for open(2). `parent` and `name` are those that the last symlink
 * followed leads to, so that creating through a dangling link makes its target. With `creates` (O_CREAT) a slash at the
 * end is EISDIR, whatever is there.
 */
export function resolveForOpen(
  path: string,
  context: PathContext,
  followsLast = true,
  creates = false,
): WalkResult {
  return walk(path, context, followsLast, creates ? 'create' : 'find');
}

/**
 * The directory and last name of `path`, without looking the name up: for mkdir, unlink, rename and the like. A path
 * without a last name is told apart by `kind`. Throws as resolve does.
 */
export function resolveParent(path: string, context: PathContext): ParentResult {
  return walk(path, context, false, 'parent');
}

/** resolveParent for calls that make a new name: throws EEXIST for "/", "." and "..", ENOENT for `new/` unless `isDirectory`. */
export function resolveNew(path: string, context: PathContext, isDirectory: boolean): ParentResult {
  const result = resolveParent(path, context);
  if (result.kind !== 'name') throw fail(EEXIST, path);
  if (result.hasTrailingSlash && !isDirectory) {
    throw fail(lookup(result.parent, result.name) === undefined ? ENOENT : EEXIST, path);
  }
  return result;
}

function walk(
  path: string,
  context: PathContext,
  followsLast: boolean,
  purpose: 'find' | 'create' | 'parent',
): WalkResult {
  if (path.length === 0) throw fail(ENOENT, 'empty path');
  if (path.length >= PATH_MAX) throw fail(ENAMETOOLONG, 'path');
  let { names, isAbsolute, endsInSlash } = parsePath(path);
  const startsAtRoot = isAbsolute;
  let at = 0;
  let symlinks = 0;
  const restrictions = context.restrictions ?? 0;
  if (isAbsolute && (restrictions & RESOLVE_BENEATH) !== 0) throw fail(EXDEV, 'absolute path');
  let place = isAbsolute ? top(context.root) : context.cwd;
  const start = place.mount;
  let parent = place;
  let name = '';
  let kind: LastKind = 'root';
  while (at < names.length) {
    name = names[at++] as string;
    const isLast = at === names.length;
    const hasSlash = !isLast || endsInSlash;
    enter(place, context.identity);
    if (restrictions !== 0) checkMount(place, start, restrictions);
    kind = name === '.' ? 'dot' : name === '..' ? 'dotdot' : 'name';
    parent = place;
    if (isLast && purpose === 'parent') {
      return { parent, name, kind, hasTrailingSlash: hasSlash, dentry: undefined };
    }
    if (kind !== 'name') {
      if (kind !== 'dotdot') continue;
      const isAtRoot = (restrictions & RESOLVE_BENEATH) !== 0 && isSamePlace(place, context.root);
      if (isAtRoot) throw fail(EXDEV, 'above the start');
      place = goUp(place, context.root);
      continue;
    }
    if (isLast && hasSlash && purpose === 'create') throw fail(EISDIR, path);
    const child = lookup(place, name);
    if (child === undefined) {
      if (!isLast) throw fail(ENOENT, path);
      return { parent, name, kind, hasTrailingSlash: hasSlash, dentry: undefined };
    }
    const isLink = (child.inode.mode & S_IFMT) === S_IFLNK;
    if (!isLink || (isLast && !followsLast && !hasSlash)) {
      place = top(child);
      if (hasSlash && isLast) requireDirectory(place);
      continue;
    }
    if (++symlinks > MAX_SYMLINKS) throw fail(ELOOP, path);
    if ((restrictions & RESOLVE_NO_SYMLINKS) !== 0) throw fail(ELOOP, path);
    if ((place.mount.flags & MS_NOSYMFOLLOW) !== 0) throw fail(ELOOP, path);
    const { protection, identity } = context;
    if (isLast && protection) checkFollow(protection, place.inode, child.inode, identity);
    const jump = child.inode.followLink?.();
    if (jump !== undefined) {
      checkJump(jump, start, restrictions);
      place = jump;
      if (hasSlash && isLast) requireDirectory(place);
      continue;
    }
    const target = child.inode.readlink();
    if (target.length === 0) throw fail(ENOENT, 'empty symlink');
    const link = parsePath(target);
    ({ isAbsolute } = link);
    if (isLast) endsInSlash ||= link.endsInSlash;
    names = isLast ? link.names : [...link.names, ...names.slice(at)];
    at = 0;
    if (isAbsolute) {
      // Linux does not know yet where the root is when the path was relative, and takes it for another mount.
      const forbidden = RESOLVE_BENEATH | (startsAtRoot ? 0 : RESOLVE_NO_XDEV);
      if ((restrictions & forbidden) !== 0) throw fail(EXDEV, 'absolute link');
      place = top(context.root);
      if (restrictions !== 0) checkMount(place, start, restrictions);
    }
    kind = 'root';
  }
  if (restrictions !== 0) checkMount(place, start, restrictions);
  return { parent, name, kind, hasTrailingSlash: endsInSlash, dentry: place };
}

function checkMount(place: Dentry, start: Mount, restrictions: number): void {
  if ((restrictions & RESOLVE_NO_XDEV) === 0 || place.mount === start) return;
  throw fail(EXDEV, 'another mount');
}

/** A magic link leads where no path does. */
function checkJump(jump: Dentry, start: Mount, restrictions: number): void {
  if ((restrictions & RESOLVE_NO_MAGICLINKS) !== 0) throw fail(ELOOP, 'magic link');
  checkMount(jump, start, restrictions);
  if ((restrictions & (RESOLVE_BENEATH | RESOLVE_IN_ROOT)) !== 0) throw fail(EXDEV, 'magic link');
}

function enter(place: Dentry, identity: AccessIdentity): void {
  requireDirectory(place);
  checkAccess(place.inode, identity, X_OK);
}

function requireDirectory(place: Dentry): void {
  if ((place.inode.mode & S_IFMT) !== S_IFDIR) throw fail(ENOTDIR, place.name);
}

/** The parent directory, across mount points; the root is its own parent. */
function goUp(from: Dentry, root: Dentry): Dentry {
  let place = from;
  for (;;) {
    if (isSamePlace(place, root)) return place;
    const { parent } = place;
    if (parent !== undefined) return top(parent);
    const { mountpoint } = place.mount;
    if (mountpoint === undefined) return place;
    place = mountpoint;
  }
}

function isSamePlace(a: Dentry, b: Dentry): boolean {
  return a === b || a === top(b);
}

/**
 * The absolute path of `dentry` as seen from `root`: "/…", with " (deleted)" behind a removed name, and "(unreachable)"
 * in front of a place that is not below `root`. Linux: d_path, getcwd.
 */
export function pathOf(dentry: Dentry, root: Dentry): string {
  const path = wayTo(dentry, root);
  return dentry.isDeleted ? `${path} (deleted)` : path;
}

/** The same without a word of removed names: of where something is mounted, which another name does not change. Linux: seq_path_root. */
export function wayTo(dentry: Dentry, root: Dentry): string {
  let path = '';
  let place = dentry;
  for (;;) {
    if (isSamePlace(place, root)) break;
    const { parent } = place;
    if (parent !== undefined) {
      path = `/${place.name}${path}`;
      place = parent;
      continue;
    }
    const { mountpoint } = place.mount;
    if (mountpoint === undefined) {
      return place.inode.fs.describesItself
        ? dentry.name
        : `(unreachable)${path === '' ? '/' : path}`;
    }
    place = mountpoint;
  }
  return path === '' ? '/' : path;
}
