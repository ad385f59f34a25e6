/**
 * Which job an error belongs to that nobody caught: a rejected promise that nobody awaited, an exception in a timer. Whatever a
 * consumer begins carries its job along, however late it happens.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

const jobs = new AsyncLocalStorage<(error: unknown) => void>();

/** Does a job's work; `onStray` is told of the errors that it leaves to nobody, also long after it has ended. */
export async function withStrayErrors<T>(onStray: (error: unknown) => void, work: () => Promise<T>): Promise<T> {
  return await jobs.run(onStray, work);
}

/** Tells the job to which the code that runs now belongs. @returns false if it belongs to none */
export function tellJob(error: unknown): boolean {
  const onStray = jobs.getStore();
  onStray?.(error);
  return onStray !== undefined;
}

/** What is to be told before the process ends on its own. */
const speakers = new Set<(end: string) => Promise<void>>();
const LAST_WORDS_MS = 2_000;

/** `speak` is called when an error of no job ends the process. @returns what takes that back */
export function beforeFatalEnd(speak: (end: string) => Promise<void>): () => void {
  speakers.add(speak);
  return () => void speakers.delete(speak);
}

/** @param end how the process ends, in words */
export async function sayLastWords(end: string): Promise<void> {
  const bound = new Promise((resolve) => setTimeout(resolve, LAST_WORDS_MS));
  await Promise.race([Promise.allSettled([...speakers].map((speak) => speak(end))), bound]);
}
