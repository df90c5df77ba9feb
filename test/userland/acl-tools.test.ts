/** getfacl, setfacl and fatchain against Debian's on the same files; nfs4_setfacl and whom it lets in, in the guest. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { boot, type System } from '../../src/index.ts';
import { hasDosTools } from '../fs/dosfstools.ts';
import { buildTools, folder, image, newImage, ours, removeImages, theirs } from './disk-tools.ts';

const hasAcl = spawnSync('getfacl', ['--version']).status === 0;
if (!hasAcl) console.warn('SKIPPED: acl is missing: getfacl and setfacl are not compared');

let os: System;
beforeAll(buildTools, 600_000);
beforeAll(async () => {
  os = await boot();
}, 60_000);
afterAll(async () => {
  await os.close();
  removeImages();
});

const STEPS: readonly (readonly string[])[] = [
  ['setfacl', '-m', 'u:daemon:r,g:bin:rwx,m::r', 'file'],
  ['setfacl', '-m', 'u:12345678:rwx,m::r', 'file'],
  ['setfacl', '-d', '-m', 'u:bin:rx', 'dir'],
  ['setfacl', '-x', 'g:bin', 'file'],
  ['setfacl', '-b', 'file'],
  ['setfacl', '-k', 'dir'],
  ['setfacl', '-m', 'u:daemon:rw', '-n', 'file'],
  ['getfacl', '-ce', 'file'],
  ['setfacl', '--set', 'u::rw,g::r,o::-,u:bin:r', 'file'],
  ['setfacl', '-x', 'u:bin', 'file'],
  ['setfacl', '-m', 'u:games:rX,d:o::7', 'dir', 'file'],
  ['getfacl', '-d', 'dir'],
  ['getfacl', '-a', 'dir'],
  ['setfacl', '-R', '-m', 'g:adm:5', 'dir'],
  ['setfacl', '-m', 'u:nobodyhere:r', 'file'],
  ['setfacl', '-m', 'q:1', 'file'],
  ['setfacl', '-m', 'o::3,g::6', 'file'],
  ['getfacl', '-E', 'file'],
  ['setfacl', '-d', '-m', 'u:bin:r', 'file'],
  ['getfacl', 'file', 'nothere'],
];

describe.skipIf(!hasAcl)('access-control lists', () => {
  it('are shown and changed as by Debian', () => {
    const results = [ours, theirs].map((of) => {
      fs.rmSync(path.join(folder, 'dir'), { recursive: true, force: true });
      fs.mkdirSync(path.join(folder, 'dir/below'), { recursive: true });
      fs.chmodSync(path.join(folder, 'dir'), 0o2775);
      fs.rmSync(path.join(folder, 'file'), { force: true });
      fs.writeFileSync(path.join(folder, 'file'), '');
      return STEPS.map(([name = '', ...argv]) => {
        const { status, stdout, stderr } = of(name, ...argv);
        const after = theirs('getfacl', '-n', 'file', 'dir', 'dir/below').stdout;
        return { step: [name, ...argv].join(' '), status, stdout, stderr, after };
      });
    });
    for (const [i, here] of (results[0] ?? []).entries()) expect(here).toEqual(results[1]?.[i]);
  });
});

describe('lists in the guest', () => {
  // generic/449 of xfstests, which wants what Linux does.
  it('leave the mode as it was where there is no room for a list', async () => {
    const { stdout } = await os.exec(
      `truncate -s 1M /tmp/i; mkfs.ext4 -q -I 128 /tmp/i && mount -o loop /tmp/i /mnt && cd /mnt && touch f && chmod 700 f
       cat /dev/zero > fill 2> /dev/null
       setfacl -m u:7:rwx,m::r f 2>&1; stat -c %A f; rm fill; setfacl -m u:7:rwx,m::r f; stat -c %A f; cd /; umount /mnt`,
    );
    expect(stdout.split('\n')).toEqual([
      expect.stringContaining('No space left on device'),
      '-rwx------',
      '-rwxr-----',
      '',
    ]);
  });

  // P-TOL-10: what is not allowed is denied.
  it('let in whom they name, on tmpfs and ext', async () => {
    const script = `for g in tutors students; do groupadd $g; done; useradd gouicem; useradd -G tutors tutor; useradd -G students student; useradd other
    for d in /tmp /dev/shm; do cd $d; echo content > foo.txt; chmod 644 foo.txt
    nfs4_setfacl -s "A::gouicem@bus:rw,A:g:tutors@bus:rw,A:g:students@bus:r" foo.txt; nfs4_getfacl foo.txt
    for u in gouicem tutor student other; do su $u -c "cat $d/foo.txt >/dev/null 2>&1 && printf r; (echo x >> $d/foo.txt) 2>/dev/null && printf w; echo $u"; done
    nfs4_setfacl -a "D::gouicem@bus:w" foo.txt; su gouicem -c "(echo x >> $d/foo.txt) 2>&1" | sed 's/.*: //'; chmod 600 foo.txt; nfs4_getfacl foo.txt | head -1; done`;
    const once =
      'A::gouicem@bus:rw\nA:g:tutors@bus:rw\nA:g:students@bus:r\nrwgouicem\nrwtutor\nrstudent\nother\nPermission denied\nA::OWNER@:rwa\n';
    const { stdout, stderr } = await os.exec(script);
    expect(stdout + stderr).toBe(once + once);
  });
});

describe.skipIf(!hasDosTools)('fatchain', () => {
  it.each([
    ['12', '1440K'],
    ['16', '20M'],
    ['32', '70M'],
  ])('walks the clusters that mshowfat shows: FAT%s', (bits, size) => {
    newImage(Number.parseInt(size, 10) << (size.endsWith('K') ? 10 : 20));
    expect(theirs('mkfs.vfat', '-F', bits, '-s', '1', image).status).toBe(0);
    const source = `${image}.source`;
    const copy = (length: number, to: string): void => {
      fs.writeFileSync(source, 'x'.repeat(length));
      expect(theirs('mcopy', '-i', image, source, `::${to}`).status).toBe(0);
    };
    copy(3000, 'a.txt');
    copy(3000, 'b.txt');
    theirs('mdel', '-i', image, '::a.txt');
    copy(5000, 'A long name.text');
    theirs('mmd', '-i', image, '::dir');
    copy(700, 'dir/x');
    const names = ['a long NAME.text', 'B.TXT', 'dir/X'];
    const chains = names.map((name) => {
      const { stdout } = theirs('mshowfat', '-i', image, `::${name}`);
      const runs = [...stdout.matchAll(/<(\d+)(?:-(\d+))?>/g)];
      const clusters = runs.flatMap(([, first, last = first]) =>
        Array.from({ length: Number(last) - Number(first) + 1 }, (_, i) => Number(first) + i),
      );
      return `${clusters.join(' -> ')} -> EOC\n`;
    });
    expect(ours('fatchain', image, ...names).stdout).toBe(chains.join(''));
    expect(ours('fatchain', image, 'missing')).toMatchObject({ status: 1, stdout: '' });
  });
});
