/** Commands with random arguments and random input: none crashes, none hangs. The native build; a seed is printed on failure. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildNativeCommands } from '../../tools/userland.ts';

const RUNS = Number(process.env['HARTIX_FUZZ_RUNS'] ?? 6);
const SEED = Number(process.env['HARTIX_FUZZ_SEED'] ?? 1);
const PATIENCE_MS = 20_000;
const AT_ONCE = 4;
/** They read, and change nothing but what they are told to write: no process, no setting, no other folder. */
const COMMANDS =
  `ar asa awk base64 basename bc cal cat cksum cmp column comm compress cpio csplit ctags cut date dd diff dirname ed egrep expand
  du e2fsck dumpe2fs debugfs expr factor fatchain fdisk fgrep file find fold gencat getconf getent getfacl gettext grep groups gunzip gzip head
  hexdump iconv id join ldd less link locale ls lsof m4 man md5sum modinfo more msgfmt namei ngettext nl nm numfmt objdump od paste patch pathchk pax
  pgrep pmap pr printf ps pstree readelf readlink realpath rev sed seq sha256sum shuf size sort split stat strings stty tabs tac
  tail tar test top touch tput tr tree truncate tsort tty tune2fs uname uncompress uniq uudecode uuencode vi w wc which who xgettext xxd zcat`.split(
    /\s+/,
  );
const WORDS = [
  '-',
  '--',
  '-1',
  '0',
  '99999999999999999999',
  '1,',
  '-5-',
  // No name outside of the run's folder: the tests may be root's.
  'none',
  'f',
  '',
  '%s',
  '%',
  '\\',
  '[',
  '[[:',
  '(',
  '*',
  '{1,',
  's/a/b/',
  'x/y',
  '+',
  '-n',
  '-f',
  '-e',
  '-c',
  '-r',
  '--help',
  '--no-such',
  'é',
  '\u{1F600}',
  'a=b',
  '%99999d',
  '1e99',
];

/** xorshift32 */
function randomFrom(seed: number): (below: number) => number {
  let state = seed >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

type Random = ReturnType<typeof randomFrom>;

function word(random: Random): string {
  if (random(3) > 0) return WORDS[random(WORDS.length)] ?? '';
  if (random(2) === 0) return `-${String.fromCharCode(97 + random(26))}`;
  return Array.from({ length: random(8) }, () => String.fromCharCode(33 + random(94)))
    .join('')
    .replace(/^\/+/, ''); // nothing outside of the folder;
}

/** Bytes of any kind, lines of words, or the beginning of a file that some command knows. */
function input(random: Random): Buffer {
  const bytes = Buffer.from(Array.from({ length: random(2000) }, () => random(256)));
  const kind = random(4);
  if (kind === 0) return bytes;
  if (kind === 1)
    return Buffer.concat([Buffer.from(MAGICS[random(MAGICS.length)] ?? '', 'latin1'), bytes]);
  const lines = Array.from({ length: random(60) }, () =>
    Array.from({ length: random(8) }, () => word(random)).join(random(2) ? ' ' : '\t'),
  );
  return Buffer.from(lines.join('\n') + (random(2) ? '\n' : ''));
}

const MAGICS = [
  '\x7fELF\x02\x01\x01',
  '\x1f\x8b\x08\x00',
  '!<arch>\n',
  '070701',
  '--- a\n+++ b\n@@ -1 +1 @@\n',
  'BEGIN {',
  '.TH A 1\n',
];

interface Run {
  readonly command: string;
  readonly args: readonly string[];
  readonly input: Buffer;
}

describe.skipIf(process.platform !== 'linux')('random input', () => {
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'hartix-fuzz-'));
  let bin = '';
  beforeAll(async () => {
    bin = await buildNativeCommands();
  }, 600_000);
  afterAll(() => fs.rmSync(scratch, { recursive: true, force: true }));

  /** What went wrong, or nothing. What stops because its output is cut off has not crashed. */
  function outcome({ command, args, input }: Run): Promise<string | undefined> {
    const cwd = fs.mkdtempSync(path.join(scratch, 'run-'));
    fs.writeFileSync(path.join(cwd, 'f'), input);
    return new Promise((resolve) => {
      const child = spawn(path.join(bin, command), args, {
        cwd,
        env: { PATH: bin, HOME: cwd, TMPDIR: cwd, LC_ALL: 'C.UTF-8', TERM: 'dumb' },
        stdio: ['pipe', 'pipe', 'pipe'],
        detached: true,
      });
      const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
      let printed = 0;
      child.stdout.on('data', (data: Buffer) => {
        printed += data.length;
        if (printed > 1_000_000) child.stdout.destroy();
      });
      child.stderr.resume();
      child.stdin.on('error', () => undefined); // not read to its end
      child.stdin.end(input);
      child.on('error', (error) => resolve(error.message));
      child.on('close', (_status, signal) => {
        clearTimeout(timer);
        fs.rmSync(cwd, { recursive: true, force: true });
        resolve(signal === null || signal === 'SIGPIPE' ? undefined : signal);
      });
    });
  }

  it('neither crashes nor hangs a command', async () => {
    const random = randomFrom(SEED);
    const runs = COMMANDS.flatMap((command) =>
      Array.from({ length: RUNS }, (): Run => {
        const args = Array.from({ length: random(5) }, () => word(random));
        return { command, args, input: input(random) };
      }),
    );
    const failures: string[] = [];
    const worker = async (): Promise<void> => {
      for (let run = runs.pop(); run; run = runs.pop()) {
        const signal = await outcome(run);
        if (signal === undefined) continue;
        const text = run.input.toString('base64');
        failures.push(`${signal} ${run.command} ${JSON.stringify(run.args)} < ${text}`);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    expect(failures, `seed ${SEED}`).toEqual([]);
  }, 120_000);
});
