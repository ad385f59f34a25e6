import type { GenerationTraits } from 'kiosk-consumer';
import { TISSUE_OPTIONS, TissueConsumer } from './tissue-consumer.js';

/** Type `mesmer`: the Kiosk's consumer of tissue of 2023; numbers of deepcell-tf 0.12. */
export class MesmerConsumer extends TissueConsumer {
  static override readonly summary = 'cells, nuclei or both in tissue of two channels: nuclei, cytoplasm or membranes';
  static override readonly options = TISSUE_OPTIONS;

  protected readonly traits: GenerationTraits = {
    generation: '0.12.1',
    preprocess: 'mesmer_preprocess',
    postprocess: 'mesmer_postprocess',
    interpolation: 'linear',
    layout: 'stack',
    tellsPostprocessing: false,
    tellsDimOrder: true,
  };

  protected get configuredModel(): string {
    return this.context.settings.modelSettings.mesmer;
  }
}
