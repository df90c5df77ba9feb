/** The three users of Hartix, and what each comes for: to look inside, to test, to run what is not trusted. */
import { existsSync } from 'node:fs';
import { Volume } from 'memfs';
import { expect, test } from 'vitest';
import { boot } from '../../src/index.ts';

test('who learns boots, types, and looks inside', async () => {
  const os = await boot({ memory: '64M' });
  try {
    const shell = os.spawn('sh', { tty: true });
    await shell.waitFor(/root@hartix:\S+# /);
    shell.write('cat /proc/$$/maps\n');
    await shell.waitFor(/\[stack\]/);
    const pid = await shell.pid;
    const code = (await os.maps(pid)).find(({ permissions }) => permissions === 'r-xp');
    const walk = await os.inspect.walk(pid, code?.start ?? 0);
    expect(walk.steps.map(({ level }) => level)).toEqual([2, 1, 0]);
    // The leaf is valid, readable, executable, for user mode, and not writable: bits V, R, W, X, U.
    expect((walk.steps.at(-1)?.low ?? 0) & 0b11111).toBe(0b11011);
  } finally {
    await os.close();
  }
});

test('who tests has a machine to throw away: make test', async () => {
  const os = await boot({ memory: '64M', seed: 1, mounts: { '/data': new Volume() } });
  try {
    await os.fs.writeFile(
      '/data/Makefile',
      "test: sum\n\tsh sum 1 2 | grep -qx 3 && echo ok\nsum:\n\techo 'echo $$(($$1 + $$2))' > sum\n",
    );
    const result = await os.exec('make -s test', { cwd: '/data' });
    expect(result).toMatchObject({ stdout: 'ok\n', exitCode: 0, signal: null });
  } finally {
    await os.close();
  }
});

test('who runs what is not trusted gives it nothing of the host', async () => {
  const os = await boot({ memory: '64M' });
  try {
    const { stdout } = await os.exec(
      `cat '${import.meta.filename}' /proc/1/environ /etc/hostname; ls /home; mount`,
    );
    expect(existsSync(import.meta.filename)).toBe(true);
    expect(stdout).not.toContain('who runs what is not trusted');
    expect(stdout).not.toContain(process.env['PATH'] ?? '?');
    expect(stdout).not.toMatch(/9p/);
  } finally {
    await os.close();
  }
});
