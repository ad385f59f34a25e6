import type { GenerationTraits } from 'kiosk-consumer';
import { TISSUE_OPTIONS, TissueConsumer } from './tissue-consumer.js';

/** Type `multiplex`: the Kiosk's consumer of tissue of 2020. */
export class MultiplexConsumer extends TissueConsumer {
  static override readonly summary = 'the same as mesmer, as the Kiosk did it in 2020';
  static override readonly options = TISSUE_OPTIONS;

  protected readonly traits: GenerationTraits = {
    generation: '0.6.1',
    preprocess: 'multiplex_preprocess',
    // Each layout of heads came with a release of the functions.
    postprocess: { 4: 'multiplex@0.8.6', 8: 'multiplex@0.6.1' },
    interpolation: 'nearest',
    layout: 'stack',
    tellsPostprocessing: true,
  };

  protected get configuredModel(): string {
    return this.context.settings.modelSettings.multiplex;
  }
}
