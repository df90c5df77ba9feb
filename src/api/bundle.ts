/** Where the built parts of the package lie: the bundles, the interpreter and the root image are all in dist/. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
/** A bundle runs from dist/ itself, the sources from src/api/. */
const dist = existsSync(join(here, 'machine-thread.js')) ? here : join(here, '../../dist');

/** Absolute path of a file of dist/. */
export function bundleFile(name: string): string {
  return join(dist, name);
}
