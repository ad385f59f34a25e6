/** What the test kit throws: all that was found, one sentence each. */
export class Mismatch extends Error {
  override readonly name = 'Mismatch';

  constructor(readonly found: readonly string[]) {
    super(found.length === 1 ? found[0]! : [`${found.length} things are wrong:`, ...found].join('\n- '));
  }
}
