/** All snippets, by area. What the areas hold is compared with recordings: see README.md. */
import { arithmetic } from './areas/arithmetic.ts';
import { special, traps, variablesOfShell } from './areas/builtins.ts';
import { compounds, functions, lists } from './areas/control.ts';
import { errexit, errors } from './areas/errexit.ts';
import { parameters } from './areas/parameters.ts';
import { patterns } from './areas/patterns.ts';
import { dollarQuotes, quoting } from './areas/quoting.ts';
import { documents, redirections } from './areas/redirections.ts';
import { splitting } from './areas/splitting.ts';
import { commands, options, printing, reading, test } from './areas/utilities.ts';

const AREAS: Readonly<Record<string, readonly string[]>> = {
  arithmetic,
  commands,
  compounds,
  documents,
  dollarQuotes,
  errexit,
  errors,
  functions,
  lists,
  options,
  parameters,
  patterns,
  printing,
  quoting,
  reading,
  redirections,
  special,
  splitting,
  test,
  traps,
  variablesOfShell,
};

/** What would print the names in the host's root folder. */
const LISTS_ROOT = /^cd \/;.*set -- '\*'/;

/** Every area with its scripts, each script once. */
export function snippetAreas(): Map<string, string[]> {
  return new Map(
    Object.entries(AREAS).map(([name, scripts]) => [
      name,
      [...new Set(scripts)].filter((script) => !LISTS_ROOT.test(script)),
    ]),
  );
}
