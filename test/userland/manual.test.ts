/** The manual: complete by the tables it speaks of, well formed, and set by our `man` as groff sets it. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { manualArchives, manualPages, readSupport } from '../../tools/userland/manual.ts';
import { buildNativeCommands, readApplets } from '../../tools/userland.ts';

const USERLAND = fileURLToPath(new URL('../../userland', import.meta.url));
const hasGroff = spawnSync('groff', ['--version']).status === 0;
const applets = readApplets();
const pages = manualPages(applets);
const names = new Set(
  pages.flatMap((page) => page.names.map((name) => `${name}(${page.section})`)),
);
/** Named by SEE ALSO or in the text, but described by the page of a relative, or not at all. */
const WITHOUT_PAGE = new Set(
  `wait(2) mq_send(2) crypt(3) posix_openpt(3) grantpt(3) unlockpt(3) ptsname(3) syscall(3) aio_read(3) initgroups(3)
   gethostname(3) syslog(3) man(7) sysconf(3) pathconf(3) strftime(3) ftok(3) tty(4)`.split(/\s+/),
);

/** The string that a command hands to next_option() or next_long_option(): its letters. */
function optionLetters(source: string): string[] {
  const calls = source.matchAll(/next_(?:long_)?option\([^,;]*,[^,;]*,\s*((?:"[^"]*"\s*)+)[,)]/g);
  const letters = [...calls].flatMap(([, strings]) => [
    ...(strings ?? '').replaceAll(/["\s:+]/g, ''),
  ]);
  return [...new Set(letters)].filter((letter) => /[A-Za-z0-9]/.test(letter));
}

function sourceOf(name: string): string {
  const single = path.join(USERLAND, 'bin', `${name}.c`);
  if (fs.existsSync(single)) return fs.readFileSync(single, 'utf8');
  return fs.readFileSync(path.join(USERLAND, name, `${name}.c`), 'utf8');
}

/** groff cuts titles that do not fit. */
const wellFormed = pages.filter(({ names: [name = ''] }) => name.length <= 18);
const commands = pages.filter(({ section }) => section === '1' || section === '8');

describe('manual', () => {
  it('describes every system call that the kernel has', () => {
    const implemented = [...readSupport()].filter(([, { support }]) => support !== 'absent');
    expect(implemented.length).toBeGreaterThan(250);
    expect(implemented.map(([name]) => name).filter((name) => !names.has(`${name}(2)`))).toEqual(
      [],
    );
  });

  it('says what is missing of partial calls', () => {
    const notes = [...readSupport()].filter(([, { support }]) => support === 'partial');
    const texts = pages.filter(({ section }) => section === '2').map(({ source }) => source);
    for (const [name] of notes)
      expect(texts.some((text) => text.includes(`Missing of \\fB${name}\\fR`))).toBe(true);
  });

  it('has a page for every command', () => {
    const described = new Set(commands.flatMap((page) => page.names));
    expect(applets.map(({ name }) => name).filter((name) => !described.has(name))).toEqual([]);
  });

  it('names every option that a command takes', () => {
    const missing = applets
      .filter(({ main, name }) => main === `${name.replaceAll('-', '_')}_main`)
      .flatMap(({ name }) => {
        const page = commands.find((one) => one.names.includes(name));
        const text = (page?.source ?? '').replaceAll('\\-', '-').replaceAll(/\\f[BIR]/g, '');
        const shown = [...text.matchAll(/(?<![\w-])-([A-Za-z0-9]+)/g)].map(([, all]) => all ?? '');
        return optionLetters(sourceOf(name))
          .filter((letter) => !shown.some((all) => all.includes(letter)))
          .map((letter) => `${name} -${letter}`);
      });
    expect(missing).toEqual([]);
  });

  it('refers to pages that exist', () => {
    const referred = pages.flatMap(({ source }) =>
      [...source.matchAll(/\\fB([\w.+-]+)\\fR\(([1-8])\)/g)].map(([, n, s]) => `${n}(${s})`),
    );
    expect(referred.length).toBeGreaterThan(300);
    const unknown = referred.filter((name) => !names.has(name) && !WITHOUT_PAGE.has(name));
    expect([...new Set(unknown)]).toEqual([]);
  });

  it('has one page of a name in each section', () => {
    const all = pages.flatMap((page) => page.names.map((name) => `${name}(${page.section})`));
    expect(all.filter((name, index) => all.indexOf(name) !== index)).toEqual([]);
  });
});

describe.skipIf(process.platform !== 'linux')('man', () => {
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'hartix-manual-'));
  let bin = '';
  beforeAll(async () => {
    bin = await buildNativeCommands();
    for (const [name, content] of manualArchives(pages))
      fs.writeFileSync(path.join(scratch, name), content);
  }, 600_000);
  afterAll(() => fs.rmSync(scratch, { recursive: true, force: true }));
  if (!hasGroff) console.warn('man: no groff on this host, pages are not compared with it');

  function man(command: string, args: readonly string[], more: Record<string, string> = {}) {
    const env = { PATH: `${bin}:/usr/bin:/bin`, MANPATH: scratch, LC_ALL: 'C.UTF-8', ...more };
    const result = spawnSync(path.join(bin, command), args, {
      env,
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    });
    return { stdout: result.stdout, stderr: result.stderr, status: result.status };
  }

  it('finds pages by section, in the order of sections, by name and reference', () => {
    expect(man('man', ['2', 'open']).stdout).toMatch(/^OPEN\(2\) .* OPEN\(2\)$/m);
    expect(man('man', ['printf']).stdout).toMatch(/^PRINTF\(1\)/);
    expect(man('man', ['-s', '3', 'printf']).stdout).toMatch(/^PRINTF\(3\)/);
    expect(man('man', ['printf(3)']).stdout).toMatch(/^PRINTF\(3\)/);
    expect(man('man', ['-a', 'printf']).stdout.match(/^PRINTF\(\d\)/gm)).toEqual([
      'PRINTF(1)',
      'PRINTF(3)',
    ]);
    expect(man('man', ['dup3']).stdout).toContain('int dup3(int fd, int newfd, int flags);');
    expect(man('man', ['-w', 'dup3']).stdout).toBe(`${scratch}/man2.a(dup3.2)\n`);
  });

  it('searches', () => {
    expect(man('whatis', ['fork', 'passwd']).stdout).toBe(
      'fork (2)             - make a process or thread\n' +
        'passwd (1)           - change a password\npasswd (5)           - users of the system\n',
    );
    expect(man('apropos', ['^named pipes$']).stdout).toBe('fifo (7)             - named pipes\n');
    expect(man('man', ['-k', 'zzzz'])).toEqual({
      stdout: '',
      stderr: 'zzzz: nothing appropriate.\n',
      status: 16,
    });
    expect(man('man', ['zzzz']).status).toBe(16);
  });

  it('reads files, compressed files and other folders', () => {
    const folder = path.join(scratch, 'other/man/man7');
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(path.join(folder, 'a.7'), '.TH A 7\n.SH NAME\na \\- first\n');
    fs.writeFileSync(path.join(folder, 'b.7'), '.so man7/a.7\n');
    spawnSync('gzip', ['-k', path.join(folder, 'a.7')]);
    fs.renameSync(path.join(folder, 'a.7.gz'), path.join(folder, 'c.7.gz'));
    const more = { MANPATH: `${path.dirname(folder)}:` };
    expect(man('whatis', ['a', 'b', 'c'], more).stdout).toBe(
      'a (7)                - first\nb (7)                - first\nc (7)                - first\n',
    );
    expect(man('man', ['-l', path.join(folder, 'c.7.gz')]).stdout).toContain('a - first');
  });

  it.skipIf(!hasGroff)(
    'sets pages as groff does',
    () => {
      const all = wellFormed.map(({ source }) => source);
      for (const columns of [60, 100]) {
        const ours = wellFormed.map(({ section, names: [name = ''] }) => `${name}(${section})`);
        const shown = man('man', ours, { MANWIDTH: String(columns) }).stdout;
        expect(text(shown)).toBe(text(groff(all, columns)));
      }
    },
    120_000,
  );
});

/** One run over all pages. Unjustified, unhyphenated, as `man` shows them. */
function groff(all: readonly string[], columns: number): string {
  const input = all.map((page) => page.replace('\n', '\n.na\n.nh\n.ss 12 0\n')).join('');
  const width = `-rLL=${Math.floor((columns * 39) / 40)}n`;
  const args = ['-man', '-Tutf8', '-ww', '-P-cbou', '-rcR=1', '-rHY=0', width];
  const result = spawnSync('groff', args, { input, encoding: 'utf8', maxBuffer: 2 ** 26 });
  expect(result.stderr).toBe('');
  return result.stdout;
}

/** Without repeated empty lines, and without the last line of a page: groff ends only the last one. */
function text(shown: string): string {
  return shown.replaceAll(/^Hartix +\S+\(\d\)$/gm, '').replaceAll(/\n{2,}/g, '\n');
}
