/** Samples of a machine as a .cpuprofile: what Chrome's DevTools and VS Code show as a flame chart. */
import type { ProfileData, ProfileStack } from '../../protocol.ts';
import { type GuestSymbols, guestSymbols } from './guest-symbols.ts';

interface CallFrame {
  readonly functionName: string;
  readonly scriptId: string;
  /** Of the source file where the program's debug data has it, else of the program. */
  readonly url: string;
  /** Where the function begins, from 0; -1 where that is not known. */
  readonly lineNumber: number;
  readonly columnNumber: number;
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: CallFrame;
  hitCount: number;
  readonly children: number[];
  /** Samples by line, from 1. */
  positionTicks?: { readonly line: number; ticks: number }[];
}

type Place = Pick<CallFrame, 'functionName' | 'url' | 'lineNumber'>;

function unlined(functionName: string): Place {
  return { functionName, url: '', lineNumber: -1 };
}

/** Profiler.Profile of the Chrome DevTools protocol. Times in microseconds. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  readonly startTime: number;
  readonly endTime: number;
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** The tree of call frames, from the root. */
class Tree {
  readonly nodes: ProfileNode[] = [];
  private readonly children = new Map<string, ProfileNode>();
  readonly root = this.add(unlined('(root)'));

  private add(place: Place): ProfileNode {
    const callFrame = { ...place, scriptId: '0', columnNumber: -1 };
    const node = { id: this.nodes.length + 1, callFrame, hitCount: 0, children: [] };
    this.nodes.push(node);
    return node;
  }

  child(parent: ProfileNode, place: Place): ProfileNode {
    const key = `${parent.id} ${place.url} ${place.functionName}`;
    const known = this.children.get(key);
    if (known) return known;
    const node = this.add(place);
    parent.children.push(node.id);
    this.children.set(key, node);
    return node;
  }
}

/** Outermost first. A return address in the function itself is of a call that has returned. */
function placesOf(stack: ProfileStack, symbols: GuestSymbols): Place[] {
  const places = stack.frames.map((frame): Place => {
    const source = symbols.firstLineOf(frame);
    return {
      functionName: symbols.name(frame),
      url: source?.file ?? symbols.url(frame),
      lineNumber: source ? source.line - 1 : -1,
    };
  });
  const [leaf, caller] = places;
  const isGuess = places.length === 2 && leaf?.functionName === caller?.functionName;
  return (isGuess ? places.slice(0, 1) : places).reverse();
}

/** Where samples with this stack are counted, and the line that they fell on. */
interface Leaf {
  readonly node: ProfileNode;
  readonly line: number | undefined;
}

function leafOf(tree: Tree, stack: ProfileStack, symbols: GuestSymbols): Leaf {
  if (stack.kind === 'idle')
    return { node: tree.child(tree.root, unlined('(idle)')), line: undefined };
  const process = tree.child(tree.root, unlined(`${stack.name} [${stack.pid}]`));
  let node =
    stack.tid === stack.pid ? process : tree.child(process, unlined(`thread ${stack.tid}`));
  for (const place of placesOf(stack, symbols)) node = tree.child(node, place);
  if (stack.kind === 'kernel')
    return { node: tree.child(node, unlined('(kernel)')), line: undefined };
  const [innermost] = stack.frames;
  return { node, line: innermost && symbols.lineOf(innermost)?.line };
}

function count({ node, line }: Leaf): void {
  node.hitCount++;
  if (line === undefined) return;
  node.positionTicks ??= [];
  const known = node.positionTicks.find((position) => position.line === line);
  if (known) known.ticks++;
  else node.positionTicks.push({ line, ticks: 1 });
}

/** `readFile` gives a guest's file; where it rejects, places keep their addresses. */
export async function cpuProfile(
  data: ProfileData,
  readFile: (path: string) => Promise<Uint8Array>,
): Promise<CpuProfile> {
  const symbols = await guestSymbols(data.files, readFile);
  const tree = new Tree();
  const leaves = data.stacks.map((stack) => leafOf(tree, stack, symbols));
  const samples = data.samples.map((index) => {
    const leaf = leaves[index] ?? { node: tree.root, line: undefined };
    count(leaf);
    return leaf.node.id;
  });
  const endTime = data.deltasUs.reduce((sum, delta) => sum + delta, 0);
  return { nodes: tree.nodes, startTime: 0, endTime, samples, timeDeltas: data.deltasUs };
}
