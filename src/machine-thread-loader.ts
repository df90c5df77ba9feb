/**
 * Entry of the machine thread's worker: runs the machine's code (machine-thread.ts), which is a script so that what V8 compiled of it can
 * be kept, with the functions that a boot and a program have needed. Node's own cache for modules knows those only that are compiled
 * at once: the 2,200 others were compiled anew in each process, a fifth of its start.
 */
import { readFileSync } from 'node:fs';
import { Script } from 'node:vm';
import type { Beginning } from './api/machine-worker.ts';
import { whileUnheld } from './api/young-generation.ts';
import { CodeFile } from './machine-thread/code-file.ts';
import type { start } from './machine-thread.ts';

/** Of the code (tools/bundle.ts). V8 itself tells two versions apart by their length only. */
const CHECKSUM = '%BUNDLE_CHECKSUM%';

const [folder, beginning] = process.argv.slice(2) as [string?, Beginning?];
const FILES: Readonly<Record<Beginning, string>> = {
  boot: 'boot',
  restore: 'restore',
  twin: 'twin',
  drawnBoot: 'boot',
  drawnPrompt: 'prompt',
};
const url = new URL('machine-code.js', import.meta.url);
// The bundler writes ASCII only: a byte is a character.
const source = readFileSync(url, 'latin1');
function codeFile(name: string | undefined): CodeFile | undefined {
  return folder && name
    ? new CodeFile(folder, `${CHECKSUM}-${process.version}-${process.arch}-${name}`)
    : undefined;
}
const isDrawn = beginning === 'drawnBoot' || beginning === 'drawnPrompt';
const kept = codeFile(beginning && FILES[beginning]);
const own = kept?.read();
// Better than nothing: a thread that waits, or is shared, keeps none of its own.
const cachedData = own ?? codeFile('boot')?.read();
const script = new Script(source, { filename: url.href, ...(cachedData && { cachedData }) });
const isKept = kept === undefined || (own !== undefined && !script.cachedDataRejected);
const code = script.runInThisContext() as { start: typeof start };
const compiled = () => script.createCachedData();
code.start(isKept ? undefined : () => kept?.write(isDrawn ? whileUnheld(compiled) : compiled()));
