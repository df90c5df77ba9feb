/** vi in a pseudo-terminal: keys, then the file that it writes; expectations are worked out from POSIX's vi page. */
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buildNativeCommands } from '../../tools/userland.ts';
import { ProgramTerminal } from './program-terminal.ts';

const ESCAPE = '\x1b';
let bin = '';
let terminal: ProgramTerminal | undefined;

function open(text: string, rows = 24): ProgramTerminal {
  const folder = fs.mkdtempSync('/tmp/hartix-vi-');
  fs.writeFileSync(path.join(folder, 'file'), text);
  terminal = new ProgramTerminal(bin, 'vi', ['file'], { rows, cwd: folder });
  return terminal;
}

/** What `keys` make of `text`. */
async function edit(text: string, keys: string): Promise<string> {
  const vi = open(text);
  await vi.until((lines) => /file/.test(lines[23] ?? ''));
  vi.type(`${keys}${ESCAPE}:wq\r`);
  expect(await vi.exit()).toBe(0);
  return fs.readFileSync(path.join(vi.home, 'file'), 'utf8');
}

const cases: [name: string, text: string, keys: string, expected: string][] = [
  ['i and a', 'ac\n', `aX${ESCAPE}iY${ESCAPE}`, 'aYXc\n'],
  ['I and A', '  b\n', `IX${ESCAPE}AY${ESCAPE}`, '  XbY\n'],
  ['o and O', 'a\n', `obelow${ESCAPE}Oover${ESCAPE}`, 'a\nover\nbelow\n'],
  ['inserted lines', 'ab\n', `lione\rtwo${ESCAPE}`, 'aone\ntwob\n'],
  ['x and count', 'abcdef\n', '3xp', 'dabcef\n'],
  ['X and D', 'abcdef\n', 'lllXlD', 'abd\n'],
  ['dd and p', '1\n2\n3\n', 'ddp2ddP', '1\n3\n2\n'],
  ['dw and its count', 'one two three four\n', 'dw2dw', 'four\n'],
  ['dw at the end of a line', 'one two\nthree\n', 'wdw', 'one \nthree\n'],
  ['de, db, d0, d$', 'aa bb cc dd\n', 'wde$dbd0', 'd\n'],
  ['dG and dgg', '1\n2\n3\n4\n', 'jdG', '1\n'],
  ['dj and dk', '1\n2\n3\n4\n', 'djjdk', ''],
  ['cw leaves the blank', 'one two\n', `cwX${ESCAPE}`, 'X two\n'],
  ['cc, C and s', 'one\ntwo\nthree\n', `ccX${ESCAPE}jCY${ESCAPE}jsZ${ESCAPE}`, 'X\nY\nZhree\n'],
  ['r and ~', 'abc\n', 'rXl~', 'XBc\n'],
  ['3r', 'abcd\n', '3rx', 'xxxd\n'],
  ['J', 'a\n  b\nc\n', '3J', 'a b c\n'],
  ['yy and p', 'a\nb\n', 'yyjp2P', 'a\nb\na\na\na\n'],
  ['yw and p', 'one two\n', 'yw$p', 'one twoone \n'],
  ['named registers', 'a\nb\n', '"xyyj"yyy"xp"yP', 'a\nb\nb\na\n'],
  ['u and redo', 'abc\n', 'xxuu\x12', 'bc\n'],
  ['u after dd of everything', 'a\nb\n', '2ddu', 'a\nb\n'],
  ['dot repeats', 'a b c d\n', 'dw..', 'd\n'],
  ['dot repeats an insertion', 'a\nb\n', `Ax${ESCAPE}j.`, 'ax\nbx\n'],
  ['f, t, semicolon and comma', 'a,b,c,d\n', 'f,;xTax', 'abc,d\n'],
  ['search and n', 'foo\nbar\nfoo\nbaz\n', '/foo\rx?bar\rx', 'foo\nar\noo\nbaz\n'],
  ['search wraps', 'foo\nbar\n', 'j/foo\rx', 'oo\nbar\n'],
  ['percent', 'f(a(b)c)d\n', 'd%', 'd\n'],
  ['delete to a match', 'one two three\n', 'd/three\r', 'three\n'],
  ['braces', 'a\n\nb\n\nc\n', '}dd}x', 'a\nb\n\nc\n'],
  ['marks', '1\n2\n3\n4\n', "jmajd'a", '1\n4\n'],
  ['shift', 'a\nb\n', '>j', '\ta\n\tb\n'],
  ['counted insertion', 'b\n', `3ia${ESCAPE}`, 'aaab\n'],
  ['R', 'abcd\n', `lRXY${ESCAPE}`, 'aXYd\n'],
  ['text objects', 'f(a, "b c") x\n', 'f"di"', 'f(a, "") x\n'],
  ['inner word', 'one two three\n', 'wldiw', 'one  three\n'],
  ['UTF-8', 'äöü\n', 'lxix' + ESCAPE, 'äxü\n'],
  ['s of ex', 'a b a\na\n', ':s/a/X/g\r', 'X b X\na\n'],
  [
    's over a range with groups',
    'k=v\nx=y\n',
    ':%s/\\(.*\\)=\\(.*\\)/\\2=\\1 &/\r',
    'v=k k=v\ny=x x=y\n',
  ],
  ['d, m and t of ex', '1\n2\n3\n4\n', ':2d\r:1m$\r:1t.\r', '3\n4\n1\n3\n'],
  ['g of ex', 'a1\nb\na2\n', ':g/a/d\r', 'b\n'],
  ['g with s', 'a1\nb1\na2\n', ':g/a/s/[0-9]/X/\r', 'aX\nb1\naX\n'],
  ['g marks its lines first', 'a\nb\nc\n', ':g/./m0\r', 'c\nb\na\n'],
  ['p of ex is print, not put', 'a\nb\n', 'yy:2p\rxdd', 'a\n'],
  ['line addresses', '1\n2\n3\n4\n5\n', ':2,$-1d\r', '1\n5\n'],
  ['normal', 'a\nb\n', ':%normal Ax\r', 'ax\nbx\n'],
  ['s asks with c', 'a a\na a\na\n', ':%s/a/X/gc\rynyl', 'X a\nX X\na\n'],
  ['s asks, and all the rest', 'a\na\na\n', ':%s/a/X/c\rna', 'a\nX\nX\n'],
  ['s again by & and ~', 'ab\nab\ncb\n', ':s/a/X/\rj&:3s/c/Y/\r:1\r/b\r:~\r', 'XY\nXb\nYb\n'],
  [
    's with ~ and cases',
    'one two\none\n',
    ':s/o/<&>/\r:2s/n/~~/\r:1s/two/\\u&\\U&/\r',
    '<o>ne TwoTWO\no<n><n>e\n',
  ],
  ['s with a count', 'a\na\na\na\n', ':2s/a/b/ 2\r', 'a\nb\nb\na\n'],
  ['bars between commands', 'a|b\nc\n', ':s/|/-/|2d|s/b/x\\|y/\r', 'a-x|y\n'],
  ['filters', '3\n1\n2\nx\n', `:1,3!sort\r3G!!tr 3 z\r`, '1\n2\nz\nx\n'],
  ['a filter over a motion, again', 'b\na\nd\nc\n', '!jsort\r2j.', 'a\nb\nc\nd\n'],
  ['r of a command', 'a\n', ':r !echo b; echo c\r', 'a\nb\nc\n'],
  ['numbered registers', '1\n2\n3\n', 'dddddd"1P"2P"3P', '1\n2\n3\n\n'],
  ['a register as commands', 'xab\nxab\nAc\n', 'Gl"ay$hd$ggAx\x1bGdd:1\r@a\x1b', 'xabx\nxab\n'],
  ['U', 'one two\nx\n', 'xxwD:s/e/E/\rU', 'one two\nx\n'],
  ['U twice', 'one\n', 'xUU', 'ne\n'],
  [
    'sentences',
    'One. Two.  Three.\nFour!\n\nFive\n',
    ')x)x)x)x((x',
    'One. Two.  hree.\nur!\n\nive\n',
  ],
  ['sections', 'a\n{\nb\n}\n.SH x\nc\n', ']]]]x[[ix', 'a\nx{\nb\n}\nSH x\nc\n'],
  ['map and unmap', 'abc\nabc\n', ':map g dw\r:map Q A!\x16\x1bj0\rQg:unmap g\r', 'abc!\n\n'],
  ['abbreviations', '\n', ':ab hx Hartix\rihx, hxx hx\x1b', 'Hartix, hxx Hartix\n'],
  ['source and =', '1\n2\n', ':w !echo 2d > s\rx:so s\r', '1\n'],
  ['shift of ex by two', 'a\n', ':>>\r', '\t\ta\n'],
  ['autoindent', '\ta\n', `:set ai\rob${ESCAPE}`, '\ta\n\tb\n'],
];

describe.skipIf(process.platform !== 'linux')('vi', () => {
  beforeAll(async () => {
    bin = await buildNativeCommands();
  }, 600_000);
  afterEach(() => terminal?.close());

  it.each(cases)('%s', async (_name, text, keys, expected) => {
    expect(await edit(text, keys)).toBe(expected);
  });

  it('shows the file, its messages and line numbers', async () => {
    const vi = open('one\n\ttwo\n', 6);
    expect(await vi.until((lines) => /file/.test(lines[5] ?? ''))).toEqual([
      'one',
      '        two',
      '~',
      '~',
      '~',
      expect.stringMatching(/^"file" 2 lines, 9 bytes +1,1$/),
    ]);
    vi.type(':set nu\r');
    await vi.until((lines) => lines[0] === '      1 one');
    vi.type('x:q\r');
    await vi.until((lines) => /No write since the last change/.test(lines[5] ?? ''));
    vi.type(':nothing\r');
    await vi.until((lines) => /Not an editor command/.test(lines[5] ?? ''));
    vi.type(':q!\r');
    expect(await vi.exit()).toBe(0);
    expect(fs.readFileSync(path.join(vi.home, 'file'), 'utf8')).toBe('one\n\ttwo\n');
  });

  it('writes lines to a command and runs others', async () => {
    const vi = open('one\ntwo\n', 10);
    await vi.until((lines) => /file/.test(lines[9] ?? ''));
    vi.type(':1w !cat > copy\r');
    await vi.until((lines) => lines.some((line) => line.includes('[press a key]')));
    vi.type('q');
    await vi.until((lines) => lines[0] === 'one');
    vi.type(':r !!\r');
    await vi.until((lines) => /No command before/.test(lines[9] ?? ''));
    vi.type(':!echo %-copy; exit 3\r');
    await vi.until((lines) => lines.some((line) => line.includes('[status 3]')));
    vi.type('q');
    await vi.until((lines) => lines[0] === 'one');
    vi.type(':e copy\r:e #\r:r #\r:%l\r');
    await vi.until((lines) => lines.includes('one$'));
    vi.type('q:=\r');
    await vi.until((lines) => /^3 /.test(lines[9] ?? ''));
    vi.type(':wq\r');
    expect(await vi.exit()).toBe(0);
    expect(fs.readFileSync(path.join(vi.home, 'file'), 'utf8')).toBe('one\none\ntwo\n');
  });

  it('goes to the line mode by Q, and back by vi', async () => {
    const vi = open('one\ntwo\nthree\n', 10);
    await vi.until((lines) => /file/.test(lines[9] ?? ''));
    vi.type('Q');
    await vi.until((lines) => lines.at(-1) === ':');
    vi.type('2,3p\r');
    await vi.until((lines) => lines.slice(-3).join('|') === 'two|three|:');
    vi.type('2s/w/X/\rvi\r');
    await vi.until((lines) => lines[0] === 'one' && lines[1] === 'tXo');
    vi.type('xZZ');
    expect(await vi.exit()).toBe(0);
    expect(fs.readFileSync(path.join(vi.home, 'file'), 'utf8')).toBe('one\nXo\nthree\n');
  });

  it('wraps long lines, scrolls and follows the window', async () => {
    const text = Array.from({ length: 50 }, (_, index) => `line ${index + 1}\n`).join('');
    const vi = open(`${'x'.repeat(100)}\n${text}`, 10);
    await vi.until((lines) => lines[1] === 'x'.repeat(20) && lines[2] === 'line 1');
    vi.type('G');
    await vi.until((lines) => lines[8] === 'line 50');
    vi.type('\x02');
    await vi.until((lines) => lines[0] === 'line 36' || lines[0] === 'line 35');
    vi.type('gg\x06');
    await vi.until((lines) => /^line \d$/.test(lines[0] ?? ''));
    vi.resize(40, 6);
    await vi.until((lines) => lines.length === 6 && /^line/.test(lines[4] ?? ''));
    vi.type(':q\r');
    expect(await vi.exit()).toBe(0);
  });
});
