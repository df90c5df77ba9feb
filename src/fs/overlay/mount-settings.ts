/** The options of mount(8) for overlay. Linux: Documentation/filesystems/overlayfs.rst, fs/overlayfs/params.c. */
import { EINVAL, fail } from '../../abi/errno.ts';

/** Most lower layers: OVL_MAX_STACK. */
const MAX_LAYERS = 500;

export interface OverlaySettings {
  /** Paths, the topmost first. */
  readonly lower: readonly string[];
  readonly upper: string | undefined;
  readonly work: string | undefined;
  /** Whether directories that a lower layer has may be renamed, and redirections are followed. */
  readonly redirects: 'on' | 'follow' | 'nofollow';
  /** Where the marks are kept: `trusted.overlay.`, or with userxattr `user.overlay.`. */
  readonly attributePrefix: string;
  /** Nothing is synced. */
  readonly isVolatile: boolean;
}

/** At each `separator` that has no backslash in front of it. */
function splitUnescaped(text: string, separator: string): string[] {
  const parts = [''];
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i);
    if (char === '\\' && i + 1 < text.length) parts[parts.length - 1] += char + text.charAt(++i);
    else if (char === separator) parts.push('');
    else parts[parts.length - 1] += char;
  }
  return parts;
}

function withoutBackslashes(path: string): string {
  return path.replace(/\\(.)/gs, '$1');
}

/** Options that are what is done anyway. */
const FIXED: Readonly<Record<string, readonly string[]>> = {
  index: ['off'],
  metacopy: ['off'],
  nfs_export: ['off'],
  verity: ['off'],
  uuid: ['on', 'off', 'null', 'auto'],
  xino: ['on', 'off', 'auto'],
  default_permissions: [''],
};

const REDIRECTS: Readonly<Record<string, OverlaySettings['redirects']>> = {
  on: 'on',
  follow: 'follow',
  nofollow: 'nofollow',
  // Redirections that are there are followed: redirect_always_follow.
  off: 'follow',
};

/** Throws EINVAL. */
export function parseOverlaySettings(options: string): OverlaySettings {
  const lower: string[] = [];
  let upper: string | undefined;
  let work: string | undefined;
  let redirects: OverlaySettings['redirects'] = 'follow';
  let attributePrefix = 'trusted.overlay.';
  let isVolatile = false;
  for (const option of splitUnescaped(options, ',')) {
    const at = option.indexOf('=');
    const name = at < 0 ? option : option.slice(0, at);
    const value = at < 0 ? '' : option.slice(at + 1);
    const redirect = name === 'redirect_dir' ? REDIRECTS[value] : undefined;
    if (name === 'lowerdir') lower.push(...splitUnescaped(value, ':').map(withoutBackslashes));
    else if (name === 'lowerdir+') lower.push(withoutBackslashes(value));
    else if (name === 'upperdir') upper = withoutBackslashes(value);
    else if (name === 'workdir') work = withoutBackslashes(value);
    else if (redirect !== undefined) redirects = redirect;
    else if (option === 'userxattr') attributePrefix = 'user.overlay.';
    else if (option === 'volatile') isVolatile = true;
    else if (option !== '' && !FIXED[name]?.includes(value)) throw fail(EINVAL, option);
  }
  if (lower.length === 0 || lower.length > MAX_LAYERS || lower.includes(''))
    throw fail(EINVAL, 'lowerdir');
  if (upper !== undefined && work === undefined) throw fail(EINVAL, 'missing workdir');
  if (upper === undefined) work = undefined;
  return { lower, upper, work, redirects, attributePrefix, isVolatile };
}

/** As /proc/mounts shows them. */
export function showOverlaySettings(settings: OverlaySettings): string {
  const withBackslashes = (path: string): string => path.replace(/[\\:,]/g, '\\$&');
  return [
    `lowerdir=${settings.lower.map(withBackslashes).join(':')}`,
    ...(settings.upper === undefined ? [] : [`upperdir=${withBackslashes(settings.upper)}`]),
    ...(settings.work === undefined ? [] : [`workdir=${withBackslashes(settings.work)}`]),
    ...(settings.redirects === 'follow' ? [] : [`redirect_dir=${settings.redirects}`]),
    ...(settings.isVolatile ? ['volatile'] : []),
    ...(settings.attributePrefix.startsWith('user') ? ['userxattr'] : []),
  ].join(',');
}
