/** The vi mode of the line editor (keys as POSIX XCU sh lists them), fc, and the completion of options, in a pseudo-terminal. */
import { afterEach, beforeAll, describe, it } from 'vitest';
import { buildNativeCommands } from '../../tools/userland.ts';
import { ProgramTerminal } from './program-terminal.ts';

let bin = '';
let terminal: ProgramTerminal | undefined;

async function open(): Promise<ProgramTerminal> {
  terminal = new ProgramTerminal(bin, 'sh', []);
  await terminal.see('', /^\$ $|^\$$/m);
  return terminal;
}

/** What the keys leave, by the standard's text of each command. The line begins in insert mode; \x1b leaves it. */
const VI_LINES: readonly (readonly [keys: string, printed: RegExp])[] = [
  ['echo one two\x1b0wdw\r', /^two$/m],
  ['echo aaa bbb\x1bbcwxyz\r', /^aaa xyz$/m],
  ['echo a.b.c.d\x1b0f.;x\r', /^a\.bc\.d$/m],
  ['echo aabbccdd\x1bxx..\r', /^aabb$/m],
  ['echo abcdef\x1b0w3sQ\r', /^Qdef$/m],
  ['echo undone\x1bxxxU', /^\$ *$/m],
  ['iecho inserted\r', /^inserted$/m],
  ['echo foo-bar\x1b0wd2w\r', /^bar$/m],
  ['echo ab\x1bhrZ~\r', /^zb$/m],
  ['echo tail cut\x1bbD\r', /^tail$/m],
  ['echo half\x1bbywP\r', /^halfhalf$/m],
  ['echo äöü\x1bhx\r', /^äü$/m],
  ['echo first\recho second\r\x1bkk\r', /second\n\$ echo first\nfirst/],
  ['\x1b/secon\r\r', /\$ echo second\nsecond\n\$ *$/],
  ['echo never\x1b#', /\$ #echo never\n\$ *$/],
  ['echo one two three\recho\x1b_\r', /^three$/m],
  ['echo four five\recho\x1b2_\r', /^four$/m],
  ["alias _q='Ab typed'\recho a\x1b@q\r", /^ab typed$/m],
  ["VISUAL='sed -i s/plain/edited/'\recho plain\x1bv", /^edited$/m],
];

describe.skipIf(process.platform !== 'linux')('modes of the line editor', () => {
  beforeAll(async () => {
    bin = await buildNativeCommands();
  }, 600_000);
  afterEach(() => terminal?.close());

  it('edits in the manner of vi', async () => {
    const sh = await open();
    await sh.see('set -o vi\rclear\r', /^\$ ?$/);
    for (const [keys, printed] of VI_LINES) await sh.see(keys, printed);
  });

  it('lists lines and runs them again', async () => {
    const sh = await open();
    await sh.see('echo one\recho two\r', /^two$/m);
    await sh.see('fc -l\r', /^1\s+echo one\n2\s+echo two$/m);
    await sh.see('fc -s one=three 1\r', /^echo three\nthree$/m);
    await sh.see('FCEDIT="sed -i s/two/four/"; fc 2\r', /^echo four\nfour$/m);
  });

  it('completes options from what --help says', async () => {
    const sh = await open();
    await sh.see('ls --almo\t', /\$ ls --almost-all ?$/m);
  });
});
