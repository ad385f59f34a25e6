import type { Track, Tracking } from '../lineage.js';
import { matchCells, singleTruths, type CellMatch } from './match-cells.js';

/** What it takes to turn the graph of a result into the true one, by kind. */
export interface GraphOperations {
  /** Cells of the result that stand for several true ones: one split for each further one. */
  readonly splits: number;
  /** True cells that are missing, and cells that are no true ones. */
  readonly addedCells: number;
  readonly deletedCells: number;
  /** Links to add, to delete, and to turn from the same cell to mother and daughter or back. */
  readonly addedLinks: number;
  readonly deletedLinks: number;
  readonly changedLinks: number;
}

export interface TrackingMeasure extends GraphOperations {
  /** Weighted sum of the operations. */
  readonly cost: number;
  /** 1 for the truth itself, 0 for a result from which nothing is gained: 1 − cost over that of building all anew. */
  readonly tra: number;
}

/** Weights of the Cell Tracking Challenge: what each repair costs a person, about. */
const WEIGHTS: Readonly<Record<keyof GraphOperations, number>> = {
  splits: 5,
  addedCells: 10,
  deletedCells: 1,
  addedLinks: 1.5,
  deletedLinks: 1,
  changedLinks: 1,
};

/**
 * Compares trackings as acyclic oriented graphs: cells in frames are nodes, linked to the next sighting and from mothers to
 * daughters. Counts the least repairs that make the result's graph the true one.
 *
 * Source: P. Matula et al., PLoS ONE 10(12) (2015), e0144959; weights and normalisation of the Cell Tracking Challenge.
 *
 * @throws {RangeError} if the stacks have different shapes
 */
export function trackingMeasure(truth: Tracking, result: Tracking): TrackingMeasure {
  const match = matchCells(truth.labels, result.labels);
  const trueLinks = linksOf(truth.tracks);
  const operations = { ...cellOperations(match), ...linkOperations(trueLinks, linksOf(result.tracks), match) };
  const names = Object.keys(WEIGHTS) as (keyof GraphOperations)[];
  const cost = names.reduce((sum, name) => sum + WEIGHTS[name] * operations[name], 0);
  const cells = match.truths.reduce((sum, labels) => sum + labels.size, 0);
  const anew = WEIGHTS.addedCells * cells + WEIGHTS.addedLinks * trueLinks.size;
  return { ...operations, cost, tra: anew > 0 ? 1 - Math.min(cost, anew) / anew : cost > 0 ? 0 : 1 };
}

type LinkKind = 'same cell' | 'division';

/** Links by the cells they join, named `frame:label`. */
type GraphLinks = ReadonlyMap<string, { readonly from: string; readonly to: string; readonly kind: LinkKind }>;

function linksOf(tracks: readonly Track[]): GraphLinks {
  const byLabel = new Map(tracks.map((track) => [track.label, track]));
  const links = tracks.flatMap(({ label, frames, parent }) => {
    const own = frames.slice(1).map((frame, i) => linkOf([frames[i]!, label], [frame, label], 'same cell'));
    const mother = parent === null ? undefined : byLabel.get(parent);
    return mother ? [linkOf([mother.frames.at(-1)!, mother.label], [frames[0]!, label], 'division'), ...own] : own;
  });
  return new Map(links.map((link) => [`${link.from} ${link.to}`, link]));
}

type Node = readonly [frame: number, label: number];

function linkOf(from: Node, to: Node, kind: LinkKind) {
  return { from: from.join(':'), to: to.join(':'), kind };
}

function cellOperations({ truths, results, found }: CellMatch) {
  let [splits, addedCells, deletedCells] = [0, 0, 0];
  for (const [frame, labels] of found.entries()) {
    const used = new Set(labels.values()).size;
    splits += labels.size - used;
    addedCells += truths[frame]!.size - labels.size;
    deletedCells += results[frame]!.size - used;
  }
  return { splits, addedCells, deletedCells };
}

function linkOperations(truth: GraphLinks, result: GraphLinks, match: CellMatch) {
  const trueNode = uniqueNodes(match);
  let [kept, deletedLinks, changedLinks] = [0, 0, 0];
  for (const { from, to, kind } of result.values()) {
    const [a, b] = [trueNode.get(from), trueNode.get(to)];
    // Links of cells that are deleted or split go with them.
    if (a === undefined || b === undefined) continue;
    const other = truth.get(`${a} ${b}`);
    if (!other) deletedLinks++;
    else {
      kept++;
      if (other.kind !== kind) changedLinks++;
    }
  }
  return { addedLinks: truth.size - kept, deletedLinks, changedLinks };
}

/** The true node of each node of the result that stands for exactly one. */
function uniqueNodes(match: CellMatch): Map<string, string> {
  const nodes = new Map<string, string>();
  for (const [frame, labels] of singleTruths(match).entries()) {
    for (const [other, label] of labels) nodes.set(`${frame}:${other}`, `${frame}:${label}`);
  }
  return nodes;
}
