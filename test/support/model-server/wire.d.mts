/** A varint; negative numbers take ten bytes. */
export function varint(value: number | bigint): Buffer;

/** A field: bytes with their length, or a varint. */
export function field(number: number, payload: Buffer | number | bigint): Buffer;
