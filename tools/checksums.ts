/** Writes dist/checksums.json: SHA-256 of the files that a machine is made from, by name. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';

export function writeChecksums(files: readonly string[], outFile: string): void {
  const checksums = Object.fromEntries(
    files.map((file) => [
      basename(file),
      createHash('sha256').update(readFileSync(file)).digest('hex'),
    ]),
  );
  writeFileSync(outFile, `${JSON.stringify(checksums, null, 2)}\n`);
}
