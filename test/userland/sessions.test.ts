/** Who is logged in, in the guest: w as procps-ng, who as coreutils, last as util-linux print it; a session on the console. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { boot, type System } from '../../src/index.ts';

const RECORD_BYTES = 400;
let os: System;
let shown = '';
beforeAll(async () => {
  os = await boot({ console: true });
  const prompt = new Promise<void>((resolve) => {
    os.onConsole((bytes) => {
      shown += new TextDecoder().decode(bytes);
      if (/# /.test(shown)) resolve();
    });
  });
  await prompt;
}, 60_000);
afterAll(() => os.close());

async function sh(script: string): Promise<string> {
  const { stdout, stderr, exitCode } = await os.exec(script, {
    env: { TZ: 'UTC', LANG: 'C.UTF-8' },
  });
  return `${stdout}${stderr}[${exitCode}]`;
}

/** struct utmpx of glibc on riscv64. */
function record(
  type: number,
  pid: number,
  line: string,
  user: string,
  seconds: number,
): Uint8Array {
  const bytes = Buffer.alloc(RECORD_BYTES);
  bytes.writeInt16LE(type, 0);
  bytes.writeInt32LE(pid, 4);
  bytes.write(line, 8);
  bytes.write(user, 44);
  bytes.writeBigInt64LE(BigInt(seconds), 344);
  return bytes;
}

it('w tells the session and what it runs', async () => {
  os.writeConsole('sleep 4321\r');
  await sh('until pgrep sleep; do :; done');
  expect(await sh('w | tail -n +2')).toMatch(
    /^USER +TTY +LOGIN@ +IDLE +JCPU +PCPU +WHAT\nroot +console +\d\d:\d\d +[\d:.]+s? +[\d.]+s +[\d.]+s sleep 4321\n\[0\]$/,
  );
  expect(await sh('w -hs root; w -h nobody')).toMatch(
    /^root +console +[\d:.]+s? sleep 4321\n\[0\]$/,
  );
});

it('who and last tell since when', async () => {
  const day = '\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d';
  expect(await sh('who; who -q; users')).toMatch(
    new RegExp(`^root +console +${day}\\nroot\\n# users=1\\nroot\\n\\[0\\]$`),
  );
  expect(await sh('last; last nobody | head -1')).toMatch(
    /^root +console +\w{3} \w{3} [ \d]\d \d\d:\d\d {3}still logged in\n\nwtmp begins \w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}\n\n\[0\]$/,
  );
});

it('who -t and -s of a file: lines as of GNU coreutils 9.1 in C.UTF-8', async () => {
  const records = [record(3, 0, '', 'date', 1e9), record(7, 1, 'pts/0', 'ann', 1e9 + 60)];
  await os.fs.writeFile('/tmp/utmp', Buffer.concat(records));
  expect(await sh('cd /tmp; who -t utmp; who -s utmp; who -Hs utmp | head -1')).toBe(
    `         clock change 2001-09-09 01:46
ann      pts/0        2001-09-09 01:47
NAME     LINE         TIME             COMMENT
[0]`,
  );
});

it('type names the folder that people know', async () => {
  os.writeConsole('\x03type ls\r');
  await sh('until [ ! "$(pgrep sleep)" ]; do :; done');
  await expect.poll(() => shown, { timeout: 20_000 }).toMatch(/ls is \/usr\/bin\/ls\r?\n/);
});

it('w knows the terminal of a session that began in another', async () => {
  os.writeConsole('login -f user\r');
  await expect.poll(() => shown, { timeout: 20_000 }).toMatch(/user@hartix/);
  os.writeConsole('sleep 4322\r');
  await sh('until pgrep sleep; do :; done');
  expect(await sh('w -hs user')).toMatch(/^user +console +[\d:.]+s? sleep 4322\n\[0\]$/);
  os.writeConsole('\x03exit\r');
});
