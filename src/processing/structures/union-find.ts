/**
 * Disjoint sets over 0 … n−1, kept in one `Int32Array` whose entry is the element's parent; a root is its own parent. Sets are
 * always hung under their smallest member, so a root is the first element of its set and `parent[i] <= i` holds.
 */
export function singletons(size: number): Int32Array {
  const parent = new Int32Array(size);
  for (let i = 0; i < size; i += 1) parent[i] = i;
  return parent;
}

/** The smallest member of the set of `element`; halves the path on the way. */
export function findRoot(parent: Int32Array, element: number): number {
  let node = element;
  let up = parent[node]!;
  while (up !== node) {
    const next = parent[up]!;
    parent[node] = next;
    node = next;
    up = parent[node]!;
  }
  return node;
}

/** Joins the sets of `a` and `b`. */
export function unite(parent: Int32Array, a: number, b: number): void {
  const rootA = findRoot(parent, a);
  const rootB = findRoot(parent, b);
  if (rootA < rootB) parent[rootB] = rootA;
  else parent[rootA] = rootB;
}
