/** The three settings with which everything runs on one machine, as lines of `.env`. */
export const EMBEDDED_SETTINGS: readonly string[] = [
  'BROKER_URL=sqlite:.kiosk/jobs.db',
  'STORAGE_BUCKET=file:.kiosk/bucket',
  'MODEL_SERVER=onnx:bundled',
];
