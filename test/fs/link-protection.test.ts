/** fs.protected_symlinks, _hardlinks, _regular and _fifos: what proc_sys_fs(5) says of each value, and xfstests generic/597 and 598. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { boot, type System } from '../../src/index.ts';

let os: System;
beforeAll(async () => {
  os = await boot();
  await os.exec(`useradd alice; useradd bob; mkdir /tmp/all /tmp/group; chmod 1777 /tmp/all; chgrp bob /tmp/group; chmod 1775 /tmp/group
    cd /tmp/all; su alice -c 'ln -s /etc/passwd link; ln -s /etc to; echo a > file; chmod 666 file; mkfifo -m 666 fifo; echo a > /tmp/secret; chmod 600 /tmp/secret'
    touch /tmp/group/file; chown alice /tmp/group/file; chmod 666 /tmp/group/file`);
}, 60_000);
afterAll(() => os.close());

/** What of it bob may do. */
const TRIES = {
  follow: 'cat /tmp/all/link',
  passThrough: 'cat /tmp/all/to/passwd',
  write: 'echo b >> /tmp/all/file',
  writeOnly: 'dd if=/etc/passwd of=/tmp/all/file conv=nocreat,notrunc',
  group: 'echo b >> /tmp/group/file',
  fifo: ': <> /tmp/all/fifo',
  link: 'ln /tmp/secret /tmp/mine$$',
  own: 'cd /tmp/all && ln -s /etc/passwd mine && cat mine && rm mine',
};

async function allowed(setting: string): Promise<string[]> {
  const { stdout } = await os.exec(
    `sysctl -q -w fs.protected_symlinks=0 fs.protected_hardlinks=0 fs.protected_regular=0 fs.protected_fifos=0 ${setting}
     ${Object.entries(TRIES)
       .map(([name, command]) => `su bob -c '${command}' > /dev/null 2>&1 && echo ${name}`)
       .join('\n')}`,
  );
  return stdout.trim().split('\n');
}

const ALL = Object.keys(TRIES);
const without = (...names: string[]): string[] => ALL.filter((name) => !names.includes(name));

test.each([
  ['', ALL],
  ['fs.protected_symlinks=1', without('follow')],
  ['fs.protected_hardlinks=1', without('link')],
  ['fs.protected_regular=1', without('write')],
  ['fs.protected_regular=2', without('write', 'group')],
  ['fs.protected_fifos=1', without('fifo')],
])('%s', async (setting, expected) => {
  expect(await allowed(setting)).toEqual(expected);
});

test('no other values', async () => {
  const { stderr } = await os.exec('sysctl -w fs.protected_symlinks=2');
  expect(stderr).toContain('Invalid argument');
});
