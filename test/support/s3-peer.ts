/** An S3-speaking server on localhost, started by a test. */
export interface S3Peer {
  readonly endpoint: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  close(): Promise<void>;
}
