/**
 * What vi and ex have beyond editing: recorded keys, registers, options, tags, recovery. The cases give the same in vim 9.0 (`vim -u NONE
 * -C`), and in nvi 1.81 but for q, which it has not, and edcompatible.
 */
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buildNativeCommands } from '../../tools/userland.ts';
import { ProgramTerminal } from './program-terminal.ts';

const ESCAPE = '\x1b';
let bin = '';
let terminal: ProgramTerminal | undefined;

function open(
  files: Readonly<Record<string, string>>,
  args: readonly string[] = ['file'],
  exinit = '',
): ProgramTerminal {
  const folder = fs.mkdtempSync('/tmp/hartix-vi-');
  for (const [name, text] of Object.entries(files)) fs.writeFileSync(path.join(folder, name), text);
  terminal = new ProgramTerminal(bin, 'vi', [...args], {
    cwd: folder,
    rows: 12,
    env: { EXINIT: `set dir=${folder} ${exinit}` },
  });
  return terminal;
}

function textOf(vi: ProgramTerminal, name = 'file'): string {
  return fs.readFileSync(path.join(vi.home, name), 'utf8');
}

/** Keys, and what they make of the text. */
const cases: [name: string, text: string, keys: string, expected: string][] = [
  ['q records, @ repeats it', 'a\nb\nc\nd\n', `qaA!${ESCAPE}jq@a2@@`, 'a!\nb!\nc!\nd!\n'],
  ['a failed motion ends what is repeated', 'ab\ncd\nef\n', 'qax+q100@aix\x1b', 'b\nd\nxf\n'],
  ['a recorded q of a capital letter adds', 'a\n', `qaAx${ESCAPE}qqAAy${ESCAPE}q@a`, 'axyxy\n'],
  ['arrows are recorded', 'ab\ncd\n', `qaix${ESCAPE}0\x1b[B0q@a`, 'xab\nxcd\n'],
  [
    'maps of maps, and not with noremap',
    'a b c d e f\n',
    ':map v w\r:map g v\rgx:set noremap\rgx',
    'a c d e f\n',
  ],
  ['a map that begins with itself', 'abc\n', ':map x xi!\x16\x1b\rx', '!bc\n'],
  ['wrapmargin', '\n', `:set wm=70\riaaa bbb ccc ddd${ESCAPE}`, 'aaa bbb\nccc ddd\n'],
  ['nomagic', 'a.b a*b aab\n', ':set nomagic\r:s/a*b/X/\r:s/a\\.b/&\\&/g\r', '&a.b X &aab\n'],
  ['edcompatible', 'aa\naa\naa\n', ':set ed\r:s/a/b/g\r:2s/a/c/\r:3s/a/d/g\r', 'bb\ncc\nda\n'],
  ['paragraphs of nroff', 'a\nb\n.PP\nc\n.XX\nd\n', '}x:set para=XX\r}x', 'a\nb\nPP\nc\nXX\nd\n'],
  [
    'a count of ^D stays',
    '1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n',
    '2\x04dd\x04dd',
    '1\n2\n4\n5\n7\n8\n9\n10\n11\n12\n13\n',
  ],
  ['shell', 'x\n', ":set sh=/bin/cat\r:set sh=/bin/sh\r:1!echo 'a b'\r", 'a b\n'],
];

describe.skipIf(process.platform !== 'linux')("vi's features", () => {
  beforeAll(async () => {
    bin = await buildNativeCommands();
  }, 600_000);
  afterEach(() => terminal?.close());

  it.each(cases)('%s', async (_name, text, keys, expected) => {
    const vi = open({ file: text });
    await vi.until((lines) => /file/.test(lines[11] ?? ''));
    vi.type(`${keys}${ESCAPE}:wq\r`);
    expect(await vi.exit()).toBe(0);
    expect(textOf(vi)).toBe(expected);
  });

  it('shows that keys are recorded, and the registers', async () => {
    const vi = open({ file: 'one\ntwo\n' });
    await vi.until((lines) => /file/.test(lines[11] ?? ''));
    vi.type('"byyqa');
    await vi.until((lines) => /recording @a/.test(lines[11] ?? ''));
    vi.type(`ix\x1b[C${ESCAPE}q`);
    await vi.until((lines) => !/recording/.test(lines[11] ?? ''));
    vi.type(':reg\r');
    await vi.until((lines) => lines.includes('"b   one^J'));
    vi.type(' :q!\r');
    expect(await vi.exit()).toBe(0);
  });

  it('shows, sets and checks options', async () => {
    const vi = open({ file: 'one\n' });
    await vi.until((lines) => /file/.test(lines[11] ?? ''));
    vi.type(':set noshowmode wm=3 tags=a\\ b ai\r:set\r');
    await vi.until((lines) => lines.join('').includes('autoindent'));
    vi.type(' :set all\r');
    await vi.until((lines) => lines.join('').includes('writeany'));
    vi.type(' i');
    await vi.until((lines) => !/INSERT/.test(lines[11] ?? ''));
    vi.type(`${ESCAPE}:set tags?\r`);
    await vi.until((lines) => /^tags=a b /.test(lines[11] ?? ''));
    vi.type(':set para=abc\r');
    await vi.until((lines) => /pairs/.test(lines[11] ?? ''));
    vi.type(':set ro\rx:w\r');
    await vi.until((lines) => /read only/.test(lines[11] ?? ''));
    vi.type(':set noro\r:wq\r');
    expect(await vi.exit()).toBe(0);
    expect(textOf(vi)).toBe('ne\n');
  });

  it('shows the bracket that one closes', async () => {
    const vi = open({ file: '\n' }, ['file'], 'sm');
    await vi.until((lines) => /file/.test(lines[11] ?? ''));
    vi.type('if(ab');
    await vi.until((lines) => lines[0] === 'f(ab');
    vi.type(')');
    await vi.until((lines) => lines[0] === 'f(ab)' && /1,2$/.test(lines[11] ?? ''));
    await vi.until((lines) => /1,6$/.test(lines[11] ?? ''));
    vi.type(`${ESCAPE}:q!\r`);
    expect(await vi.exit()).toBe(0);
  });

  const tagged = {
    'a.c': 'int x;\nint f(void)\n{\n\treturn g(1);\n}\n',
    'b.c': '/* g */\n\nint g(int a)\n{\n\treturn a;\n}\n',
    tags: 'f\ta.c\t/^int f(void)$/\ng\tb.c\t/^int g(int a)$/\nold\ta.c\t/^gone$/\nline\tb.c\t5;"\tv\n',
  };

  it('begins at a tag, goes to others and back', async () => {
    const vi = open(tagged, ['-t', 'f']);
    await vi.until((lines) => /2,1$/.test(lines[11] ?? '') && lines[0] === 'int x;');
    vi.type('jjfg\x1d');
    await vi.until((lines) => /3,1$/.test(lines[11] ?? '') && lines[0] === '/* g */');
    vi.type('\x14');
    await vi.until((lines) => /4,1\d$/.test(lines[11] ?? '') && lines[0] === 'int x;');
    vi.type(':ta nothing\r');
    await vi.until((lines) => /nothing is in no file of tags/.test(lines[11] ?? ''));
    vi.type(':ta old\r');
    await vi.until((lines) => /not there any more/.test(lines[11] ?? ''));
    vi.type('x:ta line\r');
    await vi.until((lines) => /No write since/.test(lines[11] ?? ''));
    vi.type(':set aw\r:ta line\r');
    await vi.until((lines) => lines[0] === '/* g */');
    vi.type('x:wq\r');
    expect(await vi.exit()).toBe(0);
    expect(textOf(vi, 'b.c')).toBe(tagged['b.c'].replace('return', 'eturn'));
  });

  it('keeps what was not written when it is killed, and gets it back', async () => {
    const vi = open({ file: 'one\n' });
    await vi.until((lines) => /file/.test(lines[11] ?? ''));
    vi.type(`Gotwo${ESCAPE}`);
    const copies = path.join(vi.home, 'vi.recover');
    const kept = (): string => {
      const [copy] = fs.existsSync(copies) ? fs.readdirSync(copies) : [];
      return copy === undefined ? '' : fs.readFileSync(path.join(copies, copy), 'utf8');
    };
    await expect.poll(kept, { timeout: 10_000 }).toMatch(/one\ntwo\n$/);
    vi.signal('SIGKILL');
    await vi.exit();
    const again = new ProgramTerminal(bin, 'vi', ['file'], {
      cwd: vi.home,
      rows: 12,
      env: { EXINIT: `set dir=${vi.home}` },
    });
    terminal = again;
    await again.until((lines) => /A copy of an edit of file/.test(lines[11] ?? ''));
    again.type(':recover\r');
    await again.until((lines) => lines[1] === 'two');
    again.type(':wq\r');
    expect(await again.exit()).toBe(0);
    expect(textOf(again)).toBe('one\ntwo\n');
    expect(fs.readdirSync(copies)).toEqual([]);
  });

  it('keeps it at once for HUP and TERM, and restores the terminal', async () => {
    for (const signal of ['SIGHUP', 'SIGTERM']) {
      const vi = open({ file: 'one\n' });
      await vi.until((lines) => /file/.test(lines[11] ?? ''));
      vi.type(`Atwo${ESCAPE}`);
      await vi.until((lines) => lines[0] === 'onetwo');
      vi.signal(signal);
      await vi.exit();
      const listed = new ProgramTerminal(bin, 'vi', ['-r'], {
        cwd: vi.home,
        env: { EXINIT: `set dir=${vi.home}` },
      });
      await listed.until((lines) => lines.some((line) => line.endsWith(`${vi.home}/file`)));
      const back = new ProgramTerminal(bin, 'vi', ['-r', 'file'], {
        cwd: vi.home,
        env: { EXINIT: `set dir=${vi.home}` },
      });
      terminal = back;
      await back.until((lines) => lines[0] === 'onetwo');
      back.type('ZZ');
      expect(await back.exit()).toBe(0);
      expect(textOf(back)).toBe('onetwo\n');
    }
  });
});
