/** `work` of every item, at most so many at a time; the results in the order of the items. After a failure no further one is begun. */
export async function inParallel<T, Result>(
  most: number,
  items: readonly T[],
  work: (item: T) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  let failed = false;
  const hand = async (): Promise<void> => {
    while (next < items.length && !failed) {
      const index = next++;
      try {
        results[index] = await work(items[index]!);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: most }, hand));
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
  return results;
}
