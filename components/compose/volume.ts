import type { Volume } from "../../compose/model/volume";
import type { VolumeArgs } from "../volume";
import { resourceLabels } from "./labels";
import type { Naming } from "./naming";
import { present } from "./present";
import { nonEmptyMap } from "./process";

/**
 * A volume of the project (docker/compose, create.go, `createVolume`). It stays on the daemon when the stack goes, as with
 * `docker compose down` without -v, and one that is there with the project's labels is the project's.
 */
export function volumeArgs(key: string, volume: Volume, naming: Naming, hash: string): Omit<VolumeArgs, "transform"> {
  return {
    name: volume.name ?? key,
    ...present<VolumeArgs>({
      driver: volume.driver || undefined,
      driverOptions: nonEmptyMap(volume.driver_opts),
    }),
    labels: resourceLabels("volume", key, naming, volume.labels, hash),
    adopt: true,
    keepOnDestroy: true,
  };
}
