import { KioskError } from '../errors/kiosk-error.js';
import type { ModelDescription, ModelId, PredictClient, PredictOptions } from '../models/contract.js';
import type { FloatArray } from '../processing/array/nd-array.js';
import { Consumer } from './consumer.js';
import { predictTiled, type TiledPredictionRequest } from './tiled-prediction.js';
import { VOLUME_RANK } from './volume-rank.js';
import type { OptionSpecs } from './options.js';

/** Base class of consumers that ask a model; works against every `models:` scheme. */
export abstract class TensorFlowServingConsumer<Specs extends OptionSpecs = OptionSpecs> extends Consumer<Specs> {
  /** The client of the configured model server, shared by all jobs of the process. */
  protected async getPredictClient(): Promise<PredictClient> {
    return await this.context.ports.models();
  }

  /**
   * What is known of a model: inputs, outputs, and the card beside it. Cached by the client, and in the broker for
   * `METADATA_EXPIRE_TIME`.
   */
  protected async getModelMetadata(model: ModelId): Promise<ModelDescription> {
    const client = await this.getPredictClient();
    return await client.describe(model, this.#predictOptions());
  }

  /**
   * Predicts whole images of any size: pads small ones, tiles large ones to the model's input shape, batches, retries.
   *
   * @param images float32 (batch, rows, columns, channels), for a model of volumes (batch, planes, rows, columns, channels);
   *   one array, or one for each input of the model
   * @returns one float32 array of the same axes for each head: those that the model's card
   *   names, else all outputs in natural order of their names. They may share one buffer: transfer them together
   * @throws {KioskError} `KC_MODEL_INPUT`, `KC_MODEL_OUTPUT` (wrong shape, NaN), `KC_MODEL_UNKNOWN`, `KC_MODEL_UNREACHABLE`
   */
  protected async grpcImage(images: FloatArray | readonly FloatArray[], model: ModelId): Promise<FloatArray[]> {
    const request = await this.#predictionOf(images, model);
    const isVolume = request.model.inputs[0]?.shape.length === VOLUME_RANK;
    return isVolume
      ? await (await import('./volume-prediction.js')).predictVolumes(request)
      : await predictTiled(request);
  }

  /**
   * As {@link grpcImage}, for models that answer detections: boxes (batch, N, 4) as x1, y1, x2, y2 in pixels, scores and
   * labels (batch, N), masks (batch, N, rows, columns, classes), and maps of pixels beside them.
   *
   * @returns the heads in the order of the model's card, else in natural order of their names; other outputs are left out
   * @throws {KioskError} as `grpcImage`; `KC_MODEL_OUTPUT` if the model answers no detections
   */
  protected async grpcDetections(images: FloatArray | readonly FloatArray[], model: ModelId): Promise<FloatArray[]> {
    const { predictDetections } = await import('./detection-prediction.js');
    return await predictDetections(await this.#predictionOf(images, model));
  }

  async #predictionOf(images: FloatArray | readonly FloatArray[], model: ModelId): Promise<TiledPredictionRequest> {
    const { maxBatchSize, minModelSize } = this.context.settings;
    return {
      client: await this.getPredictClient(),
      model: await this.getModelMetadata(model),
      images: 'shape' in images ? [images] : images,
      maxBatchSize,
      minModelSize,
      predict: this.#predictOptions(),
      onTiles: () => this.context.progress(),
    };
  }

  #predictOptions(): PredictOptions {
    return { signal: this.context.job.signal, onWait: this.context.waiting };
  }
}

/**
 * A model as settings and hashes name it, `name:version` or `name`.
 * @throws {KioskError} `KC_JOB_INVALID` if there is no name
 */
export function parseModelId(text: string): ModelId {
  const [name = '', version] = text.trim().split(':');
  if (name === '') {
    throw new KioskError('KC_JOB_INVALID', `"${text}" names no model.`, {
      hint: 'Models are named like NuclearSegmentation:2.',
    });
  }
  return { name, version: version === undefined || version === '' ? undefined : version };
}
