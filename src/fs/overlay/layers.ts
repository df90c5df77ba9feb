/** What the layers say of a name: which files there are under it, whiteouts, opaque and redirected directories. Linux: fs/overlayfs/namei.c. */
import { EIO, fail } from '../../abi/errno.ts';
import { S_IFCHR, S_IFDIR, S_IFMT, S_IFREG } from '../../abi/stat.ts';
import { fromBytes, toBytes } from '../../lib/bytes.ts';
import type { Dentry } from '../dentry.ts';
import { lookup } from '../dentry-cache.ts';
import type { Inode } from '../inode.ts';
import type { OverlaySettings } from './mount-settings.ts';

/** A directory of a layer; `layer` counts from the topmost lower one, 0. */
export interface LowerPlace {
  readonly layer: number;
  readonly place: Dentry;
}

/** The files that a name stands for: all of a merged directory, or one. */
export interface Stack {
  readonly upper: Dentry | undefined;
  readonly lower: readonly LowerPlace[];
}

export class Layers {
  /** The roots of the lower layers, the topmost first. */
  readonly roots: readonly Dentry[];
  private readonly settings: OverlaySettings;

  constructor(roots: readonly Dentry[], settings: OverlaySettings) {
    this.roots = roots;
    this.settings = settings;
  }

  attribute(inode: Inode, name: string): string | undefined {
    const attributes = inode.storedXattrs ? inode.storedXattrs() : inode.xattrs;
    const value = attributes?.get(this.settings.attributePrefix + name);
    return value && fromBytes(value);
  }

  /** False where attributes cannot be kept, or not now. */
  setAttribute(inode: Inode, name: string, value: string | undefined): void {
    inode.xattrs?.set(
      this.settings.attributePrefix + name,
      value === undefined ? undefined : toBytes(value),
    );
  }

  /** The marks are nobody's business. */
  isMark(attribute: string): boolean {
    return attribute.startsWith(this.settings.attributePrefix);
  }

  isOpaque(directory: Inode): boolean {
    return this.attribute(directory, 'opaque') === 'y';
  }

  /** A device 0/0, or an empty file with the attribute in a directory that says that it has such. */
  isWhiteout(place: Dentry): boolean {
    const { inode } = place;
    const type = inode.mode & S_IFMT;
    if (type === S_IFCHR) return inode.rdev === 0;
    if (type !== S_IFREG || inode.size !== 0) return false;
    const { parent } = place;
    if (!parent || this.attribute(parent.inode, 'opaque') !== 'x') return false;
    return this.attribute(inode, 'whiteout') !== undefined;
  }

  /** What `name` is in a directory of the layers; undefined if it is not there. Throws EIO for a redirection that cannot be. */
  find(directory: Stack, name: string): Stack | undefined {
    let wanted = name;
    let isFromRoot = false;
    let fromLayer = 0;
    const upper = directory.upper && lookup(directory.upper, name);
    if (upper !== undefined) {
      if (this.isWhiteout(upper)) return undefined;
      if (!isDirectory(upper) || this.isOpaque(upper.inode)) return { upper, lower: [] };
      const redirect = this.redirect(upper.inode);
      if (redirect !== undefined) {
        wanted = redirect;
        isFromRoot = redirect.startsWith('/');
      }
    }
    const lower: LowerPlace[] = [];
    for (;;) {
      const places = isFromRoot ? this.placesFrom(fromLayer) : directory.lower;
      let redirected: string | undefined;
      for (const { layer, place } of places) {
        if (layer < fromLayer) continue;
        const found = isFromRoot ? walk(place, wanted) : lookup(place, wanted);
        if (found === undefined) continue;
        if (this.isWhiteout(found)) break;
        const isAnotherKind = !isDirectory(found) && (upper !== undefined || lower.length > 0);
        if (isAnotherKind) break;
        lower.push({ layer, place: found });
        if (!isDirectory(found) || this.isOpaque(found.inode)) break;
        redirected = this.redirect(found.inode);
        if (redirected === undefined) continue;
        fromLayer = layer + 1;
        break;
      }
      if (redirected === undefined) break;
      wanted = redirected;
      isFromRoot = redirected.startsWith('/');
    }
    return upper === undefined && lower.length === 0 ? undefined : { upper, lower };
  }

  /** Whether a lower layer has something that a name would show if the upper one had nothing. */
  isBelow(directory: Stack, name: string): boolean {
    for (const { place } of directory.lower) {
      const found = lookup(place, name);
      if (found !== undefined) return !this.isWhiteout(found);
    }
    return false;
  }

  private placesFrom(layer: number): LowerPlace[] {
    return this.roots.slice(layer).map((place, i) => ({ layer: layer + i, place }));
  }

  /** Where the lower part of a directory is that was renamed. */
  private redirect(directory: Inode): string | undefined {
    const redirect = this.attribute(directory, 'redirect');
    if (redirect === undefined || redirect === '') return undefined;
    if (this.settings.redirects === 'nofollow') throw fail(EIO, 'a redirection');
    const isSound = redirect.startsWith('/')
      ? !/\/\/|\/$|\/\.{1,2}(\/|$)/.test(redirect)
      : !redirect.includes('/') && redirect !== '.' && redirect !== '..';
    if (!isSound) throw fail(EIO, `redirection to ${redirect}`);
    return redirect;
  }
}

export function isDirectory(place: Dentry): boolean {
  return (place.inode.mode & S_IFMT) === S_IFDIR;
}

function walk(root: Dentry, path: string): Dentry | undefined {
  let place: Dentry | undefined = root;
  for (const name of path.split('/')) {
    if (name === '' || place === undefined) continue;
    place = isDirectory(place) ? lookup(place, name) : undefined;
  }
  return place;
}
