import type { GenerationTraits, ModelDescription } from 'kiosk-consumer';
import { TISSUE_OPTIONS, TissueConsumer } from './tissue-consumer.js';

/** Models since toolbox 0.8.0 have this many heads, those before had twice as many. */
const HEADS_SINCE_080 = 4;

/** Type `multiplex`: the Kiosk's consumer of tissue of 2020. */
export class MultiplexConsumer extends TissueConsumer {
  static override readonly summary = 'the same as mesmer, as the Kiosk did it in 2020';
  static override readonly options = TISSUE_OPTIONS;

  protected readonly traits: GenerationTraits = {
    generation: '0.6.1',
    preprocess: 'multiplex_preprocess',
    postprocess: 'multiplex@0.6.1',
    interpolation: 'nearest',
    layout: 'stack',
    tellsPostprocessing: true,
  };

  protected get configuredModel(): string {
    return this.context.settings.modelSettings.multiplex;
  }

  /** Each layout of heads came with a release of the functions; a model that does not tell its heads counts as the older. */
  protected override defaultPostprocess({ card, outputs }: ModelDescription): string {
    const heads = card?.heads?.length ?? outputs.length;
    return heads === HEADS_SINCE_080 ? 'multiplex@0.8.6' : this.traits.postprocess;
  }
}
