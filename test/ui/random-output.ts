/** What programs write to terminals, at random: text of all widths, colours, movements, erasures, scrolling. For tests. */

/** Marsaglia's xorshift, 32 bits. */
function generator(seed: number): (below: number) => number {
  let state = seed * 0x9e3779b1 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const WORDS = [
  'ls -l',
  '日本語',
  'e\u0301',
  '😀',
  'x',
  '│──┐',
  'Ωmega',
  '    ',
  'ab\tc',
  '한글',
  'é',
];

export class RandomOutput {
  private readonly below: (limit: number) => number;
  private readonly hasLinks: boolean;
  private readonly size: { rows: number; columns: number };

  constructor(seed: number, size: { rows: number; columns: number }, hasLinks: boolean) {
    this.below = generator(seed);
    this.size = size;
    this.hasLinks = hasLinks;
  }

  /** Some output: up to 40 words and sequences. */
  next(): string {
    return Array.from({ length: 1 + this.below(40) }, () => this.piece()).join('');
  }

  private piece(): string {
    switch (this.below(12)) {
      case 0:
        return '\r\n';
      case 1:
        return `\x1b[${this.sgr()}m`;
      case 2:
        return this.sequence();
      case 3:
        return !this.hasLinks
          ? ''
          : `\x1b]8;;${this.below(2) ? 'https://example.org/a' : ''}\x1b\\`;
      default:
        return WORDS[this.below(WORDS.length)] ?? '';
    }
  }

  private sgr(): string {
    const { below } = this;
    const base = below(2) ? 30 : 40;
    switch (below(6)) {
      case 0:
        return '';
      case 1:
        return String(base + below(8));
      case 2:
        return String(base + 60 + below(8));
      case 3:
        return `${base + 8};5;${below(256)}`;
      case 4:
        return `${base + 8};2;${below(256)};${below(256)};${below(256)}`;
      default:
        return [1, 2, 3, 4, 5, 7, 8, 9, 22, 23, 24, 25, 27, 28, 29, 53, 55, 39, 49][below(19)] + '';
    }
  }

  private sequence(): string {
    const { below } = this;
    const { rows, columns } = this.size;
    const [row, column] = [1 + below(rows), 1 + below(columns)];
    const sequences = [
      `\x1b[${row};${column}H`,
      `\x1b[${below(4)}J`,
      `\x1b[${below(3)}K`,
      `\x1b[${1 + below(3)}L`,
      `\x1b[${1 + below(3)}M`,
      `\x1b[${1 + below(5)}P`,
      `\x1b[${1 + below(5)}@`,
      `\x1b[${1 + below(5)}X`,
      `\x1b[${1 + below(3)}S`,
      `\x1b[${1 + below(3)}T`,
      `\x1b[${Math.min(row, 3)};${Math.max(row, 4)}r`,
      '\x1b[r',
      '\x1bM',
      '\x1b[?25l',
      '\x1b[?25h',
      '\x1b[?1049h',
      '\x1b[?1049l',
      '\x1b[4h',
      '\x1b[4l',
      '\x1b(0lqk\x1b(B',
      '\x1b#8',
    ];
    return sequences[below(sequences.length)] ?? '';
  }
}
