/**
 * What fork, exec, exit and wait do, as a tree that grows while a script runs. `node examples/fork-view/main.ts ['SCRIPT']`
 * In a terminal the tree is drawn again at each event; otherwise events are lines.
 */
import { boot, type ProcessEvent } from 'hartix';

const script =
  process.argv[2] ??
  'echo parent is $$; (sleep 0.3; exit 3) & (sleep 0.1 & wait; kill -TERM $$) & trap : TERM; wait; wait; echo all are home';

interface Node {
  readonly parent: number;
  state: string;
}

const tree = new Map<number, Node>();
let first = 0;

function update(event: ProcessEvent): void {
  const node = tree.get(event.pid) ?? { parent: event.parentPid, state: '' };
  first ||= event.pid;
  if (event.action === 'fork') node.state = `forked by ${event.parentPid}: a copy of ${event.name}`;
  else if (event.action === 'exec') node.state = `runs ${event.path}`;
  else node.state = `gone: ${event.signal ?? `status ${event.exitCode}`}`;
  tree.set(event.pid, node);
}

function* lines(pid: number, indent = ''): Generator<string> {
  const node = tree.get(pid);
  if (!node) return;
  yield `${indent}${pid} ${node.state}`;
  for (const [child, { parent }] of tree) if (parent === pid) yield* lines(child, `${indent}  `);
}

function draw(event: ProcessEvent): void {
  const seconds = (event.timeNs / 1e9).toFixed(3);
  if (process.stdout.isTTY)
    console.log(`\x1b[H\x1b[J${seconds} s\n${[...lines(first)].join('\n')}`);
  else console.log(`${event.pid} ${tree.get(event.pid)?.state}`);
}

const os = await boot({ memory: '64M' });
try {
  const events = os.events('process');
  const result = os.exec(script);
  for await (const event of events) {
    update(event);
    draw(event);
    if (event.pid === first && event.action === 'exit') break;
  }
  console.log(`the script printed:\n${(await result).stdout}`);
} finally {
  await os.close();
}
