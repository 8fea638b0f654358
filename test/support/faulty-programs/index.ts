import { components } from "./component";
import { containersRefused } from "./container-daemon";
import { containersFailing } from "./container-failing";
import { containerForms } from "./container-form";
import type { FaultyProgram } from "./faulty-program";
import { images } from "./image";
import { imageNames } from "./image-name";
import { networksAndVolumes } from "./network-volume";
import { swarmsAndProviders } from "./swarm-provider";

export type { FaultyProgram, Phase } from "./faulty-program";

/** Every faulty program, by kind of resource. */
export const faultyPrograms: readonly FaultyProgram[] = [
  ...containerForms,
  ...containersRefused,
  ...containersFailing,
  ...networksAndVolumes,
  ...images,
  ...imageNames,
  ...swarmsAndProviders,
  ...components,
];
