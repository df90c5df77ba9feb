// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are the shell's own
/**
 * Where dash and bash --posix differ: whose reading is the standard's, and why. `either`: the standard leaves it open.
 * The first rule of the snippet's area whose pattern is found in the script holds.
 */
export interface Reading {
  readonly areas: readonly string[];
  readonly script: RegExp;
  readonly reading: 'dash' | 'bash' | 'either';
  readonly why: string;
}

const ANY = /./s;

export const READINGS: readonly Reading[] = [
  {
    areas: ['arithmetic'],
    script: /0x\)/,
    reading: 'dash',
    why: '1.1.2.1: 0x without digits is no constant of ISO C',
  },
  {
    areas: ['arithmetic'],
    script: ANY,
    reading: 'bash',
    why: '2.6.4: the quotes are removed; the comma is optional; set -u holds for names in it',
  },
  {
    areas: ['commands'],
    script: /-v \.\/dir/,
    reading: 'bash',
    why: 'XCU command: a folder is no command',
  },
  {
    areas: ['commands'],
    script: /(type|-V) (f|none) /,
    reading: 'either',
    why: 'XCU type: the form is unspecified',
  },
  {
    areas: ['commands'],
    script: /wait \$p; wait/,
    reading: 'bash',
    why: 'XCU wait: a process id that was waited for is not known',
  },
  {
    areas: ['commands'],
    script: /unset HOME/,
    reading: 'bash',
    why: 'XCU cd: without HOME it is implementation-defined; an error tells more',
  },
  {
    areas: ['compounds'],
    script: /;&/,
    reading: 'bash',
    why: '2.9.4.3 of POSIX.1-2024: ;& falls through; dash 0.5.12 is older',
  },
  {
    areas: ['compounds'],
    script: /\(exit 3\)\$\?/,
    reading: 'either',
    why: '2.6: whether $? of a substitution shows in the same word is open',
  },
  {
    areas: ['compounds'],
    script: /\(break/,
    reading: 'either',
    why: 'XCU break: a subshell of the loop is no enclosing loop; then it is unspecified',
  },
  {
    areas: ['compounds', 'reading'],
    script: /(echo|printf).*\\\\/,
    reading: 'dash',
    why: 'XCU echo, XSI: backslashes are escapes',
  },
  {
    areas: ['dollarQuotes', 'quoting'],
    script: /\$'/,
    reading: 'bash',
    why: "2.2.4 of POSIX.1-2024: $'...'; dash 0.5.12 is older",
  },
  {
    areas: ['errors'],
    script: /f\(\) echo/,
    reading: 'bash',
    why: '2.9.5: a function body is a compound command',
  },
  {
    areas: ['errors'],
    script: ANY,
    reading: 'dash',
    why: '2.8.1: a syntax error ends the shell; 2.10: one ! for a pipeline',
  },
  {
    areas: ['functions'],
    script: /shift/,
    reading: 'either',
    why: 'XCU shift: too many may end the shell',
  },
  {
    areas: ['functions'],
    script: /return 256/,
    reading: 'bash',
    why: 'XCU return: above 255 is unspecified; eight bits are kept',
  },
  {
    areas: ['lists'],
    script: /pipefail/,
    reading: 'bash',
    why: 'XCU set of POSIX.1-2024: pipefail; dash 0.5.12 is older',
  },
  {
    areas: ['options'],
    script: ANY,
    reading: 'bash',
    why: 'XCU getopts: OPTARG is unset for an option without argument; OPTIND is of the next one to process',
  },
  { areas: ['parameters'], script: /äöü/, reading: 'bash', why: '2.6.2: ${#x} counts characters' },
  {
    areas: ['parameters'],
    script: /-none/,
    reading: 'bash',
    why: '2.6.2: $* without parameters is unset or null',
  },
  {
    areas: ['parameters'],
    script: /\$\(\(x\)\)/,
    reading: 'bash',
    why: '2.15, set -u: an unset name is an error',
  },
  {
    areas: ['parameters'],
    script: /IFS=:/,
    reading: 'dash',
    why: '2.5.2: an empty parameter makes no field where $* is not quoted',
  },
  {
    areas: ['patterns'],
    script: ANY,
    reading: 'dash',
    why: '2.14: braces are no pattern; slashes stay as they are written',
  },
  {
    areas: ['redirections'],
    script: />&x/,
    reading: 'either',
    why: '2.7.6: a word that is no number is unspecified',
  },
  {
    areas: ['redirections'],
    script: /\(echo a; echo b >&2\)/,
    reading: 'bash',
    why: '2.9.4: the redirection holds for the whole subshell',
  },
  {
    areas: ['special'],
    script: /set -x/,
    reading: 'either',
    why: '2.5.3, PS4: the form of the trace is open',
  },
  {
    areas: ['special'],
    script: /^\(return/,
    reading: 'either',
    why: 'XCU return: outside of functions and dot scripts it is unspecified',
  },
  {
    areas: ['variablesOfShell'],
    script: /PS2/,
    reading: 'dash',
    why: '2.5.3: the default value of PS2 is "> "',
  },
  {
    areas: ['special'],
    script: /^shift;/,
    reading: 'either',
    why: 'XCU shift: too many may end the shell',
  },
  {
    areas: ['traps'],
    script: /\$\(trap\)|trap \|/,
    reading: 'bash',
    why: 'XCU trap: a subshell that set none prints those of its parent; dash 0.5.12 prints none',
  },
  {
    areas: ['special'],
    script: /-p \|/,
    reading: 'either',
    why: 'XCU export: any quoting that reads back',
  },
  { areas: ['special'], script: / -- /, reading: 'bash', why: 'XCU 1.4: -- is discarded' },
  {
    areas: ['variablesOfShell'],
    script: /LINENO/,
    reading: 'bash',
    why: '2.5.3: LINENO; dash of Debian has none',
  },
];

/** Two outcomes that differ in the value of a non-zero status alone, which 2.8.1 leaves open. */
export function onlyStatusDiffers(left: string, right: string): boolean {
  const blur = (outcome: string) => outcome.replaceAll(/\b(?:1|2|126|127)\b/g, 'N');
  return blur(left) === blur(right);
}

export function readingOf(area: string, script: string): Reading | undefined {
  return READINGS.find((rule) => rule.areas.includes(area) && rule.script.test(script));
}
