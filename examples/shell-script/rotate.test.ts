/** Tests of a shell script, each in a machine of its own: it may run as root, fill disks, and nothing of the host is touched. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'hartix/test';

const script = readFileSync(new URL('rotate.sh', import.meta.url));
const rotate = test.os.with({
  memory: '64M',
  setup: (os) => os.fs.writeFile('/usr/local/bin/rotate', script, { mode: 0o755 }),
});

rotate('keeps the last generations', async (os) => {
  for (const day of ['mon', 'tue', 'wed', 'thu']) {
    expect(await os.exec(`echo ${day} > /var/log/app && rotate /var/log/app 2`)).toSucceed();
  }
  expect(await os.exec('cd /var/log && head app app.*')).toHaveStdout(
    '==> app <==\n\n==> app.1 <==\nthu\n\n==> app.2 <==\nwed\n',
  );
});

rotate('says what is wrong', async (os) => {
  expect(await os.exec('rotate')).toFail();
  const result = await os.exec('rotate /nothing 3');
  expect(result).toExitWith(1);
  expect(result).toHaveStderr('rotate: /nothing: no such file\n');
});

rotate('loses nothing where the folder cannot be written', async (os) => {
  await os.exec('mkdir /srv/log && echo kept > /srv/log/app && chmod 555 /srv/log');
  const result = await os.exec('rotate /srv/log/app 2', { user: 'user' });
  expect(result).toFail();
  expect(await os.exec('cat /srv/log/app')).toHaveStdout('kept\n');
});
