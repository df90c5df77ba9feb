/** Where the built parts of the package lie: the bundles, the interpreter and the root image are all in dist/. */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CacheOption } from '../protocol.ts';
import { OptionError } from './errors.ts';

const here = dirname(fileURLToPath(import.meta.url));
/** A bundle runs from dist/ itself, the sources from src/api/. */
const dist = existsSync(join(here, 'machine-thread.cjs')) ? here : join(here, '../../dist');

/** Whether the folder is there now. One level only: Node's recursive form never ends where mkdir gives ENOENT, as in /proc. */
function makeFolder(path: string): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    return (error as { code?: string }).code === 'EEXIST';
  }
}

/** Folder for what Node compiles of our bundles, so that it does so once; undefined for a user whose home cannot take it. */
export function compileCacheFolder(): string | undefined {
  const { XDG_CACHE_HOME, HOME } = process.env;
  const caches = XDG_CACHE_HOME || (HOME && join(HOME, '.cache'));
  if (!caches) return undefined;
  const folder = join(caches, 'hartix');
  return makeFolder(caches) && makeFolder(folder) ? folder : undefined;
}

/** Folder for translations of guest code; undefined where they are not to be kept, or cannot be. Throws OptionError. */
export function translationCache(wanted: boolean | string | undefined): CacheOption | undefined {
  if (wanted === false) return undefined;
  if (typeof wanted === 'string') {
    const folder = resolve(wanted);
    const parent = dirname(folder);
    if (existsSync(parent)) return { folder };
    throw new OptionError(`cache: there is no folder '${parent}'; make it, or name another one`);
  }
  const parent = compileCacheFolder();
  return parent === undefined ? undefined : { folder: join(parent, 'translations') };
}

/** Absolute path of a file of dist/. */
export function bundleFile(name: string): string {
  return join(dist, name);
}
