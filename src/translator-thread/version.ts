/** What a translation depends on besides the page's bytes, as one text: the key of the cache begins with it. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isMultiplyAddFused } from '../jit/fused-probe.ts';

/** `files`: this thread's program, and those whose layouts and functions translations use. `isa`: of the machine. */
export function translatorVersion(files: readonly string[], isa: string): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(createHash('sha256').update(readFileSync(file)).digest());
  const host = [process.versions['v8'], process.arch, isMultiplyAddFused(), isa];
  return hash.update(host.join('\0')).digest('hex');
}
