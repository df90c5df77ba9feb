/** Which Hartix this is. */
import { readFileSync } from 'node:fs';

/** Of the package's manifest, which lies beside the folder of the bundle. */
export function version(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
