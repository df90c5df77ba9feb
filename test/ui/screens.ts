/** Screens after those of vttest: what a terminal of the VT100 family has to show, in pieces that are drawn one after another. */

export interface ScreenCase {
  name: string;
  pieces: string[];
}

const CSI = '\x1b[';
const at = (row: number, column: number) => `${CSI}${row};${column}H`;

function frameOf(rows: number, columns: number): string[] {
  const pieces = [
    '\x1b#8',
    `${at(9, 10)}${CSI}1J`,
    `${at(18, 60)}${CSI}0J${CSI}1K`,
    `${at(9, 71)}${CSI}0K`,
  ];
  for (let row = 10; row <= 16; row++) {
    pieces.push(`${at(row, 10)}${CSI}1K${at(row, 71)}${CSI}0K`);
  }
  pieces.push(`${at(17, 30)}${CSI}2K`);
  for (let column = 1; column <= columns; column++) {
    pieces.push(`${CSI}${rows};${column}f*${CSI}1;${column}f*`);
  }
  for (let row = 2; row < rows; row++) pieces.push(`${at(row, 1)}+${CSI}D\x1bD`);
  pieces.push(`${at(rows - 1, columns)}`);
  for (let row = 2; row < rows; row++) pieces.push(`*${CSI}D\x1bM`);
  return pieces;
}

/** Text beyond the right margin, with and without wrap (DECAWM), and with backspaces and tabs in sequences. */
function wrapping(rows: number, columns: number): string[] {
  const pieces = [`${CSI}3;${rows - 3}r${CSI}?6h`];
  for (let i = 0; i < 26; i++) {
    const [upper, lower] = [String.fromCharCode(65 + i), String.fromCharCode(97 + i)];
    pieces.push(
      `${at(rows - 5, 1)}${upper}${at(rows - 5, columns)}${lower}\n`,
      `${at(rows - 6, columns)}${upper}\b\b${lower}\r\n`,
    );
  }
  pieces.push(`${CSI}?6l${CSI}r${at(rows, 1)}${CSI}?7l${'x'.repeat(columns + 10)}end${CSI}?7h`);
  return pieces;
}

function tabs(columns: number): string[] {
  const set = Array.from(
    { length: Math.floor(columns / 3) },
    (_, i) => `${CSI}1;${3 * i + 1}H\x1bH`,
  );
  const clear = Array.from(
    { length: Math.floor(columns / 6) },
    (_, i) => `${CSI}1;${6 * i + 4}H${CSI}0g`,
  );
  const stars = Array.from({ length: 13 }, () => '\t*').join('');
  return [
    `${CSI}3g`,
    ...set,
    ...clear,
    `${at(1, 7)}${CSI}1g${CSI}2g`,
    `${at(1, 1)}${stars}`,
    `${at(2, 2)}${stars}`,
  ];
}

/** All renditions, in both screens' colours: vttest's "graphic rendition pattern". */
function renditions(): string[] {
  const names = [
    '',
    '1',
    '4',
    '1;4',
    '5',
    '1;5',
    '4;5',
    '1;4;5',
    '7',
    '1;7',
    '4;7',
    '1;4;7',
    '5;7',
    '1;5;7',
    '4;5;7',
    '1;4;5;7',
  ];
  const plain = names.map(
    (codes, i) =>
      `${at(4 + Math.floor(i / 2), i % 2 ? 45 : 5)}${CSI}0;${codes || 0}m${codes || 'vanilla'}${CSI}m`,
  );
  const colours = Array.from({ length: 64 }, (_, i) => {
    const [front, back] = [i >> 3, i & 7];
    return `${at(13 + front, 5 + 4 * back)}${CSI}${30 + front};${100 + back}m${front}/${back}${CSI}0m`;
  });
  const others = [
    `${at(1, 1)}${CSI}2mfaint${CSI}22m ${CSI}3mitalic${CSI}23m ${CSI}9mstruck${CSI}29m ${CSI}53mover${CSI}55m ${CSI}8mhidden${CSI}28m`,
    `${at(2, 1)}${CSI}38;5;208mpalette${CSI}48;5;18m on${CSI}38;2;10;200;30m rgb${CSI}48:2::90:0:90m on${CSI}m`,
  ];
  return [...plain, ...colours, ...others];
}

/** DEC's line drawing by both ways of selecting it, and national characters. */
function charsets(): string[] {
  const all = Array.from({ length: 32 }, (_, i) => String.fromCharCode(0x5f + i)).join('');
  return [
    `${at(2, 1)}\x1b(0${all}\x1b(B ${all}`,
    `${at(3, 1)}\x1b)0\x0e${all}\x0f ${all}`,
    `${at(4, 1)}\x1b(A#\x1b(B# \x1b7${CSI}10;20H\x1b(0lqqk\x1b8restored`,
  ];
}

/** Insert and delete characters and lines (VT102). */
function editing(rows: number, columns: number): string[] {
  const lines = Array.from(
    { length: rows },
    (_, i) => `${at(i + 1, 1)}${String.fromCharCode(65 + (i % 26)).repeat(columns)}`,
  );
  return [
    ...lines,
    `${at(4, 1)}${CSI}5L${CSI}3;${rows - 1}r${at(4, 1)}\x1bM\x1bM${CSI}2M${CSI}r`,
    `${at(2, 1)}${CSI}4h${'inserted'.repeat(3)}${CSI}4l`,
    `${at(3, 10)}${CSI}10P${at(5, 10)}${CSI}10@${at(6, 10)}${CSI}10X`,
    `${at(rows, 1)}${CSI}41m${CSI}3S${CSI}44m${CSI}2T${CSI}m`,
    `${at(1, columns - 2)}${CSI}4hab日${CSI}4l`,
  ];
}

/** Wide and combining characters at all the edges. */
function wide(rows: number, columns: number): string[] {
  return [
    `${at(1, columns)}日本`,
    `${at(3, 1)}${'日'.repeat(columns)}`,
    `${at(3, 2)}x${at(3, 6)}${CSI}P${at(4, 3)}${CSI}K`,
    `${at(6, 1)}e\u0301o\u0308u\u0302\u0323 अनुच्छेद 한글 ｶﾅ ＡＢ`,
    `${at(7, 1)}😀👍🏽👩‍💻🇩🇪☂️✓`,
    `${at(rows, 1)}${'語'.repeat(columns / 2 - 1)}a語`,
    `${at(3, 5)}\x1b[7m日\x1b[m${at(3, 6)}!`,
  ];
}

export function screens({ rows, columns }: { rows: number; columns: number }): ScreenCase[] {
  return [
    { name: 'cursor movements and erasures', pieces: frameOf(rows, columns) },
    { name: 'margins and wrapping', pieces: wrapping(rows, columns) },
    { name: 'tabulator stops', pieces: tabs(columns) },
    { name: 'graphic renditions', pieces: renditions() },
    { name: 'character sets', pieces: charsets() },
    { name: 'insertions and deletions', pieces: editing(rows, columns) },
    { name: 'wide and combining characters', pieces: wide(rows, columns) },
    {
      name: 'the alternate screen',
      pieces: [
        'primary text',
        `${CSI}?1049h${at(5, 5)}alternate`,
        `${CSI}2J${at(2, 2)}again`,
        `${CSI}?1049l here`,
      ],
    },
    {
      name: 'reset',
      pieces: [`${CSI}7m${CSI}5;10r${CSI}?6hreverse`, '\x1bcafter reset', `${CSI}!psoft`],
    },
  ];
}
